//! Totals, and how one patient's came about.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::console::Console;
use crate::cli::failure::{Ending, Failure, Status};
use crate::cli::prose::plural;
use crate::cli::rules::OutputFormat;
use crate::finding::Interval;
use crate::ledger::{Account, Archive, Entry, PatientRecord, Verdict};
use crate::money::Cents;
use crate::phi::PatientHash;
use crate::policy::PolicySet;
use crate::report::{Dollars, Printable};

use super::export::files;
use super::unloaded::Unloaded;

/// Totals of every patient, by year and table.
pub fn all(
    store: &mut dyn Archive,
    policies: &PolicySet,
    within: Option<Cents>,
    format: OutputFormat,
    console: &Console,
) -> Ending {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut rows = Vec::new();
    if format == OutputFormat::Text {
        writeln!(
            out,
            "{:<16}  {:<4}  {:<24} {:>12} {:>12} {:>12}",
            "patient", "year", "account", "at least", "at most", "threshold"
        )?;
    }
    let mut unloaded = Unloaded::default();
    let mut with_sessions = 0;
    for patient in store.patients().map_err(Failure::new)? {
        let record = record(store, patient, policies, &mut unloaded)?;
        with_sessions += u64::from(!record.visits.is_empty());
        let mut accounts: Vec<&Account> = record.accounts.iter().collect();
        accounts.sort_by_key(|account| (account.year, account.bucket));
        for account in accounts {
            let total = account.total();
            let table = policies.threshold(account.bucket);
            let amount = account.amount;
            if within.is_some_and(|within| !account.is_near(within)) {
                continue;
            }
            match format {
                OutputFormat::Text => writeln!(
                    out,
                    "{patient}  {:<4}  {:<24} {:>12} {:>12} {:>12}{}",
                    account.year,
                    table.name,
                    Dollars(total.low),
                    Dollars(total.high),
                    amount.map_or(String::new(), |amount| Dollars(amount).to_string()),
                    verdict(total.interval(), amount),
                )?,
                OutputFormat::Json => rows.push(json!({
                    "patient": patient,
                    "year": account.year,
                    "account": &*table.name,
                    "low": total.low,
                    "high": total.high,
                    "threshold": amount,
                })),
            }
        }
    }
    match format {
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &rows)?;
            writeln!(out)?;
        }
        OutputFormat::Text if with_sessions > 0 && within.is_none() => writeln!(
            out,
            "\nsessions of {with_sessions} patient{} are counted, too: --patient HASH lists them",
            plural(with_sessions)
        )?,
        OutputFormat::Text => {}
    }
    out.flush()?;
    unloaded.warn(&store.place(), console);
    Ok(Status::Clean)
}

fn verdict(total: Interval, amount: Option<Cents>) -> String {
    let verdict = amount.map(|amount| Verdict::of(total, amount));
    let verdict = verdict.filter(|verdict| *verdict != Verdict::NotAbove);
    verdict.map_or(String::new(), |verdict| format!("  {}", verdict.words()))
}

/// Every line that counts for a patient, with the running total and where it passes the amount.
pub fn patient(
    store: &mut dyn Archive,
    patient: PatientHash,
    policies: &PolicySet,
    format: OutputFormat,
    console: &Console,
) -> Ending {
    let files = files(store)?;
    let mut unloaded = Unloaded::default();
    let record = record(store, patient, policies, &mut unloaded)?;
    if record.claims.is_empty() {
        return Err(Failure::new(format!(
            "nothing is known of patient {patient} in this ledger"
        )));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut accounts = Vec::new();
    for account in &record.accounts {
        let table = policies.threshold(account.bucket);
        let amount = account.amount;
        let mut lines = Vec::new();
        let mut before = (Cents::ZERO, Cents::ZERO);
        if format == OutputFormat::Text {
            let of = amount.map_or(String::new(), |amount| format!(" of {}", Dollars(amount)));
            writeln!(out, "{} {}{of}", table.name, account.year)?;
        }
        for entry in &account.entries {
            let claim = &record.claims[entry.claim as usize];
            let crossing = amount.map_or("", |amount| crossing(before, entry, amount));
            before = (entry.after.low, entry.after.high);
            let file = files.get(&claim.order.file_seq).map_or("?", String::as_str);
            let code = entry.code.map_or(String::new(), |code| code.to_string());
            match format {
                OutputFormat::Text => writeln!(
                    out,
                    "  {}  {code:<5} {:>10} to {:>10}  {:<12} -> {:>10} to {:>10}  {} CLM {} line {}{}{crossing}",
                    entry.date,
                    Dollars(entry.low),
                    Dollars(entry.high),
                    entry.basis.as_str(),
                    Dollars(entry.after.low),
                    Dollars(entry.after.high),
                    Printable(file),
                    Printable(&claim.identity.id.display()),
                    entry.line.saturating_add(1),
                    taken(&record, entry),
                )?,
                OutputFormat::Json => lines.push(json!({
                    "file_seq": claim.order.file_seq,
                    "file": file,
                    "offset": claim.order.offset,
                    "claim": claim.identity.id.display(),
                    "line": entry.line.saturating_add(1),
                    "takes_back": entry.takes_back.map(|taken| record.claims[taken as usize].identity.id.display()),
                    "date": entry.date,
                    "code": code,
                    "low": entry.low,
                    "high": entry.high,
                    "basis": entry.basis.as_str(),
                    "total_low": entry.after.low,
                    "total_high": entry.after.high,
                    "crosses": !crossing.is_empty(),
                })),
            }
        }
        accounts.push(json!({
            "account": &*table.name,
            "year": account.year,
            "threshold": amount,
            "lines": lines,
        }));
    }
    let sessions = sessions(&mut out, &record, policies, format)?;
    if format == OutputFormat::Json {
        let all = json!({ "patient": patient, "accounts": accounts, "sessions": sessions });
        serde_json::to_writer_pretty(&mut out, &all)?;
        writeln!(out)?;
    } else if record.accounts.is_empty() && record.visits.is_empty() {
        writeln!(out, "nothing counts under the policies that are loaded")?;
    }
    out.flush()?;
    unloaded.warn(&store.place(), console);
    Ok(Status::Clean)
}

/// Prints the sessions of a patient, or gives them back for JSON.
fn sessions(
    out: &mut dyn Write,
    record: &PatientRecord,
    policies: &PolicySet,
    format: OutputFormat,
) -> io::Result<Vec<Value>> {
    let mut sessions = Vec::new();
    for (policy, visits) in &record.visits {
        let id = &policies.catalogue().policy(*policy).id;
        if format == OutputFormat::Text {
            writeln!(out, "sessions under {id}")?;
        }
        for visit in &visits.entries {
            let claim = &record.claims[visit.claim as usize];
            let name = claim.identity.id.display();
            match format {
                OutputFormat::Text => writeln!(
                    out,
                    "  {}  {:>3}  CLM {} line {}",
                    visit.date,
                    visit.sessions,
                    Printable(&name),
                    visit.line.saturating_add(1)
                )?,
                OutputFormat::Json => sessions.push(json!({
                    "policy": id,
                    "date": visit.date,
                    "sessions": visit.sessions,
                    "claim": name,
                    "line": visit.line.saturating_add(1),
                })),
            }
        }
    }
    Ok(sessions)
}

fn record(
    store: &mut dyn Archive,
    patient: PatientHash,
    policies: &PolicySet,
    unloaded: &mut Unloaded,
) -> Result<PatientRecord, Failure> {
    let rows = store.load(patient).map_err(Failure::new)?;
    unloaded.look(&rows, policies);
    Ok(PatientRecord::of_rows(&rows, policies))
}

fn taken(record: &PatientRecord, entry: &Entry) -> String {
    entry.takes_back.map_or(String::new(), |taken| {
        let id = record.claims[taken as usize].identity.id.display();
        format!(", takes back CLM {}", Printable(&id))
    })
}

/// Where an entry brings the total over the amount.
fn crossing(before: (Cents, Cents), entry: &Entry, amount: Cents) -> &'static str {
    let passes = |before: Cents, after: Cents| before <= amount && after > amount;
    if passes(before.0, entry.after.low) {
        "  <- passes the threshold"
    } else if passes(before.1, entry.after.high) {
        "  <- may pass the threshold"
    } else {
        ""
    }
}
