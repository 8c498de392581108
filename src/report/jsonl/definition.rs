//! What the lines of claims and findings say. [`Judged`](super::judged::Judged) writes them; the tests hold it to these
//! records, and the records to `docs/report-jsonl.schema.json`.

use serde::Serialize;

use crate::code::Modifier;
use crate::date::{Date, DateRange};
use crate::finding::{
    BillingProvider, CarriedEvidence, Certainty, ClaimKind, ClaimOutcome, Confidence, CountedTotal,
    DenialInfo, Finding, PatientOutcome, PayerOutcome, PolicyInfo, RuleInfo, RuleKind, Severity,
    Source, StatusInfo,
};
use crate::money::Cents;
use crate::phi::PatientHash;
use crate::text::Text;
use crate::x12::Position;

/// The patient: a hash, and the name if that was asked for.
#[derive(Serialize)]
pub(super) struct Patient<'a> {
    pub hash: PatientHash,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<&'a Text>,
}

impl<'a> Patient<'a> {
    fn new(patient: &'a PatientOutcome, show: bool) -> Self {
        Self {
            hash: patient.hash,
            last: show.then(|| patient.last.expose()),
            first: show.then(|| patient.first.expose()),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Payer<'a> {
    pub id: &'a Text,
    pub name: &'a Text,
    pub responsibility: &'a Text,
    pub filing_indicator: &'a Text,
}

impl<'a> Payer<'a> {
    fn new(payer: &'a PayerOutcome) -> Self {
        Self {
            id: &payer.id,
            name: &payer.name,
            responsibility: &payer.responsibility,
            filing_indicator: &payer.filing_indicator,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ClaimRecord<'a> {
    pub file: &'a str,
    pub position: Position,
    pub claim: &'a Text,
    pub kind: ClaimKind,
    pub charge: Option<Cents>,
    pub facility: &'a Text,
    pub frequency: &'a Text,
    pub service_dates: Option<DateRange>,
    pub clearinghouse_trace: &'a Text,
    pub billing_npi: Text,
    pub patient: Patient<'a>,
    pub payer: Payer<'a>,
    pub lines: u32,
    pub lines_with_findings: usize,
    pub findings: usize,
    pub severity: Option<Severity>,
    pub charge_at_risk: Cents,
}

impl<'a> ClaimRecord<'a> {
    pub fn new(file: &'a str, claim: &'a ClaimOutcome, show_patient: bool) -> Self {
        Self {
            file,
            position: Position {
                envelope: claim.envelope.clone(),
                place: claim.place,
                loop_id: "2300",
                claim: Some(claim.id.clone()),
                ..Position::default()
            },
            claim: &claim.id,
            kind: claim.kind,
            charge: claim.charge,
            facility: &claim.facility,
            frequency: &claim.frequency,
            service_dates: claim.service_dates,
            clearinghouse_trace: &claim.clearinghouse_trace,
            billing_npi: BillingProvider::npi(&claim.billing_provider),
            patient: Patient::new(&claim.patient, show_patient),
            payer: Payer::new(&claim.payer),
            lines: claim.line_count,
            lines_with_findings: claim.lines.len(),
            findings: claim.findings.len(),
            severity: claim.severity(),
            charge_at_risk: claim.charge_at_risk(),
        }
    }
}

/// A finding, complete in itself: it repeats what is needed of its claim, rule and policy.
#[derive(Serialize)]
pub(super) struct FindingRecord<'a> {
    pub file: &'a str,
    pub rule: &'a str,
    pub name: &'a str,
    pub kind: RuleKind,
    pub title: &'a str,
    pub severity: Severity,
    pub certainty: Certainty,
    pub policy: &'a str,
    pub pack: &'a str,
    pub position: Position,
    pub claim: &'a Text,
    pub claim_kind: ClaimKind,
    pub line: Option<Line<'a>>,
    pub at_risk: Cents,
    pub date_from: Option<Date>,
    pub date_to: Option<Date>,
    pub message: &'a str,
    pub advice: &'a str,
    pub plain: &'a str,
    pub meaning: Option<&'a str>,
    pub docs: Docs<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted: Option<&'a CountedTotal>,
    pub denial: Option<&'a DenialInfo>,
    pub status: Option<&'a StatusInfo>,
    pub sources: &'a [Source],
    pub confidence: Confidence,
    pub patient: Patient<'a>,
    pub billing_npi: Text,
    pub payer: Payer<'a>,
}

/// What the record must show, and what of the claim may point to it.
#[derive(Serialize)]
pub(super) struct Docs<'a> {
    pub must_show: &'a [String],
    pub on_claim: Vec<&'a CarriedEvidence>,
    pub diagnoses: Option<u32>,
}

/// The service line that a finding is about.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub number: &'a Text,
    pub control_number: &'a Text,
    pub qualifier: &'a Text,
    pub code: &'a Text,
    pub modifiers: &'a [Modifier],
    pub revenue_code: &'a Text,
    pub charge: Option<Cents>,
    pub units: &'a Text,
    pub unit_basis: &'a Text,
}

impl<'a> FindingRecord<'a> {
    pub fn new(
        file: &'a str,
        claim: &'a ClaimOutcome,
        finding: &'a Finding,
        rule: &'a RuleInfo,
        policy: &'a PolicyInfo,
        show_patient: bool,
    ) -> Self {
        let line = finding
            .line
            .and_then(|index| claim.lines.get(index as usize));
        let dates = line.and_then(|line| line.dates).or(claim.service_dates);
        Self {
            file,
            rule: &rule.code,
            name: &rule.name,
            kind: rule.kind,
            title: &rule.title,
            severity: finding.severity,
            certainty: finding.certainty,
            policy: &policy.id,
            pack: &policy.pack,
            position: claim.position(finding),
            claim: &claim.id,
            claim_kind: claim.kind,
            line: line.map(|line| Line {
                number: &line.number,
                control_number: &line.control_number,
                qualifier: &line.qualifier,
                code: &line.code,
                modifiers: &line.modifiers,
                revenue_code: &line.revenue_code,
                charge: line.charge,
                units: &line.units,
                unit_basis: &line.unit_basis,
            }),
            at_risk: finding.at_risk,
            date_from: dates.map(|dates| dates.from),
            date_to: dates.map(|dates| dates.to),
            message: &finding.message,
            advice: finding.advice.as_deref().unwrap_or(&policy.advice),
            plain: &policy.plain,
            meaning: policy.meaning.as_deref(),
            docs: Docs {
                must_show: &policy.documentation,
                on_claim: claim.evidence(finding).collect(),
                diagnoses: line.map(|line| line.diagnosis_count),
            },
            counted: finding.counted.as_deref(),
            denial: rule.denial_under(policy),
            status: rule.status_under(policy),
            sources: &policy.sources,
            confidence: policy.confidence,
            patient: Patient::new(&claim.patient, show_patient),
            billing_npi: claim.billing_provider.npi(),
            payer: Payer::new(&claim.payer),
        }
    }
}
