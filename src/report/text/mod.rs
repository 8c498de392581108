//! `text`: findings for people, with the segment quoted and a caret under what is meant.

mod palette;
mod snippet;
mod summary;

use std::io::{self, BufWriter, Write};

use self::palette::Palette;
use self::snippet::Snippet;
use super::counted::{Between, NamedLine};
use super::display::{Dollars, Grouped, Printable, wrap};
use super::{Report, RunInfo};
use crate::finding::{
    CarriedEvidence, Certainty, ClaimOutcome, Confidence, CountedTotal, FileSummary, Finding,
    Notice, PolicyInfo, RuleInfo, RunSummary,
};
use crate::money::Cents;

/// Writes findings as compilers write theirs, grouped by file, and a table of totals.
pub struct TextReport {
    out: BufWriter<Box<dyn Write + Send>>,
    palette: Palette,
    columns: Columns,
    run: RunInfo,
    /// Notes that findings of the same policy share, by index of the policy, from the first finding on.
    /// First for rules that leave the answers of payers to the policy.
    policies: Vec<[Option<Box<PolicyNotes>>; 2]>,
    /// Whether the current file's name has been written as a heading.
    headed: bool,
}

impl TextReport {
    /// A report in colour or not, for a terminal of so many columns or for whatever shows it.
    pub fn new(writer: Box<dyn Write + Send>, color: bool, columns: Option<usize>) -> Self {
        Self {
            out: BufWriter::with_capacity(64 << 10, writer),
            palette: Palette::new(color),
            columns: Columns::of(columns),
            run: RunInfo::default(),
            policies: Vec::new(),
            headed: false,
        }
    }

    fn heading(&mut self, file: &str) -> io::Result<()> {
        if self.headed {
            return Ok(());
        }
        self.headed = true;
        let Palette { bold, reset, .. } = self.palette;
        let name = if file == "-" { "standard input" } else { file };
        writeln!(self.out, "{bold}== {} =={reset}\n", Printable(name))
    }

    fn finding(&mut self, file: &str, claim: &ClaimOutcome, finding: &Finding) -> io::Result<()> {
        let rule = self.run.catalogue.rule(finding.rule);
        let policy = self.run.catalogue.policy(finding.policy);
        let columns = self.columns;
        let notes = &mut self.policies[finding.policy.0 as usize];
        let kept = &mut notes[usize::from(rule.has_answers())];
        let notes = match kept {
            Some(notes) => notes,
            none => none.insert(Box::new(PolicyNotes::new(
                &self.palette,
                columns,
                rule,
                policy,
            )?)),
        };
        let line = finding
            .line
            .and_then(|index| claim.lines.get(index as usize));
        let Palette {
            frame, bold, reset, ..
        } = self.palette;
        let style = self.palette.severity(finding.severity);
        let out = &mut self.out;
        writeln!(
            out,
            "{style}{}[{}]{reset}{bold} {}: {}{reset}",
            finding.severity.as_str(),
            rule.code,
            rule.name,
            Printable(&finding.message)
        )?;
        write!(
            out,
            "  {frame}-->{reset} {}: {}",
            Printable(file),
            Printable(&claim.position(finding).to_string())
        )?;
        if let Some(dates) = line.and_then(|line| line.dates).or(claim.service_dates) {
            write!(out, "   {}", dates.from)?;
            if dates.to != dates.from {
                write!(out, " to {}", dates.to)?;
            }
        }
        if finding.at_risk > Cents::ZERO {
            write!(out, "   {} at risk", Dollars(finding.at_risk))?;
        }
        writeln!(out)?;
        writeln!(out, "   {frame}|{reset}")?;
        if let Some(line) = line {
            let span = finding.span;
            let snippet = Snippet::new(
                line.segment.as_bytes(),
                claim.delimiters,
                span,
                columns.quoted,
            );
            quote(out, &self.palette, style, &snippet)?;
        }
        out.write_all(&notes.why)?;
        match &finding.advice {
            Some(advice) => note(out, &self.palette, columns, "do", advice)?,
            None => out.write_all(&notes.advice)?,
        }
        out.write_all(&notes.denial)?;
        if let Some(counted) = &finding.counted {
            note(out, &self.palette, columns, "counted", &filled(counted))?;
        }
        out.write_all(&notes.record)?;
        if !policy.documentation.is_empty() {
            note(
                out,
                &self.palette,
                columns,
                "claim carries",
                &carried(claim, finding),
            )?;
        }
        out.write_all(&notes.support[finding.certainty as usize])?;
        writeln!(out)
    }
}

fn quote(out: &mut dyn Write, palette: &Palette, style: &str, snippet: &Snippet) -> io::Result<()> {
    let Palette { frame, reset, .. } = palette;
    writeln!(out, "   {frame}|{reset} {}", snippet.text)?;
    writeln!(
        out,
        "   {frame}|{reset} {:indent$}{style}{:^<width$}{reset}",
        "",
        "",
        indent = snippet.indent,
        width = snippet.width
    )
}

/// Notes that findings of the same policy share, as they are written.
struct PolicyNotes {
    why: Vec<u8>,
    /// Unless a finding has advice of its own.
    advice: Vec<u8>,
    denial: Vec<u8>,
    record: Vec<u8>,
    /// The policy and who says so, by certainty of the finding.
    support: [Vec<u8>; 3],
}

impl PolicyNotes {
    fn new(
        palette: &Palette,
        columns: Columns,
        rule: &RuleInfo,
        policy: &PolicyInfo,
    ) -> io::Result<Self> {
        let mut notes = Self {
            why: Vec::new(),
            advice: Vec::new(),
            denial: Vec::new(),
            record: Vec::new(),
            support: [const { Vec::new() }; 3],
        };
        note(&mut notes.why, palette, columns, "why", &policy.plain)?;
        if let Some(meaning) = &policy.meaning {
            note(&mut notes.why, palette, columns, "KX says", meaning)?;
        }
        note(&mut notes.advice, palette, columns, "do", &policy.advice)?;
        let denial = rule.denial_under(policy);
        if let Some((denial, codes)) = denial.and_then(|denial| Some((denial, denial.text()?))) {
            let support = denial.confidence.map_or("", Confidence::support);
            let text = format!("{codes}{support}");
            note(&mut notes.denial, palette, columns, "expect", &text)?;
        }
        if !policy.documentation.is_empty() {
            let text = policy.documentation.join("; ");
            note(&mut notes.record, palette, columns, "record", &text)?;
        }
        let documents: Vec<&str> = policy
            .sources
            .iter()
            .map(|source| source.document.as_str())
            .collect();
        for certainty in [Certainty::Possible, Certainty::Likely, Certainty::Certain] {
            let text = format!(
                "{}, {}; support: {}; sources: {}",
                policy.id,
                certainty.as_str(),
                policy.confidence.as_str(),
                documents.join("; ")
            );
            let support = &mut notes.support[certainty as usize];
            note(support, palette, columns, "policy", &text)?;
        }
        Ok(notes)
    }
}

/// Lines that the text report names.
const NAMED: usize = 3;

/// How a yearly amount came to be passed, in a sentence.
fn filled(counted: &CountedTotal) -> String {
    if let Some(passed) = &counted.passed_at {
        return format!("the amount was passed by {}", NamedLine(passed));
    }
    if counted.lines.is_empty() {
        return "nothing before this line".to_owned();
    }
    let skipped = counted.lines.len().saturating_sub(NAMED);
    let last: Vec<String> = counted.lines[skipped..]
        .iter()
        .map(|line| NamedLine(line).to_string())
        .collect();
    let lines = if counted.count == 1 { "line" } else { "lines" };
    format!(
        "{} {lines} before this one, {}; the last: {}",
        Grouped(counted.count),
        Between(counted.before),
        last.join("; ")
    )
}

/// What of the claim may point to what the record must show.
fn carried(claim: &ClaimOutcome, finding: &Finding) -> String {
    let evidence: Vec<_> = claim
        .evidence(finding)
        .map(CarriedEvidence::words)
        .collect();
    if evidence.is_empty() {
        "nothing that may point to it".to_owned()
    } else {
        evidence.join("; ")
    }
}

/// How wide the report is. Headlines and places are not broken.
#[derive(Clone, Copy)]
struct Columns {
    /// Of its sentences.
    sentences: usize,
    /// Of the segments that it quotes.
    quoted: usize,
}

impl Columns {
    /// For a terminal of so many columns, or for whatever shows it.
    fn of(terminal: Option<usize>) -> Self {
        // Narrower ones break what is written for this many.
        const NARROWEST: usize = 40;
        const SENTENCES: usize = 100;
        const QUOTED: usize = 160;
        // `   | ` before a segment, and an ellipsis before and behind it.
        const FRAME: usize = 7;
        let terminal = terminal.unwrap_or(usize::MAX).max(NARROWEST);
        Self {
            sentences: terminal.min(SENTENCES),
            quoted: (terminal - FRAME).min(QUOTED),
        }
    }
}

/// A sentence behind a label.
fn note(
    out: &mut dyn Write,
    palette: &Palette,
    columns: Columns,
    label: &str,
    text: &str,
) -> io::Result<()> {
    const INDENT: &str = "        ";
    let Palette {
        frame, bold, reset, ..
    } = palette;
    let text = Printable(text).to_string();
    let lines = wrap(&text, columns.sentences, label.len() + 7, INDENT.len());
    write!(out, "   {frame}={reset} {bold}{label}:{reset}")?;
    for (index, line) in lines.iter().enumerate() {
        let indent = if index == 0 { " " } else { INDENT };
        writeln!(out, "{indent}{line}")?;
    }
    Ok(())
}

impl Report for TextReport {
    fn begin(&mut self, run: &RunInfo) -> io::Result<()> {
        self.run = run.clone();
        self.policies = run
            .catalogue
            .policies
            .iter()
            .map(|_| [None, None])
            .collect();
        let Some(date) = run.as_of else {
            return Ok(());
        };
        let Palette { bold, reset, .. } = self.palette;
        writeln!(
            self.out,
            "{bold}hypothetical: every line judged as if its date of service were {date}{reset}\n"
        )
    }

    fn file_begin(&mut self, _name: &str) -> io::Result<()> {
        self.headed = false;
        Ok(())
    }

    fn notice(&mut self, file: &str, notice: &Notice) -> io::Result<()> {
        self.heading(file)?;
        let Palette { frame, reset, .. } = self.palette;
        let style = self.palette.level(notice.kind.level());
        writeln!(
            self.out,
            "{style}notice[{}]{reset} {}: {}",
            notice.kind.code(),
            notice.kind.name(),
            Printable(&notice.message)
        )?;
        writeln!(
            self.out,
            "  {frame}-->{reset} {}: {}",
            Printable(file),
            Printable(&notice.position.to_string())
        )?;
        if notice.repeats > 0 {
            writeln!(
                self.out,
                "   {frame}={reset} and {} more like this",
                Grouped(notice.repeats)
            )?;
        }
        writeln!(self.out)
    }

    fn claim(&mut self, file: &str, claim: &ClaimOutcome) -> io::Result<()> {
        for finding in &claim.findings {
            self.heading(file)?;
            self.finding(file, claim, finding)?;
        }
        Ok(())
    }

    fn file_end(&mut self, summary: &FileSummary) -> io::Result<()> {
        let counts = &summary.counts;
        let claims = if counts.claims == 1 {
            "claim"
        } else {
            "claims"
        };
        writeln!(
            self.out,
            "{}: {} {claims}, {} at risk in {} lines, {}\n",
            Printable(&summary.name),
            Grouped(counts.claims),
            Dollars(counts.charge_at_risk),
            Grouped(counts.lines_at_risk),
            if summary.complete {
                "complete"
            } else {
                "NOT complete"
            }
        )?;
        self.out.flush()
    }

    fn end(&mut self, summary: &RunSummary) -> io::Result<()> {
        summary::write(&mut self.out, &self.palette, &self.run.catalogue, summary)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::report::sample::{Shared, clean, play, risky, run};

    fn report(color: bool, claims: &[ClaimOutcome]) -> String {
        let out = Shared::default();
        play(
            &mut TextReport::new(Box::new(out.clone()), color, None),
            &run(),
            claims,
        );
        out.text()
    }

    #[test]
    fn a_finding_quotes_its_segment() {
        let text = report(
            false,
            &[clean("A36", 0, 1_000), risky("A37", 0, Severity::Error)],
        );
        let expected = "\
error[KX201] dme-without-coverage-modifier: E0601 carries none of KX, GA, GZ
  --> batch.edi: ISA 000000905 / ST 0021 / CLM A37 / LX 2 / SV101-3   2026-11-02   $120.00 at risk
   |
   | SV1*HC:E0601:RR*120*UN*1***1
   |        ^^^^^
   = why: Medicare wants to know whether the criteria are met.
   = KX says: The coverage criteria are met.
   = do: Append KX, GA or GZ
   = expect: CO-16 N822 (by a contractor's or trade page)
   = record: A sleep test
   = claim carries: attachment (PWK OZ)
   = policy: PAP, certain; support: verified; sources: LCD L33718
";
        assert!(text.contains(expected), "{text}");
        assert!(text.starts_with("== batch.edi ==\n"), "{text}");
        assert!(!text.contains("A36"), "clean claims are not listed: {text}");
        assert!(
            text.contains("notice[KX909] envelope-count-mismatch: SE01 says 5, counted 6\n"),
            "{text}"
        );
        assert!(text.contains("and 2 more like this"), "{text}");
        assert!(!text.contains('\x1b'), "{text}");
        for row in [
            "  claims                                 2\n",
            "  charge                         $1,240.00\n",
            "  charge at risk                   $120.00\n",
            "  KX201  dme-without-coverage-modifier                    1           $120.00\n",
            "complete: yes\n",
        ] {
            assert!(text.contains(row), "{row:?} in {text}");
        }
        assert!(!text.contains("JANE") && !text.contains("1EG4"), "{text}");
    }

    #[test]
    fn colours_only_when_asked_for_and_hostile_text_never_reaches_the_terminal() {
        let mut claim = risky("A\x1b[2J", 0, Severity::Warning);
        claim.lines[0].segment = "SV1*HC:\x1b]0;x\x07".into();
        let text = report(true, std::slice::from_ref(&claim));
        assert!(text.contains("\x1b[1;33mwarning[KX201]\x1b[0m"), "{text}");
        assert!(text.contains("CLM A\\x1b[2J"), "{text}");
        assert!(text.contains("SV1*HC:\\x1b]0;x\\x07"), "{text}");
        let plain = report(false, &[claim]);
        assert!(
            !plain.contains('\x1b') && !plain.contains('\x07'),
            "{plain}"
        );
    }

    #[test]
    fn a_narrow_terminal_gets_narrow_sentences_and_segments() {
        let mut claim = risky("A37", 0, Severity::Error);
        let ten = "1234567890".repeat(20);
        claim.lines[0].segment = format!("SV1*HC:E0601:RR*120*UN*1***1*{ten}")
            .as_bytes()
            .into();
        for (columns, longest) in [(Some(60), 59), (None, 166)] {
            let out = Shared::default();
            let mut report = TextReport::new(Box::new(out.clone()), false, columns);
            play(&mut report, &run(), std::slice::from_ref(&claim));
            let text = out.text();
            let framed = text.lines().filter(|line| line.starts_with("   "));
            let widths = framed.map(|line| line.chars().count());
            assert_eq!(widths.max(), Some(longest), "{text}");
            assert!(text.contains("   |        ^^^^^\n"), "{text}");
        }
    }

    #[test]
    fn an_incomplete_run_says_so() {
        let out = Shared::default();
        let mut report = TextReport::new(Box::new(out.clone()), false, None);
        report.begin(&run()).unwrap();
        report.end(&RunSummary::default()).unwrap();
        assert!(out.text().contains("complete: no"), "{}", out.text());
    }
}
