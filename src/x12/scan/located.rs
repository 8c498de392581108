//! Where segments end and where their elements do, in many blocks at once.
//!
//! First the masks of all blocks, and out of them the offsets of terminators. Whoever goes through the segments then waits for
//! nothing, whereas one who looks for the end of each from its beginning on waits for the segment before.

use crate::x12::Delimiters;

use super::{Block, byte_mask, low_bits, low_control_mask};

/// Blocks that are looked at in one go.
const BLOCKS: usize = 64;

/// Bytes in them.
const BYTES: usize = BLOCKS * size_of::<Block>();

/// So many offsets are written down in one step, whether there are as many or not: how many a block has is what a
/// processor foresees badly.
const AT_ONCE: usize = 4;

/// The delimiters among some bytes of a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Offset of the first of these bytes.
    base: usize,
    /// Terminators, by their distance from `base`. Those behind `count` mean nothing.
    ends: [u16; BYTES + AT_ONCE],
    count: usize,
    /// Element separators, and control characters (CR and below): a bit for each byte. Behind the last byte
    /// there are none.
    separators: [u64; BLOCKS + 1],
    controls: [u64; BLOCKS + 1],
    /// Control characters stand elsewhere than in the place of a terminator or directly behind one.
    has_controls: bool,
}

/// What is looked for in a block, a bit for each byte.
#[derive(Clone, Copy)]
pub struct Masks {
    /// Segment terminators.
    pub terminators: u64,
    /// Element separators.
    pub separators: u64,
    /// CR and below.
    pub controls: u64,
}

impl Default for Located {
    fn default() -> Self {
        Self::new()
    }
}

impl Located {
    /// No bytes.
    pub const fn new() -> Self {
        Self {
            base: 0,
            ends: [0; BYTES + AT_ONCE],
            count: 0,
            separators: [0; BLOCKS + 1],
            controls: [0; BLOCKS + 1],
            has_controls: false,
        }
    }

    /// Looks at the bytes from `base` on, of which the first one is in front of a segment or its first.
    pub fn look(&mut self, bytes: &[u8], base: usize, delimiters: Delimiters) {
        #[cfg(target_arch = "x86_64")]
        if super::avx2::look(self, bytes, base, delimiters) {
            return;
        }
        self.look_plainly(bytes, base, delimiters);
    }

    /// [`Self::look`] on every processor of the architecture.
    fn look_plainly(&mut self, bytes: &[u8], base: usize, delimiters: Delimiters) {
        self.look_by(bytes, base, |block| Masks {
            terminators: byte_mask(block, delimiters.terminator),
            separators: byte_mask(block, delimiters.element),
            controls: low_control_mask(block),
        });
    }

    /// [`Self::look`] with what finds masks; inlined, so that it is compiled for the processor that `masks` is for.
    #[inline(always)]
    pub(super) fn look_by(&mut self, bytes: &[u8], base: usize, masks: impl Fn(&Block) -> Masks) {
        self.base = base;
        self.count = 0;
        let mut sighted = Sighted::default();
        let bytes = bytes.get(base..).unwrap_or_default();
        let (blocks, rest) = bytes[..bytes.len().min(BYTES)].as_chunks::<64>();
        for (index, block) in blocks.iter().enumerate() {
            self.add(index, masks(block), &mut sighted);
        }
        if blocks.len() < BLOCKS {
            let mut block = [0; 64];
            block[..rest.len()].copy_from_slice(rest);
            let (all, real) = (masks(&block), low_bits(rest.len()));
            let masks = Masks {
                terminators: all.terminators & real,
                separators: all.separators & real,
                controls: all.controls & real,
            };
            self.add(blocks.len(), masks, &mut sighted);
            self.separators[blocks.len() + 1] = 0;
            self.controls[blocks.len() + 1] = 0;
        }
        self.count = sighted.terminators;
        self.has_controls = sighted.controls != 0;
    }

    /// Adds what a block has.
    #[inline(always)]
    fn add(&mut self, index: usize, masks: Masks, sighted: &mut Sighted) {
        self.separators[index] = masks.separators;
        self.controls[index] = masks.controls;
        let mut left = masks.terminators;
        let behind = (left << 1) | sighted.carry;
        sighted.carry = left >> 63;
        sighted.controls |= masks.controls & !(left | behind);
        let distance = (index * size_of::<Block>()) as u16;
        let mut at = sighted.terminators;
        sighted.terminators = at.wrapping_add(left.count_ones() as usize);
        while let Some(ends) = self.ends.get_mut(at..) {
            let Some(ends) = ends.first_chunk_mut::<AT_ONCE>() else {
                break;
            };
            for end in ends {
                *end = distance.wrapping_add(left.trailing_zeros() as u16);
                left &= left.wrapping_sub(1);
            }
            if left == 0 {
                break;
            }
            at = at.wrapping_add(AT_ONCE);
        }
    }

    /// Offset in the buffer of the first byte looked at.
    #[inline(always)]
    pub const fn base(&self) -> usize {
        self.base
    }

    /// The terminators, by their distance from [`Self::base`]; without the first `used` ones.
    #[inline(always)]
    pub fn ends(&self, used: usize) -> &[u16] {
        self.ends.get(used..self.count).unwrap_or_default()
    }

    /// Offset in the buffer that no byte looked at is at or behind.
    pub const fn behind(&self) -> usize {
        self.base.saturating_add(BYTES)
    }

    /// Where element separators stand among the 64 bytes at this distance from [`Self::base`]: a bit for each. The distance is
    /// that of a byte looked at, and no bit is set for one that was not.
    #[inline(always)]
    pub fn separators(&self, distance: usize) -> u64 {
        window(&self.separators, distance)
    }

    /// True when there are control characters among the bytes looked at. Terminators, and bytes directly behind them (padding, or
    /// what no segment begins with), may or may not count as such.
    pub const fn has_controls(&self) -> bool {
        self.has_controls
    }

    /// True when there are some in these bytes at this distance from [`Self::base`], all of which were looked at.
    #[inline(always)]
    pub fn has_controls_in(&self, distance: usize, length: usize) -> bool {
        self.has_controls && self.are_controls_in(distance, length)
    }

    #[inline]
    fn are_controls_in(&self, from: usize, length: usize) -> bool {
        let first = window(&self.controls, from) & low_bits(length) != 0;
        first
            || (length > 64
                && (64..length).step_by(64).any(|block| {
                    let controls = window(&self.controls, from.wrapping_add(block));
                    controls & low_bits(length - block) != 0
                }))
    }
}

/// What was seen so far.
struct Sighted {
    terminators: usize,
    /// 1 when the last byte was a terminator, or in front of a segment.
    carry: u64,
    /// Control characters that are neither a terminator nor directly behind one.
    controls: u64,
}

impl Default for Sighted {
    fn default() -> Self {
        Self {
            terminators: 0,
            carry: 1,
            controls: 0,
        }
    }
}

/// 64 bits from this one on.
#[inline(always)]
fn window(words: &[u64; BLOCKS + 1], bit: usize) -> u64 {
    let (word, shift) = (bit / 64 % BLOCKS, bit % 64);
    (words[word] >> shift) | (words[word + 1] << 1 << (63 - shift))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Looks twice, so that what is left of the first look is seen if it matters, and compares with plain loops.
    fn check(bytes: &[u8], bases: [usize; 2], terminator: u8) {
        let delimiters = Delimiters {
            terminator,
            ..Delimiters::default()
        };
        let (mut located, mut twin) = (Located::new(), Located::new());
        for base in bases {
            located.look(bytes, base, delimiters);
            twin.look_plainly(bytes, base, delimiters);
            let seen = &bytes[base.min(bytes.len())..bytes.len().min(base + BYTES)];
            for located in [&located, &twin] {
                let ends: Vec<usize> = located.ends(0).iter().copied().map(usize::from).collect();
                let all = seen.iter().enumerate();
                let expected: Vec<usize> = all
                    .filter(|(_, byte)| **byte == terminator)
                    .map(|(at, _)| at)
                    .collect();
                assert_eq!(ends, expected);
                assert_eq!(located.base(), base);
                let is_behind = |at: usize| at == 0 || seen[at - 1] == terminator;
                let is_control = |at: usize| seen[at] <= 0x0D;
                let has_controls = (0..seen.len())
                    .any(|at| is_control(at) && seen[at] != terminator && !is_behind(at));
                assert_eq!(located.has_controls, has_controls);
                for at in 0..seen.len() {
                    let shown = (at..seen.len().min(at + 64)).filter(|at| seen[*at] == b'*');
                    let expected = shown.fold(0, |mask, other| mask | 1 << (other - at));
                    assert_eq!(located.separators(at), expected, "{base} {at}");
                    for length in [1, 5, 63, 64, 65, 130] {
                        let length = length.min(seen.len() - at);
                        let expected = (at..at + length).any(is_control);
                        assert_eq!(located.are_controls_in(at, length), expected);
                        let expected = has_controls && expected;
                        assert_eq!(located.has_controls_in(at, length), expected);
                    }
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn delimiters_are_where_plain_loops_find_them(
            bytes in proptest::collection::vec(prop_oneof![
                2 => Just(b'*'), 1 => Just(b'~'), 8 => b' '..=b'z', 1 => Just(b'\n'), 1 => 0_u8..32,
            ], 0..BYTES + 300),
            calm: bool,
            terminator in prop_oneof![Just(b'~'), Just(b'\n'), Just(0)],
            bases in proptest::array::uniform2(prop_oneof![0_usize..100, 0_usize..BYTES + 400]),
        ) {
            let calmed = |byte: &u8| if calm && *byte < b' ' { b'A' } else { *byte };
            let bytes: Box<[u8]> = bytes.iter().map(calmed).collect();
            check(&bytes, bases, terminator);
        }
    }

    #[test]
    fn nothing_behind_an_allocation_is_read() {
        let lengths = if cfg!(miri) { 60..70 } else { 0..400 };
        for length in lengths {
            let text = b"LX*1~SV1*HC:97110*80~\r\n".iter().cycle();
            let bytes: Box<[u8]> = text.take(length).copied().collect();
            check(&bytes, [length / 3, 0], b'~');
        }
    }

    #[test]
    fn every_byte_may_be_a_terminator() {
        if !cfg!(miri) {
            check(&[b'~'; BYTES + 7], [0, 9], b'~');
        }
    }
}
