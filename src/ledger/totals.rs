//! The state machine.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::finding::{Certainty, PolicyId, Severity};
use crate::money::Cents;
use crate::phi::PatientHash;
use crate::policy::{PolicySet, YearlyAmount};
use crate::rule::{Accrual, Hit, Spot, sort_hits};

use super::message;

/// The place of a claim in the order received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey {
    /// Number of the file in the order received.
    pub file_seq: u32,
    /// Byte offset of the claim in its file.
    pub offset: u64,
}

/// Claims came in another order than they were received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "claim at file {}, byte {} was counted after file {}, byte {}: totals would be wrong",
    .key.file_seq, .key.offset, .last.file_seq, .last.offset
)]
pub struct OrderError {
    /// The key that was refused.
    pub key: OrderKey,
    /// The last key that was counted.
    pub last: OrderKey,
}

/// What has accrued: at least `low`, at most `high`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub low: Cents,
    pub high: Cents,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Account {
    patient: PatientHash,
    policy: PolicyId,
    year: i16,
}

/// Totals of one run.
#[derive(Clone)]
pub struct Ledger {
    policies: Arc<PolicySet>,
    totals: HashMap<Account, Total>,
    last: Option<OrderKey>,
}

impl Ledger {
    /// A ledger in which nothing has accrued.
    pub fn new(policies: Arc<PolicySet>) -> Self {
        Self {
            policies,
            totals: HashMap::new(),
            last: None,
        }
    }

    /// Counts the accruals of one claim and adds a hit for each line that stands above its
    /// threshold without an excuse. `hits` are those of the claim; they stay in order.
    ///
    /// # Errors
    /// When `key` is not greater than that of the claim before. Nothing is counted then.
    pub fn apply(
        &mut self,
        key: OrderKey,
        patient: PatientHash,
        accruals: &[Accrual],
        hits: &mut Vec<Hit>,
    ) -> Result<(), OrderError> {
        if let Some(last) = self.last.filter(|last| key <= *last) {
            return Err(OrderError { key, last });
        }
        self.last = Some(key);
        let before = hits.len();
        for accrual in accruals {
            self.count(patient, accrual, hits);
        }
        if hits.len() > before {
            sort_hits(hits);
        }
        Ok(())
    }

    fn count(&mut self, patient: PatientHash, accrual: &Accrual, hits: &mut Vec<Hit>) {
        let amount = self.policies.threshold(accrual.bucket).amount(accrual.year);
        // A year without an amount can never be judged, so nothing need be remembered of it.
        let Some(threshold) = amount else { return };
        let account = Account {
            patient,
            policy: accrual.policy,
            year: accrual.year,
        };
        let entry = self.totals.entry(account);
        let before = match &entry {
            Entry::Occupied(total) => *total.get(),
            Entry::Vacant(_) => Total::default(),
        };
        let after = Total {
            low: before.low.plus(accrual.low.max(Cents::ZERO)),
            high: before.high.plus(accrual.high.max(Cents::ZERO)),
        };
        entry.insert_entry(after);

        let is_above = after.high > threshold.amount;
        let was_above = before.high > threshold.amount;
        let policy = self.policies.policy(accrual.policy);
        // A policy without modifiers asks for nothing on the line: it tells once.
        let tells_once = policy.modifiers.is_empty();
        if !is_above || accrual.excused || (tells_once && was_above) {
            return;
        }
        let is_told = |hit: &Hit| hit.line == Some(accrual.line) && hit.rule == policy.rule;
        if hits.iter().any(is_told) {
            return;
        }
        let (severity, certainty) = judge(policy.severity, after, threshold);
        hits.push(Hit {
            policy: accrual.policy,
            rule: policy.rule,
            severity,
            certainty,
            line: Some(accrual.line),
            spot: Spot::Code,
            message: message::above(&self.policies, accrual, after, threshold, certainty),
            advice: None,
            at_risk: accrual.charge,
        });
    }
}

/// Only when even the least that may have been allowed is above a known amount is it certain.
fn judge(severity: Severity, total: Total, threshold: YearlyAmount) -> (Severity, Certainty) {
    let certainty = if total.low > threshold.amount && threshold.known {
        Certainty::Certain
    } else {
        Certainty::Possible
    };
    let severity = severity
        .min(certainty.cap())
        .min(threshold.confidence.cap());
    (severity, certainty)
}
