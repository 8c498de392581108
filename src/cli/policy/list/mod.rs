//! `kx837 policy list`

mod markdown;
mod text;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::iter;

use anstream::AutoStream;
use clap::ValueEnum;
use serde::Serialize;

use crate::cli::failure::{Ending, Status};
use crate::finding::{PolicyId, PolicyInfo, Severity};
use crate::policy::{CodeScope, PackInfo, Policy, PolicySet};

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// Tables as in docs/policies.md
    Markdown,
}

/// A pack with what it brings into force.
#[derive(Serialize)]
struct ListedPack<'a> {
    #[serde(flatten)]
    info: &'a PackInfo,
    /// Policies, without those that a later pack replaces.
    policies: usize,
    /// Codes that they name.
    codes: usize,
    /// Their examples.
    examples: usize,
}

/// A policy with the severity of its findings.
#[derive(Serialize)]
struct ListedPolicy<'a> {
    #[serde(flatten)]
    info: &'a PolicyInfo,
    /// As it is reported: after both caps and what the user set.
    severity_in_force: Severity,
    #[serde(skip)]
    id: PolicyId,
}

#[derive(Serialize)]
struct List<'a> {
    packs: Vec<ListedPack<'a>>,
    policies: Vec<ListedPolicy<'a>>,
}

/// Prints packs and policies.
pub fn list(format: ListFormat, set: &PolicySet) -> Ending {
    let list = List::new(set);
    let mut out = AutoStream::auto(io::stdout()).lock();
    match format {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &list)?;
            writeln!(out)?;
        }
        ListFormat::Text => text::print(&mut out, &list)?,
        ListFormat::Markdown => markdown::print(&mut out, set, &list)?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

impl<'a> List<'a> {
    fn new(set: &'a PolicySet) -> Self {
        let policies = (0..).zip(&set.catalogue().policies);
        Self {
            packs: set.packs().iter().map(|info| pack(set, info)).collect(),
            policies: policies
                .filter_map(|(index, info)| {
                    let policy = set.policy(PolicyId(index));
                    let mut rules = iter::once(policy.rule).chain(policy.rule_both);
                    Some(ListedPolicy {
                        info,
                        severity_in_force: rules
                            .find_map(|rule| set.severity_in_force(policy.id, rule))?,
                        id: policy.id,
                    })
                })
                .collect(),
        }
    }
}

fn pack<'a>(set: &'a PolicySet, info: &'a PackInfo) -> ListedPack<'a> {
    let is_its_own = |id: PolicyId| set.catalogue().policy(id).pack == info.id;
    let policies: Vec<&Policy> = set
        .policies()
        .iter()
        .filter(|policy| is_its_own(policy.id) && !set.is_silent(policy.id))
        .collect();
    let codes: BTreeSet<u64> = policies
        .iter()
        .filter_map(|policy| match &policy.codes {
            CodeScope::Listed(codes) => Some(codes.iter().copied()),
            CodeScope::Every | CodeScope::AllBut(_) => None,
        })
        .flatten()
        .collect();
    ListedPack {
        info,
        policies: policies.len(),
        codes: codes.len(),
        examples: set
            .examples()
            .iter()
            .filter(|(id, _)| is_its_own(*id) && !set.is_silent(*id))
            .count(),
    }
}
