//! `999`: X12 implementation acknowledgements, 005010X231A1.
//!
//! One interchange answers one received interchange, one 999 (ST to SE) in a group of its own a
//! received functional group, one loop AK2 a transaction set. It judges what the reader noticed of
//! syntax and guide; modifiers are no matter of it. Bad data are never copied (IK404).
//!
//! Acknowledgements (GS01 `FA`) are not acknowledged, and of groups that hold no claims it is said
//! that they are not supported.

mod fault;
mod group;

use std::io::{self, Write};

use self::fault::{
    Fault, Missing, NOTED, SegmentFault, SetFault, data_element, group_code, set_code,
};
use self::group::{Group, TransactionSet};
use super::answer::{AnswerKind, Answers};
use super::fit::{fit, whole_number};
use super::{Report, ReportOptions, RunInfo};
use crate::claim::Guide;
use crate::finding::{
    ClaimKind, ClaimOutcome, FileSummary, GroupInfo, HeaderFault, InterchangeInfo, Notice,
    NoticeKind, RunSummary, SkippedSetInfo, TransactionSetInfo,
};
use crate::text::Text;

/// GS01 and GS08 of implementation acknowledgements.
const KIND: AnswerKind = AnswerKind {
    functional_id: "FA",
    version: "005010X231A1",
};

/// Writes 999s. Nothing is written for a file without a functional group that is answered.
pub struct ImplementationAcknowledgement {
    answers: Answers,
    /// The received group whose answer is being written.
    group: Option<Group>,
    /// The open transaction set of that group.
    set: Option<TransactionSet>,
}

impl ImplementationAcknowledgement {
    /// A report that writes to `writer`.
    pub fn new(writer: Box<dyn Write + Send>, options: &ReportOptions) -> Self {
        Self {
            answers: Answers::new(writer, options),
            group: None,
            set: None,
        }
    }

    /// Writes ST and AK1.
    fn begin_group(&mut self, info: &GroupInfo) -> io::Result<()> {
        self.answers
            .open_group(KIND, info.sender.as_bytes(), info.receiver.as_bytes())?;
        let number = format!("{:04}", self.answers.next_set());
        let out = self.answers.segments();
        let before = out.segment_count();
        out.segment("ST")
            .element("999")
            .element(&number)
            .element(KIND.version)
            .end()?;
        // What no AK1 can hold is told by AK905, and something valid stands in its place.
        out.segment("AK1")
            .element(code_or(info.functional_id.as_bytes(), b"HC"))
            .element(whole_number(info.control_number.as_bytes(), 9).unwrap_or(b"0"))
            .element(fit(info.version.as_bytes(), 12))
            .end()?;
        self.group = Some(Group::new(info, number, before));
        Ok(())
    }

    /// Writes AK9 and SE.
    fn end_group(&mut self, count: Option<&Text>) -> io::Result<()> {
        self.end_set()?;
        let Some(group) = self.group.take() else {
            return Ok(());
        };
        let out = self.answers.segments();
        group.write(out, count)?;
        let segments = out.segment_count() - group.segments_before + 1;
        out.segment("SE")
            .number(segments)
            .element(&group.number)
            .end()?;
        self.answers.close_group()
    }

    /// Writes AK2 and opens the loop. Sets of groups that are not answered, or not supported, and
    /// those that cannot be named (X12 RFI 1339) have none.
    fn begin_set(&mut self, id: &Text, number: &Text, implementation: &Text) -> io::Result<()> {
        self.end_set()?;
        let Some(group) = &mut self.group else {
            return Ok(());
        };
        group.sets += 1;
        if !group.is_supported {
            return Ok(());
        }
        let mut set = TransactionSet::default();
        let faults: Vec<_> = HeaderFault::of_set(&group.info, id, number, implementation).collect();
        for (fault, _) in faults {
            if let Some((code, rejects)) = group_code(fault) {
                group.add(code, rejects);
            }
            if let Some((code, rejects)) = set_code(fault, id.as_bytes()) {
                set.add(code, rejects);
            }
        }
        if number.is_empty() {
            return Ok(());
        }
        self.answers
            .segments()
            .segment("AK2")
            .element(code_or(id.as_bytes(), b"837"))
            .element(fit(number.as_bytes(), 9))
            .element(fit(implementation.as_bytes(), 35))
            .end()?;
        self.set = Some(set);
        Ok(())
    }

    /// Writes IK5.
    fn end_set(&mut self) -> io::Result<()> {
        if let Some((notice, fault)) = self.set.as_mut().and_then(|set| set.held.take()) {
            self.tell(&notice, fault)?;
        }
        let Some(set) = self.set.take() else {
            return Ok(());
        };
        if let Some(group) = &mut self.group {
            group.count(&set);
        }
        set.write(self.answers.segments())
    }

    fn judge(&mut self, notice: &Notice) -> io::Result<()> {
        match (Fault::of(notice), &mut self.group, &mut self.set) {
            (Some(Fault::Group { code, rejects }), Some(group), _) => {
                group.add(code, rejects);
                Ok(())
            }
            (Some(Fault::Set(fault)), Some(group), Some(set)) => {
                if notice.kind == NoticeKind::UnknownGuide {
                    group.add("2", NOTED);
                }
                // How many more are told depends on how the file was read: the same kind has the
                // same code, so that they change nothing.
                if !set.lists(notice.kind) {
                    return Ok(());
                }
                // A date that cannot be read is not missing.
                let held = set.held.take().filter(|(held, _)| {
                    notice.kind != NoticeKind::DateDefect
                        || held.position.claim != notice.position.claim
                });
                if notice.kind == NoticeKind::ServiceDateMissing {
                    set.held = Some((notice.clone(), fault));
                    return held.map_or(Ok(()), |(notice, fault)| self.tell(&notice, fault));
                }
                if let Some((notice, fault)) = held {
                    self.tell(&notice, fault)?;
                }
                self.tell(notice, fault)
            }
            _ => Ok(()),
        }
    }

    fn tell(&mut self, notice: &Notice, fault: SetFault) -> io::Result<()> {
        if let Some(set) = &mut self.set {
            set.add(fault.code, fault.rejects);
        }
        match &fault.segment {
            Some(segment) => self.write_segment_fault(notice, segment),
            None => Ok(()),
        }
    }

    /// Writes IK3 and what belongs to it, if the segment can be named.
    fn write_segment_fault(&mut self, notice: &Notice, fault: &SegmentFault) -> io::Result<()> {
        let Some(set) = &mut self.set else {
            return Ok(());
        };
        let position = &notice.position;
        let ordinal = position.place.ordinal;
        let received = position.segment.as_bytes();
        let id = match fault.missing {
            None => received,
            Some(Missing::LineNumber) => b"LX",
            Some(Missing::ServiceLine) => set.service_line,
            Some(Missing::ServiceDate) => b"DTP",
        };
        if ordinal == 0 || id.is_empty() {
            return Ok(());
        }
        // IK303 has four characters: the letters that tell loops of a kind apart do not fit.
        let in_loop = match fault.missing {
            None => position.loop_id.get(..4).unwrap_or_default(),
            Some(_) => "2400",
        };
        let out = self.answers.segments();
        let element = fault.element.map(|code| (ordinal, code));
        // Elements of one segment stand below one IK3.
        if element.is_none() || set.with_elements != Some(ordinal) {
            out.segment("IK3")
                .element(id)
                .number(ordinal)
                .element(in_loop)
                .element(fault.code)
                .end()?;
            if let Some(claim) = position.claim.as_ref().filter(|claim| !claim.is_empty()) {
                out.segment("CTX")
                    .composite(&[b"CLM01", fit(claim.as_bytes(), 35)])
                    .end()?;
            }
            if fault.is_situational && !received.is_empty() {
                out.segment("CTX")
                    .element("SITUATIONAL TRIGGER")
                    .element(received)
                    .number(ordinal)
                    .element(in_loop)
                    .end()?;
            }
        }
        set.with_elements = element.map(|(ordinal, _)| ordinal);
        let Some((_, code)) = element else {
            return Ok(());
        };
        let about = position.reference.unwrap_or_default();
        let (number, component) = match about.element {
            0 => (fault.element_number, 0),
            number => (number, about.component),
        };
        let number_text = number.to_string();
        let component_text = match component {
            0 => String::new(),
            component => component.to_string(),
        };
        out.segment("IK4")
            .composite(&[number_text.as_bytes(), component_text.as_bytes()])
            .element(data_element(id, number, component).unwrap_or_default())
            .element(code)
            .end()
    }

    fn end_interchange(&mut self) -> io::Result<()> {
        self.end_group(None)?;
        self.answers.forget()
    }
}

/// A code, if it is as long as `other`, which else stands for it.
fn code_or<'a>(code: &'a [u8], other: &'a [u8]) -> &'a [u8] {
    let is_code = code.len() == other.len() && code.iter().all(u8::is_ascii_alphanumeric);
    if is_code { code } else { other }
}

impl Report for ImplementationAcknowledgement {
    fn wants_notices_of_each_set(&self) -> bool {
        true
    }

    fn begin(&mut self, run: &RunInfo) -> io::Result<()> {
        self.answers.begin(run.started);
        Ok(())
    }

    fn interchange_begin(&mut self, header: &InterchangeInfo) -> io::Result<()> {
        self.end_interchange()?;
        self.answers.receive(header)
    }

    fn interchange_end(&mut self, _complete: bool) -> io::Result<()> {
        self.end_interchange()
    }

    fn group_begin(&mut self, group: &GroupInfo) -> io::Result<()> {
        self.end_group(None)?;
        if group.functional_id.as_bytes() == b"FA" {
            return Ok(());
        }
        self.begin_group(group)
    }

    fn group_end(&mut self, count: Option<&Text>) -> io::Result<()> {
        self.end_group(count)
    }

    fn transaction_set_begin(&mut self, set: &TransactionSetInfo) -> io::Result<()> {
        self.begin_set(&"837".into(), &set.control_number, &set.implementation)?;
        if let Some(open) = &mut self.set {
            open.service_line = match Guide::from_version(set.guide.as_bytes()).kind() {
                Some(ClaimKind::Institutional) => b"SV2",
                Some(ClaimKind::Dental) => b"SV3",
                Some(ClaimKind::Professional) | None => b"SV1",
            };
        }
        Ok(())
    }

    fn transaction_set_end(&mut self) -> io::Result<()> {
        self.end_set()
    }

    fn transaction_set_skipped(&mut self, set: &SkippedSetInfo) -> io::Result<()> {
        self.begin_set(&set.id, &set.control_number, &set.implementation)?;
        // Nothing of it was read, so nothing more is said of it.
        self.end_set()
    }

    fn notice(&mut self, _file: &str, notice: &Notice) -> io::Result<()> {
        if notice.kind == NoticeKind::RunInterrupted {
            self.set = None;
            self.group = None;
            self.answers.abandon();
        }
        self.judge(notice)
    }

    fn further_notice(&mut self, notice: &Notice) -> io::Result<()> {
        self.judge(notice)
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
