//! `optional`: one of `modifiers` and `alternatives` may stand on the line, and nothing asks for it.
//! Two or more contradict each other.

use crate::policy::Policy;

use super::context::{LineContext, Verdict};
use super::one_of::too_many;

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let mut present = line.present(&policy.modifiers);
    present.extend(line.present(&policy.alternatives));
    (present.len() > 1).then(|| too_many(policy.rule, line, present))
}

#[cfg(test)]
mod tests {
    use crate::rule::example::{check, check_policies};

    const POLICY: &str = r#"
rule = "optional"
finding = "KX816"
codes = ["L5301"]
modifiers = ["KX"]
alternatives = ["GA", "GY"]
"#;

    #[test]
    fn none_or_one_is_right_and_two_are_not() {
        check(POLICY, &["L5301", "L5301:KX", "L5301:GY"], &[]);
        check(
            POLICY,
            &["L5301:KX:GY"],
            &["KX816 L5301 carries KX and GY, of which only one may stand"],
        );
    }

    #[test]
    fn it_gives_the_modifier_a_meaning() {
        let none = "rule = \"no-policy\"\nfinding = \"KX811\"\nmodifiers = [\"KX\"]\n";
        check_policies(&[POLICY, none], &["L5301:KX"], &[]);
    }
}
