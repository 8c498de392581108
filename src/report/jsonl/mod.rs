//! `jsonl`: JSON Lines for programs, one object per line with `type` and `data`.

#[cfg(test)]
mod definition;
mod json;
mod judged;
mod record;
#[cfg(test)]
mod schema;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use self::json::Json;
use self::judged::Judged;
use self::record::{Begin, End, FileEnd, NoticeRecord, Pack, Record, RuleRow, SCHEMA_VERSION};
use super::{Report, RunInfo};
use crate::finding::{Catalogue, ClaimOutcome, FileSummary, Notice, RuleId, RuleTotal, RunSummary};

/// Writes `begin`, per file `file_begin`, `notice`, `claim`, `finding` and `file_end`, then
/// `end`. The findings of a claim follow their claim.
pub struct JsonlReport {
    out: BufWriter<Box<dyn Write + Send>>,
    all_claims: bool,
    run: RunInfo,
    judged: Judged,
    /// The lines of a claim that are being written.
    lines: Json,
}

impl JsonlReport {
    /// A report of the claims with findings, or of all claims.
    pub fn new(writer: Box<dyn Write + Send>, all_claims: bool) -> Self {
        Self {
            out: BufWriter::with_capacity(64 << 10, writer),
            all_claims,
            run: RunInfo::default(),
            judged: Judged::default(),
            lines: Json::default(),
        }
    }
}

fn write(out: &mut impl Write, record: &Record<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}

fn by_rule<'a>(catalogue: &'a Catalogue, totals: &BTreeMap<RuleId, RuleTotal>) -> Vec<RuleRow<'a>> {
    totals
        .iter()
        .map(|(id, total)| {
            let rule = catalogue.rule(*id);
            RuleRow {
                rule: &rule.code,
                name: &rule.name,
                findings: total.findings,
                at_risk: total.at_risk,
            }
        })
        .collect()
}

impl Report for JsonlReport {
    fn wants_clean_claims(&self) -> bool {
        self.all_claims
    }

    fn begin(&mut self, run: &RunInfo) -> io::Result<()> {
        self.run = run.clone();
        self.judged = Judged::new(&run.catalogue, run.show_patient);
        let packs = run.packs.iter();
        let record = Record::Begin(Begin {
            program: "kx837",
            version: &run.version,
            schema: SCHEMA_VERSION,
            started: run.started.to_string(),
            packs: packs.map(|(id, version)| Pack { id, version }).collect(),
            show_patient: run.show_patient,
            select: &run.select,
            ignore: &run.ignore,
            as_of: run.as_of,
        });
        write(&mut self.out, &record)
    }

    fn file_begin(&mut self, name: &str) -> io::Result<()> {
        write(&mut self.out, &Record::FileBegin { file: name })
    }

    fn notice(&mut self, file: &str, notice: &Notice) -> io::Result<()> {
        let record = Record::Notice(NoticeRecord::new(file, notice));
        write(&mut self.out, &record)
    }

    fn claim(&mut self, file: &str, claim: &ClaimOutcome) -> io::Result<()> {
        if claim.findings.is_empty() && !self.all_claims {
            return Ok(());
        }
        self.lines.clear();
        self.judged.append(&mut self.lines, file, claim)?;
        self.out.write_all(self.lines.as_bytes())
    }

    fn file_end(&mut self, summary: &FileSummary) -> io::Result<()> {
        let record = Record::FileEnd(FileEnd {
            file: &summary.name,
            counts: &summary.counts,
            by_rule: by_rule(&self.run.catalogue, &summary.by_rule),
            complete: summary.complete,
        });
        write(&mut self.out, &record)?;
        self.out.flush()
    }

    fn end(&mut self, summary: &RunSummary) -> io::Result<()> {
        let record = Record::End(End {
            files: summary.files,
            counts: &summary.counts,
            by_rule: by_rule(&self.run.catalogue, &summary.by_rule),
            complete: summary.complete,
        });
        write(&mut self.out, &record)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::finding::Severity;
    use crate::report::sample::{Shared, clean, finding, play, risky, run};

    fn lines(all_claims: bool, show_patient: bool, claims: &[ClaimOutcome]) -> Vec<Value> {
        let out = Shared::default();
        let run = RunInfo {
            show_patient,
            select: vec!["KX2".into()],
            ignore: vec!["PAP".into(), "KX501".into()],
            as_of: show_patient.then(|| jiff::civil::date(2024, 2, 29)),
            ..run()
        };
        play(
            &mut JsonlReport::new(Box::new(out.clone()), all_claims),
            &run,
            claims,
        );
        let text = out.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn types(lines: &[Value]) -> Vec<&str> {
        lines
            .iter()
            .map(|line| line["type"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn claims_with_findings_unless_all_are_wanted() {
        let claims = [clean("A36", 0, 100), risky("A37", 0, Severity::Error)];
        assert_eq!(
            types(&lines(false, false, &claims)),
            [
                "begin",
                "file_begin",
                "notice",
                "claim",
                "finding",
                "file_end",
                "end"
            ]
        );
        let all = lines(true, false, &claims);
        assert_eq!(all[3]["data"]["claim"], "A36");
        assert_eq!(all[3]["data"]["findings"], 0);
        assert_eq!(all[3]["data"]["severity"], Value::Null);
    }

    #[test]
    fn a_finding_says_everything_about_itself() {
        let lines = lines(false, false, &[risky("A37", 0, Severity::Error)]);
        let data = &lines[4]["data"];
        for (field, value) in [
            ("rule", json!("KX201")),
            ("kind", json!("one-of")),
            ("at_risk", json!("120.00")),
            ("date_from", json!("2026-11-02")),
            ("advice", json!("Append KX, GA or GZ")),
            ("confidence", json!("verified")),
            ("billing_npi", json!("1234567893")),
            (
                "denial",
                json!({"group": "CO", "carc": "16", "rarc": "N822", "confidence": "secondary"}),
            ),
            (
                "position",
                json!({"isa13": "000000905", "gs06": "1", "st02": "0021", "offset": 900,
                    "ordinal": 31, "loop": "2400", "claim": "A37", "line": "2",
                    "reference": "SV101-3"}),
            ),
            ("patient", json!({"hash": "0000000000000abc"})),
        ] {
            assert_eq!(data[field], value, "{field}");
        }
        let end = &lines.last().unwrap()["data"];
        assert_eq!(end["counts"]["claims"], 1);
        assert_eq!(end["by_rule"][0]["at_risk"], "120.00");
        assert_eq!(end["complete"], true);
    }

    #[test]
    fn every_line_keeps_to_the_schema() {
        let mut claim_level = clean("A38", 1, 50);
        claim_level.findings = vec![finding(1, None, Severity::Warning)];
        claim_level.service_dates = None;
        claim_level.charge = None;
        let claims = [
            clean("A36", 0, 100),
            risky("A37", 0, Severity::Error),
            claim_level,
        ];
        for show_patient in [false, true] {
            for line in lines(true, show_patient, &claims) {
                let faults = schema::faults(&line);
                assert!(faults.is_empty(), "{faults:?} in {line}");
            }
        }
        let mut broken = lines(false, false, &claims).remove(4);
        broken["data"]["at_risk"] = json!(120.0);
        broken["data"].as_object_mut().unwrap().remove("rule");
        assert_eq!(schema::faults(&broken).len(), 2, "the check finds faults");
    }

    #[test]
    fn names_only_when_asked_for() {
        let claims = [risky("A37", 0, Severity::Error)];
        let hidden = format!("{:?}", lines(true, false, &claims));
        assert!(!hidden.contains("JANE") && !hidden.contains("DOE"));
        let shown = lines(true, true, &claims);
        assert_eq!(shown[4]["data"]["patient"]["first"], "JANE");
        assert!(!format!("{shown:?}").contains("1EG4"), "never a member id");
    }
}
