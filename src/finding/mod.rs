//! What a run says: findings on service lines, notices on files, and what both refer to.
//!
//! Plain data. It knows no rule and no report: rules produce it, reports print it.

mod catalogue;
mod counted;
mod envelope;
mod evidence;
mod header;
mod notice;
mod outcome;
mod summary;

pub use catalogue::{
    Catalogue, Confidence, DenialInfo, PolicyId, PolicyInfo, RuleId, RuleInfo, RuleKind, Source,
    StatusInfo,
};
pub use counted::{CountedLine, CountedTotal, Interval, LISTED};
pub use envelope::{GroupInfo, HeadingParty, InterchangeInfo, SkippedSetInfo, TransactionSetInfo};
pub use evidence::{CarriedEvidence, EvidenceElement, EvidenceLevel};
pub use header::HeaderFault;
pub use notice::{Flaw, Notice, NoticeKind, NoticeLevel};
pub use outcome::{
    BillingProvider, ClaimKind, ClaimOutcome, Finding, LineOutcome, PatientOutcome, PayerOutcome,
};
pub use summary::{Counts, FileSummary, RuleTotal, RunSummary};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad it is if the finding is right.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a look.
    Info,
    /// Likely to be rejected, denied or audited.
    Warning,
    /// Will be rejected or denied as it stands.
    Error,
}

impl Severity {
    /// The lower-case word used in reports and options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure the claim alone makes us.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It takes the patient's history or record to tell.
    Possible,
    /// The claim points that way.
    Likely,
    /// The claim alone shows it.
    Certain,
}

impl Certainty {
    /// The lower-case word used in reports and packs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }

    /// The highest severity that a finding of this certainty may have: nothing that only the
    /// record can decide is called an error.
    pub const fn cap(self) -> Severity {
        match self {
            Self::Possible => Severity::Warning,
            Self::Likely | Self::Certain => Severity::Error,
        }
    }
}
