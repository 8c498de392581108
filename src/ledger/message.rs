//! Words for a line that stands above its threshold.

use std::fmt::{self, Write as _};

use crate::code::Modifier;
use crate::money::Cents;
use crate::policy::{BucketId, Policy, PolicySet, Sessions, YearlyAmount};
use crate::rule::{Accrual, AmountBasis};

use super::total::Total;
use super::visits::Beyond;

/// What a sentence about an amount needs.
pub(super) struct Basis<'p> {
    pub policies: &'p PolicySet,
    pub bucket: BucketId,
    pub year: i16,
    pub total: Total,
    pub threshold: YearlyAmount,
}

/// "97110 brings PT and SLP of 2026 to 2,530.00 by charges, 50.00 above the 2,480.00 threshold,
/// without KX; charges overstate what Medicare allows".
pub(super) fn above(accrual: &Accrual, basis: &Basis<'_>) -> String {
    let Basis {
        total, threshold, ..
    } = basis;
    let policy = basis.policies.policy(accrual.policy);
    let amount = threshold.amount;
    let is_exact = total.low == total.high;
    let is_sure = total.low > amount;
    // By charges alone the least is nothing, which need not be said.
    let has_low = total.low > Cents::ZERO;
    let (sum, up_to) = match (is_exact, is_sure, has_low) {
        (true, _, _) => (Grouped(total.low).to_string(), ""),
        (_, true, _) => (format!("at least {}", Grouped(total.low)), ""),
        (_, _, false) => (Grouped(total.high).to_string(), ""),
        _ => (
            format!("between {} and {}", Grouped(total.low), Grouped(total.high)),
            "up to ",
        ),
    };
    let over = if is_sure { total.low } else { total.high }.minus(amount);
    let words = Words::new(basis, is_sure);
    let mut text = format!(
        "{} brings {} of {} to {sum} by {words}, {up_to}{} above the {} threshold",
        subject(accrual),
        bucket_words(basis, accrual),
        basis.year,
        Grouped(over),
        Grouped(amount),
    );
    // Writing to a String cannot fail.
    if !threshold.known {
        let year = basis.year;
        let _ = write!(text, " of an earlier year (that of {year} is not known)");
    }
    without(&mut text, policy);
    if words.0.contains(&"charges".to_owned()) {
        text.push_str("; charges overstate what Medicare allows");
    }
    text
}

/// "97110 carries KX on 2026-01-12, with PT and SLP of 2026 at 58.40 by the national fee schedule,
/// less than half of the 2,480.00 threshold".
pub(super) fn early(accrual: &Accrual, basis: &Basis<'_>) -> String {
    let policy = basis.policies.policy(accrual.policy);
    format!(
        "{} carries {} on {}, with {} of {} at {} by {}, less than half of the {} threshold",
        subject(accrual),
        names(policy),
        accrual.date,
        bucket_words(basis, accrual),
        basis.year,
        Grouped(basis.total.high),
        Words::new(basis, false),
        Grouped(basis.threshold.amount),
    )
}

/// "93797 is session 38 of the patient by what was read, without KX; the first 36 need none".
pub(super) fn session(
    policy: &Policy,
    accrual: &Accrual,
    sessions: &Sessions,
    beyond: Beyond,
) -> String {
    let subject = subject(accrual);
    let mut text = match (beyond, sessions.within_days) {
        (Beyond::Count(count), None) => {
            format!("{subject} is session {count} of the patient by what was read")
        }
        (Beyond::Count(count), Some(days)) => {
            format!(
                "{subject} is session {count} of the patient within {days} days by what was read"
            )
        }
        (Beyond::Days(days), _) => {
            format!("{subject} is {days} days after the patient's first session that was read")
        }
    };
    without(&mut text, policy);
    let _ = match (beyond, sessions.first_days) {
        (Beyond::Days(_), Some(days)) => write!(text, "; later than {days} days each needs it"),
        _ => write!(text, "; the first {} need none", sessions.free),
    };
    text
}

fn subject(accrual: &Accrual) -> String {
    accrual
        .code
        .filter(|code| code.has_code_shape())
        .map_or_else(|| "this line".to_owned(), |code| code.to_string())
}

fn names(policy: &Policy) -> String {
    let names: Vec<&str> = policy.modifiers.iter().map(Modifier::as_str).collect();
    names.join(" or ")
}

fn without(text: &mut String, policy: &Policy) {
    if !policy.modifiers.is_empty() {
        let _ = write!(text, ", without {}", names(policy));
    }
}

/// "adjudicated amounts and the national fee schedule".
struct Words(Vec<String>);

impl Words {
    /// With charges left out where the least alone is above: they add nothing to it.
    fn new(basis: &Basis<'_>, without_charges: bool) -> Self {
        let has = |wanted| basis.total.bases.has(wanted);
        let mut words = Vec::new();
        if has(AmountBasis::Balance) {
            words.push("the payer's balance".to_owned());
        }
        if has(AmountBasis::Adjudicated) {
            words.push("adjudicated amounts".to_owned());
        }
        if has(AmountBasis::FeeSchedule) {
            words.push(match basis.policies.fees().locality() {
                Some(locality) => format!("the fee schedule of {}", locality.as_str()),
                None => "the national fee schedule".to_owned(),
            });
        }
        if has(AmountBasis::Charge) && (!without_charges || words.is_empty()) {
            words.push("charges".to_owned());
        }
        Self(words)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" and "))
    }
}

/// What the policy's table counts.
fn bucket_words<'p>(basis: &Basis<'p>, accrual: &Accrual) -> &'p str {
    let title = &basis.policies.catalogue().policy(accrual.policy).title;
    words_of_title(title, &basis.policies.threshold(basis.bucket).name)
}

/// What a policy such as "Occupational therapy above the yearly threshold" counts; the name of
/// the table when its title does not say so before a colon or "above".
fn words_of_title<'t>(title: &'t str, table: &'t str) -> &'t str {
    title
        .split_once(" above ")
        .or_else(|| title.split_once(':'))
        .map_or(table, |(bucket, _)| bucket)
}

/// Money with commas between thousands.
struct Grouped(Cents);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
        assert_eq!(words_of_title(title, "t"), "Occupational therapy");
        assert_eq!(words_of_title("Visits: yearly", "t"), "Visits");
        assert_eq!(words_of_title("Visits", "chiropractic"), "chiropractic");
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
