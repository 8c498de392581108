//! Which policies looked at a line, and what came of it: for explanations.

use crate::claim::Claim;
use crate::finding::PolicyId;
use crate::policy::{Condition, Policy};

use super::context::LineContext;
use super::gate::{Traits, carried_by};
use super::hit::Hit;
use super::overflow::NotedModifiers;
use super::registry::{Judge, judge_of};
use super::set::{Candidates, RuleSet};

/// A policy and what it made of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The policy.
    pub policy: PolicyId,
    /// What came of it.
    pub outcome: Outcome,
}

/// What a policy made of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It speaks to other kinds of claims.
    NotForClaimKind,
    /// It speaks to claims for other payers.
    NotForPayer,
    /// It is not in force on the date of service.
    NotInForce,
    /// A condition does not hold.
    Unmet(Condition),
    /// Its findings are switched off.
    Muted,
    /// It applies and has nothing to say.
    Clean,
    /// It finds what another policy tells already.
    ToldOtherwise,
    /// What it found; of a policy that counts, with the line it stands above its count.
    Found(Vec<Hit>),
    /// It counts over claims and finds nothing on the line.
    Counts {
        /// Nothing will be found on the line, wherever the count stands.
        excused: bool,
    },
}

impl RuleSet {
    /// What came of each policy that names the code of a line, and of those that name none and
    /// found something, in pack order. `hits` are all of the claim, those of the ledger too.
    /// Nothing for a void claim, which is not judged, or a line that the claim does not have.
    pub fn consider(&self, claim: &Claim<'_>, index: u32, hits: &[Hit]) -> Vec<Considered> {
        let payer = self.policies().payers().classify(claim);
        let docket = self.docket(claim, payer);
        let (Some(line), Some(docket)) = (claim.lines.get(index as usize), docket) else {
            return Vec::new();
        };
        let scope = self.scope(claim, docket);
        if claim.frequency == b"8" {
            return Vec::new();
        }
        let dates = self.dates(claim, line);
        let date = self.in_force_on(claim, dates);
        let traits = Traits::new(carried_by(line), date);
        let mut candidates = Candidates::new();
        let named = self.gather(&scope, self.list_of(line), traits, &mut candidates);
        let mut context = LineContext {
            set: self.policies(),
            claim,
            line,
            index,
            dates,
            date,
            payer,
            venue: &scope.venue,
            noted_for_all: &scope.noted_for_all,
            candidates: &candidates,
            related: scope.related(named),
            noted: NotedModifiers::default(),
        };
        self.note_overflow(&mut context, traits);
        let of_line = |hit: &&Hit| hit.line == Some(index);
        let mut policies: Vec<u32> = named.to_vec();
        policies.extend(hits.iter().filter(of_line).map(|hit| hit.policy.0));
        policies.sort_unstable();
        policies.dedup();
        let considered = policies.into_iter().map(|policy| {
            let policy = PolicyId(policy);
            let found = hits
                .iter()
                .filter(of_line)
                .filter(|hit| hit.policy == policy);
            let found: Vec<Hit> = found.cloned().collect();
            let outcome = if found.is_empty() {
                silence(self.policies().policy(policy), &context)
            } else {
                Outcome::Found(found)
            };
            Considered { policy, outcome }
        });
        considered.collect()
    }
}

/// Why nothing was found under a policy.
fn silence(policy: &Policy, line: &LineContext<'_, '_>) -> Outcome {
    if !policy.is_for_kind(line.claim.kind) {
        return Outcome::NotForClaimKind;
    }
    if !policy.payers.contains(line.payer) {
        return Outcome::NotForPayer;
    }
    if !policy.in_force(line.date) {
        return Outcome::NotInForce;
    }
    let conditions = policy.conditions.as_deref();
    let unmet =
        conditions.and_then(|conditions| conditions.first_unmet(line.claim, line.line, line.venue));
    if let Some(condition) = unmet {
        return Outcome::Unmet(condition);
    }
    if line.set.is_muted(policy.id, policy.rule) {
        return Outcome::Muted;
    }
    match judge_of(policy) {
        Judge::Line(judge) if is_open(policy, line) && judge(policy, line).is_some() => {
            Outcome::ToldOtherwise
        }
        Judge::Accrue(accrue) => match accrue(policy, line) {
            Some(accrual) => Outcome::Counts {
                excused: accrual.excused,
            },
            None => Outcome::Clean,
        },
        Judge::Line(_) | Judge::Claim(_) => Outcome::Clean,
    }
}

/// True when judging lines lets the policy speak about this one.
fn is_open(policy: &Policy, line: &LineContext<'_, '_>) -> bool {
    line.candidates.contains(&policy.id.0) && line.is_meant(policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::example::{claim_of, test_set};

    const REQUIRED: &str =
        "rule = \"required\"\nfinding = \"KX805\"\ncodes = [\"E0601\"]\nmodifiers = [\"KX\"]\n";

    /// What comes of the first policy, with E0601 on 2026-11-03 for Medicare.
    fn outcome(policies: &[&str], line: &str) -> Vec<Outcome> {
        let rules = RuleSet::new(test_set(policies));
        let row = format!("lines = [\"{line}\"]\ndate = \"2026-11-03\"\nfinds = []");
        let row = toml::from_str(&row).unwrap();
        let claim = claim_of(&row).unwrap();
        let (mut hits, mut accruals) = (Vec::new(), Vec::new());
        rules.judge(&claim, &mut hits, &mut accruals);
        let considered = rules.consider(&claim, 0, &hits);
        considered.into_iter().map(|one| one.outcome).collect()
    }

    fn when(more: &str) -> Vec<Outcome> {
        outcome(&[&format!("{REQUIRED}{more}")], "E0601")
    }

    #[test]
    fn what_does_not_apply_says_why() {
        assert_eq!(
            when("when = { claims = [\"I\"] }"),
            [Outcome::NotForClaimKind]
        );
        assert_eq!(
            when("when = { payers = [\"commercial\"] }"),
            [Outcome::NotForPayer]
        );
        assert_eq!(when("from = \"2026-11-04\""), [Outcome::NotInForce]);
        assert_eq!(
            when("when = { places = [\"12\"] }"),
            [Outcome::Unmet(Condition::Places)]
        );
        assert_eq!(outcome(&[REQUIRED], "E0602"), []);
    }

    #[test]
    fn what_applies_finds_or_is_content() {
        assert_eq!(outcome(&[REQUIRED], "E0601:KX"), [Outcome::Clean]);
        let found = outcome(&[REQUIRED, REQUIRED], "E0601");
        assert!(matches!(&found[0], Outcome::Found(hits) if hits.len() == 1));
        assert_eq!(found[1], Outcome::ToldOtherwise);
    }

    #[test]
    fn a_policy_of_every_code_is_told_of_when_it_finds() {
        let every = "rule = \"must-not\"\nfinding = \"KX806\"\nmodifiers = [\"KX\"]\n";
        assert_eq!(outcome(&[every], "E0601"), []);
        assert!(matches!(
            outcome(&[every], "E0601:KX")[..],
            [Outcome::Found(_)]
        ));
    }
}
