//! `kx837 inspect`

mod survey;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::phi::PatientHasher;
use crate::policy::PolicySet;
use crate::report::RunInfo;
use crate::screen::{OpenReport, Outputs, Screener};

use survey::{Survey, Surveyor};

use super::console::Console;
use super::failure::{Ending, Failure, Status};
use super::lines::{self, LineOptions};
use super::notices::NoticeTeller;
use super::progress::Meter;
use super::rules::OutputFormat;
use super::{clock, help, inputs, interrupt};

/// Show envelopes and counts of files, without patient data
#[derive(Args)]
#[command(before_help = help::INSPECT)]
pub struct InspectArgs {
    /// Files, folders, patterns such as '*.837', or - for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Write the service lines instead, as kx837 lines does
    #[arg(long)]
    lines: bool,
    /// How to print envelopes
    #[arg(long, value_enum, default_value = "text", conflicts_with = "lines")]
    format: OutputFormat,
    #[command(flatten)]
    options: LineOptions,
}

/// Inspects files.
pub fn run(args: &InspectArgs, console: &Console) -> Ending {
    if args.lines {
        return lines::extract(&args.paths, None, &args.options, console);
    }
    let inputs = inputs::expand(&args.paths, console)?;
    let policies = Arc::new(PolicySet::new(false, Vec::new())?);
    let run = RunInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: clock::now()?,
        catalogue: Arc::clone(policies.catalogue()),
        ..RunInfo::default()
    };
    let meter = Meter::new(&inputs, args.options.no_progress, console);
    let console = meter.console(console);
    let teller = NoticeTeller::new(console.clone(), false);
    let counted = teller.counted.clone();
    let survey = Arc::new(Mutex::new(Survey::default()));
    let open = |name: &str, report| OpenReport {
        name: name.into(),
        report,
        file: None,
    };
    let outputs = Outputs {
        run: vec![
            open("standard error", Box::new(teller)),
            open("survey", Box::new(Surveyor::new(Arc::clone(&survey)))),
        ],
        per_file: None,
        ..Outputs::default()
    };
    // Hashes of patients are not printed, so that any key will do.
    let mut screener = Screener::new(policies, PatientHasher::new([0; 32]))
        .piece_size(args.options.piece_size)
        .access(inputs::access(args.options.mmap))
        .interrupt(interrupt::flag()?);
    if let Some(threads) = args.options.threads {
        screener = screener.threads(threads.get());
    }
    let report = screener.run(&inputs, outputs, &run, &meter);
    meter.finish();

    let survey = survey.lock().unwrap_or_else(PoisonError::into_inner);
    let mut out = io::stdout().lock();
    match args.format {
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &*survey)?;
            writeln!(out)?;
        }
        OutputFormat::Text => survey.print(&mut out)?,
    }
    out.flush()?;
    if report.interrupted {
        return Ok(Status::Interrupted);
    }
    if let Some(failure) = report.failures.first() {
        return Err(Failure::at(&failure.name, &failure.error));
    }
    Ok(if report.summary.complete && counted.losses() == 0 {
        Status::Clean
    } else {
        Status::Incomplete
    })
}
