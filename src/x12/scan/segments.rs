//! From bytes to segments.

use super::{byte_mask, low_bits, with_block};

/// A segment as it stands between two terminators, padding in front of it skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawSegment<'a> {
    /// The segment without its terminator; empty when nothing stands between two terminators.
    pub bytes: &'a [u8],
    /// 0-based offset of its first byte.
    pub offset: usize,
    /// False for the last segment of a file that ends without a terminator.
    pub terminated: bool,
}

/// Bytes that may stand between segments without meaning anything: CR, LF, blank, tab, NUL.
#[inline(always)]
pub const fn is_padding(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | 0)
}

/// Iterates over the segments of a buffer.
///
/// Padding in front of a segment is skipped. When the terminator is LF, a CR before it is
/// dropped, and blank lines yield nothing.
#[derive(Clone, Debug)]
pub struct SegmentScanner<'a> {
    bytes: &'a [u8],
    terminator: u8,
    /// Where the next segment begins, padding included.
    position: usize,
    /// Start of the block that `mask` describes.
    block: usize,
    /// Terminators of the block that have not been used up.
    mask: u64,
}

impl<'a> SegmentScanner<'a> {
    /// Starts at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8], terminator: u8) -> Self {
        Self::at(bytes, 0, terminator)
    }

    /// Starts at `position`, which is at or behind the end of a segment.
    pub fn at(bytes: &'a [u8], position: usize, terminator: u8) -> Self {
        let mut scanner = Self {
            bytes,
            terminator,
            position,
            block: position,
            mask: 0,
        };
        scanner.mask = scanner.load(position);
        scanner
    }

    /// 0-based offset at which the next segment begins, padding included.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The whole buffer.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    #[inline(always)]
    fn load(&self, block: usize) -> u64 {
        with_block(self.bytes, block, |bytes, real| {
            byte_mask(bytes, self.terminator) & low_bits(real)
        })
    }
}

/// Where the next segment begins: `from` without padding.
#[inline(always)]
pub fn segment_start(bytes: &[u8], from: usize, terminator: u8) -> usize {
    // Nearly always there is nothing, or one line feed.
    match bytes.get(from..).and_then(<[u8]>::first_chunk::<2>) {
        Some([first, _]) if *first > b' ' => from,
        Some([b'\n', second]) if *second > b' ' => from.wrapping_add(1),
        _ => skip_padding(bytes, from, terminator),
    }
}

#[cold]
fn skip_padding(bytes: &[u8], mut from: usize, terminator: u8) -> usize {
    while let Some(byte) = bytes.get(from)
        && is_padding(*byte)
        && (*byte != terminator || *byte == b'\n')
    {
        from += 1;
    }
    from
}

impl<'a> Iterator for SegmentScanner<'a> {
    type Item = RawSegment<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<RawSegment<'a>> {
        let start = segment_start(self.bytes, self.position, self.terminator);
        loop {
            while self.mask != 0 {
                let end = self.block.wrapping_add(self.mask.trailing_zeros() as usize);
                self.mask &= self.mask.wrapping_sub(1);
                // Terminators inside the padding (LF as terminator, blank lines) end nothing.
                if end >= start {
                    self.position = end.wrapping_add(1);
                    let mut bytes = &self.bytes[start..end];
                    if self.terminator == b'\n'
                        && let Some(trimmed) = bytes.strip_suffix(b"\r")
                    {
                        bytes = trimmed;
                    }
                    return Some(RawSegment {
                        bytes,
                        offset: start,
                        terminated: true,
                    });
                }
            }
            self.block += 64;
            if self.block >= self.bytes.len() {
                break;
            }
            self.mask = self.load(self.block);
        }
        self.position = self.bytes.len();
        self.block = self.bytes.len();
        let bytes = self.bytes.get(start..).unwrap_or_default();
        (!bytes.is_empty()).then_some(RawSegment {
            bytes,
            offset: start,
            terminated: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the scanner must do, said as plainly as possible.
    fn naive(bytes: &[u8], terminator: u8) -> Vec<(usize, Vec<u8>, bool)> {
        let mut found = Vec::new();
        let mut start = 0;
        loop {
            while start < bytes.len()
                && is_padding(bytes[start])
                && (bytes[start] != terminator || bytes[start] == b'\n')
            {
                start += 1;
            }
            let Some(length) = bytes[start..].iter().position(|byte| *byte == terminator) else {
                break;
            };
            let mut segment = &bytes[start..start + length];
            if terminator == b'\n' {
                segment = segment.strip_suffix(b"\r").unwrap_or(segment);
            }
            found.push((start, segment.to_vec(), true));
            start += length + 1;
        }
        if start < bytes.len() {
            found.push((start, bytes[start..].to_vec(), false));
        }
        found
    }

    proptest! {
        #[test]
        fn finds_what_a_naive_splitter_finds(
            bytes in proptest::collection::vec(prop_oneof![Just(b'~'), Just(b'\n'), Just(b'\r'), Just(b'*'), any::<u8>()], 0..400),
            terminator in prop_oneof![Just(b'~'), Just(b'\n'), Just(b'\r'), any::<u8>()],
        ) {
            let scanned: Vec<_> = SegmentScanner::new(&bytes, terminator)
                .map(|segment| (segment.offset, segment.bytes.to_vec(), segment.terminated))
                .collect();
            prop_assert_eq!(scanned, naive(&bytes, terminator));
        }
    }

    #[test]
    fn goes_on_with_another_terminator() {
        let bytes = b"ISA*1~IEA*1~ISA|2'GS|3'";
        let mut scanner = SegmentScanner::new(bytes, b'~');
        assert_eq!(scanner.by_ref().take(2).count(), 2);
        let rest = SegmentScanner::at(bytes, scanner.position(), b'\'');
        let rest: Vec<_> = rest.map(|segment| segment.bytes).collect();
        assert_eq!(rest, [&b"ISA|2"[..], b"GS|3"]);
    }
}
