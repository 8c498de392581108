//! A ledger is of use only with the key that its patients were hashed with.

use super::store::StoreError;
use crate::phi::PatientHasher;

/// Tells whether a ledger was made with a key.
pub(super) struct KeyCheck(String);

impl KeyCheck {
    pub fn new(hasher: &PatientHasher) -> Self {
        Self(hasher.hash(&[b"kx837 ledger"]).to_string())
    }

    /// What a ledger that is made with the key remembers of it; the key cannot be told from it.
    pub fn mark(&self) -> &str {
        &self.0
    }

    /// # Errors
    /// When the ledger at `place` remembers another key.
    pub fn compare(&self, place: &str, known: &str) -> Result<(), StoreError> {
        if known == self.0 {
            return Ok(());
        }
        Err(StoreError(format!(
            "{place}: the ledger was made with another key, so its patients cannot be told: name that key with --key-file. \
             If it is lost, nothing can tell them any more: begin a new ledger"
        )))
    }
}
