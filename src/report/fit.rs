//! Values cut to the lengths that their data elements allow.

use crate::x12::is_interchange_id_qualifier;

/// The longest part of `value` that has at most `limit` bytes, no trailing blanks and no half
/// UTF-8 character at its end.
pub(super) fn fit(value: &[u8], limit: usize) -> &[u8] {
    let mut end = value.len().min(limit);
    if end < value.len() {
        // A continuation byte (10xxxxxx) right after the cut belongs to the character before.
        while end > 0 && value[end] & 0b1100_0000 == 0b1000_0000 {
            end -= 1;
        }
        if end == 0 {
            end = value.len().min(limit);
        }
    }
    value[..end].trim_ascii_end()
}

/// The first value that is not empty, cut to `limit` bytes.
pub(super) fn first_of<'a>(values: &[&'a [u8]], limit: usize) -> &'a [u8] {
    values
        .iter()
        .map(|value| fit(value, limit))
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

/// The least length of an identification code (NM109).
const SHORTEST_IDENTIFIER: usize = 2;

/// True when NM109 can hold the value.
pub(super) fn is_identifier(value: &[u8]) -> bool {
    fit(value, 80).len() >= SHORTEST_IDENTIFIER
}

/// The first value that NM109 can hold, cut to its length; empty when none can.
pub(super) fn first_identifier<'a>(values: &[&'a [u8]]) -> &'a [u8] {
    values
        .iter()
        .map(|value| fit(value, 80))
        .find(|value| is_identifier(value))
        .unwrap_or_default()
}

/// An interchange id qualifier (ISA05, ISA07) that the guides allow, else `ZZ`.
pub(super) fn qualifier(value: &[u8]) -> &[u8] {
    if is_interchange_id_qualifier(value) {
        value
    } else {
        b"ZZ"
    }
}

/// True for an X12 `R` number of at most `limit` digits.
pub(super) fn is_number(value: &[u8], limit: usize) -> bool {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let count = digits.iter().filter(|byte| byte.is_ascii_digit()).count();
    let points = memchr::memchr_iter(b'.', digits).count();
    count > 0 && count <= limit && points <= 1 && count + points == digits.len()
}

/// The value, if it is an X12 `N0` number without a sign of at most so many digits.
pub(super) fn whole_number(value: &[u8], digits: usize) -> Option<&[u8]> {
    let is_number = (1..=digits).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    is_number.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(fit(b"ABC", 5), b"ABC");
        assert_eq!(fit(b"ABC DEF", 4), b"ABC");
        assert_eq!(fit("ABÉ".as_bytes(), 3), b"AB");
        assert_eq!(fit("ABÉ".as_bytes(), 4), "ABÉ".as_bytes());
        assert_eq!(fit(b"\x80\x80\x80", 2), b"\x80\x80");
        assert_eq!(first_of(&[b"", b"  ", b"X"], 5), b"X");
    }

    #[test]
    fn identifiers_have_two_characters_at_least() {
        assert_eq!(first_identifier(&[b"1", b" ", b"12", b"123"]), b"12");
        assert_eq!(first_identifier(&[&[b'A'; 90]]).len(), 80);
        assert_eq!(first_identifier(&[b"", b"X"]), b"");
        assert!(is_identifier(b"12") && !is_identifier(b"1 "));
    }

    #[test]
    fn unknown_qualifiers_become_mutually_defined() {
        assert_eq!(qualifier(b"30"), b"30");
        for other in [b"ZZ".as_slice(), b"", b"XX", b"1"] {
            assert_eq!(qualifier(other), b"ZZ");
        }
    }

    #[test]
    fn numbers() {
        for good in ["1", "1.5", "-2", ".5"] {
            assert!(is_number(good.as_bytes(), 15), "{good}");
        }
        for bad in ["", ".", "1.2.3", "1A", "1234567890123456", "1-"] {
            assert!(!is_number(bad.as_bytes(), 15), "{bad}");
        }
    }
}
