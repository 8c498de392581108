//! The policies that may speak to claims of one kind for one class of payers, laid out so that most
//! lines are done with after one look.

use smallvec::SmallVec;

use crate::claim::{Claim, Sex};
use crate::code::DiagnosisCode;
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
    /// Sex conflicts that are not found by code, of men and of women.
    conflicts: [Conflicts; 2],
    /// Where the policies of a list of the code table stand in `gated`.
    lists: Box<[(u32, u32)]>,
    /// Policies found by code, list by list.
    gated: Box<[Gated]>,
    /// Policies not found by code.
    groups: Box<[Group]>,
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

    /// The diagnoses of the claim that one of them may name.
    pub fn diagnoses(&self, claim: &Claim<'_>) -> SmallVec<[DiagnosisCode; 8]> {
        claim
            .diagnoses()
            .filter(|diagnosis| self.starts.may_begin(diagnosis.code))
            .filter_map(|diagnosis| DiagnosisCode::new(diagnosis.code))
            .collect()
    }
}

/// A policy behind its gate.
#[derive(Clone, Debug)]
struct Gated {
    gate: Gate,
    policy: u32,
}

/// At most 64 policies that are not found by code, a bit for each.
#[derive(Debug)]
struct Group {
    gated: Box<[Gated]>,
    /// Those that need no modifier, by each of the three needs that a policy may have.
    needless: [u64; 3],
    /// Those that a modifier is enough for, by the bit of the modifier in a mask and by need.
    satisfied: Box<[[u64; 3]; 64]>,
    /// Those that need no repetition.
    once: u64,
}

impl Group {
    const MOST: usize = 64;

    fn new(gated: &[Gated]) -> Self {
        let mut group = Self {
            gated: gated.into(),
            needless: [0; 3],
            satisfied: Box::new([[0; 3]; 64]),
            once: 0,
        };
        for (at, Gated { gate, .. }) in gated.iter().enumerate() {
            let it = 1 << at;
            for (index, mut need) in gate.needs().into_iter().enumerate() {
                if need == ModifierMask::EMPTY {
                    group.needless[index] |= it;
                }
                while let Some(bit) = need.take_bit() {
                    group.satisfied[bit][index] |= it;
                }
            }
            if !gate.needs_repeat() {
                group.once |= it;
            }
        }
        group
    }

    /// Calls `tell` with the policies that may speak about a line with these traits.
    #[inline]
    fn open(&self, traits: Traits, mut tell: impl FnMut(u32)) {
        let [mut one, mut other, mut third] = self.needless;
        let mut rest = traits.modifiers();
        while let Some(bit) = rest.take_bit() {
            let satisfied = &self.satisfied[bit];
            one |= satisfied[0];
            other |= satisfied[1];
            third |= satisfied[2];
        }
        let mut open = one & other & third;
        if !traits.may_repeat() {
            open &= self.once;
        }
        while open != 0 {
            let gated = &self.gated[open.trailing_zeros() as usize];
            open &= open - 1;
            if gated.gate.is_open_on(traits) {
                tell(gated.policy);
            }
        }
    }
}

impl Docket {
    pub fn new(set: &PolicySet, gates: &[Gate], kind: ClaimKind, class: PayerClassId) -> Self {
        let meets = |index: u32| set.policies()[index as usize].meets_claim(kind, class);
        let behind_gate = |policy: u32| Gated {
            gate: gates[policy as usize].clone(),
            policy,
        };
        let (mut always, mut modified) = (Vec::new(), Vec::new());
        let mut conflicts: [Conflicts; 2] = <_>::default();
        for &index in set.generic().iter().filter(|index| meets(**index)) {
            let policy = &set.policies()[index as usize];
            match (policy.triggers(), policy.kind, policy.sex) {
                (Some(_), _, _) => modified.push(index),
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
            of_codes.extend(policies.filter(|index| meets(*index)).map(behind_gate));
            (start, of_codes.len() as u32)
        });
        let generic: Vec<Gated> = always
            .iter()
            .chain(&modified)
            .copied()
            .map(behind_gate)
            .collect();
        Self {
            groups: generic.chunks(Group::MOST).map(Group::new).collect(),
            always,
            modified,
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

    /// The same of policies that are not found by code, in no order.
    #[inline]
    pub fn of_no_list(&self, traits: Traits, mut tell: impl FnMut(u32)) {
        for group in &self.groups {
            group.open(traits, &mut tell);
        }
    }
}
