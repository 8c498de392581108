//! From a segment to the places of its elements.

use super::{block_at, byte_mask, low_bits};

/// More elements than any guide allows; what follows them is not looked at.
pub const MAX_ELEMENTS: usize = 128;

/// Where the elements of one segment end; reused from segment to segment.
pub struct ElementIndex {
    /// `ends[0]` is the end of the segment identifier, `ends[n]` the end of element *n*.
    ends: [u32; MAX_ELEMENTS + 1],
}

/// What was found besides the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Number of elements after the identifier, at most [`MAX_ELEMENTS`].
    pub elements: usize,
    /// There are more elements than that.
    pub overflow: bool,
    /// A CR or LF stands inside of the segment.
    pub line_break: bool,
}

impl Default for ElementIndex {
    fn default() -> Self {
        Self {
            ends: [0; MAX_ELEMENTS + 1],
        }
    }
}

impl ElementIndex {
    /// Locates the elements of `bytes[start..end]`; offsets are relative to `start`.
    ///
    /// Taking the whole buffer lets short segments be looked at with one full block.
    #[inline(always)]
    pub fn locate(&mut self, bytes: &[u8], start: usize, end: usize, separator: u8) -> Layout {
        let length = end - start;
        let mut count = 0;
        let mut line_breaks = 0;
        let mut block = 0;
        while block < length {
            let (chunk, _) = block_at(bytes, start + block);
            let inside = low_bits(length - block);
            let mut mask = byte_mask(&chunk, separator) & inside;
            line_breaks |= (byte_mask(&chunk, b'\n') | byte_mask(&chunk, b'\r')) & inside;
            while mask != 0 {
                if count == MAX_ELEMENTS {
                    self.ends[count] = (block + mask.trailing_zeros() as usize) as u32;
                    return Layout {
                        elements: count,
                        overflow: true,
                        line_break: line_breaks != 0,
                    };
                }
                self.ends[count] = (block + mask.trailing_zeros() as usize) as u32;
                count += 1;
                mask &= mask - 1;
            }
            block += 64;
        }
        self.ends[count] = length as u32;
        Layout {
            elements: count,
            overflow: false,
            line_break: line_breaks != 0,
        }
    }

    /// Ends of the identifier and of the elements that [`Self::locate`] counted.
    #[inline(always)]
    pub fn ends(&self, layout: Layout) -> &[u32] {
        &self.ends[..=layout.elements]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn elements_are_those_of_a_naive_split(
            before in proptest::collection::vec(any::<u8>(), 0..70),
            segment in proptest::collection::vec(prop_oneof![Just(b'*'), any::<u8>()], 1..300),
            after in proptest::collection::vec(any::<u8>(), 0..70),
        ) {
            let bytes = [before.clone(), segment.clone(), after].concat();
            let mut index = ElementIndex::default();
            let layout = index.locate(&bytes, before.len(), before.len() + segment.len(), b'*');
            let expected: Vec<&[u8]> = segment.split(|byte| *byte == b'*').take(MAX_ELEMENTS + 1).collect();
            let mut start = 0;
            let found: Vec<&[u8]> = index.ends(layout).iter().map(|end| {
                let element = &segment[start..*end as usize];
                start = *end as usize + 1;
                element
            }).collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(layout.overflow, segment.iter().filter(|byte| **byte == b'*').count() > MAX_ELEMENTS);
            if !layout.overflow {
                prop_assert_eq!(layout.line_break, segment.iter().any(|byte| matches!(byte, b'\r' | b'\n')));
            }
        }
    }
}
