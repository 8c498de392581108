//! The streaming reader: from bytes to claims, one reusable [`Claim`] at a time.
//!
//! The loop a segment belongs to follows from a region (header, provider, subscriber, patient,
//! claim, other payer, line), the last NM1 of that region, and nothing else; the order of
//! segments inside a loop is not relied on.

mod claim;
mod context;
mod envelope;
mod hierarchy;
mod ids;
mod line;
mod log;
mod odd;
mod unwrap;

pub use context::{Level, ReaderContext};
pub use envelope::{EnvelopeEvent, TransactionSetBegin};
pub use log::{LISTED_PER_KIND, NoticeLog};
pub use unwrap::{Origin, Unwrapped, unwrap};

use crate::finding::{Notice, NoticeKind};
use crate::text::Text;
use crate::x12::grammar::Parsed;
use crate::x12::scan::ElementTable;
use crate::x12::{
    ElementReference, Elements, EnvelopeIds, ISA_LENGTH, Position, RawSegment, SegmentId,
    SegmentPlace, SegmentScanner,
};

use super::model::{Claim, Payer};
use super::segments;
use ids::SegmentKind;

/// Takes what the reader finds, in file order.
pub trait ClaimSink<'a> {
    /// An envelope opens or closes.
    fn envelope(&mut self, event: EnvelopeEvent<'a>, place: SegmentPlace);

    /// A claim is complete.
    fn claim(&mut self, claim: &Claim<'a>);
}

/// More NUL bytes than this between two segments are no padding.
const MOST_PADDING: usize = 16;

/// Where the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    /// Before an ISA or after an IEA.
    Outside,
    /// Inside of an interchange, no transaction set open.
    Envelope,
    /// Inside of a transaction set that is not an 837.
    Skipped,
    /// Between ST and the first HL.
    Header,
    /// HL 20.
    Provider,
    /// HL 22.
    Subscriber,
    /// HL 23.
    Patient,
    /// An HL of another level, until SBR or NM1 tell whose it is.
    UnknownLevel,
    /// Loop 2300 and 2310.
    Claim,
    /// Loop 2320 and 2330.
    OtherPayer,
    /// Loop 2400 and below.
    Line,
    /// Service lines of a claim that has too many.
    BeyondLimit,
}

/// Whom the last NM1 named, for the segments that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CurrentParty {
    /// No NM1 yet in this region.
    None,
    Billing,
    Subscriber,
    Patient,
    ClaimRendering,
    /// Somebody whose further segments are not needed.
    Other,
}

/// How the reading of a buffer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The buffer was read to its end.
    Done,
    /// The next claim, level or transaction set begins at this offset of the buffer, at or after
    /// the limit; it has not been read.
    Boundary {
        /// Offset in the buffer.
        at: usize,
    },
    /// Line breaks stand inside of segments (first seen at this offset): the buffer must be
    /// [unwrapped](unwrap) and read again.
    Wrapped {
        /// Offset in the buffer.
        at: usize,
    },
}

/// Reads claims from buffers that follow each other.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about where the reader stands"
)]
pub struct ClaimReader<'a> {
    claim: Claim<'a>,
    region: Region,
    /// An ST is open. Claims are read without one, too, so the region does not tell.
    set_open: bool,
    party: CurrentParty,
    /// HL01 of the open provider and subscriber levels.
    provider_level: &'a [u8],
    subscriber_level: &'a [u8],
    /// HL01 of the level whose HL03 is unknown.
    unknown_level: &'a [u8],
    /// The subscriber's payer, while a patient's level names another.
    payer_above: Option<Payer<'a>>,
    /// ST seen, but not told to the sink: its header segments are still being read.
    pending_set: Option<(TransactionSetBegin<'a>, SegmentPlace)>,
    /// A CLM is open.
    claim_open: bool,
    /// An LX is open that has no SV segment yet.
    pending_line: Option<SegmentPlace>,
    /// Version of the open functional group (GS08).
    group_version: &'a [u8],
    /// The last SVD of the open line is open for CAS.
    adjudicating: bool,
    /// Segments of the open transaction set, counted from ST = 1, or from the beginning of the
    /// buffer when the set was opened before it.
    ordinal: u64,
    /// 2000A loops of the open transaction set so far, counted like `ordinal`.
    provider_loops: u32,
    /// All segments read.
    segments: u64,
    /// First transaction set that was opened in the buffer: offset of its ST in the file.
    first_set: Option<u64>,
    origin: Origin<'a>,
    /// The buffer.
    bytes: &'a [u8],
    /// Reads the context of a buffer: nothing is counted or told.
    replaying: bool,
    /// Reading stops before the first claim, level or set at or after this offset.
    limit: usize,
    /// Why reading stops.
    stop: Option<Ended>,
    marks: context::Marks,
    /// Notices found so far.
    pub log: NoticeLog,
}

impl Default for ClaimReader<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> ClaimReader<'a> {
    /// A reader that stands before the first interchange.
    pub fn new() -> Self {
        Self {
            claim: Claim::new(),
            region: Region::Outside,
            set_open: false,
            party: CurrentParty::None,
            provider_level: &[],
            subscriber_level: &[],
            unknown_level: &[],
            payer_above: None,
            pending_set: None,
            claim_open: false,
            pending_line: None,
            group_version: &[],
            adjudicating: false,
            ordinal: 0,
            provider_loops: 0,
            segments: 0,
            first_set: None,
            origin: Origin::default(),
            bytes: &[],
            replaying: false,
            limit: usize::MAX,
            stop: None,
            marks: context::Marks::default(),
            log: NoticeLog::default(),
        }
    }

    /// All segments read so far, empty ones not counted.
    pub const fn segments(&self) -> u64 {
        self.segments
    }

    /// Segments of the open transaction set so far; relative to the beginning of the buffer when
    /// the set was opened before it.
    pub const fn ordinal(&self) -> u64 {
        self.ordinal
    }

    /// 2000A loops of the open transaction set so far, counted like [`Self::ordinal`]; a loop
    /// that was opened before the buffer counts as one.
    pub const fn provider_loops(&self) -> u32 {
        self.provider_loops
    }

    /// Offset in the file of the first ST of the buffer; what stands before it belongs to a set
    /// that was opened before the buffer.
    pub const fn first_set(&self) -> Option<u64> {
        self.first_set
    }

    /// What a buffer that follows this one inherits, given what this one (`bytes`) inherited.
    pub fn context(&self, inherited: &ReaderContext, bytes: &[u8]) -> ReaderContext {
        self.marks
            .context(inherited, bytes, self.claim.envelope.delimiters.terminator)
    }

    /// Reads the segments that a buffer inherits from what stands before it, without telling
    /// anybody.
    pub fn replay(&mut self, context: &'a [u8]) -> Ended {
        struct Nobody;
        impl<'a> ClaimSink<'a> for Nobody {
            fn envelope(&mut self, _: EnvelopeEvent<'a>, _: SegmentPlace) {}
            fn claim(&mut self, _: &Claim<'a>) {}
        }
        self.replaying = true;
        let ended = self.read(context, Origin::default(), usize::MAX, &mut Nobody);
        self.replaying = false;
        self.pending_set = None;
        self.ordinal = 0;
        self.segments = 0;
        self.first_set = None;
        self.marks = context::Marks::default();
        ended
    }

    /// Reads `bytes`, whose place in the file `origin` tells, up to the first claim, level or
    /// transaction set that begins at or after `limit`.
    ///
    /// The claim that is open at the end stays open: [`Self::finish`] tells it.
    pub fn read(
        &mut self,
        bytes: &'a [u8],
        origin: Origin<'a>,
        limit: usize,
        sink: &mut impl ClaimSink<'a>,
    ) -> Ended {
        self.origin = origin;
        self.bytes = bytes;
        self.limit = limit;
        let mut table = ElementTable::default();
        let mut scanner = SegmentScanner::new(bytes, self.claim.envelope.delimiters.terminator);
        loop {
            let next = if self.region == Region::Outside {
                let at = scanner.position();
                if at >= limit {
                    return Ended::Boundary { at };
                }
                let Some(next) = self.open_interchange(bytes, at, sink) else {
                    break;
                };
                Some(next)
            } else {
                let before = scanner.position();
                let Some(mut segment) = scanner.next() else {
                    break;
                };
                let broken_off = (segment.bytes.len() > ISA_LENGTH)
                    .then(|| odd::broken_off(segment))
                    .flatten()
                    .map(|length| segment.offset + length);
                if let Some(end) = broken_off {
                    segment.bytes = &bytes[segment.offset..end];
                    segment.terminated = false;
                }
                if segment.offset > before + MOST_PADDING {
                    self.check_padding(&bytes[before..segment.offset], before);
                }
                self.segment(bytes, segment, &mut table, scanner.is_suspicious(), sink)
                    .or(broken_off)
            };
            if let Some(ended) = self.stop.take() {
                if let Ended::Boundary { at } = ended {
                    self.marks.close(at);
                }
                return ended;
            }
            if let Some(next) = next {
                scanner.restart(next, self.claim.envelope.delimiters.terminator);
            }
        }
        self.marks.close(bytes.len());
        Ended::Done
    }

    /// Tells what is still open: the header of a transaction set, and the claim. Whatever closes
    /// them begins with this, and so does the end of the buffer.
    #[inline(always)]
    pub fn finish(&mut self, sink: &mut impl ClaimSink<'a>) {
        self.announce_set(sink);
        self.end_claim(sink);
    }

    /// Reads one segment. Returns where to go on when the delimiters changed.
    #[inline(always)]
    fn segment(
        &mut self,
        bytes: &'a [u8],
        segment: RawSegment<'a>,
        table: &mut ElementTable<'a>,
        suspicious: bool,
        sink: &mut impl ClaimSink<'a>,
    ) -> Option<usize> {
        let delimiters = self.claim.envelope.delimiters;
        if suspicious && self.is_wrapped(segment) {
            return None;
        }
        let mut kind = SegmentKind::of(segment.bytes, delimiters.element);
        if kind.is_odd() || !segment.terminated {
            let Some(of) = self.odd_segment(segment, kind, sink) else {
                if suspicious && self.stop.is_none() {
                    self.check_nuls(segment, kind, sink);
                }
                return None;
            };
            kind = of;
        }
        if segment.offset >= self.limit && kind.is_boundary() {
            self.stop = Some(Ended::Boundary { at: segment.offset });
            return None;
        }
        if suspicious {
            self.ordinal += 1;
            self.check_nuls(segment, kind, sink);
            self.ordinal -= 1;
        }
        if kind == SegmentKind::Isa {
            return Some(self.reopen_interchange(bytes, segment.offset, sink));
        }
        self.ordinal += 1;
        self.segments += 1;
        let is_unwanted = match kind {
            SegmentKind::Ignored => true,
            // Of all addresses only the billing provider's is looked at.
            SegmentKind::N4 => {
                self.region != Region::Provider || self.party != CurrentParty::Billing
            }
            _ => self.region == Region::Skipped && !kind.is_envelope(),
        };
        if is_unwanted {
            return None;
        }
        let end = segment.offset + segment.bytes.len();
        let fits = table.locate(
            bytes,
            segment.offset,
            end,
            delimiters.element,
            delimiters.component,
        );
        if !fits || table.count() == 0 {
            self.odd_layout(segment, kind, fits, sink);
        }
        let elements = Elements::new(table);
        self.dispatch(segment, kind, elements, sink);
        None
    }

    #[inline(always)]
    fn dispatch(
        &mut self,
        segment: RawSegment<'a>,
        kind: SegmentKind,
        elements: Elements<'a, '_>,
        sink: &mut impl ClaimSink<'a>,
    ) {
        use SegmentKind as K;
        let at = segment.offset;
        match kind {
            K::Sv1 | K::Sv2 | K::Sv3 => self.service_line(kind, segment, elements),
            K::Lx => self.line_number(at, elements),
            K::Dtp => self.date(at, elements),
            K::Ref => self.reference(elements),
            K::Nm1 => self.party(at, elements),
            K::Hi => self.health_care_codes(at, elements),
            K::Clm => self.begin_claim(at, elements, sink),
            K::Hl => self.hierarchical_level(at, elements, sink),
            K::Sbr => self.subscriber(at, elements),
            K::Dmg => self.demographics(at, elements),
            K::Prv => self.provider(elements),
            K::N4 => self.claim.billing_state = parsed(segments::n4(elements)),
            K::Pwk | K::Nte | K::Crc | K::Cr3 | K::K3 => self.evidence(kind, elements),
            K::Svd => self.line_adjudication(at, elements),
            K::Cas => self.adjustment(at, elements),
            K::Bht => self.batch_reference(elements),
            K::St => self.begin_set(at, segment.bytes.len(), elements, sink),
            K::Se => self.end_set(at, elements, sink),
            K::Gs => self.begin_group(at, elements, sink),
            K::Ge => self.end_group(at, elements, sink),
            K::Iea => self.end_interchange(at, elements, sink),
            K::Isa | K::Ignored | K::Unknown | K::Empty => {}
        }
    }

    /// The place of the segment at this offset of the buffer, which is the last one counted.
    fn place(&self, at: usize) -> SegmentPlace {
        SegmentPlace {
            offset: self.origin.offset(at) as u64,
            ordinal: if self.in_transaction_set() {
                self.ordinal
            } else {
                0
            },
        }
    }

    #[cold]
    fn notice(
        &mut self,
        kind: NoticeKind,
        at: usize,
        reference: Option<ElementReference>,
        message: impl FnOnce() -> String,
    ) {
        if self.replaying || !self.log.admits(kind) {
            return;
        }
        let envelope = &self.claim.envelope;
        let in_group = self.region != Region::Outside && !self.group_version.is_empty();
        let in_set = self.in_transaction_set();
        let text = |condition: bool, bytes: &[u8]| Text::new(if condition { bytes } else { &[] });
        let line = self
            .claim
            .lines
            .last()
            .filter(|_| self.region == Region::Line);
        let position = Position {
            envelope: EnvelopeIds {
                isa13: text(self.region != Region::Outside, envelope.isa13),
                gs06: text(in_group || in_set, envelope.gs06),
                st02: text(in_set, envelope.st02),
            },
            place: self.place(at),
            segment: reference.map_or_else(|| self.identifier(at), |about| about.segment),
            loop_id: self.loop_id(),
            claim: self.claim_open.then(|| Text::new(self.claim.id)),
            line: line.map(|line| Text::new(line.number)),
            reference,
        };
        self.log.push(Notice::new(kind, position, message()));
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

    const fn loop_id(&self) -> &'static str {
        match self.region {
            Region::Outside
            | Region::Envelope
            | Region::Skipped
            | Region::Header
            | Region::UnknownLevel => "",
            Region::Provider => "2000A",
            Region::Subscriber => "2000B",
            Region::Patient => "2000C",
            Region::Claim => "2300",
            Region::OtherPayer => "2320",
            Region::Line | Region::BeyondLimit => "2400",
        }
    }

    const fn in_transaction_set(&self) -> bool {
        self.set_open
    }

    /// Region of a claim or below.
    const fn in_claim(&self) -> bool {
        matches!(
            self.region,
            Region::Claim | Region::OtherPayer | Region::Line
        )
    }
}

/// Unpacks a parser's result; the grammar of these segments has no required element.
#[inline(always)]
fn parsed<O: Default>(result: Parsed<'_, '_, O>) -> O {
    result.map(|(_, output)| output).unwrap_or_default()
}
