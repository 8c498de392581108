//! What findings refer to: rules and policies, as reports print them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Certainty, Severity};
use crate::date::Date;

/// Index of a rule in [`Catalogue::rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u16);

/// Index of a policy in [`Catalogue::policies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(pub u32);

/// All rules and policies that were in force during a run.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Rules, ordered by code.
    pub rules: Vec<RuleInfo>,
    /// Policies, in the order in which the packs were loaded.
    pub policies: Vec<PolicyInfo>,
}

impl Catalogue {
    /// The rule with this index.
    pub fn rule(&self, id: RuleId) -> &RuleInfo {
        &self.rules[usize::from(id.0)]
    }

    /// The policy with this index.
    pub fn policy(&self, id: PolicyId) -> &PolicyInfo {
        &self.policies[id.0 as usize]
    }

    /// Finds a rule by its code (`KX201`, any case) or its name.
    pub fn find_rule(&self, code_or_name: &str) -> Option<RuleId> {
        self.rules
            .iter()
            .position(|rule| {
                rule.code.eq_ignore_ascii_case(code_or_name) || rule.name == code_or_name
            })
            .map(|index| RuleId(index as u16))
    }
}

/// The closed set of ways to judge a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// One of several modifiers must be on the line (KX or GA or GZ).
    OneOf,
    /// Exactly one of two opposite facts must be on the line (KX or KS).
    Exclusive,
    /// The modifier must be on the line.
    Required,
    /// The modifier must not be on the line.
    MustNot,
    /// The modifier needs a partner on the same line.
    RequiredWith,
    /// Two modifiers contradict each other.
    Conflict,
    /// A modifier stands twice on a line.
    DuplicateModifier,
    /// A yearly amount per patient.
    Threshold,
    /// A service or diagnosis of one sex for a patient of the other.
    SexConflict,
    /// KX where no policy defines it.
    NoPolicy,
    /// Modifiers that overflow into a note.
    Overflow,
    /// The modifier may stand, and nothing asks for it.
    Optional,
    /// Counted visits.
    Sessions,
    /// The modifier on all or none of the lines of a claim.
    Uniform,
    /// The modifier where it is hardly needed yet.
    RoutineUse,
}

impl RuleKind {
    /// The kebab-case word used in packs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneOf => "one-of",
            Self::Exclusive => "exclusive",
            Self::Required => "required",
            Self::MustNot => "must-not",
            Self::RequiredWith => "required-with",
            Self::Conflict => "conflict",
            Self::DuplicateModifier => "duplicate-modifier",
            Self::Threshold => "threshold",
            Self::SexConflict => "sex-conflict",
            Self::NoPolicy => "no-policy",
            Self::Overflow => "overflow",
            Self::Optional => "optional",
            Self::Sessions => "sessions",
            Self::Uniform => "uniform",
            Self::RoutineUse => "routine-use",
        }
    }
}

/// A rule: a stable code and name with its documentation.
#[derive(Clone, Debug, Serialize)]
pub struct RuleInfo {
    /// Stable code, such as `KX201`; never reused.
    pub code: String,
    /// Kebab-case name that reads well after "allow".
    pub name: String,
    /// The judge behind it.
    pub kind: RuleKind,
    /// One line.
    pub title: String,
    /// One sentence for somebody who has never heard of KX.
    pub plain: String,
    /// What is checked, exactly, in Markdown.
    pub details: String,
    /// The denial to expect of its findings, where policies say what to expect of another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denial: Option<DenialInfo>,
    /// The status to report of its findings, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusInfo>,
}

impl RuleInfo {
    /// The denial to expect of a finding under a policy. Nothing is known of it where the policy says nothing: its
    /// payer may answer otherwise.
    pub fn denial_under<'i>(&'i self, policy: &'i PolicyInfo) -> Option<&'i DenialInfo> {
        let of_policy = policy.denial.as_ref()?;
        Some(self.denial.as_ref().unwrap_or(of_policy))
    }

    /// The status to report when a line is rejected for a finding under a policy.
    pub fn status_under<'i>(&'i self, policy: &'i PolicyInfo) -> Option<&'i StatusInfo> {
        self.status.as_ref().or(policy.status.as_ref())
    }

    /// True when payers answer to its findings otherwise than to those that policies speak of.
    pub const fn has_answers(&self) -> bool {
        self.denial.is_some() || self.status.is_some()
    }
}

/// How well a fact is supported.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Nobody read a source for it.
    Memory,
    /// A contractor's page, a society or a trade source was read.
    Secondary,
    /// The words of the issuing body were read.
    Verified,
}

impl Confidence {
    /// The lower-case word used in packs and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Secondary => "secondary",
            Self::Verified => "verified",
        }
    }

    /// What a reader is told behind a fact that the issuing body itself was not read on; nothing
    /// where it was.
    pub const fn support(self) -> &'static str {
        match self {
            Self::Memory => " (from memory: no source was read)",
            Self::Secondary => " (by a contractor's or trade page)",
            Self::Verified => "",
        }
    }

    /// The highest severity that a fact so supported may carry.
    pub const fn cap(self) -> Severity {
        match self {
            Self::Memory => Severity::Info,
            Self::Secondary | Self::Verified => Severity::Error,
        }
    }
}

/// A document that supports a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The document, such as `LCD L33718 / article A52467`.
    pub document: String,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The denial to expect; an absent part is unknown, never guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DenialInfo {
    /// Claim adjustment group code (`CO`, `PR`); several when sources differ, joined by `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Claim adjustment reason code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carc: Option<String>,
    /// Remittance advice remark code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rarc: Option<String>,
    /// How well the codes are supported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
}

impl DenialInfo {
    /// `CO-16 N822`, or `None` when no code is known.
    pub fn text(&self) -> Option<String> {
        let carc = self.carc.as_deref()?;
        let group = self
            .group
            .as_deref()
            .map_or(String::new(), |group| format!("{group}-"));
        let rarc = self
            .rarc
            .as_deref()
            .map_or(String::new(), |rarc| format!(" {rarc}"));
        Some(format!("{group}{carc}{rarc}"))
    }
}

/// The claim status to report in a 277CA when a line is rejected for this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusInfo {
    /// `category:status`, such as `A6:453` (STC01-1 and -2).
    pub primary: String,
    /// A second reason for STC10, such as `A6:454`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary: Option<String>,
}

/// A policy as reports and `explain` print it.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyInfo {
    /// Stable id, such as `PAP`.
    pub id: String,
    /// Pack that defines it.
    pub pack: String,
    /// One line.
    pub title: String,
    /// Code of the rule that its findings carry.
    pub rule: String,
    /// Codes and ranges as the pack writes them.
    pub codes: Vec<String>,
    /// Severity before caps.
    pub severity: Severity,
    /// Certainty of its findings.
    pub certainty: Certainty,
    /// First date of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Date>,
    /// Last date of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    /// What KX attests here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
    /// What to do, in the imperative.
    pub advice: String,
    /// What the medical record must show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documentation: Vec<String>,
    /// The denial to expect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denial: Option<DenialInfo>,
    /// The status to report when the line is rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusInfo>,
    /// One sentence for a non-expert.
    pub plain: String,
    /// Local coverage determinations, such as `L33718`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lcd: Option<String>,
    /// Billing and coding articles, such as `A52467`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// National coverage determinations, such as `240.4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ncd: Option<String>,
    /// Where it comes from.
    pub sources: Vec<Source>,
    /// How well it is supported.
    pub confidence: Confidence,
}
