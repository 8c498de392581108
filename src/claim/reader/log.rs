//! Notices of a buffer, bounded so that a broken file cannot fill the memory.

use crate::finding::{Notice, NoticeKind};

/// How many notices of a kind are listed per file; the rest is counted.
pub const LISTED_PER_KIND: u64 = 10;

/// Notices in the order found, at most [`LISTED_PER_KIND`] of a kind (or as many again in every
/// transaction set), and how many there were.
pub struct NoticeLog {
    /// The listed ones.
    pub listed: Vec<Notice>,
    counts: [u64; NoticeKind::ALL.len()],
    /// Since the last ST, when the first of each set are listed, too.
    in_set: Option<[u64; NoticeKind::ALL.len()]>,
}

impl Default for NoticeLog {
    fn default() -> Self {
        Self {
            listed: Vec::new(),
            counts: [0; NoticeKind::ALL.len()],
            in_set: None,
        }
    }
}

impl NoticeLog {
    /// A log that lists the first of a kind in every transaction set, whatever came before.
    pub fn of_each_set() -> Self {
        Self {
            in_set: Some([0; NoticeKind::ALL.len()]),
            ..Self::default()
        }
    }

    /// An ST was read.
    pub fn begin_set(&mut self) {
        if let Some(in_set) = &mut self.in_set {
            in_set.fill(0);
        }
    }

    /// Counts one of this kind; true when it is still to be listed.
    pub fn admits(&mut self, kind: NoticeKind) -> bool {
        let count = &mut self.counts[kind as usize];
        *count += 1;
        let is_listed = *count <= LISTED_PER_KIND;
        let Some(in_set) = &mut self.in_set else {
            return is_listed;
        };
        let count = &mut in_set[kind as usize];
        *count += 1;
        is_listed || *count <= LISTED_PER_KIND
    }

    /// Lists a notice that was admitted.
    pub fn push(&mut self, notice: Notice) {
        self.listed.push(notice);
    }

    /// Takes another's notices in, by their place in the file.
    pub fn absorb(&mut self, other: Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.listed.extend(other.listed);
        self.listed
            .sort_by_key(|notice| notice.position.place.offset);
    }

    /// How many of this kind there were.
    pub const fn count(&self, kind: NoticeKind) -> u64 {
        self.counts[kind as usize]
    }
}
