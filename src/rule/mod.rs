//! The judges: one small file for each kind of rule.

mod hit;

pub use hit::{Accrual, AmountBasis, Hit, Spot, sort_hits};
