//! LX, SV1, SV2, SV3 and the loop 2430 below them.

use super::claim::read_pointers;
use super::ids::SegmentKind;
use super::{ClaimReader, CurrentParty, Region, parsed};
use crate::claim::model::{Adjudication, ServiceLine};
use crate::claim::segments::{self, ServiceLineFields};
use crate::code::{Modifier, ProcedureCode};
use crate::finding::{ClaimKind, NoticeKind};
use crate::money::Cents;
use crate::x12::{ElementReference, Elements, RawSegment};

/// A claim with more service lines is not one: no guide allows more than 999.
const MOST_LINES: usize = 100_000;

impl<'a> ClaimReader<'a> {
    /// The line that segments of loop 2400 belong to, whether its SV segment has come or not.
    #[inline(always)]
    pub(super) fn open_line(&mut self) -> Option<&mut ServiceLine<'a>> {
        self.claim.lines.last_mut()
    }

    #[inline(always)]
    pub(super) fn line_number(&mut self, at: usize, elements: Elements<'a, '_>) {
        self.adjudicating = false;
        let number = parsed(segments::lx(elements));
        if !self.claim_open {
            // Its SV segment will be told as a line without a claim.
            return;
        }
        self.drop_pending_line();
        let expected = self.claim.lines.len() + 1;
        if expected > MOST_LINES {
            self.too_many_lines(at);
            return;
        }
        self.region = Region::Line;
        self.party = CurrentParty::None;
        if !is_number(number, expected) {
            self.notice(
                NoticeKind::LineNumberDefect,
                at,
                Some(ElementReference::new(b"LX", 1, 0)),
                || format!("expected line number {expected}"),
            );
        }
        let mut line = ServiceLine::new(self.claim.kind);
        line.number = number;
        self.claim.lines.push(line);
        self.pending_line = Some(self.place(at));
    }

    /// What follows belongs to lines that are not read.
    #[cold]
    fn too_many_lines(&mut self, at: usize) {
        self.notice(NoticeKind::ClaimTooLarge, at, None, || {
            format!("the claim has more than {MOST_LINES} service lines; the others are not read")
        });
        self.region = Region::BeyondLimit;
    }

    /// An LX that got no SV segment is no line.
    #[inline(always)]
    pub(super) fn drop_pending_line(&mut self) {
        if let Some(place) = self.pending_line.take() {
            self.notice_about(
                NoticeKind::ServiceLineMissing,
                place,
                ElementReference::new(b"LX", 1, 0),
                "LX without SV1, SV2 or SV3: no service line",
            );
            self.claim.lines.pop();
        }
    }

    #[inline(always)]
    pub(super) fn service_line(
        &mut self,
        kind: SegmentKind,
        segment: RawSegment<'a>,
        elements: Elements<'a, '_>,
    ) {
        let at = segment.offset;
        let (kind, fields) = match kind {
            SegmentKind::Sv2 => (ClaimKind::Institutional, parsed(segments::sv2(elements))),
            SegmentKind::Sv3 => (ClaimKind::Dental, parsed(segments::sv3(elements))),
            _ => (ClaimKind::Professional, parsed(segments::sv1(elements))),
        };
        if !self.claim_open {
            self.notice(NoticeKind::LineWithoutClaim, at, None, || {
                "a service line that belongs to no claim (no CLM before it); it was not judged"
                    .into()
            });
            return;
        }
        self.adjudicating = false;
        self.region = Region::Line;
        if self.pending_line.take().is_none() {
            if self.claim.lines.len() >= MOST_LINES {
                self.too_many_lines(at);
                return;
            }
            self.notice(NoticeKind::LineNumberDefect, at, None, || {
                "a service line without LX; read as a line of its own".into()
            });
            self.claim.lines.push(ServiceLine::new(kind));
        }
        if self.claim.lines.len() == 1 {
            self.settle_kind(kind, at);
        }
        let place = self.place(at);
        let separator = self.claim.envelope.delimiters.component;
        let Some(line) = self.claim.lines.last_mut() else {
            return;
        };
        line.kind = kind;
        line.place = place;
        line.segment = segment.bytes;
        line.revenue_code = fields.revenue_code;
        line.qualifier = fields.procedure.qualifier;
        line.code = fields.procedure.code;
        line.procedure = ProcedureCode::new(fields.procedure.code);
        line.raw_modifiers = fields.procedure.modifiers;
        line.description = fields.procedure.description;
        line.raw_charge = fields.charge;
        line.charge = Cents::parse(fields.charge);
        line.unit_basis = fields.unit_basis;
        line.units = fields.units;
        line.place_of_service = fields.place_of_service;
        if !fields.pointers.is_empty() {
            read_pointers(fields.pointers, separator, &mut line.diagnosis_pointers);
        }
        let mut clean = true;
        for (slot, raw) in fields
            .procedure
            .modifiers
            .iter()
            .enumerate()
            .filter(|(_, raw)| !raw.is_empty())
        {
            match Modifier::new(raw) {
                Some(modifier) => {
                    clean &= modifier.as_str().as_bytes() == *raw && slot == line.modifiers.len();
                    line.modifiers.push((modifier, slot as u8));
                }
                None => clean = false,
            }
        }
        clean &= !is_modifier_shaped(fields.procedure.description)
            && fields.procedure.code.is_ascii()
            && line.charge.is_some_and(|charge| charge >= Cents::ZERO)
            && !fields.units.starts_with(b"-");
        if !clean {
            self.check_line(at, kind, &fields);
        }
    }

    /// The first service line decides the kind of the claim.
    fn settle_kind(&mut self, kind: ClaimKind, at: usize) {
        if self
            .claim
            .envelope
            .guide
            .kind()
            .is_some_and(|expected| expected != kind)
        {
            self.notice(NoticeKind::GuideMismatch, at, None, || {
                format!(
                    "the guide is not one of 837{}, whose service line this is; the line decides",
                    kind.letter()
                )
            });
        }
        self.claim.kind = kind;
    }

    #[cold]
    fn check_line(&mut self, at: usize, kind: ClaimKind, fields: &ServiceLineFields<'a>) {
        let (id, composite, charge, units) = match kind {
            ClaimKind::Professional => (b"SV1", 1, 2, 4),
            ClaimKind::Institutional => (b"SV2", 2, 3, 5),
            ClaimKind::Dental => (b"SV3", 1, 2, 6),
        };
        let reference = |element, component| Some(ElementReference::new(id, element, component));
        let procedure = &fields.procedure;
        if !procedure.code.is_ascii() {
            self.notice(
                NoticeKind::CharacterDefect,
                at,
                reference(composite, 2),
                || "the procedure code has characters outside of the X12 character sets".into(),
            );
        }
        let mut expected_slot = 0;
        for (slot, raw) in procedure
            .modifiers
            .iter()
            .enumerate()
            .filter(|(_, raw)| !raw.is_empty())
        {
            let place = reference(composite, slot as u8 + 3);
            let hole = slot != expected_slot;
            expected_slot = slot + 1;
            match Modifier::new(raw) {
                None if raw.is_ascii() => self.notice(NoticeKind::ModifierDefect, at, place, || {
                    "a modifier is exactly two letters or digits".into()
                }),
                None => self.notice(NoticeKind::CharacterDefect, at, place, || {
                    "the modifier has characters outside of the X12 character sets; it is not read as a modifier"
                        .into()
                }),
                Some(modifier) if modifier.as_str().as_bytes() != *raw => {
                    self.notice(NoticeKind::ModifierDefect, at, place, || {
                        format!("modifier in lower case; read as {modifier}")
                    });
                }
                Some(_) if hole => self.notice(NoticeKind::ModifierDefect, at, place, || {
                    "an empty modifier stands before this one".into()
                }),
                Some(_) => {}
            }
        }
        if is_modifier_shaped(procedure.description) {
            self.notice(NoticeKind::ModifierDefect, at, reference(composite, 7), || {
                "the description looks like a fifth modifier, which a line cannot have; it is not read as one".into()
            });
        }
        match Cents::parse(fields.charge) {
            Some(amount) if amount >= Cents::ZERO => {}
            _ => self.notice(NoticeKind::AmountDefect, at, reference(charge, 0), || {
                "expected an amount that is not negative".into()
            }),
        }
        if fields.units.starts_with(b"-") {
            self.notice(NoticeKind::AmountDefect, at, reference(units, 0), || {
                "expected a quantity that is not negative".into()
            });
        }
    }

    #[cold]
    pub(super) fn line_adjudication(&mut self, at: usize, elements: Elements<'a, '_>) {
        let svd = parsed(segments::svd(elements));
        if self.region != Region::Line {
            self.misplaced(at, "SVD outside of a service line");
            return;
        }
        self.party = CurrentParty::None;
        if let Some(line) = self.open_line() {
            line.adjudications.push(Adjudication {
                payer_id: svd.payer_id,
                paid: Cents::parse(svd.paid),
                ..Adjudication::default()
            });
            self.adjudicating = true;
        }
    }

    #[cold]
    pub(super) fn adjustment(&mut self, at: usize, elements: Elements<'a, '_>) {
        if self.region != Region::Line {
            // CAS of loop 2320 is about the claim as another payer saw it.
            return;
        }
        if !self.adjudicating {
            self.misplaced(at, "CAS on a service line without SVD before it");
            return;
        }
        let cas = parsed(segments::cas(elements));
        let Some(adjudication) = self
            .open_line()
            .and_then(|line| line.adjudications.last_mut())
        else {
            return;
        };
        for (reason, amount) in cas
            .reasons
            .into_iter()
            .filter(|(reason, _)| !reason.is_empty())
        {
            let amount = Cents::parse(amount).unwrap_or_default();
            adjudication.adjustments = adjudication.adjustments.plus(amount);
            if cas.group == b"PR" {
                adjudication.patient_responsibility =
                    adjudication.patient_responsibility.plus(amount);
            }
            adjudication.reasons.push((cas.group, reason, amount));
        }
    }
}

/// Two letters or digits in the place of a description.
fn is_modifier_shaped(description: &[u8]) -> bool {
    matches!(description, [a, b] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric())
}

fn is_number(written: &[u8], expected: usize) -> bool {
    match written {
        [digit @ b'1'..=b'9'] => usize::from(digit - b'0') == expected,
        _ => {
            std::str::from_utf8(written)
                .ok()
                .and_then(|text| text.parse::<usize>().ok())
                == Some(expected)
        }
    }
}
