//! `no-policy`: the line carries one of `modifiers` (KX) though no policy defines it there.
//!
//! A policy defines the modifier for a line when it is in force for the claim and date (or the line has none), names
//! the line's code (or, for a sex conflict, its diagnosis), and names the modifier. Kinds that
//! only look at combinations of modifiers, and policies for every code, define nothing.

use smallvec::smallvec;

use crate::code::Modifier;
use crate::finding::RuleKind;
use crate::policy::{CodeScope, Policy};

use super::context::{LineContext, Verdict};
use super::sex_conflict::by_diagnosis;

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let modifier = line.first_of(&policy.modifiers)?;
    if line.line.lacks_procedure() {
        // That is told already.
        return None;
    }
    let is_defined = line
        .related
        .into_iter()
        .flatten()
        .any(|index| defines(&line.set.policies()[*index as usize], modifier, line));
    if is_defined {
        return None;
    }
    Some(Verdict {
        rule: policy.rule,
        spot: line.spot_of(modifier),
        message: format!(
            "{} carries {modifier}, which no known policy asks for on it",
            line.subject()
        ),
        about: smallvec![modifier],
    })
}

fn defines(policy: &Policy, modifier: Modifier, line: &LineContext<'_, '_>) -> bool {
    let is_combination = matches!(
        policy.kind,
        RuleKind::Conflict | RuleKind::DuplicateModifier | RuleKind::Overflow | RuleKind::NoPolicy
    );
    !is_combination
        && policy.names(modifier)
        && policy.meets_claim(line.claim.kind, line.payer)
        // Without a date nobody knows: that there is none is told already.
        && (line.date.is_none() || policy.in_force(line.date))
        && match &policy.codes {
            CodeScope::Listed(_) => policy.codes.covers(line.code()) || by_diagnosis(policy, line),
            CodeScope::Every | CodeScope::AllBut(_) => false,
        }
}

#[cfg(test)]
mod tests {
    use crate::claim::{Claim, ServiceLine};
    use crate::code::{Modifier, ProcedureCode};
    use crate::finding::ClaimKind;
    use crate::rule::RuleSet;
    use crate::rule::example::{check_policies, test_set};

    const NO_POLICY: &str = r#"
rule = "no-policy"
finding = "KX811"
modifiers = ["KX"]
"#;
    const PAP: &str = r#"
rule = "one-of"
finding = "KX801"
codes = ["E0601"]
modifiers = ["KX"]
alternatives = ["GA"]
from = "2020-01-01"
to = "2026-12-31"
"#;
    const PAIR: &str = r#"
rule = "conflict"
finding = "KX808"
codes = ["99213"]
modifiers = ["KX"]
with = ["GA"]
"#;

    #[test]
    fn a_policy_for_the_code_defines_the_modifier_and_a_combination_does_not() {
        check_policies(
            &[NO_POLICY, PAP, PAIR],
            &["E0601:KX", "99213:KX", "99213"],
            &["KX811 99213 carries KX, which no known policy asks for on it"],
        );
    }

    #[test]
    fn without_a_date_every_policy_may_be_in_force() {
        let policies = [NO_POLICY, PAP];
        let rules = RuleSet::new(test_set(&policies));
        let mut claim = Claim::new();
        claim.payer.filing_indicator = b"MB";
        let mut line = ServiceLine::new(ClaimKind::Professional);
        line.procedure = ProcedureCode::new(b"E0601");
        line.modifiers.push((Modifier::KX, 0));
        claim.lines.push(line);
        let (mut hits, mut accruals) = (Vec::new(), Vec::new());
        rules.judge(&claim, &mut hits, &mut accruals);
        assert!(hits.is_empty(), "{hits:?}");
    }

    #[test]
    fn a_policy_that_is_not_in_force_defines_nothing() {
        let ended = PAP.replace("2026-12-31", "2020-12-31");
        check_policies(
            &[NO_POLICY, &ended],
            &["E0601:KX"],
            &["KX811 E0601 carries KX, which no known policy asks for on it"],
        );
    }
}
