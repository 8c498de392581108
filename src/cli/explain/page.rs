//! Rules, notices and policies as pages of text: plain words first, then the exact rule.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::cli::application::Application;
use crate::cli::prose::{below_item, block, heading, item, paragraph, row, title};
use crate::finding::{DenialInfo, NoticeKind, NoticeLevel, PolicyId, PolicyInfo, RuleId, RuleInfo};
use crate::policy::PolicySet;
use crate::report::Dollars;

/// The policies whose findings carry the rule.
pub fn reporting(set: &PolicySet, rule: RuleId) -> impl Iterator<Item = PolicyId> + '_ {
    let policies = set.policies().iter();
    policies
        .filter(move |policy| policy.rule == rule || policy.rule_both == Some(rule))
        .map(|policy| policy.id)
}

/// A rule.
pub fn rule(out: &mut dyn Write, set: &PolicySet, rule: RuleId) -> io::Result<()> {
    let info = set.catalogue().rule(rule);
    title(out, &format!("{} {}", info.code, info.name))?;
    paragraph(out, &info.plain)?;
    heading(out, "The exact rule")?;
    paragraph(
        out,
        &format!("{} (kind: {})", info.title, info.kind.as_str()),
    )?;
    writeln!(out)?;
    block(out, &info.details)?;
    let mut is_first = true;
    for id in reporting(set, rule) {
        if is_first {
            heading(out, "Policies")?;
        }
        is_first = false;
        let policy = set.catalogue().policy(id);
        let off = set.severity_in_force(id, rule).map_or(" (off)", |_| "");
        item(out, &format!("{}: {}{off}", policy.id, policy.title))?;
        below_item(out, &format!("do: {}", policy.advice))?;
        let denial = info.denial_under(policy).and_then(DenialInfo::text);
        if let Some(denial) = denial {
            below_item(out, &format!("denial to expect: {denial}"))?;
        }
    }
    if is_first {
        heading(out, "Policies")?;
        paragraph(out, "No policy in force reports this.")?;
    } else {
        writeln!(out, "\n  kx837 explain POLICY tells more about a policy.")?;
    }
    Ok(())
}

/// A notice.
pub fn notice(out: &mut dyn Write, kind: NoticeKind) -> io::Result<()> {
    title(out, &format!("{} {}", kind.code(), kind.name()))?;
    paragraph(out, kind.title())?;
    heading(out, "What it means for the run")?;
    let meaning = match kind.level() {
        NoticeLevel::Note => "A note: everything was read; good to know.",
        NoticeLevel::Defect => {
            "A defect of the file: everything readable was read. With --strict the exit code is 1."
        }
        NoticeLevel::Loss => {
            "A loss: something could not be read, so reports say that they are incomplete and the exit code is 2."
        }
    };
    paragraph(out, meaning)
}

/// Said of findings that are not reported.
pub const OFF: &str = "off: a [severity] table says so";

/// A policy.
pub fn policy(out: &mut dyn Write, set: &PolicySet, id: PolicyId) -> io::Result<()> {
    let info = set.catalogue().policy(id);
    title(out, &format!("{}: {}", info.id, info.title))?;
    paragraph(out, &info.plain)?;
    heading(out, "The exact rule")?;
    for (name, text) in Application::new(set, id).rows() {
        row(out, name, &text)?;
    }
    row(out, "dates", &dates(info))?;
    let policy = set.policy(id);
    let severity = match set.severity_in_force(id, policy.rule) {
        Some(severity) => format!("{} ({})", severity.as_str(), info.certainty.as_str()),
        None => OFF.to_owned(),
    };
    row(out, "severity", &severity)?;
    let rule = set.catalogue().rule(policy.rule);
    row(out, "reported as", &format!("{} {}", rule.code, rule.name))?;
    if let Some(rule) = policy.rule_both {
        let both = set.catalogue().rule(rule);
        let mut text = format!("{} {}{}", both.code, both.name, expected(both, info));
        if set.severity_in_force(id, rule).is_none() {
            let _ = write!(text, ", {OFF}");
        }
        row(out, "or, when both", &text)?;
    }
    amounts(out, &Application::new(set, id))?;
    advice(out, info)
}

/// The amounts of a threshold policy.
pub fn amounts(out: &mut dyn Write, application: &Application<'_>) -> io::Result<()> {
    let Some(amounts) = &application.yearly_amounts else {
        return Ok(());
    };
    heading(out, &format!("Yearly amounts ({})", amounts.table))?;
    for year in &amounts.years {
        let source = year.source.map_or("", |source| source.document.as_str());
        let text = format!(
            "{} ({}): {source}",
            Dollars(year.amount),
            year.confidence.as_str()
        );
        row(out, &year.year.to_string(), &text)?;
    }
    Ok(())
}

/// From meaning to sources, the part that pages of codes share.
pub fn advice(out: &mut dyn Write, info: &PolicyInfo) -> io::Result<()> {
    if let Some(meaning) = &info.meaning {
        heading(out, "What KX says here")?;
        paragraph(out, meaning)?;
    }
    heading(out, "What to do")?;
    paragraph(out, &info.advice)?;
    if !info.documentation.is_empty() {
        heading(out, "What the record must show")?;
        for text in &info.documentation {
            item(out, text)?;
        }
    }
    heading(out, "Denial to expect")?;
    paragraph(out, &denial(info))?;
    heading(
        out,
        &format!("Sources (support: {})", info.confidence.as_str()),
    )?;
    for source in &info.sources {
        item(out, &source.document)?;
        if let Some(url) = &source.url {
            writeln!(out, "    {url}")?;
        }
    }
    Ok(())
}

/// The denial to expect of a policy's other finding, behind its name.
fn expected(both: &RuleInfo, info: &PolicyInfo) -> String {
    both.denial_under(info)
        .filter(|_| both.denial.is_some())
        .and_then(DenialInfo::text)
        .map_or(String::new(), |denial| {
            format!(" (denial to expect: {denial})")
        })
}

/// The denial with its support.
fn denial(info: &PolicyInfo) -> String {
    let denial = info.denial.as_ref();
    match denial.and_then(DenialInfo::text) {
        None => "not known".into(),
        Some(text) => match denial.and_then(|denial| denial.confidence) {
            Some(confidence) => format!("{text} (support: {})", confidence.as_str()),
            None => text,
        },
    }
}

/// The dates of service of a policy.
pub fn dates(info: &PolicyInfo) -> String {
    match (info.effective_from, info.effective_to) {
        (None, None) => "any date of service".into(),
        (Some(from), None) => format!("dates of service from {from} on"),
        (None, Some(to)) => format!("dates of service to {to}"),
        (Some(from), Some(to)) => format!("dates of service {from} to {to}"),
    }
}
