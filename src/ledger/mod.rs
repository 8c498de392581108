//! Running totals per patient, calendar year and table of amounts, in the order in which claims were
//! received.
//!
//! Counted lines are kept, not totals alone: what replaces or voids a claim takes its lines back, what
//! comes twice counts once, and a total can be explained by its lines.

mod account;
mod background;
mod balance;
mod compare;
mod counting;
mod explained;
mod identity;
mod message;
mod near;
mod order;
mod patient;
mod remitted;
mod rows;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod standing;
mod total;
mod visits;

pub use account::{Account, Entry};
pub use background::Background;
pub use balance::Balance;
pub use counting::{Counted, Ledger, Received};
pub use identity::{ClaimIdentity, Frequency};
pub use near::Near;
pub use order::{OrderError, OrderKey};
pub use patient::{KnownClaim, PatientRecord};
pub use remitted::Remitted;
pub use rows::{ClaimRow, CountedRow, EntryRow, Store, StoreError};
pub use standing::{
    Case, ClaimStanding, Detail, Now, Passing, ReceivedClaim, SessionStanding, Share, Standing,
    Tally, Verdict, WhatIf, Which,
};
pub use total::{Bases, Total};
pub use visits::{Beyond, Visit, Visits};
