//! The built-in packs load, and every policy keeps what its examples promise.

use std::collections::BTreeSet;
use std::sync::Arc;

use kx837::finding::PolicyId;
use kx837::policy::PolicySet;
use kx837::rule::RuleSet;
use kx837::rule::example::{judge_example, run_example};

fn rules() -> RuleSet {
    let set = PolicySet::new(true, Vec::new()).unwrap_or_else(|error| panic!("{error}"));
    RuleSet::new(Arc::new(set))
}

#[test]
fn examples_of_policies_hold() {
    let rules = rules();
    let mut failures = Vec::new();
    for (policy, example) in rules.policies().examples() {
        let id = &rules.catalogue().policy(*policy).id;
        match run_example(&rules, *policy, example) {
            Ok(found) if found == example.finds => {}
            Ok(found) => {
                let all: Vec<String> = judge_example(&rules, example)
                    .unwrap()
                    .iter()
                    .map(|hit| {
                        let policy = &rules.catalogue().policy(hit.policy).id;
                        format!("{policy}: {}", hit.message)
                    })
                    .collect();
                failures.push(format!(
                    "{id}: {:?} on {} finds {found:?}, not {:?}; everything found: {all:#?}",
                    example.lines.get_ref(),
                    example.date,
                    example.finds
                ));
            }
            Err(error) => failures.push(format!("{id}: {error}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_policy_has_an_example_that_finds_and_one_that_does_not() {
    let rules = rules();
    let (mut finding, mut clean) = (BTreeSet::new(), BTreeSet::new());
    for (policy, example) in rules.policies().examples() {
        if example.finds.is_empty() {
            clean.insert(*policy);
        } else {
            finding.insert(*policy);
        }
    }
    for (index, info) in (0u32..).zip(&rules.catalogue().policies) {
        let id = PolicyId(index);
        assert!(finding.contains(&id), "{} has no finding example", info.id);
        assert!(clean.contains(&id), "{} has no clean example", info.id);
    }
}

#[test]
fn every_rule_is_used_by_a_policy() {
    let rules = rules();
    let used: BTreeSet<_> = rules
        .policies()
        .policies()
        .iter()
        .flat_map(|policy| [Some(policy.rule), policy.rule_both])
        .flatten()
        .collect();
    let unused: Vec<&str> = (0u16..)
        .zip(&rules.catalogue().rules)
        .filter(|(index, _)| !used.contains(&kx837::finding::RuleId(*index)))
        .map(|(_, rule)| rule.code.as_str())
        .collect();
    assert!(unused.is_empty(), "no policy reports {unused:?}");
}
