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
    /// What lines carry about which one of those may speak.
    wanted: ModifierMask,
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
    /// Those that a modifier is enough for, by the bit of the modifier in a mask and by need.
    satisfied: Box<[[u64; 3]; 64]>,
}

impl Group {
    const MOST: usize = 64;

    fn new(gated: &[Gated]) -> Self {
        let mut group = Self {
            gated: gated.into(),
            satisfied: Box::new([[0; 3]; 64]),
        };
        for (at, Gated { gate, .. }) in gated.iter().enumerate() {
            let it = 1 << at;
            for (index, mut need) in gate.needs().into_iter().enumerate() {
                while let Some(bit) = need.take_bit() {
                    group.satisfied[bit][index] |= it;
                }
            }
        }
        group
    }

    /// Calls `tell` with the policies that may speak about a line with these traits.
    #[inline]
    fn open(&self, traits: Traits, mut tell: impl FnMut(u32)) {
        let [mut one, mut other, mut third] = [0; 3];
        let mut rest = traits.carried();
        while let Some(bit) = rest.take_bit() {
            let satisfied = &self.satisfied[bit];
            one |= satisfied[0];
            other |= satisfied[1];
            third |= satisfied[2];
        }
        let mut open = one & other & third;
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
            wanted: generic.iter().fold(ModifierMask::EMPTY, |wanted, gated| {
                let [one, ..] = gated.gate.needs();
                wanted.union(one)
            }),
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

    /// False when no policy that is not found by code speaks about a line that carries no more than this. Sex conflicts are
    /// not asked.
    #[inline]
    pub const fn wants(&self, carried: ModifierMask) -> bool {
        self.wanted.may_meet(carried)
    }

    /// Calls `tell` with the policies that are not found by code and may speak about a line with these traits, in no order.
    /// Sex conflicts are not among them.
    #[inline]
    pub fn of_no_list(&self, traits: Traits, mut tell: impl FnMut(u32)) {
        for group in &self.groups {
            group.open(traits, &mut tell);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::gate::carried_by;
    use super::*;
    use crate::claim::ServiceLine;
    use crate::code::{Modifier, ProcedureCode};
    use crate::date::Date;
    use crate::policy::CodeScope;
    use crate::rule::example::test_set;

    const KINDS: [ClaimKind; 3] = [
        ClaimKind::Professional,
        ClaimKind::Institutional,
        ClaimKind::Dental,
    ];
    const MODIFIERS: [&str; 8] = ["KX", "GA", "GP", "GO", "59", "RT", "LT", "EY"];
    const CODES: [&str; 3] = ["97110", "E0601", "L1833"];

    /// A condition that holds now and then, as it stands in a pack.
    fn conditions() -> impl Strategy<Value = String> {
        let modifiers = proptest::option::weighted(0.4, modifier());
        let claims = proptest::sample::select(vec!["", "\"P\"", "\"I\"", "\"P\", \"D\""]);
        let days = proptest::option::weighted(0.3, (1..28i8, 1..28i8));
        (modifiers, claims, days).prop_map(|(modifier, claims, days)| {
            let mut when: Vec<String> = Vec::new();
            when.extend(modifier.map(|modifier| format!("modifiers = [\"{modifier}\"]")));
            if !claims.is_empty() {
                when.push(format!("claims = [{claims}]"));
            }
            let when = format!("when = {{ {} }}\n", when.join(", "));
            let days = days.map(|(one, other)| {
                let (from, to) = (one.min(other), one.max(other));
                format!("from = \"2026-11-{from:02}\"\nto = \"2026-11-{to:02}\"\n")
            });
            when + &days.unwrap_or_default()
        })
    }

    fn modifier() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(&MODIFIERS[..])
    }

    /// A policy about some codes, or about every code.
    fn policy(codes: &'static [&'static str]) -> impl Strategy<Value = String> {
        let codes = if codes.is_empty() {
            Just(String::new()).boxed()
        } else {
            let some = proptest::sample::subsequence(codes, 1..=codes.len());
            some.prop_map(|codes| format!("codes = {codes:?}\n"))
                .boxed()
        };
        let of_all_codes = (modifier(), modifier()).prop_map(|(one, other)| {
            format!("rule = \"conflict\"\nfinding = \"KX808\"\nmodifiers = [\"{one}\"]\nwith = [\"{other}\"]\n")
        });
        let kind = prop_oneof![
            4 => of_all_codes,
            2 => modifier().prop_map(|one| format!("rule = \"must-not\"\nfinding = \"KX806\"\nmodifiers = [\"{one}\"]\n")),
            2 => modifier().prop_map(|one| format!("rule = \"required\"\nfinding = \"KX805\"\nmodifiers = [\"{one}\"]\n")),
            1 => Just("rule = \"duplicate-modifier\"\nfinding = \"KX809\"\n".to_owned()),
        ];
        (kind, codes, conditions())
            .prop_map(|(kind, codes, conditions)| kind + &codes + &conditions)
    }

    fn set() -> impl Strategy<Value = Arc<PolicySet>> {
        let generic = proptest::collection::vec(policy(&[]), 0..200);
        let of_codes = proptest::collection::vec(policy(&CODES), 0..20);
        (generic, of_codes).prop_map(|(mut all, of_codes)| {
            all.extend(of_codes);
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            test_set(&all)
        })
    }

    /// Modifiers of a line, and the day in November 2026, if there is one.
    fn line() -> impl Strategy<Value = (Vec<&'static str>, Option<i8>)> {
        let modifiers = proptest::collection::vec(modifier(), 0..=4);
        (modifiers, proptest::option::weighted(0.9, 1..28i8))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever the layout, what it yields is what asking every policy yields.
        #[test]
        fn a_docket_yields_whatever_a_gate_lets(set in set(), lines in proptest::collection::vec(line(), 1..12)) {
            let gates: Vec<Gate> = set.policies().iter().map(Gate::of).collect();
            let medicare = set.payers().class("medicare").unwrap();
            let commercial = set.payers().class("commercial").unwrap();
            for (kind, class) in KINDS.iter().flat_map(|kind| [(*kind, medicare), (*kind, commercial)]) {
                let docket = Docket::new(&set, &gates, kind, class);
                for (modifiers, day) in &lines {
                    let mut line = ServiceLine::new(kind);
                    for (slot, modifier) in (0..).zip(modifiers) {
                        line.modifiers.push((Modifier::new(modifier.as_bytes()).unwrap(), slot));
                    }
                    let date = day.map(|day| Date::new(2026, 11, day).unwrap());
                    let traits = Traits::new(carried_by(&line), date);
                    let naive = |is_asked: &dyn Fn(&CodeScope) -> bool| -> Vec<u32> {
                        let all = (0..).zip(set.policies().iter().zip(&gates));
                        all.filter(|(_, (policy, gate))| {
                            is_asked(&policy.codes) && policy.meets_claim(kind, class) && gate.lets(traits)
                        })
                        .map(|(index, _)| index)
                        .collect()
                    };
                    let mut found = Vec::new();
                    docket.of_no_list(traits, |policy| found.push(policy));
                    found.sort_unstable();
                    prop_assert_eq!(&found, &naive(&|codes| matches!(codes, CodeScope::Every)));
                    prop_assert!(found.is_empty() || docket.wants(traits.carried()));
                    for code in CODES {
                        let code = ProcedureCode::new(code.as_bytes()).unwrap();
                        let expected = naive(&|codes| {
                            matches!(codes, CodeScope::Listed(_)) && codes.covers(Some(code))
                        });
                        let mut found = Vec::new();
                        if let Some(list) = set.table().find(code) {
                            docket.of_list(list, traits, |policy| found.push(policy));
                        }
                        prop_assert_eq!(found, expected);
                    }
                }
            }
        }
    }
}
