//! One input after the other, in the calling thread, and pieces that must be read in their order.

use std::io;

use super::{LARGEST_CLAIM, MARGIN, Reading, most_wanted, read_safely, tell};
use crate::claim::reader::ReaderContext;
use crate::screen::cut::piece_size;
use crate::screen::flight::Trouble;
use crate::screen::input::Input;
use crate::screen::part::{Part, Parts};
use crate::screen::piece::{Extent, PieceResult};
use crate::x12::packed;
use crate::x12::scan::is_padding;

impl Reading<'_> {
    pub(super) fn sequential(&mut self, input: &Input, opened: io::Result<Parts>) {
        let size = opened.as_ref().ok().and_then(Parts::size);
        self.collect.begin(&input.name(), size);
        let read = match opened {
            Ok(mut parts) => self.parts(&mut parts),
            Err(error) => Err((0, error.into())),
        };
        if let Err((offset, trouble)) = read {
            tell(self.collect, offset, trouble);
        }
        self.collect.end();
    }

    /// Reads a file part by part. The error tells where its rest begins.
    fn parts(&mut self, parts: &mut Parts) -> Result<(), (u64, Trouble)> {
        let (mut start, mut context) = (0, ReaderContext::default());
        loop {
            let limit = piece_size(self.settings.piece_size, &context);
            let at = |trouble| (start as u64, trouble);
            let part = parts.part(start, limit.saturating_add(MARGIN), &mut self.spare);
            if self.stops() {
                self.collect.interrupted();
                return Ok(());
            }
            let part = part.map_err(|error| at(error.into()))?;
            if start == 0 && !self.collect.accepts(&part) {
                return Ok(());
            }
            let (result, part) = self.read(parts, part, start, limit, &context).map_err(at)?;
            let end = result.end;
            let behind = end.unwrap_or(start + part.len());
            self.spare.keep(part);
            parts.release(behind);
            context = result.context.clone();
            self.collect.piece(result, (behind - start) as u64);
            if end.is_none() {
                return parts.check().map_err(|error| (behind as u64, error.into()));
            }
            start = behind;
        }
    }

    /// Reads the piece that begins at `start`, where `part` begins. A part that turns out to be too short is read
    /// again. When the piece holds a claim that is too large, a shorter one is read, so that only that claim is missed.
    pub(super) fn read(
        &mut self,
        parts: &mut Parts,
        mut part: Part,
        start: usize,
        mut limit: usize,
        context: &ReaderContext,
    ) -> Result<(PieceResult, Part), Trouble> {
        let mut shortened = false;
        loop {
            let extent = Extent {
                base: start,
                limit,
                at_end: part.at_end,
            };
            if let Some(result) = read_safely(self.job, &part, extent, context)? {
                return Ok((result, part));
            }
            let most = most_wanted(self.settings.piece_size);
            let is_full = part.len() >= most;
            let wanted = if limit > 1 && (is_full || shortened) {
                shortened = true;
                limit = limit.min(LARGEST_CLAIM) / 2;
                limit.saturating_add(MARGIN)
            } else if is_full {
                let begin = part.iter().position(|byte| !is_padding(*byte));
                let found = packed(&part[begin.unwrap_or_default()..]);
                return Err(found.map_or(Trouble::TooLarge, Trouble::Packed));
            } else {
                part.len().saturating_mul(2).min(most)
            };
            self.spare.keep(part);
            part = parts.part(start, wanted, &mut self.spare)?;
        }
    }
}
