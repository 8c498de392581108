//! What the documents say of packs and policies is what the program prints.
//! `KX837_UPDATE_DOCS=1` writes them anew.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::path::Path;
use std::{env, fs};

use cli_sandbox::Sandbox;
use serde_json::Value;

fn is_printed(document: &str, args: &str) -> String {
    let (code, printed, errors) = Sandbox::new().run(args);
    assert_eq!((code, errors.as_str()), (0, ""), "{args}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    if env::var_os("KX837_UPDATE_DOCS").is_some() {
        fs::write(&path, &printed).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == printed,
        "{document} is not what `kx837 {args}` prints: KX837_UPDATE_DOCS=1 cargo test --test policy_docs"
    );
    printed
}

#[test]
fn the_table_of_policies_is_up_to_date_and_names_them_all() {
    let table = is_printed("docs/policies.md", "policy list --format markdown");
    let (_, json, _) = Sandbox::new().run("policy list --format json");
    let list: Value = serde_json::from_str(&json).unwrap();
    for policy in list["policies"].as_array().unwrap() {
        let id = policy["id"].as_str().unwrap();
        assert!(table.contains(&format!("\n| `{id}` ")), "{id}");
    }
    for row in table.lines().filter(|line| line.starts_with('|')) {
        let cells = row.replace("\\|", "").matches('|').count();
        assert_eq!(cells, 11, "{row}");
    }
}

#[test]
fn the_schema_is_up_to_date_and_knows_every_key_of_the_guide() {
    let text = is_printed("docs/policy-pack.schema.json", "policy schema");
    let schema: Value = serde_json::from_str(&text).unwrap();
    let keys = |name: &str| schema["$defs"][name]["properties"].as_object().unwrap();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/writing-policies.md");
    let guide = fs::read_to_string(guide).unwrap();
    for (row, heading) in [
        ("PolicyRow", "### `[[policy]]`"),
        ("WhenRow", "### `when`"),
        ("ExampleRow", "### `[[policy.example]]`"),
        ("PayerRow", "### `[[payer]]`"),
    ] {
        let section = &guide[guide.find(heading).unwrap() + heading.len()..];
        let section = &section[..section.find("\n##").unwrap_or(section.len())];
        for key in keys(row).keys().filter(|key| *key != "example") {
            assert!(section.contains(&format!("`{key}`")), "{heading}: {key}");
        }
    }
}

#[test]
fn every_rule_says_what_it_is_about() {
    let (_, json, _) = Sandbox::new().run("rules --format json");
    let listed: Value = serde_json::from_str(&json).unwrap();
    let rules = listed["rules"].as_array().unwrap();
    assert!(rules.len() > 30, "{}", rules.len());
    for rule in rules {
        for (part, words) in [("title", 3), ("plain", 8), ("details", 12)] {
            let text = rule[part].as_str().unwrap();
            assert!(text.split_whitespace().count() >= words, "{rule:#}");
        }
    }
}
