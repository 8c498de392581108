//! `[defaults]`: what the policies of a pack have in common, written once.

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};

use super::kinds;
use super::pack::PackFile;

/// Fields of a policy that are tables themselves and are merged key by key.
const MERGED: &[&str] = &["when"];

/// Reads a pack file, with `[defaults]` put into its policies. Places of faults stay those of the
/// text: a fault in a default points there.
pub(super) fn read(text: &str) -> Result<PackFile, Error> {
    let document = DeTable::parse(text)?;
    let span = document.span();
    let mut table = document.into_inner();
    apply(&mut table);
    let value = Spanned::new(span, DeValue::Table(table));
    PackFile::deserialize(ValueDeserializer::from(value))
}

fn apply(file: &mut DeTable<'_>) {
    let Some(DeValue::Table(defaults)) = file.get("defaults").map(Spanned::get_ref) else {
        return;
    };
    let defaults = defaults.clone();
    let Some(DeValue::Array(policies)) = file.get_mut("policy").map(Spanned::get_mut) else {
        return;
    };
    for policy in policies.iter_mut() {
        if let DeValue::Table(policy) = policy.get_mut() {
            fill(policy, &taken(policy, &defaults));
        }
    }
}

/// The defaults that the policy's kind of rule takes: packs have policies of several kinds. Two modifiers
/// that may stand together mean nothing to a policy about others.
fn taken<'i>(policy: &DeTable<'i>, defaults: &DeTable<'i>) -> DeTable<'i> {
    let of = |key: &str| policy.get(key).or_else(|| defaults.get(key));
    let words = |key: &str| match of(key).map(Spanned::get_ref) {
        Some(DeValue::Array(words)) => words.iter().filter_map(|w| w.get_ref().as_str()).collect(),
        _ => Vec::new(),
    };
    let kind = of("rule").and_then(|kind| kind.get_ref().as_str());
    let known = [words("modifiers"), words("alternatives")].concat();
    let is_about_pair = words("together").iter().all(|word| known.contains(word));
    let is_wanted = |key: &str| {
        kind.is_none_or(|kind| kinds::is_taken(key, kind)) && (key != "together" || is_about_pair)
    };
    let taken = defaults.iter().filter(|(key, _)| is_wanted(key.get_ref()));
    taken
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Gives a policy the defaults that it lacks.
fn fill<'i>(policy: &mut DeTable<'i>, defaults: &DeTable<'i>) {
    for (key, default) in defaults {
        let name: &str = key.get_ref();
        let Some(own) = policy.get_mut(name) else {
            policy.insert(key.clone(), default.clone());
            continue;
        };
        if let (true, DeValue::Table(own), DeValue::Table(default)) =
            (MERGED.contains(&name), own.get_mut(), default.get_ref())
        {
            fill(own, default);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACK: &str = r#"
[pack]
id = "a"
version = "1"
title = "t"
[defaults]
rule = "must-not"
finding = "KX801"
modifiers = ["KX"]
severity = "error"
certainty = "likely"
advice = "default"
plain = "p"
source = [{ document = "d" }]
confidence = "verified"
when = { claims = ["P"], contractors = ["dme"] }
[[policy]]
id = "A"
title = "a"
[[policy]]
id = "B"
title = "b"
advice = "own"
modifiers = ["KS"]
when = { claims = ["I"], states = ["KY"] }
"#;

    #[test]
    fn policies_have_what_they_do_not_say_from_the_defaults() {
        let file = read(PACK).unwrap();
        let [a, b] = [0, 1].map(|index| file.policies[index].get_ref());
        assert_eq!((a.advice.as_str(), b.advice.as_str()), ("default", "own"));
        assert_eq!(b.modifiers.len(), 1);
        assert_eq!(b.modifiers[0].get_ref(), "KS");
        assert_eq!(a.when.claims, ["P"]);
        assert_eq!(b.when.claims, ["I"]);
        assert_eq!(b.when.contractors.len(), 1);
        assert_eq!(b.when.states, ["KY"]);
    }

    #[test]
    fn a_policy_has_only_what_its_kind_takes() {
        let text = PACK
            .replace(
                "[[policy]]\nid = \"A\"",
                "alternatives = [\"GA\"]\ntogether = [\"KX\", \"GA\"]\n[[policy]]\nid = \"A\"",
            )
            .replace("id = \"B\"", "id = \"B\"\nrule = \"one-of\"")
            .replace(
                "id = \"A\"",
                "id = \"C\"\ntitle = \"c\"\nrule = \"one-of\"\n[[policy]]\nid = \"A\"",
            );
        let file = read(&text).unwrap();
        let counts = |index: usize| {
            let row = file.policies[index].get_ref();
            (row.alternatives.len(), row.together.len())
        };
        // A one-of policy, a must-not one, and a one-of policy about another modifier.
        assert_eq!([0, 1, 2].map(counts), [(1, 2), (0, 0), (1, 0)]);
    }

    #[test]
    fn a_fault_in_the_defaults_is_shown_there() {
        let misspelt = PACK.replace("plain = \"p\"", "plane = \"p\"");
        let error = read(&misspelt).unwrap_err();
        assert!(error.message().contains("plane"), "{error}");
        let span = error.span().unwrap();
        assert_eq!(&misspelt[span], "plane");
    }

    #[test]
    fn what_neither_says_is_missing_in_the_policy() {
        let error = read(&PACK.replace("plain = \"p\"\n", "")).unwrap_err();
        assert!(error.message().contains("missing field `plain`"), "{error}");
    }
}
