//! nom combinators over elements and components, from which the grammar of segments is built.
//!
//! Elements beyond the last one sent are empty, as X12 suppresses them; so only [`required`]
//! and the combinators made of it can fail, and a failure names the element.

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Parser};

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

impl<'a, 'i> ParseError<Elements<'a, 'i>> for Fault {
    fn from_error_kind(input: Elements<'a, 'i>, _: ErrorKind) -> Self {
        Self {
            element: input.first().ordinal,
            component: 0,
            expected: "another element",
        }
    }

    fn append(_: Elements<'a, 'i>, _: ErrorKind, other: Self) -> Self {
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
pub type Parsed<'a, 'i, O> = IResult<Elements<'a, 'i>, O, Fault>;

/// Result of a parser over components.
pub type ParsedComponents<'a, O> = IResult<Components<'a>, O, Fault>;

/// One element, empty when it was not sent.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn element<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, &'a [u8]> {
    Ok((input.rest(), input.bytes()))
}

/// One element with its place.
///
/// # Errors
/// None: what was not sent is empty.
#[inline(always)]
pub fn located<'a, 'i>(input: Elements<'a, 'i>) -> Parsed<'a, 'i, Element<'a>> {
    Ok((input.rest(), input.first()))
}

/// One element that must not be empty.
#[inline(always)]
pub fn required<'a: 'i, 'i>(
    expected: &'static str,
) -> impl Parser<Elements<'a, 'i>, Output = &'a [u8], Error = Fault> {
    move |input: Elements<'a, 'i>| {
        let element = input.first();
        if element.bytes.is_empty() {
            return Err(Err::Error(Fault {
                element: element.ordinal,
                component: 0,
                expected,
            }));
        }
        Ok((input.rest(), element.bytes))
    }
}

/// Passes over `count` elements.
#[inline(always)]
pub fn skip<'a: 'i, 'i>(count: usize) -> impl Parser<Elements<'a, 'i>, Output = (), Error = Fault> {
    move |input: Elements<'a, 'i>| Ok(((0..count).fold(input, |input, _| input.rest()), ()))
}

/// One element that is a composite, read by `parser`.
#[inline(always)]
pub fn composite<'a: 'i, 'i, O, P>(
    mut parser: P,
) -> impl Parser<Elements<'a, 'i>, Output = O, Error = Fault>
where
    P: Parser<Components<'a>, Output = O, Error = Fault>,
{
    move |input: Elements<'a, 'i>| {
        let element = input.first();
        match parser.parse(Components::new(element, input.component_separator())) {
            Ok((_, output)) => Ok((input.rest(), output)),
            Err(error) => Err(error.map(|fault| Fault {
                element: element.ordinal,
                ..fault
            })),
        }
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
pub fn skip_components<'a>(
    count: usize,
) -> impl Parser<Components<'a>, Output = (), Error = Fault> {
    move |input: Components<'a>| Ok(((0..count).fold(input, |input, _| input.split_first().1), ()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x12::scan::ElementTable;
    fn with_elements<T>(segment: &[u8], read: impl FnOnce(Elements<'_, '_>) -> T) -> T {
        let mut table = ElementTable::default();
        assert!(table.locate(segment, 0, segment.len(), b'*', b':'));
        read(Elements::new(&table))
    }

    #[test]
    fn a_segment_grammar_reads_elements_and_components() {
        with_elements(b"SV1*HC:97110::GP*80 *UN", |elements| {
            let procedure = composite((
                component,
                component,
                skip_components(1),
                component,
                component,
            ));
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
        });
    }

    #[test]
    fn a_missing_required_element_is_named() {
        with_elements(b"CLM*", |elements| {
            let error = required("a claim id").parse(elements).err().unwrap();
            assert_eq!(
                error,
                Err::Error(Fault {
                    element: 1,
                    component: 0,
                    expected: "a claim id"
                })
            );
        });
    }

    #[test]
    fn nom_combinators_count_in_elements() {
        use nom::Input;
        with_elements(b"HI*BK:A*BF:B*BF:C", |elements| {
            let Ok((rest, taken)) =
                nom::bytes::complete::take::<_, _, Fault>(2usize).parse(elements)
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
        });
    }
}
