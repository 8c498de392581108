//! What a buffer inherits from what stands before it: the very segments that are still open.
//!
//! Replaying those bytes through the reader restores its state, so there is no second place
//! that knows what a context is.

use std::sync::Arc;

use crate::x12::is_line_break;

/// The levels that stay open across claims, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// ISA.
    Interchange,
    /// GS.
    Group,
    /// ST up to the first HL.
    Header,
    /// HL 20 and what belongs to it.
    Provider,
    /// HL 22 and what belongs to it.
    Subscriber,
    /// HL 23 (or an unknown level, until its segments tell what it is) and what belongs to it.
    Patient,
}

/// How many there are.
pub const LEVELS: usize = 6;

/// The open segments, as bytes. Copies share them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ReaderContext {
    levels: [Arc<Vec<u8>>; LEVELS],
    /// What stands here, outside of interchanges, was told of already.
    pub(super) is_told: bool,
}

impl ReaderContext {
    /// The bytes to replay.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.length());
        for level in &self.levels {
            bytes.extend_from_slice(level);
        }
        bytes
    }

    /// How many they are.
    pub fn length(&self) -> usize {
        self.levels.iter().map(|level| level.len()).sum()
    }

    /// The segment terminator of the open interchange.
    pub fn terminator(&self) -> Option<u8> {
        self.levels[Level::Interchange as usize].last().copied()
    }

    /// The element separator of the open interchange.
    pub fn element_separator(&self) -> Option<u8> {
        self.levels[Level::Interchange as usize].get(3).copied()
    }

    /// True when a billing provider (2000A) is open.
    pub fn has_provider(&self) -> bool {
        !self.levels[Level::Provider as usize].is_empty()
    }

    /// True when no interchange is open.
    pub fn is_empty(&self) -> bool {
        self.levels[Level::Interchange as usize].is_empty()
    }

    /// The bytes of one level; empty when it is not open.
    pub fn level(&self, level: Level) -> &[u8] {
        &self.levels[level as usize]
    }

    /// Opens a level with these segments; CR and LF are dropped unless they terminate segments.
    /// Everything below it is closed. A CR at the end gets the LF that terminates it.
    pub fn open(&mut self, level: Level, segments: &[u8], terminator: u8) {
        self.close(level);
        let keep_line_breaks = is_line_break(terminator);
        let mut bytes: Vec<u8> = segments
            .iter()
            .copied()
            .filter(|byte| keep_line_breaks || !is_line_break(*byte))
            .collect();
        if terminator == b'\n' && bytes.last() == Some(&b'\r') {
            bytes.push(terminator);
        }
        self.levels[level as usize] = Arc::new(bytes);
    }

    /// Closes a level and everything below it.
    pub fn close(&mut self, level: Level) {
        for slot in &mut self.levels[level as usize..] {
            if !slot.is_empty() {
                *slot = Arc::default();
            }
        }
    }
}

#[derive(Clone, Copy, Default)]
enum Mark {
    /// As it was at the beginning of the buffer.
    #[default]
    Inherited,
    /// Closed in this buffer.
    Closed,
    /// Opened in this buffer, from offset to offset.
    Here(usize, usize),
}

/// Where the open levels stand in a buffer.
#[derive(Clone, Copy, Default)]
pub struct Marks {
    marks: [Mark; LEVELS],
    /// Level whose last segment has not been seen yet.
    growing: Option<Level>,
}

impl Marks {
    /// A segment opens a level at this offset.
    pub fn open(&mut self, level: Level, at: usize) {
        self.end(level, at);
        self.marks[level as usize] = Mark::Here(at, at);
        self.growing = Some(level);
    }

    /// The level that was opened last and whose segments are being read turns out to be this one.
    pub fn reopen_as(&mut self, level: Level) {
        if let Some(growing) = self.growing
            && let Mark::Here(start, _) = self.marks[growing as usize]
        {
            self.open(level, start);
        }
    }

    /// The segments of the level that was opened last end at this offset.
    pub fn close(&mut self, at: usize) {
        if let Some(level) = self.growing.take()
            && let Mark::Here(start, _) = self.marks[level as usize]
        {
            self.marks[level as usize] = Mark::Here(start, at);
        }
    }

    /// A trailer at this offset closes this level and everything below it.
    pub fn end(&mut self, level: Level, at: usize) {
        self.close(at);
        for mark in &mut self.marks[level as usize..] {
            *mark = Mark::Closed;
        }
    }

    /// What is open at the end of the buffer.
    pub fn context(
        &self,
        inherited: &ReaderContext,
        bytes: &[u8],
        terminator: u8,
    ) -> ReaderContext {
        const ORDER: [Level; LEVELS] = [
            Level::Interchange,
            Level::Group,
            Level::Header,
            Level::Provider,
            Level::Subscriber,
            Level::Patient,
        ];
        let mut context = inherited.clone();
        for level in ORDER {
            match self.marks[level as usize] {
                Mark::Inherited => {}
                Mark::Closed => context.close(level),
                // What is below an opened level was opened after it, so it comes later here.
                Mark::Here(start, end) => context.open(level, &bytes[start..end], terminator),
            }
        }
        context
    }
}
