//! `--as-of`: what the rules of another day say.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;

use cli_sandbox::{Sandbox, fixture};
use serde_json::Value;

/// A rule that begins in 2027.
const PACK: &str = r#"[pack]
id = "ours"
version = "1"
title = "Ours"
[[policy]]
id = "FROM_2027"
title = "KX on masks from 2027 on"
rule = "must-not"
finding = "KX403"
codes = ["A7030-A7039"]
modifiers = ["NU"]
from = "2027-01-01"
severity = "warning"
certainty = "certain"
advice = "Remove NU."
plain = "From 2027 on a mask is never new."
source = [{ document = "our contract" }]
confidence = "verified"
[[policy.example]]
lines = ["A7030:NU $10"]
date = "2027-01-05"
finds = ["KX403"]
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("ours.toml"), PACK).unwrap();
    sandbox
}

fn records(jsonl: &str) -> Vec<Value> {
    let lines = jsonl.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn lines_are_judged_by_the_rules_of_that_day_and_keep_their_dates() {
    let sandbox = sandbox();
    let mixed = fixture("837p-mixed.edi");
    let screen = |options: &str| {
        let (code, out, errors) = sandbox.run(&format!(
            "screen --report jsonl --policy ours.toml {options} {mixed}"
        ));
        assert_eq!(code, 1, "{errors}");
        (records(&out), errors)
    };
    let of_2027 = |records: &[Value]| -> Vec<String> {
        let findings = records
            .iter()
            .filter(|record| record["data"]["policy"] == "FROM_2027");
        findings
            .map(|finding| finding["data"]["date_from"].as_str().unwrap().to_owned())
            .collect()
    };
    let (now, errors) = screen("");
    assert_eq!(of_2027(&now), [""; 0]);
    assert_eq!(now[0]["data"]["as_of"], Value::Null);
    assert!(!errors.contains("hypothetical"));

    let (then, errors) = screen("--as-of 2027-01-01");
    let dates = of_2027(&then);
    assert!(
        !dates.is_empty() && dates.iter().all(|date| date.starts_with("2026-")),
        "{dates:?}"
    );
    assert_eq!(then[0]["data"]["as_of"], "2027-01-01");
    assert!(
        errors.starts_with(
            "hypothetical: every line is judged as if its date of service were 2027-01-01\n"
        ),
        "{errors}"
    );

    // Before any policy with dates began.
    let (before, _) = screen("--as-of 2001-01-01");
    assert!(
        before
            .iter()
            .all(|record| record["data"]["rule"] != "KX201")
    );
}

#[test]
fn text_and_csv_say_that_they_are_hypothetical() {
    let sandbox = Sandbox::new();
    let clean = fixture("837p-clean-2024.edi");
    let (_, text, errors) = sandbox.run(&format!("screen -q --as-of 2026-03-01 {clean}"));
    assert!(
        text.starts_with(
            "hypothetical: every line judged as if its date of service were 2026-03-01\n"
        ),
        "{text}"
    );
    assert_eq!(errors, "");
    let (_, csv, _) = sandbox.run(&format!(
        "screen -q --report csv --as-of 2026-03-01 {clean}"
    ));
    assert!(
        csv.lines()
            .last()
            .unwrap()
            .contains("as_of=2026-03-01 files=1"),
        "{csv}"
    );
}

#[test]
fn an_acknowledgement_cannot_be_hypothetical() {
    let sandbox = Sandbox::new();
    for options in ["--report 277ca-gate=a.edi", "-o out --format 277ca"] {
        let (code, _, errors) = sandbox.run(&format!("screen --as-of 2026-03-01 {options} x.edi"));
        assert_eq!(code, 2);
        assert!(errors.contains("which a 277CA cannot say"), "{errors}");
    }
    let mixed = fixture("837p-mixed.edi");
    let (code, _, _) = sandbox.run(&format!(
        "screen -q --as-of 2026-03-01 -o out --format csv {mixed}"
    ));
    assert_eq!(code, 1);
    // Of the formats that nobody chose, it is left out.
    let (code, _, _) = sandbox.run(&format!("screen -q --as-of 2026-03-01 -o all {mixed}"));
    assert_eq!(code, 1);
    let written: Vec<_> = std::fs::read_dir(sandbox.path("all"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(!written.is_empty());
    assert!(
        written.iter().all(|name| !name.contains("277")),
        "{written:?}"
    );
}

#[test]
fn lists_show_what_is_in_force_on_that_day() {
    let sandbox = sandbox();
    let has = |command: &str, start: &str| {
        let (code, text, errors) = sandbox.run(&format!("{command} --policy ours.toml"));
        assert_eq!(code, 0, "{errors}");
        text.lines().any(|line| line.starts_with(start))
    };
    assert!(has("policy list", "FROM_2027 "));
    assert!(!has("policy list --as-of 2026-12-31", "FROM_2027 "));
    assert!(has("policy list --as-of 2027-01-01", "FROM_2027 "));
    assert!(!has("policy list --as-of 2009-07-31", "PAP "));
    assert!(has("rules --as-of 2026-01-01", "KX101 "));
    assert!(!has("rules --as-of 2001-01-01", "KX101 "));
}
