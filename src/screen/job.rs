//! What is to be done with every claim.

use std::sync::Arc;

use crate::phi::PatientHasher;
use crate::rule::RuleSet;

/// Shared by all workers.
pub struct Job {
    /// What to do.
    pub task: Task,
    /// Turns patients into hashes.
    pub hasher: PatientHasher,
}

/// What to do with claims.
pub enum Task {
    /// Judge their lines.
    Screen {
        /// The rules.
        rules: Arc<RuleSet>,
        /// Reports want clean claims, too.
        every_claim: bool,
        /// The hashes of all of them, those of clean claims that add to no total among them.
        every_patient: bool,
        /// Reports want the first notices of each transaction set, not of each file alone.
        every_set: bool,
        /// What is counted is kept, or compared with what is.
        is_kept: bool,
    },
    /// Write their lines as JSON Lines.
    Lines {
        /// With the patients' identities instead of hashes.
        show_patient: bool,
    },
}
