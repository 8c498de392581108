//! Masks by SIMD instructions that every processor of the architecture has.
#![allow(unsafe_code, reason = "unaligned SIMD loads need a raw pointer")]
#![allow(clippy::cast_ptr_alignment, reason = "the loads are unaligned ones")]

use super::Block;

/// Bit *i* is set when byte *i* of the block equals `byte`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn byte_mask(block: &Block, byte: u8) -> u64 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8,
    };
    // SAFETY: SSE2 is part of the x86_64 baseline, so the instructions exist. `block` is a
    // reference to 64 readable bytes; the four unaligned loads read bytes 0..64 of it.
    unsafe {
        let wanted = _mm_set1_epi8(byte.cast_signed());
        let quarter = |index: usize| {
            let chunk = _mm_loadu_si128(block.as_ptr().add(16 * index).cast::<__m128i>());
            u64::from(_mm_movemask_epi8(_mm_cmpeq_epi8(chunk, wanted)).cast_unsigned())
        };
        quarter(0) | (quarter(1) << 16) | (quarter(2) << 32) | (quarter(3) << 48)
    }
}

/// Bit *i* is set when byte *i* of the block is 0x0D (CR) or less.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn low_control_mask(block: &Block) -> u64 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_set1_epi8,
    };
    // SAFETY: as for `byte_mask`.
    unsafe {
        let highest = _mm_set1_epi8(0x0D);
        let quarter = |index: usize| {
            let chunk = _mm_loadu_si128(block.as_ptr().add(16 * index).cast::<__m128i>());
            let low = _mm_cmpeq_epi8(_mm_min_epu8(chunk, highest), chunk);
            u64::from(_mm_movemask_epi8(low).cast_unsigned())
        };
        quarter(0) | (quarter(1) << 16) | (quarter(2) << 32) | (quarter(3) << 48)
    }
}

/// Bit *i* is set when byte *i* of the block equals `byte`.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub fn byte_mask(block: &Block, byte: u8) -> u64 {
    use std::arch::aarch64::{
        uint8x16_t, vaddv_u8, vandq_u8, vceqq_u8, vdupq_n_u8, vget_high_u8, vget_low_u8, vld1q_u8,
    };
    const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    // SAFETY: NEON is part of the aarch64 baseline, so the instructions exist. `block` is a
    // reference to 64 readable bytes; the four loads read bytes 0..64 of it, and the load of
    // `BITS` reads its 16 bytes.
    unsafe {
        let wanted = vdupq_n_u8(byte);
        let bits: uint8x16_t = vld1q_u8(BITS.as_ptr());
        let quarter = |index: usize| {
            let chunk = vld1q_u8(block.as_ptr().add(16 * index));
            let hits = vandq_u8(vceqq_u8(chunk, wanted), bits);
            u64::from(vaddv_u8(vget_low_u8(hits))) | (u64::from(vaddv_u8(vget_high_u8(hits))) << 8)
        };
        quarter(0) | (quarter(1) << 16) | (quarter(2) << 32) | (quarter(3) << 48)
    }
}

/// Bit *i* is set when byte *i* of the block is 0x0D (CR) or less.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub fn low_control_mask(block: &Block) -> u64 {
    use std::arch::aarch64::{
        uint8x16_t, vaddv_u8, vandq_u8, vcleq_u8, vdupq_n_u8, vget_high_u8, vget_low_u8, vld1q_u8,
    };
    const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    // SAFETY: as for `byte_mask`.
    unsafe {
        let highest = vdupq_n_u8(0x0D);
        let bits: uint8x16_t = vld1q_u8(BITS.as_ptr());
        let quarter = |index: usize| {
            let chunk = vld1q_u8(block.as_ptr().add(16 * index));
            let hits = vandq_u8(vcleq_u8(chunk, highest), bits);
            u64::from(vaddv_u8(vget_low_u8(hits))) | (u64::from(vaddv_u8(vget_high_u8(hits))) << 8)
        };
        quarter(0) | (quarter(1) << 16) | (quarter(2) << 32) | (quarter(3) << 48)
    }
}
