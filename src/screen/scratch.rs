//! Where patients go for whom there is no room: a file of the run's own.

use crate::ledger::{ClaimRow, Records, StoreError};
use crate::phi::PatientHash;
use crate::policy::PolicySet;

#[cfg(feature = "sqlite")]
use crate::ledger::{Addition, Store, sqlite::SqliteStore};

/// Holds what a run cannot hold in memory, and is gone with it. Patients are keyed hashes in it, too.
#[derive(Default)]
pub(super) struct Scratch {
    #[cfg(feature = "sqlite")]
    store: Option<(SqliteStore, tempfile::TempPath)>,
}

#[cfg(feature = "sqlite")]
impl Scratch {
    /// Adds the claims of these patients that are not in it yet.
    pub fn append(&mut self, records: &Records, policies: &PolicySet) -> Result<(), StoreError> {
        let (store, _) = match &mut self.store {
            Some(open) => open,
            none => none.insert(open()?),
        };
        for (patient, record) in records {
            let rows = record.unstored(policies);
            let claims = rows.into_iter().map(|row| Addition::Claim(*patient, row));
            store.append(claims.collect())?;
        }
        Ok(())
    }

    /// What it holds of a patient.
    pub fn load(&mut self, patient: PatientHash) -> Result<Vec<ClaimRow>, StoreError> {
        let store = self.store.as_mut();
        store.map_or_else(|| Ok(Vec::new()), |(store, _)| store.load(patient))
    }
}

#[cfg(feature = "sqlite")]
fn open() -> Result<(SqliteStore, tempfile::TempPath), StoreError> {
    let file = tempfile::NamedTempFile::new().map_err(|error| {
        StoreError(format!(
            "no file for what does not fit into memory can be made: {error}"
        ))
    })?;
    let path = file.into_temp_path();
    Ok((SqliteStore::scratch(&path)?, path))
}

/// Without a database every patient stays in memory.
#[cfg(not(feature = "sqlite"))]
impl Scratch {
    pub fn append(&mut self, _: &Records, _: &PolicySet) -> Result<(), StoreError> {
        Err(StoreError("there is no room for more patients".to_owned()))
    }

    pub fn load(&mut self, _: PatientHash) -> Result<Vec<ClaimRow>, StoreError> {
        Ok(Vec::new())
    }
}
