//! Segments that are not as they should be: empty, unknown, in lower case, broken off, wrapped.

use smallvec::SmallVec;

use super::ids::SegmentKind;
use super::line::is_number;
use super::{ClaimReader, MOST_PADDING, Region};
use crate::finding::{Flaw, NoticeKind};
use crate::text::is_decimal;
use crate::x12::{
    ElementReference, Elements, InterchangeHeader, MOST_ELEMENTS, RawSegment, SegmentScanner,
    is_line_break,
};

/// What becomes of an odd segment.
pub(super) enum Odd {
    /// It is read, as this kind; something is to be told of its form.
    Read(SegmentKind, Option<(NoticeKind, &'static str)>),
    /// Nothing of it is read.
    Unread,
    /// It is read as a boundary, which lies behind the limit: reading stops before it.
    Boundary,
}

impl<'a> ClaimReader<'a> {
    /// What is wrong with a segment that is empty, unknown, in lower case or not terminated, because another
    /// interchange has broken it off or the data end; tells whether it can be read all the same.
    #[cold]
    pub(super) fn odd_segment(
        &mut self,
        segment: RawSegment<'a>,
        kind: SegmentKind,
        is_broken_off: bool,
    ) -> Odd {
        let element_separator = self.claim.envelope.delimiters.element;
        if self.begins_interchange(segment) {
            return Odd::Read(SegmentKind::Isa, None);
        }
        if kind == SegmentKind::Empty {
            self.notice(NoticeKind::EmptySegment, segment.offset, None, || {
                "nothing stands between two segment terminators".into()
            });
            return Odd::Unread;
        }
        if !segment.terminated {
            let is_trailer = matches!(kind, SegmentKind::Iea | SegmentKind::Ge | SegmentKind::Se);
            if is_trailer && (is_broken_off || self.ends_data) {
                let message = "nothing terminates this trailer, the last segment of its data";
                return Odd::Read(kind, Some((NoticeKind::TerminatorMissing, message)));
            }
            let cause = if is_broken_off {
                "another interchange begins inside this segment"
            } else {
                "the data end inside this segment"
            };
            self.notice(NoticeKind::SegmentTruncated, segment.offset, None, || {
                format!("{cause}; expected a segment terminator. The segment is not used")
            });
            return Odd::Unread;
        }
        if kind != SegmentKind::Unknown {
            return Odd::Read(kind, None);
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
            return Odd::Unread;
        }
        if recased == SegmentKind::Unknown {
            self.ordinal += 1;
            self.segments += 1;
            // What is no identifier may be a piece of a person's data: it is not quoted.
            self.notice(NoticeKind::UnknownSegment, segment.offset, None, || {
                "a segment whose identifier is not known in an 837; it is not used".into()
            });
            // It may be a CLM, an LX or an SV1 that was damaged.
            if self.region != Region::Header {
                self.damage();
            }
            return Odd::Unread;
        }
        let message = "segment identifiers are upper case; read as if this one were";
        Odd::Read(recased, Some((NoticeKind::LowerCaseSegmentId, message)))
    }

    /// A piece may end anywhere in what is not read: there is no other place in a set without claims and levels.
    pub(super) const fn ends_before(&self, segment: RawSegment<'_>) -> bool {
        matches!(self.region, Region::Skipped) && segment.offset >= self.limit
    }

    /// A notice about the form of a segment, after what it closes was closed and before it is read: a buffer that
    /// begins with it would not know more.
    #[cold]
    pub(super) fn form_notice(
        &mut self,
        kind: NoticeKind,
        (segment, of): (RawSegment<'a>, SegmentKind),
        message: &str,
    ) {
        let (region, set_open) = (self.region, self.set_open);
        if of.ends_claim() {
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
            self.damage();
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
        !is_line_break(terminator)
            // Those that an unwrapped copy still has are not known to mean nothing.
            && self.origin.unwrapped.is_none()
            && !self.begins_interchange(segment)
            && memchr::memchr2(b'\r', b'\n', segment.bytes).is_some()
    }

    /// An interchange whose predecessor was not closed: its delimiters are its own, so that what looks like a segment
    /// of the predecessor may reach far into it, or end with its ISA.
    fn begins_interchange(&self, segment: RawSegment<'_>) -> bool {
        let from = &self.bytes[segment.offset..];
        from.starts_with(b"ISA") && InterchangeHeader::discover(from).is_ok()
    }

    /// NUL bytes inside of a segment are told, and said to be there.
    #[must_use]
    pub(super) fn check_nuls(&mut self, segment: RawSegment<'a>, of: SegmentKind) -> bool {
        let delimiters = self.claim.envelope.delimiters;
        let separators = [
            Some(delimiters.element),
            Some(delimiters.component),
            delimiters.repetition,
        ];
        let are_there =
            !separators.contains(&Some(0)) && memchr::memchr(0, segment.bytes).is_some();
        if are_there {
            let message =
                "NUL bytes stand inside of this segment; expected data: a broken transfer?";
            self.form_notice(NoticeKind::NulBlock, (segment, of), message);
        }
        are_there
    }

    /// True when a segment of this kind comes before the next claim or level, which the buffer reaches to.
    #[cold]
    pub(super) fn next_kind_is(&self, at: usize, kind: SegmentKind) -> bool {
        self.ahead(at).any(|(_, next)| next == kind)
    }

    /// True when the next service line before the next claim or level is a first one by its LX.
    #[cold]
    pub(super) fn first_line_follows(&self, at: usize) -> bool {
        let mut lines = self.ahead(at).filter(|(_, kind)| *kind == SegmentKind::Lx);
        lines.next().is_some_and(|(segment, _)| {
            let separator = self.claim.envelope.delimiters.element;
            let mut elements = segment.split(|byte| *byte == separator);
            elements
                .nth(1)
                .is_some_and(|number| is_number(number.trim_ascii(), 1))
        })
    }

    /// The segments behind the one at this offset, up to the next claim, level or envelope.
    fn ahead(&self, at: usize) -> impl Iterator<Item = (&'a [u8], SegmentKind)> {
        let delimiters = self.claim.envelope.delimiters;
        SegmentScanner::of_interchanges(self.bytes, at, delimiters.terminator)
            .skip(1)
            .map(move |segment| {
                let kind = SegmentKind::of(segment.bytes, delimiters.element);
                (segment.bytes, kind)
            })
            .take_while(|(_, kind)| !kind.ends_claim())
    }

    /// Elements behind the last one that a segment has by X12 are those of another segment.
    #[cold]
    pub(super) fn check_behind(&mut self, mut rest: Elements<'a>, at: usize) {
        while !rest.is_empty() {
            let (element, behind) = rest.split_first();
            rest = behind;
            if !element.is_empty() {
                self.notice(NoticeKind::SegmentsRunTogether, at, None, || {
                    "more elements than this segment can have; expected a terminator before those of the next segment"
                        .into()
                });
                self.damage();
                return;
            }
        }
    }

    /// A segment without elements, and one with more than are looked at, are told.
    #[cold]
    pub(super) fn check_layout(&mut self, segment: RawSegment<'a>, of: SegmentKind) {
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
        self.form_notice(kind, (segment, of), &message);
    }
}
