//! Finds the segments that are read, many in one go: the loop that looks at every byte stays free of what reading
//! a segment takes.

use crate::x12::scan::{byte_mask, low_bits, low_control_mask, segment_start};
use crate::x12::{ISA_LENGTH, RawSegment, SegmentScanner};

use super::MOST_PADDING;
use super::ids::SegmentKind;

/// Segments that are found in one go.
const MOST_FOUND: usize = 64;

/// Shorter segments may have no elements, only an identifier.
const SHORTEST: usize = 4;

/// A longer one has room for an ISA behind its first byte, up to the component separator, which may be the terminator
/// of the interchange before: it may have been broken off.
pub const LONGEST_PLAIN: usize = ISA_LENGTH - 2;

/// Where a segment stands in the buffer, without its terminator.
#[derive(Clone, Copy)]
pub struct Span {
    /// Offset of its first byte.
    pub at: usize,
    /// Bytes.
    pub length: usize,
    /// Element separators among the 64 bytes from `at` on; what stands behind the segment may be among them.
    pub separators: u64,
}

impl Span {
    /// Its bytes in the buffer.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.at..self.at + self.length]
    }
}

/// A plain segment.
#[derive(Clone, Copy)]
pub struct Found {
    pub span: Span,
    pub kind: SegmentKind,
    /// Counts the segments of the batch from 1, those that nothing needs among them.
    pub ordinal: u16,
}

/// Why no more segments are in a batch.
pub enum Next<'a> {
    /// It is full.
    Plain,
    /// The next segment needs a closer look. It stands between `before`, where the one before it ended, and
    /// `behind`, with padding and terminator.
    Odd {
        before: usize,
        segment: RawSegment<'a>,
        behind: usize,
    },
    /// The buffer ends.
    End,
}

/// Plain segments that follow each other.
pub struct Batch {
    found: [Found; MOST_FOUND],
    count: usize,
    /// All segments of the batch, those that nothing needs among them.
    pub segments: u16,
}

impl Batch {
    pub const fn new() -> Self {
        const NOTHING: Found = Found {
            span: Span {
                at: 0,
                length: 0,
                separators: 0,
            },
            kind: SegmentKind::Empty,
            ordinal: 0,
        };
        Self {
            found: [NOTHING; MOST_FOUND],
            count: 0,
            segments: 0,
        }
    }

    /// The segments that something needs.
    pub fn found(&self) -> &[Found] {
        &self.found[..self.count]
    }

    /// Fills the batch anew with the plain segments from `position` on, which is moved behind them: of a known
    /// kind that is no envelope's, terminated, neither long nor very short, without control characters, and
    /// without much padding before them. A boundary at or behind `limit` is not plain.
    #[inline(never)]
    pub fn fill<'a>(
        &mut self,
        bytes: &'a [u8],
        position: &mut usize,
        (terminator, separator): (u8, u8),
        limit: usize,
    ) -> Next<'a> {
        // Copies stay in registers.
        let mut before = *position;
        let mut segments = 0;
        let mut count = 0;
        let next = loop {
            if segments == MOST_FOUND {
                break Next::Plain;
            }
            let at = segment_start(bytes, before, terminator);
            // One block from the segment's first byte on tells all of a segment that fits into it, without a
            // branch on where it lies.
            let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<64>) else {
                break odd(bytes, before, terminator);
            };
            let separators = byte_mask(block, separator);
            let terminators = byte_mask(block, terminator);
            let mut length = terminators.trailing_zeros() as usize;
            if terminators == 0 {
                match long(bytes, at, terminator) {
                    Some(longer) => length = longer,
                    None => break odd(bytes, before, terminator),
                }
            }
            let behind = at.wrapping_add(length).wrapping_add(1);
            if terminator == b'\n' && length > 0 && bytes[at + length - 1] == b'\r' {
                length -= 1;
            }
            let first = [block[0], block[1], block[2], block[3]];
            let kind = SegmentKind::of_located(first, separators);
            let is_plain = length.wrapping_sub(SHORTEST) <= LONGEST_PLAIN - SHORTEST
                && !kind.needs_care()
                && low_control_mask(block) & low_bits(length) == 0
                && at.wrapping_sub(before) <= MOST_PADDING
                && (at < limit || !kind.is_boundary());
            if !is_plain {
                break odd(bytes, before, terminator);
            }
            segments += 1;
            if kind != SegmentKind::Ignored {
                self.found[count & (MOST_FOUND - 1)] = Found {
                    span: Span {
                        at,
                        length,
                        separators,
                    },
                    kind,
                    ordinal: segments as u16,
                };
                count += 1;
            }
            before = behind;
        };
        self.count = count;
        self.segments = segments as u16;
        *position = before;
        next
    }
}

/// The length of a segment that does not fit into a block; `None` when it is longer than a plain one, or has
/// control characters behind its first block.
#[cold]
#[inline(never)]
fn long(bytes: &[u8], at: usize, terminator: u8) -> Option<usize> {
    let rest = bytes.get(at + 64..)?;
    let rest = &rest[..rest.len().min(LONGEST_PLAIN + 1 - 64)];
    let length = memchr::memchr(terminator, rest)?;
    let is_plain = rest[..length].iter().all(|byte| *byte > 0x0D);
    is_plain.then_some(64 + length)
}

/// The next segment, whatever it is.
#[cold]
#[inline(never)]
pub fn odd(bytes: &[u8], before: usize, terminator: u8) -> Next<'_> {
    let mut scanner = SegmentScanner::of_interchanges(bytes, before, terminator);
    match scanner.next() {
        Some(segment) => Next::Odd {
            before,
            segment,
            behind: scanner.position(),
        },
        None => Next::End,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Offset and bytes of every segment, as batches and single segments tell them; checks what batches say of
    /// their own.
    fn read(bytes: &[u8], splitting: (u8, u8), limit: usize) -> Vec<(usize, Vec<u8>)> {
        let mut batch = Batch::new();
        let mut told = Vec::new();
        let mut position = 0;
        loop {
            let from = position;
            let next = batch.fill(bytes, &mut position, splitting, limit);
            let plain: Vec<_> = SegmentScanner::of_interchanges(bytes, from, splitting.0)
                .take(usize::from(batch.segments))
                .collect();
            assert_eq!(plain.len(), usize::from(batch.segments));
            let mut found = batch.found().iter();
            for (segment, ordinal) in plain.iter().zip(1..) {
                assert!(segment.terminated);
                assert!((SHORTEST..=LONGEST_PLAIN).contains(&segment.bytes.len()));
                assert!(
                    segment
                        .bytes
                        .iter()
                        .all(|byte| *byte > 0x0D || *byte == splitting.1)
                );
                let kind = SegmentKind::of(segment.bytes, splitting.1);
                assert!(!kind.needs_care());
                assert!(segment.offset < limit || !kind.is_boundary());
                if kind != SegmentKind::Ignored {
                    let found = found.next().unwrap();
                    assert_eq!((found.kind, found.ordinal), (kind, ordinal));
                    assert_eq!(found.span.of(bytes), segment.bytes);
                    let shown = segment.bytes.len().min(64);
                    let separators = (0..shown).filter(|at| segment.bytes[*at] == splitting.1);
                    let mask = separators.fold(0, |mask, at| mask | 1 << at);
                    assert_eq!(found.span.separators & low_bits(shown), mask);
                }
            }
            assert!(found.next().is_none());
            told.extend(
                plain
                    .iter()
                    .map(|plain| (plain.offset, plain.bytes.to_vec())),
            );
            match next {
                Next::Plain => assert!(position > from),
                Next::Odd {
                    before,
                    segment,
                    behind,
                } => {
                    assert_eq!(before, position);
                    told.push((segment.offset, segment.bytes.to_vec()));
                    position = behind;
                }
                Next::End => return told,
            }
        }
    }

    const IDS: [&str; 12] = [
        "LX", "SV1", "REF", "DTP", "CLM", "HL", "N3", "NTE", "ST", "SE", "ZZZ", "lx",
    ];

    proptest! {
        #[test]
        fn batches_and_single_segments_are_all_segments(
            segments in proptest::collection::vec(
                (0..IDS.len(), prop_oneof![0_usize..40, 54_usize..68, 98_usize..112], any::<u8>(), 0_u8..12),
                0..150,
            ),
            terminator in prop_oneof![Just(b'~'), Just(b'\n'), Just(b'\r'), Just(0), Just(b' '), Just(0xFE)],
            limit in 0_usize..4_000,
            cut in 0_usize..70,
        ) {
            let mut bytes = Vec::new();
            for (id, length, filler, padding) in segments {
                bytes.extend(IDS[id].bytes());
                bytes.push(b'*');
                // Any byte now and then.
                let filler = if filler < 40 { filler } else { b'A' };
                bytes.extend(std::iter::repeat_n(if filler == b'*' { b'B' } else { filler }, length));
                bytes.extend(b"*1");
                if padding == 1 {
                    bytes.push(b'\r');
                }
                bytes.push(terminator);
                bytes.extend(std::iter::repeat_n(b'\n', if padding > 9 { 20 } else { usize::from(padding % 2) }));
            }
            bytes.truncate(bytes.len().saturating_sub(cut));
            let expected: Vec<_> = SegmentScanner::new(&bytes, terminator)
                .map(|segment| (segment.offset, segment.bytes.to_vec()))
                .collect();
            prop_assert_eq!(read(&bytes, (terminator, b'*'), limit), expected);
        }
    }
}
