//! `kx837 policy check`

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::console::Console;
use crate::cli::failure::{Ending, Status};
use crate::cli::policies::BuiltIn;
use crate::policy::{Pack, PolicySet};
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
    let ids: Vec<String> = packs
        .iter()
        .map(|pack| pack.file().pack.id.clone())
        .collect();
    let mut set = PolicySet::new(built_in == BuiltIn::Builtin, packs)?;
    // Examples say what policies find, whatever of it is reported.
    set.unmute();
    let rules = RuleSet::new(Arc::new(set));
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
