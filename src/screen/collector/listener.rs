//! Whoever is told what files hold.

use std::io;

use super::super::piece::{Accruing, PendingClaim, PieceResult, WaitingClaim};
use crate::finding::{
    FileSummary, GroupInfo, InterchangeInfo, Notice, SkippedSetInfo, TransactionSetInfo,
};
use crate::ledger::Counted;
use crate::text::Text;

/// Is told of files in order.
pub trait Listener {
    /// A file begins.
    fn file_begin(&mut self, _name: &str) {}

    /// A piece of the file comes next.
    fn piece(&mut self, _result: &PieceResult) {}

    /// ISA.
    fn interchange_begin(&mut self, _info: &InterchangeInfo) {}

    /// IEA, or the end of an interchange that has none.
    fn interchange_end(&mut self, _complete: bool) {}

    /// GS.
    fn group_begin(&mut self, _info: &GroupInfo) {}

    /// GE with GE01, or the end of a group that has none.
    fn group_end(&mut self, _count: Option<&Text>) {}

    /// ST of a set that is skipped.
    fn transaction_set_skipped(&mut self, _info: &SkippedSetInfo) {}

    /// ST of an 837 with its header.
    fn transaction_set_begin(&mut self, _info: &TransactionSetInfo) {}

    /// SE, or the end of a set that has none.
    fn transaction_set_end(&mut self) {}

    /// Something is wrong with the file.
    fn notice(&mut self, file: &str, notice: &Notice);

    /// Something more is wrong with the file, of a kind of which enough was listed.
    fn further_notice(&mut self, _notice: &Notice) {}

    /// A claim, whose lines and hits are taken out of it; its findings are added to the file's totals. Tells what
    /// became of it in the ledger.
    fn claim(&mut self, _summary: &mut FileSummary, _claim: &mut PendingClaim) -> Option<Counted> {
        None
    }

    /// The same for a claim on which nothing was found so far.
    fn waiting(&mut self, _summary: &mut FileSummary, _claim: &WaitingClaim) -> Option<Counted> {
        None
    }

    /// A claim at this offset that only adds to totals. Tells what became of it in the ledger.
    fn accruals(&mut self, _offset: u64, _accruing: &Accruing) -> Option<Counted> {
        None
    }

    /// Text that the workers wrote.
    fn text(&mut self, _text: &[u8]) {}

    /// The file has ended.
    fn file_end(&mut self, _summary: &FileSummary) {}

    /// Nobody wants to hear more.
    fn is_done(&self) -> bool {
        false
    }
}

/// Passes on the text of the workers and the notices.
pub struct Extraction<'r> {
    /// Where the text goes.
    pub out: &'r mut dyn io::Write,
    /// Who is told of notices.
    pub notices: &'r mut dyn FnMut(&str, &Notice),
    /// The first error of `out`.
    pub error: Option<io::Error>,
}

impl Listener for Extraction<'_> {
    fn notice(&mut self, file: &str, notice: &Notice) {
        // What the error of the output brings about is no news of the file.
        if self.error.is_none() {
            (self.notices)(file, notice);
        }
    }

    fn text(&mut self, text: &[u8]) {
        if self.error.is_none() {
            self.error = self.out.write_all(text).err();
        }
    }

    fn is_done(&self) -> bool {
        self.error.is_some()
    }
}
