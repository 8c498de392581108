//! A comparison for programs: one object, written change by change.

use std::io::Write;

use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::finding::ClaimOutcome;

use super::Printer;
use super::change::{Change, Found, Seen, Sum, Totals};

/// Prints `{"changes": [...], "totals": {...}}`.
pub struct Json<'o> {
    out: &'o mut dyn Write,
    is_begun: bool,
}

impl<'o> Json<'o> {
    /// Nothing is printed yet.
    pub fn new(out: &'o mut dyn Write) -> Self {
        Self {
            out,
            is_begun: false,
        }
    }
}

fn finding(seen: &Seen<'_>) -> Value {
    json!({
        "policy": seen.policy.id,
        "severity": seen.finding.severity,
        "certainty": seen.finding.certainty,
        "message": seen.finding.message,
        "at_risk": seen.finding.at_risk,
    })
}

fn record(file: &str, claim: &ClaimOutcome, change: &Change<'_>) -> Value {
    let seen = change.seen();
    let line = seen.line.map(|line| {
        json!({
            "number": line.number,
            "code": line.code,
            "modifiers": line.modifiers,
            "date_from": line.dates.map(|dates| dates.from),
            "charge": line.charge,
        })
    });
    let (old, new) = match change {
        Change::Added(new) => (None, Some(new)),
        Change::Removed(old) => (Some(old), None),
        Change::Changed(old, new) => (Some(old), Some(new)),
    };
    json!({
        "change": match change {
            Change::Added(_) => "added",
            Change::Removed(_) => "removed",
            Change::Changed(..) => "changed",
        },
        "file": file,
        "isa13": claim.envelope.isa13,
        "st02": claim.envelope.st02,
        "claim": claim.id,
        "offset": claim.place.offset,
        "line": line,
        "rule": seen.rule.code,
        "name": seen.rule.name,
        "old": old.map(finding),
        "new": new.map(finding),
    })
}

impl Printer for Json<'_> {
    fn claim(
        &mut self,
        file: &str,
        claim: &ClaimOutcome,
        changes: &[Change<'_>],
    ) -> Result<(), Failure> {
        for change in changes {
            let before = if self.is_begun {
                ",\n"
            } else {
                "{\"changes\": [\n"
            };
            self.is_begun = true;
            self.out.write_all(before.as_bytes())?;
            serde_json::to_writer(&mut *self.out, &record(file, claim, change))?;
        }
        Ok(())
    }

    fn end(&mut self, totals: &Totals) -> Result<(), Failure> {
        if !self.is_begun {
            self.out.write_all(b"{\"changes\": [")?;
        }
        let sum = |sum: Sum| json!({ "findings": sum.findings, "at_risk": sum.at_risk });
        let found = |found: Found| json!({ "findings": found.findings, "lines_at_risk": found.lines, "charge_at_risk": found.at_risk });
        let totals = json!({
            "added": sum(totals.added),
            "removed": sum(totals.removed),
            "changed": sum(totals.changed),
            "old": found(totals.old),
            "new": found(totals.new),
            "same": totals.is_same(),
            "complete": totals.complete,
        });
        writeln!(self.out, "\n],\n\"totals\": {totals}}}")?;
        Ok(())
    }
}
