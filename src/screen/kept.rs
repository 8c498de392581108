//! The ledger that is kept from run to run.

use crate::ledger::Store;

/// What failures of the ledger are called; nothing is added after one.
pub const LEDGER: &str = "ledger";

/// What a failure to add the run in the end is called. Of a disk that fails at that very moment it cannot
/// be known what it has kept; the same run again sets the ledger right.
pub const LEDGER_COMMIT: &str = "adding to the ledger";

/// A ledger that is kept from run to run.
pub struct Kept {
    /// Where.
    pub store: Box<dyn Store>,
    /// It is read, and nothing is added.
    pub dry_run: bool,
}
