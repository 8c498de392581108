//! Masks by 32 bytes at a time, on processors that can: nearly all since 2013, but not the whole architecture.
#![allow(
    unsafe_code,
    reason = "unaligned SIMD loads need a raw pointer, and code for some processors only a promise"
)]
#![allow(clippy::cast_ptr_alignment, reason = "the loads are unaligned ones")]

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8,
    _mm256_set1_epi8,
};

use crate::x12::Delimiters;

use super::located::{Located, Masks};

/// [`Located::look`]. False when the processor cannot: then nothing was done.
#[inline]
pub fn look(located: &mut Located, bytes: &[u8], base: usize, delimiters: Delimiters) -> bool {
    let can = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("popcnt");
    if can {
        // SAFETY: the processor has what the function is compiled for.
        unsafe { look_wide(located, bytes, base, delimiters) };
    }
    can
}

#[target_feature(enable = "avx2,bmi1,popcnt")]
fn look_wide(located: &mut Located, bytes: &[u8], base: usize, delimiters: Delimiters) {
    let all = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
    let terminator = all(delimiters.terminator);
    let separator = all(delimiters.element);
    let highest = all(0x0D);
    located.look_by(bytes, base, |block| {
        // SAFETY: `block` is a reference to 64 readable bytes, of which the unaligned loads read 0..32 and 32..64.
        let halves = unsafe {
            let first = block.as_ptr().cast::<__m256i>();
            [_mm256_loadu_si256(first), _mm256_loadu_si256(first.add(1))]
        };
        let equal = |byte| mask(halves.map(|half| _mm256_cmpeq_epi8(half, byte)));
        let low = halves.map(|half| _mm256_cmpeq_epi8(_mm256_min_epu8(half, highest), half));
        Masks {
            terminators: equal(terminator),
            separators: equal(separator),
            controls: mask(low),
        }
    });
}

#[target_feature(enable = "avx2")]
#[inline]
fn mask(halves: [__m256i; 2]) -> u64 {
    let [low, high] = halves.map(|half| u64::from(_mm256_movemask_epi8(half).cast_unsigned()));
    low | (high << 32)
}
