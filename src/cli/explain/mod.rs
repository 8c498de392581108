//! `kx837 explain`

mod code;
mod page;
mod payer;
mod situation;

use std::io::{self, Write};

use anstream::AutoStream;
use clap::Args;
use serde_json::{Value, json};

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::finding::{NoticeKind, PolicyId, RuleId, Severity};
use crate::policy::PolicySet;
use crate::spelling::nearest;

use super::application::Application;
use super::console::Console;
use super::failure::{Ending, Failure, Status};
use super::help;
use super::policies::{AssumptionArgs, ChoiceArgs, PolicyArgs, parse_date};
use super::rules::{ListedNotice, OutputFormat};

use payer::Payer;
use situation::{LedgerArgs, Place};

/// Explain a rule, a notice, a policy, a HCPCS code, or why a line of a file is judged as it is
#[derive(Args)]
#[command(before_help = help::EXPLAIN)]
pub struct ExplainArgs {
    /// Code or name of a rule or notice, id of a policy, a HCPCS/CPT code, or a file with claims;
    /// `FILE:CLAIM:LINE` is short for --claim and --line
    topic: String,
    /// Of a file: the claim with this id (CLM01); needed when there are several
    #[arg(long, value_name = "ID")]
    claim: Option<String>,
    /// Of a file: the line with this number (LX01) [default: all lines of the claim]
    #[arg(long, value_name = "NUMBER")]
    line: Option<String>,
    /// Of a HCPCS code: what is in force on this date of service (YYYY-MM-DD)
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    date: Option<Date>,
    /// Of a HCPCS code: what is in force for this payer: a class such as medicaid, or medicare:dme
    #[arg(long, value_name = "CLASS")]
    payer: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    assumptions: AssumptionArgs,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// What is asked about a code.
#[derive(Default)]
struct Asked {
    /// Date of service.
    date: Option<Date>,
    /// For whom.
    payer: Option<Payer>,
}

/// What a topic names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Rule(RuleId),
    Notice(NoticeKind),
    Policy(PolicyId),
    Code(ProcedureCode),
}

/// Explains.
pub fn run(args: &ExplainArgs, console: &Console) -> Ending {
    let choice = ChoiceArgs::default();
    let set = args.policies.load_for_claims(&choice, &args.assumptions)?;
    let word = args.topic.trim();
    let is_situation = args.claim.is_some() || args.line.is_some();
    let topic = find(&set, word).filter(|_| !is_situation);
    let Some(topic) = topic else {
        let Some(mut place) = Place::find(&args.topic) else {
            // No name of anything else has such a character.
            let is_file = word.contains([':', '/', '\\', '.']);
            return Err(if is_situation {
                Failure::at(word, "there is no such file")
            } else if is_file {
                Failure::at(
                    word,
                    "there is no such file (FILE, FILE:CLAIM or FILE:CLAIM:LINE)",
                )
            } else {
                Failure::new(unknown(&set, word))
            });
        };
        if args.date.is_some() || args.payer.is_some() {
            return Err(Failure::new(
                "--date and --payer ask about a code; claims have dates, and --assume-payer says who pays",
            ));
        }
        place.claim = args.claim.clone().or(place.claim);
        place.line = args.line.clone().or(place.line);
        return situation::run(&set, &place, &args.ledger, args.format, console);
    };
    let payer = args.payer.as_deref();
    let payer = payer.map(|payer| Payer::find(&set, payer)).transpose()?;
    let asked = Asked {
        date: args.date,
        payer,
    };
    print(&set, topic, &asked, args.format)
}

/// Prints one policy, as `policy show` does.
pub fn show_policy(set: &PolicySet, policy: PolicyId, format: OutputFormat) -> Ending {
    print(set, Topic::Policy(policy), &Asked::default(), format)
}

fn print(set: &PolicySet, topic: Topic, asked: &Asked, format: OutputFormat) -> Ending {
    let mut out = AutoStream::auto(io::stdout()).lock();
    match (format, topic) {
        (OutputFormat::Json, topic) => {
            serde_json::to_writer_pretty(&mut out, &as_json(set, topic, asked)?)?;
            writeln!(out)?;
        }
        (OutputFormat::Text, Topic::Rule(rule)) => page::rule(&mut out, set, rule)?,
        (OutputFormat::Text, Topic::Notice(kind)) => page::notice(&mut out, kind)?,
        (OutputFormat::Text, Topic::Policy(policy)) => page::policy(&mut out, set, policy)?,
        (OutputFormat::Text, Topic::Code(code)) => code::page(&mut out, set, code, asked)?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

fn as_json(set: &PolicySet, topic: Topic, asked: &Asked) -> Result<Value, serde_json::Error> {
    let catalogue = set.catalogue();
    Ok(match topic {
        Topic::Rule(rule) => {
            let policies = page::reporting(set, rule)
                .map(|policy| described(set, policy, rule))
                .collect::<Result<Vec<_>, _>>()?;
            json!({ "type": "rule", "rule": catalogue.rule(rule), "policies": policies })
        }
        Topic::Notice(kind) => json!({ "type": "notice", "notice": ListedNotice::from(kind) }),
        Topic::Policy(policy) => json!({
            "type": "policy",
            "policy": described(set, policy, set.policy(policy).rule)?,
            "applies": Application::new(set, policy),
        }),
        Topic::Code(code) => code::as_json(set, code, asked)?,
    })
}

/// A policy, with the severity of its findings under a rule after caps and `[severity]` tables.
fn described(set: &PolicySet, policy: PolicyId, rule: RuleId) -> Result<Value, serde_json::Error> {
    let mut described = serde_json::to_value(set.catalogue().policy(policy))?;
    let severity = set.severity_in_force(policy, rule);
    described["severity_in_force"] = severity.map_or("off", Severity::as_str).into();
    Ok(described)
}

fn find(set: &PolicySet, word: &str) -> Option<Topic> {
    let lower = word.to_ascii_lowercase();
    let catalogue = set.catalogue();
    let rule = catalogue
        .find_rule(word)
        .or_else(|| catalogue.find_rule(&lower));
    let notice = || {
        let mut kinds = NoticeKind::ALL.iter();
        kinds.find(|kind| kind.code().eq_ignore_ascii_case(word) || kind.name() == lower)
    };
    rule.map(Topic::Rule)
        .or_else(|| notice().map(|kind| Topic::Notice(*kind)))
        .or_else(|| set.find_policy(word).map(Topic::Policy))
        .or_else(|| procedure_code(word).map(Topic::Code))
}

fn procedure_code(word: &str) -> Option<ProcedureCode> {
    ProcedureCode::new(word.as_bytes()).filter(|code| code.has_code_shape())
}

fn unknown(set: &PolicySet, word: &str) -> String {
    let catalogue = set.catalogue();
    let rules = catalogue
        .rules
        .iter()
        .flat_map(|rule| [rule.code.as_str(), rule.name.as_str()]);
    let notices = NoticeKind::ALL
        .iter()
        .flat_map(|kind| [kind.code(), kind.name()]);
    let policies = catalogue.policies.iter().map(|policy| policy.id.as_str());
    let expected = "expected a rule or notice (KX201, duplicate-modifier), a policy (PAP), a HCPCS code or a file";
    match nearest(word, rules.chain(notices).chain(policies)) {
        Some(near) => format!("nothing is called {word:?}; did you mean {near}?"),
        None => format!("nothing is called {word:?}: {expected}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_found_by_code_name_and_id() {
        let set = PolicySet::new(true, Vec::new()).unwrap();
        assert!(matches!(find(&set, "kx101"), Some(Topic::Rule(_))));
        assert!(matches!(
            find(&set, "KX901"),
            Some(Topic::Notice(NoticeKind::FileUnreadable))
        ));
        assert!(matches!(
            find(&set, "not-x12"),
            Some(Topic::Notice(NoticeKind::NotX12))
        ));
        assert!(matches!(find(&set, "pap"), Some(Topic::Policy(_))));
        assert!(matches!(find(&set, "e0601"), Some(Topic::Code(_))));
        assert!(matches!(find(&set, "0278T"), Some(Topic::Code(_))));
        assert_eq!(find(&set, "KX999"), None);
        assert_eq!(find(&set, ""), None);
    }
}
