//! `required`: all of `modifiers` must be on the line, unless one of `alternatives` is.

use smallvec::SmallVec;

use crate::code::Modifier;
use crate::policy::Policy;

use super::context::{LineContext, Verdict};
use super::one_of::missing;

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let absent = |modifier: &&Modifier| !line.has_any(&[**modifier]);
    let first = policy.modifiers.iter().find(absent)?;
    if line.has_any(&policy.alternatives) {
        return None;
    }
    let choices: SmallVec<[Modifier; 4]> = std::iter::once(first)
        .chain(&policy.alternatives)
        .copied()
        .collect();
    Some(Verdict {
        rule: policy.rule,
        spot: line.spot_of_code(),
        message: missing(line, &choices),
        about: SmallVec::new(),
    })
}

#[cfg(test)]
mod tests {
    use crate::rule::example::check;

    const POLICY: &str = r#"
rule = "required"
finding = "KX805"
codes = ["33206-33208"]
modifiers = ["KX"]
alternatives = ["SC"]
"#;

    #[test]
    fn present_or_stood_in_for_is_right() {
        check(POLICY, &["33206:KX", "33208:SC", "33209"], &[]);
    }

    #[test]
    fn absent_is_a_finding() {
        check(
            POLICY,
            &["33207"],
            &["KX805 33207 carries neither KX nor SC"],
        );
        let strict = POLICY.replace("alternatives = [\"SC\"]\n", "");
        check(&strict, &["33207:SC"], &["KX805 33207 does not carry KX"]);
    }
}
