//! Running totals per patient, calendar year and table of amounts, in the order in which claims were
//! received.
//!
//! Counted lines are kept, not totals alone: what replaces or voids a claim takes its lines back, what
//! comes twice counts once, and a total can be explained by its lines.

mod account;
mod alike;
mod background;
mod balance;
mod compare;
mod counting;
#[cfg(feature = "sqlite")]
mod encoding;
mod explained;
mod identity;
#[cfg(feature = "sqlite")]
mod key;
mod memory;
mod message;
mod near;
mod order;
mod patient;
#[cfg(feature = "sqlite")]
mod place;
#[cfg(feature = "postgres")]
pub mod postgres;
mod remitted;
mod resubmitted;
mod rows;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod standing;
mod store;
mod total;
mod visits;

pub use account::{Account, Entry};
pub use background::Background;
pub use balance::{Balance, Entered};
pub use counting::{Counted, Ledger, Received};
pub use identity::{ClaimIdentity, Frequency};
pub use memory::Records;
pub use near::Near;
pub use order::{OrderError, OrderKey};
pub use patient::{KnownClaim, PatientRecord};
#[cfg(feature = "sqlite")]
pub use place::{LedgerPlace, PATIENCE, Purpose};
pub use remitted::Remitted;
pub use rows::{ClaimRow, CountedRow, EntryRow};
pub use standing::{
    Case, ClaimStanding, Detail, Now, Passing, ReceivedClaim, SessionStanding, Share, Standing,
    Tally, Verdict, WhatIf, Which,
};
pub use store::{Addition, Archive, AtRiskClaim, AtRiskLine, Store, StoreError};
pub use total::{Bases, Total};
pub use visits::{Beyond, Visit, Visits};
