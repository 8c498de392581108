//! Compares.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::compared::Compared;
use super::decision::{DecidedLine, Decision, Outcome, Reason, may_meet};
use super::matching::Matcher;
use super::prediction::{self, Later, PredictedLine};
use super::settle::Decisions;
use super::tally::{Counts, Missed, Parted, PolicyTally, Reconciliation, RuleTally, Screened};
use crate::finding::Severity;
use crate::ledger::AtRiskClaim;
use crate::remittance::may_be_one;
use crate::text::Text;

/// What is known of a decision besides itself.
struct Case {
    decision: Decision,
    /// Something was predicted for these lines.
    is_predicted: Vec<bool>,
    /// The ledger has a claim with its number and provider on which something was found.
    has_findings: bool,
}

/// A line of a case.
#[derive(Clone, Copy)]
struct Place {
    case: usize,
    line: usize,
}

/// Compares predictions with decisions: takes the claims of a ledger, the latest first, then their numbers.
pub struct Reconciler<'c> {
    decisions: Decisions<'c>,
    cases: HashMap<Text, Vec<Case>>,
    later: Later,
    policies: BTreeMap<(String, String), PolicyTally>,
    wants_parted: bool,
    /// Denied for a reason that policies know, not predicted: by number.
    missed: HashMap<Text, Vec<Place>>,
    counted: HashSet<Text>,
    told: Reconciliation,
}

impl<'c> Reconciler<'c> {
    /// Settles the decisions. `wants_parted` asks for the single lines.
    pub fn new(mut decisions: Decisions<'c>, wants_parted: bool) -> Self {
        decisions.settle();
        let case = |decision: Decision| Case {
            is_predicted: vec![false; decision.lines.len()],
            decision,
            has_findings: false,
        };
        let by_number = std::mem::take(&mut decisions.by_number).into_iter();
        let cases = by_number
            .map(|(number, all)| (number, all.into_iter().map(case).collect()))
            .collect();
        let told = Reconciliation {
            decisions: decisions.count,
            reversed: decisions.reversed,
            ..Reconciliation::default()
        };
        Self {
            decisions,
            cases,
            later: Later::default(),
            policies: BTreeMap::new(),
            wants_parted,
            missed: HashMap::new(),
            counted: HashSet::new(),
            told,
        }
    }

    /// Compares a claim of the ledger. They must come the latest first: of those with one number, provider
    /// and a date of service in common the latest counts.
    pub fn predicted(&mut self, claim: &AtRiskClaim) {
        let none = &mut Vec::new();
        // Claims without a number are not one claim.
        let cases = self.cases.get_mut(&claim.id);
        let cases = cases.filter(|_| !claim.id.is_empty()).unwrap_or(none);
        for case in cases.iter_mut() {
            case.has_findings |= may_be_one(&case.decision.payee, &claim.provider);
        }
        if !self.later.take(claim) {
            self.told.superseded += 1;
            return;
        }
        self.told.claims += 1;
        let span = prediction::span_of(claim);
        let is_meant = |case: &Case| {
            may_be_one(&case.decision.payee, &claim.provider) && may_meet(case.decision.span, span)
        };
        // A claim that the payer has split is decided on in several.
        let mut meant: Vec<usize> = (0..cases.len())
            .filter(|at| is_meant(&cases[*at]))
            .collect();
        meant.sort_by_key(|at| cases[*at].decision.offset);
        let places: Vec<Place> = meant
            .iter()
            .flat_map(|case| {
                let lines = 0..cases[*case].decision.lines.len();
                lines.map(|line| Place { case: *case, line })
            })
            .collect();
        let is_whole = meant.iter().all(|case| !cases[*case].decision.has_lines);
        let decided = |place: &Place| &cases[place.case].decision.lines[place.line];
        let mut matcher = Matcher::new(places.iter().map(decided).collect());
        let predicted = prediction::lines(claim);
        let found: Vec<Vec<Place>> = predicted
            .iter()
            .map(|line| {
                if is_whole || line.number.is_empty() {
                    places.clone()
                } else {
                    let at = matcher.of(line);
                    at.map(|at| places[at]).into_iter().collect()
                }
            })
            .collect();
        let mut foretold: Vec<Place> = Vec::new();
        for (line, found) in predicted.iter().zip(&found) {
            for (rule, policy, severity) in &line.findings {
                let decided = found.iter().map(decided);
                let compared = Compared::new(decided, |one, reason| {
                    self.decisions
                        .known
                        .bears_out(rule, policy, *reason, &one.remarks)
                });
                let key = ((*rule).to_owned(), (*policy).to_owned());
                let tally = self.policies.entry(key).or_default();
                compared.count(tally, *severity);
                if self.wants_parted
                    && compared.has_parted()
                    && let Some(place) = compared.at.and_then(|at| found.get(at))
                {
                    let decision = &cases[place.case].decision;
                    let finding = (rule.to_string(), policy.to_string(), *severity);
                    let parted = parted(claim, line, finding, &compared, decision);
                    self.told.parted.push(parted);
                }
            }
            // Of a finding on the claim as a whole those lines alone that it speaks of.
            let is_foretold = |place: &&Place| {
                let decided = decided(place);
                let is_meant = |reason: &Reason| {
                    let mut findings = line.findings.iter();
                    findings.any(|(rule, policy, _)| {
                        let known = &self.decisions.known;
                        known.bears_out(rule, policy, *reason, &decided.remarks)
                    })
                };
                !line.number.is_empty() || decided.reasons.iter().any(is_meant)
            };
            foretold.extend(found.iter().filter(is_foretold));
        }
        for place in foretold {
            cases[place.case].is_predicted[place.line] = true;
        }
    }

    /// Once all predictions are compared, looks for what was denied and not predicted. True when there is
    /// any: [`Self::counted`] then wants the numbers of the ledger.
    pub fn find_missed(&mut self) -> bool {
        for (number, cases) in &self.cases {
            for (at, case) in cases.iter().enumerate() {
                let lines = case
                    .decision
                    .lines
                    .iter()
                    .zip(&case.is_predicted)
                    .enumerate();
                for (line, (decided, is_predicted)) in lines {
                    let mut reasons = decided.reasons.iter();
                    let known = &self.decisions.known;
                    if !is_predicted
                        && decided.outcome == Outcome::Denied
                        && reasons.any(|reason| known.knows(*reason, &decided.remarks))
                    {
                        let place = Place { case: at, line };
                        self.missed.entry(number.clone()).or_default().push(place);
                    }
                }
            }
        }
        !self.missed.is_empty()
    }

    /// The number of a claim that was counted, with or without findings.
    pub fn counted(&mut self, number: &[u8]) {
        let number = Text::new(number);
        if self.missed.contains_key(&number) {
            self.counted.insert(number);
        }
    }

    /// What has come of it.
    pub fn finish(mut self) -> Reconciliation {
        // The latest claim came first.
        self.told.parted.sort_by_key(|parted| parted.screened);
        let mut missed: BTreeMap<String, Missed> = BTreeMap::new();
        let mut single = Vec::new();
        for (number, places) in &self.missed {
            for place in places {
                let case = &self.cases[number][place.case];
                let line = &case.decision.lines[place.line];
                let known = if case.has_findings {
                    Screened::WithFindings
                } else if self.counted.contains(number) {
                    Screened::Counted
                } else {
                    Screened::Unknown
                };
                let reason = line.text(line.reasons.first());
                let tally = missed.entry(reason.clone()).or_default();
                tally.reason = reason;
                *match known {
                    Screened::WithFindings => &mut tally.with_findings,
                    Screened::Counted => &mut tally.counted,
                    Screened::Unknown => &mut tally.unknown,
                } += 1;
                if self.wants_parted {
                    single.push(unpredicted(number, line, known, &case.decision));
                }
            }
        }
        single.sort_by_key(|parted| (parted.decision_file, parted.decision_offset));
        let mut told = self.told;
        told.parted.extend(single);
        told.missed = missed.into_values().collect();
        let known = &self.decisions.known;
        for ((rule, policy), mut tally) in self.policies {
            tally.is_known = known.policy(&policy).is_some();
            tally.policy = policy;
            told.totals.add(&tally.counts);
            if told.rules.last().is_none_or(|last| last.rule != rule) {
                let catalogue = known.catalogue();
                let info = catalogue.find_rule(&rule).map(|id| catalogue.rule(id));
                told.rules.push(RuleTally {
                    name: info.map(|info| info.name.clone()),
                    rule,
                    counts: Counts::default(),
                    policies: Vec::new(),
                });
            }
            if let Some(last) = told.rules.last_mut() {
                last.counts.add(&tally.counts);
                last.policies.push(tally);
            }
        }
        told
    }
}

fn parted(
    claim: &AtRiskClaim,
    line: &PredictedLine<'_>,
    finding: (String, String, Severity),
    compared: &Compared,
    decision: &Decision,
) -> Parted {
    Parted {
        claim: claim.id.display().into_owned(),
        screened: Some(claim.order),
        line: Some(line.number.to_owned()).filter(|number| !number.is_empty()),
        code: line.code,
        date: line.date,
        finding: Some(finding),
        verdict: Some(compared.verdict),
        known: None,
        reasons: compared.reasons.clone(),
        modifiers: compared.modifiers.clone(),
        decided: decision.decided,
        decision_file: decision.file,
        decision_offset: decision.offset,
    }
}

fn unpredicted(number: &Text, line: &DecidedLine, known: Screened, decision: &Decision) -> Parted {
    let mut reasons = vec![line.text(line.reasons.first())];
    reasons.extend(line.reasons.iter().skip(1).map(Reason::to_string));
    Parted {
        claim: number.display().into_owned(),
        screened: None,
        line: None,
        code: line.code,
        date: line.date,
        finding: None,
        verdict: None,
        known: Some(known),
        reasons,
        modifiers: line.modifiers.to_vec(),
        decided: decision.decided,
        decision_file: decision.file,
        decision_offset: decision.offset,
    }
}
