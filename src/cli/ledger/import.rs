//! What payers decided (835), and what they say was used (271, CSV), taken over.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::cli::clock;
use crate::cli::console::Console;
use crate::cli::failure::{Ending, Failure, Status};
use crate::cli::inputs;
use crate::cli::prose::plural;
use crate::ledger::{
    Addition, Archive, Balance, Entered, LedgerPlace, OrderKey, PATIENCE, PatientRecord, Purpose,
    Remitted,
};
use crate::phi::{PatientHash, PatientHasher};
use crate::policy::PolicySet;
use crate::remittance::RemittedClaim;
use crate::screen::medicare_patient;

use super::balances::Opening;
use super::content::{Answers, Content, Item};

/// Of a file, so many left out are told one by one.
const TOLD: usize = 10;

/// Takes over what files say: all of them or nothing.
pub fn files(
    ledger: &LedgerPlace,
    paths: &[PathBuf],
    hasher: &PatientHasher,
    policies: &PolicySet,
    console: &Console,
) -> Ending {
    let today = clock::today()?;
    let mut contents = Vec::new();
    let mut is_whole = true;
    for input in inputs::expand(paths, console)? {
        let name = input.name();
        match Content::read(&input, policies, today) {
            Ok(content) => contents.push((name, content)),
            Err(error) => {
                console.error(format_args!("{name}: {error}"));
                is_whole = false;
            }
        }
    }
    if !is_whole {
        return Ok(Status::Incomplete);
    }
    // Of two decisions on a claim the one that is taken over last counts.
    contents.sort_by_key(|(_, content)| content.date());
    if !ledger.exists() {
        console.hint(format_args!("kx837: made the ledger {ledger}"));
    }
    let mut store = ledger
        .open(hasher, Purpose::Add, PATIENCE)
        .map_err(Failure::new)?;
    store.index_numbers().map_err(Failure::new)?;
    let mut out = io::stdout().lock();
    let is_damaged = contents.iter().any(|(_, content)| content.is_damaged);
    for (name, content) in contents {
        let seq = store.next_file();
        store.begin_file(seq, &name).map_err(Failure::new)?;
        tell_left_out(&name, &content.left_out, console);
        let mut import = Import {
            store: store.as_mut(),
            seq,
            hasher,
            policies,
            records: HashMap::new(),
            claims: Claims::default(),
            balances: Balances::default(),
        };
        for item in &content.items {
            match item {
                Item::Claim(claim) => import.claim(claim)?,
                Item::Balance(balance) => import.balance(balance)?,
            }
        }
        let Import {
            claims, balances, ..
        } = import;
        tell(&mut out, &name, &content, &claims, &balances)?;
    }
    store.commit().map_err(Failure::new)?;
    out.flush()?;
    // The rest is taken over, but somebody has to see to what could not be.
    Ok(if is_damaged {
        Status::Incomplete
    } else {
        Status::Clean
    })
}

fn tell_left_out(name: &str, left_out: &[(u64, String)], console: &Console) {
    for (offset, why) in left_out.iter().take(TOLD) {
        console.warning(format_args!("{name}: byte {offset}: left out: {why}"));
    }
    if let Some(more) = left_out.len().checked_sub(TOLD).filter(|more| *more > 0) {
        console.warning(format_args!("{name}: {more} more were left out"));
    }
}

fn tell(
    out: &mut impl Write,
    name: &str,
    content: &Content,
    claims: &Claims,
    balances: &Balances,
) -> io::Result<()> {
    if content.has_remittances {
        let why = if claims.left_out == 0 {
            ""
        } else {
            " (by a later payer that is not Medicare, without lines or with damaged amounts, numbers of several patients, reversals of what does not count any more)"
        };
        writeln!(
            out,
            "{name}: {} taken over with {}, {} known already, {} older than what is known, {} not in the ledger, {} reversed, \
             {} left out{why}",
            counted(claims.taken, "claim"),
            counted(claims.lines, "line"),
            claims.known,
            claims.older,
            claims.unknown,
            claims.reversed,
            claims.left_out
        )?;
    }
    let Balances {
        entered,
        known,
        older,
    } = balances;
    let entered = format!(
        "{} entered, {known} known already, {older} older than what is known",
        counted(*entered, "balance")
    );
    match &content.answers {
        Some(Answers {
            responses,
            rejected,
            amounts,
            left_out,
        }) => {
            let told = if amounts + left_out == 0 {
                "no therapy amount of Medicare in them (EB03 AD or AE, EB04 MB)".to_owned()
            } else {
                format!("{entered}, {left_out} left out")
            };
            writeln!(
                out,
                "{name}: {}, {rejected} rejected: {told}",
                counted(*responses, "response")
            )
        }
        None if !content.has_remittances => writeln!(out, "{name}: {entered}"),
        None => Ok(()),
    }
}

/// "1 claim", "2 claims".
fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", plural(number))
}

/// What became of the decisions of a file.
#[derive(Default)]
struct Claims {
    taken: u64,
    lines: u64,
    known: u64,
    older: u64,
    unknown: u64,
    reversed: u64,
    left_out: u64,
}

/// What became of the balances of a file.
#[derive(Default)]
struct Balances {
    entered: u64,
    known: u64,
    older: u64,
}

/// Takes over one file.
struct Import<'i> {
    store: &'i mut dyn Archive,
    seq: u32,
    hasher: &'i PatientHasher,
    policies: &'i PolicySet,
    records: HashMap<PatientHash, PatientRecord>,
    claims: Claims,
    balances: Balances,
}

impl Import<'_> {
    /// Takes over a decision when the ledger knows its claim.
    fn claim(&mut self, claim: &RemittedClaim) -> Result<(), Failure> {
        let patients = self
            .store
            .patients_of(claim.id.as_bytes())
            .map_err(Failure::new)?;
        // Names are not read: provider, codes and dates tell whose claim it is.
        let mut meant = Vec::new();
        for patient in patients {
            if self.record(patient)?.knows_claim_of(claim) {
                meant.push(patient);
            }
        }
        let [patient] = meant[..] else {
            self.claims.unknown += u64::from(meant.is_empty());
            self.claims.left_out += u64::from(!meant.is_empty());
            return Ok(());
        };
        let order = self.order(claim.offset);
        let content = self.content(claim);
        let policies = self.policies;
        let record = self.record(patient)?;
        let remitted = record.remit(order, claim, content, policies);
        let row = record.last_row(policies);
        let claims = &mut self.claims;
        match remitted {
            Remitted::Applied(lines) => {
                claims.taken += 1;
                claims.lines += u64::from(lines);
            }
            Remitted::Restored => claims.taken += 1,
            Remitted::Reversed => claims.reversed += 1,
            Remitted::Repeated => claims.known += 1,
            Remitted::Unknown => claims.unknown += 1,
            Remitted::Older => claims.older += 1,
            Remitted::ReversedBefore | Remitted::Undecided | Remitted::ByLaterPayer => {
                claims.left_out += 1;
            }
        }
        let is_added = matches!(
            remitted,
            Remitted::Applied(_) | Remitted::Restored | Remitted::Reversed
        );
        if let Some(row) = row.filter(|_| is_added) {
            let addition = Addition::Claim(patient, row);
            self.store.add(addition).map_err(Failure::new)?;
        }
        Ok(())
    }

    /// Sets the accounts of a patient.
    fn balance(&mut self, balance: &Opening) -> Result<(), Failure> {
        let patient = medicare_patient(balance.member_id.expose(), self.hasher);
        let policies = self.policies;
        let mut entered = Entered::Older;
        for (bucket, position) in balance.buckets.iter().zip(balance.position..) {
            let order = self.order(position);
            let table = &policies.threshold(*bucket).name;
            let said = format!("{table} {} {}", balance.amount, balance.as_of);
            let content = self.hasher.hash(&[b"balance", said.as_bytes()]).0;
            let what = Balance {
                year: balance.as_of.year(),
                bucket: *bucket,
                amount: balance.amount,
                as_of: balance.as_of,
            };
            let record = self.record(patient)?;
            let one = record.enter(order, what, content, policies);
            let row = record.last_row(policies);
            if let Some(row) = row.filter(|_| one == Entered::New) {
                let addition = Addition::Claim(patient, row);
                self.store.add(addition).map_err(Failure::new)?;
            }
            entered = entered.max(one);
        }
        match entered {
            Entered::New => self.balances.entered += 1,
            Entered::Known => self.balances.known += 1,
            Entered::Older => self.balances.older += 1,
        }
        Ok(())
    }

    const fn order(&self, offset: u64) -> OrderKey {
        OrderKey {
            file_seq: self.seq,
            offset,
        }
    }

    fn record(&mut self, patient: PatientHash) -> Result<&mut PatientRecord, Failure> {
        Ok(match self.records.entry(patient) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => {
                let rows = self.store.load(patient).map_err(Failure::new)?;
                vacant.insert(PatientRecord::of_rows(&rows, self.policies))
            }
        })
    }

    /// Tells decisions on one claim apart.
    fn content(&self, claim: &RemittedClaim) -> u64 {
        let mut said = claim.decided.map_or(String::new(), |day| day.to_string());
        for line in &claim.lines {
            let code = line.code.map_or(String::new(), |code| code.to_string());
            let date = line.date.map_or(String::new(), |date| date.to_string());
            let _ = write!(said, " {code} {date} {}", line.allowed);
        }
        self.hasher
            .hash(&[
                b"remittance",
                claim.status.as_bytes(),
                claim.payer_number.as_bytes(),
                said.as_bytes(),
            ])
            .0
    }
}
