//! `kx837 ledger`

mod balances;
mod content;
mod explain;
mod export;
mod import;
mod reconcile;
mod show;
mod unloaded;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::ledger::{Archive, LedgerPlace, PATIENCE, PatientRecord, Purpose};
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
use unloaded::Unloaded;

/// Show, explain, export, check and prune what was kept across runs, and compare it with payers' decisions
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
        #[arg(value_parser = ledger_place())]
        ledger: LedgerPlace,
        /// One patient, by the hash that reports show
        #[arg(long, alias = "patient-hash", value_name = "HASH", value_parser = parse_hash)]
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
        #[arg(value_parser = ledger_place())]
        ledger: LedgerPlace,
        /// The claim with this id (CLM01)
        #[arg(long, value_name = "ID")]
        claim: String,
        /// The line at this place in the claim, counted from 1 [default: all lines that count]
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
        line: Option<u32>,
        /// Whose claim, by the hash that reports show; needed when several patients have the id
        #[arg(long, alias = "patient-hash", value_name = "HASH", value_parser = parse_hash)]
        patient: Option<PatientHash>,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: OutputFormat,
        #[command(flatten)]
        policies: PolicyArgs,
    },
    /// Take over what payers decided (835), and what they say was used (271, CSV)
    ///
    /// Allowed amounts (835) take the place of estimates; after a reversal a claim counts nothing until it is
    /// decided on again. A balance is what all providers used by a day: what was counted on dates of service
    /// up to it is taken to be in it. Balances come from Medicare's eligibility responses (271: amounts of
    /// physical with speech therapy and of occupational therapy, used or remaining; the day is that of the
    /// response, or the last of a year that was over), or from a CSV whose first line names the columns:
    /// `member_id,account,amount,as_of`, with accounts of Medicare's such as therapy-pt-slp and therapy-ot. Files
    /// are taken over in the order of the newest day that they tell of, all or none; gzip and zstd are unpacked.
    /// Exit code: 0 when everything was taken over, and 2 when not: when a file cannot be read nothing is taken
    /// over, when amounts of a claim are no numbers, all but that claim.
    #[command(before_help = help::LEDGER_IMPORT)]
    Import {
        /// The ledger
        #[arg(value_parser = ledger_place())]
        ledger: LedgerPlace,
        /// Remittance advices (835), eligibility responses (271) and balances (CSV): files, folders, patterns, or - for
        /// standard input
        #[arg(value_name = "FILE", required = true)]
        inputs: Vec<PathBuf>,
        #[command(flatten)]
        key: KeyArgs,
        #[command(flatten)]
        policies: PolicyArgs,
    },
    /// Compare what was found on claims with what payers decided on them (835)
    ///
    /// Tells for every rule and policy how many of its findings were borne out: denied for a reason that the
    /// finding is about, denied for another reason, paid, or not decided on; and which lines were denied
    /// for such a reason without a finding. It needs a ledger that was screened into, and changes nothing in it.
    /// Of a claim that was decided on or screened several times the latest counts. Exit code: 0 when everything
    /// was compared, whatever came of it, and 2 when not.
    #[command(before_help = help::LEDGER_RECONCILE)]
    Reconcile {
        /// The ledger
        #[arg(value_parser = ledger_place())]
        ledger: LedgerPlace,
        /// Remittance advices (835): files, folders, patterns, or - for standard input
        #[arg(value_name = "FILE", required = true)]
        inputs: Vec<PathBuf>,
        /// List the single lines where both parted (JSON always does)
        #[arg(long)]
        details: bool,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: OutputFormat,
        #[command(flatten)]
        policies: PolicyArgs,
    },
    /// Write every counted line
    #[command(before_help = help::LEDGER_EXPORT)]
    Export {
        /// The ledger
        #[arg(value_parser = ledger_place())]
        ledger: LedgerPlace,
        /// How to write
        #[arg(long, value_enum, default_value = "csv")]
        format: ExportFormat,
    },
    /// Check that the file is sound and that what it holds adds up
    #[command(before_help = help::LEDGER_VERIFY)]
    Verify {
        /// The ledger
        #[arg(value_parser = ledger_place())]
        ledger: LedgerPlace,
        #[command(flatten)]
        policies: PolicyArgs,
    },
    /// Forget amounts of years that are over; sessions stay
    #[command(before_help = help::LEDGER_PRUNE)]
    Prune {
        /// The ledger
        #[arg(value_parser = ledger_place())]
        ledger: LedgerPlace,
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
                return show::patient(store.as_mut(), *patient, &set, *format, console);
            }
            let within = within.map(|dollars| Cents::from_dollars(dollars.into()));
            show::all(store.as_mut(), &set, within, *format, console)
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
            explain::run(open(ledger)?.as_mut(), &asked, &set, *format, console)
        }
        Action::Import {
            ledger,
            inputs,
            key,
            policies,
        } => {
            let hasher = key.lasting_hasher(ledger, console)?;
            import::files(ledger, inputs, &hasher, policies.load()?.as_ref(), console)
        }
        Action::Reconcile {
            ledger,
            inputs,
            details,
            format,
            policies,
        } => {
            let set = policies.load()?;
            let details = *details || *format == OutputFormat::Json;
            let compared = reconcile::Asked {
                inputs,
                details,
                format: *format,
            };
            compared.run(open(ledger)?.as_mut(), &set, console)
        }
        Action::Export { ledger, format } => export::write(open(ledger)?.as_mut(), *format),
        Action::Verify { ledger, policies } => verify(ledger, policies.load()?.as_ref()),
        Action::Prune { ledger, before } => prune(ledger, *before),
    }
}

/// Reads where a ledger is.
pub fn ledger_place() -> impl TypedValueParser<Value = LedgerPlace> {
    OsStringValueParser::new().map(|named| LedgerPlace::new(&named))
}

/// A ledger to judge by, to which nothing is added.
pub fn judged_by(ledger: &LedgerPlace, hasher: &PatientHasher) -> Result<Kept, Failure> {
    let store = ledger
        .open(hasher, Purpose::Read, PATIENCE)
        .map_err(Failure::new)?;
    Ok(Kept {
        store,
        dry_run: true,
    })
}

fn open(ledger: &LedgerPlace) -> Result<Box<dyn Archive>, Failure> {
    ledger
        .open_any(Purpose::Read, PATIENCE)
        .map_err(Failure::new)
}

/// Reads everything, and compares what is kept with what it comes to when it is counted again.
fn verify(ledger: &LedgerPlace, policies: &PolicySet) -> Ending {
    let mut store = open(ledger)?;
    let mut faults = store.faults().map_err(Failure::new)?;
    let patients = store.patients().map_err(Failure::new)?;
    let mut lines = 0;
    let mut unloaded = Unloaded::default();
    for patient in &patients {
        let mut rows = store.load(*patient).map_err(Failure::new)?;
        lines += rows.iter().map(|row| row.entries.len()).sum::<usize>();
        for row in &mut rows {
            row.entries.retain(|entry| unloaded.knows(entry, policies));
        }
        let again = PatientRecord::of_rows(&rows, policies).rows(policies);
        if again != rows {
            faults.push(format!(
                "patient {patient}: what is kept does not come out when it is counted again"
            ));
        }
    }
    for sentence in unloaded.sentences() {
        faults.push(format!("{sentence}: name the pack to have them checked"));
    }
    // Findings need only be readable.
    store.each_at_risk(&mut |_| {}).map_err(Failure::new)?;
    let mut out = io::stdout().lock();
    for fault in &faults {
        writeln!(out, "{ledger}: {fault}")?;
    }
    if faults.is_empty() {
        writeln!(
            out,
            "{ledger}: ok: {} patients, {lines} counted lines",
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

fn prune(ledger: &LedgerPlace, before: i16) -> Ending {
    let this_year = clock::today()?.year();
    if before > this_year {
        return Err(Failure::new(format!(
            "--before {before}: amounts of {this_year} still count; the latest is {this_year}"
        )));
    }
    let mut store = ledger
        .open_any(Purpose::Add, PATIENCE)
        .map_err(Failure::new)?;
    let lines = store.prune(before).map_err(Failure::new)?;
    store.commit().map_err(Failure::new)?;
    store.shred().map_err(Failure::new)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{ledger}: forgot {lines} lines of dates before {before}"
    )?;
    out.flush()?;
    Ok(Status::Clean)
}
