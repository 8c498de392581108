//! kx837 reads X12 837 claim files as a stream and judges every service line against the rules
//! for HCPCS modifier KX.
//!
//! Data flows one way through the modules, in this order:
//! [`x12`] (syntax) → [`claim`] (the 837 guides) → [`policy`] (rules as data) → [`rule`] (judges)
//! and [`ledger`] (running totals) → [`report`] → [`screen`] (the pipeline and front door) → [`mod@bench`]
//! (throughput by stage).

pub mod bench;
pub mod claim;
#[cfg(feature = "cli")]
pub mod cli;
pub mod code;
pub mod date;
pub mod eligibility;
pub mod finding;
pub mod generate;
pub mod ledger;
pub mod money;
pub mod phi;
pub mod policy;
pub mod reconcile;
pub mod remittance;
pub mod report;
pub mod rule;
pub mod screen;
pub mod spelling;
pub mod text;
pub mod x12;
