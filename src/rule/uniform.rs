//! `uniform`: one of `modifiers` stands on all or none of the lines of a claim that the policy applies
//! to. Lines of a professional claim are compared within a date of service; an institutional bill
//! covers a period and is compared as a whole, unless the policy is about the `same-day`.

use smallvec::SmallVec;

use crate::claim::Claim;
use crate::finding::ClaimKind;
use crate::policy::Policy;

use super::context::{Listed, Subject, Verdict, spot_of_code};
use super::hit::Member;
use super::registry::Verdicts;

pub(super) fn judge(policy: &Policy, claim: &Claim<'_>, members: &[Member]) -> Verdicts {
    let day = |member: &Member| match claim.kind {
        ClaimKind::Institutional if !policy.same_day => None,
        ClaimKind::Institutional | ClaimKind::Professional | ClaimKind::Dental => member.date,
    };
    let mut sorted: Vec<&Member> = members.iter().collect();
    sorted.sort_by_key(|member| (day(member), member.line));
    let mut verdicts = Vec::new();
    for group in sorted.chunk_by(|one, next| day(one) == day(next)) {
        let others = match group.iter().filter(|member| member.carries).count() {
            0 => continue,
            1 => "another line of the same kind carries",
            _ => "other lines of the same kind carry",
        };
        let lacking = group
            .iter()
            .filter(|member| !member.carries && !member.excused);
        verdicts.extend(lacking.map(|member| {
            let line = &claim.lines[member.line as usize];
            let verdict = Verdict {
                rule: policy.rule,
                spot: spot_of_code(line),
                message: format!(
                    "{} does not carry {}, which {others}",
                    Subject::of(line),
                    Listed(&policy.modifiers, "or"),
                ),
                about: SmallVec::new(),
            };
            (member.line, verdict)
        }));
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use crate::rule::example::{check, check_with};

    const POLICY: &str = r#"
rule = "uniform"
finding = "KX817"
codes = ["64490-64495"]
modifiers = ["KX"]
alternatives = ["GA"]
"#;
    const FOUND: &str =
        "KX817 64491 does not carry KX, which another line of the same kind carries";

    #[test]
    fn all_or_none_is_right() {
        check(POLICY, &["64490:KX", "64491:KX", "99213"], &[]);
        check(POLICY, &["64490", "64491"], &[]);
        check(POLICY, &["64490:KX", "64491:GA"], &[]);
        check(POLICY, &["64490:KX", "64491", "99213"], &[FOUND]);
    }

    #[test]
    fn days_are_apart_on_professional_claims_and_together_on_bills() {
        let lines = &["64490:KX", "64491 ON 2026-11-04"];
        check(POLICY, lines, &[]);
        check_with(POLICY, "claim = \"I\"", lines, &[FOUND]);
        let same_day = format!("{POLICY}same-day = true\n");
        check_with(&same_day, "claim = \"I\"", lines, &[]);
        let lines = &["64490:KX", "64491"];
        check_with(&same_day, "claim = \"I\"", lines, &[FOUND]);
    }
}
