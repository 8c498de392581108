//! `sex-conflict`: a service or diagnosis of one sex for a patient whose DMG03 says the other.
//!
//! One of `modifiers` on the line (KX on professional claims) or `condition-code` on the claim
//! (45 on institutional ones) says that it is meant so. A patient of unknown sex is never in
//! conflict.

use smallvec::SmallVec;

use crate::claim::{Claim, Sex};
use crate::policy::Policy;

use super::context::{LineContext, Listed, Verdict};

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    if !is_opposite(policy, line.claim) {
        return None;
    }
    let by_code = policy.codes.covers(line.code());
    if !by_code && !by_diagnosis(policy, line) {
        return None;
    }
    let is_settled = line.has_any(&policy.modifiers)
        || policy
            .condition_code
            .as_deref()
            .is_some_and(|code| line.claim.has_condition_code(code));
    if is_settled {
        return None;
    }
    let mut message = if by_code {
        format!(
            "{} is usually billed for another sex than the one in DMG03",
            line.subject()
        )
    } else {
        // The diagnosis itself stays unnamed: it is the patient's, not the line's.
        format!(
            "a diagnosis of {} is usual for another sex than the one in DMG03",
            line.subject()
        )
    };
    if !policy.modifiers.is_empty() {
        message = format!("{message}, without {}", Listed(&policy.modifiers, "or"));
    }
    Some(Verdict {
        rule: policy.rule,
        spot: line.spot_of_code(),
        message,
        about: SmallVec::new(),
    })
}

/// True when the patient's sex is known and the opposite of the policy's.
pub(super) fn is_opposite(policy: &Policy, claim: &Claim<'_>) -> bool {
    matches!(
        (policy.sex, claim.patient_sex()),
        (Sex::Female, Sex::Male) | (Sex::Male, Sex::Female)
    )
}

/// True when a diagnosis of the line is one of the policy's.
pub(super) fn by_diagnosis(policy: &Policy, line: &LineContext<'_, '_>) -> bool {
    !policy.diagnoses.is_empty()
        && line
            .claim
            .line_diagnoses(line.line)
            .any(|code| policy.diagnoses.matches(code))
}

#[cfg(test)]
mod tests {
    use crate::rule::example::{check, check_with};

    const MALE: &str = r#"
rule = "sex-conflict"
finding = "KX810"
codes = ["55866"]
diagnoses = ["C61", "N4"]
sex = "M"
modifiers = ["KX"]
condition-code = "45"
"#;

    #[test]
    fn codes_of_the_other_sex_need_the_modifier() {
        check(
            MALE,
            &["55866", "55866:KX", "99213"],
            &["KX810 55866 is usually billed for another sex than the one in DMG03, without KX"],
        );
        check_with(MALE, "sex = \"M\"", &["55866"], &[]);
        check_with(MALE, "sex = \"U\"", &["55866"], &[]);
    }

    #[test]
    fn diagnoses_of_the_other_sex_need_it_too_and_stay_unnamed() {
        check_with(
            MALE,
            "diagnoses = [\"N40.0\"]",
            &["99213", "99214:KX"],
            &[
                "KX810 a diagnosis of 99213 is usual for another sex than the one in DMG03, without KX",
            ],
        );
    }

    #[test]
    fn a_condition_code_settles_it() {
        let claim = "claim = \"I\"\ncondition-codes = [\"45\"]";
        check_with(MALE, claim, &["55866"], &[]);
    }
}
