//! The ledger that is kept from run to run.

use crate::ledger::Store;

/// What failures of the ledger are called.
pub const LEDGER: &str = "ledger";

/// A ledger that is kept from run to run.
pub struct Kept {
    /// Where.
    pub store: Box<dyn Store>,
    /// It is read, and nothing is added.
    pub dry_run: bool,
}
