//! Who will soon pass a yearly amount.

use crate::finding::RuleKind;
use crate::money::Cents;
use crate::phi::PatientHash;
use crate::policy::{BucketId, PolicySet};

use super::counting::Ledger;
use super::patient::PatientRecord;
use super::total::Total;

/// An account that is not above its amount, and soon may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Who was treated.
    pub patient: PatientHash,
    /// Calendar year.
    pub year: i16,
    /// Name of the table of amounts.
    pub account: String,
    /// What has accrued.
    pub total: Total,
    /// The amount.
    pub threshold: Cents,
}

impl Ledger {
    /// Accounts of known patients that `within` more would bring above an amount at which a modifier is
    /// asked for.
    pub fn near(&self, within: Cents) -> Vec<Near> {
        let near = |(patient, record): (&PatientHash, &PatientRecord)| {
            record.near(*patient, within, self.policies())
        };
        self.patients.iter().flat_map(near).collect()
    }
}

impl PatientRecord {
    /// The accounts of this patient that `within` more would bring above such an amount.
    pub fn near(&self, patient: PatientHash, within: Cents, policies: &PolicySet) -> Vec<Near> {
        let mut near = Vec::new();
        for account in &self.accounts {
            if let Some(threshold) = account.amount
                && account.is_near(within)
                && asks_for_a_modifier(policies, account.bucket)
            {
                near.push(Near {
                    patient,
                    year: account.year,
                    account: policies.threshold(account.bucket).name.to_string(),
                    total: account.total(),
                    threshold,
                });
            }
        }
        near
    }
}

impl Near {
    /// Orders the fullest first.
    pub fn sort(near: &mut [Self]) {
        near.sort_by(|one, other| {
            let fullness = other.total.high.cmp(&one.total.high);
            fullness.then_with(|| {
                (one.patient, one.year, &one.account).cmp(&(
                    other.patient,
                    other.year,
                    &other.account,
                ))
            })
        });
    }
}

fn asks_for_a_modifier(policies: &PolicySet, bucket: BucketId) -> bool {
    policies.policies().iter().any(|policy| {
        policy.kind == RuleKind::Threshold
            && policy.threshold == Some(bucket)
            && !policy.modifiers.is_empty()
    })
}
