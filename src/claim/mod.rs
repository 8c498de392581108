//! The 837 guides: loops, parties, claims and service lines.

mod guide;
mod lines;
mod model;
pub mod reader;
pub mod segments;

pub use guide::Guide;
pub use lines::ServiceLines;
pub use model::{
    Adjudication, Claim, ClaimDates, Envelope, Evidence, EvidenceKind, HealthCareCode, OtherPayer,
    Party, Payer, Person, ServiceLine, Sex,
};
