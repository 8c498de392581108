//! `kx837 ledger reconcile`: predictions beside decisions.

mod json;
mod text;

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anstream::AutoStream;

use crate::cli::console::Console;
use crate::cli::failure::{Ending, Failure, Status};
use crate::cli::inputs;
use crate::cli::rules::OutputFormat;
use crate::ledger::Archive;
use crate::policy::PolicySet;
use crate::reconcile::{Decisions, Parted, Reconciler, Reconciliation};
use crate::remittance::read_with_reasons;

use super::content::LARGEST;
use super::export::files;

/// Of a file, so many claims that are left out are told one by one.
const TOLD: u64 = 10;

/// What is compared, and how it is told.
pub struct Asked<'a> {
    pub inputs: &'a [PathBuf],
    /// Single lines, too.
    pub details: bool,
    pub format: OutputFormat,
}

/// What is printed.
struct Page {
    ledger: String,
    /// Names of the 835s, in the order read.
    remittances: Vec<String>,
    /// Names of the files that were screened, by number.
    screened: HashMap<u32, String>,
    /// Decisions whose amounts cannot be read.
    left_out: u64,
    told: Reconciliation,
}

impl Page {
    /// The file that a claim was screened in.
    fn screened(&self, parted: &Parted) -> Option<&str> {
        let file = parted.screened?.file_seq;
        Some(self.screened.get(&file).map_or("?", String::as_str))
    }

    fn remittance(&self, parted: &Parted) -> &str {
        &self.remittances[parted.decision_file as usize]
    }
}

impl Asked<'_> {
    /// Compares.
    pub fn run(&self, store: &mut dyn Archive, policies: &PolicySet, console: &Console) -> Ending {
        let mut decisions = Decisions::new(policies.catalogue());
        let mut remittances = Vec::new();
        let mut left_out = 0;
        let mut is_whole = true;
        for input in inputs::expand(self.inputs, console)? {
            let name = input.name();
            let number = u32::try_from(remittances.len()).unwrap_or(u32::MAX);
            let mut damaged = 0;
            let read = input.read_whole(LARGEST).map_err(|error| error.to_string());
            let read = read.and_then(|bytes| {
                read_with_reasons(&bytes, |claim| {
                    if claim.has_bad_amount {
                        damaged += 1;
                        if damaged <= TOLD {
                            let offset = claim.offset;
                            console.warning(format_args!(
                                "{name}: byte {offset}: left out: an amount of this claim is no number"
                            ));
                        }
                    } else {
                        decisions.add(number, &claim);
                    }
                })
                .map_err(|error| error.to_string())
            });
            if damaged > TOLD {
                let more = damaged - TOLD;
                console.warning(format_args!("{name}: {more} more were left out"));
            }
            if let Err(error) = read {
                console.error(format_args!("{name}: {error}"));
                is_whole = false;
            }
            left_out += damaged;
            remittances.push(name);
        }
        if !is_whole {
            return Ok(Status::Incomplete);
        }
        let mut reconciler = Reconciler::new(decisions, self.details);
        store
            .each_at_risk(&mut |claim| reconciler.predicted(&claim))
            .map_err(Failure::new)?;
        if reconciler.find_missed() {
            store
                .each_number(&mut |number| reconciler.counted(number))
                .map_err(Failure::new)?;
        }
        let page = Page {
            ledger: store.place(),
            remittances,
            screened: files(store)?,
            left_out,
            told: reconciler.finish(),
        };
        let mut out = BufWriter::new(AutoStream::auto(io::stdout()).lock());
        match self.format {
            OutputFormat::Text => text::print(&mut out, &page, self.details)?,
            OutputFormat::Json => json::print(&mut out, &page)?,
        }
        out.flush()?;
        Ok(if left_out == 0 {
            Status::Clean
        } else {
            Status::Incomplete
        })
    }
}
