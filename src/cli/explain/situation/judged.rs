//! What came of a line: what was found, which policies were content, which did not apply and why.

use serde::Serialize;

use crate::cli::application::Application;
use crate::cli::explain::page::dates;
use crate::finding::{Certainty, CountedTotal, PolicyId, Severity};
use crate::policy::{Condition, PolicySet};
use crate::rule::{Considered, Hit, Outcome};

/// Something found on a line.
#[derive(Serialize)]
pub struct Found {
    /// Code of the rule.
    pub rule: String,
    /// Name of the rule.
    pub name: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// The policy.
    pub policy: String,
    /// Why.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// How the yearly amount came to be passed, of a finding about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted: Option<CountedTotal>,
}

/// A policy that found nothing.
#[derive(Serialize)]
pub struct Silent {
    /// The policy.
    pub policy: String,
    /// Its title.
    pub title: String,
    /// Why it is silent.
    pub why: String,
}

/// What came of a line.
#[derive(Serialize)]
pub struct Judged {
    /// What was found.
    pub found: Vec<Found>,
    /// Policies that apply and found nothing.
    pub content: Vec<Silent>,
    /// Policies that name the code and do not apply.
    pub not_applied: Vec<Silent>,
}

impl Judged {
    /// True when no policy names the code and none found anything.
    pub const fn is_empty(&self) -> bool {
        self.found.is_empty() && self.content.is_empty() && self.not_applied.is_empty()
    }

    /// Sorts what was considered.
    pub fn new(set: &PolicySet, considered: &[Considered]) -> Self {
        let mut judged = Self {
            found: Vec::new(),
            content: Vec::new(),
            not_applied: Vec::new(),
        };
        for Considered { policy, outcome } in considered {
            let silent = |why: String| {
                let info = set.catalogue().policy(*policy);
                Silent {
                    policy: info.id.clone(),
                    title: info.title.clone(),
                    why,
                }
            };
            let content = match outcome {
                Outcome::Found(hits) => {
                    let found = hits.iter().map(|hit| Found::new(set, hit));
                    judged.found.extend(found);
                    continue;
                }
                Outcome::Clean => "asks for nothing more",
                Outcome::ToldOtherwise => "finds what another policy tells already",
                Outcome::Muted => "its findings are switched off",
                Outcome::Counts { excused: true } => {
                    "counts the line; wherever the count stands, it asks for nothing more here"
                }
                Outcome::Counts { excused: false } => {
                    "counts the line; by what is known that is no finding"
                }
                outcome => {
                    let why = why(set, *policy, outcome);
                    judged.not_applied.push(silent(why));
                    continue;
                }
            };
            judged.content.push(silent(content.to_owned()));
        }
        judged
    }
}

impl Found {
    fn new(set: &PolicySet, hit: &Hit) -> Self {
        let rule = set.catalogue().rule(hit.rule);
        let policy = set.catalogue().policy(hit.policy);
        Self {
            rule: rule.code.clone(),
            name: rule.name.clone(),
            severity: hit.severity,
            certainty: hit.certainty,
            policy: policy.id.clone(),
            message: hit.message.clone(),
            advice: hit.advice.as_ref().unwrap_or(&policy.advice).clone(),
            counted: hit.counted.as_deref().cloned(),
        }
    }
}

/// Why a policy does not apply. Which diagnoses it asks for is not told: with the answer it would
/// tell what the patient has.
fn why(set: &PolicySet, id: PolicyId, outcome: &Outcome) -> String {
    let application = Application::new(set, id);
    let row = |wanted: &str| {
        let rows = application.rows();
        let found = rows.into_iter().find(|(name, _)| *name == wanted);
        found.map_or_else(String::new, |(_, text)| text)
    };
    match outcome {
        Outcome::NotForClaimKind => format!("it is about {} claims", application.claims_text()),
        Outcome::NotForPayer => format!("it is about claims to {}", application.payers_text()),
        Outcome::NotInForce => {
            format!("it is in force for {}", dates(set.catalogue().policy(id)))
        }
        Outcome::Unmet(condition) => match condition {
            Condition::Modifiers => format!("it is about lines with {}", row("lines with")),
            Condition::NotModifiers => {
                format!("it is about lines without {}", row("lines without"))
            }
            Condition::Places => format!("it is about places of service {}", row("places")),
            Condition::RevenueCodes => {
                format!("it is about revenue codes {}", row("revenue codes"))
            }
            Condition::BillTypes => format!("it is about types of bill {}", row("types of bill")),
            Condition::Diagnoses => "the line has none of the diagnoses that it is about".into(),
            Condition::NotDiagnoses => "the line has a diagnosis that it leaves out".into(),
            Condition::ClaimNotDiagnoses => "the claim has a diagnosis that it leaves out".into(),
            Condition::Contractors => {
                format!(
                    "it is about claims to contractors of kind {}",
                    row("contractors")
                )
            }
            Condition::States => format!("it is about claims in {}", row("states")),
        },
        _ => String::new(),
    }
}
