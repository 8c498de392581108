//! Streams: a thread of its own reads (and unpacks) ahead into reused buffers.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// How long an interruption may go unnoticed while nothing comes.
const PATIENCE: Duration = Duration::from_millis(100);

/// Blocks that may wait to be used.
const AHEAD: usize = 4;

/// Reads ahead of whoever calls [`ReadAhead::next`].
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
                // What came before an error is read all the same. The other side is gone when
                // the run was stopped.
                let nothing = block.is_empty() && read.is_err();
                let sent = nothing || full_sender.send(Ok(block)).is_ok();
                if let Err(error) = read {
                    let _ = full_sender.send(Err(error));
                }
                if !sent || last {
                    break;
                }
            }
        });
        Self { full, empty }
    }

    /// The next block; `None` at the end of the stream.
    ///
    /// # Errors
    /// The stream broke: what came so far is all there is. Or `interrupt` was set while nothing came.
    pub fn next(&self, interrupt: &AtomicBool) -> io::Result<Option<Vec<u8>>> {
        loop {
            match self.full.recv_timeout(PATIENCE) {
                Ok(block) => return block.map(some),
                Err(RecvTimeoutError::Timeout) if interrupt.load(Ordering::Relaxed) => {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    /// What [`Self::next`] gives, if it need not be waited for.
    pub fn next_at_hand(&self) -> Option<io::Result<Option<Vec<u8>>>> {
        match self.full.try_recv() {
            Ok(block) => Some(block.map(some)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Ok(None)),
        }
    }

    /// Takes a block that is not needed any more, to be filled again.
    pub fn reuse(&self, block: Vec<u8>) {
        // When enough of them wait, it is let go.
        let _ = self.empty.try_send(block);
    }
}

/// The last block is empty.
fn some(block: Vec<u8>) -> Option<Vec<u8>> {
    (!block.is_empty()).then_some(block)
}
