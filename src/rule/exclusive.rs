//! `exclusive`: the line must carry exactly one of `modifiers`, which state opposite facts (KX:
//! insulin-treated, KS: not).
//!
//! None of them is the policy's `finding`, unless one of `alternatives` stands in; two or more
//! are its `finding-both`, if it names one.

use smallvec::SmallVec;

use crate::policy::Policy;

use super::context::{LineContext, Listed, Verdict};

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let present = line.present(&policy.modifiers);
    match present.len() {
        0 if line.notes_any(&policy.modifiers) || line.has_any(&policy.alternatives) => None,
        0 => Some(Verdict {
            rule: policy.rule,
            spot: line.spot_of_code(),
            message: format!(
                "{} carries neither {}",
                line.subject(),
                Listed(&policy.modifiers, "nor")
            ),
            about: SmallVec::new(),
        }),
        1 => None,
        _ => Some(Verdict {
            rule: policy.rule_both?,
            spot: line.spot_of(present[1]),
            message: format!(
                "{} carries {}, which exclude each other",
                line.subject(),
                Listed(&present, "and")
            ),
            about: present,
        }),
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::example::check;

    const POLICY: &str = r#"
rule = "exclusive"
finding = "KX803"
finding-both = "KX804"
codes = ["A4253"]
modifiers = ["KX", "KS"]
alternatives = ["GY"]
"#;

    #[test]
    fn one_of_the_two_or_a_stand_in_is_right() {
        check(POLICY, &["A4253:NU:KX", "A4253:KS", "A4253:GY"], &[]);
    }

    #[test]
    fn neither_and_both_are_findings() {
        check(
            POLICY,
            &["A4253:NU", "A4253:KX:KS"],
            &[
                "KX803 A4253 carries neither KX nor KS",
                "KX804 A4253 carries KX and KS, which exclude each other",
            ],
        );
    }
}
