//! `conflict`: one of `modifiers` together with one of `with` contradicts itself.
//!
//! Dropped when another finding on the line is about the same pair.

use smallvec::smallvec;

use crate::policy::Policy;

use super::context::{LineContext, Verdict};

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let ours = line.first_of(&policy.modifiers)?;
    let theirs = line.of(&policy.with).find(|modifier| *modifier != ours)?;
    Some(Verdict {
        rule: policy.rule,
        spot: line.spot_of(theirs),
        message: format!("{} carries {ours} together with {theirs}", line.subject()),
        about: smallvec![ours, theirs],
    })
}

#[cfg(test)]
mod tests {
    use crate::rule::example::{check, check_policies};

    const POLICY: &str = r#"
rule = "conflict"
finding = "KX808"
modifiers = ["KX"]
with = ["GA", "GZ"]
"#;

    #[test]
    fn the_pair_is_a_finding_on_any_code() {
        check(POLICY, &["97110:KX:GP", "97110:GA", "J1234"], &[]);
        check(
            POLICY,
            &["97110:KX:GA"],
            &["KX808 97110 carries KX together with GA"],
        );
    }

    #[test]
    fn a_pair_is_reported_once() {
        let choice = r#"
rule = "one-of"
finding = "KX801"
finding-both = "KX802"
codes = ["E0601"]
modifiers = ["KX"]
alternatives = ["GA"]
"#;
        for order in [[POLICY, choice], [choice, POLICY]] {
            check_policies(
                &order,
                &["E0601:KX:GA", "97110:KX:GA"],
                &[
                    "KX802 E0601 carries KX and GA, of which only one may stand",
                    "KX808 97110 carries KX together with GA",
                ],
            );
        }
    }
}
