//! The notices of a file: the first of each kind are listed, the others counted.

use crate::claim::reader::{LISTED_PER_KIND, NoticeLog};
use crate::finding::{Notice, NoticeKind};
use crate::x12::{EnvelopeDefect, EnvelopeFault, Position};

/// How often each kind was found in a file and how often it was listed.
pub struct NoticeCounts {
    found: [u64; NoticeKind::ALL.len()],
    listed: [u64; NoticeKind::ALL.len()],
}

impl Default for NoticeCounts {
    fn default() -> Self {
        Self {
            found: [0; NoticeKind::ALL.len()],
            listed: [0; NoticeKind::ALL.len()],
        }
    }
}

impl NoticeCounts {
    /// Counts one; true when it is to be listed.
    pub fn admits(&mut self, kind: NoticeKind) -> bool {
        self.found[kind as usize] += 1;
        self.lists(kind)
    }

    /// True when one that was counted is to be listed.
    pub fn lists(&mut self, kind: NoticeKind) -> bool {
        let lists = self.listed[kind as usize] < LISTED_PER_KIND;
        self.listed[kind as usize] += u64::from(lists);
        lists
    }

    /// Counts those of a piece and returns the ones that may be listed.
    pub fn take(&mut self, mut log: NoticeLog) -> Vec<Notice> {
        for kind in NoticeKind::ALL {
            self.found[*kind as usize] += log.count(*kind);
        }
        // Found piece by piece, but a property of the file.
        let wrapped = NoticeKind::WrappedSegments as usize;
        self.found[wrapped] = self.found[wrapped].min(1);
        let told = self.listed[wrapped] > 0;
        log.listed
            .retain(|notice| !(told && notice.kind == NoticeKind::WrappedSegments));
        log.listed
    }

    /// One notice for each kind of which not all were listed.
    pub fn rest(&self) -> impl Iterator<Item = Notice> + '_ {
        NoticeKind::ALL.iter().filter_map(|kind| {
            let more = self.found[*kind as usize].saturating_sub(self.listed[*kind as usize]);
            (more > 0).then(|| Notice {
                repeats: more - 1,
                ..Notice::new(
                    *kind,
                    Position::default(),
                    format!("only the first {LISTED_PER_KIND} of this kind are listed"),
                )
            })
        })
    }
}

/// A defect of an envelope as a notice.
pub fn envelope_notice(defect: EnvelopeDefect, position: Position) -> Notice {
    let kind = match defect.fault {
        EnvelopeFault::NotClosed => NoticeKind::EnvelopeNotClosed,
        EnvelopeFault::NotOpened => NoticeKind::EnvelopeNotOpened,
        EnvelopeFault::ControlNumber => NoticeKind::ControlNumberMismatch,
        EnvelopeFault::Count => NoticeKind::EnvelopeCountMismatch,
        EnvelopeFault::Repeated => NoticeKind::ControlNumberRepeated,
    };
    Notice::new(
        kind,
        Position {
            reference: defect.reference,
            ..position
        },
        defect.message,
    )
}
