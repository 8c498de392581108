//! Who sent what to whom: the envelope of claims, in owned form, for reports.

use serde::Serialize;

use crate::text::Text;
use crate::x12::Delimiters;

/// What reports need of an `ISA`. Values are trimmed; an absent one is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InterchangeInfo {
    /// ISA13, interchange control number.
    pub control_number: Text,
    /// ISA05.
    pub sender_qualifier: Text,
    /// ISA06.
    pub sender_id: Text,
    /// ISA07.
    pub receiver_qualifier: Text,
    /// ISA08.
    pub receiver_id: Text,
    /// ISA12, such as `00501`.
    pub version: Text,
    /// ISA15: `P` production, `T` test.
    pub usage: Text,
    /// ISA09, YYMMDD.
    #[serde(skip)]
    pub date: Text,
    /// ISA10, HHMM.
    #[serde(skip)]
    pub time: Text,
    /// Numbers (1-based) of the elements of the ISA whose values the standard does not allow, ascending.
    #[serde(skip)]
    pub invalid_elements: Vec<u8>,
    /// Delimiters that the ISA declares.
    #[serde(skip)]
    pub delimiters: Delimiters,
}

/// What reports need of a `GS`. Values are trimmed; an absent one is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GroupInfo {
    /// GS01, functional identifier code: `HC` for claims.
    pub functional_id: Text,
    /// GS02, application sender's code.
    pub sender: Text,
    /// GS03, application receiver's code.
    pub receiver: Text,
    /// GS06, group control number.
    pub control_number: Text,
    /// GS08, such as `005010X222A1`.
    pub version: Text,
}

/// What reports need of the `ST` of a transaction set that is no claim and is not read. Values are
/// trimmed; an absent one is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SkippedSetInfo {
    /// ST01, transaction set identifier code.
    pub id: Text,
    /// ST02, transaction set control number.
    pub control_number: Text,
    /// ST03, implementation guide.
    pub implementation: Text,
}

/// What reports need of a transaction set, its functional group and its heading. Values are
/// trimmed; an absent one is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TransactionSetInfo {
    /// ST02, transaction set control number.
    pub control_number: Text,
    /// GS06, group control number.
    pub group_control_number: Text,
    /// GS02, application sender's code.
    pub application_sender: Text,
    /// GS03, application receiver's code.
    pub application_receiver: Text,
    /// GS08 (or ST03), such as `005010X222A1`.
    pub guide: Text,
    /// ST03 as received; 4010 has none.
    pub implementation: Text,
    /// BHT03, the submitter's batch number.
    pub batch_reference: Text,
    /// Loop 1000A.
    pub submitter: HeadingParty,
    /// Loop 1000B.
    pub receiver: HeadingParty,
}

/// An `NM1` of the heading: loop 1000A (`NM1*41`) or 1000B (`NM1*40`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HeadingParty {
    /// NM102 = 1: a person rather than an organisation.
    pub is_person: bool,
    /// NM103.
    pub last_or_organization: Text,
    /// NM104.
    pub first: Text,
    /// NM108, `46` for an electronic transmitter identification number.
    pub id_qualifier: Text,
    /// NM109.
    pub id: Text,
}
