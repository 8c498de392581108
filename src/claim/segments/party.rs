//! HL, SBR, NM1, PRV and DMG.

use nom::Parser;

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
#[inline(always)]
pub fn hl<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Hierarchy<'a>> {
    (element, element, element)
        .map(|(id, parent, level)| Hierarchy { id, parent, level })
        .parse(input)
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
#[inline(always)]
pub fn sbr<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Subscriber<'a>> {
    (element, skip(3), element, skip(3), element)
        .map(
            |(responsibility, (), insurance_type, (), filing_indicator)| Subscriber {
                responsibility,
                insurance_type,
                filing_indicator,
            },
        )
        .parse(input)
}

/// Reads NM1.
#[inline(always)]
pub fn nm1<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Party<'a>> {
    (
        element,
        element,
        element,
        element,
        element,
        skip(1),
        element,
        element,
        element,
    )
        .map(
            |(
                entity,
                entity_type,
                last_or_organization,
                first,
                middle,
                (),
                suffix,
                id_qualifier,
                id,
            )| Party {
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
        )
        .parse(input)
}

/// Reads PRV: the provider taxonomy (PRV03).
#[inline(always)]
pub fn prv<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, &'a [u8]> {
    (skip(2), element)
        .map(|((), taxonomy)| taxonomy)
        .parse(input)
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
#[inline(always)]
pub fn dmg<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Demographics<'a>> {
    ((element, element), element)
        .map(|(birth_date, sex)| Demographics {
            birth_date,
            sex: match sex {
                b"F" | b"f" => Sex::Female,
                b"M" | b"m" => Sex::Male,
                _ => Sex::Unknown,
            },
        })
        .parse(input)
}
