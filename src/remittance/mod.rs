//! The 835 (health care claim payment and remittance advice, 005010X221): what a payer decided on
//! claims, as far as totals need it. No names and no member ids are read.

mod reader;

pub use reader::{RemittanceError, read};

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::money::Cents;
use crate::text::Text;

/// What a payer decided on one claim: loop 2100.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemittedClaim {
    /// Byte offset of its CLP segment in the file.
    pub offset: u64,
    /// When it was decided: the payment's date (BPR16), else the production date (DTM*405), else the
    /// interchange's (ISA09).
    pub decided: Option<Date>,
    /// CLP01: CLM01 of the claim.
    pub id: Text,
    /// CLP02, claim status: 1 to 3 processed, 4 denied, 22 reversal of an earlier payment ...
    pub status: Text,
    /// CLP07, the payer's number of the claim.
    pub payer_number: Text,
    /// N104 of the payee (N1*PE): its NPI or tax id.
    pub payee: Text,
    /// Service lines that were decided on one by one: loop 2110.
    pub lines: Vec<RemittedLine>,
    /// An amount of it cannot be read.
    pub is_damaged: bool,
}

impl RemittedClaim {
    /// True when it takes an earlier payment back.
    pub fn is_reversal(&self) -> bool {
        self.status.as_bytes() == b"22"
    }

    /// True when the whole claim is denied.
    pub fn is_denial(&self) -> bool {
        self.status.as_bytes() == b"4"
    }
}

/// What a payer decided on one service line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemittedLine {
    /// SVC01-2, or SVC06-2 when the payer paid under another code than was billed.
    pub code: Option<ProcedureCode>,
    /// DTM*472 or DTM*150.
    pub date: Option<Date>,
    /// What was allowed: AMT*B6, else paid (SVC03), the patient's (CAS*PR) and sequestration
    /// (CAS*CO*253).
    pub allowed: Cents,
}
