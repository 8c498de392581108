//! What has accrued in an account, and what it rests on.

use crate::finding::Interval;
use crate::money::Cents;
use crate::rule::AmountBasis;

/// What has accrued: at least `low`, at most `high`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// The least.
    pub low: Cents,
    /// The most.
    pub high: Cents,
    /// The part of the least that the payer has decided on, or says was used.
    pub decided: Cents,
    /// What it rests on.
    pub bases: Bases,
}

impl Total {
    /// The total without what it rests on.
    pub const fn interval(self) -> Interval {
        Interval {
            low: self.low,
            high: self.high,
        }
    }
}

/// What a total rests on: a set of [`AmountBasis`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bases(u8);

impl Bases {
    const fn bit(basis: AmountBasis) -> u8 {
        match basis {
            AmountBasis::Adjudicated => 1,
            AmountBasis::FeeSchedule => 2,
            AmountBasis::Charge => 4,
            AmountBasis::Balance => 8,
        }
    }

    /// True when amounts of this basis are in the total.
    pub const fn has(self, basis: AmountBasis) -> bool {
        self.0 & Self::bit(basis) != 0
    }

    /// The set with this basis, too.
    #[must_use]
    pub const fn with(self, basis: AmountBasis) -> Self {
        Self(self.0 | Self::bit(basis))
    }
}
