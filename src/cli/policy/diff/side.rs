//! One side of a comparison: a screening in a thread of its own, whose claims come in file order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::cli::failure::Failure;
use crate::cli::notices::NoticeTeller;
use crate::finding::{ClaimOutcome, RunSummary};
use crate::phi::PatientHasher;
use crate::policy::PolicySet;
use crate::report::{Report, RunInfo};
use crate::screen::{Input, NoProgress, OpenReport, Outputs, Screener};

/// Claims that one side may be ahead.
const AHEAD: usize = 64;

/// A claim with findings.
pub struct Found {
    /// Number of the file, and offset of the claim in it.
    pub key: (u32, u64),
    /// Name of the file.
    pub file: Arc<str>,
    /// The claim.
    pub claim: ClaimOutcome,
}

/// A screening under way.
pub struct Side {
    claims: Receiver<Found>,
    thread: Option<JoinHandle<RunSummary>>,
}

impl Side {
    /// Starts to screen; what could not be read is told to `teller`.
    pub fn start(
        set: &Arc<PolicySet>,
        hasher: PatientHasher,
        threads: usize,
        inputs: &[Input],
        stop: &Arc<AtomicBool>,
        teller: Option<NoticeTeller>,
    ) -> Self {
        let (sender, claims) = sync_channel(AHEAD);
        let screener = Screener::new(Arc::clone(set), hasher)
            .threads(threads)
            .interrupt(Arc::clone(stop));
        let run = RunInfo {
            catalogue: Arc::clone(set.catalogue()),
            ..RunInfo::default()
        };
        let inputs = inputs.to_vec();
        let thread = thread::spawn(move || {
            let tap = Tap {
                sender,
                file_number: 0,
                file: "".into(),
            };
            let open = |name: &str, report| OpenReport {
                name: name.to_owned(),
                report,
                file: None,
            };
            let mut reports = vec![open("comparison", Box::new(tap) as Box<dyn Report>)];
            reports.extend(teller.map(|teller| open("standard error", Box::new(teller) as _)));
            let outputs = Outputs {
                run: reports,
                per_file: None,
                ..Outputs::default()
            };
            screener.run(&inputs, outputs, &run, &NoProgress).summary
        });
        Self {
            claims,
            thread: Some(thread),
        }
    }

    /// The next claim; `None` when there are no more.
    pub fn next(&mut self) -> Option<Found> {
        self.claims.recv().ok()
    }

    /// What the screening counted, when it has ended.
    pub fn finish(&mut self) -> Result<RunSummary, Failure> {
        let summary = self.thread.take().and_then(|thread| thread.join().ok());
        summary.ok_or_else(|| Failure::new("a side of the comparison broke off"))
    }
}

/// A report that hands claims on.
struct Tap {
    sender: SyncSender<Found>,
    file_number: u32,
    file: Arc<str>,
}

impl Report for Tap {
    fn begin(&mut self, _: &RunInfo) -> io::Result<()> {
        Ok(())
    }

    fn file_begin(&mut self, name: &str) -> io::Result<()> {
        self.file_number += 1;
        self.file = name.into();
        Ok(())
    }

    fn claim(&mut self, _: &str, claim: &ClaimOutcome) -> io::Result<()> {
        if claim.findings.is_empty() {
            return Ok(());
        }
        let found = Found {
            key: (self.file_number, claim.place.offset),
            file: Arc::clone(&self.file),
            claim: claim.clone(),
        };
        self.sender
            .send(found)
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn end(&mut self, _: &RunSummary) -> io::Result<()> {
        Ok(())
    }
}
