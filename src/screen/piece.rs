//! Reading and judging one piece of a file: the unit of parallel work.

use smallvec::SmallVec;

use crate::claim::reader::{
    ClaimReader, ClaimSink, Ended, EnvelopeEvent, NoticeLog, Origin, ReaderContext, unwrap,
};
use crate::claim::{Claim, Party};
use crate::code::Modifier;
use crate::finding::{
    ClaimOutcome, Counts, Flaw, GroupInfo, HeadingParty, InterchangeInfo, LineOutcome, Notice,
    NoticeKind, SkippedSetInfo, TransactionSetInfo,
};
use crate::ledger::{ClaimIdentity, Frequency};
use crate::phi::PatientHash;
use crate::policy::{MetPayers, PayerClassId};
use crate::rule::{Accrual, Hit};
use crate::text::Text;
use crate::x12::{ElementReference, Position, SegmentId, SegmentPlace, packed};

use super::abridged::{AbridgedClaim, AbridgedLines};
use super::identity::{Reach, claim_identity};
use super::job::{Job, Task};
use super::lines::write_lines;
use super::outcome::{ValidDiagnoses, claim_outcome, line_outcome, patient_hash};
use super::pipeline::packed_unread;

/// A claim whose findings may still grow when the ledger has spoken.
pub struct PendingClaim {
    /// The claim without lines and findings.
    pub outcome: ClaimOutcome,
    /// Lines that have a hit, with their index in the claim.
    pub lines: Vec<(u32, LineOutcome)>,
    /// Lines that may get one.
    pub waiting: AbridgedLines,
    /// Hits so far.
    pub hits: Vec<Hit>,
    /// What the claim adds to totals; `None` when it adds nothing.
    pub accruing: Option<Box<Accruing>>,
}

/// A claim on which nothing was found, unless the ledger will.
pub struct WaitingClaim {
    /// The claim, and the lines that may get a hit.
    pub claim: AbridgedClaim,
    /// What the claim adds to totals.
    pub accruing: Box<Accruing>,
}

/// What a claim adds to totals.
pub struct Accruing {
    /// Who was treated.
    pub patient: PatientHash,
    /// What tells the claim from others.
    pub identity: ClaimIdentity,
    /// What its lines add.
    pub accruals: Vec<Accrual>,
}

/// What a piece yields, in file order.
pub enum Item {
    /// ISA.
    Interchange(Box<InterchangeInfo>),
    /// GS.
    Group(Box<GroupInfo>),
    /// ST of an 837; what belongs to the group is filled in later.
    Set(Box<TransactionSetInfo>),
    /// ST of something else.
    SkippedSet(Box<SkippedSetInfo>),
    /// SE.
    SetEnd(TrailerText),
    /// GE.
    GroupEnd(TrailerText),
    /// IEA.
    InterchangeEnd(TrailerText),
    /// A claim that reports or the ledger want.
    Claim(Box<PendingClaim>),
    /// A claim that the ledger wants, and reports perhaps.
    Waiting(Box<WaitingClaim>),
    /// A claim that only the ledger wants.
    Accruals(Box<Accruing>),
}

/// A trailer's count and control number.
pub struct TrailerText {
    /// SE01, GE01, IEA01.
    pub count: Text,
    /// SE02, GE02, IEA02.
    pub control_number: Text,
}

/// What became of a piece.
#[derive(Default)]
pub struct PieceResult {
    /// Items with their places, in file order.
    pub items: Vec<(SegmentPlace, Item)>,
    /// Notices.
    pub log: NoticeLog,
    /// Claims, lines, segments and charges.
    pub counts: Counts,
    /// JSON Lines of service lines, when those were asked for.
    pub text: Vec<u8>,
    /// Where the next piece begins, as an offset in the file; `None` at the end of the file.
    pub end: Option<usize>,
    /// What the next piece inherits.
    pub context: ReaderContext,
    /// The first ST of the piece; what stands before it belongs to a set that was open.
    pub first_set: Option<u64>,
    /// Segments of the open set at the end of the piece (relative while no ST was seen).
    pub ordinal: u64,
    /// 2000A loops of the open set at the end of the piece (relative while no ST was seen).
    pub provider_loops: u32,
    /// The piece inherited an open billing provider, which its relative counts include.
    pub inherited_provider: bool,
}

impl PieceResult {
    /// Patients of claims that add to totals.
    pub fn patients(&self) -> impl Iterator<Item = PatientHash> {
        self.items.iter().filter_map(|(_, item)| match item {
            Item::Claim(claim) => claim.accruing.as_ref().map(|accruing| accruing.patient),
            Item::Waiting(claim) => Some(claim.accruing.patient),
            Item::Accruals(accruing) => Some(accruing.patient),
            _ => None,
        })
    }
}

/// Where a piece stands in a buffer and the buffer in the file.
#[derive(Clone, Copy)]
pub struct Extent {
    /// Offset in the file of the buffer's first byte, where the piece begins.
    pub base: usize,
    /// The piece ends before the first boundary at or after this offset of the buffer.
    pub limit: usize,
    /// The buffer ends where the file ends.
    pub at_end: bool,
}

/// So many items are enough for most pieces.
const ITEMS: usize = 512;

/// Bytes behind the limit that are looked at for a boundary, when line breaks must be removed.
const UNWRAP_MARGIN: usize = 1 << 16;

/// The same for pieces that are small themselves.
const SMALLEST_UNWRAP_MARGIN: usize = 1 << 12;

/// Reads and judges a piece. `None` when the buffer ends before the piece does: more bytes are
/// needed.
pub fn run(
    job: &Job,
    buffer: &[u8],
    extent: Extent,
    inherited: &ReaderContext,
) -> Option<PieceResult> {
    match read(job, buffer, Origin::at(extent.base), extent, inherited) {
        Outcome::Complete(result) => Some(*result),
        Outcome::NeedsMore => None,
        Outcome::Wrapped(at) => run_unwrapped(job, buffer, extent, inherited, at),
    }
}

enum Outcome {
    Complete(Box<PieceResult>),
    NeedsMore,
    /// Offset in the buffer at which the first line break inside of a segment was seen.
    Wrapped(usize),
}

/// Reads a copy without line breaks, as much of the buffer as the piece turns out to need.
fn run_unwrapped(
    job: &Job,
    buffer: &[u8],
    extent: Extent,
    inherited: &ReaderContext,
    at: usize,
) -> Option<PieceResult> {
    let terminator = inherited.terminator().unwrap_or(b'~');
    let mut margin = UNWRAP_MARGIN.min(extent.limit.max(SMALLEST_UNWRAP_MARGIN));
    loop {
        let end = buffer.len().min(extent.limit.saturating_add(margin));
        let whole = end == buffer.len();
        let copy = unwrap(&buffer[..end], terminator);
        let origin = Origin {
            base: extent.base,
            unwrapped: Some(&copy),
        };
        let clean = Extent {
            limit: copy.offset_of_original(extent.limit),
            at_end: extent.at_end && whole,
            ..extent
        };
        match read(job, &copy.bytes, origin, clean, inherited) {
            Outcome::Complete(mut result) => {
                // A break that the copy begins with moves the limit: the piece may end before the first segment.
                let is_in_piece = result.end.is_none_or(|end| end > extent.base + at);
                let offset = (extent.base + at) as u64;
                if is_in_piece && result.log.admits(NoticeKind::WrappedSegments, offset) {
                    let place = SegmentPlace { offset, ordinal: 0 };
                    let position = Position {
                        place,
                        ..Position::default()
                    };
                    let message = "line breaks inside of segments were removed";
                    let notice = Notice::new(NoticeKind::WrappedSegments, position, message);
                    let listed = &mut result.log.listed;
                    let before =
                        listed.partition_point(|other| other.position.place.offset < place.offset);
                    listed.insert(before, notice);
                }
                return Some(*result);
            }
            Outcome::NeedsMore if whole => return None,
            Outcome::NeedsMore => margin = margin.saturating_mul(4),
            Outcome::Wrapped(_) => unreachable!("line breaks do not stop the reading of a copy"),
        }
    }
}

fn read(
    job: &Job,
    buffer: &[u8],
    origin: Origin<'_>,
    extent: Extent,
    inherited: &ReaderContext,
) -> Outcome {
    let context = inherited.bytes();
    let mut reader = ClaimReader::new();
    reader.inherit(inherited, &context);
    reader.ends_data = extent.at_end;
    let mut result = PieceResult {
        items: Vec::with_capacity(ITEMS),
        ..PieceResult::default()
    };
    if let Task::Screen {
        every_set: true, ..
    } = job.task
    {
        reader.log = NoticeLog::of_each_set();
        result.log = NoticeLog::of_each_set();
    }
    let mut sink = Sink {
        job,
        result,
        payers: MetPayers::default(),
        hits: Vec::new(),
        accruals: Vec::new(),
    };
    let end = match reader.read(buffer, origin, extent.limit, &mut sink) {
        Ended::Wrapped { at } => return Outcome::Wrapped(at),
        Ended::Boundary { at } => Some(at),
        Ended::Done if extent.at_end => None,
        Ended::Done => return Outcome::NeedsMore,
    };
    match end {
        Some(_) => reader.finish(&mut sink),
        None => reader.break_off(&mut sink),
    }
    let mut result = sink.result;
    let at = |offset: usize| match origin.unwrapped {
        Some(copy) => copy.offset_of_original(offset.saturating_sub(extent.base)),
        None => offset.saturating_sub(extent.base),
    };
    tell_packed(&mut result.log, &reader.log, |offset| {
        buffer.get(at(offset)..).unwrap_or_default()
    });
    result.end = end.map(|at| origin.offset(at));
    result.context = reader.context(inherited, buffer);
    result.first_set = reader.first_set();
    result.ordinal = reader.ordinal();
    result.provider_loops = reader.provider_loops();
    result.inherited_provider = inherited.has_provider();
    result.counts.segments = reader.segments();
    result.log.absorb(std::mem::take(&mut reader.log));
    Outcome::Complete(Box::new(result))
}

/// What stands outside of interchanges is a defect as a rule. Packed data may hold claims: they are lost.
fn tell_packed<'b>(log: &mut NoticeLog, of_reader: &NoticeLog, bytes: impl Fn(usize) -> &'b [u8]) {
    let outside = of_reader.listed.iter();
    for notice in outside.filter(|notice| notice.kind == NoticeKind::DataOutsideInterchange) {
        let offset = notice.position.place.offset;
        let found = usize::try_from(offset).map(&bytes).unwrap_or_default();
        let Some(name) = packed(found) else { continue };
        if log.admits(NoticeKind::NotX12, offset) {
            let position = notice.position.clone();
            log.push(Notice::new(
                NoticeKind::NotX12,
                position,
                packed_unread(name),
            ));
        }
    }
}

/// Turns what the reader tells into owned items.
struct Sink<'j, 'a> {
    job: &'j Job,
    result: PieceResult,
    payers: MetPayers<'a>,
    hits: Vec<Hit>,
    accruals: Vec<Accrual>,
}

impl<'a> ClaimSink<'a> for Sink<'_, 'a> {
    fn envelope(&mut self, event: EnvelopeEvent<'a>, place: SegmentPlace) {
        let trailer = |trailer: crate::x12::Trailer<'_>| TrailerText {
            count: Text::new(trailer.count),
            control_number: Text::new(trailer.control_number),
        };
        self.result.log.begin_part();
        let item = match event {
            EnvelopeEvent::InterchangeBegin(header) => {
                self.result.counts.interchanges += 1;
                Item::Interchange(Box::new(InterchangeInfo {
                    control_number: Text::new(header.control_number()),
                    sender_qualifier: Text::new(header.element(5)),
                    sender_id: Text::new(header.element(6)),
                    receiver_qualifier: Text::new(header.element(7)),
                    receiver_id: Text::new(header.element(8)),
                    version: Text::new(header.element(12)),
                    usage: Text::new(header.element(15)),
                    date: Text::new(header.element(9)),
                    time: Text::new(header.element(10)),
                    invalid_elements: header.invalid_elements(),
                    delimiters: header.delimiters,
                }))
            }
            EnvelopeEvent::GroupBegin(group) => Item::Group(Box::new(GroupInfo {
                functional_id: Text::new(group.functional_id),
                sender: Text::new(group.sender),
                receiver: Text::new(group.receiver),
                control_number: Text::new(group.control_number),
                version: Text::new(group.version),
            })),
            EnvelopeEvent::SetBegin(set) => {
                self.result.counts.transaction_sets += 1;
                Item::Set(Box::new(TransactionSetInfo {
                    control_number: Text::new(set.header.control_number),
                    guide: Text::new(set.version),
                    implementation: Text::new(set.header.version),
                    batch_reference: Text::new(set.batch_reference),
                    submitter: heading_party(&set.submitter),
                    receiver: heading_party(&set.receiver),
                    ..TransactionSetInfo::default()
                }))
            }
            EnvelopeEvent::SkippedSetBegin(set) => Item::SkippedSet(Box::new(SkippedSetInfo {
                id: Text::new(set.id),
                control_number: Text::new(set.control_number),
                implementation: Text::new(set.version),
            })),
            EnvelopeEvent::SetEnd(end) => Item::SetEnd(trailer(end)),
            EnvelopeEvent::GroupEnd(end) => Item::GroupEnd(trailer(end)),
            EnvelopeEvent::InterchangeEnd(end) => Item::InterchangeEnd(trailer(end)),
        };
        self.result.items.push((place, item));
    }

    fn claim(&mut self, claim: &Claim<'a>) {
        let counts = &mut self.result.counts;
        counts.claims += 1;
        counts.lines += claim.lines.len() as u64;
        counts.lines_with_kx += claim
            .lines
            .iter()
            .filter(|line| line.has_modifier(Modifier::KX))
            .count() as u64;
        counts.charge = counts.charge.plus(claim.charge.unwrap_or_default());
        match &self.job.task {
            Task::Lines { show_patient } => {
                write_lines(
                    &mut self.result.text,
                    claim,
                    &self.job.hasher,
                    *show_patient,
                );
            }
            Task::Screen {
                rules,
                every_claim,
                every_patient,
                is_kept,
                ..
            } => {
                let payers = rules.policies().payers();
                let payer =
                    rules.judge_next(claim, &mut self.payers, &mut self.hits, &mut self.accruals);
                if payer == PayerClassId::UNKNOWN {
                    self.tell_unknown_payer(claim);
                }
                if let Some((flaw, message)) = unrepeatable(claim) {
                    self.tell_unrepeatable(claim, flaw, message);
                }
                let takes_back = Frequency::new(claim.frequency).takes_back();
                let counts = takes_back || !self.accruals.is_empty();
                let may_be_found = counts || !self.hits.is_empty();
                if *every_claim || may_be_found {
                    let reach = if *is_kept {
                        Reach::Kept(&self.job.hasher)
                    } else {
                        Reach::Run
                    };
                    let patient = if may_be_found || *every_patient {
                        patient_hash(claim, payers.is_medicare(payer), &self.job.hasher)
                    } else {
                        PatientHash::default()
                    };
                    self.keep(claim, patient, *every_claim, reach);
                }
            }
        }
    }
}

/// X12 data element 1028.
const LONGEST_CLAIM_NUMBER: usize = 38;

/// Why an answer cannot repeat CLM01 as it is, if it cannot: it is longer than its element is anywhere, or holds what
/// separates there, where separators are the received ones, and `^` for repetitions where none was declared.
fn unrepeatable(claim: &Claim<'_>) -> Option<(Flaw, &'static str)> {
    let delimiters = claim.envelope.delimiters;
    let repetition = delimiters.repetition.unwrap_or(b'^');
    // Without a branch for each byte: nearly always there is none.
    let lost = claim.id.iter().fold(0, |lost, byte| {
        lost | u8::from(byte.is_ascii_control())
            | u8::from(*byte == delimiters.component)
            | u8::from(*byte == repetition)
    });
    if lost != 0 {
        let message = "CLM01 holds a separator of components or repetitions, or a control character: \
                       answers have a blank in its place";
        return Some((Flaw::Form, message));
    }
    (claim.id.len() > LONGEST_CLAIM_NUMBER).then_some((
        Flaw::Length,
        "CLM01 is longer than 38 characters: a 277CA repeats the first 50",
    ))
}

impl Sink<'_, '_> {
    #[cold]
    fn tell_unknown_payer(&mut self, claim: &Claim<'_>) {
        let message = "neither SBR09 nor the payer's ids and name tell which payer decides: no policy \
                       of a payer was applied (--assume-payer says which)";
        self.tell(claim, NoticeKind::PayerUnknown, None, (None, message));
    }

    /// Tells that no answer can name the claim as it names itself.
    #[cold]
    fn tell_unrepeatable(&mut self, claim: &Claim<'_>, flaw: Flaw, message: &str) {
        let about = Some(ElementReference::new(b"CLM", 1, 0));
        self.tell(
            claim,
            NoticeKind::CharacterDefect,
            about,
            (Some(flaw), message),
        );
    }

    fn tell(
        &mut self,
        claim: &Claim<'_>,
        kind: NoticeKind,
        reference: Option<ElementReference>,
        (flaw, message): (Option<Flaw>, &str),
    ) {
        if !self.result.log.admits(kind, claim.place.offset) {
            return;
        }
        let position = Position {
            envelope: claim.envelope_ids(),
            place: claim.place,
            segment: reference.map_or_else(SegmentId::default, |about| about.segment),
            loop_id: "2300",
            claim: Some(Text::new(claim.id)),
            line: None,
            reference,
        };
        self.result.log.push(Notice {
            flaw,
            ..Notice::new(kind, position, message)
        });
    }

    fn keep(&mut self, claim: &Claim<'_>, patient: PatientHash, always: bool, reach: Reach<'_>) {
        // As long as they must be, while the lists that grow stay.
        let hits: Vec<Hit> = self.hits.drain(..).collect();
        let accruals: Vec<Accrual> = self.accruals.drain(..).collect();
        let frequency = Frequency::new(claim.frequency);
        let is_void = frequency == Frequency::Void;
        let accruing = (frequency.takes_back() || !accruals.is_empty()).then(|| {
            Box::new(Accruing {
                patient,
                identity: claim_identity(claim, &accruals, reach),
                accruals,
            })
        });
        let accruals = accruing
            .as_ref()
            .map_or(&[][..], |accruing| &accruing.accruals);
        let may_be_found = !is_void && accruals.iter().any(|accrual| !accrual.excused);
        let mut last = None;
        // Accruals stand in the order of lines.
        let waiting = accruals
            .iter()
            .filter(|accrual| !accrual.excused && last.replace(accrual.line) != Some(accrual.line))
            .map(|accrual| accrual.line);
        let item = if always || !hits.is_empty() {
            let waiting = if is_void {
                AbridgedLines::default()
            } else {
                AbridgedLines::of(claim, waiting)
            };
            Item::Claim(Box::new(PendingClaim {
                outcome: claim_outcome(claim, patient),
                lines: lines_with_hits(claim, &hits),
                waiting,
                hits,
                accruing,
            }))
        } else if may_be_found {
            let abridged = AbridgedClaim::of(claim, patient, waiting);
            match accruing {
                Some(accruing) => Item::Waiting(Box::new(WaitingClaim {
                    claim: abridged,
                    accruing,
                })),
                None => return,
            }
        } else if let Some(accruing) = accruing {
            Item::Accruals(accruing)
        } else {
            return;
        };
        self.result.items.push((claim.place, item));
    }
}

fn lines_with_hits(claim: &Claim<'_>, hits: &[Hit]) -> Vec<(u32, LineOutcome)> {
    // Hits stand in the order of lines.
    let mut indexes: SmallVec<[u32; 8]> = hits.iter().filter_map(|hit| hit.line).collect();
    indexes.dedup();
    if indexes.is_empty() {
        return Vec::new();
    }
    let diagnoses = ValidDiagnoses::of(claim);
    indexes
        .into_iter()
        .filter_map(|index| {
            let line = claim.lines.get(index as usize)?;
            Some((index, line_outcome(claim, line, index, &diagnoses)))
        })
        .collect()
}

fn heading_party(party: &Party<'_>) -> HeadingParty {
    HeadingParty {
        is_person: party.entity_type == b"1",
        last_or_organization: Text::new(party.last_or_organization),
        first: Text::new(party.first),
        id_qualifier: Text::new(party.id_qualifier),
        id: Text::new(party.id),
    }
}
