//! A store whose writing is done by a thread of its own, while the run goes on.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::rows::ClaimRow;
use super::store::{Addition, Store, StoreError};
use crate::phi::PatientHash;

/// Claims that are handed over at a time.
const BATCH: usize = 512;

/// Batches that may wait: the run goes no further ahead of the disk.
const WAITING: usize = 32;

enum Order {
    File(u32, String),
    Add(Vec<Addition>),
    Commit,
}

/// Writes through one store in a thread of its own, and reads through another, which shows what was
/// there before the run: what the run itself counted, it remembers elsewhere.
pub struct Background<R> {
    reader: R,
    next_file: u32,
    batch: Vec<Addition>,
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<Result<(), StoreError>>>,
}

fn obey(writer: &mut impl Store, orders: Receiver<Order>) -> Result<(), StoreError> {
    for order in orders {
        match order {
            Order::File(seq, name) => writer.begin_file(seq, &name)?,
            Order::Add(additions) => writer.append(additions)?,
            Order::Commit => writer.commit()?,
        }
    }
    Ok(())
}

impl<R: Store> Background<R> {
    /// Writes through `writer`, reads through `reader`.
    pub fn new<W: Store + Send + 'static>(mut writer: W, reader: R) -> Self {
        let next_file = writer.next_file();
        let (orders, received) = sync_channel(WAITING);
        let thread = std::thread::spawn(move || obey(&mut writer, received));
        Self {
            reader,
            next_file,
            batch: Vec::with_capacity(BATCH),
            orders: Some(orders),
            thread: Some(thread),
        }
    }

    fn send(&mut self, order: Order) -> Result<(), StoreError> {
        let is_sent = self
            .orders
            .as_ref()
            .is_some_and(|orders| orders.send(order).is_ok());
        if is_sent { Ok(()) } else { self.end() }
    }

    fn hand_over(&mut self) -> Result<(), StoreError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.send(Order::Add(batch))
    }

    /// Waits for the thread and tells what it came to.
    fn end(&mut self) -> Result<(), StoreError> {
        drop(self.orders.take());
        let gone = || StoreError("the thread that writes the ledger has ended".to_owned());
        let thread = self.thread.take().ok_or_else(gone)?;
        thread.join().map_err(|_| gone())?
    }
}

impl<R: Store> Store for Background<R> {
    fn next_file(&self) -> u32 {
        self.next_file
    }

    fn begin_file(&mut self, seq: u32, name: &str) -> Result<(), StoreError> {
        self.hand_over()?;
        self.next_file = seq.saturating_add(1);
        self.send(Order::File(seq, name.to_owned()))
    }

    fn file_name(&mut self, seq: u32) -> Option<String> {
        self.reader.file_name(seq)
    }

    fn is_far(&self) -> bool {
        self.reader.is_far()
    }

    fn load(&mut self, patient: PatientHash) -> Result<Vec<ClaimRow>, StoreError> {
        self.reader.load(patient)
    }

    fn load_all(&mut self, patients: &[PatientHash]) -> Result<Vec<Vec<ClaimRow>>, StoreError> {
        self.reader.load_all(patients)
    }

    fn append(&mut self, additions: Vec<Addition>) -> Result<(), StoreError> {
        additions
            .into_iter()
            .try_for_each(|addition| self.add(addition))
    }

    fn add(&mut self, addition: Addition) -> Result<(), StoreError> {
        self.batch.push(addition);
        if self.batch.len() < BATCH {
            return Ok(());
        }
        self.hand_over()
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.hand_over()?;
        self.send(Order::Commit)?;
        self.end()
    }
}

impl<R> Drop for Background<R> {
    fn drop(&mut self) {
        // The writer drops its transaction, which undoes it, before the run ends.
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
