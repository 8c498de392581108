//! Reports: one file or folder per format, all behind [`Report`].
//!
//! A report is told of a run as a series of calls in file order:
//!
//! ```text
//! begin
//!   file_begin
//!     interchange_begin
//!       group_begin
//!         transaction_set_begin
//!           claim | notice ...
//!         transaction_set_end
//!         transaction_set_skipped
//!       group_end
//!     interchange_end
//!   file_end
//! end
//! ```
//!
//! A notice may come anywhere within a file; what is about a header comes after its begin, what is
//! about a trailer before its end. A file that was cut off may lack the closing calls
//! of its envelopes; reports then close what is open by themselves.

mod answer;
mod claim_acknowledgement;
mod counted;
mod csv;
mod display;
mod fit;
mod format;
mod implementation_acknowledgement;
mod interchange_acknowledgement;
mod jsonl;
mod output;
#[cfg(feature = "cli")]
mod own;
mod text;
mod words;

#[cfg(test)]
mod sample;

use std::io;
use std::sync::Arc;

pub use self::csv::CsvReport;
pub use claim_acknowledgement::{ClaimAcknowledgement, Profile};
pub use counted::{Between, CountedAt, NamedLine};
pub use display::{Dollars, Grouped, Printable, wrap};
pub use format::{Format, ReportOptions, UnknownFormat, open};
pub use implementation_acknowledgement::ImplementationAcknowledgement;
pub use interchange_acknowledgement::InterchangeAcknowledgement;
pub use jsonl::JsonlReport;
pub(crate) use output::sync_folder;
pub use output::{AtomicFile, remove_unfinished};
#[cfg(feature = "cli")]
pub(crate) use output::{folder_of, left_unfinished, temporary_beside};
#[cfg(feature = "cli")]
pub(crate) use own::{TELLING, holds_claims};
pub use text::TextReport;

use crate::date::Date;
use crate::finding::{
    Catalogue, ClaimOutcome, FileSummary, GroupInfo, InterchangeInfo, Notice, RunSummary,
    SkippedSetInfo, TransactionSetInfo,
};
use crate::policy::PolicySet;
use crate::text::Text;

/// What a report knows of the run before anything is read.
#[derive(Clone, Debug, Default)]
pub struct RunInfo {
    /// Version of the program, such as `0.1.0`.
    pub version: String,
    /// When the run started, in local time. Reports take every date and time of their own from
    /// here, so that equal input with an equal start gives equal bytes.
    pub started: jiff::civil::DateTime,
    /// Rules and policies that findings refer to.
    pub catalogue: Arc<Catalogue>,
    /// Policy packs in force: id and version, in the order in which they were loaded.
    pub packs: Vec<(String, String)>,
    /// Whether formats that do not need a patient's name show it all the same.
    pub show_patient: bool,
    /// Rules and policies whose findings alone are reported; empty means all.
    pub select: Vec<String>,
    /// Rules and policies whose findings are not reported.
    pub ignore: Vec<String>,
    /// The run is hypothetical: it judges as if this were the date of every service.
    pub as_of: Option<Date>,
}

impl RunInfo {
    /// A run by these policies, of which nothing else is known yet.
    pub fn of(policies: &PolicySet) -> Self {
        let packs = policies.packs().iter();
        Self {
            catalogue: Arc::clone(policies.catalogue()),
            packs: packs
                .map(|pack| (pack.id.clone(), pack.version.clone()))
                .collect(),
            ..Self::default()
        }
    }
}

/// Writes what a run says in one format.
///
/// Every method may fail with the error of the underlying writer; after that the report is
/// incomplete and must not be used on.
pub trait Report: Send {
    /// True when the report wants every claim, clean ones too. A report that does not, ignores
    /// clean claims, so that they may be handed to it anyway.
    fn wants_clean_claims(&self) -> bool {
        false
    }

    /// True when the report wants the hash of the patient ([`PatientOutcome::hash`](crate::finding::PatientOutcome::hash))
    /// of clean claims, too. Where no report does, it is not made for all of them.
    fn wants_patients_of_clean_claims(&self) -> bool {
        self.wants_clean_claims()
    }

    /// True when the report wants the first notices of a kind of each transaction set
    /// ([`Report::further_notice`]), not only those of each file.
    fn wants_notices_of_each_set(&self) -> bool {
        false
    }

    /// Called once, first: findings cannot be told without the catalogue.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn begin(&mut self, run: &RunInfo) -> io::Result<()>;

    /// A file begins; `name` is as the user gave it.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn file_begin(&mut self, name: &str) -> io::Result<()> {
        let _ = name;
        Ok(())
    }

    /// An `ISA` was read.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn interchange_begin(&mut self, header: &InterchangeInfo) -> io::Result<()> {
        let _ = header;
        Ok(())
    }

    /// The interchange ends; `complete` is false when its end was not read.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn interchange_end(&mut self, complete: bool) -> io::Result<()> {
        let _ = complete;
        Ok(())
    }

    /// A `GS` was read.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn group_begin(&mut self, group: &GroupInfo) -> io::Result<()> {
        let _ = group;
        Ok(())
    }

    /// The functional group ends; `count` is GE01 as written, `None` when there is no GE.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn group_end(&mut self, count: Option<&Text>) -> io::Result<()> {
        let _ = count;
        Ok(())
    }

    /// An `ST` of something that is no claim was read; the set is skipped. Its end is not told.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn transaction_set_skipped(&mut self, set: &SkippedSetInfo) -> io::Result<()> {
        let _ = set;
        Ok(())
    }

    /// An `ST` of an 837 was read, with its heading (loops 1000A and 1000B).
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn transaction_set_begin(&mut self, set: &TransactionSetInfo) -> io::Result<()> {
        let _ = set;
        Ok(())
    }

    /// The transaction set ends.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn transaction_set_end(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Something was wrong with a file.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn notice(&mut self, file: &str, notice: &Notice) -> io::Result<()> {
        let _ = (file, notice);
        Ok(())
    }

    /// Something more was wrong with a file, of a kind of which [`Report::notice`] has listed
    /// enough.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn further_notice(&mut self, notice: &Notice) -> io::Result<()> {
        let _ = notice;
        Ok(())
    }

    /// A claim was judged.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn claim(&mut self, file: &str, claim: &ClaimOutcome) -> io::Result<()>;

    /// A file was read.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn file_end(&mut self, summary: &FileSummary) -> io::Result<()> {
        let _ = summary;
        Ok(())
    }

    /// The run ends: writes what is left and flushes.
    ///
    /// # Errors
    /// Those of the underlying writer.
    fn end(&mut self, summary: &RunSummary) -> io::Result<()>;
}
