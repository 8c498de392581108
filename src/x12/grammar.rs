//! nom combinators over elements and components, from which the grammar of segments is built.
//!
//! Elements beyond the last one sent are empty, as X12 suppresses them; so only [`required`]
//! and the combinators made of it can fail, and a failure names the element.

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult};

use super::elements::{Components, Element, Elements};

/// Why a segment is not what its grammar wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// 1-based element; 0 when the segment as a whole is meant.
    pub element: u8,
    /// 1-based component; 0 when the element as a whole is meant.
    pub component: u8,
    /// What should stand there.
    pub expected: &'static str,
}

impl<'a> ParseError<Elements<'a>> for Fault {
    fn from_error_kind(input: Elements<'a>, _: ErrorKind) -> Self {
        Self {
            element: input.ordinal(),
            component: 0,
            expected: "another element",
        }
    }

    fn append(_: Elements<'a>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl<'a> ParseError<Components<'a>> for Fault {
    fn from_error_kind(input: Components<'a>, _: ErrorKind) -> Self {
        Self {
            element: 0,
            component: input.ordinal(),
            expected: "another component",
        }
    }

    fn append(_: Components<'a>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// Result of a parser over elements.
pub type Parsed<'a, O> = IResult<Elements<'a>, O, Fault>;

/// Result of a parser over components.
pub type ParsedComponents<'a, O> = IResult<Components<'a>, O, Fault>;

/// One element, empty when it was not sent.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn element(input: Elements<'_>) -> Parsed<'_, &[u8]> {
    let (bytes, rest) = input.split_first();
    Ok((rest, bytes))
}

/// One element with its place.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn located(input: Elements<'_>) -> Parsed<'_, Element<'_>> {
    Ok((input.rest(), input.first()))
}

/// One element that must not be empty.
///
/// # Errors
/// It is; the fault names the element and says what was expected.
#[inline(always)]
pub fn required<'a>(input: Elements<'a>, expected: &'static str) -> Parsed<'a, &'a [u8]> {
    let (bytes, rest) = input.split_first();
    if bytes.is_empty() {
        return Err(Err::Error(Fault {
            element: input.ordinal(),
            component: 0,
            expected,
        }));
    }
    Ok((rest, bytes))
}

/// Passes over `count` elements.
#[inline(always)]
pub fn skip<'a>(count: usize) -> impl Fn(Elements<'a>) -> Parsed<'a, ()> {
    move |input: Elements<'a>| Ok(((0..count).fold(input, |input, _| input.rest()), ()))
}

/// One element that is a composite, read by `parser`.
///
/// # Errors
/// Those of `parser`; the fault names the element, too.
#[inline(always)]
pub fn composite<'a, O>(
    input: Elements<'a>,
    mut parser: impl FnMut(Components<'a>) -> ParsedComponents<'a, O>,
) -> Parsed<'a, O> {
    let (components, rest) = input.split_components();
    match parser(components) {
        Ok((_, output)) => Ok((rest, output)),
        Err(error) => Err(error.map(|fault| Fault {
            element: input.ordinal(),
            ..fault
        })),
    }
}

/// One component, empty when it was not sent.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn component(input: Components<'_>) -> ParsedComponents<'_, &[u8]> {
    let (component, rest) = input.split_first();
    Ok((rest, component))
}

/// Passes over `count` components.
#[inline(always)]
pub fn skip_components<'a>(count: usize) -> impl Fn(Components<'a>) -> ParsedComponents<'a, ()> {
    move |input: Components<'a>| Ok(((0..count).fold(input, |input, _| input.split_first().1), ()))
}

#[cfg(test)]
mod tests {
    use nom::Parser;

    use super::*;

    fn elements(segment: &[u8]) -> Elements<'_> {
        Elements::of(segment, segment.len(), b'*', b':').0
    }

    #[test]
    fn a_segment_grammar_reads_elements_and_components() {
        let elements = elements(b"SV1*HC:97110::GP*80 *UN");
        let procedure = |input| {
            composite(input, |components| {
                let mut parts = (
                    component,
                    component,
                    skip_components(1),
                    component,
                    component,
                );
                parts.parse(components)
            })
        };
        let (rest, ((qualifier, code, (), modifier, absent), charge, unit, units)) =
            (procedure, element, element, element)
                .parse(elements)
                .unwrap();
        assert_eq!(
            (qualifier, code, modifier, absent),
            (&b"HC"[..], &b"97110"[..], &b"GP"[..], &b""[..])
        );
        assert_eq!((charge, unit, units), (&b"80"[..], &b"UN"[..], &b""[..]));
        assert_eq!(nom::Input::input_len(&rest), 0);
    }

    #[test]
    fn a_missing_required_element_is_named() {
        let elements = elements(b"CLM*");
        let error = required(elements, "a claim id").err().unwrap();
        assert_eq!(
            error,
            Err::Error(Fault {
                element: 1,
                component: 0,
                expected: "a claim id"
            })
        );
    }

    #[test]
    fn nom_combinators_count_in_elements() {
        use nom::Input;
        let elements = elements(b"HI*BK:A*BF:B*BF:C");
        let Ok((rest, taken)) = nom::bytes::complete::take::<_, _, Fault>(2usize).parse(elements)
        else {
            panic!("there are three elements");
        };
        assert_eq!(
            taken.iter_elements().map(|e| e.bytes).collect::<Vec<_>>(),
            [b"BK:A", b"BF:B"]
        );
        assert_eq!(
            (rest.first().bytes, rest.first().ordinal),
            (&b"BF:C"[..], 3)
        );
    }
}
