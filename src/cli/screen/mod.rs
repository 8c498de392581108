//! `kx837 screen`

mod args;
mod outputs;

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use crate::finding::{RunSummary, Severity};
use crate::ledger::{LedgerPlace, Near};
use crate::money::Cents;
use crate::phi::PatientHasher;
use crate::report::{Dollars, Grouped, RunInfo};
use crate::screen::{Input, Kept, LEDGER, LEDGER_COMMIT, Outputs, RunReport, Screener};

pub use args::ScreenArgs;

use super::console::Console;
use super::failure::{Ending, Failure, Status};
use super::ledger::judged_by;
use super::notices::{Counted, NoticeTeller};
use super::progress::{Meter, speed};
use super::prose::plural;
use super::{clock, inputs, interrupt, staleness};

/// The name of standard output in errors.
const STDOUT: &str = "standard output";

/// Screens files.
pub fn run(args: &ScreenArgs, console: &Console) -> Ending {
    let plan = outputs::Plan::new(args)?;
    let inputs = inputs::expand(&args.paths, console)?;
    plan.spare(&inputs)?;
    let ledger_file = args.ledger.as_ref().and_then(LedgerPlace::file);
    let key = args.key.path();
    let own = own_files(args, key.as_deref());
    plan.keep(&own)?;
    let inputs = without_ledger(inputs, ledger_file);
    let policies = args
        .policies
        .load_for_claims(&args.choice, &args.assumptions)?;
    staleness::warn(&policies, console)?;
    let (hasher, ledger) = match &args.ledger {
        None => (args.key.hasher(console)?, None),
        Some(place) => {
            if args.choice.as_of.is_some() && !args.dry_run {
                return Err(Failure::new(
                    "--as-of makes the run hypothetical, and a ledger keeps what was: add --dry-run",
                ));
            }
            let hasher = args.key.lasting_hasher(place, console)?;
            if args.dry_run {
                (hasher.clone(), read_only(place, &hasher, console)?)
            } else {
                let patience = Duration::from_secs(args.ledger_wait);
                let store = place
                    .open_for_run(&hasher, patience)
                    .map_err(Failure::new)?;
                let kept = Kept {
                    store,
                    dry_run: false,
                };
                (hasher, Some(kept))
            }
        }
    };
    let run = RunInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: clock::now()?,
        show_patient: args.show_patient,
        select: args.choice.select.clone(),
        ignore: args.choice.ignore.clone(),
        as_of: args.choice.as_of,
        ..RunInfo::of(&policies)
    };
    if args.verbose {
        for (id, version) in &run.packs {
            console.hint(format_args!("policy pack {id} {version}"));
        }
    }

    let meter = Meter::new(&inputs, args.no_progress, console);
    let console = meter.console(console);
    let teller = NoticeTeller::new(console.clone(), args.verbose).strict(args.strict);
    let counted = teller.counted.clone();
    let stop = interrupt::flag()?;
    let files = inputs.iter().filter_map(|input| match input {
        Input::File(path) => Some(&**path),
        _ => None,
    });
    let spared: Vec<&Path> = files.chain(own.iter().map(|(file, _)| *file)).collect();
    let outputs = Outputs {
        ledger,
        project: args
            .project
            .map(|dollars| Cents::from_dollars(dollars.into())),
        ..plan.open(args, &console, teller, &stop, &spared)?
    };

    if let Some(date) = run.as_of {
        console.hint(format_args!(
            "hypothetical: every line is judged as if its date of service were {date}"
        ));
    }
    let mut screener = Screener::new(policies, hasher)
        .as_of(run.as_of)
        .piece_size(args.piece_size)
        .access(inputs::access(args.mmap))
        .interrupt(stop);
    if let Some(threads) = args.threads {
        screener = screener.threads(threads.get());
    }
    let report = screener.run(&inputs, outputs, &run, &meter);
    let time = meter.finish();

    let status = judge(args, &report, &counted, &plan, &console);
    if let Some(within) = args.project {
        tell_near(&report.near, within, &plan)?;
    }
    let counts = &report.summary.counts;
    if status != Status::Interrupted {
        if !plan.uses_stdout() {
            console.hint(totals(&report.summary));
        }
        if plan.tells_speed() && counts.bytes > 0 {
            console.hint(speed(counts.bytes, counts.claims, time));
        }
    }
    Ok(status)
}

/// Files that no report may take the place of, though none of them is an input, and what they are.
fn own_files<'a>(args: &'a ScreenArgs, key: Option<&'a Path>) -> Vec<(&'a Path, &'static str)> {
    let packs = args.policies.files().map(|file| (file, "a policy pack"));
    let ledger = args.ledger.as_ref().and_then(LedgerPlace::file);
    packs
        .chain(ledger.map(|file| (file, "the ledger")))
        .chain(key.map(|file| (file, "the key of patient hashes")))
        .collect()
}

/// What a run found, in a line, for whoever sees no report: `2 files, 48 claims, 96 lines: 4 lines at risk ($120.00)`.
fn totals(summary: &RunSummary) -> String {
    let counted = |count: u64, name: &str| format!("{} {name}{}", Grouped(count), plural(count));
    let counts = &summary.counts;
    format!(
        "{}, {}, {}: {} at risk ({}){}",
        counted(summary.files, "file"),
        counted(counts.claims, "claim"),
        counted(counts.lines, "line"),
        counted(counts.lines_at_risk, "line"),
        Dollars(counts.charge_at_risk),
        if summary.complete { "" } else { ", incomplete" },
    )
}

/// Who will soon pass a yearly amount: on standard output, or, where a report for programs goes there, on
/// standard error.
fn tell_near(near: &[Near], within: u32, plan: &outputs::Plan) -> io::Result<()> {
    let mut lines = vec![format!(
        "within ${within} of a yearly amount, and not surely above it: {} account{} of this run's patients",
        near.len(),
        plural(near.len() as u64)
    )];
    lines.extend(near.iter().map(|near| {
        format!(
            "  {}  {}  {:<18} {} to {} of {}",
            near.patient,
            near.year,
            near.account,
            Dollars(near.total.low),
            Dollars(near.total.high),
            Dollars(near.threshold)
        )
    }));
    // It was asked for: being quiet does not mean to leave it out.
    let mut out: Box<dyn Write> = if plan.tells_speed() || !plan.uses_stdout() {
        Box::new(io::stdout().lock())
    } else {
        Box::new(io::stderr().lock())
    };
    if plan.tells_speed() {
        writeln!(out)?;
    }
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// A ledger to judge by; a missing one knows nothing.
fn read_only(
    place: &LedgerPlace,
    hasher: &PatientHasher,
    console: &Console,
) -> Result<Option<Kept>, Failure> {
    if !place.exists() {
        console.warning(format_args!(
            "{place}: there is no such ledger: this run knows of no earlier one"
        ));
        return Ok(None);
    }
    judged_by(place, hasher).map(Some)
}

/// A ledger that lies in a folder of claims is none of them.
fn without_ledger(mut inputs: Vec<Input>, ledger: Option<&Path>) -> Vec<Input> {
    let Some(ledger) = ledger else { return inputs };
    let beside = |suffix: &str| {
        let mut name = ledger.as_os_str().to_owned();
        name.push(suffix);
        inputs::Place::of(Path::new(&name))
    };
    let own: Vec<_> = ["", "-wal", "-shm"]
        .into_iter()
        .filter_map(beside)
        .collect();
    inputs.retain(|input| !own.iter().any(|place| place.is(input)));
    inputs
}

/// What the run ends with; tells reports that failed.
fn judge(
    args: &ScreenArgs,
    report: &RunReport,
    counted: &Counted,
    plan: &outputs::Plan,
    console: &Console,
) -> Status {
    let (gone, failed): (Vec<_>, Vec<_>) = report.failures.iter().partition(|failure| {
        failure.name == STDOUT && failure.error.kind() == io::ErrorKind::BrokenPipe
    });
    for failure in &failed {
        let text = failure.error.to_string();
        if failure.name == LEDGER {
            console.error(format_args!("{text} (nothing was added to the ledger)"));
            continue;
        }
        if failure.name == LEDGER_COMMIT {
            console.error(format_args!(
                "{text} (the reports stand; run the same again to have it in the ledger: nothing counts twice)"
            ));
            continue;
        }
        // Errors of files often name them.
        if text.starts_with(&failure.name) {
            console.error(format_args!("{text} (report not written)"));
        } else {
            console.error(format_args!(
                "{}: {text} (report not written)",
                failure.name
            ));
        }
    }
    let adds_to_ledger = args.ledger.is_some() && !args.dry_run;
    if !gone.is_empty() && plan.is_only_stdout() && failed.is_empty() {
        if adds_to_ledger {
            console.parting_warning(
                "nobody read the report to its end: the run was stopped, and nothing of it was added to the ledger",
            );
        }
        return Status::Clean;
    }
    let loses_ledger = !gone.is_empty() && adds_to_ledger;
    if loses_ledger {
        console.error("nobody read the report on standard output to its end (nothing was added to the ledger)");
    }
    if report.interrupted {
        let mut told = plan.when_interrupted();
        if adds_to_ledger {
            told.push("nothing was added to the ledger".into());
        }
        console.error(format_args!("interrupted; {}", told.join("; ")));
        return Status::Interrupted;
    }
    let cut_off = !report.summary.complete && gone.is_empty();
    if cut_off || loses_ledger || counted.losses() > 0 || !failed.is_empty() {
        return Status::Incomplete;
    }
    if args.strict && counted.defects() > 0 {
        console.error(format_args!(
            "{} (--strict)",
            if counted.defects() == 1 {
                "a defect in the files"
            } else {
                "defects in the files"
            }
        ));
        return Status::Findings;
    }
    if args
        .fail_on
        .severity()
        .is_some_and(|least| has_findings(&report.summary, least))
    {
        return Status::Findings;
    }
    Status::Clean
}

fn has_findings(summary: &RunSummary, least: Severity) -> bool {
    let counts = &summary.counts;
    [
        (Severity::Error, counts.errors),
        (Severity::Warning, counts.warnings),
        (Severity::Info, counts.infos),
    ]
    .into_iter()
    .any(|(severity, count)| severity >= least && count > 0)
}

/// Interrupted runs and broken pipes need no process to be tested.
#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::console::ConsoleArgs;
    use super::*;
    use crate::screen::ReportFailure;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        args: ScreenArgs,
        #[command(flatten)]
        _console: ConsoleArgs,
    }

    fn status(words: &[&str], change: impl FnOnce(&mut RunReport)) -> Status {
        let words = ["kx837"].iter().chain(words);
        let only = Only::parse_from(words);
        let mut report = RunReport {
            summary: RunSummary {
                complete: true,
                ..RunSummary::default()
            },
            failures: Vec::new(),
            interrupted: false,
            near: Vec::new(),
        };
        change(&mut report);
        let console = Console::unread();
        let plan = outputs::Plan::new(&only.args).unwrap_or_else(|_| panic!("a plan"));
        judge(&only.args, &report, &Counted::default(), &plan, &console)
    }

    fn fail(report: &mut RunReport, name: &str, kind: io::ErrorKind) {
        let failure = ReportFailure {
            name: name.into(),
            error: kind.into(),
        };
        report.failures.push(failure);
        report.summary.complete = false;
    }

    #[test]
    fn findings_count_from_the_severity_on_that_was_asked_for() {
        let warning = |report: &mut RunReport| report.summary.counts.warnings = 1;
        assert_eq!(status(&["x"], warning), Status::Clean);
        assert_eq!(
            status(&["x", "--fail-on", "warning"], warning),
            Status::Findings
        );
        assert_eq!(
            status(&["x", "--fail-on", "info"], warning),
            Status::Findings
        );
        assert_eq!(status(&["x", "--fail-on", "never"], warning), Status::Clean);
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let gone = |report: &mut RunReport| fail(report, STDOUT, io::ErrorKind::BrokenPipe);
        assert_eq!(status(&["x"], gone), Status::Clean);
        let full = |report: &mut RunReport| fail(report, STDOUT, io::ErrorKind::StorageFull);
        assert_eq!(status(&["x"], full), Status::Incomplete);
        let both = |report: &mut RunReport| {
            gone(report);
            fail(report, "a.csv", io::ErrorKind::BrokenPipe);
        };
        assert_eq!(status(&["x"], both), Status::Incomplete);
    }

    #[test]
    fn an_interrupted_run_says_so_whatever_it_found() {
        let stopped = |report: &mut RunReport| {
            report.interrupted = true;
            report.summary.counts.errors = 1;
        };
        assert_eq!(status(&["x"], stopped), Status::Interrupted);
    }
}
