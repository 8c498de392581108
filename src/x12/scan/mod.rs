//! Finding delimiters: 64 bytes at a time, as bit masks.
//!
//! [`byte_mask`] is the only primitive. It has a SIMD form (`simd`, SSE2 on x86-64 and NEON on
//! aarch64, both part of the architecture's baseline) and a portable twin (`portable`) that
//! serves other machines and proves the SIMD form right. [`Located`], which looks at every byte that is read, has one more
//! (`avx2`), which is chosen when the program runs.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod located;
mod parts;
mod portable;
mod segments;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod simd;

pub use located::Located;
pub use parts::Parts;
pub use segments::{RawSegment, SegmentScanner, is_padding, segment_start};

/// What is looked at in one step.
pub type Block = [u8; 64];

/// Bit *i* is set when byte *i* of the block equals `byte`.
#[inline(always)]
pub fn byte_mask(block: &Block, byte: u8) -> u64 {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    return simd::byte_mask(block, byte);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return portable::byte_mask(block, byte);
}

/// Bit *i* is set when byte *i* of the block is 0x0D (CR) or less: line breaks and NUL, as a rule.
#[inline(always)]
pub fn low_control_mask(block: &Block) -> u64 {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    return simd::low_control_mask(block);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return portable::low_control_mask(block);
}

/// The portable twin of [`low_control_mask`].
pub fn low_control_mask_portable(block: &Block) -> u64 {
    portable::low_control_mask(block)
}

/// The portable twin of [`byte_mask`], public so that tests and fuzz targets can compare.
pub fn byte_mask_portable(block: &Block, byte: u8) -> u64 {
    portable::byte_mask(block, byte)
}

/// [`byte_mask`] of the first 64 bytes; what is missing is no such byte.
#[inline(always)]
pub fn block_mask(bytes: &[u8], byte: u8) -> u64 {
    with_block(bytes, 0, |block, real| {
        byte_mask(block, byte) & low_bits(real)
    })
}

/// True when the byte is one of the first `length`. Most segments are so short that a call would cost more than the search.
///
/// # Panics
/// When there are more than 64 and not as many.
#[inline(always)]
pub fn holds(bytes: &[u8], length: usize, byte: u8) -> bool {
    if length <= 64 {
        block_mask(bytes, byte) & low_bits(length) != 0
    } else {
        memchr::memchr(byte, &bytes[..length]).is_some()
    }
}

/// Looks at the 64 bytes at `at`, of which `look` is told how many are real; the rest of a last,
/// short block is zero.
#[inline(always)]
fn with_block<T>(bytes: &[u8], at: usize, look: impl Fn(&Block, usize) -> T) -> T {
    if let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<64>) {
        return look(block, 64);
    }
    let (block, real) = short_block(bytes, at);
    look(&block, real)
}

#[cold]
#[inline(never)]
fn short_block(bytes: &[u8], at: usize) -> (Block, usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    let mut block = [0; 64];
    block[..rest.len()].copy_from_slice(rest);
    (block, rest.len())
}

/// The lowest `count` bits; all for 64 and more.
#[inline(always)]
pub const fn low_bits(count: usize) -> u64 {
    if count >= 64 {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn simd_and_portable_masks_agree(bytes in proptest::array::uniform32(any::<[u8; 2]>()), byte: u8) {
            let mut block = [0; 64];
            for (pair, target) in bytes.iter().zip(block.chunks_exact_mut(2)) {
                target.copy_from_slice(pair);
            }
            prop_assert_eq!(byte_mask(&block, byte), byte_mask_portable(&block, byte));
            prop_assert_eq!(low_control_mask(&block), low_control_mask_portable(&block));
            for wanted in [block[0], block[63]] {
                prop_assert_eq!(byte_mask(&block, wanted), byte_mask_portable(&block, wanted));
            }
        }
    }

    /// Bytes that begin at any alignment and end where an allocation ends: what is read beyond is found by Miri and by
    /// valgrind's memcheck, and is not what the plain loops say.
    fn at_the_end_of_an_allocation(check: impl Fn(&[u8])) {
        let lengths = if cfg!(miri) { 0..=70 } else { 0..=200 };
        for length in lengths {
            let lead = length * 7 % 64;
            let cycle = b"SV1*HC:97110:GP~\n*:".iter().cycle();
            let bytes: Box<[u8]> = cycle.skip(length).take(lead + length).copied().collect();
            check(&bytes[lead..]);
            for lead in [1, 2, 4, 8, 15, 16, 17, 31, 33, 63]
                .into_iter()
                .filter(|_| !cfg!(miri))
            {
                let cycle = b"LX*1~REF*6R*L:1~\r\n".iter().cycle();
                let bytes: Box<[u8]> = cycle.take(lead + length).copied().collect();
                check(&bytes[lead..]);
            }
        }
    }

    #[test]
    fn segments_end_where_the_bytes_end() {
        at_the_end_of_an_allocation(|bytes| {
            for scanner in [
                SegmentScanner::new(bytes, b'~'),
                SegmentScanner::of_interchanges(bytes, 0, b'~'),
            ] {
                let found: Vec<_> = scanner.map(|segment| segment.bytes).collect();
                let plain = bytes.split(|byte| *byte == b'~');
                let plain = plain.map(|part| {
                    let padding = part.iter().take_while(|byte| is_padding(**byte)).count();
                    &part[padding..]
                });
                let mut plain: Vec<&[u8]> = plain.collect();
                // Nothing behind the last terminator is no segment.
                if plain.last().is_some_and(|last| last.is_empty()) {
                    plain.pop();
                }
                assert_eq!(found, plain);
            }
        });
    }

    #[test]
    fn a_byte_is_held_before_the_length_only() {
        for length in [0, 1, 63, 64, 65, 130] {
            for at in 0..140 {
                let mut bytes = [b'A'; 140];
                bytes[at] = b'^';
                assert_eq!(holds(&bytes, length, b'^'), at < length, "{at} {length}");
            }
        }
    }

    #[test]
    fn parts_end_where_the_bytes_end() {
        at_the_end_of_an_allocation(|bytes| {
            let mut parts = Parts::of(bytes, bytes.len(), b'*');
            for plain in bytes.split(|byte| *byte == b'*') {
                assert_eq!(parts.whole().len(), bytes.len() - offset_of(bytes, plain));
                let (mut components, _) = parts.split_first_by(b':');
                for component in plain.split(|byte| *byte == b':') {
                    assert_eq!(components.split_first().0, component);
                    components = components.rest();
                }
                assert!(components.is_empty());
                assert_eq!(parts.split_first().0, plain);
                parts = parts.rest();
            }
            assert!(parts.is_empty());
        });
    }

    fn offset_of(bytes: &[u8], part: &[u8]) -> usize {
        part.as_ptr() as usize - bytes.as_ptr() as usize
    }

    #[test]
    fn masks_of_every_byte_value_at_every_alignment() {
        let leads = if cfg!(miri) { 3..4 } else { 0..64 };
        for lead in leads {
            let bytes: Box<[u8]> = (0..lead + 64)
                .map(|at| (at * 37 + lead * 11) as u8)
                .collect();
            let block: &Block = bytes[lead..].first_chunk().unwrap();
            for byte in 0..=u8::MAX {
                assert_eq!(byte_mask(block, byte), byte_mask_portable(block, byte));
            }
            assert_eq!(low_control_mask(block), low_control_mask_portable(block));
        }
    }
}
