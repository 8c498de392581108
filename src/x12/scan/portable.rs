//! The safe twin of the SIMD masks.

use super::Block;

/// Bit *i* is set when byte *i* of the block equals `byte`.
#[inline]
pub fn byte_mask(block: &Block, byte: u8) -> u64 {
    block.iter().rev().fold(0, |mask, candidate| {
        (mask << 1) | u64::from(*candidate == byte)
    })
}

/// Bit *i* is set when byte *i* of the block is 0x0D (CR) or less.
#[inline]
pub fn low_control_mask(block: &Block) -> u64 {
    block.iter().rev().fold(0, |mask, candidate| {
        (mask << 1) | u64::from(*candidate <= 0x0D)
    })
}
