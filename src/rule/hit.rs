//! What judging a claim yields, before reports put it into their own form.

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::finding::{Certainty, CountedTotal, PolicyId, RuleId, Severity};
use crate::money::Cents;
use crate::policy::BucketId;

/// One thing that a judge found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The policy that was applied.
    pub policy: PolicyId,
    /// The rule that the finding carries.
    pub rule: RuleId,
    /// How bad, after all caps.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// Index in [`Claim::lines`](crate::claim::Claim::lines); `None` for the claim as a whole.
    pub line: Option<u32>,
    /// Where to look on the line.
    pub spot: Spot,
    /// Why, about this very line. Never carries patient data.
    pub message: String,
    /// What to do about this very line, where the policy's advice is not enough.
    pub advice: Option<String>,
    /// The charge of the line; zero when it has none.
    pub at_risk: Cents,
    /// How the yearly amount came to be passed, of a hit about one.
    pub counted: Option<Box<CountedTotal>>,
}

/// The part of a service line that a hit points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// The procedure code.
    Code,
    /// The modifier in this 0-based slot, 0 to 3.
    Modifier(u8),
    /// The SV segment as a whole.
    Segment,
}

/// What an amount that accrues rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AmountBasis {
    /// What the payer says was used by a day, by all providers.
    Balance,
    /// Medicare decided on the line before (2430): paid plus patient responsibility.
    Adjudicated,
    /// The physician fee schedule: an estimate of what will be allowed.
    FeeSchedule,
    /// The charge, an upper bound of what will be allowed.
    Charge,
}

impl AmountBasis {
    /// In a word, as reports and exports have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Adjudicated => "adjudicated",
            Self::FeeSchedule => "fee-schedule",
            Self::Charge => "charge",
        }
    }
}

/// A line among others of its claim that a policy compares with each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Index in [`Claim::lines`](crate::claim::Claim::lines).
    pub line: u32,
    /// First date of service.
    pub date: Option<Date>,
    /// The line carries one of the policy's modifiers.
    pub carries: bool,
    /// The line carries what stands in for them, or they may stand in a note.
    pub excused: bool,
}

/// Something of a line that counts over claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accrual {
    /// Index in [`Claim::lines`](crate::claim::Claim::lines).
    pub line: u32,
    /// The policy that judges the line.
    pub policy: PolicyId,
    /// Nothing will be found on the line, wherever the count stands.
    pub excused: bool,
    /// The code of the line, for messages; `None` when it has none that could be quoted.
    pub code: Option<ProcedureCode>,
    /// The charge of the line; zero when it has none.
    pub charge: Cents,
    /// First date of service.
    pub date: Date,
    /// What is counted.
    pub measure: Measure,
}

/// What is counted over claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Money towards a yearly threshold.
    Amount(Amount),
    /// So many sessions towards a number of free ones.
    Sessions(u32),
}

/// An amount of a line that counts towards a yearly threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The table of yearly amounts: totals are kept by patient, year and table.
    pub bucket: BucketId,
    /// The least that Medicare may have allowed.
    pub low: Cents,
    /// The most.
    pub high: Cents,
    /// Where both come from.
    pub basis: AmountBasis,
}

/// Orders hits by line (the claim as a whole first), then in pack order.
pub fn sort_hits(hits: &mut [Hit]) {
    hits.sort_by_key(|hit| (hit.line, hit.policy));
}
