//! `kx837 policy list` and `schema`, and what is said of old packs.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;

use cli_sandbox::{Sandbox, fixture, outcome};
use serde_json::Value;

/// A pack of one policy, with facts of a day.
const PACK: &str = r#"[pack]
id = "ours"
version = "7"
title = "Ours"
as-of = "2026-03-04"
[[policy]]
id = "OURS"
title = "No KX on our code"
rule = "must-not"
finding = "KX403"
codes = ["Q9997-Q9999"]
modifiers = ["KX"]
severity = "error"
certainty = "possible"
advice = "Remove KX."
plain = "KX has no place here."
source = [{ document = "our contract" }]
confidence = "verified"
[[policy.example]]
lines = ["Q9999:KX $10"]
date = "2026-01-05"
finds = ["KX403"]
"#;

fn sandbox_with_pack() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("ours.toml"), PACK).unwrap();
    sandbox
}

#[test]
fn packs_are_listed_before_policies() {
    let sandbox = sandbox_with_pack();
    let (code, text, errors) = sandbox.run("policy list --policy ours.toml");
    assert_eq!((code, errors.as_str()), (0, ""));
    let words = |start: &str| -> Vec<&str> {
        let row = text.lines().find(|line| line.starts_with(start));
        row.unwrap_or_else(|| panic!("{start}: {text}"))
            .split_whitespace()
            .collect()
    };
    assert_eq!(
        words("ours "),
        ["ours", "7", "2026-03-04", "1", "3", "1", "Ours"]
    );
    assert_eq!(
        words("OURS ")[..4],
        ["OURS", "KX403", "warning", "verified"]
    );
    assert!(text.find("\nours ").unwrap() < text.find("\nPAP ").unwrap());
}

#[test]
fn the_list_is_for_programs_too() {
    let sandbox = sandbox_with_pack();
    let (_, json, _) = sandbox.run("policy list --policy ours.toml --format json");
    let list: Value = serde_json::from_str(&json).unwrap();
    let pack = list["packs"].as_array().unwrap().last().unwrap();
    for (key, value) in [
        ("id", Value::from("ours")),
        ("as_of", "2026-03-04".into()),
        ("is_builtin", false.into()),
        ("policies", 1.into()),
        ("codes", 3.into()),
        ("examples", 1.into()),
    ] {
        assert_eq!(pack[key], value, "{key}");
    }
    let policy = list["policies"].as_array().unwrap().last().unwrap();
    assert_eq!(policy["id"], "OURS");
    assert_eq!(policy["severity"], "error");
    assert_eq!(policy["severity_in_force"], "warning");
}

#[test]
fn a_policy_that_is_off_is_told_to_be() {
    let sandbox = sandbox_with_pack();
    let off = PACK.replace("[[policy]]", "[severity]\nOURS = \"off\"\n[[policy]]");
    fs::write(sandbox.path("off.toml"), off).unwrap();
    let shown = |args: &str| {
        let (code, text, errors) = sandbox.run(args);
        assert_eq!(code, 0, "{args}: {errors}");
        text
    };
    for page in ["policy show OURS", "explain OURS", "explain Q9999"] {
        let text = shown(&format!("{page} --policy ours.toml"));
        assert!(!text.contains("off"), "{page}: {text}");
        let text = shown(&format!("{page} --policy off.toml"));
        assert!(
            text.contains("off: a [severity] table says so"),
            "{page}: {text}"
        );
        assert!(!text.contains("warning"), "{page}: {text}");
    }
    let text = shown("explain KX403 --policy off.toml");
    assert!(text.contains("OURS: No KX on our code (off)"), "{text}");

    for (pack, expected) in [("ours", "warning"), ("off", "off")] {
        let json = |page: &str| -> Value {
            let args = format!("{page} --policy {pack}.toml --format json");
            serde_json::from_str(&shown(&args)).unwrap()
        };
        assert_eq!(
            json("policy show OURS")["policy"]["severity_in_force"],
            expected
        );
        let code = json("explain Q9999");
        assert_eq!(code["policies"][0]["severity_in_force"], expected);
        let rule = json("explain KX403");
        let policies = rule["policies"].as_array().unwrap().iter();
        let ours = policies.filter(|policy| policy["id"] == "OURS");
        assert!(
            ours.clone()
                .all(|policy| policy["severity_in_force"] == expected)
        );
        assert_eq!(ours.count(), 1);
    }
}

#[test]
fn the_day_of_today_must_be_a_day() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.kx837("policy list");
    let (code, _, errors) = outcome(command.env("KX837_TODAY", "tomorrow"));
    assert_eq!(code, 2);
    assert!(
        errors.contains("KX837_TODAY: expected YYYY-MM-DD"),
        "{errors}"
    );
}

#[test]
fn old_packs_are_told_once_on_standard_error() {
    let sandbox = Sandbox::new();
    let (_, list, _) = sandbox.run("policy list --format json");
    if !list.contains("as_of") {
        return; // no compiled-in pack tells the day of its facts
    }
    let clean = fixture("837p-clean-2024.edi");
    let errors = |args: &str| {
        let mut command = sandbox.kx837(args);
        outcome(command.env("KX837_TODAY", "2031-01-01")).2
    };
    for args in [
        "policy list".to_owned(),
        format!("screen --report csv {clean}"),
    ] {
        let told = errors(&args);
        assert_eq!(
            told.matches("policies may have changed since").count(),
            1,
            "{told}"
        );
    }
    assert_eq!(errors(&format!("screen -q --report csv {clean}")), "");
    assert!(!sandbox.run("policy list").2.contains("changed since"));
}

#[test]
fn the_schema_is_one_of_json() {
    let (code, text, _) = Sandbox::new().run("policy schema");
    assert_eq!(code, 0);
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert!(schema["properties"]["policy"].is_object(), "{text}");
}

/// What Medicare allows says nothing of another payer's threshold: there the charge counts.
#[test]
fn a_threshold_of_another_payer_rests_on_charges() {
    let sandbox = Sandbox::new();
    let pack = r#"[pack]
id = "plan"
version = "1"
title = "Plan"
[[payer]]
class = "plan"
ids = ["PLAN1"]
overrides-filing-indicator = true
source = { document = "Manual" }
confidence = "secondary"
[[threshold]]
table = "plan-pt"
year = 2026
dollars = 200
source = { document = "Manual" }
confidence = "verified"
[[policy]]
id = "PLAN_PT"
title = "Physical therapy of the plan"
rule = "threshold"
finding = "KX101"
codes = ["97110"]
modifiers = ["KX"]
threshold = "plan-pt"
when = { payers = ["plan"] }
severity = "error"
certainty = "certain"
advice = "Add KX."
plain = "The plan pays above 200 dollars only with KX."
source = [{ document = "Manual" }]
confidence = "verified"
[[policy.example]]
lines = ["97110 $150", "97110 $51"]
date = "2026-03-02"
payer-id = "PLAN1"
finds = ["KX101"]
[[policy.example]]
lines = ["97110 $150", "97110 $50"]
date = "2026-03-02"
payer-id = "PLAN1"
finds = []
"#;
    std::fs::write(sandbox.path("plan.toml"), pack).unwrap();
    let (code, told, errors) = sandbox.run("policy check plan.toml");
    assert_eq!(code, 0, "{told}{errors}");
}
