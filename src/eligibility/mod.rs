//! The 271 (eligibility, coverage or benefit information, 005010X279A1 and 004010X092A1): what Medicare
//! says of a subscriber's therapy amounts. No names are read.
//!
//! Read is what CMS's system (HETS 270/271 companion guides) writes for Part B (EB04 = `MB`):
//!
//! | | EB01 | EB03 | EB06 | EB07 | behind it |
//! |---|---|---|---|---|---|
//! | used | `D` or `F` | `AE` or `AD` | | amount | `MSG*Used Amount` |
//! | remaining | `F` | `AE` or `AD` | `29` | amount | |
//!
//! The year is that of the period behind the EB (`DTP*292`, else 307, else 291).

mod csv;
mod reader;

pub use csv::{Balance, CsvError, read_csv};
pub use reader::{EligibilityError, read};

use std::fmt;

use crate::date::Date;
use crate::money::Cents;
use crate::phi::Phi;
use crate::text::Text;

/// What the 271s of a file say.
#[derive(Default)]
pub struct Eligibility {
    /// Subscribers and dependents who were answered for: HL levels 22 and 23.
    pub responses: u64,
    /// Those among them, and levels above them, that were rejected (AAA).
    pub rejected: u64,
    /// Therapy amounts, in their order.
    pub amounts: Vec<TherapyAmount>,
    /// Therapy amounts that cannot be taken.
    pub left_out: Vec<LeftOut>,
}

/// What a payer says of one yearly amount of a subscriber.
pub struct TherapyAmount {
    /// 0-based byte offset of its EB segment in the file.
    pub offset: u64,
    /// NM109 of NM1*IL.
    pub member_id: Phi<Text>,
    /// EB03.
    pub therapy: Therapy,
    /// Calendar year of the period.
    pub year: i16,
    /// EB07.
    pub reported: Reported,
    /// The day of the response: BHT04, else ISA09.
    pub answered: Date,
    /// That day, moved into the year: its first day when the response is
    /// older, its last when it is newer.
    pub as_of: Date,
}

/// Which yearly amount: Medicare has one for two disciplines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Therapy {
    /// `AE`: physical therapy and speech-language pathology together.
    PhysicalAndSpeech,
    /// `AD`: occupational therapy.
    Occupational,
}

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// So much was used.
    Used(Cents),
    /// So much remains.
    Remaining(Cents),
}

impl Reported {
    /// True for what was used.
    pub const fn is_used(self) -> bool {
        matches!(self, Self::Used(_))
    }
}

/// A therapy amount that cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// 0-based byte offset of its EB segment in the file.
    pub offset: u64,
    /// Why.
    pub why: Why,
}

/// Why a therapy amount cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// EB07 is no amount.
    Damaged,
    /// It may be used, remaining, a limit, or of one procedure only.
    Unclear,
    /// No period, or none within one calendar year.
    NoYear,
    /// No member id.
    NoMember,
    /// The response has no date.
    NoDate,
    /// The same response says another amount, too.
    Contradicted,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "expected an amount of 0 or more in EB07",
            Self::Unclear => {
                "expected MSG*Used Amount behind the EB, or EB01 = F and EB06 = 29 (remaining): \
                 what the amount is cannot be told"
            }
            Self::NoYear => {
                "expected a period within one calendar year behind the EB (DTP*292, 307 or 291)"
            }
            Self::NoMember => {
                "expected a subscriber with a member id above it (NM1*IL, NM108 = MI)"
            }
            Self::NoDate => "expected the date of the response in BHT04 or ISA09",
            Self::Contradicted => "the same response says two amounts for this therapy and year",
        })
    }
}
