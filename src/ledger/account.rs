//! The account of one patient, year and table of amounts: counted lines, never changed, and what they
//! add up to.

use std::ops::Range;

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::money::Cents;
use crate::policy::BucketId;
use crate::rule::{Accrual, Amount, AmountBasis};

use super::memory::push;
use super::total::{Bases, Total};

/// A counted line, or what takes one back.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Number of the claim among the patient's, in the order received.
    pub claim: u32,
    /// Index of the line in the claim; of the line that is taken back in a negative entry.
    pub line: u32,
    /// The claim whose line this takes back.
    pub takes_back: Option<u32>,
    /// Date of service.
    pub date: Date,
    /// The code of the line.
    pub code: Option<ProcedureCode>,
    /// The least that counts, negative when it takes back.
    pub low: Cents,
    /// The most that counts, negative when it takes back.
    pub high: Cents,
    /// Where both come from.
    pub basis: AmountBasis,
    /// The total with this entry.
    pub after: Total,
    /// A counted line that nothing has taken back.
    pub is_open: bool,
    /// The entry, this one or one before it, at which the higher end passed the year's amount last.
    pub passed: Option<u32>,
}

impl Entry {
    /// A line that counts, before it stands in an account.
    pub(super) fn counted(
        (claim, line): (u32, u32),
        date: Date,
        code: Option<ProcedureCode>,
        amount: Amount,
    ) -> Self {
        Self {
            claim,
            line,
            takes_back: None,
            date,
            code,
            low: amount.low,
            high: amount.high,
            basis: amount.basis,
            after: Total::default(),
            is_open: true,
            passed: None,
        }
    }
}

/// Where the entries of a claim stand, negative ones included: claims are numbered in the order of their
/// entries.
pub(super) fn entries_of<T>(
    entries: &[T],
    claim: u32,
    claim_of: impl Fn(&T) -> u32,
) -> Range<usize> {
    let start = entries.partition_point(|entry| claim_of(entry) < claim);
    let length = entries[start..].partition_point(|entry| claim_of(entry) == claim);
    start..start + length
}

/// Policies that name one table of amounts count into one account: the professional and the
/// institutional lines of a discipline, say.
#[derive(Clone, Debug)]
pub struct Account {
    /// Calendar year.
    pub year: i16,
    /// Table of amounts.
    pub bucket: BucketId,
    /// The amount of the year, if it has one.
    pub amount: Option<Cents>,
    /// In the order received.
    pub entries: Vec<Entry>,
    /// The entry at which somebody was told that the amount is passed, where that is told once: claim
    /// and line.
    pub told: Option<(u32, u32)>,
    /// How many entries rest on what, in the order of [`BASES`].
    counts: [u32; 4],
}

const BASES: [AmountBasis; 4] = [
    AmountBasis::Balance,
    AmountBasis::Adjudicated,
    AmountBasis::FeeSchedule,
    AmountBasis::Charge,
];

impl Account {
    /// An account in which nothing has accrued.
    pub const fn new(year: i16, bucket: BucketId, amount: Option<Cents>) -> Self {
        Self {
            year,
            bucket,
            amount,
            entries: Vec::new(),
            told: None,
            counts: [0; 4],
        }
    }

    /// What has accrued.
    pub fn total(&self) -> Total {
        self.entries
            .last()
            .map_or_else(Total::default, |entry| entry.after)
    }

    /// True when the amount is not surely passed, and would or may be with so much more.
    pub fn is_near(&self, within: Cents) -> bool {
        let total = self.total();
        self.amount
            .is_some_and(|amount| total.low <= amount && total.high.plus(within) > amount)
    }

    /// Makes room for so many lines of a claim at once.
    pub(super) fn make_room(&mut self, lines: usize) {
        if self.entries.capacity() - self.entries.len() < lines {
            self.entries
                .reserve_exact(lines.max(self.entries.len() / 2));
        }
    }

    /// Counts a line and returns the total with it.
    pub fn count(&mut self, claim: u32, accrual: &Accrual, amount: &Amount) -> Total {
        let amount = Amount {
            low: amount.low.max(Cents::ZERO),
            high: amount.high.max(Cents::ZERO),
            ..*amount
        };
        let place = (claim, accrual.line);
        self.push(Entry::counted(place, accrual.date, accrual.code, amount))
    }

    /// Takes back every line of a claim, on behalf of another.
    pub fn take_back(&mut self, taken: u32, by: u32) {
        for at in self.entries_of(taken) {
            self.take_back_entry(at, by);
        }
    }

    /// Sets the account to what a payer says was used by a day: what was counted up to it is taken to be
    /// in that.
    pub fn set_balance(&mut self, by: u32, amount: Cents, as_of: Date) {
        for at in 0..self.entries.len() {
            if self.entries[at].date <= as_of {
                self.take_back_entry(at, by);
            }
        }
        let amount = Amount {
            bucket: self.bucket,
            low: amount,
            high: amount,
            basis: AmountBasis::Balance,
        };
        self.push(Entry::counted((by, 0), as_of, None, amount));
    }

    /// True when a balance of a later day counts.
    pub fn has_balance_after(&self, day: Date) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.is_open && entry.basis == AmountBasis::Balance && entry.date > day)
    }

    /// What a claim took back, as it counted before.
    pub(super) fn taken_by(&self, claim: u32) -> impl Iterator<Item = Entry> {
        self.entries[self.entries_of(claim)]
            .iter()
            .filter(|entry| entry.takes_back.is_some())
            .map(|entry| Entry {
                takes_back: None,
                low: Cents::ZERO.minus(entry.low),
                high: Cents::ZERO.minus(entry.high),
                is_open: true,
                ..*entry
            })
    }

    fn take_back_entry(&mut self, at: usize, by: u32) {
        let entry = self.entries[at];
        if !entry.is_open {
            return;
        }
        self.entries[at].is_open = false;
        self.push(Entry {
            claim: by,
            takes_back: Some(entry.claim),
            low: Cents::ZERO.minus(entry.low),
            high: Cents::ZERO.minus(entry.high),
            is_open: false,
            ..entry
        });
    }

    /// The lines of a claim that were counted.
    pub fn of_claim(&self, claim: u32) -> impl Iterator<Item = &Entry> {
        self.entries[self.entries_of(claim)]
            .iter()
            .filter(|entry| entry.takes_back.is_none())
    }

    /// Where a line of a claim stands that was counted. What the claim took back stands before its own lines, which
    /// come in their order.
    pub(super) fn place_of(&self, claim: u32, line: u32) -> Option<usize> {
        let range = self.entries_of(claim);
        let entries = &self.entries[range.clone()];
        let own = entries.partition_point(|entry| entry.takes_back.is_some());
        let at = own + entries[own..].partition_point(|entry| entry.line < line);
        let is_it = |entry: &Entry| entry.line == line && entry.takes_back.is_none();
        let found = entries.get(at).is_some_and(is_it);
        debug_assert!(found || !entries.iter().any(is_it));
        found.then_some(range.start + at)
    }

    /// Where the entries of a claim stand, negative ones included.
    pub(super) fn entries_of(&self, claim: u32) -> Range<usize> {
        entries_of(&self.entries, claim, |entry| entry.claim)
    }

    /// Adds an entry and returns the total with it, which the entry itself need not know yet.
    pub(super) fn push(&mut self, entry: Entry) -> Total {
        let place = BASES.iter().position(|basis| *basis == entry.basis);
        let count = &mut self.counts[place.unwrap_or(3)];
        *count = if entry.takes_back.is_some() {
            count.saturating_sub(1)
        } else {
            *count + 1
        };
        let before = self.total();
        let bases = if entry.takes_back.is_some() {
            let in_use = BASES
                .iter()
                .zip(self.counts)
                .filter(|(_, count)| *count > 0);
            in_use.fold(Bases::default(), |bases, (basis, _)| bases.with(*basis))
        } else {
            before.bases.with(entry.basis)
        };
        let after = Total {
            low: before.low.plus(entry.low),
            high: before.high.plus(entry.high),
            decided: match entry.basis {
                AmountBasis::Balance | AmountBasis::Adjudicated => before.decided.plus(entry.low),
                AmountBasis::FeeSchedule | AmountBasis::Charge => before.decided,
            },
            bases,
        };
        let is_passing = self
            .amount
            .is_some_and(|amount| before.high <= amount && after.high > amount);
        let passed = if is_passing {
            u32::try_from(self.entries.len()).ok()
        } else {
            self.entries.last().and_then(|last| last.passed)
        };
        let entry = Entry {
            after,
            passed,
            ..entry
        };
        push(&mut self.entries, entry);
        after
    }
}
