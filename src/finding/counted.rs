//! How a yearly amount came to be passed: the lines that were counted before.

use serde::Serialize;

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::money::Cents;
use crate::text::Text;

/// What stood in an account before and after a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountedTotal {
    /// Table of yearly amounts, such as `therapy-ot`.
    pub account: String,
    /// Calendar year.
    pub year: i16,
    /// The amount.
    pub threshold: Cents,
    /// Before the line.
    pub before: Interval,
    /// With the line.
    pub after: Interval,
    /// The line at which the higher end passed the amount, when it was an earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed_at: Option<CountedLine>,
    /// The lines that were counted before, the latest [`LISTED`] of them, when this line is the one that
    /// passes the amount.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<CountedLine>,
    /// How many lines were counted before.
    pub count: u64,
}

impl CountedTotal {
    /// Names the files of its lines, each by its number in the order received.
    pub(crate) fn name_files(&mut self, mut name: impl FnMut(u32) -> String) {
        for line in self.lines.iter_mut().chain(&mut self.passed_at) {
            line.file = name(line.file_seq);
        }
    }
}

/// Lines that are listed.
pub const LISTED: usize = 50;

/// An amount that is known to lie between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// The least.
    pub low: Cents,
    /// The most.
    pub high: Cents,
}

/// A line that was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountedLine {
    /// Name of the file as it was given.
    pub file: String,
    /// Number of the file in the order received.
    pub file_seq: u32,
    /// Byte offset of its claim in the file.
    pub offset: u64,
    /// CLM01.
    pub claim: Text,
    /// What counted it: `original`, `replacement`, `remittance` or `balance`.
    pub frequency: &'static str,
    /// Place of the line in its claim, 1-based.
    pub line: u32,
    /// Date of service.
    pub date: Date,
    /// Its code, when it has the shape of one.
    pub code: Option<ProcedureCode>,
    /// The least that counts.
    pub low: Cents,
    /// The most that counts.
    pub high: Cents,
    /// What both rest on: `balance`, `adjudicated`, `fee-schedule` or `charge`.
    pub basis: &'static str,
}
