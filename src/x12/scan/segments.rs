//! From bytes to segments.

use super::{byte_mask, low_bits, low_control_mask, with_block};

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
    /// The last byte of the block before was a terminator or a low control character.
    after_padding: bool,
    suspicious: bool,
}

impl<'a> SegmentScanner<'a> {
    /// Starts at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8], terminator: u8) -> Self {
        Self::at(bytes, 0, terminator, false)
    }

    /// Goes on at `position` with another terminator, as a new interchange demands.
    #[inline(always)]
    pub fn restart(&mut self, position: usize, terminator: u8) {
        // By value, so that the scanner stays in registers while it scans.
        *self = Self::at(self.bytes, position, terminator, self.suspicious);
    }

    #[cold]
    #[inline(never)]
    fn at(bytes: &'a [u8], position: usize, terminator: u8, suspicious: bool) -> Self {
        let mut scanner = Self {
            bytes,
            terminator,
            position,
            block: position,
            mask: 0,
            after_padding: true,
            suspicious,
        };
        scanner.mask = scanner.load(position);
        scanner
    }

    /// True when line breaks may stand inside of segments: a low control character was seen
    /// that follows neither a terminator nor another one. It stays true.
    #[inline(always)]
    pub const fn is_suspicious(&self) -> bool {
        self.suspicious
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
    fn load(&mut self, block: usize) -> u64 {
        let terminator = self.terminator;
        let (terminators, low) = with_block(self.bytes, block, |bytes, real| {
            let real = low_bits(real);
            (
                byte_mask(bytes, terminator) & real,
                low_control_mask(bytes) & real,
            )
        });
        let padding = terminators | low;
        let expected = (padding << 1) | u64::from(self.after_padding);
        self.suspicious |= low & !expected & !terminators != 0;
        self.after_padding = padding >> 63 != 0;
        terminators
    }

    /// Where the next segment begins.
    #[inline(always)]
    fn skip_padding(&self) -> usize {
        let start = self.position;
        // Nearly always there is nothing, or one line feed.
        match self.bytes.get(start..).and_then(<[u8]>::first_chunk::<2>) {
            Some([first, _]) if *first > b' ' => start,
            Some([b'\n', second]) if *second > b' ' => start.wrapping_add(1),
            _ => self.skip_much(start),
        }
    }

    #[cold]
    fn skip_much(&self, mut start: usize) -> usize {
        while let Some(byte) = self.bytes.get(start)
            && is_padding(*byte)
            && (*byte != self.terminator || *byte == b'\n')
        {
            start += 1;
        }
        start
    }
}

impl<'a> Iterator for SegmentScanner<'a> {
    type Item = RawSegment<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<RawSegment<'a>> {
        let start = self.skip_padding();
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

    proptest! {
        #[test]
        fn line_breaks_inside_of_segments_are_suspected(
            bytes in proptest::collection::vec(prop_oneof![Just(b'~'), Just(b'\n'), Just(b'\r'), Just(b'A')], 0..300),
        ) {
            let mut scanner = SegmentScanner::new(&bytes, b'~');
            while let Some(segment) = scanner.next() {
                let broken = segment.bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
                prop_assert!(!broken || scanner.is_suspicious());
            }
        }
    }

    #[test]
    fn restarts_with_another_terminator() {
        let mut scanner = SegmentScanner::new(b"ISA*1~IEA*1~ISA|2'GS|3'", b'~');
        assert_eq!(scanner.by_ref().take(2).count(), 2);
        scanner.restart(scanner.position(), b'\'');
        let rest: Vec<_> = scanner.map(|segment| segment.bytes).collect();
        assert_eq!(rest, [b"ISA|2", b"GS|3\0".strip_suffix(b"\0").unwrap()]);
    }
}
