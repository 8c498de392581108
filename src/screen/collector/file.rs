//! A file whose pieces come in, in order.

use std::iter::Peekable;

use super::super::piece::{Item, PieceResult, TrailerText};
use super::listener::Listener;
use super::notices::{NoticeCounts, envelope_notice};
use crate::finding::{
    FileSummary, GroupInfo, HeaderFault, Notice, NoticeKind, NoticeLevel, TransactionSetInfo,
};
use crate::ledger::Counted;
use crate::text::Text;
use crate::x12::{
    Content, Defects, EnvelopeFault, EnvelopeIds, EnvelopeTracker, Position, SegmentPlace, sniff,
};

/// What is known of a file so far.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the file"
)]
pub struct FileState {
    pub summary: FileSummary,
    tracker: EnvelopeTracker,
    notices: NoticeCounts,
    ids: EnvelopeIds,
    group: GroupInfo,
    /// Reports were told of an open interchange, group or set.
    told_interchange: bool,
    told_group: bool,
    told_set: bool,
    /// The reading stopped before the end of the file.
    stopped: bool,
    /// More than a line or segment was not read, which explains what is missing at the end.
    lost_more: bool,
    /// Segments and 2000A loops of the open set in the pieces so far.
    ordinal: u64,
    provider_loops: u32,
}

impl FileState {
    pub fn new(name: &str) -> Self {
        Self {
            summary: FileSummary::new(name),
            tracker: EnvelopeTracker::default(),
            notices: NoticeCounts::default(),
            ids: EnvelopeIds::default(),
            group: GroupInfo::default(),
            told_interchange: false,
            told_group: false,
            told_set: false,
            stopped: false,
            lost_more: false,
            ordinal: 0,
            provider_loops: 0,
        }
    }

    /// Looks at the beginning of the file; false when it is not X12.
    pub fn sniff(&mut self, head: &[u8], listener: &mut impl Listener) -> bool {
        let (offset, found) = match sniff(head) {
            Content::X12 { .. } | Content::X12AfterText { .. } => return true,
            Content::Empty => (0, "nothing but blanks"),
            Content::Other(name) => (0, name),
        };
        let found = if head.is_empty() {
            "an empty file"
        } else {
            found
        };
        let message = format!("not X12: expected an ISA segment at byte {offset}, found {found}");
        self.lose(NoticeKind::NotX12, offset, message, listener);
        false
    }

    /// A transaction set is open.
    pub const fn in_transaction_set(&self) -> bool {
        self.tracker.in_transaction_set()
    }

    /// What begins at this offset is not read.
    pub fn stop(
        &mut self,
        kind: NoticeKind,
        offset: u64,
        message: String,
        listener: &mut impl Listener,
    ) {
        self.stopped = true;
        self.lose(kind, offset, message, listener);
    }

    fn lose(
        &mut self,
        kind: NoticeKind,
        offset: u64,
        message: String,
        listener: &mut impl Listener,
    ) {
        let place = SegmentPlace { offset, ordinal: 0 };
        self.tell(
            &Notice::new(
                kind,
                Position {
                    place,
                    ..Position::default()
                },
                message,
            ),
            listener,
        );
    }

    /// Takes the next piece, `bytes` long.
    pub fn piece(&mut self, result: PieceResult, bytes: u64, listener: &mut impl Listener) {
        listener.piece(&result);
        let PieceResult {
            items,
            log,
            mut counts,
            text,
            first_set,
            ordinal,
            provider_loops,
            inherited_provider,
            ..
        } = result;
        counts.bytes = bytes;
        self.summary.counts.add(&counts);
        listener.text(&text);
        let base = Base {
            first_set: first_set.unwrap_or(u64::MAX),
            ordinal: self.ordinal,
            provider_loops: self
                .provider_loops
                .saturating_sub(u32::from(inherited_provider)),
        };
        let mut notices = self.notices.take(log).into_iter().peekable();
        for (mut place, item) in items {
            let at = place.offset;
            while let Some(notice) = next_before(&mut notices, at) {
                self.tell_placed(notice, &base, listener);
            }
            base.settle(&mut place);
            // A notice about a segment comes before what the segment brings about, but within
            // what it opens.
            let opening = self.open(place, &item, listener);
            while let Some(notice) = next_before(&mut notices, at + 1) {
                self.tell_placed(notice, &base, listener);
            }
            self.defects(opening, place, listener);
            self.header(place, &item, listener);
            self.item(place, item, &base, listener);
        }
        for notice in notices {
            self.tell_placed(notice, &base, listener);
        }
        if first_set.is_some() {
            self.ordinal = ordinal;
            self.provider_loops = provider_loops;
        } else {
            self.ordinal += ordinal;
            self.provider_loops = base.provider_loops + provider_loops;
        }
    }

    fn tell_placed(&mut self, mut notice: Notice, base: &Base, listener: &mut impl Listener) {
        base.settle(&mut notice.position.place);
        if self.notices.lists(notice.kind) {
            self.tell(&notice, listener);
        } else {
            listener.further_notice(&notice);
        }
    }

    fn tell(&mut self, notice: &Notice, listener: &mut impl Listener) {
        self.summary.count_notice(notice);
        let is_of_one_segment = matches!(
            notice.kind,
            NoticeKind::ServiceLineUnread
                | NoticeKind::SegmentsRunTogether
                | NoticeKind::LevelDamaged
        );
        self.lost_more |= notice.kind.level() == NoticeLevel::Loss && !is_of_one_segment;
        listener.notice(&self.summary.name, notice);
    }

    /// Tells the envelope that an item opens, if it opens one; what it leaves unclosed is told and
    /// closed first. Returns what is wrong with the new one.
    fn open(&mut self, place: SegmentPlace, item: &Item, listener: &mut impl Listener) -> Defects {
        let found = match item {
            Item::Interchange(info) => self
                .tracker
                .begin_interchange(info.sender_id.as_bytes(), info.control_number.as_bytes()),
            Item::Group(info) => self.tracker.begin_group(info.control_number.as_bytes()),
            Item::Set(info) => self.tracker.begin_set(info.control_number.as_bytes()),
            Item::SkippedSet(info) => self.tracker.begin_set(info.control_number.as_bytes()),
            _ => return Defects::new(),
        };
        let (unclosed, opening): (Defects, Defects) = found
            .into_iter()
            .partition(|defect| defect.fault == EnvelopeFault::NotClosed);
        if matches!(item, Item::Interchange(_)) && self.told_set && !self.lost_more {
            self.tell_truncated(place, "another interchange begins", listener);
        }
        self.defects(unclosed, place, listener);
        match item {
            Item::Interchange(info) => {
                self.close_told(listener);
                self.ids = EnvelopeIds {
                    isa13: info.control_number.clone(),
                    ..EnvelopeIds::default()
                };
                self.told_interchange = true;
                listener.interchange_begin(info);
            }
            Item::Group(info) => {
                self.close_told_group(None, listener);
                self.ids.gs06 = info.control_number.clone();
                self.ids.st02 = Text::default();
                self.group = (**info).clone();
                self.told_group = true;
                listener.group_begin(info);
            }
            Item::Set(info) => {
                self.close_told_set(listener);
                self.ids.st02 = info.control_number.clone();
                self.told_set = true;
                listener.transaction_set_begin(&TransactionSetInfo {
                    group_control_number: self.ids.gs06.clone(),
                    application_sender: self.group.sender.clone(),
                    application_receiver: self.group.receiver.clone(),
                    ..(**info).clone()
                });
            }
            Item::SkippedSet(info) => {
                self.close_told_set(listener);
                self.ids.st02 = info.control_number.clone();
                listener.transaction_set_skipped(info);
            }
            _ => {}
        }
        opening
    }

    /// Tells what is wrong with the values of a header that was opened.
    fn header(&mut self, place: SegmentPlace, item: &Item, listener: &mut impl Listener) {
        let no_group = GroupInfo::default();
        let group = if self.told_group {
            &self.group
        } else {
            &no_group
        };
        let faults: Vec<(HeaderFault, Text)> = match item {
            Item::Interchange(info) => info
                .invalid_elements
                .iter()
                .map(|number| (HeaderFault::Interchange(*number), Text::default()))
                .collect(),
            Item::Group(info) => HeaderFault::of_group(info).collect(),
            Item::Set(info) => {
                let id = Text::from("837");
                HeaderFault::of_set(group, &id, &info.control_number, &info.implementation)
                    .collect()
            }
            Item::SkippedSet(info) => {
                HeaderFault::of_set(group, &info.id, &info.control_number, &info.implementation)
                    .collect()
            }
            _ => return,
        };
        for (fault, found) in faults {
            let position = self.position(place);
            self.tell_unplaced(&fault.notice(&found, position), listener);
        }
    }

    fn item(&mut self, place: SegmentPlace, item: Item, base: &Base, listener: &mut impl Listener) {
        match item {
            Item::Interchange(_) | Item::Group(_) | Item::Set(_) | Item::SkippedSet(_) => {}
            Item::SetEnd(end) => self.end_set(&end, place, listener),
            Item::GroupEnd(end) => self.end_group(&end, place, listener),
            Item::InterchangeEnd(end) => self.end_interchange(&end, place, listener),
            Item::Claim(mut claim) => {
                let provider = &mut claim.outcome.billing_provider;
                provider.loop_ordinal += self.loops_before(&claim.outcome.place, base);
                claim.outcome.place = place;
                let lines = claim.lines.iter_mut().map(|(_, line)| &mut line.place);
                lines
                    .chain(claim.waiting.places())
                    .for_each(|place| base.settle(place));
                let counted = listener.claim(&mut self.summary, &mut claim);
                self.tell_counted(counted, place, &claim.outcome.id, listener);
            }
            Item::Waiting(mut waiting) => {
                let claim = &mut waiting.claim;
                claim.facts.loop_ordinal += self.loops_before(&claim.facts.place, base);
                claim.facts.place = place;
                claim.lines.places().for_each(|place| base.settle(place));
                let counted = listener.waiting(&mut self.summary, &waiting);
                self.tell_counted(counted, place, &waiting.accruing.identity.id, listener);
            }
            Item::Accruals(accruing) => {
                let counted = listener.accruals(place.offset, &accruing);
                self.tell_counted(counted, place, &accruing.identity.id, listener);
            }
        }
    }

    /// How many 2000A loops of the open set stand in the pieces before, for a claim that the piece has
    /// numbered from its own beginning.
    const fn loops_before(&self, claim: &SegmentPlace, base: &Base) -> u32 {
        if self.tracker.in_transaction_set() && claim.offset < base.first_set {
            base.provider_loops
        } else {
            0
        }
    }

    fn end_set(&mut self, end: &TrailerText, place: SegmentPlace, listener: &mut impl Listener) {
        let defects = self.tracker.end_set(
            end.count.as_bytes(),
            end.control_number.as_bytes(),
            place.ordinal,
        );
        self.defects(defects, place, listener);
        self.close_told_set(listener);
        self.ids.st02 = Text::default();
    }

    fn end_group(&mut self, end: &TrailerText, place: SegmentPlace, listener: &mut impl Listener) {
        let defects = self
            .tracker
            .end_group(end.count.as_bytes(), end.control_number.as_bytes());
        self.defects(defects, place, listener);
        self.close_told_group(Some(&end.count), listener);
        self.ids.gs06 = Text::default();
    }

    fn end_interchange(
        &mut self,
        end: &TrailerText,
        place: SegmentPlace,
        listener: &mut impl Listener,
    ) {
        let defects = self
            .tracker
            .end_interchange(end.count.as_bytes(), end.control_number.as_bytes());
        self.defects(defects, place, listener);
        self.close_told_group(None, listener);
        if std::mem::take(&mut self.told_interchange) {
            listener.interchange_end(true);
        }
        self.ids = EnvelopeIds::default();
    }

    /// What became of a claim in the ledger, when that is worth a word.
    fn tell_counted(
        &mut self,
        counted: Option<Counted>,
        place: SegmentPlace,
        id: &Text,
        listener: &mut impl Listener,
    ) {
        let Some((kind, message)) = counted.and_then(counted_message) else {
            return;
        };
        if self.notices.admits(kind) {
            let position = Position {
                loop_id: "2300",
                claim: Some(id.clone()),
                ..self.position(place)
            };
            self.tell(&Notice::new(kind, position, message), listener);
        }
    }

    /// A place in the open envelopes.
    fn position(&self, place: SegmentPlace) -> Position {
        Position {
            envelope: self.ids.clone(),
            place,
            ..Position::default()
        }
    }

    fn defects(&mut self, defects: Defects, place: SegmentPlace, listener: &mut impl Listener) {
        for defect in defects {
            let position = self.position(place);
            self.tell_unplaced(&envelope_notice(defect, position), listener);
        }
    }

    /// Counts a notice that no piece has counted, and tells it.
    fn tell_unplaced(&mut self, notice: &Notice, listener: &mut impl Listener) {
        if self.notices.admits(notice.kind) {
            self.tell(notice, listener);
        } else {
            listener.further_notice(notice);
        }
    }

    fn close_told_set(&mut self, listener: &mut impl Listener) {
        if std::mem::take(&mut self.told_set) {
            listener.transaction_set_end();
        }
    }

    fn close_told_group(&mut self, count: Option<&Text>, listener: &mut impl Listener) {
        self.close_told_set(listener);
        if std::mem::take(&mut self.told_group) {
            listener.group_end(count);
        }
    }

    fn close_told(&mut self, listener: &mut impl Listener) {
        self.close_told_group(None, listener);
        if std::mem::take(&mut self.told_interchange) {
            listener.interchange_end(false);
        }
    }

    /// A transaction set has no end.
    fn tell_truncated(&mut self, place: SegmentPlace, what: &str, listener: &mut impl Listener) {
        let position = self.position(place);
        let message = format!(
            "{what} inside a transaction set: its last claim may be incomplete, and claims may be missing"
        );
        let notice = Notice::new(NoticeKind::ClaimTruncated, position, message);
        self.tell_unplaced(&notice, listener);
    }

    /// The file has ended.
    pub fn end(&mut self, listener: &mut impl Listener) {
        let place = SegmentPlace {
            offset: self.summary.counts.bytes,
            ordinal: 0,
        };
        if self.tracker.in_transaction_set() && !self.lost_more {
            self.tell_truncated(place, "the file ends", listener);
        }
        let mut defects = if self.stopped {
            self.tracker.end_of_reading()
        } else {
            self.tracker.end_of_file()
        };
        // Between sets everything was read, and nobody can tell what was to follow.
        if let Some(interchange) = defects.last_mut().filter(|_| !self.lost_more) {
            interchange.message += "; it may have been cut off, and claims may be missing";
        }
        self.defects(defects, place, listener);
        self.close_told(listener);
        if self.summary.counts.claims == 0 && !self.lost_more {
            let message = match self.summary.counts {
                ref counts if counts.transaction_sets > 0 => {
                    "no claim in the transaction sets of this file"
                }
                ref counts if counts.segments > counts.interchanges * 2 => {
                    "no 837 transaction set in this file"
                }
                _ => "no functional group in this file",
            };
            self.tell(
                &Notice::new(
                    NoticeKind::NoClaims,
                    Position {
                        place,
                        ..Position::default()
                    },
                    message,
                ),
                listener,
            );
        }
        let rest: Vec<Notice> = self.notices.rest().collect();
        for notice in rest {
            self.tell(&notice, listener);
        }
    }
}

fn counted_message(counted: Counted) -> Option<(NoticeKind, &'static str)> {
    match counted {
        Counted::Repeated(_) => Some((
            NoticeKind::ClaimRepeated,
            "the same claim was received before: it adds nothing to totals",
        )),
        Counted::ReplacedUnknown => Some((
            NoticeKind::OriginalUnknown,
            "it replaces a claim that is not known: what it adds to totals may have counted before",
        )),
        Counted::VoidedUnknown => Some((
            NoticeKind::OriginalUnknown,
            "it voids a claim that is not known: nothing is taken back",
        )),
        Counted::Resubmitted(_) => Some((
            NoticeKind::ClaimResubmitted,
            "a claim with this number, these codes and dates was received before: this one takes its place in \
             totals, as a replacement (CLM05-3 = 7) would",
        )),
        Counted::RepeatedGone(_) => Some((
            NoticeKind::ClaimRepeated,
            "the same claim was received before and replaced or voided since: it adds nothing to totals; \
             a new claim needs a number of its own",
        )),
        Counted::Superseded(_) => Some((
            NoticeKind::ClaimRepeated,
            "what replaces or voids this claim was received before it: it adds nothing to totals",
        )),
        Counted::Ignored | Counted::Added | Counted::Replaced(_) | Counted::Voided(_) => None,
    }
}

/// The next notice, if it stands before this offset. It is not moved before that is known: few items have one.
fn next_before(
    notices: &mut Peekable<impl Iterator<Item = Notice>>,
    offset: u64,
) -> Option<Notice> {
    let is_before = notices.peek()?.position.place.offset < offset;
    if is_before { notices.next() } else { None }
}

/// What must be added to counts that a piece made from its own beginning.
struct Base {
    first_set: u64,
    ordinal: u64,
    provider_loops: u32,
}

impl Base {
    fn settle(&self, place: &mut SegmentPlace) {
        if place.offset < self.first_set && place.ordinal > 0 {
            place.ordinal += self.ordinal;
        }
    }
}
