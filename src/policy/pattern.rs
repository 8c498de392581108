//! Small matchers that conditions are made of.

use smallvec::SmallVec;

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
}

/// Prefixes of diagnosis codes, looked up rather than compared one by one.
#[derive(Clone, Debug, Default)]
pub struct DiagnosisSet {
    /// Sorted.
    prefixes: Box<[u64]>,
    /// For each length in bytes that occurs, the bits that count.
    masks: SmallVec<[u64; 8]>,
}

impl FromIterator<DiagnosisPrefix> for DiagnosisSet {
    fn from_iter<I: IntoIterator<Item = DiagnosisPrefix>>(prefixes: I) -> Self {
        let mut packed = Vec::new();
        let mut masks = SmallVec::new();
        for prefix in prefixes {
            let mask = u64::MAX << prefix.unused_bits;
            packed.push(prefix.packed);
            if !masks.contains(&mask) {
                masks.push(mask);
            }
        }
        packed.sort_unstable();
        packed.dedup();
        Self {
            prefixes: packed.into(),
            masks,
        }
    }
}

impl DiagnosisSet {
    /// True when there is no prefix.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// True when the code begins with one of the prefixes.
    pub fn matches(&self, code: DiagnosisCode) -> bool {
        // A shorter prefix cannot equal a longer mask's result: its last bytes would be zero in
        // the code, too, and then it is the code.
        self.masks
            .iter()
            .any(|mask| self.prefixes.binary_search(&(code.packed() & mask)).is_ok())
    }
}

/// A set of modifiers as a bit map: one bit for each of the 1,296 that exist.
#[derive(Clone, Debug, Default)]
pub struct ModifierSet([u64; 21]);

impl ModifierSet {
    /// Adds a modifier.
    pub fn insert(&mut self, modifier: Modifier) {
        let index = Self::index(modifier);
        self.0[index / 64] |= 1 << (index % 64);
    }

    /// True when it was added.
    #[inline]
    pub fn contains(&self, modifier: Modifier) -> bool {
        let index = Self::index(modifier);
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    #[inline]
    fn index(modifier: Modifier) -> usize {
        let digit = |byte: u8| {
            usize::from(if byte.is_ascii_digit() {
                byte - b'0'
            } else {
                (byte.wrapping_sub(b'A') % 26) + 10
            })
        };
        modifier
            .as_str()
            .bytes()
            .take(2)
            .fold(0, |index, byte| index * 36 + digit(byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn every_modifier_has_its_own_bit() {
        let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut set = ModifierSet::default();
        for a in letters {
            for b in letters {
                let modifier = Modifier::new(&[*a, *b]).unwrap();
                assert!(!set.contains(modifier), "{modifier}");
                set.insert(modifier);
                assert!(set.contains(modifier), "{modifier}");
            }
        }
    }
}
