//! `csv`: one row per finding, for spreadsheets.

use std::io::{self, BufWriter, Write};

use memchr::memchr_iter;

use super::{Report, RunInfo, words};
use crate::date::{Date, DateRange, iso};
use crate::finding::{
    Catalogue, ClaimOutcome, DenialInfo, Finding, Notice, PolicyInfo, RuleInfo, RunSummary,
};
use crate::money::Cents;
use crate::text::Text;
use crate::x12::Position;

macro_rules! columns {
    ($($column:ident: $name:literal),* $(,)?) => {
        #[derive(Clone, Copy)]
        enum Column {
            $($column),*
        }

        /// The header. New columns are only ever added at the end.
        pub const COLUMNS: [&str; [$($name),*].len()] = [$($name),*];
    };
}

columns! {
    RecordType: "record_type",
    File: "file",
    Isa13: "isa13",
    Gs06: "gs06",
    St02: "st02",
    Claim: "claim",
    Line: "line",
    Loop: "loop",
    Reference: "reference",
    Offset: "offset",
    Ordinal: "ordinal",
    Rule: "rule",
    Name: "name",
    Kind: "kind",
    Severity: "severity",
    Certainty: "certainty",
    Policy: "policy",
    Title: "title",
    ClaimKind: "claim_kind",
    Code: "code",
    Modifiers: "modifiers",
    RevenueCode: "revenue_code",
    DateFrom: "date_from",
    DateTo: "date_to",
    Charge: "charge",
    AtRisk: "at_risk",
    Message: "message",
    Advice: "advice",
    Denial: "denial",
    Status: "status",
    Confidence: "confidence",
    Sources: "sources",
    Patient: "patient",
    BillingNpi: "billing_npi",
    PayerId: "payer_id",
    FilingIndicator: "filing_indicator",
    Repeats: "repeats",
    MustShow: "must_show",
    OnClaim: "on_claim",
}

/// Writes a header, a row per finding and notice in file order, and an `end` row whose message
/// says the counts and whether the report is complete.
pub struct CsvReport {
    out: BufWriter<Box<dyn Write + Send>>,
    run: RunInfo,
    row: Row,
    /// The row as it is written.
    text: Vec<u8>,
}

/// Values of the row that is being filled, in the order of [`COLUMNS`].
struct Row([Vec<u8>; COLUMNS.len()]);

impl Row {
    const fn new() -> Self {
        Self([const { Vec::new() }; COLUMNS.len()])
    }

    fn begin(&mut self, record_type: &str, file: &str) {
        self.0.iter_mut().for_each(Vec::clear);
        self.set(Column::RecordType, record_type);
        self.set(Column::File, file);
    }

    fn cell(&mut self, column: Column) -> &mut Vec<u8> {
        &mut self.0[column as usize]
    }

    fn set(&mut self, column: Column, value: &str) {
        self.cell(column).extend_from_slice(value.as_bytes());
    }

    fn set_text(&mut self, column: Column, value: &Text) {
        self.set(column, &value.display());
    }

    fn set_number(&mut self, column: Column, value: u64) {
        self.set(column, itoa::Buffer::new().format(value));
    }

    fn set_cents(&mut self, column: Column, value: Cents) {
        self.cell(column)
            .extend_from_slice(value.decimal().as_bytes());
    }

    /// Several values in one cell.
    fn add<T: AsRef<[u8]>>(
        &mut self,
        column: Column,
        separator: &[u8],
        values: impl IntoIterator<Item = T>,
    ) {
        let cell = self.cell(column);
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                cell.extend_from_slice(separator);
            }
            cell.extend_from_slice(value.as_ref());
        }
    }

    fn set_position(&mut self, position: &Position) {
        self.set_text(Column::Isa13, &position.envelope.isa13);
        self.set_text(Column::Gs06, &position.envelope.gs06);
        self.set_text(Column::St02, &position.envelope.st02);
        if let Some(claim) = &position.claim {
            self.set_text(Column::Claim, claim);
        }
        if let Some(line) = &position.line {
            self.set_text(Column::Line, line);
        }
        self.set(Column::Loop, position.loop_id);
        if let Some(reference) = position.reference {
            match reference.plain(&mut [0; 8]) {
                Some(text) => self.set(Column::Reference, text),
                None => self.set(Column::Reference, &reference.to_string()),
            }
        }
        self.set_number(Column::Offset, position.place.offset);
        self.set_number(Column::Ordinal, position.place.ordinal);
    }

    fn set_date(&mut self, column: Column, date: Date) {
        match iso(date) {
            Some(text) => self.cell(column).extend_from_slice(&text),
            None => self.set(column, &date.to_string()),
        }
    }

    fn set_dates(&mut self, dates: Option<DateRange>) {
        if let Some(dates) = dates {
            self.set_date(Column::DateFrom, dates.from);
            self.set_date(Column::DateTo, dates.to);
        }
    }

    fn set_policy(&mut self, rule: &RuleInfo, policy: &PolicyInfo) {
        self.set(Column::Policy, &policy.id);
        self.set(Column::Confidence, policy.confidence.as_str());
        if let Some(denial) = rule.denial_under(policy).and_then(DenialInfo::text) {
            self.set(Column::Denial, &denial);
        }
        if let Some(status) = rule.status_under(policy) {
            self.set(Column::Status, &status.primary);
        }
        let sources = policy.sources.iter().map(|source| &source.document);
        self.add(Column::Sources, b"; ", sources);
        self.add(Column::MustShow, b"; ", &policy.documentation);
    }

    fn set_finding(&mut self, catalogue: &Catalogue, claim: &ClaimOutcome, finding: &Finding) {
        let rule = catalogue.rule(finding.rule);
        let policy = catalogue.policy(finding.policy);
        self.set_position(&claim.position(finding));
        self.set(Column::Rule, &rule.code);
        self.set(Column::Name, &rule.name);
        self.set(Column::Kind, rule.kind.as_str());
        self.set(Column::Title, &rule.title);
        self.set(Column::Severity, finding.severity.as_str());
        self.set(Column::Certainty, finding.certainty.as_str());
        self.set_policy(rule, policy);
        self.cell(Column::ClaimKind).push(claim.kind.letter() as u8);
        let line = finding
            .line
            .and_then(|index| claim.lines.get(index as usize));
        if let Some(line) = line {
            self.set_text(Column::Code, &line.code);
            let modifiers = line.modifiers.iter().map(|modifier| modifier.bytes());
            self.add(Column::Modifiers, b" ", modifiers);
            self.set_text(Column::RevenueCode, &line.revenue_code);
            self.set_dates(line.dates);
        } else {
            self.set_dates(claim.service_dates);
        }
        if let Some(charge) = line.map_or(claim.charge, |line| line.charge) {
            self.set_cents(Column::Charge, charge);
        }
        self.set_cents(Column::AtRisk, finding.at_risk);
        self.set(Column::Message, &finding.message);
        let advice = finding.advice.as_deref().unwrap_or(&policy.advice);
        self.set(Column::Advice, advice);
        let evidence = claim.evidence(finding).map(ToString::to_string);
        self.add(Column::OnClaim, b"; ", evidence);
        self.cell(Column::Patient)
            .extend_from_slice(&claim.patient.hash.digits());
        self.set_text(Column::BillingNpi, &claim.billing_provider.npi());
        self.set_text(Column::PayerId, &claim.payer.id);
        self.set_text(Column::FilingIndicator, &claim.payer.filing_indicator);
    }

    fn append_to(&self, out: &mut Vec<u8>) {
        for (index, cell) in self.0.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            append_cell(out, cell);
        }
        out.push(b'\n');
    }
}

impl CsvReport {
    /// A report that writes to `writer`.
    pub fn new(writer: Box<dyn Write + Send>) -> Self {
        Self {
            out: BufWriter::with_capacity(64 << 10, writer),
            run: RunInfo::default(),
            row: Row::new(),
            text: Vec::new(),
        }
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.text.clear();
        self.row.append_to(&mut self.text);
        self.out.write_all(&self.text)
    }
}

/// A cell, in quotes if it must be.
#[inline]
fn append_cell(out: &mut Vec<u8>, value: &[u8]) {
    if value.is_empty() {
        return;
    }
    let quoted = words::any(value, |word| {
        words::equals(word, b'"')
            | words::equals(word, b',')
            | words::equals(word, b'\n')
            | words::equals(word, b'\r')
    });
    if quoted {
        out.push(b'"');
    }
    if is_dangerous(value) {
        out.push(b'\'');
    }
    if !quoted {
        out.extend_from_slice(value);
        return;
    }
    let mut from = 0;
    for quote in memchr_iter(b'"', value) {
        // Twice: once here, and once more as the beginning of the next part.
        out.extend_from_slice(&value[from..=quote]);
        from = quote;
    }
    out.extend_from_slice(&value[from..]);
    out.push(b'"');
}

/// True for a cell that a spreadsheet would run as a formula, which a leading apostrophe keeps it from: what begins
/// like one, unless it is a plain negative number.
fn is_dangerous(value: &[u8]) -> bool {
    match value {
        [b'-', rest @ ..] => {
            rest.is_empty() || !rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.'))
        }
        [b'=' | b'+' | b'@' | b'\t' | b'\r' | b'\n', ..] => true,
        _ => false,
    }
}

impl Report for CsvReport {
    fn begin(&mut self, run: &RunInfo) -> io::Result<()> {
        self.run = run.clone();
        writeln!(self.out, "{}", COLUMNS.join(","))
    }

    fn notice(&mut self, file: &str, notice: &Notice) -> io::Result<()> {
        let row = &mut self.row;
        row.begin("notice", file);
        row.set_position(&notice.position);
        row.set(Column::Rule, notice.kind.code());
        row.set(Column::Name, notice.kind.name());
        row.set(Column::Severity, notice.kind.level().as_str());
        row.set(Column::Message, &notice.message);
        row.set_number(Column::Repeats, notice.repeats);
        self.end_row()
    }

    fn claim(&mut self, file: &str, claim: &ClaimOutcome) -> io::Result<()> {
        for finding in &claim.findings {
            self.row.begin("finding", file);
            self.row.set_finding(&self.run.catalogue, claim, finding);
            self.end_row()?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &RunSummary) -> io::Result<()> {
        let counts = &summary.counts;
        let as_of = self.run.as_of;
        let as_of = as_of.map_or(String::new(), |date| format!("as_of={date} "));
        self.row.begin("end", "");
        self.row.set_cents(Column::Charge, counts.charge);
        self.row.set_cents(Column::AtRisk, counts.charge_at_risk);
        self.row.set(
            Column::Message,
            &format!(
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
    use proptest::collection::vec;
    use proptest::prelude::*;

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
            let mut cell = Vec::new();
            append_cell(&mut cell, value.as_bytes());
            assert_eq!(cell, safe.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn rows_are_read_as_they_were_filled(
            values in vec("([ -~]|[\",\r\n\t=+@-]|\\PC){0,12}", COLUMNS.len()),
        ) {
            let mut row = Row::new();
            let mut theirs = csv::Writer::from_writer(Vec::new());
            for (cell, value) in row.0.iter_mut().zip(&values) {
                cell.extend_from_slice(value.as_bytes());
                let apostrophe = if is_dangerous(value.as_bytes()) { "'" } else { "" };
                theirs.write_field(format!("{apostrophe}{value}")).unwrap();
            }
            theirs.write_record(None::<&[u8]>).unwrap();
            let mut ours = Vec::new();
            row.append_to(&mut ours);
            prop_assert_eq!(ours, theirs.into_inner().unwrap());
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_known_as_such() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut report = CsvReport::new(Box::new(Gone));
        report.begin(&run()).unwrap();
        let error = report.end(&RunSummary::default()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_tax_number_is_not_shown_as_an_npi() {
        let mut claim = risky("A37", 0, Severity::Error);
        claim.billing_provider.id_qualifier = "34".into();
        claim.billing_provider.id = "000000000".into();
        assert_eq!(cell(&rows(&[claim])[2], "billing_npi"), "");
    }
}
