//! ISA, GS, ST and their trailers.

use memchr::memmem;

use super::context::{LEVELS, Level};
use super::{ClaimReader, ClaimSink, CurrentParty, Region, Span, parsed};
use crate::claim::guide::Guide;
use crate::claim::model::{Envelope, Party, Payer, Person};
use crate::finding::NoticeKind;
use crate::text::Shown;
use crate::x12::scan;
use crate::x12::unbroken::{begins_unbroken, reads_unbroken, why_unreadable};
use crate::x12::{
    Elements, GroupHeader, InterchangeHeader, Trailer, TransactionSetHeader, group_header,
    is_line_break, trailer, transaction_set_header,
};

/// An envelope that opens or closes.
#[derive(Clone, Copy)]
pub enum EnvelopeEvent<'a> {
    /// ISA.
    InterchangeBegin(InterchangeHeader<'a>),
    /// GS.
    GroupBegin(GroupHeader<'a>),
    /// ST of an 837, told when its header segments have been read.
    SetBegin(TransactionSetBegin<'a>),
    /// ST of another transaction set, which is skipped.
    SkippedSetBegin(TransactionSetHeader<'a>),
    /// SE; the place's ordinal is the number of segments in the set.
    SetEnd(Trailer<'a>),
    /// GE.
    GroupEnd(Trailer<'a>),
    /// IEA.
    InterchangeEnd(Trailer<'a>),
}

/// ST, BHT and loops 1000A and 1000B.
#[derive(Clone, Copy, Default)]
pub struct TransactionSetBegin<'a> {
    /// ST.
    pub header: TransactionSetHeader<'a>,
    /// The version that counts: GS08, else ST03.
    pub version: &'a [u8],
    /// BHT03, the submitter's batch reference.
    pub batch_reference: &'a [u8],
    /// 1000A, NM1*41.
    pub submitter: Party<'a>,
    /// 1000B, NM1*40.
    pub receiver: Party<'a>,
}

impl<'a> ClaimReader<'a> {
    /// Finds the next interchange from `from` on and opens it. Returns where its segments begin;
    /// `None` when there is none.
    pub(super) fn open_interchange(
        &mut self,
        bytes: &'a [u8],
        from: usize,
        sink: &mut impl ClaimSink<'a>,
    ) -> Option<usize> {
        let skipped = bytes
            .get(from..)?
            .iter()
            .position(|byte| !is_padding(*byte))?;
        let mut at = from + skipped;
        let is_prose = is_prose(&bytes[at..]);
        if !bytes[at..].starts_with(b"ISA") || is_prose {
            if self.origin.unwrapped.is_none() && !is_prose && begins_unbroken(&bytes[at..]) {
                self.wrapped = Some(at);
                return Some(at);
            }
            let is_new = !std::mem::replace(&mut self.outside_is_told, true);
            if is_new {
                self.notice(NoticeKind::DataOutsideInterchange, at, None, || {
                    "data that is not part of an interchange; expected ISA or the end of the file"
                        .into()
                });
            }
            let next = self.next_header(bytes, at);
            if is_new && self.wrapped.is_none() {
                self.check_for_claims(&bytes[at..next.unwrap_or(bytes.len())], at);
            }
            at = next?;
        }
        while self.wrapped.is_none() {
            match InterchangeHeader::discover(&bytes[at..]) {
                Ok(header) => {
                    self.begin_interchange(at, &header, sink);
                    return Some(at + header.length);
                }
                Err(_) if self.is_broken_header(&bytes[at..]) => self.wrapped = Some(at),
                Err(_) => {
                    let error = why_unreadable(&bytes[at..]);
                    self.outside_is_told = true;
                    self.notice(NoticeKind::InterchangeUnreadable, at, None, || error);
                    at = self.next_header(bytes, at + 3)?;
                }
            }
        }
        Some(at)
    }

    /// What is passed over outside of interchanges may be claims whose ISA is damaged, or behind an IEA too early.
    #[cold]
    fn check_for_claims(&mut self, skipped: &[u8], at: usize) {
        // Some copies have the line breaks that others have not.
        let is_kept = |byte: &u8| !is_line_break(*byte);
        let unbroken: Vec<u8> = skipped.iter().copied().filter(is_kept).collect();
        let ids = [*b"CLM", *b"SV1", *b"SV2", *b"SV3"].into_iter();
        let first = ids.filter_map(|id| find_segment(&unbroken, id)).min();
        let first = first.and_then(|first| {
            let mut kept = (0..).zip(skipped).filter(|(_, byte)| is_kept(byte));
            kept.nth(first).map(|(at, _)| at)
        });
        if let Some(first) = first {
            self.notice(NoticeKind::ClaimsOutsideEnvelope, at + first, None, || {
                "claims stand outside of an interchange and were not read; expected an ISA before them, and IEA behind them".into()
            });
        }
    }

    /// The next `ISA` from `from` on that begins a readable header. One with line breaks inside of its letters
    /// before it is told as wrapped, as one with breaks behind them is.
    fn next_header(&mut self, bytes: &'a [u8], from: usize) -> Option<usize> {
        let next = next_header(bytes, from);
        if self.origin.unwrapped.is_none() {
            let before = &bytes[..next.map_or(bytes.len(), |next| next + 1)];
            self.wrapped = broken_header(before, from);
        }
        self.wrapped.or(next)
    }

    /// True for an ISA that is only readable without the line breaks inside of it.
    fn is_broken_header(&self, bytes: &[u8]) -> bool {
        self.origin.unwrapped.is_none() && reads_unbroken(bytes)
    }

    /// An ISA stands inside of an open interchange. Returns where to read on.
    pub(super) fn reopen_interchange(
        &mut self,
        bytes: &'a [u8],
        at: usize,
        sink: &mut impl ClaimSink<'a>,
    ) -> usize {
        match InterchangeHeader::discover(&bytes[at..]) {
            Ok(header) => {
                self.begin_interchange(at, &header, sink);
                at + header.length
            }
            Err(_) if self.is_broken_header(&bytes[at..]) => {
                self.wrapped = Some(at);
                at
            }
            Err(_) => {
                let error = why_unreadable(&bytes[at..]);
                self.marks.end(Level::Interchange, at);
                self.region = Region::Outside;
                self.outside_is_told = true;
                self.forget_set();
                self.notice(NoticeKind::InterchangeUnreadable, at, None, || error);
                self.next_header(bytes, at + 3).unwrap_or(bytes.len())
            }
        }
    }

    fn begin_interchange(
        &mut self,
        at: usize,
        header: &InterchangeHeader<'a>,
        sink: &mut impl ClaimSink<'a>,
    ) {
        // A copy without line breaks has none left but those that end the segments of another
        // interchange; they do no harm here.
        if header.wrapped && self.origin.unwrapped.is_none() {
            self.wrapped = Some(at);
            return;
        }
        self.marks.open(Level::Interchange, at);
        self.log.begin_part();
        self.ordinal = 0;
        self.segments += 1;
        self.region = Region::Envelope;
        self.outside_is_told = false;
        self.forget_set();
        self.group_version = &[];
        self.claim.envelope = Envelope {
            isa13: header.control_number(),
            sender_id: header.element(6),
            receiver_id: header.element(8),
            delimiters: header.delimiters,
            ..Envelope::default()
        };
        if !self.replaying {
            sink.envelope(EnvelopeEvent::InterchangeBegin(*header), self.place(at));
        }
        let origin = self.origin;
        let deviation = header.deviation_before_copy(|byte| origin.offset(at + byte));
        if let Some(deviation) = deviation {
            self.notice(NoticeKind::InterchangeHeaderLayout, at, None, || {
                format!("unusual ISA segment: {deviation}")
            });
        }
        self.marks.close(at + header.length);
    }

    pub(super) fn begin_group(
        &mut self,
        at: usize,
        elements: Elements<'a>,
        sink: &mut impl ClaimSink<'a>,
    ) {
        self.marks.open(Level::Group, at);
        self.log.begin_part();
        let group = parsed(group_header(elements));
        self.region = Region::Envelope;
        self.forget_set();
        self.group_version = group.version;
        self.claim.envelope.gs06 = group.control_number;
        self.claim.envelope.application_receiver = group.receiver;
        self.claim.envelope.st02 = &[];
        sink.envelope(EnvelopeEvent::GroupBegin(group), self.place(at));
    }

    pub(super) fn begin_set(&mut self, segment: &Span, sink: &mut impl ClaimSink<'a>) {
        let at = segment.at;
        self.marks.open(Level::Header, at);
        let header = parsed(transaction_set_header(self.elements(segment)));
        self.forget_set();
        self.log.begin_part();
        self.ordinal = 1;
        self.set_open = true;
        self.provider_loops = 0;
        self.claim.envelope.st02 = header.control_number;
        if self.first_set.is_none() {
            self.first_set = Some(self.origin.offset(at) as u64);
        }
        self.region = if header.id == b"837" {
            Region::Header
        } else {
            Region::Skipped
        };
        let place = self.place(at);
        if self.region == Region::Skipped {
            // Only the ST itself is inherited: the rest of a skipped set changes nothing.
            self.marks.close(at + segment.length + 1);
            sink.envelope(EnvelopeEvent::SkippedSetBegin(header), place);
            self.notice(NoticeKind::TransactionSetSkipped, at, None, || {
                format!(
                    "transaction set {} is not a claim (837); it was skipped",
                    Shown::code(header.id)
                )
            });
            return;
        }
        let version = if self.group_version.is_empty() {
            header.version
        } else {
            self.group_version
        };
        let mut guide = Guide::from_version(version);
        if guide == Guide::Unknown {
            guide = Guide::from_version(header.version);
        }
        self.claim.envelope.guide = guide;
        match guide {
            Guide::Claim(_) => {}
            Guide::Related(_) => self.notice(NoticeKind::UnknownGuide, at, None, || {
                format!(
                    "guide {} is not for claims to a payer; read as claims all the same",
                    Shown::code(version)
                )
            }),
            Guide::Unknown => self.notice(NoticeKind::UnknownGuide, at, None, || {
                format!(
                    "unknown guide {}; the service lines decide the kind of claim",
                    Shown::code(version)
                )
            }),
        }
        self.pending_set = Some((
            TransactionSetBegin {
                header,
                version,
                ..TransactionSetBegin::default()
            },
            place,
        ));
    }

    /// No transaction set is open (any more): nothing of it is left for claims outside of sets.
    fn forget_set(&mut self) {
        self.set_open = false;
        self.damaged = [false; LEVELS];
        self.provider_level = &[];
        self.subscriber_level = &[];
        self.has_subscriber = false;
        self.party = CurrentParty::None;
        self.claim.envelope.st02 = &[];
        self.claim.envelope.receiver = &[];
        self.claim.envelope.guide = Guide::default();
        self.claim.billing_provider = Party::default();
        self.claim.billing_tax_id = &[];
        self.claim.billing_state = &[];
        self.claim.billing_loop = 0;
        self.claim.subscriber = Person::default();
        self.claim.patient = None;
        self.claim.payer = Payer::default();
        self.payer_above = None;
    }

    pub(super) fn batch_reference(&mut self, elements: Elements<'a>) {
        if let Some((set, _)) = &mut self.pending_set {
            set.batch_reference = elements.rest().rest().first().bytes;
        }
    }

    /// Tells the open set once its header has been read.
    #[inline(always)]
    pub(super) fn announce_set(&mut self, sink: &mut impl ClaimSink<'a>) {
        if let Some((set, place)) = self.pending_set.take() {
            sink.envelope(EnvelopeEvent::SetBegin(set), place);
        }
    }

    pub(super) fn end_set(
        &mut self,
        at: usize,
        elements: Elements<'a>,
        sink: &mut impl ClaimSink<'a>,
    ) {
        self.marks.end(Level::Header, at);
        sink.envelope(
            EnvelopeEvent::SetEnd(parsed(trailer(elements))),
            self.place(at),
        );
        self.log.begin_part();
        self.region = Region::Envelope;
        self.forget_set();
        self.ordinal = 0;
    }

    pub(super) fn end_group(
        &mut self,
        at: usize,
        elements: Elements<'a>,
        sink: &mut impl ClaimSink<'a>,
    ) {
        self.marks.end(Level::Group, at);
        sink.envelope(
            EnvelopeEvent::GroupEnd(parsed(trailer(elements))),
            self.place(at),
        );
        self.log.begin_part();
        self.group_version = &[];
        self.claim.envelope.gs06 = &[];
        self.claim.envelope.st02 = &[];
        self.claim.envelope.application_receiver = &[];
        self.region = Region::Envelope;
        self.forget_set();
    }

    pub(super) fn end_interchange(
        &mut self,
        at: usize,
        elements: Elements<'a>,
        sink: &mut impl ClaimSink<'a>,
    ) {
        self.marks.end(Level::Interchange, at);
        sink.envelope(
            EnvelopeEvent::InterchangeEnd(parsed(trailer(elements))),
            self.place(at),
        );
        self.log.begin_part();
        self.region = Region::Outside;
        self.forget_set();
    }
}

/// What may stand outside of interchanges without a word: blanks, line breaks, a byte order mark, and what old systems
/// fill their last block with.
pub(super) const fn is_padding(byte: u8) -> bool {
    scan::is_padding(byte) || matches!(byte, 0x1A | 0xEF | 0xBB | 0xBF)
}

/// Where a segment with this identifier seems to begin, whatever its delimiters are: behind the identifier stands a byte
/// that prose does not have there, and that comes again within 64 bytes.
fn find_segment(bytes: &[u8], id: [u8; 3]) -> Option<usize> {
    let is_of_prose = |byte: u8| {
        byte.is_ascii_alphanumeric() || !byte.is_ascii() || b" -_.,;:/()'\"".contains(&byte)
    };
    memmem::find_iter(bytes, &id).find(|at| {
        let elements = &bytes[at + id.len()..];
        match elements[..elements.len().min(64)] {
            [separator, ref others @ ..] if !is_of_prose(separator) => others.contains(&separator),
            _ => false,
        }
    })
}

/// True for a text that begins with ISA, a word of it: no element separator is a blank. With ISA01 behind it, it is an
/// interchange that cannot be read.
fn is_prose(bytes: &[u8]) -> bool {
    matches!(bytes, [b'I', b'S', b'A', b' ', first, ..] if !first.is_ascii_digit())
}

/// The next `ISA` from `from` on that begins a readable header.
fn next_header(bytes: &[u8], from: usize) -> Option<usize> {
    memmem::find_iter(bytes.get(from..)?, b"ISA")
        .map(|at| from + at)
        .find(|at| InterchangeHeader::discover(&bytes[*at..]).is_ok())
}

/// The next `ISA` with line breaks between its letters that begins a readable header when they are removed.
fn broken_header(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr2_iter(b'\r', b'\n', bytes.get(from..)?)
        .map(|at| from + at)
        .filter(|at| *at > from)
        .find_map(|at| {
            // A break behind the first letter, or behind the second.
            let begin = match &bytes[from..at] {
                [.., b'I', b'S'] => at - 2,
                [.., b'I'] => at - 1,
                _ => return None,
            };
            reads_unbroken(&bytes[begin..]).then_some(begin)
        })
}
