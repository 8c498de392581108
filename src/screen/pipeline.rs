//! From inputs to piece results in file order: parallel when there are several threads, in the calling thread
//! otherwise.

use std::collections::VecDeque;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;

use rayon::ThreadPool;

use crate::claim::reader::ReaderContext;

use super::Settings;
use super::batch::{self, Batch};
use super::cut::{Guess, close_for, piece_size};
use super::flight::{Aloft, Flight, Piece, Trouble};
use super::input::{Input, Source};
use super::job::Job;
use super::part::{Part, Parts, Spare};
use super::piece::{Extent, PieceResult, run};
use super::window::Window;

mod sequential;

/// A claim that is larger than this, in bytes, is not held in memory to be read. Claims have some
/// kilobytes; one of 999 service lines, the most that a guide allows, less than a megabyte as a rule.
pub(super) const LARGEST_CLAIM: usize = 16 << 20;

/// What is said of a claim that is larger.
pub(super) fn claim_too_large() -> String {
    format!("a claim is larger than {} MiB", LARGEST_CLAIM >> 20)
}

/// What is said of as many bytes without the beginning of a set, level or claim.
pub(super) fn no_place_to_divide() -> String {
    format!(
        "no transaction set, level or claim begins within {} MiB",
        LARGEST_CLAIM >> 20
    )
}

/// What is said of packed data behind what is not packed.
pub(super) fn packed_unread(name: &str) -> String {
    format!(
        "{name} data begin here, behind what is not packed: they were not read (unpack them, or give them as a file of their own)"
    )
}

/// Bytes that a piece needs behind its limit, in which the next claim begins.
const MARGIN: usize = 1 << 16;

/// The most bytes in which the next boundary of a file is looked for, when a piece should have so many. It is the same
/// however the file is read, so that the same claims are too large.
fn most_wanted(piece_size: usize) -> usize {
    piece_size.max(LARGEST_CLAIM).saturating_add(MARGIN)
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
    fn too_large(&mut self, offset: u64);

    /// Packed data of this kind begin at this offset; what follows is not read.
    fn packed(&mut self, offset: u64, name: &str);

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
        aloft: VecDeque::new(),
        spare: Spare::default(),
        collect,
    };
    let mut rest = inputs;
    while let [input, behind @ ..] = rest
        && !reading.stops()
    {
        let small = reading.small(rest);
        if small > 1 {
            let (batch, behind) = rest.split_at(small);
            reading.launch_batch(batch);
            rest = behind;
        } else {
            reading.input(input);
            rest = behind;
        }
    }
    reading.land_all();
}

struct Reading<'r> {
    job: &'r Arc<Job>,
    settings: &'r Settings,
    pool: Option<ThreadPool>,
    /// What was started and has not landed, in the order of the inputs.
    aloft: VecDeque<Aloft>,
    spare: Spare,
    collect: &'r mut dyn Collect,
}

impl Reading<'_> {
    fn stops(&self) -> bool {
        self.settings.interrupt.load(Ordering::Relaxed) || self.collect.is_done()
    }

    fn input(&mut self, input: &Input) {
        match self.open(input) {
            Ok(parts) if self.pool.is_some() => self.launch(input, parts),
            opened => {
                self.land_all();
                self.sequential(input, opened);
            }
        }
    }

    fn open(&self, input: &Input) -> io::Result<Parts> {
        Ok(match input.open(self.settings.access)? {
            Source::Memory(bytes) => Parts::Memory(bytes),
            Source::File(file) => Parts::File(file),
            Source::Stream(reader) => {
                Parts::Stream(Window::new(reader, Arc::clone(&self.settings.interrupt)))
            }
        })
    }
}

/// Pieces in the air, landed in order.
impl Reading<'_> {
    /// How many of the first of these inputs are small files, which one worker reads one after the other.
    fn small(&self, inputs: &[Input]) -> usize {
        match &self.pool {
            Some(_) => batch::first(inputs, self.settings.piece_size),
            None => 0,
        }
    }

    fn launch_batch(&mut self, inputs: &[Input]) {
        self.make_room();
        if let Some(pool) = &self.pool {
            let batch = Batch::start(pool, self.job, self.settings, inputs);
            self.aloft.push_back(Aloft::Batch(batch));
        }
    }

    /// Lands pieces until another may be started.
    fn make_room(&mut self) {
        let most_jobs = self.settings.threads * 3;
        let most_bytes = LARGEST_CLAIM.max(self.settings.piece_size.saturating_mul(most_jobs));
        loop {
            let jobs: usize = self.aloft.iter().map(Aloft::jobs).sum();
            let bytes: usize = self.aloft.iter().map(Aloft::bytes).sum();
            if jobs < most_jobs && (jobs == 0 || bytes < most_bytes) {
                break;
            }
            self.land_one();
        }
    }

    /// The input that is being launched.
    fn launching(&mut self) -> Option<&mut Flight> {
        match self.aloft.back_mut() {
            Some(Aloft::Flight(flight)) if !flight.complete => Some(flight),
            _ => None,
        }
    }

    /// Cuts an input into pieces by guesses and starts them, landing earlier ones meanwhile.
    fn launch(&mut self, input: &Input, parts: Parts) {
        let flight = Flight::new(input.name(), parts);
        self.aloft.push_back(Aloft::Flight(Box::new(flight)));
        let mut start = 0;
        let mut guess = Guess::default();
        loop {
            self.make_room();
            // While the other end of a stream writes nothing, what came before is told.
            while !self.is_at_hand(start) && self.is_aloft() {
                self.land_one();
            }
            // Landing may have shown that the rest is not to be read.
            if self.launching().is_none() || self.stops() {
                break;
            }
            let (part, next) = match self.cut(start, &guess) {
                Ok(cut) => cut,
                Err(Trouble::TooLarge) => {
                    // Or the guess is wrong: what was read tells the truth, and where to guess from.
                    (start, guess) = self.read_on();
                    continue;
                }
                // A stream is not waited for any more.
                Err(_) if self.stops() => break,
                Err(trouble) => {
                    if let Some(flight) = self.launching() {
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
                    if let Some(flight) = self.launching() {
                        flight.next = start;
                    }
                }
                None => break,
            }
        }
        if let Some(flight) = self.launching() {
            flight.complete = true;
            flight.next = usize::MAX;
        }
    }

    /// Lands all pieces and reads the last input on for as far as was looked for a cut in vain. Returns where to go
    /// on.
    fn read_on(&mut self) -> (usize, Guess) {
        while self.is_aloft() {
            self.land_one();
        }
        let Some(Aloft::Flight(mut flight)) = self.aloft.pop_back() else {
            return (0, Guess::default());
        };
        // Nothing was started of what follows.
        flight.next = usize::MAX;
        let end = flight.landed.0.saturating_add(LARGEST_CLAIM);
        while !flight.complete && flight.landed.0 < end && !self.stops() {
            if let Err(trouble) = self.read_one(&mut flight, usize::MAX) {
                flight.stop(Some(trouble));
            }
        }
        let (start, context) = flight.landed.clone();
        flight.next = start;
        self.aloft.push_back(Aloft::Flight(flight));
        (start, Guess::at(context))
    }

    /// True when the bytes of the input's next piece need not be waited for.
    fn is_at_hand(&mut self, start: usize) -> bool {
        let wanted = self.settings.piece_size.saturating_add(MARGIN);
        self.launching()
            .is_none_or(|flight| flight.parts.is_at_hand(start, wanted))
    }

    /// True when there is something to land before the next piece of the input that is being launched.
    fn is_aloft(&self) -> bool {
        self.aloft.len() > 1 || self.aloft.iter().any(|aloft| aloft.jobs() > 0)
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
            let Some(Aloft::Flight(flight)) = self.aloft.back_mut() else {
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
        let (sender, result) = sync_channel(1);
        let (Some(Aloft::Flight(flight)), Some(pool)) = (self.aloft.back_mut(), &self.pool) else {
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
        while !self.aloft.is_empty() {
            self.land_one();
        }
    }

    /// Lands the first piece that is in the air, or ends the first input when it has none.
    fn land_one(&mut self) {
        match self.aloft.pop_front() {
            Some(Aloft::Flight(flight)) => self.land_next(flight),
            Some(Aloft::Batch(batch)) => self.land_batch(batch),
            None => {}
        }
    }

    fn land_batch(&mut self, batch: Batch) {
        for (input, small) in batch.land() {
            if self.stops() {
                return;
            }
            let Some(small) = small else {
                let opened = self.open(&input);
                self.sequential(&input, opened);
                continue;
            };
            self.collect.begin(&input.name(), small.size);
            if self.collect.accepts(&small.bytes) {
                self.collect.piece(small.result, small.bytes.len() as u64);
            }
            self.collect.end();
        }
    }

    fn land_next(&mut self, mut flight: Box<Flight>) {
        let stopped = self.stops();
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
        self.aloft.push_front(Aloft::Flight(flight));
    }

    /// Begins an input whose first bytes these are, when they could be had. What is not X12 is not read.
    fn begin(&mut self, flight: &mut Flight, head: Option<&[u8]>) {
        flight.begun = true;
        self.collect.begin(&flight.name, flight.size);
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

    /// Reads what comes next of an input, up to `end` or as much as a piece is.
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
        let behind = end.unwrap_or(start + part.len());
        self.spare.keep(part);
        flight.parts.release(behind.min(flight.next));
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
        Trouble::TooLarge => collect.too_large(offset),
        Trouble::Packed(name) => collect.packed(offset, name),
    }
}

/// Reads a piece as [`run`] does. A panic is a defect of this program that one file has brought to light: the other
/// files are read all the same.
pub(super) fn read_safely(
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
