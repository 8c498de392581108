//! The pipeline and the library's front door.

mod abridged;
mod batch;
mod collector;
mod cut;
mod evidence;
#[cfg(feature = "fault-injection")]
mod fault;
mod flight;
mod follow;
mod gone;
mod gzip;
mod identity;
mod input;
mod job;
mod kept;
mod lines;
mod outcome;
mod outputs;
mod part;
mod piece;
mod pipeline;
mod publisher;
mod remembering;
mod scratch;
mod stream;
mod window;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use follow::{Followed, Met, follow};
pub use input::{Access, Input, SharedBytes};
pub use kept::{Kept, LEDGER, LEDGER_COMMIT};
pub use outcome::medicare_patient;
pub use outputs::{FileReports, OpenReport, Outputs, ReportFailure};

use collector::{Collector, Extraction};

use crate::date::Date;
use crate::finding::{Notice, RunSummary};
use crate::ledger::Near;
use crate::phi::PatientHasher;
use crate::policy::PolicySet;
use crate::report::RunInfo;
use crate::rule::RuleSet;

/// Is told how a run gets on.
pub trait Progress: Sync {
    /// So many more bytes, claims and lines at risk.
    fn advance(&self, bytes: u64, claims: u64, lines_at_risk: u64);

    /// A file begins; `bytes` is its size when it is known.
    fn file(&self, name: &str, bytes: Option<u64>);
}

/// Progress that nobody watches.
pub struct NoProgress;

impl Progress for NoProgress {
    fn advance(&self, _: u64, _: u64, _: u64) {}

    fn file(&self, _: &str, _: Option<u64>) {}
}

/// What became of a run.
pub struct RunReport {
    /// Totals.
    pub summary: RunSummary,
    /// Reports that could not be written; the run is incomplete when there are any.
    pub failures: Vec<ReportFailure>,
    /// True when the run was interrupted.
    pub interrupted: bool,
    /// Patients of the run who will soon pass a yearly amount, when that was asked for.
    pub near: Vec<Near>,
}

/// Screens files: reads, judges and reports.
///
/// The same bytes, packs and key give byte-identical reports for every number of threads and
/// every piece size.
pub struct Screener {
    policies: Arc<PolicySet>,
    as_of: Option<Date>,
    settings: Settings,
}

/// Bytes that patients' totals take before some of them go to a file.
#[cfg(feature = "sqlite")]
const LEDGER_ROOM: usize = 128 << 20;
#[cfg(not(feature = "sqlite"))]
const LEDGER_ROOM: usize = usize::MAX;

/// Bytes that a worker reads at a time, unless another number is given: what waits for workers should fit into a
/// processor's cache.
pub const PIECE_SIZE: usize = 1 << 18;

/// How files are read.
#[derive(Clone)]
pub(crate) struct Settings {
    pub threads: usize,
    pub piece_size: usize,
    pub access: Access,
    pub hasher: PatientHasher,
    pub interrupt: Arc<AtomicBool>,
    /// Bytes that the patients of the ledger may take.
    pub ledger_room: usize,
}

impl Settings {
    fn new(hasher: PatientHasher) -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            piece_size: PIECE_SIZE,
            access: Access::default(),
            hasher,
            interrupt: Arc::default(),
            ledger_room: LEDGER_ROOM,
        }
    }
}

macro_rules! setters {
    () => {
        /// Worker threads; 1 reads and judges in the calling thread.
        #[must_use]
        pub fn threads(mut self, threads: usize) -> Self {
            self.settings.threads = threads.max(1);
            self
        }

        /// Bytes that a worker reads at a time; a file is cut at the next claim.
        #[must_use]
        pub fn piece_size(mut self, bytes: usize) -> Self {
            self.settings.piece_size = bytes.max(1);
            self
        }

        /// How the bytes of files are got at: read, unless another way is given.
        #[must_use]
        pub fn access(mut self, access: Access) -> Self {
            self.settings.access = access;
            self
        }

        /// Set to true from elsewhere, it stops the run at the next piece; reports then say that
        /// it is incomplete.
        #[must_use]
        pub fn interrupt(mut self, flag: Arc<AtomicBool>) -> Self {
            self.settings.interrupt = flag;
            self
        }
    };
}

impl Screener {
    /// A screener with these policies; patients are hashed with `hasher`.
    pub fn new(policies: Arc<PolicySet>, hasher: PatientHasher) -> Self {
        Self {
            policies,
            as_of: None,
            settings: Settings::new(hasher),
        }
    }

    setters!();

    /// Bytes of memory that patients' totals may take, about: who was not met for long is kept in a
    /// file meanwhile, which costs time. 128 MiB unless another number is given.
    #[must_use]
    pub const fn ledger_room(mut self, bytes: usize) -> Self {
        self.settings.ledger_room = bytes;
        self
    }

    /// Judges as if `date` were the date of every service: what the rules of that day say. Reports
    /// keep the real dates; [`RunInfo::as_of`] should say the same.
    #[must_use]
    pub const fn as_of(mut self, date: Option<Date>) -> Self {
        self.as_of = date;
        self
    }

    /// Screens the inputs in their order and tells the reports. Whatever goes wrong with an input
    /// is a notice in the reports; the other inputs are screened all the same.
    pub fn run(
        &self,
        inputs: &[Input],
        outputs: Outputs,
        run: &RunInfo,
        progress: &dyn Progress,
    ) -> RunReport {
        let rules = RuleSet::new(Arc::clone(&self.policies)).as_of(self.as_of);
        let rules = Arc::new(rules);
        collector::screen(rules, &self.settings, inputs, outputs, run, progress)
    }
}

/// Extracts every service line of files as JSON Lines.
pub struct LineExtractor {
    show_patient: bool,
    settings: Settings,
}

impl LineExtractor {
    /// Identities are hashed with `hasher` unless [`Self::show_patient`] is called.
    pub fn new(hasher: PatientHasher) -> Self {
        Self {
            show_patient: false,
            settings: Settings::new(hasher),
        }
    }

    setters!();

    /// Shows identities instead of hashes.
    #[must_use]
    pub const fn show_patient(mut self, show: bool) -> Self {
        self.show_patient = show;
        self
    }

    /// Writes the lines of the inputs, in their order, and tells `notice` of defects (with the
    /// name of the input).
    ///
    /// # Errors
    /// Writing failed.
    pub fn run(
        &self,
        inputs: &[Input],
        out: &mut dyn io::Write,
        notice: &mut dyn FnMut(&str, &Notice),
        progress: &dyn Progress,
    ) -> io::Result<RunSummary> {
        let task = job::Task::Lines {
            show_patient: self.show_patient,
        };
        let job = Arc::new(job::Job {
            task,
            hasher: self.settings.hasher.clone(),
        });
        let listener = Extraction {
            out,
            notices: notice,
            error: None,
        };
        let mut collector = Collector::new(listener, progress);
        pipeline::read_all(&job, &self.settings, inputs, &mut collector);
        let Collector {
            listener: Extraction { out, error, .. },
            mut summary,
            ..
        } = collector;
        let interrupted = self.settings.interrupt.load(Ordering::Relaxed);
        summary.complete &= !interrupted && summary.files == inputs.len() as u64;
        match error {
            Some(error) => Err(error),
            None => out.flush().map(|()| summary),
        }
    }
}
