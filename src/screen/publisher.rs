//! Reports of single files, brought to their places while the next files are screened.
//!
//! A disk takes milliseconds to say that a small file is on it, and hardly longer for several at once. So several
//! threads wait for it, and folders are brought to disk once, at the end.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::outputs::ReportFailure;
use crate::report::{AtomicFile, sync_folder};

/// How many files may be on their way to the disk at a time.
const THREADS: usize = 8;
/// How many may wait, each with an open file.
const WAITING: usize = 8;

/// A file on its way, its report's name and its place in the order.
type Order = (u64, String, AtomicFile);

/// Where workers take them from.
type Orders = Arc<Mutex<Receiver<Order>>>;

/// Brings files to disk and to their final names.
#[derive(Default)]
pub(super) struct Publisher {
    orders: Option<(SyncSender<Order>, Orders)>,
    workers: Vec<JoinHandle<()>>,
    done: Arc<Mutex<Done>>,
    count: u64,
}

/// What has come of it so far.
#[derive(Default)]
struct Done {
    folders: BTreeSet<PathBuf>,
    failures: Vec<(u64, ReportFailure)>,
}

impl Publisher {
    /// Lets a file appear, soon. Waits while too many are on their way.
    pub fn publish(&mut self, name: String, file: AtomicFile) {
        let (sender, receiver) = self.orders.get_or_insert_with(|| {
            let (sender, receiver) = sync_channel(WAITING);
            (sender, Arc::new(Mutex::new(receiver)))
        });
        if self.workers.len() < THREADS {
            let (receiver, done) = (Arc::clone(receiver), Arc::clone(&self.done));
            let worker = move || work(&receiver, &done);
            if let Ok(worker) = thread::Builder::new().spawn(worker) {
                self.workers.push(worker);
            }
        }
        self.count += 1;
        let order = (self.count, name, file);
        if self.workers.is_empty() {
            // The system has no room for a thread.
            put(order, &self.done);
        } else if let Err(lost) = sender.send(order) {
            put(lost.0, &self.done);
        }
    }

    /// Waits until all files are in their places, and on disk; returns those that are not.
    pub fn finish(mut self) -> Vec<ReportFailure> {
        self.wait();
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let Done { folders, failures } = std::mem::take(&mut *done);
        let mut failures = failures;
        failures.sort_by_key(|(place, _)| *place);
        let of_folders = folders.into_iter().filter_map(|folder| {
            let error = sync_folder(&folder).err()?;
            let name = folder.display().to_string();
            Some(ReportFailure {
                error: io::Error::new(error.kind(), format!("{name}: {error}")),
                name,
            })
        });
        let of_files = failures.into_iter().map(|(_, failure)| failure);
        of_files.chain(of_folders).collect()
    }

    fn wait(&mut self) {
        self.orders = None;
        for worker in self.workers.drain(..) {
            // A worker that panics has lost its file, which stays away.
            if worker.join().is_err() {
                let failure = ReportFailure {
                    name: "a report".into(),
                    error: io::Error::other("an internal error kept it from being written"),
                };
                let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
                done.failures.push((u64::MAX, failure));
            }
        }
    }
}

/// A run that ends early leaves no half-published files: those that wait are brought to their places first.
impl Drop for Publisher {
    fn drop(&mut self) {
        self.wait();
    }
}

fn work(orders: &Mutex<Receiver<Order>>, done: &Mutex<Done>) {
    loop {
        let next = orders.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(order) => put(order, done),
            Err(_) => return,
        }
    }
}

fn put((place, name, file): Order, done: &Mutex<Done>) {
    let folder = file.folder().to_owned();
    let put = file.put();
    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
    match put {
        Ok(()) => _ = done.folders.insert(folder),
        Err(error) => done.failures.push((place, ReportFailure { name, error })),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn all_files_appear_and_what_cannot_is_told_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut publisher = Publisher::default();
        for number in 0..200 {
            let path = folder.path().join(format!("{number}.csv"));
            let file = AtomicFile::create(&path).unwrap();
            write!(file.writer().unwrap(), "{number}").unwrap();
            if number % 50 == 7 {
                // Something has taken its place meanwhile that no file can be moved over.
                fs::create_dir(&path).unwrap();
            }
            publisher.publish(path.display().to_string(), file);
        }
        let failures = publisher.finish();
        let failed: Vec<&str> = failures
            .iter()
            .map(|failure| failure.name.rsplit(['/', '\\']).next().unwrap())
            .collect();
        assert_eq!(failed, ["7.csv", "57.csv", "107.csv", "157.csv"]);
        for number in (0..200).filter(|number| number % 50 != 7) {
            let path = folder.path().join(format!("{number}.csv"));
            assert_eq!(fs::read_to_string(path).unwrap(), number.to_string());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 200);
    }
}
