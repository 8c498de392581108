//! A policy in the form that judges read.

use crate::claim::{Claim, ServiceLine, Sex};
use crate::code::{DiagnosisCode, Modifier, ProcedureCode};
use crate::date::Date;
use crate::finding::{Certainty, ClaimKind, PolicyId, RuleId, RuleKind, Severity};

use super::contractor::{State, Venue};
use super::pack::Contractor;
use super::pattern::{DiagnosisSet, DigitPattern};
use super::payer::{PayerClassId, PayerMask};
use super::sessions::Sessions;
use super::threshold::BucketId;

/// Which codes a policy speaks about; lists are packed and sorted.
#[derive(Clone, Debug)]
pub enum CodeScope {
    /// Every line, whatever its code.
    Every,
    /// These codes.
    Listed(Box<[u64]>),
    /// Every code but these.
    AllBut(Box<[u64]>),
}

impl CodeScope {
    /// True when lines with this code are meant; `None` is a line without a usable code.
    #[inline]
    pub fn covers(&self, code: Option<ProcedureCode>) -> bool {
        let among =
            |list: &[u64]| code.is_some_and(|code| list.binary_search(&code.packed()).is_ok());
        match self {
            Self::Every => true,
            Self::Listed(list) => among(list),
            Self::AllBut(list) => !among(list),
        }
    }
}

/// The conditions of a policy; an empty list holds always.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// Kinds of Medicare contractor.
    pub contractors: Vec<Contractor>,
    /// States of the contractor.
    pub states: Vec<State>,
    /// Types of bill.
    pub bill_types: Vec<DigitPattern>,
    /// Places of service.
    pub places: Vec<Box<[u8]>>,
    /// Revenue codes.
    pub revenue_codes: Vec<DigitPattern>,
    /// The line has a diagnosis with one of these prefixes.
    pub diagnoses: DiagnosisSet,
    /// The line has none with one of these.
    pub not_diagnoses: DiagnosisSet,
    /// The claim has no diagnosis with one of these prefixes, whatever the line points to.
    pub claim_not_diagnoses: DiagnosisSet,
    /// The line carries one of these.
    pub modifiers: Vec<Modifier>,
    /// The line carries none of these.
    pub not_modifiers: Vec<Modifier>,
}

/// A policy ready to be applied.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its index.
    pub id: PolicyId,
    /// Its judge.
    pub kind: RuleKind,
    /// The rule that its findings carry.
    pub rule: RuleId,
    /// The rule for more than one of the modifiers on a line.
    pub rule_both: Option<RuleId>,
    /// Codes.
    pub codes: CodeScope,
    /// The items to which parts belong that several policies name.
    pub base: CodeScope,
    /// The modifiers that it is about.
    pub modifiers: Vec<Modifier>,
    /// What may stand in for them.
    pub doubtful: Vec<Modifier>,
    /// What stands in for them.
    pub alternatives: Vec<Modifier>,
    /// Two of them that may stand together.
    pub together: Vec<Modifier>,
    /// Lines are compared within a date of service, whatever the claim.
    pub same_day: bool,
    /// Partners or opponents.
    pub with: Vec<Modifier>,
    /// Table of amounts.
    pub threshold: Option<BucketId>,
    /// How visits are counted.
    pub sessions: Option<Sessions>,
    /// Month and day of the last day of a year on which the modifier is early.
    pub until: Option<(i8, i8)>,
    /// The sex that codes and diagnoses belong to.
    pub sex: Sex,
    /// Diagnoses of that sex.
    pub diagnoses: DiagnosisSet,
    /// Condition code that settles a sex conflict.
    pub condition_code: Option<String>,
    /// One bit for each kind of claim: P 1, I 2, D 4.
    pub claims: u8,
    /// Payer classes.
    pub payers: PayerMask,
    /// First date of service.
    pub from: Option<Date>,
    /// Last date of service.
    pub to: Option<Date>,
    /// Further conditions; `None` when there are none.
    pub conditions: Option<Box<Conditions>>,
    /// Severity as the pack states it, capped by the support of the policy but not yet by
    /// certainty.
    pub severity: Severity,
    /// Certainty.
    pub certainty: Certainty,
}

/// The bit of a kind of claim in [`Policy::claims`].
pub(super) const fn claim_bit(kind: ClaimKind) -> u8 {
    match kind {
        ClaimKind::Professional => 1,
        ClaimKind::Institutional => 2,
        ClaimKind::Dental => 4,
    }
}

impl Policy {
    /// True when the policy speaks to claims of this kind for payers of this class.
    #[inline]
    pub fn meets_claim(&self, kind: ClaimKind, payer: PayerClassId) -> bool {
        self.is_for_kind(kind) && self.payers.contains(payer)
    }

    /// True when the policy speaks to claims of this kind.
    #[inline]
    pub const fn is_for_kind(&self, kind: ClaimKind) -> bool {
        self.claims & claim_bit(kind) != 0
    }

    /// True when the policy is in force on the date of service; without a date only a policy
    /// that knows no dates is.
    #[inline]
    pub fn in_force(&self, date: Option<Date>) -> bool {
        match date {
            Some(date) => {
                self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
            }
            None => self.from.is_none() && self.to.is_none(),
        }
    }

    /// True when `modifiers`, `alternatives` or `with` name the modifier.
    pub fn names(&self, modifier: Modifier) -> bool {
        [&self.modifiers, &self.alternatives, &self.with]
            .into_iter()
            .any(|list| list.contains(&modifier))
    }

    /// The modifiers without any of which the policy has nothing to say about a line; `None`
    /// when it may speak about a line without modifiers.
    pub fn triggers(&self) -> Option<&[Modifier]> {
        match self.kind {
            RuleKind::MustNot
            | RuleKind::RequiredWith
            | RuleKind::Conflict
            | RuleKind::DuplicateModifier
            | RuleKind::NoPolicy
            | RuleKind::RoutineUse
            | RuleKind::Overflow => Some(&self.modifiers),
            RuleKind::OneOf
            | RuleKind::Exclusive
            | RuleKind::Required
            | RuleKind::Threshold
            | RuleKind::Sessions
            | RuleKind::Uniform
            | RuleKind::Optional
            | RuleKind::SexConflict => self
                .conditions
                .as_ref()
                .map(|conditions| conditions.modifiers.as_slice())
                .filter(|modifiers| !modifiers.is_empty()),
        }
    }

    /// True when the conditions hold for a line.
    #[inline]
    pub fn conditions_hold<'a>(
        &self,
        claim: &Claim<'a>,
        line: &ServiceLine<'a>,
        venue: &Venue<'_>,
    ) -> bool {
        self.conditions
            .as_ref()
            .is_none_or(|conditions| conditions.first_unmet(claim, line, venue).is_none())
    }
}

/// A condition of a policy, for explanations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The line carries one of the modifiers.
    Modifiers,
    /// The line carries none of the modifiers.
    NotModifiers,
    /// Place of service.
    Places,
    /// Revenue code.
    RevenueCodes,
    /// Type of bill.
    BillTypes,
    /// The line has one of the diagnoses.
    Diagnoses,
    /// The line has none of the diagnoses.
    NotDiagnoses,
    /// The claim has none of the diagnoses.
    ClaimNotDiagnoses,
    /// Kind of Medicare contractor.
    Contractors,
    /// State of the contractor or the billing provider.
    States,
}

impl Conditions {
    /// The first condition that does not hold for the line. Cheap ones are looked at first.
    pub fn first_unmet<'a>(
        &self,
        claim: &Claim<'a>,
        line: &ServiceLine<'a>,
        venue: &Venue<'_>,
    ) -> Option<Condition> {
        let carries = |list: &[Modifier]| list.iter().any(|m| line.has_modifier(*m));
        let diagnosed =
            |set: &DiagnosisSet| claim.line_diagnoses(line).any(|code| set.matches(code));
        let is_institutional = claim.kind == ClaimKind::Institutional;
        if !self.modifiers.is_empty() && !carries(&self.modifiers) {
            return Some(Condition::Modifiers);
        }
        if carries(&self.not_modifiers) {
            return Some(Condition::NotModifiers);
        }
        if !self.places.is_empty() && !is_institutional && !self.place_holds(claim, line) {
            return Some(Condition::Places);
        }
        if !self.revenue_codes.is_empty()
            && is_institutional
            && !any_matches(&self.revenue_codes, line.revenue_code)
        {
            return Some(Condition::RevenueCodes);
        }
        if !self.bill_types.is_empty()
            && is_institutional
            && !any_matches(&self.bill_types, &claim.type_of_bill())
        {
            return Some(Condition::BillTypes);
        }
        if !self.diagnoses.is_empty() && !diagnosed(&self.diagnoses) {
            return Some(Condition::Diagnoses);
        }
        if !self.not_diagnoses.is_empty() && diagnosed(&self.not_diagnoses) {
            return Some(Condition::NotDiagnoses);
        }
        if !self.claim_not_diagnoses.is_empty()
            && claim
                .diagnoses()
                .filter_map(|diagnosis| DiagnosisCode::new(diagnosis.code))
                .any(|code| self.claim_not_diagnoses.matches(code))
        {
            return Some(Condition::ClaimNotDiagnoses);
        }
        if !self.contractors.is_empty() && !self.contractors.contains(&venue.contractor(claim)) {
            return Some(Condition::Contractors);
        }
        if !self.states.is_empty() && !venue.is_in(claim, &self.states) {
            return Some(Condition::States);
        }
        None
    }

    /// The line's place of service, else the claim's.
    fn place_holds(&self, claim: &Claim<'_>, line: &ServiceLine<'_>) -> bool {
        let place = match line.place_of_service {
            [] => claim.facility,
            place => place,
        };
        self.places.iter().any(|wanted| **wanted == *place)
    }
}

fn any_matches(patterns: &[DigitPattern], value: &[u8]) -> bool {
    patterns.iter().any(|pattern| pattern.matches(value))
}
