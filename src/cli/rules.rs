//! `kx837 rules`

use std::io::{self, Write};

use anstream::AutoStream;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::finding::{NoticeKind, RuleInfo};
use crate::policy::PolicySet;

use super::failure::{Ending, Status};
use super::help;
use super::policies::{ChoiceArgs, PolicyArgs};

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// List all rules and notices
#[derive(Args)]
#[command(before_help = help::RULES)]
pub struct RulesArgs {
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    choice: ChoiceArgs,
}

/// A rule with the number of policies that report it.
#[derive(Serialize)]
struct ListedRule<'a> {
    #[serde(flatten)]
    rule: &'a RuleInfo,
    policies: usize,
}

/// A notice, as `rules` and `explain` print it.
#[derive(Serialize)]
pub struct ListedNotice {
    code: &'static str,
    name: &'static str,
    level: &'static str,
    title: &'static str,
}

impl From<NoticeKind> for ListedNotice {
    fn from(kind: NoticeKind) -> Self {
        Self {
            code: kind.code(),
            name: kind.name(),
            level: kind.level().as_str(),
            title: kind.title(),
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    rules: Vec<ListedRule<'a>>,
    notices: Vec<ListedNotice>,
}

/// Prints the list.
pub fn run(args: &RulesArgs) -> Ending {
    let notices = NoticeChoice::new(&args.choice);
    let set = args.policies.load_chosen(&notices.others)?;
    let list = List::new(&set, &notices);
    let mut out = AutoStream::auto(io::stdout()).lock();
    match args.format {
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &list)?;
            writeln!(out)?;
        }
        OutputFormat::Text => list.print(&mut out)?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// What the options choose among notices, which no policy reports.
struct NoticeChoice {
    notices: Vec<NoticeKind>,
    /// What is chosen among findings.
    others: ChoiceArgs,
    /// Nothing but notices was selected.
    is_notices_only: bool,
}

impl NoticeChoice {
    fn new(choice: &ChoiceArgs) -> Self {
        let is_in = |words: &[String], kind: NoticeKind| words.iter().any(|w| names(w, kind));
        let kinds = NoticeKind::ALL.iter().copied();
        let notices = kinds
            .filter(|kind| choice.select.is_empty() || is_in(&choice.select, *kind))
            .filter(|kind| !is_in(&choice.ignore, *kind))
            .collect();
        let mut others = choice.clone();
        others.select.retain(|word| !is_about_notices(word));
        others.ignore.retain(|word| !is_about_notices(word));
        Self {
            notices,
            is_notices_only: others.select.is_empty() && !choice.select.is_empty(),
            others,
        }
    }
}

/// True when a word is the name of a notice, its code, or the beginning of its code.
fn names(word: &str, kind: NoticeKind) -> bool {
    let word = word.trim().to_ascii_lowercase();
    let code = kind.code().to_ascii_lowercase();
    (word.starts_with("kx") && code.starts_with(&word)) || kind.name() == word
}

/// True when a word names notices and no rules: `KX9` and more, but not `KX`.
fn is_about_notices(word: &str) -> bool {
    word.trim().len() > "KX".len() && NoticeKind::ALL.iter().any(|kind| names(word, *kind))
}

impl<'a> List<'a> {
    fn new(set: &'a PolicySet, choice: &NoticeChoice) -> Self {
        let catalogue = set.catalogue();
        let reporting = |code: &str| {
            let codes = set.policies().iter().flat_map(|policy| {
                let both = policy.rule_both.filter(|both| *both != policy.rule);
                let codes = [Some(policy.rule), both].into_iter().flatten();
                codes.filter(|rule| !set.is_muted(policy.id, *rule))
            });
            codes
                .filter(|rule| catalogue.rule(*rule).code == code)
                .count()
        };
        // A rule that no policy reports is listed unless some were chosen.
        let is_chosen = !(choice.others.select.is_empty() && choice.others.ignore.is_empty())
            || choice.others.as_of.is_some();
        let rules = catalogue.rules.iter().map(|rule| ListedRule {
            rule,
            policies: reporting(&rule.code),
        });
        Self {
            rules: rules
                .filter(|listed| !choice.is_notices_only && (!is_chosen || listed.policies > 0))
                .collect(),
            notices: choice
                .notices
                .iter()
                .map(|kind| ListedNotice::from(*kind))
                .collect(),
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let names = self.rules.iter().map(|listed| listed.rule.name.as_str());
        let names = names.chain(self.notices.iter().map(|notice| notice.name));
        let width = names.map(str::len).max().unwrap_or_default() + 2;
        if !self.rules.is_empty() {
            writeln!(out, "code   policies  {:<width$}title", "name")?;
        }
        for ListedRule { rule, policies } in &self.rules {
            writeln!(
                out,
                "{:<7}{policies:>8}  {:<width$}{}",
                rule.code, rule.name, rule.title
            )?;
        }
        if !self.rules.is_empty() && !self.notices.is_empty() {
            writeln!(out)?;
        }
        if !self.notices.is_empty() {
            writeln!(out, "notice level     {:<width$}title", "name")?;
        }
        for notice in &self.notices {
            writeln!(
                out,
                "{:<7}{:<10}{:<width$}{}",
                notice.code, notice.level, notice.name, notice.title
            )?;
        }
        Ok(())
    }
}
