//! `kx837 ledger`

mod balances;
mod explain;
mod export;
mod import;
mod show;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::ledger::sqlite::{PATIENCE, Purpose, SqliteStore};
use crate::ledger::{PatientRecord, Store};
use crate::money::Cents;
use crate::phi::{PatientHash, PatientHasher};
use crate::policy::PolicySet;
use crate::screen::Kept;

use super::clock;
use super::console::Console;
use super::failure::{Ending, Failure, Status};
use super::help;
use super::key::KeyArgs;
use super::policies::PolicyArgs;
use super::rules::OutputFormat;

use export::ExportFormat;

/// Show, explain, export, check and prune what was counted across runs
#[derive(Args)]
#[command(before_help = help::LEDGER, arg_required_else_help = true)]
pub struct LedgerCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show totals of all patients, or how those of one came about
    #[command(before_help = help::LEDGER_SHOW)]
    Show {
        /// The ledger
        ledger: PathBuf,
        /// One patient, by the hash that reports show
        #[arg(long, value_name = "HASH", value_parser = parse_hash)]
        patient: Option<PatientHash>,
        /// Only accounts that so many dollars more would bring above their threshold
        #[arg(long, value_name = "DOLLARS", conflicts_with = "patient")]
        within: Option<u32>,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: OutputFormat,
        #[command(flatten)]
        policies: PolicyArgs,
    },
    /// Explain where the counted lines of a claim stand: what filled their accounts, which line passed the
    /// amount, and whether another order or basis would change that
    #[command(before_help = help::LEDGER_EXPLAIN)]
    Explain {
        /// The ledger
        ledger: PathBuf,
        /// The claim with this id (CLM01)
        #[arg(long, value_name = "ID")]
        claim: String,
        /// The line at this place in the claim, counted from 1 [default: all lines that count]
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
        line: Option<u32>,
        /// Whose claim, by the hash that reports show; needed when several patients have the id
        #[arg(long, value_name = "HASH", value_parser = parse_hash)]
        patient: Option<PatientHash>,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: OutputFormat,
        #[command(flatten)]
        policies: PolicyArgs,
    },
    /// Take over what payers decided (835), and balances from their portals (CSV)
    ///
    /// Allowed amounts take the place of estimates. A balance is what all providers used by a day: what was
    /// counted up to it is taken to be in it. The first line of the CSV names the columns:
    /// `member_id,account,amount,as_of`, with accounts such as therapy-pt-slp and therapy-ot.
    #[command(before_help = help::LEDGER_IMPORT)]
    Import {
        /// The ledger
        ledger: PathBuf,
        /// Remittance advices (835) and balances (CSV)
        #[arg(value_name = "FILE", required = true)]
        remittances: Vec<PathBuf>,
        #[command(flatten)]
        key: KeyArgs,
        #[command(flatten)]
        policies: PolicyArgs,
    },
    /// Write every counted line
    #[command(before_help = help::LEDGER_EXPORT)]
    Export {
        /// The ledger
        ledger: PathBuf,
        /// How to write
        #[arg(long, value_enum, default_value = "csv")]
        format: ExportFormat,
    },
    /// Check that the file is sound and that what it holds adds up
    #[command(before_help = help::LEDGER_VERIFY)]
    Verify {
        /// The ledger
        ledger: PathBuf,
        #[command(flatten)]
        policies: PolicyArgs,
    },
    /// Forget amounts of years that are over; sessions stay
    #[command(before_help = help::LEDGER_PRUNE)]
    Prune {
        /// The ledger
        ledger: PathBuf,
        /// Forget dates of service before this calendar year
        #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i16).range(2000..=9999))]
        before: i16,
    },
}

fn parse_hash(text: &str) -> Result<PatientHash, String> {
    let digits = text.trim();
    if digits.len() == 16
        && let Ok(hash) = u64::from_str_radix(digits, 16)
    {
        return Ok(PatientHash(hash));
    }
    Err("expected the 16 hexadecimal digits of a patient's hash in a report".to_owned())
}

/// Runs the subcommand.
pub fn run(command: &LedgerCommand, console: &Console) -> Ending {
    match &command.action {
        Action::Show {
            ledger,
            patient,
            within,
            format,
            policies,
        } => {
            let set = policies.load()?;
            let mut store = open(ledger)?;
            if let Some(patient) = patient {
                return show::patient(&mut store, *patient, &set, *format);
            }
            let within = within.map(|dollars| Cents::from_dollars(dollars.into()));
            show::all(&mut store, &set, within, *format)
        }
        Action::Explain {
            ledger,
            claim,
            line,
            patient,
            format,
            policies,
        } => {
            let asked = explain::Asked {
                claim,
                line: *line,
                patient: *patient,
            };
            let set = policies.load()?;
            explain::run(&mut open(ledger)?, ledger, &asked, &set, *format)
        }
        Action::Import {
            ledger,
            remittances,
            key,
            policies,
        } => {
            let hasher = key.lasting_hasher(console)?;
            import::remittances(
                ledger,
                remittances,
                &hasher,
                policies.load()?.as_ref(),
                console,
            )
        }
        Action::Export { ledger, format } => export::write(&mut open(ledger)?, *format),
        Action::Verify { ledger, policies } => verify(ledger, policies.load()?.as_ref()),
        Action::Prune { ledger, before } => prune(ledger, *before),
    }
}

/// A ledger to judge by, to which nothing is added.
pub fn judged_by(path: &Path, hasher: &PatientHasher) -> Result<Kept, Failure> {
    let store = SqliteStore::open(path, hasher, Purpose::Read, PATIENCE).map_err(Failure::new)?;
    Ok(Kept {
        store: Box::new(store),
        dry_run: true,
    })
}

fn open(path: &Path) -> Result<SqliteStore, Failure> {
    if !path.exists() {
        return Err(Failure::at(path.display(), "there is no such ledger"));
    }
    SqliteStore::open_any(path).map_err(Failure::new)
}

/// Reads everything, and compares what is kept with what it comes to when it is counted again.
fn verify(path: &Path, policies: &PolicySet) -> Ending {
    let mut store = open(path)?;
    let mut faults = store.faults().map_err(Failure::new)?;
    let patients = store.patients().map_err(Failure::new)?;
    let mut lines = 0;
    for patient in &patients {
        let rows = store.load(*patient).map_err(Failure::new)?;
        lines += rows.iter().map(|row| row.entries.len()).sum::<usize>();
        let again = PatientRecord::of_rows(&rows, policies).rows(policies);
        if again != rows {
            faults.push(format!(
                "patient {patient}: what is kept does not come out when it is counted again"
            ));
        }
    }
    let mut out = io::stdout().lock();
    for fault in &faults {
        writeln!(out, "{}: {fault}", path.display())?;
    }
    if faults.is_empty() {
        writeln!(
            out,
            "{}: ok: {} patients, {lines} counted lines",
            path.display(),
            patients.len()
        )?;
    }
    out.flush()?;
    Ok(if faults.is_empty() {
        Status::Clean
    } else {
        Status::Findings
    })
}

fn prune(path: &Path, before: i16) -> Ending {
    if !path.exists() {
        return Err(Failure::at(path.display(), "there is no such ledger"));
    }
    let this_year = clock::today()?.year();
    if before > this_year {
        return Err(Failure::new(format!(
            "--before {before}: amounts of {this_year} still count; the latest is {this_year}"
        )));
    }
    let mut store = SqliteStore::open_to_change(path).map_err(Failure::new)?;
    let lines = store.prune(before).map_err(Failure::new)?;
    store.commit().map_err(Failure::new)?;
    store.shred().map_err(Failure::new)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{}: forgot {lines} lines of dates before {before}",
        path.display()
    )?;
    out.flush()?;
    Ok(Status::Clean)
}
