//! Where a large file may be cut, and what the next piece will inherit: good guesses, made
//! without reading the piece. The collector checks each against what was read and repeats a
//! piece whose guess was wrong, so a bad guess costs time and never truth.

use memchr::memmem;
use smallvec::SmallVec;

use crate::claim::reader::{Level, ReaderContext};
use crate::x12::{Delimiters, InterchangeHeader};

use super::pipeline::LARGEST_CLAIM;

/// The guess at what is in force where a piece begins.
#[derive(Clone, Default)]
pub struct Guess {
    /// Open segments.
    pub context: ReaderContext,
    delimiters: Delimiters,
}

/// Bytes that are searched at a time, backwards.
const WINDOW: usize = 1 << 14;

/// No HL is looked at for more than so many bytes.
const LONGEST_LEVEL: usize = 256;

/// A context of more bytes makes pieces longer: see [`piece_size`].
const LARGE_CONTEXT: usize = 1 << 16;

impl Guess {
    /// What is known where this context is in force.
    pub fn at(context: ReaderContext) -> Self {
        let header = InterchangeHeader::discover(context.level(Level::Interchange));
        Self {
            delimiters: header.map(|header| header.delimiters).unwrap_or_default(),
            context,
        }
    }

    /// The first boundary (ST, HL or CLM) at or after `from`, and the context there, given that
    /// this guess holds at `start`. `None` when there is none.
    pub fn next(&self, bytes: &[u8], start: usize, from: usize) -> Option<(usize, Self)> {
        let mut guess = self.clone();
        let mut opened = start;
        for at in memmem::find_iter(bytes.get(start..from)?, b"ISA").map(|at| start + at) {
            if starts_segment(bytes, start, at, guess.delimiters.terminator)
                && let Ok(header) = InterchangeHeader::discover(&bytes[at..])
            {
                guess.delimiters = header.delimiters;
                let segment = &bytes[at..at + header.length];
                guess
                    .context
                    .open(Level::Interchange, segment, header.delimiters.terminator);
                opened = at + header.length;
            }
        }
        let cut = guess.boundary(bytes, from)?;
        guess.open_levels(bytes, opened, cut);
        Some((cut, guess))
    }

    /// The first ST, HL or CLM that begins at or after `from`.
    fn boundary(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let terminator = self.delimiters.terminator;
        let mut at = from;
        loop {
            at += memchr::memchr(terminator, bytes.get(at..)?)? + 1;
            let start = skip_padding(bytes, at);
            if self.is_segment(bytes, start, &[b"ST", b"HL", b"CLM"]) {
                return Some(start);
            }
            // Padding may be made of terminators, each of which would skip all of it anew.
            at = start;
        }
    }

    fn is_segment(&self, bytes: &[u8], at: usize, ids: &[&[u8]]) -> bool {
        ids.iter().any(|id| {
            bytes
                .get(at..)
                .and_then(|rest| rest.strip_prefix(*id))
                .and_then(<[u8]>::first)
                == Some(&self.delimiters.element)
        })
    }

    /// Brings the levels up to date that were opened between `opened` and `cut`.
    fn open_levels(&mut self, bytes: &[u8], opened: usize, cut: usize) {
        let group = self.last_segment(bytes, opened, cut, b"GS");
        let from = group.unwrap_or(opened);
        if let Some(at) = group {
            self.open(Level::Group, bytes, at, self.segment_end(bytes, at));
        }
        let set = self.last_segment(bytes, from, cut, b"ST");
        let from = set.unwrap_or(from);
        if let Some(at) = set {
            let end = self.next_level(bytes, at, cut);
            self.open(Level::Header, bytes, at, end);
        }
        let provider = self.last_provider(bytes, from, cut);
        let from = provider.unwrap_or(from);
        if let Some(at) = provider {
            let end = self.next_level(bytes, self.segment_end(bytes, at), cut);
            self.open(Level::Provider, bytes, at, end);
        }
        self.close_for(bytes, cut);
        self.open_nearest(bytes, from, cut);
    }

    /// Subscriber and patient matter only when the next segment is a patient's level or a claim.
    fn open_nearest(&mut self, bytes: &[u8], from: usize, cut: usize) {
        if !self.is_segment(bytes, cut, &[b"CLM"]) && self.level_of(bytes, cut) != Some(b"23") {
            return;
        }
        let mut patient = None;
        let needle = [b"HL", &[self.delimiters.element][..]].concat();
        // The nearest level of a subscriber or provider; the last one of another kind on the way there.
        let nearest = search_back(bytes, from, cut, &needle, |at| {
            let is_level = starts_segment(bytes, from, at, self.delimiters.terminator);
            let level = self.level_of(bytes, at).filter(|_| is_level);
            if let Some(level @ (b"22" | b"20")) = level {
                return Some((at, level == b"22"));
            }
            patient = patient.or(is_level.then_some(at));
            None
        });
        if let Some((at, true)) = nearest {
            let level_end = self.next_level(bytes, self.segment_end(bytes, at), cut);
            self.open(Level::Subscriber, bytes, at, level_end);
        }
        if let Some(at) = patient
            && self.is_segment(bytes, cut, &[b"CLM"])
        {
            let level_end = self.next_level(bytes, self.segment_end(bytes, at), cut);
            self.open(Level::Patient, bytes, at, level_end);
        }
    }

    /// Closes what the segment at `cut` closes.
    fn close_for(&mut self, bytes: &[u8], cut: usize) {
        close_for(&mut self.context, &bytes[cut..], self.delimiters.element);
    }

    fn open(&mut self, level: Level, bytes: &[u8], start: usize, end: usize) {
        self.context
            .open(level, &bytes[start..end], self.delimiters.terminator);
    }

    /// Start of the last segment with this identifier in `from..to`.
    fn last_segment(&self, bytes: &[u8], from: usize, to: usize, id: &[u8]) -> Option<usize> {
        let needle = [id, &[self.delimiters.element]].concat();
        search_back(bytes, from, to, &needle, |at| {
            starts_segment(bytes, from, at, self.delimiters.terminator).then_some(at)
        })
    }

    /// Start of the last HL of level 20 in `from..to`.
    fn last_provider(&self, bytes: &[u8], from: usize, to: usize) -> Option<usize> {
        let separator = self.delimiters.element;
        let needle = [separator, b'2', b'0', separator];
        search_back(bytes, from, to, &needle, |at| {
            let lookback = from.max(at.saturating_sub(40));
            let start = memchr::memrchr(self.delimiters.terminator, &bytes[lookback..at])
                .map_or(lookback, |t| lookback + t + 1);
            let start = skip_padding(bytes, start);
            (self.level_of(bytes, start) == Some(b"20")
                && starts_segment(bytes, from, start, self.delimiters.terminator))
            .then_some(start)
        })
    }

    /// HL03 of the HL at `at`.
    fn level_of<'b>(&self, bytes: &'b [u8], at: usize) -> Option<&'b [u8]> {
        if !self.is_segment(bytes, at, &[b"HL"]) {
            return None;
        }
        let end = self.segment_end(&bytes[..bytes.len().min(at + LONGEST_LEVEL)], at);
        hl_level(&bytes[at..end], self.delimiters)
    }

    /// Offset behind the terminator of the segment at `at`.
    fn segment_end(&self, bytes: &[u8], at: usize) -> usize {
        memchr::memchr(self.delimiters.terminator, &bytes[at..])
            .map_or(bytes.len(), |end| at + end + 1)
    }

    /// Start of the first HL, CLM, ST or trailer in `from..to`, else `to`.
    fn next_level(&self, bytes: &[u8], from: usize, to: usize) -> usize {
        let mut at = self.segment_end(bytes, from.saturating_sub(1));
        while at < to {
            let start = skip_padding(bytes, at);
            if self.is_segment(bytes, start, &[b"HL", b"CLM", b"SE"]) {
                return start.min(to);
            }
            at = self.segment_end(bytes, start);
        }
        to
    }
}

/// What `accept` makes of the last place of `needle` in `from..to` that it accepts. It is asked about each place
/// once, from the last to the first.
fn search_back<T>(
    bytes: &[u8],
    from: usize,
    to: usize,
    needle: &[u8],
    mut accept: impl FnMut(usize) -> Option<T>,
) -> Option<T> {
    let finder = memmem::Finder::new(needle);
    let mut end = to;
    while end > from {
        let start = from.max(end.saturating_sub(WINDOW));
        // Matches that straddle two windows belong to the earlier one.
        let reach = to.min(end + needle.len() - 1);
        let places: SmallVec<[usize; 8]> = finder
            .find_iter(&bytes[start..reach])
            .map(|at| start + at)
            .collect();
        let found = places.into_iter().rev().find_map(&mut accept);
        if found.is_some() {
            return found;
        }
        end = start;
    }
    None
}

fn hl_level(segment: &[u8], delimiters: Delimiters) -> Option<&[u8]> {
    let segment = segment
        .strip_suffix(&[delimiters.terminator])
        .unwrap_or(segment);
    segment.split(|byte| *byte == delimiters.element).nth(3)
}

/// How many bytes a piece has that inherits this context, `size` being wanted. Every piece reads its context before
/// itself: a context of megabytes must not be read for every few kilobytes.
pub fn piece_size(size: usize, context: &ReaderContext) -> usize {
    match context.length() {
        length if length > LARGE_CONTEXT => size.max(length.min(LARGEST_CLAIM)),
        _ => size,
    }
}

/// Closes the levels that the segment at the beginning of `bytes` closes: what is compared and
/// replayed is only what the piece can still use. In doubt too much stays open.
pub fn close_for(context: &mut ReaderContext, bytes: &[u8], element: u8) {
    let is = |id: &[u8]| bytes.strip_prefix(id).and_then(<[u8]>::first) == Some(&element);
    if is(b"ST") {
        context.close(Level::Header);
    } else if is(b"HL") {
        let terminator = context.terminator().unwrap_or(b'~');
        let end = memchr::memchr(terminator, bytes).unwrap_or(bytes.len());
        let level = bytes[..end].split(|byte| *byte == element).nth(3);
        context.close(match level {
            Some(b"20") => Level::Provider,
            Some(b"22") => Level::Subscriber,
            _ => Level::Patient,
        });
    }
}

fn skip_padding(bytes: &[u8], mut at: usize) -> usize {
    while bytes
        .get(at)
        .copied()
        .is_some_and(crate::x12::scan::is_padding)
    {
        at += 1;
    }
    at
}

/// True when only padding stands between `at` and a terminator or the beginning of the search.
fn starts_segment(bytes: &[u8], from: usize, at: usize, terminator: u8) -> bool {
    let before = bytes[from..at]
        .iter()
        .rposition(|byte| !crate::x12::scan::is_padding(*byte) || *byte == terminator);
    before.is_none_or(|offset| bytes[from + offset] == terminator)
}
