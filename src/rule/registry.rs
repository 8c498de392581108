//! All judges. A new kind of rule is one file and one line here.

use crate::claim::Claim;
use crate::finding::RuleKind;
use crate::policy::Policy;

use super::context::{LineContext, Verdict};
use super::hit::{Accrual, Member};
use super::{
    conflict, duplicate_modifier, exclusive, must_not, no_policy, one_of, optional, overflow,
    required, required_with, routine_use, sessions, sex_conflict, threshold, uniform,
};

/// Verdicts with the indexes of their lines.
pub(super) type Verdicts = Vec<(u32, Verdict)>;

/// A judge looks at what a policy applies to.
#[derive(Clone, Copy)]
pub(super) enum Judge {
    /// One line; answers from the claim alone.
    Line(fn(&Policy, &LineContext<'_, '_>) -> Option<Verdict>),
    /// One line; tells what it adds to a count, and the ledger answers.
    Accrue(fn(&Policy, &LineContext<'_, '_>) -> Option<Accrual>),
    /// All lines of the claim that the policy applies to, in their order.
    Claim(fn(&Policy, &Claim<'_>, &[Member]) -> Verdicts),
}

/// The judge of a policy.
pub(super) fn judge_of(policy: &Policy) -> Judge {
    match policy.kind {
        RuleKind::OneOf => Judge::Line(one_of::judge),
        RuleKind::Exclusive => Judge::Line(exclusive::judge),
        RuleKind::Required => Judge::Line(required::judge),
        RuleKind::MustNot => Judge::Line(must_not::judge),
        RuleKind::RequiredWith => Judge::Line(required_with::judge),
        RuleKind::Conflict => Judge::Line(conflict::judge),
        RuleKind::DuplicateModifier => Judge::Line(duplicate_modifier::judge),
        RuleKind::SexConflict => Judge::Line(sex_conflict::judge),
        RuleKind::NoPolicy => Judge::Line(no_policy::judge),
        RuleKind::Overflow => Judge::Line(overflow::judge),
        RuleKind::Optional => Judge::Line(optional::judge),
        RuleKind::Threshold => Judge::Accrue(threshold::accrue),
        RuleKind::RoutineUse => Judge::Accrue(routine_use::accrue),
        RuleKind::Sessions if is_monthly(policy) => Judge::Claim(sessions::judge),
        RuleKind::Sessions => Judge::Accrue(sessions::accrue),
        RuleKind::Uniform => Judge::Claim(uniform::judge),
    }
}

fn is_monthly(policy: &Policy) -> bool {
    policy
        .sessions
        .is_some_and(|sessions| sessions.long_month.is_some())
}
