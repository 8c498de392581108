//! Segments that are not as they should be: empty, unknown, in lower case, broken off, wrapped.

use smallvec::SmallVec;

use super::ids::SegmentKind;
use super::{ClaimReader, ClaimSink, MOST_PADDING, Region};
use crate::finding::{Flaw, NoticeKind};
use crate::x12::{ElementReference, Elements, InterchangeHeader, MOST_ELEMENTS, RawSegment};

/// What becomes of an odd segment.
pub(super) enum Odd {
    /// It is read, as this kind.
    Read(SegmentKind),
    /// Nothing of it is read.
    Passed,
    /// It is read as a boundary, which lies behind the limit: reading stops before it.
    Boundary,
}

impl<'a> ClaimReader<'a> {
    /// What is wrong with a segment that is empty, unknown, in lower case or not terminated;
    /// tells whether it can be read all the same.
    #[cold]
    pub(super) fn odd_segment(
        &mut self,
        segment: RawSegment<'a>,
        kind: SegmentKind,
        sink: &mut impl ClaimSink<'a>,
    ) -> Odd {
        let element_separator = self.claim.envelope.delimiters.element;
        if begins_interchange(segment) {
            return Odd::Read(SegmentKind::Isa);
        }
        if kind == SegmentKind::Empty {
            self.notice(NoticeKind::EmptySegment, segment.offset, None, || {
                "nothing stands between two segment terminators".into()
            });
            return Odd::Passed;
        }
        if !segment.terminated {
            if !matches!(kind, SegmentKind::Iea | SegmentKind::Ge | SegmentKind::Se) {
                self.notice(NoticeKind::SegmentTruncated, segment.offset, None, || {
                    "the data end inside this segment; expected a segment terminator. The segment is not used".into()
                });
                return Odd::Passed;
            }
            if self.ends_before(segment) {
                return Odd::Boundary;
            }
            self.ordinal += 1;
            self.notice(NoticeKind::TerminatorMissing, segment.offset, None, || {
                "nothing terminates this trailer, the last segment of its data".into()
            });
            self.ordinal -= 1;
        }
        if kind != SegmentKind::Unknown {
            return Odd::Read(kind);
        }
        let upper = segment
            .bytes
            .iter()
            .take(4)
            .map(u8::to_ascii_uppercase)
            .collect::<SmallVec<[u8; 4]>>();
        let recased = SegmentKind::of(&upper, element_separator);
        if self.region == Region::Skipped && !recased.is_envelope() {
            if self.ends_before(segment) {
                return Odd::Boundary;
            }
            self.ordinal += 1;
            self.segments += 1;
            return Odd::Passed;
        }
        if recased == SegmentKind::Unknown {
            self.ordinal += 1;
            self.segments += 1;
            // What is no identifier may be a piece of a person's data: it is not quoted.
            self.notice(NoticeKind::UnknownSegment, segment.offset, None, || {
                "a segment whose identifier is not known in an 837; it is not used".into()
            });
            return Odd::Passed;
        }
        if segment.offset >= self.limit && recased.is_boundary() {
            return Odd::Boundary;
        }
        let message = "segment identifiers are upper case; read as if this one were";
        self.ordinal += 1;
        self.segment_notice(
            NoticeKind::LowerCaseSegmentId,
            (segment, recased),
            message,
            sink,
        );
        self.ordinal -= 1;
        Odd::Read(recased)
    }

    /// A piece may end anywhere in what is not read: there is no other place in a set without claims and levels.
    pub(super) const fn ends_before(&self, segment: RawSegment<'_>) -> bool {
        matches!(self.region, Region::Skipped) && segment.offset >= self.limit
    }

    /// A notice about the form of a segment before it is read. What the segment closes is closed
    /// first: a buffer that begins with it would not know of it.
    #[cold]
    pub(super) fn segment_notice(
        &mut self,
        kind: NoticeKind,
        (segment, of): (RawSegment<'a>, SegmentKind),
        message: &str,
        sink: &mut impl ClaimSink<'a>,
    ) {
        let (region, set_open) = (self.region, self.set_open);
        if of.is_boundary() {
            self.finish(sink);
            self.set_open &= of != SegmentKind::St;
            self.region = if self.set_open {
                Region::Header
            } else {
                Region::Envelope
            };
        }
        if of.opens_envelope() {
            self.log.begin_part();
        }
        self.notice(kind, segment.offset, None, || message.into());
        (self.region, self.set_open) = (region, set_open);
    }

    /// Tells of an amount, or of what is `expected` there instead, that is none or negative. It is never quoted.
    #[cold]
    pub(super) fn amount_defect(
        &mut self,
        at: usize,
        reference: ElementReference,
        raw: &[u8],
        expected: &'static str,
    ) {
        self.notice_of(NoticeKind::AmountDefect, at, Some(reference), || {
            let (flaw, found) = match raw {
                b"" => (Flaw::Missing, "missing: "),
                [b'-', digits @ ..] if is_decimal(digits) => (Flaw::Range, ""),
                digits if is_decimal(digits) => (Flaw::Length, "more digits than any amount has: "),
                _ => (Flaw::Form, "not a number: "),
            };
            (
                Some(flaw),
                format!("{found}expected {expected} that is not negative"),
            )
        });
    }

    /// Blank lines and indentation may be long; NUL bytes are data that got lost.
    #[cold]
    pub(super) fn check_padding(&mut self, padding: &[u8], at: usize) {
        let nuls = memchr::memchr_iter(0, padding).count();
        if nuls > MOST_PADDING {
            // Line breaks before it are not there in a copy without line breaks.
            let first = memchr::memchr(0, padding).unwrap_or_default();
            self.notice(NoticeKind::NulBlock, at + first, None, || {
                format!(
                    "{nuls} NUL bytes stand between segments; expected data: a broken transfer?"
                )
            });
        }
    }

    /// True for line breaks inside of a segment, which stop the reading.
    pub(super) fn is_wrapped(&self, segment: RawSegment<'a>) -> bool {
        let terminator = self.claim.envelope.delimiters.terminator;
        !matches!(terminator, b'\r' | b'\n')
            // Those that an unwrapped copy still has are not known to mean nothing.
            && self.origin.unwrapped.is_none()
            && !begins_interchange(segment)
            && memchr::memchr2(b'\r', b'\n', segment.bytes).is_some()
    }

    /// NUL bytes inside of a segment are told.
    pub(super) fn check_nuls(
        &mut self,
        segment: RawSegment<'a>,
        of: SegmentKind,
        sink: &mut impl ClaimSink<'a>,
    ) {
        let delimiters = self.claim.envelope.delimiters;
        let separators = [
            Some(delimiters.element),
            Some(delimiters.component),
            delimiters.repetition,
        ];
        if !separators.contains(&Some(0)) && memchr::memchr(0, segment.bytes).is_some() {
            let message =
                "NUL bytes stand inside of this segment; expected data: a broken transfer?";
            self.segment_notice(NoticeKind::NulBlock, (segment, of), message, sink);
        }
    }

    /// A segment without elements, and one with more than are looked at, are told.
    #[cold]
    pub(super) fn check_layout(
        &mut self,
        segment: RawSegment<'a>,
        of: SegmentKind,
        sink: &mut impl ClaimSink<'a>,
    ) {
        let delimiters = self.claim.envelope.delimiters;
        let (bytes, length) = (segment.bytes, segment.bytes.len());
        let (elements, fits) =
            Elements::of(bytes, length, delimiters.element, delimiters.component);
        let (kind, message) = if !fits {
            let message =
                format!("more than {MOST_ELEMENTS} elements; what follows them is not looked at");
            (NoticeKind::TooManyElements, message)
        } else if elements.is_empty() {
            let message = "a segment identifier without any element".to_owned();
            (NoticeKind::SegmentWithoutElements, message)
        } else {
            return;
        };
        self.segment_notice(kind, (segment, of), &message, sink);
    }
}

/// Digits, with one point at most.
pub(super) fn is_decimal(bytes: &[u8]) -> bool {
    let points = memchr::memchr_iter(b'.', bytes).count();
    bytes.len() > points
        && points <= 1
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// An interchange whose predecessor was not closed: its delimiters are its own, so that what
/// looks like a segment of the predecessor may reach far into it.
fn begins_interchange(segment: RawSegment<'_>) -> bool {
    segment.bytes.starts_with(b"ISA") && InterchangeHeader::discover(segment.bytes).is_ok()
}
