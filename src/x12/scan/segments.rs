//! From bytes to segments.

use crate::x12::{HEADER_REACH, InterchangeHeader};

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
    /// Where to look whether a segment that has no end so far holds an interchange; no further than the bytes go.
    lookout: usize,
}

/// How far a segment is scanned for its end before it is looked through for an interchange.
const LOOKOUT: usize = 4096;

impl<'a> SegmentScanner<'a> {
    /// Starts at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8], terminator: u8) -> Self {
        Self::at(bytes, 0, terminator)
    }

    /// Starts at `position`, which is at or behind the end of a segment.
    pub fn at(bytes: &'a [u8], position: usize, terminator: u8) -> Self {
        Self::start(bytes, position, terminator, false)
    }

    /// The same, for data of several interchanges, each with delimiters of its own. A segment that has no end where
    /// the next interchange has begun is told as not terminated, and the bytes behind it as the next one: whoever
    /// goes on at the interchange need not wait for a terminator that comes megabytes later, or never.
    pub fn of_interchanges(bytes: &'a [u8], position: usize, terminator: u8) -> Self {
        Self::start(bytes, position, terminator, true)
    }

    fn start(bytes: &'a [u8], position: usize, terminator: u8, heeds_interchanges: bool) -> Self {
        let lookout = if heeds_interchanges {
            bytes.len().min(position.saturating_add(LOOKOUT))
        } else {
            bytes.len()
        };
        let mut scanner = Self {
            lookout,
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
            if self.block >= self.lookout {
                self.lookout = look_out(self.bytes, start, self.block);
                if self.block >= self.lookout {
                    break;
                }
            }
            self.mask = self.load(self.block);
        }
        let end = self.block.min(self.bytes.len());
        self.position = end;
        self.block = end;
        self.mask = self.load(end);
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        (!bytes.is_empty()).then_some(RawSegment {
            bytes,
            offset: start,
            terminated: false,
        })
    }
}

/// How far to scan on for the end of the segment that begins at `start` and has none before `block`. No further when
/// an interchange begins in it, or the bytes end.
#[cold]
#[inline(never)]
fn look_out(bytes: &[u8], start: usize, block: usize) -> usize {
    let length = bytes.len();
    if block >= length {
        return block;
    }
    let Some(scanned) = block.checked_sub(start) else {
        return length.min(block + LOOKOUT);
    };
    // The longer the segment is, the further: so all that is looked through more than once is no more than the
    // segment has bytes.
    match InterchangeHeader::find_inside(&bytes[start..block], scanned) {
        // What follows an ISA tells what its last bytes mean.
        Some(at) if at + HEADER_REACH <= scanned => block,
        _ => length.min(block + scanned.max(LOOKOUT)),
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

    const ISA: &str = "ISA*00*          *00*          *ZZ*KXSENDER       *ZZ*KXPAYER        *261101*1200*^*00501*000000905*0*T*:";

    #[test]
    fn a_segment_without_an_end_goes_as_far_as_the_next_interchange() {
        let leads: &[usize] = if cfg!(miri) {
            &[100]
        } else {
            &[0, 100, LOOKOUT - 1, 3 * LOOKOUT, 50_000]
        };
        for &lead in leads {
            let behind = "B".repeat(4 * (lead + 3 * LOOKOUT));
            let bytes = format!("LX*1~NTE*{}{ISA}'{behind}", "A".repeat(lead));
            let mut scanner = SegmentScanner::of_interchanges(bytes.as_bytes(), 0, b'~');
            assert_eq!(scanner.next().unwrap().bytes, b"LX*1");
            let note = scanner.next().unwrap();
            assert!(!note.terminated);
            assert_eq!(
                InterchangeHeader::find_inside(note.bytes, note.bytes.len()),
                Some(4 + lead)
            );
            assert!(note.bytes.len() <= 2 * (lead + 2 * LOOKOUT), "{lead}");
            let rest = scanner.next().unwrap();
            assert_eq!(rest.offset, scanner.bytes().len() - rest.bytes.len());
            assert_eq!(rest.offset, note.offset + note.bytes.len());
            assert!(scanner.next().is_none());
            let whole = SegmentScanner::new(bytes.as_bytes(), b'~');
            assert_eq!(whole.count(), 2);
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too long")]
    fn what_interchanges_do_not_break_off_is_the_same_for_both_scanners() {
        let text = format!(
            "{ISA}~NTE*{}~\n{}~LX*1~{}",
            "ISA".repeat(9_000),
            "\n".repeat(20_000),
            "Z".repeat(9_000)
        );
        let one: Vec<_> = SegmentScanner::new(text.as_bytes(), b'~').collect();
        let other: Vec<_> = SegmentScanner::of_interchanges(text.as_bytes(), 0, b'~').collect();
        assert_eq!(one, other);
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
