//! The progress bar on standard error.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::Grouped;
use crate::screen::{Input, Progress};

use super::console::Console;
use super::inputs::total_size;

/// Counts a run and draws it, when somebody watches.
pub struct Meter {
    bar: Option<ProgressBar>,
    started: Instant,
    claims: AtomicU64,
    lines_at_risk: AtomicU64,
    file: Mutex<String>,
    /// Milliseconds since the start at which the counts were drawn last.
    drawn: AtomicU64,
}

/// Drawing oftener than this, in milliseconds, helps nobody.
const INTERVAL: u64 = 100;

impl Meter {
    /// A meter for as many bytes as the inputs have, if that is known. It draws only on a terminal, and
    /// neither when `hidden` nor on a quiet console.
    pub fn new(inputs: &[Input], hidden: bool, console: &Console) -> Self {
        let visible = !hidden && !console.quiet && io::stderr().is_terminal();
        let meter = Self {
            bar: visible.then(ProgressBar::no_length),
            started: Instant::now(),
            claims: AtomicU64::new(0),
            lines_at_risk: AtomicU64::new(0),
            file: Mutex::default(),
            drawn: AtomicU64::new(0),
        };
        if let Some(bar) = &meter.bar {
            match total_size(inputs) {
                Some(total) => {
                    bar.set_length(total);
                    bar.set_style(style(
                        "{bar:10} {percent:>3}% {decimal_bytes_per_sec}, {eta} left, {wide_msg}",
                    ));
                }
                None => meter.forget_total(),
            }
            bar.enable_steady_tick(Duration::from_millis(INTERVAL));
        }
        meter
    }

    /// A console that draws around the bar.
    pub fn console(&self, console: &Console) -> Console {
        match &self.bar {
            Some(bar) => console.around(bar.clone()),
            None => console.clone(),
        }
    }

    /// Takes the bar away; the time since the start.
    pub fn finish(&self) -> Duration {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.started.elapsed()
    }

    /// The size of a compressed file says little about its contents.
    fn forget_total(&self) {
        if let Some(bar) = &self.bar {
            bar.unset_length();
            bar.set_style(style(
                "{spinner} {decimal_bytes} {decimal_bytes_per_sec}, {elapsed}, {wide_msg}",
            ));
        }
    }

    fn message(&self, claims: u64, lines_at_risk: u64) -> String {
        let rate = per_second(claims, self.started.elapsed());
        format!(
            "{} claims/s, {} lines at risk, {}",
            Grouped(rate),
            Grouped(lines_at_risk),
            self.file.lock().unwrap_or_else(PoisonError::into_inner)
        )
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// So many in so much time, rounded to whole ones a second.
#[allow(
    clippy::cast_possible_truncation,
    reason = "saturates beyond every speed"
)]
pub fn per_second(count: u64, time: Duration) -> u64 {
    let nanoseconds = time.as_nanos().max(1);
    (u128::from(count) * 1_000_000_000 / nanoseconds) as u64
}

impl Progress for Meter {
    fn advance(&self, bytes: u64, claims: u64, lines_at_risk: u64) {
        let claims = self.claims.fetch_add(claims, Ordering::Relaxed) + claims;
        let at_risk = self
            .lines_at_risk
            .fetch_add(lines_at_risk, Ordering::Relaxed)
            + lines_at_risk;
        let Some(bar) = &self.bar else { return };
        bar.inc(bytes);
        let now = self.started.elapsed().as_millis() as u64;
        let drawn = self.drawn.load(Ordering::Relaxed);
        if now.saturating_sub(drawn) >= INTERVAL || drawn == 0 {
            self.drawn.store(now.max(1), Ordering::Relaxed);
            bar.set_message(self.message(claims, at_risk));
        }
    }

    fn file(&self, name: &str, bytes: Option<u64>) {
        name.clone_into(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner));
        if bytes.is_none() {
            self.forget_total();
        }
    }
}

/// How fast a run was: `12.3 MB in 0.02 s (615 MB/s), 41,234 claims/s`.
#[allow(clippy::cast_precision_loss, reason = "figures for people")]
pub fn speed(bytes: u64, claims: u64, time: Duration) -> String {
    format!(
        "{} in {:.2} s ({}/s), {} claims/s",
        size(bytes as f64),
        time.as_secs_f64(),
        size(bytes as f64 / time.as_secs_f64().max(1e-9)),
        Grouped(per_second(claims, time))
    )
}

/// Bytes in decimal units with about three digits.
pub fn size(bytes: f64) -> String {
    let mut value = bytes;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 999.5 {
            let decimals = usize::from(value < 99.95 && unit != "B");
            return format!("{value:.decimals$} {unit}");
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_told_in_round_figures() {
        assert_eq!(
            speed(12_300_000, 824, Duration::from_millis(20)),
            "12.3 MB in 0.02 s (615 MB/s), 41,200 claims/s"
        );
        assert_eq!(
            speed(0, 0, Duration::ZERO),
            "0 B in 0.00 s (0 B/s), 0 claims/s"
        );
    }
}
