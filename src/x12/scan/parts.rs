//! From a segment to its elements, and from a composite to its components.
#![allow(
    unsafe_code,
    reason = "a part is cut without asking again whether its ends, which masks tell, lie inside"
)]

use super::{block_mask, byte_mask, low_bits, with_block};

/// What separators split, found as it is asked for: a block of 64 bytes is looked at once, and the ends of parts
/// are then bits that are used up one by one.
///
/// Invariants, on which `split_first` relies: `block <= length <= bytes.len()`; a bit of `ends` stands for an offset
/// (`block` + its number) of at most `length`; and `next` is at most the offset of the lowest bit.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// What is split, and whatever stands behind it, so that a short segment can be looked at with one whole
    /// block.
    bytes: &'a [u8],
    /// Bytes that are split.
    length: usize,
    /// A byte, in a whole word: padding behind a byte is copied, too, in pieces that keep the processor waiting (a
    /// third of the time to read a service line, as measured).
    separator: usize,
    /// Where the block begins that `ends` describes.
    block: usize,
    /// Ends of parts in the block that have not been used up: separators, and the end of what is split.
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
            block: 0,
            ends: ends_in(separators, length, 0),
            next: 0,
        }
    }

    /// True when no part is left.
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.ends == 0 && is_last(self.block, self.length)
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

    /// The first part that is left, split by another separator, and what is left after it. `others` says where
    /// that separator stands in the first block.
    #[inline(always)]
    pub fn split_first_by(mut self, separator: u8, others: u64) -> (Self, Self) {
        let start = self.next;
        let Some(end) = self.end() else {
            return (Self::of(&[], 0, separator), self);
        };
        self.next = end.wrapping_add(1);
        let (bytes, length) = (&self.bytes[start..], end.wrapping_sub(start));
        if end >= 64 {
            return (split(bytes, length, separator), self);
        }
        let parts = Self::located(bytes, length, others >> start, separator);
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

    /// Uses up the end of the first part and returns its offset; `None` when no part is left.
    #[inline(always)]
    fn end(&mut self) -> Option<usize> {
        if self.ends == 0 {
            if is_last(self.block, self.length) {
                return None;
            }
            (self.block, self.ends) =
                look_on(self.bytes, self.length, self.separator as u8, self.block);
            if self.ends == 0 {
                return None;
            }
        }
        let end = self.block.wrapping_add(self.ends.trailing_zeros() as usize);
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
        let mut length = None;
        for _ in 0..count {
            let Some(end) = after.end() else {
                return self;
            };
            length = Some(end);
        }
        let Some(length) = length else {
            return Self {
                length: self.next.min(self.length),
                block: self.next.min(self.length),
                ends: 0,
                ..self
            };
        };
        let mut first = Self { length, ..self };
        // The block may lie behind the new end no more than it did behind the old one.
        first.ends = match length.checked_sub(first.block) {
            Some(in_block @ 0..64) => first.ends & (low_bits(in_block) | (1 << in_block)),
            _ => first.ends,
        };
        first
    }
}

/// True when what is split ends in this block.
#[inline(always)]
const fn is_last(block: usize, length: usize) -> bool {
    debug_assert!(block <= length);
    length.wrapping_sub(block) < 64
}

/// The ends of parts in the block that begins here, which is at most at `length`, of whose separators it is told.
#[inline(always)]
const fn ends_in(separators: u64, length: usize, block: usize) -> u64 {
    if is_last(block, length) {
        let end = 1 << length.wrapping_sub(block);
        (separators & (end - 1)) | end
    } else {
        separators
    }
}

/// The next block in which a part ends, and the ends in it; none in the last. By value, so that the parts stay in
/// registers.
#[cold]
#[inline(never)]
fn look_on(bytes: &[u8], length: usize, separator: u8, mut block: usize) -> (usize, u64) {
    let mut ends = 0;
    while ends == 0 && !is_last(block, length) {
        block += 64;
        let separators = with_block(bytes, block, |block, _| byte_mask(block, separator));
        ends = ends_in(separators, length, block);
    }
    (block, ends)
}

/// [`Parts::of`] for what does not lie in the first block of a segment.
#[cold]
#[inline(never)]
fn split(bytes: &[u8], length: usize, separator: u8) -> Parts<'_> {
    Parts::of(bytes, length, separator)
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
            let (mut left, others) = (parts, block_mask(&bytes, b'A'));
            for part in &expected {
                let (split, rest) = left.split_first_by(b'A', others);
                prop_assert_eq!(all(split), part.split(|byte| *byte == b'A').collect::<Vec<_>>());
                left = rest;
            }
            prop_assert_eq!(all(left.split_first_by(b'A', others).0), [b""]);
            let later = parts.rest().rest();
            let left = expected.get(2..).unwrap_or_default();
            prop_assert_eq!(&all(later.first(count)), &left[..count.min(left.len())]);
        }
    }
}
