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
use super::cut::{Guess, close_for};
use super::input::{Input, SharedBytes, Source};
use super::job::Job;
use super::piece::{Extent, PieceResult, run};
use super::stream::ReadAhead;

/// A claim that is larger than this, in bytes, is not held in memory to be read from a stream.
pub(super) const LARGEST_CLAIM: usize = 64 << 20;

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
    bytes: SharedBytes,
    pieces: VecDeque<Piece>,
    /// No more pieces will be started.
    complete: bool,
    begun: bool,
    /// Where the last landed piece ended and what it left open.
    landed: (usize, ReaderContext),
}

struct Piece {
    start: usize,
    limit: usize,
    context: ReaderContext,
    result: Receiver<Option<PieceResult>>,
}

struct Reading<'r> {
    job: &'r Arc<Job>,
    settings: &'r Settings,
    pool: Option<ThreadPool>,
    flights: VecDeque<Flight>,
    collect: &'r mut dyn Collect,
}

impl Reading<'_> {
    fn stops(&self) -> bool {
        self.settings.interrupt.load(Ordering::Relaxed) || self.collect.is_done()
    }

    fn input(&mut self, input: &Input) {
        match input.open() {
            Ok(Source::Memory(bytes)) if self.pool.is_some() => self.launch(input, &bytes),
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
            Ok(Source::Memory(bytes)) => {
                self.collect.begin(&input.name(), Some(bytes.len() as u64));
                if self.collect.accepts(&bytes) {
                    self.memory(&bytes, 0, ReaderContext::default());
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

    /// Reads `bytes` from `start` on.
    fn memory(&mut self, bytes: &[u8], start: usize, context: ReaderContext) {
        let (mut start, mut context) = (start, context);
        loop {
            if self.stops() {
                self.collect.interrupted();
                return;
            }
            let extent = Extent {
                base: start,
                limit: self.settings.piece_size,
                at_end: true,
            };
            let Some(result) = run(self.job, &bytes[start..], extent, &context) else {
                return;
            };
            let end = result.end;
            context = result.context.clone();
            self.collect
                .piece(result, (end.unwrap_or(bytes.len()) - start) as u64);
            match end {
                Some(end) => start = end,
                None => return,
            }
        }
    }

    fn stream(&mut self, source: &ReadAhead) {
        let mut buffer = Vec::new();
        let mut base = 0;
        let mut context = ReaderContext::default();
        let mut at_end = false;
        let mut broken = None;
        // A piece needs bytes behind its limit, in which the next claim begins.
        let mut wanted = self.settings.piece_size.saturating_add(1 << 16);
        let mut first = true;
        loop {
            while !at_end && buffer.len() < wanted {
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
                && !self.collect.accepts(&buffer)
            {
                break;
            }
            let extent = Extent {
                base,
                limit: self.settings.piece_size,
                at_end,
            };
            match run(self.job, &buffer, extent, &context) {
                Some(result) => {
                    let end = result.end;
                    context = result.context.clone();
                    let used = end.map_or(buffer.len(), |end| end - base);
                    self.collect.piece(result, used as u64);
                    buffer.drain(..used);
                    base += used;
                    wanted = self.settings.piece_size.saturating_add(1 << 16);
                    if end.is_none() {
                        break;
                    }
                }
                None if buffer.len() > LARGEST_CLAIM.max(self.settings.piece_size) => {
                    self.collect.too_large(base as u64, LARGEST_CLAIM);
                    return;
                }
                None => wanted = buffer.len().saturating_mul(2),
            }
        }
        if let Some(error) = broken {
            self.collect.broken((base + buffer.len()) as u64, &error);
        }
    }
}

/// Pieces in the air, landed in order.
impl Reading<'_> {
    fn in_the_air(&self) -> usize {
        self.flights.iter().map(|flight| flight.pieces.len()).sum()
    }

    /// Cuts a file into pieces by guesses and starts them, landing earlier ones meanwhile.
    fn launch(&mut self, input: &Input, bytes: &SharedBytes) {
        self.flights.push_back(Flight {
            name: input.name(),
            size: bytes.len() as u64,
            bytes: bytes.clone(),
            pieces: VecDeque::new(),
            complete: false,
            begun: false,
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
            let wanted = start + self.settings.piece_size;
            let next = if wanted < bytes.len() {
                guess.next(bytes, start, wanted)
            } else {
                None
            };
            let limit = next.as_ref().map_or(bytes.len(), |(cut, _)| *cut) - start;
            let limit = if next.is_some() { limit } else { usize::MAX };
            self.start(bytes, start, limit, guess.context.clone());
            match next {
                Some((cut, next)) => {
                    start = cut;
                    guess = next;
                }
                None => break,
            }
        }
        if let Some(flight) = self.flights.back_mut() {
            flight.complete = true;
        }
    }

    fn start(&mut self, bytes: &SharedBytes, start: usize, limit: usize, context: ReaderContext) {
        let (sender, result) = channel();
        let (Some(flight), Some(pool)) = (self.flights.back_mut(), &self.pool) else {
            return;
        };
        let task = (Arc::clone(self.job), bytes.clone(), context.clone());
        pool.spawn(move || {
            let (job, bytes, context) = task;
            let extent = Extent {
                base: start,
                limit,
                at_end: true,
            };
            // A worker that panics must not end the process before its reports are dropped: the
            // piece is read again where it lands, and fails there.
            let read = || run(&job, &bytes[start..], extent, &context);
            let result = panic::catch_unwind(AssertUnwindSafe(read)).ok().flatten();
            // Nobody waits any more when the run was stopped.
            let _ = sender.send(result);
        });
        flight.pieces.push_back(Piece {
            start,
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
        let Some(flight) = self.flights.front_mut() else {
            return;
        };
        if !flight.begun {
            flight.begun = true;
            self.collect.begin(&flight.name, Some(flight.size));
            if !self.collect.accepts(&flight.bytes) {
                flight.pieces.clear();
                flight.complete = true;
            }
        }
        let stopped = self.settings.interrupt.load(Ordering::Relaxed) || self.collect.is_done();
        if stopped {
            self.collect.interrupted();
            flight.pieces.clear();
            flight.complete = true;
        }
        let Some(piece) = flight.pieces.pop_front() else {
            if flight.complete {
                self.collect.end();
                self.flights.pop_front();
            }
            return;
        };
        let (landed_at, inherited) = std::mem::take(&mut flight.landed);
        let bytes = flight.bytes.clone();
        let mut result = piece.result.recv().ok().flatten();
        let guessed_right =
            piece.start == landed_at && same(&piece.context, &inherited, &bytes[landed_at..]);
        if !guessed_right || result.is_none() {
            let limit = piece
                .limit
                .saturating_add(piece.start)
                .saturating_sub(landed_at);
            let extent = Extent {
                base: landed_at,
                limit,
                at_end: true,
            };
            result = run(self.job, &bytes[landed_at..], extent, &inherited);
        }
        let Some(result) = result else { return };
        let end = result.end;
        let mut context = result.context.clone();
        if let Some(end) = end {
            let element = context.element_separator().unwrap_or(b'*');
            close_for(&mut context, &bytes[end..], element);
        }
        flight.landed = (end.unwrap_or(bytes.len()), context);
        let length = end.unwrap_or(bytes.len()) - landed_at;
        if end.is_none() {
            // Pieces behind the end were guessed where nothing is left.
            flight.pieces.clear();
            flight.complete = true;
        }
        self.collect.piece(result, length as u64);
    }
}

/// True when a guess is what the piece really inherits.
fn same(guess: &ReaderContext, inherited: &ReaderContext, bytes: &[u8]) -> bool {
    let mut guess = guess.clone();
    let element = inherited.element_separator().unwrap_or(b'*');
    close_for(&mut guess, bytes, element);
    guess == *inherited
}
