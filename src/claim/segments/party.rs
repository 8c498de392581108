//! HL, SBR, NM1, PRV and DMG.

use crate::claim::model::{Party, Sex};
use crate::x12::Elements;
use crate::x12::grammar::{Parsed, element, skip};

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
pub fn hl(input: Elements<'_>) -> Parsed<'_, Hierarchy<'_>> {
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
pub fn sbr(input: Elements<'_>) -> Parsed<'_, Subscriber<'_>> {
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
pub fn nm1(input: Elements<'_>) -> Parsed<'_, Party<'_>> {
    let (input, entity) = element(input)?;
    let mut party = Party::default();
    let (input, ()) = nm1_party(input, entity, &mut party)?;
    Ok((input, party))
}

/// Reads NM1 behind its entity identifier code (NM101) into a party, whose taxonomy is left as it is.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn nm1_party<'a>(
    input: Elements<'a>,
    entity: &'a [u8],
    party: &mut Party<'a>,
) -> Parsed<'a, ()> {
    // Each is put in its place at once: there are more of them than registers.
    party.entity = entity;
    let (input, entity_type) = element(input)?;
    party.entity_type = entity_type;
    let (input, last_or_organization) = element(input)?;
    party.last_or_organization = last_or_organization;
    let (input, first) = element(input)?;
    party.first = first;
    let (input, middle) = element(input)?;
    party.middle = middle;
    let (input, suffix) = element(input.rest())?;
    party.suffix = suffix;
    let (input, id_qualifier) = element(input)?;
    party.id_qualifier = id_qualifier;
    let (input, id) = element(input)?;
    party.id = id;
    Ok((input, ()))
}

/// Reads the identifier of NM1 (NM109) behind its entity identifier code (NM101).
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn nm1_id(input: Elements<'_>) -> Parsed<'_, &[u8]> {
    const BETWEEN: usize = 7;
    let (input, ()) = skip(BETWEEN)(input)?;
    element(input)
}

/// Reads PRV: the provider taxonomy (PRV03).
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn prv(input: Elements<'_>) -> Parsed<'_, &[u8]> {
    element(input.rest().rest())
}

/// Reads N4: the state or province (N402).
///
/// # Errors
/// None: what was not sent is empty.
pub fn n4(input: Elements<'_>) -> Parsed<'_, &[u8]> {
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
pub fn dmg(input: Elements<'_>) -> Parsed<'_, Demographics<'_>> {
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
