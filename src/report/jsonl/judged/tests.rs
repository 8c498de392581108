//! Any claim is written as its records say.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::definition::{ClaimRecord, FindingRecord};
use super::super::record::Record;
use super::*;
use crate::code::{Modifier, ProcedureCode};
use crate::date::{Date, DateRange};
use crate::finding::{
    CarriedEvidence, Certainty, ClaimKind, EvidenceElement, EvidenceLevel, PolicyId, RuleId,
    Severity,
};
use crate::money::Cents;
use crate::phi::{PatientHash, Phi};
use crate::report::sample;
use crate::x12::ElementReference;

/// Proptest shows what fails; claims show nothing of themselves.
struct Made<T>(T);

impl<T> std::fmt::Debug for Made<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(not shown)")
    }
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        "[ -~]{0,30}".prop_map(|text| Text::from(text.as_str())),
        vec(any::<u8>(), 0..9).prop_map(|bytes| Text::new(&bytes)),
    ]
}

fn cents() -> impl Strategy<Value = Cents> {
    prop_oneof![any::<i64>(), 0..1_000_000_i64].prop_map(Cents)
}

fn date() -> impl Strategy<Value = Date> {
    (0..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(y, m, d)| jiff::civil::date(y, m, d))
}

fn dates() -> impl Strategy<Value = Option<DateRange>> {
    option::of((date(), date()).prop_map(|(one, other)| DateRange {
        from: one.min(other),
        to: one.max(other),
    }))
}

fn place() -> impl Strategy<Value = SegmentPlace> {
    (any::<u64>(), any::<u64>()).prop_map(|(offset, ordinal)| SegmentPlace { offset, ordinal })
}

fn evidence() -> impl Strategy<Value = Vec<CarriedEvidence>> {
    use EvidenceElement as E;
    let element = prop::sample::select(vec![
        E::Paperwork,
        E::Note,
        E::Conditions,
        E::DmeCertification,
        E::PriorAuthorization,
        E::Referral,
        E::FileInformation,
        E::Date,
        E::ConditionCode,
        E::OccurrenceCode,
        E::ValueCode,
    ]);
    let level = prop::sample::select(vec![EvidenceLevel::Claim, EvidenceLevel::Line]);
    let one = (element, text(), level, option::of(date())).prop_map(
        |(element, qualifier, level, date)| CarriedEvidence {
            element,
            qualifier,
            level,
            date,
        },
    );
    vec(one, 0..4)
}

fn line() -> impl Strategy<Value = Made<LineOutcome>> {
    let modifier = "[0-9A-Z]{2}".prop_map(|text| Modifier::new(text.as_bytes()).unwrap());
    (
        (place(), text(), text(), text(), text(), text()),
        (vec(modifier, 0..5), option::of(cents()), text(), dates()),
        (text(), evidence(), any::<u32>()),
    )
        .prop_map(
            |(
                (place, number, revenue_code, qualifier, code, units),
                (modifiers, charge, unit_basis, dates),
                (control_number, evidence, diagnosis_count),
            )| {
                Made(LineOutcome {
                    place,
                    number,
                    revenue_code,
                    qualifier,
                    code,
                    modifiers: modifiers.into(),
                    charge,
                    units,
                    unit_basis,
                    dates,
                    control_number,
                    evidence,
                    diagnosis_count,
                    segment: Text::default(),
                })
            },
        )
}

fn counted_line() -> impl Strategy<Value = CountedLine> {
    let code = "[0-9A-Za-z]{1,8}".prop_map(|text| ProcedureCode::new(text.as_bytes()));
    (
        (any::<String>(), any::<u32>(), any::<u64>(), text()),
        (any::<u32>(), date(), prop_oneof![Just(None), code]),
        (cents(), cents()),
    )
        .prop_map(
            |((file, file_seq, offset, claim), (line, date, code), (low, high))| CountedLine {
                file,
                file_seq,
                offset,
                claim,
                frequency: "original",
                line,
                date,
                code,
                low,
                high,
                basis: "fee-schedule",
            },
        )
}

fn counted() -> impl Strategy<Value = CountedTotal> {
    let interval = || (cents(), cents()).prop_map(|(low, high)| Interval { low, high });
    (
        (any::<String>(), any::<i16>(), cents(), any::<u64>()),
        (interval(), interval()),
        (option::of(counted_line()), vec(counted_line(), 0..4)),
    )
        .prop_map(
            |((account, year, threshold, count), (before, after), (passed_at, lines))| {
                CountedTotal {
                    account,
                    year,
                    threshold,
                    before,
                    after,
                    passed_at,
                    lines,
                    count,
                }
            },
        )
}

fn finding() -> impl Strategy<Value = Finding> {
    let severity = prop::sample::select(vec![Severity::Info, Severity::Warning, Severity::Error]);
    let certainty = prop::sample::select(vec![
        Certainty::Possible,
        Certainty::Likely,
        Certainty::Certain,
    ]);
    (
        (0..2_u16, 0..3_u32, severity, certainty),
        (option::of(0..5_u32), any::<u8>(), any::<u8>()),
        (any::<String>(), option::of(any::<String>()), cents()),
        option::of(counted().prop_map(Box::new)),
    )
        .prop_map(
            |(
                (rule, policy, severity, certainty),
                (line, element, component),
                (message, advice, at_risk),
                counted,
            )| Finding {
                rule: RuleId(rule),
                policy: PolicyId(policy),
                severity,
                certainty,
                line,
                reference: ElementReference::new(b"SV1", element, component),
                span: (0, 0),
                message,
                advice,
                at_risk,
                counted,
            },
        )
}

fn claim() -> impl Strategy<Value = Made<ClaimOutcome>> {
    let kind = prop::sample::select(vec![
        ClaimKind::Professional,
        ClaimKind::Institutional,
        ClaimKind::Dental,
    ]);
    (
        vec(text(), 16),
        (kind, place(), option::of(cents()), dates(), any::<bool>()),
        (any::<u64>(), evidence(), any::<u32>()),
        (vec(line(), 0..4), vec(finding(), 0..4)),
    )
        .prop_map(
            |(
                texts,
                (kind, place, charge, service_dates, has_npi),
                (hash, evidence, line_count),
                (lines, findings),
            )| {
                let mut claim = sample::clean("", 0, 0);
                let mut texts = texts.into_iter();
                let mut text = || texts.next().unwrap();
                claim.envelope.isa13 = text();
                claim.envelope.gs06 = text();
                claim.envelope.st02 = text();
                claim.id = text();
                claim.facility = text();
                claim.frequency = text();
                claim.clearinghouse_trace = text();
                claim.billing_provider.id = text();
                claim.billing_provider.id_qualifier = if has_npi { "XX" } else { "34" }.into();
                claim.patient.hash = PatientHash(hash);
                claim.patient.last = Phi::new(text());
                claim.patient.first = Phi::new(text());
                claim.payer.id = text();
                claim.payer.name = text();
                claim.payer.responsibility = text();
                claim.payer.filing_indicator = text();
                Made(ClaimOutcome {
                    kind,
                    place,
                    charge,
                    service_dates,
                    evidence,
                    line_count,
                    lines: lines.into_iter().map(|line| line.0).collect(),
                    findings,
                    ..claim
                })
            },
        )
}

fn by_serde(catalogue: &Catalogue, file: &str, claim: &ClaimOutcome, show: bool) -> String {
    let record = ClaimRecord::new(file, claim, show);
    let mut lines = serde_json::to_string(&Record::Claim(Box::new(record))).unwrap() + "\n";
    for finding in &claim.findings {
        let rule = catalogue.rule(finding.rule);
        let policy = catalogue.policy(finding.policy);
        let record = FindingRecord::new(file, claim, finding, rule, policy, show);
        lines += &serde_json::to_string(&Record::Finding(Box::new(record))).unwrap();
        lines.push('\n');
    }
    lines
}

proptest! {
    #[test]
    fn claims_are_written_as_their_records_say(
        claims in vec(claim(), 1..3), file: String, show: bool, policy_text: String,
    ) {
        let mut catalogue = (*sample::run().catalogue).clone();
        let mut bare = catalogue.policies[0].clone();
        (bare.plain, bare.documentation) = (policy_text.clone(), vec![policy_text; 2]);
        (bare.meaning, bare.denial, bare.status) = (None, None, None);
        bare.sources.clear();
        catalogue.policies.push(bare);
        let catalogue = Arc::new(catalogue);
        let mut judged = Judged::new(&catalogue, show);
        let mut json = Json::default();
        let mut records = String::new();
        for Made(claim) in &claims {
            judged.append(&mut json, &file, claim).unwrap();
            records += &by_serde(&catalogue, &file, claim, show);
        }
        prop_assert_eq!(std::str::from_utf8(json.as_bytes()).unwrap(), records);
    }
}
