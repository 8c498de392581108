//! Where a ledger is, and how it is opened.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(feature = "postgres")]
use super::postgres::{PostgresStore, Server};
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
#[derive(Clone)]
pub enum LedgerPlace {
    /// A file.
    File(PathBuf),
    /// A database on a server.
    #[cfg(feature = "postgres")]
    Server(Box<Server>),
    /// An address that cannot be used, and why. It is not quoted: it may hold a password.
    Unusable(String),
}

/// What an address of a server begins with; a file that is named so is reached as `./postgres:...`.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

impl LedgerPlace {
    /// Reads what a user names: a path, or the address of a server.
    pub fn new(named: &OsStr) -> Self {
        match named.to_str() {
            Some(address) if SCHEMES.iter().any(|scheme| address.starts_with(scheme)) => {
                Self::server(address)
            }
            _ => Self::File(named.into()),
        }
    }

    #[cfg(feature = "postgres")]
    fn server(address: &str) -> Self {
        Server::new(address).map_or_else(Self::Unusable, |server| Self::Server(Box::new(server)))
    }

    #[cfg(not(feature = "postgres"))]
    fn server(_: &str) -> Self {
        Self::Unusable(
            "this kx837 was built without PostgreSQL: build it with --features postgres, or name a file"
                .to_owned(),
        )
    }

    /// The file, unless the ledger is elsewhere.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            #[cfg(feature = "postgres")]
            Self::Server(_) => None,
            Self::Unusable(_) => None,
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
            #[cfg(feature = "postgres")]
            Self::Server(server) => Ok(Box::new(PostgresStore::open(
                server, hasher, purpose, patience,
            )?)),
            Self::Unusable(why) => Err(StoreError(format!("the ledger: {why}"))),
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
            #[cfg(feature = "postgres")]
            Self::Server(server) => Ok(Box::new(PostgresStore::open_for_run(
                server, hasher, patience,
            )?)),
            Self::Unusable(why) => Err(StoreError(format!("the ledger: {why}"))),
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
            #[cfg(feature = "postgres")]
            Self::Server(server) => Ok(Box::new(PostgresStore::open_any(
                server, purpose, patience,
            )?)),
            Self::Unusable(why) => Err(StoreError(format!("the ledger: {why}"))),
        }
    }
}

impl fmt::Display for LedgerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            #[cfg(feature = "postgres")]
            Self::Server(server) => server.fmt(f),
            Self::Unusable(_) => f.write_str("a server"),
        }
    }
}
