//! From what judges answer to hits: which answers about one line stay, and how sure they are.

use smallvec::SmallVec;

use crate::claim::Claim;
use crate::finding::{Certainty, RuleKind};
use crate::money::Cents;
use crate::policy::{Policy, PolicySet};

use super::context::{LineContext, Verdict};
use super::hit::{Accrual, Hit, Member, sort_hits};
use super::registry::{Judge, judge_of};

/// What judging the lines of a claim yields.
pub(super) struct Found<'f> {
    pub hits: &'f mut Vec<Hit>,
    pub accruals: &'f mut Vec<Accrual>,
    /// Lines that policies compare with each other, by policy.
    pub members: Vec<(u32, Member)>,
}

/// Judges a line by its candidates: adds what is found at once, what accrues, and what only several lines tell.
pub(super) fn judge_line(context: &LineContext<'_, '_>, found: &mut Found<'_>) {
    let mut verdicts: SmallVec<[(&Policy, Verdict); 2]> = SmallVec::new();
    for index in context.candidates {
        let policy = &context.set.policies()[*index as usize];
        if !context.conditions_hold(policy) {
            continue;
        }
        match judge_of(policy) {
            Judge::Accrue(accrue) => {
                if let Some(mut accrual) =
                    accrue(policy, context).filter(|_| context.is_meant(policy))
                {
                    accrual.excused |= context.set.is_muted(policy.id, policy.rule);
                    found.accruals.push(accrual);
                }
            }
            Judge::Claim(_) => {
                if context.is_meant(policy) {
                    found.members.push((*index, member(policy, context)));
                }
            }
            Judge::Line(judge) => {
                // What is muted must not stand in the way of what is not. Whether the code is meant may be a search
                // among many, so few are asked.
                let verdict = judge(policy, context).filter(|verdict| {
                    context.is_meant(policy) && !context.set.is_muted(policy.id, verdict.rule)
                });
                verdicts.extend(verdict.map(|verdict| (policy, verdict)));
            }
        }
    }
    if verdicts.is_empty() {
        return;
    }
    // A conflict is dropped when another kind's finding is about the same pair. Of what is left,
    // the severest of each rule stays; of several the one whose item is billed, else the first.
    let is_told_otherwise = |verdict: &Verdict| {
        verdicts.iter().any(|(policy, other)| {
            policy.kind != RuleKind::Conflict
                && verdict.about.iter().all(|m| other.about.contains(m))
        })
    };
    let certainty = |(policy, verdict): &(&Policy, Verdict)| certainty(policy, verdict, context);
    let rank = |found: &(&Policy, Verdict)| {
        let severity = context.set.severity(found.0, found.1.rule);
        (
            severity.min(certainty(found).cap()),
            context.bills_base_of(found.0),
        )
    };
    let mut kept: SmallVec<[bool; 4]> = SmallVec::new();
    for (index, (policy, verdict)) in verdicts.iter().enumerate() {
        // Nearly always there is one.
        let this = (verdicts.len() > 1).then(|| rank(&verdicts[index]));
        let is_repeat = verdicts.iter().enumerate().any(|(at, other)| {
            at != index && other.1.rule == verdict.rule && {
                let that = Some(rank(other));
                that > this || (at < index && that == this)
            }
        });
        let is_dropped = policy.kind == RuleKind::Conflict && is_told_otherwise(verdict);
        kept.push(!is_repeat && !is_dropped);
    }
    let kept_verdicts = verdicts.into_iter().zip(kept).filter(|(_, keep)| *keep);
    let charge = context.line.charge.unwrap_or_default();
    let hits = kept_verdicts.map(|(found, _)| {
        let certainty = certainty(&found);
        let (policy, verdict) = found;
        hit(
            context.set,
            policy,
            certainty,
            (context.index, charge),
            verdict,
        )
    });
    found.hits.extend(hits);
}

/// How sure a verdict is. That something is missing is only possible where the line may say so otherwise.
fn certainty(policy: &Policy, verdict: &Verdict, context: &LineContext<'_, '_>) -> Certainty {
    let may_be_there = verdict.rule == policy.rule
        && verdict.about.is_empty()
        && (context.carries_any(&policy.doubtful)
            || context.mentions_any(&policy.modifiers)
            || context.mentions_any(&policy.alternatives));
    if may_be_there {
        policy.certainty.min(Certainty::Possible)
    } else {
        policy.certainty
    }
}

/// Judges what only several lines of a claim together can tell.
pub(super) fn judge_claim(
    set: &PolicySet,
    claim: &Claim<'_>,
    mut members: Vec<(u32, Member)>,
    hits: &mut Vec<Hit>,
) {
    let before = hits.len();
    members.sort_by_key(|(policy, _)| *policy);
    for group in members.chunk_by(|(one, _), (next, _)| one == next) {
        let policy = &set.policies()[group[0].0 as usize];
        let Judge::Claim(judge) = judge_of(policy) else {
            continue;
        };
        let lines: Vec<Member> = group.iter().map(|(_, member)| *member).collect();
        for (line, verdict) in judge(policy, claim, &lines) {
            if !set.is_muted(policy.id, verdict.rule) {
                let charge = claim.lines[line as usize].charge.unwrap_or_default();
                hits.push(hit(set, policy, policy.certainty, (line, charge), verdict));
            }
        }
    }
    if hits.len() > before {
        sort_hits(hits);
    }
}

fn hit(
    set: &PolicySet,
    policy: &Policy,
    certainty: Certainty,
    (line, charge): (u32, Cents),
    verdict: Verdict,
) -> Hit {
    Hit {
        policy: policy.id,
        rule: verdict.rule,
        severity: set.severity(policy, verdict.rule).min(certainty.cap()),
        certainty,
        line: Some(line),
        spot: verdict.spot,
        message: verdict.message,
        advice: None,
        // A charge that takes another one back is no risk.
        at_risk: charge.max(Cents::ZERO),
        counted: None,
    }
}

fn member(policy: &Policy, context: &LineContext<'_, '_>) -> Member {
    Member {
        line: context.index,
        date: context.dates.map(|dates| dates.from),
        carries: context.carries_any(&policy.modifiers),
        excused: context.notes_any(&policy.modifiers) || context.has_any(&policy.alternatives),
    }
}
