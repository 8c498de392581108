//! From a segment to the places of its elements.

use super::{byte_mask, low_bits, with_block};
use crate::x12::trimmed;

/// More elements than any guide allows; what follows them is not looked at.
pub const MOST_ELEMENTS: usize = 128;

/// Where the elements of one segment end; filled again for every segment.
pub struct ElementTable<'a> {
    pub(in crate::x12) segment: &'a [u8],
    /// `ends[0]` is the end of the segment identifier, `ends[n]` the end of element *n*.
    pub(in crate::x12) ends: [u32; MOST_ELEMENTS + 2],
    pub(in crate::x12) count: usize,
    pub(in crate::x12) component_separator: u8,
}

impl Default for ElementTable<'_> {
    fn default() -> Self {
        Self {
            segment: &[],
            ends: [0; MOST_ELEMENTS + 2],
            count: 0,
            component_separator: b':',
        }
    }
}

impl<'a> ElementTable<'a> {
    /// Number of elements that were located, at most [`MOST_ELEMENTS`].
    #[inline(always)]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The element with this 0-based number without blanks around it; empty when it was not
    /// sent. The grammar reads [`Elements`](crate::x12::Elements) instead.
    #[inline(always)]
    pub fn element(&self, number: usize) -> &'a [u8] {
        if number >= self.count {
            return &[];
        }
        let (start, end) = self.bounds(number);
        trimmed(self.segment.get(start..end).unwrap_or_default())
    }

    /// Offsets in the segment of the element with this 0-based number.
    #[inline(always)]
    pub(in crate::x12) fn bounds(&self, number: usize) -> (usize, usize) {
        // The mask saves two checks; no number that `count` admits is changed by it.
        let number = number & (MOST_ELEMENTS - 1);
        (
            self.ends[number] as usize + 1,
            self.ends[number + 1] as usize,
        )
    }

    /// Locates the elements of the segment `buffer[start..end]`. False when there are more than
    /// [`MOST_ELEMENTS`].
    ///
    /// Taking the whole buffer lets a short segment be looked at with one full block.
    #[inline(always)]
    pub fn locate(
        &mut self,
        buffer: &'a [u8],
        start: usize,
        end: usize,
        separator: u8,
        component_separator: u8,
    ) -> bool {
        self.segment = &buffer[start..end];
        self.component_separator = component_separator;
        let length = end - start;
        let mut mask =
            with_block(buffer, start, |block, _| byte_mask(block, separator)) & low_bits(length);
        let mut count = 0;
        while mask != 0 {
            // A block has no more bits than the table has places.
            self.ends[count & 63] = mask.trailing_zeros();
            count += 1;
            mask &= mask - 1;
        }
        if length > 64 {
            return self.locate_rest(count, separator);
        }
        self.ends[count] = length as u32;
        self.count = count;
        true
    }

    #[cold]
    fn locate_rest(&mut self, mut count: usize, separator: u8) -> bool {
        let length = self.segment.len();
        let mut block = 64;
        while block < length {
            let mut mask = with_block(self.segment, block, |block, real| {
                byte_mask(block, separator) & low_bits(real)
            });
            while mask != 0 {
                self.ends[count] = (block + mask.trailing_zeros() as usize) as u32;
                if count > MOST_ELEMENTS {
                    self.count = MOST_ELEMENTS;
                    return false;
                }
                count += 1;
                mask &= mask - 1;
            }
            block += 64;
        }
        self.ends[count] = length as u32;
        self.count = count.min(MOST_ELEMENTS);
        count <= MOST_ELEMENTS
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
            segment in proptest::collection::vec(prop_oneof![Just(b'*'), any::<u8>()], 1..400),
            after in proptest::collection::vec(any::<u8>(), 0..70),
        ) {
            let buffer = [before.clone(), segment.clone(), after].concat();
            let mut table = ElementTable::default();
            let fits = table.locate(&buffer, before.len(), before.len() + segment.len(), b'*', b':');
            let all: Vec<&[u8]> = segment.split(|byte| *byte == b'*').collect();
            let mut start = 0;
            let found: Vec<&[u8]> = table.ends[..=table.count].iter().map(|end| {
                let element = &segment[start..*end as usize];
                start = *end as usize + 1;
                element
            }).collect();
            prop_assert_eq!(found, &all[..all.len().min(MOST_ELEMENTS + 1)]);
            for (number, expected) in all.iter().skip(1).take(MOST_ELEMENTS).enumerate() {
                prop_assert_eq!(table.element(number), trimmed(expected));
            }
            prop_assert_eq!(table.element(table.count), b"");
            prop_assert_eq!(fits, all.len() <= MOST_ELEMENTS + 1);
        }
    }
}
