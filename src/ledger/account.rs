//! The account of one patient, year and table of amounts: counted lines, never changed, and what they
//! add up to.

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::money::Cents;
use crate::policy::BucketId;
use crate::rule::{Accrual, Amount, AmountBasis};

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
}

/// Policies that name one table of amounts count into one account: the professional and the
/// institutional lines of a discipline, say.
#[derive(Clone, Debug)]
pub struct Account {
    /// Calendar year.
    pub year: i16,
    /// Table of amounts.
    pub bucket: BucketId,
    /// In the order received.
    pub entries: Vec<Entry>,
    /// The entry at which somebody was told that the amount is passed, where that is told once: claim
    /// and line.
    pub told: Option<(u32, u32)>,
    /// The entry at which the higher end passed the year's amount last.
    pub(super) passed: Option<usize>,
    /// How many entries rest on what, in the order of [`BASES`].
    counts: [u32; 3],
}

const BASES: [AmountBasis; 3] = [
    AmountBasis::Adjudicated,
    AmountBasis::FeeSchedule,
    AmountBasis::Charge,
];

impl Account {
    /// An account in which nothing has accrued.
    pub const fn new(year: i16, bucket: BucketId) -> Self {
        Self {
            year,
            bucket,
            entries: Vec::new(),
            told: None,
            passed: None,
            counts: [0; 3],
        }
    }

    /// What has accrued.
    pub fn total(&self) -> Total {
        self.entries
            .last()
            .map_or_else(Total::default, |entry| entry.after)
    }

    /// Remembers the last entry when the total passes the amount with it.
    pub(super) fn note_passing(&mut self, amount: Cents) {
        let last = self.entries.len().saturating_sub(1);
        let before = last
            .checked_sub(1)
            .map_or(Cents::ZERO, |at| self.entries[at].after.high);
        if before <= amount && self.total().high > amount {
            self.passed = Some(last);
        }
    }

    /// Counts a line and returns the total with it.
    pub fn count(&mut self, claim: u32, accrual: &Accrual, amount: &Amount) -> Total {
        self.push(Entry {
            claim,
            line: accrual.line,
            takes_back: None,
            date: accrual.date,
            code: accrual.code,
            low: amount.low.max(Cents::ZERO),
            high: amount.high.max(Cents::ZERO),
            basis: amount.basis,
            after: Total::default(),
        })
    }

    /// Adds a line that a store knows.
    pub(super) fn restore(&mut self, entry: Entry) -> Total {
        self.push(entry)
    }

    /// Takes back every line of a claim, on behalf of another.
    pub fn take_back(&mut self, taken: u32, by: u32) {
        let lines: Vec<Entry> = self.of_claim(taken).copied().collect();
        for entry in lines {
            self.push(Entry {
                claim: by,
                takes_back: Some(taken),
                low: Cents::ZERO.minus(entry.low),
                high: Cents::ZERO.minus(entry.high),
                ..entry
            });
        }
    }

    /// The lines of a claim that were counted.
    pub fn of_claim(&self, claim: u32) -> impl Iterator<Item = &Entry> {
        // Claims are numbered in the order of their entries.
        let start = self.entries.partition_point(|entry| entry.claim < claim);
        self.entries[start..]
            .iter()
            .take_while(move |entry| entry.claim == claim)
            .filter(|entry| entry.takes_back.is_none())
    }

    fn push(&mut self, entry: Entry) -> Total {
        let place = BASES.iter().position(|basis| *basis == entry.basis);
        let count = &mut self.counts[place.unwrap_or(2)];
        *count = if entry.takes_back.is_some() {
            count.saturating_sub(1)
        } else {
            *count + 1
        };
        let before = self.total();
        let in_use = BASES
            .iter()
            .zip(self.counts)
            .filter(|(_, count)| *count > 0);
        let after = Total {
            low: before.low.plus(entry.low),
            high: before.high.plus(entry.high),
            bases: in_use.fold(Bases::default(), |bases, (basis, _)| bases.with(*basis)),
        };
        self.entries.push(Entry { after, ..entry });
        after
    }
}
