//! Short byte strings that are owned without, as a rule, touching the heap.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Serialize, Serializer};

/// A short, owned copy of an element's bytes, in whatever encoding the sender used.
///
/// Up to 30 bytes are stored inline: enough for control numbers, claim ids, codes, NPIs and most names.
/// Nothing that identifies a person belongs in a bare `Text`; wrap it in
/// [`Phi`](crate::phi::Phi).
#[derive(Clone)]
pub struct Text(Bytes);

/// What is longer stands on the heap.
const INLINE: usize = 30;

#[derive(Clone)]
enum Bytes {
    Inline { length: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl Text {
    /// Copies `bytes`.
    #[inline]
    pub fn new(bytes: &[u8]) -> Self {
        let mut copy = [0; INLINE];
        match put(bytes, &mut copy) {
            Some(()) => Self(Bytes::Inline {
                length: bytes.len() as u8,
                bytes: copy,
            }),
            None => Self(Bytes::Heap(bytes.into())),
        }
    }

    /// The bytes as they were received.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Inline { length, bytes } => &bytes[..usize::from(*length)],
            Bytes::Heap(bytes) => bytes,
        }
    }

    /// True when there is not a single byte.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// The bytes for display; what is not UTF-8 becomes U+FFFD.
    pub fn display(&self) -> Cow<'_, str> {
        let bytes = self.as_bytes();
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        }
    }
}

/// Copies to the beginning, if there is room. Two copies of a fixed length that may overlap take the place of one
/// whose length is known at run time only: a call for so few bytes costs more than they do.
#[inline]
fn put(bytes: &[u8], copy: &mut [u8; INLINE]) -> Option<()> {
    #[inline(always)]
    fn ends<const N: usize>(bytes: &[u8], copy: &mut [u8; INLINE]) -> Option<()> {
        let (first, last) = (bytes.first_chunk::<N>()?, bytes.last_chunk::<N>()?);
        copy[..N].copy_from_slice(first);
        copy.get_mut(bytes.len() - N..bytes.len())?
            .copy_from_slice(last);
        Some(())
    }
    if bytes.len() > INLINE {
        None
    } else if bytes.len() >= 8 {
        if bytes.len() >= 16 {
            ends::<16>(bytes, copy)
        } else {
            ends::<8>(bytes, copy)
        }
    } else if bytes.len() >= 4 {
        ends::<4>(bytes, copy)
    } else if bytes.len() >= 2 {
        ends::<2>(bytes, copy)
    } else {
        if let [only] = bytes {
            copy[0] = *only;
        }
        Some(())
    }
}

impl Default for Text {
    #[inline]
    fn default() -> Self {
        Self::new(&[])
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.display())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.display())
    }
}

/// Digits, with one point at most.
pub(crate) fn is_decimal(bytes: &[u8]) -> bool {
    let points = memchr::memchr_iter(b'.', bytes).count();
    bytes.len() > points
        && points <= 1
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// What may be meant as a number, however it is written: with a sign in front, a comma, an exponent. Nothing that is divided
/// by hyphens: a date or a telephone number looks so.
pub(crate) fn is_like_number(bytes: &[u8]) -> bool {
    let digits = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    // Nearly all.
    if digits(bytes) {
        return true;
    }
    let (number, exponent) = match bytes.iter().position(|byte| matches!(byte, b'E' | b'e')) {
        Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
        None => (bytes, None),
    };
    let is_exponent = exponent.is_none_or(|exponent| digits(without_sign(exponent)));
    let number = without_sign(number);
    let comma = number.iter().position(|byte| *byte == b',');
    let is_number = is_decimal(number)
        || comma.is_some_and(|at| digits(&number[..at]) && digits(&number[at + 1..]));
    is_number && is_exponent
}

fn without_sign(number: &[u8]) -> &[u8] {
    match number {
        [b'+' | b'-', rest @ ..] => rest,
        _ => number,
    }
}

/// Two letters or digits, as modifiers and units of measure are.
pub(crate) fn is_two_characters(bytes: &[u8]) -> bool {
    matches!(bytes, [a, b] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric())
}

/// A code or number as messages and positions may show it. Where terminators are lost, what stands in its place may be
/// longer than any, and hold anybody's data: then only that is told.
pub(crate) struct Shown<'a> {
    value: &'a [u8],
    longest: usize,
}

impl<'a> Shown<'a> {
    /// A control number, a line's number, a count or a version. They have twelve characters at most, and a little more
    /// is shown.
    pub(crate) const fn code(value: &'a [u8]) -> Self {
        Self { value, longest: 20 }
    }

    /// The number of a claim. X12 gives CLM01 up to 38 characters.
    pub(crate) const fn claim_number(value: &'a [u8]) -> Self {
        Self { value, longest: 38 }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.longest;
        if self.value.len() > longest {
            return write!(f, "longer than {longest} bytes");
        }
        match std::str::from_utf8(self.value) {
            Ok(text) if !text.contains(char::is_control) => f.write_str(text),
            _ => self.value.escape_ascii().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_whole_whatever_their_length() {
        let long: Vec<u8> = (1..=100).collect();
        for length in 0..long.len() {
            let bytes = &long[..length];
            let text = Text::new(bytes);
            assert_eq!(text.as_bytes(), bytes);
            assert_eq!(text.clone(), text);
            assert_eq!(text.is_empty(), length == 0);
            let is_inline = matches!(text.0, Bytes::Inline { .. });
            assert_eq!(is_inline, length <= INLINE);
        }
        assert_eq!(size_of::<Text>(), 32);
        assert!(Text::from("B") > Text::from("AA"));
    }

    #[test]
    fn what_looks_like_a_number_is_no_date_and_no_telephone_number() {
        for number in ["2", "-2", "+1.5", ".5", "1,5", "1E3", "2e-3", "100."] {
            assert!(is_like_number(number.as_bytes()), "{number}");
        }
        for other in [
            "",
            "-",
            ".",
            "2X",
            "1950-01-01",
            "123-45-6789",
            "330-555-0100",
            "1,2,3",
            "E",
            "1E",
            "--2",
        ] {
            assert!(!is_like_number(other.as_bytes()), "{other}");
        }
    }
}
