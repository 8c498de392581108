//! `routine-use`: the modifier on a line so early in the year that the amount can hardly be reached.
//!
//! Found when the date of service is not after the policy's `until` and all that has accrued for the
//! patient this year, at its highest, is less than half of the amount. The ledger compares; it
//! counts with the threshold policy of the same table. Other providers' claims are not known,
//! so it is never more than worth a look.

use crate::policy::Policy;

use super::context::LineContext;
use super::hit::Accrual;
use super::threshold::accrual;

pub(super) fn accrue(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Accrual> {
    let date = line.dates?.from;
    let is_late = policy
        .until
        .is_none_or(|until| (date.month(), date.day()) > until);
    accrual(
        policy,
        line,
        is_late || line.carries_any(&policy.alternatives),
    )
}

#[cfg(test)]
mod tests {
    use crate::rule::example::check_with;

    const EARLY: &str = r#"
rule = "routine-use"
finding = "KX815"
threshold = "test-amount"
codes = ["97799"]
modifiers = ["KX"]
until = "01-31"
"#;

    #[test]
    fn the_beginning_of_the_year_with_little_behind_it_is_early() {
        let found = "KX815 97799 carries KX on 2026-01-31, with Test of 2026 at 100.00 by charges, \
                     less than half of the 2,480.00 threshold";
        let on = |day: &str| format!("date = \"2026-{day}\"");
        check_with(
            EARLY,
            &on("01-31"),
            &["97799:KX $100", "97799 $90"],
            &[found],
        );
        check_with(EARLY, &on("02-01"), &["97799:KX $100"], &[]);
        check_with(EARLY, &on("01-31"), &["97799:KX $1240"], &[]);
    }
}
