//! ISA segments that line breaks stand inside of, as they are without them.

use super::header::{HEADER_REACH, InterchangeHeader, is_line_break};

/// The beginning of `bytes` without line breaks, as far as an ISA reaches.
fn unbroken(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let bytes = bytes.iter().copied();
    bytes
        .filter(|byte| !is_line_break(*byte))
        .take(HEADER_REACH)
}

/// True for `ISA`, with line breaks between its letters or not, whether a readable header or not.
pub fn begins_unbroken(bytes: &[u8]) -> bool {
    unbroken(bytes).take(3).eq(*b"ISA")
}

/// True when an ISA is readable once its line breaks are removed.
pub fn reads_unbroken(bytes: &[u8]) -> bool {
    let header: Vec<u8> = unbroken(bytes).collect();
    header.starts_with(b"ISA") && InterchangeHeader::discover(&header).is_ok()
}

/// Why the ISA that `bytes` begin with cannot be read, without its line breaks either.
pub fn why_unreadable(bytes: &[u8]) -> String {
    let header: Vec<u8> = unbroken(bytes).collect();
    let errors = [&header, bytes].map(|bytes| InterchangeHeader::discover(bytes).err());
    let error = errors.into_iter().flatten().next();
    error.map(|error| error.to_string()).unwrap_or_default()
}
