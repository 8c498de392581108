//! CLM, DTP, REF and HI.

use nom::Parser;

use crate::claim::model::HealthCareCode;
use crate::x12::grammar::{Parsed, component, composite, element, required, skip_components};
use crate::x12::{Components, Element, Elements};

/// CLM: claim information.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClaimInformation<'a> {
    /// CLM01.
    pub id: &'a [u8],
    /// CLM02 as written.
    pub charge: &'a [u8],
    /// CLM05-1.
    pub facility: &'a [u8],
    /// CLM05-3.
    pub frequency: &'a [u8],
}

/// Reads CLM.
///
/// # Errors
/// CLM01 is empty.
#[inline(always)]
pub fn clm<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, ClaimInformation<'a>> {
    let (input, id) = required("a claim identifier").parse(input)?;
    let (input, charge) = element(input)?;
    let (input, (facility, (), frequency)) =
        composite((component, skip_components(1), component)).parse(input.rest().rest())?;
    Ok((
        input,
        ClaimInformation {
            id,
            charge,
            facility,
            frequency,
        },
    ))
}

/// DTP: date or period.
#[derive(Clone, Copy, Debug, Default)]
pub struct DateTimePeriod<'a> {
    /// DTP01: 472 service, 434 statement ...
    pub qualifier: &'a [u8],
    /// DTP02: D8, RD8, DT, TM.
    pub format: &'a [u8],
    /// DTP03.
    pub value: &'a [u8],
}

/// Reads DTP.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn dtp<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, DateTimePeriod<'a>> {
    let (input, qualifier) = element(input)?;
    let (input, format) = element(input)?;
    let (input, value) = element(input)?;
    Ok((
        input,
        DateTimePeriod {
            qualifier,
            format,
            value,
        },
    ))
}

/// REF: reference identification.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference<'a> {
    /// REF01.
    pub qualifier: &'a [u8],
    /// REF02.
    pub value: &'a [u8],
}

/// Reads REF.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn reference<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Reference<'a>> {
    let (input, qualifier) = element(input)?;
    let (input, value) = element(input)?;
    Ok((input, Reference { qualifier, value }))
}

/// Reads one composite of HI; they are read one by one, each by its own qualifier.
#[inline(always)]
pub fn hi(element: Element<'_>, separator: u8) -> HealthCareCode<'_> {
    let (qualifier, rest) = Components::new(element, separator).split_first();
    let (code, rest) = rest.split_first();
    let (_, rest) = rest.split_first();
    let (date, rest) = rest.split_first();
    let (amount, _) = rest.split_first();
    HealthCareCode {
        qualifier,
        code,
        date,
        amount,
    }
}
