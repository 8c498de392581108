//! Packs and policies as tables for people.

use std::io::{self, Write};

use super::List;

/// Prints both tables.
pub fn print(out: &mut dyn Write, list: &List<'_>) -> io::Result<()> {
    let ids = list.packs.iter().map(|pack| pack.info.id.len());
    let width = ids.max().unwrap_or_default() + 2;
    writeln!(
        out,
        "{:<width$}{:<10}{:<12}{:>8}{:>8}{:>10}  title",
        "pack", "version", "as of", "policies", "codes", "examples"
    )?;
    for pack in &list.packs {
        let as_of = pack.info.as_of.map_or("-".into(), |day| day.to_string());
        writeln!(
            out,
            "{:<width$}{:<10}{as_of:<12}{:>8}{:>8}{:>10}  {}",
            pack.info.id,
            pack.info.version,
            pack.policies,
            pack.codes,
            pack.examples,
            pack.info.title
        )?;
    }
    let ids = list.policies.iter().map(|policy| policy.info.id.len());
    let width = ids.max().unwrap_or_default() + 2;
    writeln!(
        out,
        "\n{:<width$}{:<7}{:<9}{:<11}title",
        "policy", "rule", "severity", "support"
    )?;
    for policy in &list.policies {
        writeln!(
            out,
            "{:<width$}{:<7}{:<9}{:<11}{}",
            policy.info.id,
            policy.info.rule,
            policy.severity_in_force.as_str(),
            policy.info.confidence.as_str(),
            policy.info.title
        )?;
    }
    Ok(())
}
