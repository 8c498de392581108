//! LX, SV1, SV2, SV3, SVD and CAS.

use nom::Parser;

use crate::claim::model::ServiceLine;
use crate::x12::grammar::{Parsed, ParsedComponents, component, element, skip};
use crate::x12::{Components, Elements};

/// Reads LX: the assigned number as written.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn lx(input: Elements<'_>) -> Parsed<'_, &[u8]> {
    element(input)
}

/// SV101, SV202, SV301: a medical procedure identifier.
#[inline(always)]
fn procedure<'a>(input: Elements<'a>, line: &mut ServiceLine<'a>) -> Parsed<'a, ()> {
    let (components, rest) = input.split_components();
    let (_, ()) = procedure_components(components, line)?;
    Ok((rest, ()))
}

#[inline(always)]
fn procedure_components<'a>(
    input: Components<'a>,
    line: &mut ServiceLine<'a>,
) -> ParsedComponents<'a, ()> {
    // As everywhere here, each part is put in its place at once: there are more of them than registers.
    let (input, qualifier) = component(input)?;
    line.qualifier = qualifier;
    let (input, code) = component(input)?;
    line.code = code;
    // Most lines have no modifiers, and a line begins without them.
    if input.is_empty() {
        return Ok((input, ()));
    }
    let (input, first) = component(input)?;
    let (input, second) = component(input)?;
    let (input, third) = component(input)?;
    let (input, fourth) = component(input)?;
    line.raw_modifiers = [first, second, third, fourth];
    let (input, description) = component(input)?;
    line.description = description;
    Ok((input, ()))
}

/// Reads SV1, professional service, into a line.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn sv1<'a>(input: Elements<'a>, line: &mut ServiceLine<'a>) -> Parsed<'a, ()> {
    line.revenue_code = &[];
    let (input, ()) = procedure(input, line)?;
    let (input, charge) = element(input)?;
    line.raw_charge = charge;
    let (input, unit_basis) = element(input)?;
    line.unit_basis = unit_basis;
    let (input, units) = element(input)?;
    line.units = units;
    let (input, place_of_service) = element(input)?;
    line.place_of_service = place_of_service;
    let (input, pointers) = element(input.rest())?;
    line.raw_diagnosis_pointers = pointers;
    Ok((input, ()))
}

/// Reads SV2, institutional service, into a line. It has no diagnosis pointers.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn sv2<'a>(input: Elements<'a>, line: &mut ServiceLine<'a>) -> Parsed<'a, ()> {
    let (input, revenue_code) = element(input)?;
    line.revenue_code = revenue_code;
    let (input, ()) = procedure(input, line)?;
    let (input, charge) = element(input)?;
    line.raw_charge = charge;
    let (input, unit_basis) = element(input)?;
    line.unit_basis = unit_basis;
    let (input, units) = element(input)?;
    line.units = units;
    line.place_of_service = &[];
    line.raw_diagnosis_pointers = &[];
    Ok((input, ()))
}

/// Reads SV3, dental service, into a line.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn sv3<'a>(input: Elements<'a>, line: &mut ServiceLine<'a>) -> Parsed<'a, ()> {
    line.revenue_code = &[];
    let (input, ()) = procedure(input, line)?;
    let (input, charge) = element(input)?;
    line.raw_charge = charge;
    let (input, place_of_service) = element(input)?;
    line.place_of_service = place_of_service;
    let (input, units) = element(input.rest().rest())?;
    line.unit_basis = &[];
    line.units = units;
    let (input, pointers) = element(input.rest().rest().rest().rest())?;
    line.raw_diagnosis_pointers = pointers;
    Ok((input, ()))
}

/// SVD: line adjudication.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineAdjudication<'a> {
    /// SVD01.
    pub payer_id: &'a [u8],
    /// SVD02 as written.
    pub paid: &'a [u8],
}

/// Reads SVD. Its composite (SVD03) is the code as adjudicated and is never mixed with the
/// line's own.
///
/// # Errors
/// None: what was not sent is empty.
pub fn svd(input: Elements<'_>) -> Parsed<'_, LineAdjudication<'_>> {
    let (input, payer_id) = element(input)?;
    let (input, paid) = element(input)?;
    Ok((input, LineAdjudication { payer_id, paid }))
}

/// CAS: a group and up to six adjustments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Adjustment<'a> {
    /// CAS01: CO, PR, OA, PI.
    pub group: &'a [u8],
    /// Reason and amount, as written; unused ones are empty.
    pub reasons: [(&'a [u8], &'a [u8]); 6],
}

/// Reads CAS.
///
/// # Errors
/// None: what was not sent is empty.
pub fn cas(input: Elements<'_>) -> Parsed<'_, Adjustment<'_>> {
    let (mut input, group) = element(input)?;
    let mut adjustment = Adjustment {
        group,
        ..Adjustment::default()
    };
    for slot in &mut adjustment.reasons {
        let (rest, (reason, amount, ())) = (element, element, skip(1)).parse(input)?;
        *slot = (reason, amount);
        input = rest;
    }
    Ok((input, adjustment))
}
