//! The scanner finds what plain loops find, in any bytes, at any alignment, for any terminator.
#![no_main]

use kx837::x12::scan::{
    Block, byte_mask, byte_mask_portable, is_padding, low_control_mask, low_control_mask_portable,
};
use kx837::x12::{Elements, MOST_ELEMENTS, SegmentScanner, trimmed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u8, u8, &[u8])| {
    let (terminator, separator, skip, bytes) = input;
    let bytes = bytes.get(usize::from(skip % 64)..).unwrap_or_default();
    for block in bytes.windows(64).step_by(7) {
        let block: &Block = block.try_into().expect("64 bytes");
        for byte in [terminator, separator, block[0], block[63]] {
            assert_eq!(byte_mask(block, byte), byte_mask_portable(block, byte));
        }
        assert_eq!(low_control_mask(block), low_control_mask_portable(block));
    }
    let found: Vec<_> = SegmentScanner::new(bytes, terminator)
        .map(|segment| (segment.offset, segment.bytes, segment.terminated))
        .collect();
    assert_eq!(found, segments(bytes, terminator));
    for (offset, segment, _) in found {
        let (mut elements, fits) = Elements::of(&bytes[offset..], segment.len(), separator, b':');
        let mut all = segment.split(|byte| *byte == separator).skip(1);
        for number in 0..MOST_ELEMENTS {
            let expected = all.next().map_or(&b""[..], trimmed);
            let (element, rest) = elements.split_first();
            assert_eq!(element, expected, "element {number}");
            elements = rest;
        }
        assert_eq!(fits, all.next().is_none());
    }
});

/// Offset, bytes and whether it is terminated, of every segment.
fn segments(bytes: &[u8], terminator: u8) -> Vec<(usize, &[u8], bool)> {
    let mut found = Vec::new();
    let mut start = 0;
    loop {
        let is_skipped = |byte: u8| is_padding(byte) && (byte != terminator || byte == b'\n');
        while bytes.get(start).copied().is_some_and(is_skipped) {
            start += 1;
        }
        let rest = &bytes[start..];
        let Some(length) = rest.iter().position(|byte| *byte == terminator) else {
            if !rest.is_empty() {
                found.push((start, rest, false));
            }
            return found;
        };
        let mut segment = &rest[..length];
        if terminator == b'\n' {
            segment = segment.strip_suffix(b"\r").unwrap_or(segment);
        }
        found.push((start, segment, true));
        start += length + 1;
    }
}
