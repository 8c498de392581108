//! Every counted line, for other programs.

use std::collections::HashMap;
use std::io;

use clap::ValueEnum;
use serde::Serialize;

use crate::cli::failure::{Ending, Failure, Status};
use crate::ledger::{Archive, ClaimRow, CountedRow, EntryRow};
use crate::phi::PatientHash;

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One row for each line
    Csv,
    /// One JSON object for each line
    Jsonl,
}

/// A counted line in words and decimals.
#[derive(Serialize)]
pub struct Exported<'l> {
    patient: PatientHash,
    /// Number of the file in the order received.
    file_seq: u32,
    file: &'l str,
    /// Byte offset of the claim in its file.
    offset: u64,
    claim: String,
    provider: String,
    frequency: &'static str,
    /// 1-based place of the line in its claim.
    line: u32,
    takes_back: bool,
    date: String,
    code: String,
    /// Table of amounts, or the policy under which sessions are counted.
    account: &'l str,
    low: String,
    high: String,
    basis: &'static str,
    sessions: Option<i64>,
}

impl<'l> Exported<'l> {
    /// In words.
    pub fn new(
        patient: PatientHash,
        file: &'l str,
        claim: &'l ClaimRow,
        entry: &'l EntryRow,
    ) -> Self {
        let (account, low, high, basis, sessions) = match &entry.counted {
            CountedRow::Amount {
                table,
                low,
                high,
                basis,
            } => (
                &**table,
                low.to_string(),
                high.to_string(),
                basis.as_str(),
                None,
            ),
            CountedRow::Sessions { policy, sessions } => {
                (&**policy, String::new(), String::new(), "", Some(*sessions))
            }
        };
        Self {
            patient,
            file_seq: claim.order.file_seq,
            file,
            offset: claim.order.offset,
            claim: claim.identity.id.display().into_owned(),
            provider: claim.identity.provider.display().into_owned(),
            frequency: claim.identity.frequency.as_str(),
            line: entry.line.saturating_add(1),
            takes_back: entry.takes_back,
            date: entry.date.to_string(),
            code: entry.code.map_or(String::new(), |code| code.to_string()),
            account,
            low,
            high,
            basis,
            sessions,
        }
    }
}

/// Names of files by number.
pub fn files(store: &mut dyn Archive) -> Result<HashMap<u32, String>, Failure> {
    Ok(store.files().map_err(Failure::new)?.into_iter().collect())
}

/// Writes every counted line.
pub fn write(store: &mut dyn Archive, format: ExportFormat) -> Ending {
    let files = files(store)?;
    let out = io::BufWriter::new(io::stdout().lock());
    let mut writer = match format {
        ExportFormat::Csv => Writer::Csv(Box::new(csv::Writer::from_writer(out))),
        ExportFormat::Jsonl => Writer::Jsonl(out),
    };
    for patient in store.patients().map_err(Failure::new)? {
        for claim in store.load(patient).map_err(Failure::new)? {
            let file = files.get(&claim.order.file_seq).map_or("", String::as_str);
            for entry in &claim.entries {
                writer.write(&Exported::new(patient, file, &claim, entry))?;
            }
        }
    }
    writer.finish()?;
    Ok(Status::Clean)
}

enum Writer<W: io::Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

impl<W: io::Write> Writer<W> {
    fn write(&mut self, line: &Exported<'_>) -> io::Result<()> {
        match self {
            Self::Csv(writer) => {
                let written = writer.serialize(line);
                written.map_err(|error| match error.into_kind() {
                    csv::ErrorKind::Io(error) => error,
                    _ => io::Error::other("a line that is no row of a table"),
                })
            }
            Self::Jsonl(out) => {
                serde_json::to_writer(&mut *out, line)?;
                out.write_all(b"\n")
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(mut writer) => writer.flush(),
            Self::Jsonl(mut out) => out.flush(),
        }
    }
}
