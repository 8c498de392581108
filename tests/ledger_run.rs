//! Totals within one run: claims that come twice, are replaced or voided.

mod common;

use common::base::BASE;
use common::{Folder, PLAIN, Packing, screen};
use kx837::generate::GenerateOptions;
use kx837::report::{Format, ReportOptions};
use serde_json::Value;

/// Findings by the claim, line and rule, and codes of notices, of one file after the other.
fn outcome(batches: &[&[u8]]) -> (Vec<(String, String)>, Vec<String>) {
    let folder = Folder::new();
    let inputs: Vec<_> = batches
        .iter()
        .enumerate()
        .map(|(index, batch)| folder.input(&format!("{index}.edi"), batch, Packing::File))
        .collect();
    let screened = screen(&inputs, &[Format::Jsonl], &ReportOptions::default(), PLAIN);
    let report = String::from_utf8(screened.reports[0].clone()).unwrap();
    let (mut findings, mut notices) = (Vec::new(), Vec::new());
    for line in report.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let data = &record["data"];
        match record["type"].as_str().unwrap() {
            "finding" => {
                let file = data["file"].as_str().unwrap().rsplit('/').next().unwrap();
                let place = format!(
                    "{} {} {} {}",
                    data["claim"], data["line"], data["rule"], data["message"]
                );
                findings.push((file.to_owned(), place));
            }
            "notice" => notices.push(data["code"].as_str().unwrap().to_owned()),
            _ => {}
        }
    }
    (findings, notices)
}

#[test]
fn a_file_that_comes_twice_is_judged_alike_and_counts_once() {
    let options = GenerateOptions {
        claims: Some(400),
        seed: 11,
        ..GenerateOptions::default()
    };
    let batch = common::generated(&options).0;
    let (findings, notices) = outcome(&[&batch, &batch]);
    let of = |file: &str| -> Vec<&String> {
        let all = findings.iter().filter(|(of, _)| of == file);
        all.map(|(_, place)| place).collect()
    };
    let over: Vec<_> = of("0.edi")
        .into_iter()
        .filter(|place| place.contains("KX101"))
        .collect();
    assert!(!over.is_empty());
    assert_eq!(of("0.edi"), of("1.edi"));
    assert!(notices.iter().any(|code| code == "KX940"), "{notices:?}");
}

/// 2,400 of the 2,480 of 2026 by charge, in one claim; a code without a price.
fn spent(id: &str, frequency: &str, original: &str, charge: u32) -> String {
    let reference = if original.is_empty() {
        String::new()
    } else {
        format!("REF*F8*{original}~\n")
    };
    BASE[..BASE.find("CLM*A1").unwrap()].to_owned()
        + &format!(
            "CLM*{id}*{charge}***11:B:{frequency}*Y*A*Y*Y~\n{reference}HI*ABK:M5450~\nLX*1~\n\
             SV1*HC:97799:GP*{charge}*UN*1***1~\nDTP*472*D8*20260302~\n"
        )
        + "SE*25*0021~\nGE*1*21~\nIEA*1*000000905~\n"
}

#[test]
fn replaced_and_voided_claims_do_not_count() {
    let first = spent("C1", "1", "", 2_400);
    let next = spent("C2", "1", "", 100);
    let over = |batches: &[&String]| {
        let batches: Vec<&[u8]> = batches.iter().map(|batch| batch.as_bytes()).collect();
        let (findings, _) = outcome(&batches);
        findings
            .iter()
            .filter(|(_, place)| place.contains("KX101"))
            .count()
    };
    assert_eq!(over(&[&first, &next]), 1);
    assert_eq!(over(&[&first, &first, &spent("C2", "1", "", 80)]), 0);
    let smaller = spent("C3", "7", "C1", 2_300);
    assert_eq!(over(&[&first, &smaller, &next]), 0);
    let void = spent("C1", "8", "", 2_400);
    assert_eq!(over(&[&first, &void, &next]), 0);
    // What comes behind its replacement does not count, and one without therapy takes back, too.
    assert_eq!(over(&[&smaller, &first, &next]), 0);
    let other = first
        .replace("HC:97799:GP", "HC:99213")
        .replace("11:B:1", "11:B:7");
    let other = other.replace("HI*ABK", "REF*F8*C1~\nHI*ABK");
    assert_eq!(over(&[&first, &other, &next]), 0);
    // What is not known cannot be taken back, and replays change nothing.
    assert_eq!(over(&[&void, &first, &next]), 1);
    assert_eq!(over(&[&first, &smaller, &first, &smaller, &next]), 0);
}
