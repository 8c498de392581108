//! `--select`, `--ignore` and `--severity`.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::collections::BTreeSet;
use std::fs;

use cli_sandbox::{Sandbox, fixture};
use serde_json::Value;

/// Rule, policy and severity of every finding.
fn findings(sandbox: &Sandbox, options: &str) -> Vec<(String, String, String)> {
    let mixed = fixture("837p-mixed.edi");
    let (code, out, errors) = sandbox.run(&format!("screen -q --report jsonl {options} {mixed}"));
    assert!(code < 2, "{options}: {errors}");
    let records = out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    records
        .filter(|record| record["type"] == "finding")
        .map(|record| {
            let text = |key: &str| record["data"][key].as_str().unwrap().to_owned();
            (text("rule"), text("policy"), text("severity"))
        })
        .collect()
}

#[test]
fn what_is_selected_and_what_is_ignored_make_up_the_whole() {
    let sandbox = Sandbox::new();
    let all = findings(&sandbox, "");
    let rules: BTreeSet<&str> = all.iter().map(|finding| finding.0.as_str()).collect();
    assert!(rules.len() > 4, "{rules:?}");
    for word in [
        "KX201",
        "kx1",
        "duplicate-modifier",
        "GLUCOSE_BGM,PACEMAKER",
        "KX1,KX2",
        "KX",
    ] {
        let (selected, ignored) = (
            findings(&sandbox, &format!("--select {word}")),
            findings(&sandbox, &format!("--ignore {word}")),
        );
        // A contradiction (KX501) is told by the policy of the code, and where that is ignored by
        // the rule about the pair: it may come out then.
        let others = |findings: Vec<(String, String, String)>| {
            let mut others = findings;
            others.retain(|finding| finding.0 != "KX501");
            others.sort();
            others
        };
        let both = [selected, ignored].concat();
        assert_eq!(others(both), others(all.clone()), "{word}");
    }
    let few = findings(&sandbox, "--select KX1 --select KX2 --ignore KX102");
    assert!(!few.is_empty() && few.len() < all.len());
    assert!(
        few.iter()
            .all(|f| (f.0.starts_with("KX1") || f.0.starts_with("KX2")) && f.0 != "KX102")
    );
}

/// Muted policies stay known: KX on E0601 keeps its meaning.
#[test]
fn an_ignored_policy_still_gives_kx_its_meaning() {
    let sandbox = Sandbox::new();
    let claims = fs::read_to_string(fixture("837p-mixed.edi")).unwrap();
    let at = claims.find("A7030").unwrap();
    let start = claims[..at].rfind("SV1*").unwrap();
    let end = start + claims[start..].find('~').unwrap();
    let with_kx = format!(
        "{}SV1*HC:A7030:NU:KX*169*UN*1***1{}",
        &claims[..start],
        &claims[end..]
    );
    fs::write(sandbox.path("kx.edi"), with_kx).unwrap();
    for options in ["", "--ignore PAP,RAD", "--ignore KX2", "--select KX503"] {
        let (_, out, _) = sandbox.run(&format!("screen -q --report csv {options} kx.edi"));
        let mut lines = out.lines().filter(|line| line.contains("KX503"));
        assert!(
            lines.all(|line| !line.contains("A7030")),
            "{options}: {out}"
        );
    }
}

#[test]
fn totals_count_though_their_findings_are_ignored() {
    let sandbox = Sandbox::new();
    let of = |options: &str| -> Vec<_> {
        let all = findings(&sandbox, options);
        all.into_iter()
            .filter(|finding| finding.0 == "KX101")
            .collect()
    };
    assert!(!of("").is_empty());
    assert_eq!(
        of("--ignore THERAPY_REVIEW_PT_SLP,THERAPY_REVIEW_OT"),
        of("")
    );
    assert_eq!(of("--ignore KX101"), []);
}

#[test]
fn the_choice_is_recorded_in_jsonl() {
    let mixed = fixture("837p-mixed.edi");
    let (_, out, _) = Sandbox::new().run(&format!(
        "screen -q --report jsonl --select KX1,KX2 --ignore PAP {mixed}"
    ));
    let begin: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!(begin["data"]["select"], Value::from(vec!["KX1", "KX2"]));
    assert_eq!(begin["data"]["ignore"], Value::from(vec!["PAP"]));
}

#[test]
fn unknown_words_are_errors_with_a_suggestion() {
    let sandbox = Sandbox::new();
    for (options, message) in [
        (
            "--select KX2O1",
            "--select: nothing is called \"KX2O1\"; did you mean KX201?",
        ),
        (
            "--ignore PAPP",
            "--ignore: nothing is called \"PAPP\"; did you mean PAP?",
        ),
        ("--ignore=", "--ignore: nothing is called \"\""),
        (
            "--severity KX999=off",
            "--severity: nothing is called \"KX999\"",
        ),
        (
            "--severity KX201=fatal",
            "expected off, info, warning or error",
        ),
        ("--severity KX201", "expected WHICH=LEVEL"),
    ] {
        for command in ["screen x.edi", "rules", "policy list"] {
            let (code, out, errors) = sandbox.run(&format!("{command} {options}"));
            assert_eq!((code, out.as_str()), (2, ""), "{command} {options}");
            assert!(errors.contains(message), "{command} {options}: {errors}");
            assert_eq!(errors.lines().count(), 1, "{errors}");
        }
    }
}

#[test]
fn severities_are_set_and_decide_the_exit_code() {
    let sandbox = Sandbox::new();
    let mixed = fixture("837p-mixed.edi");
    let all = findings(&sandbox, "");
    let lowered = findings(&sandbox, "--severity KX201=info");
    assert_eq!(all.len(), lowered.len());
    assert!(lowered.iter().all(|f| f.0 != "KX201" || f.2 == "info"));
    let run = |options: &str| {
        sandbox
            .run(&format!("screen -q --report csv {options} {mixed}"))
            .0
    };
    assert_eq!(run("--select KX201"), 1);
    assert_eq!(run("--select KX201 --severity KX201=warning"), 0);
    // A policy is more special than a rule, and the last word counts.
    let of_pap = findings(&sandbox, "--severity KX2=off --severity PAP=warning");
    assert!(
        of_pap.iter().any(|f| f.1 == "PAP" && f.2 == "warning"),
        "{of_pap:?}"
    );
    assert!(
        of_pap
            .iter()
            .all(|f| !f.0.starts_with("KX2") || f.1 == "PAP")
    );
}

const PACK: &str = "[pack]\nid = \"house\"\nversion = \"1\"\ntitle = \"House rules\"\n[severity]\n";

#[test]
fn packs_set_severities_too() {
    let sandbox = Sandbox::new();
    let pack = format!("{PACK}KX201 = \"info\"\nPAP = \"warning\"\nduplicate-modifier = \"off\"\n");
    fs::write(sandbox.path("house.toml"), pack).unwrap();
    assert_eq!(sandbox.run("policy check house.toml").0, 0);
    let found = findings(&sandbox, "--policy house.toml");
    assert!(found.iter().all(|f| f.0 != "KX502"), "{found:?}");
    let of_pap: Vec<_> = found.iter().filter(|f| f.1 == "PAP").collect();
    assert!(
        !of_pap.is_empty() && of_pap.iter().all(|f| f.2 == "warning"),
        "{found:?}"
    );
    let (_, list, _) = sandbox.run("policy list --policy house.toml");
    let row = |id: &str| list.lines().find(|line| line.starts_with(id));
    assert!(row("PAP ").unwrap().contains(" warning "), "{list}");
    assert!(row("RAD ").unwrap().contains(" info "), "{list}");
    assert_eq!(row("DUPLICATE_"), None);
}

#[test]
fn a_pack_that_goes_too_far_is_shown_where() {
    let sandbox = Sandbox::new();
    for (row, message) in [
        (
            "KX20l = \"off\"",
            "nothing is called \"KX20l\"; did you mean KX20",
        ),
        (
            "NO_POLICY = \"error\"",
            "NO_POLICY cannot be error: policy NO_POLICY is never more than warning",
        ),
        ("KX201 = \"fatal\"", "unknown variant `fatal`"),
    ] {
        fs::write(sandbox.path("house.toml"), format!("{PACK}{row}\n")).unwrap();
        let (code, _, errors) = sandbox.run("screen --policy house.toml x.edi");
        assert_eq!(code, 2);
        assert!(errors.contains(message), "{errors}");
        assert!(
            errors.contains("house.toml:6:") && errors.contains("^^^"),
            "{errors}"
        );
    }
}

#[test]
fn rules_and_notices_are_selected_alike() {
    let sandbox = Sandbox::new();
    let codes = |options: &str| -> Vec<String> {
        let (code, text, errors) = sandbox.run(&format!("rules {options}"));
        assert_eq!(code, 0, "{errors}");
        let rows = text.lines().filter(|line| line.starts_with("KX"));
        rows.map(|row| row[..5].to_owned()).collect()
    };
    let all = codes("");
    assert!(
        codes("--select KX2")
            .iter()
            .all(|code| code.starts_with("KX2"))
    );
    assert!(
        codes("--select KX9")
            .iter()
            .all(|code| code.starts_with("KX9"))
    );
    assert_eq!(codes("--select not-x12"), ["KX902"]);
    assert_eq!(codes("--select PAP"), ["KX201", "KX202"]);
    assert_eq!(
        codes("--ignore KX9,KX201").len(),
        all.iter().filter(|c| !c.starts_with("KX9")).count() - 1
    );
}

/// A claim whose payer nothing tells is judged for the one that is assumed.
#[test]
fn a_payer_can_be_assumed() {
    let sandbox = Sandbox::new();
    let claim = fs::read_to_string(fixture("837p-mixed.edi")).unwrap();
    let silent = claim
        .replace("*MB~", "*ZZ~")
        .replace("*PI*", "*PI*X")
        .replace("*MEDICARE ", "*SOMEBODY ");
    fs::write(sandbox.path("silent.edi"), silent).unwrap();
    let rules = |options: &str| {
        let (_, report, _) = sandbox.run(&format!("screen --report jsonl {options} silent.edi"));
        let of_medicare = report.matches("\"rule\":\"KX203\"").count();
        (of_medicare, report.contains("\"code\":\"KX933\""))
    };
    let (none, is_told) = rules("");
    assert!(none == 0 && is_told);
    let (found, is_told) = rules("--assume-payer medicare");
    assert!(found > 0 && !is_told);
    let (code, _, errors) = sandbox.run("screen --assume-payer medicare:x silent.edi");
    assert_eq!(code, 2);
    assert!(errors.contains("medicaid"), "{errors}");
    let (code, _, errors) = sandbox.run("screen --locality 99999-99 silent.edi");
    assert_eq!(code, 2);
    assert!(errors.contains("01112-05"), "{errors}");
}
