//! What tells one claim from another, and what it stands in for.

use crate::date::Date;
use crate::text::Text;

/// How a claim stands to what was sent before it (CLM05-3, claim frequency code).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// It stands alone (1, and the interim codes of institutional claims).
    #[default]
    Original,
    /// It takes the place of an earlier claim (7).
    Replacement,
    /// It takes an earlier claim back (8).
    Void,
    /// No claim, but what a payer decided on one.
    Remittance,
    /// No claim, but what a payer says was used by a day.
    Balance,
}

impl Frequency {
    /// Reads CLM05-3.
    pub const fn new(code: &[u8]) -> Self {
        match code {
            b"7" => Self::Replacement,
            b"8" => Self::Void,
            _ => Self::Original,
        }
    }

    /// In a word, as reports and exports have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Replacement => "replacement",
            Self::Void => "void",
            Self::Remittance => "remittance",
            Self::Balance => "balance",
        }
    }

    /// True for a claim that takes an earlier one back: a replacement or a void.
    pub const fn takes_back(self) -> bool {
        matches!(self, Self::Replacement | Self::Void)
    }
}

/// What tells a claim of a patient from the patient's other claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimIdentity {
    /// CLM01.
    pub id: Text,
    /// NPI of the billing provider, else its tax id.
    pub provider: Text,
    /// REF*F8: which claim it replaces or voids, by the payer's number or by CLM01.
    pub original: Text,
    /// CLM05-3.
    pub frequency: Frequency,
    /// A keyed hash of what its counted lines say: codes, modifiers other than KX, dates, units and
    /// charges. The same claim has the same, whatever file it stands in.
    pub content: u64,
    /// Of a decision: the day of the payment.
    pub decided: Option<Date>,
}

impl ClaimIdentity {
    /// True for the very same claim, sent again.
    pub fn is_same(&self, other: &Self) -> bool {
        self.content == other.content
            && self.frequency == other.frequency
            && self.id == other.id
            && self.provider == other.provider
    }

    /// True when this one names `other` as the claim that it replaces or voids, or decides on anew.
    pub fn names(&self, other: &Self) -> bool {
        // The payer's own number is known once it has decided.
        let is_payers = other.frequency == Frequency::Remittance && self.original == other.original;
        let is_named = if self.frequency == Frequency::Remittance {
            // A decision is about the claim with its CLP01: some payers number all claims alike.
            is_payers && self.id == other.id
        } else {
            is_payers || self.original == other.id
        };
        is_named && !self.original.is_empty()
    }

    /// True when both have the number and the provider in common.
    pub fn is_akin(&self, other: &Self) -> bool {
        self.id == other.id && self.provider == other.provider
    }
}

/// First and last date of service of the lines of a claim that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub from: Date,
    pub to: Date,
}

impl Span {
    /// `None` without dates.
    pub fn of(mut dates: impl Iterator<Item = Date>) -> Option<Self> {
        let first = dates.next()?;
        let mut span = Self {
            from: first,
            to: first,
        };
        let mut last = first;
        for date in dates {
            // Lines of one day stand together.
            if date != last {
                span.from = span.from.min(date);
                span.to = span.to.max(date);
                last = date;
            }
        }
        Some(span)
    }

    /// True when both have a day in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}
