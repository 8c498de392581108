//! `kx837 policy`

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anstream::AutoStream;
use clap::{Args, Subcommand};

use crate::finding::PolicyId;
use crate::policy::{Pack, PolicySet};
use crate::rule::RuleSet;
use crate::rule::example::run_example;

use super::console::Console;
use super::explain::{nearest, show_policy};
use super::failure::{Ending, Failure, Status};
use super::help;
use super::policies::{BuiltIn, PolicyArgs};
use super::rules::OutputFormat;

/// Check, list and show policies
#[derive(Args)]
#[command(before_help = help::POLICY, arg_required_else_help = true)]
pub struct PolicyCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Check packs, together with the compiled-in ones, and run their examples
    #[command(before_help = help::POLICY_CHECK)]
    Check {
        /// Pack files (TOML)
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Policies that the packs are put together with
        #[arg(long = "policies", value_name = "WHICH", default_value = "builtin")]
        built_in: BuiltIn,
    },
    /// List all policies
    #[command(before_help = help::POLICY_LIST)]
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: OutputFormat,
        #[command(flatten)]
        policies: PolicyArgs,
    },
    /// Show one policy
    #[command(before_help = help::POLICY_SHOW)]
    Show {
        /// Its id, such as PAP
        id: String,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: OutputFormat,
        #[command(flatten)]
        policies: PolicyArgs,
    },
}

/// Runs the subcommand.
pub fn run(command: &PolicyCommand, console: &Console) -> Ending {
    match &command.action {
        Action::Check { files, built_in } => check(files, *built_in, console),
        Action::List { format, policies } => list(*format, policies.load()?.as_ref()),
        Action::Show {
            id,
            format,
            policies,
        } => {
            let set = policies.load()?;
            let Some(policy) = set.find_policy(id) else {
                let ids = set.catalogue().policies.iter().map(|info| info.id.as_str());
                let mut message = format!("no policy is called {id:?}");
                if let Some(near) = nearest(id, ids) {
                    let _ = write!(message, "; did you mean {near}?");
                }
                return Err(Failure::new(message));
            };
            show_policy(&set, policy, *format)
        }
    }
}

/// Tells every fault of every file, not only the first.
fn check(files: &[PathBuf], built_in: BuiltIn, console: &Console) -> Ending {
    let mut packs = Vec::new();
    let mut is_sound = true;
    for path in files {
        match Pack::read(path) {
            Ok(pack) => packs.push(pack),
            Err(error) => {
                console.error(error);
                is_sound = false;
            }
        }
    }
    if !is_sound {
        return Ok(Status::Incomplete);
    }
    let described: Vec<(String, String)> = packs.iter().map(describe).collect();
    let ids: Vec<String> = packs
        .iter()
        .map(|pack| pack.file().pack.id.clone())
        .collect();
    let rules = RuleSet::new(Arc::new(PolicySet::new(
        built_in == BuiltIn::Builtin,
        packs,
    )?));
    let faults = failing_examples(&rules, &ids);
    for fault in &faults {
        console.error(fault);
    }
    if !faults.is_empty() {
        return Ok(Status::Incomplete);
    }
    let mut out = io::stdout().lock();
    for (name, text) in described {
        writeln!(out, "{name}: {text}")?;
    }
    out.flush()?;
    Ok(Status::Clean)
}

fn describe(pack: &Pack) -> (String, String) {
    let file = pack.file();
    let header = &file.pack;
    let examples: usize = file
        .policies
        .iter()
        .map(|row| row.get_ref().example.len())
        .sum();
    let text = format!(
        "ok: pack {} {} with {} rules, {} policies, {examples} examples",
        header.id,
        header.version,
        file.rules.len(),
        file.policies.len(),
    );
    (pack.name().to_owned(), text)
}

/// Examples of these packs that do not find what they promise. Those of other packs are not run:
/// a pack that replaces one of their policies means to change what they find.
fn failing_examples(rules: &RuleSet, packs: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    for (policy, example) in rules.policies().examples() {
        let info = rules.catalogue().policy(*policy);
        if !packs.contains(&info.pack) {
            continue;
        }
        let place = format!("pack {}, policy {}", info.pack, info.id);
        match run_example(rules, *policy, example) {
            Ok(found) if found == example.finds => {}
            Ok(found) => faults.push(format!(
                "{place}: the example {:?} on {} finds {found:?}, expected {:?}",
                example.lines, example.date, example.finds
            )),
            Err(error) => faults.push(format!("{place}: {error}")),
        }
    }
    faults
}

fn list(format: OutputFormat, set: &PolicySet) -> Ending {
    let mut out = AutoStream::auto(io::stdout()).lock();
    let policies = &set.catalogue().policies;
    match format {
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut out, policies)?;
            writeln!(out)?;
        }
        OutputFormat::Text => {
            let width = policies
                .iter()
                .map(|info| info.id.len())
                .max()
                .unwrap_or_default()
                + 2;
            writeln!(
                out,
                "{:<width$}{:<7}{:<9}{:<11}title",
                "id", "rule", "severity", "support"
            )?;
            for (index, info) in (0u32..).zip(policies) {
                // The severity in force, after both caps.
                let severity = set
                    .policy(PolicyId(index))
                    .severity
                    .min(info.certainty.cap());
                let severity = severity.as_str();
                writeln!(
                    out,
                    "{:<width$}{:<7}{severity:<9}{:<11}{}",
                    info.id,
                    info.rule,
                    info.confidence.as_str(),
                    info.title
                )?;
            }
        }
    }
    out.flush()?;
    Ok(Status::Clean)
}
