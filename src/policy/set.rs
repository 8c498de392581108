//! All packs of a run, put together, checked against each other, and compiled.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::code::ProcedureCode;
use crate::finding::{Catalogue, PolicyId};
use crate::money::Cents;

use super::assemble::Shared;
use super::builtin;
use super::compiled::{CodeScope, Policy};
use super::contractor::VenueTable;
use super::error::PackError;
use super::fees::{FeeTable, LocalityError};
use super::info::PackInfo;
use super::load::Pack;
use super::pack::{Contractor, ExampleRow};
use super::payer::PayerTable;
use super::selection::Rulings;
use super::table::CodeTable;
use super::threshold::{BucketId, ThresholdTable};

/// The policies in force during a run.
#[derive(Debug)]
pub struct PolicySet {
    catalogue: Arc<Catalogue>,
    packs: Vec<PackInfo>,
    policies: Vec<Policy>,
    examples: Vec<(PolicyId, ExampleRow)>,
    table: CodeTable,
    generic: Vec<u32>,
    payers: PayerTable,
    venues: VenueTable,
    fees: FeeTable,
    thresholds: Vec<ThresholdTable>,
    pub(super) rulings: Rulings,
}

/// A payer that cannot be assumed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no payer {wanted:?}: expected one of {known}; for Medicare also medicare:a, medicare:b, medicare:dme or medicare:hhh"
)]
pub struct PayerError {
    wanted: String,
    known: String,
}

impl PolicySet {
    /// Puts packs together: the compiled-in ones, then `extra` in its order. A policy of a later
    /// pack takes the place of an earlier one with its id; payer rows of later packs are tried
    /// first. Without `builtin` only the compiled-in finding codes and payers are there.
    ///
    /// # Errors
    /// When packs do not fit together: an unknown finding code, code set, table of amounts or
    /// payer class, a rule of another kind, or a finding code or pack id that is taken.
    pub fn new(builtin: bool, extra: Vec<Pack>) -> Result<Self, PackError> {
        let mut packs: Vec<Pack> = Vec::new();
        for pack in builtin::PACKS {
            if builtin || pack.foundation {
                packs.push(Pack::parse(pack.name, pack.text)?);
            }
        }
        let builtin_count = packs.len();
        packs.extend(extra);

        let shared = Shared::collect(&packs)?;
        let mut catalogue = Catalogue {
            rules: shared.rules.clone(),
            policies: Vec::new(),
        };
        let mut policies: Vec<Policy> = Vec::new();
        let mut by_id: HashMap<String, usize> = HashMap::new();
        let mut examples: Vec<Vec<ExampleRow>> = Vec::new();
        for pack in &packs {
            for row in &pack.file.policies {
                let id = row.get_ref().id.get_ref();
                let next = policies.len();
                let index = *by_id.entry(id.clone()).or_insert(next);
                let policy = shared.compile(pack, row, PolicyId(index as u32))?;
                let info = Shared::describe(pack, row.get_ref());
                let row_examples = row.get_ref().example.clone();
                if index == next {
                    policies.push(policy);
                    catalogue.policies.push(info);
                    examples.push(row_examples);
                } else {
                    policies[index] = policy;
                    catalogue.policies[index] = info;
                    // The examples of a policy that was replaced go with it.
                    examples[index] = row_examples;
                }
            }
            for row in &pack.file.adoptions {
                let Some(original) = by_id.get(row.policy.get_ref()) else {
                    let message = format!(
                        "no policy {} in this pack or an earlier one",
                        row.policy.get_ref()
                    );
                    return Err(pack.error(row.policy.span(), message));
                };
                let original = (&policies[*original], &catalogue.policies[*original]);
                let id = PolicyId(policies.len() as u32);
                let (policy, info) = shared.adopt(pack, row, original, id)?;
                if by_id.insert(info.id.clone(), policies.len()).is_some() {
                    let message = format!("{} is adopted twice", info.id);
                    return Err(pack.error(row.policy.span(), message));
                }
                policies.push(policy);
                catalogue.policies.push(info);
                examples.push(row.example.clone());
            }
        }
        let Shared {
            thresholds,
            payers,
            venues,
            fees,
            ..
        } = shared;
        let heads = (0..).zip(&packs);
        let heads =
            heads.map(|(index, pack)| PackInfo::new(&pack.file.pack, index < builtin_count));
        let heads = heads.collect();

        let mut entries: Vec<(u64, u32)> = Vec::new();
        let mut generic = Vec::new();
        for (index, policy) in (0u32..).zip(&policies) {
            if let CodeScope::Listed(list) = &policy.codes {
                for code in list {
                    entries.push((*code, index));
                }
            }
            let by_diagnosis = !policy.diagnoses.is_empty();
            if by_diagnosis || !matches!(policy.codes, CodeScope::Listed(_)) {
                generic.push(index);
            }
        }
        let mut set = Self {
            catalogue: Arc::new(catalogue),
            packs: heads,
            policies,
            examples: (0u32..)
                .zip(examples)
                .flat_map(|(index, rows)| rows.into_iter().map(move |row| (PolicyId(index), row)))
                .collect(),
            table: CodeTable::new(entries),
            generic,
            payers,
            venues,
            fees,
            thresholds,
            rulings: Rulings::default(),
        };
        for pack in &packs {
            set.apply_severities(pack)?;
        }
        Ok(set)
    }

    /// Takes every claim to be sent to this payer: a class, for Medicare also with the kind of
    /// contractor (`medicare:dme`).
    ///
    /// # Errors
    /// When no row names the class.
    pub fn assume_payer(&mut self, payer: &str) -> Result<(), PayerError> {
        let (class, contractor) = match payer.split_once(':') {
            Some((class, contractor)) => (class, Some(contractor)),
            None => (payer, None),
        };
        let contractor = match contractor {
            None => None,
            Some("a") => Some(Contractor::A),
            Some("b") => Some(Contractor::B),
            Some("dme") => Some(Contractor::Dme),
            Some("hhh") => Some(Contractor::Hhh),
            Some(_) => return Err(self.unknown_payer(payer)),
        };
        let Some(id) = self.payers.class(class) else {
            return Err(self.unknown_payer(payer));
        };
        if contractor.is_some() && !self.payers.is_medicare(id) {
            return Err(self.unknown_payer(payer));
        }
        self.payers.assume(id);
        if let Some(contractor) = contractor {
            self.venues.assume(contractor);
        }
        Ok(())
    }

    fn unknown_payer(&self, wanted: &str) -> PayerError {
        let names = (1..self.payers.class_count()).map(|index| {
            self.payers
                .class_name(super::payer::PayerClassId(index as u8))
        });
        PayerError {
            wanted: wanted.to_owned(),
            known: names.collect::<Vec<_>>().join(", "),
        }
    }

    /// Estimates fees by this locality (`MAC-LOCALITY`) instead of by national averages.
    ///
    /// # Errors
    /// When no table knows the locality.
    pub fn choose_locality(&mut self, locality: &str) -> Result<(), LocalityError> {
        self.fees.choose(locality)
    }

    /// Kinds of Medicare contractor and their states.
    pub const fn venues(&self) -> &VenueTable {
        &self.venues
    }

    /// The physician fee schedule.
    pub const fn fees(&self) -> &FeeTable {
        &self.fees
    }

    /// As [`Self::new`], with packs from files.
    ///
    /// # Errors
    /// When a file cannot be read or is not a sound pack, and as [`Self::new`]. Every error
    /// names its file.
    pub fn from_files<P: AsRef<Path>>(builtin: bool, paths: &[P]) -> Result<Self, PackError> {
        let packs = paths
            .iter()
            .map(|path| Pack::read(path.as_ref()))
            .collect::<Result<_, _>>()?;
        Self::new(builtin, packs)
    }

    /// Rules and policies as reports print them.
    pub const fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// Every pack, in the order in which they were loaded.
    pub fn packs(&self) -> &[PackInfo] {
        &self.packs
    }

    /// The policies in pack order; the index is the [`PolicyId`].
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// The policy with this index.
    #[inline]
    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.policies[id.0 as usize]
    }

    /// From codes to the policies that name them.
    #[inline]
    pub const fn table(&self) -> &CodeTable {
        &self.table
    }

    /// Policies that are not found by code: they speak about every code, or by diagnosis.
    pub fn generic(&self) -> &[u32] {
        &self.generic
    }

    /// Classes of payers.
    pub const fn payers(&self) -> &PayerTable {
        &self.payers
    }

    /// The table of yearly amounts with this name.
    pub fn find_threshold(&self, name: &str) -> Option<BucketId> {
        let at = self
            .thresholds
            .iter()
            .position(|table| *table.name == *name)?;
        u16::try_from(at).ok().map(BucketId)
    }

    /// The table of yearly amounts with this index.
    pub fn threshold(&self, bucket: BucketId) -> &ThresholdTable {
        &self.thresholds[usize::from(bucket.0)]
    }

    /// The amount of a table in a year, whether it is known or that of an earlier year.
    pub fn yearly_amount(&self, bucket: BucketId, year: i16) -> Option<Cents> {
        let amount = self.threshold(bucket).amount(year)?;
        Some(amount.amount)
    }

    /// The examples of the policies.
    pub fn examples(&self) -> &[(PolicyId, ExampleRow)] {
        &self.examples
    }

    /// The policies that name this code, in pack order, whatever the claim: for explanations.
    pub fn policies_naming(&self, code: ProcedureCode) -> impl Iterator<Item = PolicyId> + '_ {
        self.table.get(code).iter().map(|index| PolicyId(*index))
    }

    /// The policy with this id, in any case of letters.
    pub fn find_policy(&self, id: &str) -> Option<PolicyId> {
        self.catalogue
            .policies
            .iter()
            .position(|info| info.id.eq_ignore_ascii_case(id))
            .map(|index| PolicyId(index as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
[[policy]]
id = "ID"
title = "t"
rule = "must-not"
finding = "KX801"
codes = ["E0601", "@all"]
except-codes = ["A0002"]
modifiers = ["KX"]
severity = "error"
certainty = "likely"
advice = "a"
plain = "p"
source = [{ document = "d" }]
confidence = "CONFIDENCE"
[[policy.example]]
lines = ["E0601"]
date = "2026-01-01"
finds = []
"#;

    fn pack(id: &str, head: &str, policies: &[(&str, &str)]) -> Pack {
        let mut text = format!("[pack]\nid = \"{id}\"\nversion = \"1\"\ntitle = \"t\"\n{head}");
        for (id, confidence) in policies {
            text += &POLICY
                .replace("\"ID\"", &format!("\"{id}\""))
                .replace("CONFIDENCE", confidence);
        }
        Pack::parse(id, &text).unwrap_or_else(|error| panic!("{error}"))
    }

    const HEAD: &str = r#"
[sets]
all = ["A0001-A0003", "@more"]
more = ["B0001"]
[[rule]]
code = "KX801"
name = "test-rule"
kind = "must-not"
title = "t"
plain = "p"
details = "d"
"#;

    #[test]
    fn sets_nest_and_exceptions_are_taken_out() {
        let set = PolicySet::new(false, vec![pack("a", HEAD, &[("X", "verified")])]).unwrap();
        let named = |code: &str| {
            set.policies_naming(ProcedureCode::new(code.as_bytes()).unwrap())
                .count()
        };
        for code in ["E0601", "A0001", "A0003", "B0001"] {
            assert_eq!(named(code), 1, "{code}");
        }
        assert_eq!(named("A0002"), 0);
        assert_eq!(set.table().len(), 4);
    }

    #[test]
    fn a_later_pack_replaces_a_policy_with_its_examples() {
        let first = pack("a", HEAD, &[("X", "verified"), ("Y", "verified")]);
        let second = pack("b", "", &[("Z", "verified"), ("X", "memory")]);
        let set = PolicySet::new(false, vec![first, second]).unwrap();
        let ids: Vec<(&str, &str)> = set
            .catalogue()
            .policies
            .iter()
            .map(|info| (info.id.as_str(), info.pack.as_str()))
            .collect();
        assert_eq!(ids, [("X", "b"), ("Y", "a"), ("Z", "b")]);
        assert_eq!(set.examples().len(), 3);
        assert_eq!(set.find_policy("x"), Some(PolicyId(0)));
    }

    #[test]
    fn what_nobody_read_is_worth_a_look_at_most() {
        let set = PolicySet::new(false, vec![pack("a", HEAD, &[("X", "memory")])]).unwrap();
        assert_eq!(
            set.policy(PolicyId(0)).severity,
            crate::finding::Severity::Info
        );
        assert_eq!(
            set.catalogue().policies[0].severity,
            crate::finding::Severity::Error
        );
    }

    #[test]
    fn without_the_built_in_policies_their_finding_codes_stay() {
        let set = PolicySet::new(false, Vec::new()).unwrap();
        assert!(set.policies().is_empty());
        assert!(set.catalogue().find_rule("kx201").is_some());
        assert!(set.payers().class("medicare-advantage").is_some());
    }
}
