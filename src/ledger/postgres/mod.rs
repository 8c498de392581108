//! A ledger on a server (`PostgreSQL`), which several hosts share.
//!
//! It is what the ledger in a file is: one run is one transaction, and runs that add to it take turns. It
//! has the schema `kx837` of a database for itself.

mod archive;
mod json;
mod open;
mod store;

use std::error::Error;
use std::fmt;

use postgres::Client;
use postgres::error::SqlState;

use super::encoding::AccountNames;
use super::store::StoreError;

pub use open::Server;

/// A ledger on a server.
pub struct PostgresStore {
    place: String,
    client: Client,
    accounts: AccountNames,
    next_file: u32,
    /// It holds no claim.
    is_empty: bool,
}

impl PostgresStore {
    fn fail<T>(&self, result: Result<T, postgres::Error>) -> Result<T, StoreError> {
        result.map_err(|error| told(&self.place, &error))
    }
}

/// What went wrong, in words. Values of a statement are in the server's details, which are left out.
fn told(place: &dyn fmt::Display, error: &postgres::Error) -> StoreError {
    let what = match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            "another run is using the ledger; try again when it has ended".to_owned()
        }
        Some(&SqlState::DISK_FULL) => {
            "the server's disk is full: the ledger is as it was before".to_owned()
        }
        _ => error.as_db_error().map_or_else(
            || chain(error),
            |error| format!("the server says: {}", error.message()),
        ),
    };
    StoreError(format!("{place}: {what}"))
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A value that no ledger writes.
fn strange(place: &str, table: &str) -> StoreError {
    StoreError(format!(
        "{place}: the table kx837.{table} holds what no ledger writes"
    ))
}
