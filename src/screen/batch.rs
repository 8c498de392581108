//! Small files, several to a job: handing one over costs a worker more than reading it.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::ThreadPool;

use crate::claim::reader::ReaderContext;

use super::Settings;
use super::input::{Access, Input, SharedBytes, Source};
use super::job::Job;
use super::piece::{Extent, PieceResult};
use super::pipeline::read_safely;

/// Larger files, in bytes, are opened one by one: what is packed in a smaller one is rarely more than a piece.
const SMALL: u64 = 1 << 15;

/// Files of a job.
const MOST: usize = 64;

/// Small files that a worker reads one after the other.
pub struct Batch {
    inputs: Arc<[Input]>,
    results: Receiver<Vec<Option<Small>>>,
}

/// A small file that was read as one piece.
pub struct Small {
    /// Its size in bytes, when it is not packed.
    pub size: Option<u64>,
    /// Its bytes, unpacked.
    pub bytes: SharedBytes,
    /// What became of them.
    pub result: PieceResult,
}

/// How many of the first of these inputs go into one batch, whose bytes are about one piece.
pub fn first(inputs: &[Input], piece_size: usize) -> usize {
    let mut room = piece_size as u64;
    let most = SMALL.min(room);
    let fits = |input: &&Input| {
        let size = file_size(input).filter(|size| *size <= most);
        let fits = size.is_some() && room > 0;
        room = room.saturating_sub(size.unwrap_or_default());
        fits
    };
    inputs.iter().take(MOST).take_while(fits).count()
}

/// What is no file may have to be waited for, and is opened in its turn.
fn file_size(input: &Input) -> Option<u64> {
    let Input::File(path) = input else {
        return None;
    };
    let metadata = path.metadata().ok()?;
    metadata.is_file().then_some(metadata.len())
}

impl Batch {
    /// Lets a worker read these files.
    pub fn start(pool: &ThreadPool, job: &Arc<Job>, settings: &Settings, inputs: &[Input]) -> Self {
        let (sender, results) = sync_channel(1);
        let inputs: Arc<[Input]> = inputs.into();
        let (job, files) = (Arc::clone(job), Arc::clone(&inputs));
        let (access, most) = (settings.access, settings.piece_size);
        pool.spawn(move || {
            let read = |file| read_small(&job, file, access, most);
            // Nobody waits any more when the run was stopped.
            let _ = sender.send(files.iter().map(read).collect());
        });
        Self { inputs, results }
    }

    /// Waits for the files. What could not be read as one piece is `None`, and is to be read where it lands.
    pub fn land(self) -> impl Iterator<Item = (Input, Option<Small>)> {
        let mut results = self.results.recv().unwrap_or_default();
        results.resize_with(self.inputs.len(), || None);
        let inputs = self.inputs;
        results
            .into_iter()
            .enumerate()
            .map(move |(index, small)| (inputs[index].clone(), small))
    }
}

fn read_small(job: &Job, input: &Input, access: Access, most: usize) -> Option<Small> {
    let (size, bytes) = match input.open(access).ok()? {
        Source::Memory(bytes) => (Some(bytes.len() as u64), bytes),
        Source::File(_) => return None,
        Source::Stream(reader) => {
            let mut bytes = Vec::new();
            let most = most as u64 + 1;
            reader.take(most).read_to_end(&mut bytes).ok()?;
            (None, SharedBytes::Owned(Arc::new(bytes)))
        }
    };
    if bytes.len() > most {
        return None;
    }
    let whole = Extent {
        base: 0,
        limit: usize::MAX,
        at_end: true,
    };
    let result = read_safely(job, &bytes, whole, &ReaderContext::default()).ok()??;
    Some(Small {
        size,
        bytes,
        result,
    })
}
