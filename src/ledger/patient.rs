//! What is known of one patient: claims in the order received, accounts, and sessions.

use smallvec::SmallVec;

use crate::finding::PolicyId;
use crate::money::Cents;
use crate::policy::BucketId;

use super::account::{Account, Entry};
use super::alike::{self, Alike, FEW, Latest};
use super::identity::{ClaimIdentity, Frequency, Span};
use super::memory::push;
use super::order::OrderKey;
use super::visits::{Visit, Visits};

/// A claim that was received.
#[derive(Clone, Debug)]
pub struct KnownClaim {
    /// Its place in the order received.
    pub order: OrderKey,
    /// What tells it from others.
    pub identity: ClaimIdentity,
    /// It counts: no claim replaced or voided it. A void never counts.
    pub is_counted: bool,
    /// A payer decided on it; the decision counts in its place.
    pub(super) is_decided: bool,
    pub(super) span: Option<Span>,
    /// Number of the claim that it took back; of an original that came too late, of the claim that stands
    /// in its place already.
    pub(super) takes_back: Option<u32>,
    /// It replaces or voids a claim that has not come.
    pub(super) waits: bool,
}

/// What is known of one patient.
#[derive(Clone, Debug, Default)]
pub struct PatientRecord {
    /// Claims in the order received.
    pub claims: Vec<KnownClaim>,
    /// What each of them says, close together: a repeat is looked for with every claim.
    contents: Vec<u64>,
    /// Finds them, when they are many.
    alike: Option<Box<Alike>>,
    /// How many of them wait for what they replace or void.
    waiting: u32,
    /// Accounts by year and table of amounts.
    pub accounts: SmallVec<[Account; 2]>,
    /// Sessions by policy.
    pub visits: SmallVec<[(PolicyId, Visits); 1]>,
    /// So many of the claims are in a store.
    pub(super) stored: usize,
}

/// Bytes around a record: a place in a table that is half empty, and what an allocator adds to about five
/// pieces of memory.
const AROUND: usize = 2 * 17 + 5 * 16;

impl PatientRecord {
    /// About so many bytes of memory.
    pub(super) fn weight(&self) -> usize {
        let claims = self.claims.capacity() * size_of::<KnownClaim>()
            + self.contents.capacity() * size_of::<u64>();
        let alike = self
            .alike
            .as_ref()
            .map_or(0, |_| self.claims.len() * alike::WEIGHT);
        let entries: usize = self
            .accounts
            .iter()
            .map(|account| account.entries.capacity())
            .sum();
        let visits: usize = self
            .visits
            .iter()
            .map(|(_, visits)| visits.entries.capacity())
            .sum();
        let spilled = if self.accounts.spilled() {
            self.accounts.capacity() * size_of::<Account>()
        } else {
            0
        };
        // Twice the visit: its day is remembered, too.
        size_of::<Self>()
            + AROUND
            + spilled
            + claims
            + alike
            + entries * size_of::<Entry>()
            + visits * 2 * size_of::<Visit>()
    }

    /// The claim that this one repeats.
    pub(super) fn same(&self, identity: &ClaimIdentity) -> Option<u32> {
        let is_same = |at: &usize| self.claims[*at].identity.is_same(identity);
        if let Some(alike) = &self.alike {
            return alike
                .same(identity)
                .filter(|number| is_same(&(*number as usize)));
        }
        let alike = self.contents.iter().enumerate().rev();
        let at = alike
            .filter(|(_, content)| **content == identity.content)
            .map(|(at, _)| at)
            .find(is_same)?;
        u32::try_from(at).ok()
    }

    /// The claim that this one replaces or voids: the one that it names, else one with its number that
    /// says the same or has a day in common; the latest of several. Only what still counts can be
    /// taken back.
    pub(super) fn original(&self, identity: &ClaimIdentity, span: Option<Span>) -> Option<u32> {
        let named = self.candidates(|alike| alike.named(&identity.original));
        let own_number = self.candidates(|alike| alike.with_id(&identity.id));
        let latest = |numbers: &Latest, is_it: &dyn Fn(&KnownClaim) -> bool| {
            numbers.iter().copied().find(|number| {
                let known = &self.claims[*number as usize];
                known.is_counted && is_it(known)
            })
        };
        let akin = |known: &KnownClaim| identity.is_akin(&known.identity);
        let overlaps = |known: &KnownClaim| {
            span.zip(known.span)
                .is_some_and(|(one, other)| one.overlaps(other))
        };
        let is_named = |known: &KnownClaim| identity.names(&known.identity);
        let own = |known: &KnownClaim| known.identity.provider == identity.provider;
        let says_the_same = |known: &KnownClaim| known.identity.content == identity.content;
        latest(&named, &|known| {
            is_named(known) && own(known) && overlaps(known)
        })
        .or_else(|| latest(&named, &|known| is_named(known) && own(known)))
        .or_else(|| latest(&named, &|known| is_named(known) && overlaps(known)))
        .or_else(|| latest(&named, &is_named))
        .or_else(|| latest(&own_number, &|known| akin(known) && says_the_same(known)))
        .or_else(|| latest(&own_number, &|known| akin(known) && overlaps(known)))
    }

    /// The claims among which one is to be found, the latest first: all of them when they are few.
    pub(super) fn candidates(&self, pick: impl FnOnce(&Alike) -> Latest) -> Latest {
        self.alike.as_ref().map_or_else(
            || (0..self.claims.len() as u32).rev().collect(),
            |alike| pick(alike),
        )
    }

    /// Remembers a claim and returns its number.
    pub(super) fn receive(
        &mut self,
        order: OrderKey,
        identity: &ClaimIdentity,
        span: Option<Span>,
    ) -> u32 {
        let waits = identity.frequency.takes_back();
        self.waiting += u32::from(waits);
        push(&mut self.contents, identity.content);
        let claim = KnownClaim {
            order,
            identity: identity.clone(),
            is_counted: identity.frequency != Frequency::Void,
            is_decided: false,
            span,
            takes_back: None,
            waits,
        };
        let number = self.claims.len() as u32;
        if let Some(alike) = &mut self.alike {
            alike.add(number, &claim);
        }
        push(&mut self.claims, claim);
        if self.alike.is_none() && self.claims.len() > FEW {
            self.alike = Some(Box::new(Alike::of(&self.claims)));
        }
        number
    }

    /// What replaced or voided an original before it came: it names the original, and has found none.
    pub(super) fn successor(&self, original: u32) -> Option<u32> {
        let identity = &self.claims[original as usize].identity;
        if self.waiting == 0 || identity.frequency != Frequency::Original {
            return None;
        }
        let is_it = |number: &u32| {
            let claim = &self.claims[*number as usize];
            claim.waits
                && claim.identity.names(identity)
                && claim.identity.provider == identity.provider
        };
        match &self.alike {
            Some(alike) => alike.waiting_for(identity).into_iter().find(is_it),
            None => (0..self.claims.len() as u32).find(is_it),
        }
    }

    fn end_waiting(&mut self, successor: u32) {
        let claim = &mut self.claims[successor as usize];
        if std::mem::take(&mut claim.waits) {
            self.waiting -= 1;
            if let Some(alike) = &mut self.alike {
                alike.end_waiting(successor, &claim.identity);
            }
        }
    }

    fn uncount(&mut self, number: u32) {
        let claim = &mut self.claims[number as usize];
        claim.is_counted = false;
        if let Some(alike) = &mut self.alike {
            alike.uncount(number, &claim.identity);
        }
    }

    /// An original counts nothing, because its successor came before it.
    pub(super) fn supersede(&mut self, original: u32, successor: u32) {
        self.uncount(original);
        self.claims[original as usize].takes_back = Some(successor);
        self.end_waiting(successor);
    }

    /// Takes back what a claim has counted, on behalf of another.
    pub(super) fn take_back(&mut self, taken: u32, by: u32) {
        self.uncount(taken);
        self.claims[by as usize].takes_back = Some(taken);
        let is_decision = |claim: &KnownClaim| claim.identity.frequency == Frequency::Remittance;
        let is_decided = is_decision(&self.claims[by as usize]);
        let mut at = Some(taken);
        // With a decision, what it stood for is gone, too.
        while let Some(claim) = at.map(|at| &mut self.claims[at as usize]) {
            claim.is_decided = is_decided;
            at = claim.takes_back.filter(|_| is_decision(claim));
        }
        self.end_waiting(by);
        for account in &mut self.accounts {
            account.take_back(taken, by);
        }
        for (_, visits) in &mut self.visits {
            visits.take_back(taken, by);
        }
    }

    /// The account of a year and table, if anything was counted into it.
    pub(super) fn known_account(&self, year: i16, bucket: BucketId) -> Option<&Account> {
        let is_it = |account: &&Account| account.year == year && account.bucket == bucket;
        self.accounts.iter().find(is_it)
    }

    /// The account of a year and table, opened when there is none: its place among the accounts, which it keeps.
    pub(super) fn open_account(
        &mut self,
        year: i16,
        bucket: BucketId,
        amount: Option<Cents>,
    ) -> usize {
        let is_it = |account: &Account| account.year == year && account.bucket == bucket;
        self.accounts.iter().position(is_it).unwrap_or_else(|| {
            self.accounts.push(Account::new(year, bucket, amount));
            self.accounts.len() - 1
        })
    }

    /// The same.
    pub(super) fn account(
        &mut self,
        year: i16,
        bucket: BucketId,
        amount: Option<Cents>,
    ) -> &mut Account {
        let at = self.open_account(year, bucket, amount);
        &mut self.accounts[at]
    }

    /// The sessions under a policy.
    pub(super) fn visits(&mut self, policy: PolicyId) -> &mut Visits {
        let is_it = |(of, _): &(PolicyId, Visits)| *of == policy;
        let at = self.visits.iter().position(is_it).unwrap_or_else(|| {
            self.visits.push((policy, Visits::default()));
            self.visits.len() - 1
        });
        &mut self.visits[at].1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::identity::Frequency as F;
    use super::*;
    use crate::date::Date;
    use crate::text::Text;

    /// A claim by small numbers, so that many are alike.
    fn identity(
        (id, provider, original, content): (u8, u8, u8, u64),
        frequency: Frequency,
    ) -> ClaimIdentity {
        let text = |letter: char, number: u8| Text::new(format!("{letter}{number}").as_bytes());
        ClaimIdentity {
            id: text('C', id),
            provider: text('P', provider),
            original: if original == 0 {
                Text::default()
            } else {
                text('C', original)
            },
            frequency,
            content,
            decided: None,
        }
    }

    fn identities() -> impl Strategy<Value = ClaimIdentity> {
        let frequencies = vec![F::Original, F::Replacement, F::Void, F::Remittance];
        (
            (0..12u8, 0..3u8, 0..12u8, 0..4u64),
            proptest::sample::select(frequencies),
        )
            .prop_map(|(numbers, frequency)| identity(numbers, frequency))
    }

    fn span(day: i8) -> Option<Span> {
        Span::of(std::iter::once(Date::constant(2026, 10, day)))
    }

    proptest! {
        /// Many claims are found by hashes, and few one by one: both find the same.
        #[test]
        fn hashes_find_what_a_look_at_all_claims_finds(
            claims in proptest::collection::vec((identities(), 1..5i8), FEW + 1..3 * FEW),
            wanted in proptest::collection::vec((identities(), 1..5i8), 20),
        ) {
            let mut record = PatientRecord::default();
            for (offset, (identity, day)) in claims.iter().enumerate() {
                let original = match identity.frequency {
                    F::Original => None,
                    _ => record.original(identity, span(*day)),
                };
                let order = OrderKey { file_seq: 1, offset: offset as u64 };
                let number = record.receive(order, identity, span(*day));
                if let Some(successor) = record.successor(number) {
                    record.supersede(number, successor);
                } else if let Some(original) = original {
                    record.take_back(original, number);
                }
            }
            prop_assert!(record.alike.is_some());
            let plain = PatientRecord { alike: None, ..record.clone() };
            for (identity, day) in &wanted {
                prop_assert_eq!(record.same(identity), plain.same(identity));
                let found = record.original(identity, span(*day));
                prop_assert_eq!(found, plain.original(identity, span(*day)));
            }
            for number in 0..record.claims.len() as u32 {
                prop_assert_eq!(record.successor(number), plain.successor(number));
            }
        }
    }
}
