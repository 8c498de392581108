//! Where counted claims are kept from run to run.

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::finding::Severity;
use crate::phi::PatientHash;
use crate::text::Text;

use super::order::OrderKey;
use super::rows::ClaimRow;

/// What a run adds to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addition {
    /// A claim that was counted.
    Claim(PatientHash, ClaimRow),
    /// A claim with lines at risk, to be compared with what the payer decides.
    AtRisk(AtRiskClaim),
}

/// A claim with findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtRiskClaim {
    /// Its place in the order received.
    pub order: OrderKey,
    /// CLM01.
    pub id: Text,
    /// NPI of the billing provider; empty when it is named by anything else.
    pub provider: Text,
    /// In the order of the lines; a line may have several.
    pub lines: Vec<AtRiskLine>,
}

/// What was found on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtRiskLine {
    /// LX01 as written, else the line's 1-based count; empty for the claim as a whole.
    pub number: String,
    /// The code of the line.
    pub code: Option<ProcedureCode>,
    /// First date of service.
    pub date: Option<Date>,
    /// Code of the rule, such as `KX101`.
    pub rule: String,
    /// Id of the policy.
    pub policy: String,
    /// How bad.
    pub severity: Severity,
}

/// Keeps what was counted from run to run. One that is dropped without [`Self::commit`] has kept
/// nothing.
pub trait Store {
    /// The number that the next file gets: above all that were received.
    fn next_file(&self) -> u32;

    /// A file is about to be read.
    ///
    /// # Errors
    /// When it cannot be written down.
    fn begin_file(&mut self, seq: u32, name: &str) -> Result<(), StoreError>;

    /// The name of a file of an earlier run.
    fn file_name(&mut self, seq: u32) -> Option<String>;

    /// True when every journey to it takes long, so that it should be asked for many at once.
    fn is_far(&self) -> bool {
        false
    }

    /// Claims of a patient in the order received; those that were added to this very store may be missing
    /// until they are kept.
    ///
    /// # Errors
    /// When the store cannot be read, or holds what no ledger writes.
    fn load(&mut self, patient: PatientHash) -> Result<Vec<ClaimRow>, StoreError>;

    /// The same for several, in their order: one journey where the store is far away.
    ///
    /// # Errors
    /// As [`Self::load`].
    fn load_all(&mut self, patients: &[PatientHash]) -> Result<Vec<Vec<ClaimRow>>, StoreError> {
        patients.iter().map(|patient| self.load(*patient)).collect()
    }

    /// Adds claims.
    ///
    /// # Errors
    /// When they cannot be written down.
    fn append(&mut self, additions: Vec<Addition>) -> Result<(), StoreError>;

    /// Adds one.
    ///
    /// # Errors
    /// As [`Self::append`].
    fn add(&mut self, addition: Addition) -> Result<(), StoreError> {
        self.append(vec![addition])
    }

    /// Keeps everything that was added, or nothing.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn commit(&mut self) -> Result<(), StoreError>;
}

/// A store to look into and to change as a whole.
pub trait Archive: Store {
    /// What errors call it.
    fn place(&self) -> String;

    /// Names of the files that were received, by number.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    fn files(&mut self) -> Result<Vec<(u32, String)>, StoreError>;

    /// All patients, in the order of their hashes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    fn patients(&mut self) -> Result<Vec<PatientHash>, StoreError>;

    /// Patients who have a claim with this CLM01.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    fn patients_of(&mut self, clm01: &[u8]) -> Result<Vec<PatientHash>, StoreError>;

    /// Claims with this CLM01 and lines at risk, in the order received.
    ///
    /// # Errors
    /// When the ledger cannot be read, or holds what no ledger writes.
    fn at_risk(&mut self, clm01: &[u8]) -> Result<Vec<AtRiskClaim>, StoreError>;

    /// Tells every claim with lines at risk, the latest first.
    ///
    /// # Errors
    /// As [`Self::at_risk`]; `each` may have been told a part by then.
    fn each_at_risk(&mut self, each: &mut dyn FnMut(AtRiskClaim)) -> Result<(), StoreError>;

    /// Tells the CLM01 of every claim that was counted, in any order; one may come several times.
    ///
    /// # Errors
    /// When the ledger cannot be read; `each` may have been told a part by then.
    fn each_number(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<(), StoreError>;

    /// Makes searches by CLM01 quick from now on, where they are not.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    fn index_numbers(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// What is wrong with the store itself; empty when it is sound.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    fn faults(&mut self) -> Result<Vec<String>, StoreError>;

    /// Forgets amounts that were counted on dates before a year, claims that counted nothing else and
    /// findings included. Returns how many lines.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    fn prune(&mut self, before: i16) -> Result<u64, StoreError>;

    /// Overwrites what was deleted, after a commit.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    fn shred(&mut self) -> Result<(), StoreError>;
}

/// What is wrong with a store. Never carries patient data.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

impl From<StoreError> for String {
    fn from(error: StoreError) -> Self {
        error.0
    }
}
