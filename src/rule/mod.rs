//! The judges: one small file for each kind of rule.

mod conflict;
mod context;
mod docket;
mod duplicate_modifier;
pub mod example;
mod exclusive;
mod fee_estimate;
mod gate;
mod hit;
mod must_not;
mod no_policy;
mod one_of;
mod optional;
mod overflow;
mod registry;
mod required;
mod required_with;
mod routine_use;
mod sessions;
mod set;
mod sex_conflict;
mod threshold;
mod trace;
mod uniform;
mod verdicts;

pub use hit::{Accrual, Amount, AmountBasis, Hit, Measure, Spot, sort_hits};
pub use set::RuleSet;
pub use trace::{Considered, Outcome};
