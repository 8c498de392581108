//! Money in integer cents.

use std::fmt;
use std::iter::Sum;

use serde::{Serialize, Serializer};

/// An amount of US dollars in whole cents.
///
/// Sums saturate instead of wrapping, so that a claim with absurd amounts can never turn a
/// total negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i64);

impl Cents {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Whole dollars.
    pub const fn from_dollars(dollars: i64) -> Self {
        Self(dollars.saturating_mul(100))
    }

    /// Reads an X12 `R` number: an optional leading `-`, digits, at most one `.`.
    ///
    /// A third and later decimal is rounded half away from zero. Returns `None` for anything
    /// else (`$`, thousands separators, exponents, `+`, no digit at all) and for amounts that
    /// do not fit.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        plain_amount(bytes).or_else(|| Self::parse_any(bytes))
    }

    #[cold]
    fn parse_any(bytes: &[u8]) -> Option<Self> {
        let (negative, digits) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let mut cents: i64 = 0;
        let mut decimals: Option<u8> = None;
        let mut seen_digit = false;
        let mut round_up = false;
        for &byte in digits {
            match byte {
                b'0'..=b'9' => {
                    seen_digit = true;
                    match &mut decimals {
                        Some(2) => {
                            round_up = byte >= b'5';
                            decimals = Some(3);
                        }
                        Some(3) => {}
                        after_point => {
                            cents = cents.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                            if let Some(count) = after_point {
                                *count += 1;
                            }
                        }
                    }
                }
                b'.' if decimals.is_none() => decimals = Some(0),
                _ => return None,
            }
        }
        if !seen_digit {
            return None;
        }
        let scale = match decimals.unwrap_or(0) {
            0 => 100,
            1 => 10,
            _ => 1,
        };
        let magnitude = cents.checked_mul(scale)?.checked_add(i64::from(round_up))?;
        Some(Self(if negative { -magnitude } else { magnitude }))
    }

    /// Adds, staying at the largest or smallest amount instead of wrapping.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Subtracts, staying at the largest or smallest amount instead of wrapping.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The amount as it is displayed and serialised: `-1234.05`.
    #[inline]
    pub(crate) fn decimal(self) -> Decimal {
        let magnitude = self.0.unsigned_abs();
        let cents = (magnitude % 100) as u8;
        let mut bytes = [0; Decimal::LENGTH];
        let (digits, behind) = bytes.split_at_mut(Decimal::LENGTH - 3);
        behind.copy_from_slice(&[b'.', b'0' + cents / 10, b'0' + cents % 10]);
        let mut dollars = magnitude / 100;
        let mut from = digits.len();
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (dollars % 10) as u8;
            dollars /= 10;
            from -= 1;
            if dollars == 0 {
                break;
            }
        }
        if self.0 < 0 {
            from -= 1;
            bytes[from] = b'-';
        }
        Decimal { bytes, from }
    }

    /// The amount as X12 wants it: no trailing zeros after the point, no point without cents.
    pub fn to_x12(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (dollars, cents) = (magnitude / 100, magnitude % 100);
        match cents {
            0 => format!("{sign}{dollars}"),
            tens if tens % 10 == 0 => format!("{sign}{dollars}.{}", tens / 10),
            _ => format!("{sign}{dollars}.{cents:02}"),
        }
    }
}

/// An amount in digits.
pub(crate) struct Decimal {
    bytes: [u8; Self::LENGTH],
    from: usize,
}

impl Decimal {
    /// A sign, the 19 digits of the largest amount, and a point.
    const LENGTH: usize = 21;

    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.from..]
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// Most amounts are a few digits with at most two behind a point: `None` for all others.
#[inline]
fn plain_amount(bytes: &[u8]) -> Option<Cents> {
    // As many digits fit whatever they are.
    if bytes.len() > 12 {
        return None;
    }
    let mut number: i64 = 0;
    let mut after_point = usize::MAX;
    for (index, byte) in bytes.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
        } else if *byte == b'.' && after_point == usize::MAX {
            after_point = index.wrapping_add(1);
        } else {
            return None;
        }
    }
    match bytes.len().wrapping_sub(after_point.min(bytes.len())) {
        // A point without digits before or behind it is no amount.
        0 if bytes.is_empty() || bytes == b"." => None,
        0 => Some(Cents(number.wrapping_mul(100))),
        1 => Some(Cents(number.wrapping_mul(10))),
        2 => Some(Cents(number)),
        _ => None,
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.decimal().as_str())
    }
}

impl Serialize for Cents {
    /// Serialised as a decimal string ("120.00"), never as a float.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.decimal().as_str())
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Self::plus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_x12_numbers_and_nothing_else() {
        for (text, cents) in [
            ("120", 12_000),
            ("0.5", 50),
            (".25", 25),
            ("80.", 8_000),
            ("-120", -12_000),
            ("19.999", 2_000),
            ("19.994", 1_999),
            ("0000100.10", 10_010),
        ] {
            assert_eq!(Cents::parse(text.as_bytes()), Some(Cents(cents)), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            "$5",
            "1,000",
            "1e3",
            "+4",
            "1.2.3",
            " 1",
            "99999999999999999999",
        ] {
            assert_eq!(Cents::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn writes_x12_numbers_without_trailing_zeros() {
        assert_eq!(Cents(26_000).to_x12(), "260");
        assert_eq!(Cents(26_050).to_x12(), "260.5");
        assert_eq!(Cents(-1_205).to_x12(), "-12.05");
        for (cents, text) in [
            (-5, "-0.05"),
            (0, "0.00"),
            (120, "1.20"),
            (i64::MAX, "92233720368547758.07"),
            (i64::MIN, "-92233720368547758.08"),
        ] {
            assert_eq!(Cents(cents).to_string(), text);
        }
    }

    #[test]
    fn sums_saturate() {
        assert_eq!(
            [Cents(i64::MAX), Cents(1)].into_iter().sum::<Cents>(),
            Cents(i64::MAX)
        );
    }
}
