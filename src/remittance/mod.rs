//! The 835 (health care claim payment and remittance advice, 005010X221): what a payer decided on
//! claims, and for which reasons. No names and no member ids are read.

mod adjustment;
mod reader;

pub use adjustment::Adjustment;
pub use reader::{RemittanceError, read, read_with_reasons};

use crate::code::{Modifier, ProcedureCode, ReasonCode};
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
    /// CLP03, what was charged; negative in a reversal.
    pub charge: Cents,
    /// CLP04, what was paid; negative in a reversal.
    pub paid: Cents,
    /// CLP06, claim filing indicator: `MB` is Medicare Part B, `MA` Part A.
    pub filing_indicator: Text,
    /// CLP07, the payer's number of the claim.
    pub payer_number: Text,
    /// N104 of the payee (N1*PE): its NPI or tax id.
    pub payee: Text,
    /// CAS of the claim as a whole; read by [`read_with_reasons`] alone.
    pub adjustments: Vec<Adjustment>,
    /// Remark codes of the claim as a whole (MIA05, MIA20 to MIA23, MOA03 to MOA07); read by
    /// [`read_with_reasons`] alone.
    pub remarks: Vec<ReasonCode>,
    /// Service lines that were decided on one by one: loop 2110.
    pub lines: Vec<RemittedLine>,
    /// An amount that says what was allowed on a line cannot be read.
    pub is_damaged: bool,
    /// Any amount cannot be read, those of [`Self::is_damaged`] included.
    pub has_bad_amount: bool,
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

    /// True when Medicare says by CLP06 that the decision is its own.
    pub fn is_by_medicare(&self) -> bool {
        matches!(self.filing_indicator.as_bytes(), b"MA" | b"MB")
    }

    /// True when another payer decided before this one: processed as secondary or tertiary, forwarded
    /// or not (2, 3, 20, 21).
    pub fn is_by_later_payer(&self) -> bool {
        matches!(self.status.as_bytes(), b"2" | b"3" | b"20" | b"21")
    }
}

/// True when payee and billing provider may be the same. Only NPIs (ten digits) are compared: a payee
/// that is named by its tax id, or a provider without NPI, may be anybody.
pub fn may_be_one(one: &Text, other: &Text) -> bool {
    let is_npi = |text: &Text| {
        let bytes = text.as_bytes();
        bytes.len() == 10 && bytes.iter().all(u8::is_ascii_digit)
    };
    one == other || !is_npi(one) || !is_npi(other)
}

/// What a payer decided on one service line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemittedLine {
    /// SVC01-2, or SVC06-2 when the payer paid under another code than was billed.
    pub code: Option<ProcedureCode>,
    /// DTM*472 or DTM*150.
    pub date: Option<Date>,
    /// What was allowed: AMT*B6, else paid (SVC03), the patient's (CAS*PR) and sequestration
    /// (CAS*CO*253).
    pub allowed: Cents,
    /// Read by [`read_with_reasons`] alone: the totals of a ledger do without.
    pub reasons: Option<Box<LineReasons>>,
}

/// What else an 835 says of a service line: how it was billed, and why it was decided so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineReasons {
    /// Modifiers of the code as billed: SVC06-3 to -6 when there is an SVC06, else SVC01-3 to -6.
    pub modifiers: Vec<Modifier>,
    /// REF*6R, the line item control number of the 837, or LX01 of its line; empty when not given.
    pub control_number: Text,
    /// SVC02, what was charged.
    pub charge: Cents,
    /// SVC03, what was paid.
    pub paid: Cents,
    /// Its CAS segments, in order.
    pub adjustments: Vec<Adjustment>,
    /// Remark codes (LQ*HE), in order.
    pub remarks: Vec<ReasonCode>,
}
