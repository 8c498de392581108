//! Small matchers that conditions are made of.

use std::fmt;

use crate::code::{DiagnosisCode, Modifier, ProcedureCode};

/// A type of bill or revenue code with `X` for any digit: `13X`, `042X`. Leading zeros do not
/// count, so `420` matches `042X` and `0131` matches `13X`.
#[derive(Clone, Debug)]
pub struct DigitPattern(Box<[u8]>);

impl DigitPattern {
    /// `None` unless it is two to four digits and `X`, with at least one digit.
    pub fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let good = (2..=4).contains(&bytes.len())
            && bytes.iter().any(u8::is_ascii_digit)
            && bytes.iter().all(|b| b.is_ascii_digit() || *b == b'X');
        good.then(|| Self(bytes.into()))
    }

    /// True when the value has this pattern.
    pub fn matches(&self, value: &[u8]) -> bool {
        if value.is_empty() {
            return false;
        }
        let longest = self.0.len().max(value.len());
        let from_the_right = |bytes: &[u8], index: usize| {
            bytes
                .len()
                .checked_sub(index + 1)
                .map_or(b'0', |at| bytes[at])
        };
        (0..longest).all(|index| {
            let digit = from_the_right(value, index);
            match from_the_right(&self.0, index) {
                b'X' => digit.is_ascii_digit(),
                wanted => digit == wanted,
            }
        })
    }
}

impl fmt::Display for DigitPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// The beginning of a diagnosis code, from one character (`O`) on.
#[derive(Clone, Copy, Debug)]
pub struct DiagnosisPrefix {
    packed: u64,
    unused_bits: u32,
}

impl DiagnosisPrefix {
    /// `None` unless it is one to seven letters and digits, with or without the dot.
    pub fn new(text: &str) -> Option<Self> {
        let undotted = text.replace('.', "");
        if undotted.len() > 7 {
            return None;
        }
        let packed = ProcedureCode::new(undotted.as_bytes())?.packed();
        Some(Self {
            packed,
            unused_bits: packed.trailing_zeros() / 8 * 8,
        })
    }

    /// True when the packed code begins with this prefix.
    #[inline]
    const fn begins(self, packed: u64) -> bool {
        (packed ^ self.packed) >> self.unused_bits == 0
    }
}

impl fmt::Display for DiagnosisPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ProcedureCode::from_packed(self.packed).map_or(Ok(()), |code| code.fmt(f))
    }
}

/// Prefixes of diagnosis codes, looked up rather than compared one by one.
#[derive(Clone, Debug, Default)]
pub struct DiagnosisSet(
    /// Sorted, and none begins with another: of all prefixes only the last that does not stand
    /// behind a code can be its own.
    Box<[DiagnosisPrefix]>,
);

impl FromIterator<DiagnosisPrefix> for DiagnosisSet {
    fn from_iter<I: IntoIterator<Item = DiagnosisPrefix>>(prefixes: I) -> Self {
        let mut sorted: Vec<_> = prefixes.into_iter().collect();
        sorted.sort_unstable_by_key(|prefix| prefix.packed);
        sorted.dedup_by(|longer, shorter| shorter.begins(longer.packed));
        Self(sorted.into())
    }
}

impl DiagnosisSet {
    /// True when there is no prefix.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The prefixes, in order.
    pub fn prefixes(&self) -> impl Iterator<Item = DiagnosisPrefix> + '_ {
        self.0.iter().copied()
    }

    /// True when the code begins with one of the prefixes.
    pub fn matches(&self, code: DiagnosisCode) -> bool {
        let behind = self
            .0
            .partition_point(|prefix| prefix.packed <= code.packed());
        self.0[..behind]
            .last()
            .is_some_and(|prefix| prefix.begins(code.packed()))
    }
}

/// How diagnosis codes begin, roughly: by five bits of each of the first two characters. Tells most
/// codes that no prefix begins without a look at the prefixes.
#[derive(Clone, Debug, Default)]
pub struct DiagnosisStarts([u32; 32]);

impl DiagnosisStarts {
    /// Adds the prefixes of a set.
    pub fn add(&mut self, set: &DiagnosisSet) {
        for prefix in &set.0 {
            let [first, second, ..] = prefix.packed.to_be_bytes();
            self.0[usize::from(first & 31)] |= match second {
                0 => u32::MAX,
                second => 1 << (second & 31),
            };
        }
    }

    /// False only when no prefix begins the code, which may be written with or without a dot.
    #[inline]
    pub const fn may_begin(&self, code: &[u8]) -> bool {
        let [first, second, ..] = code else {
            return true;
        };
        let is_plain = first.is_ascii_alphanumeric() && second.is_ascii_alphanumeric();
        !is_plain || self.0[(*first & 31) as usize] & 1 << (*second & 31) != 0
    }
}

/// A rough set of modifiers: several share one of 62 bits, so that it can only tell for sure what
/// is not there. One step rules out most policies for a line. The other two bits stand for no modifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModifierMask(u64);

impl ModifierMask {
    /// A set without modifiers.
    pub const EMPTY: Self = Self(0);

    /// Stands for a line, whatever its modifiers: what needs none of them needs this.
    pub const ANY_LINE: Self = Self(1 << 62);

    /// Stands for a modifier that may be there twice.
    pub const REPETITION: Self = Self(1 << 63);

    /// False only when the sets have no modifier in common.
    #[inline]
    pub const fn may_meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Takes one of the bits that stand for its modifiers, 0 to 63.
    #[inline]
    pub const fn take_bit(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit & 63)
    }

    /// One modifier.
    #[inline]
    pub const fn of(modifier: Modifier) -> Self {
        // Tells the modifiers that start with one letter apart, as the common ones do.
        let [first, second] = modifier.bytes();
        let bit = first.wrapping_mul(43).wrapping_add(second) & 63;
        Self(1 << if bit < 62 { bit } else { bit - 32 })
    }

    /// Both sets.
    #[inline]
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Modifier> for ModifierMask {
    #[inline]
    fn from_iter<I: IntoIterator<Item = Modifier>>(modifiers: I) -> Self {
        modifiers
            .into_iter()
            .fold(Self::EMPTY, |mask, modifier| mask.union(Self::of(modifier)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_modifier_stands_for_every_line_or_a_repetition() {
        let characters = (b'0'..=b'9').chain(b'A'..=b'Z');
        for first in characters.clone() {
            for second in characters.clone() {
                let mask = ModifierMask::of(Modifier::new(&[first, second]).unwrap());
                assert!(mask != ModifierMask::EMPTY);
                assert!(!mask.may_meet(ModifierMask::ANY_LINE));
                assert!(!mask.may_meet(ModifierMask::REPETITION));
            }
        }
    }

    #[test]
    fn digit_patterns_ignore_leading_zeros() {
        let bill = DigitPattern::new("13X").unwrap();
        let revenue = DigitPattern::new("042X").unwrap();
        assert!(bill.matches(b"131") && bill.matches(b"0137"));
        assert!(!bill.matches(b"141") && !bill.matches(b"") && !bill.matches(b"1131"));
        assert!(revenue.matches(b"0420") && revenue.matches(b"429"));
        assert!(!revenue.matches(b"0430") && !revenue.matches(b"042A"));
        for bad in ["", "X", "XXX", "13x", "13*", "13XXX", "1 3"] {
            assert!(DigitPattern::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn diagnosis_prefixes_may_be_a_chapter() {
        let set = |prefixes: &[&str]| -> DiagnosisSet {
            prefixes
                .iter()
                .map(|text| DiagnosisPrefix::new(text).unwrap())
                .collect()
        };
        let code = DiagnosisCode::new(b"O80.0").unwrap();
        assert!(set(&["N40", "O80", "A"]).matches(code));
        assert!(!set(&["N40", "O81", "A", "O8001"]).matches(code));
        assert!(!set(&[]).matches(code));
        assert!(set(&["O"]).matches(code));
        assert!(set(&["O80"]).matches(code));
        assert!(!set(&["O8000"]).matches(code));
        assert!(!set(&["N40"]).matches(code));
        for bad in ["", "G47-3", "G4733333"] {
            assert!(DiagnosisPrefix::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_prefix_under_another_hides_nothing() {
        let set: DiagnosisSet = ["N40", "N4", "N4011", "N41", "N4", "O80"]
            .iter()
            .map(|text| DiagnosisPrefix::new(text).unwrap())
            .collect();
        for (code, is_in) in [
            ("N40.9", true),
            ("N49", true),
            ("N402", true),
            ("N4011", true),
            ("N39", false),
            ("N50", false),
            ("O80", true),
            ("O79", false),
            ("A00", false),
        ] {
            let code = DiagnosisCode::new(code.as_bytes()).unwrap();
            assert_eq!(set.matches(code), is_in, "{code}");
        }
    }

    #[test]
    fn a_rough_beginning_misses_no_diagnosis() {
        let set: DiagnosisSet = ["N40", "O", "c5"]
            .iter()
            .map(|text| DiagnosisPrefix::new(text).unwrap())
            .collect();
        let mut starts = DiagnosisStarts::default();
        assert!(!starts.may_begin(b"N40"));
        starts.add(&set);
        for code in ["N40.1", "n401", "O80", "C50", "N.401", ".N401"] {
            let read = DiagnosisCode::new(code.as_bytes()).unwrap();
            assert!(
                set.matches(read) && starts.may_begin(code.as_bytes()),
                "{code}"
            );
        }
        for code in ["M54.50", "N30", "A00", "C61", "I10"] {
            assert!(!starts.may_begin(code.as_bytes()), "{code}");
        }
    }

    #[test]
    fn a_rough_set_misses_no_modifier() {
        let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let one = |text: &[u8]| ModifierMask::from_iter(Modifier::new(text));
        let both: ModifierMask = [b"KX", b"GP"]
            .map(|m| Modifier::new(m).unwrap())
            .into_iter()
            .collect();
        assert!(both.may_meet(one(b"KX")) && both.may_meet(one(b"GP")));
        let mut rest = both;
        assert_ne!(rest.take_bit(), None);
        assert_ne!(rest.take_bit(), None);
        assert_eq!(rest.take_bit(), None);
        assert!(!both.may_meet(ModifierMask::EMPTY));
        let met = letters
            .iter()
            .flat_map(|a| letters.map(|b| [*a, b]))
            .filter(|text| both.may_meet(one(text)))
            .count();
        assert!(met < 100, "{met} modifiers look like two");
        for (a, b) in [
            ("KX", "GA"),
            ("KX", "GZ"),
            ("KX", "GP"),
            ("GP", "GO"),
            ("GO", "GN"),
            ("KX", "NU"),
            ("KX", "RR"),
            ("KX", "59"),
        ] {
            assert!(!one(a.as_bytes()).may_meet(one(b.as_bytes())), "{a} {b}");
        }
    }
}
