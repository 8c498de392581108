//! Parts of a file or stream.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::{Deref, Range};
use std::sync::Arc;
use std::time::SystemTime;

use super::input::{SharedBytes, read_up_to};
use super::window::Window;

/// A file or stream of which parts can be had.
pub enum Parts {
    /// All bytes are at hand.
    Memory(SharedBytes),
    /// Bytes are read when they are wanted.
    File(OpenFile),
    /// Bytes come, and are kept until they are released.
    Stream(Window),
}

impl Parts {
    /// Size in bytes, when it is known.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Memory(bytes) => Some(bytes.len() as u64),
            Self::File(file) => Some(file.size as u64),
            Self::Stream(_) => None,
        }
    }

    /// The bytes from this 0-based offset on: `wanted` of them, or all that are left.
    ///
    /// # Errors
    /// The file cannot be read, or has become shorter. The run was interrupted while a stream was waited for.
    pub fn part(&mut self, from: usize, wanted: usize, spare: &mut Spare) -> io::Result<Part> {
        Ok(match self {
            Self::Memory(bytes) => {
                let end = bytes.len().min(from.saturating_add(wanted));
                Part {
                    bytes: bytes.clone(),
                    range: from..end,
                    at_end: end == bytes.len(),
                }
            }
            Self::File(file) => {
                let end = file.size.min(from.saturating_add(wanted));
                let mut buffer = spare.0.pop().unwrap_or_default();
                file.read_at(from, end - from, &mut buffer)?;
                Part {
                    range: 0..buffer.len(),
                    bytes: SharedBytes::Owned(Arc::new(buffer)),
                    at_end: end == file.size,
                }
            }
            Self::Stream(window) => {
                let mut buffer = spare.0.pop().unwrap_or_default();
                let at_end = window.read_at(from, wanted, &mut buffer)?;
                Part {
                    range: 0..buffer.len(),
                    bytes: SharedBytes::Owned(Arc::new(buffer)),
                    at_end,
                }
            }
        })
    }

    /// True when [`Self::part`] need not wait until somebody writes to a stream.
    pub fn is_at_hand(&mut self, from: usize, wanted: usize) -> bool {
        match self {
            Self::Memory(_) | Self::File(_) => true,
            Self::Stream(window) => window.is_at_hand(from, wanted),
        }
    }

    /// What stands before this offset is not wanted any more.
    pub fn release(&mut self, offset: usize) {
        if let Self::Stream(window) = self {
            window.release(offset);
        }
    }

    /// Whether all bytes were there: another program may have written to the file while it was read, and a stream
    /// may have broken.
    ///
    /// # Errors
    /// It has, or that cannot be told.
    pub fn check(&mut self) -> io::Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::File(file) => file.check(),
            Self::Stream(window) => window.check(),
        }
    }
}

/// The bytes of a file from some place on.
#[derive(Clone)]
pub struct Part {
    bytes: SharedBytes,
    range: Range<usize>,
    /// It ends where the file ends.
    pub at_end: bool,
}

impl Deref for Part {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }
}

/// Larger buffers, in bytes, are not kept.
const LARGEST_KEPT: usize = 4 << 20;

/// Buffers of parts that are not needed any more: new memory costs as much as reading into it.
#[derive(Default)]
pub struct Spare(Vec<Vec<u8>>);

impl Spare {
    /// Keeps the buffer for another part, if nobody else holds it and it is not one that a giant claim took.
    pub fn keep(&mut self, part: Part) {
        if let SharedBytes::Owned(bytes) = part.bytes
            && let Ok(buffer) = Arc::try_unwrap(bytes)
            && buffer.capacity() <= LARGEST_KEPT
        {
            self.0.push(buffer);
        }
    }
}

/// Room for so many bytes in a buffer whose bytes are not wanted any more. What is too small goes before what is large enough comes.
pub(super) fn make_room(buffer: &mut Vec<u8>, length: usize) {
    if buffer.capacity() < length {
        *buffer = Vec::new();
        buffer.reserve_exact(length);
    }
}

/// A file as it was when it was opened.
pub struct OpenFile {
    file: File,
    size: usize,
    modified: Option<SystemTime>,
    /// How far it was read as a stream.
    position: usize,
}

impl OpenFile {
    /// # Errors
    /// It is larger than memory can be.
    pub fn new(file: File, metadata: &Metadata) -> io::Result<Self> {
        let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
        Ok(Self {
            size: usize::try_from(metadata.len()).map_err(too_large)?,
            modified: metadata.modified().ok(),
            file,
            position: 0,
        })
    }

    fn read_at(&mut self, from: usize, length: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(from as u64))?;
        make_room(buffer, length);
        // What a buffer that is used again has already is not set to 0.
        buffer.resize(length, 0);
        let read = read_up_to(&mut self.file, buffer)?;
        if read < length {
            return Err(self.shorter(from + read));
        }
        Ok(())
    }

    fn shorter(&self, now: usize) -> io::Error {
        let message = format!(
            "it had {} bytes when it was opened, and now ends at byte {now}: another program has changed it",
            self.size
        );
        io::Error::new(io::ErrorKind::UnexpectedEof, message)
    }

    fn check(&self) -> io::Result<()> {
        let metadata = self.file.metadata()?;
        let size = metadata.len();
        if size < self.size as u64 {
            return Err(self.shorter(size as usize));
        }
        if size > self.size as u64 {
            let message = format!(
                "it had {} bytes when it was opened, and has {size} now: another program is writing to it",
                self.size
            );
            return Err(io::Error::other(message));
        }
        if metadata.modified().ok() != self.modified {
            return Err(io::Error::other(
                "another program has written to it while it was read",
            ));
        }
        Ok(())
    }
}

/// From the beginning to the end that the file had when it was opened.
impl Read for OpenFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(self.size - self.position);
        let read = self.file.read(&mut buffer[..wanted])?;
        self.position += read;
        if read == 0 && wanted > 0 {
            return Err(self.shorter(self.position));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn opened(bytes: &[u8]) -> (File, Parts) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let mut read = file.try_clone().unwrap();
        read.rewind().unwrap();
        let metadata = read.metadata().unwrap();
        (file, Parts::File(OpenFile::new(read, &metadata).unwrap()))
    }

    #[test]
    fn parts_are_the_bytes_of_their_place() {
        let bytes: Vec<u8> = (0..200_u8).cycle().take(100_000).collect();
        let (_, mut file) = opened(&bytes);
        let mut memory = Parts::Memory(SharedBytes::Owned(Arc::new(bytes.clone())));
        let mut spare = Spare::default();
        for (from, wanted) in [
            (0_usize, 10_usize),
            (99_990, 10),
            (99_990, 11),
            (100_000, 5),
            (7_usize, usize::MAX),
        ] {
            let end = bytes.len().min(from.saturating_add(wanted));
            for parts in [&mut file, &mut memory] {
                let part = parts.part(from, wanted, &mut spare).unwrap();
                assert_eq!(
                    (&*part, part.at_end),
                    (&bytes[from..end], end == bytes.len())
                );
                spare.keep(part);
                assert_eq!(spare.0.len(), 1);
            }
        }
        assert!(file.check().is_ok());
    }

    #[test]
    fn a_file_that_changes_is_an_error() {
        let (writer, mut file) = opened(&[b'A'; 1_000]);
        let mut spare = Spare::default();
        writer.set_len(600).unwrap();
        assert!(file.part(0, 600, &mut spare).is_ok());
        let told = file.part(500, 200, &mut spare).err().unwrap().to_string();
        assert!(
            told.contains("had 1000 bytes") && told.contains("byte 600"),
            "{told}"
        );
        assert!(file.check().unwrap_err().to_string().contains("byte 600"));
        writer.set_len(1_001).unwrap();
        let told = file.check().unwrap_err().to_string();
        assert!(told.contains("has 1001 now"), "{told}");
        writer.set_len(1_000).unwrap();
        let later = SystemTime::now() + std::time::Duration::from_secs(9);
        writer.set_modified(later).unwrap();
        let told = file.check().unwrap_err().to_string();
        assert!(told.contains("has written to it"), "{told}");
    }

    #[test]
    fn a_stream_ends_where_the_file_ended() {
        let (writer, file) = opened(&[b'A'; 1_000]);
        let Parts::File(mut file) = file else {
            unreachable!()
        };
        writer.set_len(2_000).unwrap();
        let mut bytes = Vec::new();
        assert_eq!(file.read_to_end(&mut bytes).unwrap(), 1_000);
        let (writer, file) = opened(&[b'A'; 1_000]);
        let Parts::File(mut file) = file else {
            unreachable!()
        };
        writer.set_len(400).unwrap();
        assert!(file.read_to_end(&mut bytes).is_err());
    }
}
