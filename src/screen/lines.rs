//! Every service line as one JSON object: the extraction that `kx837 lines` prints.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Serialize, Serializer};

use crate::claim::{Claim, ServiceLine};
use crate::finding::ClaimKind;
use crate::phi::PatientHasher;

/// What all lines of a claim, of one kind, have in common. Values are as on the wire, without the blanks around them; what was
/// not sent is an empty string.
#[derive(Serialize)]
struct ClaimPart<'a> {
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
}

/// What a line says of its own.
#[derive(Serialize)]
struct LinePart<'s, 'a> {
    line_number: Cow<'a, str>,
    revenue_code: Cow<'a, str>,
    qualifier: Cow<'a, str>,
    code: Cow<'a, str>,
    modifiers: Modifiers<'s, 'a>,
    charge: Cow<'a, str>,
    units: Cow<'a, str>,
    date_from: Cow<'a, str>,
    date_to: Cow<'a, str>,
    diagnoses: Diagnoses<'s, 'a>,
    line_control: Cow<'a, str>,
}

/// Those that were sent.
struct Modifiers<'s, 'a>(&'s ServiceLine<'a>);

impl Serialize for Modifiers<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sent = self.0.raw_modifiers.iter().filter(|raw| !raw.is_empty());
        serializer.collect_seq(sent.map(|raw| text(raw)))
    }
}

/// Those that a line's pointers name.
struct Diagnoses<'s, 'a>(&'s Claim<'a>, &'s ServiceLine<'a>);

impl Serialize for Diagnoses<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(claim, line) = self;
        let named = claim
            .pointed_diagnoses(line)
            .filter(|diagnosis| !diagnosis.code.is_empty());
        serializer.collect_seq(named.map(|diagnosis| text(diagnosis.code)))
    }
}

/// Appends a JSON object and a line feed for each line of a claim. Unless `show_patient` is set, the member id,
/// the patient's id, last name and the billing provider's id when it is not an NPI (it may be a
/// social security number) are replaced by keyed hashes.
pub fn write_lines(
    out: &mut Vec<u8>,
    claim: &Claim<'_>,
    hasher: &PatientHasher,
    show_patient: bool,
) {
    // What the lines have in common is written once, and copied.
    let mut common: Option<(ClaimKind, Range<usize>)> = None;
    for line in &claim.lines {
        match &common {
            Some((kind, written)) if *kind == line.kind => out.extend_from_within(written.clone()),
            _ => {
                let from = out.len();
                write(out, &claim_part(claim, line.kind, hasher, show_patient));
                // The object goes on.
                out.pop();
                common = Some((line.kind, from..out.len()));
            }
        }
        let behind = out.len();
        write(out, &line_part(claim, line));
        out[behind] = b',';
        out.push(b'\n');
    }
}

/// Appends an object.
fn write(out: &mut Vec<u8>, part: &impl Serialize) {
    // Writing to memory cannot fail, and the parts have nothing that JSON cannot say.
    let _ = serde_json::to_writer(out, part);
}

fn claim_part<'a>(
    claim: &Claim<'a>,
    kind: ClaimKind,
    hasher: &PatientHasher,
    show_patient: bool,
) -> ClaimPart<'a> {
    let sealed = |label: &[u8], value| identity(label, value, hasher, show_patient);
    let billing = &claim.billing_provider;
    let patient = claim.patient.as_ref();
    ClaimPart {
        isa13: text(claim.envelope.isa13),
        gs06: text(claim.envelope.gs06),
        st02: text(claim.envelope.st02),
        kind: kind.letter(),
        clm01: text(claim.id),
        clm02: text(claim.raw_charge),
        billing_npi: if billing.id_qualifier == b"XX" {
            text(billing.id)
        } else {
            sealed(b"provider", billing.id)
        },
        member_id: sealed(b"member", claim.subscriber.name.id),
        patient_id: sealed(b"member", patient.map_or(&[], |patient| patient.name.id)),
        patient_last: sealed(b"last", claim.patient_person().name.last_or_organization),
        payer_id: text(claim.payer.name.id),
        filing_indicator: text(claim.payer.filing_indicator),
        pos_or_tob: text(claim.facility),
        frequency: text(claim.frequency),
    }
}

fn line_part<'s, 'a>(claim: &'s Claim<'a>, line: &'s ServiceLine<'a>) -> LinePart<'s, 'a> {
    let (date_from, date_to) = split_range(line.raw_service_date);
    LinePart {
        line_number: text(line.number),
        revenue_code: text(line.revenue_code),
        qualifier: text(line.qualifier),
        code: text(line.code),
        modifiers: Modifiers(line),
        charge: text(line.raw_charge),
        units: text(line.quantity()),
        date_from: text(date_from),
        date_to: text(date_to),
        diagnoses: Diagnoses(claim, line),
        line_control: text(line.control_number),
    }
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn identity<'a>(label: &[u8], value: &'a [u8], hasher: &PatientHasher, show: bool) -> Cow<'a, str> {
    match value {
        [] => Cow::Borrowed(""),
        _ if show => text(value),
        _ => Cow::Owned(hasher.hash(&[label, value]).to_string()),
    }
}

/// The two ends of a `RD8` value; a single date is both.
fn split_range(value: &[u8]) -> (&[u8], &[u8]) {
    match value.iter().position(|byte| *byte == b'-') {
        Some(8) if value.len() == 17 => (&value[..8], &value[9..]),
        _ => (value, value),
    }
}
