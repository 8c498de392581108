//! CLM, DTP, REF and HI.

use crate::claim::model::HealthCareCode;
use crate::x12::grammar::{
    Parsed, ParsedComponents, component, composite, element, required, skip_components,
};
use crate::x12::{Components, Elements};

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
pub fn clm(input: Elements<'_>) -> Parsed<'_, ClaimInformation<'_>> {
    let (input, id) = required(input, "a claim identifier")?;
    let (input, charge) = element(input)?;
    let (input, (facility, frequency)) = composite(input.rest().rest(), facility)?;
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

/// CLM05-1 and CLM05-3.
#[inline(always)]
fn facility(input: Components<'_>) -> ParsedComponents<'_, (&[u8], &[u8])> {
    let (input, facility) = component(input)?;
    let (input, ()) = skip_components(1)(input)?;
    let (input, frequency) = component(input)?;
    Ok((input, (facility, frequency)))
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
pub fn dtp(input: Elements<'_>) -> Parsed<'_, DateTimePeriod<'_>> {
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
pub fn reference(input: Elements<'_>) -> Parsed<'_, Reference<'_>> {
    let (input, qualifier) = element(input)?;
    let (input, value) = element(input)?;
    Ok((input, Reference { qualifier, value }))
}

/// Reads one composite of HI; they are read one by one, each by its own qualifier.
#[inline(always)]
pub fn hi(composite: Components<'_>) -> HealthCareCode<'_> {
    let (qualifier, rest) = composite.split_first();
    let (code, rest) = rest.split_first();
    let mut read = HealthCareCode {
        qualifier,
        code,
        date: &[],
        amount: &[],
    };
    // Diagnoses and conditions have neither.
    if !rest.is_empty() {
        let (_, rest) = rest.split_first();
        let (date, rest) = rest.split_first();
        read.date = date;
        read.amount = rest.split_first().0;
    }
    read
}
