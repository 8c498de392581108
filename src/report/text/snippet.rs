//! A segment quoted on a terminal, with a caret under what is meant.

use std::fmt::Write as _;
use std::ops::Range;

use crate::report::display::{is_plain, is_printable};
use crate::text::is_decimal;
use crate::x12::Delimiters;

/// The share of the columns that stands before the caret when a segment has more.
const LEAD: (usize, usize) = (3, 8);

/// A quoted segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    /// The segment, or the part around the caret, safe for a terminal.
    pub text: String,
    /// Columns before the caret.
    pub indent: usize,
    /// Columns under the caret, at least 1.
    pub width: usize,
}

impl Snippet {
    /// Quotes `segment`, an SV1, SV2 or SV3 with these delimiters, with a caret under the byte
    /// range `span`, in at most so many columns and two ellipses. Free text (the description in
    /// component 7 of the procedure, and what stands behind it), which might say something about
    /// the patient, is masked by as many `x`, and so is whatever is longer than its place allows:
    /// where terminators are lost, it may be anybody's data.
    pub fn new(
        segment: &[u8],
        delimiters: Delimiters,
        span: (u32, u32),
        most_columns: usize,
    ) -> Self {
        let mut bytes = segment.to_vec();
        for hidden in hidden(segment, delimiters) {
            bytes[hidden].fill(b'x');
        }
        let start = (span.0 as usize).min(bytes.len());
        let end = (span.1 as usize).clamp(start, bytes.len());
        if is_plain(&bytes) {
            let columns = bytes.len();
            let text = String::from_utf8(bytes).unwrap_or_default();
            return Self::cut(text, (columns, most_columns), start, end.max(start + 1));
        }
        let (mut text, mut from, mut to) = (String::new(), 0, 0);
        let mut columns = 0;
        let mut offset = 0;
        while offset < bytes.len() {
            if offset <= start {
                from = columns;
            }
            let (length, width) = push_printable(&mut text, &bytes[offset..]);
            offset += length;
            columns += width;
            if offset <= end {
                to = columns;
            }
        }
        if start >= bytes.len() {
            from = columns;
        }
        Self::cut(text, (columns, most_columns), from, to.max(from + 1))
    }

    /// Leaves of a long text what stands around the caret.
    fn cut(text: String, (columns, most): (usize, usize), from: usize, to: usize) -> Self {
        if columns <= most {
            return Self {
                text,
                indent: from,
                width: to - from,
            };
        }
        let first = from
            .saturating_sub(most * LEAD.0 / LEAD.1)
            .min(columns - most);
        let last = first + most;
        let middle: String = text.chars().skip(first).take(most).collect();
        let before = if first > 0 { "…" } else { "" };
        let after = if last < columns { "…" } else { "" };
        Self {
            text: format!("{before}{middle}{after}"),
            indent: from - first + usize::from(first > 0),
            width: to.min(last.max(from + 1)) - from,
        }
    }
}

/// Writes the first character of `bytes`, escaped if need be; returns the bytes that it took
/// and the columns that it fills.
fn push_printable(text: &mut String, bytes: &[u8]) -> (usize, usize) {
    let head = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(head) => head,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(character) if is_printable(character) => {
            text.push(character);
            (character.len_utf8(), 1)
        }
        _ => {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{:02x}", bytes[0]);
            (1, 4)
        }
    }
}

/// The byte ranges of components that are not shown.
fn hidden(segment: &[u8], delimiters: Delimiters) -> Vec<Range<usize>> {
    let procedure = if segment.starts_with(b"SV2") { 2 } else { 1 };
    let mut hidden = Vec::new();
    let mut at = 0;
    for (element, bytes) in segment
        .split(|byte| *byte == delimiters.element)
        .enumerate()
    {
        for (component, value) in bytes
            .split(|byte| *byte == delimiters.component)
            .enumerate()
        {
            let is_shown = match (element == procedure, component) {
                // The identifier of the segment.
                _ if element == 0 => true,
                (true, 1) => value.len() <= LONGEST_CODE,
                (true, 0 | 2..=5) => value.len() <= LONGEST_QUALIFIER,
                (true, _) => false,
                (false, _) => value.len() <= LONGEST_QUALIFIER || is_amount(value),
            };
            if !is_shown {
                hidden.push(at..at + value.len());
            }
            at += value.len() + 1;
        }
    }
    hidden
}

/// Procedure codes have five characters; a little more is shown.
const LONGEST_CODE: usize = 8;

/// Qualifiers, modifiers, places and indicators have no more; revenue codes and pointers are numbers.
const LONGEST_QUALIFIER: usize = 2;

/// An amount or quantity that is not long enough for the number of a person.
fn is_amount(value: &[u8]) -> bool {
    const MOST_DIGITS: usize = 7;
    let value = value.strip_prefix(b"-").unwrap_or(value);
    let whole = value.split(|byte| *byte == b'.').next();
    is_decimal(value)
        && whole.is_some_and(|whole| whole.len() <= MOST_DIGITS)
        && value.len() <= MOST_DIGITS + 3
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: usize = 160;

    fn snippet(segment: &[u8], span: (u32, u32)) -> Snippet {
        Snippet::new(segment, Delimiters::default(), span, COLUMNS)
    }

    #[test]
    fn the_caret_stays_right_under_masks_and_escapes() {
        let quoted = snippet(b"SV1*HC:E1399:KX::::FOR JANE DOE*1", (13, 15));
        assert_eq!(quoted.text, "SV1*HC:E1399:KX::::xxxxxxxxxxxx*1");
        assert_eq!((quoted.indent, quoted.width), (13, 2));
        let quoted = snippet(
            b"SV1*HC:A4259:KX*13.50*UN*1*DOE-SAMPLE*JANE****MI*123456789*20261101*9999999.99",
            (13, 15),
        );
        assert_eq!(
            quoted.text,
            "SV1*HC:A4259:KX*13.50*UN*1*xxxxxxxxxx*xxxx****MI*xxxxxxxxx*xxxxxxxx*9999999.99"
        );
        let quoted = snippet(b"SV2*0420*HC:97110:GP::::JANE*1", (18, 20));
        assert_eq!(quoted.text, "SV2*0420*HC:97110:GP::::xxxx*1");
        let quoted = snippet(b"SV1*HC:E1392:RR:::::JANE:DOE*1", (7, 12));
        assert_eq!(quoted.text, "SV1*HC:E1392:RR:::::xxxx:xxx*1");
        let quoted = snippet(b"SV1*\x1b[:\xff97110:KX*1", (14, 16));
        assert_eq!(quoted.text, "SV1*\\x1b[:\\xff97110:KX*1");
        assert_eq!(&quoted.text[quoted.indent..][..quoted.width], "KX");
        let quoted = snippet("SV1*HC:É:KX*1".as_bytes(), (10, 12));
        assert_eq!((quoted.indent, quoted.width), (9, 2));
    }

    #[test]
    fn spans_beyond_the_segment_do_no_harm() {
        assert_eq!(
            snippet(b"SV1", (9, 5)),
            Snippet {
                text: "SV1".into(),
                indent: 3,
                width: 1
            }
        );
        assert_eq!(snippet(b"", (0, 0)).width, 1);
    }

    #[test]
    fn long_segments_are_shown_around_the_caret() {
        let mut segment = b"*A".repeat(200);
        segment[199..202].copy_from_slice(b"*KX");
        let quoted = snippet(&segment, (200, 202));
        assert_eq!(quoted.text.chars().count(), COLUMNS + 2);
        let marked: String = quoted
            .text
            .chars()
            .skip(quoted.indent)
            .take(quoted.width)
            .collect();
        assert_eq!(marked, "KX");
        let quoted = snippet(&b"*A".repeat(200), (0, 400));
        assert_eq!((quoted.indent, quoted.width), (0, COLUMNS));
    }
}
