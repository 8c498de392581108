//! A comparison for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::cli::prose::{heading, paragraph, plural, title};
use crate::code::Modifier;
use crate::reconcile::{Counts, Missed, Parted, PolicyTally, Screened};
use crate::report::{Grouped, Printable, wrap};

use super::Page;

/// Columns of what is broken between words here.
const WIDTH: usize = 100;

/// Prints.
pub fn print(out: &mut dyn Write, page: &Page, details: bool) -> io::Result<()> {
    let told = &page.told;
    let files = page.remittances.len();
    title(
        out,
        &format!(
            "{}: {} claims with findings beside {} decisions in {files} file{}",
            page.ledger,
            Grouped(told.claims),
            Grouped(told.decisions),
            plural(files as u64),
        ),
    )?;
    let policies = told.rules.iter().flat_map(|rule| &rule.policies);
    let longest = policies.map(|policy| policy.policy.len()).max();
    let width = longest.unwrap_or(0).max(14) + 2;
    writeln!(out)?;
    writeln!(
        out,
        "{:width$}  {:-^23}   {:-^41}",
        "", " findings ", " decisions "
    )?;
    writeln!(
        out,
        "{:width$}  {:>7}{:>9}{:>7}   {:>9}{:>8}{:>6}{:>7}{:>11}",
        "", "error", "warning", "info", "borne out", "other", "part", "paid", "undecided"
    )?;
    for rule in &told.rules {
        let name = rule.name.as_deref().unwrap_or("(no rule of today)");
        heading(out, &format!("{} {name}", Printable(&rule.rule)))?;
        for policy in &rule.policies {
            row(
                out,
                width,
                &Printable(&policy.policy).to_string(),
                &policy.counts,
            )?;
            reasons(out, policy)?;
        }
        if rule.policies.len() > 1 {
            row(out, width, "all of them", &rule.counts)?;
        }
    }
    writeln!(out)?;
    row(out, width, "total", &told.totals)?;
    heading(out, "Denied for such reasons, and not predicted")?;
    missed(out, &told.missed)?;
    if details {
        heading(out, "Lines where both parted")?;
        if told.parted.is_empty() {
            writeln!(out, "  none")?;
        }
        for parted in &told.parted {
            line(out, page, parted)?;
        }
    }
    heading(out, "How to read it")?;
    notes(out, page)
}

fn row(out: &mut dyn Write, width: usize, name: &str, counts: &Counts) -> io::Result<()> {
    let predicted = counts.predicted;
    writeln!(
        out,
        "{:width$}  {:>7}{:>9}{:>7}   {:>9}{:>8}{:>6}{:>7}{:>11}",
        format!("  {name}"),
        Grouped(predicted.error),
        Grouped(predicted.warning),
        Grouped(predicted.info),
        Grouped(counts.borne_out),
        Grouped(counts.other_reason),
        Grouped(counts.part_paid),
        Grouped(counts.paid),
        Grouped(counts.undecided),
    )
}

/// Below the row of a policy.
fn reasons(out: &mut dyn Write, policy: &PolicyTally) -> io::Result<()> {
    let list = |reasons: &BTreeMap<String, u64>| -> String {
        let mut list: Vec<(&String, &u64)> = reasons.iter().collect();
        list.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let one = |(reason, count): &(&String, &u64)| format!("{reason} ({})", Grouped(**count));
        list.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    if !policy.is_known {
        below(out, "no policy of today has this id")?;
    }
    if !policy.borne_out_by.is_empty() {
        below(out, &format!("borne out by {}", list(&policy.borne_out_by)))?;
    }
    if !policy.others.is_empty() {
        below(out, &format!("other or part: {}", list(&policy.others)))?;
    }
    let with_kx = policy.counts.paid_with_kx;
    if with_kx > 0 {
        let text = format!("paid with KX on the line: {}", Grouped(with_kx));
        below(out, &text)?;
    }
    Ok(())
}

fn below(out: &mut dyn Write, text: &str) -> io::Result<()> {
    for (index, part) in wrap(text, WIDTH, 6, 8).iter().enumerate() {
        writeln!(
            out,
            "{}{part}",
            if index == 0 { "      " } else { "        " }
        )?;
    }
    Ok(())
}

fn missed(out: &mut dyn Write, missed: &[Missed]) -> io::Result<()> {
    if missed.is_empty() {
        return writeln!(out, "  none");
    }
    let longest = missed.iter().map(|one| one.reason.len()).max();
    let width = longest.unwrap_or(0).max(14);
    writeln!(
        out,
        "  {:width$}  {:>7}   {:>18}   {:>17}   {:>17}",
        "", "lines", "claim has findings", "claim was counted", "not in the ledger"
    )?;
    for one in missed {
        writeln!(
            out,
            "  {:width$}  {:>7}   {:>18}   {:>17}   {:>17}",
            one.reason,
            Grouped(one.lines()),
            Grouped(one.with_findings),
            Grouped(one.counted),
            Grouped(one.unknown)
        )?;
    }
    Ok(())
}

/// A single line, in two.
fn line(out: &mut dyn Write, page: &Page, parted: &Parted) -> io::Result<()> {
    let mut text = format!("CLM {}", Printable(&parted.claim));
    match &parted.line {
        Some(number) => {
            let _ = write!(text, " line {}", Printable(number));
        }
        None if parted.finding.is_some() => text += " as a whole",
        None => {}
    }
    if let Some(code) = parted.code {
        let _ = write!(text, " {code}");
    }
    if let Some(date) = parted.date {
        let _ = write!(text, " of {date}");
    }
    match &parted.finding {
        Some((rule, policy, severity)) => {
            let (rule, policy) = (Printable(rule), Printable(policy));
            let _ = write!(text, ": {}[{rule}] {policy}", severity.as_str());
        }
        None => text += ": nothing was predicted",
    }
    writeln!(out, "  {text}")?;
    let verdict = parted.verdict.map_or("denied", |verdict| verdict.words());
    let mut text = verdict.to_owned();
    if !parted.reasons.is_empty() {
        let _ = write!(text, ": {}", parted.reasons.join(", "));
    }
    if !parted.modifiers.is_empty() {
        text += ", decided on with ";
        let words: Vec<&str> = parted.modifiers.iter().map(Modifier::as_str).collect();
        text += &words.join(":");
    }
    if let Some(decided) = parted.decided {
        let _ = write!(text, ", on {decided}");
    }
    let remittance = Printable(page.remittance(parted));
    let _ = write!(text, ", in {remittance} byte {}", parted.decision_offset);
    match (page.screened(parted), parted.screened, parted.known) {
        (Some(file), Some(order), _) => {
            let _ = write!(
                text,
                "; screened in {} byte {}",
                Printable(file),
                order.offset
            );
        }
        (.., Some(Screened::WithFindings)) => text += "; the claim has findings elsewhere",
        (.., Some(Screened::Counted)) => text += "; the claim was screened without a finding",
        _ => text += "; the claim is not in the ledger",
    }
    below(out, &text)
}

fn notes(out: &mut dyn Write, page: &Page) -> io::Result<()> {
    let told = &page.told;
    let note = |out: &mut dyn Write, text: &str| paragraph(out, text);
    note(
        out,
        "A finding is a line and a policy. Borne out: denied for a reason that the finding is about. Other: denied for \
         another reason. Part: paid in part, the rest denied for a reason that policies know. Paid: a false alarm, or \
         another line was sent than was screened. Undecided: not in these 835s, or they do not tell.",
    )?;
    if !told.missed.is_empty() {
        note(
            out,
            "The ledger keeps claims with findings and claims with counted lines. A claim that is not in it was screened and \
             is clean, or was never screened into it.",
        )?;
    }
    for (what, count) in [
        ("Screened again later, and compared once", told.superseded),
        ("Reversed and not decided on again", told.reversed),
    ] {
        if count > 0 {
            let text = format!("{what}: {} claim{}.", Grouped(count), plural(count));
            note(out, &text)?;
        }
    }
    if page.left_out == 0 {
        writeln!(out, "\ncomplete: yes")
    } else {
        writeln!(
            out,
            "\ncomplete: no, {} decision{} left out, with amounts that cannot be read",
            Grouped(page.left_out),
            plural(page.left_out)
        )
    }
}
