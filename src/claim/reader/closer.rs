//! The careful path: segments that a [`Batch`](super::batch::Batch) leaves aside.

use super::batch::{LONGEST_PLAIN, Span};
use super::context::Level;
use super::ids::SegmentKind;
use super::odd::Odd;
use super::{ClaimReader, ClaimSink, Ended, MOST_PADDING, Region};
use crate::finding::NoticeKind;
use crate::x12::scan::block_mask;
use crate::x12::{InterchangeHeader, RawSegment};

/// How to go on after a closer look at a segment.
pub(super) enum Closer {
    /// With the next one.
    Next,
    /// At this offset of the buffer, where delimiters may be others.
    GoOn(usize),
    /// Not at all: reading stops before the segment.
    Stopped(Ended),
}

impl<'a> ClaimReader<'a> {
    /// Reads a segment that is not plain: long, very short, after much padding, of an envelope or an odd kind, without a
    /// terminator, a boundary behind the limit, of a set that is passed over, or with control characters.
    #[cold]
    #[inline(never)]
    pub(super) fn look_closer(
        &mut self,
        before: usize,
        mut segment: RawSegment<'a>,
        sink: &mut impl ClaimSink<'a>,
    ) -> Closer {
        let bytes = self.bytes;
        let at = segment.offset;
        let broken_off = (segment.bytes.len() > LONGEST_PLAIN)
            .then(|| InterchangeHeader::find_inside(&bytes[at..], segment.bytes.len()))
            .flatten();
        if let Some(length) = broken_off {
            segment.bytes = &segment.bytes[..length];
            segment.terminated = false;
        }
        let done = broken_off.map_or(Closer::Next, |length| Closer::GoOn(at + length));
        if at > before + MOST_PADDING {
            self.check_padding(&bytes[before..at], before);
        }
        if self.is_wrapped(segment) {
            return Closer::Stopped(Ended::Wrapped { at });
        }
        let mut kind = SegmentKind::of(segment.bytes, self.claim.envelope.delimiters.element);
        let mut form = None;
        if kind.is_odd() || !segment.terminated {
            match self.odd_segment(segment, kind, broken_off.is_some()) {
                Odd::Read(of, told) => (kind, form) = (of, told),
                Odd::Unread => {
                    if self.check_nuls(segment, kind) {
                        self.damage();
                    }
                    return done;
                }
                Odd::Boundary => return Closer::Stopped(Ended::Boundary { at }),
            }
        }
        if kind.is_envelope() && kind != SegmentKind::Se {
            // The SE is missing, and with it perhaps more of the claim that may be open.
            self.claim.is_whole = false;
        }
        if self.ends_before(segment) || (at >= self.limit && kind.is_boundary()) {
            return Closer::Stopped(Ended::Boundary { at });
        }
        self.ordinal += 1;
        if kind.ends_claim() {
            // Before anything is told of the segment. Plain ones, of which there is nothing to tell, do so themselves.
            self.finish(sink);
        }
        if let Some((told, message)) = form {
            self.form_notice(told, (segment, kind), message);
        }
        if kind == SegmentKind::Isa {
            self.ordinal -= 1;
            let next = self.reopen_interchange(bytes, at, sink);
            return match self.wrapped.take() {
                Some(at) => Closer::Stopped(Ended::Wrapped { at }),
                None => Closer::GoOn(next),
            };
        }
        let is_damaged = self.check_nuls(segment, kind);
        self.segments += 1;
        if self.region == Region::Skipped && !kind.is_envelope() {
            if kind == SegmentKind::Clm {
                // No other set that is sent with claims has it: ST01 is wrong.
                self.notice(NoticeKind::ClaimsOutsideEnvelope, at, None, || {
                    "a claim in a transaction set that is not an 837 by its ST01; it was not read"
                        .into()
                });
            }
            return done;
        }
        let is_read = kind != SegmentKind::N4 || self.wants_address();
        if is_read && kind != SegmentKind::Ignored {
            self.check_layout(segment, kind);
        }
        let length = segment.bytes.len();
        let separator = self.claim.envelope.delimiters.element;
        let separators = block_mask(&bytes[at..], separator);
        let span = Span {
            at,
            length,
            separators,
        };
        self.segment(&span, kind, sink);
        if is_damaged {
            self.damage();
        }
        done
    }

    /// Data of what is open got lost: of the claim, or of a level, and so of all claims below it.
    pub(super) fn damage(&mut self) {
        if self.claim_open {
            self.claim.is_whole = false;
            return;
        }
        let level = match self.region {
            Region::Header => Level::Header,
            Region::Provider => Level::Provider,
            Region::Subscriber => Level::Subscriber,
            Region::Patient | Region::UnknownLevel => Level::Patient,
            _ => return,
        };
        self.damaged[level as usize] = true;
    }
}
