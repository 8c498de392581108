//! A comparison for programs: one object.

use std::io::Write;

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::code::{Modifier, ProcedureCode};
use crate::date::Date;
use crate::finding::Severity;
use crate::reconcile::{Counts, Missed, Parted, RuleTally, Screened, Verdict};

use super::Page;

#[derive(Serialize)]
struct Object<'p> {
    r#type: &'static str,
    ledger: &'p str,
    remittances: &'p [String],
    decisions: u64,
    decisions_left_out: u64,
    claims_reversed: u64,
    claims_predicted: u64,
    claims_superseded: u64,
    rules: &'p [RuleTally],
    totals: Counts,
    not_predicted: &'p [Missed],
    parted: Vec<PartedLine<'p>>,
    complete: bool,
}

/// A line where both parted; what nothing was predicted for has neither file nor rule.
#[derive(Serialize)]
struct PartedLine<'p> {
    claim: &'p str,
    file: Option<&'p str>,
    offset: Option<u64>,
    line: Option<&'p str>,
    code: Option<ProcedureCode>,
    date: Option<Date>,
    rule: Option<&'p str>,
    policy: Option<&'p str>,
    severity: Option<Severity>,
    verdict: Option<Verdict>,
    ledger_knows: Option<Screened>,
    reasons: &'p [String],
    modifiers: Vec<&'p str>,
    decided: Option<Date>,
    remittance: &'p str,
    remittance_offset: u64,
}

/// Prints.
pub fn print(out: &mut dyn Write, page: &Page) -> Result<(), Failure> {
    let told = &page.told;
    let object = Object {
        r#type: "reconciliation",
        ledger: &page.ledger,
        remittances: &page.remittances,
        decisions: told.decisions,
        decisions_left_out: page.left_out,
        claims_reversed: told.reversed,
        claims_predicted: told.claims,
        claims_superseded: told.superseded,
        rules: &told.rules,
        totals: told.totals,
        not_predicted: &told.missed,
        parted: told.parted.iter().map(|parted| of(page, parted)).collect(),
        complete: page.left_out == 0,
    };
    serde_json::to_writer_pretty(&mut *out, &object)?;
    writeln!(out)?;
    Ok(())
}

fn of<'p>(page: &'p Page, parted: &'p Parted) -> PartedLine<'p> {
    let finding = parted.finding.as_ref();
    PartedLine {
        claim: &parted.claim,
        file: page.screened(parted),
        offset: parted.screened.map(|order| order.offset),
        line: parted.line.as_deref(),
        code: parted.code,
        date: parted.date,
        rule: finding.map(|finding| &*finding.0),
        policy: finding.map(|finding| &*finding.1),
        severity: finding.map(|finding| finding.2),
        verdict: parted.verdict,
        ledger_knows: parted.known,
        reasons: &parted.reasons,
        modifiers: parted.modifiers.iter().map(Modifier::as_str).collect(),
        decided: parted.decided,
        remittance: page.remittance(parted),
        remittance_offset: parted.decision_offset,
    }
}
