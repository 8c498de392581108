//! What would change the verdict: the line is judged again with every single change.

use std::collections::HashSet;

use serde::Serialize;

use crate::claim::Claim;
use crate::code::Modifier;
use crate::finding::Severity;
use crate::ledger::{ClaimIdentity, Counted, Ledger, OrderKey, Received};
use crate::phi::PatientHash;
use crate::rule::{Considered, Hit, Outcome, RuleSet};

/// Modifiers that say something about coverage: KX, and what stands where it is not true.
const USUAL: [&[u8; 2]; 4] = [b"KX", b"GA", b"GZ", b"GY"];

/// What stands for the text of a modifier that the file does not have.
const TAKEN: &[u8] = b"--";

/// What is done to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// A modifier is added behind the others.
    Add,
    /// A modifier is taken away.
    Remove,
    /// A modifier that stands there twice is taken away once.
    Once,
}

/// A change of the line that turns the verdict.
#[derive(Debug, Serialize)]
pub struct Change {
    /// What is done.
    pub step: Step,
    /// To which modifier.
    pub modifier: Modifier,
    /// Codes of the rules that then find something on the line, with their severity.
    pub finds: Vec<Then>,
    /// Another line of the claim would be found that is not now.
    pub other_lines: bool,
}

/// What would be found.
#[derive(Debug, Serialize)]
pub struct Then {
    /// Code of the rule.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
}

/// A claim with what had added up before it.
pub struct Bench<'b, 'a> {
    /// The rules.
    pub rules: &'b RuleSet,
    /// The claim as it was read.
    pub claim: &'b Claim<'a>,
    /// Who was treated.
    pub patient: PatientHash,
    /// Its place in the order received.
    pub order: OrderKey,
    /// What tells it from other claims.
    pub identity: &'b ClaimIdentity,
    /// What was known of the patient before the claim.
    pub before: Ledger,
}

impl Bench<'_, '_> {
    /// Counts the claim as it was read in what is known of the patient: everything that is found on
    /// it, and what became of it. A claim that was received before is judged as it was then.
    pub fn count(&self, known: &mut Ledger) -> (Vec<Hit>, Option<Counted>) {
        self.judge_in(known, self.claim)
    }

    fn judge(&self, claim: &Claim<'_>) -> Vec<Hit> {
        self.judge_in(&mut self.before.clone(), claim).0
    }

    fn judge_in(&self, known: &mut Ledger, claim: &Claim<'_>) -> (Vec<Hit>, Option<Counted>) {
        let (mut hits, mut accruals) = (Vec::new(), Vec::new());
        self.rules.judge(claim, &mut hits, &mut accruals);
        let received = Received {
            order: self.order,
            patient: self.patient,
            identity: self.identity,
            accruals: &accruals,
        };
        // Offsets only grow.
        let counted = known.apply(received, &mut hits).ok();
        (hits, counted)
    }

    /// Changes that leave neither error nor warning on a line that has one, or nothing on a line that has
    /// a hint; of a line without a finding, those of its own modifiers and KX that bring an error or a
    /// warning.
    pub fn changes(&self, index: u32, now: &[Hit], considered: &[Considered]) -> Vec<Change> {
        let line = &self.claim.lines[index as usize];
        let found = |hits: &[Hit]| hits.iter().any(|hit| hit.line == Some(index));
        let is_bad_now = is_bad(now, Some(index));
        let is_hinted = found(now) && !is_bad_now;
        let mut added = Vec::new();
        for modifier in self.candidates(found(now), considered) {
            if !line.has_modifier(modifier) && !added.contains(&modifier) {
                added.push(modifier);
            }
        }
        let free = line.raw_modifiers.iter().position(|raw| raw.is_empty());
        let mut changes = Vec::new();
        let mut trial = self.claim.clone();
        let mut attempt = |step, modifier, trial: &Claim<'_>| {
            let then = self.judge(trial);
            let is_silenced = is_hinted && !found(&then);
            if is_silenced || is_bad(&then, Some(index)) != is_bad_now {
                changes.push(Change {
                    step,
                    modifier,
                    finds: self.then(&then, index),
                    other_lines: worse_elsewhere(index, now, &then),
                });
            }
        };
        for modifier in &added {
            let Some(slot) = free else { break };
            let tried = &mut trial.lines[index as usize];
            // Judges look at the modifiers as they were read; the slot is taken.
            tried.raw_modifiers[slot] = TAKEN;
            tried.modifiers.push((*modifier, slot as u8));
            attempt(Step::Add, *modifier, &trial);
            trial.lines[index as usize] = line.clone();
        }
        for (at, (modifier, slot)) in line.modifiers.iter().enumerate() {
            let before = &line.modifiers[..at];
            let is_repeat = before.iter().any(|(other, _)| other == modifier);
            let is_repeated = line.modifiers[at + 1..].iter().any(|(m, _)| m == modifier);
            if is_repeated {
                continue;
            }
            let tried = &mut trial.lines[index as usize];
            tried.raw_modifiers[usize::from(*slot)] = b"";
            tried.modifiers.remove(at);
            let step = if is_repeat { Step::Once } else { Step::Remove };
            attempt(step, *modifier, &trial);
            trial.lines[index as usize] = line.clone();
        }
        changes
    }

    /// What might be added, in the order in which it is told.
    fn candidates(&self, is_found: bool, considered: &[Considered]) -> Vec<Modifier> {
        let usual = USUAL.iter().filter_map(|bytes| Modifier::new(&bytes[..]));
        if !is_found {
            return usual.take(1).collect();
        }
        let applied = considered.iter().filter(|one| {
            matches!(
                one.outcome,
                Outcome::Found(_)
                    | Outcome::ToldOtherwise
                    | Outcome::Clean
                    | Outcome::Counts { .. }
            )
        });
        let of_policies = applied.flat_map(|one| {
            let policy = self.rules.policies().policy(one.policy);
            let lists = [&policy.modifiers, &policy.alternatives, &policy.with];
            lists.into_iter().flatten().copied()
        });
        usual.chain(of_policies).collect()
    }

    fn then(&self, hits: &[Hit], index: u32) -> Vec<Then> {
        let hits = hits.iter().filter(|hit| hit.line == Some(index));
        hits.map(|hit| Then {
            rule: self.rules.catalogue().rule(hit.rule).code.clone(),
            severity: hit.severity,
        })
        .collect()
    }
}

/// True when there is an error or a warning on the line.
pub fn is_bad(hits: &[Hit], line: Option<u32>) -> bool {
    hits.iter()
        .any(|hit| hit.line == line && hit.severity >= Severity::Warning)
}

fn worse_elsewhere(index: u32, now: &[Hit], then: &[Hit]) -> bool {
    let bad = |hits: &[Hit]| -> HashSet<Option<u32>> {
        hits.iter()
            .filter(|hit| hit.severity >= Severity::Warning && hit.line != Some(index))
            .map(|hit| hit.line)
            .collect()
    };
    !bad(then).is_subset(&bad(now))
}
