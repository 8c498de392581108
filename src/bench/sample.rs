//! The files that are measured.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::HASHER;
use super::interchanges::{Interchange, interchanges};
use crate::finding::{ClaimOutcome, Counts, FileSummary, RunSummary};
use crate::policy::{PackError, PolicySet};
use crate::report::{Report, RunInfo};
use crate::screen::{Input, NoProgress, OpenReport, Outputs, Screener, SharedBytes};

/// Most bytes of all files together, unpacked: all of them are held in memory, so that nothing but
/// the stage is measured.
pub const MOST_BYTES: u64 = 4 << 30;

/// Files that can be read to their ends.
pub struct Sample {
    /// The files, in the order in which they were named.
    pub files: Vec<SampleFile>,
    /// Counts over all files.
    pub counts: Counts,
}

/// A file of a sample.
pub struct SampleFile {
    /// As the user named it.
    pub name: String,
    /// Its bytes, unpacked.
    pub bytes: SharedBytes,
    /// What was counted in it.
    pub counts: Counts,
    /// It is packed with gzip or zstd.
    pub packed: bool,
    pub(super) interchanges: Vec<Interchange>,
    /// The file as it was named.
    pub(super) input: Input,
}

impl SampleFile {
    /// What a run without unpacking reads: the file, or what was unpacked.
    pub(super) fn plain(&self) -> Input {
        if self.packed {
            Input::Memory {
                name: self.name.clone(),
                bytes: self.bytes.clone(),
            }
        } else {
            self.input.clone()
        }
    }
}

/// Why files cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A file cannot be read.
    #[error("{name}: cannot be read: {error}")]
    Unreadable {
        /// Its name.
        name: String,
        /// Why.
        error: io::Error,
    },
    /// The files are too large to be held in memory.
    #[error(
        "{0}: all files together must have {limit} bytes at most, because they are held in memory",
        limit = MOST_BYTES
    )]
    TooLarge(String),
    /// A part of these files was lost: the reports say what.
    #[error("nothing was measured, because not everything could be read of: {}", .0.join(", "))]
    Incomplete(Vec<String>),
    /// There is not a single claim.
    #[error("nothing was measured, because there are no claims")]
    NoClaims,
    /// Interrupted.
    #[error("interrupted")]
    Interrupted,
    /// The compiled-in packs are damaged.
    #[error(transparent)]
    Pack(#[from] PackError),
}

impl Sample {
    /// Reads the inputs once by a whole run without rules, which tells `reports` what is wrong with
    /// them, and then holds their bytes.
    ///
    /// Standard input and what is no regular file cannot be read twice: hand them over as
    /// [`Input::Memory`].
    ///
    /// # Errors
    /// When something of the files is lost, or nothing is in them: figures would mean nothing.
    pub fn open(
        inputs: &[Input],
        mut reports: Vec<OpenReport>,
        interrupt: &Arc<AtomicBool>,
    ) -> Result<Self, SampleError> {
        let tally = Arc::new(Mutex::new(Vec::new()));
        reports.push(OpenReport {
            name: "counts".into(),
            report: Box::new(Tally(Arc::clone(&tally))),
            file: None,
        });
        let policies = Arc::new(PolicySet::new(false, Vec::new())?);
        let outputs = Outputs {
            run: reports,
            ..Outputs::default()
        };
        let run = RunInfo {
            catalogue: Arc::clone(policies.catalogue()),
            ..RunInfo::default()
        };
        let report = Screener::new(policies, HASHER)
            .threads(1)
            .interrupt(Arc::clone(interrupt))
            .run(inputs, outputs, &run, &NoProgress);
        if interrupt.load(Ordering::Relaxed) {
            return Err(SampleError::Interrupted);
        }
        let read = std::mem::take(&mut *tally.lock().unwrap_or_else(PoisonError::into_inner));
        let incomplete = read.iter().filter(|file| !file.complete);
        let incomplete: Vec<String> = incomplete.map(|file| file.name.clone()).collect();
        if !incomplete.is_empty() || read.len() != inputs.len() {
            return Err(SampleError::Incomplete(incomplete));
        }
        let counts = report.summary.counts;
        if counts.claims == 0 {
            return Err(SampleError::NoClaims);
        }
        if counts.bytes > MOST_BYTES {
            let largest = read.iter().max_by_key(|file| file.counts.bytes);
            let name = largest.map_or_else(String::new, |file| file.name.clone());
            return Err(SampleError::TooLarge(name));
        }
        let files = inputs.iter().zip(read);
        let files: Result<_, SampleError> = files.map(|(input, read)| hold(input, read)).collect();
        Ok(Self {
            files: files?,
            counts,
        })
    }
}

fn hold(input: &Input, read: FileSummary) -> Result<SampleFile, SampleError> {
    let unreadable = |error| SampleError::Unreadable {
        name: read.name.clone(),
        error,
    };
    let packed = input.is_packed().map_err(unreadable)?;
    let bytes = input.read_whole(MOST_BYTES).map_err(unreadable)?;
    if bytes.len() as u64 != read.counts.bytes {
        let changed = "another program has changed it";
        return Err(unreadable(io::Error::other(changed)));
    }
    Ok(SampleFile {
        interchanges: interchanges(&bytes),
        bytes,
        packed,
        input: input.clone(),
        name: read.name,
        counts: read.counts,
    })
}

/// Keeps what each file ends with.
struct Tally(Arc<Mutex<Vec<FileSummary>>>);

impl Report for Tally {
    fn begin(&mut self, _: &RunInfo) -> io::Result<()> {
        Ok(())
    }

    fn claim(&mut self, _: &str, _: &ClaimOutcome) -> io::Result<()> {
        Ok(())
    }

    fn file_end(&mut self, summary: &FileSummary) -> io::Result<()> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.push(summary.clone());
        Ok(())
    }

    fn end(&mut self, _: &RunSummary) -> io::Result<()> {
        Ok(())
    }
}
