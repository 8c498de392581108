//! Policies as the tables of `docs/policies.md`.

use std::io::{self, Write};

use crate::cli::application::Application;
use crate::cli::ranges::Codes;
use crate::finding::PolicyInfo;
use crate::policy::PolicySet;

use super::{List, ListedPolicy};

/// More codes and ranges than this make a table that nobody reads.
const MOST_RANGES: usize = 16;

const HEAD: &str = "\
# Policies

Every compiled-in policy, by pack. Made by `kx837 policy list --format markdown`; do not edit it. A test
compares; `KX837_UPDATE_DOCS=1 cargo test --test policy_docs` writes it anew. `kx837 policy show ID` tells
everything about a policy: what it asks for, all its codes, the denial to expect, all sources.

The severity is that of its findings, after the caps by support and certainty.
";

/// Prints a table for each pack that has policies.
pub fn print(out: &mut dyn Write, set: &PolicySet, list: &List<'_>) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    for pack in list.packs.iter().filter(|pack| pack.policies > 0) {
        let info = pack.info;
        let as_of = info
            .as_of
            .map_or(String::new(), |day| format!(", facts as of {day}"));
        writeln!(out, "\n## {}\n", escaped(&info.title))?;
        writeln!(
            out,
            "Pack `{}`, version {}{as_of}: {} policies, {} codes, {} examples.\n",
            info.id, info.version, pack.policies, pack.codes, pack.examples
        )?;
        writeln!(
            out,
            "| Policy | Finding | Kind | Codes | Claims | Payers | Dates of service | Severity | Support | First source |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|---|---|")?;
        let policies = list.policies.iter();
        for policy in policies.filter(|policy| policy.info.pack == info.id) {
            row(out, set, policy)?;
        }
    }
    Ok(())
}

fn row(out: &mut dyn Write, set: &PolicySet, policy: &ListedPolicy<'_>) -> io::Result<()> {
    let info = policy.info;
    let application = Application::new(set, policy.id);
    let both = set.policy(policy.id).rule_both;
    let both = both.map_or(String::new(), |rule| {
        format!(", {}", set.catalogue().rule(rule).code)
    });
    let source = info.sources.first();
    let source = source.map_or(String::new(), |source| match &source.url {
        Some(url) => format!("[{}]({url})", escaped(&source.document)),
        None => escaped(&source.document),
    });
    writeln!(
        out,
        "| `{}` {} | {}{both} | {} | {} | {} | {} | {} | {} | {} | {source} |",
        info.id,
        escaped(&info.title),
        info.rule,
        application.kind,
        codes(&application.codes),
        application.claims_text(),
        application.payers_text(),
        dates(info),
        policy.severity_in_force.as_str(),
        info.confidence.as_str(),
    )
}

fn codes(codes: &Codes) -> String {
    match codes {
        Codes::Every => "every".into(),
        Codes::Listed(list) if list.is_empty() => "by diagnosis".into(),
        Codes::Listed(list) => few(list),
        Codes::AllBut(list) => format!("every but {}", few(list)),
    }
}

fn few(list: &[String]) -> String {
    match list.split_at_checked(MOST_RANGES) {
        Some((first, rest)) if rest.len() > 1 => {
            format!(
                "{} and {} more codes or ranges",
                first.join(" "),
                rest.len()
            )
        }
        _ => list.join(" "),
    }
}

fn dates(info: &PolicyInfo) -> String {
    match (info.effective_from, info.effective_to) {
        (None, None) => "any".into(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("to {to}"),
        (Some(from), Some(to)) => format!("{from} to {to}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
