//! The policies that may speak to claims of one kind for one class of payers, laid out so that most
//! lines are done with after one look.

use crate::claim::{Claim, Sex};
use crate::finding::{ClaimKind, RuleKind};
use crate::policy::{DiagnosisStarts, ListId, ModifierMask, PayerClassId, PolicySet};

use super::gate::{Gate, Traits};

/// Policies for claims of one kind and class of payers.
#[derive(Debug)]
pub(super) struct Docket {
    /// Not found by code; they may speak about any line.
    pub always: Vec<u32>,
    /// Not found by code; they speak about lines with certain modifiers only.
    pub modified: Vec<u32>,
    /// All of those modifiers.
    triggers: ModifierMask,
    /// Sex conflicts that are not found by code, of men and of women.
    conflicts: [Conflicts; 2],
    /// Where the policies of a list of the code table stand in `gated`.
    lists: Box<[(u32, u32)]>,
    /// Policies found by code, list by list.
    gated: Box<[Gated]>,
    always_gated: Box<[Gated]>,
    modified_gated: Box<[Gated]>,
}

/// Policies about diagnoses of the other sex.
#[derive(Debug, Default)]
pub(super) struct Conflicts {
    pub policies: Vec<u32>,
    starts: DiagnosisStarts,
}

impl Conflicts {
    /// False when none of them names a diagnosis of the claim.
    pub fn may_concern(&self, claim: &Claim<'_>) -> bool {
        !self.policies.is_empty()
            && claim
                .diagnoses()
                .any(|diagnosis| self.starts.may_begin(diagnosis.code))
    }
}

/// A policy behind its gate.
#[derive(Clone, Debug)]
struct Gated {
    gate: Gate,
    policy: u32,
}

impl Docket {
    pub fn new(set: &PolicySet, gates: &[Gate], kind: ClaimKind, class: PayerClassId) -> Self {
        let meets = |index: u32| set.policies()[index as usize].meets_claim(kind, class);
        let gated = |policy: u32| Gated {
            gate: gates[policy as usize].clone(),
            policy,
        };
        let (mut always, mut modified, mut triggers) = (Vec::new(), Vec::new(), Vec::new());
        let mut conflicts: [Conflicts; 2] = <_>::default();
        for &index in set.generic().iter().filter(|index| meets(**index)) {
            let policy = &set.policies()[index as usize];
            match (policy.triggers(), policy.kind, policy.sex) {
                (Some(modifiers), _, _) => {
                    modified.push(index);
                    triggers.extend_from_slice(modifiers);
                }
                (None, RuleKind::SexConflict, sex) => {
                    let patients = match sex {
                        Sex::Female => &mut conflicts[0],
                        Sex::Male => &mut conflicts[1],
                        Sex::Unknown => continue,
                    };
                    patients.policies.push(index);
                    patients.starts.add(&policy.diagnoses);
                }
                (None, _, _) => always.push(index),
            }
        }
        let mut of_codes = Vec::new();
        let lists = set.table().lists().map(|list| {
            let start = of_codes.len() as u32;
            let policies = set.table().list(list).iter().copied();
            of_codes.extend(policies.filter(|index| meets(*index)).map(gated));
            (start, of_codes.len() as u32)
        });
        Self {
            always_gated: always.iter().copied().map(gated).collect(),
            modified_gated: modified.iter().copied().map(gated).collect(),
            always,
            modified,
            triggers: triggers.into_iter().collect(),
            conflicts,
            lists: lists.collect(),
            gated: of_codes.into(),
        }
    }

    /// The sex conflicts that a patient of this sex may have.
    #[inline]
    pub fn conflicts(&self, patient: Sex) -> Option<&Conflicts> {
        match patient {
            Sex::Male => Some(&self.conflicts[0]),
            Sex::Female => Some(&self.conflicts[1]),
            Sex::Unknown => None,
        }
    }

    /// Calls `tell` with the policies of a list that may speak about a line with these traits, in pack
    /// order.
    #[inline]
    pub fn of_list(&self, list: ListId, traits: Traits, mut tell: impl FnMut(u32)) {
        let (start, end) = self.lists[list.0 as usize];
        for gated in &self.gated[start as usize..end as usize] {
            if gated.gate.lets(traits) {
                tell(gated.policy);
            }
        }
    }

    /// The same of policies that are not found by code.
    #[inline]
    pub fn of_no_list(&self, traits: Traits, mut tell: impl FnMut(u32)) {
        let modified = if traits.may_carry(self.triggers) || traits.may_repeat() {
            &self.modified_gated[..]
        } else {
            &[]
        };
        for gated in self.always_gated.iter().chain(modified) {
            if gated.gate.lets(traits) {
                tell(gated.policy);
            }
        }
    }
}
