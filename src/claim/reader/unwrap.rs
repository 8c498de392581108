//! Line breaks inside of segments: removed from a copy, with a way back to the offsets of the
//! file.

use crate::x12::unbroken::{begins_unbroken, reads_unbroken};
use crate::x12::{InterchangeHeader, is_line_break};

/// A copy of a buffer without the CR and LF that mean nothing.
pub struct Unwrapped {
    /// The copy.
    pub bytes: Vec<u8>,
    /// Offsets in the copy before which bytes were removed, with the number removed up to there;
    /// ascending.
    removed: Vec<(usize, usize)>,
}

impl Unwrapped {
    /// The offset in the copy of the first byte that stands at or after `original` in the
    /// buffer that was copied.
    pub fn offset_of_original(&self, original: usize) -> usize {
        let before = self
            .removed
            .partition_point(|(place, total)| place + total <= original);
        let removed = before
            .checked_sub(1)
            .map_or(0, |index| self.removed[index].1);
        let next = self
            .removed
            .get(before)
            .map_or(usize::MAX, |(place, _)| *place);
        original.saturating_sub(removed).min(next)
    }
}

/// Copies `bytes` without CR and LF; interchanges that use one of them as their terminator are
/// copied as they are. `terminator` is the one in force at the beginning.
pub fn unwrap(bytes: &[u8], terminator: u8) -> Unwrapped {
    let mut copy = Unwrapped {
        bytes: Vec::with_capacity(bytes.len()),
        removed: Vec::new(),
    };
    let mut keep = is_line_break(terminator);
    let mut total = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'I' {
            keep = keeps_breaks(&bytes[at..]).unwrap_or(keep);
        }
        if keep || !is_line_break(*byte) {
            copy.bytes.push(*byte);
        } else {
            total += 1;
            match copy.removed.last_mut() {
                Some((place, count)) if *place == copy.bytes.len() => *count = total,
                _ => copy.removed.push((copy.bytes.len(), total)),
            }
        }
    }
    copy
}

/// Whether the line breaks of the interchange that `bytes` begin with mean something; `None` when none begins there.
fn keeps_breaks(bytes: &[u8]) -> Option<bool> {
    if !begins_unbroken(bytes) {
        return None;
    }
    match InterchangeHeader::discover(bytes) {
        Ok(header) if bytes.starts_with(b"ISA") => {
            Some(!header.wrapped && is_line_break(header.delimiters.terminator))
        }
        _ => reads_unbroken(bytes).then_some(false),
    }
}

impl Unwrapped {
    /// Line breaks that stood before this byte of the copy.
    #[cold]
    fn removed_before(&self, at: usize) -> usize {
        let after = self.removed.partition_point(|(place, _)| *place <= at);
        after
            .checked_sub(1)
            .map_or(0, |index| self.removed[index].1)
    }
}

/// How offsets in a buffer become offsets in the file.
#[derive(Clone, Copy, Default)]
pub struct Origin<'a> {
    /// Offset of the buffer in the file.
    pub base: usize,
    /// Set when the buffer is an unwrapped copy.
    pub unwrapped: Option<&'a Unwrapped>,
}

impl Origin<'_> {
    /// A buffer that stands at `base` in the file, as it is.
    pub const fn at(base: usize) -> Self {
        Self {
            base,
            unwrapped: None,
        }
    }

    /// The offset in the file of a byte of the buffer.
    #[inline(always)]
    pub fn offset(&self, at: usize) -> usize {
        let removed = match self.unwrapped {
            Some(copy) => copy.removed_before(at),
            None => 0,
        };
        self.base.wrapping_add(at).wrapping_add(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_byte_finds_its_way_back(bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..200)) {
            let copy = unwrap(&bytes, b'~');
            let origin = Origin { base: 0, unwrapped: Some(&copy) };
            for (at, byte) in copy.bytes.iter().enumerate() {
                prop_assert_eq!(bytes[origin.offset(at)], *byte);
                prop_assert_eq!(copy.offset_of_original(origin.offset(at)), at);
            }
            for original in 0..=bytes.len() {
                let at = copy.offset_of_original(original);
                prop_assert!(at == copy.bytes.len() || origin.offset(at) >= original);
                prop_assert!(at == 0 || origin.offset(at - 1) < original);
            }
            prop_assert!(!copy.bytes.iter().any(|byte| is_line_break(*byte)));
        }
    }
}
