//! Words for a line that stands above its threshold.

use std::fmt::Write as _;

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
/// without KX; charges overstate what is allowed".
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
    let mut text = String::with_capacity(ABOUT);
    subject(&mut text, accrual);
    text.push_str(" brings ");
    text.push_str(bucket_words(basis, accrual));
    // Writing to a String cannot fail.
    let _ = write!(text, " of {} to ", basis.year);
    let up_to = match (is_exact, is_sure, has_low) {
        (true, _, _) => {
            grouped(&mut text, total.low);
            ""
        }
        (_, true, _) => {
            text.push_str("at least ");
            grouped(&mut text, total.low);
            ""
        }
        (_, _, false) => {
            grouped(&mut text, total.high);
            ""
        }
        _ => {
            text.push_str("between ");
            grouped(&mut text, total.low);
            text.push_str(" and ");
            grouped(&mut text, total.high);
            "up to "
        }
    };
    text.push_str(" by ");
    let by_charges = words(&mut text, basis, is_sure);
    text.push_str(", ");
    text.push_str(up_to);
    let over = if is_sure { total.low } else { total.high }.minus(amount);
    grouped(&mut text, over);
    text.push_str(" above the ");
    grouped(&mut text, amount);
    text.push_str(" threshold");
    if !threshold.known {
        let year = basis.year;
        let _ = write!(text, " of an earlier year (that of {year} is not known)");
    }
    without(&mut text, policy);
    if by_charges {
        text.push_str("; charges overstate what is allowed");
    }
    text
}

/// Most sentences are shorter, in bytes.
const ABOUT: usize = 224;

/// "97110 carries KX on 2026-01-12, with PT and SLP of 2026 at 58.40 by the national fee schedule,
/// less than half of the 2,480.00 threshold".
pub(super) fn early(accrual: &Accrual, basis: &Basis<'_>) -> String {
    let policy = basis.policies.policy(accrual.policy);
    let mut text = String::with_capacity(ABOUT);
    subject(&mut text, accrual);
    text.push_str(" carries ");
    names(&mut text, policy);
    let _ = write!(
        text,
        " on {}, with {} of {} at ",
        accrual.date,
        bucket_words(basis, accrual),
        basis.year
    );
    grouped(&mut text, basis.total.high);
    text.push_str(" by ");
    words(&mut text, basis, false);
    text.push_str(", less than half of the ");
    grouped(&mut text, basis.threshold.amount);
    text.push_str(" threshold");
    text
}

/// "93797 is session 38 of the patient by what was read, without KX; the first 36 need none".
pub(super) fn session(
    policy: &Policy,
    accrual: &Accrual,
    sessions: &Sessions,
    beyond: Beyond,
) -> String {
    let mut text = String::with_capacity(ABOUT);
    subject(&mut text, accrual);
    let _ = match (beyond, sessions.within_days) {
        (Beyond::Count(count), None) => {
            write!(text, " is session {count} of the patient by what was read")
        }
        (Beyond::Count(count), Some(days)) => {
            write!(
                text,
                " is session {count} of the patient within {days} days by what was read"
            )
        }
        (Beyond::Days(days), _) => {
            write!(
                text,
                " is {days} days after the patient's first session that was read"
            )
        }
    };
    without(&mut text, policy);
    let _ = match (beyond, sessions.first_days) {
        (Beyond::Days(_), Some(days)) => write!(text, "; later than {days} days each needs it"),
        _ => write!(text, "; the first {} need none", sessions.free),
    };
    text
}

fn subject(text: &mut String, accrual: &Accrual) {
    match accrual.code.filter(|code| code.has_code_shape()) {
        Some(code) => {
            let _ = write!(text, "{code}");
        }
        None => text.push_str("this line"),
    }
}

fn names(text: &mut String, policy: &Policy) {
    for (index, modifier) in policy.modifiers.iter().enumerate() {
        if index > 0 {
            text.push_str(" or ");
        }
        text.push_str(modifier.as_str());
    }
}

fn without(text: &mut String, policy: &Policy) {
    if !policy.modifiers.is_empty() {
        text.push_str(", without ");
        names(text, policy);
    }
}

/// "adjudicated amounts and the national fee schedule". Charges are left out where the least alone is
/// above: they add nothing to it. Returns whether they are named.
fn words(text: &mut String, basis: &Basis<'_>, without_charges: bool) -> bool {
    let has = |wanted| basis.total.bases.has(wanted);
    let mut is_first = true;
    let mut word = |words: [&str; 2]| {
        if !std::mem::take(&mut is_first) {
            text.push_str(" and ");
        }
        for word in words {
            text.push_str(word);
        }
    };
    if has(AmountBasis::Balance) {
        word(["the payer's balance", ""]);
    }
    if has(AmountBasis::Adjudicated) {
        word(["adjudicated amounts", ""]);
    }
    if has(AmountBasis::FeeSchedule) {
        word(match basis.policies.fees().locality() {
            Some(locality) => ["the fee schedule of ", locality.as_str()],
            None => ["the national fee schedule", ""],
        });
    }
    let by_charges = has(AmountBasis::Charge)
        && (!without_charges
            || ![
                AmountBasis::Balance,
                AmountBasis::Adjudicated,
                AmountBasis::FeeSchedule,
            ]
            .into_iter()
            .any(has));
    if by_charges {
        word(["charges", ""]);
    }
    by_charges
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
fn grouped(text: &mut String, amount: Cents) {
    let mut rest = amount.0.unsigned_abs();
    // At most 20 digits, six commas and a point, from the last to the first.
    let mut written = [0u8; 32];
    let mut at = written.len();
    let mut write = |byte| {
        at -= 1;
        written[at] = byte;
    };
    let mut places = 0;
    while places < 3 || rest > 0 {
        match places {
            2 => write(b'.'),
            5 | 8 | 11 | 14 | 17 => write(b','),
            _ => {}
        }
        write(b'0' + (rest % 10) as u8);
        rest /= 10;
        places += 1;
    }
    if amount < Cents::ZERO {
        write(b'-');
    }
    text.push_str(std::str::from_utf8(&written[at..]).unwrap_or_default());
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
            (-5, "-0.05"),
            (i64::MIN, "-92,233,720,368,547,758.08"),
        ] {
            let mut written = String::new();
            grouped(&mut written, Cents(cents));
            assert_eq!(written, text);
        }
    }
}
