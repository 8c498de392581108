//! The ledger of earlier runs, and what it has of a claim.

use clap::Args;
use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::failure::Failure;
use crate::cli::key::KeyArgs;
use crate::cli::ledger::{judged_by, ledger_place};
use crate::cli::standing;
use crate::ledger::{Counted, Ledger, LedgerPlace, OrderKey, ReceivedClaim, Standing};
use crate::phi::PatientHasher;
use crate::screen::{Kept, Met};

/// Options that name a ledger.
#[derive(Args)]
pub struct LedgerArgs {
    /// Of a file: judge by what this ledger holds of earlier runs, too; nothing is added to it
    #[arg(
        long,
        value_name = "FILE",
        env = "KX837_LEDGER",
        value_parser = ledger_place(),
        help_heading = "Ledger"
    )]
    ledger: Option<LedgerPlace>,
    #[command(flatten)]
    key: KeyArgs,
}

impl LedgerArgs {
    /// The name of the ledger, if there is one.
    pub fn name(&self) -> Option<String> {
        self.ledger.as_ref().map(ToString::to_string)
    }

    /// Opens it to read. Without one, hashes last as long as the run.
    pub fn open(&self, console: &Console) -> Result<(PatientHasher, Option<Kept>), Failure> {
        if let Some(ledger) = &self.ledger {
            if !ledger.exists() {
                return Err(Failure::at(ledger, "there is no such ledger"));
            }
            let hasher = self.key.lasting_hasher(ledger, console)?;
            let kept = judged_by(ledger, &hasher)?;
            return Ok((hasher, Some(kept)));
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| Failure::at("no random key", error))?;
        Ok((PatientHasher::new(key), None))
    }
}

/// What became of a claim when it was counted.
pub struct Received {
    counted: Option<Counted>,
    /// Its place in the order received: that of the first time.
    order: OrderKey,
    /// The claim that it repeats, replaces or voids, or that stands in its place.
    other: Option<ReceivedClaim>,
}

impl Received {
    /// `known` is what is known of the patient with the claim.
    pub fn new(known: &Ledger, met: &Met<'_, '_>, counted: Option<Counted>) -> Self {
        let other = match counted {
            Some(
                Counted::Repeated(order)
                | Counted::RepeatedGone(order)
                | Counted::Superseded(order)
                | Counted::Replaced(order)
                | Counted::Resubmitted(order)
                | Counted::Voided(order),
            ) => Some(order),
            _ => None,
        };
        let is_repeat = matches!(
            counted,
            Some(Counted::Repeated(_) | Counted::RepeatedGone(_))
        );
        let record = known.patient(met.patient);
        Self {
            counted,
            order: other.filter(|_| is_repeat).unwrap_or(met.order),
            other: record
                .zip(other)
                .and_then(|(record, order)| Some(record.received(record.at(order)?, met.names))),
        }
    }

    /// How the lines of the claim stand, or the one with this index.
    pub fn standings(&self, known: &Ledger, met: &Met<'_, '_>, line: Option<u32>) -> Vec<Standing> {
        let record = known.patient(met.patient);
        record
            .and_then(|record| {
                let number = record.at(self.order)?;
                let standing = record.standing(number, line, known.policies(), met.names);
                Some(standing.lines)
            })
            .unwrap_or_default()
    }

    /// What a ledger with this name has of the claim.
    pub fn kept_in(self, name: String) -> KeptClaim {
        let counted = match self.counted {
            Some(Counted::Added) => "added",
            Some(Counted::Repeated(_)) => "repeated",
            Some(Counted::RepeatedGone(_)) => "repeated-gone",
            Some(Counted::Superseded(_)) => "superseded",
            Some(Counted::Replaced(_) | Counted::Resubmitted(_)) => "replaces",
            Some(Counted::Voided(_)) => "voids",
            Some(Counted::ReplacedUnknown) => "replaces-unknown",
            Some(Counted::VoidedUnknown) => "voids-unknown",
            Some(Counted::Ignored) | None => "nothing",
        };
        KeptClaim {
            file: name,
            counted,
            other: self.other,
        }
    }
}

/// What a ledger has of a claim.
#[derive(Serialize)]
pub struct KeptClaim {
    /// Name of the ledger.
    file: String,
    /// What counting it comes to: `added`, `repeated`, `repeated-gone`, `superseded`, `replaces`,
    /// `voids`, `replaces-unknown`, `voids-unknown` or `nothing`.
    counted: &'static str,
    /// The claim that it repeats, replaces or voids, or that stands in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<ReceivedClaim>,
}

impl KeptClaim {
    /// In words.
    pub fn words(&self) -> String {
        let other = self.other.as_ref();
        let other = other.map_or(String::new(), |other| standing::Received(other).to_string());
        let what = match self.counted {
            "added" => "does not have this claim: judged as the next one received".to_owned(),
            "repeated" => format!("has this claim, {other}: judged as it was counted then"),
            "repeated-gone" => format!(
                "has this claim, {other}, replaced or voided since: judged as it was counted then"
            ),
            "superseded" => format!("has {other}, which stands in its place: it counts nothing"),
            "replaces" => format!("has the claim that this one replaces, {other}"),
            "voids" => format!("has the claim that this one voids, {other}"),
            "replaces-unknown" => {
                "does not have the claim that this one replaces: what it adds may have counted before"
                    .to_owned()
            }
            "voids-unknown" => {
                "does not have the claim that this one voids: nothing is taken back".to_owned()
            }
            _ => "has nothing to add: no line of this claim counts over claims".to_owned(),
        };
        format!("{} {what}", self.file)
    }
}
