//! The options of `kx837 screen`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::cli::key::KeyArgs;
use crate::cli::ledger::ledger_place;
use crate::cli::policies::{AssumptionArgs, ChoiceArgs, PolicyArgs};
use crate::cli::{help, threads};
use crate::finding::Severity;
use crate::ledger::{LedgerPlace, PATIENCE};
use crate::report::{Format, UnknownFormat};
use crate::screen::PIECE_SIZE;

/// Judge every service line and report the lines at risk
///
/// Files may be compressed with gzip or zstd. A folder stands for all files below it.
#[derive(Args)]
#[command(before_help = help::SCREEN)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct ScreenArgs {
    /// Files, folders, patterns such as '*.837', or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,

    /// Write one report over all files; repeatable
    ///
    /// Without =PATH or with =- it goes to standard output. Formats: text, jsonl, csv, 277ca,
    /// 277ca-strict, 277ca-gate, 999, ta1. Without --report and --output-dir: text on standard output.
    #[arg(long, value_name = "FORMAT[=PATH]", help_heading = "Reports")]
    pub report: Vec<ReportTarget>,
    /// Write the reports of each input file to this folder, which is made if missing
    #[arg(
        short,
        long,
        value_name = "DIR",
        env = "KX837_OUTPUT_DIR",
        help_heading = "Reports"
    )]
    pub output_dir: Option<PathBuf>,
    /// Formats for --output-dir; repeatable [default: text, jsonl, csv and 277ca]
    #[arg(
        long,
        value_name = "FORMAT",
        requires = "output_dir",
        help_heading = "Reports"
    )]
    pub format: Vec<Format>,
    /// Also list clean claims in jsonl
    #[arg(long, help_heading = "Reports")]
    pub all_claims: bool,
    /// Who answers in a 277CA (2100A NM109) [default: the application receiver of the claims]
    #[arg(
        long,
        value_name = "ID",
        env = "KX837_SOURCE_ID",
        help_heading = "Reports"
    )]
    pub source_id: Option<String>,
    /// Name of who answers in a 277CA (2100A NM103) [default: KX837 CLAIM SCREENING]
    #[arg(
        long,
        value_name = "NAME",
        env = "KX837_SOURCE_NAME",
        help_heading = "Reports"
    )]
    pub source_name: Option<String>,
    /// First interchange and group control number of a 277CA, 999 or TA1
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=999_999_999),
        help_heading = "Reports"
    )]
    pub control_number: u32,

    #[command(flatten)]
    pub policies: PolicyArgs,
    #[command(flatten)]
    pub assumptions: AssumptionArgs,
    #[command(flatten)]
    pub choice: ChoiceArgs,

    /// Count therapy amounts and sessions across runs in this file, which is made on first use
    #[arg(
        long,
        value_name = "FILE",
        env = "KX837_LEDGER",
        value_parser = ledger_place(),
        help_heading = "Ledger"
    )]
    pub ledger: Option<LedgerPlace>,
    /// Seconds to wait for another run that is using the ledger
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = PATIENCE.as_secs(),
        value_parser = clap::value_parser!(u64).range(0..=86_400),
        help_heading = "Ledger"
    )]
    pub ledger_wait: u64,
    /// Tell at the end which patients of the run so many dollars more would bring above a yearly amount
    #[arg(long, value_name = "DOLLARS", help_heading = "Ledger")]
    pub project: Option<u32>,
    /// Judge by the ledger without adding to it
    #[arg(long, requires = "ledger", help_heading = "Ledger")]
    pub dry_run: bool,

    /// Least severity of a finding that makes the exit code 1
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "error",
        env = "KX837_FAIL_ON",
        help_heading = "Verdict"
    )]
    pub fail_on: FailOn,
    /// Any defect of a file (counts, control numbers, order ...) makes the exit code 1
    ///
    /// Whatever a TA1 or 999 does not accept is one. Defects are told on standard error.
    #[arg(long, help_heading = "Verdict")]
    pub strict: bool,

    /// Show patients' names in jsonl, too: the output then carries PHI
    ///
    /// A 277CA always names patients: its guide demands it.
    #[arg(long, help_heading = "Patients")]
    pub show_patient: bool,
    #[command(flatten)]
    pub key: KeyArgs,

    /// Worker threads [default: one for each processor]
    #[arg(short = 'j', long, value_name = "N", env = "KX837_THREADS", value_parser = threads::parse)]
    pub threads: Option<NonZeroUsize>,
    /// Bytes that a worker reads at a time
    #[arg(long, value_name = "BYTES", default_value_t = PIECE_SIZE, hide = true)]
    pub piece_size: usize,
    /// Map files into memory instead of reading them: for files that no other program changes
    ///
    /// A mapped file that becomes shorter kills the run (SIGBUS); one that is read gives an error.
    #[arg(long)]
    pub mmap: bool,
    /// Tell packs and every notice on standard error
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Terminal")]
    pub verbose: bool,
    /// Draw no progress bar
    #[arg(long, help_heading = "Terminal")]
    pub no_progress: bool,
}

/// Which findings make the exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Will be rejected or denied as it stands
    Error,
    /// Likely to be rejected, denied or audited
    Warning,
    /// Any finding
    Info,
    /// None
    Never,
}

impl FailOn {
    /// The least severity; `None` for never.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

/// `FORMAT` or `FORMAT=PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTarget {
    /// Format.
    pub format: Format,
    /// File; `None` for standard output.
    pub path: Option<PathBuf>,
}

impl FromStr for ReportTarget {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (format, path) = match text.split_once('=') {
            Some((_, "")) => return Err(TargetError::NoPath),
            Some((format, "-")) => (format, None),
            Some((format, path)) => (format, Some(PathBuf::from(path))),
            None => (text, None),
        };
        Ok(Self {
            format: format.parse()?,
            path,
        })
    }
}

/// Why a report cannot be meant.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The format is unknown.
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    /// Nothing behind the `=`.
    #[error("expected a path after =")]
    NoPath,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_name_a_format_and_perhaps_a_path() {
        let path = |text: &str| text.parse::<ReportTarget>().map(|target| target.path);
        assert_eq!(path("jsonl").unwrap(), None);
        assert_eq!(path("jsonl=-").unwrap(), None);
        assert_eq!(path("csv=a=b.csv").unwrap(), Some("a=b.csv".into()));
        assert!(path("csv=").is_err());
        assert!(path("pdf=a.pdf").is_err());
    }
}
