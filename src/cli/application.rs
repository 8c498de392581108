//! When a policy applies and what it asks for, in words.

use std::fmt::Write as _;

use serde::Serialize;

use super::ranges::Codes;
use crate::code::Modifier;
use crate::finding::{ClaimKind, Confidence, PolicyId, Source};
use crate::money::Cents;
use crate::policy::pack::{Contractor, SessionUnit};
use crate::policy::{
    BucketId, Conditions, DiagnosisSet, PayerClassId, PayerMask, Policy, PolicySet, Sessions,
};
use crate::report::Dollars;

/// When a policy applies and what it asks for.
#[derive(Serialize)]
pub struct Application<'a> {
    /// Kind of rule.
    pub kind: &'static str,
    /// The modifiers that it is about.
    pub modifiers: &'a [Modifier],
    /// What stands in for them.
    pub alternatives: &'a [Modifier],
    /// Two of them that may stand together.
    #[serde(skip_serializing_if = "<[Modifier]>::is_empty")]
    pub together: &'a [Modifier],
    /// Lines are compared within a date of service, whatever the claim.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub same_day: bool,
    /// Partners or opponents.
    pub with: &'a [Modifier],
    /// Codes, sets resolved.
    pub codes: Codes,
    /// Kinds of claims.
    pub claims: Vec<ClaimKind>,
    /// Classes of payers.
    pub payers: Vec<&'a str>,
    /// Further conditions.
    pub when: When,
    /// Amounts of a threshold policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yearly_amounts: Option<YearlyAmounts<'a>>,
    /// How visits are counted, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<String>,
}

/// Conditions as packs write them; all that are there must hold.
#[derive(Default, Serialize)]
pub struct When {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contractors: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    states: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bill_types: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    places: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revenue_codes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnoses: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_diagnoses: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claim_not_diagnoses: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    modifiers: Vec<Modifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_modifiers: Vec<Modifier>,
}

/// A table of amounts.
#[derive(Serialize)]
pub struct YearlyAmounts<'a> {
    /// Its name in packs.
    pub table: &'a str,
    /// Ascending.
    pub years: Vec<YearlyAmount<'a>>,
}

/// The amount of a calendar year.
#[derive(Serialize)]
pub struct YearlyAmount<'a> {
    /// Calendar year.
    pub year: i16,
    /// The amount.
    pub amount: Cents,
    /// How well it is supported.
    pub confidence: Confidence,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'a Source>,
}

const KINDS: [ClaimKind; 3] = [
    ClaimKind::Professional,
    ClaimKind::Institutional,
    ClaimKind::Dental,
];

impl<'a> Application<'a> {
    /// Looks it up.
    pub fn new(set: &'a PolicySet, policy: PolicyId) -> Self {
        let policy = set.policy(policy);
        Self {
            kind: policy.kind.as_str(),
            modifiers: &policy.modifiers,
            alternatives: &policy.alternatives,
            together: &policy.together,
            same_day: policy.same_day,
            with: &policy.with,
            codes: Codes::new(&policy.codes),
            claims: claims(policy),
            payers: payers(set, policy.payers),
            when: policy
                .conditions
                .as_deref()
                .map_or_else(When::default, When::new),
            yearly_amounts: policy
                .threshold
                .map(|bucket| YearlyAmounts::new(set, bucket)),
            sessions: policy.sessions.map(in_words),
        }
    }

    /// `837P, 837I`.
    pub fn claims_text(&self) -> String {
        let claims = self.claims.iter();
        let claims = claims.map(|kind| format!("837{}", kind.letter()));
        claims.collect::<Vec<_>>().join(", ")
    }

    /// `medicare (dme)`, `medicare (b; KY OH)`.
    pub fn payers_text(&self) -> String {
        let mut venue = Vec::new();
        if !self.when.contractors.is_empty() {
            venue.push(self.when.contractors.join(" "));
        }
        if !self.when.states.is_empty() {
            venue.push(self.when.states.join(" "));
        }
        let payers = self.payers.join(", ");
        if venue.is_empty() {
            payers
        } else {
            format!("{payers} ({})", venue.join("; "))
        }
    }

    /// Name and text of what there is to say.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let amounts = self.yearly_amounts.as_ref().map(|amounts| {
            let last = amounts.years.last().map_or(String::new(), |last| {
                format!(": {} in {}", Dollars(last.amount), last.year)
            });
            format!("{}{last}", amounts.table)
        });
        let when = &self.when;
        let rows = [
            ("kind of rule", self.kind.to_owned()),
            ("modifiers", joined(self.modifiers)),
            ("or instead", joined(self.alternatives)),
            ("may stand together", joined(self.together)),
            ("together with", joined(self.with)),
            (
                "compares",
                if self.same_day {
                    "lines of one day".into()
                } else {
                    String::new()
                },
            ),
            ("yearly amounts", amounts.unwrap_or_default()),
            ("sessions", self.sessions.clone().unwrap_or_default()),
            ("codes", self.codes.to_string()),
            ("claims", self.claims_text()),
            ("payers", self.payers.join(", ")),
            ("contractors", when.contractors.join(", ")),
            ("states", when.states.join(", ")),
            ("types of bill", when.bill_types.join(", ")),
            ("places", when.places.join(", ")),
            ("revenue codes", when.revenue_codes.join(", ")),
            ("diagnoses", when.diagnoses.join(", ")),
            ("not diagnoses", when.not_diagnoses.join(", ")),
            ("not on the claim", when.claim_not_diagnoses.join(", ")),
            ("lines with", joined(&when.modifiers)),
            ("lines without", joined(&when.not_modifiers)),
        ];
        rows.into_iter()
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }
}

impl When {
    fn new(conditions: &Conditions) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let prefixes =
            |set: &DiagnosisSet| set.prefixes().map(|prefix| prefix.to_string()).collect();
        Self {
            contractors: conditions
                .contractors
                .iter()
                .map(|kind| contractor(*kind))
                .collect(),
            states: conditions.states.iter().map(|state| text(state)).collect(),
            bill_types: conditions
                .bill_types
                .iter()
                .map(ToString::to_string)
                .collect(),
            places: conditions.places.iter().map(|place| text(place)).collect(),
            revenue_codes: conditions
                .revenue_codes
                .iter()
                .map(ToString::to_string)
                .collect(),
            diagnoses: prefixes(&conditions.diagnoses),
            not_diagnoses: prefixes(&conditions.not_diagnoses),
            claim_not_diagnoses: prefixes(&conditions.claim_not_diagnoses),
            modifiers: conditions.modifiers.clone(),
            not_modifiers: conditions.not_modifiers.clone(),
        }
    }
}

impl<'a> YearlyAmounts<'a> {
    fn new(set: &'a PolicySet, bucket: BucketId) -> Self {
        let table = set.threshold(bucket);
        let years = table.years.iter();
        Self {
            table: &table.name,
            years: years
                .map(|(year, (amount, confidence))| YearlyAmount {
                    year: *year,
                    amount: *amount,
                    confidence: *confidence,
                    source: table.sources.get(year),
                })
                .collect(),
        }
    }
}

fn in_words(sessions: Sessions) -> String {
    let unit = match sessions.unit {
        SessionUnit::Units => "units",
        SessionUnit::Days => "days of service",
    };
    let free = sessions.free;
    let mut text = match (sessions.long_month, sessions.within_days) {
        (Some(long), _) => format!("{free} {unit} in a month are free, {long} in one of 31 days"),
        (None, Some(days)) => format!("{free} {unit} within {days} days are free"),
        (None, None) => format!("{free} {unit} are free"),
    };
    if let Some(days) = sessions.first_days {
        let _ = write!(text, "; none later than {days} days after the first");
    }
    text
}

/// The word of packs for a kind of contractor.
pub const fn contractor(kind: Contractor) -> &'static str {
    match kind {
        Contractor::A => "a",
        Contractor::B => "b",
        Contractor::Dme => "dme",
        Contractor::Hhh => "hhh",
    }
}

fn joined(modifiers: &[Modifier]) -> String {
    let words: Vec<&str> = modifiers.iter().map(Modifier::as_str).collect();
    words.join(", ")
}

fn claims(policy: &Policy) -> Vec<ClaimKind> {
    (0..)
        .zip(KINDS)
        .filter(|(bit, _)| policy.claims >> bit & 1 == 1)
        .map(|(_, kind)| kind)
        .collect()
}

fn payers(set: &PolicySet, mask: PayerMask) -> Vec<&str> {
    let table = set.payers();
    if mask == PayerMask::ALL {
        return vec!["every"];
    }
    (0..table.class_count())
        .map(|class| PayerClassId(class as u8))
        .filter(|class| mask.contains(*class))
        .map(|class| table.class_name(class))
        .collect()
}
