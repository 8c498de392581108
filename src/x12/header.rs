//! The ISA segment: it declares the delimiters of everything that follows.

use memchr::memmem;
use thiserror::Error;

use crate::date::{Date, parse_d8};

use super::delimiters::Delimiters;
use super::elements::trimmed;

/// Length of an ISA segment with its terminator, in bytes.
pub const ISA_LENGTH: usize = 106;

/// Separators stand before each of the 16 elements, at these offsets when the layout is kept.
const SEPARATOR_OFFSETS: [usize; 16] = [
    3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103,
];

/// An ISA that does not keep its fixed widths is still found within this many bytes.
const LONGEST_ISA: usize = 512;

/// No ISA is read differently for what stands so many bytes behind its beginning.
pub(crate) const HEADER_REACH: usize = 2 * LONGEST_ISA;

/// Sender and receiver ids have 15 bytes; some senders write more.
const LONGEST_ELEMENT: usize = 35;

/// An ISA segment.
#[derive(Clone, Copy, Debug)]
pub struct InterchangeHeader<'a> {
    elements: [&'a [u8]; 16],
    /// The delimiters that it declares.
    pub delimiters: Delimiters,
    /// Bytes from `ISA` up to and including the terminator.
    pub length: usize,
    /// The deviation from the fixed layout, if any, in words.
    pub deviation: Option<&'static str>,
    /// Line breaks stand inside of the segment: all segments of this interchange are wrapped.
    pub wrapped: bool,
}

/// Why an ISA cannot be read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum HeaderError {
    /// The data ends inside of the segment.
    #[error("the ISA segment is truncated: {}", left(*.0))]
    Truncated(usize),
    /// There are not 16 separators within reach.
    #[error(
        "the ISA segment is damaged: expected 16 element separators {separator:?} within 512 bytes"
    )]
    Separators {
        /// The byte after `ISA`.
        separator: char,
    },
    /// An element is far longer than any ISA has: a piece of the segment is missing.
    #[error(
        "the ISA segment is damaged: ISA{number:02} is too long, no element of ISA has more than 15 bytes"
    )]
    ElementTooLong {
        /// Number of the element, 1-based.
        number: usize,
    },
    /// A delimiter is a letter or digit.
    #[error(
        "the {role} would be the letter or digit {byte:?}: the ISA segment is damaged or has no terminator"
    )]
    Alphanumeric {
        /// Which delimiter.
        role: &'static str,
        /// Its byte.
        byte: char,
    },
    /// Two delimiters are the same byte.
    #[error("the {first} and the {second} are the same byte {byte:?}: delimiters must differ")]
    NotDistinct {
        /// One delimiter.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// The byte of both.
        byte: char,
    },
}

impl<'a> InterchangeHeader<'a> {
    /// ISA01 to ISA16 by number, trimmed.
    pub fn element(&self, number: usize) -> &'a [u8] {
        number
            .checked_sub(1)
            .and_then(|index| self.elements.get(index))
            .copied()
            .unwrap_or_default()
    }

    /// ISA13, interchange control number.
    pub fn control_number(&self) -> &'a [u8] {
        self.element(13)
    }

    /// ISA09, interchange date (YYMMDD), in this century. `None` when it is no real day.
    pub fn date(&self) -> Option<Date> {
        let date = self.element(9);
        parse_d8(&[b"20", date].concat())
    }

    /// The elements whose values X12 does not allow in a health care interchange, by their
    /// numbers (1-based), ascending. The delimiters, ISA11 among them, are not looked at:
    /// [`Self::deviation`] tells of those.
    ///
    /// Values: X12.5 as the guides' appendix B restricts it.
    pub fn invalid_elements(&self) -> Vec<u8> {
        let digits = |number, length| {
            let value = self.element(number);
            value.len() == length && value.iter().all(u8::is_ascii_digit)
        };
        let time = || {
            let (hours, minutes) = self.element(10).split_at_checked(2)?;
            Some(digits(10, 4) && hours < b"24".as_slice() && minutes < b"60".as_slice())
        };
        let is_valid = |number: usize| match (number, self.element(number)) {
            (1, value) => matches!(value, b"00" | b"03"),
            (3, value) => matches!(value, b"00" | b"01"),
            (5 | 7, value) => is_interchange_id_qualifier(value),
            (6 | 8, value) => !value.is_empty(),
            (9, _) => digits(9, 6) && self.date().is_some(),
            (10, _) => time().unwrap_or(false),
            (12, value) => matches!(value, b"00401" | b"00501"),
            (13, _) => digits(13, 9),
            (14, value) => matches!(value, b"0" | b"1"),
            (15, value) => matches!(value, b"P" | b"T" | b"I"),
            _ => true,
        };
        (1..=15)
            .filter(|number| !is_valid(usize::from(*number)))
            .collect()
    }

    /// [`Self::deviation`] of a header that was read from a copy without line breaks, given the
    /// offset that each of its bytes, by number, has in what was copied.
    pub fn deviation_before_copy(&self, offset: impl Fn(usize) -> usize) -> Option<&'static str> {
        let last = self.length - 1;
        let is_wrapped = offset(last - 1) - offset(0) != last - 1;
        let is_late = offset(last) - offset(last - 1) > 1;
        if is_late && !is_wrapped && self.deviation != Some(OTHER_WIDTHS) {
            return Some(LATE_TERMINATOR);
        }
        self.deviation
    }

    /// Where an interchange begins inside of the segment that `bytes` begin with and that has this length, its
    /// terminator not counted: the segment was broken off, and what ended it is the terminator of the ISA, or of the
    /// interchange before, if anything did. Only an ISA that keeps its fixed widths is found so: no text of a person
    /// looks like one.
    #[cold]
    pub fn find_inside(bytes: &[u8], length: usize) -> Option<usize> {
        // Most of what begins like an ISA is none, and a segment may be full of it.
        let keeps_widths = |at: &usize| {
            let byte = |offset| bytes.get(*at + offset);
            let mut others = SEPARATOR_OFFSETS[1..].iter();
            others.all(|offset| byte(*offset) == byte(SEPARATOR_OFFSETS[0]))
        };
        memmem::find_iter(&bytes[..length], b"ISA")
            .filter(|at| *at > 0 && keeps_widths(at))
            .find(|at| {
                InterchangeHeader::discover(&bytes[*at..])
                    .is_ok_and(|header| !header.wrapped && header.deviation != Some(OTHER_WIDTHS))
            })
    }

    /// Reads the ISA that `bytes` begin with.
    ///
    /// Copes with elements that are not padded, with a blank between ISA16 and the terminator,
    /// and with line breaks inside; each is told by [`Self::deviation`] or [`Self::wrapped`].
    ///
    /// # Errors
    /// When the delimiters cannot be told from it.
    pub fn discover(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        let reach = &bytes[..bytes.len().min(LONGEST_ISA)];
        let breaks_from = |at: usize| {
            let rest = reach.get(at..).unwrap_or_default();
            rest.iter().take_while(|byte| is_line_break(**byte)).count()
        };
        let truncated = || HeaderError::Truncated(length(bytes));
        let separator = *reach.get(3 + breaks_from(3)).ok_or_else(truncated)?;
        check_delimiter("element separator", separator)?;
        let mut places = [0; 16];
        let mut found = 0;
        for (at, _) in reach
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == separator)
        {
            places[found] = at;
            found += 1;
            if found == 16 {
                break;
            }
        }
        if found < 16 {
            let length = length(bytes);
            return Err(if length < ISA_LENGTH {
                HeaderError::Truncated(length)
            } else {
                HeaderError::Separators {
                    separator: char::from(separator),
                }
            });
        }
        let mut elements = [&bytes[..0]; 16];
        for index in 0..15 {
            let element = trimmed(&bytes[places[index] + 1..places[index + 1]]);
            if element.len() > LONGEST_ELEMENT {
                return Err(HeaderError::ElementTooLong { number: index + 1 });
            }
            elements[index] = element;
        }
        // A line break is no component separator: it stands before one.
        let at = places[15] + 1 + breaks_from(places[15] + 1);
        let wrapped = reach[..at].iter().any(|byte| is_line_break(*byte));
        let component = *bytes.get(at).ok_or_else(truncated)?;
        elements[15] = &bytes[at..=at];
        let (terminator, end) = find_terminator(bytes, at + 1, separator)?;
        let delimiters = Delimiters {
            element: separator,
            component,
            repetition: repetition_separator(
                elements[10],
                elements[11],
                [separator, component, terminator],
            ),
            terminator,
        };
        check_delimiter("component separator", component)?;
        check_delimiter("segment terminator", terminator)?;
        for (first, second, left, right) in [
            (
                "element separator",
                "component separator",
                separator,
                component,
            ),
            (
                "element separator",
                "segment terminator",
                separator,
                terminator,
            ),
            (
                "component separator",
                "segment terminator",
                component,
                terminator,
            ),
        ] {
            if left == right {
                return Err(HeaderError::NotDistinct {
                    first,
                    second,
                    byte: char::from(left),
                });
            }
        }
        let deviation = if !wrapped && places != SEPARATOR_OFFSETS {
            Some(OTHER_WIDTHS)
        } else if end > at + 2 && !wrapped && terminator != b'\n' {
            Some(LATE_TERMINATOR)
        } else if delimiters.repetition.is_none() && elements[11] >= b"00402".as_slice() {
            Some("ISA11 is not a usable repetition separator")
        } else {
            None
        };
        Ok(Self {
            elements,
            delimiters,
            length: end,
            deviation,
            wrapped,
        })
    }
}

/// True for the qualifiers of interchange ids (ISA05, ISA07) that health care guides allow.
pub const fn is_interchange_id_qualifier(value: &[u8]) -> bool {
    matches!(
        value,
        b"01" | b"14" | b"20" | b"27" | b"28" | b"29" | b"30" | b"33" | b"ZZ"
    )
}

const OTHER_WIDTHS: &str = "its elements do not keep their fixed widths";
const LATE_TERMINATOR: &str =
    "blanks or line breaks stand between ISA16 and the segment terminator";

pub(crate) const fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

const fn check_delimiter(role: &'static str, byte: u8) -> Result<(), HeaderError> {
    if byte.is_ascii_alphanumeric() {
        return Err(HeaderError::Alphanumeric {
            role,
            byte: byte as char,
        });
    }
    Ok(())
}

/// What is left of an ISA. One with elements that are too wide may be cut off behind as many bytes as others have.
fn left(bytes: usize) -> String {
    if bytes < ISA_LENGTH {
        format!("{bytes} bytes are left where {ISA_LENGTH} are needed")
    } else {
        "the data end before its terminator".into()
    }
}

/// So many bytes are left for an ISA, at most as many as it needs. Line breaks inside of it do not count: they are not
/// there in a copy without them.
fn length(bytes: &[u8]) -> usize {
    let is_kept = |byte: &&u8| !is_line_break(**byte);
    bytes.iter().filter(is_kept).take(ISA_LENGTH).count()
}

/// The terminator and the offset after it. `at` is the offset after ISA16.
///
/// A line break or blank there may be the terminator or may stand before it: what the next
/// segment (GS, TA1, IEA or another ISA) is preceded by decides.
fn find_terminator(bytes: &[u8], at: usize, separator: u8) -> Result<(u8, usize), HeaderError> {
    let first = bytes.get(at);
    let first = *first.ok_or_else(|| HeaderError::Truncated(length(bytes)))?;
    if !is_line_break(first) && first != b' ' {
        return Ok((first, at + 1));
    }
    let window = &bytes[at..bytes.len().min(at + 64)];
    let next_segment = (0..window.len()).find(|start| {
        [&b"GS"[..], b"TA1", b"IEA", b"ISA"].iter().any(|id| {
            window[*start..].strip_prefix(*id).and_then(<[u8]>::first) == Some(&separator)
        })
    });
    let between = &window[..next_segment.unwrap_or(1)];
    let printed = between
        .iter()
        .rposition(|byte| !is_line_break(*byte) && *byte != b' ');
    match printed {
        Some(offset) => Ok((between[offset], at + offset + 1)),
        None => match between.iter().position(|byte| *byte == b'\n') {
            Some(offset) => Ok((b'\n', at + offset + 1)),
            None => Ok((first, at + 1)),
        },
    }
}

/// ISA11 separates repetitions only from version 00402 on, and only if it is no letter, digit,
/// blank or other delimiter (`U` in ISA11 of a 00501 interchange is common).
fn repetition_separator(isa11: &[u8], isa12: &[u8], others: [u8; 3]) -> Option<u8> {
    match isa11 {
        [byte]
            if isa12 >= b"00402".as_slice()
                && !byte.is_ascii_alphanumeric()
                && !others.contains(byte) =>
        {
            Some(*byte)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &str = "ISA*00*          *00*          *ZZ*SUBMIT01       *ZZ*KXSCREEN       *261123*0900*^*00501*000000201*0*T*:~GS*HC*";

    #[test]
    fn reads_the_fixed_layout() {
        let header = InterchangeHeader::discover(ISA.as_bytes()).unwrap();
        assert_eq!(header.delimiters, Delimiters::default());
        assert_eq!(
            (header.control_number(), header.element(6)),
            (&b"000000201"[..], &b"SUBMIT01"[..])
        );
        assert_eq!(
            (header.length, header.deviation, header.wrapped),
            (ISA_LENGTH, None, false)
        );
    }

    #[test]
    fn elements_with_wrong_values_are_told() {
        let invalid = |from: &str, to: &str| {
            assert!(ISA.contains(from), "{from}");
            let text = ISA.replace(from, to);
            InterchangeHeader::discover(text.as_bytes())
                .unwrap()
                .invalid_elements()
        };
        assert!(invalid("ISA", "ISA").is_empty());
        for (from, to, number) in [
            ("ISA*00", "ISA*99", 1),
            ("*00*          *ZZ", "*05*          *ZZ", 3),
            ("*ZZ*SUBMIT01", "*XX*SUBMIT01", 5),
            ("SUBMIT01 ", "         ", 6),
            ("*ZZ*KXSCREEN", "*02*KXSCREEN", 7),
            ("KXSCREEN", "        ", 8),
            ("261123", "261131", 9),
            ("0900", "0960", 10),
            ("0900", "2400", 10),
            ("00501", "00X01", 12),
            ("000000201", "0000002 1", 13),
            ("*0*T*", "*2*T*", 14),
            ("*0*T*", "*0*X*", 15),
        ] {
            assert_eq!(invalid(from, to), [number], "{to}");
        }
    }

    #[test]
    fn any_byte_may_be_a_delimiter() {
        let text = ISA
            .replace('*', "\u{1d}")
            .replace(':', "\u{1f}")
            .replace('~', "\u{1e}");
        let delimiters = InterchangeHeader::discover(text.as_bytes())
            .unwrap()
            .delimiters;
        assert_eq!(
            (
                delimiters.element,
                delimiters.component,
                delimiters.terminator
            ),
            (0x1d, 0x1f, 0x1e)
        );
    }

    #[test]
    fn line_ends_and_blanks_around_the_terminator() {
        for (terminator, expected, length) in [
            ("\n", b'\n', 106),
            ("\r\n", b'\n', 107),
            ("\r", b'\r', 106),
            (" ~", b'~', 107),
            ("\r\n~\r\n", b'~', 108),
            ("~\r\n", b'~', 106),
        ] {
            let text = ISA.replace('~', terminator);
            let header = InterchangeHeader::discover(text.as_bytes()).unwrap();
            assert_eq!(
                (header.delimiters.terminator, header.length),
                (expected, length),
                "{terminator:?}"
            );
        }
    }

    #[test]
    fn unpadded_and_wrapped_headers_are_read() {
        let text = ISA.replace("SUBMIT01       ", "SUBMIT01");
        let header = InterchangeHeader::discover(text.as_bytes()).unwrap();
        assert!(header.deviation.is_some());
        assert_eq!(header.control_number(), b"000000201");
        let text = format!("{}\r\n{}", &ISA[..80], &ISA[80..]);
        let header = InterchangeHeader::discover(text.as_bytes()).unwrap();
        assert!(header.wrapped);
        assert_eq!(header.length, ISA_LENGTH + 2);
    }

    #[test]
    fn old_versions_have_no_repetition_separator() {
        for (from, to) in [("*^*", "*U*"), ("*00501*", "*00401*")] {
            let text = ISA.replace(from, to);
            assert_eq!(
                InterchangeHeader::discover(text.as_bytes())
                    .unwrap()
                    .delimiters
                    .repetition,
                None
            );
        }
    }

    #[test]
    fn damaged_headers_say_what_is_wrong() {
        assert_eq!(
            InterchangeHeader::discover(&ISA.as_bytes()[..50]).unwrap_err(),
            HeaderError::Truncated(50)
        );
        let wrapped = [&ISA[..20], "\r\n", &ISA[20..40], "\n", &ISA[40..104]].concat();
        assert_eq!(
            InterchangeHeader::discover(wrapped.as_bytes()).unwrap_err(),
            HeaderError::Truncated(104)
        );
        let without_terminator = ISA.replace('~', "");
        assert!(matches!(
            InterchangeHeader::discover(without_terminator.as_bytes()).unwrap_err(),
            HeaderError::Alphanumeric {
                role: "segment terminator",
                byte: 'G'
            }
        ));
        let same = ISA.replace('~', ":");
        assert!(matches!(
            InterchangeHeader::discover(same.as_bytes()).unwrap_err(),
            HeaderError::NotDistinct { .. }
        ));
        assert!(matches!(
            InterchangeHeader::discover("ISAAC NEWTON".as_bytes()).unwrap_err(),
            HeaderError::Alphanumeric { .. }
        ));
    }
}
