//! Whole runs whose reports go nowhere.

use std::io;

use crate::finding::RunSummary;
use crate::policy::PolicySet;
use crate::report::{Format, ReportOptions, RunInfo, open};
use crate::screen::{Input, Kept, NoProgress, OpenReport, Outputs, Screener};

/// A whole run of a screener with these policies. It is not complete when a report or the ledger
/// failed.
pub fn screen(
    screener: &Screener,
    policies: &PolicySet,
    inputs: &[Input],
    formats: &[Format],
    ledger: Option<Kept>,
) -> RunSummary {
    let run = RunInfo::of(policies);
    let outputs = Outputs {
        run: formats
            .iter()
            .map(|format| OpenReport {
                name: format.name().to_owned(),
                report: open(*format, Box::new(io::sink()), &ReportOptions::default()),
                file: None,
            })
            .collect(),
        ledger,
        ..Outputs::default()
    };
    let report = screener.run(inputs, outputs, &run, &NoProgress);
    RunSummary {
        complete: report.summary.complete && report.failures.is_empty(),
        ..report.summary
    }
}
