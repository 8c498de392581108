//! All judges. A new kind of rule is one file and one line here.

use crate::finding::RuleKind;
use crate::policy::Policy;

use super::context::{LineContext, Verdict};
use super::hit::Accrual;
use super::{
    conflict, duplicate_modifier, exclusive, must_not, no_policy, one_of, overflow, required,
    required_with, sex_conflict, threshold,
};

/// A judge looks at one line under one policy that applies to it.
#[derive(Clone, Copy)]
pub(super) enum Judge {
    /// Answers from the claim alone.
    Line(fn(&Policy, &LineContext<'_, '_>) -> Option<Verdict>),
    /// Tells an amount; the ledger answers.
    Accrue(fn(&Policy, &LineContext<'_, '_>) -> Option<Accrual>),
}

/// The judge of a kind.
pub(super) const fn judge_of(kind: RuleKind) -> Judge {
    match kind {
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
        RuleKind::Threshold => Judge::Accrue(threshold::accrue),
    }
}
