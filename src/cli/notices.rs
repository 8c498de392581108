//! Tells notices on standard error and counts what decides the exit code.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::finding::{ClaimOutcome, Notice, NoticeKind, NoticeLevel, RunSummary};
use crate::report::{Printable, Report, RunInfo};
use crate::text::Text;

use super::console::Console;

/// Counts of notices, shared with whoever waits for the end of the run.
#[derive(Clone, Default)]
pub struct Counted {
    losses: Arc<AtomicU64>,
    defects: Arc<AtomicU64>,
}

impl Counted {
    /// Notices of what could not be read.
    pub fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }

    /// Notices of defects.
    pub fn defects(&self) -> u64 {
        self.defects.load(Ordering::Relaxed)
    }

    fn count(&self, notice: &Notice) {
        match notice.kind.level() {
            NoticeLevel::Loss => self.losses.fetch_add(1, Ordering::Relaxed),
            NoticeLevel::Defect => self.defects.fetch_add(1, Ordering::Relaxed),
            NoticeLevel::Note => 0,
        };
    }
}

/// A report on standard error: what makes the run fail is an error, everything else a hint.
pub struct NoticeTeller {
    console: Console,
    /// Tells defects and notes, too.
    all: bool,
    /// Defects make the run fail.
    strict: bool,
    /// The last interchange that was told to break off: its file and ISA13.
    broken_off: Mutex<(String, Text)>,
    /// What was told.
    pub counted: Counted,
}

impl NoticeTeller {
    /// Tells losses, interchanges without IEA and files without claims, and with `all` every notice.
    pub fn new(console: Console, all: bool) -> Self {
        Self {
            console,
            all,
            strict: false,
            broken_off: Mutex::default(),
            counted: Counted::default(),
        }
    }

    /// Tells defects as errors, when they make the run fail.
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// Tells and counts a notice.
    pub fn tell(&self, file: &str, notice: &Notice) {
        self.counted.count(notice);
        let file = if file == "-" { "standard input" } else { file };
        let mut broken_off = self
            .broken_off
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let isa13 = &notice.position.envelope.isa13;
        // What is no interchange's is the whole file's.
        let is_told = broken_off.0 == file && (broken_off.1.is_empty() || broken_off.1 == *isa13);
        if breaks_off(notice) {
            *broken_off = (file.to_owned(), isa13.clone());
        }
        let fails = match notice.kind.level() {
            NoticeLevel::Loss => true,
            NoticeLevel::Defect => self.strict,
            NoticeLevel::Note => false,
        };
        if fails {
            self.console.error(describe_error(file, notice));
        } else if is_cut_off(notice) && !is_told {
            // Of one that breaks off more was told already.
            self.console.warning(describe(file, notice));
        } else if self.all || notice.kind == NoticeKind::NoClaims {
            self.console.hint(describe(file, notice));
        }
    }
}

/// What an interchange may lack its IEA for.
fn breaks_off(notice: &Notice) -> bool {
    match notice.kind {
        NoticeKind::FileUnreadable
        | NoticeKind::InterchangeUnreadable
        | NoticeKind::SegmentTruncated
        | NoticeKind::ClaimTruncated
        | NoticeKind::RunInterrupted => true,
        // A claim with too many lines is read over; one that does not fit into memory ends the reading of the file.
        NoticeKind::ClaimTooLarge => notice.position.envelope.isa13.is_empty(),
        _ => false,
    }
}

/// An interchange without IEA, or a transaction set without SE: perhaps half of one.
fn is_cut_off(notice: &Notice) -> bool {
    let about = notice.position.reference.unwrap_or_default();
    notice.kind == NoticeKind::EnvelopeNotClosed
        && matches!(about.segment.as_bytes(), b"ISA" | b"ST")
}

/// `file: message (position) [KX9xx name]`
fn describe_error(file: &str, notice: &Notice) -> String {
    let Notice { kind, message, .. } = notice;
    let (place, more) = (place(notice), more(notice));
    format!(
        "{file}: {}{place}{more} [{} {}]",
        Printable(message),
        kind.code(),
        kind.name()
    )
}

/// `file: notice[KX9xx] name: message (position)`
pub fn describe(file: &str, notice: &Notice) -> String {
    let Notice { kind, message, .. } = notice;
    let (place, more) = (place(notice), more(notice));
    format!(
        "{file}: notice[{}] {}: {}{place}{more}",
        kind.code(),
        kind.name(),
        Printable(message)
    )
}

/// How many more there are.
fn more(notice: &Notice) -> String {
    match notice.repeats {
        0 => String::new(),
        count => format!(" and {count} more"),
    }
}

/// Where, always with the byte offset; nothing for a file that could not be opened.
fn place(notice: &Notice) -> String {
    let position = notice.position.to_string();
    let offset = notice.position.place.offset;
    if notice.kind == NoticeKind::FileUnreadable && offset == 0 {
        String::new()
    } else if position.starts_with("byte ") {
        format!(" ({position})")
    } else {
        format!(" ({}, byte {offset})", Printable(&position))
    }
}

impl Report for NoticeTeller {
    fn begin(&mut self, _: &RunInfo) -> io::Result<()> {
        Ok(())
    }

    fn notice(&mut self, file: &str, notice: &Notice) -> io::Result<()> {
        self.tell(file, notice);
        Ok(())
    }

    fn claim(&mut self, _: &str, _: &ClaimOutcome) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, _: &RunSummary) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x12::{Position, SegmentPlace};

    #[test]
    fn a_notice_tells_file_place_and_repeats() {
        let place = SegmentPlace {
            offset: 106,
            ordinal: 0,
        };
        let position = Position {
            place,
            ..Position::default()
        };
        let mut notice = Notice::new(NoticeKind::EmptySegment, position, "nothing here");
        notice.repeats = 2;
        assert_eq!(
            describe("a.edi", &notice),
            "a.edi: notice[KX913] empty-segment: nothing here (byte 106) and 2 more"
        );
        notice.position.envelope.isa13 = "7".into();
        assert!(describe("a.edi", &notice).contains("(ISA 7, byte 106)"));
    }

    #[test]
    fn a_missing_file_has_no_offset() {
        let notice = Notice::new(
            NoticeKind::FileUnreadable,
            Position::default(),
            "no such file",
        );
        assert_eq!(
            describe_error("a.edi", &notice),
            "a.edi: no such file [KX901 file-unreadable]"
        );
    }
}
