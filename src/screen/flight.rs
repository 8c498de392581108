//! Inputs on their way through the pipeline, and their pieces in the air.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::Receiver;

use crate::claim::reader::ReaderContext;

use super::batch::Batch;
use super::part::{Part, Parts};
use super::piece::PieceResult;

/// What is on its way.
pub enum Aloft {
    /// An input that is cut into pieces.
    Flight(Box<Flight>),
    /// Small files.
    Batch(Batch),
}

impl Aloft {
    /// Jobs of workers that have not landed.
    pub fn jobs(&self) -> usize {
        match self {
            Self::Flight(flight) => flight.pieces.len(),
            Self::Batch(_) => 1,
        }
    }

    /// Bytes of pieces that have not landed; those of small files are not counted.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Flight(flight) => flight.pieces.iter().map(|piece| piece.part.len()).sum(),
            Self::Batch(_) => 0,
        }
    }
}

/// An input some of whose pieces may be in the air.
pub struct Flight {
    /// Its name for reports.
    pub name: String,
    /// Its size in bytes, when it is known.
    pub size: Option<u64>,
    /// Its bytes.
    pub parts: Parts,
    /// What was started and has not landed.
    pub pieces: VecDeque<Piece>,
    /// Where the next piece will be started.
    pub next: usize,
    /// No more pieces will be started.
    pub complete: bool,
    /// Why not all of the input became pieces.
    pub trouble: Option<Trouble>,
    /// Reports were told of it.
    pub begun: bool,
    /// All of it was read.
    pub ended: bool,
    /// Where the last landed piece ended and what it left open.
    pub landed: (usize, ReaderContext),
}

impl Flight {
    /// An input of which no piece was started yet.
    pub fn new(name: String, parts: Parts) -> Self {
        Self {
            name,
            size: parts.size(),
            parts,
            pieces: VecDeque::new(),
            next: 0,
            complete: false,
            trouble: None,
            begun: false,
            ended: false,
            landed: (0, ReaderContext::default()),
        }
    }

    /// What has not landed is not wanted any more.
    pub fn stop(&mut self, trouble: Option<Trouble>) {
        self.pieces.clear();
        self.complete = true;
        self.trouble = trouble;
    }
}

/// A piece that a worker reads.
pub struct Piece {
    /// Where it begins in the input, by a guess.
    pub start: usize,
    /// Its bytes, and some behind it.
    pub part: Part,
    /// Where it ends, as an offset in the part.
    pub limit: usize,
    /// What it inherits, by a guess.
    pub context: ReaderContext,
    /// Where its result comes.
    pub result: Receiver<Option<PieceResult>>,
}

/// Why the rest of an input is not read.
pub enum Trouble {
    /// It could not be opened, or broke.
    Broken(io::Error),
    /// A claim is larger than the limit.
    TooLarge,
    /// Packed data of this kind stand where an interchange should begin, more of them than are looked through.
    Packed(&'static str),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}
