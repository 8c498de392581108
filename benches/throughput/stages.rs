//! The stages of a generated sample, and whole runs for the other comparisons.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kx837::bench::{self, Bench, HASHER, Measured, Settings, StageKind};
use kx837::finding::RunSummary;
use kx837::ledger::PATIENCE;
use kx837::ledger::sqlite::SqliteStore;
use kx837::policy::PolicySet;
use kx837::screen::{Access, Input, Kept, Screener};

use crate::Sample;

/// Name of the stage that adds a ledger to a whole run.
const LEDGER: &str = "ledger";

/// Threads of the stage that has several, so that figures of different machines say the same.
const THREADS: usize = 2;

/// Runs all stages `rounds` times in turn and keeps the best time of each.
pub fn measure(sample: &Sample, rounds: usize) -> Result<Vec<Measured>, Box<dyn Error>> {
    let policies = Arc::new(PolicySet::new(true, Vec::new())?);
    let input = Input::File(sample.path.clone());
    let held = bench::Sample::open(&[input], Vec::new(), &Arc::new(AtomicBool::new(false)))?;
    if held.counts.claims != sample.known.claims || held.counts.lines != sample.known.lines {
        return Err("the sample was not read as it was generated".into());
    }
    let settings = Settings {
        as_of: None,
        threads: THREADS,
        access: Access::Read,
    };
    let bench = Bench::new(&held, &policies, settings);
    let mut stages = bench.stages();
    let mut with_a_new_ledger = bench.stage(StageKind::Screen).ok_or("no whole run")?;
    with_a_new_ledger.name = LEDGER;
    with_a_new_ledger.base = Some(StageKind::Screen.name());
    with_a_new_ledger.run = Box::new(|| with_ledger(sample, &policies));
    stages.push(with_a_new_ledger);
    Ok(bench::measure(&mut stages, rounds, &mut |_| true)?)
}

/// Claims of a whole run that is kept in a ledger of its own; 0 when it was not complete.
fn with_ledger(sample: &Sample, policies: &Arc<PolicySet>) -> u64 {
    let Ok(folder) = tempfile::tempdir() else {
        return 0;
    };
    let path = folder.path().join("ledger.db");
    let Ok(store) = SqliteStore::open_for_run(&path, &HASHER, PATIENCE) else {
        return 0;
    };
    let kept = Kept {
        store: Box::new(store),
        dry_run: false,
    };
    let summary = screen(&sample.path, policies, 1, Some(kept));
    if summary.complete {
        summary.counts.claims
    } else {
        0
    }
}

/// A whole run without a report.
pub fn screen(
    path: &Path,
    policies: &Arc<PolicySet>,
    threads: usize,
    ledger: Option<Kept>,
) -> RunSummary {
    let screener = Screener::new(Arc::clone(policies), HASHER).threads(threads);
    bench::screen(
        &screener,
        policies,
        &[Input::File(path.to_owned())],
        &[],
        ledger,
    )
}
