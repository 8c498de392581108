//! Interchange syntax: delimiters, scanning, segments, envelopes, positions and the writer.
//!
//! Nothing of claims is known here.

mod delimiters;
mod position;
mod writer;

pub use delimiters::Delimiters;
pub use position::{ElementReference, EnvelopeIds, Position, SegmentId, SegmentPlace};
pub use writer::{InterchangeHeader, SegmentBuilder, SegmentWriter};
