//! What the generator plants, the judges find; what it leaves clean, they leave alone.
//!
//! The truth file of a generated batch lists every line at risk with its rule. Screening must
//! find each of them under that rule, with whatever severity: sex edits are known from memory
//! only, for most codes, and are capped at `info` for that. It must not call any other line an
//! error or a warning. It may well say more about a line at risk (a line can break two rules),
//! and `info` findings on other lines are free: they are hints ("worth a look"), such as KX on a
//! line of a patient whose history the batch does not show, on which the truth is silent.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use common::{Folder, PLAIN, Packing, generated, json_lines, records};
use kx837::generate::GenerateOptions;
use kx837::report::{Format, ReportOptions};
use serde_json::Value;

/// A line: ISA13, ST02, CLM01, LX01. Interchanges of one batch have different control numbers.
type Key = [String; 4];

fn check(name: &str, file: &[u8], truth: &[u8]) {
    let folder = Folder::new();
    let input = folder.input(name, file, Packing::File);
    let screened = common::screen(&[input], &[Format::Jsonl], &ReportOptions::default(), PLAIN);
    let report = json_lines(&screened.reports[0]);
    let mut found: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    let mut accused = BTreeSet::new();
    for finding in records(&report, "finding") {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let position = &finding["position"];
        let key = [
            text(&position["isa13"]),
            text(&position["st02"]),
            text(&finding["claim"]),
            text(&finding["line"]["number"]),
        ];
        if finding["severity"] != "info" {
            accused.insert(key.clone());
        }
        found.entry(key).or_default().insert(text(&finding["rule"]));
    }
    let mut missed = Vec::new();
    let mut planted = 0;
    let mut truth = json_lines(truth);
    let end = truth.pop().unwrap();
    for line in &truth {
        planted += 1;
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let key = [
            text(&line["isa13"]),
            text(&line["st02"]),
            text(&line["clm01"]),
            text(&line["line_number"]),
        ];
        let rule = text(&line["rule"]);
        accused.remove(&key);
        match found.get(&key) {
            Some(rules) if rules.contains(&rule) => {}
            other => missed.push(format!("{line}: found {other:?}")),
        }
    }
    assert_eq!(end["at_risk"], planted, "{name}");
    assert_eq!(end["claims"], screened.summary.counts.claims, "{name}");
    assert_eq!(end["lines"], screened.summary.counts.lines, "{name}");
    assert!(screened.summary.complete, "{name}");
    assert_eq!(screened.summary.counts.notices, 0, "{name}");
    let wrong: Vec<String> = accused
        .iter()
        .map(|key| format!("{key:?} {:?}", found[key]))
        .collect();
    assert!(
        missed.is_empty() && wrong.is_empty(),
        "{name}: {} of {planted} lines at risk missed:\n{}\n{} clean lines found:\n{}",
        missed.len(),
        missed[..missed.len().min(20)].join("\n"),
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n"),
    );
}

#[test]
fn samples() {
    let mut checked = 0;
    for path in common::sample_paths() {
        let truth = path.with_extension("truth.jsonl");
        if truth.exists() {
            let name = path.file_name().unwrap().to_str().unwrap();
            check(name, &fs::read(&path).unwrap(), &fs::read(truth).unwrap());
            checked += 1;
        }
    }
    assert!(checked >= 5);
}

#[test]
fn fresh_batches() {
    for kind in common::KINDS {
        for (seed, year, at_risk) in [(101, 2026, 0.05), (202, 2025, 0.3), (303, 2020, 0.0)] {
            let (file, truth) = generated(&GenerateOptions {
                kind,
                seed,
                year,
                at_risk,
                claims: Some(2_000),
                ..GenerateOptions::default()
            });
            let name = format!("{}-{seed}-{year}.edi", kind.letter());
            check(&name, &file, &truth);
        }
    }
}
