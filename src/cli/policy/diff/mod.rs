//! `kx837 policy diff`

mod change;
mod json;
mod side;
mod text;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::AutoStream;
use clap::Args;

use crate::cli::console::Console;
use crate::cli::failure::{Ending, Failure, Status};
use crate::cli::notices::NoticeTeller;
use crate::cli::rules::OutputFormat;
use crate::cli::{help, inputs, interrupt, threads};
use crate::finding::{ClaimOutcome, RunSummary};
use crate::phi::PatientHasher;
use crate::policy::PolicySet;
use crate::screen::Input;

use change::{Change, Totals, changes};
use side::Side;

/// Screen files under two sets of policies and print what differs
///
/// OLD and NEW are packs: paths, joined by commas; "builtin" stands for the compiled-in policies,
/// "none" for nothing. Each side counts its own therapy totals. Amounts are those of findings.
/// Exit code: 0 when both find the same, 1 when not, 2 when it could not finish.
#[derive(Args)]
#[command(before_help = help::POLICY_DIFF)]
pub struct DiffArgs {
    /// The policies as they were: builtin, none, or packs such as builtin,ours.toml
    old: String,
    /// The policies as they shall be
    new: String,
    /// Files, folders, or patterns such as '*.837'
    #[arg(value_name = "FILE", required = true)]
    paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    /// Worker threads of each side [default: half of the processors]
    #[arg(short = 'j', long, value_name = "N", env = "KX837_THREADS", value_parser = threads::parse)]
    threads: Option<NonZeroUsize>,
}

/// What the changes are told to.
trait Printer {
    /// A claim of a file with its changes, of which there is at least one.
    fn claim(
        &mut self,
        file: &str,
        claim: &ClaimOutcome,
        changes: &[Change<'_>],
    ) -> Result<(), Failure>;

    /// Everything was told.
    fn end(&mut self, totals: &Totals) -> Result<(), Failure>;
}

/// Compares.
pub fn run(args: &DiffArgs, console: &Console) -> Ending {
    let inputs = inputs::expand(&args.paths, console)?;
    if inputs.contains(&Input::Stdin) {
        return Err(Failure::new(
            "standard input can be read only once, and a comparison reads twice",
        ));
    }
    let (old, new) = (load(&args.old)?, load(&args.new)?);
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| Failure::at("no random key", error))?;
    let stop = interrupt::flag()?;
    let start = |set: &Arc<PolicySet>, teller| {
        let threads = args.threads.map_or_else(half, NonZeroUsize::get);
        let hasher = PatientHasher::new(key);
        Side::start(set, hasher, threads, &inputs, &stop, teller)
    };
    let teller = NoticeTeller::new(console.clone(), false);
    let counted = teller.counted.clone();
    let mut old_side = start(&old, None);
    let mut new_side = start(&new, Some(teller));

    let mut out = BufWriter::new(AutoStream::auto(io::stdout()).lock());
    let mut totals = Totals::default();
    let compared = {
        let mut printer: Box<dyn Printer + '_> = match args.format {
            OutputFormat::Text => Box::new(text::Text::new(&mut out)),
            OutputFormat::Json => Box::new(json::Json::new(&mut out)),
        };
        let sides = [(&*old, &mut old_side), (&*new, &mut new_side)];
        compare(sides, &mut totals, printer.as_mut()).and_then(|()| {
            let (old, new) = (old_side.finish()?, new_side.finish()?);
            totals.complete = is_complete(&old, &new) && counted.losses() == 0;
            (totals.old, totals.new) = (old.into(), new.into());
            printer.end(&totals)
        })
    };
    if let Err(failure) = compared {
        // Nobody reads on: both sides may stop.
        stop.store(true, Ordering::Relaxed);
        return Err(failure);
    }
    out.flush()?;
    Ok(ending(&stop, &totals, console))
}

fn ending(stop: &AtomicBool, totals: &Totals, console: &Console) -> Status {
    if stop.load(Ordering::Relaxed) {
        console.error("interrupted");
        Status::Interrupted
    } else if !totals.complete {
        Status::Incomplete
    } else if totals.is_same() {
        Status::Clean
    } else {
        Status::Findings
    }
}

fn is_complete(old: &RunSummary, new: &RunSummary) -> bool {
    old.complete && new.complete
}

fn half() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get().div_ceil(2))
}

/// Reads `builtin`, `none` and paths, joined by commas.
fn load(words: &str) -> Result<Arc<PolicySet>, Failure> {
    let mut is_builtin = false;
    let mut paths = Vec::new();
    for word in words.split(',').map(str::trim) {
        match word {
            "builtin" => is_builtin = true,
            "none" => {}
            "" => return Err(Failure::new(format!("{words:?} names an empty pack"))),
            path => paths.push(PathBuf::from(path)),
        }
    }
    // A slip of the pen such as "bulitin" is a path that does not exist.
    if let Some(path) = paths.iter().find(|path| fs::metadata(path).is_err()) {
        return Err(Failure::at(
            path.display(),
            "there is no such pack; expected a path, builtin or none",
        ));
    }
    Ok(Arc::new(PolicySet::from_files(is_builtin, &paths)?))
}

/// Goes through the claims of both sides in file order. Neither side holds more than a few claims.
fn compare(
    [(old_set, old), (new_set, new)]: [(&PolicySet, &mut Side); 2],
    totals: &mut Totals,
    printer: &mut dyn Printer,
) -> Result<(), Failure> {
    let (mut before, mut after) = (old.next(), new.next());
    loop {
        let first = match (&before, &after) {
            (None, None) => return Ok(()),
            (Some(one), None) | (None, Some(one)) => one.key,
            (Some(one), Some(other)) => one.key.min(other.key),
        };
        let is_first = |found: &side::Found| found.key == first;
        let one = before.take_if(|found| is_first(found));
        let other = after.take_if(|found| is_first(found));
        let changes = changes(
            one.as_ref()
                .map(|found| (old_set.catalogue().as_ref(), &found.claim)),
            other
                .as_ref()
                .map(|found| (new_set.catalogue().as_ref(), &found.claim)),
        );
        if let Some(found) = one
            .as_ref()
            .or(other.as_ref())
            .filter(|_| !changes.is_empty())
        {
            totals.add(&changes);
            printer.claim(&found.file, &found.claim, &changes)?;
        }
        if one.is_some() {
            before = old.next();
        }
        if other.is_some() {
            after = new.next();
        }
    }
}
