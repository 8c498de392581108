//! What became of a claim, in owned form, so that reports outlive the bytes that were read.

use serde::Serialize;
use smallvec::SmallVec;

use super::counted::CountedTotal;
use super::{CarriedEvidence, Certainty, PolicyId, RuleId, Severity};
use crate::code::Modifier;
use crate::date::DateRange;
use crate::money::Cents;
use crate::phi::{PatientHash, Phi};
use crate::text::Text;
use crate::x12::{Delimiters, ElementReference, EnvelopeIds, Position, SegmentPlace};

/// The three kinds of claim, by their service lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ClaimKind {
    /// 837P: lines in SV1.
    #[serde(rename = "P")]
    Professional,
    /// 837I: lines in SV2.
    #[serde(rename = "I")]
    Institutional,
    /// 837D: lines in SV3.
    #[serde(rename = "D")]
    Dental,
}

impl ClaimKind {
    /// `P`, `I` or `D`.
    pub const fn letter(self) -> char {
        match self {
            Self::Professional => 'P',
            Self::Institutional => 'I',
            Self::Dental => 'D',
        }
    }
}

/// A claim with what reports need of it.
#[derive(Clone)]
pub struct ClaimOutcome {
    /// False when a part of the claim was not read, or may be missing: its set has no SE, data of it or of the
    /// loops above it got lost, or it has more lines than are read.
    pub is_whole: bool,
    /// Envelope of the claim.
    pub envelope: EnvelopeIds,
    /// Delimiters of its interchange: echoing reports reuse them.
    pub delimiters: Delimiters,
    /// Kind of its lines.
    pub kind: ClaimKind,
    /// The CLM segment.
    pub place: SegmentPlace,
    /// CLM01, as written (trimmed).
    pub id: Text,
    /// CLM02; `None` when it is not an amount.
    pub charge: Option<Cents>,
    /// CLM05-1: place of service (P, D) or the first two digits of the type of bill (I).
    pub facility: Text,
    /// CLM05-3: claim frequency.
    pub frequency: Text,
    /// Earliest to latest date of service.
    pub service_dates: Option<DateRange>,
    /// Statement dates (DTP*434) of an institutional claim.
    pub statement_dates: Option<DateRange>,
    /// REF*D9: the clearinghouse's trace number.
    pub clearinghouse_trace: Text,
    /// Who bills.
    pub billing_provider: BillingProvider,
    /// Who was treated.
    pub patient: PatientOutcome,
    /// Who is asked to pay.
    pub payer: PayerOutcome,
    /// What loop 2300 carries that may point to documents.
    pub evidence: Vec<CarriedEvidence>,
    /// How many service lines the claim has.
    pub line_count: u32,
    /// The lines that have findings, in the claim's order.
    pub lines: Vec<LineOutcome>,
    /// Findings, ordered by line.
    pub findings: Vec<Finding>,
}

impl ClaimOutcome {
    /// The most severe finding; `None` for a clean claim.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// The lines at risk, those with a finding above info, each once.
    pub fn lines_at_risk(&self) -> impl Iterator<Item = &LineOutcome> {
        let mut last = None;
        // Findings are ordered by line, so each line's stand together.
        self.findings
            .iter()
            .filter(|finding| finding.severity > Severity::Info)
            .filter_map(|finding| finding.line)
            .filter(move |line| last.replace(*line) != Some(*line))
            .filter_map(|line| self.lines.get(line as usize))
    }

    /// The charge of the lines at risk; one that takes another back is no risk.
    pub fn charge_at_risk(&self) -> Cents {
        let charges = self.lines_at_risk().filter_map(|line| line.charge);
        charges.map(|charge| charge.max(Cents::ZERO)).sum()
    }

    /// What the claim carries that may point to documents about a finding: of its line, then of the
    /// claim.
    pub fn evidence(&self, finding: &Finding) -> impl Iterator<Item = &CarriedEvidence> {
        let line = finding
            .line
            .and_then(|index| self.lines.get(index as usize));
        let of_line = line.map_or(&[][..], |line| &line.evidence);
        of_line.iter().chain(&self.evidence)
    }

    /// The position of a finding.
    pub fn position(&self, finding: &Finding) -> Position {
        let line = finding
            .line
            .and_then(|index| self.lines.get(index as usize));
        Position {
            envelope: self.envelope.clone(),
            place: line.map_or(self.place, |line| line.place),
            loop_id: if line.is_some() { "2400" } else { "2300" },
            claim: Some(self.id.clone()),
            line: line.map(|line| line.number.clone()),
            reference: Some(finding.reference),
            segment: finding.reference.segment,
        }
    }
}

/// Loop 2010AA.
#[derive(Clone, Default)]
pub struct BillingProvider {
    /// NM108: `XX` for an NPI.
    pub id_qualifier: Text,
    /// NM109.
    pub id: Text,
    /// REF*EI: the employer's tax number. Only for a format that must name a provider who has
    /// no other identifier.
    pub tax_id: Phi<Text>,
    /// NM102 = 1: a person rather than an organisation.
    pub is_person: bool,
    /// NM103.
    pub last_or_organization: Text,
    /// NM104.
    pub first: Text,
    /// Counts the 2000A loops of a transaction set from 0, so that equal neighbours stay apart.
    pub loop_ordinal: u32,
}

impl BillingProvider {
    /// The NPI; empty when the provider is named by anything else, which might be a person's
    /// social security number.
    pub fn npi(&self) -> Text {
        if self.id_qualifier.as_bytes() == b"XX" {
            self.id.clone()
        } else {
            Text::default()
        }
    }
}

/// The patient: loop 2010CA if there is one, else 2010BA.
#[derive(Clone, Default)]
pub struct PatientOutcome {
    /// Keyed hash that stands for the patient; 0 in a clean claim that adds to no total, where no report wants it.
    pub hash: PatientHash,
    /// NM103.
    pub last: Phi<Text>,
    /// NM104.
    pub first: Phi<Text>,
    /// NM105.
    pub middle: Phi<Text>,
    /// NM107.
    pub suffix: Phi<Text>,
    /// NM108 of the subscriber.
    pub member_id_qualifier: Text,
    /// NM109 of the subscriber.
    pub member_id: Phi<Text>,
}

/// Loop 2010BB and SBR: the destination payer.
#[derive(Clone, Default)]
pub struct PayerOutcome {
    /// NM109.
    pub id: Text,
    /// NM103.
    pub name: Text,
    /// SBR01: P, S, T ...
    pub responsibility: Text,
    /// SBR09: claim filing indicator.
    pub filing_indicator: Text,
}

/// A service line that has findings.
#[derive(Clone)]
pub struct LineOutcome {
    /// The SV1, SV2 or SV3 segment.
    pub place: SegmentPlace,
    /// LX01 as written; the line's 1-based count when there is no LX.
    pub number: Text,
    /// SV201.
    pub revenue_code: Text,
    /// SVx01-1: `HC`, `AD` ...
    pub qualifier: Text,
    /// SVx01-2 as written.
    pub code: Text,
    /// Modifiers that are two letters or digits, upper-cased, in their order.
    pub modifiers: SmallVec<[Modifier; 4]>,
    /// Line charge; `None` when it is not an amount.
    pub charge: Option<Cents>,
    /// Units as written.
    pub units: Text,
    /// `UN`, `MJ`, `DA`.
    pub unit_basis: Text,
    /// Dates of service of the line, else of the claim.
    pub dates: Option<DateRange>,
    /// REF*6R: line item control number.
    pub control_number: Text,
    /// What loop 2400 carries that may point to documents.
    pub evidence: Vec<CarriedEvidence>,
    /// How many diagnoses the line points to.
    pub diagnosis_count: u32,
    /// The SV segment without its terminator, as it stands in the file (line breaks removed).
    pub segment: Text,
}

/// One thing to look at.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Rule.
    pub rule: RuleId,
    /// Policy that the rule applied.
    pub policy: PolicyId,
    /// How bad, after caps.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// Index in [`ClaimOutcome::lines`]; `None` for the claim as a whole.
    pub line: Option<u32>,
    /// Where to look in the segment.
    pub reference: ElementReference,
    /// Byte range in [`LineOutcome::segment`] that a caret marks, end excluded.
    pub span: (u32, u32),
    /// Why, about this very line. Never carries patient data.
    pub message: String,
    /// What to do, about this very line; else the policy's advice.
    pub advice: Option<String>,
    /// Money at stake: the line's charge unless a rule knows better.
    pub at_risk: Cents,
    /// How the yearly amount came to be passed, of a finding about one.
    pub counted: Option<Box<CountedTotal>>,
}
