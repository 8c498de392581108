//! `kx837 bench`

use std::io::{self, IsTerminal, Read, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::bench::{
    self, Bench, BenchError, MOST_BYTES, Measured, Sample, SampleError, Settings, Stage, StageKind,
};
use crate::report::Grouped;
use crate::screen::{Input, OpenReport, SharedBytes};

use super::console::Console;
use super::failure::{Ending, Failure, Status};
use super::notices::NoticeTeller;
use super::policies::{AssumptionArgs, ChoiceArgs, PolicyArgs};
use super::progress::size;
use super::prose::plural;
use super::rules::OutputFormat;
use super::{help, inputs, interrupt, threads};

/// Measure the throughput of every stage on files of your own
///
/// Stages take turns in rounds, and the best round of each counts; by how much the median is above it
/// tells how steady the machine was. Compare ratios rather than bytes
/// per second: machines and their moods differ. Each ratio is of times for equal bytes in the same
/// run, to counting segment terminators (count) and to the stage that a stage builds on (base).
/// Bytes are those of the unpacked files.
///
/// Files are first read once as a whole, to see that they can be, and then held in memory; whole runs
/// read plain files from where they are. No patient data is shown; what cannot be read is told by its
/// place, the claim's number included.
#[derive(Args)]
#[command(before_help = help::BENCH)]
pub struct BenchArgs {
    /// Files, folders, patterns such as '*.837', or - for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Rounds, of which the best counts
    #[arg(long, value_name = "N", default_value = "5")]
    rounds: NonZeroUsize,
    /// Run this stage alone, for a profiler; repeatable
    ///
    /// No other stage runs, so that ratios to others are missing. What a profiler sees beside it is
    /// the loading of packs and the first reading of the files: more rounds make them small.
    #[arg(long, value_name = "NAME", value_parser = stage_names())]
    stage: Vec<String>,
    /// Threads of the stage parallel [default: one for each processor]
    #[arg(short = 'j', long, value_name = "N", env = "KX837_THREADS", value_parser = threads::parse)]
    threads: Option<NonZeroUsize>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    assumptions: AssumptionArgs,
    #[command(flatten)]
    choice: ChoiceArgs,
    /// Map files into memory instead of reading them, as screen --mmap does
    #[arg(long)]
    mmap: bool,
    /// Draw no progress bar
    #[arg(long, help_heading = "Terminal")]
    no_progress: bool,
}

fn stage_names() -> PossibleValuesParser {
    let names = StageKind::all().map(|kind| PossibleValue::new(kind.name()).help(kind.about()));
    PossibleValuesParser::new(names)
}

/// More files than these are told of in one line.
const LISTED: usize = 8;

/// What was measured, for programs.
#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    files: Vec<File<'a>>,
    bytes: u64,
    segments: u64,
    claims: u64,
    lines: u64,
    rounds: usize,
    stages: &'a [Measured],
}

/// A file that was measured.
#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    packed: bool,
    bytes: u64,
    segments: u64,
    claims: u64,
    lines: u64,
}

impl<'a> Document<'a> {
    fn new(sample: &'a Sample, rounds: usize, stages: &'a [Measured]) -> Self {
        let files = sample.files.iter().map(|file| File {
            name: &file.name,
            packed: file.packed,
            bytes: file.counts.bytes,
            segments: file.counts.segments,
            claims: file.counts.claims,
            lines: file.counts.lines,
        });
        let counts = &sample.counts;
        Self {
            version: env!("CARGO_PKG_VERSION"),
            files: files.collect(),
            bytes: counts.bytes,
            segments: counts.segments,
            claims: counts.claims,
            lines: counts.lines,
            rounds,
            stages,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let listed = if self.files.len() > LISTED {
            let packed = self.files.iter().filter(|file| file.packed).count();
            let packed = match packed {
                0 => String::new(),
                count => format!(" ({} packed)", Grouped(count as u64)),
            };
            writeln!(
                out,
                "{} files{packed}: {}, {} segments, {} claims, {} lines",
                Grouped(self.files.len() as u64),
                size(self.bytes as f64),
                Grouped(self.segments),
                Grouped(self.claims),
                Grouped(self.lines),
            )?;
            &[]
        } else {
            &self.files[..]
        };
        for file in listed {
            writeln!(
                out,
                "{}: {}{}, {} segments, {} claims, {} lines",
                file.name,
                size(file.bytes as f64),
                if file.packed { " unpacked" } else { "" },
                Grouped(file.segments),
                Grouped(file.claims),
                Grouped(file.lines),
            )?;
        }
        let threads = self.stages.iter().map(|stage| stage.threads).max();
        let (rounds, threads) = (self.rounds, threads.unwrap_or(1));
        writeln!(
            out,
            "best of {rounds} round{}, and how far above it the median is; {threads} thread{} at most\n",
            plural(rounds as u64),
            plural(threads as u64)
        )?;
        bench::print(self.stages, out)
    }
}

/// Measures files.
pub fn run(args: &BenchArgs, console: &Console) -> Ending {
    let named = inputs::expand(&args.paths, console)?;
    let policies = args
        .policies
        .load_for_claims(&args.choice, &args.assumptions)?;
    let stopped = interrupt::flag()?;
    let inputs: Result<Vec<Input>, Failure> = named.into_iter().map(hold).collect();
    let teller = OpenReport {
        name: "standard error".into(),
        report: Box::new(NoticeTeller::new(console.clone(), false)),
        file: None,
    };
    let sample = match Sample::open(&inputs?, vec![teller], &stopped) {
        Ok(sample) => sample,
        Err(SampleError::Interrupted) => return Ok(interrupted(console)),
        Err(error) => return Err(Failure::new(error.to_string())),
    };

    let threads = args.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        NonZeroUsize::get,
    );
    let settings = Settings {
        as_of: args.choice.as_of,
        threads,
        access: inputs::access(args.mmap),
    };
    let bench = Bench::new(&sample, &policies, settings);
    let mut stages = chosen(&bench, &args.stage)?;
    let rounds = args.rounds.get();
    let bar = progress(stages.len() * rounds, args.no_progress, console);
    let mut watch = |stage: &'static str| {
        bar.inc(1);
        bar.set_message(stage);
        !stopped.load(Ordering::Relaxed)
    };
    let measured = bench::measure(&mut stages, rounds, &mut watch);
    bar.finish_and_clear();
    let rows = match measured {
        Ok(rows) => rows,
        Err(BenchError::Interrupted) => return Ok(interrupted(console)),
        Err(error) => return Err(Failure::new(error.to_string())),
    };

    let document = Document::new(&sample, rounds, &rows);
    let mut out = io::stdout().lock();
    match args.format {
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &document)?;
            writeln!(out)?;
        }
        OutputFormat::Text => document.print(&mut out)?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

fn interrupted(console: &Console) -> Status {
    console.error("interrupted");
    Status::Interrupted
}

/// What can be read but once is read now, and kept as it is.
fn hold(input: Input) -> Result<Input, Failure> {
    let (name, read) = match &input {
        Input::Stdin => ("-".to_owned(), read(io::stdin())),
        Input::File(path) if path.metadata().is_ok_and(|file| !file.is_file()) => {
            let name = path.display().to_string();
            (name, std::fs::File::open(path).and_then(read))
        }
        _ => return Ok(input),
    };
    match read {
        Ok(bytes) => Ok(Input::Memory { name, bytes }),
        Err(error) => Err(Failure::at(name, format_args!("cannot be read: {error}"))),
    }
}

fn read(reader: impl Read) -> io::Result<SharedBytes> {
    let mut bytes = Vec::new();
    reader.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        let error = format!("it has more than {MOST_BYTES} bytes, and is held in memory");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, error));
    }
    Ok(SharedBytes::Owned(Arc::new(bytes)))
}

/// The stages of these names, in their usual order; all without a name.
fn chosen<'a>(bench: &'a Bench<'_>, names: &[String]) -> Result<Vec<Stage<'a>>, Failure> {
    if names.is_empty() {
        return Ok(bench.stages());
    }
    let kinds = StageKind::all().filter(|kind| names.iter().any(|name| name == kind.name()));
    let stages = kinds.map(|kind| {
        bench.stage(kind).ok_or_else(|| {
            Failure::at(
                format_args!("--stage {}", kind.name()),
                "no file is packed (gzip or zstd)",
            )
        })
    });
    stages.collect()
}

fn progress(stages: usize, hidden: bool, console: &Console) -> ProgressBar {
    if hidden || console.quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(stages as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:10} {percent:>3}% {elapsed}, {wide_msg}")
    {
        bar.set_style(style);
    }
    bar
}
