//! What the policies ask of a HCPCS code. Descriptors of codes are not ours to print.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::application::Application;
use crate::cli::prose::{heading, item, paragraph, title};
use crate::code::{Modifier, ProcedureCode};
use crate::date::Date;
use crate::finding::{PolicyId, RuleKind};
use crate::policy::{CodeScope, PolicySet};

use super::page::{advice, dates};

/// Policies about a code.
struct Spoken {
    /// They name it, and are in force.
    in_force: Vec<PolicyId>,
    /// They name it, and are not in force on the date that was asked for.
    other_dates: Vec<PolicyId>,
    /// They speak of KX where no policy gives it a meaning, as on this code.
    unnamed: Vec<PolicyId>,
}

impl Spoken {
    fn new(set: &PolicySet, code: ProcedureCode, date: Option<Date>) -> Self {
        let holds = |id: &PolicyId| date.is_none() || set.policy(*id).in_force(date);
        let (in_force, other_dates): (Vec<_>, _) = set.policies_naming(code).partition(holds);
        let gives_meaning = |id: &PolicyId| set.policy(*id).names(Modifier::KX);
        let has_meaning = in_force.iter().any(gives_meaning);
        let unnamed = set.generic().iter().map(|index| PolicyId(*index));
        let unnamed = unnamed.filter(|id| {
            let policy = set.policy(*id);
            !has_meaning
                && policy.kind == RuleKind::NoPolicy
                && matches!(policy.codes, CodeScope::AllBut(_))
                && policy.codes.covers(Some(code))
                && holds(id)
        });
        Self {
            in_force,
            other_dates,
            unnamed: unnamed.collect(),
        }
    }
}

/// A page about a code.
pub fn page(
    out: &mut dyn Write,
    set: &PolicySet,
    code: ProcedureCode,
    date: Option<Date>,
) -> io::Result<()> {
    let spoken = Spoken::new(set, code, date);
    let catalogue = set.catalogue();
    let on = date.map_or(String::new(), |date| format!(" on {date}"));
    title(out, &format!("{code}{on}"))?;
    match spoken.in_force.len() {
        0 => paragraph(out, "No policy in force names this code.")?,
        1 => paragraph(out, "One policy names this code:")?,
        count => paragraph(out, &format!("{count} policies name this code:"))?,
    }
    for id in &spoken.in_force {
        let info = catalogue.policy(*id);
        item(out, &format!("{}: {}", info.id, info.plain))?;
    }
    for id in &spoken.unnamed {
        paragraph(out, &catalogue.policy(*id).plain)?;
    }
    for id in &spoken.in_force {
        let info = catalogue.policy(*id);
        let rule = catalogue.rule(set.policy(*id).rule);
        heading(out, &format!("---- {}: {} ----", info.id, info.title))?;
        let exact = format!(
            "{} {}: {}; {}",
            rule.code,
            rule.name,
            rule.title,
            dates(info)
        );
        paragraph(out, &exact)?;
        advice(out, info)?;
    }
    if !spoken.other_dates.is_empty() {
        heading(out, "On other dates of service")?;
        for id in &spoken.other_dates {
            let info = catalogue.policy(*id);
            item(
                out,
                &format!("{}: {} ({})", info.id, info.title, dates(info)),
            )?;
        }
    }
    Ok(())
}

/// The same for programs.
pub fn as_json(
    set: &PolicySet,
    code: ProcedureCode,
    date: Option<Date>,
) -> Result<Value, serde_json::Error> {
    let spoken = Spoken::new(set, code, date);
    let describe = |ids: &[PolicyId]| -> Result<Vec<Value>, serde_json::Error> {
        ids.iter()
            .map(|id| {
                let mut policy = serde_json::to_value(set.catalogue().policy(*id))?;
                policy["applies"] = serde_json::to_value(Application::new(set, *id))?;
                Ok(policy)
            })
            .collect()
    };
    Ok(json!({
        "type": "code",
        "code": code,
        "date": date,
        "policies": describe(&spoken.in_force)?,
        "on_other_dates": describe(&spoken.other_dates)?,
        "for_codes_without_policy": describe(&spoken.unnamed)?,
    }))
}
