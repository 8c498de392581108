//! What comes of the comparison.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::code::{Modifier, ProcedureCode};
use crate::date::Date;
use crate::finding::Severity;
use crate::ledger::OrderKey;

/// What became of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Denied for a reason that the finding is about.
    BorneOut,
    /// Denied for another reason.
    OtherReason,
    /// Something was allowed, and something was not for a reason that policies know.
    PartPaid,
    /// Paid: a false alarm, or what was sent in the end was another line than was screened.
    Paid,
    /// Not in the 835s, reversed and not decided on again, or decided on without anything that tells how.
    Undecided,
}

impl Verdict {
    /// In words, as reports have it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::BorneOut => "denied as predicted",
            Self::OtherReason => "denied for another reason",
            Self::PartPaid => "paid in part",
            Self::Paid => "paid",
            Self::Undecided => "undecided",
        }
    }
}

/// Predictions by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Predicted {
    /// Of severity error.
    pub error: u64,
    /// Of severity warning.
    pub warning: u64,
    /// Of severity info.
    pub info: u64,
}

/// Predictions, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All, by severity.
    pub predicted: Predicted,
    /// See [`Verdict::BorneOut`].
    pub borne_out: u64,
    /// See [`Verdict::OtherReason`].
    pub other_reason: u64,
    /// See [`Verdict::PartPaid`].
    pub part_paid: u64,
    /// See [`Verdict::Paid`].
    pub paid: u64,
    /// Of those that were paid, the ones whose decided line carries KX.
    pub paid_with_kx: u64,
    /// See [`Verdict::Undecided`].
    pub undecided: u64,
}

impl Counts {
    pub(super) fn count(&mut self, severity: Severity, verdict: Verdict, has_kx: bool) {
        *match severity {
            Severity::Error => &mut self.predicted.error,
            Severity::Warning => &mut self.predicted.warning,
            Severity::Info => &mut self.predicted.info,
        } += 1;
        *match verdict {
            Verdict::BorneOut => &mut self.borne_out,
            Verdict::OtherReason => &mut self.other_reason,
            Verdict::PartPaid => &mut self.part_paid,
            Verdict::Paid => &mut self.paid,
            Verdict::Undecided => &mut self.undecided,
        } += 1;
        self.paid_with_kx += u64::from(verdict == Verdict::Paid && has_kx);
    }

    /// Adds another's counts.
    pub(super) fn add(&mut self, other: &Self) {
        self.predicted.error += other.predicted.error;
        self.predicted.warning += other.predicted.warning;
        self.predicted.info += other.predicted.info;
        self.borne_out += other.borne_out;
        self.other_reason += other.other_reason;
        self.part_paid += other.part_paid;
        self.paid += other.paid;
        self.paid_with_kx += other.paid_with_kx;
        self.undecided += other.undecided;
    }
}

/// Predictions of a policy.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PolicyTally {
    /// Its id, as it was when the claims were screened.
    pub policy: String,
    /// False when the policies in force know no such id any more.
    pub is_known: bool,
    /// Its predictions.
    pub counts: Counts,
    /// Reasons (`CO-16 N822`) of those that were borne out, with their numbers.
    pub borne_out_by: BTreeMap<String, u64>,
    /// Reasons of those that were denied for another reason, or paid in part.
    pub others: BTreeMap<String, u64>,
}

/// Predictions of a rule.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RuleTally {
    /// Its code, such as `KX201`.
    pub rule: String,
    /// Its name; `None` when the policies in force know no such rule any more.
    pub name: Option<String>,
    /// Of all its policies.
    pub counts: Counts,
    /// In the order of their ids.
    pub policies: Vec<PolicyTally>,
}

/// What the ledger knows of a claim that nothing was predicted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Screened {
    /// It was screened, and something was found elsewhere on it.
    WithFindings,
    /// It was screened, and has counted lines (therapy, sessions) and no finding.
    Counted,
    /// The ledger keeps nothing of a claim without findings and counted lines: it was screened and is
    /// clean, or it was never screened.
    Unknown,
}

/// Lines that were denied for a reason that policies know, and not predicted, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// Reason and remarks: `CO-16 N822`.
    pub reason: String,
    /// On claims with [`Screened::WithFindings`].
    pub with_findings: u64,
    /// On claims with [`Screened::Counted`].
    pub counted: u64,
    /// On claims with [`Screened::Unknown`].
    pub unknown: u64,
}

impl Missed {
    /// All lines.
    pub const fn lines(&self) -> u64 {
        self.with_findings + self.counted + self.unknown
    }
}

/// A line where prediction and decision parted.
#[derive(Clone, Debug)]
pub struct Parted {
    /// CLM01.
    pub claim: String,
    /// Where the claim stood when it was screened; `None` when nothing was predicted.
    pub screened: Option<OrderKey>,
    /// LX01 of the line; `None` for the claim as a whole, and when nothing was predicted.
    pub line: Option<String>,
    /// Its code.
    pub code: Option<ProcedureCode>,
    /// First date of service.
    pub date: Option<Date>,
    /// Rule, policy and severity of the finding; `None` when nothing was predicted.
    pub finding: Option<(String, String, Severity)>,
    /// What became of it; `None` when nothing was predicted.
    pub verdict: Option<Verdict>,
    /// What the ledger knows of the claim when nothing was predicted.
    pub known: Option<Screened>,
    /// Why it was denied or not paid in full: `CO-16 N822`.
    pub reasons: Vec<String>,
    /// Modifiers of the line that was decided on.
    pub modifiers: Vec<Modifier>,
    /// Day of the decision.
    pub decided: Option<Date>,
    /// Number of the 835 file in the order read.
    pub decision_file: u32,
    /// Byte offset of CLP in it.
    pub decision_offset: u64,
}

/// What comes of the comparison.
#[derive(Clone, Debug, Default)]
pub struct Reconciliation {
    /// Decisions that were read, reversals included.
    pub decisions: u64,
    /// Claims that were reversed and not decided on again.
    pub reversed: u64,
    /// Claims with predictions.
    pub claims: u64,
    /// Claims with predictions that were screened again later, and are not compared.
    pub superseded: u64,
    /// By rule, in the order of their codes.
    pub rules: Vec<RuleTally>,
    /// Of all rules.
    pub totals: Counts,
    /// Denied and not predicted, in the order of the reasons.
    pub missed: Vec<Missed>,
    /// Single lines, when they were asked for: predicted ones in the order in which their claims were
    /// screened, then those that were not.
    pub parted: Vec<Parted>,
}
