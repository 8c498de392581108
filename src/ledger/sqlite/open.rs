//! Opening, with its one transaction.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::schema::{Kind, VERSION, kind, migrate};
use super::{SqliteStore, told};
use crate::ledger::encoding::{AccountName, AccountNames};
use crate::ledger::place::Purpose;
use crate::ledger::store::StoreError;

/// Pages that are kept in memory while a run writes, in KiB: what does not fit is written early.
const CACHE_KIB: i64 = 32 << 10;

impl SqliteStore {
    pub(super) fn connect(
        path: &Path,
        purpose: Purpose,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let fail = |error: rusqlite::Error| told(path, &error);
        let connection = match purpose {
            Purpose::Add => open_to_add(path, patience)?,
            Purpose::Read => open_to_read(path, patience)?,
        };
        let mut store = Self {
            path: path.to_owned(),
            connection,
            accounts: AccountNames::default(),
            next_file: 0,
            is_empty: false,
        };
        store.read_names().map_err(fail)?;
        Ok(store)
    }

    /// A ledger that nobody else sees, for what does not fit into memory; it goes with its file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn scratch(path: &Path) -> Result<Self, StoreError> {
        let fail = |error: rusqlite::Error| told(path, &error);
        let connection = Connection::open(path).map_err(fail)?;
        connection
            .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")
            .and_then(|()| connection.pragma_update(None, "cache_size", -CACHE_KIB))
            .and_then(|()| migrate(&connection, 0))
            .map_err(fail)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            accounts: AccountNames::default(),
            next_file: 1,
            is_empty: true,
        })
    }

    /// True when changes go to a log beside the file, so that it can be read while a run adds to it.
    pub(super) fn is_logged(&self) -> rusqlite::Result<bool> {
        let mode = "PRAGMA journal_mode";
        let mode: String = self.connection.query_row(mode, [], |row| row.get(0))?;
        Ok(mode == "wal")
    }

    /// What the ledger remembers of its key.
    pub(super) fn key(&self) -> rusqlite::Result<Option<String>> {
        self.connection
            .query_row("SELECT value FROM meta WHERE name = 'key'", [], |row| {
                row.get(0)
            })
            .optional()
    }

    fn read_names(&mut self) -> rusqlite::Result<()> {
        let last: Option<u32> =
            self.connection
                .query_row("SELECT max(seq) FROM file", [], |row| row.get(0))?;
        self.next_file = last.map_or(1, |last| last.saturating_add(1));
        let any = "SELECT NOT EXISTS (SELECT 1 FROM claim)";
        self.is_empty = self.connection.query_row(any, [], |row| row.get(0))?;
        let mut names = self
            .connection
            .prepare("SELECT id, kind = 'amount', name FROM account")?;
        let rows = names.query_map([], |row| {
            Ok(AccountName {
                id: row.get(0)?,
                is_amount: row.get(1)?,
                name: row.get::<_, Arc<str>>(2)?,
            })
        })?;
        for row in rows {
            self.accounts.insert(row?);
        }
        Ok(())
    }
}

/// Opens a ledger, or makes one, and begins a transaction.
fn open_to_add(path: &Path, patience: Duration) -> Result<Connection, StoreError> {
    let fail = |error: rusqlite::Error| told(path, &error);
    if !path.exists() {
        create_private(path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
    connection.busy_timeout(patience).map_err(fail)?;
    let begin = || -> rusqlite::Result<Kind> {
        // What is no database is told before anything of it is changed.
        if let found @ (Kind::Foreign | Kind::Newer(_)) = kind(&connection)? {
            return Ok(found);
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let found = kind(&connection)?;
        if let Kind::Ours(version) = found {
            migrate(&connection, version)?;
            // Tables are there for whoever reads meanwhile.
            connection.execute_batch("COMMIT; BEGIN IMMEDIATE")?;
        }
        Ok(found)
    };
    check(path, &begin().map_err(fail)?)?;
    Ok(connection)
}

/// Opens a ledger to look at it: what is there now, whatever is added meanwhile.
fn open_to_read(path: &Path, patience: Duration) -> Result<Connection, StoreError> {
    let fail = |error: rusqlite::Error| told(path, &error);
    let look = |connection: &Connection| {
        connection.busy_timeout(patience)?;
        connection.execute_batch("PRAGMA query_only = ON; BEGIN")?;
        kind(connection)
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(fail)?;
    let mut found = look(&connection);
    if found.is_err()
        && let Some(unchanging) = open_unchanging(path)
    {
        connection = unchanging;
        found = look(&connection);
    }
    let found = found.map_err(fail)?;
    check(path, &found)?;
    if let Kind::Ours(version) = found
        && version < VERSION
    {
        drop(connection);
        let connection = open_to_add(path, patience)?;
        connection
            .execute_batch("COMMIT; PRAGMA query_only = ON; BEGIN")
            .map_err(fail)?;
        return Ok(connection);
    }
    Ok(connection)
}

/// Where nothing may be written, not even the files that tell readers of each other, a ledger that no
/// run has left open can be read as it is.
fn open_unchanging(path: &Path) -> Option<Connection> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        return None;
    }
    let mut uri = String::from("file:");
    for byte in std::path::absolute(path).ok()?.to_str()?.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags).ok()
}

fn check(path: &Path, found: &Kind) -> Result<(), StoreError> {
    let message = match found {
        Kind::Ours(_) => return Ok(()),
        Kind::Newer(version) => format!(
            "the ledger is of version {version}, and this program knows up to {VERSION}: use a newer kx837"
        ),
        Kind::Foreign => "this is no kx837 ledger".to_owned(),
    };
    Err(StoreError(format!("{}: {message}", path.display())))
}

/// An empty file that only its owner may read.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(()),
        // Another run was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError(format!("{}: {error}", path.display()))),
    }
}
