//! What the user wants of the findings: which of them, and how severe.
//!
//! A policy whose findings are not wanted is muted, not taken out: it still gives KX its meaning,
//! still counts amounts, and still stands for what it stood for.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::finding::{Catalogue, Confidence, NoticeKind, PolicyId, RuleId, RuleKind, Severity};
use crate::spelling::nearest;

use super::compiled::Policy;
use super::error::PackError;
use super::load::Pack;
use super::set::PolicySet;

/// A severity that the user sets, or silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported.
    Off,
    /// Worth a look.
    Info,
    /// Likely to be rejected, denied or audited.
    Warning,
    /// Will be rejected or denied as it stands.
    Error,
}

impl Level {
    /// The severity; `None` for off.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

impl FromStr for Level {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        Ok(match text {
            "off" => Self::Off,
            "info" => Self::Info,
            "warning" => Self::Warning,
            "error" => Self::Error,
            _ => {
                let message = format!("expected off, info, warning or error, found {text:?}");
                return Err(SelectionError(message));
            }
        })
    }
}

/// Why a choice cannot be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionError(String);

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SelectionError {}

/// What was decided about the findings of a policy under one rule.
#[derive(Clone, Copy, Debug, Default)]
struct Ruling {
    is_muted: bool,
    severity: Option<Severity>,
}

/// What was decided, by policy and rule. What is not there is as the packs say.
#[derive(Clone, Debug, Default)]
pub(super) struct Rulings(HashMap<(PolicyId, RuleId), Ruling>);

/// What a word names.
enum Named {
    /// A rule, or those whose codes begin alike.
    Rules(Vec<RuleId>),
    /// A policy.
    Policy(PolicyId),
}

impl Named {
    /// `KX201`, `kx2`, `dme-without-coverage-modifier` or `PAP`.
    fn of(catalogue: &Catalogue, word: &str) -> Result<Self, SelectionError> {
        let word = word.trim();
        let lower = word.to_ascii_lowercase();
        if let Some(rule) = catalogue.find_rule(&lower) {
            return Ok(Self::Rules(vec![rule]));
        }
        let policies = || catalogue.policies.iter().map(|info| info.id.as_str());
        if let Some(index) = policies().position(|id| id.eq_ignore_ascii_case(word)) {
            return Ok(Self::Policy(PolicyId(index as u32)));
        }
        let rules = (0..).map(RuleId).zip(&catalogue.rules);
        let alike: Vec<RuleId> = rules
            .filter(|(_, rule)| {
                lower.starts_with("kx") && rule.code.to_ascii_lowercase().starts_with(&lower)
            })
            .map(|(id, _)| id)
            .collect();
        if !alike.is_empty() {
            return Ok(Self::Rules(alike));
        }
        let is_notice = |kind: &NoticeKind| {
            let is_beginning =
                lower.starts_with("kx9") && kind.code().to_ascii_lowercase().starts_with(&lower);
            is_beginning || kind.name() == lower
        };
        if NoticeKind::ALL.iter().any(is_notice) {
            return Err(SelectionError(format!(
                "{word:?} is about the files themselves: notices (KX9) are always told, and --strict makes them fail a run"
            )));
        }
        let names = catalogue.rules.iter();
        let names = names.flat_map(|rule| [rule.code.as_str(), rule.name.as_str()]);
        Err(SelectionError(
            match nearest(word, names.chain(policies())) {
                Some(near) => format!("nothing is called {word:?}; did you mean {near}?"),
                None => format!(
                    "nothing is called {word:?}: expected a rule (KX201, duplicate-modifier), the \
                 beginning of its code (KX2) or a policy (PAP)"
                ),
            },
        ))
    }

    fn includes(&self, policy: PolicyId, rule: RuleId) -> bool {
        match self {
            Self::Rules(rules) => rules.contains(&rule),
            Self::Policy(id) => *id == policy,
        }
    }
}

/// A policy with each of the rules that its findings carry.
fn pairs(policies: &[Policy]) -> impl Iterator<Item = (&Policy, RuleId)> {
    policies.iter().flat_map(|policy| {
        let both = policy.rule_both.filter(|both| *both != policy.rule);
        [Some(policy.rule), both]
            .into_iter()
            .flatten()
            .map(move |rule| (policy, rule))
    })
}

impl PolicySet {
    /// True when findings of this policy under this rule are not to be reported.
    pub fn is_muted(&self, policy: PolicyId, rule: RuleId) -> bool {
        let ruling = self.rulings.0.get(&(policy, rule));
        ruling.is_some_and(|ruling| ruling.is_muted)
    }

    /// True when nothing that the policy finds is to be reported.
    pub fn is_silent(&self, policy: PolicyId) -> bool {
        let policy = self.policy(policy);
        let is_muted = |rule| self.is_muted(policy.id, rule);
        is_muted(policy.rule) && policy.rule_both.is_none_or(is_muted)
    }

    /// The severity of findings of this policy under this rule, before the cap by certainty.
    pub fn severity(&self, policy: &Policy, rule: RuleId) -> Severity {
        let ruling = self.rulings.0.get(&(policy.id, rule));
        let chosen = ruling.and_then(|ruling| ruling.severity);
        chosen.unwrap_or(policy.severity)
    }

    /// The severity that findings of this policy under this rule are reported with, after both caps; `None` when
    /// they are not reported.
    pub fn severity_in_force(&self, policy: PolicyId, rule: RuleId) -> Option<Severity> {
        let policy = self.policy(policy);
        let severity = self.severity(policy, rule).min(policy.certainty.cap());
        (!self.is_muted(policy.id, rule)).then_some(severity)
    }

    /// Mutes all findings but those of `select` (all of them when it is empty) without those of
    /// `ignore`. A word is the code or name of a rule, the beginning of a code, or the id of a
    /// policy.
    ///
    /// # Errors
    /// When a word names nothing.
    pub fn choose<S: AsRef<str>>(
        &mut self,
        select: &[S],
        ignore: &[S],
    ) -> Result<(), SelectionError> {
        let named = |words: &[S]| -> Result<Vec<Named>, SelectionError> {
            let words = words.iter();
            words
                .map(|word| Named::of(self.catalogue(), word.as_ref()))
                .collect()
        };
        let (select, ignore) = (named(select)?, named(ignore)?);
        let mut muted = Vec::new();
        for (policy, rule) in pairs(self.policies()) {
            let is_in = |list: &[Named]| list.iter().any(|named| named.includes(policy.id, rule));
            if (!select.is_empty() && !is_in(&select)) || is_in(&ignore) {
                muted.push((policy.id, rule));
            }
        }
        self.mute(muted);
        Ok(())
    }

    /// Mutes the policies that are not as they should be.
    pub fn mute_unless(&mut self, holds: impl Fn(&Policy) -> bool) {
        let others = pairs(self.policies()).filter(|(policy, _)| !holds(policy));
        let others = others.map(|(policy, rule)| (policy.id, rule)).collect();
        self.mute(others);
    }

    fn mute(&mut self, pairs: Vec<(PolicyId, RuleId)>) {
        for pair in pairs {
            self.rulings.0.entry(pair).or_default().is_muted = true;
        }
    }

    /// Sets the severity of what `word` names, as in [`Self::choose`]; `off` mutes it. Whoever runs
    /// the program may lower a severity as far as they like, and raise it as far as support and
    /// certainty allow. Of several policies under a rule each rises as far as it can.
    ///
    /// # Errors
    /// When the word names nothing, or nothing that it names can be that severe.
    pub fn set_severity(&mut self, word: &str, level: Level) -> Result<(), SelectionError> {
        let named = Named::of(self.catalogue(), word)?;
        let pairs: Vec<(PolicyId, RuleId)> = pairs(self.policies())
            .filter(|(policy, rule)| named.includes(policy.id, *rule))
            .map(|(policy, rule)| (policy.id, rule))
            .collect();
        if let Some(severity) = level.severity() {
            let caps = pairs.iter().map(|(id, _)| (self.cap(*id), *id));
            let highest = caps.max_by_key(|(cap, _)| *cap);
            if let Some((cap, id)) = highest.filter(|(cap, _)| *cap < severity) {
                return Err(self.too_severe(word, severity, cap, id));
            }
        }
        for (id, rule) in pairs {
            let cap = self.cap(id);
            let ruling = self.rulings.0.entry((id, rule)).or_default();
            ruling.is_muted = level == Level::Off;
            ruling.severity = level.severity().map(|severity| severity.min(cap));
        }
        Ok(())
    }

    /// The `[severity]` table of a pack: first what it says of rules, then of single policies.
    pub(super) fn apply_severities(&mut self, pack: &Pack) -> Result<(), PackError> {
        let is_policy = |word: &str| self.find_policy(word).is_some();
        let (policies, rules): (Vec<_>, Vec<_>) = pack
            .file()
            .severity
            .iter()
            .partition(|(word, _)| is_policy(word.get_ref()));
        for (word, level) in rules.into_iter().chain(policies) {
            self.set_severity(word.get_ref(), *level)
                .map_err(|error| pack.error(word.span(), error.to_string()))?;
        }
        Ok(())
    }

    /// Forgets what was chosen and set: for the examples of policies.
    pub fn unmute(&mut self) {
        self.rulings = Rulings::default();
    }

    /// The highest severity that findings of the policy may have. How certain a total above an
    /// amount is, shows only when it is counted.
    fn cap(&self, id: PolicyId) -> Severity {
        let by_support = self.catalogue().policy(id).confidence.cap();
        let policy = self.policy(id);
        match policy.kind {
            RuleKind::Threshold => by_support,
            _ => by_support.min(policy.certainty.cap()),
        }
    }

    fn too_severe(
        &self,
        word: &str,
        severity: Severity,
        cap: Severity,
        id: PolicyId,
    ) -> SelectionError {
        let info = self.catalogue().policy(id);
        let reason = if info.confidence == Confidence::Memory {
            "nobody read a source for it (confidence: memory)".to_owned()
        } else {
            format!(
                "the claim alone cannot decide it (certainty: {})",
                info.certainty.as_str()
            )
        };
        SelectionError(format!(
            "{word} cannot be {}: policy {} is never more than {}, because {reason}",
            severity.as_str(),
            info.id,
            cap.as_str()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> PolicySet {
        PolicySet::new(true, Vec::new()).unwrap()
    }

    fn pair(set: &PolicySet, policy: &str, rule: &str) -> (PolicyId, RuleId) {
        let rule = set.catalogue().find_rule(rule).unwrap();
        (set.find_policy(policy).unwrap(), rule)
    }

    #[test]
    fn words_are_codes_beginnings_names_and_ids() {
        let muted = |select: &[&str], ignore: &[&str], policy: &str, rule: &str| {
            let mut set = set();
            set.choose(select, ignore).unwrap();
            let (policy, rule) = pair(&set, policy, rule);
            set.is_muted(policy, rule)
        };
        assert!(!muted(&[], &[], "PAP", "KX201"));
        assert!(!muted(&["KX201"], &[], "PAP", "KX201"));
        assert!(muted(&["KX201"], &[], "PAP", "KX202"));
        assert!(!muted(&["kx2"], &[], "PAP", "KX202"));
        assert!(muted(&["KX1"], &[], "PAP", "KX201"));
        assert!(muted(
            &[],
            &["dme-without-coverage-modifier"],
            "PAP",
            "KX201"
        ));
        assert!(!muted(&["pap"], &["KX202"], "PAP", "KX201"));
        assert!(muted(&["pap"], &["KX202"], "PAP", "KX202"));
        assert!(muted(&["KX2"], &["PAP"], "PAP", "KX201"));
    }

    #[test]
    fn a_policy_is_silent_when_all_its_findings_are_muted() {
        let mut set = set();
        let pap = set.find_policy("PAP").unwrap();
        set.choose(&[], &["KX202"]).unwrap();
        assert!(!set.is_silent(pap));
        set.choose(&[], &["KX201"]).unwrap();
        assert!(set.is_silent(pap));
        set.unmute();
        assert!(!set.is_silent(pap));
    }

    #[test]
    fn a_slip_gets_a_suggestion() {
        let error = set().choose(&["KX2O1"], &[]).unwrap_err().to_string();
        assert_eq!(error, "nothing is called \"KX2O1\"; did you mean KX201?");
        let error = set().choose(&[], &["KX909"]).unwrap_err().to_string();
        assert!(error.contains("notices (KX9) are always told"), "{error}");
        for word in ["", "k", "KX99999", "nonsense-without-likeness"] {
            assert!(set().choose(&[word], &[]).is_err(), "{word}");
        }
    }

    #[test]
    fn severities_fall_freely_and_rise_to_their_cap() {
        let mut set = set();
        let (id, rule) = pair(&set, "PAP", "KX201");
        let severity = |set: &PolicySet| set.severity(set.policy(id), rule);
        assert_eq!(severity(&set), Severity::Error);
        set.set_severity("KX201", Level::Info).unwrap();
        assert_eq!(severity(&set), Severity::Info);
        set.set_severity("PAP", Level::Warning).unwrap();
        assert_eq!(severity(&set), Severity::Warning);
        set.set_severity("PAP", Level::Off).unwrap();
        assert!(set.is_silent(id));
        set.set_severity("KX2", Level::Error).unwrap();
        assert_eq!(severity(&set), Severity::Error);
        assert!(!set.is_muted(id, rule));
    }
}
