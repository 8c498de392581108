//! Which keys of a policy belong to which kinds of rule.

use crate::finding::RuleKind;
use crate::finding::RuleKind::{
    Conflict, Exclusive, OneOf, Optional, Required, RequiredWith, RoutineUse, Sessions,
    SexConflict, Threshold, Uniform,
};

/// Keys that not every kind reads, with those that do.
const TAKERS: &[(&str, &[RuleKind])] = &[
    (
        "alternatives",
        &[
            OneOf,
            Exclusive,
            Required,
            RequiredWith,
            Threshold,
            Optional,
            Sessions,
            Uniform,
            RoutineUse,
        ],
    ),
    ("with", &[RequiredWith, Conflict]),
    ("together", &[OneOf]),
    ("doubtful", &[OneOf, Exclusive, Required]),
    ("finding-both", &[OneOf, Exclusive, Sessions]),
    ("threshold", &[Threshold, RoutineUse]),
    ("sessions", &[Sessions]),
    ("same-day", &[Uniform]),
    ("until", &[RoutineUse]),
    ("sex", &[SexConflict]),
    ("diagnoses", &[SexConflict]),
    ("condition-code", &[SexConflict]),
];

/// The kinds that read this key of a policy; `None` when all of them do.
fn takers(key: &str) -> Option<&'static [RuleKind]> {
    let row = TAKERS.iter().find(|(name, _)| *name == key);
    row.map(|(_, kinds)| *kinds)
}

/// True when policies of the kind with this name read the key.
pub(super) fn is_taken(key: &str, kind: &str) -> bool {
    takers(key).is_none_or(|kinds| kinds.iter().any(|taker| taker.as_str() == kind))
}

/// What is wrong with the key on a policy of a kind that does not read it.
pub(super) fn misplaced(key: &str, kind: RuleKind) -> String {
    let names: Vec<&str> = takers(key)
        .unwrap_or_default()
        .iter()
        .map(|taker| taker.as_str())
        .collect();
    let kinds = match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    let elsewhere = match key {
        "diagnoses" => "; as conditions they go into when",
        _ => "",
    };
    format!(
        "only {kinds} policies take {key}, and this one is {}{elsewhere}",
        kind.as_str()
    )
}
