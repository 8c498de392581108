//! Invented outcomes for the tests of reports. Names and numbers are nobody's.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use jiff::civil::date;
use smallvec::smallvec;

use super::{Report, RunInfo};
use crate::code::Modifier;
use crate::date::DateRange;
use crate::finding::{
    BillingProvider, CarriedEvidence, Catalogue, Certainty, ClaimKind, ClaimOutcome, Confidence,
    DenialInfo, EvidenceElement, EvidenceLevel, FileSummary, Finding, GroupInfo, HeadingParty,
    InterchangeInfo, LineOutcome, Notice, NoticeKind, PatientOutcome, PayerOutcome, PolicyId,
    PolicyInfo, RuleId, RuleInfo, RuleKind, RunSummary, Severity, Source, StatusInfo,
    TransactionSetInfo,
};
use crate::money::Cents;
use crate::phi::{PatientHash, Phi};
use crate::text::Text;
use crate::x12::{Delimiters, ElementReference, EnvelopeIds, Position, SegmentPlace};

/// A writer whose bytes can be read while a report owns it.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn rule(code: &str, name: &str, kind: RuleKind) -> RuleInfo {
    RuleInfo {
        code: code.into(),
        name: name.into(),
        kind,
        title: format!("Title of {name}"),
        plain: format!("Plain words about {name}."),
        details: String::new(),
        denial: None,
        status: None,
    }
}

fn policy(id: &str, rule: &str, status: Option<(&str, Option<&str>)>) -> PolicyInfo {
    PolicyInfo {
        id: id.into(),
        pack: "sample".into(),
        title: format!("Title of {id}"),
        rule: rule.into(),
        codes: vec!["E0601".into()],
        severity: Severity::Error,
        certainty: Certainty::Certain,
        effective_from: None,
        effective_to: None,
        meaning: Some("The coverage criteria are met.".into()),
        advice: "Append KX, GA or GZ".into(),
        documentation: vec!["A sleep test".into()],
        denial: Some(DenialInfo {
            group: Some("CO".into()),
            carc: Some("16".into()),
            rarc: Some("N822".into()),
            confidence: Some(Confidence::Secondary),
        }),
        status: status.map(|(primary, secondary)| StatusInfo {
            primary: primary.into(),
            secondary: secondary.map(Into::into),
        }),
        plain: "Medicare wants to know whether the criteria are met.".into(),
        lcd: None,
        article: None,
        ncd: None,
        sources: vec![Source {
            document: "LCD L33718".into(),
            url: Some("https://www.cms.gov/".into()),
        }],
        confidence: Confidence::Verified,
    }
}

/// The catalogue: rule 0 with policy 0 has a status, rule 1 with policy 1 has none.
pub fn run() -> RunInfo {
    RunInfo {
        version: "0.1.0".into(),
        started: date(2026, 11, 23).at(9, 15, 30, 0),
        catalogue: Arc::new(Catalogue {
            rules: vec![
                rule("KX201", "dme-without-coverage-modifier", RuleKind::OneOf),
                rule("KX501", "conflicting-modifiers", RuleKind::Conflict),
            ],
            policies: vec![
                policy("PAP", "KX201", Some(("A6:453", Some("A6:454")))),
                policy("CONFLICT", "KX501", None),
            ],
        }),
        packs: vec![("sample".into(), "2026.11".into())],
        ..RunInfo::default()
    }
}

pub fn interchange() -> InterchangeInfo {
    InterchangeInfo {
        control_number: "000000905".into(),
        sender_qualifier: "ZZ".into(),
        sender_id: "SUBMIT01".into(),
        receiver_qualifier: "ZZ".into(),
        receiver_id: "KXSCREEN".into(),
        version: "00501".into(),
        usage: "T".into(),
        date: "261123".into(),
        time: "0900".into(),
        invalid_elements: Vec::new(),
        delimiters: Delimiters::default(),
    }
}

pub fn group() -> GroupInfo {
    GroupInfo {
        functional_id: "HC".into(),
        sender: "SUBMIT01".into(),
        receiver: "KXSCREEN".into(),
        control_number: "1".into(),
        version: "005010X222A1".into(),
    }
}

pub fn set(st02: &str) -> TransactionSetInfo {
    TransactionSetInfo {
        control_number: st02.into(),
        group_control_number: "1".into(),
        application_sender: "SUBMIT01".into(),
        application_receiver: "KXSCREEN".into(),
        guide: "005010X222A1".into(),
        implementation: "005010X222A1".into(),
        batch_reference: "BATCH0001".into(),
        submitter: HeadingParty {
            last_or_organization: "EXAMPLE BILLING LLC".into(),
            id_qualifier: "46".into(),
            id: "SUBMIT01".into(),
            ..HeadingParty::default()
        },
        receiver: HeadingParty {
            last_or_organization: "EXAMPLE PAYER".into(),
            id_qualifier: "46".into(),
            id: "12345".into(),
            ..HeadingParty::default()
        },
    }
}

/// A claim without findings.
pub fn clean(id: &str, provider: u32, dollars: i64) -> ClaimOutcome {
    ClaimOutcome {
        is_whole: true,
        envelope: EnvelopeIds {
            isa13: "000000905".into(),
            gs06: "1".into(),
            st02: "0021".into(),
        },
        delimiters: Delimiters::default(),
        kind: ClaimKind::Professional,
        place: SegmentPlace {
            offset: 700,
            ordinal: 20,
        },
        id: id.into(),
        charge: Some(Cents::from_dollars(dollars)),
        facility: "11".into(),
        frequency: "1".into(),
        service_dates: DateRange::new(date(2026, 11, 2), date(2026, 11, 5)),
        statement_dates: None,
        clearinghouse_trace: "TRACE0001".into(),
        billing_provider: BillingProvider {
            id_qualifier: "XX".into(),
            id: "1234567893".into(),
            tax_id: Phi::default(),
            is_person: false,
            last_or_organization: "SAMPLE THERAPY CLINIC".into(),
            first: Text::default(),
            loop_ordinal: provider,
        },
        patient: PatientOutcome {
            hash: PatientHash(0xabc),
            last: Phi::new("DOE".into()),
            first: Phi::new("JANE".into()),
            middle: Phi::default(),
            suffix: Phi::default(),
            member_id_qualifier: "MI".into(),
            member_id: Phi::new("1EG4TE5MK73".into()),
        },
        payer: PayerOutcome {
            id: "12345".into(),
            name: "EXAMPLE PAYER".into(),
            responsibility: "P".into(),
            filing_indicator: "MB".into(),
        },
        evidence: Vec::new(),
        line_count: 2,
        lines: Vec::new(),
        findings: Vec::new(),
    }
}

/// A line of $120.00 with E0601 RR.
pub fn line(number: &str) -> LineOutcome {
    LineOutcome {
        place: SegmentPlace {
            offset: 900,
            ordinal: 31,
        },
        number: number.into(),
        revenue_code: Text::default(),
        qualifier: "HC".into(),
        code: "E0601".into(),
        modifiers: smallvec![Modifier::new(b"RR").unwrap()],
        charge: Some(Cents::from_dollars(120)),
        units: "1".into(),
        unit_basis: "UN".into(),
        dates: Some(DateRange::day(date(2026, 11, 2))),
        control_number: Text::default(),
        evidence: vec![CarriedEvidence {
            element: EvidenceElement::Paperwork,
            qualifier: "OZ".into(),
            level: EvidenceLevel::Line,
            date: None,
        }],
        diagnosis_count: 1,
        segment: "SV1*HC:E0601:RR*120*UN*1***1".into(),
    }
}

/// A finding of rule and policy `index` on the line with this index.
pub fn finding(index: u16, line: Option<u32>, severity: Severity) -> Finding {
    Finding {
        rule: RuleId(index),
        policy: PolicyId(u32::from(index)),
        severity,
        certainty: Certainty::Certain,
        line,
        reference: ElementReference::new(b"SV1", 1, 3),
        span: (7, 12),
        message: "E0601 carries none of KX, GA, GZ".into(),
        advice: None,
        at_risk: Cents::from_dollars(120),
        counted: None,
    }
}

/// A claim with one finding on its only listed line, LX 2.
pub fn risky(id: &str, provider: u32, severity: Severity) -> ClaimOutcome {
    ClaimOutcome {
        lines: vec![line("2")],
        findings: vec![finding(0, Some(0), severity)],
        ..clean(id, provider, 240)
    }
}

/// Three providers, clean and risky claims, all kinds of claim.
pub fn batch() -> Vec<ClaimOutcome> {
    let mut institutional = risky("CLM-4", 1, Severity::Error);
    institutional.kind = ClaimKind::Institutional;
    institutional.facility = "13".into();
    institutional.lines[0].revenue_code = "0420".into();
    institutional.lines[0].control_number = "LINE0001".into();
    let mut bare = line("3");
    bare.code = Text::default();
    bare.revenue_code = "0420".into();
    bare.units = "not a number".into();
    institutional.lines.push(bare);
    for index in [1, 0] {
        institutional
            .findings
            .push(finding(index, Some(1), Severity::Error));
    }
    let mut dental = risky("CLM-5", 2, Severity::Error);
    dental.kind = ClaimKind::Dental;
    dental.lines[0].qualifier = "AD".into();
    dental.lines[0].code = "D0120".into();
    dental.lines[0].modifiers = smallvec![Modifier::KX];
    dental.charge = Some(Cents(12_345));
    dental.billing_provider.is_person = true;
    dental.billing_provider.last_or_organization = "DRILL".into();
    dental.billing_provider.first = "D".into();
    vec![
        clean("CLM-1", 0, 180),
        risky("CLM-2", 0, Severity::Error),
        risky("CLM-3", 0, Severity::Warning),
        institutional,
        dental,
    ]
}

/// Plays one file with one interchange and one transaction set to a report.
pub fn play(report: &mut dyn Report, run: &RunInfo, claims: &[ClaimOutcome]) {
    let mut file = FileSummary::new("batch.edi");
    report.begin(run).unwrap();
    report.file_begin("batch.edi").unwrap();
    report.interchange_begin(&interchange()).unwrap();
    report.group_begin(&group()).unwrap();
    report.transaction_set_begin(&set("0021")).unwrap();
    let notice = Notice {
        repeats: 2,
        ..Notice::new(
            NoticeKind::EnvelopeCountMismatch,
            Position::default(),
            "SE01 says 5, counted 6",
        )
    };
    report.notice("batch.edi", &notice).unwrap();
    file.count_notice(&notice);
    for claim in claims {
        file.counts.claims += 1;
        file.counts.lines += u64::from(claim.line_count);
        file.counts.charge = file.counts.charge.plus(claim.charge.unwrap_or_default());
        file.count_findings(claim);
        report.claim("batch.edi", claim).unwrap();
    }
    report.transaction_set_end().unwrap();
    report.group_end(Some(&"1".into())).unwrap();
    report.interchange_end(true).unwrap();
    report.file_end(&file).unwrap();
    let mut total = RunSummary {
        complete: true,
        ..RunSummary::default()
    };
    total.add(&file);
    report.end(&total).unwrap();
}
