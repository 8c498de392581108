//! The grammar of the segments that are looked at: one parser each, over located elements.

mod claim;
mod evidence;
mod party;
mod service_line;

pub use claim::{ClaimInformation, DateTimePeriod, Reference, clm, dtp, hi, reference};
pub use evidence::{conditions, dme_certification, file_information, note, paperwork};
pub use party::{
    Demographics, Hierarchy, Subscriber, dmg, hl, n4, nm1, nm1_id, nm1_party, prv, sbr,
};
pub use service_line::{Adjustment, LineAdjudication, cas, lx, sv1, sv2, sv3, svd};
