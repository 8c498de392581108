//! `must-not`: none of `modifiers` may be on the line.

use crate::finding::Certainty;
use crate::policy::Policy;

use super::context::{LineContext, Listed, Verdict};

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let present = line.present(&policy.modifiers);
    let first = *present.first()?;
    let judgement = if policy.certainty == Certainty::Possible {
        "may not belong there"
    } else {
        "must not stand on it"
    };
    Some(Verdict {
        rule: policy.rule,
        spot: line.spot_of(first),
        message: format!(
            "{} carries {}, which {judgement}",
            line.subject(),
            Listed(&present, "and")
        ),
        about: present,
    })
}

#[cfg(test)]
mod tests {
    use crate::rule::example::check;

    const POLICY: &str = r#"
rule = "must-not"
finding = "KX806"
codes = ["E0424"]
modifiers = ["KX", "GZ"]
"#;

    #[test]
    fn the_modifier_is_a_finding_and_others_are_not() {
        check(POLICY, &["E0424:RR", "E0425:KX"], &[]);
        check(
            POLICY,
            &["E0424:RR:KX"],
            &["KX806 E0424 carries KX, which must not stand on it"],
        );
    }
}
