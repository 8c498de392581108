//! Rules as data: loading packs, checking them, and selecting policies by code, payer and date.
//!
//! Nothing is judged here.

mod answers;
mod assemble;
mod builtin;
mod check;
mod codes;
mod compiled;
mod contractor;
mod day;
mod defaults;
mod error;
mod examples;
mod fees;
mod info;
mod kinds;
mod load;
pub mod pack;
mod pattern;
mod payer;
mod schema;
mod selection;
mod sessions;
mod set;
mod table;
mod threshold;

pub use compiled::{CodeScope, Condition, Conditions, Policy};
pub use contractor::{Venue, VenueTable};
pub use error::PackError;
pub use examples::ExampleLine;
pub use fees::{Fee, FeeTable, Locality, LocalityError, Schedule};
pub use info::PackInfo;
pub use load::Pack;
pub use pattern::{DiagnosisPrefix, DiagnosisSet, DiagnosisStarts, DigitPattern, ModifierMask};
pub use payer::{MetPayers, PayerClassId, PayerMark, PayerMask, PayerTable};
pub use schema::pack_schema;
pub use selection::{Level, SelectionError};
pub use sessions::Sessions;
pub use set::{PayerError, PolicySet};
pub use table::{CodeTable, ListId};
pub use threshold::{BucketId, ThresholdTable, YearlyAmount};
