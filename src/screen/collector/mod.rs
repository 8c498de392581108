//! What happens to piece results, in file order: envelopes are checked, and whoever listens is
//! told.

mod file;
mod listener;
mod notices;
mod screening;

use std::io;

pub(super) use listener::{Extraction, Listener};
pub(super) use screening::screen;

use file::FileState;

use super::Progress;
use super::piece::PieceResult;
use super::pipeline::{Collect, claim_too_large, no_place_to_divide, packed_unread};
use crate::finding::{NoticeKind, RunSummary};

/// Leads piece results, file by file, to a listener.
pub(super) struct Collector<'p, L> {
    /// Whoever is told.
    pub listener: L,
    /// Totals over the files that have ended.
    pub summary: RunSummary,
    file: FileState,
    progress: &'p dyn Progress,
}

impl<'p, L: Listener> Collector<'p, L> {
    pub fn new(listener: L, progress: &'p dyn Progress) -> Self {
        let summary = RunSummary {
            complete: true,
            ..RunSummary::default()
        };
        Self {
            listener,
            summary,
            file: FileState::new(""),
            progress,
        }
    }

    fn stop(&mut self, kind: NoticeKind, offset: u64, message: String) {
        self.file.stop(kind, offset, message, &mut self.listener);
    }
}

impl<L: Listener> Collect for Collector<'_, L> {
    fn begin(&mut self, name: &str, size: Option<u64>) {
        self.progress.file(name, size);
        self.file = FileState::new(name);
        self.listener.file_begin(name);
    }

    fn accepts(&mut self, head: &[u8]) -> bool {
        self.file.sniff(head, &mut self.listener)
    }

    fn piece(&mut self, result: PieceResult, bytes: u64) {
        let claims = result.counts.claims;
        let before = self.file.summary.counts.lines_at_risk;
        self.file.piece(result, bytes, &mut self.listener);
        self.progress.advance(
            bytes,
            claims,
            self.file.summary.counts.lines_at_risk - before,
        );
    }

    fn broken(&mut self, offset: u64, error: &io::Error) {
        let message = match offset {
            0 => format!("cannot be read: {error}"),
            _ => format!("cannot be read beyond byte {offset}: {error}"),
        };
        self.stop(NoticeKind::FileUnreadable, offset, message);
    }

    fn too_large(&mut self, offset: u64) {
        let what = if self.file.in_transaction_set() {
            claim_too_large()
        } else {
            no_place_to_divide()
        };
        let message = format!("{what}; it and what follows it were not read");
        self.stop(NoticeKind::ClaimTooLarge, offset, message);
    }

    fn packed(&mut self, offset: u64, name: &str) {
        self.stop(NoticeKind::NotX12, offset, packed_unread(name));
    }

    fn interrupted(&mut self) {
        let offset = self.file.summary.counts.bytes;
        self.stop(
            NoticeKind::RunInterrupted,
            offset,
            "the run was interrupted here".into(),
        );
    }

    fn end(&mut self) {
        self.file.end(&mut self.listener);
        self.summary.add(&self.file.summary);
        self.listener.file_end(&self.file.summary);
    }

    fn is_done(&self) -> bool {
        self.listener.is_done()
    }
}
