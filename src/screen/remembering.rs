//! What the ledger of a run does not hold in memory: what earlier runs counted, and patients for whom
//! there was no room.

use std::collections::HashMap;

use super::gone::Gone;
use super::kept::Kept;
use super::scratch::Scratch;
use crate::ledger::{
    Addition, AtRiskClaim, Ledger, Near, PatientRecord, Records, Store, StoreError,
};
use crate::money::Cents;
use crate::phi::PatientHash;

/// Brings patients into the ledger of the run, and keeps them.
pub(super) struct Remembering {
    kept: Option<Kept>,
    /// The number of the first file of the run.
    first_file: u32,
    /// What this run has counted and has no room for. The store, which may hold it already, tells of earlier
    /// runs only until everything is kept.
    scratch: Scratch,
    /// Patients of this run who had to go.
    gone: Gone,
    /// Those of them who will soon pass an amount, where that is asked for.
    near: HashMap<PatientHash, Vec<Near>>,
    project: Option<Cents>,
}

impl Remembering {
    pub fn new(kept: Option<Kept>, project: Option<Cents>) -> Self {
        Self {
            first_file: kept.as_ref().map_or(0, |kept| kept.store.next_file()),
            kept,
            scratch: Scratch::default(),
            gone: Gone::default(),
            near: HashMap::new(),
            project,
        }
    }

    /// The number of the first file of the run.
    pub const fn first_file(&self) -> u32 {
        self.first_file
    }

    /// True when earlier runs are known.
    pub const fn knows_earlier_runs(&self) -> bool {
        self.kept.is_some()
    }

    /// The store that this run adds to.
    fn written(&mut self) -> Option<&mut dyn Store> {
        let kept = self.kept.as_mut().filter(|kept| !kept.dry_run)?;
        Some(kept.store.as_mut())
    }

    /// The name of a file of an earlier run.
    pub fn file_name(&mut self, seq: u32) -> Option<String> {
        self.kept.as_mut()?.store.file_name(seq)
    }

    /// A file is about to be read.
    pub fn begin_file(&mut self, seq: u32, name: &str) -> Result<(), StoreError> {
        self.written()
            .map_or(Ok(()), |store| store.begin_file(seq, name))
    }

    /// Brings what is known of a patient into the ledger of the run.
    pub fn recall(&mut self, patient: PatientHash, ledger: &mut Ledger) -> Result<(), StoreError> {
        if ledger.knows(patient) {
            return Ok(());
        }
        let is_back = self.gone.may_hold(patient);
        let mut rows = match &mut self.kept {
            Some(kept) => kept.store.load(patient)?,
            None if is_back => Vec::new(),
            None => return Ok(()),
        };
        if is_back {
            // A store may show what this run has added, or not yet.
            rows.retain(|row| row.order.file_seq < self.first_file);
            rows.extend(self.scratch.load(patient)?);
            self.near.remove(&patient);
        }
        let record = PatientRecord::of_rows(&rows, ledger.policies());
        ledger.restore(patient, record);
        Ok(())
    }

    /// Brings patients into the ledger who are about to be met, where each alone would take long.
    pub fn recall_all(
        &mut self,
        patients: impl Iterator<Item = PatientHash>,
        ledger: &mut Ledger,
    ) -> Result<(), StoreError> {
        let Some(kept) = self.kept.as_mut().filter(|kept| kept.store.is_far()) else {
            return Ok(());
        };
        let mut unknown: Vec<PatientHash> = patients
            .filter(|patient| !ledger.knows(*patient) && !self.gone.may_hold(*patient))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        let rows = kept.store.load_all(&unknown)?;
        for (patient, rows) in unknown.into_iter().zip(rows) {
            let record = PatientRecord::of_rows(&rows, ledger.policies());
            ledger.restore(patient, record);
        }
        Ok(())
    }

    /// Adds the claim that was counted last.
    pub fn remember(&mut self, patient: PatientHash, ledger: &Ledger) -> Result<(), StoreError> {
        let Some(store) = self.written() else {
            return Ok(());
        };
        let row = ledger
            .patient(patient)
            .and_then(|record| record.last_row(ledger.policies()));
        row.map_or(Ok(()), |row| store.add(Addition::Claim(patient, row)))
    }

    /// Adds a claim with lines at risk.
    pub fn remember_at_risk(
        &mut self,
        claim: impl FnOnce() -> AtRiskClaim,
    ) -> Result<(), StoreError> {
        self.written()
            .map_or(Ok(()), |store| store.add(Addition::AtRisk(claim())))
    }

    /// Lets patients go for whom there is no room.
    pub fn make_room(&mut self, ledger: &mut Ledger) -> Result<(), StoreError> {
        let Some(records) = ledger.let_go() else {
            return Ok(());
        };
        self.scratch.append(&records, ledger.policies())?;
        if let Some(within) = self.project {
            self.note_near(&records, within, ledger);
        }
        self.gone.extend(records.keys());
        Ok(())
    }

    fn note_near(&mut self, records: &Records, within: Cents, ledger: &Ledger) {
        for (patient, record) in records {
            let near = record.near(*patient, within, ledger.policies());
            if !near.is_empty() {
                self.near.insert(*patient, near);
            }
        }
    }

    /// Who will soon pass a yearly amount, the fullest first.
    pub fn near(&self, ledger: &Ledger) -> Vec<Near> {
        let Some(within) = self.project else {
            return Vec::new();
        };
        let mut near = ledger.near(within);
        near.extend(self.near.values().flatten().cloned());
        Near::sort(&mut near);
        near
    }

    /// Keeps everything that was added.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.written().map_or(Ok(()), Store::commit)
    }
}
