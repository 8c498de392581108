//! Runs the examples that policies carry: the tests that a pack brings along.

use std::num::NonZeroU16;
use std::sync::Arc;

use toml::Spanned;

use crate::claim::{Claim, Evidence, EvidenceKind, HealthCareCode, ServiceLine, Sex};
use crate::code::{Modifier, ProcedureCode};
use crate::date::DateRange;
use crate::finding::{ClaimKind, PolicyId};
use crate::ledger::{ClaimIdentity, Ledger, OrderKey, Received};
use crate::money::Cents;
use crate::phi::PatientHash;
use crate::policy::ExampleLine;
use crate::policy::pack::ExampleRow;

use super::hit::Hit;
use super::set::RuleSet;

/// An example that cannot be read as a claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("example line {line:?}: {reason}")]
pub struct ExampleError {
    /// The line as the pack writes it.
    pub line: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Codes of the rules that are found under the policy, one per finding, in order. Every policy
/// of the set is in force, and amounts count from nothing.
///
/// # Errors
/// When a line of the example cannot be read.
pub fn run_example(
    rules: &RuleSet,
    policy: PolicyId,
    example: &ExampleRow,
) -> Result<Vec<String>, ExampleError> {
    let hits = judge_example(rules, example)?;
    Ok(hits
        .iter()
        .filter(|hit| hit.policy == policy)
        .map(|hit| rules.catalogue().rule(hit.rule).code.clone())
        .collect())
}

/// Everything that is found on an example.
///
/// # Errors
/// When a line of the example cannot be read.
pub fn judge_example(rules: &RuleSet, example: &ExampleRow) -> Result<Vec<Hit>, ExampleError> {
    let claim = claim_of(example)?;
    let (mut hits, mut accruals) = (Vec::new(), Vec::new());
    rules.judge(&claim, &mut hits, &mut accruals);
    let mut ledger = Ledger::new(Arc::clone(rules.policies()));
    // The first key cannot go backwards.
    let received = Received {
        order: OrderKey::default(),
        patient: PatientHash(1),
        identity: &ClaimIdentity::default(),
        accruals: &accruals,
    };
    let _ = ledger.apply(received, &mut hits);
    Ok(hits)
}

/// The claim that an example describes, in slices of its row.
pub(super) fn claim_of(example: &ExampleRow) -> Result<Claim<'_>, ExampleError> {
    let kind = match text(example.claim.as_ref()) {
        Some("I") => ClaimKind::Institutional,
        Some("D") => ClaimKind::Dental,
        _ => ClaimKind::Professional,
    };
    let is_institutional = kind == ClaimKind::Institutional;
    let mut claim = Claim::new();
    claim.kind = kind;
    claim.id = b"EXAMPLE";
    claim.payer.filing_indicator = bytes(
        text(example.filing_indicator.as_ref()),
        if is_institutional { "MA" } else { "MB" },
    );
    claim.payer.name.id = bytes(example.payer_id.as_deref(), "00000");
    claim.payer.name.last_or_organization = bytes(example.payer_name.as_deref(), "");
    claim.envelope.receiver_id = bytes(example.receiver.as_deref(), "");
    claim.billing_state = bytes(text(example.provider_state.as_ref()), "");
    claim.subscriber.sex = match text(example.sex.as_ref()) {
        None | Some("F") => Sex::Female,
        Some("M") => Sex::Male,
        Some(_) => Sex::Unknown,
    };
    if is_institutional {
        let bill_type = bytes(text(example.bill_type.as_ref()), "131");
        let (facility, frequency) = bill_type.split_at(bill_type.len().saturating_sub(1));
        (claim.facility, claim.frequency) = (facility, frequency);
    } else {
        claim.facility = bytes(text(example.place.as_ref()), "11");
        claim.frequency = b"1";
    }
    let mut push = |qualifier: &'static [u8], code| {
        claim.codes.push(HealthCareCode {
            qualifier,
            code,
            date: b"",
            amount: b"",
        });
    };
    if example.diagnoses.is_empty() {
        push(b"ABK", b"R69");
    }
    for (index, diagnosis) in example.diagnoses.iter().enumerate() {
        let qualifier: &[u8] = if index == 0 { b"ABK" } else { b"ABF" };
        push(qualifier, diagnosis.get_ref().as_bytes());
    }
    for code in &example.condition_codes {
        push(b"BG", code.get_ref().as_bytes());
    }
    let diagnosis_count = example.diagnoses.len().max(1) as u16;
    claim.diagnosis_indexes = (0..diagnosis_count).collect();
    let mut day = example.date;
    for _ in 0..example.on_days.map_or(1, NonZeroU16::get) {
        for line in example.lines.get_ref() {
            let mut line = line_of(line, kind)?;
            line.service_date.get_or_insert(DateRange::day(day));
            claim.lines.push(line);
        }
        day = day.saturating_add(jiff::ToSpan::days(1));
    }
    Ok(claim)
}

fn text(value: Option<&Spanned<String>>) -> Option<&str> {
    value.map(|value| value.get_ref().as_str())
}

fn bytes<'a>(value: Option<&'a str>, default: &'static str) -> &'a [u8] {
    value.unwrap_or(default).as_bytes()
}

/// Reads `CODE:MODIFIER:... $CHARGE REV 0420 UNITS 2 ON 2026-03-05 NTE text`.
fn line_of(text: &str, kind: ClaimKind) -> Result<ServiceLine<'_>, ExampleError> {
    let fail = |reason| ExampleError {
        line: text.to_owned(),
        reason,
    };
    let example = ExampleLine::read(text).map_err(fail)?;
    let mut line = ServiceLine::new(kind);
    if let Some(note) = example.note {
        line.evidence.push(Evidence {
            kind: EvidenceKind::Note,
            qualifier: b"ADD",
            value: note.as_bytes(),
        });
    }
    line.qualifier = if kind == ClaimKind::Dental {
        b"AD"
    } else {
        b"HC"
    };
    line.code = example.code.as_bytes();
    line.procedure = ProcedureCode::new(line.code);
    for (slot, text) in (0u8..).zip(&example.modifiers) {
        line.raw_modifiers[usize::from(slot)] = text.as_bytes();
        let modifier =
            Modifier::new(text.as_bytes()).ok_or_else(|| fail("a modifier is unusable"))?;
        line.modifiers.push((modifier, slot));
    }
    if let Some(charge) = example.charge {
        line.raw_charge = charge.as_bytes();
        line.charge = Cents::parse(line.raw_charge);
        if line.charge.is_none() {
            return Err(fail("the charge is not an amount"));
        }
    }
    line.revenue_code = example.revenue_code.unwrap_or_default().as_bytes();
    line.unit_basis = b"UN";
    line.units = example.units.unwrap_or("1").as_bytes();
    line.service_date = example.date.map(DateRange::day);
    if kind != ClaimKind::Institutional {
        line.raw_diagnosis_pointers = b"1";
    }
    Ok(line)
}

#[cfg(test)]
pub(crate) use tests::{check, check_policies, check_with, test_set};

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::policy::{Pack, PolicySet};

    const KINDS: [(&str, &str); 19] = [
        ("KX801", "one-of"),
        ("KX802", "one-of"),
        ("KX803", "exclusive"),
        ("KX804", "exclusive"),
        ("KX805", "required"),
        ("KX806", "must-not"),
        ("KX807", "required-with"),
        ("KX808", "conflict"),
        ("KX809", "duplicate-modifier"),
        ("KX810", "sex-conflict"),
        ("KX811", "no-policy"),
        ("KX812", "overflow"),
        ("KX813", "threshold"),
        ("KX814", "threshold"),
        ("KX815", "routine-use"),
        ("KX816", "optional"),
        ("KX817", "uniform"),
        ("KX818", "sessions"),
        ("KX819", "sessions"),
    ];

    const HEAD: &str = r#"
[pack]
id = "test"
version = "1"
title = "Test"
[[payer]]
class = "medicare"
filing-indicators = ["MA", "MB"]
source = { document = "test" }
confidence = "verified"
[[payer]]
class = "commercial"
filing-indicators = ["CI"]
source = { document = "test" }
confidence = "verified"
[[threshold]]
table = "test-amount"
year = 2026
dollars = 2480
source = { document = "test" }
confidence = "verified"
"#;

    /// A set of policies that state only what their tests are about.
    pub(crate) fn test_set(policies: &[&str]) -> Arc<PolicySet> {
        let mut text = HEAD.to_owned();
        for (code, kind) in KINDS {
            let name = code.to_lowercase();
            let _ = write!(
                text,
                "[[rule]]\ncode = \"{code}\"\nname = \"test-{name}\"\nkind = \"{kind}\"\ntitle = \"t\"\nplain = \"p\"\ndetails = \"d\"\n"
            );
        }
        for (index, policy) in policies.iter().enumerate() {
            let _ = write!(
                text,
                "[[policy]]\nid = \"P{index}\"\ntitle = \"Test: policy\"\nadvice = \"a\"\nplain = \"p\"\nsource = [{{ document = \"test\" }}]\nconfidence = \"verified\"\nseverity = \"error\"\ncertainty = \"certain\"\n{policy}\n"
            );
        }
        let pack = Pack::parse("test", &text).unwrap_or_else(|error| panic!("{error}"));
        Arc::new(PolicySet::new(false, vec![pack]).unwrap_or_else(|error| panic!("{error}")))
    }

    /// Judges lines of one claim under one policy; what is found reads `CODE message`.
    pub(crate) fn check(policy: &str, lines: &[&str], expected: &[&str]) {
        check_all(&[policy], "", lines, expected);
    }

    /// The same, with more fields of the example.
    pub(crate) fn check_with(policy: &str, claim: &str, lines: &[&str], expected: &[&str]) {
        check_all(&[policy], claim, lines, expected);
    }

    /// The same under several policies.
    pub(crate) fn check_policies(policies: &[&str], lines: &[&str], expected: &[&str]) {
        check_all(policies, "", lines, expected);
    }

    fn check_all(policies: &[&str], claim: &str, lines: &[&str], expected: &[&str]) {
        let rules = RuleSet::new(test_set(policies));
        let date = if claim.contains("date = ") {
            ""
        } else {
            "date = \"2026-11-03\"\n"
        };
        let row = format!("lines = {lines:?}\n{date}finds = []\n{claim}");
        let row: ExampleRow = toml::from_str(&row).unwrap();
        let found: Vec<String> = judge_example(&rules, &row)
            .unwrap()
            .iter()
            .map(|hit| format!("{} {}", rules.catalogue().rule(hit.rule).code, hit.message))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_are_read_with_all_their_parts() {
        let text = "97110:GP:KX $120.50 REV 0420 NTE see KX $5";
        let line = line_of(text, ClaimKind::Institutional).unwrap();
        assert_eq!(line.code, b"97110");
        assert_eq!(line.modifiers[1], (Modifier::KX, 1));
        assert_eq!(line.charge, Some(Cents(12_050)));
        assert_eq!(line.revenue_code, b"0420");
        assert_eq!(line.evidence[0].value, b"see KX $5");
    }

    #[test]
    fn unreadable_lines_are_errors() {
        for bad in [
            "97110:G",
            "97110 120",
            "97110 REV",
            "97110 $x",
            "97110:A1:A2:A3:A4:A5",
        ] {
            assert!(line_of(bad, ClaimKind::Professional).is_err(), "{bad}");
        }
    }
}
