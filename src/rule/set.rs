//! Judges whole claims.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::claim::{Claim, ServiceLine};
use crate::code::DiagnosisCode;
use crate::date::Date;
use crate::finding::{Catalogue, ClaimKind, RuleKind};
use crate::policy::{ModifierSet, PayerClassId, PayerMask, Policy, PolicySet, claim_bit};

use super::context::{LineContext, Verdict, named_code};
use super::duplicate_modifier::repeats;
use super::hit::{Accrual, Hit};
use super::overflow;
use super::registry::{Judge, judge_of};
use super::sex_conflict::is_opposite;

/// Indexes of policies, in pack order.
type Candidates = SmallVec<[u32; 16]>;

/// What of a policy rules most lines out: small, so that the policies themselves stay out of the
/// way.
#[derive(Debug)]
struct Gate {
    claims: u8,
    payers: PayerMask,
    from: Option<Date>,
    to: Option<Date>,
}

impl Gate {
    const fn of(policy: &Policy) -> Self {
        Self {
            claims: policy.claims,
            payers: policy.payers,
            from: policy.from,
            to: policy.to,
        }
    }

    /// False when the policy cannot speak about a line of this kind, payer and date.
    #[inline]
    fn lets(&self, kind: ClaimKind, payer: PayerClassId, date: Option<Date>) -> bool {
        self.claims & claim_bit(kind) != 0
            && self.payers.contains(payer)
            && match date {
                Some(date) => {
                    self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
                }
                None => self.from.is_none() && self.to.is_none(),
            }
    }
}

/// All rules of a run, ready to judge. Shared between threads.
#[derive(Debug)]
pub struct RuleSet {
    policies: Arc<PolicySet>,
    /// Policies that are not found by code, by payer class and kind of claim.
    generic: Vec<Generic>,
    /// A line with none of these is of no interest to [`Generic::modified`].
    triggers: ModifierSet,
    /// Some policy looks for any modifier that stands twice.
    any_repeat: bool,
    /// Modifiers that may say that others stand in a note.
    overflow: ModifierSet,
    /// One for each policy.
    gates: Vec<Gate>,
    class_count: usize,
}

/// Policies that are not found by code.
#[derive(Clone, Debug, Default)]
struct Generic {
    /// They may speak about any line.
    always: Vec<u32>,
    /// They speak about lines with certain modifiers only.
    modified: Vec<u32>,
}

const KINDS: [ClaimKind; 3] = [
    ClaimKind::Professional,
    ClaimKind::Institutional,
    ClaimKind::Dental,
];

impl RuleSet {
    /// Prepares the policies for judging.
    pub fn new(policies: Arc<PolicySet>) -> Self {
        let (generic, triggers, any_repeat) = generic_lists(&policies);
        let mut overflow = ModifierSet::default();
        let overflows = |policy: &&Policy| policy.kind == RuleKind::Overflow;
        for policy in policies.policies().iter().filter(overflows) {
            for modifier in &policy.modifiers {
                overflow.insert(*modifier);
            }
        }
        Self {
            class_count: policies.payers().class_count(),
            gates: policies.policies().iter().map(Gate::of).collect(),
            policies,
            generic,
            triggers,
            any_repeat,
            overflow,
        }
    }

    /// Rules and policies as reports print them.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        self.policies.catalogue()
    }

    /// The policies behind the rules.
    pub const fn policies(&self) -> &Arc<PolicySet> {
        &self.policies
    }

    /// Judges every line of a claim. Adds hits by line and in pack order, and what counts
    /// towards yearly amounts, for [`Ledger::apply`](crate::ledger::Ledger::apply). A void claim
    /// (frequency 8) asks for nothing and is not judged.
    pub fn judge(&self, claim: &Claim<'_>, hits: &mut Vec<Hit>, accruals: &mut Vec<Accrual>) {
        if claim.frequency == b"8" {
            return;
        }
        let payer = self.policies.payers().classify(claim);
        let kind = KINDS.iter().position(|kind| *kind == claim.kind);
        let Some(generic) = self
            .generic
            .get(kind.unwrap_or(0) * self.class_count + usize::from(payer.0))
        else {
            return;
        };
        let always: Candidates = generic
            .always
            .iter()
            .copied()
            .filter(|index| may_concern(&self.policies.policies()[*index as usize], claim))
            .collect();
        for (index, line) in (0u32..).zip(&claim.lines) {
            let dates = claim.line_dates(line);
            let date = dates.map(|dates| dates.from);
            let named = named_code(line).map_or(&[][..], |code| self.policies.table().get(code));
            let mut candidates: Candidates = SmallVec::new();
            for index in named {
                if self.gates[*index as usize].lets(claim.kind, payer, date) {
                    candidates.push(*index);
                }
            }
            let modified = if self.is_interesting(line) {
                generic.modified.as_slice()
            } else {
                &[]
            };
            if candidates.is_empty() && modified.is_empty() && always.is_empty() {
                continue;
            }
            if !(modified.is_empty() && always.is_empty()) {
                candidates.extend_from_slice(modified);
                candidates.extend_from_slice(&always);
                candidates.sort_unstable();
                candidates.dedup();
            }
            let mut context = LineContext {
                set: &self.policies,
                claim,
                line,
                index,
                dates,
                payer,
                candidates: &candidates,
                overflowed: false,
            };
            context.overflowed = self.is_overflowed(&context);
            judge_line(&context, hits, accruals);
        }
    }

    fn is_overflowed(&self, context: &LineContext<'_, '_>) -> bool {
        let mut modifiers = context.line.modifiers.iter();
        modifiers.any(|(modifier, _)| self.overflow.contains(*modifier))
            && context
                .candidates
                .iter()
                .map(|index| &self.policies.policies()[*index as usize])
                .any(|policy| {
                    policy.kind == RuleKind::Overflow
                        && context.applies(policy)
                        && overflow::judge(policy, context).is_some()
                })
    }

    #[inline]
    fn is_interesting(&self, line: &ServiceLine<'_>) -> bool {
        !line.modifiers.is_empty()
            && (line
                .modifiers
                .iter()
                .any(|(modifier, _)| self.triggers.contains(*modifier))
                || (self.any_repeat && repeats(line).next().is_some()))
    }
}

/// The lists by payer class and kind of claim, what triggers the modified ones, and whether any
/// modifier that stands twice does.
fn generic_lists(policies: &PolicySet) -> (Vec<Generic>, ModifierSet, bool) {
    let generic = || {
        policies
            .generic()
            .iter()
            .map(|index| (*index, &policies.policies()[*index as usize]))
    };
    let mut lists = Vec::new();
    for kind in KINDS {
        for class in 0..policies.payers().class_count() {
            let class = PayerClassId(class as u8);
            let mut of_class = Generic::default();
            for (index, policy) in generic().filter(|(_, p)| p.meets_claim(kind, class)) {
                if policy.triggers().is_some() {
                    of_class.modified.push(index);
                } else {
                    of_class.always.push(index);
                }
            }
            lists.push(of_class);
        }
    }
    let mut triggers = ModifierSet::default();
    let mut any_repeat = false;
    for (_, policy) in generic() {
        for modifier in policy.triggers().unwrap_or_default() {
            triggers.insert(*modifier);
        }
        any_repeat |= policy.kind == RuleKind::DuplicateModifier && policy.modifiers.is_empty();
    }
    (lists, triggers, any_repeat)
}

/// False when nothing on the claim can make the policy speak: looked at once for all its lines.
/// A sex conflict that is not found by code speaks through diagnoses.
fn may_concern(policy: &Policy, claim: &Claim<'_>) -> bool {
    let is_diagnosed = || {
        claim
            .diagnoses()
            .filter_map(|diagnosis| DiagnosisCode::new(diagnosis.code))
            .any(|code| policy.diagnoses.matches(code))
    };
    let is_in_force = || {
        let dates = claim.lines.iter().map(|line| claim.line_dates(line));
        dates
            .map(|dates| dates.map(|dates| dates.from))
            .any(|date| policy.in_force(date))
    };
    policy.kind != RuleKind::SexConflict
        || (is_opposite(policy, claim) && is_in_force() && is_diagnosed())
}

fn judge_line(context: &LineContext<'_, '_>, hits: &mut Vec<Hit>, accruals: &mut Vec<Accrual>) {
    let mut verdicts: SmallVec<[(&Policy, Verdict); 2]> = SmallVec::new();
    for index in context.candidates {
        let policy = &context.set.policies()[*index as usize];
        if !context.applies(policy) {
            continue;
        }
        match judge_of(policy.kind) {
            Judge::Accrue(accrue) => accruals.extend(accrue(policy, context)),
            Judge::Line(judge) => {
                verdicts.extend(judge(policy, context).map(|verdict| (policy, verdict)));
            }
        }
    }
    if verdicts.is_empty() {
        return;
    }
    // A conflict is dropped when another kind's finding is about the same pair. Of what is left,
    // the first of each rule stays.
    let is_told_otherwise = |verdict: &Verdict| {
        verdicts.iter().any(|(policy, other)| {
            policy.kind != RuleKind::Conflict
                && verdict.about.iter().all(|m| other.about.contains(m))
        })
    };
    let mut kept: SmallVec<[bool; 4]> = SmallVec::new();
    for (index, (policy, verdict)) in verdicts.iter().enumerate() {
        let is_repeat = (0..index).any(|i| kept[i] && verdicts[i].1.rule == verdict.rule);
        let is_dropped = policy.kind == RuleKind::Conflict && is_told_otherwise(verdict);
        kept.push(!is_repeat && !is_dropped);
    }
    let kept_verdicts = verdicts.into_iter().zip(kept).filter(|(_, keep)| *keep);
    hits.extend(kept_verdicts.map(|((policy, verdict), _)| Hit {
        policy: policy.id,
        rule: verdict.rule,
        severity: policy.severity.min(policy.certainty.cap()),
        certainty: policy.certainty,
        line: Some(context.index),
        spot: verdict.spot,
        message: verdict.message,
        advice: None,
        at_risk: context.line.charge.unwrap_or_default(),
    }));
}

#[cfg(test)]
mod tests {
    use crate::finding::{Certainty, Severity};
    use crate::money::Cents;
    use crate::rule::example::{check_policies, check_with, judge_example, test_set};
    use crate::rule::{RuleSet, Spot};

    const NO_KX: &str = "rule = \"must-not\"\nfinding = \"KX806\"\nmodifiers = [\"KX\"]\n";
    const FOUND: &[&str] = &["KX806 E0601 carries KX, which must not stand on it"];

    fn speaks(when: &str, claim: &str, line: &str) {
        check_with(&format!("{NO_KX}{when}"), claim, &[line], FOUND);
    }

    fn is_silent(when: &str, claim: &str, line: &str) {
        check_with(&format!("{NO_KX}{when}"), claim, &[line], &[]);
    }

    #[test]
    fn conditions_on_the_claim() {
        let when = "when = { claims = [\"I\"], bill-types = [\"13X\", \"85X\"] }";
        speaks(when, "claim = \"I\"\nbill-type = \"851\"", "E0601:KX");
        is_silent(when, "claim = \"I\"\nbill-type = \"111\"", "E0601:KX");
        is_silent(when, "", "E0601:KX");
        is_silent("", "claim = \"I\"\nbill-type = \"138\"", "E0601:KX");
        let when = "when = { places = [\"12\"] }";
        speaks(when, "place = \"12\"", "E0601:KX");
        is_silent(when, "place = \"11\"", "E0601:KX");
        is_silent(when, "claim = \"I\"\nbill-type = \"121\"", "E0601:KX");
    }

    #[test]
    fn conditions_on_the_payer() {
        is_silent("", "filing-indicator = \"CI\"", "E0601:KX");
        is_silent("", "filing-indicator = \"??\"", "E0601:KX");
        let when = "when = { payers = [\"commercial\"] }";
        speaks(when, "filing-indicator = \"CI\"", "E0601:KX");
        is_silent(when, "", "E0601:KX");
        let when = "when = { payers = [\"*\"] }";
        speaks(when, "filing-indicator = \"??\"", "E0601:KX");
    }

    #[test]
    fn conditions_on_the_line() {
        let when = "when = { revenue-codes = [\"042X\"] }";
        speaks(when, "claim = \"I\"", "E0601:KX REV 0424");
        is_silent(when, "claim = \"I\"", "E0601:KX REV 0434");
        let when = "when = { diagnoses = [\"G47\"], not-diagnoses = [\"G4733\"] }";
        speaks(when, "diagnoses = [\"G47.31\"]", "E0601:KX");
        is_silent(when, "diagnoses = [\"G47.33\"]", "E0601:KX");
        is_silent(when, "diagnoses = [\"R69\", \"G47.31\"]", "E0601:KX");
        let when = "when = { modifiers = [\"RR\", \"NU\"], not-modifiers = [\"GA\"] }";
        speaks(when, "", "E0601:NU:KX");
        is_silent(when, "", "E0601:KX");
        is_silent(when, "", "E0601:NU:KX:GA");
    }

    #[test]
    fn dates_of_service_decide_and_both_ends_count() {
        let dates = "from = \"2026-11-03\"\nto = \"2026-11-03\"";
        speaks(dates, "", "E0601:KX");
        is_silent("from = \"2026-11-04\"", "", "E0601:KX");
        is_silent("to = \"2026-11-02\"", "", "E0601:KX");
    }

    #[test]
    fn codes_taken_out_of_every_code_are_out() {
        is_silent("except-codes = [\"E0601\"]", "", "E0601:KX");
        speaks("except-codes = [\"E0602\"]", "", "E0601:KX");
    }

    #[test]
    fn one_finding_for_each_rule_and_line() {
        check_policies(&[NO_KX, NO_KX], &["E0601:KX"], FOUND);
    }

    #[test]
    fn a_hit_knows_line_spot_money_and_caps() {
        let unsure = NO_KX.to_owned();
        let rules = RuleSet::new(test_set(&[&unsure]));
        let row = "lines = [\"E0602\", \"E0601:NU:KX $75.10\"]\ndate = \"2026-11-03\"\nfinds = []";
        let hits = judge_example(&rules, &toml::from_str(row).unwrap()).unwrap();
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].line, Some(1));
        assert_eq!(hits[0].spot, Spot::Modifier(1));
        assert_eq!(hits[0].at_risk, Cents(7_510));
        assert_eq!(hits[0].severity, Severity::Error);
        assert_eq!(hits[0].certainty, Certainty::Certain);
    }
}
