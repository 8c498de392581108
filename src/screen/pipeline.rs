//! From inputs to piece results in file order: parallel where all bytes are at hand, read ahead
//! where they come as a stream.

use std::collections::VecDeque;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};

use rayon::ThreadPool;

use crate::claim::reader::ReaderContext;

use super::Settings;
use super::cut::{Guess, close_for, piece_size};
use super::input::{Input, Source};
use super::job::Job;
use super::part::{Part, Parts, Spare};
use super::piece::{Extent, PieceResult, run};
use super::stream::ReadAhead;

/// A claim that is larger than this, in bytes, is not held in memory to be read.
pub(super) const LARGEST_CLAIM: usize = 64 << 20;

/// Bytes that a piece needs behind its limit, in which the next claim begins.
const MARGIN: usize = 1 << 16;

/// The most bytes in which the next boundary of a file is looked for, when a piece should have so many. It is the same
/// however the file is read, so that the same claims are too large.
const fn most_wanted(piece_size: usize) -> usize {
    let largest = if piece_size > LARGEST_CLAIM {
        piece_size
    } else {
        LARGEST_CLAIM
    };
    largest.saturating_add(MARGIN)
}

/// Takes results in file order.
pub trait Collect {
    /// An input is about to be read. `size` is its size in bytes when it is known.
    fn begin(&mut self, name: &str, size: Option<u64>);

    /// The beginning of the input, before it is read. False when it is not to be read.
    fn accepts(&mut self, head: &[u8]) -> bool;

    /// A piece of the open input, `bytes` long.
    fn piece(&mut self, result: PieceResult, bytes: u64);

    /// The open input could not be opened, or broke at this offset.
    fn broken(&mut self, offset: u64, error: &io::Error);

    /// A claim of the open input is larger than the limit; what follows was not read.
    fn too_large(&mut self, offset: u64, limit: usize);

    /// The run was interrupted while the open input was read.
    fn interrupted(&mut self);

    /// The open input has ended, whatever came of it.
    fn end(&mut self);

    /// True when the run should stop (nobody reads the output any more).
    fn is_done(&self) -> bool;
}

/// Reads all inputs in their order.
pub fn read_all(job: &Arc<Job>, settings: &Settings, inputs: &[Input], collect: &mut dyn Collect) {
    let pool = (settings.threads > 1)
        .then(|| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(settings.threads)
                .build()
                .ok()
        })
        .flatten();
    let mut reading = Reading {
        job,
        settings,
        pool,
        flights: VecDeque::new(),
        spare: Spare::default(),
        collect,
    };
    for input in inputs {
        if reading.stops() {
            break;
        }
        reading.input(input);
    }
    reading.land_all();
}

/// A file some of whose pieces may be in the air.
struct Flight {
    name: String,
    size: u64,
    parts: Parts,
    pieces: VecDeque<Piece>,
    /// No more pieces will be started.
    complete: bool,
    /// Why not all of the file became pieces.
    trouble: Option<Trouble>,
    begun: bool,
    /// All of it was read.
    ended: bool,
    /// Where the last landed piece ended and what it left open.
    landed: (usize, ReaderContext),
}

impl Flight {
    /// What has not landed is not wanted any more.
    fn stop(&mut self, trouble: Option<Trouble>) {
        self.pieces.clear();
        self.complete = true;
        self.trouble = trouble;
    }
}

struct Piece {
    start: usize,
    part: Part,
    limit: usize,
    context: ReaderContext,
    result: Receiver<Option<PieceResult>>,
}

/// Why the rest of a file is not read.
enum Trouble {
    Broken(io::Error),
    TooLarge,
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

struct Reading<'r> {
    job: &'r Arc<Job>,
    settings: &'r Settings,
    pool: Option<ThreadPool>,
    flights: VecDeque<Flight>,
    spare: Spare,
    collect: &'r mut dyn Collect,
}

impl Reading<'_> {
    fn stops(&self) -> bool {
        self.settings.interrupt.load(Ordering::Relaxed) || self.collect.is_done()
    }

    fn input(&mut self, input: &Input) {
        match input.open(self.settings.access) {
            Ok(Source::Parts(parts)) if self.pool.is_some() => self.launch(input, parts),
            opened => {
                self.land_all();
                self.sequential(input, opened);
            }
        }
    }
}

/// One input after the other, in the calling thread.
impl Reading<'_> {
    fn sequential(&mut self, input: &Input, opened: io::Result<Source>) {
        match opened {
            Ok(Source::Parts(mut parts)) => {
                self.collect.begin(&input.name(), Some(parts.size() as u64));
                if let Err((offset, trouble)) = self.parts(&mut parts) {
                    tell(self.collect, offset, trouble);
                }
            }
            Ok(Source::Stream(reader)) => {
                self.collect.begin(&input.name(), None);
                self.stream(&ReadAhead::new(reader));
            }
            Err(error) => {
                self.collect.begin(&input.name(), None);
                self.collect.broken(0, &error);
            }
        }
        self.collect.end();
    }

    /// Reads a file part by part. The error tells where its rest begins.
    fn parts(&mut self, parts: &mut Parts) -> Result<(), (u64, Trouble)> {
        let (mut start, mut context) = (0, ReaderContext::default());
        loop {
            let limit = piece_size(self.settings.piece_size, &context);
            let at = |trouble| (start as u64, trouble);
            let part = parts
                .part(start, limit.saturating_add(MARGIN), &mut self.spare)
                .map_err(|error| at(error.into()))?;
            if self.stops() {
                self.collect.interrupted();
                return Ok(());
            }
            if start == 0 && !self.collect.accepts(&part) {
                return Ok(());
            }
            let (result, part) = self.read(parts, part, start, limit, &context).map_err(at)?;
            self.spare.keep(part);
            let end = result.end;
            context = result.context.clone();
            let behind = end.unwrap_or(parts.size());
            self.collect.piece(result, (behind - start) as u64);
            if end.is_none() {
                return parts.check().map_err(|error| (behind as u64, error.into()));
            }
            start = behind;
        }
    }

    /// Reads the piece that begins at `start`, where `part` begins. A part that turns out to be too short is read
    /// again. When the piece holds a claim that is too large, a shorter one is read, so that only that claim is missed.
    fn read(
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
                return Err(Trouble::TooLarge);
            } else {
                part.len().saturating_mul(2).min(most)
            };
            self.spare.keep(part);
            part = parts.part(start, wanted, &mut self.spare)?;
        }
    }

    fn stream(&mut self, source: &ReadAhead) {
        let mut buffer = Vec::new();
        // What stands before it in the buffer was read.
        let mut from = 0;
        let mut base = 0;
        let mut context = ReaderContext::default();
        let mut at_end = false;
        let mut broken = None;
        let mut limit = self.settings.piece_size;
        let mut wanted = limit.saturating_add(MARGIN);
        // So much of the buffer is looked at.
        let most = most_wanted(self.settings.piece_size);
        let mut window = most;
        let mut first = true;
        loop {
            while !at_end && buffer.len() - from < wanted {
                buffer.drain(..from);
                from = 0;
                match source.append(&mut buffer, &self.settings.interrupt) {
                    Ok(more) => at_end = !more,
                    Err(error) => {
                        at_end = true;
                        broken = Some(error);
                    }
                }
            }
            if self.stops() {
                self.collect.interrupted();
                return;
            }
            if std::mem::take(&mut first)
                && !(broken.is_some() && buffer.is_empty())
                && !self.collect.accepts(&buffer[from..])
            {
                break;
            }
            let seen = &buffer[from..buffer.len().min(from.saturating_add(window))];
            let extent = Extent {
                base,
                limit,
                at_end: at_end && seen.len() == buffer.len() - from,
            };
            let read = match read_safely(self.job, seen, extent, &context) {
                Ok(read) => read,
                Err(error) => return self.collect.broken(base as u64, &error),
            };
            if let Some(result) = read {
                let end = result.end;
                context = result.context.clone();
                let used = end.map_or(buffer.len() - from, |end| end - base);
                self.collect.piece(result, used as u64);
                from += used;
                base += used;
                limit = piece_size(self.settings.piece_size, &context);
                wanted = limit.saturating_add(MARGIN);
                window = most;
                if end.is_none() {
                    break;
                }
                continue;
            }
            // The same steps as for a file: see `read`.
            let is_full = seen.len() >= most;
            if limit > 1 && (is_full || window < most) {
                limit = limit.min(LARGEST_CLAIM) / 2;
                window = limit.saturating_add(MARGIN);
            } else if is_full {
                return self.collect.too_large(base as u64, LARGEST_CLAIM);
            } else {
                wanted = seen.len().saturating_mul(2).min(most);
                window = most;
            }
        }
        if let Some(error) = broken {
            self.collect
                .broken((base + buffer.len() - from) as u64, &error);
        }
    }
}

/// Pieces in the air, landed in order.
impl Reading<'_> {
    fn in_the_air(&self) -> usize {
        self.flights.iter().map(|flight| flight.pieces.len()).sum()
    }

    /// Cuts a file into pieces by guesses and starts them, landing earlier ones meanwhile.
    fn launch(&mut self, input: &Input, parts: Parts) {
        self.flights.push_back(Flight {
            name: input.name(),
            size: parts.size() as u64,
            parts,
            pieces: VecDeque::new(),
            complete: false,
            trouble: None,
            begun: false,
            ended: false,
            landed: (0, ReaderContext::default()),
        });
        let mut start = 0;
        let mut guess = Guess::default();
        loop {
            while self.in_the_air() >= self.settings.threads * 3 {
                self.land_one();
            }
            // Landing may have shown that the rest is not to be read.
            let goes_on = self.flights.back().is_some_and(|flight| !flight.complete);
            if !goes_on || self.stops() {
                break;
            }
            let (part, next) = match self.cut(start, &guess) {
                Ok(cut) => cut,
                Err(Trouble::TooLarge) => {
                    // Or the guess is wrong: what was read tells the truth, and where to guess from.
                    (start, guess) = self.read_on();
                    continue;
                }
                Err(trouble) => {
                    if let Some(flight) = self.flights.back_mut() {
                        flight.trouble = Some(trouble);
                    }
                    break;
                }
            };
            let limit = next.as_ref().map_or(usize::MAX, |(cut, _)| *cut);
            self.start(part, start, limit, guess.context.clone());
            match next {
                Some((cut, next)) => {
                    start += cut;
                    guess = next;
                }
                None => break,
            }
        }
        if let Some(flight) = self.flights.back_mut() {
            flight.complete = true;
        }
    }

    /// Lands all pieces and reads the last file on for as far as was looked for a cut in vain. Returns where to go on.
    fn read_on(&mut self) -> (usize, Guess) {
        while self.in_the_air() > 0 || self.flights.len() > 1 {
            self.land_one();
        }
        let Some(mut flight) = self.flights.pop_back() else {
            return (0, Guess::default());
        };
        let end = flight.landed.0.saturating_add(LARGEST_CLAIM);
        while !flight.complete && flight.landed.0 < end && !self.stops() {
            if let Err(trouble) = self.read_one(&mut flight, usize::MAX) {
                flight.stop(Some(trouble));
            }
        }
        let (start, context) = flight.landed.clone();
        self.flights.push_back(flight);
        (start, Guess::at(context))
    }

    /// The part in which the next piece of the last file lies, and where in it the piece ends, by a guess; `None`
    /// for the last piece.
    fn cut(
        &mut self,
        start: usize,
        guess: &Guess,
    ) -> Result<(Part, Option<(usize, Guess)>), Trouble> {
        let size = piece_size(self.settings.piece_size, &guess.context);
        let mut wanted = size.saturating_add(MARGIN);
        loop {
            let Some(flight) = self.flights.back_mut() else {
                return Err(Trouble::TooLarge);
            };
            let part = flight.parts.part(start, wanted, &mut self.spare)?;
            let next = (size < part.len()).then(|| guess.next(&part, 0, size));
            let next = next.flatten();
            // A cut at the very end of the part may not show what begins there.
            let shows = |(cut, _): &(usize, _)| cut.saturating_add(MARGIN / 16) < part.len();
            if part.at_end || next.as_ref().is_some_and(shows) {
                return Ok((part, next));
            }
            let most = most_wanted(self.settings.piece_size);
            if part.len() >= most {
                return Err(Trouble::TooLarge);
            }
            self.spare.keep(part);
            wanted = wanted.saturating_mul(2).min(most);
        }
    }

    fn start(&mut self, part: Part, start: usize, limit: usize, context: ReaderContext) {
        let (sender, result) = channel();
        let (Some(flight), Some(pool)) = (self.flights.back_mut(), &self.pool) else {
            return;
        };
        let task = (Arc::clone(self.job), part.clone(), context.clone());
        pool.spawn(move || {
            let (job, part, context) = task;
            let extent = Extent {
                base: start,
                limit,
                at_end: part.at_end,
            };
            // What failed is read again where it lands, and fails there.
            let result = read_safely(&job, &part, extent, &context);
            // The buffer is used again when nobody holds it.
            drop(part);
            // Nobody waits any more when the run was stopped.
            let _ = sender.send(result.ok().flatten());
        });
        flight.pieces.push_back(Piece {
            start,
            part,
            limit,
            context,
            result,
        });
    }

    fn land_all(&mut self) {
        while !self.flights.is_empty() {
            self.land_one();
        }
    }

    /// Lands the first piece that is in the air, or ends the first file when it has none.
    fn land_one(&mut self) {
        let stopped = self.stops();
        let Some(mut flight) = self.flights.pop_front() else {
            return;
        };
        if !flight.begun {
            match flight.pieces.front().map(|piece| piece.part.clone()) {
                Some(head) => self.begin(&mut flight, Some(&head)),
                None if stopped || flight.complete => self.begin(&mut flight, None),
                None => {}
            }
        }
        if stopped {
            self.collect.interrupted();
            flight.stop(None);
        }
        if let Some(piece) = flight.pieces.pop_front() {
            if let Err(trouble) = self.land(&mut flight, piece) {
                flight.stop(Some(trouble));
            }
        } else if flight.complete {
            if let Some(trouble) = flight.trouble.take() {
                tell(self.collect, flight.landed.0 as u64, trouble);
            }
            self.collect.end();
            return;
        }
        self.flights.push_front(flight);
    }

    /// Begins a file whose first bytes these are, when they could be had. What is not X12 is not read.
    fn begin(&mut self, flight: &mut Flight, head: Option<&[u8]>) {
        flight.begun = true;
        self.collect.begin(&flight.name, Some(flight.size));
        if head.is_some_and(|head| !self.collect.accepts(head)) {
            flight.stop(None);
            flight.ended = true;
        }
    }

    /// Lands a piece: reads it again when it was read by a wrong guess.
    fn land(&mut self, flight: &mut Flight, piece: Piece) -> Result<(), Trouble> {
        let (start, inherited) = &flight.landed;
        let result = piece.result.recv().ok().flatten();
        if let Some(result) = result
            && piece.start == *start
            && same(&piece.context, inherited, &piece.part)
        {
            self.landed(flight, result, piece.part);
            return Ok(());
        }
        self.spare.keep(piece.part);
        let end = piece.start.saturating_add(piece.limit);
        while flight.landed.0 < end && !flight.ended && !self.stops() {
            self.read_one(flight, end)?;
        }
        Ok(())
    }

    /// Reads what comes next of a file, up to `end` or as much as a piece is.
    fn read_one(&mut self, flight: &mut Flight, end: usize) -> Result<(), Trouble> {
        let (start, inherited) = flight.landed.clone();
        let size = piece_size(self.settings.piece_size, &inherited);
        let limit = size.min(end.saturating_sub(start));
        let wanted = limit.saturating_add(MARGIN);
        let part = flight.parts.part(start, wanted, &mut self.spare)?;
        if !flight.begun {
            self.begin(flight, Some(&part));
        }
        if flight.ended {
            return Ok(());
        }
        let (result, part) = self.read(&mut flight.parts, part, start, limit, &inherited)?;
        self.landed(flight, result, part);
        Ok(())
    }

    /// Hands on what was read of the next piece.
    fn landed(&mut self, flight: &mut Flight, result: PieceResult, part: Part) {
        let start = flight.landed.0;
        let end = result.end;
        let mut context = result.context.clone();
        if let Some(end) = end {
            let element = context.element_separator().unwrap_or(b'*');
            close_for(&mut context, &part[end - start..], element);
        }
        self.spare.keep(part);
        let behind = end.unwrap_or(flight.parts.size());
        flight.landed = (behind, context);
        self.collect.piece(result, (behind - start) as u64);
        if end.is_none() {
            flight.ended = true;
            // Pieces behind the end were guessed where nothing is left.
            let changed = flight.parts.check().err();
            flight.stop(changed.map(Trouble::Broken));
        }
    }
}

fn tell(collect: &mut dyn Collect, offset: u64, trouble: Trouble) {
    match trouble {
        Trouble::Broken(error) => collect.broken(offset, &error),
        Trouble::TooLarge => collect.too_large(offset, LARGEST_CLAIM),
    }
}

/// Reads a piece as [`run`] does. A panic is a defect of this program that one file has brought to light: the other
/// files are read all the same.
fn read_safely(
    job: &Job,
    bytes: &[u8],
    extent: Extent,
    context: &ReaderContext,
) -> io::Result<Option<PieceResult>> {
    let read = || {
        #[cfg(feature = "fault-injection")]
        super::fault::strike(bytes);
        run(job, bytes, extent, context)
    };
    panic::catch_unwind(AssertUnwindSafe(read))
        .map_err(|_| io::Error::other("an internal error stopped the reading"))
}

/// True when a guess is what the piece really inherits.
fn same(guess: &ReaderContext, inherited: &ReaderContext, bytes: &[u8]) -> bool {
    let mut guess = guess.clone();
    let element = inherited.element_separator().unwrap_or(b'*');
    close_for(&mut guess, bytes, element);
    guess == *inherited
}
