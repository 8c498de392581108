//! Verdicts on transaction sets (IK5) and functional groups (AK9).

use std::io::{self, Write};

use super::fault::{SetFault, group_code};
use crate::finding::{GroupInfo, HeaderFault, Notice, NoticeKind};
use crate::report::fit::whole_number;
use crate::text::Text;
use crate::x12::{SegmentBuilder, SegmentWriter};

/// IK5 and AK9 have room for so many codes.
const MOST_CODES: usize = 5;

/// How many faults of a kind are listed in a transaction set.
const LISTED: u8 = 10;

/// A functional group that is being answered.
pub(super) struct Group {
    /// ST02 of the answer.
    pub number: String,
    /// Segments written before the ST of the answer.
    pub segments_before: u64,
    /// GS as received.
    pub info: GroupInfo,
    /// It is of claims (GS01 `HC`).
    pub is_supported: bool,
    /// Transaction sets received.
    pub sets: u64,
    accepted: u64,
    has_errors: bool,
    codes: Codes,
}

/// A transaction set that is being answered.
#[derive(Default)]
pub(super) struct TransactionSet {
    /// The segment of its service lines.
    pub service_line: &'static [u8],
    /// Position of the segment of the last IK3, when elements of it are told.
    pub with_elements: Option<u64>,
    /// A missing date of service, until what follows shows that there is one.
    pub held: Option<(Notice, SetFault)>,
    codes: Codes,
    /// By kind, how many were listed.
    listed: Vec<(NoticeKind, u8)>,
}

/// Codes in the order found, and whether one of them rejects.
#[derive(Default)]
struct Codes {
    found: Vec<&'static str>,
    rejects: bool,
}

impl Codes {
    fn add(&mut self, code: &'static str, rejects: bool) {
        self.rejects |= rejects;
        if !self.found.contains(&code) {
            self.found.push(code);
        }
    }

    fn first(&self) -> &[&'static str] {
        &self.found[..self.found.len().min(MOST_CODES)]
    }
}

impl TransactionSet {
    /// Adds a code (IK502).
    pub fn add(&mut self, code: &'static str, rejects: bool) {
        self.codes.add(code, rejects);
    }

    /// True when one more of this kind is to be listed.
    pub fn lists(&mut self, kind: NoticeKind) -> bool {
        let known = self.listed.iter_mut().find(|(listed, _)| *listed == kind);
        match known {
            Some((_, count)) if *count >= LISTED => false,
            Some((_, count)) => {
                *count += 1;
                true
            }
            None => {
                self.listed.push((kind, 1));
                true
            }
        }
    }

    /// IK501.
    fn action(&self) -> &'static str {
        match (self.codes.rejects, self.codes.found.is_empty()) {
            (true, _) => "R",
            (false, false) => "E",
            (false, true) => "A",
        }
    }

    /// Writes IK5.
    pub fn write<W: Write>(&self, out: &mut SegmentWriter<W>) -> io::Result<()> {
        let segment = out.segment("IK5").element(self.action());
        let codes = self.codes.first().iter();
        codes.fold(segment, SegmentBuilder::element).end()
    }
}

impl Group {
    /// A group that begins; `segments_before` were written before the ST of its answer.
    pub fn new(info: &GroupInfo, number: String, segments_before: u64) -> Self {
        let mut codes = Codes::default();
        let mut is_supported = true;
        for (fault, _) in HeaderFault::of_group(info) {
            is_supported &= fault != HeaderFault::GroupKind;
            if let Some((code, rejects)) = group_code(fault) {
                codes.add(code, rejects);
            }
        }
        Self {
            number,
            segments_before,
            info: info.clone(),
            is_supported,
            sets: 0,
            accepted: 0,
            has_errors: false,
            codes,
        }
    }

    /// Adds a code (AK905).
    pub fn add(&mut self, code: &'static str, rejects: bool) {
        self.codes.add(code, rejects);
    }

    /// Takes the verdict on a set in.
    pub fn count(&mut self, set: &TransactionSet) {
        self.accepted += u64::from(!set.codes.rejects);
        self.has_errors |= !set.codes.found.is_empty();
    }

    /// AK901.
    fn action(&self) -> &'static str {
        let is_clean = !self.has_errors && self.codes.found.is_empty();
        match self.sets - self.accepted {
            _ if self.codes.rejects => "R",
            0 if is_clean && self.sets > 0 => "A",
            0 => "E",
            rejected if rejected == self.sets => "R",
            _ => "P",
        }
    }

    /// Writes AK9; `count` is GE01 as received. Where there is none, or no number, the sets that
    /// were counted stand for it.
    pub fn write<W: Write>(
        &self,
        out: &mut SegmentWriter<W>,
        count: Option<&Text>,
    ) -> io::Result<()> {
        let counted = self.sets.to_string();
        let included = count
            .and_then(|count| whole_number(count.as_bytes(), 6))
            .unwrap_or(counted.as_bytes());
        let segment = out
            .segment("AK9")
            .element(self.action())
            .element(included)
            .element(&counted)
            .number(self.accepted);
        let codes = self.codes.first().iter();
        codes.fold(segment, SegmentBuilder::element).end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::{NOTED, REJECTED};
    use super::*;

    fn group(sets: &[Option<bool>]) -> Group {
        let info = GroupInfo {
            functional_id: "HC".into(),
            control_number: "1".into(),
            version: "005010X222A1".into(),
            ..GroupInfo::default()
        };
        let mut group = Group::new(&info, "0001".into(), 0);
        for fault in sets {
            let mut set = TransactionSet::default();
            if let Some(rejects) = fault {
                set.add("5", *rejects);
            }
            group.sets += 1;
            group.count(&set);
        }
        group
    }

    #[test]
    fn the_group_is_what_its_sets_are() {
        let (clean, noted, rejected) = (None, Some(NOTED), Some(REJECTED));
        for (sets, expected) in [
            (&[clean, clean][..], "A"),
            (&[clean, noted], "E"),
            (&[noted, rejected], "P"),
            (&[rejected, rejected], "R"),
            (&[], "E"),
        ] {
            assert_eq!(group(sets).action(), expected, "{sets:?}");
        }
        let mut broken = group(&[clean]);
        broken.add("3", REJECTED);
        assert_eq!(broken.action(), "R");
    }

    #[test]
    fn codes_are_told_once_and_five_at_most() {
        let mut set = TransactionSet::default();
        for code in ["5", "5", "I5", "2", "3", "4", "23"] {
            set.add(code, REJECTED);
        }
        let mut out = SegmentWriter::new(Vec::new(), crate::x12::Delimiters::default());
        set.write(&mut out).unwrap();
        assert_eq!(out.into_inner(), b"IK5*R*5*I5*2*3*4~\n");
    }

    #[test]
    fn ten_of_a_kind_are_listed() {
        let mut set = TransactionSet::default();
        let listed = (0..15).filter(|_| set.lists(NoticeKind::DateDefect));
        assert_eq!(listed.count(), usize::from(LISTED));
        assert!(set.lists(NoticeKind::AmountDefect));
    }
}
