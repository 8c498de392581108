//! `kx837 policy check`

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::console::Console;
use crate::cli::failure::{Ending, Status};
use crate::cli::policies::BuiltIn;
use crate::policy::{Pack, PackError, PolicySet};
use crate::rule::RuleSet;
use crate::rule::example::run_example;

/// Tells every fault of every file, not only the first.
pub fn check(files: &[PathBuf], built_in: BuiltIn, console: &Console) -> Ending {
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
    let notes: Vec<String> = packs.iter().flat_map(capped).collect();
    let sources: Vec<Source> = packs.iter().map(Source::of).collect();
    let mut set = PolicySet::new(built_in == BuiltIn::Builtin, packs)?;
    // Examples say what policies find, whatever of it is reported.
    set.unmute();
    let rules = RuleSet::new(Arc::new(set));
    let faults = failing_examples(&rules, &sources);
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
    for note in notes {
        writeln!(out, "{note}")?;
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// Policies that say less than they want to, because of how they are supported.
fn capped(pack: &Pack) -> Vec<String> {
    let policies = pack.file().policies.iter();
    policies
        .filter_map(|row| {
            let row = row.get_ref();
            let wanted = row.severity;
            let most = row.confidence.cap().min(row.certainty.cap());
            (wanted > most).then(|| {
                format!(
                    "{}: note: policy {} has severity {}, but is reported as {}: confidence {}, certainty {}",
                    pack.name(),
                    row.id.get_ref(),
                    wanted.as_str(),
                    most.as_str(),
                    row.confidence.as_str(),
                    row.certainty.as_str(),
                )
            })
        })
        .collect()
}

/// Where an example can be shown.
struct Source {
    id: String,
    name: String,
    text: String,
}

impl Source {
    fn of(pack: &Pack) -> Self {
        Self {
            id: pack.file().pack.id.clone(),
            name: pack.name().to_owned(),
            text: pack.text().to_owned(),
        }
    }
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
fn failing_examples(rules: &RuleSet, sources: &[Source]) -> Vec<PackError> {
    let mut faults = Vec::new();
    for (policy, example) in rules.policies().examples() {
        let info = rules.catalogue().policy(*policy);
        let Some(source) = sources.iter().find(|source| source.id == info.pack) else {
            continue;
        };
        let message = match run_example(rules, *policy, example) {
            Ok(found) if found == example.finds => continue,
            Ok(found) => format!(
                "this example of policy {} finds {}, expected {}",
                info.id,
                listed(&found),
                listed(&example.finds)
            ),
            Err(error) => format!("policy {}: {error}", info.id),
        };
        faults.push(PackError::at(
            &source.name,
            &source.text,
            example.lines.span(),
            message,
        ));
    }
    faults
}

/// "KX201, KX201", or "nothing".
fn listed(codes: &[String]) -> String {
    if codes.is_empty() {
        "nothing".to_owned()
    } else {
        codes.join(", ")
    }
}
