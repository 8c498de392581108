//! A ledger in a file (`SQLite`).
//!
//! One run is one transaction. It is committed when the run's reports are in their places; a run that
//! dies before leaves the ledger as it was, and the same run again gives the same reports and the
//! same ledger. Patients are keyed hashes; names, member ids and birth dates are not written.

mod archive;
mod open;
mod schema;
mod store;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Error, ErrorCode};

use super::background::Background;
use super::encoding::AccountNames;
use super::key::KeyCheck;
use super::place::Purpose;
use super::store::StoreError;
use crate::phi::PatientHasher;

/// A ledger in a file.
pub struct SqliteStore {
    path: PathBuf,
    connection: Connection,
    accounts: AccountNames,
    next_file: u32,
    /// It holds no claim.
    is_empty: bool,
}

impl SqliteStore {
    /// Opens a ledger whose patients were hashed with this hasher's key.
    ///
    /// # Errors
    /// When the file is no ledger, of a newer version, made with another key, in use, or cannot be
    /// read or written.
    pub fn open(
        path: &Path,
        hasher: &PatientHasher,
        purpose: Purpose,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let store = Self::connect(path, purpose, patience)?;
        let check = KeyCheck::new(hasher);
        match store.key().map_err(|error| store.error(&error))? {
            Some(known) => check.compare(&store.path.display().to_string(), &known)?,
            None if purpose == Purpose::Add => store
                .connection
                .execute("INSERT INTO meta VALUES ('key', ?1)", [check.mark()])
                .map(|_| ())
                .map_err(|error| store.error(&error))?,
            None => {}
        }
        Ok(store)
    }

    /// Opens a ledger for a run, which writes in a thread of its own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_for_run(
        path: &Path,
        hasher: &PatientHasher,
        patience: Duration,
    ) -> Result<Background<Self>, StoreError> {
        let writer = Self::open(path, hasher, Purpose::Add, patience)?;
        let reader = Self::connect(path, Purpose::Read, patience)?;
        // The one that reads is told by the file. Without a log, as on some network drives or when the disk
        // fails at the first use, the run would wait for itself.
        if !reader.is_logged().map_err(|error| reader.error(&error))? {
            let path = path.display();
            return Err(StoreError(format!(
                "{path}: SQLite can keep no log beside the ledger there: put it on a drive of this machine"
            )));
        }
        Ok(Background::new(writer, reader))
    }

    /// Opens a ledger that exists, whoever's key its patients were hashed with.
    ///
    /// # Errors
    /// As [`Self::open`], the key aside.
    pub fn open_any(path: &Path, purpose: Purpose, patience: Duration) -> Result<Self, StoreError> {
        if !path.exists() {
            let path = path.display();
            return Err(StoreError(format!("{path}: there is no such ledger")));
        }
        Self::connect(path, purpose, patience)
    }

    fn error(&self, error: &rusqlite::Error) -> StoreError {
        told(&self.path, error)
    }
}

/// What went wrong, in words.
fn told(path: &Path, error: &rusqlite::Error) -> StoreError {
    let what = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another run is using the ledger; try again when it has ended".to_owned()
        }
        Some(ErrorCode::NotADatabase) => "this is no kx837 ledger".to_owned(),
        Some(ErrorCode::DiskFull) => "the disk is full: the ledger is as it was before".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => "the ledger is damaged".to_owned(),
        _ => match error {
            Error::InvalidColumnType(_, column, _) => {
                format!("the ledger is damaged: {column} holds what no ledger writes")
            }
            Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..) => {
                "the ledger is damaged: it holds what no ledger writes".to_owned()
            }
            _ => error.to_string(),
        },
    };
    StoreError(format!("{}: {what}", path.display()))
}
