//! `sessions`: counted visits. Beyond the free ones a session needs one of `modifiers`, unless one of
//! `alternatives` stands in.
//!
//! Over claims, the ledger counts. Within one claim and month (a monthly dialysis bill), this file
//! does: as many sessions need a modifier as the month has beyond its free ones, whichever they
//! are; the latest without one are found. Where more carry the modifier than the month has beyond,
//! the earliest of them are the policy's `finding-both`.

use std::collections::BTreeSet;

use smallvec::SmallVec;

use crate::claim::Claim;
use crate::date::Date;
use crate::finding::RuleId;
use crate::policy::pack::SessionUnit;
use crate::policy::{Policy, Sessions};

use super::context::{LineContext, Listed, Subject, Verdict, spot_of_code};
use super::fee_estimate::units;
use super::hit::{Accrual, Measure, Member};
use super::registry::Verdicts;

pub(super) fn accrue(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Accrual> {
    let count = match policy.sessions?.unit {
        SessionUnit::Units => units(line.line).map_or(1, |units| units.most),
        SessionUnit::Days => 1,
    };
    Some(Accrual {
        line: line.index,
        policy: policy.id,
        excused: line.has_any(&policy.modifiers) || line.has_any(&policy.alternatives),
        code: line.line.procedure,
        charge: line.line.charge.unwrap_or_default(),
        date: line.dates?.from,
        measure: Measure::Sessions(count),
    })
}

/// A line with its date and sessions.
struct Visit<'m> {
    date: Date,
    sessions: u32,
    member: &'m Member,
}

pub(super) fn judge(policy: &Policy, claim: &Claim<'_>, members: &[Member]) -> Verdicts {
    let Some(sessions) = policy.sessions else {
        return Vec::new();
    };
    let mut visits = visits(claim, members, sessions);
    visits.sort_by_key(|visit| (visit.date, visit.member.line));
    let month = |date: Date| (date.year(), date.month());
    visits
        .chunk_by(|one, next| month(one.date) == month(next.date))
        .flat_map(|visits| judge_month(policy, claim, sessions, visits))
        .collect()
}

fn visits<'m>(claim: &Claim<'_>, members: &'m [Member], sessions: Sessions) -> Vec<Visit<'m>> {
    let mut days = BTreeSet::new();
    members
        .iter()
        .filter_map(|member| {
            let date = member.date?;
            let sessions = match sessions.unit {
                SessionUnit::Units => {
                    units(&claim.lines[member.line as usize]).map_or(1, |units| units.most)
                }
                SessionUnit::Days => u32::from(days.insert(date)),
            };
            Some(Visit {
                date,
                sessions,
                member,
            })
        })
        .collect()
}

fn judge_month(
    policy: &Policy,
    claim: &Claim<'_>,
    sessions: Sessions,
    visits: &[Visit<'_>],
) -> Verdicts {
    let verdict = |visit: &Visit<'_>, rule: RuleId, message: &str| {
        let line = &claim.lines[visit.member.line as usize];
        let verdict = Verdict {
            rule,
            spot: spot_of_code(line),
            message: format!("{} {message}", Subject::of(line)),
            about: SmallVec::new(),
        };
        (visit.member.line, verdict)
    };
    let carrying = || visits.iter().filter(|visit| visit.member.carries);
    let total = sum(visits.iter());
    let marked = sum(carrying());
    let free = sessions.free_in(visits[0].date);
    let month = visits[0].date.strftime("%Y-%m");
    let extra = total.saturating_sub(free);
    if marked > extra {
        let Some(rule) = policy.rule_both else {
            return Vec::new();
        };
        let message = if extra == 0 {
            format!(
                "is marked as an extra session, but {month} has {total} on this claim and {free} are routine"
            )
        } else {
            format!(
                "is marked as an extra session, as {marked} of the {total} sessions of {month} on this claim are, \
                 though {free} are routine"
            )
        };
        // Whichever are extra, so many of those that are marked are not; the last are taken to be.
        let mut routine = marked - extra;
        let too_many = carrying().take_while(|visit| {
            let is_one = routine > 0;
            routine = routine.saturating_sub(visit.sessions.max(1));
            is_one
        });
        return too_many
            .map(|visit| verdict(visit, rule, &message))
            .collect();
    }
    let listed = Listed(&policy.modifiers, "or");
    let message = if extra == 1 {
        format!(
            "is one session more than the {free} routine ones of {month}, and none carries {listed}"
        )
    } else {
        format!(
            "is one of {extra} sessions beyond the {free} routine ones of {month}, of which {marked} carry {listed}"
        )
    };
    let mut missing = extra.saturating_sub(marked);
    let mut verdicts = Vec::new();
    for visit in visits.iter().rev() {
        if missing == 0 {
            break;
        }
        if !visit.member.carries && !visit.member.excused && visit.sessions > 0 {
            missing = missing.saturating_sub(visit.sessions);
            verdicts.push(verdict(visit, policy.rule, &message));
        }
    }
    verdicts
}

fn sum<'v, 'm: 'v>(visits: impl Iterator<Item = &'v Visit<'m>>) -> u32 {
    visits.fold(0, |sum, visit| sum.saturating_add(visit.sessions))
}

#[cfg(test)]
mod tests {
    use crate::rule::example::check_with;

    const DIALYSIS: &str = r#"
rule = "sessions"
finding = "KX818"
finding-both = "KX819"
codes = ["90999"]
modifiers = ["KX", "CG"]
sessions = { count = "units", free = 13, per-month = true, free-long-month = 14 }
"#;

    fn month(date: &str, days: u32) -> String {
        format!("claim = \"I\"\nbill-type = \"721\"\ndate = \"{date}\"\non-days = {days}")
    }

    #[test]
    fn what_a_month_has_beyond_its_routine_sessions_needs_a_mark() {
        let extra = "KX818 90999 is one of 2 sessions beyond the 13 routine ones of 2026-06, of which \
                     0 carry KX or CG";
        check_with(DIALYSIS, &month("2026-06-01", 13), &["90999"], &[]);
        check_with(
            DIALYSIS,
            &month("2026-06-01", 15),
            &["90999"],
            &[extra, extra],
        );
        let one = "KX818 90999 is one session more than the 13 routine ones of 2026-06, and none carries KX or CG";
        check_with(DIALYSIS, &month("2026-06-01", 14), &["90999"], &[one]);
        // July has 31 days.
        check_with(DIALYSIS, &month("2026-07-01", 14), &["90999"], &[]);
    }

    #[test]
    fn a_mark_in_a_month_without_extra_sessions_is_the_other_finding() {
        let marked = "KX819 90999 is marked as an extra session, but 2026-06 has 2 on this claim and \
                      13 are routine";
        check_with(
            DIALYSIS,
            &month("2026-06-01", 1),
            &["90999", "90999:KX"],
            &[marked],
        );
    }

    const REHAB: &str = r#"
rule = "sessions"
finding = "KX818"
codes = ["93797"]
modifiers = ["KX"]
sessions = { count = "units", free = 36 }
"#;

    #[test]
    fn sessions_over_claims_are_counted_by_the_ledger() {
        check_with(REHAB, "", &["93797 UNITS 36"], &[]);
        check_with(
            REHAB,
            "",
            &["93797 UNITS 36", "93797:KX", "93797"],
            &[
                "KX818 93797 is session 38 of the patient by what was read, without KX; the first 36 need none",
            ],
        );
    }

    #[test]
    fn windows_slide_and_days_count_once() {
        let visits = REHAB.replace(
            "count = \"units\", free = 36",
            "count = \"days\", free = 2, within-days = 30",
        );
        let spread = &[
            "93797 ON 2026-01-05",
            "93797 ON 2026-01-05",
            "93797 ON 2026-01-07",
            "93797 ON 2026-02-06",
        ];
        check_with(&visits, "", spread, &[]);
        check_with(
            &visits,
            "",
            &[
                "93797 ON 2026-01-05",
                "93797 ON 2026-01-07",
                "93797 ON 2026-01-08",
            ],
            &[
                "KX818 93797 is session 3 of the patient within 30 days by what was read, without KX; the first 2 need none",
            ],
        );
    }

    #[test]
    fn after_some_days_every_session_needs_it() {
        let late = REHAB.replace("free = 36", "free = 36, first-days = 84");
        check_with(
            &late,
            "",
            &[
                "93797 ON 2026-01-01",
                "93797 ON 2026-03-26",
                "93797 ON 2026-03-27",
            ],
            &[
                "KX818 93797 is 85 days after the patient's first session that was read, without KX; later than 84 days each needs it",
            ],
        );
    }
}
