//! Figures for people.

use std::io::{self, Write};

use super::measure::Measured;
use crate::report::Grouped;

/// Prints the rows as a table.
///
/// # Errors
/// Those of the writer.
pub fn print(rows: &[Measured], out: &mut dyn Write) -> io::Result<()> {
    let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "-".to_owned(), times);
    writeln!(
        out,
        "{:<15} {:>8} {:>8} {:>10} {:>8} {:>8} {:<7} {:>20}",
        "stage", "best", "median", "speed", "to count", "to base", "base", "rate"
    )?;
    for row in rows {
        let rate = match row.claims_per_second {
            Some(claims) => format!("{} claims/s", rounded(claims)),
            None => format!("{} segments/s", rounded(row.segments_per_second)),
        };
        writeln!(
            out,
            "{:<15} {:>8} {:>8} {:>10} {:>8} {:>8} {:<7} {rate:>20}",
            row.stage,
            time(row.best_seconds),
            above(row.median_seconds, row.best_seconds),
            speed(row.bytes_per_second),
            ratio(row.ratio_to_count),
            ratio(row.ratio_to_base),
            row.base.unwrap_or("-"),
        )?;
    }
    Ok(())
}

fn time(seconds: f64) -> String {
    scaled(seconds * 1e6, &["us", "ms", "s"])
}

/// By how much the median is above the best round.
fn above(median: f64, best: f64) -> String {
    format!("+{:.0} %", (median / best - 1.0) * 100.0)
}

fn speed(bytes: f64) -> String {
    scaled(bytes / 1e6, &["MB/s", "GB/s"])
}

/// With three digits, in the first unit that needs no more, each being 1,000 of the one before.
fn scaled(mut value: f64, units: &[&str]) -> String {
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1e3;
        unit += 1;
    }
    format!("{} {}", digits(value), units[unit])
}

fn times(ratio: f64) -> String {
    format!("{}x", digits(ratio))
}

/// About three digits.
fn digits(value: f64) -> String {
    let decimals = match value {
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

#[expect(
    clippy::cast_sign_loss,
    reason = "rates are positive, and saturate beyond every speed"
)]
fn rounded(rate: f64) -> Grouped {
    Grouped(rate.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_tell_their_figures_in_three_digits() {
        let row = Measured {
            stage: "277ca-annotated",
            threads: 1,
            bytes: 16_000_000,
            best_seconds: 0.0615,
            median_seconds: 0.0646,
            round_seconds: vec![0.0615, 0.0646, 0.08],
            bytes_per_second: 260.2e6,
            segments_per_second: 1e7,
            claims_per_second: Some(414_987.4),
            ratio_to_count: Some(97.04),
            base: Some("screen"),
            ratio_to_base: Some(1.4501),
        };
        let mut alone = row.clone();
        alone.stage = "count";
        alone.best_seconds = 0.000_045;
        alone.median_seconds = alone.best_seconds;
        alone.bytes_per_second = 24.81e9;
        (alone.claims_per_second, alone.base) = (None, None);
        (alone.ratio_to_count, alone.ratio_to_base) = (None, None);
        let mut out = Vec::new();
        print(&[alone, row], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let rows: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            rows[1].join(" "),
            "count 45.0 us +0 % 24.8 GB/s - - - 10,000,000 segments/s"
        );
        assert_eq!(
            rows[2].join(" "),
            "277ca-annotated 61.5 ms +5 % 260 MB/s 97.0x 1.45x screen 414,987 claims/s"
        );
    }
}
