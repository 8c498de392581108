//! The envelope segments GS, ST, SE, GE and IEA.

use nom::Parser;

use super::elements::Elements;
use super::grammar::{Parsed, element, skip};

/// GS: functional group header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupHeader<'a> {
    /// GS01: `HC` for claims.
    pub functional_id: &'a [u8],
    /// GS02: application sender's code.
    pub sender: &'a [u8],
    /// GS03: application receiver's code.
    pub receiver: &'a [u8],
    /// GS06: group control number.
    pub control_number: &'a [u8],
    /// GS08: version, such as `005010X222A1`.
    pub version: &'a [u8],
}

/// ST: transaction set header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionSetHeader<'a> {
    /// ST01: `837` for claims.
    pub id: &'a [u8],
    /// ST02: transaction set control number.
    pub control_number: &'a [u8],
    /// ST03: version; not sent before 5010.
    pub version: &'a [u8],
}

/// SE, GE or IEA: a count and the header's control number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trailer<'a> {
    /// SE01, GE01 or IEA01 as written.
    pub count: &'a [u8],
    /// SE02, GE02 or IEA02.
    pub control_number: &'a [u8],
}

/// Reads GS.
///
/// # Errors
/// None: what was not sent is empty.
pub fn group_header(input: Elements<'_>) -> Parsed<'_, GroupHeader<'_>> {
    (
        element,
        element,
        element,
        skip(2),
        element,
        skip(1),
        element,
    )
        .map(
            |(functional_id, sender, receiver, (), control_number, (), version)| GroupHeader {
                functional_id,
                sender,
                receiver,
                control_number,
                version,
            },
        )
        .parse(input)
}

/// Reads ST.
///
/// # Errors
/// None: what was not sent is empty.
pub fn transaction_set_header(input: Elements<'_>) -> Parsed<'_, TransactionSetHeader<'_>> {
    (element, element, element)
        .map(|(id, control_number, version)| TransactionSetHeader {
            id,
            control_number,
            version,
        })
        .parse(input)
}

/// Reads SE, GE or IEA.
///
/// # Errors
/// None: what was not sent is empty.
pub fn trailer(input: Elements<'_>) -> Parsed<'_, Trailer<'_>> {
    (element, element)
        .map(|(count, control_number)| Trailer {
            count,
            control_number,
        })
        .parse(input)
}
