//! Every service line as one JSON object: the extraction that `kx837 lines` prints.

use std::borrow::Cow;

use serde::Serialize;

use crate::claim::{Claim, ServiceLine};
use crate::phi::PatientHasher;

/// A service line. Values are as on the wire, without the blanks around them; what was not sent
/// is an empty string.
#[derive(Serialize)]
struct LineRecord<'a> {
    isa13: Cow<'a, str>,
    gs06: Cow<'a, str>,
    st02: Cow<'a, str>,
    kind: char,
    clm01: Cow<'a, str>,
    clm02: Cow<'a, str>,
    billing_npi: Cow<'a, str>,
    member_id: Cow<'a, str>,
    patient_id: Cow<'a, str>,
    patient_last: Cow<'a, str>,
    payer_id: Cow<'a, str>,
    filing_indicator: Cow<'a, str>,
    pos_or_tob: Cow<'a, str>,
    frequency: Cow<'a, str>,
    line_number: Cow<'a, str>,
    revenue_code: Cow<'a, str>,
    qualifier: Cow<'a, str>,
    code: Cow<'a, str>,
    modifiers: Vec<Cow<'a, str>>,
    charge: Cow<'a, str>,
    units: Cow<'a, str>,
    date_from: Cow<'a, str>,
    date_to: Cow<'a, str>,
    diagnoses: Vec<Cow<'a, str>>,
    line_control: Cow<'a, str>,
}

/// Appends a line's JSON object and a line feed. Unless `show_patient` is set, the member id,
/// the patient's id, last name and the billing provider's id when it is not an NPI (it may be a
/// social security number) are replaced by keyed hashes.
pub fn write_line(
    out: &mut Vec<u8>,
    claim: &Claim<'_>,
    line: &ServiceLine<'_>,
    hasher: &PatientHasher,
    show_patient: bool,
) {
    let text = String::from_utf8_lossy;
    let sealed = |label: &[u8], value| identity(label, value, hasher, show_patient);
    let billing = &claim.billing_provider;
    let patient = claim.patient.as_ref();
    let (date_from, date_to) = split_range(line.raw_service_date);
    let record = LineRecord {
        isa13: text(claim.envelope.isa13),
        gs06: text(claim.envelope.gs06),
        st02: text(claim.envelope.st02),
        kind: line.kind.letter(),
        clm01: text(claim.id),
        clm02: text(claim.raw_charge),
        billing_npi: sealed(
            b"provider",
            if billing.id_qualifier == b"XX" {
                &[]
            } else {
                billing.id
            },
        )
        .filter_empty(|| text(billing.id)),
        member_id: sealed(b"member", claim.subscriber.name.id),
        patient_id: sealed(b"member", patient.map_or(&[], |patient| patient.name.id)),
        patient_last: sealed(b"last", claim.patient_person().name.last_or_organization),
        payer_id: text(claim.payer.name.id),
        filing_indicator: text(claim.payer.filing_indicator),
        pos_or_tob: text(claim.facility),
        frequency: text(claim.frequency),
        line_number: text(line.number),
        revenue_code: text(line.revenue_code),
        qualifier: text(line.qualifier),
        code: text(line.code),
        modifiers: line
            .raw_modifiers
            .iter()
            .filter(|raw| !raw.is_empty())
            .map(|raw| text(raw))
            .collect(),
        charge: text(line.raw_charge),
        units: text(line.quantity()),
        date_from: text(date_from),
        date_to: text(date_to),
        diagnoses: line
            .diagnosis_pointers(claim.envelope.delimiters.component)
            .filter_map(|pointer| claim.diagnosis(pointer))
            .filter(|diagnosis| !diagnosis.code.is_empty())
            .map(|diagnosis| text(diagnosis.code))
            .collect(),
        line_control: text(line.control_number),
    };
    // Writing to memory cannot fail, and the record has nothing that JSON cannot say.
    let _ = serde_json::to_writer(&mut *out, &record);
    out.push(b'\n');
}

fn identity<'a>(label: &[u8], value: &'a [u8], hasher: &PatientHasher, show: bool) -> Cow<'a, str> {
    match value {
        [] => Cow::Borrowed(""),
        _ if show => String::from_utf8_lossy(value),
        _ => Cow::Owned(hasher.hash(&[label, value]).to_string()),
    }
}

trait OrElse {
    fn filter_empty(self, other: impl FnOnce() -> Self) -> Self;
}

impl OrElse for Cow<'_, str> {
    fn filter_empty(self, other: impl FnOnce() -> Self) -> Self {
        if self.is_empty() { other() } else { self }
    }
}

/// The two ends of a `RD8` value; a single date is both.
fn split_range(value: &[u8]) -> (&[u8], &[u8]) {
    match value.iter().position(|byte| *byte == b'-') {
        Some(8) if value.len() == 17 => (&value[..8], &value[9..]),
        _ => (value, value),
    }
}
