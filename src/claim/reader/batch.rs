//! Finds the segments that are read, many in one go: the loop that looks at every byte stays free of what reading
//! a segment takes.

use crate::x12::scan::{Located, segment_start};
use crate::x12::{Delimiters, ISA_LENGTH, RawSegment, SegmentScanner};

use super::MOST_PADDING;
use super::ids::SegmentKind;

/// Segments that are found in one go.
const MOST_FOUND: usize = 256;

/// Shorter segments may have no elements, only an identifier.
const SHORTEST: usize = 4;

/// A longer one has room for an ISA behind its first byte, up to the component separator, which may be the terminator
/// of the interchange before: it may have been broken off.
pub const LONGEST_PLAIN: usize = ISA_LENGTH - 2;

/// Where a segment stands in the buffer, without its terminator.
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
    pub fn of<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.at..self.at + self.length]
    }
}

/// A plain segment.
pub struct Found {
    pub span: Span,
    pub kind: SegmentKind,
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
    located: Located,
    /// The delimiters that were looked for.
    delimiters: Option<Delimiters>,
    /// Terminators behind which was read on.
    used: usize,
    found: [Found; MOST_FOUND],
    count: usize,
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
        };
        Self {
            located: Located::new(),
            delimiters: None,
            used: 0,
            found: [NOTHING; MOST_FOUND],
            count: 0,
        }
    }

    /// The segments, those that nothing needs among them.
    pub fn found(&self) -> &[Found] {
        &self.found[..self.count]
    }

    /// Fills the batch anew with the plain segments from `position` on, which is moved behind them: of a known
    /// kind that is no envelope's, terminated, neither long nor very short, without control characters, and
    /// without much padding before them. A boundary at or behind `limit` is not plain.
    ///
    /// One batch goes through one buffer, forwards.
    pub fn fill<'a>(
        &mut self,
        bytes: &'a [u8],
        position: &mut usize,
        delimiters: Delimiters,
        limit: usize,
    ) -> Next<'a> {
        let terminator = delimiters.terminator;
        let within = Within {
            bytes,
            terminator,
            limit,
        };
        if self.delimiters != Some(delimiters) {
            self.delimiters = Some(delimiters);
            self.used = usize::MAX;
        }
        let mut is_new = false;
        loop {
            if self.located.ends(self.used).is_empty() {
                if is_new {
                    break;
                }
                self.located.look(bytes, *position, delimiters);
                self.used = 0;
                is_new = true;
            }
            let is_calm = !self.located.has_controls()
                && terminator != b'\n'
                && self.located.behind() <= limit;
            let gather = if is_calm {
                gather::<true>
            } else {
                gather::<false>
            };
            let gathered = gather(&self.located, self.used, *position, within, &mut self.found);
            self.used += gathered.used;
            self.count = gathered.count;
            *position = gathered.behind;
            if gathered.is_stopped {
                break;
            }
            if self.count > 0 {
                return Next::Plain;
            }
        }
        odd(bytes, *position, terminator)
    }
}

/// What it is that plain segments are looked for in.
#[derive(Clone, Copy)]
struct Within<'a> {
    bytes: &'a [u8],
    terminator: u8,
    limit: usize,
}

/// How far [`gather`] came.
struct Gathered {
    /// Terminators.
    used: usize,
    /// Segments.
    count: usize,
    /// Offset behind the last one.
    behind: usize,
    /// The next one is not plain.
    is_stopped: bool,
}

/// Finds plain segments from `before` on, whose ends are known: those behind the `used` first ones. In calm bytes
/// there are no control characters but behind terminators, no CR belongs to a terminator, and all of them are before the limit.
#[inline(never)]
fn gather<const CALM: bool>(
    located: &Located,
    used: usize,
    before: usize,
    within: Within<'_>,
    found: &mut [Found; MOST_FOUND],
) -> Gathered {
    let base = located.base();
    let bytes = within.bytes.get(base..).unwrap_or_default();
    let ends = located.ends(used);
    let ends = ends.get(..MOST_FOUND).unwrap_or(ends);
    let mut left = ends.iter();
    let mut before = before.wrapping_sub(base);
    let mut count = 0;
    let mut is_stopped = false;
    let mut passed = 0;
    for end in left.by_ref() {
        let end = usize::from(*end);
        let (distance, length, separators, kind) =
            if let Some(seen) = plain::<CALM>(located, bytes, before, end, within) {
                seen
            } else {
                match look_again(located, bytes, before, end, within) {
                    Again::InPadding(at) => {
                        passed = at;
                        break;
                    }
                    Again::Odd => {
                        is_stopped = true;
                        break;
                    }
                    Again::Plain(seen) => seen,
                }
            };
        before = end.wrapping_add(1);
        found[count & (MOST_FOUND - 1)] = Found {
            span: Span {
                at: base.wrapping_add(distance),
                length,
                separators,
            },
            kind,
        };
        count = count.wrapping_add(1);
    }
    let mut used = ends.len() - left.len() - usize::from(is_stopped);
    if passed > 0 {
        // Many terminators may be padding: each of them would go through all of it.
        used = ends.partition_point(|end| usize::from(*end) < passed);
    }
    Gathered {
        used,
        count,
        behind: base.wrapping_add(before),
        is_stopped,
    }
}

/// A plain segment: its distance from the first byte looked at, bytes, separators and kind.
type Seen = (usize, usize, u64, SegmentKind);

/// The segment that ends at `end`, if it is plain and nothing stands before it, or a line break; all by its distance from the first
/// byte looked at.
#[inline(always)]
fn plain<const CALM: bool>(
    located: &Located,
    bytes: &[u8],
    before: usize,
    end: usize,
    within: Within<'_>,
) -> Option<Seen> {
    let ahead = u64::from_le_bytes(*bytes.get(before..)?.first_chunk()?);
    let padding = match ahead.to_le_bytes() {
        [first, ..] if first > b' ' => 0,
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    };
    let at = before.wrapping_add(padding);
    let mut length = end.wrapping_sub(at);
    if !CALM
        && within.terminator == b'\n'
        && length > 0
        && bytes.get(end.wrapping_sub(1)) == Some(&b'\r')
    {
        length = length.wrapping_sub(1);
    }
    let separators = located.separators(at);
    let kind = SegmentKind::of_located((ahead >> (8 * padding)) as u32, separators);
    // A length less than none is a large one.
    let is_plain = length.wrapping_sub(SHORTEST) <= LONGEST_PLAIN - SHORTEST
        && !kind.needs_care()
        && (CALM
            || !located.has_controls_in(at, length)
                && (!kind.is_boundary() || located.base().wrapping_add(at) < within.limit));
    is_plain.then_some((at, length, separators, kind))
}

/// What a segment is that does not look plain at first sight.
enum Again {
    /// None: its end stands in padding, or before where is read on. The next one begins at this distance.
    InPadding(usize),
    /// Not plain.
    Odd,
    /// Plain, behind other padding.
    Plain(Seen),
}

#[cold]
#[inline(never)]
fn look_again(
    located: &Located,
    bytes: &[u8],
    before: usize,
    end: usize,
    within: Within<'_>,
) -> Again {
    let at = segment_start(bytes, before, within.terminator);
    if end < at {
        return Again::InPadding(at);
    }
    match plain::<false>(located, bytes, at, end, within) {
        Some(seen) if at - before <= MOST_PADDING => Again::Plain(seen),
        _ => Again::Odd,
    }
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
    use crate::x12::scan::low_bits;
    use proptest::prelude::*;

    /// Offset and bytes of every segment, as batches and single segments tell them; checks what batches say of
    /// their own.
    fn read(bytes: &[u8], delimiters: Delimiters, limit: usize) -> Vec<(usize, Vec<u8>)> {
        let mut batch = Batch::new();
        let mut told = Vec::new();
        let mut position = 0;
        loop {
            let from = position;
            let next = batch.fill(bytes, &mut position, delimiters, limit);
            let plain: Vec<_> = SegmentScanner::of_interchanges(bytes, from, delimiters.terminator)
                .take(batch.found().len())
                .collect();
            assert_eq!(plain.len(), batch.found().len());
            for (segment, found) in plain.iter().zip(batch.found()) {
                assert!(segment.terminated);
                assert!((SHORTEST..=LONGEST_PLAIN).contains(&segment.bytes.len()));
                assert!(
                    segment
                        .bytes
                        .iter()
                        .all(|byte| *byte > 0x0D || *byte == delimiters.element)
                );
                let kind = SegmentKind::of(segment.bytes, delimiters.element);
                assert!(!kind.needs_care());
                assert!(segment.offset < limit || !kind.is_boundary());
                assert_eq!(found.kind, kind);
                assert_eq!(found.span.of(bytes), segment.bytes);
                let shown = segment.bytes.len().min(64);
                let separators = (0..shown).filter(|at| segment.bytes[*at] == delimiters.element);
                let mask = separators.fold(0, |mask, at| mask | 1 << at);
                assert_eq!(found.span.separators & low_bits(shown), mask);
            }
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
            let delimiters = Delimiters { terminator, ..Delimiters::default() };
            let expected: Vec<_> = SegmentScanner::new(&bytes, terminator)
                .map(|segment| (segment.offset, segment.bytes.to_vec()))
                .collect();
            prop_assert_eq!(read(&bytes, delimiters, limit), expected);
        }
    }
}
