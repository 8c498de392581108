//! A comparison for people.

use std::fmt::Write as _;
use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::cli::failure::Failure;
use crate::finding::{ClaimOutcome, LineOutcome};
use crate::report::{Dollars, Grouped, Printable};

use super::Printer;
use super::change::{Change, Found, Seen, Sum, Totals};

const BOLD: Style = Style::new().bold();
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const CHANGED: Style = AnsiColor::Yellow.on_default();

/// Prints claim by claim.
pub struct Text<'o> {
    out: &'o mut dyn Write,
    /// The file whose name was printed last.
    file: String,
}

impl<'o> Text<'o> {
    /// Nothing is printed yet.
    pub fn new(out: &'o mut dyn Write) -> Self {
        Self {
            out,
            file: String::new(),
        }
    }

    fn change(&mut self, change: &Change<'_>) -> Result<(), Failure> {
        let Seen {
            finding,
            line,
            rule,
            policy,
        } = change.seen();
        let style = match change {
            Change::Added(_) => ADDED,
            Change::Removed(_) => REMOVED,
            Change::Changed(..) => CHANGED,
        };
        let place = line.map_or("the claim".to_owned(), describe);
        let certainty = finding.certainty.as_str();
        writeln!(
            self.out,
            "  {style}{}{style:#} {place}: {}[{}] {} (policy {}, {certainty})  {}",
            change.sign(),
            finding.severity.as_str(),
            rule.code,
            rule.name,
            policy.id,
            Dollars(finding.at_risk)
        )?;
        writeln!(self.out, "      {}", Printable(&finding.message))?;
        if let Some(before) = change.before() {
            for (what, was, is) in differences(&before, &change.seen()) {
                let (was, is) = (Printable(&was), Printable(&is));
                writeln!(self.out, "      {what}: {was} -> {is}")?;
            }
        }
        Ok(())
    }
}

/// What is not alike of two findings on one line under one rule.
fn differences(before: &Seen<'_>, after: &Seen<'_>) -> Vec<(&'static str, String, String)> {
    let (was, is) = (before.finding, after.finding);
    let rows = [
        (
            "severity",
            was.severity.as_str().to_owned(),
            is.severity.as_str().to_owned(),
        ),
        (
            "certainty",
            was.certainty.as_str().to_owned(),
            is.certainty.as_str().to_owned(),
        ),
        ("policy", before.policy.id.clone(), after.policy.id.clone()),
        (
            "at risk",
            Dollars(was.at_risk).to_string(),
            Dollars(is.at_risk).to_string(),
        ),
        ("message", was.message.clone(), is.message.clone()),
    ];
    rows.into_iter().filter(|(_, was, is)| was != is).collect()
}

/// `LX 2 E0601:RR:KX of 2026-03-05`.
fn describe(line: &LineOutcome) -> String {
    let mut text = format!(
        "LX {} {}",
        Printable(&line.number.display()),
        Printable(&line.code.display())
    );
    for modifier in &line.modifiers {
        text.push(':');
        text.push_str(modifier.as_str());
    }
    if let Some(dates) = line.dates {
        let _ = write!(text, " of {}", dates.from);
    }
    text
}

impl Printer for Text<'_> {
    fn claim(
        &mut self,
        file: &str,
        claim: &ClaimOutcome,
        changes: &[Change<'_>],
    ) -> Result<(), Failure> {
        if self.file != file {
            file.clone_into(&mut self.file);
            writeln!(self.out, "{BOLD}== {} =={BOLD:#}\n", Printable(file))?;
        }
        writeln!(
            self.out,
            "ISA {} / ST {} / CLM {}",
            Printable(&claim.envelope.isa13.display()),
            Printable(&claim.envelope.st02.display()),
            Printable(&claim.id.display())
        )?;
        for change in changes {
            self.change(change)?;
        }
        writeln!(self.out)?;
        Ok(())
    }

    fn end(&mut self, totals: &Totals) -> Result<(), Failure> {
        let out = &mut self.out;
        writeln!(out, "{BOLD}Summary{BOLD:#}")?;
        writeln!(
            out,
            "  {:<24}{:>10}{:>10}{:>18}",
            "", "findings", "lines", "at risk"
        )?;
        for (
            name,
            Found {
                findings,
                lines,
                at_risk,
            },
        ) in [("old", totals.old), ("new", totals.new)]
        {
            let (findings, lines) = (Grouped(findings), Grouped(lines));
            writeln!(
                out,
                "  {name:<24}{findings:>10}{lines:>10}{:>18}",
                Dollars(at_risk)
            )?;
        }
        for (name, Sum { findings, at_risk }) in [
            ("+ only new", totals.added),
            ("- only old", totals.removed),
            ("~ not alike", totals.changed),
        ] {
            let findings = Grouped(findings);
            writeln!(
                out,
                "  {name:<24}{findings:>10}{:>10}{:>18}",
                "",
                Dollars(at_risk)
            )?;
        }
        let complete = if totals.complete { "yes" } else { "no" };
        let same = if totals.is_same() { "yes" } else { "no" };
        writeln!(out, "\nsame: {same}\ncomplete: {complete}")?;
        Ok(())
    }
}
