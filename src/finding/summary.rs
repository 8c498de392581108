//! Totals of a file and of a run.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ClaimOutcome, Notice, NoticeLevel, RuleId, Severity};
use crate::money::Cents;

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Segments, empty ones not counted.
    pub segments: u64,
    /// ISA envelopes.
    pub interchanges: u64,
    /// ST envelopes that hold claims.
    pub transaction_sets: u64,
    /// CLM.
    pub claims: u64,
    /// Service lines of claims.
    pub lines: u64,
    /// Lines that carry KX.
    pub lines_with_kx: u64,
    /// Claims with at least one finding of severity warning or error.
    pub claims_at_risk: u64,
    /// Lines with at least one finding of severity warning or error.
    pub lines_at_risk: u64,
    /// Sum of CLM02.
    pub charge: Cents,
    /// Sum of the charges of lines at risk, each line counted once.
    pub charge_at_risk: Cents,
    /// Findings of severity error.
    pub errors: u64,
    /// Findings of severity warning.
    pub warnings: u64,
    /// Findings of severity info.
    pub infos: u64,
    /// Notices, repeats included.
    pub notices: u64,
}

impl Counts {
    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.segments += other.segments;
        self.interchanges += other.interchanges;
        self.transaction_sets += other.transaction_sets;
        self.claims += other.claims;
        self.lines += other.lines;
        self.lines_with_kx += other.lines_with_kx;
        self.claims_at_risk += other.claims_at_risk;
        self.lines_at_risk += other.lines_at_risk;
        self.charge = self.charge.plus(other.charge);
        self.charge_at_risk = self.charge_at_risk.plus(other.charge_at_risk);
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.infos += other.infos;
        self.notices += other.notices;
    }
}

/// Totals of one input file.
#[derive(Clone, Debug, Default)]
pub struct FileSummary {
    /// The file as the user named it; `-` for standard input.
    pub name: String,
    /// Counts of this file.
    pub counts: Counts,
    /// Findings and charge at risk by rule.
    pub by_rule: BTreeMap<RuleId, RuleTotal>,
    /// False when something of this file was not read.
    pub complete: bool,
}

/// What one rule found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RuleTotal {
    /// Findings.
    pub findings: u64,
    /// Sum of the money at stake of those of severity warning or error.
    pub at_risk: Cents,
}

impl FileSummary {
    /// A file of which nothing has been read yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            complete: true,
            ..Self::default()
        }
    }

    /// Counts a claim's findings. Claims and lines themselves are counted where they are read.
    pub fn count_findings(&mut self, outcome: &ClaimOutcome) {
        if outcome.findings.is_empty() {
            return;
        }
        self.counts.claims_at_risk += u64::from(outcome.severity() > Some(Severity::Info));
        self.counts.lines_at_risk += outcome.lines_at_risk().count() as u64;
        let charge = outcome.charge_at_risk();
        self.counts.charge_at_risk = self.counts.charge_at_risk.plus(charge);
        for finding in &outcome.findings {
            match finding.severity {
                Severity::Error => self.counts.errors += 1,
                Severity::Warning => self.counts.warnings += 1,
                Severity::Info => self.counts.infos += 1,
            }
            let total = self.by_rule.entry(finding.rule).or_default();
            total.findings += 1;
            if finding.severity > Severity::Info {
                total.at_risk = total.at_risk.plus(finding.at_risk);
            }
        }
    }

    /// Counts a notice and remembers a loss.
    pub fn count_notice(&mut self, notice: &Notice) {
        self.counts.notices += 1 + notice.repeats;
        if notice.kind.level() == NoticeLevel::Loss {
            self.complete = false;
        }
    }
}

/// Totals of a run over all its files.
#[derive(Clone, Debug, Default)]
pub struct RunSummary {
    /// Number of files that were asked for.
    pub files: u64,
    /// Sums over the files.
    pub counts: Counts,
    /// Findings and charge at risk by rule.
    pub by_rule: BTreeMap<RuleId, RuleTotal>,
    /// False when a file was not read to its end, a report was not written, or the run was
    /// interrupted.
    pub complete: bool,
}

impl RunSummary {
    /// Adds a file's totals.
    pub fn add(&mut self, file: &FileSummary) {
        self.files += 1;
        self.counts.add(&file.counts);
        for (rule, total) in &file.by_rule {
            let sum = self.by_rule.entry(*rule).or_default();
            sum.findings += total.findings;
            sum.at_risk = sum.at_risk.plus(total.at_risk);
        }
        self.complete &= file.complete;
    }
}
