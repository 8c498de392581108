//! The streaming reader: from bytes to claims, one reusable [`Claim`] at a time.
//!
//! The loop a segment belongs to follows from a region (header, provider, subscriber, patient,
//! claim, other payer, line), the last NM1 of that region, and nothing else; the order of
//! segments inside a loop is not relied on.

mod batch;
mod claim;
mod closer;
mod context;
mod envelope;
mod hierarchy;
mod ids;
mod line;
mod log;
mod odd;
mod tell;
mod unwrap;

use context::LEVELS;
pub use context::{Level, ReaderContext};
pub use envelope::{EnvelopeEvent, TransactionSetBegin};
pub use log::{LISTED_PER_KIND, NoticeLog};
pub use unwrap::{Origin, Unwrapped, unwrap};

use crate::x12::grammar::Parsed;
use crate::x12::scan;
use crate::x12::{Delimiters, Elements, SegmentPlace};

use super::model::{Claim, Payer};
use super::segments;
use batch::{Batch, Next, Span};
use closer::Closer;
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
    /// Service lines of a claim that has too many, or whose CLM got lost.
    BeyondLimit,
}

impl Region {
    /// The loop of the guides that it begins with; empty where none is open or known.
    const fn loop_id(self) -> &'static str {
        match self {
            Self::Outside | Self::Envelope | Self::Skipped | Self::Header | Self::UnknownLevel => {
                ""
            }
            Self::Provider => "2000A",
            Self::Subscriber => "2000B",
            Self::Patient => "2000C",
            Self::Claim => "2300",
            Self::OtherPayer => "2320",
            Self::Line | Self::BeyondLimit => "2400",
        }
    }
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
    /// A subscriber is open below the provider.
    has_subscriber: bool,
    /// HL01 of the level whose HL03 is unknown.
    unknown_level: &'a [u8],
    /// The subscriber's payer, while a patient's level names another.
    payer_above: Option<Payer<'a>>,
    /// ST seen, but not told to the sink: its header segments are still being read.
    pending_set: Option<(TransactionSetBegin<'a>, SegmentPlace)>,
    /// A CLM is open.
    claim_open: bool,
    /// The open levels of which data got lost.
    damaged: [bool; LEVELS],
    /// An LX is open that has no SV segment yet.
    pending_line: Option<SegmentPlace>,
    /// Version of the open functional group (GS08).
    group_version: &'a [u8],
    /// LX of the open claim that got no SV segment.
    empty_lines: usize,
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
    /// What stands outside of interchanges here was told of, until the next one begins.
    outside_is_told: bool,
    /// Line breaks stand inside of the ISA that was read last, at this offset of the buffer.
    wrapped: Option<usize>,
    marks: context::Marks,
    /// The buffer ends where the data end, not only what is there of them: a last segment may lack its terminator.
    pub ends_data: bool,
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
            has_subscriber: false,
            unknown_level: &[],
            payer_above: None,
            pending_set: None,
            claim_open: false,
            damaged: [false; LEVELS],
            pending_line: None,
            group_version: &[],
            empty_lines: 0,
            adjudicating: false,
            ordinal: 0,
            provider_loops: 0,
            segments: 0,
            first_set: None,
            origin: Origin::default(),
            bytes: &[],
            replaying: false,
            limit: usize::MAX,
            outside_is_told: false,
            wrapped: None,
            marks: context::Marks::default(),
            ends_data: true,
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
        let terminator = self.claim.envelope.delimiters.terminator;
        let mut context = self.marks.context(inherited, bytes, terminator);
        context.is_told = self.region == Region::Outside && self.outside_is_told;
        context
    }

    /// Takes over what a buffer inherits from what stands before it, whose segments are `bytes`.
    pub fn inherit(&mut self, context: &ReaderContext, bytes: &'a [u8]) {
        // It was cleaned of line breaks when it was taken.
        let _ = self.replay(bytes);
        self.outside_is_told = context.is_told;
    }

    /// Reads the segments that a buffer inherits from what stands before it, without telling
    /// anybody.
    fn replay(&mut self, context: &'a [u8]) -> Ended {
        struct Nobody;
        impl<'a> ClaimSink<'a> for Nobody {
            fn envelope(&mut self, _: EnvelopeEvent<'a>, _: SegmentPlace) {}
            fn claim(&mut self, _: &Claim<'a>) {}
        }
        self.replaying = true;
        let ended = self.read(context, Origin::default(), usize::MAX, &mut Nobody);
        // What stands in front of the buffer's first segment.
        let last = context.iter().rposition(|byte| !scan::is_padding(*byte));
        let behind = last.map_or(0, |last| last + 1);
        self.check_padding(&context[behind..], behind);
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
        let mut position = 0;
        let mut batch = Batch::new();
        loop {
            if self.region == Region::Outside {
                if position >= limit {
                    return Ended::Boundary { at: position };
                }
                let Some(next) = self.open_interchange(bytes, position, sink) else {
                    // Nothing of what is left is needed to read on, however much more of it comes.
                    let mut rest = bytes[position.min(bytes.len())..].iter();
                    if limit < bytes.len() && rest.all(|byte| envelope::is_padding(*byte)) {
                        return Ended::Boundary { at: bytes.len() };
                    }
                    break;
                };
                if let Some(at) = self.wrapped.take() {
                    return Ended::Wrapped { at };
                }
                position = next;
                continue;
            }
            let delimiters = self.claim.envelope.delimiters;
            let next = if self.region == Region::Skipped {
                batch::odd(bytes, position, delimiters.terminator)
            } else {
                let next = batch.fill(bytes, &mut position, delimiters, limit);
                for found in batch.found() {
                    self.ordinal = self.ordinal.wrapping_add(1);
                    self.segment(&found.span, found.kind, sink);
                }
                self.segments += batch.found().len() as u64;
                next
            };
            let (before, segment, behind) = match next {
                Next::Plain => continue,
                Next::End => break,
                Next::Odd {
                    before,
                    segment,
                    behind,
                } => (before, segment, behind),
            };
            position = match self.look_closer(before, segment, sink) {
                Closer::Next => behind,
                Closer::GoOn(next) => next,
                Closer::Stopped(ended) => {
                    if let Ended::Boundary { at } = ended {
                        self.marks.close(at);
                    }
                    return ended;
                }
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

    /// Tells what is still open where the data end: the claim is not whole.
    pub fn break_off(&mut self, sink: &mut impl ClaimSink<'a>) {
        self.claim.is_whole = false;
        self.finish(sink);
    }

    /// Of all addresses only the billing provider's is looked at.
    #[inline(always)]
    fn wants_address(&self) -> bool {
        self.region == Region::Provider && self.party == CurrentParty::Billing
    }

    /// The elements of a segment of the buffer.
    #[inline(always)]
    fn elements(&self, segment: &Span) -> Elements<'a> {
        let Delimiters {
            element, component, ..
        } = self.claim.envelope.delimiters;
        let bytes = &self.bytes[segment.at..];
        Elements::located(
            bytes,
            segment.length,
            segment.separators,
            element,
            component,
        )
        .0
    }

    /// Reads a segment that has been counted.
    #[inline(always)]
    fn segment(&mut self, segment: &Span, kind: SegmentKind, sink: &mut impl ClaimSink<'a>) {
        use SegmentKind as K;
        let at = segment.at;
        match kind {
            K::Sv1 => self.professional_service(segment),
            K::Sv2 => self.institutional_service(segment),
            K::Sv3 => self.dental_service(segment),
            K::Lx => self.line_number(segment),
            K::Dtp => self.date(segment),
            K::Ref => self.reference(segment),
            K::Nm1 => self.party(segment, sink),
            K::Hi => self.health_care_codes(segment, sink),
            K::Clm => self.begin_claim(segment, sink),
            K::Hl => self.hierarchical_level(segment, sink),
            K::Sbr => self.subscriber(segment, sink),
            K::Dmg => self.demographics(segment),
            K::Prv => self.provider(segment),
            K::N4 => {
                if self.wants_address() {
                    self.claim.billing_state = parsed(segments::n4(self.elements(segment)));
                }
            }
            K::Pwk | K::Nte | K::Crc | K::Cr3 | K::K3 => self.evidence(kind, segment),
            K::Svd => self.line_adjudication(segment),
            K::Cas => self.adjustment(segment),
            K::Bht => self.batch_reference(self.elements(segment)),
            K::St => self.begin_set(segment, sink),
            K::Se => self.end_set(at, self.elements(segment), sink),
            K::Gs => self.begin_group(at, self.elements(segment), sink),
            K::Ge => self.end_group(at, self.elements(segment), sink),
            K::Iea => self.end_interchange(at, self.elements(segment), sink),
            K::Isa | K::Ignored | K::Unknown | K::Empty => {}
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
fn parsed<O: Default>(result: Parsed<'_, O>) -> O {
    result.map(|(_, output)| output).unwrap_or_default()
}
