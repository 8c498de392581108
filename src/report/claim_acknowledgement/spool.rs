//! Segments set aside until the totals that stand before them are known.

use std::fs::File;
use std::io::{self, Seek, Write};

use crate::x12::{Delimiters, SegmentWriter};

/// Bytes kept in memory; what is more goes to an unnamed temporary file.
const IN_MEMORY: usize = 4 << 20;

/// A writer of segments into memory or, if they are many, into a temporary file that has no
/// name and that nobody else can open.
pub(super) struct Spool {
    pub segments: SegmentWriter<Held>,
}

impl Spool {
    /// An empty one in this memory.
    pub fn new(room: Room, delimiters: Delimiters, line_breaks: bool) -> Self {
        let held = Held {
            file: None,
            latest: room.0,
        };
        Self {
            segments: SegmentWriter::new(held, delimiters).with_line_breaks(line_breaks),
        }
    }

    /// Its memory, to be used again.
    pub fn into_room(self) -> Room {
        let Held { mut latest, .. } = self.segments.into_inner();
        latest.clear();
        Room(latest)
    }

    /// Moves everything to `out`. The count of segments goes on.
    pub fn drain_into(&mut self, out: &mut impl Write) -> io::Result<()> {
        let Held { file, latest } = self.segments.get_mut();
        if let Some(mut file) = file.take() {
            file.rewind()?;
            io::copy(&mut file, out)?;
        }
        out.write_all(latest)?;
        latest.clear();
        Ok(())
    }
}

/// Memory of a spool that is done: new memory costs more than what is written into it.
#[derive(Default)]
pub(super) struct Room(Vec<u8>);

/// What was set aside.
#[derive(Default)]
pub(super) struct Held {
    /// The older part, if there is much.
    file: Option<File>,
    latest: Vec<u8>,
}

impl Held {
    #[cold]
    fn make_room(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.write_all(&self.latest)?;
        self.latest.clear();
        Ok(())
    }
}

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.latest.len() + bytes.len() > IN_MEMORY {
            self.make_room()?;
        }
        self.latest.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_beyond_memory() {
        let mut spool = Spool::new(Room::default(), Delimiters::default(), true);
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
        spool.segments.segment("SE").end().unwrap();
        let mut rest = Vec::new();
        spool.drain_into(&mut rest).unwrap();
        assert_eq!(rest, b"SE~\n", "what was moved is gone");
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count() as u64, count);
        for (number, line) in text.lines().enumerate() {
            assert!(line.starts_with(&format!("NTE*{number}*A")), "{number}");
        }
    }
}
