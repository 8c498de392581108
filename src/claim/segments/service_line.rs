//! LX, SV1, SV2, SV3, SVD and CAS.

use nom::{Input, Parser};

use crate::x12::grammar::{Parsed, ParsedComponents, composite, element, skip};
use crate::x12::{Components, Elements};

/// Reads LX: the assigned number as written.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn lx<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, &'a [u8]> {
    element(input)
}

/// SV101, SV202, SV301, SVD03: a medical procedure identifier.
#[derive(Clone, Copy, Debug, Default)]
pub struct Procedure<'a> {
    /// Component 1.
    pub qualifier: &'a [u8],
    /// Component 2.
    pub code: &'a [u8],
    /// Components 3 to 6.
    pub modifiers: [&'a [u8]; 4],
    /// Component 7.
    pub description: &'a [u8],
}

#[expect(clippy::unnecessary_wraps, reason = "a nom parser")]
#[inline(always)]
fn procedure(input: Components<'_>) -> ParsedComponents<'_, Procedure<'_>> {
    let mut parts: [&[u8]; 7] = [&[]; 7];
    let mut components = input.iter_elements();
    for (part, component) in parts.iter_mut().zip(&mut components) {
        *part = component;
    }
    let [qualifier, code, first, second, third, fourth, description] = parts;
    let procedure = Procedure {
        qualifier,
        code,
        modifiers: [first, second, third, fourth],
        description,
    };
    Ok((components.rest(), procedure))
}

/// What SV1, SV2 and SV3 have in common.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceLineFields<'a> {
    /// SV201.
    pub revenue_code: &'a [u8],
    /// SV101, SV202, SV301.
    pub procedure: Procedure<'a>,
    /// SV102, SV203, SV302.
    pub charge: &'a [u8],
    /// SV103, SV204.
    pub unit_basis: &'a [u8],
    /// SV104, SV205, SV306.
    pub units: &'a [u8],
    /// SV105, SV303.
    pub place_of_service: &'a [u8],
    /// SV107, SV311: the composite of diagnosis pointers, as written.
    pub pointers: &'a [u8],
}

/// Reads SV1, professional service.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn sv1<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, ServiceLineFields<'a>> {
    let (input, procedure) = composite(procedure).parse(input)?;
    let (input, charge) = element(input)?;
    let (input, unit_basis) = element(input)?;
    let (input, units) = element(input)?;
    let (input, place_of_service) = element(input)?;
    let input = input.rest();
    let (input, pointers) = element(input)?;
    Ok((
        input,
        ServiceLineFields {
            revenue_code: &[],
            procedure,
            charge,
            unit_basis,
            units,
            place_of_service,
            pointers,
        },
    ))
}

/// Reads SV2, institutional service.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn sv2<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, ServiceLineFields<'a>> {
    let (input, revenue_code) = element(input)?;
    let (input, procedure) = composite(procedure).parse(input)?;
    let (input, charge) = element(input)?;
    let (input, unit_basis) = element(input)?;
    let (input, units) = element(input)?;
    Ok((
        input,
        ServiceLineFields {
            revenue_code,
            procedure,
            charge,
            unit_basis,
            units,
            place_of_service: &[],
            pointers: &[],
        },
    ))
}

/// Reads SV3, dental service.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn sv3<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, ServiceLineFields<'a>> {
    let (input, procedure) = composite(procedure).parse(input)?;
    let (input, charge) = element(input)?;
    let (input, place_of_service) = element(input)?;
    let input = input.rest();
    let input = input.rest();
    let (input, units) = element(input)?;
    let input = input.rest();
    let input = input.rest();
    let input = input.rest();
    let input = input.rest();
    let (input, pointers) = element(input)?;
    Ok((
        input,
        ServiceLineFields {
            revenue_code: &[],
            procedure,
            charge,
            unit_basis: &[],
            units,
            place_of_service,
            pointers,
        },
    ))
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
pub fn svd<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, LineAdjudication<'a>> {
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
pub fn cas<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Adjustment<'a>> {
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
