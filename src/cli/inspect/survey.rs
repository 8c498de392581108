//! Collects envelopes, counts and notices of files.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::cli::notices::describe;
use crate::finding::{
    ClaimKind, ClaimOutcome, Counts, FileSummary, InterchangeInfo, Notice, RunSummary,
    TransactionSetInfo,
};
use crate::money::Cents;
use crate::report::{Dollars, Grouped, Printable, Report, RunInfo};
use crate::text::Text;

/// What was found in the files.
#[derive(Default, Serialize)]
pub struct Survey {
    files: Vec<File>,
    complete: bool,
}

#[derive(Default, Serialize)]
struct File {
    name: String,
    complete: bool,
    counts: Counts,
    interchanges: Vec<Interchange>,
    #[serde(skip_serializing_if = "NotListed::is_none")]
    not_listed: NotListed,
    notices: Vec<Notice>,
}

/// Envelopes beyond those that are listed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct NotListed {
    interchanges: u64,
    transaction_sets: u64,
}

impl NotListed {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// So many interchanges and transaction sets are listed in a run, together: each takes some hundred bytes.
const MOST_LISTED: u64 = 100_000;

#[derive(Serialize)]
struct Interchange {
    #[serde(flatten)]
    info: InterchangeInfo,
    delimiters: String,
    transaction_sets: Vec<TransactionSet>,
    /// The end was read.
    complete: bool,
}

/// A transaction set. Names of submitters and receivers are left out: they may be persons.
#[derive(Default, Serialize)]
struct TransactionSet {
    control_number: Text,
    group_control_number: Text,
    application_sender: Text,
    application_receiver: Text,
    guide: Text,
    professional_claims: u64,
    institutional_claims: u64,
    dental_claims: u64,
    lines: u64,
    charge: Cents,
}

/// Fills a [`Survey`], which somebody else holds as well.
pub struct Surveyor {
    survey: Arc<Mutex<Survey>>,
    open: File,
    listed: u64,
    /// The open interchange and the open set are listed.
    lists_interchange: bool,
    lists_set: bool,
}

impl Surveyor {
    /// Fills this survey.
    pub fn new(survey: Arc<Mutex<Survey>>) -> Self {
        Self {
            survey,
            open: File::default(),
            listed: 0,
            lists_interchange: false,
            lists_set: false,
        }
    }

    /// True when one more is to be listed.
    const fn lists(&mut self) -> bool {
        let lists = self.listed < MOST_LISTED;
        self.listed += lists as u64;
        lists
    }

    fn set(&mut self) -> Option<&mut TransactionSet> {
        if !self.lists_set {
            return None;
        }
        self.open
            .interchanges
            .last_mut()?
            .transaction_sets
            .last_mut()
    }
}

impl Report for Surveyor {
    fn wants_clean_claims(&self) -> bool {
        true
    }

    fn begin(&mut self, _: &RunInfo) -> io::Result<()> {
        Ok(())
    }

    fn file_begin(&mut self, name: &str) -> io::Result<()> {
        self.open = File {
            name: name.to_owned(),
            ..File::default()
        };
        Ok(())
    }

    fn interchange_begin(&mut self, header: &InterchangeInfo) -> io::Result<()> {
        self.lists_set = false;
        self.lists_interchange = self.lists();
        if !self.lists_interchange {
            self.open.not_listed.interchanges += 1;
            return Ok(());
        }
        self.open.interchanges.push(Interchange {
            info: header.clone(),
            delimiters: format!("{:?}", header.delimiters),
            transaction_sets: Vec::new(),
            complete: false,
        });
        Ok(())
    }

    fn interchange_end(&mut self, complete: bool) -> io::Result<()> {
        if let Some(interchange) = self.open.interchanges.last_mut()
            && self.lists_interchange
        {
            interchange.complete = complete;
        }
        Ok(())
    }

    fn transaction_set_begin(&mut self, set: &TransactionSetInfo) -> io::Result<()> {
        self.lists_set = self.lists_interchange && self.lists();
        if !self.lists_set {
            self.open.not_listed.transaction_sets += 1;
        } else if let Some(interchange) = self.open.interchanges.last_mut() {
            interchange.transaction_sets.push(TransactionSet {
                control_number: set.control_number.clone(),
                group_control_number: set.group_control_number.clone(),
                application_sender: set.application_sender.clone(),
                application_receiver: set.application_receiver.clone(),
                guide: set.guide.clone(),
                ..TransactionSet::default()
            });
        }
        Ok(())
    }

    fn notice(&mut self, _: &str, notice: &Notice) -> io::Result<()> {
        self.open.notices.push(notice.clone());
        Ok(())
    }

    fn claim(&mut self, _: &str, claim: &ClaimOutcome) -> io::Result<()> {
        if let Some(set) = self.set() {
            *match claim.kind {
                ClaimKind::Professional => &mut set.professional_claims,
                ClaimKind::Institutional => &mut set.institutional_claims,
                ClaimKind::Dental => &mut set.dental_claims,
            } += 1;
            set.lines += u64::from(claim.line_count);
            set.charge = set.charge.plus(claim.charge.unwrap_or_default());
        }
        Ok(())
    }

    fn file_end(&mut self, summary: &FileSummary) -> io::Result<()> {
        let mut file = mem::take(&mut self.open);
        file.counts = summary.counts.clone();
        file.complete = summary.complete;
        let mut survey = self.survey.lock().unwrap_or_else(PoisonError::into_inner);
        survey.files.push(file);
        Ok(())
    }

    fn end(&mut self, summary: &RunSummary) -> io::Result<()> {
        let mut survey = self.survey.lock().unwrap_or_else(PoisonError::into_inner);
        survey.complete = summary.complete;
        Ok(())
    }
}

impl Survey {
    /// Prints it for people.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        for file in &self.files {
            file.print(out)?;
        }
        Ok(())
    }
}

impl File {
    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let Counts {
            bytes,
            segments,
            claims,
            lines,
            lines_with_kx,
            charge,
            ..
        } = &self.counts;
        writeln!(out, "{}", self.name)?;
        writeln!(
            out,
            "  {} bytes, {} segments, {} claims, {} lines ({} with KX), {}{}",
            Grouped(*bytes),
            Grouped(*segments),
            Grouped(*claims),
            Grouped(*lines),
            Grouped(*lines_with_kx),
            Dollars(*charge),
            if self.complete {
                ""
            } else {
                ", NOT READ COMPLETELY"
            }
        )?;
        for interchange in &self.interchanges {
            interchange.print(out)?;
        }
        if !self.not_listed.is_none() {
            let NotListed {
                interchanges,
                transaction_sets,
            } = self.not_listed;
            writeln!(
                out,
                "  and {} more interchanges and {} more transaction sets",
                Grouped(interchanges),
                Grouped(transaction_sets)
            )?;
        }
        for notice in &self.notices {
            writeln!(out, "  {}", describe(&self.name, notice))?;
        }
        writeln!(out)
    }
}

impl Interchange {
    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let info = &self.info;
        let printable = |text: &Text| Printable(&text.display()).to_string();
        let usage = match info.usage.as_bytes() {
            b"P" => "production".into(),
            b"T" => "test".into(),
            _ => format!("usage {}", printable(&info.usage)),
        };
        writeln!(
            out,
            "  ISA {}  {}:{} to {}:{}, version {}, {usage}, {}{}",
            printable(&info.control_number),
            printable(&info.sender_qualifier),
            printable(&info.sender_id),
            printable(&info.receiver_qualifier),
            printable(&info.receiver_id),
            printable(&info.version),
            self.delimiters,
            if self.complete { "" } else { ", not closed" }
        )?;
        for set in &self.transaction_sets {
            let counts = [
                ("professional", set.professional_claims),
                ("institutional", set.institutional_claims),
                ("dental", set.dental_claims),
            ];
            let counts = counts.iter().filter(|(_, count)| *count > 0);
            let claims: Vec<String> = counts
                .map(|(kind, count)| format!("{} {kind}", Grouped(*count)))
                .collect();
            let claims = if claims.is_empty() {
                "no".into()
            } else {
                claims.join(" and ")
            };
            writeln!(
                out,
                "    GS {} / ST {}  {} to {}, guide {}: {claims} claims, {} lines, {}",
                printable(&set.group_control_number),
                printable(&set.control_number),
                printable(&set.application_sender),
                printable(&set.application_receiver),
                printable(&set.guide),
                Grouped(set.lines),
                Dollars(set.charge)
            )?;
        }
        Ok(())
    }
}
