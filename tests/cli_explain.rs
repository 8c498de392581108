//! `kx837 explain`, `rules` and `policy`.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;

use cli_sandbox::Sandbox;
use serde_json::Value;

fn explain(topic: &str) -> (String, Value) {
    let sandbox = Sandbox::new();
    let (code, text, errors) = sandbox.run(&format!("explain {topic}"));
    assert_eq!((code, errors.as_str()), (0, ""), "{topic}");
    let (code, json, _) = sandbox.run(&format!("explain {topic} --format json"));
    assert_eq!(code, 0, "{topic}");
    (text, serde_json::from_str(&json).unwrap())
}

#[test]
fn a_rule_by_code_and_by_name() {
    let (text, json) = explain("KX101");
    assert!(
        text.starts_with("KX101 therapy-above-threshold-without-kx\n"),
        "{text}"
    );
    assert_eq!(json["type"], "rule");
    assert_eq!(json["rule"]["code"], "KX101");
    assert!(
        json["policies"]
            .as_array()
            .is_some_and(|policies| policies.len() >= 2)
    );
    assert_eq!(explain("therapy-above-threshold-without-kx"), (text, json));
}

#[test]
fn plain_words_come_before_the_exact_rule() {
    for topic in ["KX101", "KX201", "PAP"] {
        let (text, json) = explain(topic);
        let plain = json["rule"]["plain"]
            .as_str()
            .or(json["policy"]["plain"].as_str())
            .unwrap();
        let words: Vec<&str> = plain.split_whitespace().take(5).collect();
        let at = text.find(&words.join(" ")).unwrap();
        assert!(at < text.find("The exact rule").unwrap(), "{topic}: {text}");
    }
}

#[test]
fn a_policy_tells_advice_denial_and_sources() {
    let (text, json) = explain("pap");
    for part in [
        "What to do",
        "What the record must show",
        "CO-16 N822",
        "L33718",
        "verified",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(json["policy"]["id"], "PAP");
    let codes = json["applies"]["codes"]["listed"].as_array().unwrap();
    assert!(codes.contains(&Value::from("A7027-A7039")), "{codes:?}");
    assert!(text.contains("A7027-A7039"), "{text}");
}

#[test]
fn a_code_is_explained_by_the_policies_in_force() {
    let (text, json) = explain("E0601");
    assert!(text.contains("PAP") && text.contains("KX201"), "{text}");
    assert_eq!(json["policies"][0]["id"], "PAP");
    let (_, json) = explain("e0601 --date 2001-01-05");
    assert_eq!(json["policies"], Value::Array(Vec::new()));
    assert_eq!(json["on_other_dates"][0]["id"], "PAP");
    let (text, json) = explain("99213");
    assert!(
        text.contains("No policy in force names this code."),
        "{text}"
    );
    assert!(
        json["for_codes_without_policy"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    );
}

#[test]
fn a_code_is_explained_for_a_payer() {
    let (text, json) = explain("E0601 --payer medicare:dme");
    assert!(text.starts_with("E0601 for medicare:dme\n"), "{text}");
    assert_eq!(json["payer"], "medicare:dme");
    assert_eq!(json["policies"][0]["id"], "PAP");
    for part in ["  or instead      GA, GZ", "  says so         CMS"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (text, json) = explain("E0601 --payer medicaid");
    let ids = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|policy| policy["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(!ids(&json["policies"]).contains(&"PAP".to_owned()));
    assert!(ids(&json["for_other_payers"]).contains(&"PAP".to_owned()));
    assert!(text.contains("For other payers"), "{text}");
    let sandbox = Sandbox::new();
    for (payer, message) in [
        ("comercial", "did you mean commercial?"),
        ("medicaid:dme", "only medicare has contractors"),
        ("nobody-knows-it", "expected one of medicare"),
    ] {
        let (code, _, errors) = sandbox.run(&format!("explain E0601 --payer {payer}"));
        assert_eq!(code, 2);
        assert!(errors.contains(message), "{errors}");
    }
}

#[test]
fn thresholds_are_told_with_their_years_and_sources() {
    let (text, json) = explain("THERAPY_OT");
    assert!(text.contains("Yearly amounts (therapy-ot)"), "{text}");
    assert!(
        text.contains("  2026            $2,480.00 (secondary): CMS"),
        "{text}"
    );
    let years = json["applies"]["yearly_amounts"]["years"]
        .as_array()
        .unwrap();
    let first = &years[0];
    assert_eq!(
        (&first["year"], &first["amount"]),
        (&2018.into(), &"2010.00".into())
    );
    assert!(first["source"]["document"].is_string());
    assert!(explain("97530").0.contains("$2,480.00"));
}

#[test]
fn text_is_wrapped_at_80_columns() {
    for topic in ["E0601", "97110 --payer medicare", "THERAPY_OT", "KX201"] {
        let (text, _) = explain(topic);
        let long = text
            .lines()
            .find(|line| line.chars().count() > 80 && !line.contains("http"));
        assert_eq!(long, None, "{topic}");
    }
}

#[test]
fn a_notice_tells_what_it_means_for_the_run() {
    let (text, json) = explain("KX902");
    assert!(
        text.contains("not-x12") && text.contains("exit code is 2"),
        "{text}"
    );
    assert_eq!(json["notice"]["level"], "loss");
}

#[test]
fn an_unknown_topic_gets_a_suggestion() {
    let sandbox = Sandbox::new();
    let (code, _, errors) = sandbox.run("explain KX10l");
    assert_eq!(code, 2);
    assert!(errors.contains("did you mean KX101?"), "{errors}");
    let (code, _, errors) = sandbox.run("explain nonsense-without-likeness");
    assert_eq!(code, 2);
    assert!(errors.contains("expected a rule or notice"), "{errors}");
}

#[test]
fn every_topic_that_is_listed_can_be_explained() {
    let sandbox = Sandbox::new();
    let list = |args: &str| -> Value { serde_json::from_str(&sandbox.run(args).1).unwrap() };
    let rules = list("rules --format json");
    let policies = list("policy list --format json");
    assert!(rules["rules"].as_array().unwrap().len() > 10);
    assert!(rules["notices"].as_array().unwrap().len() > 30);
    // One run for each would take long: the first and last of each list.
    let ends = |list: &Value, key: &str| -> Vec<String> {
        let list = list.as_array().unwrap();
        let ends = [list.first().unwrap(), list.last().unwrap()];
        ends.map(|entry| entry[key].as_str().unwrap().to_owned())
            .to_vec()
    };
    let topics = [
        ends(&rules["rules"], "code"),
        ends(&rules["rules"], "name"),
        ends(&rules["notices"], "name"),
        ends(&policies["policies"], "id"),
    ];
    for topic in topics.concat() {
        explain(&topic);
    }
}

#[test]
fn rules_are_selected_by_prefix() {
    let (code, text, _) = Sandbox::new().run("rules --select kx2");
    assert_eq!(code, 0);
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert!(
        !rows.is_empty() && rows.iter().all(|row| row.starts_with("KX2")),
        "{text}"
    );
}

#[test]
fn policies_are_listed_and_shown() {
    let sandbox = Sandbox::new();
    let (code, text, _) = sandbox.run("policy list");
    assert_eq!(code, 0);
    assert!(text.lines().any(|line| line.starts_with("PAP ")), "{text}");
    let (code, text, _) = sandbox.run("policy show PAP");
    assert_eq!(code, 0);
    assert_eq!(text, sandbox.run("explain PAP").1);
    let (code, _, errors) = sandbox.run("policy show PAPP");
    assert_eq!(code, 2);
    assert!(errors.contains("did you mean PAP?"), "{errors}");
}

const PACK: &str = r#"[pack]
id = "ours"
version = "1"
title = "Ours"
[[policy]]
id = "OURS"
title = "No KX on our code"
rule = "must-not"
finding = "KX403"
codes = ["Q9999"]
modifiers = ["KX"]
severity = "warning"
certainty = "certain"
advice = "Remove KX."
plain = "KX has no place here."
source = [{ document = "our contract" }]
confidence = "verified"
[[policy.example]]
lines = ["Q9999:KX $10"]
date = "2026-01-05"
finds = ["KX403"]
"#;

#[test]
fn packs_are_checked_with_their_examples() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("ours.toml"), PACK).unwrap();
    let (code, text, errors) = sandbox.run("policy check ours.toml");
    assert_eq!(code, 0, "{errors}");
    assert_eq!(
        text,
        "ours.toml: ok: pack ours 1 with 0 rules, 1 policies, 1 examples\n"
    );
    let (_, text, _) = sandbox.run("explain Q9999 --policy ours.toml");
    assert!(text.contains("OURS"), "{text}");

    fs::write(
        sandbox.path("wrong.toml"),
        PACK.replace("[\"KX403\"]", "[]"),
    )
    .unwrap();
    let (code, _, errors) = sandbox.run("policy check wrong.toml");
    assert_eq!(code, 2);
    assert!(
        errors
            .contains("wrong.toml:19:9: this example of policy OURS finds KX403, expected nothing")
            && errors.contains("Q9999:KX")
            && errors.contains("^^^^"),
        "{errors}"
    );

    // What nobody read is never more than a hint, and its author is told.
    fs::write(
        sandbox.path("recalled.toml"),
        PACK.replace("\"verified\"", "\"memory\""),
    )
    .unwrap();
    let (code, text, errors) = sandbox.run("policy check recalled.toml");
    assert_eq!(code, 0, "{errors}");
    assert!(
        text.contains("but is reported as info: confidence memory"),
        "{text}"
    );

    fs::write(
        sandbox.path("slip.toml"),
        PACK.replace("advice =", "advise ="),
    )
    .unwrap();
    let (_, _, errors) = sandbox.run("policy check slip.toml");
    assert!(
        errors.contains("`advise`; did you mean `advice`?"),
        "{errors}"
    );

    fs::write(
        sandbox.path("set.toml"),
        PACK.replace("\"Q9999\"", "\"@none\""),
    )
    .unwrap();
    let (code, out, errors) = sandbox.run("policy check ours.toml set.toml gone.toml");
    assert_eq!((code, out.as_str()), (2, ""), "{errors}");
    assert!(errors.contains("gone.toml"), "{errors}");
    let (code, _, errors) = sandbox.run("policy check set.toml");
    assert_eq!(code, 2);
    assert!(
        errors.contains("set.toml:10:") && errors.contains("^^^^^^^"),
        "{errors}"
    );
}

/// Other packs have examples about a policy that a pack replaces; they are not its business.
#[test]
fn a_pack_may_replace_a_built_in_policy() {
    let sandbox = Sandbox::new();
    let pack = r#"
[pack]
id = "ended"
version = "1"
title = "PAP has ended"

[[policy]]
id = "PAP"
title = "PAP as it was"
rule = "one-of"
finding = "KX201"
codes = ["E0601"]
modifiers = ["KX"]
to = "2000-01-01"
severity = "error"
certainty = "certain"
advice = "Add KX."
plain = "A device needs KX."
source = [{ document = "An agreement" }]
confidence = "verified"
[[policy.example]]
lines = ["E0601 $100"]
date = "2026-01-05"
finds = []
"#;
    fs::write(sandbox.path("ended.toml"), pack).unwrap();
    let (code, text, errors) = sandbox.run("policy check ended.toml");
    assert_eq!((code, errors.as_str()), (0, ""), "{text}");
}
