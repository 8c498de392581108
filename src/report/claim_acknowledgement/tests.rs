use std::collections::BTreeMap;

use super::*;
use crate::finding::Severity;
use crate::money::Cents;
use crate::phi::Phi;
use crate::report::sample::{Shared, batch, clean, group, interchange, play, risky, run, set};
use crate::x12::Delimiters;

fn acknowledge(profile: Profile, claims: &[ClaimOutcome]) -> String {
    let out = Shared::default();
    let options = ReportOptions::default();
    let mut report = ClaimAcknowledgement::new(Box::new(out.clone()), profile, &options);
    play(&mut report, &run(), claims);
    out.text()
}

fn segments(text: &str) -> Vec<Vec<&str>> {
    let separator = text.as_bytes()[3] as char;
    let terminator = text.as_bytes()[105] as char;
    text.split(terminator)
        .map(str::trim)
        .filter(|segment| !segment.is_empty())
        .map(|segment| segment.split(separator).collect())
        .collect()
}

fn cents(amount: &str) -> Cents {
    Cents::parse(amount.as_bytes()).unwrap()
}

/// Sums of one level, read back from the text: claims and charges by action.
#[derive(Debug, Default, PartialEq)]
struct Sums(BTreeMap<&'static str, (u64, Cents)>);

impl Sums {
    fn count(&mut self, action: &str, charge: Cents) {
        let action = if action == "WQ" {
            "accepted"
        } else {
            "rejected"
        };
        let sum = self.0.entry(action).or_default();
        sum.0 += 1;
        sum.1 = sum.1.plus(charge);
    }

    fn said(&mut self, segment: &[&str]) {
        let key = match segment[1] {
            "90" | "QA" | "YU" => "accepted",
            "AA" | "QC" | "YY" => "rejected",
            other => panic!("{other}"),
        };
        let sum = self.0.entry(key).or_default();
        if segment[0] == "QTY" {
            sum.0 = segment[2].parse().unwrap();
        } else {
            sum.1 = cents(segment[2]);
        }
    }

    fn charge(&self) -> Cents {
        self.0.values().map(|(_, charge)| *charge).sum()
    }
}

/// Reads every transaction set back and checks counts, numbers, totals and the rules of the
/// hierarchy. Returns the number of claims.
fn check(text: &str) -> usize {
    let segments = segments(text);
    let (mut groups, mut sets, mut claims) = (0, 0, 0);
    let mut index = 0;
    let mut interchange_number = "";
    let mut group_number = "";
    while index < segments.len() {
        let segment = &segments[index];
        match segment[0] {
            "ISA" => (interchange_number, groups) = (segment[13], 0),
            "GS" => {
                groups += 1;
                (group_number, sets) = (segment[6], 0);
                assert_eq!((segment[1], segment[8]), ("HN", "005010X214"));
            }
            "ST" => {
                let length = segments[index..]
                    .iter()
                    .position(|segment| segment[0] == "SE")
                    .unwrap()
                    + 1;
                sets += 1;
                claims += check_set(&segments[index..index + length]);
                index += length - 1;
            }
            "GE" => assert_eq!(segment[1..], [sets.to_string().as_str(), group_number]),
            "IEA" => assert_eq!(
                segment[1..],
                [groups.to_string().as_str(), interchange_number]
            ),
            other => panic!("{other} between transaction sets"),
        }
        index += 1;
    }
    claims
}

fn check_set(set: &[Vec<&str>]) -> usize {
    let end = set.last().unwrap();
    assert_eq!(end[1], set.len().to_string(), "SE01");
    assert_eq!(end[2], set[0][2], "SE02");
    let (mut level, mut hl, mut provider_hl) = ("", 0, String::new());
    let mut said: [Sums; 2] = Default::default();
    let mut counted: [Sums; 2] = Default::default();
    let mut stated: [Cents; 2] = Default::default();
    let (mut claims, mut in_line, mut rejected, mut status_seen) = (0, false, false, false);
    let close_provider = |said: &mut Sums, counted: &mut Sums, stated: Cents| {
        assert_eq!(said, counted, "totals of 2200C");
        assert_eq!(stated, counted.charge(), "STC04 of 2200C");
        (*said, *counted) = Default::default();
    };
    for segment in set {
        match segment[0] {
            "HL" => {
                hl += 1;
                assert_eq!(segment[1], hl.to_string());
                if segment[3] == "19" || (segment[3] == "PT" && level == "21") {
                    let [_, said] = &mut said;
                    let [_, counted] = &mut counted;
                    close_provider(said, counted, stated[1]);
                    provider_hl = hl.to_string();
                }
                level = segment[3];
                let parent = match level {
                    "20" => "",
                    "21" => "1",
                    "19" => "2",
                    _ => provider_hl.as_str(),
                };
                assert_eq!(segment[2], parent);
                in_line = false;
                status_seen = false;
            }
            "QTY" | "AMT" => said[usize::from(level == "19")].said(segment),
            "SVC" => {
                assert!(rejected, "2220D only under a rejected claim");
                in_line = true;
            }
            "STC" if in_line => {
                assert_eq!((segment[2], segment[3]), ("", "U"));
                let category = &segment[1][..2];
                assert!(["A6", "A7", "A8"].contains(&category), "{category}");
            }
            "STC" if level == "21" => {
                assert_eq!(segment[2], "20261123");
                stated[0] = cents(segment[4]);
            }
            "STC" if level == "19" => {
                assert_eq!(segment[2], "");
                stated[1] = cents(segment[4]);
            }
            "STC" => {
                assert_eq!(segment[2], "20261123");
                rejected = segment[3] == "U";
                assert_eq!(rejected, !segment[1].starts_with("A1:19"));
                assert!(segment.get(12).is_none_or(|remark| remark.len() <= 264));
                if !status_seen {
                    claims += 1;
                    for sums in &mut counted {
                        sums.count(segment[3], cents(segment[4]));
                    }
                }
                status_seen = true;
            }
            _ => {}
        }
    }
    let [said_all, mut said_provider] = said;
    let [counted_all, mut counted_provider] = counted;
    close_provider(&mut said_provider, &mut counted_provider, stated[1]);
    assert_eq!(said_all, counted_all, "totals of 2200B");
    assert_eq!(stated[0], counted_all.charge(), "STC04 of 2200B");
    claims
}

#[test]
fn totals_and_counts_balance_in_every_profile() {
    for profile in [Profile::Annotated, Profile::Strict, Profile::Gate] {
        let text = acknowledge(profile, &batch());
        assert_eq!(check(&text), 5, "{profile:?}");
    }
}

#[test]
fn strict_looks_like_the_published_examples() {
    let expected = "\
ISA*00*          *00*          *ZZ*KXSCREEN       *ZZ*SUBMIT01       *261123*0915*^*00501*000000001*0*T*:~
GS*HN*KXSCREEN*SUBMIT01*20261123*0915*1*X*005010X214~
ST*277*0001*005010X214~
BHT*0085*08*KX20261123091530000000000000010000009050001*20261123*0915*TH~
HL*1**20*1~
NM1*AY*2*KX837 CLAIM SCREENING*****46*KXSCREEN~
TRN*1*KX20261123091530000000000000010000009050001~
DTP*050*D8*20261123~
DTP*009*D8*20261123~
HL*2*1*21*1~
NM1*41*2*EXAMPLE BILLING LLC*****46*SUBMIT01~
TRN*2*BATCH0001~
STC*A1:19:AY*20261123*WQ*420~
QTY*90*2~
AMT*YU*420~
HL*3*2*19*1~
NM1*85*2*SAMPLE THERAPY CLINIC*****XX*1234567893~
TRN*1*0~
STC*A1:19:AY**WQ*420~
QTY*QA*2~
AMT*YU*420~
HL*4*3*PT~
NM1*QC*1*DOE*JANE****MI*1EG4TE5MK73~
TRN*2*CLM-1~
STC*A1:19:40*20261123*WQ*180~
REF*D9*TRACE0001~
DTP*472*RD8*20261102-20261105~
HL*5*3*PT~
NM1*QC*1*DOE*JANE****MI*1EG4TE5MK73~
TRN*2*CLM-2~
STC*A1:19:40*20261123*WQ*240~
REF*D9*TRACE0001~
DTP*472*RD8*20261102-20261105~
SE*32*0001~
GE*1*1~
IEA*1*000000001~
";
    assert_eq!(acknowledge(Profile::Strict, &batch()[..2]), expected);
}

#[test]
fn the_annotated_profile_says_what_to_repair() {
    let text = acknowledge(Profile::Annotated, &batch()[1..2]);
    assert!(
        text.contains(
            "STC*A1:19:40*20261123*WQ*240********KX201 LINE 2 E0601 CARRIES NONE OF KX, \
             GA, GZ. DO APPEND KX, GA OR GZ~"
        ),
        "{text}"
    );
    assert!(!text.contains("SVC*"), "{text}");
}

#[test]
fn the_gate_rejects_lines_with_their_reasons() {
    let text = acknowledge(Profile::Gate, &batch());
    for expected in [
        "STC*A1:19:40*20261123*WQ*180~\n",
        "STC*A3:247*20261123*U*240~\nREF*D9*TRACE0001~\nREF*BLT*131~\n\
         DTP*472*RD8*20261102-20261105~\nSVC*HC:E0601:RR*120**0420***1~\n\
         STC*A6:453**U*******A6:454~\nREF*FJ*LINE0001~\nDTP*472*D8*20261102~\n\
         SVC*NU:0420*120~\nSTC*A7:453**U*******A6:453*A6:454~\nREF*FJ*3~\n",
        "SVC*AD:D0120:KX*120*****1~\n",
        "STC*A1:19:AY*20261123*WQ*1023.45~\nQTY*90*2~\nQTY*AA*3~\nAMT*YU*420~\nAMT*YY*603.45~\n",
        "NM1*85*1*DRILL*D****XX*1234567893~\n",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
}

/// The answer to a claim that came with these delimiters. It is cut off: nothing is closed.
fn answered(delimiters: Delimiters, claim: &ClaimOutcome) -> String {
    let out = Shared::default();
    let mut report = ClaimAcknowledgement::new(
        Box::new(out.clone()),
        Profile::Annotated,
        &ReportOptions::default(),
    );
    report.begin(&run()).unwrap();
    report
        .interchange_begin(&InterchangeInfo {
            delimiters,
            ..interchange()
        })
        .unwrap();
    report.transaction_set_begin(&set("1")).unwrap();
    report.claim("f", claim).unwrap();
    report.end(&RunSummary::default()).unwrap();
    out.text()
}

#[test]
fn the_received_delimiters_are_used_again() {
    let delimiters = Delimiters {
        element: b'|',
        component: b'>',
        repetition: Some(b'!'),
        terminator: b'\n',
    };
    let mut claim = risky("A*B:C~D^E", 0, Severity::Error);
    claim.findings[0].message = "a|b>c".into();
    let text = answered(delimiters, &claim);
    assert!(text.contains("\nTRN|2|A*B:C~D^E\n"), "{text}");
    assert!(text.contains("A B C"), "{text}");
    assert!(text.ends_with("\nGE|1|1\nIEA|1|000000001\n"), "{text}");
    assert!(!text.contains("\n\n"), "{text}");
}

/// Amounts have points and signs: these stand for nothing else.
#[test]
fn delimiters_that_amounts_hold_are_exchanged() {
    let delimiters = Delimiters {
        element: b'*',
        component: b'.',
        repetition: None,
        terminator: b'-',
    };
    let mut claim = risky("A1", 0, Severity::Error);
    claim.charge = Some(Cents(-3_460));
    let text = answered(delimiters, &claim);
    let header = crate::x12::InterchangeHeader::discover(text.as_bytes()).unwrap();
    let used = header.delimiters;
    let all = [
        used.element,
        used.component,
        used.terminator,
        used.repetition.unwrap(),
    ];
    assert_eq!(all, *b"*^|!", "{text}");
    assert!(text.contains("*-34.6"), "{text}");
}

#[test]
fn one_answer_per_interchange_group_and_transaction_set() {
    let out = Shared::default();
    let options = ReportOptions {
        first_control_number: 999_999_999,
        line_breaks: false,
        ..ReportOptions::default()
    };
    let mut report = ClaimAcknowledgement::new(Box::new(out.clone()), Profile::Strict, &options);
    report.begin(&run()).unwrap();
    for _ in 0..2 {
        report.interchange_begin(&interchange()).unwrap();
        // Equal neighbours stay apart.
        for sets in [&["0001", "0002"][..], &["0001"], &["0001"]] {
            report.group_begin(&group()).unwrap();
            for st02 in sets {
                report.transaction_set_begin(&set(st02)).unwrap();
                report.claim("f", &clean("A", 0, 1)).unwrap();
                report.claim("f", &clean("B", 1, 2)).unwrap();
                report.transaction_set_end().unwrap();
            }
            report.group_end(None).unwrap();
        }
        report.interchange_end(true).unwrap();
    }
    // An interchange without claims is not answered.
    report.interchange_begin(&interchange()).unwrap();
    report.interchange_end(true).unwrap();
    report.file_end(&FileSummary::new("f")).unwrap();
    report.end(&RunSummary::default()).unwrap();
    let text = out.text();
    assert_eq!(check(&text), 16);
    assert!(!text.contains('\n'));
    let numbers: Vec<_> = segments(&text)
        .into_iter()
        .filter_map(|segment| match segment[0] {
            "ISA" => Some(format!("I{}", segment[13])),
            "GS" => Some(format!("G{}", segment[6])),
            "ST" => Some(format!("S{}", segment[2])),
            _ => None,
        })
        .collect();
    assert_eq!(
        numbers.join(" "),
        "I999999999 G999999999 S0001 S0002 G1 S0003 G2 S0004 I000000003 G3 S0001 S0002 G4 S0003 G5 S0004"
    );
    let references = segments(&text)
        .into_iter()
        .filter(|segment| segment[0] == "BHT")
        .map(|segment| segment[3].to_owned());
    let references: std::collections::HashSet<_> = references.collect();
    assert_eq!(references.len(), 8, "{references:?}");
}

#[test]
fn an_empty_run_writes_nothing() {
    let out = Shared::default();
    let mut report = ClaimAcknowledgement::new(
        Box::new(out.clone()),
        Profile::Strict,
        &ReportOptions::default(),
    );
    report.begin(&run()).unwrap();
    report.file_begin("f").unwrap();
    report.file_end(&FileSummary::new("f")).unwrap();
    report.end(&RunSummary::default()).unwrap();
    assert_eq!(out.text(), "");
}

#[test]
fn a_transaction_set_without_claims_is_rejected_as_a_whole() {
    let text = acknowledge(Profile::Strict, &[]);
    assert_eq!(check(&text), 0);
    assert!(text.contains("HL*2*1*21*0~"), "{text}");
    assert!(text.contains("STC*A3:481*20261123*U*0~\nSE*"), "{text}");
}

#[test]
fn what_is_missing_is_never_invented() {
    let mut claim = clean("A", 0, 10);
    claim.patient.member_id = Phi::default();
    claim.billing_provider.id = Text::default();
    claim.service_dates = None;
    claim.charge = None;
    let claims = [claim];
    let strict = acknowledge(Profile::Strict, &claims);
    assert!(strict.contains("NM1*QC*1*DOE*JANE~\n"), "{strict}");
    assert!(strict.contains("STC*A6:164:IL*20261123*U*0~"), "{strict}");
    assert!(!strict.contains("DTP*472"), "{strict}");
    assert!(
        strict.contains("NM1*85*2*SAMPLE THERAPY CLINIC~"),
        "{strict}"
    );
    let annotated = acknowledge(Profile::Annotated, &claims);
    assert!(
        annotated.contains("NM1*QC*1*DOE*JANE****MI*UNKNOWN~"),
        "{annotated}"
    );
}

#[test]
fn a_claim_outside_of_any_envelope_is_answered() {
    let out = Shared::default();
    let mut report = ClaimAcknowledgement::new(
        Box::new(out.clone()),
        Profile::Strict,
        &ReportOptions::default(),
    );
    report.begin(&run()).unwrap();
    report.claim("f", &clean("A", 0, 10)).unwrap();
    report.end(&RunSummary::default()).unwrap();
    assert_eq!(check(&out.text()), 1);
}

#[test]
fn a_provider_without_npi_is_named_by_the_tax_number() {
    let mut claim = clean("A", 0, 10);
    claim.billing_provider.id = Text::default();
    claim.billing_provider.tax_id = Phi::new("123456789".into());
    for qualifier in ["", "XX"] {
        claim.billing_provider.id_qualifier = qualifier.into();
        let text = acknowledge(Profile::Strict, std::slice::from_ref(&claim));
        assert!(
            text.contains("NM1*85*2*SAMPLE THERAPY CLINIC*****FI*123456789~"),
            "{text}"
        );
    }
    claim.billing_provider.id = "1234567893".into();
    let text = acknowledge(Profile::Strict, &[claim]);
    assert!(text.contains("*XX*1234567893~"), "{text}");
    assert!(!text.contains("123456789~"), "{text}");
}

#[test]
fn an_identifier_of_one_character_counts_as_missing() {
    let mut claim = clean("A", 0, 10);
    claim.patient.member_id = Phi::new("7".into());
    let text = acknowledge(Profile::Annotated, &[claim]);
    assert!(text.contains("NM1*QC*1*DOE*JANE****MI*UNKNOWN~"), "{text}");
    assert!(text.contains("STC*A6:164:IL*20261123*U*10~"), "{text}");
}

#[test]
fn an_envelope_that_cannot_be_echoed_is_replaced() {
    let out = Shared::default();
    let mut report = ClaimAcknowledgement::new(
        Box::new(out.clone()),
        Profile::Strict,
        &ReportOptions::default(),
    );
    report.begin(&run()).unwrap();
    report
        .interchange_begin(&InterchangeInfo {
            sender_qualifier: "Q1".into(),
            receiver_qualifier: "30".into(),
            version: "00401".into(),
            delimiters: Delimiters {
                element: b'^',
                repetition: None,
                ..Delimiters::default()
            },
            ..interchange()
        })
        .unwrap();
    let set = TransactionSetInfo {
        application_sender: "S".into(),
        application_receiver: "R".into(),
        ..set("1")
    };
    report.transaction_set_begin(&set).unwrap();
    report.claim("f", &clean("A", 0, 10)).unwrap();
    report.end(&RunSummary::default()).unwrap();
    let text = out.text();
    assert_eq!(check(&text), 1);
    let header: Vec<&str> = text[..106].split('^').collect();
    // The sender of the answer is the receiver of the claims.
    assert_eq!((header[5], header[7]), ("30", "ZZ"));
    assert_eq!((header[11], header[12]), ("|", "00501"));
    assert!(text.contains("GS^HN^KXSCREEN^SUBMIT01^"), "{text}");
}
