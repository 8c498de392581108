//! When a policy applies and what it asks for, in words.

use serde::Serialize;

use super::ranges::Codes;
use crate::code::Modifier;
use crate::finding::{ClaimKind, PolicyId};
use crate::policy::{PayerClassId, PayerMask, PolicySet};

/// When a policy applies and what it asks for.
#[derive(Serialize)]
pub struct Application<'a> {
    /// Kind of rule.
    pub kind: &'static str,
    /// The modifiers that it is about.
    pub modifiers: &'a [Modifier],
    /// What stands in for them.
    pub alternatives: &'a [Modifier],
    /// Partners or opponents.
    pub with: &'a [Modifier],
    /// Codes, sets resolved.
    pub codes: Codes,
    /// Kinds of claims.
    pub claims: Vec<ClaimKind>,
    /// Classes of payers.
    pub payers: Vec<&'a str>,
    /// Name of the table of amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yearly_amounts: Option<&'a str>,
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
            with: &policy.with,
            codes: Codes::new(&policy.codes),
            claims: (0..)
                .zip(KINDS)
                .filter(|(bit, _)| policy.claims >> bit & 1 == 1)
                .map(|(_, kind)| kind)
                .collect(),
            payers: payers(set, policy.payers),
            yearly_amounts: policy
                .threshold
                .map(|bucket| set.threshold(bucket).name.as_str()),
        }
    }

    /// `837P, 837I`.
    pub fn claims_text(&self) -> String {
        let claims = self
            .claims
            .iter()
            .map(|kind| format!("837{}", kind.letter()));
        claims.collect::<Vec<_>>().join(", ")
    }

    /// Name and text of what there is to say.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let rows = [
            ("kind of rule", self.kind.to_owned()),
            ("modifiers", listed(self.modifiers)),
            ("or instead", listed(self.alternatives)),
            ("together with", listed(self.with)),
            (
                "yearly amounts",
                self.yearly_amounts.unwrap_or_default().to_owned(),
            ),
            ("codes", self.codes.to_string()),
            ("claims", self.claims_text()),
            ("payers", self.payers.join(", ")),
        ];
        rows.into_iter()
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }
}

fn listed(modifiers: &[Modifier]) -> String {
    let words: Vec<&str> = modifiers.iter().map(Modifier::as_str).collect();
    words.join(", ")
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
