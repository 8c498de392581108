//! Where reports go: some take the whole run, others one file each.

use std::io;

use super::kept::Kept;
use crate::finding::{
    ClaimOutcome, FileSummary, GroupInfo, InterchangeInfo, Notice, RunSummary, SkippedSetInfo,
    TransactionSetInfo,
};
use crate::money::Cents;
use crate::report::{AtomicFile, Report, RunInfo};
use crate::text::Text;

/// A report and the file that it goes to.
pub struct OpenReport {
    /// Name for errors, such as `report.jsonl` or `standard output`.
    pub name: String,
    /// The report.
    pub report: Box<dyn Report>,
    /// The file that appears when the report is whole; `None` for streams.
    pub file: Option<AtomicFile>,
}

/// Opens the reports of one file, given its name as the user wrote it.
pub type FileReports = Box<dyn FnMut(&str) -> io::Result<Vec<OpenReport>>>;

/// All reports of a run.
#[derive(Default)]
pub struct Outputs {
    /// Reports over all files.
    pub run: Vec<OpenReport>,
    /// Opens the reports of each file.
    pub per_file: Option<FileReports>,
    /// What earlier runs counted; this run is added when all reports are in their places.
    pub ledger: Option<Kept>,
    /// Tell which patients so much more would bring above a yearly amount.
    pub project: Option<Cents>,
}

/// A report that could not be written.
#[derive(Debug)]
pub struct ReportFailure {
    /// [`OpenReport::name`].
    pub name: String,
    /// What went wrong.
    pub error: io::Error,
}

/// Reports that are told the same. One that fails is dropped, with its unfinished file, and the
/// others go on.
#[derive(Default)]
pub(super) struct Fan {
    open: Vec<OpenReport>,
    /// Reports that failed so far.
    pub failures: Vec<ReportFailure>,
}

impl Fan {
    pub fn new(open: Vec<OpenReport>) -> Self {
        Self {
            open,
            failures: Vec::new(),
        }
    }

    /// True when a report wants clean claims.
    pub fn wants_clean_claims(&self) -> bool {
        self.open
            .iter()
            .any(|open| open.report.wants_clean_claims())
    }

    /// True when a report wants the hashes of clean claims' patients.
    pub fn wants_patients_of_clean_claims(&self) -> bool {
        self.open
            .iter()
            .any(|open| open.report.wants_patients_of_clean_claims())
    }

    /// True when a report wants the first notices of each transaction set.
    pub fn wants_notices_of_each_set(&self) -> bool {
        self.open
            .iter()
            .any(|open| open.report.wants_notices_of_each_set())
    }

    fn each(&mut self, mut tell: impl FnMut(&mut dyn Report) -> io::Result<()>) {
        let mut index = 0;
        while index < self.open.len() {
            match tell(self.open[index].report.as_mut()) {
                Ok(()) => index += 1,
                Err(error) => {
                    let failed = self.open.remove(index);
                    self.failures.push(ReportFailure {
                        name: failed.name,
                        error,
                    });
                }
            }
        }
    }

    pub fn begin(&mut self, run: &RunInfo) {
        self.each(|report| report.begin(run));
    }

    pub fn file_begin(&mut self, name: &str) {
        self.each(|report| report.file_begin(name));
    }

    pub fn interchange_begin(&mut self, header: &InterchangeInfo) {
        self.each(|report| report.interchange_begin(header));
    }

    pub fn interchange_end(&mut self, complete: bool) {
        self.each(|report| report.interchange_end(complete));
    }

    pub fn group_begin(&mut self, group: &GroupInfo) {
        self.each(|report| report.group_begin(group));
    }

    pub fn group_end(&mut self, count: Option<&Text>) {
        self.each(|report| report.group_end(count));
    }

    pub fn transaction_set_skipped(&mut self, set: &SkippedSetInfo) {
        self.each(|report| report.transaction_set_skipped(set));
    }

    pub fn transaction_set_begin(&mut self, set: &TransactionSetInfo) {
        self.each(|report| report.transaction_set_begin(set));
    }

    pub fn transaction_set_end(&mut self) {
        self.each(|report| report.transaction_set_end());
    }

    pub fn notice(&mut self, file: &str, notice: &Notice) {
        self.each(|report| report.notice(file, notice));
    }

    pub fn further_notice(&mut self, notice: &Notice) {
        self.each(|report| report.further_notice(notice));
    }

    pub fn claim(&mut self, file: &str, claim: &ClaimOutcome) {
        self.each(|report| report.claim(file, claim));
    }

    pub fn file_end(&mut self, summary: &FileSummary) {
        self.each(|report| report.file_end(summary));
    }

    /// Ends all reports. Returns their files, each with the name of its report.
    pub fn end(&mut self, summary: &RunSummary) -> Vec<(String, AtomicFile)> {
        self.each(|report| report.end(summary));
        let open = std::mem::take(&mut self.open);
        let files = open.into_iter().filter_map(|open| {
            let OpenReport { name, report, file } = open;
            drop(report);
            Some((name, file?))
        });
        // Who has nothing to say because something was not read takes no earlier answer away.
        files
            .filter(|(_, file)| summary.complete || !matches!(file.is_empty(), Ok(true)))
            .collect()
    }
}
