//! `csv`: one row per finding, for spreadsheets.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{Report, RunInfo};
use crate::code::Modifier;
use crate::date::DateRange;
use crate::finding::{ClaimOutcome, DenialInfo, Finding, Notice, PolicyInfo, RunSummary};
use crate::x12::Position;

/// The header. New columns are only ever added at the end.
pub const COLUMNS: [&str; 39] = [
    "record_type",
    "file",
    "isa13",
    "gs06",
    "st02",
    "claim",
    "line",
    "loop",
    "reference",
    "offset",
    "ordinal",
    "rule",
    "name",
    "kind",
    "severity",
    "certainty",
    "policy",
    "title",
    "claim_kind",
    "code",
    "modifiers",
    "revenue_code",
    "date_from",
    "date_to",
    "charge",
    "at_risk",
    "message",
    "advice",
    "denial",
    "status",
    "confidence",
    "sources",
    "patient",
    "billing_npi",
    "payer_id",
    "filing_indicator",
    "repeats",
    "must_show",
    "on_claim",
];

/// Writes a header, a row per finding and notice in file order, and an `end` row whose message
/// says the counts and whether the report is complete.
pub struct CsvReport {
    out: csv::Writer<Box<dyn Write + Send>>,
    run: RunInfo,
    /// Values of the row that is being filled, in the order of [`COLUMNS`].
    row: Vec<String>,
}

impl CsvReport {
    /// A report that writes to `writer`.
    pub fn new(writer: Box<dyn Write + Send>) -> Self {
        Self {
            out: csv::Writer::from_writer(writer),
            run: RunInfo::default(),
            row: Vec::new(),
        }
    }

    fn begin_row(&mut self, record_type: &str, file: &str) {
        self.row.clear();
        self.row.resize(COLUMNS.len(), String::new());
        self.set("record_type", record_type);
        self.set("file", file);
    }

    fn set(&mut self, column: &str, value: impl Into<String>) {
        let index = COLUMNS.iter().position(|name| *name == column);
        debug_assert!(index.is_some(), "no column {column}");
        if let Some(slot) = index.and_then(|index| self.row.get_mut(index)) {
            *slot = value.into();
        }
    }

    fn end_row(&mut self) -> io::Result<()> {
        for value in &self.row {
            self.out.write_field(safe_cell(value).as_bytes())?;
        }
        self.out.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn set_position(&mut self, position: &Position) {
        self.set("isa13", position.envelope.isa13.display());
        self.set("gs06", position.envelope.gs06.display());
        self.set("st02", position.envelope.st02.display());
        if let Some(claim) = &position.claim {
            self.set("claim", claim.display());
        }
        if let Some(line) = &position.line {
            self.set("line", line.display());
        }
        self.set("loop", position.loop_id);
        if let Some(reference) = position.reference {
            self.set("reference", reference.to_string());
        }
        self.set("offset", position.place.offset.to_string());
        self.set("ordinal", position.place.ordinal.to_string());
    }

    fn set_dates(&mut self, dates: Option<DateRange>) {
        if let Some(dates) = dates {
            self.set("date_from", dates.from.to_string());
            self.set("date_to", dates.to.to_string());
        }
    }

    fn set_policy(&mut self, policy: &PolicyInfo) {
        self.set("policy", policy.id.as_str());
        self.set("confidence", policy.confidence.as_str());
        if let Some(denial) = policy.denial.as_ref().and_then(DenialInfo::text) {
            self.set("denial", denial);
        }
        if let Some(status) = &policy.status {
            self.set("status", status.primary.as_str());
        }
        let sources: Vec<_> = policy
            .sources
            .iter()
            .map(|source| source.document.as_str())
            .collect();
        self.set("sources", sources.join("; "));
    }

    fn finding(&mut self, file: &str, claim: &ClaimOutcome, finding: &Finding) -> io::Result<()> {
        let catalogue = self.run.catalogue.clone();
        let rule = catalogue.rule(finding.rule);
        let policy = catalogue.policy(finding.policy);
        self.begin_row("finding", file);
        self.set_position(&claim.position(finding));
        self.set("rule", rule.code.as_str());
        self.set("name", rule.name.as_str());
        self.set("kind", rule.kind.as_str());
        self.set("title", rule.title.as_str());
        self.set("severity", finding.severity.as_str());
        self.set("certainty", finding.certainty.as_str());
        self.set_policy(policy);
        self.set("claim_kind", claim.kind.letter());
        let line = finding
            .line
            .and_then(|index| claim.lines.get(index as usize));
        if let Some(line) = line {
            self.set("code", line.code.display());
            let modifiers: Vec<_> = line.modifiers.iter().map(Modifier::as_str).collect();
            self.set("modifiers", modifiers.join(" "));
            self.set("revenue_code", line.revenue_code.display());
            self.set_dates(line.dates);
        } else {
            self.set_dates(claim.service_dates);
        }
        if let Some(charge) = line.map_or(claim.charge, |line| line.charge) {
            self.set("charge", charge.to_string());
        }
        self.set("at_risk", finding.at_risk.to_string());
        self.set("message", finding.message.as_str());
        self.set(
            "advice",
            finding.advice.as_deref().unwrap_or(&policy.advice),
        );
        self.set("must_show", policy.documentation.join("; "));
        let evidence: Vec<_> = claim.evidence(finding).map(ToString::to_string).collect();
        self.set("on_claim", evidence.join("; "));
        self.set("patient", claim.patient.hash.to_string());
        self.set("billing_npi", claim.billing_provider.npi().display());
        self.set("payer_id", claim.payer.id.display());
        self.set("filing_indicator", claim.payer.filing_indicator.display());
        self.end_row()
    }
}

/// Keeps a spreadsheet from running a cell as a formula: what begins like one gets a leading
/// apostrophe, unless it is a plain negative number.
fn safe_cell(value: &str) -> Cow<'_, str> {
    let dangerous = match value.as_bytes() {
        [b'-', rest @ ..] => {
            rest.is_empty() || !rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.'))
        }
        [b'=' | b'+' | b'@' | b'\t' | b'\r' | b'\n', ..] => true,
        _ => false,
    };
    if dangerous {
        Cow::Owned(format!("'{value}"))
    } else {
        Cow::Borrowed(value)
    }
}

impl Report for CsvReport {
    fn begin(&mut self, run: &RunInfo) -> io::Result<()> {
        self.run = run.clone();
        self.out.write_record(COLUMNS)?;
        Ok(())
    }

    fn notice(&mut self, file: &str, notice: &Notice) -> io::Result<()> {
        self.begin_row("notice", file);
        self.set_position(&notice.position);
        self.set("rule", notice.kind.code());
        self.set("name", notice.kind.name());
        self.set("severity", notice.kind.level().as_str());
        self.set("message", notice.message.as_str());
        self.set("repeats", notice.repeats.to_string());
        self.end_row()
    }

    fn claim(&mut self, file: &str, claim: &ClaimOutcome) -> io::Result<()> {
        claim
            .findings
            .iter()
            .try_for_each(|finding| self.finding(file, claim, finding))
    }

    fn end(&mut self, summary: &RunSummary) -> io::Result<()> {
        let counts = &summary.counts;
        let as_of = self.run.as_of;
        let as_of = as_of.map_or(String::new(), |date| format!("as_of={date} "));
        self.begin_row("end", "");
        self.set("charge", counts.charge.to_string());
        self.set("at_risk", counts.charge_at_risk.to_string());
        self.set(
            "message",
            format!(
                "{as_of}files={} claims={} lines={} lines_with_kx={} claims_at_risk={} lines_at_risk={} \
                 errors={} warnings={} infos={} notices={} complete={}",
                summary.files,
                counts.claims,
                counts.lines,
                counts.lines_with_kx,
                counts.claims_at_risk,
                counts.lines_at_risk,
                counts.errors,
                counts.warnings,
                counts.infos,
                counts.notices,
                summary.complete
            ),
        );
        self.end_row()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::report::sample::{Shared, clean, play, risky, run};

    fn rows(claims: &[ClaimOutcome]) -> Vec<csv::StringRecord> {
        let out = Shared::default();
        play(&mut CsvReport::new(Box::new(out.clone())), &run(), claims);
        csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(out.text().as_bytes())
            .records()
            .map(Result::unwrap)
            .collect()
    }

    fn cell<'a>(row: &'a csv::StringRecord, column: &str) -> &'a str {
        &row[COLUMNS.iter().position(|name| *name == column).unwrap()]
    }

    #[test]
    fn one_row_per_finding_and_an_end() {
        let rows = rows(&[clean("A36", 0, 100), risky("A37", 0, Severity::Error)]);
        assert_eq!(rows.len(), 4, "header, notice, finding, end");
        assert!(rows[0].iter().eq(COLUMNS));
        assert_eq!(cell(&rows[1], "record_type"), "notice");
        assert_eq!(cell(&rows[1], "repeats"), "2");
        for (column, value) in [
            ("record_type", "finding"),
            ("claim", "A37"),
            ("line", "2"),
            ("reference", "SV101-3"),
            ("rule", "KX201"),
            ("modifiers", "RR"),
            ("date_from", "2026-11-02"),
            ("charge", "120.00"),
            ("advice", "Append KX, GA or GZ"),
            ("denial", "CO-16 N822"),
            ("status", "A6:453"),
            ("patient", "0000000000000abc"),
            ("billing_npi", "1234567893"),
        ] {
            assert_eq!(cell(&rows[2], column), value, "{column}");
        }
        assert_eq!(cell(&rows[3], "record_type"), "end");
        let message = cell(&rows[3], "message");
        assert!(message.contains("claims=2 lines=4"), "{message}");
        assert!(message.ends_with("complete=true"), "{message}");
    }

    #[test]
    fn no_cell_is_a_formula() {
        let rows = rows(&[risky("=1+1", 0, Severity::Error)]);
        assert_eq!(cell(&rows[2], "claim"), "'=1+1");
        for (value, safe) in [
            ("-1.50", "-1.50"),
            ("-1+2", "'-1+2"),
            ("-", "'-"),
            ("+1", "'+1"),
            ("@A1", "'@A1"),
            ("\t=1", "'\t=1"),
            ("A=1", "A=1"),
            ("", ""),
        ] {
            assert_eq!(safe_cell(value), safe);
        }
    }

    #[test]
    fn a_tax_number_is_not_shown_as_an_npi() {
        let mut claim = risky("A37", 0, Severity::Error);
        claim.billing_provider.id_qualifier = "34".into();
        claim.billing_provider.id = "000000000".into();
        assert_eq!(cell(&rows(&[claim])[2], "billing_npi"), "");
    }
}
