//! Notices of what is wrong, and where.

use super::{ClaimReader, Region};
use crate::finding::{Flaw, Notice, NoticeKind};
use crate::text::Text;
use crate::x12::{ElementReference, EnvelopeIds, Position, SegmentId, SegmentPlace};

/// What a notice is about.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub place: SegmentPlace,
    pub segment: SegmentId,
    pub reference: Option<ElementReference>,
    /// Where the segment belongs.
    pub region: Region,
    /// The line of the open claim, 0-based; looked at where the segment belongs to one.
    pub line: Option<usize>,
}

impl Subject {
    /// Something in a segment of the open claim, not on a line.
    pub fn of_claim(place: SegmentPlace, reference: ElementReference) -> Self {
        Self {
            place,
            segment: reference.segment,
            reference: Some(reference),
            region: Region::Claim,
            line: None,
        }
    }

    /// Something in a segment of a line of the open claim.
    pub fn of_line(line: usize, place: SegmentPlace, reference: ElementReference) -> Self {
        Self {
            region: Region::Line,
            line: Some(line),
            ..Self::of_claim(place, reference)
        }
    }
}

impl ClaimReader<'_> {
    /// The place of the segment at this offset of the buffer, which is the last one counted.
    #[inline(always)]
    pub(super) fn place(&self, at: usize) -> SegmentPlace {
        SegmentPlace {
            offset: self.origin.offset(at) as u64,
            ordinal: if self.in_transaction_set() {
                self.ordinal
            } else {
                0
            },
        }
    }

    /// A notice about the segment at this offset of the buffer, which is the last one counted.
    #[cold]
    pub(super) fn notice(
        &mut self,
        kind: NoticeKind,
        at: usize,
        reference: Option<ElementReference>,
        message: impl FnOnce() -> String,
    ) {
        self.notice_of(kind, at, reference, || (None, message()));
    }

    /// The same, which also says in which way a value is wrong.
    #[cold]
    pub(super) fn notice_of(
        &mut self,
        kind: NoticeKind,
        at: usize,
        reference: Option<ElementReference>,
        told: impl FnOnce() -> (Option<Flaw>, String),
    ) {
        let subject = Subject {
            place: self.place(at),
            segment: reference.map_or_else(|| self.identifier(at), |about| about.segment),
            reference,
            region: self.region,
            line: self.claim.lines.len().checked_sub(1),
        };
        self.tell(kind, subject, told);
    }

    /// A notice about something else than the segment that is being read.
    #[cold]
    pub(super) fn notice_about(
        &mut self,
        kind: NoticeKind,
        about: Subject,
        message: impl FnOnce() -> String,
    ) {
        self.tell(kind, about, || (None, message()));
    }

    fn tell(
        &mut self,
        kind: NoticeKind,
        about: Subject,
        told: impl FnOnce() -> (Option<Flaw>, String),
    ) {
        if self.replaying || !self.log.admits(kind, about.place.offset) {
            return;
        }
        let envelope = &self.claim.envelope;
        let in_interchange = about.region != Region::Outside;
        let in_group = in_interchange && !self.group_version.is_empty();
        let in_set = self.in_transaction_set();
        let text = |condition: bool, bytes: &[u8]| Text::new(if condition { bytes } else { &[] });
        let line = about
            .line
            .and_then(|line| self.claim.lines.get(line))
            .filter(|line| about.region == Region::Line && !line.number.is_empty());
        let position = Position {
            envelope: EnvelopeIds {
                isa13: text(in_interchange, envelope.isa13),
                gs06: text(in_group || in_set, envelope.gs06),
                st02: text(in_set, envelope.st02),
            },
            place: about.place,
            segment: about.segment,
            loop_id: about.region.loop_id(),
            claim: self.claim_open.then(|| Text::new(self.claim.id)),
            line: line.map(|line| Text::new(line.number)),
            reference: about.reference,
        };
        let (flaw, message) = told();
        self.log.push(Notice {
            flaw,
            ..Notice::new(kind, position, message)
        });
    }

    /// The identifier of the segment at this offset of the buffer, if it is shaped like one.
    fn identifier(&self, at: usize) -> SegmentId {
        let bytes = self.bytes.get(at..).unwrap_or_default();
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric();
        match bytes.iter().take(4).take_while(is_part).count() {
            length @ 2..=3 => SegmentId::new(&bytes[..length]),
            _ => SegmentId::default(),
        }
    }
}
