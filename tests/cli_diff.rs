//! `kx837 policy diff`.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;

use cli_sandbox::{Sandbox, fixture};
use serde_json::Value;

const HEAD: &str = "[pack]\nid = \"ours\"\nversion = \"1\"\ntitle = \"Ours\"\n";

/// One thing more on the masks of the sample.
const MORE: &str = r#"
[[policy]]
id = "OURS"
title = "No NU on masks"
rule = "must-not"
finding = "KX403"
codes = ["A7030-A7039"]
modifiers = ["NU"]
severity = "warning"
certainty = "certain"
advice = "Remove NU."
plain = "NU has no place here."
source = [{ document = "our contract" }]
confidence = "verified"
"#;

struct Compared {
    code: i32,
    json: Value,
    text: String,
}

fn compare(pack: &str, old: &str, new: &str) -> Compared {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("ours.toml"), format!("{HEAD}{pack}")).unwrap();
    let inputs = ["837p-mixed.edi", "837i-mixed.edi"].map(fixture).join(" ");
    let (code, text, errors) = sandbox.run(&format!("policy diff {old} {new} {inputs}"));
    assert_eq!(errors, "");
    let (again, json, _) = sandbox.run(&format!("policy diff --format json {old} {new} {inputs}"));
    assert_eq!(again, code);
    let json = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    Compared { code, json, text }
}

fn changes(compared: &Compared) -> Vec<&Value> {
    compared.json["changes"]
        .as_array()
        .unwrap()
        .iter()
        .collect()
}

#[test]
fn equal_policies_find_the_same() {
    let same = compare("", "builtin", "builtin,ours.toml");
    assert_eq!(same.code, 0);
    assert!(
        same.text.contains("\nsame: yes\ncomplete: yes\n"),
        "{}",
        same.text
    );
    assert!(changes(&same).is_empty());
    let totals = &same.json["totals"];
    assert_eq!(totals["old"], totals["new"]);
    assert!(totals["old"]["findings"].as_u64().unwrap() > 10);
    assert_eq!(
        (&totals["same"], &totals["complete"]),
        (&true.into(), &true.into())
    );
}

#[test]
fn what_is_added_is_removed_the_other_way_round() {
    let added = compare(MORE, "builtin", "builtin,ours.toml");
    assert_eq!(added.code, 1);
    let list = changes(&added);
    assert!(!list.is_empty());
    for change in &list {
        assert_eq!(change["change"], "added");
        assert_eq!(change["new"]["policy"], "OURS");
        assert_eq!(change["old"], Value::Null);
        assert!(change["line"]["code"].as_str().unwrap().starts_with("A70"));
    }
    assert!(added.text.contains("  + LX "), "{}", added.text);
    assert!(added.text.contains("warning[KX403]"), "{}", added.text);
    let removed = compare(MORE, "builtin,ours.toml", "builtin");
    assert_eq!(changes(&removed).len(), list.len());
    assert_eq!(
        removed.json["totals"]["removed"],
        added.json["totals"]["added"]
    );
    assert!(removed.text.contains("  - LX "), "{}", removed.text);
}

#[test]
fn another_severity_is_a_change() {
    let pack = "[severity]\nKX201 = \"info\"\n";
    let compared = compare(pack, "builtin", "builtin,ours.toml");
    let list = changes(&compared);
    assert!(!list.is_empty());
    for change in list {
        assert_eq!(change["change"], "changed");
        assert_eq!(change["old"]["severity"], "error");
        assert_eq!(change["new"]["severity"], "info");
    }
    assert!(
        compared.text.contains("      severity: error -> info\n"),
        "{}",
        compared.text
    );
}

/// Each side has totals of its own: without KX101 on one side the other counts all the same.
#[test]
fn nothing_is_the_opposite_of_everything() {
    let all = compare("", "none", "builtin");
    let totals = &all.json["totals"];
    assert_eq!(totals["added"]["findings"], totals["new"]["findings"]);
    assert_eq!(totals["old"]["findings"], 0);
    let rules: Vec<&str> = changes(&all)
        .iter()
        .map(|c| c["rule"].as_str().unwrap())
        .collect();
    assert!(rules.contains(&"KX101"), "{rules:?}");
}

#[test]
fn patients_are_not_named() {
    let all = compare("", "none", "builtin");
    let claims = fs::read_to_string(fixture("837p-mixed.edi")).unwrap();
    let names = claims
        .split('~')
        .filter_map(|segment| segment.trim().strip_prefix("NM1*IL*1*"));
    let mut count = 0;
    for name in names
        .filter_map(|name| name.split('*').next())
        .filter(|name| name.len() > 4)
    {
        count += 1;
        assert!(
            !all.text.contains(name) && !all.json.to_string().contains(name),
            "{name}"
        );
    }
    assert!(count > 5);
}

#[test]
fn what_cannot_be_compared_is_told() {
    let sandbox = Sandbox::new();
    let mixed = fixture("837p-mixed.edi");
    for (args, message) in [
        (
            format!("bulitin builtin {mixed}"),
            "bulitin: there is no such pack",
        ),
        (format!("builtin, builtin {mixed}"), "names an empty pack"),
        ("none builtin -".into(), "can be read only once"),
    ] {
        let (code, _, errors) = sandbox.run(&format!("policy diff {args}"));
        assert_eq!(code, 2, "{args}");
        assert!(errors.contains(message), "{errors}");
    }
    let (code, text, errors) =
        sandbox.run(&format!("policy diff builtin builtin gone.edi {mixed}"));
    assert_eq!(code, 2);
    assert!(errors.starts_with("kx837: error: gone.edi: "), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(text.ends_with("complete: no\n"), "{text}");
}
