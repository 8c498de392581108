//! Compares totals with amounts, and makes hits.

use crate::finding::{Certainty, PolicyId, RuleKind, Severity};
use crate::money::Cents;
use crate::policy::{BucketId, Policy, PolicySet, YearlyAmount};
use crate::rule::{Accrual, AmountBasis, Hit, Spot};

use super::message;
use super::total::Total;
use super::visits::Beyond;

/// Judges the lines of one claim.
pub(super) struct Judge<'p, 'h> {
    policies: &'p PolicySet,
    hits: &'h mut Vec<Hit>,
    /// How many hits of the claim there were before it was counted.
    judged: usize,
}

impl<'p, 'h> Judge<'p, 'h> {
    pub fn new(policies: &'p PolicySet, hits: &'h mut Vec<Hit>) -> Self {
        let judged = hits.len();
        Self {
            policies,
            hits,
            judged,
        }
    }

    pub fn policy(&self, policy: PolicyId) -> &'p Policy {
        self.policies.policy(policy)
    }

    /// The name of a table of amounts.
    pub fn table(&self, bucket: BucketId) -> &'p str {
        &self.policies.threshold(bucket).name
    }

    /// The amount of a table in a year.
    pub fn threshold(&self, bucket: BucketId, year: i16) -> Option<YearlyAmount> {
        self.policies.threshold(bucket).amount(year)
    }

    /// Tells a line that brings its account above the amount, or that carries a modifier long before.
    /// What asks for nothing on the line is told once: `once` says whether it may be.
    pub fn amount(
        &mut self,
        accrual: &Accrual,
        (year, bucket, threshold): (i16, BucketId, YearlyAmount),
        after: Total,
        once: impl FnOnce() -> bool,
    ) -> Option<&mut Hit> {
        if accrual.excused {
            return None;
        }
        let policy = self.policy(accrual.policy);
        let is_early_use = policy.kind == RuleKind::RoutineUse;
        let is_found = if is_early_use {
            after.high.plus(after.high) < threshold.amount
        } else {
            after.high > threshold.amount
        };
        if !is_found || self.is_told(policy, accrual.line) {
            return None;
        }
        if policy.modifiers.is_empty() && !once() {
            return None;
        }
        let basis = message::Basis {
            policies: self.policies,
            bucket,
            year,
            total: after,
            threshold,
        };
        let (severity, certainty, text) = if is_early_use {
            let text = message::early(accrual, &basis);
            (self.severity(policy), policy.certainty, text)
        } else {
            let (severity, certainty) = self.weigh(policy, after, threshold, year);
            (severity, certainty, message::above(accrual, &basis))
        };
        let hit = self.hit(policy, accrual, text);
        self.hits.push(Hit {
            severity,
            certainty,
            ..hit
        });
        self.hits.last_mut()
    }

    /// Tells a session that is beyond those that need no modifier.
    pub fn session(&mut self, accrual: &Accrual, beyond: Option<Beyond>) {
        let policy = self.policy(accrual.policy);
        if let Some((beyond, sessions)) = beyond.zip(policy.sessions)
            && !accrual.excused
            && !self.is_told(policy, accrual.line)
        {
            let text = message::session(policy, accrual, &sessions, beyond);
            let hit = self.hit(policy, accrual, text);
            self.hits.push(hit);
        }
    }

    /// True when a line under two policies of one rule is told of already: those judged before
    /// stand in front, in the order of the lines, those told here behind.
    fn is_told(&self, policy: &Policy, line: u32) -> bool {
        let about = |hit: &&Hit| hit.line == Some(line);
        let judged = self.hits[..self.judged].partition_point(|hit| hit.line < Some(line));
        self.hits[judged..self.judged]
            .iter()
            .take_while(about)
            .chain(self.hits[self.judged..].iter().rev().take_while(about))
            .any(|hit| hit.rule == policy.rule)
    }

    /// Only when even the least that may have been allowed is above a known amount is it an
    /// error; certain, when that least rests on no average.
    fn weigh(
        &self,
        policy: &Policy,
        total: Total,
        threshold: YearlyAmount,
        year: i16,
    ) -> (Severity, Certainty) {
        // An average is nobody's price, and indices of another year are no price of this one; what the payer
        // has decided needs neither.
        let is_average = total.decided <= threshold.amount
            && total.bases.has(AmountBasis::FeeSchedule)
            && !self.policies.fees().is_of_locality(year);
        let (certainty, most) = if total.low <= threshold.amount || !threshold.known {
            (Certainty::Possible, Certainty::Possible.cap())
        } else if is_average {
            (Certainty::Likely, Severity::Warning)
        } else {
            (Certainty::Certain, Severity::Error)
        };
        let severity = self.policies.severity(policy, policy.rule);
        let severity = severity.min(most).min(threshold.confidence.cap());
        // What asks for nothing on the line says no more than its policy does.
        if policy.modifiers.is_empty() {
            (severity, certainty.min(policy.certainty))
        } else {
            (severity, certainty)
        }
    }

    fn severity(&self, policy: &Policy) -> Severity {
        let severity = self.policies.severity(policy, policy.rule);
        severity.min(policy.certainty.cap())
    }

    fn hit(&self, policy: &Policy, accrual: &Accrual, message: String) -> Hit {
        Hit {
            policy: policy.id,
            rule: policy.rule,
            severity: self.severity(policy),
            certainty: policy.certainty,
            line: Some(accrual.line),
            spot: Spot::Code,
            message,
            advice: None,
            at_risk: accrual.charge.max(Cents::ZERO),
            counted: None,
        }
    }
}
