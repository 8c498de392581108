//! Streams: a thread of its own reads (and unpacks) ahead into reused buffers.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// Blocks that may wait to be used.
const AHEAD: usize = 4;

/// Reads ahead of whoever calls [`ReadAhead::append`].
pub struct ReadAhead {
    full: Receiver<io::Result<Vec<u8>>>,
    empty: SyncSender<Vec<u8>>,
}

impl ReadAhead {
    /// Starts reading.
    pub fn new(mut reader: Box<dyn Read + Send>) -> Self {
        let (full_sender, full) = sync_channel(AHEAD);
        let (empty, empty_receiver) = sync_channel::<Vec<u8>>(AHEAD + 2);
        thread::spawn(move || {
            loop {
                let mut block = empty_receiver.try_recv().unwrap_or_default();
                block.clear();
                block.reserve(BLOCK);
                let read = reader.by_ref().take(BLOCK as u64).read_to_end(&mut block);
                let last = !matches!(read, Ok(count) if count > 0);
                let message = read.map(|_| block);
                // The other side is gone when the run was stopped.
                if full_sender.send(message).is_err() || last {
                    break;
                }
            }
        });
        Self { full, empty }
    }

    /// Appends the next block to `buffer`; false at the end of the stream.
    ///
    /// # Errors
    /// The stream broke: what was appended so far is all there is.
    pub fn append(&self, buffer: &mut Vec<u8>) -> io::Result<bool> {
        match self.full.recv() {
            Ok(Ok(block)) => {
                let more = !block.is_empty();
                buffer.extend_from_slice(&block);
                // A full pool means that the block is not needed any more.
                let _ = self.empty.try_send(block);
                Ok(more)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }
}
