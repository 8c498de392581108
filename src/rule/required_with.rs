//! `required-with`: a line with one of `modifiers` must also carry one of `with`.

use crate::policy::Policy;

use super::context::{LineContext, Listed, Verdict};

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let first = line.first_of(&policy.modifiers)?;
    if line.has_any(&policy.with) || line.has_any(&policy.alternatives) {
        return None;
    }
    Some(Verdict {
        rule: policy.rule,
        spot: line.spot_of(first),
        message: format!(
            "{} carries {first} without {}",
            line.subject(),
            Listed(&policy.with, "or")
        ),
        about: line.present(&policy.modifiers),
    })
}

#[cfg(test)]
mod tests {
    use crate::rule::example::check;

    const POLICY: &str = r#"
rule = "required-with"
finding = "KX807"
codes = ["97110"]
modifiers = ["KX"]
with = ["GN", "GO", "GP"]
"#;

    #[test]
    fn a_partner_is_needed() {
        check(POLICY, &["97110:KX:GP", "97110:GP", "97110"], &[]);
        check(
            POLICY,
            &["97110:59:KX"],
            &["KX807 97110 carries KX without GN, GO or GP"],
        );
    }
}
