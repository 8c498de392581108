//! Segments set aside until the totals that stand before them are known.

use std::io::{self, BufWriter, Seek, Write};

use tempfile::SpooledTempFile;

use crate::x12::{Delimiters, SegmentWriter};

/// Bytes kept in memory; what is more goes to an unnamed temporary file.
const IN_MEMORY: usize = 4 << 20;

/// A writer of segments into memory or, if they are many, into a temporary file that has no
/// name and that nobody else can open.
pub(super) struct Spool {
    pub segments: SegmentWriter<BufWriter<SpooledTempFile>>,
}

impl Spool {
    pub fn new(delimiters: Delimiters, line_breaks: bool) -> Self {
        let file = BufWriter::new(SpooledTempFile::new(IN_MEMORY));
        Self {
            segments: SegmentWriter::new(file, delimiters).with_line_breaks(line_breaks),
        }
    }

    /// Puts everything of `other` behind what is here. Its segments do not count here.
    pub fn append(&mut self, other: Self) -> io::Result<()> {
        other.drain_into(self.segments.get_mut())
    }

    /// Copies everything to `out`.
    pub fn drain_into(self, out: &mut impl Write) -> io::Result<()> {
        let mut file = self
            .segments
            .into_inner()
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        io::copy(&mut file, out).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_beyond_memory() {
        let mut spool = Spool::new(Delimiters::default(), true);
        let long = "A".repeat(1_000);
        let count = IN_MEMORY as u64 / 1_000 * 2;
        for number in 0..count {
            spool
                .segments
                .segment("NTE")
                .number(number)
                .element(&long)
                .end()
                .unwrap();
        }
        assert_eq!(spool.segments.segment_count(), count);
        let mut out = Vec::new();
        spool.drain_into(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count() as u64, count);
        for (number, line) in text.lines().enumerate() {
            assert!(line.starts_with(&format!("NTE*{number}*A")), "{number}");
        }
    }
}
