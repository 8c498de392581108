//! HL and the loops above the claim: billing provider, subscriber, payer, patient.

use super::context::Level;
use super::ids::SegmentKind;
use super::{ClaimReader, ClaimSink, CurrentParty, Region, Span, parsed};
use crate::claim::model::{OtherPayer, Party, Payer, Person};
use crate::claim::segments;
use crate::date::DateRange;
use crate::finding::NoticeKind;
use crate::x12::ElementReference;

impl<'a> ClaimReader<'a> {
    pub(super) fn hierarchical_level(&mut self, segment: &Span, sink: &mut impl ClaimSink<'a>) {
        let at = segment.at;
        self.finish(sink);
        self.marks.close(at);
        let Ok((rest, level)) = segments::hl(self.elements(segment)) else {
            return;
        };
        self.party = CurrentParty::None;
        if !self.in_transaction_set() {
            self.region = Region::Envelope;
            self.misplaced(at, "HL outside of a transaction set");
            return;
        }
        self.leave_patient();
        match level.level {
            b"20" => {
                self.open_level(Level::Provider, at);
                self.enter_provider(level.id);
                if !level.parent.is_empty() {
                    self.wrong_parent(
                        at,
                        "a billing provider (HL03 = 20) has no parent, but HL02 names one",
                    );
                }
            }
            b"22" => {
                self.open_level(Level::Subscriber, at);
                self.enter_subscriber(level.id);
                if level.parent != self.provider_level {
                    self.wrong_parent(
                        at,
                        "HL02 of a subscriber is not the HL01 of the billing provider above it",
                    );
                }
            }
            b"23" => {
                self.open_level(Level::Patient, at);
                self.region = Region::Patient;
                self.claim.patient = Some(Person::default());
                if level.parent != self.subscriber_level {
                    self.wrong_parent(
                        at,
                        "HL02 of a patient is not the HL01 of the subscriber above it",
                    );
                }
            }
            _ => {
                self.open_level(Level::Patient, at);
                self.region = Region::UnknownLevel;
                self.unknown_level = level.id;
                self.claim.patient = None;
                self.notice(
                    NoticeKind::HierarchyDefect,
                    at,
                    Some(ElementReference::new(b"HL", 3, 0)),
                    || {
                        "expected level 20, 22 or 23; read as the level whose segments follow"
                            .into()
                    },
                );
            }
        }
        if !rest.is_empty() {
            // HL04 is not read.
            self.check_behind(rest.rest(), at);
        }
        // Whether HL01 counts from 1 is not checked: no claim is attached by it.
        if !level.id.iter().all(u8::is_ascii_digit) || level.id.is_empty() {
            self.notice(
                NoticeKind::HierarchyDefect,
                at,
                Some(ElementReference::new(b"HL", 1, 0)),
                || "expected a number (HL01)".into(),
            );
        } else if level.id == level.parent {
            self.wrong_parent(at, "HL02 names the level itself as its parent");
        }
    }

    /// An HL opens this level: those below it, and what got lost of them, are closed.
    fn open_level(&mut self, level: Level, at: usize) {
        self.marks.open(level, at);
        self.damaged[level as usize..].fill(false);
    }

    /// The level of unknown kind, which was taken for a patient's, turns out to be this one.
    fn reopen_level(&mut self, level: Level) {
        self.marks.reopen_as(level);
        let is_damaged = self.damaged[Level::Patient as usize];
        self.damaged[level as usize..].fill(false);
        self.damaged[level as usize] = is_damaged;
    }

    /// The payer that a patient's level named is not that of the next one.
    fn leave_patient(&mut self) {
        if let Some(payer) = self.payer_above.take() {
            self.claim.payer = payer;
        }
    }

    fn enter_provider(&mut self, level: &'a [u8]) {
        self.region = Region::Provider;
        self.has_subscriber = false;
        self.claim.billing_loop = self.provider_loops;
        self.provider_loops += 1;
        self.provider_level = level;
        self.subscriber_level = &[];
        self.claim.billing_provider = Party::default();
        self.claim.billing_tax_id = &[];
        self.claim.billing_state = &[];
        self.claim.subscriber = Person::default();
        self.claim.payer = Payer::default();
        self.claim.patient = None;
        self.payer_above = None;
    }

    /// Somebody is named for whom a level must be opened before: its HL got lost, and of a subscriber SBR, too. False
    /// where the guides have a place for such a name, or where nothing can be said.
    #[cold]
    fn begin_unopened(&mut self, entity: &[u8], at: usize, sink: &mut impl ClaimSink<'a>) -> bool {
        use Region as R;
        let level = match (entity, self.region) {
            (b"85", R::Header | R::Subscriber | R::Patient | R::Line) => Level::Provider,
            (b"IL", R::Header | R::Provider | R::Line) => Level::Subscriber,
            (b"QC", R::Header | R::Provider | R::Subscriber | R::Line) => Level::Patient,
            _ => return false,
        };
        if !self.in_transaction_set() {
            return false;
        }
        self.finish(sink);
        self.leave_patient();
        let (message, has_subscriber) = match level {
            Level::Provider => {
                self.open_level(level, at);
                self.enter_provider(&[]);
                let message =
                    "NM1*85 without an HL of level 20 before it; read as a billing provider's";
                (message, true)
            }
            Level::Patient => {
                self.open_level(level, at);
                self.region = Region::Patient;
                self.claim.patient = Some(Person::default());
                let message = "NM1*QC without an HL of level 23 before it; read as a patient's";
                (message, self.has_subscriber)
            }
            _ => {
                self.begin_subscriber(&[], at);
                let message = "NM1*IL without an HL of level 22 before it; read as a subscriber's";
                (message, self.next_kind_is(at, SegmentKind::Sbr))
            }
        };
        if has_subscriber {
            self.notice(NoticeKind::HierarchyDefect, at, None, || message.into());
        } else {
            self.damaged[level as usize] = true;
            self.notice(NoticeKind::LevelDamaged, at, None, || {
                "a subscriber or patient without the HL and SBR of a subscriber before; the claims that follow are read, but who pays \
                 for them is not known"
                    .into()
            });
        }
        true
    }

    /// SBR or NM1*IL at this offset tell that this is a subscriber's level, which its HL does not say, or for which there is none.
    ///
    /// A buffer that begins behind it replays the level from here on, below whatever is open above it.
    fn begin_subscriber(&mut self, level: &'a [u8], at: usize) {
        if self.region == Region::UnknownLevel {
            self.reopen_level(Level::Subscriber);
        } else {
            self.open_level(Level::Subscriber, at);
        }
        self.enter_subscriber(level);
    }

    fn enter_subscriber(&mut self, level: &'a [u8]) {
        self.region = Region::Subscriber;
        self.has_subscriber = true;
        self.subscriber_level = level;
        self.claim.subscriber = Person::default();
        self.claim.payer = Payer::default();
        self.claim.patient = None;
        self.payer_above = None;
    }

    fn wrong_parent(&mut self, at: usize, message: &'static str) {
        self.notice(
            NoticeKind::HierarchyDefect,
            at,
            Some(ElementReference::new(b"HL", 2, 0)),
            || message.into(),
        );
    }

    #[cold]
    pub(super) fn misplaced(&mut self, at: usize, message: &'static str) {
        self.notice(NoticeKind::SegmentMisplaced, at, None, || message.into());
    }

    #[inline(never)]
    pub(super) fn subscriber(&mut self, segment: &Span, sink: &mut impl ClaimSink<'a>) {
        let at = segment.at;
        let sbr = parsed(segments::sbr(self.elements(segment)));
        let begins_subscriber = match self.region {
            Region::Header | Region::Provider | Region::Patient => true,
            // Other payers of a claim stand before its lines.
            Region::Line => self.in_transaction_set(),
            _ => false,
        };
        if begins_subscriber {
            self.finish(sink);
            self.notice(NoticeKind::HierarchyDefect, at, None, || {
                "SBR without an HL of level 22 before it; read as a subscriber's".into()
            });
            self.begin_subscriber(&[], at);
        } else if self.region == Region::UnknownLevel {
            self.begin_subscriber(self.unknown_level, at);
        }
        match self.region {
            Region::Subscriber => {
                self.claim.payer.responsibility = sbr.responsibility;
                self.claim.payer.filing_indicator = sbr.filing_indicator;
                self.claim.payer.insurance_type = sbr.insurance_type;
            }
            Region::Claim | Region::OtherPayer => {
                self.region = Region::OtherPayer;
                self.party = CurrentParty::None;
                self.claim.other_payers.push(OtherPayer {
                    responsibility: sbr.responsibility,
                    filing_indicator: sbr.filing_indicator,
                    payer_id: &[],
                });
            }
            _ => self.misplaced(at, "SBR has no place here"),
        }
    }

    #[inline(never)]
    pub(super) fn party(&mut self, segment: &Span, sink: &mut impl ClaimSink<'a>) {
        let (entity, rest) = self.elements(segment).split_first();
        self.party = CurrentParty::Other;
        if self.region == Region::UnknownLevel {
            match entity {
                b"IL" => self.begin_subscriber(self.unknown_level, segment.at),
                b"QC" => {
                    self.region = Region::Patient;
                    self.claim.patient = Some(Person::default());
                }
                b"85" => {
                    self.reopen_level(Level::Provider);
                    self.enter_provider(self.unknown_level);
                }
                _ => {}
            }
        }
        // Whoever else is named is not needed.
        let named = match (self.region, entity) {
            (Region::Line, b"82") => {
                if let Some(line) = self.open_line() {
                    line.rendering_provider = parsed(segments::nm1_id(rest));
                }
                return;
            }
            (Region::Line, b"DK" | b"DN" | b"P3") => {
                if let Some(line) = self.open_line()
                    && (entity == b"DK" || line.ordering_provider.is_empty())
                {
                    line.ordering_provider = parsed(segments::nm1_id(rest));
                }
                return;
            }
            (Region::OtherPayer, b"PR") => {
                if let Some(payer) = self.claim.other_payers.last_mut() {
                    payer.payer_id = parsed(segments::nm1_id(rest));
                }
                return;
            }
            (Region::Header, b"41" | b"40") => {
                self.heading_party(parsed(segments::nm1(self.elements(segment))));
                return;
            }
            (Region::Envelope, _) => {
                self.misplaced(segment.at, "NM1 outside of a transaction set");
                return;
            }
            (Region::Subscriber, b"IL") => {
                self.check_named(self.claim.subscriber.name, segment.at);
                self.party = CurrentParty::Subscriber;
                &mut self.claim.subscriber.name
            }
            (Region::Subscriber | Region::Patient, b"PR") => {
                if self.region == Region::Subscriber {
                    self.check_named(self.claim.payer.name, segment.at);
                } else if self.payer_above.is_none() {
                    self.payer_above = Some(self.claim.payer);
                }
                &mut self.claim.payer.name
            }
            (Region::Patient, b"QC") => {
                self.party = CurrentParty::Patient;
                match &mut self.claim.patient {
                    Some(patient) => &mut patient.name,
                    None => return,
                }
            }
            (Region::Claim, b"DN" | b"P3") if !self.claim.referring_provider.is_present() => {
                &mut self.claim.referring_provider
            }
            (Region::Claim, b"82") => {
                self.party = CurrentParty::ClaimRendering;
                self.claim.rendering_provider.taxonomy = &[];
                &mut self.claim.rendering_provider
            }
            (Region::Claim, b"71") => &mut self.claim.attending_provider,
            (Region::Provider, b"85") => {
                self.check_named(self.claim.billing_provider, segment.at);
                // PRV*BI stands before the first NM1 of the loop.
                self.party = CurrentParty::Billing;
                self.claim.billing_tax_id = &[];
                self.claim.billing_state = &[];
                &mut self.claim.billing_provider
            }
            (_, b"85" | b"IL" | b"QC") if self.begin_unopened(entity, segment.at, sink) => {
                self.party(segment, sink);
                return;
            }
            _ => return,
        };
        parsed(segments::nm1_party(rest, entity, named));
    }

    /// Tells of somebody who is named twice in a level.
    #[inline(always)]
    fn check_named(&mut self, known: Party<'a>, at: usize) {
        if known.is_present() {
            self.misplaced(
                at,
                "a second name of this kind in the level; the last one counts",
            );
        }
    }

    /// Loops 1000A and 1000B: submitter and receiver.
    fn heading_party(&mut self, party: Party<'a>) {
        let is_receiver = party.entity == b"40";
        if is_receiver {
            self.claim.envelope.receiver = party.id;
        }
        if let Some((set, _)) = &mut self.pending_set {
            if is_receiver {
                set.receiver = party;
            } else {
                set.submitter = party;
            }
        }
    }

    #[inline(never)]
    pub(super) fn demographics(&mut self, segment: &Span) {
        let demographics = parsed(segments::dmg(self.elements(segment)));
        let person = match (self.region, self.party) {
            (Region::Subscriber, _) => &mut self.claim.subscriber,
            (Region::Patient, _) => match &mut self.claim.patient {
                Some(patient) => patient,
                None => return,
            },
            // Loop 2320 of 4010 carries the other subscriber's.
            _ => return,
        };
        person.sex = demographics.sex;
        let (format, value) = demographics.birth_date;
        let birth_date = DateRange::parse(format, value).map(|range| range.from);
        person.birth_date = birth_date;
        if birth_date.is_none() && !value.is_empty() {
            self.notice(
                NoticeKind::DateDefect,
                segment.at,
                Some(ElementReference::new(b"DMG", 2, 0)),
                || "the birth date is not a real date in the form CCYYMMDD".into(),
            );
        }
    }

    #[inline(never)]
    pub(super) fn provider(&mut self, segment: &Span) {
        let taxonomy = parsed(segments::prv(self.elements(segment)));
        match (self.region, self.party) {
            (Region::Provider, CurrentParty::None | CurrentParty::Billing) => {
                self.claim.billing_provider.taxonomy = taxonomy;
            }
            (Region::Claim, CurrentParty::ClaimRendering) => {
                self.claim.rendering_provider.taxonomy = taxonomy;
            }
            _ => {}
        }
    }
}
