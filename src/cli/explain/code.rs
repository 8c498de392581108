//! What the policies ask of a HCPCS code. Descriptors of codes are not ours to print.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::application::Application;
use crate::cli::prose::{heading, item, paragraph, row, title};
use crate::code::{Modifier, ProcedureCode};
use crate::finding::{PolicyId, RuleKind};
use crate::policy::{CodeScope, PolicySet};

use super::page::{OFF, advice, amounts, dates};
use super::{Asked, described};

/// Policies about a code.
struct Spoken {
    /// They name it, and are in force.
    in_force: Vec<PolicyId>,
    /// They name it, and are not in force on the date that was asked for.
    other_dates: Vec<PolicyId>,
    /// They name it, and are not those of the payer that was asked for.
    other_payers: Vec<PolicyId>,
    /// They speak of KX where no policy gives it a meaning, as on this code.
    unnamed: Vec<PolicyId>,
}

impl Spoken {
    fn new(set: &PolicySet, code: ProcedureCode, asked: &Asked) -> Self {
        let date = asked.date;
        let payer = asked.payer.as_ref();
        let holds = |id: &PolicyId| date.is_none() || set.policy(*id).in_force(date);
        let is_theirs = |id: &PolicyId| payer.is_none_or(|payer| payer.is_of(set, *id));
        let (theirs, other_payers): (Vec<_>, _) = set.policies_naming(code).partition(is_theirs);
        let (in_force, other_dates): (Vec<_>, _) = theirs.into_iter().partition(holds);
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
                && is_theirs(id)
        });
        Self {
            in_force,
            other_dates,
            other_payers,
            unnamed: unnamed.collect(),
        }
    }
}

/// A page about a code.
pub fn page(
    out: &mut dyn Write,
    set: &PolicySet,
    code: ProcedureCode,
    asked: &Asked,
) -> io::Result<()> {
    let spoken = Spoken::new(set, code, asked);
    let catalogue = set.catalogue();
    let on = asked
        .date
        .map_or(String::new(), |date| format!(" on {date}"));
    let payer = asked.payer.as_ref();
    let payer = payer.map_or(String::new(), |payer| format!(" for {}", payer.text));
    title(out, &format!("{code}{on}{payer}"))?;
    let others = !spoken.other_dates.is_empty() || !spoken.other_payers.is_empty();
    match spoken.in_force.len() {
        0 if others => paragraph(out, "No policy that names this code applies here.")?,
        0 => paragraph(out, "No policy in force names this code.")?,
        1 => paragraph(out, "One policy names this code:")?,
        count => paragraph(out, &format!("{count} policies name this code:"))?,
    }
    for id in &spoken.in_force {
        let info = catalogue.policy(*id);
        item(out, &format!("{}: {}", info.id, info.plain))?;
    }
    for id in &spoken.unnamed {
        let info = catalogue.policy(*id);
        let plain = if others {
            "KX has no known meaning on it here."
        } else {
            &info.plain
        };
        paragraph(out, plain)?;
    }
    let is_brief = spoken.in_force.len() > MOST_IN_FULL;
    for id in &spoken.in_force {
        policy(out, set, *id, is_brief)?;
    }
    if is_brief {
        heading(out, "More")?;
        paragraph(
            out,
            "kx837 explain and the id of a policy tell what the record must show, the denial to expect and all sources.",
        )?;
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
    if !spoken.other_payers.is_empty() {
        heading(out, "For other payers")?;
        for id in &spoken.other_payers {
            let info = catalogue.policy(*id);
            let payers = Application::new(set, *id).payers_text();
            item(out, &format!("{}: {} ({payers})", info.id, info.title))?;
        }
    }
    Ok(())
}

/// More policies than this are told in brief.
const MOST_IN_FULL: usize = 3;

/// What one policy asks of the code, and who says so.
fn policy(out: &mut dyn Write, set: &PolicySet, id: PolicyId, is_brief: bool) -> io::Result<()> {
    let info = set.catalogue().policy(id);
    let rule = set.catalogue().rule(set.policy(id).rule);
    heading(out, &format!("---- {} ----", info.id))?;
    if is_brief {
        paragraph(out, &format!("{}.", info.title))?;
    } else {
        paragraph(out, &format!("{}. {}", info.title, info.plain))?;
    }
    let exact = format!(
        "{} {}: {}; {}",
        rule.code,
        rule.name,
        rule.title,
        dates(info)
    );
    paragraph(out, &exact)?;
    let application = Application::new(set, id);
    // All codes of the policy are no answer to a question about one.
    for (name, text) in application
        .rows()
        .into_iter()
        .filter(|(name, _)| *name != "codes")
    {
        row(out, name, &text)?;
    }
    if set.severity_in_force(id, set.policy(id).rule).is_none() {
        row(out, "severity", OFF)?;
    }
    if let Some(source) = info.sources.first() {
        let support = info.confidence.as_str();
        row(out, "says so", &format!("{} ({support})", source.document))?;
    }
    if is_brief {
        return row(out, "do", &info.advice);
    }
    amounts(out, &application)?;
    advice(out, info)
}

/// The same for programs.
pub fn as_json(
    set: &PolicySet,
    code: ProcedureCode,
    asked: &Asked,
) -> Result<Value, serde_json::Error> {
    let spoken = Spoken::new(set, code, asked);
    let describe = |ids: &[PolicyId]| -> Result<Vec<Value>, serde_json::Error> {
        ids.iter()
            .map(|id| {
                let mut policy = described(set, *id, set.policy(*id).rule)?;
                policy["applies"] = serde_json::to_value(Application::new(set, *id))?;
                Ok(policy)
            })
            .collect()
    };
    Ok(json!({
        "type": "code",
        "code": code,
        "date": asked.date,
        "payer": asked.payer.as_ref().map(|payer| &payer.text),
        "policies": describe(&spoken.in_force)?,
        "on_other_dates": describe(&spoken.other_dates)?,
        "for_other_payers": describe(&spoken.other_payers)?,
        "for_codes_without_policy": describe(&spoken.unnamed)?,
    }))
}
