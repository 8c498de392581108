//! What was predicted for a claim.

use std::collections::{BTreeMap, HashMap};

use super::decision::span;
use crate::code::ProcedureCode;
use crate::date::{Date, DateRange};
use crate::finding::Severity;
use crate::ledger::{AtRiskClaim, AtRiskLine};
use crate::text::Text;

/// Findings on one line of a claim, or on the claim as a whole.
pub(super) struct PredictedLine<'c> {
    /// LX01; empty for the claim as a whole.
    pub number: &'c str,
    pub code: Option<ProcedureCode>,
    pub date: Option<Date>,
    /// Each rule and policy once, with the highest severity.
    pub findings: Vec<(&'c str, &'c str, Severity)>,
}

/// The lines of a claim that something was found on, in their order.
pub(super) fn lines(claim: &AtRiskClaim) -> Vec<PredictedLine<'_>> {
    let mut lines: Vec<PredictedLine<'_>> = Vec::new();
    let mut places = HashMap::new();
    for AtRiskLine {
        number,
        code,
        date,
        rule,
        policy,
        severity,
    } in &claim.lines
    {
        // One number may stand on two lines by mistake.
        let at = *places
            .entry((&**number, *code, *date))
            .or_insert(lines.len());
        if at == lines.len() {
            lines.push(PredictedLine {
                number,
                code: *code,
                date: *date,
                findings: Vec::new(),
            });
        }
        let findings = &mut lines[at].findings;
        match findings.iter_mut().find(|f| f.0 == rule && f.1 == policy) {
            Some(known) => known.2 = known.2.max(*severity),
            None => findings.push((rule, policy, *severity)),
        }
    }
    lines
}

/// First and last date of service of the lines that something was found on.
pub(super) fn span_of(claim: &AtRiskClaim) -> Option<DateRange> {
    span(claim.lines.iter().filter_map(|line| line.date))
}

/// Which claims were screened again later: told the latest first, every claim hides those before it with
/// its number, its provider and a date of service in common.
#[derive(Default)]
pub(super) struct Later(HashMap<(Text, Text), Days>);

#[derive(Default)]
struct Days {
    /// One of the later claims has no dates: it may be of any day.
    any: bool,
    /// First and last days, apart from each other.
    spans: BTreeMap<Date, Date>,
}

impl Later {
    /// Takes up a claim; false when a later one hides it.
    pub fn take(&mut self, claim: &AtRiskClaim) -> bool {
        let key = (claim.id.clone(), claim.provider.clone());
        let days = self.0.entry(key).or_default();
        let Some(DateRange { from, to }) = span_of(claim) else {
            let is_latest = !days.any && days.spans.is_empty();
            days.any = true;
            return is_latest;
        };
        let before = days.spans.range(..=to).next_back();
        let is_hidden = days.any || before.is_some_and(|(_, last)| *last >= from);
        if is_hidden {
            return false;
        }
        days.spans.insert(from, to);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::parse_d8;
    use crate::ledger::OrderKey;

    fn claim(id: &str, days: &[&str]) -> AtRiskClaim {
        let line = |day: &&str| AtRiskLine {
            number: "1".into(),
            code: None,
            date: parse_d8(day.as_bytes()),
            rule: "KX201".into(),
            policy: "PAP".into(),
            severity: Severity::Error,
        };
        AtRiskClaim {
            order: OrderKey::default(),
            id: id.into(),
            provider: Text::default(),
            lines: days.iter().map(line).collect(),
        }
    }

    #[test]
    fn the_latest_of_a_claim_is_taken_and_other_visits_too() {
        let mut later = Later::default();
        assert!(later.take(&claim("A", &["20260302", "20260309"])));
        assert!(!later.take(&claim("A", &["20260305"])));
        assert!(!later.take(&claim("A", &["20260301", "20260302"])));
        assert!(later.take(&claim("A", &["20260310"])));
        assert!(later.take(&claim("B", &["20260302"])));
        assert!(!later.take(&claim("A", &[""])));
        assert!(later.take(&claim("C", &[""])));
        assert!(!later.take(&claim("C", &["20260302"])));
    }

    #[test]
    fn a_line_has_each_policy_once() {
        let mut twice = claim("A", &["20260302", "20260302"]);
        twice.lines[0].severity = Severity::Info;
        let lines = lines(&twice);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].findings, [("KX201", "PAP", Severity::Error)]);
    }
}
