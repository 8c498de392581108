//! `277ca`: X12 277 health care claim acknowledgement, 005010X214.
//!
//! One interchange answers one received interchange, one functional group a received group, one
//! 277 a received 837. Every claim is answered. Element usage follows the guide as published
//! examples and validators' maps show it; docs/reports.md tells where they disagree and what
//! is written then.

mod claim;
mod profile;
mod remark;
mod spool;
mod totals;
mod transaction;
mod verdict;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

pub use self::profile::Profile;

use self::spool::Room;
use self::transaction::Transaction;
use super::answer::{AnswerKind, Answers};
use super::fit;
use super::{Report, ReportOptions, RunInfo};
use crate::date::{Date, digits};
use crate::finding::{
    ClaimOutcome, FileSummary, GroupInfo, InterchangeInfo, Notice, NoticeKind, RunSummary,
    TransactionSetInfo,
};
use crate::text::Text;

/// GS01 and GS08 of claim acknowledgements.
const KIND: AnswerKind = AnswerKind {
    functional_id: "HN",
    version: "005010X214",
};

/// What all loops need to know.
struct Context {
    profile: Profile,
    run: RunInfo,
    /// The day of the run, CCYYMMDD.
    date: [u8; 8],
    source_name: String,
    source_id: Option<String>,
    placeholder: Option<String>,
    /// [`ReportOptions::output_number`].
    output_number: u32,
}

impl Context {
    /// Stands where a mandatory identifier is missing; empty when nothing was agreed.
    fn placeholder_id(&self) -> &[u8] {
        match (&self.placeholder, self.profile) {
            (Some(id), _) => id.as_bytes(),
            (None, Profile::Annotated) => b"UNKNOWN",
            (None, Profile::Strict | Profile::Gate) => b"",
        }
    }
}

/// Writes 277 claim acknowledgements.
///
/// Nothing is written for a file without a transaction set. What a cut-off file had is
/// answered with what was read of it.
pub struct ClaimAcknowledgement {
    answers: Answers,
    context: Context,
    line_breaks: bool,
    /// The received group; empty outside of one.
    group: GroupInfo,
    transaction: Option<Transaction>,
    /// Memory for the next one.
    room: [Room; 2],
}

impl ClaimAcknowledgement {
    /// A report of this profile.
    pub fn new(writer: Box<dyn Write + Send>, profile: Profile, options: &ReportOptions) -> Self {
        Self {
            answers: Answers::new(writer, options),
            context: Context {
                profile,
                run: RunInfo::default(),
                date: digits(Date::default()),
                source_name: options.source_name.clone(),
                source_id: options.source_id.clone(),
                placeholder: options.placeholder_id.clone(),
                output_number: options.output_number,
            },
            line_breaks: options.line_breaks,
            group: GroupInfo::default(),
            transaction: None,
            room: Default::default(),
        }
    }

    /// Writes the `GS` before the first transaction set of a received group.
    fn open_group(&mut self, set: &TransactionSetInfo) -> io::Result<()> {
        if self.answers.has_open_group() {
            return Ok(());
        }
        let (sender, receiver) = (&set.application_sender, &set.application_receiver);
        self.answers
            .open_group(KIND, sender.as_bytes(), receiver.as_bytes())
    }

    fn begin_transaction(&mut self, set: TransactionSetInfo) -> io::Result<()> {
        self.close_transaction()?;
        self.open_group(&set)?;
        self.transaction = Some(Transaction::new(
            &self.context,
            set,
            (self.answers.received().delimiters, self.line_breaks),
            std::mem::take(&mut self.room),
        ));
        Ok(())
    }

    fn close_transaction(&mut self) -> io::Result<()> {
        let Some(transaction) = self.transaction.take() else {
            return Ok(());
        };
        let number = self.answers.next_set();
        let received = self.answers.received().clone();
        let own = self.answers.control_number();
        let out = self.answers.segments().get_mut();
        self.room = transaction.finish(out, &self.context, &received, (own, number))?;
        Ok(())
    }

    fn close_group(&mut self) -> io::Result<()> {
        self.close_transaction()?;
        self.group = GroupInfo::default();
        self.answers.close_group()
    }

    fn close_interchange(&mut self) -> io::Result<()> {
        self.close_group()?;
        self.answers.forget()
    }
}

impl Report for ClaimAcknowledgement {
    fn wants_clean_claims(&self) -> bool {
        true
    }

    fn wants_patients_of_clean_claims(&self) -> bool {
        false
    }

    fn begin(&mut self, run: &RunInfo) -> io::Result<()> {
        self.context.run = run.clone();
        self.context.date = digits(run.started.date());
        self.answers.begin(run.started);
        Ok(())
    }

    fn interchange_begin(&mut self, header: &InterchangeInfo) -> io::Result<()> {
        self.close_interchange()?;
        self.answers.receive(header)
    }

    fn interchange_end(&mut self, _complete: bool) -> io::Result<()> {
        self.close_interchange()
    }

    fn group_begin(&mut self, group: &GroupInfo) -> io::Result<()> {
        self.close_group()?;
        self.group = group.clone();
        Ok(())
    }

    fn group_end(&mut self, _count: Option<&Text>) -> io::Result<()> {
        self.close_group()
    }

    fn transaction_set_begin(&mut self, set: &TransactionSetInfo) -> io::Result<()> {
        self.begin_transaction(set.clone())
    }

    fn transaction_set_end(&mut self) -> io::Result<()> {
        self.close_transaction()
    }

    fn claim(&mut self, _file: &str, claim: &ClaimOutcome) -> io::Result<()> {
        self.answers.receive_without_header(claim.delimiters);
        if self.transaction.is_none() {
            // Its ST was lost; the claim must be answered all the same.
            self.begin_transaction(TransactionSetInfo {
                control_number: claim.envelope.st02.clone(),
                group_control_number: claim.envelope.gs06.clone(),
                application_sender: self.group.sender.clone(),
                application_receiver: self.group.receiver.clone(),
                ..TransactionSetInfo::default()
            })?;
        }
        match &mut self.transaction {
            Some(transaction) => transaction.claim(&self.context, claim),
            None => Ok(()),
        }
    }

    fn notice(&mut self, _file: &str, notice: &Notice) -> io::Result<()> {
        if notice.kind == NoticeKind::RunInterrupted {
            self.transaction = None;
            self.answers.abandon();
        }
        Ok(())
    }

    fn file_end(&mut self, _summary: &FileSummary) -> io::Result<()> {
        self.close_interchange()?;
        self.answers.flush()
    }

    fn end(&mut self, _summary: &RunSummary) -> io::Result<()> {
        self.close_interchange()?;
        self.answers.flush()
    }
}
