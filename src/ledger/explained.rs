//! How a total came about, for a finding.

use std::collections::HashSet;

use crate::finding::{CountedLine, CountedTotal, LISTED};
use crate::policy::{BucketId, YearlyAmount};

use super::account::Entry;
use super::patient::PatientRecord;
use super::total::Total;

impl PatientRecord {
    /// What was counted before a line, and where the amount was passed. Names of files are filled in
    /// by whoever knows them.
    pub(super) fn explained(
        &self,
        year: i16,
        bucket: BucketId,
        (claim, line): (u32, u32),
        threshold: YearlyAmount,
        table: &str,
    ) -> Option<Box<CountedTotal>> {
        let account = self.known_account(year, bucket)?;
        let at = account.place_of(claim, line)?;
        let before = at
            .checked_sub(1)
            .map_or_else(Total::default, |at| account.entries[at].after);
        let passed = account.entries[at].passed.map(|passed| passed as usize);
        let passes_here = passed == Some(at);
        let (lines, count) = if passes_here {
            self.filled(&account.entries[..at])
        } else {
            (Vec::new(), 0)
        };
        let passed = passed.filter(|passed| *passed < at);
        Some(Box::new(CountedTotal {
            account: table.to_owned(),
            year,
            threshold: threshold.amount,
            before: before.interval(),
            after: account.entries[at].after.interval(),
            passed_at: passed.map(|passed| self.line(&account.entries[passed])),
            lines,
            count,
        }))
    }

    /// Lines that counted when these entries were all that there were: the latest [`LISTED`], and how many
    /// there are.
    pub(super) fn filled(&self, entries: &[Entry]) -> (Vec<CountedLine>, u64) {
        let open = open_before(entries);
        let skipped = open.len().saturating_sub(LISTED);
        let lines = open[skipped..].iter().map(|entry| self.line(entry));
        (lines.collect(), open.len() as u64)
    }

    /// An entry as a line; names of files are filled in by whoever knows them.
    pub(super) fn line(&self, entry: &Entry) -> CountedLine {
        let claim = &self.claims[entry.claim as usize];
        CountedLine {
            file: String::new(),
            file_seq: claim.order.file_seq,
            offset: claim.order.offset,
            claim: claim.identity.id.clone(),
            frequency: claim.identity.frequency.as_str(),
            line: entry.line.saturating_add(1),
            date: entry.date,
            code: entry.code.filter(|code| code.has_code_shape()),
            low: entry.low,
            high: entry.high,
            basis: entry.basis.as_str(),
        }
    }
}

/// Lines that counted when these entries were all that there were.
fn open_before(entries: &[Entry]) -> Vec<&Entry> {
    let taken: HashSet<(u32, u32)> = entries
        .iter()
        .filter_map(|entry| Some((entry.takes_back?, entry.line)))
        .collect();
    entries
        .iter()
        .filter(|entry| entry.takes_back.is_none() && !taken.contains(&(entry.claim, entry.line)))
        .collect()
}
