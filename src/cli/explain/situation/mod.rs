//! A situation: the lines of one claim of a file, and why they are judged as they are.

mod facts;
mod judged;
mod kept;
mod page;
mod place;
mod trial;

use std::io::{self, Write};
use std::sync::Arc;

use anstream::AutoStream;
use serde::Serialize;
use serde_json::{Value, json};

use crate::claim::{Claim, ServiceLine};
use crate::cli::console::Console;
use crate::cli::failure::{Ending, Failure, Status};
use crate::cli::notices::NoticeTeller;
use crate::cli::rules::OutputFormat;
use crate::ledger::Standing;
use crate::policy::PolicySet;
use crate::report::{Grouped, Printable};
use crate::rule::RuleSet;
use crate::screen::{Met, follow};

use facts::{ClaimFacts, LineFacts, number};
use judged::Judged;
pub use kept::LedgerArgs;
use kept::{KeptClaim, Received};
pub use place::Place;
use trial::{Bench, Change, is_bad};

/// A claim and what came of its lines.
#[derive(Serialize)]
pub struct Situation {
    file: String,
    #[serde(flatten)]
    claim: ClaimFacts,
    /// How many claims of the file have this id.
    claims_with_id: u64,
    /// False when part of the file could not be read.
    complete: bool,
    /// What a ledger of earlier runs has of the claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<KeptClaim>,
    lines: Vec<LineSituation>,
}

/// A line and what came of it.
#[derive(Serialize)]
pub struct LineSituation {
    #[serde(flatten)]
    facts: LineFacts,
    /// There is an error or a warning.
    #[serde(skip)]
    is_bad: bool,
    /// The claim is void: nothing was judged.
    #[serde(skip)]
    is_void: bool,
    #[serde(flatten)]
    judged: Judged,
    /// Where it stands in the accounts in which it counts.
    accounts: Vec<Standing>,
    /// Changes were tried.
    is_tried: bool,
    changes: Vec<Change>,
}

/// Explains.
pub fn run(
    set: &Arc<PolicySet>,
    place: &Place,
    ledger: &LedgerArgs,
    format: OutputFormat,
    console: &Console,
) -> Ending {
    let file = place.input.name();
    let situation = look(set, place, ledger, &file, console)?;
    let mut out = AutoStream::auto(io::stdout()).lock();
    match format {
        OutputFormat::Text => page::page(&mut out, &situation)?,
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &as_json(&situation)?)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(if situation.complete {
        Status::Clean
    } else {
        Status::Incomplete
    })
}

fn as_json(situation: &Situation) -> Result<Value, serde_json::Error> {
    let mut value = json!({ "type": "situation" });
    if let (Value::Object(all), Value::Object(more)) =
        (&mut value, serde_json::to_value(situation)?)
    {
        all.extend(more);
    }
    Ok(value)
}

fn look(
    set: &Arc<PolicySet>,
    place: &Place,
    ledger: &LedgerArgs,
    file: &str,
    console: &Console,
) -> Result<Situation, Failure> {
    let rules = RuleSet::new(Arc::clone(set));
    let (hasher, kept) = ledger.open(console)?;
    let mut found = None;
    let mut matches = 0;
    let mut visit = |met: &Met<'_, '_>| {
        matches += 1;
        if matches == 1 {
            found = Some(lines(&rules, met, place.line.as_deref()));
        }
    };
    let wanted = place.claim.as_deref().map(str::as_bytes);
    let followed = follow(&place.input, &rules, &hasher, wanted, kept, &mut visit)
        .map_err(|error| Failure::at(file, error))?;
    if let Some(error) = followed.ledger_error {
        return Err(Failure::new(error));
    }
    let teller = NoticeTeller::new(console.clone(), false);
    for notice in &followed.notices {
        teller.tell(file, notice);
    }
    if let Some(error) = &followed.error {
        console.error(format_args!(
            "{file}: {error}; what stands before it was read"
        ));
    }
    let read = match followed.claims {
        1 => "1 claim was read".to_owned(),
        count => format!("{} claims were read", Grouped(count)),
    };
    let Some(found) = found else {
        let missing = match &place.claim {
            Some(claim) => format!("no claim has the id {claim:?} (CLM01); {read}"),
            None => "there is no 837 claim in it".to_owned(),
        };
        return Err(Failure::at(file, missing));
    };
    if place.claim.is_none() && matches > 1 {
        let message = format!("{read}; --claim says which one is meant (CLM01)");
        return Err(Failure::at(file, message));
    }
    let Found {
        claim,
        received,
        lines,
    } = found.map_err(|error| Failure::at(file, error))?;
    Ok(Situation {
        file: file.to_owned(),
        claim,
        ledger: ledger.name().map(|name| received.kept_in(name)),
        claims_with_id: matches,
        complete: followed.error.is_none() && teller.counted.losses() == 0,
        lines,
    })
}

/// Of claims with more lines than this, changes are tried on a wanted line only: each is a claim
/// judged anew.
const MOST_TRIED: usize = 100;

/// A claim of the file.
struct Found {
    claim: ClaimFacts,
    received: Received,
    lines: Vec<LineSituation>,
}

/// The claim and its lines, or the one that is wanted.
fn lines(rules: &RuleSet, met: &Met<'_, '_>, wanted: Option<&str>) -> Result<Found, String> {
    let bench = Bench {
        rules,
        claim: met.claim,
        patient: met.patient,
        order: met.order,
        identity: &met.identity,
        before: met.before.before(met.patient, &met.identity),
    };
    let mut known = met.before.of_patient(met.patient);
    let (mut hits, counted) = bench.count(&mut known);
    for counted in hits.iter_mut().filter_map(|hit| hit.counted.as_mut()) {
        counted.name_files(met.names);
    }
    let set = rules.policies();
    let is_tried = wanted.is_some() || met.claim.lines.len() <= MOST_TRIED;
    let all = (0u32..).zip(&met.claim.lines);
    let asked: Vec<(u32, &ServiceLine<'_>)> = all
        .filter(|(index, line)| wanted.is_none_or(|wanted| is_called(*index, line, wanted)))
        .collect();
    let only = wanted.and_then(|_| Some(asked.first()?.0));
    let received = Received::new(&known, met, counted);
    let mut standings = received.standings(&known, met, only).into_iter().peekable();
    let lines: Vec<LineSituation> = asked
        .into_iter()
        .map(|(index, line)| {
            let is_it = |standing: &Standing| standing.line.line == index.saturating_add(1);
            let mut accounts = Vec::new();
            while let Some(standing) = standings.next_if(is_it) {
                accounts.push(standing);
            }
            let considered = rules.consider(met.claim, index, &hits);
            LineSituation {
                facts: LineFacts::of(met.claim, index as usize, line),
                is_void: met.claim.frequency == b"8",
                is_bad: is_bad(&hits, Some(index)),
                judged: Judged::new(set, &considered),
                accounts,
                is_tried,
                changes: if is_tried {
                    bench.changes(index, &hits, &considered)
                } else {
                    Vec::new()
                },
            }
        })
        .collect();
    match wanted {
        Some(wanted) if lines.is_empty() => Err(no_line(met.claim, wanted)),
        _ => Ok(Found {
            claim: ClaimFacts::of(set, met.claim),
            received,
            lines,
        }),
    }
}

/// True when LX01 is this number, with or without zeros in front.
fn is_called(index: u32, line: &ServiceLine<'_>, wanted: &str) -> bool {
    let plain = |text: &str| text.trim_start_matches('0').to_owned();
    plain(&number(index as usize, line)) == plain(wanted)
}

fn no_line(claim: &Claim<'_>, wanted: &str) -> String {
    let count = claim.lines.len();
    let are = if count == 1 { "line" } else { "lines" };
    let place = claim.place.offset;
    let id = Printable(&String::from_utf8_lossy(claim.id)).to_string();
    format!("claim {id} at byte {place} has no line {wanted:?} (LX01); it has {count} {are}")
}
