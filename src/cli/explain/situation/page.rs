//! A situation as a page of text.

use std::io::{self, Write};

use crate::cli::prose::{below_item, heading, item, paragraph, plural, row, title};
use crate::cli::standing::StandingPage;
use crate::code::Modifier;
use crate::finding::{ClaimKind, Severity};
use crate::report::Printable;

use super::facts::ClaimFacts;
use super::judged::Silent;
use super::trial::{Change, Step};
use super::{LineSituation, Situation};

/// Prints the page.
pub fn page(out: &mut dyn Write, situation: &Situation) -> io::Result<()> {
    let facts = &situation.claim;
    let name = Printable(&facts.claim);
    title(out, &format!("Claim {name} in {}", situation.file))?;
    if situation.claims_with_id > 1 {
        let text = format!(
            "{} claims of the file have this id; this is the first.",
            situation.claims_with_id
        );
        paragraph(out, &text)?;
    }
    claim(out, facts)?;
    if let Some(kept) = &situation.ledger {
        row(out, "ledger", &kept.words())?;
    }
    if facts.void {
        paragraph(
            out,
            "A void claim (frequency 8) asks for nothing and is not judged.",
        )?;
    }
    let mut standings = StandingPage::default();
    for one in &situation.lines {
        line(out, one, &mut standings)?;
    }
    let is_tried = |line: &LineSituation| line.is_bad || !line.changes.is_empty();
    if situation.lines.iter().any(is_tried) {
        writeln!(out)?;
        paragraph(
            out,
            "KX is right only if the record shows what the policy asks for; what that is, kx837 \
         explain POLICY tells. GA, GZ and GY say something, too: none of them is there to make a \
         finding go away.",
        )?;
    }
    if !situation.complete {
        paragraph(
            out,
            "Not all of the file could be read, so totals over claims may be too low.",
        )?;
    }
    Ok(())
}

fn claim(out: &mut dyn Write, facts: &ClaimFacts) -> io::Result<()> {
    let kind = match facts.kind {
        ClaimKind::Professional => "professional",
        ClaimKind::Institutional => "institutional",
        ClaimKind::Dental => "dental",
    };
    row(
        out,
        "kind of claim",
        &format!("{kind} (837{})", facts.kind.letter()),
    )?;
    let told = if facts.payer_told_by.is_empty() {
        "neither SBR09 nor ids and name tell which".to_owned()
    } else {
        format!("told by {}", facts.payer_told_by.join(" and "))
    };
    row(out, "payer", &format!("{}: {told}", facts.payer))?;
    if let Some(text) = &facts.filing_indicator {
        row(out, "SBR09", text)?;
    }
    if let (Some(contractor), Some(told)) = (facts.contractor, facts.contractor_told_by) {
        let contractor = contractor.to_ascii_uppercase();
        row(
            out,
            "contractor",
            &format!("{contractor} MAC: told by {told}"),
        )?;
    }
    if let Some(letter) = &facts.responsibility {
        let more = if facts.medicare_is_secondary {
            ": Medicare pays behind another payer here; KX is asked for all the same, and what counts toward a yearly amount is not certain"
        } else {
            ""
        };
        row(out, "responsibility", &format!("{letter}{more}"))?;
    }
    if let Some(bill) = &facts.type_of_bill {
        row(out, "type of bill", bill)?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, line: &LineSituation, standings: &mut StandingPage) -> io::Result<()> {
    let facts = &line.facts;
    heading(out, &format!("---- Line {} ----", facts.line))?;
    paragraph(out, &verdict(line))?;
    match facts.code {
        Some(code) => row(out, "code", &code.to_string())?,
        None => row(out, "code", "none that a policy could name")?,
    }
    row(out, "modifiers", &listed(&facts.modifiers))?;
    match facts.date {
        Some(date) => row(out, "date of service", &date.to_string())?,
        None => row(
            out,
            "date of service",
            "none: only policies without dates apply",
        )?,
    }
    if let Some(place) = &facts.place_of_service {
        row(out, "place", place)?;
    }
    if let Some(revenue) = &facts.revenue_code {
        row(out, "revenue code", revenue)?;
    }
    row(out, "diagnoses", &facts.diagnoses.to_string())?;
    if line.judged.is_empty() && !line.is_void {
        row(out, "policies", "none names this code")?;
    }
    if !line.judged.found.is_empty() {
        heading(out, "What was found")?;
    }
    for found in &line.judged.found {
        let severity = found.severity.as_str();
        let message = Printable(&found.message);
        item(
            out,
            &format!("{severity}[{}] {}: {message}", found.rule, found.name),
        )?;
        below_item(
            out,
            &format!("policy: {} ({})", found.policy, found.certainty.as_str()),
        )?;
        below_item(out, &format!("do: {}", found.advice))?;
    }
    for standing in &line.accounts {
        standings.standing(out, standing)?;
    }
    policies(
        out,
        "Policies that apply and found nothing",
        &line.judged.content,
    )?;
    changes(out, line)?;
    policies(
        out,
        "Policies that name the code and do not apply",
        &line.judged.not_applied,
    )
}

/// The answer in a sentence.
fn verdict(line: &LineSituation) -> String {
    let count = |severity: Severity| {
        let found = line.judged.found.iter();
        let count = found.filter(|found| found.severity == severity).count();
        let plural = plural(count as u64);
        let word = match severity {
            Severity::Info => "hint",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        (count > 0).then(|| format!("{count} {word}{plural}"))
    };
    let counts = [Severity::Error, Severity::Warning, Severity::Info].map(count);
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    if counts.is_empty() {
        "Nothing is found on this line.".into()
    } else {
        format!("Found on this line: {}.", counts.join(", "))
    }
}

fn policies(out: &mut dyn Write, text: &str, policies: &[Silent]) -> io::Result<()> {
    if policies.is_empty() {
        return Ok(());
    }
    heading(out, text)?;
    for Silent { policy, title, why } in policies {
        item(out, &format!("{policy}: {title} ({why})"))?;
    }
    Ok(())
}

fn changes(out: &mut dyn Write, line: &LineSituation) -> io::Result<()> {
    if line.changes.is_empty() && !line.is_bad {
        return Ok(());
    }
    heading(out, "What would change the verdict")?;
    if !line.is_tried {
        return paragraph(
            out,
            "Not tried for every line of so long a claim: --line asks about one.",
        );
    }
    if line.changes.is_empty() {
        paragraph(
            out,
            "No single modifier, added or taken away, leaves nothing to say.",
        )?;
    }
    if line.is_bad && line.facts.modifiers.len() >= 4 {
        paragraph(
            out,
            "All four places for modifiers are taken: nothing can be added.",
        )?;
    }
    for change in &line.changes {
        item(out, &outcome(change))?;
    }
    Ok(())
}

fn outcome(change: &Change) -> String {
    let modifier = change.modifier;
    let step = match change.step {
        Step::Add => format!("with {modifier}"),
        Step::Remove => format!("without {modifier}"),
        Step::Once => format!("with {modifier} only once"),
    };
    let finds = change.finds.iter();
    let finds: Vec<String> = finds
        .map(|then| format!("{}[{}]", then.severity.as_str(), then.rule))
        .collect();
    let then = if finds.is_empty() {
        "nothing is found".to_owned()
    } else {
        format!("{} is found", finds.join(", "))
    };
    let more = if change.other_lines {
        ", and another line of the claim is then found"
    } else {
        ""
    };
    format!("{step}: {then}{more}")
}

fn listed(modifiers: &[Modifier]) -> String {
    if modifiers.is_empty() {
        return "none".into();
    }
    let words: Vec<&str> = modifiers.iter().map(Modifier::as_str).collect();
    words.join(" ")
}
