//! The bytes of a stream that may still be wanted.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::part::make_room;
use super::stream::ReadAhead;

/// A stream of which parts can be had as of a file, as long as they were not [released](Self::release).
pub struct Window {
    source: ReadAhead,
    interrupt: Arc<AtomicBool>,
    blocks: VecDeque<Vec<u8>>,
    /// Offset in the stream of the first byte of the first block.
    base: usize,
    /// Offset behind the last byte that has come.
    end: usize,
    /// Nothing more comes.
    ended: bool,
    /// Why nothing more comes, when it is not the end.
    broken: Option<io::Error>,
}

impl Window {
    /// Starts reading. When `interrupt` is set, nothing is waited for any more.
    pub fn new(reader: Box<dyn Read + Send>, interrupt: Arc<AtomicBool>) -> Self {
        Self {
            source: ReadAhead::new(reader),
            interrupt,
            blocks: VecDeque::new(),
            base: 0,
            end: 0,
            ended: false,
            broken: None,
        }
    }

    /// Puts the bytes from this offset on into `buffer`: `wanted` of them, or all that are left. True when they
    /// reach to the end of the stream, or to where it broke.
    ///
    /// # Errors
    /// The run was interrupted, the stream broke before anything came, or the bytes were released.
    pub fn read_at(
        &mut self,
        from: usize,
        wanted: usize,
        buffer: &mut Vec<u8>,
    ) -> io::Result<bool> {
        let end = from.saturating_add(wanted);
        while self.end < end && !self.ended {
            let next = self.source.next(&self.interrupt);
            if let Err(error) = &next
                && error.kind() == io::ErrorKind::Interrupted
            {
                return next.map(|_| true);
            }
            self.take(next);
        }
        if from < self.base {
            return Err(io::Error::other(
                "bytes of a stream were wanted a second time",
            ));
        }
        if self.end == 0 {
            self.check()?;
        }
        let end = end.min(self.end);
        buffer.clear();
        make_room(buffer, end.saturating_sub(from));
        let mut start = self.base;
        for block in &self.blocks {
            let behind = start + block.len();
            if from < behind && start < end {
                let part = from.max(start) - start..end.min(behind) - start;
                buffer.extend_from_slice(&block[part]);
            }
            start = behind;
        }
        Ok(self.ended && end == self.end)
    }

    /// True when [`Self::read_at`] need not wait for bytes.
    pub fn is_at_hand(&mut self, from: usize, wanted: usize) -> bool {
        while self.end < from.saturating_add(wanted) && !self.ended {
            match self.source.next_at_hand() {
                Some(next) => self.take(next),
                None => return false,
            }
        }
        true
    }

    fn take(&mut self, next: io::Result<Option<Vec<u8>>>) {
        match next {
            Ok(Some(block)) => {
                self.end += block.len();
                self.blocks.push_back(block);
            }
            Ok(None) => self.ended = true,
            Err(error) => {
                self.ended = true;
                self.broken = Some(error);
            }
        }
    }

    /// What stands before this offset is not wanted any more.
    pub fn release(&mut self, offset: usize) {
        while let Some(block) = self.blocks.front()
            && self.base + block.len() <= offset
        {
            self.base += block.len();
            if let Some(block) = self.blocks.pop_front() {
                self.source.reuse(block);
            }
        }
    }

    /// Tells once why the stream broke, if it did.
    ///
    /// # Errors
    /// It did.
    pub fn check(&mut self) -> io::Result<()> {
        self.broken.take().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives these bytes and breaks.
    struct Breaking(io::Cursor<Vec<u8>>);

    impl Read for Breaking {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::other("the line is dead")),
                count => Ok(count),
            }
        }
    }

    #[test]
    fn parts_are_the_bytes_of_their_place_until_they_are_released() {
        let bytes: Vec<u8> = (0..=250).cycle().take(3_500_000).collect();
        let mut window = Window::new(
            Box::new(Breaking(io::Cursor::new(bytes.clone()))),
            Arc::default(),
        );
        let mut buffer = Vec::new();
        for (from, wanted) in [(0, 10), (1_000_000, 2_000_000), (5, 1), (1_048_575, 2)] {
            let at_end = window.read_at(from, wanted, &mut buffer).unwrap();
            assert!(!at_end && buffer == bytes[from..from + wanted]);
            assert!(window.is_at_hand(from, wanted));
        }
        window.release(1_048_576);
        assert!(window.read_at(1_048_575, 1, &mut buffer).is_err());
        let at_end = window.read_at(1_048_576, usize::MAX, &mut buffer).unwrap();
        assert!(at_end && buffer == bytes[1_048_576..]);
        assert!(window.read_at(3_500_000, 1, &mut buffer).unwrap() && buffer.is_empty());
        let told = window.check().unwrap_err().to_string();
        assert_eq!(told, "the line is dead");
        assert!(window.check().is_ok());
    }

    #[test]
    fn what_breaks_at_once_is_not_empty() {
        let nothing = Breaking(io::Cursor::new(Vec::new()));
        let mut window = Window::new(Box::new(nothing), Arc::default());
        assert!(window.read_at(0, 10, &mut Vec::new()).is_err());
    }

    /// Never gives anything.
    struct Silent;

    impl Read for Silent {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            loop {
                std::thread::park();
            }
        }
    }

    #[test]
    fn an_interruption_ends_the_waiting() {
        let interrupt = Arc::new(AtomicBool::new(true));
        let mut window = Window::new(Box::new(Silent), interrupt);
        assert!(!window.is_at_hand(0, 1));
        let error = window.read_at(0, 1, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    }
}
