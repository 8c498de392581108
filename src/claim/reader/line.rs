//! LX, SV1, SV2, SV3 and the loop 2430 below them.

use super::tell::Subject;
use super::{ClaimReader, CurrentParty, Region, Span, parsed};
use crate::claim::model::{Adjudication, ServiceLine};
use crate::claim::segments;
use crate::code::{Modifier, ProcedureCode};
use crate::finding::{ClaimKind, Flaw, NoticeKind};
use crate::money::Cents;
use crate::text::{is_decimal, is_two_characters};
use crate::x12::grammar::Parsed;
use crate::x12::{ElementReference, Elements};

/// A claim with more service lines is not one: no guide allows more than 999. What is found on as many fits into the
/// memory that a run may take.
const MOST_LINES: usize = 10_000;

impl<'a> ClaimReader<'a> {
    /// The line that segments of loop 2400 belong to, whether its SV segment has come or not.
    #[inline(always)]
    pub(super) fn open_line(&mut self) -> Option<&mut ServiceLine<'a>> {
        self.claim.lines.last_mut()
    }

    #[inline(never)]
    pub(super) fn line_number(&mut self, segment: &Span) {
        let at = segment.at;
        self.adjudicating = false;
        let (number, rest) = self.elements(segment).split_first();
        if !rest.is_empty() {
            self.check_behind(rest, at);
        }
        if !self.claim_open {
            // Its SV segment will be told as a line without a claim.
            return;
        }
        self.drop_pending_line();
        let lines = self.claim.lines.len();
        if lines >= MOST_LINES {
            self.too_many_lines(at);
            return;
        }
        self.region = Region::Line;
        self.party = CurrentParty::None;
        self.claim.lines.open(self.claim.kind).number = number;
        let expected = lines + self.empty_lines + 1;
        // An LX without a line may count or not.
        if !is_number(number, expected) && !is_number(number, lines + 1) {
            let flaw = number.is_empty().then_some(Flaw::Missing);
            self.notice_of(
                NoticeKind::LineNumberDefect,
                at,
                Some(ElementReference::new(b"LX", 1, 0)),
                || (flaw, format!("expected line number {expected}")),
            );
        }
        self.pending_line = Some(self.place(at));
    }

    /// What follows belongs to lines that are not read.
    #[cold]
    fn too_many_lines(&mut self, at: usize) {
        if self.region == Region::BeyondLimit {
            return;
        }
        self.region = Region::BeyondLimit;
        self.claim.is_whole = false;
        self.notice(NoticeKind::ClaimTooLarge, at, None, || {
            format!("the claim has more than {MOST_LINES} service lines; the others are not read")
        });
    }

    /// An LX that got no SV segment is no line.
    #[inline(always)]
    pub(super) fn drop_pending_line(&mut self) {
        if let Some(place) = self.pending_line.take() {
            let last = self.claim.lines.len().saturating_sub(1);
            let about = Subject::of_line(last, place, ElementReference::new(b"LX", 1, 0));
            self.notice_about(NoticeKind::ServiceLineUnread, about, || {
                "LX without SV1, SV2 or SV3: no service line".into()
            });
            self.claim.lines.drop_last();
            // What the line was is lost.
            self.empty_lines += 1;
            self.claim.is_whole = false;
        }
    }

    #[inline(never)]
    pub(super) fn professional_service(&mut self, segment: &Span) {
        self.service_line(ClaimKind::Professional, segment, segments::sv1);
    }

    #[inline(never)]
    pub(super) fn institutional_service(&mut self, segment: &Span) {
        self.service_line(ClaimKind::Institutional, segment, segments::sv2);
    }

    #[inline(never)]
    pub(super) fn dental_service(&mut self, segment: &Span) {
        self.service_line(ClaimKind::Dental, segment, segments::sv3);
    }

    /// SV1, SV2 or SV3, as `read` reads it into a line.
    #[inline(always)]
    fn service_line(
        &mut self,
        kind: ClaimKind,
        segment: &Span,
        read: impl Fn(Elements<'a>, &mut ServiceLine<'a>) -> Parsed<'a, ()>,
    ) {
        let at = segment.at;
        if !self.claim_open {
            self.notice(NoticeKind::LineWithoutClaim, at, None, || {
                "a service line that belongs to no claim (no CLM before it); it was not judged"
                    .into()
            });
            return;
        }
        self.adjudicating = false;
        let has_number = self.pending_line.take().is_some();
        if !has_number && self.claim.lines.len() >= MOST_LINES {
            self.too_many_lines(at);
            return;
        }
        self.region = Region::Line;
        if !has_number {
            self.notice(NoticeKind::LineNumberDefect, at, None, || {
                "a service line without LX; read as a line of its own".into()
            });
            self.claim.lines.open(kind);
        }
        if self.claim.lines.len() == 1 {
            self.settle_kind(kind, at);
        } else if kind != self.claim.kind {
            self.mixed_kinds(kind, at);
        }
        let place = self.place(at);
        let elements = self.elements(segment);
        let bytes = segment.of(self.bytes);
        let Some(line) = self.claim.lines.last_mut() else {
            return;
        };
        line.kind = kind;
        line.place = place;
        line.segment = bytes;
        parsed(read(elements, line));
        if !settle(line) {
            self.check_line(at, kind);
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
    fn mixed_kinds(&mut self, kind: ClaimKind, at: usize) {
        let of_claim = self.claim.kind.letter();
        self.notice(NoticeKind::GuideMismatch, at, None, || {
            format!(
                "a service line of an 837{} in a claim whose first line is one of an 837{of_claim}; it is judged by the rules for the latter",
                kind.letter()
            )
        });
    }

    /// Tells what is wrong with the line that was read last.
    #[cold]
    fn check_line(&mut self, at: usize, kind: ClaimKind) {
        let Some(line) = self.claim.lines.last() else {
            return;
        };
        let (code, modifiers, description) = (line.code, line.raw_modifiers, line.description);
        let (raw_charge, raw_units) = (line.raw_charge, line.units);
        let lacks_procedure = line.lacks_procedure();
        let (id, composite, charge, units) = match kind {
            ClaimKind::Professional => (b"SV1", 1, 2, 4),
            ClaimKind::Institutional => (b"SV2", 2, 3, 5),
            ClaimKind::Dental => (b"SV3", 1, 2, 6),
        };
        let reference = |element, component| Some(ElementReference::new(id, element, component));
        if lacks_procedure {
            self.notice(
                NoticeKind::ProcedureMissing,
                at,
                reference(composite, 2),
                || {
                    "expected a procedure code; without one, no policy can be applied to the line"
                        .into()
                },
            );
        }
        if !code.is_ascii() {
            self.notice(
                NoticeKind::CharacterDefect,
                at,
                reference(composite, 2),
                || "the procedure code has characters outside of the X12 character sets".into(),
            );
        }
        let mut expected_slot = 0;
        for (slot, raw) in modifiers
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
        // In the place of a description.
        if is_two_characters(description) {
            self.notice(NoticeKind::ModifierDefect, at, reference(composite, 7), || {
                "the description looks like a fifth modifier, which a line cannot have; it is not read as one".into()
            });
        }
        match Cents::parse(raw_charge) {
            Some(amount) if amount >= Cents::ZERO => {}
            _ => {
                let reference = ElementReference::new(id, charge, 0);
                self.amount_defect(at, reference, raw_charge, "an amount");
            }
        }
        if !is_quantity(raw_units) {
            let reference = ElementReference::new(id, units, 0);
            self.amount_defect(at, reference, raw_units, "a quantity");
        }
    }

    #[cold]
    pub(super) fn line_adjudication(&mut self, segment: &Span) {
        let at = segment.at;
        let svd = parsed(segments::svd(self.elements(segment)));
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
    pub(super) fn adjustment(&mut self, segment: &Span) {
        let at = segment.at;
        if self.region != Region::Line {
            // CAS of loop 2320 is about the claim as another payer saw it.
            return;
        }
        if !self.adjudicating {
            self.misplaced(at, "CAS on a service line without SVD before it");
            return;
        }
        let cas = parsed(segments::cas(self.elements(segment)));
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

/// Reads the values of a line's texts. False when something is wrong with one of them.
#[inline(always)]
fn settle(line: &mut ServiceLine<'_>) -> bool {
    line.procedure = ProcedureCode::new(line.code);
    line.charge = Cents::parse(line.raw_charge);
    let has_modifiers = line.raw_modifiers.iter().any(|raw| !raw.is_empty());
    (!has_modifiers || settle_modifiers(line))
        && !is_two_characters(line.description)
        && (line.procedure.is_some() || (line.code.is_ascii() && !line.lacks_procedure()))
        && line.charge.is_some_and(|charge| charge >= Cents::ZERO)
        && is_quantity(line.units)
}

/// Nothing counts as a quantity: where one must stand is for validators.
#[inline(always)]
fn is_quantity(written: &[u8]) -> bool {
    matches!(written, [] | [b'0'..=b'9']) || is_decimal(written)
}

#[inline(never)]
fn settle_modifiers(line: &mut ServiceLine<'_>) -> bool {
    let mut is_sound = true;
    for (slot, raw) in line.raw_modifiers.iter().enumerate() {
        if raw.is_empty() {
            continue;
        }
        match Modifier::new(raw) {
            Some(modifier) => {
                is_sound &= modifier.bytes() == **raw && slot == line.modifiers.len();
                line.modifiers.push((modifier, slot as u8));
            }
            None => is_sound = false,
        }
    }
    is_sound
}

pub(super) fn is_number(written: &[u8], expected: usize) -> bool {
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
