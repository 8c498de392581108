//! `kx837 rules`

use std::io::{self, Write};

use anstream::AutoStream;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::finding::{NoticeKind, RuleInfo};
use crate::policy::PolicySet;

use super::failure::{Ending, Status};
use super::help;
use super::policies::PolicyArgs;

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
    /// Only codes that begin like this, such as KX2
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "",
        hide_default_value = true
    )]
    select: String,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    policies: PolicyArgs,
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
    let set = args.policies.load()?;
    let list = List::new(&set, &args.select.to_ascii_uppercase());
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

impl<'a> List<'a> {
    fn new(set: &'a PolicySet, prefix: &str) -> Self {
        let catalogue = set.catalogue();
        let reporting = |code: &str| {
            let codes = set.policies().iter().flat_map(|policy| {
                let both = policy.rule_both.filter(|both| *both != policy.rule);
                [Some(policy.rule), both].into_iter().flatten()
            });
            codes
                .filter(|rule| catalogue.rule(*rule).code == code)
                .count()
        };
        Self {
            rules: catalogue
                .rules
                .iter()
                .filter(|rule| rule.code.starts_with(prefix))
                .map(|rule| ListedRule {
                    rule,
                    policies: reporting(&rule.code),
                })
                .collect(),
            notices: NoticeKind::ALL
                .iter()
                .filter(|kind| kind.code().starts_with(prefix))
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
