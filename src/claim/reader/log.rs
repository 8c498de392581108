//! Notices of a buffer, bounded so that a broken file cannot fill the memory.

use crate::finding::{Notice, NoticeKind};

/// How many notices of a kind are listed per file; the rest is counted.
pub const LISTED_PER_KIND: u64 = 10;

/// Notices in the order found, at most [`LISTED_PER_KIND`] of a kind (or as many again behind every
/// segment of an envelope), and how many there were.
pub struct NoticeLog {
    /// The listed ones.
    pub listed: Vec<Notice>,
    counts: [u64; NoticeKind::ALL.len()],
    /// Since the last envelope opened or ended, when the first of each set are listed, too.
    in_part: Option<[u64; NoticeKind::ALL.len()]>,
}

impl Default for NoticeLog {
    fn default() -> Self {
        Self {
            listed: Vec::new(),
            counts: [0; NoticeKind::ALL.len()],
            in_part: None,
        }
    }
}

impl NoticeLog {
    /// A log that lists the first of a kind in every transaction set and between sets, whatever came before.
    pub fn of_each_set() -> Self {
        Self {
            in_part: Some([0; NoticeKind::ALL.len()]),
            ..Self::default()
        }
    }

    /// An envelope opens or has ended: what comes next is for another answer, or another part of it.
    pub fn begin_part(&mut self) {
        if let Some(in_part) = &mut self.in_part {
            in_part.fill(0);
        }
    }

    /// Counts one of this kind; true when it is still to be listed.
    pub fn admits(&mut self, kind: NoticeKind) -> bool {
        let count = &mut self.counts[kind as usize];
        *count += 1;
        let is_listed = *count <= LISTED_PER_KIND;
        let Some(in_part) = &mut self.in_part else {
            return is_listed;
        };
        let count = &mut in_part[kind as usize];
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
