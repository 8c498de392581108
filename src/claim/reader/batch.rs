//! Finds the segments that are read, many in one go: the loop that looks at every byte stays free of what reading
//! a segment takes.

use crate::x12::{ISA_LENGTH, RawSegment, SegmentScanner};

use super::MOST_PADDING;
use super::ids::SegmentKind;

/// Segments that are found in one go.
const MOST_FOUND: usize = 64;

/// Shorter segments may have no elements, only an identifier.
const SHORTEST: usize = 4;

/// Where a segment stands in the buffer, without its terminator.
#[derive(Clone, Copy)]
pub struct Span {
    /// Offset of its first byte.
    pub at: usize,
    /// Bytes.
    pub length: usize,
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
    at: usize,
    length: u8,
    pub kind: SegmentKind,
    /// Counts the segments of the batch from 1, those that nothing needs among them.
    pub ordinal: u16,
}

impl Found {
    #[inline(always)]
    pub fn span(self) -> Span {
        Span {
            at: self.at,
            length: usize::from(self.length),
        }
    }
}

/// Why no more segments are in a batch.
pub enum Next<'a> {
    /// It is full.
    Plain,
    /// The next segment needs a closer look; `before` is where the one before it ended.
    Odd {
        before: usize,
        segment: RawSegment<'a>,
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
            at: 0,
            length: 0,
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

    /// Fills the batch anew with plain segments: of a known kind that is no envelope's, terminated, neither long
    /// nor very short, and without much padding before them. A boundary at or behind `limit` is not plain.
    #[inline(never)]
    pub fn fill<'a>(
        &mut self,
        scanner: &mut SegmentScanner<'a>,
        separator: u8,
        limit: usize,
    ) -> Next<'a> {
        // A copy stays in registers.
        let mut scan = scanner.clone();
        let mut segments: u16 = 0;
        let mut count = 0;
        let next = loop {
            if count == MOST_FOUND || segments == u16::MAX {
                break Next::Plain;
            }
            let before = scan.position();
            let Some(segment) = scan.next() else {
                break Next::End;
            };
            let (at, length) = (segment.offset, segment.bytes.len());
            let kind = SegmentKind::of(segment.bytes, separator);
            let is_plain = segment.terminated
                && !kind.needs_care()
                && length.wrapping_sub(SHORTEST) <= ISA_LENGTH - SHORTEST
                && at.wrapping_sub(before) <= MOST_PADDING
                && !scan.is_suspicious()
                && (at < limit || !kind.is_boundary());
            if !is_plain {
                break Next::Odd { before, segment };
            }
            segments = segments.wrapping_add(1);
            if kind != SegmentKind::Ignored {
                self.found[count & (MOST_FOUND - 1)] = Found {
                    at,
                    // No more than an ISA has.
                    length: length as u8,
                    kind,
                    ordinal: segments,
                };
                count = count.wrapping_add(1);
            }
        };
        self.count = count;
        self.segments = segments;
        *scanner = scan;
        next
    }
}
