//! How counted lines stand, from the ledger alone.

use std::io::{self, Write};

use anstream::AutoStream;
use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::failure::{Ending, Failure, Status};
use crate::cli::prose::{heading, paragraph, plural, row, title};
use crate::cli::rules::OutputFormat;
use crate::cli::standing::{Received, StandingPage};
use crate::ledger::{Archive, ClaimStanding, PatientRecord, SessionStanding};
use crate::phi::PatientHash;
use crate::policy::PolicySet;
use crate::report::Printable;

use super::export::files;
use super::unloaded::Unloaded;

/// Which lines are asked about.
pub struct Asked<'a> {
    /// CLM01.
    pub claim: &'a str,
    /// Place of the line in its claim, 1-based; all of them without it.
    pub line: Option<u32>,
    /// Whose, where several patients have the number.
    pub patient: Option<PatientHash>,
}

/// What was received under a number.
#[derive(Serialize)]
struct Explained {
    r#type: &'static str,
    ledger: String,
    patient: PatientHash,
    /// In the order received.
    claims: Vec<ClaimStanding>,
}

/// Explains.
pub fn run(
    store: &mut dyn Archive,
    asked: &Asked<'_>,
    policies: &PolicySet,
    format: OutputFormat,
    console: &Console,
) -> Ending {
    let (explained, unloaded) = look(store, asked, policies)?;
    let mut out = AutoStream::auto(io::stdout()).lock();
    match format {
        OutputFormat::Text => page(&mut out, asked.claim, &explained, &unloaded)?,
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &explained)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    unloaded.warn(&explained.ledger, console);
    Ok(Status::Clean)
}

/// What there is to tell, and what lines of the claim count in that is not known.
fn look(
    store: &mut dyn Archive,
    asked: &Asked<'_>,
    policies: &PolicySet,
) -> Result<(Explained, Unloaded), Failure> {
    let number = asked.claim.as_bytes();
    let ledger = store.place();
    let fail = |message: String| Failure::at(&ledger, message);
    let patients = store.patients_of(number).map_err(Failure::new)?;
    let of_patient = match asked.patient {
        Some(patient) => patients.contains(&patient).then_some(patient),
        None => patients.first().copied(),
    };
    let Some(patient) = of_patient else {
        let whose = asked.patient.filter(|_| !patients.is_empty());
        let of = whose.map_or(String::new(), |patient| format!(" of patient {patient}"));
        let message = format!("no claim{of} has the id {:?} (CLM01)", asked.claim);
        return Err(fail(message));
    };
    if asked.patient.is_none() && patients.len() > 1 {
        let all: Vec<String> = patients.iter().map(ToString::to_string).collect();
        return Err(fail(format!(
            "{} patients have a claim with the id {:?} (CLM01); --patient says which one is meant: {}",
            patients.len(),
            asked.claim,
            all.join(", ")
        )));
    }
    let rows = store.load(patient).map_err(Failure::new)?;
    let mut unloaded = Unloaded::default();
    let called = rows.iter();
    let called = called.filter(|row| row.identity.id.as_bytes() == number);
    unloaded.look(called, policies);
    let record = PatientRecord::of_rows(&rows, policies);
    let files = files(store)?;
    let names = |seq: u32| files.get(&seq).cloned().unwrap_or_default();
    let line = asked.line.map(|line| line.saturating_sub(1));
    let standing = |number| record.standing(number, line, policies, &names);
    let mut claims: Vec<ClaimStanding> = record.called(number).map(standing).collect();
    if let Some(line) = asked.line {
        claims.retain(|claim| !claim.lines.is_empty() || !claim.sessions.is_empty());
        if claims.is_empty() {
            let under = if unloaded.is_empty() {
                ""
            } else {
                " under the policies that are loaded"
            };
            let message = format!(
                "no line {line} of a claim with the id {:?} was counted{under}",
                asked.claim
            );
            return Err(fail(message));
        }
    }
    let explained = Explained {
        r#type: "counted-claim",
        ledger,
        patient,
        claims,
    };
    Ok((explained, unloaded))
}

fn page(
    out: &mut dyn Write,
    number: &str,
    explained: &Explained,
    unloaded: &Unloaded,
) -> io::Result<()> {
    let (patient, ledger) = (explained.patient, &explained.ledger);
    let number = Printable(number);
    title(
        out,
        &format!("Claim {number} of patient {patient} in {ledger}"),
    )?;
    let mut standings = StandingPage::default();
    for one in &explained.claims {
        claim(out, one, unloaded, &mut standings)?;
    }
    writeln!(out)?;
    paragraph(
        out,
        "A ledger keeps no modifiers: whether a line carries KX, and what is found on it, kx837 \
         explain FILE --ledger tells.",
    )
}

fn claim(
    out: &mut dyn Write,
    claim: &ClaimStanding,
    unloaded: &Unloaded,
    standings: &mut StandingPage,
) -> io::Result<()> {
    let received = &claim.received;
    writeln!(out)?;
    row(out, "received", &Received(received).to_string())?;
    if let Some(other) = &claim.takes_back {
        row(out, "takes back", &Received(other).to_string())?;
    }
    if let Some(other) = &claim.superseded_by {
        let text = format!(
            "{} stands in its place and was received before it: it counts nothing",
            Received(other)
        );
        row(out, "superseded", &text)?;
    }
    if let Some(other) = &claim.taken_back_by {
        row(out, "taken back", &format!("by {}", Received(other)))?;
    }
    if claim.lines.is_empty() && claim.sessions.is_empty() {
        let none = if unloaded.is_empty() {
            "none"
        } else {
            "none under the policies that are loaded"
        };
        row(out, "counted lines", none)?;
    }
    let mut last = None;
    for standing in &claim.lines {
        let line = &standing.line;
        if last.replace(line.line) != Some(line.line) && line.frequency != "balance" {
            let code = line.code.map_or(String::new(), |code| format!(" {code}"));
            heading(
                out,
                &format!("---- Line {}:{code} on {} ----", line.line, line.date),
            )?;
        }
        standings.standing(out, standing)?;
    }
    if !claim.sessions.is_empty() {
        heading(out, "Sessions")?;
    }
    for one in &claim.sessions {
        row(out, &format!("line {}", one.line), &sessions(one))?;
    }
    Ok(())
}

fn sessions(one: &SessionStanding) -> String {
    let SessionStanding {
        policy,
        date,
        sessions,
        ..
    } = one;
    let plural = plural(sessions.unsigned_abs());
    let stands = match (one.beyond_as_number, one.beyond_by_days) {
        (Some(number), _) => format!("number {number}, beyond those that need no modifier"),
        (_, Some(days)) => format!("{days} days after the first: too late to need no modifier"),
        _ => "among those that need no modifier".to_owned(),
    };
    let since = one.taken_back_by.as_ref();
    let since = since.map_or(String::new(), |other| {
        format!("; taken back by {}", Received(other))
    });
    format!("{sessions} session{plural} under {policy} on {date}: {stands}{since}")
}
