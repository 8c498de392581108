//! `one-of`: the line must carry exactly one of `modifiers` and `alternatives`.
//!
//! None of them is the policy's `finding`; two or more are its `finding-both`, if it names one and they
//! are not `together`, a pair that has its place.

use smallvec::SmallVec;

use crate::code::Modifier;
use crate::finding::RuleId;
use crate::policy::Policy;

use super::context::{LineContext, Listed, Verdict};

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    if carries_one(policy, line) {
        return None;
    }
    let mut present = line.present(&policy.modifiers);
    present.extend(line.present(&policy.alternatives));
    let is_noted = || line.notes_any(&policy.modifiers) || line.notes_any(&policy.alternatives);
    if present.len() == 1 || (present.is_empty() && is_noted()) {
        return None;
    }
    if present.is_empty() {
        let choices: Vec<Modifier> = [&policy.modifiers[..], &policy.alternatives].concat();
        return Some(Verdict {
            rule: policy.rule,
            spot: line.spot_of_code(),
            message: missing(line, &choices),
            about: present,
        });
    }
    let may_stand = !policy.together.is_empty()
        && present
            .iter()
            .all(|modifier| policy.together.contains(modifier));
    if may_stand {
        return None;
    }
    Some(too_many(policy.rule_both?, line, present))
}

/// True when the line plainly carries one of them, as most do.
fn carries_one(policy: &Policy, line: &LineContext<'_, '_>) -> bool {
    let mut lists = line.line.modifiers.iter().map(|(modifier, _)| {
        usize::from(policy.modifiers.contains(modifier))
            + usize::from(policy.alternatives.contains(modifier))
    });
    lists.try_fold(0, |all, one| Some(all + one).filter(|all| *all < 2)) == Some(1)
}

/// "E0601 carries KX and GA, of which only one may stand".
pub(super) fn too_many(
    rule: RuleId,
    line: &LineContext<'_, '_>,
    present: SmallVec<[Modifier; 4]>,
) -> Verdict {
    Verdict {
        rule,
        spot: line.spot_of(present[1]),
        message: format!(
            "{} carries {}, of which only one may stand",
            line.subject(),
            Listed(&present, "and")
        ),
        about: present,
    }
}

/// "E0601 carries none of KX, GA and GZ", "E0601 carries neither KX nor GY", or "E0601 does not carry
/// KX" when there is no choice.
pub(super) fn missing(line: &LineContext<'_, '_>, choices: &[Modifier]) -> String {
    match choices {
        [only] => format!("{} does not carry {only}", line.subject()),
        [one, other] => format!("{} carries neither {one} nor {other}", line.subject()),
        _ => format!(
            "{} carries none of {}",
            line.subject(),
            Listed(choices, "and")
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::example::check;

    const POLICY: &str = r#"
rule = "one-of"
finding = "KX801"
finding-both = "KX802"
codes = ["E0601", "A7030-A7039"]
modifiers = ["KX"]
alternatives = ["GA", "GZ"]
"#;

    #[test]
    fn exactly_one_is_right() {
        check(
            POLICY,
            &["E0601:KX", "A7035:NU:GA", "E0601:GZ", "E0602"],
            &[],
        );
    }

    #[test]
    fn none_is_a_finding() {
        check(
            POLICY,
            &["E0601:NU"],
            &["KX801 E0601 carries none of KX, GA and GZ"],
        );
    }

    #[test]
    fn a_pair_that_may_stand_together_is_none_and_three_are() {
        let pair = format!("{POLICY}together = [\"KX\", \"GA\"]\n");
        check(&pair, &["E0601:GA:KX"], &[]);
        check(
            &pair,
            &["E0601:KX:GZ", "E0601:KX:GA:GZ"],
            &[
                "KX802 E0601 carries KX and GZ, of which only one may stand",
                "KX802 E0601 carries KX, GA and GZ, of which only one may stand",
            ],
        );
    }

    #[test]
    fn several_are_another_finding() {
        check(
            POLICY,
            &["A7030:KX:GA"],
            &["KX802 A7030 carries KX and GA, of which only one may stand"],
        );
        let silent = POLICY.replace("finding-both = \"KX802\"\n", "");
        check(&silent, &["A7030:KX:GA"], &[]);
    }
}
