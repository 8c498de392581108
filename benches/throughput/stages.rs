//! The stages, from counting terminators to writing reports.

use std::error::Error;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use kx837::finding::RunSummary;
use kx837::ledger::PATIENCE;
use kx837::ledger::sqlite::SqliteStore;
use kx837::phi::PatientHasher;
use kx837::policy::PolicySet;
use kx837::report::{Format, Profile, ReportOptions, RunInfo, open};
use kx837::rule::RuleSet;
use kx837::screen::{Input, Kept, LineExtractor, NoProgress, OpenReport, Outputs, Screener};
use kx837::x12::SegmentScanner;

use crate::Sample;
use crate::sink::{Counter, Judge, read};
use crate::table::Row;

/// Name of the stage that reads claims.
pub const READ: &str = "read (claims and lines)";

/// Generated files use the customary delimiters.
const ELEMENT: u8 = b'*';
const TERMINATOR: u8 = b'~';

pub const HASHER: PatientHasher = PatientHasher::new([7; 32]);

/// A stage. It returns a number that proves that it did its work.
struct Stage<'a> {
    name: &'static str,
    base: Option<&'static str>,
    run: Box<dyn FnMut() -> u64 + 'a>,
}

/// Runs all stages `rounds` times in turn and keeps the best time of each.
pub fn measure(sample: &Sample, rounds: usize) -> Result<Vec<Row>, Box<dyn Error>> {
    let policies = Arc::new(PolicySet::new(true, Vec::new())?);
    let rules = RuleSet::new(Arc::clone(&policies));
    let mut stages = stages(sample, &policies, &rules);
    let mut best = vec![f64::MAX; stages.len()];
    for _ in 0..rounds {
        for (stage, best) in stages.iter_mut().zip(&mut best) {
            let started = Instant::now();
            let proof = black_box((stage.run)());
            *best = best.min(started.elapsed().as_secs_f64());
            if proof == 0 {
                return Err(format!("{} did nothing", stage.name).into());
            }
        }
    }
    let place = |name| stages.iter().position(|stage| stage.name == name);
    Ok(stages
        .iter()
        .zip(best)
        .map(|(stage, seconds)| Row {
            name: stage.name,
            seconds,
            base: stage.base.and_then(place),
        })
        .collect())
}

fn stages<'a>(
    sample: &'a Sample,
    policies: &'a Arc<PolicySet>,
    rules: &'a RuleSet,
) -> Vec<Stage<'a>> {
    const COUNT: &str = "count terminators (memchr)";
    const SCAN: &str = "scan (segments)";
    const JUDGE: &str = "judge (read + rules)";
    const SCREEN: &str = "screen, 1 thread, no report";

    let bytes = sample.bytes.as_slice();
    let mut stages: Vec<Stage<'a>> = Vec::new();
    let mut add = |name, base, run: Box<dyn FnMut() -> u64 + 'a>| {
        stages.push(Stage { name, base, run });
    };
    add(
        COUNT,
        None,
        Box::new(|| memchr::memchr_iter(TERMINATOR, bytes).count() as u64),
    );
    add(
        SCAN,
        Some(COUNT),
        Box::new(|| {
            SegmentScanner::new(bytes, TERMINATOR)
                .map(|segment| segment.bytes.len() as u64)
                .sum()
        }),
    );
    add(
        "split (every element)",
        Some(SCAN),
        Box::new(|| split(bytes)),
    );
    add(
        READ,
        Some(SCAN),
        Box::new(|| {
            let mut counter = Counter::default();
            read(bytes, &mut counter);
            counter.lines
        }),
    );
    add(
        JUDGE,
        Some(READ),
        Box::new(|| {
            let mut judge = Judge::new(rules);
            read(bytes, &mut judge);
            judge.hit_count
        }),
    );
    add(
        SCREEN,
        Some(JUDGE),
        Box::new(move || screened(sample, policies, 1, &[])),
    );
    add(
        "screen, 2 threads, no report",
        Some(SCREEN),
        Box::new(move || screened(sample, policies, 2, &[])),
    );
    add(
        "screen + ledger (a new one)",
        Some(SCREEN),
        Box::new(move || with_ledger(sample, policies)),
    );
    for (name, format) in [
        ("screen + jsonl", Format::Jsonl),
        ("screen + csv", Format::Csv),
        ("screen + text", Format::Text),
        (
            "screen + 277ca",
            Format::ClaimAcknowledgement(Profile::Annotated),
        ),
    ] {
        add(
            name,
            Some(SCREEN),
            Box::new(move || screened(sample, policies, 1, &[format])),
        );
    }
    add(
        "lines (jsonl of every line)",
        Some(READ),
        Box::new(|| lines(sample)),
    );
    stages
}

/// What a straightforward program does: split into segments, and those into elements.
fn split(bytes: &[u8]) -> u64 {
    bytes
        .split(|byte| *byte == TERMINATOR)
        .map(|segment| {
            segment
                .split(|byte| *byte == ELEMENT)
                .map(|element| element.len() as u64)
                .sum::<u64>()
        })
        .sum()
}

/// Claims that a whole run read; 0 when it was not complete.
fn screened(sample: &Sample, policies: &Arc<PolicySet>, threads: usize, formats: &[Format]) -> u64 {
    let summary = screen(sample, policies, threads, formats);
    if summary.complete && summary.counts.claims == sample.known.claims {
        summary.counts.claims
    } else {
        0
    }
}

/// A whole run that is kept in a ledger of its own.
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
    let summary = run(&sample.path, policies, 1, &[], Some(kept));
    if summary.complete {
        summary.counts.claims
    } else {
        0
    }
}

/// A whole run; not complete when a report failed.
pub fn screen(
    sample: &Sample,
    policies: &Arc<PolicySet>,
    threads: usize,
    formats: &[Format],
) -> RunSummary {
    run(&sample.path, policies, threads, formats, None)
}

/// Likewise, of any file.
pub fn run(
    path: &Path,
    policies: &Arc<PolicySet>,
    threads: usize,
    formats: &[Format],
    ledger: Option<Kept>,
) -> RunSummary {
    let run = RunInfo {
        catalogue: Arc::clone(policies.catalogue()),
        packs: policies
            .packs()
            .iter()
            .map(|pack| (pack.id.clone(), pack.version.clone()))
            .collect(),
        ..RunInfo::default()
    };
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
    let report = Screener::new(Arc::clone(policies), HASHER)
        .threads(threads)
        .run(&[Input::File(path.to_owned())], outputs, &run, &NoProgress);
    RunSummary {
        complete: report.summary.complete && report.failures.is_empty(),
        ..report.summary
    }
}

fn lines(sample: &Sample) -> u64 {
    let summary = LineExtractor::new(HASHER).threads(1).run(
        &[Input::File(sample.path.clone())],
        &mut io::sink(),
        &mut |_, _| {},
        &NoProgress,
    );
    match summary {
        Ok(summary) if summary.complete => sample.known.lines,
        _ => 0,
    }
}
