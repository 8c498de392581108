//! CLM and the segments of loop 2300 that matter, which may also stand in loop 2400.

use super::ids::SegmentKind;
use super::tell::Subject;
use super::{ClaimReader, ClaimSink, CurrentParty, Region, Span};
use crate::claim::model::{Evidence, EvidenceKind, HealthCareCode};
use crate::claim::segments::{self, DateTimePeriod};
use crate::date::DateRange;
use crate::finding::{ClaimKind, NoticeKind};
use crate::money::Cents;
use crate::text::Shown;
use crate::x12::scan::holds;
use crate::x12::{Components, ElementReference};

/// An empty place among diagnoses.
const NO_CODE: HealthCareCode<'static> = HealthCareCode {
    qualifier: &[],
    code: &[],
    date: &[],
    amount: &[],
};

impl<'a> ClaimReader<'a> {
    pub(super) fn begin_claim(&mut self, segment: &Span, sink: &mut impl ClaimSink<'a>) {
        let at = segment.at;
        self.finish(sink);
        self.marks.close(at);
        self.region = Region::Claim;
        let is_in_set = self.in_transaction_set();
        if !is_in_set {
            self.notice(NoticeKind::ClaimsOutsideEnvelope, at, None, || {
                "CLM outside of a transaction set; expected ST before it. Its lines are read, the loops above it are not".into()
            });
        }
        let elements = self.elements(segment);
        let fields = if let Ok((_, fields)) = segments::clm(elements) {
            fields
        } else {
            self.notice(
                NoticeKind::SegmentMisplaced,
                at,
                Some(ElementReference::new(b"CLM", 1, 0)),
                || "expected a claim identifier (CLM01); the claim is read without one".into(),
            );
            let charge = elements.rest().first().bytes;
            segments::ClaimInformation {
                charge,
                ..Default::default()
            }
        };
        self.party = CurrentParty::None;
        self.claim_open = true;
        self.pending_line = None;
        self.empty_lines = 0;
        self.claim.reset_claim();
        self.claim.is_whole = is_in_set && !self.damaged.contains(&true);
        self.claim.place = self.place(at);
        self.claim.kind = self
            .claim
            .envelope
            .guide
            .kind()
            .unwrap_or(ClaimKind::Professional);
        self.claim.id = fields.id;
        self.claim.raw_charge = fields.charge;
        self.claim.charge = Cents::parse(fields.charge);
        self.claim.facility = fields.facility;
        self.claim.frequency = fields.frequency;
        match self.claim.charge {
            Some(charge) if charge >= Cents::ZERO => {}
            _ => {
                let reference = ElementReference::new(b"CLM", 2, 0);
                self.amount_defect(at, reference, fields.charge, "an amount");
            }
        }
    }

    /// Tells the open claim and closes it.
    #[inline(always)]
    pub(super) fn end_claim(&mut self, sink: &mut impl ClaimSink<'a>) {
        if self.claim_open {
            self.drop_pending_line();
            self.check_claim();
            self.claim_open = false;
            sink.claim(&self.claim);
        }
        self.adjudicating = false;
    }

    #[inline(always)]
    fn check_claim(&mut self) {
        if self.claim.lines.is_empty() {
            let about = Subject::of_claim(self.claim.place, ElementReference::new(b"CLM", 0, 0));
            self.notice_about(NoticeKind::ServiceLineMissing, about, || {
                "the claim has no service line".into()
            });
            return;
        }
        let dates = &self.claim.dates;
        if dates.service.is_none()
            && dates.statement.is_none()
            && self
                .claim
                .lines
                .iter()
                .any(|line| line.service_date.is_none())
        {
            self.tell_undated_lines();
        }
        if self.region == Region::BeyondLimit {
            // The charges of the other lines are not known.
            return;
        }
        let sum = self
            .claim
            .lines
            .iter()
            .try_fold(Cents::ZERO, |sum, line| Some(sum.plus(line.charge?)));
        if let (Some(charge), Some(sum)) = (self.claim.charge, sum)
            && charge != sum
        {
            let about = Subject::of_claim(self.claim.place, ElementReference::new(b"CLM", 2, 0));
            self.notice_about(NoticeKind::ChargesOutOfBalance, about, || {
                "the claim's charge is not the sum of its lines' charges".into()
            });
        }
    }

    /// Lines that no policy with dates can be applied to.
    #[cold]
    fn tell_undated_lines(&mut self) {
        for index in 0..self.claim.lines.len() {
            let line = &self.claim.lines[index];
            if line.service_date.is_some() {
                continue;
            }
            let segment = line.segment.get(..3).unwrap_or_default();
            let about = Subject::of_line(index, line.place, ElementReference::new(segment, 0, 0));
            self.notice_about(NoticeKind::ServiceDateMissing, about, || {
                "no usable date of service on the line or claim: policies with dates were not applied to it".into()
            });
        }
    }

    #[inline(never)]
    pub(super) fn date(&mut self, segment: &Span) {
        let at = segment.at;
        let Ok((rest, dtp)) = segments::dtp(self.elements(segment)) else {
            return;
        };
        if !rest.is_empty() {
            self.check_behind(rest, at);
        }
        // Loop 2430 has one date of its own.
        if !self.in_claim() || (self.adjudicating && dtp.qualifier == b"573") {
            return;
        }
        if self.region != Region::Line || dtp.qualifier != b"472" {
            self.claim_date(at, dtp);
            return;
        }
        let dates = self.dates(at, dtp);
        let Some(line) = self.open_line() else { return };
        if line.service_date.is_none() {
            line.raw_service_date = dtp.value;
        }
        if is_contradicted(&mut line.service_date, dates) {
            self.second_date(at);
        }
    }

    /// DTP that is not the date of service of a line.
    #[inline(never)]
    fn claim_date(&mut self, at: usize, dtp: DateTimePeriod<'a>) {
        let is_needed = matches!(dtp.qualifier, b"472" | b"434" | b"435");
        let told = if is_needed { self.dates(at, dtp) } else { None };
        let dates = &mut self.claim.dates;
        let date = match dtp.qualifier {
            b"472" => &mut dates.service,
            b"434" if self.region != Region::Line => &mut dates.statement,
            b"435" if self.region != Region::Line => &mut dates.admission,
            qualifier => {
                self.add_evidence(Evidence {
                    kind: EvidenceKind::Date,
                    qualifier,
                    value: dtp.value,
                });
                return;
            }
        };
        if is_contradicted(date, told) {
            self.second_date(at);
        }
    }

    #[cold]
    fn second_date(&mut self, at: usize) {
        self.misplaced(
            at,
            "a second date of this kind, and another one; the first counts",
        );
    }

    /// The dates that DTP tells.
    #[inline(always)]
    fn dates(&mut self, at: usize, dtp: DateTimePeriod<'a>) -> Option<DateRange> {
        DateRange::parse(dtp.format, dtp.value).or_else(|| self.misnamed_dates(at, dtp))
    }

    /// Tells that dates cannot be read by their format, and reads those that are a range and say that they are a day.
    #[cold]
    fn misnamed_dates(&mut self, at: usize, dtp: DateTimePeriod<'a>) -> Option<DateRange> {
        // Without its format, a date cannot be told.
        let at_fault = if dtp.format.is_empty() { 2 } else { 3 };
        let reference = ElementReference::new(b"DTP", at_fault, 0);
        self.notice(NoticeKind::DateDefect, at, Some(reference), || {
            format!(
                "DTP*{}: expected a real date as CCYYMMDD (D8) or a range CCYYMMDD-CCYYMMDD (RD8)",
                Shown::code(dtp.qualifier)
            )
        });
        DateRange::parse(b"RD8", dtp.value).filter(|_| dtp.format == b"D8")
    }

    #[inline(never)]
    pub(super) fn reference(&mut self, segment: &Span) {
        let Ok((rest, reference)) = segments::reference(self.elements(segment)) else {
            return;
        };
        if !rest.is_empty() {
            // REF03 and REF04 are not read.
            self.check_behind(rest.rest().rest(), segment.at);
        }
        match (self.region, reference.qualifier) {
            (Region::Line, b"6R") => {
                if let Some(line) = self.open_line() {
                    line.control_number = reference.value;
                }
            }
            (Region::Provider, b"EI") if self.party == CurrentParty::Billing => {
                self.claim.billing_tax_id = reference.value;
            }
            (Region::Claim, b"F8") => self.claim.original_reference = reference.value,
            (Region::Claim, b"D9") => self.claim.clearinghouse_trace = reference.value,
            (Region::Claim | Region::Line, qualifier @ (b"G1" | b"9F")) => {
                let kind = if qualifier == b"G1" {
                    EvidenceKind::PriorAuthorization
                } else {
                    EvidenceKind::Referral
                };
                self.add_evidence(Evidence {
                    kind,
                    qualifier,
                    value: reference.value,
                });
            }
            _ => {}
        }
    }

    #[cold]
    pub(super) fn evidence(&mut self, kind: SegmentKind, segment: &Span) {
        let elements = self.elements(segment);
        let result = match kind {
            SegmentKind::Pwk => segments::paperwork(elements),
            SegmentKind::Crc => segments::conditions(elements),
            SegmentKind::Cr3 => segments::dme_certification(elements),
            SegmentKind::K3 => segments::file_information(elements),
            _ => segments::note(elements),
        };
        if let Ok((_, evidence)) = result {
            self.add_evidence(evidence);
        }
    }

    fn add_evidence(&mut self, evidence: Evidence<'a>) {
        match self.region {
            Region::Line => {
                if let Some(line) = self.open_line() {
                    line.evidence.push(evidence);
                }
            }
            Region::Claim | Region::OtherPayer => self.claim.evidence.push(evidence),
            _ => {}
        }
    }

    #[inline(never)]
    pub(super) fn health_care_codes(&mut self, segment: &Span, sink: &mut impl ClaimSink<'a>) {
        let at = segment.at;
        if !self.in_claim() {
            self.misplaced(at, "HI outside of a claim");
            return;
        }
        if self.region == Region::Line && self.first_line_follows(at) {
            self.claim_missing(at, sink);
            return;
        }
        if self.region != Region::Claim {
            self.misplaced(
                at,
                "HI behind the claim's own segments; attached to the claim",
            );
        }
        let repetition = self.claim.envelope.delimiters.repetition;
        // Repetitions are not used in HI, but some senders pack codes that way.
        let repeats = repetition.filter(|byte| holds(&self.bytes[at..], segment.length, *byte));
        let mut left = self.elements(segment);
        while !left.is_empty() {
            let ordinal = left.ordinal();
            let (composite, rest) = left.split_components();
            left = rest;
            if composite.bytes().is_empty() {
                // Pointers count places: a place left empty between diagnoses counts, too.
                if ordinal > 1 && !self.claim.diagnosis_indexes.is_empty() {
                    self.add_diagnosis(NO_CODE);
                }
            } else if let Some(repetition) = repeats {
                self.add_repeated(composite.bytes(), repetition);
            } else {
                self.add_code(segments::hi(composite));
            }
        }
    }

    /// Claim segments behind the lines of a claim, and before a first line: another claim begins, whose CLM got lost. Its lines
    /// belong to none.
    #[cold]
    fn claim_missing(&mut self, at: usize, sink: &mut impl ClaimSink<'a>) {
        self.finish(sink);
        self.region = Region::BeyondLimit;
        self.misplaced(
            at,
            "HI behind service lines: the CLM before it is missing, and what follows belongs to no claim",
        );
    }

    #[cold]
    fn add_repeated(&mut self, element: &'a [u8], repetition: u8) {
        let separator = self.claim.envelope.delimiters.component;
        for bytes in element.split(|byte| *byte == repetition) {
            self.add_code(segments::hi(Components::new(bytes, separator)));
        }
    }

    #[inline(always)]
    fn add_code(&mut self, code: HealthCareCode<'a>) {
        if code.code.is_empty() {
            return;
        }
        if matches!(code.qualifier, b"ABK" | b"BK" | b"ABF" | b"BF") {
            self.add_diagnosis(code);
        } else {
            self.claim.codes.push(code);
        }
    }

    #[inline(always)]
    fn add_diagnosis(&mut self, code: HealthCareCode<'a>) {
        // More diagnoses than any pointer can name need no index.
        if self.claim.diagnosis_indexes.len() < usize::from(u8::MAX)
            && let Ok(index) = u16::try_from(self.claim.codes.len())
        {
            self.claim.diagnosis_indexes.push(index);
        }
        self.claim.codes.push(code);
    }
}

/// Keeps a date that was told unless there is one: the first that can be read counts, since what comes again may be of another loop, or
/// a slip. True when it is another one.
#[inline(always)]
fn is_contradicted(date: &mut Option<DateRange>, told: Option<DateRange>) -> bool {
    match date {
        None => {
            *date = told;
            false
        }
        Some(first) => told.is_some_and(|told| told != *first),
    }
}
