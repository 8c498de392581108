//! `kx837 lines`

use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use crate::report::AtomicFile;
use crate::screen::{LineExtractor, PIECE_SIZE};

use super::console::Console;
use super::failure::{Ending, Failure, Status};
use super::key::KeyArgs;
use super::notices::NoticeTeller;
use super::progress::Meter;
use super::{help, inputs, interrupt, threads};

/// Write every service line as a JSON object, one on each line
///
/// Each line is an object with these fields, in this order. Values are text as it was sent,
/// without the blanks around it; what was not sent is empty. Units that are no number are empty,
/// too: where segment terminators are lost, names stand there.
///
///   isa13, gs06, st02   control numbers of the envelopes
///   kind                P, I or D: an SV1, SV2 or SV3
///   clm01, clm02        the claim's identifier and charge
///   billing_npi         2010AA NM109; hashed unless NM108 is XX
///   member_id           2010BA NM109, hashed
///   patient_id          2010CA NM109, hashed
///   patient_last        NM103 of the patient (2010CA, else 2010BA), hashed
///   payer_id            2010BB NM109
///   filing_indicator    2000B SBR09
///   pos_or_tob          CLM05-1: place of service or type of bill
///   frequency           CLM05-3
///   line_number         LX01
///   revenue_code        SV201
///   qualifier, code     SV101-1 and -2 (SV202, SV301)
///   modifiers           list, in their order
///   charge, units       of the line
///   date_from, date_to  DTP*472 of the line, CCYYMMDD
///   diagnoses           list: the claim's codes that the line points to, in pointer order
///   line_control        REF*6R
///
/// The hashed fields are keyed hashes: equal people have equal hashes on one machine. With
/// --show-patient they are as sent, and the output carries protected health information (PHI).
#[derive(Args)]
#[command(before_help = help::LINES, verbatim_doc_comment)]
#[allow(clippy::doc_markdown, reason = "help text")]
pub struct LinesArgs {
    /// Files, folders, patterns such as '*.837', or - for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Write to this file, which appears when it is whole, or device [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    options: LineOptions,
}

/// Options that `inspect --lines` shares.
#[derive(Args)]
pub struct LineOptions {
    /// Show identities instead of hashes: the output then carries PHI
    #[arg(long, help_heading = "Patients")]
    show_patient: bool,
    #[command(flatten)]
    key: KeyArgs,
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
    /// Draw no progress bar
    #[arg(long, help_heading = "Terminal")]
    pub no_progress: bool,
}

/// Extracts lines.
pub fn run(args: &LinesArgs, console: &Console) -> Ending {
    extract(&args.paths, args.output.as_deref(), &args.options, console)
}

/// Extracts the lines of `paths` to `output` or standard output.
pub fn extract(
    paths: &[PathBuf],
    output: Option<&Path>,
    options: &LineOptions,
    console: &Console,
) -> Ending {
    let inputs = inputs::expand(paths, console)?;
    if let Some(path) = output {
        inputs::spare(path, &inputs)?;
        if let Some(key) = options.key.path() {
            inputs::keep(path, &key, "the key of patient hashes")?;
        }
    }
    let hasher = options.key.hasher(console)?;
    let stopped = interrupt::flag()?;
    let mut extractor = LineExtractor::new(hasher)
        .show_patient(options.show_patient)
        .piece_size(options.piece_size)
        .access(inputs::access(options.mmap))
        .interrupt(Arc::clone(&stopped));
    if let Some(threads) = options.threads {
        extractor = extractor.threads(threads.get());
    }
    let meter = Meter::new(&inputs, options.no_progress, console);
    let console = meter.console(console);
    let teller = NoticeTeller::new(console.clone(), true);
    let extract = |out: &mut dyn Write| -> io::Result<bool> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let mut tell = |file: &str, notice: &_| teller.tell(file, notice);
        let summary = extractor.run(&inputs, &mut out, &mut tell, &meter)?;
        out.flush()?;
        Ok(summary.complete)
    };

    let result = match output.filter(|path| path.as_os_str() != "-") {
        None => extract(&mut console.stdout(Some(Arc::clone(&stopped)))).map_err(Failure::from),
        Some(path) => to_file(path, extract, &stopped),
    };
    meter.finish();
    let complete = result?;
    if stopped.load(Ordering::Relaxed) {
        console.error("interrupted");
        return Ok(Status::Interrupted);
    }
    Ok(if complete && teller.counted.losses() == 0 {
        Status::Clean
    } else {
        Status::Incomplete
    })
}

/// An interrupted run leaves no file behind, as the lines alone do not tell that some are
/// missing. Devices and pipes are written as they are.
fn to_file(
    path: &Path,
    extract: impl FnOnce(&mut dyn Write) -> io::Result<bool>,
    stopped: &AtomicBool,
) -> Result<bool, Failure> {
    let named = |error: io::Error| Failure::new(error.to_string());
    if let Some(mut stream) = inputs::stream(path).map_err(Failure::new)? {
        return extract(&mut stream).map_err(|error| Failure::at(path.display(), error));
    }
    let file = AtomicFile::create(path).map_err(named)?;
    let complete = extract(&mut file.writer().map_err(named)?)
        .map_err(|error| Failure::at(path.display(), error))?;
    if !stopped.load(Ordering::Relaxed) {
        file.commit().map_err(named)?;
    }
    Ok(complete)
}
