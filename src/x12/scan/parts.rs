//! From a segment to its elements, and from a composite to its components.
#![allow(
    unsafe_code,
    reason = "a part is cut without asking again whether its ends, which masks tell, lie inside"
)]

use super::block_mask;

/// What separators split, found as it is asked for: a block of 64 bytes is looked at once, and the ends of parts
/// are then bits that are used up one by one.
///
/// Invariants, on which `split_first` relies: `length <= bytes.len()`; a bit of `ends` stands for an offset of at most `length`, and
/// for no less than `next`. The end of what is split is among them where it lies in the block.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// What is split, and whatever stands behind it, so that a short segment can be looked at with one whole
    /// block. Where its first block is used up, it begins anew with the part that is next.
    bytes: &'a [u8],
    /// Bytes that are split.
    length: usize,
    /// A byte, in a whole word: padding behind a byte is copied, too, in pieces that keep the processor waiting (a
    /// third of the time to read a service line, as measured).
    separator: usize,
    /// Ends of parts in the first block that have not been used up: separators, and the end of what is split.
    ends: u64,
    /// Where the first part that is left begins.
    next: usize,
}

impl<'a> Parts<'a> {
    /// Splits the first `length` bytes.
    ///
    /// # Panics
    /// When there are not as many.
    #[inline(always)]
    pub fn of(bytes: &'a [u8], length: usize, separator: u8) -> Self {
        Self::located(bytes, length, block_mask(bytes, separator), separator)
    }

    /// Splits the first `length` bytes; the bits of `separators` tell where separators stand in the first block.
    ///
    /// # Panics
    /// When there are not as many.
    #[inline(always)]
    pub fn located(bytes: &'a [u8], length: usize, separators: u64, separator: u8) -> Self {
        assert!(length <= bytes.len());
        Self {
            bytes,
            length,
            separator: usize::from(separator),
            ends: ends_in(separators, length),
            next: 0,
        }
    }

    /// True when no part is left.
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.next > self.length
    }

    /// The first part that is left, and what is left after it. Behind the last one there are only empty ones.
    #[inline(always)]
    pub fn split_first(mut self) -> (&'a [u8], Self) {
        let Some(end) = self.end() else {
            return (&[], self);
        };
        let start = self.next;
        debug_assert!(start <= end && end <= self.length && self.length <= self.bytes.len());
        // SAFETY: by the invariants, `start <= end <= length <= bytes.len()`.
        let part = unsafe { self.bytes.get_unchecked(start..end) };
        self.next = end.wrapping_add(1);
        (part, self)
    }

    /// The first part that is left, split by another separator, and what is left after it.
    #[inline(always)]
    pub fn split_first_by(mut self, separator: u8) -> (Self, Self) {
        let Some(end) = self.end() else {
            return (Self::of(&[], 0, separator), self);
        };
        let start = self.next;
        self.next = end.wrapping_add(1);
        let parts = Self::of(&self.bytes[start..], end.wrapping_sub(start), separator);
        (parts, self)
    }

    /// What is left after the first part.
    #[must_use]
    #[inline(always)]
    pub fn rest(mut self) -> Self {
        if let Some(end) = self.end() {
            self.next = end.wrapping_add(1);
        }
        self
    }

    /// Uses up the end of the first part and returns its offset; `None` when no part is left. The part then begins
    /// at `next`.
    #[inline(always)]
    fn end(&mut self) -> Option<usize> {
        if self.ends == 0 {
            if self.is_empty() {
                return None;
            }
            let (parts, end) = look_on(*self);
            *self = parts;
            return Some(end);
        }
        let end = self.ends.trailing_zeros() as usize;
        self.ends &= self.ends.wrapping_sub(1);
        Some(end)
    }

    /// The parts that are left, as they stand.
    #[inline(always)]
    pub fn whole(&self) -> &'a [u8] {
        self.bytes.get(self.next..self.length).unwrap_or_default()
    }

    /// Number of parts that are left.
    pub fn count(&self) -> usize {
        if self.is_empty() {
            return 0;
        }
        let rest = &self.bytes[self.next..self.length];
        memchr::memchr_iter(self.separator as u8, rest).count() + 1
    }

    /// The first `count` parts of those that are left, without the others.
    #[must_use]
    pub fn first(self, count: usize) -> Self {
        let mut after = self;
        for _ in 0..count {
            if after.is_empty() {
                return self;
            }
            after = after.rest();
        }
        if count == 0 {
            return Self {
                length: 0,
                ends: 0,
                next: 1,
                ..self
            };
        }
        let begun_anew = self.bytes.len() - after.bytes.len();
        let length = begun_anew + after.next - 1;
        let ends = if length < 64 {
            ends_in(self.ends, length)
        } else {
            self.ends
        };
        Self {
            length,
            ends,
            ..self
        }
    }
}

/// The ends of parts in the first block of so many bytes, of whose separators it is told.
#[inline(always)]
const fn ends_in(separators: u64, length: usize) -> u64 {
    if length < 64 {
        let end = 1 << length;
        (separators & (end - 1)) | end
    } else {
        separators
    }
}

/// The same parts beginning anew with the one that is next, since all ends in their first block are used up; and that part's end,
/// which is used up, too. By value, so that the parts stay in registers.
#[cold]
#[inline(never)]
fn look_on(parts: Parts<'_>) -> (Parts<'_>, usize) {
    let separator = parts.separator as u8;
    let bytes = &parts.bytes[parts.next..];
    let anew = Parts::of(bytes, parts.length - parts.next, separator);
    let end = memchr::memchr(separator, &bytes[..anew.length]).unwrap_or(anew.length);
    let ends = if end < 63 {
        anew.ends & (u64::MAX << (end + 1))
    } else {
        0
    };
    (Parts { ends, ..anew }, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(mut parts: Parts<'_>) -> Vec<&[u8]> {
        let mut found = Vec::new();
        while !parts.is_empty() {
            let (part, rest) = parts.split_first();
            assert_eq!(parts.rest().count(), rest.count());
            found.push(part);
            parts = rest;
        }
        assert_eq!(parts.split_first().0, b"");
        assert!(parts.rest().is_empty());
        found
    }

    proptest! {
        #[test]
        fn parts_are_those_of_a_naive_split(
            text in proptest::collection::vec(prop_oneof![Just(b'*'), any::<u8>()], 0..400),
            after in proptest::collection::vec(any::<u8>(), 0..70),
            separator in prop_oneof![Just(b'*'), any::<u8>()],
            count in 0usize..12,
        ) {
            let bytes = [text.clone(), after].concat();
            let parts = Parts::of(&bytes, text.len(), separator);
            let expected: Vec<&[u8]> = text.split(|byte| *byte == separator).collect();
            prop_assert_eq!(parts.count(), expected.len());
            prop_assert_eq!(&all(parts), &expected);
            prop_assert_eq!(&all(parts.first(count)), &expected[..count.min(expected.len())]);
            let mut left = parts;
            for part in &expected {
                let (split, rest) = left.split_first_by(b'A');
                prop_assert_eq!(all(split), part.split(|byte| *byte == b'A').collect::<Vec<_>>());
                left = rest;
            }
            prop_assert_eq!(all(left.split_first_by(b'A').0), [b""]);
            let later = parts.rest().rest();
            let left = expected.get(2..).unwrap_or_default();
            prop_assert_eq!(&all(later.first(count)), &left[..count.min(left.len())]);
        }
    }
}
