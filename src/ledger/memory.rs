//! Patients in memory: those that were met lately stay, the others may go where they are kept.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use super::patient::PatientRecord;
use crate::phi::PatientHash;

/// Spreads patients, whose keyed hash is as good as random already: without the key nobody can make
/// them collide, so a hash of the hash would protect from nothing.
#[derive(Clone, Default)]
pub struct PatientSpread(u64);

impl Hasher for PatientSpread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = self.0.rotate_left(29) ^ value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Adds to a list of which there are as many as patients, and which mostly stays short: it grows by a
/// half, not by the double.
pub(super) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(1 + list.len() / 2);
    }
    list.push(item);
}

/// Records by patient. They are large, and a table is half empty at times.
pub type Records = HashMap<PatientHash, Box<PatientRecord>, BuildHasherDefault<PatientSpread>>;

/// Two generations: who is met moves to the recent one. When that fills half of the room, it becomes
/// the older one, and who was not met since the last turn is let go.
#[derive(Clone)]
pub(super) struct Patients {
    recent: Records,
    older: Records,
    /// What the recent ones take, in bytes.
    weight: usize,
    /// What both may take, in bytes.
    room: usize,
}

impl Default for Patients {
    fn default() -> Self {
        Self {
            recent: Records::default(),
            older: Records::default(),
            weight: 0,
            room: usize::MAX,
        }
    }
}

impl FromIterator<(PatientHash, PatientRecord)> for Patients {
    fn from_iter<I: IntoIterator<Item = (PatientHash, PatientRecord)>>(records: I) -> Self {
        let mut patients = Self::default();
        for (patient, record) in records {
            patients.insert(patient, record);
        }
        patients
    }
}

impl Patients {
    pub fn with_room(bytes: usize) -> Self {
        Self {
            room: bytes,
            ..Self::default()
        }
    }

    pub fn get(&self, patient: PatientHash) -> Option<&PatientRecord> {
        let record = self.recent.get(&patient);
        record.or_else(|| self.older.get(&patient)).map(Box::as_ref)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&PatientHash, &PatientRecord)> {
        let all = self.recent.iter().chain(&self.older);
        all.map(|(patient, record)| (patient, &**record))
    }

    pub fn insert(&mut self, patient: PatientHash, record: PatientRecord) {
        self.weight += record.weight();
        self.recent.insert(patient, Box::new(record));
    }

    /// Changes a record, which is new when there is none.
    pub fn change<T>(
        &mut self,
        patient: PatientHash,
        change: impl FnOnce(&mut PatientRecord) -> T,
    ) -> T {
        let (record, before) = match self.recent.entry(patient) {
            Entry::Occupied(known) => {
                let record = known.into_mut();
                let weight = record.weight();
                (record, weight)
            }
            Entry::Vacant(place) => {
                let record = self.older.remove(&patient).unwrap_or_default();
                (place.insert(record), 0)
            }
        };
        let changed = change(record);
        self.weight = (self.weight + record.weight()).saturating_sub(before);
        changed
    }

    /// Lets those go who were met longest ago, once there is no room for more.
    pub fn turn(&mut self) -> Option<Records> {
        if self.weight <= self.room / 2 {
            return None;
        }
        self.weight = 0;
        let recent = std::mem::take(&mut self.recent);
        let gone = std::mem::replace(&mut self.older, recent);
        Some(gone).filter(|gone| !gone.is_empty())
    }
}
