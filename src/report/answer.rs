//! Envelopes of what answers received interchanges: sender and receiver swapped, the received
//! delimiters used again, control numbers that run through the whole output.

use std::io::{self, BufWriter, Write};

use jiff::civil::DateTime;

use super::ReportOptions;
use super::fit::{first_of, is_identifier, qualifier};
use crate::date::to_d8;
use crate::finding::InterchangeInfo;
use crate::x12::{Delimiters, OutgoingInterchange, SegmentWriter};

/// Where answers are written to.
pub(super) type Out = BufWriter<Box<dyn Write + Send>>;

/// Writes interchanges that answer received ones. Envelopes are written when the first thing in
/// them is, so that nothing to say leaves nothing.
pub(super) struct Answers {
    out: SegmentWriter<Out>,
    next_control_number: u32,
    started: DateTime,
    received: InterchangeInfo,
    interchange: Option<OpenInterchange>,
    group: Option<OpenGroup>,
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
}

/// What a functional group of answers is.
#[derive(Clone, Copy)]
pub(super) struct AnswerKind {
    /// GS01.
    pub functional_id: &'static str,
    /// GS08.
    pub version: &'static str,
}

impl Answers {
    pub fn new(writer: Box<dyn Write + Send>, options: &ReportOptions) -> Self {
        let out = BufWriter::with_capacity(64 << 10, writer);
        Self {
            out: SegmentWriter::new(out, Delimiters::default())
                .with_line_breaks(options.line_breaks),
            next_control_number: options.first_control_number,
            started: DateTime::default(),
            received: InterchangeInfo::default(),
            interchange: None,
            group: None,
        }
    }

    /// When the run started: the date and time of all envelopes.
    pub fn begin(&mut self, started: DateTime) {
        self.started = started;
    }

    /// When the run started.
    pub const fn started(&self) -> DateTime {
        self.started
    }

    /// The received interchange that is being answered; empty outside of one.
    pub const fn received(&self) -> &InterchangeInfo {
        &self.received
    }

    /// A received interchange begins; the answer to the one before ends.
    pub fn receive(&mut self, header: &InterchangeInfo) -> io::Result<()> {
        self.close_interchange()?;
        self.received = header.clone();
        self.use_delimiters(header.delimiters);
        Ok(())
    }

    /// The received interchange has ended.
    pub fn forget(&mut self) -> io::Result<()> {
        self.close_interchange()?;
        self.received = InterchangeInfo::default();
        Ok(())
    }

    /// Something is answered whose `ISA` was lost: these delimiters are safe to use.
    pub fn receive_without_header(&mut self, delimiters: Delimiters) {
        if self.interchange.is_none() && self.received.control_number.is_empty() {
            self.use_delimiters(delimiters);
        }
    }

    /// The received ones, but for those that amounts are written with. Our interchanges are of version 00501, whose
    /// ISA11 must be a separator even if the received one, of an older version, had none. What is written repeats no
    /// element.
    fn use_delimiters(&mut self, delimiters: Delimiters) {
        let in_amounts = |byte: &u8| matches!(byte, b'.' | b'-');
        let mut taken = vec![
            delimiters.element,
            delimiters.component,
            delimiters.terminator,
        ];
        taken.extend(delimiters.repetition);
        let mut instead_of = |byte: Option<u8>| match byte {
            Some(byte) if !in_amounts(&byte) => byte,
            _ => {
                // Three others are taken at most.
                let mut usable = b"^|!}".iter().copied();
                let free = usable.find(|byte| !taken.contains(byte));
                let free = free.unwrap_or(b'^');
                taken.push(free);
                free
            }
        };
        let delimiters = Delimiters {
            element: instead_of(Some(delimiters.element)),
            component: instead_of(Some(delimiters.component)),
            terminator: instead_of(Some(delimiters.terminator)),
            repetition: Some(instead_of(delimiters.repetition)),
        };
        self.received.delimiters = delimiters;
        self.out.set_delimiters(delimiters);
    }

    /// Where segments are written to.
    pub const fn segments(&mut self) -> &mut SegmentWriter<Out> {
        &mut self.out
    }

    /// ISA13 has nine digits and is never zero.
    fn take_control_number(&mut self) -> u32 {
        let number = self.next_control_number.clamp(1, 999_999_999);
        self.next_control_number = number % 999_999_999 + 1;
        number
    }

    /// Writes the `ISA` unless it was written.
    pub fn open_interchange(&mut self) -> io::Result<()> {
        if self.interchange.is_some() {
            return Ok(());
        }
        let control_number = self.take_control_number();
        let (started, received) = (self.started, &self.received);
        self.out.isa(&OutgoingInterchange {
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

    /// True when the `GS` of a group has been written, and its `GE` not.
    pub const fn has_open_group(&self) -> bool {
        self.group.is_some()
    }

    /// Writes the `GS` of a new group, which answers a received one with these application codes
    /// (GS02 and GS03 as received).
    pub fn open_group(
        &mut self,
        kind: AnswerKind,
        received_sender: &[u8],
        received_receiver: &[u8],
    ) -> io::Result<()> {
        self.close_group()?;
        self.open_interchange()?;
        let number = match &self.interchange {
            // The first group shares the number of its interchange.
            Some(open) if open.groups == 0 => open.control_number,
            _ => self.take_control_number(),
        };
        let (started, received) = (self.started, &self.received);
        let from = [received_receiver, received.receiver_id.as_bytes(), b"KX837"];
        let to = [received_sender, received.sender_id.as_bytes(), b"UNKNOWN"];
        self.out
            .segment("GS")
            .element(kind.functional_id)
            .element(application_code(&from))
            .element(application_code(&to))
            .element(to_d8(started.date()))
            .element(format!("{:02}{:02}", started.hour(), started.minute()))
            .number(number.into())
            .element("X")
            .element(kind.version)
            .end()?;
        self.group = Some(OpenGroup {
            control_number: number,
            transaction_sets: 0,
        });
        if let Some(open) = &mut self.interchange {
            open.groups += 1;
        }
        Ok(())
    }

    /// ISA13 of the open interchange; 0 when none is open.
    pub fn control_number(&self) -> u32 {
        self.interchange
            .as_ref()
            .map_or(0, |open| open.control_number)
    }

    /// Counts a transaction set of the open group: its number in the interchange, from 1.
    pub fn next_set(&mut self) -> u64 {
        if let Some(group) = &mut self.group {
            group.transaction_sets += 1;
        }
        self.interchange.as_mut().map_or(1, |open| {
            open.transaction_sets += 1;
            open.transaction_sets
        })
    }

    /// Writes the `GE` of the open group, if one is open.
    pub fn close_group(&mut self) -> io::Result<()> {
        let Some(group) = self.group.take() else {
            return Ok(());
        };
        self.out
            .segment("GE")
            .number(group.transaction_sets)
            .number(group.control_number.into())
            .end()
    }

    /// Writes the trailers of what is open.
    pub fn close_interchange(&mut self) -> io::Result<()> {
        self.close_group()?;
        let Some(open) = self.interchange.take() else {
            return Ok(());
        };
        self.out.iea(open.groups, open.control_number)
    }

    /// Leaves what is open without its trailers. The run was interrupted: nobody must take what was written for the whole
    /// answer.
    pub fn abandon(&mut self) {
        self.group = None;
        self.interchange = None;
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The first code that GS02 and GS03 (2 to 15 characters) can hold.
fn application_code<'a>(codes: &[&'a [u8]; 3]) -> &'a [u8] {
    let code = codes.iter().find(|code| is_identifier(code));
    first_of(&[code.copied().unwrap_or_default()], 15)
}
