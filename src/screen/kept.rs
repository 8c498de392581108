//! The ledger that is kept from run to run.

use crate::ledger::{Ledger, PatientRecord, Store, StoreError};
use crate::phi::PatientHash;

/// What failures of the ledger are called; nothing is added after one.
pub const LEDGER: &str = "ledger";

/// What a failure to add the run in the end is called. Of a disk that fails at that very moment it cannot
/// be known what it has kept; the same run again sets the ledger right.
pub const LEDGER_COMMIT: &str = "adding to the ledger";

/// A ledger that is kept from run to run.
pub struct Kept {
    /// Where.
    pub store: Box<dyn Store>,
    /// It is read, and nothing is added.
    pub dry_run: bool,
}

impl Kept {
    /// A file is about to be read.
    pub(super) fn begin_file(&mut self, seq: u32, name: &str) -> Result<(), StoreError> {
        if self.dry_run {
            return Ok(());
        }
        self.store.begin_file(seq, name)
    }

    /// Brings what is known of a patient into the ledger of the run.
    pub(super) fn recall(
        &mut self,
        patient: PatientHash,
        ledger: &mut Ledger,
    ) -> Result<(), StoreError> {
        if !ledger.knows(patient) {
            let rows = self.store.load(patient)?;
            let record = PatientRecord::of_rows(&rows, ledger.policies());
            ledger.restore(patient, record);
        }
        Ok(())
    }

    /// Adds the claim that was counted last.
    pub(super) fn remember(
        &mut self,
        patient: PatientHash,
        ledger: &Ledger,
    ) -> Result<(), StoreError> {
        let row = ledger
            .patient(patient)
            .and_then(|record| record.last_row(ledger.policies()));
        match row.filter(|_| !self.dry_run) {
            Some(row) => self.store.append(patient, row),
            None => Ok(()),
        }
    }
}
