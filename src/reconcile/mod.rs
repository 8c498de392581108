//! What was predicted for claims, and what payers decided on them (835), put side by side.
//!
//! A *prediction* is a service line (or the claim as a whole) and a policy that found something on it when
//! the claim was screened into a ledger. Decisions are read first, and settled so that the latest on a
//! claim is left; then the ledger tells its claims one by one, and each prediction is compared.

mod compared;
mod decision;
mod known;
mod matching;
mod prediction;
mod reconciler;
mod settle;
mod tally;

pub use reconciler::Reconciler;
pub use settle::Decisions;
pub use tally::{
    Counts, Missed, Parted, PolicyTally, Predicted, Reconciliation, RuleTally, Screened, Verdict,
};
