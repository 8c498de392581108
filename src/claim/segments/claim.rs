//! CLM, DTP, REF and HI.

use nom::Parser;

use crate::claim::model::HealthCareCode;
use crate::x12::grammar::{Parsed, component, composite, element, required, skip, skip_components};
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
    (
        required("a claim identifier"),
        element,
        skip(2),
        composite((component, skip_components(1), component)),
    )
        .map(
            |(id, charge, (), (facility, (), frequency))| ClaimInformation {
                id,
                charge,
                facility,
                frequency,
            },
        )
        .parse(input)
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
#[inline(always)]
pub fn dtp<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, DateTimePeriod<'a>> {
    (element, element, element)
        .map(|(qualifier, format, value)| DateTimePeriod {
            qualifier,
            format,
            value,
        })
        .parse(input)
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
#[inline(always)]
pub fn reference<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Reference<'a>> {
    (element, element)
        .map(|(qualifier, value)| Reference { qualifier, value })
        .parse(input)
}

/// Reads one composite of HI; they are read one by one, each by its own qualifier.
#[inline(always)]
pub fn hi(element: Element<'_>, separator: u8) -> HealthCareCode<'_> {
    let parsed = (
        component,
        component,
        skip_components(1),
        component,
        component,
    )
        .map(|(qualifier, code, (), date, amount)| HealthCareCode {
            qualifier,
            code,
            date,
            amount,
        })
        .parse(Components::new(element, separator));
    match parsed {
        Ok((_, code)) => code,
        Err(_) => HealthCareCode {
            qualifier: &[],
            code: &[],
            date: &[],
            amount: &[],
        },
    }
}
