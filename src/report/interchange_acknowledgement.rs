//! `ta1`: X12 TA1 interchange acknowledgements.
//!
//! One interchange with one TA1 answers one received interchange, whether its sender asked for it
//! (ISA14) or not: the user did. It tells of ISA and IEA and of what stands between functional
//! groups and sets; what is inside of a group is for the 999.

use std::io::{self, Write};

use super::answer::Answers;
use super::fit::whole_number;
use super::{Report, ReportOptions, RunInfo};
use crate::date::to_d8;
use crate::finding::{
    ClaimOutcome, FileSummary, GroupInfo, InterchangeInfo, Notice, NoticeKind, NoticeLevel,
    RunSummary, SkippedSetInfo, TransactionSetInfo,
};
use crate::text::Text;

/// Writes TA1s. Nothing is written for a file without a readable ISA: there is nobody to answer.
pub struct InterchangeAcknowledgement {
    answers: Answers,
    /// A received interchange is open.
    is_open: bool,
    /// A transaction set is open: what is wrong now is for the 999.
    is_in_set: bool,
    verdict: Verdict,
}

/// TA105, and whether TA104 is `R` (rejected) rather than `E` (accepted with errors).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Note {
    code: &'static str,
    rejects: bool,
}

/// What a TA1 says: it has room for one note.
#[derive(Clone, Copy, Debug, Default)]
struct Verdict(Option<Note>);

impl Verdict {
    /// The first note stays, but for one that rejects.
    fn add(&mut self, note: Note) {
        if self.0.is_none_or(|old| note.rejects && !old.rejects) {
            self.0 = Some(note);
        }
    }
}

const fn rejected(code: &'static str) -> Note {
    Note {
        code,
        rejects: true,
    }
}

const fn with_errors(code: &'static str) -> Note {
    Note {
        code,
        rejects: false,
    }
}

/// The note about an element of the ISA, by its number; the interchange was read all the same.
///
/// Source: code list of TA105 (X12 data element I18).
const fn note_about_element(number: u8) -> Note {
    with_errors(match number {
        1 => "010",
        2 => "011",
        3 => "012",
        4 => "013",
        5 => "005",
        6 => "006",
        7 => "007",
        8 => "008",
        9 => "014",
        10 => "015",
        11 => "016",
        12 => "017",
        13 => "018",
        14 => "019",
        15 => "020",
        _ => "022",
    })
}

/// The note about a notice that was told outside of transaction sets.
///
/// Source: code list of TA105 (X12 data element I18). An unusable repetition separator is 022 in
/// 5010 (X12 RFI 1497). Faults of IEA reject, as validators have it.
fn note_about(notice: &Notice) -> Option<Note> {
    use NoticeKind as K;
    let about = notice.position.reference.map(|about| about.segment);
    let segment = about.as_ref().map_or(&b""[..], |id| id.as_bytes());
    Some(match (notice.kind, segment) {
        (K::ControlNumberMismatch, b"IEA") => rejected("001"),
        (K::EnvelopeCountMismatch, b"IEA") => rejected("021"),
        (K::EnvelopeNotClosed, b"ISA") => rejected("023"),
        (K::ControlNumberRepeated, b"ISA") => rejected("025"),
        // Trailers and sets without a group: a 999 has no place for them.
        (K::EnvelopeNotOpened, b"GE" | b"ST") => rejected("024"),
        (K::InterchangeHeaderLayout, _) => with_errors("022"),
        (K::TerminatorMissing, _) => with_errors("023"),
        (
            K::UnknownSegment
            | K::EmptySegment
            | K::LowerCaseSegmentId
            | K::SegmentMisplaced
            | K::SegmentWithoutElements
            | K::TooManyElements
            | K::SegmentTruncated
            | K::NulBlock,
            _,
        ) => Note {
            code: "024",
            rejects: notice.kind.level() == NoticeLevel::Loss,
        },
        _ => return None,
    })
}

impl InterchangeAcknowledgement {
    /// A report that writes to `writer`.
    pub fn new(writer: Box<dyn Write + Send>, options: &ReportOptions) -> Self {
        Self {
            answers: Answers::new(writer, options),
            is_open: false,
            is_in_set: false,
            verdict: Verdict::default(),
        }
    }

    fn judge(&mut self, notice: &Notice) {
        if stops_reading(notice) {
            // Nobody can say what the rest of the interchange is like, so it is not answered.
            self.is_open = false;
            self.verdict = Verdict::default();
            return;
        }
        let is_envelope = matches!(
            notice.kind,
            NoticeKind::ControlNumberMismatch
                | NoticeKind::EnvelopeCountMismatch
                | NoticeKind::EnvelopeNotClosed
                | NoticeKind::ControlNumberRepeated
                | NoticeKind::EnvelopeNotOpened
                | NoticeKind::TerminatorMissing
        );
        if self.is_open
            && (is_envelope || !self.is_in_set)
            && let Some(note) = note_about(notice)
        {
            self.verdict.add(note);
        }
    }

    fn end_interchange(&mut self) -> io::Result<()> {
        self.is_in_set = false;
        if !std::mem::take(&mut self.is_open) {
            return Ok(());
        }
        let (action, note) = match std::mem::take(&mut self.verdict).0 {
            None => ("A", "000"),
            Some(note) if note.rejects => ("R", note.code),
            Some(note) => ("E", note.code),
        };
        self.answers.open_interchange()?;
        let received = self.answers.received().clone();
        let started = self.answers.started();
        // What no TA1 can hold is told by its note, and something valid stands in its place.
        let or = |number, value: &Text, other: &str| {
            if received.invalid_elements.contains(&number) {
                Text::from(other)
            } else {
                value.clone()
            }
        };
        let control_number = whole_number(received.control_number.as_bytes(), 9).unwrap_or(b"0");
        let time = format!("{:02}{:02}", started.hour(), started.minute());
        self.answers
            .segments()
            .segment("TA1")
            .element(format!("{:0>9}", String::from_utf8_lossy(control_number)))
            .element(or(9, &received.date, &to_d8(started.date())[2..]).as_bytes())
            .element(or(10, &received.time, &time).as_bytes())
            .element(action)
            .element(note)
            .end()?;
        self.answers.forget()
    }
}

/// True when the reading of a file stopped for a reason that may not be the file's.
fn stops_reading(notice: &Notice) -> bool {
    match notice.kind {
        NoticeKind::FileUnreadable | NoticeKind::RunInterrupted => true,
        // With a claim's number it is about its service lines, and reading goes on.
        NoticeKind::ClaimTooLarge => notice.position.claim.is_none(),
        _ => false,
    }
}

impl Report for InterchangeAcknowledgement {
    fn wants_notices_of_each_set(&self) -> bool {
        true
    }

    fn begin(&mut self, run: &RunInfo) -> io::Result<()> {
        self.answers.begin(run.started);
        Ok(())
    }

    fn interchange_begin(&mut self, header: &InterchangeInfo) -> io::Result<()> {
        self.end_interchange()?;
        self.answers.receive(header)?;
        self.is_open = true;
        // It has one note: the first fault's.
        if let Some(element) = header.invalid_elements.first() {
            self.verdict.add(note_about_element(*element));
        }
        Ok(())
    }

    fn interchange_end(&mut self, _complete: bool) -> io::Result<()> {
        self.end_interchange()
    }

    fn group_begin(&mut self, _group: &GroupInfo) -> io::Result<()> {
        self.is_in_set = false;
        Ok(())
    }

    fn group_end(&mut self, _count: Option<&Text>) -> io::Result<()> {
        self.is_in_set = false;
        Ok(())
    }

    fn transaction_set_begin(&mut self, _set: &TransactionSetInfo) -> io::Result<()> {
        self.is_in_set = true;
        Ok(())
    }

    fn transaction_set_skipped(&mut self, _set: &SkippedSetInfo) -> io::Result<()> {
        self.is_in_set = true;
        Ok(())
    }

    fn transaction_set_end(&mut self) -> io::Result<()> {
        self.is_in_set = false;
        Ok(())
    }

    fn notice(&mut self, _file: &str, notice: &Notice) -> io::Result<()> {
        self.judge(notice);
        Ok(())
    }

    fn further_notice(&mut self, notice: &Notice) -> io::Result<()> {
        self.judge(notice);
        Ok(())
    }

    fn claim(&mut self, _file: &str, _claim: &ClaimOutcome) -> io::Result<()> {
        Ok(())
    }

    fn file_end(&mut self, _summary: &FileSummary) -> io::Result<()> {
        self.end_interchange()?;
        self.answers.flush()
    }

    fn end(&mut self, _summary: &RunSummary) -> io::Result<()> {
        self.end_interchange()?;
        self.answers.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_that_rejects_wins_and_else_the_first() {
        let mut verdict = Verdict::default();
        for (note, expected) in [
            (with_errors("014"), "014"),
            (with_errors("022"), "014"),
            (rejected("001"), "001"),
            (rejected("021"), "001"),
            (with_errors("015"), "001"),
        ] {
            verdict.add(note);
            assert_eq!(verdict.0.unwrap().code, expected);
        }
    }
}
