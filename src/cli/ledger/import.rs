//! What payers decided, taken over from 835s.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::cli::console::Console;
use crate::cli::failure::{Ending, Failure, Status};
use crate::ledger::{
    Addition, Archive, LedgerPlace, OrderKey, PATIENCE, PatientRecord, Purpose, Remitted,
};
use crate::phi::{PatientHash, PatientHasher};
use crate::policy::PolicySet;
use crate::remittance::{RemittedClaim, read};
use crate::x12::{self, sniff};

use super::balances;

/// What became of the claims of a file.
#[derive(Default)]
struct Counts {
    claims: u64,
    lines: u64,
    repeated: u64,
    unknown: u64,
    skipped: u64,
}

/// Takes over what 835s say about claims that the ledger knows.
pub fn remittances(
    ledger: &LedgerPlace,
    files: &[PathBuf],
    hasher: &PatientHasher,
    policies: &PolicySet,
    console: &Console,
) -> Ending {
    if !ledger.exists() {
        return Err(Failure::at(ledger, "there is no such ledger"));
    }
    // Every file is read before one is taken over: all or nothing.
    let mut read_files = Vec::new();
    let mut is_whole = true;
    for path in files {
        match content_of(path, policies) {
            Ok(content) => read_files.push((path, content)),
            Err(error) => {
                console.error(format_args!("{}: {error}", path.display()));
                is_whole = false;
            }
        }
    }
    if !is_whole {
        return Ok(Status::Incomplete);
    }
    let mut store = ledger
        .open(hasher, Purpose::Add, PATIENCE)
        .map_err(Failure::new)?;
    let store = store.as_mut();
    store.index_numbers().map_err(Failure::new)?;
    let mut out = io::stdout().lock();
    for (path, content) in read_files {
        let seq = store.next_file();
        let name = path.display().to_string();
        store.begin_file(seq, &name).map_err(Failure::new)?;
        let claims = match content {
            Content::Claims(claims) => claims,
            Content::Balances(entries) => {
                let (entered, known) = balances::enter(store, seq, &entries, hasher, policies)?;
                writeln!(
                    out,
                    "{name}: {entered} balances entered, {known} known already"
                )?;
                continue;
            }
        };
        let mut counts = Counts::default();
        let mut records = HashMap::new();
        for claim in &claims {
            take_over(
                store,
                seq,
                claim,
                hasher,
                policies,
                &mut records,
                &mut counts,
            )?;
        }
        writeln!(
            out,
            "{name}: {} claims taken over with {} lines, {} known already, {} not in the ledger, {} left out (reversals, claims without lines or with damaged amounts, numbers of several patients)",
            counts.claims, counts.lines, counts.repeated, counts.unknown, counts.skipped
        )?;
    }
    store.commit().map_err(Failure::new)?;
    out.flush()?;
    Ok(Status::Clean)
}

enum Content {
    Claims(Vec<RemittedClaim>),
    Balances(Vec<balances::Entered>),
}

/// What a file has to say: X12 is told by its beginning, everything else is read as CSV.
fn content_of(path: &std::path::Path, policies: &PolicySet) -> Result<Content, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    match sniff(&bytes) {
        x12::Content::X12 { .. } | x12::Content::X12AfterText { .. } => read(&bytes)
            .map(Content::Claims)
            .map_err(|error| error.to_string()),
        _ => balances::read(path, policies).map(Content::Balances),
    }
}

fn take_over(
    store: &mut dyn Archive,
    seq: u32,
    claim: &RemittedClaim,
    hasher: &PatientHasher,
    policies: &PolicySet,
    records: &mut HashMap<PatientHash, PatientRecord>,
    counts: &mut Counts,
) -> Result<(), Failure> {
    // A reversal is followed by what takes its place; without lines nothing is decided on any.
    if claim.is_reversal() || claim.is_damaged || claim.lines.is_empty() {
        counts.skipped += 1;
        return Ok(());
    }
    let patients = store
        .patients_of(claim.id.as_bytes())
        .map_err(Failure::new)?;
    // One number for two patients: which one is meant cannot be told without reading who it is.
    let [patient] = patients[..] else {
        counts.unknown += u64::from(patients.is_empty());
        counts.skipped += u64::from(!patients.is_empty());
        return Ok(());
    };
    let record = match records.entry(patient) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(vacant) => {
            let rows = store.load(patient).map_err(Failure::new)?;
            vacant.insert(PatientRecord::of_rows(&rows, policies))
        }
    };
    let order = OrderKey {
        file_seq: seq,
        offset: claim.offset,
    };
    match record.remit(order, claim, content(claim, hasher), policies) {
        Remitted::Applied(lines) => {
            counts.claims += 1;
            counts.lines += u64::from(lines);
            if let Some(row) = record.last_row(policies) {
                store
                    .append(vec![Addition::Claim(patient, row)])
                    .map_err(Failure::new)?;
            }
        }
        Remitted::Repeated => counts.repeated += 1,
        Remitted::Unknown => counts.unknown += 1,
    }
    Ok(())
}

/// Tells decisions on one claim apart.
fn content(claim: &RemittedClaim, hasher: &PatientHasher) -> u64 {
    let mut said = Vec::new();
    for line in &claim.lines {
        let code = line.code.map_or(String::new(), |code| code.to_string());
        let date = line.date.map_or(String::new(), |date| date.to_string());
        said.extend_from_slice(format!("{code} {date} {} ", line.allowed).as_bytes());
    }
    hasher
        .hash(&[
            b"remittance",
            claim.status.as_bytes(),
            claim.payer_number.as_bytes(),
            &said,
        ])
        .0
}
