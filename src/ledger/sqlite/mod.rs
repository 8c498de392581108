//! A ledger in a file (`SQLite`).
//!
//! One run is one transaction. It is committed when the run's reports are in their places; a run that
//! dies before leaves the ledger as it was, and the same run again gives the same reports and the
//! same ledger. Patients are keyed hashes; names, member ids and birth dates are not written.

mod values;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use crate::code::ProcedureCode;
use crate::ledger::background::Background;
use crate::ledger::identity::ClaimIdentity;
use crate::ledger::order::OrderKey;
use crate::ledger::rows::{ClaimRow, CountedRow, EntryRow, Store, StoreError};
use crate::money::Cents;
use crate::phi::{PatientHash, PatientHasher};

use values::{basis, basis_number, date, day_number, frequency, frequency_number, strange, text};

/// The version of the tables that this program writes.
const VERSION: i64 = 1;

/// What marks a file as a ledger of ours (`application_id`): "KX37".
const MARK: i64 = 0x4B58_3337;

/// How long a second run waits for the first one to end, unless it is told otherwise.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What brings the tables from one version to the next; the first makes them.
const MIGRATIONS: [&str; VERSION as usize] = ["
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE file (seq INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE account (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name)) STRICT;
CREATE TABLE claim (
    file INTEGER NOT NULL, position INTEGER NOT NULL, patient INTEGER NOT NULL,
    clm01 BLOB NOT NULL, provider BLOB NOT NULL, original BLOB NOT NULL,
    frequency INTEGER NOT NULL CHECK (frequency IN (-1, 0, 1, 7, 8)), content INTEGER NOT NULL,
    takes_back_file INTEGER, takes_back_position INTEGER,
    PRIMARY KEY (file, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_of_patient ON claim (patient);
CREATE INDEX claim_by_number ON claim (clm01);
CREATE TABLE entry (
    file INTEGER NOT NULL, position INTEGER NOT NULL, number INTEGER NOT NULL,
    line INTEGER NOT NULL, takes_back INTEGER NOT NULL, account INTEGER NOT NULL,
    date INTEGER NOT NULL, code TEXT, low INTEGER, high INTEGER, basis INTEGER CHECK (basis IN (0, 1, 2, 3)),
    sessions INTEGER, CHECK (takes_back OR high IS NULL OR (0 <= low AND low <= high)),
    PRIMARY KEY (file, position, number)
) STRICT, WITHOUT ROWID;
"];

/// What a ledger is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To add claims; it is made when it does not exist.
    Add,
    /// To look at it.
    Read,
}

/// A ledger in a file.
pub struct SqliteStore {
    path: PathBuf,
    connection: Connection,
    accounts: HashMap<(bool, Arc<str>), i64>,
    names: HashMap<i64, (bool, Arc<str>)>,
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
        store.check_key(hasher, purpose)?;
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
        Ok(Background::new(writer, reader))
    }

    /// Opens a ledger to look at it, whoever's key its patients were hashed with.
    ///
    /// # Errors
    /// As [`Self::open`], the key aside.
    pub fn open_any(path: &Path) -> Result<Self, StoreError> {
        Self::connect(path, Purpose::Read, PATIENCE)
    }

    /// Opens a ledger that exists to change what it holds, whoever's key its patients were hashed with.
    ///
    /// # Errors
    /// As [`Self::open`], the key aside.
    pub fn open_to_change(path: &Path) -> Result<Self, StoreError> {
        Self::connect(path, Purpose::Add, PATIENCE)
    }

    fn connect(path: &Path, purpose: Purpose, patience: Duration) -> Result<Self, StoreError> {
        let fail = |error: rusqlite::Error| StoreError(told(path, &error));
        let flags = match purpose {
            Purpose::Add => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Purpose::Read => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let is_new = !path.exists();
        if is_new && purpose == Purpose::Add {
            create_private(path)?;
        }
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(fail)?;
        connection.busy_timeout(patience).map_err(fail)?;
        let mut store = Self {
            path: path.to_owned(),
            connection,
            accounts: HashMap::new(),
            names: HashMap::new(),
            next_file: 0,
            is_empty: false,
        };
        store.prepare(purpose).map_err(fail)?;
        store.check_version()?;
        store.read_names().map_err(fail)?;
        Ok(store)
    }

    /// Begins the one transaction of a run, and makes or migrates the tables in it.
    fn prepare(&mut self, purpose: Purpose) -> rusqlite::Result<()> {
        let connection = &self.connection;
        if purpose == Purpose::Read {
            return connection.execute_batch("PRAGMA query_only = ON; BEGIN");
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let version = self.version()?;
        if !self.is_ours()? {
            return Ok(());
        }
        if let Some(steps) = usize::try_from(version)
            .ok()
            .and_then(|version| MIGRATIONS.get(version..))
            .filter(|steps| !steps.is_empty())
        {
            for step in steps {
                connection.execute_batch(step)?;
            }
            connection.pragma_update(None, "user_version", VERSION)?;
            connection.pragma_update(None, "application_id", MARK)?;
        }
        // Tables are there for whoever reads meanwhile.
        connection.execute_batch("COMMIT; BEGIN IMMEDIATE")
    }

    /// True for a ledger and for an empty file, which may become one.
    fn is_ours(&self) -> rusqlite::Result<bool> {
        let mark: i64 = self
            .connection
            .pragma_query_value(None, "application_id", |row| row.get(0))?;
        let is_empty = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)";
        let is_empty = self.connection.query_row(is_empty, [], |row| row.get(0))?;
        Ok(mark == MARK || is_empty)
    }

    fn version(&self) -> rusqlite::Result<i64> {
        self.connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
    }

    fn check_version(&self) -> Result<(), StoreError> {
        let version = self.version().map_err(|error| self.error(&error))?;
        let is_ours = self.is_ours().map_err(|error| self.error(&error))?;
        let message = match version {
            VERSION if is_ours => return Ok(()),
            newer if is_ours && newer != 0 => format!(
                "the ledger is of version {newer}, and this program knows up to {VERSION}: use a newer kx837"
            ),
            _ => "this is no kx837 ledger".to_owned(),
        };
        Err(StoreError(format!("{}: {message}", self.path.display())))
    }

    /// A ledger is of use only with the key that its patients were hashed with.
    fn check_key(&self, hasher: &PatientHasher, purpose: Purpose) -> Result<(), StoreError> {
        let own = hasher.hash(&[b"kx837 ledger"]).to_string();
        let known: Option<String> = self
            .connection
            .query_row("SELECT value FROM meta WHERE name = 'key'", [], |row| {
                row.get(0)
            })
            .optional()
            .map_err(|error| self.error(&error))?;
        match known {
            Some(known) if known == own => Ok(()),
            Some(_) => Err(StoreError(format!(
                "{}: the ledger was made with another key, so its patients cannot be told: name that key with --key-file. \
                 If it is lost, nothing can tell them any more: begin a new ledger",
                self.path.display()
            ))),
            None if purpose == Purpose::Add => self
                .connection
                .execute("INSERT INTO meta VALUES ('key', ?1)", [own])
                .map(|_| ())
                .map_err(|error| self.error(&error)),
            None => Ok(()),
        }
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
            Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?, row.get(2)?))
        })?;
        for row in rows {
            let (id, is_amount, name): (i64, bool, Arc<str>) = row?;
            self.names.insert(id, (is_amount, name.clone()));
            self.accounts.insert((is_amount, name), id);
        }
        Ok(())
    }

    /// The number of an account, which is made when it is new.
    fn account(&mut self, is_amount: bool, name: &Arc<str>) -> rusqlite::Result<i64> {
        let key = (is_amount, Arc::clone(name));
        if let Some(id) = self.accounts.get(&key) {
            return Ok(*id);
        }
        let kind = if is_amount { "amount" } else { "sessions" };
        self.connection.execute(
            "INSERT INTO account (kind, name) VALUES (?1, ?2)",
            params![kind, name],
        )?;
        let id = self.connection.last_insert_rowid();
        self.names.insert(id, key.clone());
        self.accounts.insert(key, id);
        Ok(id)
    }

    fn error(&self, error: &rusqlite::Error) -> StoreError {
        StoreError(told(&self.path, error))
    }

    fn write(&mut self, patient: PatientHash, row: &ClaimRow) -> rusqlite::Result<()> {
        let ClaimRow {
            order,
            identity,
            takes_back,
            entries,
        } = row;
        let place = (i64::from(order.file_seq), order.offset.cast_signed());
        self.connection
            .prepare_cached("INSERT INTO claim VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
            .execute(params![
                place.0,
                place.1,
                patient.0.cast_signed(),
                identity.id.as_bytes(),
                identity.provider.as_bytes(),
                identity.original.as_bytes(),
                frequency_number(identity.frequency),
                identity.content.cast_signed(),
                takes_back.map(|order| i64::from(order.file_seq)),
                takes_back.map(|order| order.offset.cast_signed()),
            ])?;
        for (number, entry) in entries.iter().enumerate() {
            let (account, low, high, basis, sessions) = match &entry.counted {
                CountedRow::Amount {
                    table,
                    low,
                    high,
                    basis,
                } => {
                    let account = self.account(true, table)?;
                    (
                        account,
                        Some(low.0),
                        Some(high.0),
                        Some(basis_number(*basis)),
                        None,
                    )
                }
                CountedRow::Sessions { policy, sessions } => (
                    self.account(false, policy)?,
                    None,
                    None,
                    None,
                    Some(*sessions),
                ),
            };
            self.connection
                .prepare_cached(
                    "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                )?
                .execute(params![
                    place.0,
                    place.1,
                    i64::try_from(number).unwrap_or(i64::MAX),
                    entry.line,
                    entry.takes_back,
                    account,
                    day_number(entry.date),
                    entry.code.map(|code| code.to_string()),
                    low,
                    high,
                    basis,
                    sessions,
                ])?;
        }
        Ok(())
    }

    fn read(&self, patient: PatientHash) -> rusqlite::Result<Vec<ClaimRow>> {
        let mut claims = self.connection.prepare_cached(
            "SELECT file, position, clm01, provider, original, frequency, content, \
             takes_back_file, takes_back_position \
             FROM claim WHERE patient = ?1 ORDER BY file, position",
        )?;
        let rows = claims.query_map([patient.0.cast_signed()], |row| {
            let taken: (Option<u32>, Option<i64>) = (row.get(7)?, row.get(8)?);
            Ok(ClaimRow {
                order: OrderKey {
                    file_seq: row.get(0)?,
                    offset: row.get::<_, i64>(1)?.cast_unsigned(),
                },
                identity: ClaimIdentity {
                    id: text(row, 2)?,
                    provider: text(row, 3)?,
                    original: text(row, 4)?,
                    frequency: frequency(row.get(5)?).ok_or_else(|| strange(5, row))?,
                    content: row.get::<_, i64>(6)?.cast_unsigned(),
                },
                takes_back: taken.0.zip(taken.1).map(|(file_seq, offset)| OrderKey {
                    file_seq,
                    offset: offset.cast_unsigned(),
                }),
                entries: Vec::new(),
            })
        })?;
        let mut rows: Vec<ClaimRow> = rows.collect::<rusqlite::Result<_>>()?;
        for row in &mut rows {
            row.entries = self.read_entries(row.order)?;
        }
        Ok(rows)
    }

    fn read_entries(&self, order: OrderKey) -> rusqlite::Result<Vec<EntryRow>> {
        let mut entries = self.connection.prepare_cached(
            "SELECT line, takes_back, account, date, code, low, high, basis, sessions \
             FROM entry WHERE file = ?1 AND position = ?2 ORDER BY number",
        )?;
        let place = params![order.file_seq, order.offset.cast_signed()];
        let rows = entries.query_map(place, |row| {
            let account: i64 = row.get(2)?;
            let known = self.names.get(&account).cloned();
            let (is_amount, name) = known.unwrap_or_else(|| (false, "".into()));
            let code: Option<String> = row.get(4)?;
            Ok(EntryRow {
                line: row.get(0)?,
                takes_back: row.get(1)?,
                date: date(row.get(3)?).ok_or_else(|| strange(3, row))?,
                code: code.and_then(|code| ProcedureCode::new(code.as_bytes())),
                counted: if is_amount {
                    CountedRow::Amount {
                        table: name,
                        low: Cents(row.get(5)?),
                        high: Cents(row.get(6)?),
                        basis: basis(row.get(7)?).ok_or_else(|| strange(7, row))?,
                    }
                } else {
                    CountedRow::Sessions {
                        policy: name,
                        sessions: row.get(8)?,
                    }
                },
            })
        })?;
        rows.collect()
    }

    /// Names of the files that were received, by number.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn files(&self) -> Result<Vec<(u32, String)>, StoreError> {
        let read = || -> rusqlite::Result<Vec<(u32, String)>> {
            let mut files = self
                .connection
                .prepare("SELECT seq, name FROM file ORDER BY seq")?;
            let rows = files.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        read().map_err(|error| self.error(&error))
    }

    /// All patients, in the order of their hashes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn patients(&self) -> Result<Vec<PatientHash>, StoreError> {
        let read = || -> rusqlite::Result<Vec<PatientHash>> {
            let mut patients = self
                .connection
                .prepare("SELECT DISTINCT patient FROM claim ORDER BY patient")?;
            let rows = patients.query_map([], |row| {
                Ok(PatientHash(row.get::<_, i64>(0)?.cast_unsigned()))
            })?;
            rows.collect()
        };
        read().map_err(|error| self.error(&error))
    }

    /// Patients who have a claim with this CLM01.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn patients_of(&self, clm01: &[u8]) -> Result<Vec<PatientHash>, StoreError> {
        let read = || -> rusqlite::Result<Vec<PatientHash>> {
            let mut patients = self.connection.prepare_cached(
                "SELECT DISTINCT patient FROM claim WHERE clm01 = ?1 ORDER BY patient",
            )?;
            let rows = patients.query_map([clm01], |row| {
                Ok(PatientHash(row.get::<_, i64>(0)?.cast_unsigned()))
            })?;
            rows.collect()
        };
        read().map_err(|error| self.error(&error))
    }

    /// What `SQLite` finds wrong with the file; empty when it is sound.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut check = self.connection.prepare("PRAGMA integrity_check")?;
            let rows = check.query_map([], |row| row.get::<_, String>(0))?;
            rows.filter(|row| row.as_ref().map_or(true, |text| text != "ok"))
                .collect()
        };
        read().map_err(|error| self.error(&error))
    }

    /// Forgets amounts that were counted on dates before a year, claims that counted nothing else
    /// included. What is forgotten is overwritten, too, once [`Self::shred`] was called.
    /// Returns how many lines.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn prune(&mut self, before: i16) -> Result<u64, StoreError> {
        let run = |connection: &Connection| -> rusqlite::Result<u64> {
            let first = i64::from(before) * 10_000;
            // Sessions have no year: some are counted over a patient's life.
            let lines = connection.execute(
                "DELETE FROM entry WHERE date < ?1 AND sessions IS NULL",
                [first],
            )?;
            connection.execute(
                "DELETE FROM claim WHERE NOT EXISTS (SELECT 1 FROM entry \
                 WHERE entry.file = claim.file AND entry.position = claim.position)",
                [],
            )?;
            connection.execute(
                "UPDATE claim SET takes_back_file = NULL, takes_back_position = NULL \
                 WHERE takes_back_file IS NOT NULL AND NOT EXISTS (SELECT 1 FROM claim AS taken \
                 WHERE taken.file = claim.takes_back_file AND taken.position = claim.takes_back_position)",
                [],
            )?;
            Ok(lines as u64)
        };
        run(&self.connection).map_err(|error| self.error(&error))
    }
}

impl SqliteStore {
    /// Overwrites what was deleted, after a commit.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn shred(&self) -> Result<(), StoreError> {
        self.connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
            .map_err(|error| self.error(&error))
    }
}

impl Store for SqliteStore {
    fn next_file(&self) -> u32 {
        self.next_file
    }

    fn begin_file(&mut self, seq: u32, name: &str) -> Result<(), StoreError> {
        self.next_file = seq.saturating_add(1);
        self.connection
            .execute("INSERT INTO file VALUES (?1, ?2)", params![seq, name])
            .map(|_| ())
            .map_err(|error| self.error(&error))
    }

    fn file_name(&self, seq: u32) -> Option<String> {
        self.connection
            .query_row("SELECT name FROM file WHERE seq = ?1", [seq], |row| {
                row.get(0)
            })
            .ok()
    }

    fn load(&mut self, patient: PatientHash) -> Result<Vec<ClaimRow>, StoreError> {
        if self.is_empty {
            return Ok(Vec::new());
        }
        self.read(patient).map_err(|error| self.error(&error))
    }

    fn append(&mut self, patient: PatientHash, row: ClaimRow) -> Result<(), StoreError> {
        self.is_empty = false;
        self.write(patient, &row)
            .map_err(|error| self.error(&error))
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.connection
            .execute_batch("COMMIT")
            .map_err(|error| self.error(&error))
    }
}

/// What went wrong, in words.
fn told(path: &Path, error: &rusqlite::Error) -> String {
    let what = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another run is using the ledger; try again when it has ended".to_owned()
        }
        Some(ErrorCode::NotADatabase) => "this is no kx837 ledger".to_owned(),
        Some(ErrorCode::DiskFull) => "the disk is full: the ledger is as it was before".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => "the ledger is damaged".to_owned(),
        _ => error.to_string(),
    };
    format!("{}: {what}", path.display())
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
