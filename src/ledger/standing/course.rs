//! Entries in some order, and what they add up to.

use crate::finding::Interval;
use crate::ledger::account::Entry;
use crate::money::Cents;

/// Which end of every amount counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Both, so that a total is known to lie between two.
    Both,
    /// The least.
    Least,
    /// The most.
    Most,
}

/// Entries in some order, with the total after each and where it passes the amount.
pub struct Course<'e> {
    pub entries: Vec<&'e Entry>,
    totals: Vec<Interval>,
    /// Places at which the most passes the amount.
    most: Vec<usize>,
    /// Places at which the least does.
    least: Vec<usize>,
}

impl<'e> Course<'e> {
    pub fn new(entries: Vec<&'e Entry>, amount: Option<Cents>, ends: Ends) -> Self {
        let mut course = Self {
            totals: Vec::with_capacity(entries.len()),
            entries,
            most: Vec::new(),
            least: Vec::new(),
        };
        let mut before = NOTHING;
        for (at, entry) in course.entries.iter().enumerate() {
            let (low, high) = match ends {
                Ends::Both => (entry.low, entry.high),
                Ends::Least => (entry.low, entry.low),
                Ends::Most => (entry.high, entry.high),
            };
            let after = Interval {
                low: before.low.plus(low),
                high: before.high.plus(high),
            };
            let passes = |before: Cents, after: Cents| {
                amount.is_some_and(|amount| before <= amount && after > amount)
            };
            if passes(before.high, after.high) {
                course.most.push(at);
            }
            if passes(before.low, after.low) {
                course.least.push(at);
            }
            course.totals.push(after);
            before = after;
        }
        course
    }

    /// The place of an entry, which is told by where it lies.
    pub fn place(&self, entry: &Entry) -> Option<usize> {
        self.entries
            .iter()
            .position(|other| std::ptr::eq(*other, entry))
    }

    pub fn before(&self, at: usize) -> Interval {
        at.checked_sub(1).map_or(NOTHING, |at| self.totals[at])
    }

    pub fn after(&self, at: usize) -> Interval {
        self.totals[at]
    }

    /// Where the most passes: the last time up to a place when it is above there, else the first time
    /// behind it.
    pub fn may_pass_at(&self, at: usize, is_above: bool) -> Option<usize> {
        passing(&self.most, at, is_above)
    }

    /// Where the least passes, likewise.
    pub fn passes_at(&self, at: usize, is_above: bool) -> Option<usize> {
        passing(&self.least, at, is_above)
    }
}

const NOTHING: Interval = Interval {
    low: Cents::ZERO,
    high: Cents::ZERO,
};

fn passing(places: &[usize], at: usize, is_above: bool) -> Option<usize> {
    let behind = places.partition_point(|place| *place <= at);
    let wanted = if is_above {
        behind.checked_sub(1)?
    } else {
        behind
    };
    places.get(wanted).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::Date;
    use crate::policy::BucketId;
    use crate::rule::{Amount, AmountBasis};

    fn entry(claim: u32, low: i64, high: i64) -> Entry {
        let amount = Amount {
            bucket: BucketId(0),
            low: Cents(low),
            high: Cents(high),
            basis: AmountBasis::Charge,
        };
        Entry::counted((claim, 0), Date::constant(2026, 3, 2), None, amount)
    }

    #[test]
    fn the_crossing_is_the_last_one_up_to_a_line_else_the_next() {
        // The most goes up to 90, 110, 70, 120; the least to 0, 0, 0, 40.
        let entries = [
            entry(0, 0, 90),
            entry(1, 0, 20),
            entry(2, 0, -40),
            entry(3, 40, 50),
        ];
        let course = |ends| Course::new(entries.iter().collect(), Some(Cents(100)), ends);
        let both = course(Ends::Both);
        let above = [false, true, false, true];
        let places = [Some(1), Some(1), Some(3), Some(3)];
        for (at, place) in places.into_iter().enumerate() {
            assert_eq!(both.may_pass_at(at, above[at]), place, "{at}");
            assert_eq!(both.passes_at(at, false), None);
        }
        assert_eq!(both.place(&entries[2]), Some(2));
        assert_eq!(both.before(0), NOTHING);
        assert_eq!(both.after(3).low, Cents(40));
        let most = course(Ends::Most);
        assert_eq!(most.after(3).low, Cents(120));
        assert_eq!(most.passes_at(3, true), Some(3));
        let least = course(Ends::Least);
        assert_eq!(
            (least.after(3).high, least.may_pass_at(3, false)),
            (Cents(40), None)
        );
    }
}
