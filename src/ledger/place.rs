//! Where a ledger is, and how it is opened.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::sqlite::SqliteStore;
use super::store::{Archive, Store, StoreError};
use crate::phi::PatientHasher;

/// How long a second run waits for the first one to end, unless it is told otherwise.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What a ledger is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To add claims; it is made when it does not exist.
    Add,
    /// To look at it.
    Read,
}

/// Where a ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerPlace {
    /// A file.
    File(PathBuf),
}

impl LedgerPlace {
    /// Reads what a user names.
    pub fn new(named: &OsStr) -> Self {
        Self::File(named.into())
    }

    /// The file, unless the ledger is elsewhere.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
        }
    }

    /// False for a file that is to be made yet.
    pub fn exists(&self) -> bool {
        self.file().is_none_or(Path::exists)
    }

    /// Opens a ledger whose patients were hashed with this hasher's key.
    ///
    /// # Errors
    /// When it is no ledger, of a newer version, made with another key, in use, or cannot be read or
    /// written.
    pub fn open(
        &self,
        hasher: &PatientHasher,
        purpose: Purpose,
        patience: Duration,
    ) -> Result<Box<dyn Archive>, StoreError> {
        match self {
            Self::File(path) => Ok(Box::new(SqliteStore::open(
                path, hasher, purpose, patience,
            )?)),
        }
    }

    /// Opens a ledger for a run, which writes in a thread of its own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_for_run(
        &self,
        hasher: &PatientHasher,
        patience: Duration,
    ) -> Result<Box<dyn Store>, StoreError> {
        match self {
            Self::File(path) => Ok(Box::new(SqliteStore::open_for_run(path, hasher, patience)?)),
        }
    }

    /// Opens a ledger that exists, whoever's key its patients were hashed with.
    ///
    /// # Errors
    /// As [`Self::open`], the key aside.
    pub fn open_any(
        &self,
        purpose: Purpose,
        patience: Duration,
    ) -> Result<Box<dyn Archive>, StoreError> {
        match self {
            Self::File(path) => Ok(Box::new(SqliteStore::open_any(path, purpose, patience)?)),
        }
    }
}

impl fmt::Display for LedgerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
        }
    }
}
