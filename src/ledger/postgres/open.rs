//! Connecting, with the one transaction of a run.

use std::env;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::Host;
use postgres::{Client, Config, NoTls};

use super::{PostgresStore, told};
use crate::ledger::background::Background;
use crate::ledger::encoding::{AccountName, AccountNames};
use crate::ledger::key::KeyCheck;
use crate::ledger::place::Purpose;
use crate::ledger::store::StoreError;
use crate::phi::PatientHasher;

/// The version of the tables that this program writes.
const VERSION: i32 = 1;

/// Names the lock that runs wait for: "KX37".
const LOCK: i64 = 0x4B58_3337;

/// What brings the tables from one version to the next; the first makes them.
const MIGRATIONS: [&str; VERSION as usize] = ["
CREATE SCHEMA kx837;
CREATE TABLE kx837.meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE kx837.file (seq INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE kx837.account (id BIGSERIAL PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name));
CREATE TABLE kx837.claim (
    file INTEGER NOT NULL, position BIGINT NOT NULL, patient BIGINT NOT NULL,
    clm01 BYTEA NOT NULL, provider BYTEA NOT NULL, original BYTEA NOT NULL,
    frequency SMALLINT NOT NULL CHECK (frequency BETWEEN -1 AND 8), content BIGINT NOT NULL,
    decided INTEGER, takes_back_file INTEGER, takes_back_position BIGINT, lines JSONB NOT NULL,
    PRIMARY KEY (file, position)
);
CREATE INDEX claim_of_patient ON kx837.claim (patient);
CREATE INDEX claim_by_number ON kx837.claim (clm01);
CREATE TABLE kx837.at_risk (
    id BIGSERIAL PRIMARY KEY, file INTEGER NOT NULL, position BIGINT NOT NULL,
    clm01 BYTEA NOT NULL, provider BYTEA NOT NULL, lines JSONB NOT NULL
);
CREATE INDEX at_risk_by_number ON kx837.at_risk (clm01);
CREATE VIEW kx837.counted_line AS
    SELECT claim.file, claim.position, claim.patient, claim.clm01, claim.frequency,
        (line -> 0)::INTEGER + 1 AS line, (line -> 1)::INTEGER = 1 AS takes_back, (line -> 2)::INTEGER AS date,
        line ->> 3 AS code, account.kind, account.name AS account,
        CASE account.kind WHEN 'amount' THEN (line -> 5)::BIGINT END AS low_cents, (line ->> 6)::BIGINT AS high_cents,
        CASE account.kind WHEN 'sessions' THEN (line -> 5)::BIGINT END AS sessions, (line ->> 7)::INTEGER AS basis
    FROM kx837.claim, jsonb_array_elements(claim.lines) AS line, jsonb_array_elements(line -> 4) AS number
    JOIN kx837.account ON account.id = number::BIGINT;
"];

/// Where a server and its database are: `postgres://user@host:port/database`.
#[derive(Clone)]
pub struct Server {
    config: Config,
}

impl Server {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none. The address is not quoted: it may hold a password.
    pub fn new(address: &str) -> Result<Self, String> {
        let mut config = Config::from_str(address).map_err(|error| {
            let cause = std::error::Error::source(&error);
            let cause = cause.map_or(String::new(), |cause| format!(": {cause}"));
            format!("expected an address such as postgres://user@host:5432/database{cause}")
        })?;
        if config.get_password().is_none()
            && let Some(password) = env::var_os("PGPASSWORD")
        {
            config.password(password.as_encoded_bytes());
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(30));
        }
        config.application_name("kx837");
        Ok(Self { config })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            let separator = if index > 0 { "," } else { "" };
            match host {
                Host::Tcp(name) => write!(f, "{separator}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{separator}{}", path.display())?,
            }
            if let Some(port) = self.config.get_ports().get(index) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl PostgresStore {
    /// Opens a ledger whose patients were hashed with this hasher's key.
    ///
    /// # Errors
    /// When the server cannot be reached, its ledger is of a newer version, was made with another key, or is
    /// in use.
    pub fn open(
        server: &Server,
        hasher: &PatientHasher,
        purpose: Purpose,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let mut store = Self::connect(server, purpose, patience)?;
        let check = KeyCheck::new(hasher);
        let known = "SELECT value FROM kx837.meta WHERE name = 'key'";
        let known = store.client.query_opt(known, &[]);
        let known = store.fail(known)?.map(|row| row.get::<_, String>(0));
        match known {
            Some(known) => check.compare(&store.place, &known)?,
            None if purpose == Purpose::Add => {
                let add = "INSERT INTO kx837.meta VALUES ('key', $1)";
                let added = store.client.execute(add, &[&check.mark()]);
                store.fail(added)?;
            }
            None => {}
        }
        Ok(store)
    }

    /// Opens a ledger for a run, which writes in a thread of its own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_for_run(
        server: &Server,
        hasher: &PatientHasher,
        patience: Duration,
    ) -> Result<Background<Self>, StoreError> {
        let writer = Self::open(server, hasher, Purpose::Add, patience)?;
        let reader = Self::connect(server, Purpose::Read, patience)?;
        Ok(Background::new(writer, reader))
    }

    /// Opens a ledger that exists, whoever's key its patients were hashed with.
    ///
    /// # Errors
    /// As [`Self::open`], the key aside.
    pub fn open_any(
        server: &Server,
        purpose: Purpose,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        // What is only changed when it is there must not be made on the way.
        let reader = Self::connect(server, Purpose::Read, patience)?;
        match purpose {
            Purpose::Read => Ok(reader),
            Purpose::Add => Self::connect(server, purpose, patience),
        }
    }

    fn connect(server: &Server, purpose: Purpose, patience: Duration) -> Result<Self, StoreError> {
        let place = server.to_string();
        let fail = |error: postgres::Error| told(&place, &error);
        let mut client = server.config.connect(NoTls).map_err(fail)?;
        begin(&mut client, &place, purpose, patience)?;
        let mut store = Self {
            place: place.clone(),
            client,
            accounts: AccountNames::default(),
            next_file: 0,
            is_empty: false,
        };
        store.read_names().map_err(fail)?;
        Ok(store)
    }

    fn read_names(&mut self) -> Result<(), postgres::Error> {
        let state = "SELECT max(seq), NOT EXISTS (SELECT 1 FROM kx837.claim) FROM kx837.file";
        let state = self.client.query_one(state, &[])?;
        let last: Option<i32> = state.get(0);
        self.next_file = last.map_or(1, |last| last.cast_unsigned().saturating_add(1));
        self.is_empty = state.get(1);
        let names = "SELECT id, kind = 'amount', name FROM kx837.account";
        for row in self.client.query(names, &[])? {
            self.accounts.insert(AccountName {
                id: row.get(0),
                is_amount: row.get(1),
                name: Arc::from(row.get::<_, &str>(2)),
            });
        }
        Ok(())
    }
}

/// Begins the one transaction, and makes or migrates the tables.
fn begin(
    client: &mut Client,
    place: &str,
    purpose: Purpose,
    patience: Duration,
) -> Result<(), StoreError> {
    let fail = |error: postgres::Error| told(&place, &error);
    let version = version(client).map_err(fail)?;
    if version > VERSION {
        return Err(StoreError(format!(
            "{place}: the ledger is of version {version}, and this program knows up to {VERSION}: use a newer kx837"
        )));
    }
    let is_current = version == VERSION;
    match purpose {
        Purpose::Read if version == 0 => {
            Err(StoreError(format!("{place}: there is no such ledger")))
        }
        Purpose::Read => {
            if !is_current {
                begin(client, place, Purpose::Add, patience)?;
                client.batch_execute("COMMIT").map_err(fail)?;
            }
            client
                .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .map_err(fail)
        }
        Purpose::Add => {
            // A timeout of 0 would mean to wait for ever.
            let wait = patience.as_millis().max(1);
            let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})");
            client
                .batch_execute(&format!(
                    "SET idle_in_transaction_session_timeout = 0; SET lock_timeout = {wait}; {lock}"
                ))
                .map_err(fail)?;
            // Another run may have made them meanwhile.
            let version = self::version(client).map_err(fail)?;
            let from = usize::try_from(version).unwrap_or(0);
            let steps = MIGRATIONS.get(from..).unwrap_or_default();
            for step in steps {
                client.batch_execute(step).map_err(fail)?;
            }
            if steps.is_empty() {
                return Ok(());
            }
            // Tables are there for whoever reads meanwhile.
            client
                .batch_execute(&format!(
                    "INSERT INTO kx837.meta VALUES ('version', '{VERSION}') \
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value; COMMIT; {lock}"
                ))
                .map_err(fail)
        }
    }
}

/// 0 when there are no tables.
fn version(client: &mut Client) -> Result<i32, postgres::Error> {
    let is_there = "SELECT to_regclass('kx837.meta') IS NOT NULL";
    if !client.query_one(is_there, &[])?.get::<_, bool>(0) {
        return Ok(0);
    }
    let version = "SELECT value::INTEGER FROM kx837.meta WHERE name = 'version'";
    let version = client.query_opt(version, &[])?;
    Ok(version.map_or(0, |row| row.get(0)))
}
