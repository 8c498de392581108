//! Envelope counts and control numbers: what a trailer says against what was seen.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::position::ElementReference;
use crate::text::Shown;

/// What is wrong with an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvelopeFault {
    /// Not closed.
    NotClosed,
    /// A trailer without a header.
    NotOpened,
    /// The control numbers of header and trailer differ.
    ControlNumber,
    /// The trailer's count is not what was counted.
    Count,
    /// The control number was used before.
    Repeated,
}

/// A defect with its place and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvelopeDefect {
    /// Kind.
    pub fault: EnvelopeFault,
    /// The element, when one is meant.
    pub reference: Option<ElementReference>,
    /// What was found and expected.
    pub message: String,
}

/// Follows the envelopes of a file.
#[derive(Default)]
pub struct EnvelopeTracker {
    interchange: Option<Open>,
    group: Option<Open>,
    set: Option<Open>,
    seen: Seen,
}

/// An envelope that is open: its control number and how many envelopes it has held so far.
struct Open {
    control_number: Vec<u8>,
    children: u64,
}

impl Open {
    fn new(control_number: &[u8]) -> Self {
        Self {
            control_number: control_number.to_vec(),
            children: 0,
        }
    }
}

/// Control numbers as hashes, so that a file of a million transaction sets stays small.
#[derive(Default)]
struct Seen {
    state: RandomState,
    interchanges: HashSet<u64>,
    groups: HashSet<u64>,
    sets: HashSet<u64>,
}

/// The three kinds of envelope, for wording.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    header: ElementReference,
    count: ElementReference,
    control: ElementReference,
    children: &'static str,
}

const INTERCHANGE: Kind = Kind {
    name: "interchange",
    header: ElementReference::new(b"ISA", 13, 0),
    count: ElementReference::new(b"IEA", 1, 0),
    control: ElementReference::new(b"IEA", 2, 0),
    children: "functional groups",
};

const GROUP: Kind = Kind {
    name: "functional group",
    header: ElementReference::new(b"GS", 6, 0),
    count: ElementReference::new(b"GE", 1, 0),
    control: ElementReference::new(b"GE", 2, 0),
    children: "transaction sets",
};

const SET: Kind = Kind {
    name: "transaction set",
    header: ElementReference::new(b"ST", 2, 0),
    count: ElementReference::new(b"SE", 1, 0),
    control: ElementReference::new(b"SE", 2, 0),
    children: "segments",
};

/// Defects found by one event.
pub type Defects = Vec<EnvelopeDefect>;

impl EnvelopeTracker {
    /// True when a transaction set is open.
    pub const fn in_transaction_set(&self) -> bool {
        self.set.is_some()
    }

    /// True when an interchange is open.
    pub const fn in_interchange(&self) -> bool {
        self.interchange.is_some()
    }

    /// ISA with ISA06 and ISA13.
    pub fn begin_interchange(&mut self, sender: &[u8], control_number: &[u8]) -> Defects {
        let mut defects = self.close_open_interchange("before the next ISA");
        self.interchange = Some(Open::new(control_number));
        self.seen.groups.clear();
        let hash = self.seen.state.hash_one((sender, control_number));
        repeated(
            &mut self.seen.interchanges,
            hash,
            INTERCHANGE,
            control_number,
            &mut defects,
        );
        defects
    }

    /// GS with GS06.
    pub fn begin_group(&mut self, control_number: &[u8]) -> Defects {
        let mut defects = self.close_open_group("before the next GS");
        if let Some(interchange) = &mut self.interchange {
            interchange.children += 1;
        }
        self.group = Some(Open::new(control_number));
        self.seen.sets.clear();
        let hash = self.seen.state.hash_one(control_number);
        repeated(
            &mut self.seen.groups,
            hash,
            GROUP,
            control_number,
            &mut defects,
        );
        defects
    }

    /// ST with ST02.
    pub fn begin_set(&mut self, control_number: &[u8]) -> Defects {
        let mut defects = self.close_open_set("before the next ST");
        match &mut self.group {
            Some(group) => group.children += 1,
            None => defects.push(EnvelopeDefect {
                fault: EnvelopeFault::NotOpened,
                reference: Some(SET.header),
                message: "a transaction set outside of a functional group (no GS)".into(),
            }),
        }
        self.set = Some(Open::new(control_number));
        let hash = self.seen.state.hash_one(control_number);
        repeated(&mut self.seen.sets, hash, SET, control_number, &mut defects);
        defects
    }

    /// SE with SE01, SE02 and the number of segments from ST to SE.
    pub fn end_set(&mut self, count: &[u8], control_number: &[u8], segments: u64) -> Defects {
        let open = self.set.take().map(|open| Open {
            children: segments,
            ..open
        });
        close(SET, open, count, control_number)
    }

    /// GE with GE01 and GE02.
    pub fn end_group(&mut self, count: &[u8], control_number: &[u8]) -> Defects {
        let mut defects = self.close_open_set("before GE");
        defects.extend(close(GROUP, self.group.take(), count, control_number));
        defects
    }

    /// IEA with IEA01 and IEA02.
    pub fn end_interchange(&mut self, count: &[u8], control_number: &[u8]) -> Defects {
        let mut defects = self.close_open_group("before IEA");
        defects.extend(close(
            INTERCHANGE,
            self.interchange.take(),
            count,
            control_number,
        ));
        defects
    }

    /// The file ends.
    pub fn end_of_file(&mut self) -> Defects {
        self.close_open_interchange("at the end of the file")
    }

    /// The file goes on, but is not read any further.
    pub fn end_of_reading(&mut self) -> Defects {
        self.close_open_interchange("behind the place where the reading stopped")
    }

    fn close_open_set(&mut self, place: &str) -> Defects {
        self.set
            .take()
            .map(|open| not_closed(SET, &open, place))
            .into_iter()
            .collect()
    }

    fn close_open_group(&mut self, place: &str) -> Defects {
        let mut defects = self.close_open_set(place);
        defects.extend(
            self.group
                .take()
                .map(|open| not_closed(GROUP, &open, place)),
        );
        defects
    }

    fn close_open_interchange(&mut self, place: &str) -> Defects {
        let mut defects = self.close_open_group(place);
        defects.extend(
            self.interchange
                .take()
                .map(|open| not_closed(INTERCHANGE, &open, place)),
        );
        defects
    }
}

fn not_closed(kind: Kind, open: &Open, place: &str) -> EnvelopeDefect {
    EnvelopeDefect {
        fault: EnvelopeFault::NotClosed,
        reference: Some(kind.header),
        message: format!(
            "{} {} is not closed: expected {} {place}",
            kind.name,
            Shown::code(&open.control_number),
            kind.control.segment
        ),
    }
}

fn repeated(
    seen: &mut HashSet<u64>,
    hash: u64,
    kind: Kind,
    control_number: &[u8],
    defects: &mut Defects,
) {
    if !seen.insert(hash) {
        defects.push(EnvelopeDefect {
            fault: EnvelopeFault::Repeated,
            reference: Some(kind.header),
            message: format!(
                "control number {} of this {} was used before: a duplicate?",
                Shown::code(control_number),
                kind.name
            ),
        });
    }
}

fn close(kind: Kind, open: Option<Open>, count: &[u8], control_number: &[u8]) -> Defects {
    let Some(open) = open else {
        return vec![EnvelopeDefect {
            fault: EnvelopeFault::NotOpened,
            reference: Some(kind.control),
            message: format!("{} without {}", kind.control.segment, kind.header.segment),
        }];
    };
    let mut defects = Vec::new();
    if open.control_number != control_number {
        defects.push(EnvelopeDefect {
            fault: EnvelopeFault::ControlNumber,
            reference: Some(kind.control),
            message: expected(
                kind.control,
                control_number,
                kind.header,
                &open.control_number,
            ),
        });
    }
    let claimed = std::str::from_utf8(count)
        .ok()
        .and_then(|text| text.parse::<u64>().ok());
    if claimed != Some(open.children) {
        defects.push(EnvelopeDefect {
            fault: EnvelopeFault::Count,
            reference: Some(kind.count),
            message: format!(
                "{} says {} {}, but {} were counted",
                kind.count,
                Shown::code(count),
                kind.children,
                open.children
            ),
        });
    }
    defects
}

fn expected(
    trailer: ElementReference,
    found: &[u8],
    header: ElementReference,
    wanted: &[u8],
) -> String {
    let (found, wanted) = (Shown::code(found), Shown::code(wanted));
    format!("{trailer} is {found}, but {header} is {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(defects: &[EnvelopeDefect]) -> Vec<EnvelopeFault> {
        defects.iter().map(|defect| defect.fault).collect()
    }

    #[test]
    fn a_sound_file_has_no_defects() {
        let mut tracker = EnvelopeTracker::default();
        let mut defects = tracker.begin_interchange(b"S", b"000000001");
        defects.extend(tracker.begin_group(b"1"));
        for set in [b"0001", b"0002"] {
            defects.extend(tracker.begin_set(set));
            defects.extend(tracker.end_set(b"7", set, 7));
        }
        defects.extend(tracker.end_group(b"2", b"1"));
        defects.extend(tracker.end_interchange(b"1", b"000000001"));
        defects.extend(tracker.end_of_file());
        assert_eq!(defects, []);
    }

    /// Where terminators are lost, the values of a trailer may be anything, patients' data included.
    #[test]
    fn what_is_no_control_number_is_not_shown() {
        let long = b"1NM1*QC*1*SECRET*WIL".map(|byte| byte.to_ascii_lowercase());
        let long = [&long[..], b"lie"].concat();
        let mut tracker = EnvelopeTracker::default();
        let mut defects = tracker.begin_interchange(&long, &long);
        defects.extend(tracker.begin_group(&long));
        defects.extend(tracker.begin_set(&long));
        defects.extend(tracker.begin_set(&long));
        defects.extend(tracker.end_set(&long, b"1", 3));
        defects.extend(tracker.begin_set(b"1"));
        defects.extend(tracker.end_set(b"2", &long, 3));
        defects.extend(tracker.end_group(b"3", b"1"));
        defects.extend(tracker.end_of_file());
        assert_eq!(defects.len(), 8, "{defects:#?}");
        let told = format!("{defects:?}");
        assert!(!told.contains("secret"), "{told}");
        assert!(told.contains("is longer than 20 bytes"), "{told}");
    }

    #[test]
    fn each_defect_is_told() {
        let mut tracker = EnvelopeTracker::default();
        tracker.begin_interchange(b"S", b"000000001");
        tracker.begin_group(b"1");
        tracker.begin_set(b"0001");
        let defects = tracker.end_set(b"8", b"1", 7);
        assert_eq!(
            faults(&defects),
            [EnvelopeFault::ControlNumber, EnvelopeFault::Count]
        );
        assert_eq!(
            defects[1].message,
            "SE01 says 8 segments, but 7 were counted"
        );
        assert_eq!(
            faults(&tracker.begin_set(b"0001")),
            [EnvelopeFault::Repeated]
        );
        assert_eq!(
            faults(&tracker.end_group(b"2", b"1")),
            [EnvelopeFault::NotClosed]
        );
        assert_eq!(
            faults(&tracker.end_group(b"2", b"1")),
            [EnvelopeFault::NotOpened]
        );
        assert_eq!(
            faults(&tracker.begin_interchange(b"S", b"000000001")),
            [EnvelopeFault::NotClosed, EnvelopeFault::Repeated]
        );
        assert_eq!(faults(&tracker.end_of_file()), [EnvelopeFault::NotClosed]);
    }
}
