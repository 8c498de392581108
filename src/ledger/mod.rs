//! Running totals per patient, calendar year and policy, in the order in which claims were
//! received.
//!
//! A state machine without input or output: whoever feeds it decides what the order is, and it
//! refuses to go backwards.

mod message;
mod totals;
mod visits;

pub use totals::{Ledger, OrderError, OrderKey};
