//! `277ca`: X12 277 health care claim acknowledgement, 005010X214.
//!
//! One interchange answers one received interchange, one functional group a received group, one
//! 277 a received 837. Every claim is answered. Element usage follows the guide as published
//! examples and validators' maps show it; docs/reports.md tells where they disagree and what
//! is written then.

mod claim;
mod fit;
mod profile;
mod remark;
mod spool;
mod totals;
mod transaction;
mod verdict;

#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, Write};

pub use self::profile::Profile;

use self::fit::{first_of, is_identifier, qualifier};
use self::transaction::Transaction;
use super::{Report, ReportOptions, RunInfo};
use crate::date::to_d8;
use crate::finding::{ClaimOutcome, FileSummary, InterchangeInfo, RunSummary, TransactionSetInfo};
use crate::text::Text;
use crate::x12::{Delimiters, OutgoingInterchange, SegmentWriter};

/// What all loops need to know.
struct Context {
    profile: Profile,
    run: RunInfo,
    source_name: String,
    source_id: Option<String>,
    placeholder: Option<String>,
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
    out: BufWriter<Box<dyn Write + Send>>,
    context: Context,
    line_breaks: bool,
    next_control_number: u32,
    /// The received interchange.
    received: InterchangeInfo,
    interchange: Option<OpenInterchange>,
    group: Option<OpenGroup>,
    transaction: Option<Transaction>,
}

/// An interchange whose `ISA` has been written.
struct OpenInterchange {
    control_number: u32,
    groups: u64,
    /// Transaction sets so far, over all groups: their control numbers never repeat.
    transaction_sets: u64,
}

/// A functional group whose `GS` has been written.
struct OpenGroup {
    control_number: u32,
    transaction_sets: u64,
    /// GS06, GS02 and GS03 of the received group.
    received: [Text; 3],
}

impl ClaimAcknowledgement {
    /// A report of this profile.
    pub fn new(writer: Box<dyn Write + Send>, profile: Profile, options: &ReportOptions) -> Self {
        Self {
            out: BufWriter::with_capacity(64 << 10, writer),
            context: Context {
                profile,
                run: RunInfo::default(),
                source_name: options.source_name.clone(),
                source_id: options.source_id.clone(),
                placeholder: options.placeholder_id.clone(),
            },
            line_breaks: options.line_breaks,
            next_control_number: options.first_control_number,
            received: InterchangeInfo::default(),
            interchange: None,
            group: None,
            transaction: None,
        }
    }

    fn segments(&mut self) -> SegmentWriter<&mut BufWriter<Box<dyn Write + Send>>> {
        SegmentWriter::new(&mut self.out, self.received.delimiters)
            .with_line_breaks(self.line_breaks)
    }

    /// ISA13 has nine digits and is never zero.
    fn take_control_number(&mut self) -> u32 {
        let number = self.next_control_number.clamp(1, 999_999_999);
        self.next_control_number = number % 999_999_999 + 1;
        number
    }

    /// Writes the `ISA` before the first group.
    fn open_interchange(&mut self) -> io::Result<()> {
        if self.interchange.is_some() {
            return Ok(());
        }
        let control_number = self.take_control_number();
        let started = self.context.run.started;
        let received = self.received.clone();
        self.segments().isa(&OutgoingInterchange {
            sender_qualifier: qualifier(received.receiver_qualifier.as_bytes()),
            sender_id: first_of(&[received.receiver_id.as_bytes(), b"KX837"], 15),
            receiver_qualifier: qualifier(received.sender_qualifier.as_bytes()),
            receiver_id: first_of(&[received.sender_id.as_bytes(), b"UNKNOWN"], 15),
            date: started.date(),
            time: (
                started.hour().unsigned_abs(),
                started.minute().unsigned_abs(),
            ),
            control_number,
            acknowledgment_requested: false,
            test: received.usage.as_bytes() == b"T",
        })?;
        self.interchange = Some(OpenInterchange {
            control_number,
            groups: 0,
            transaction_sets: 0,
        });
        Ok(())
    }

    /// Writes the `GS` before the first transaction set of a received group.
    fn open_group(&mut self, set: &TransactionSetInfo) -> io::Result<()> {
        let key = [
            set.group_control_number.clone(),
            set.application_sender.clone(),
            set.application_receiver.clone(),
        ];
        if self
            .group
            .as_ref()
            .is_some_and(|group| group.received == key)
        {
            return Ok(());
        }
        self.close_group()?;
        self.open_interchange()?;
        let number = match &self.interchange {
            // The first group shares the number of its interchange.
            Some(open) if open.groups == 0 => open.control_number,
            _ => self.take_control_number(),
        };
        let started = self.context.run.started;
        let received = self.received.clone();
        let from = [
            set.application_receiver.as_bytes(),
            received.receiver_id.as_bytes(),
            b"KX837",
        ];
        let to = [
            set.application_sender.as_bytes(),
            received.sender_id.as_bytes(),
            b"UNKNOWN",
        ];
        self.segments()
            .segment("GS")
            .element("HN")
            .element(application_code(&from))
            .element(application_code(&to))
            .element(to_d8(started.date()))
            .element(format!("{:02}{:02}", started.hour(), started.minute()))
            .number(number.into())
            .element("X")
            .element("005010X214")
            .end()?;
        self.group = Some(OpenGroup {
            control_number: number,
            transaction_sets: 0,
            received: key,
        });
        if let Some(open) = &mut self.interchange {
            open.groups += 1;
        }
        Ok(())
    }

    fn begin_transaction(&mut self, set: TransactionSetInfo) -> io::Result<()> {
        self.close_transaction()?;
        self.open_group(&set)?;
        self.transaction = Some(Transaction::new(
            set,
            self.received.delimiters,
            self.line_breaks,
        ));
        Ok(())
    }

    fn close_transaction(&mut self) -> io::Result<()> {
        let Some(transaction) = self.transaction.take() else {
            return Ok(());
        };
        if let (Some(interchange), Some(group)) = (&mut self.interchange, &mut self.group) {
            interchange.transaction_sets += 1;
            group.transaction_sets += 1;
            let number = interchange.transaction_sets;
            transaction.finish(&mut self.out, &self.context, &self.received, number)?;
        }
        Ok(())
    }

    fn close_group(&mut self) -> io::Result<()> {
        self.close_transaction()?;
        let Some(group) = self.group.take() else {
            return Ok(());
        };
        self.segments()
            .segment("GE")
            .number(group.transaction_sets)
            .number(group.control_number.into())
            .end()
    }

    fn close_interchange(&mut self) -> io::Result<()> {
        self.close_group()?;
        let Some(open) = self.interchange.take() else {
            return Ok(());
        };
        self.segments().iea(open.groups, open.control_number)
    }
}

/// The first code that GS02 and GS03 (2 to 15 characters) can hold.
fn application_code<'a>(codes: &[&'a [u8]; 3]) -> &'a [u8] {
    let code = codes.iter().find(|code| is_identifier(code));
    first_of(&[code.copied().unwrap_or_default()], 15)
}

/// Our interchanges are of version 00501, whose ISA11 must be a separator even if the received
/// one, of an older version, had none. What is written repeats no element.
fn complete(delimiters: &mut Delimiters) {
    let taken = [
        delimiters.element,
        delimiters.component,
        delimiters.terminator,
    ];
    // Three are taken at most.
    let usable = b"^|!}".iter().find(|byte| !taken.contains(byte));
    delimiters.repetition = delimiters.repetition.or(usable.copied());
}

impl Report for ClaimAcknowledgement {
    fn wants_clean_claims(&self) -> bool {
        true
    }

    fn begin(&mut self, run: &RunInfo) -> io::Result<()> {
        self.context.run = run.clone();
        Ok(())
    }

    fn interchange_begin(&mut self, header: &InterchangeInfo) -> io::Result<()> {
        self.close_interchange()?;
        self.received = header.clone();
        complete(&mut self.received.delimiters);
        Ok(())
    }

    fn interchange_end(&mut self, _complete: bool) -> io::Result<()> {
        self.close_interchange()?;
        self.received = InterchangeInfo::default();
        Ok(())
    }

    fn transaction_set_begin(&mut self, set: &TransactionSetInfo) -> io::Result<()> {
        self.begin_transaction(set.clone())
    }

    fn transaction_set_end(&mut self) -> io::Result<()> {
        self.close_transaction()
    }

    fn claim(&mut self, _file: &str, claim: &ClaimOutcome) -> io::Result<()> {
        if self.interchange.is_none() && self.received.control_number.is_empty() {
            // A claim outside of any interchange: its own delimiters are safe to use.
            self.received.delimiters = claim.delimiters;
            complete(&mut self.received.delimiters);
        }
        if self.transaction.is_none() {
            // Its ST was lost; the claim must be answered all the same.
            self.begin_transaction(TransactionSetInfo {
                control_number: claim.envelope.st02.clone(),
                group_control_number: claim.envelope.gs06.clone(),
                ..TransactionSetInfo::default()
            })?;
        }
        match &mut self.transaction {
            Some(transaction) => transaction.claim(&self.context, claim),
            None => Ok(()),
        }
    }

    fn file_end(&mut self, _summary: &FileSummary) -> io::Result<()> {
        self.close_interchange()?;
        self.received = InterchangeInfo::default();
        self.out.flush()
    }

    fn end(&mut self, _summary: &RunSummary) -> io::Result<()> {
        self.close_interchange()?;
        self.out.flush()
    }
}
