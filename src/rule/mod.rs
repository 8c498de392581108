//! The judges: one small file for each kind of rule.

mod conflict;
mod context;
mod duplicate_modifier;
pub mod example;
mod exclusive;
mod gate;
mod hit;
mod must_not;
mod no_policy;
mod one_of;
mod overflow;
mod registry;
mod required;
mod required_with;
mod set;
mod sex_conflict;
mod threshold;

pub use hit::{Accrual, AmountBasis, Hit, Spot, sort_hits};
pub use set::RuleSet;
