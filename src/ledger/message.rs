//! Words for a line that stands above its threshold.

use std::fmt::Write as _;

use crate::code::Modifier;
use crate::money::Cents;
use crate::policy::{PolicySet, YearlyAmount};
use crate::rule::{Accrual, AmountBasis};

use super::totals::Total;

/// "97110 brings PT and SLP of 2026 to 2,530.00 by charges, 50.00 above the 2,480.00 threshold,
/// without KX; charges overstate what Medicare allows".
pub(super) fn above(
    policies: &PolicySet,
    accrual: &Accrual,
    total: Total,
    threshold: YearlyAmount,
) -> String {
    let policy = policies.policy(accrual.policy);
    let bucket = bucket_words(
        &policies.catalogue().policy(accrual.policy).title,
        &policies.threshold(accrual.bucket).name,
    );
    let is_exact = total.low == total.high;
    let (at_least, sum, basis) = if is_exact || total.low > threshold.amount {
        let at_least = if is_exact { "" } else { "at least " };
        (at_least, total.low, AmountBasis::Adjudicated)
    } else {
        ("", total.high, AmountBasis::Charge)
    };
    let code = accrual
        .code
        .map_or_else(|| "this line".to_owned(), |code| code.to_string());
    let mut text = format!(
        "{code} brings {bucket} of {} to {at_least}{} by {}, {} above the {} threshold",
        accrual.year,
        Grouped(sum),
        basis.as_str(),
        Grouped(sum.minus(threshold.amount)),
        Grouped(threshold.amount),
    );
    // Writing to a String cannot fail.
    if !threshold.known {
        let _ = write!(
            text,
            " of an earlier year (that of {} is not known)",
            accrual.year
        );
    }
    if !policy.modifiers.is_empty() {
        let names: Vec<&str> = policy.modifiers.iter().map(Modifier::as_str).collect();
        let _ = write!(text, ", without {}", names.join(" or "));
    }
    if basis == AmountBasis::Charge {
        text.push_str("; charges overstate what Medicare allows");
    }
    text
}

/// What a policy such as "Occupational therapy above the yearly threshold" counts; the name of
/// the table when its title does not say so before a colon or "above".
fn bucket_words<'t>(title: &'t str, table: &'t str) -> &'t str {
    title
        .split_once(" above ")
        .or_else(|| title.split_once(':'))
        .map_or(table, |(bucket, _)| bucket)
}

/// Money with commas between thousands.
struct Grouped(Cents);

impl std::fmt::Display for Grouped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.0.to_string();
        let (dollars, cents) = text.split_once('.').unwrap_or((&text, "00"));
        let digits = dollars.trim_start_matches('-');
        if dollars.len() > digits.len() {
            f.write_str("-")?;
        }
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{cents}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_named_by_the_title_or_the_table() {
        let title = "Occupational therapy above the yearly threshold, institutional claims";
        assert_eq!(bucket_words(title, "t"), "Occupational therapy");
        assert_eq!(bucket_words("Visits: yearly", "t"), "Visits");
        assert_eq!(bucket_words("Visits", "chiropractic"), "chiropractic");
    }

    #[test]
    fn thousands_are_grouped() {
        for (cents, text) in [
            (0, "0.00"),
            (99_999, "999.99"),
            (253_000, "2,530.00"),
            (12_345_678_900, "123,456,789.00"),
            (-100_000, "-1,000.00"),
        ] {
            assert_eq!(Grouped(Cents(cents)).to_string(), text);
        }
    }
}
