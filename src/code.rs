//! The code systems of a claim line, in forms that compare fast.

use std::fmt;
use std::num::NonZeroU64;

use serde::{Serialize, Serializer};

/// Packs up to eight ASCII bytes into a number that orders like the text; `None` when there
/// are more, none, or something else than letters and digits. Lower case is read as upper.
#[inline]
fn pack(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    let mut packed: u64 = 0;
    for &byte in bytes {
        let upper = UPPER[usize::from(byte)];
        if upper == 0 {
            return None;
        }
        packed = (packed << 8) | u64::from(upper);
    }
    Some(packed << (64 - 8 * bytes.len()))
}

/// Letters in upper case, and digits; 0 for every other byte.
static UPPER: [u8; 256] = {
    let mut upper = [0; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            upper[byte as usize] = byte.to_ascii_uppercase();
        }
        byte += 1;
    }
    upper
};

/// The inverse of [`pack`]. What it gives to `tell` is letters and digits.
#[inline]
fn unpack<R>(packed: u64, tell: impl FnOnce(&str) -> R) -> R {
    let bytes = packed.to_be_bytes();
    let length = bytes.len() - (packed.trailing_zeros() / 8) as usize;
    tell(std::str::from_utf8(&bytes[..length]).unwrap_or_default())
}

/// A HCPCS Level I (CPT) or Level II, CDT or HIPPS code, upper-cased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcedureCode(NonZeroU64);

impl ProcedureCode {
    /// Reads a code of one to eight letters and digits; `None` for anything else, which no
    /// policy can name.
    #[inline]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        pack(bytes).and_then(Self::from_packed)
    }

    /// The code as a number that orders like its text.
    #[inline]
    pub const fn packed(self) -> u64 {
        self.0.get()
    }

    /// The inverse of [`Self::packed`]; `None` for 0, to which no code is packed.
    #[inline]
    pub const fn from_packed(packed: u64) -> Option<Self> {
        match NonZeroU64::new(packed) {
            Some(packed) => Some(Self(packed)),
            None => None,
        }
    }
}

impl ProcedureCode {
    /// Gives the code to `tell`.
    #[inline]
    pub(crate) fn told<R>(self, tell: impl FnOnce(&str) -> R) -> R {
        unpack(self.packed(), tell)
    }
}

impl fmt::Display for ProcedureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        unpack(self.packed(), |text| f.write_str(text))
    }
}

impl ProcedureCode {
    /// True for a code of HCPCS Level I (CPT): five characters, of which the first is a digit. Those of Level II and CDT begin
    /// with a letter.
    pub(crate) fn is_cpt(self) -> bool {
        (self.packed() >> 56).wrapping_sub(u64::from(b'0')) < 10 && self.has_code_shape()
    }

    /// True for five characters as HCPCS, CPT and CDT codes have them: four digits, and a letter or
    /// digit before (`E0601`, `97110`) or behind (`0278T`).
    pub fn has_code_shape(self) -> bool {
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        unpack(self.packed(), |text| {
            let bytes = text.as_bytes();
            bytes.len() == 5 && (digits(&bytes[1..]) || digits(&bytes[..4]))
        })
    }
}

impl Serialize for ProcedureCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        unpack(self.packed(), |text| serializer.serialize_str(text))
    }
}

/// A code of one to eight letters and digits in which payers give reasons, upper-cased: claim adjustment
/// group (CAS01), claim adjustment reason code (CARC, CAS02), remittance advice remark code (RARC,
/// LQ02). Whether it is in the lists today is not asked: they change three times a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReasonCode(u64);

impl ReasonCode {
    /// `None` for anything else, which is no such code.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        pack(bytes).map(Self)
    }

    /// True when it is this code, written in upper case.
    pub fn is(self, code: &str) -> bool {
        pack(code.as_bytes()) == Some(self.0)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        unpack(self.0, |text| f.write_str(text))
    }
}

impl Serialize for ReasonCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        unpack(self.0, |text| serializer.serialize_str(text))
    }
}

/// A procedure modifier: exactly two letters or digits (X12 data element 1339), upper-cased.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Modifier([u8; 2]);

impl Modifier {
    /// KX: requirements specified in the medical policy have been met.
    pub const KX: Self = Self(*b"KX");

    /// CQ: furnished in whole or in part by a physical therapist assistant.
    pub const CQ: Self = Self(*b"CQ");

    /// CO: furnished in whole or in part by an occupational therapy assistant.
    pub const CO: Self = Self(*b"CO");

    /// GA: an ABN is on file, since a denial as not reasonable and necessary is expected.
    pub const GA: Self = Self(*b"GA");

    /// GY: not a benefit of Medicare.
    pub const GY: Self = Self(*b"GY");

    /// GZ: expected to be denied as not reasonable and necessary, without an ABN.
    pub const GZ: Self = Self(*b"GZ");

    /// `None` when it is not exactly two ASCII letters or digits.
    #[inline]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [a, b] => {
                let upper = [UPPER[usize::from(*a)], UPPER[usize::from(*b)]];
                (!upper.contains(&0)).then_some(Self(upper))
            }
            _ => None,
        }
    }

    /// The two characters as bytes.
    #[inline]
    pub const fn bytes(self) -> [u8; 2] {
        self.0
    }

    /// The two characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl fmt::Debug for Modifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Modifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Modifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An ICD diagnosis code without its dot, upper-cased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiagnosisCode(u64);

impl DiagnosisCode {
    /// Reads a code with or without a dot; `None` when it is not three to seven letters and
    /// digits (ICD-10-CM) once the dot is gone.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut packed: u64 = 0;
        let mut length = 0;
        for &byte in bytes.iter().filter(|byte| **byte != b'.') {
            if !byte.is_ascii_alphanumeric() || length == 8 {
                return None;
            }
            packed = packed << 8 | u64::from(byte.to_ascii_uppercase());
            length += 1;
        }
        (length >= 3).then(|| Self(packed << (8 * (8 - length))))
    }

    /// The code as a number that orders like its text.
    #[inline]
    pub const fn packed(self) -> u64 {
        self.0
    }

    /// True when this code begins with `prefix` (a category such as `G473`).
    #[inline]
    pub const fn starts_with(self, prefix: Self) -> bool {
        let unused_bits = prefix.0.trailing_zeros() / 8 * 8;
        (self.0 ^ prefix.0) >> unused_bits == 0
    }
}

impl fmt::Display for DiagnosisCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        unpack(self.0, |text| f.write_str(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_codes_order_like_text() {
        let mut codes: Vec<_> = ["E0601", "97110", "A7027", "0791T", "G0", "D0100"]
            .map(|c| ProcedureCode::new(c.as_bytes()).unwrap())
            .into();
        codes.sort();
        let text: Vec<_> = codes.iter().map(ToString::to_string).collect();
        assert_eq!(text, ["0791T", "97110", "A7027", "D0100", "E0601", "G0"]);
        assert_eq!(ProcedureCode::new(b"e0601"), ProcedureCode::new(b"E0601"));
        assert_eq!(ProcedureCode::new("97110\u{200b}".as_bytes()), None);
    }

    #[test]
    fn modifiers_are_two_characters() {
        assert_eq!(Modifier::new(b"kx"), Some(Modifier::KX));
        for bad in ["K", "KXX", "", "K ", "K-"] {
            assert_eq!(Modifier::new(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn diagnosis_prefixes_ignore_the_dot() {
        let code = DiagnosisCode::new(b"G47.33").unwrap();
        assert!(code.starts_with(DiagnosisCode::new(b"G47").unwrap()));
        assert!(code.starts_with(DiagnosisCode::new(b"G4733").unwrap()));
        assert!(!code.starts_with(DiagnosisCode::new(b"G4734").unwrap()));
        assert!(!DiagnosisCode::new(b"G47").unwrap().starts_with(code));
    }
}
