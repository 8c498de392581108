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
    /// First for rules that leave the answers of payers to the policy.
    policies: Vec<[Option<Box<PolicyText>>; 2]>,
}

/// What findings repeat of a policy, and of what payers answer.
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
    fn new(rule: &RuleInfo, policy: &PolicyInfo) -> serde_json::Result<Self> {
        Ok(Self {
            names: members!("policy": &policy.id, "pack": &policy.pack),
            advice: members!("advice": &policy.advice),
            explanation: members!(
                "plain": &policy.plain,
                "meaning": &policy.meaning,
                "docs\":{\"must_show": &policy.documentation,
            ),
            support: members!(
                "denial": &rule.denial_under(policy),
                "status": &rule.status_under(policy),
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
            policies: catalogue.policies.iter().map(|_| [None, None]).collect(),
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
        let rule = self.catalogue.rule(finding.rule);
        let rule_text = kept(&mut self.rules[usize::from(finding.rule.0)], || {
            rule_text(rule)
        })?;
        let texts = &mut self.policies[finding.policy.0 as usize];
        let policy_text = kept(&mut texts[usize::from(rule.has_answers())], || {
            PolicyText::new(rule, self.catalogue.policy(finding.policy)).map(Box::new)
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
mod tests;
