//! From a borrowed claim to what reports keep of it.

use smallvec::SmallVec;

use super::evidence;

use crate::claim::{Claim, Person, ServiceLine};
use crate::date::DateRange;
use crate::finding::{
    BillingProvider, ClaimKind, ClaimOutcome, Finding, LineOutcome, PatientOutcome, PayerOutcome,
    Severity,
};
use crate::money::Cents;
use crate::phi::{PatientHash, PatientHasher, Phi};
use crate::rule::{Hit, Spot};
use crate::text::Text;
use crate::x12::{Delimiters, ElementReference};

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
    let birth_date = patient
        .birth_date
        .map(crate::date::to_d8)
        .unwrap_or_default();
    let sex = format!("{:?}", patient.sex);
    hasher.hash(&[
        b"person",
        payer,
        &id,
        patient.name.last_or_organization,
        patient.name.first,
        birth_date.as_bytes(),
        sex.as_bytes(),
    ])
}

/// The hash of the patient whom Medicare knows by this id.
pub fn medicare_patient(member_id: &[u8], hasher: &PatientHasher) -> PatientHash {
    hasher.hash(&[b"member", b"medicare", &plain_id(member_id)])
}

/// A member id without the dashes and blanks that some senders keep, in upper case.
fn plain_id(id: &[u8]) -> SmallVec<[u8; 24]> {
    id.iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_uppercase)
        .collect()
}

/// Everything reports need of the claim, without lines and findings.
pub fn claim_outcome(claim: &Claim<'_>, patient: PatientHash) -> ClaimOutcome {
    let line_dates = claim.lines.iter().filter_map(|line| claim.line_dates(line));
    let service_dates = line_dates
        .filter(|dates| is_plausible(*dates))
        .reduce(DateRange::union)
        .or(claim.dates.service)
        .or(claim.dates.statement)
        .filter(|dates| is_plausible(*dates));
    ClaimOutcome {
        envelope: claim.envelope_ids(),
        delimiters: claim.envelope.delimiters,
        kind: claim.kind,
        place: claim.place,
        id: Text::new(claim.id),
        charge: claim.charge,
        facility: Text::new(claim.facility),
        frequency: Text::new(claim.frequency),
        service_dates,
        clearinghouse_trace: Text::new(claim.clearinghouse_trace),
        billing_provider: billing_provider(claim),
        patient: patient_outcome(claim.patient_person(), &claim.subscriber, patient),
        payer: PayerOutcome {
            id: Text::new(claim.payer.name.id),
            name: Text::new(claim.payer.name.last_or_organization),
            responsibility: Text::new(claim.payer.responsibility),
            filing_indicator: Text::new(claim.payer.filing_indicator),
        },
        evidence: evidence::of_claim(claim),
        line_count: claim.lines.len() as u32,
        lines: Vec::new(),
        findings: Vec::new(),
    }
}

/// Programs write the smallest date they know (0001-01-01) for one that they do not have. The
/// period of a claim must not reach back to it.
fn is_plausible(dates: DateRange) -> bool {
    dates.from.year() >= 1900
}

fn billing_provider(claim: &Claim<'_>) -> BillingProvider {
    let party = &claim.billing_provider;
    BillingProvider {
        id_qualifier: Text::new(party.id_qualifier),
        id: Text::new(party.id),
        tax_id: Phi::new(Text::new(claim.billing_tax_id)),
        is_person: party.entity_type == b"1",
        last_or_organization: Text::new(party.last_or_organization),
        first: Text::new(party.first),
        loop_ordinal: claim.billing_loop,
    }
}

fn patient_outcome(
    patient: &Person<'_>,
    subscriber: &Person<'_>,
    hash: PatientHash,
) -> PatientOutcome {
    let sealed = |bytes| Phi::new(Text::new(bytes));
    PatientOutcome {
        hash,
        last: sealed(patient.name.last_or_organization),
        first: sealed(patient.name.first),
        middle: sealed(patient.name.middle),
        suffix: sealed(patient.name.suffix),
        member_id_qualifier: Text::new(subscriber.name.id_qualifier),
        member_id: sealed(subscriber.name.id),
    }
}

/// A line as reports keep it; `index` is its 0-based place in the claim.
pub fn line_outcome<'a>(claim: &Claim<'a>, line: &ServiceLine<'a>, index: u32) -> LineOutcome {
    let number = if line.number.is_empty() {
        Text::from((index + 1).to_string().as_str())
    } else {
        Text::new(line.number)
    };
    LineOutcome {
        place: line.place,
        number,
        revenue_code: Text::new(line.revenue_code),
        qualifier: Text::new(line.qualifier),
        code: Text::new(line.code),
        modifiers: line
            .modifiers
            .iter()
            .map(|(modifier, _)| *modifier)
            .collect(),
        charge: line.charge,
        units: Text::new(line.units),
        unit_basis: Text::new(line.unit_basis),
        dates: claim.line_dates(line),
        control_number: Text::new(line.control_number),
        evidence: evidence::of_line(line),
        diagnosis_count: claim.line_diagnoses(line).count() as u32,
        segment: Text::new(line.segment),
    }
}

/// A hit as a finding about `line`, which stands at `index` in the outcome's lines.
pub fn finding(
    hit: Hit,
    kind: ClaimKind,
    line: Option<(u32, &LineOutcome)>,
    delimiters: Delimiters,
) -> Finding {
    let (segment, composite): (&[u8], u8) = match kind {
        ClaimKind::Professional => (b"SV1", 1),
        ClaimKind::Institutional => (b"SV2", 2),
        ClaimKind::Dental => (b"SV3", 1),
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
