//! Interchange syntax: delimiters, scanning, segments, envelopes, positions and the writer.
//!
//! Nothing of claims is known here.

mod delimiters;
mod elements;
mod envelope;
pub mod grammar;
mod header;
mod position;
pub mod scan;
mod sniff;
mod tracker;
pub(crate) mod unbroken;
mod whole;
mod writer;

pub use delimiters::Delimiters;
pub use elements::{Components, Element, Elements, MOST_ELEMENTS, trimmed};
pub use envelope::{
    GroupHeader, Trailer, TransactionSetHeader, group_header, trailer, transaction_set_header,
};
pub(crate) use header::HEADER_REACH;
pub(crate) use header::is_line_break;
pub use header::{HeaderError, ISA_LENGTH, InterchangeHeader, is_interchange_id_qualifier};
pub use position::{ElementReference, EnvelopeIds, Position, SegmentId, SegmentPlace};
pub use scan::{RawSegment, SegmentScanner};
pub use sniff::{Content, sniff};
pub(crate) use sniff::{GZIP, ZSTD, packed};
pub use tracker::{Defects, EnvelopeDefect, EnvelopeFault, EnvelopeTracker};
pub use whole::{WholeError, WholeSegment, read_sets};
pub use writer::{Beginning, OutgoingInterchange, SegmentBuilder, SegmentWriter};
