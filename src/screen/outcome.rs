//! From a borrowed claim to what reports keep of it.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::evidence;

use crate::claim::{Claim, HealthCareCode, ServiceLine, Sex};
use crate::code::{DiagnosisCode, Modifier};
use crate::date::DateRange;
use crate::finding::{
    BillingProvider, CarriedEvidence, ClaimKind, ClaimOutcome, Finding, LineOutcome,
    PatientOutcome, PayerOutcome, Severity,
};
use crate::money::Cents;
use crate::phi::{PatientHash, PatientHasher, Phi};
use crate::rule::{Hit, Spot};
use crate::text::Text;
use crate::x12::{Delimiters, ElementReference, EnvelopeIds, SegmentPlace};

/// The hash that stands for the patient of a claim.
///
/// A member id counts within its payer; those of Medicare are national and personal, so
/// `medicare` claims need nothing else. Elsewhere a dependent shares the subscriber's id, so
/// name, birth date and sex are added. Without a member id, name, birth date and sex must do.
pub fn patient_hash(claim: &Claim<'_>, medicare: bool, hasher: &PatientHasher) -> PatientHash {
    let payer: &[u8] = if medicare {
        b"medicare"
    } else {
        claim.payer.name.id
    };
    let patient = claim.patient_person();
    let own_id = if patient.name.id.is_empty() {
        claim.subscriber.name.id
    } else {
        patient.name.id
    };
    let id = plain_id(own_id);
    if (claim.patient.is_none() || medicare) && !id.is_empty() {
        return hasher.hash(&[b"member", payer, &id]);
    }
    let birth_date = patient.birth_date.map(crate::date::digits);
    let sex = match patient.sex {
        Sex::Female => "Female",
        Sex::Male => "Male",
        Sex::Unknown => "Unknown",
    };
    hasher.hash(&[
        b"person",
        payer,
        &id,
        patient.name.last_or_organization,
        patient.name.first,
        birth_date.as_ref().map_or(&[], |date| &date[..]),
        sex.as_bytes(),
    ])
}

/// The hash of the patient whom Medicare knows by this id.
pub fn medicare_patient(member_id: &[u8], hasher: &PatientHasher) -> PatientHash {
    hasher.hash(&[b"member", b"medicare", &plain_id(member_id)])
}

/// A member id without the dashes and blanks that some senders keep, in upper case.
fn plain_id(id: &[u8]) -> Cow<'_, [u8]> {
    let is_plain = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    if id.iter().all(is_plain) {
        return Cow::Borrowed(id);
    }
    id.iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_uppercase)
        .collect()
}

/// Everything reports need of the claim, without lines and findings.
pub fn claim_outcome(claim: &Claim<'_>, patient: PatientHash) -> ClaimOutcome {
    ClaimFacts::of(claim, patient).outcome(&claim_texts(claim))
}

/// Texts of a claim in [`claim_texts`].
pub const CLAIM_TEXTS: usize = 22;

/// The texts that reports want of a claim, in the order in which [`ClaimFacts::outcome`] takes them.
pub const fn claim_texts<'a>(claim: &Claim<'a>) -> [&'a [u8]; CLAIM_TEXTS] {
    let provider = &claim.billing_provider;
    let patient = match &claim.patient {
        Some(patient) => patient,
        None => &claim.subscriber,
    };
    [
        claim.envelope.isa13,
        claim.envelope.gs06,
        claim.envelope.st02,
        claim.id,
        claim.facility,
        claim.frequency,
        claim.clearinghouse_trace,
        provider.id_qualifier,
        provider.id,
        claim.billing_tax_id,
        provider.last_or_organization,
        provider.first,
        patient.name.last_or_organization,
        patient.name.first,
        patient.name.middle,
        patient.name.suffix,
        claim.subscriber.name.id_qualifier,
        claim.subscriber.name.id,
        claim.payer.name.id,
        claim.payer.name.last_or_organization,
        claim.payer.responsibility,
        claim.payer.filing_indicator,
    ]
}

/// What reports want of a claim besides its texts.
#[derive(Clone)]
pub struct ClaimFacts {
    is_whole: bool,
    /// The CLM segment.
    pub place: SegmentPlace,
    /// The 2000A loop.
    pub loop_ordinal: u32,
    delimiters: Delimiters,
    kind: ClaimKind,
    charge: Option<Cents>,
    service_dates: Option<DateRange>,
    statement_dates: Option<DateRange>,
    provider_is_person: bool,
    patient: PatientHash,
    evidence: Vec<CarriedEvidence>,
    line_count: u32,
}

impl ClaimFacts {
    /// What a claim says.
    pub fn of(claim: &Claim<'_>, patient: PatientHash) -> Self {
        let line_dates = claim.lines.iter().filter_map(|line| claim.line_dates(line));
        let service_dates = line_dates
            .filter(|dates| is_plausible(*dates))
            .reduce(DateRange::union)
            .or(claim.dates.service)
            .or(claim.dates.statement)
            .filter(|dates| is_plausible(*dates));
        Self {
            is_whole: claim.is_whole,
            place: claim.place,
            loop_ordinal: claim.billing_loop,
            delimiters: claim.envelope.delimiters,
            kind: claim.kind,
            charge: claim.charge,
            service_dates,
            statement_dates: claim
                .dates
                .statement
                .filter(|dates| claim.kind == ClaimKind::Institutional && is_plausible(*dates)),
            provider_is_person: claim.billing_provider.entity_type == b"1",
            patient,
            evidence: evidence::of_claim(claim),
            line_count: claim.lines.len() as u32,
        }
    }

    /// Both together.
    pub fn outcome(self, texts: &[&[u8]; CLAIM_TEXTS]) -> ClaimOutcome {
        let [
            isa13,
            gs06,
            st02,
            id,
            facility,
            frequency,
            clearinghouse_trace,
            provider_id_qualifier,
            provider_id,
            tax_id,
            provider_last,
            provider_first,
            last,
            first,
            middle,
            suffix,
            member_id_qualifier,
            member_id,
            payer_id,
            payer_name,
            responsibility,
            filing_indicator,
        ] = *texts;
        ClaimOutcome {
            is_whole: self.is_whole,
            envelope: EnvelopeIds {
                isa13: Text::new(isa13),
                gs06: Text::new(gs06),
                st02: Text::new(st02),
            },
            delimiters: self.delimiters,
            kind: self.kind,
            place: self.place,
            id: Text::new(id),
            charge: self.charge,
            facility: Text::new(facility),
            frequency: Text::new(frequency),
            service_dates: self.service_dates,
            statement_dates: self.statement_dates,
            clearinghouse_trace: Text::new(clearinghouse_trace),
            billing_provider: BillingProvider {
                id_qualifier: Text::new(provider_id_qualifier),
                id: Text::new(provider_id),
                tax_id: Phi::new(Text::new(tax_id)),
                is_person: self.provider_is_person,
                last_or_organization: Text::new(provider_last),
                first: Text::new(provider_first),
                loop_ordinal: self.loop_ordinal,
            },
            patient: PatientOutcome {
                hash: self.patient,
                last: Phi::new(Text::new(last)),
                first: Phi::new(Text::new(first)),
                middle: Phi::new(Text::new(middle)),
                suffix: Phi::new(Text::new(suffix)),
                member_id_qualifier: Text::new(member_id_qualifier),
                member_id: Phi::new(Text::new(member_id)),
            },
            payer: PayerOutcome {
                id: Text::new(payer_id),
                name: Text::new(payer_name),
                responsibility: Text::new(responsibility),
                filing_indicator: Text::new(filing_indicator),
            },
            evidence: self.evidence,
            line_count: self.line_count,
            lines: Vec::new(),
            findings: Vec::new(),
        }
    }
}

/// Programs write the smallest date they know (0001-01-01) for one that they do not have. The
/// period of a claim must not reach back to it.
fn is_plausible(dates: DateRange) -> bool {
    dates.from.year() >= 1900
}

/// A line as reports keep it; `index` is its 0-based place in the claim.
pub fn line_outcome(
    claim: &Claim<'_>,
    line: &ServiceLine<'_>,
    index: u32,
    diagnoses: &ValidDiagnoses,
) -> LineOutcome {
    LineFacts::of(claim, line, index, diagnoses).outcome(line_texts(line))
}

/// Texts of a line in [`line_texts`].
pub const LINE_TEXTS: usize = 8;

/// The texts that reports want of a line, in the order in which [`LineFacts::outcome`] takes them: the
/// SV segment, what stands in it as a rule, and others.
pub fn line_texts<'a>(line: &ServiceLine<'a>) -> [&'a [u8]; LINE_TEXTS] {
    [
        line.segment,
        line.revenue_code,
        line.qualifier,
        line.code,
        line.quantity(),
        line.basis(),
        line.number,
        line.control_number,
    ]
}

/// What reports want of a line besides its texts.
#[derive(Clone)]
pub struct LineFacts {
    /// 0-based place in the claim.
    pub index: u32,
    /// The SV segment.
    pub place: SegmentPlace,
    modifiers: SmallVec<[Modifier; 4]>,
    charge: Option<Cents>,
    dates: Option<DateRange>,
    evidence: Vec<CarriedEvidence>,
    diagnosis_count: u32,
}

impl LineFacts {
    /// What a line says.
    pub fn of(
        claim: &Claim<'_>,
        line: &ServiceLine<'_>,
        index: u32,
        diagnoses: &ValidDiagnoses,
    ) -> Self {
        let modifiers = line.modifiers.iter().map(|(modifier, _)| *modifier);
        Self {
            index,
            place: line.place,
            modifiers: modifiers.collect(),
            charge: line.charge,
            dates: claim.line_dates(line),
            evidence: evidence::of_line(line),
            diagnosis_count: diagnoses.of_line(line),
        }
    }

    /// Both together.
    pub fn outcome(self, texts: [&[u8]; LINE_TEXTS]) -> LineOutcome {
        let [
            segment,
            revenue_code,
            qualifier,
            code,
            units,
            unit_basis,
            number,
            control_number,
        ] = texts;
        LineOutcome {
            place: self.place,
            number: if number.is_empty() {
                Text::from((self.index + 1).to_string().as_str())
            } else {
                Text::new(number)
            },
            revenue_code: Text::new(revenue_code),
            qualifier: Text::new(qualifier),
            code: Text::new(code),
            modifiers: self.modifiers,
            charge: self.charge,
            units: Text::new(units),
            unit_basis: Text::new(unit_basis),
            dates: self.dates,
            control_number: Text::new(control_number),
            evidence: self.evidence,
            diagnosis_count: self.diagnosis_count,
            segment: Text::new(segment),
        }
    }
}

/// Which of a claim's diagnoses have the shape of one, by their pointers.
pub struct ValidDiagnoses {
    /// By their index, in the order in which pointers count them.
    are_valid: SmallVec<[bool; 12]>,
    /// What separates pointers.
    component_separator: u8,
}

impl ValidDiagnoses {
    /// Looks at each diagnosis once.
    pub fn of(claim: &Claim<'_>) -> Self {
        let is_valid =
            |diagnosis: &HealthCareCode<'_>| DiagnosisCode::new(diagnosis.code).is_some();
        Self {
            are_valid: claim.diagnoses().map(is_valid).collect(),
            component_separator: claim.envelope.delimiters.component,
        }
    }

    /// How many of them apply to a line, as [`Claim::line_diagnoses`] tells them.
    fn of_line(&self, line: &ServiceLine<'_>) -> u32 {
        let mut pointers = line.diagnosis_pointers(self.component_separator).peekable();
        let count = if pointers.peek().is_none() {
            self.are_valid.iter().filter(|valid| **valid).count()
        } else {
            let is_valid = |pointer: &u8| {
                let at = usize::from(*pointer).checked_sub(1);
                at.and_then(|at| self.are_valid.get(at))
                    .is_some_and(|valid| *valid)
            };
            pointers.filter(is_valid).count()
        };
        count as u32
    }
}

/// A hit as a finding about `line`, which stands at `index` in the outcome's lines.
pub fn finding(hit: Hit, line: Option<(u32, &LineOutcome)>, delimiters: Delimiters) -> Finding {
    // The kind of the claim is that of its first line.
    let (segment, composite): (&[u8], u8) = match line.map(|(_, line)| line.segment.as_bytes()) {
        Some([_, _, b'2', ..]) => (b"SV2", 2),
        Some([_, _, b'3', ..]) => (b"SV3", 1),
        _ => (b"SV1", 1),
    };
    let reference = match hit.spot {
        Spot::Code => ElementReference::new(segment, composite, 2),
        Spot::Modifier(slot) => ElementReference::new(segment, composite, slot + 3),
        Spot::Segment => ElementReference::new(segment, 0, 0),
    };
    let span = line.map_or((0, 0), |(_, line)| {
        span_of(line.segment.as_bytes(), reference, delimiters)
    });
    Finding {
        rule: hit.rule,
        policy: hit.policy,
        severity: hit.severity,
        certainty: hit.certainty,
        line: line.map(|(index, _)| index),
        reference: if line.is_some() {
            reference
        } else {
            ElementReference::new(b"CLM", 0, 0)
        },
        span,
        message: hit.message,
        advice: hit.advice,
        counted: hit.counted,
        // A hint puts no money at risk.
        at_risk: if hit.severity > Severity::Info {
            hit.at_risk
        } else {
            Cents::ZERO
        },
    }
}

/// Byte range of an element or component within its segment; the whole segment when it is not
/// there.
fn span_of(segment: &[u8], reference: ElementReference, delimiters: Delimiters) -> (u32, u32) {
    let nth = |bytes: &[u8], separator: u8, index: usize| -> Option<(usize, usize)> {
        let mut start = 0;
        for (ordinal, part) in bytes.split(|byte| *byte == separator).enumerate() {
            if ordinal == index {
                return Some((start, start + part.len()));
            }
            start += part.len() + 1;
        }
        None
    };
    let whole = (0, segment.len());
    let element = match reference.element {
        0 => Some(whole),
        ordinal => nth(segment, delimiters.element, usize::from(ordinal)),
    };
    let Some((start, end)) = element else {
        return (0, segment.len() as u32);
    };
    let (start, end) = match reference.component {
        0 => (start, end),
        ordinal => nth(
            &segment[start..end],
            delimiters.component,
            usize::from(ordinal) - 1,
        )
        .map_or((start, end), |(from, to)| (start + from, start + to)),
    };
    (start as u32, end as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_mark_components() {
        let segment = b"SV1*HC:97110:GP:KX*80*UN*2***1:2";
        let at = |element, component| {
            let (start, end) = span_of(
                segment,
                ElementReference::new(b"SV1", element, component),
                Delimiters::default(),
            );
            &segment[start as usize..end as usize]
        };
        assert_eq!(at(1, 2), b"97110");
        assert_eq!(at(1, 4), b"KX");
        assert_eq!(at(2, 0), b"80");
        assert_eq!(at(1, 6), b"HC:97110:GP:KX");
        assert_eq!(at(0, 0), segment);
    }
}
