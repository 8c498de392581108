//! How a total came about, for a finding.

use std::collections::HashSet;

use crate::finding::{CountedLine, CountedTotal, Interval, LISTED};
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
        let start = account.entries.partition_point(|entry| entry.claim < claim);
        let is_line = |entry: &Entry| {
            entry.claim == claim && entry.line == line && entry.takes_back.is_none()
        };
        let at = start + account.entries[start..].iter().position(is_line)?;
        let before = at
            .checked_sub(1)
            .map_or_else(Total::default, |at| account.entries[at].after);
        let passed = account.entries[at].passed.map(|passed| passed as usize);
        let passes_here = passed == Some(at);
        let mut lines: Vec<CountedLine> = Vec::new();
        let mut count = 0;
        if passes_here {
            let filled = open_before(&account.entries[..at]);
            let skipped = filled.len().saturating_sub(LISTED);
            lines.extend(filled[skipped..].iter().map(|entry| self.line(entry)));
            count = filled.len() as u64;
        }
        let passed = passed.filter(|passed| *passed < at);
        Some(Box::new(CountedTotal {
            account: table.to_owned(),
            year,
            threshold: threshold.amount,
            before: interval(before),
            after: interval(account.entries[at].after),
            passed_at: passed.map(|passed| self.line(&account.entries[passed])),
            lines,
            count,
        }))
    }

    fn line(&self, entry: &Entry) -> CountedLine {
        let claim = &self.claims[entry.claim as usize];
        CountedLine {
            file: String::new(),
            file_seq: claim.order.file_seq,
            offset: claim.order.offset,
            claim: claim.identity.id.clone(),
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

const fn interval(total: Total) -> Interval {
    Interval {
        low: total.low,
        high: total.high,
    }
}
