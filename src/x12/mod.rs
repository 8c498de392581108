//! Interchange syntax: delimiters, scanning, segments, envelopes, positions and the writer.
//!
//! Nothing of claims is known here.

mod delimiters;
mod position;

pub use delimiters::Delimiters;
pub use position::{ElementReference, EnvelopeIds, Position, SegmentId, SegmentPlace};
