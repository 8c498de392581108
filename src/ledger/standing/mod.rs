//! How the lines of a claim stand in their accounts, and what would change that: plain data for
//! explanations. [`PatientRecord::standing`](super::PatientRecord::standing) makes it.

mod course;
mod teller;

use serde::Serialize;

use crate::date::Date;
use crate::finding::{CountedLine, Interval};
use crate::money::Cents;
use crate::text::Text;

/// What was received: a claim, a remittance or a balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceivedClaim {
    /// CLM01.
    pub claim: Text,
    /// `original`, `replacement`, `void`, `remittance` or `balance`.
    pub frequency: &'static str,
    /// Name of the file as it was given.
    pub file: String,
    /// Number of the file in the order received.
    pub file_seq: u32,
    /// Byte offset of the claim in the file.
    pub offset: u64,
}

/// A claim with what came of its lines.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimStanding {
    /// The claim.
    #[serde(flatten)]
    pub received: ReceivedClaim,
    /// What it replaces, voids or decides on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes_back: Option<ReceivedClaim>,
    /// What replaces or voids it, when that was received before: then it counts nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<ReceivedClaim>,
    /// What replaced, voided or decided on it since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back_by: Option<ReceivedClaim>,
    /// Its counted lines by account, in the order of the claim.
    pub lines: Vec<Standing>,
    /// Its counted sessions.
    pub sessions: Vec<SessionStanding>,
}

/// A line in an account.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// Table of yearly amounts, such as `therapy-ot`.
    pub account: String,
    /// Calendar year.
    pub year: i16,
    /// The amount, if the year has one.
    pub threshold: Option<Cents>,
    /// The line as it was counted.
    pub line: CountedLine,
    /// What took it back since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back_by: Option<ReceivedClaim>,
    /// As it was counted: in the order received, by what was known then.
    #[serde(flatten)]
    pub counted: Tally,
    /// What filled the account; left out of a claim with very many lines.
    #[serde(flatten)]
    pub detail: Option<Detail>,
}

/// What filled an account before a line, and what would change where the line stands.
#[derive(Clone, Debug, Serialize)]
pub struct Detail {
    /// The lines that counted before it, the latest [`LISTED`](crate::finding::LISTED) of them.
    pub lines: Vec<CountedLine>,
    /// How many lines counted before it.
    pub count: u64,
    /// By what is known now; nothing of a line that was taken back.
    pub now: Option<Now>,
}

/// A line by what is known now: without what was taken back since, with what was allowed.
#[derive(Clone, Debug, Serialize)]
pub struct Now {
    /// In the order received. What a payer decided stands where the claim does.
    #[serde(flatten)]
    pub tally: Tally,
    /// It differs from what was known when the line was counted.
    pub differs: bool,
    /// What the total with this line rests on.
    pub rests_on: Vec<Share>,
    /// What would be if.
    pub what_ifs: Vec<WhatIf>,
}

/// Totals before and with a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Before the line.
    pub before: Interval,
    /// With the line.
    pub after: Interval,
    /// Where that stands to the amount, if there is one.
    pub verdict: Option<Verdict>,
    /// Where the most passes the amount: the last time up to this line, or the first time behind it.
    pub may_pass_at: Option<Passing>,
    /// Where the least does.
    pub passes_at: Option<Passing>,
}

/// Where a total stands to an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Even the most is not above.
    NotAbove,
    /// The most is above, the least is not.
    PerhapsAbove,
    /// Even the least is above.
    Above,
}

impl Verdict {
    /// Where a total stands to an amount.
    pub fn of(total: Interval, amount: Cents) -> Self {
        if total.low > amount {
            Self::Above
        } else if total.high > amount {
            Self::PerhapsAbove
        } else {
            Self::NotAbove
        }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotAbove => "not above",
            Self::PerhapsAbove => "perhaps above",
            Self::Above => "above",
        }
    }
}

/// A line with which a total passes the amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passing {
    /// Which line it is, seen from the one that is asked about.
    pub which: Which,
    /// By how much the total is then above.
    pub over: Cents,
    /// The line.
    pub line: CountedLine,
}

/// A line seen from another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// It is counted before.
    Earlier,
    /// The very line.
    This,
    /// It is counted behind.
    Later,
}

/// What of a total rests on one basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// `balance`, `adjudicated`, `fee-schedule` or `charge`.
    pub basis: &'static str,
    /// So many lines.
    pub lines: u64,
    /// What they add up to.
    #[serde(flatten)]
    pub sum: Interval,
}

/// What would be in another order, or by another basis.
#[derive(Clone, Debug, Serialize)]
pub struct WhatIf {
    /// What is supposed.
    #[serde(rename = "if")]
    pub case: Case,
    /// The verdict would be another one.
    pub changes_verdict: bool,
    /// What would be.
    #[serde(flatten)]
    pub tally: Tally,
}

/// What is supposed. A payer's balance is what the payer has counted already: it stays in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// Lines are counted by date of service, those of a day in the order received.
    ByDateOfService,
    /// The line is counted before all others.
    CountedFirst,
    /// The line is counted behind all others.
    CountedLast,
    /// The least of every line counts.
    AllAtTheLeast,
    /// The most of every line counts: of charges, all that was charged.
    AllAtTheMost,
}

/// Sessions of a line under a policy.
#[derive(Clone, Debug, Serialize)]
pub struct SessionStanding {
    /// Id of the policy.
    pub policy: String,
    /// Place of the line in its claim, 1-based.
    pub line: u32,
    /// Date of service.
    pub date: Date,
    /// So many were counted.
    pub sessions: i64,
    /// The last of them was the so-manieth of the patient, where it was beyond those that need no modifier.
    pub beyond_as_number: Option<u32>,
    /// So many days after the first, where that was too late to need no modifier.
    pub beyond_by_days: Option<i32>,
    /// What took them back since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back_by: Option<ReceivedClaim>,
}
