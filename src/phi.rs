//! Protected health information: values that must not be printed by accident.

use std::fmt;

use serde::{Serialize, Serializer};

/// A value that identifies a person: a name, member id, birth date or address.
///
/// It has no `Debug`, `Display` or `Serialize`, so no log line, error message or derived report
/// can carry it; [`Phi::expose`] marks the few places that must.
///
/// ```compile_fail
/// let name = kx837::phi::Phi::new("DOE");
/// println!("{name:?}");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Seals a value.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Opens the value, for a format that must carry it or for hashing.
    #[inline]
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Seals the result of `f` again.
    #[inline]
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Phi<U> {
        Phi(f(self.0))
    }
}

/// A keyed hash that stands for a person in reports: 16 hexadecimal digits.
///
/// Equal people have equal hashes under one key. Without the key the hash cannot be turned back
/// by trying member ids.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatientHash(pub u64);

impl PatientHash {
    /// The digits.
    #[inline]
    pub(crate) fn digits(self) -> [u8; 16] {
        let digit = |place: u32| b"0123456789abcdef"[(self.0 >> (60 - 4 * place)) as usize & 15];
        std::array::from_fn(|place| digit(place as u32))
    }
}

impl fmt::Display for PatientHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for PatientHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PatientHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Hashes identifying values with a secret key (BLAKE3 in keyed mode).
#[derive(Clone)]
pub struct PatientHasher {
    key: [u8; 32],
}

impl PatientHasher {
    /// A hasher with this key.
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Hashes the parts, kept apart so that `("AB", "C")` and `("A", "BC")` differ.
    pub fn hash(&self, parts: &[&[u8]]) -> PatientHash {
        // All at once: a hasher that is fed by and by costs more than the hash of so little.
        let length: usize = parts.iter().map(|part| 8 + part.len()).sum();
        let mut short = [0; 192];
        let mut long = Vec::new();
        let all = if let Some(short) = short.get_mut(..length) {
            short
        } else {
            long.resize(length, 0);
            &mut long[..]
        };
        let mut rest = &mut all[..];
        for part in parts {
            let (own, behind) = rest.split_at_mut(8 + part.len());
            let (length, text) = own.split_at_mut(8);
            length.copy_from_slice(&(part.len() as u64).to_le_bytes());
            text.copy_from_slice(part);
            rest = behind;
        }
        let digest = blake3::keyed_hash(&self.key, all);
        let mut first = [0u8; 8];
        first.copy_from_slice(&digest.as_bytes()[..8]);
        PatientHash(u64::from_be_bytes(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_depend_on_key_and_boundaries() {
        let hasher = PatientHasher::new([7; 32]);
        let hash = hasher.hash(&[b"AB", b"C"]);
        assert_eq!(hash, hasher.hash(&[b"AB", b"C"]));
        assert_ne!(hash, hasher.hash(&[b"A", b"BC"]));
        assert_ne!(hash, PatientHasher::new([8; 32]).hash(&[b"AB", b"C"]));
        for hash in [hash, PatientHash(0x12), PatientHash(u64::MAX - 1)] {
            assert_eq!(hash.to_string().len(), 16);
            assert_eq!(hash.to_string().as_bytes(), hash.digits());
        }
    }
}
