//! Finds the claims of one patient that are like another, without looking at all of them: whoever sends the claims of a
//! year under one member id shall not wait longer with every claim.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};

use smallvec::SmallVec;

use crate::text::Text;

use super::identity::{ClaimIdentity, Frequency};
use super::patient::KnownClaim;

/// So few claims are looked at one by one.
pub(super) const FEW: usize = 64;

/// Of the claims of a patient that have one number and still count, the latest so many are looked at.
pub(super) const MOST_ALIKE: usize = 1_000;

/// Numbers of claims, the latest first.
pub(super) type Latest = SmallVec<[u32; FEW]>;

/// The claims of a patient by what they are looked for with, as hashes: whatever is found is compared before it is
/// taken for the one that was meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Alike {
    hasher: RandomState,
    /// The latest claim that is the very same as another.
    same: HashMap<u64, u32>,
    /// Claims that count, by their own number.
    counted: HashMap<u64, BTreeSet<u32>>,
    /// Decisions that count, by the payer's number.
    decided: HashMap<u64, BTreeSet<u32>>,
    /// Claims that wait for what they replace or void, by its number and their provider.
    waiting: HashMap<u64, BTreeSet<u32>>,
}

/// About so many bytes of memory for a claim.
pub(super) const WEIGHT: usize = 256;

impl Alike {
    /// What is known of these claims.
    pub fn of(claims: &[KnownClaim]) -> Self {
        let mut alike = Self::default();
        for (number, claim) in (0..).zip(claims) {
            alike.add(number, claim);
        }
        alike
    }

    /// Takes note of a claim.
    pub fn add(&mut self, number: u32, claim: &KnownClaim) {
        let identity = &claim.identity;
        let same = self.key_of(identity);
        self.same.insert(same, number);
        if claim.is_counted {
            let own = self.hasher.hash_one(&identity.id);
            self.counted.entry(own).or_default().insert(number);
            if identity.frequency == Frequency::Remittance {
                let payers = self.hasher.hash_one(&identity.original);
                self.decided.entry(payers).or_default().insert(number);
            }
        }
        if claim.waits {
            let wanted = self.waiting_key(&identity.original, &identity.provider);
            self.waiting.entry(wanted).or_default().insert(number);
        }
    }

    /// A claim does not count any more.
    pub fn uncount(&mut self, number: u32, identity: &ClaimIdentity) {
        let own = self.hasher.hash_one(&identity.id);
        remove(&mut self.counted, own, number);
        let payers = self.hasher.hash_one(&identity.original);
        remove(&mut self.decided, payers, number);
    }

    /// A claim has found what it replaces or voids.
    pub fn end_waiting(&mut self, number: u32, identity: &ClaimIdentity) {
        let wanted = self.waiting_key(&identity.original, &identity.provider);
        remove(&mut self.waiting, wanted, number);
    }

    /// A claim that may be the very same.
    pub fn same(&self, identity: &ClaimIdentity) -> Option<u32> {
        self.same.get(&self.key_of(identity)).copied()
    }

    /// Claims that count and have this number.
    pub fn with_id(&self, id: &Text) -> Latest {
        latest(self.counted.get(&self.hasher.hash_one(id)))
    }

    /// Claims that count and have this number, and decisions for which it is the payer's.
    pub fn named(&self, name: &Text) -> Latest {
        let mut numbers = self.with_id(name);
        numbers.extend(latest(self.decided.get(&self.hasher.hash_one(name))));
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        numbers.dedup();
        numbers
    }

    /// The first claims that wait for one with this number of this provider.
    pub fn waiting_for(&self, identity: &ClaimIdentity) -> Latest {
        let wanted = self.waiting_key(&identity.id, &identity.provider);
        let numbers = self.waiting.get(&wanted);
        numbers
            .into_iter()
            .flatten()
            .take(MOST_ALIKE)
            .copied()
            .collect()
    }

    fn key_of(&self, identity: &ClaimIdentity) -> u64 {
        self.hasher.hash_one((
            identity.content,
            identity.frequency as u8,
            &identity.id,
            &identity.provider,
        ))
    }

    fn waiting_key(&self, name: &Text, provider: &Text) -> u64 {
        self.hasher.hash_one((name, provider))
    }
}

fn latest(numbers: Option<&BTreeSet<u32>>) -> Latest {
    let numbers = numbers.into_iter().flatten().rev();
    numbers.take(MOST_ALIKE).copied().collect()
}

fn remove(numbers: &mut HashMap<u64, BTreeSet<u32>>, key: u64, number: u32) {
    if let Some(known) = numbers.get_mut(&key) {
        known.remove(&number);
        if known.is_empty() {
            numbers.remove(&key);
        }
    }
}
