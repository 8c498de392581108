//! Notices of a buffer, bounded so that a broken file cannot fill the memory.

use crate::finding::{Notice, NoticeKind};

/// How many notices of a kind are listed per file; the rest is counted.
pub const LISTED_PER_KIND: u64 = 10;

/// Notices in the order found, at most [`LISTED_PER_KIND`] of a kind (or as many again behind every
/// segment of an envelope), and how many there were.
///
/// The listed ones are the first by their place: what is known only at the end of a claim stands at its beginning.
pub struct NoticeLog {
    /// The listed ones.
    pub listed: Vec<Notice>,
    counts: [u64; NoticeKind::ALL.len()],
    /// The greatest offset of those that are listed, since the last envelope opened or ended when the first of each set
    /// are listed.
    last_listed: [u64; NoticeKind::ALL.len()],
    /// Since the last envelope opened or ended, when the first of each set are listed, too.
    in_part: Option<[u64; NoticeKind::ALL.len()]>,
}

impl Default for NoticeLog {
    fn default() -> Self {
        Self {
            listed: Vec::new(),
            counts: [0; NoticeKind::ALL.len()],
            last_listed: [0; NoticeKind::ALL.len()],
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
            self.last_listed.fill(0);
        }
    }

    /// Counts one of this kind at this offset in the file; true when it is to be listed. It may take the place of one
    /// that stands behind it.
    pub fn admits(&mut self, kind: NoticeKind, offset: u64) -> bool {
        let index = kind as usize;
        self.counts[index] += 1;
        let count = self.in_part.as_mut().map_or(self.counts[index], |in_part| {
            in_part[index] += 1;
            in_part[index]
        });
        let last = self.last_listed[index];
        if count <= LISTED_PER_KIND {
            self.last_listed[index] = last.max(offset);
            return true;
        }
        if offset >= last {
            return false;
        }
        let of_kind = |notice: &Notice| notice.kind == kind;
        let is_last = |notice: &Notice| of_kind(notice) && notice.position.place.offset == last;
        if let Some(last) = self.listed.iter().rposition(is_last) {
            self.listed.remove(last);
        }
        let others = self.listed.iter().rev().filter(|notice| of_kind(notice));
        let others = others.take(LISTED_PER_KIND as usize - 1);
        let offsets = others.map(|notice| notice.position.place.offset);
        self.last_listed[index] = offsets.fold(offset, u64::max);
        true
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x12::{Position, SegmentPlace};

    const KIND: NoticeKind = NoticeKind::ServiceLineMissing;

    fn add(log: &mut NoticeLog, offset: u64) {
        if log.admits(KIND, offset) {
            let place = SegmentPlace { offset, ordinal: 0 };
            let position = Position {
                place,
                ..Position::default()
            };
            log.push(Notice::new(KIND, position, ""));
        }
    }

    fn listed(log: &NoticeLog) -> Vec<u64> {
        let offsets = log.listed.iter();
        let mut offsets: Vec<u64> = offsets.map(|notice| notice.position.place.offset).collect();
        offsets.sort_unstable();
        offsets
    }

    #[test]
    fn the_first_by_their_place_are_listed() {
        for mut log in [NoticeLog::default(), NoticeLog::of_each_set()] {
            // 35 and 5 are found late; 95 stands behind all that are listed.
            for offset in (10..=120).step_by(10).chain([35, 95, 5, 100]) {
                add(&mut log, offset);
            }
            assert_eq!(listed(&log), [5, 10, 20, 30, 35, 40, 50, 60, 70, 80]);
            assert_eq!(log.count(KIND), 16);
        }
    }

    #[test]
    fn each_part_has_its_own() {
        let mut log = NoticeLog::of_each_set();
        for part in [0, 1_000] {
            log.begin_part();
            for offset in (part + 10..=part + 120).step_by(10).chain([part + 5]) {
                add(&mut log, offset);
            }
        }
        let first = [5, 10, 20, 30, 40, 50, 60, 70, 80, 90];
        let second = first.map(|offset| offset + 1_000);
        assert_eq!(listed(&log), [first, second].concat());
    }
}
