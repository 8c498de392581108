//! Writes claims and findings, of which a report has many, as the records in definition.rs say; a test holds both
//! together.

use std::ops::Range;
use std::sync::Arc;

use super::json::Json;
use crate::finding::{
    Catalogue, ClaimOutcome, CountedLine, CountedTotal, Finding, Interval, LineOutcome, PolicyInfo,
    RuleInfo,
};
use crate::text::Text;
use crate::x12::SegmentPlace;

/// Writes claims with their findings.
#[derive(Default)]
pub struct Judged {
    catalogue: Arc<Catalogue>,
    show_patient: bool,
    /// What findings repeat of their rules and policies, by index, from the first finding on.
    rules: Vec<Option<Vec<u8>>>,
    policies: Vec<Option<Box<PolicyText>>>,
}

/// What findings repeat of a policy.
struct PolicyText {
    names: Vec<u8>,
    advice: Vec<u8>,
    explanation: Vec<u8>,
    support: Vec<u8>,
}

/// Where the claim says what its findings repeat.
struct Repeated {
    file: Range<usize>,
    envelope: Range<usize>,
    id: Range<usize>,
    npi: Range<usize>,
    patient: Range<usize>,
    payer: Range<usize>,
}

/// Members of an object, each with a comma before it.
macro_rules! members {
    ($($name:literal: $value:expr),* $(,)?) => {{
        let mut json = Json::default();
        $(
            json.raw(concat!(",\"", $name, "\":").as_bytes());
            json.value($value)?;
        )*
        json.as_bytes().to_vec()
    }};
}

fn rule_text(rule: &RuleInfo) -> serde_json::Result<Vec<u8>> {
    Ok(members!("rule": &rule.code, "name": &rule.name, "kind": &rule.kind, "title": &rule.title))
}

impl PolicyText {
    fn new(policy: &PolicyInfo) -> serde_json::Result<Self> {
        Ok(Self {
            names: members!("policy": &policy.id, "pack": &policy.pack),
            advice: members!("advice": &policy.advice),
            explanation: members!(
                "plain": &policy.plain,
                "meaning": &policy.meaning,
                "docs\":{\"must_show": &policy.documentation,
            ),
            support: members!(
                "denial": &policy.denial,
                "status": &policy.status,
                "sources": &policy.sources,
                "confidence": &policy.confidence,
            ),
        })
    }
}

impl Judged {
    pub fn new(catalogue: &Arc<Catalogue>, show_patient: bool) -> Self {
        Self {
            catalogue: Arc::clone(catalogue),
            show_patient,
            rules: vec![None; catalogue.rules.len()],
            policies: catalogue.policies.iter().map(|_| None).collect(),
        }
    }

    /// Appends a line for the claim and one for each of its findings.
    pub fn append(
        &mut self,
        json: &mut Json,
        file: &str,
        claim: &ClaimOutcome,
    ) -> serde_json::Result<()> {
        let repeated = self.claim(json, file, claim);
        for finding in &claim.findings {
            self.finding(json, &repeated, claim, finding)?;
        }
        Ok(())
    }

    fn claim(&self, json: &mut Json, file: &str, claim: &ClaimOutcome) -> Repeated {
        json.raw(br#"{"type":"claim","data":{"file":"#);
        let file = json.marked(|json| json.string(file));
        json.raw(br#","position":{"isa13":"#);
        let envelope = json.marked(|json| {
            json.text(&claim.envelope.isa13);
            json.raw(br#","gs06":"#);
            json.text(&claim.envelope.gs06);
            json.raw(br#","st02":"#);
            json.text(&claim.envelope.st02);
        });
        place(json, claim.place);
        json.raw(br#","loop":"2300","claim":"#);
        let id = json.marked(|json| json.text(&claim.id));
        json.raw(br#"},"claim":"#);
        json.again(&id);
        json.raw(br#","kind":""#);
        json.raw(&[claim.kind.letter() as u8]);
        json.raw(br#"","charge":"#);
        json.option(claim.charge, Json::cents);
        json.raw(br#","facility":"#);
        json.text(&claim.facility);
        json.raw(br#","frequency":"#);
        json.text(&claim.frequency);
        json.raw(br#","service_dates":"#);
        json.option(claim.service_dates, |json, dates| {
            json.raw(br#"{"from":"#);
            json.date(dates.from);
            json.raw(br#","to":"#);
            json.date(dates.to);
            json.raw(b"}");
        });
        json.raw(br#","clearinghouse_trace":"#);
        json.text(&claim.clearinghouse_trace);
        json.raw(br#","billing_npi":"#);
        let npi = json.marked(|json| json.text(&claim.billing_provider.npi()));
        json.raw(br#","patient":"#);
        let patient = json.marked(|json| self.patient(json, claim));
        json.raw(br#","payer":"#);
        let payer = json.marked(|json| {
            json.raw(br#"{"id":"#);
            json.text(&claim.payer.id);
            json.raw(br#","name":"#);
            json.text(&claim.payer.name);
            json.raw(br#","responsibility":"#);
            json.text(&claim.payer.responsibility);
            json.raw(br#","filing_indicator":"#);
            json.text(&claim.payer.filing_indicator);
            json.raw(b"}");
        });
        json.raw(br#","lines":"#);
        json.number(claim.line_count.into());
        json.raw(br#","lines_with_findings":"#);
        json.number(claim.lines.len() as u64);
        json.raw(br#","findings":"#);
        json.number(claim.findings.len() as u64);
        json.raw(br#","severity":"#);
        json.option(claim.severity(), |json, severity| {
            json.string(severity.as_str());
        });
        json.raw(br#","charge_at_risk":"#);
        json.cents(claim.charge_at_risk());
        json.raw(b"}}\n");
        Repeated {
            file,
            envelope,
            id,
            npi,
            patient,
            payer,
        }
    }

    fn patient(&self, json: &mut Json, claim: &ClaimOutcome) {
        json.raw(br#"{"hash":"#);
        json.hash(claim.patient.hash);
        if self.show_patient {
            json.raw(br#","last":"#);
            json.text(claim.patient.last.expose());
            json.raw(br#","first":"#);
            json.text(claim.patient.first.expose());
        }
        json.raw(b"}");
    }

    fn finding(
        &mut self,
        json: &mut Json,
        repeated: &Repeated,
        claim: &ClaimOutcome,
        finding: &Finding,
    ) -> serde_json::Result<()> {
        let rule_text = kept(&mut self.rules[usize::from(finding.rule.0)], || {
            rule_text(self.catalogue.rule(finding.rule))
        })?;
        let policy_text = kept(&mut self.policies[finding.policy.0 as usize], || {
            PolicyText::new(self.catalogue.policy(finding.policy)).map(Box::new)
        })?;
        let line = finding
            .line
            .and_then(|index| claim.lines.get(index as usize));
        let dates = line.and_then(|line| line.dates).or(claim.service_dates);

        json.raw(br#"{"type":"finding","data":{"file":"#);
        json.again(&repeated.file);
        json.raw(rule_text);
        json.raw(br#","severity":"#);
        json.string(finding.severity.as_str());
        json.raw(br#","certainty":"#);
        json.string(finding.certainty.as_str());
        json.raw(&policy_text.names);
        json.raw(br#","position":{"isa13":"#);
        json.again(&repeated.envelope);
        place(json, line.map_or(claim.place, |line| line.place));
        json.raw(if line.is_some() {
            br#","loop":"2400","claim":"#
        } else {
            br#","loop":"2300","claim":"#
        });
        json.again(&repeated.id);
        if let Some(line) = line {
            json.raw(br#","line":"#);
            json.text(&line.number);
        }
        json.raw(br#","reference":"#);
        json.reference(finding.reference);
        json.raw(br#"},"claim":"#);
        json.again(&repeated.id);
        json.raw(br#","claim_kind":""#);
        json.raw(&[claim.kind.letter() as u8]);
        json.raw(br#"","line":"#);
        json.option(line, service_line);
        json.raw(br#","at_risk":"#);
        json.cents(finding.at_risk);
        json.raw(br#","date_from":"#);
        json.option(dates, |json, dates| json.date(dates.from));
        json.raw(br#","date_to":"#);
        json.option(dates, |json, dates| json.date(dates.to));
        json.raw(br#","message":"#);
        json.string(&finding.message);
        match &finding.advice {
            Some(advice) => {
                json.raw(br#","advice":"#);
                json.string(advice);
            }
            None => json.raw(&policy_text.advice),
        }
        json.raw(&policy_text.explanation);
        json.raw(br#","on_claim":"#);
        json.list(claim.evidence(finding), |json, evidence| {
            json.raw(br#"{"element":"#);
            json.string(evidence.element.as_str());
            json.raw(br#","qualifier":"#);
            json.text(&evidence.qualifier);
            json.raw(br#","level":"#);
            json.string(evidence.level.as_str());
            if let Some(date) = evidence.date {
                json.raw(br#","date":"#);
                json.date(date);
            }
            json.raw(b"}");
        });
        json.raw(br#","diagnoses":"#);
        json.option(line, |json, line| json.number(line.diagnosis_count.into()));
        json.raw(b"}");
        if let Some(total) = &finding.counted {
            json.raw(br#","counted":"#);
            counted_total(json, total);
        }
        json.raw(&policy_text.support);
        json.raw(br#","patient":"#);
        json.again(&repeated.patient);
        json.raw(br#","billing_npi":"#);
        json.again(&repeated.npi);
        json.raw(br#","payer":"#);
        json.again(&repeated.payer);
        json.raw(b"}}\n");
        Ok(())
    }
}

/// What was made, made now if it was not.
fn kept<T>(
    slot: &mut Option<T>,
    make: impl FnOnce() -> serde_json::Result<T>,
) -> serde_json::Result<&T> {
    Ok(match slot {
        Some(value) => value,
        None => slot.insert(make()?),
    })
}

fn place(json: &mut Json, place: SegmentPlace) {
    json.raw(br#","offset":"#);
    json.number(place.offset);
    json.raw(br#","ordinal":"#);
    json.number(place.ordinal);
}

fn service_line(json: &mut Json, line: &LineOutcome) {
    let mut text = |name: &[u8], text: &Text| {
        json.raw(name);
        json.text(text);
    };
    text(br#"{"number":"#, &line.number);
    text(br#","control_number":"#, &line.control_number);
    text(br#","qualifier":"#, &line.qualifier);
    text(br#","code":"#, &line.code);
    json.raw(br#","modifiers":"#);
    json.list(&line.modifiers, |json, modifier| {
        json.string(modifier.as_str());
    });
    json.raw(br#","revenue_code":"#);
    json.text(&line.revenue_code);
    json.raw(br#","charge":"#);
    json.option(line.charge, Json::cents);
    json.raw(br#","units":"#);
    json.text(&line.units);
    json.raw(br#","unit_basis":"#);
    json.text(&line.unit_basis);
    json.raw(b"}");
}

fn counted_total(json: &mut Json, total: &CountedTotal) {
    json.raw(br#"{"account":"#);
    json.string(&total.account);
    json.raw(br#","year":"#);
    json.raw(itoa::Buffer::new().format(total.year).as_bytes());
    json.raw(br#","threshold":"#);
    json.cents(total.threshold);
    json.raw(br#","before":"#);
    interval(json, total.before);
    json.raw(br#","after":"#);
    interval(json, total.after);
    if let Some(line) = &total.passed_at {
        json.raw(br#","passed_at":"#);
        counted_line(json, line);
    }
    if !total.lines.is_empty() {
        json.raw(br#","lines":"#);
        json.list(&total.lines, counted_line);
    }
    json.raw(br#","count":"#);
    json.number(total.count);
    json.raw(b"}");
}

fn interval(json: &mut Json, interval: Interval) {
    json.raw(br#"{"low":"#);
    json.cents(interval.low);
    json.raw(br#","high":"#);
    json.cents(interval.high);
    json.raw(b"}");
}

fn counted_line(json: &mut Json, line: &CountedLine) {
    json.raw(br#"{"file":"#);
    json.string(&line.file);
    json.raw(br#","file_seq":"#);
    json.number(line.file_seq.into());
    json.raw(br#","offset":"#);
    json.number(line.offset);
    json.raw(br#","claim":"#);
    json.text(&line.claim);
    json.raw(br#","frequency":"#);
    json.string(line.frequency);
    json.raw(br#","line":"#);
    json.number(line.line.into());
    json.raw(br#","date":"#);
    json.date(line.date);
    json.raw(br#","code":"#);
    json.option(line.code, |json, code| code.told(|code| json.string(code)));
    json.raw(br#","low":"#);
    json.cents(line.low);
    json.raw(br#","high":"#);
    json.cents(line.high);
    json.raw(br#","basis":"#);
    json.string(line.basis);
    json.raw(b"}");
}

#[cfg(test)]
mod tests {
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
                        modifiers,
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
        let severity =
            prop::sample::select(vec![Severity::Info, Severity::Warning, Severity::Error]);
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
}
