//! What a ledger counts for policies that are not loaded: their packs were not named.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cli::console::Console;
use crate::cli::prose::plural;
use crate::ledger::{ClaimRow, CountedRow, EntryRow};
use crate::policy::PolicySet;

/// Counted lines by the account or policy that no pack has.
#[derive(Default)]
pub struct Unloaded(BTreeMap<Arc<str>, u64>);

impl Unloaded {
    /// Looks through claims of a patient.
    pub fn look<'r>(&mut self, rows: impl IntoIterator<Item = &'r ClaimRow>, policies: &PolicySet) {
        for entry in rows.into_iter().flat_map(|row| &row.entries) {
            self.knows(entry, policies);
        }
    }

    /// True when a pack has what the line counts in; notes it where none has.
    pub fn knows(&mut self, entry: &EntryRow, policies: &PolicySet) -> bool {
        let (name, is_known) = match &entry.counted {
            CountedRow::Amount { table, .. } => (table, policies.find_threshold(table).is_some()),
            CountedRow::Sessions { policy, .. } => (policy, policies.find_policy(policy).is_some()),
        };
        if !is_known {
            *self.0.entry(Arc::clone(name)).or_default() += 1;
        }
        is_known
    }

    /// True when all is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// "8 lines count in nf-pt, which no policy pack has".
    pub fn sentences(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(|(name, lines)| {
            let (s, verb) = (plural(*lines), if *lines == 1 { "counts" } else { "count" });
            format!("{lines} line{s} {verb} in {name}, which no policy pack has")
        })
    }

    /// Says that what is shown is not all.
    pub fn warn(&self, ledger: &str, console: &Console) {
        for sentence in self.sentences() {
            console.warning(format_args!(
                "{ledger}: {sentence}: name the pack (--policy) to have them shown"
            ));
        }
    }
}
