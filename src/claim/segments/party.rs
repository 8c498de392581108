//! HL, SBR, NM1, PRV and DMG.

use crate::claim::model::{Party, Sex};
use crate::x12::Elements;
use crate::x12::grammar::{Parsed, element};

/// HL: hierarchical level.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hierarchy<'a> {
    /// HL01.
    pub id: &'a [u8],
    /// HL02: HL01 of the parent.
    pub parent: &'a [u8],
    /// HL03: 20 billing provider, 22 subscriber, 23 patient.
    pub level: &'a [u8],
}

/// Reads HL.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn hl<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Hierarchy<'a>> {
    let (input, id) = element(input)?;
    let (input, parent) = element(input)?;
    let (input, level) = element(input)?;
    Ok((input, Hierarchy { id, parent, level }))
}

/// SBR: subscriber information.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subscriber<'a> {
    /// SBR01.
    pub responsibility: &'a [u8],
    /// SBR05.
    pub insurance_type: &'a [u8],
    /// SBR09.
    pub filing_indicator: &'a [u8],
}

/// Reads SBR.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn sbr<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Subscriber<'a>> {
    let (input, responsibility) = element(input)?;
    let input = input.rest();
    let input = input.rest();
    let input = input.rest();
    let (input, insurance_type) = element(input)?;
    let input = input.rest();
    let input = input.rest();
    let input = input.rest();
    let (input, filing_indicator) = element(input)?;
    Ok((
        input,
        Subscriber {
            responsibility,
            insurance_type,
            filing_indicator,
        },
    ))
}

/// Reads NM1.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn nm1<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Party<'a>> {
    let (input, entity) = element(input)?;
    let (input, entity_type) = element(input)?;
    let (input, last_or_organization) = element(input)?;
    let (input, first) = element(input)?;
    let (input, middle) = element(input)?;
    let input = input.rest();
    let (input, suffix) = element(input)?;
    let (input, id_qualifier) = element(input)?;
    let (input, id) = element(input)?;
    Ok((
        input,
        Party {
            entity,
            entity_type,
            last_or_organization,
            first,
            middle,
            suffix,
            id_qualifier,
            id,
            taxonomy: &[],
        },
    ))
}

/// Reads PRV: the provider taxonomy (PRV03).
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn prv<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, &'a [u8]> {
    element(input.rest().rest())
}

/// Reads N4: the state or province (N402).
///
/// # Errors
/// None: what was not sent is empty.
pub fn n4<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, &'a [u8]> {
    element(input.rest())
}

/// DMG: demographic information.
#[derive(Clone, Copy, Default)]
pub struct Demographics<'a> {
    /// DMG01 and DMG02: the birth date with its format (PHI).
    pub birth_date: (&'a [u8], &'a [u8]),
    /// DMG03.
    pub sex: Sex,
}

/// Reads DMG.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn dmg<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Demographics<'a>> {
    let (input, format) = element(input)?;
    let (input, birth_date) = element(input)?;
    let (input, sex) = element(input)?;
    Ok((
        input,
        Demographics {
            birth_date: (format, birth_date),
            sex: match sex {
                b"F" | b"f" => Sex::Female,
                b"M" | b"m" => Sex::Male,
                _ => Sex::Unknown,
            },
        },
    ))
}
