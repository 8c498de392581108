//! Whether a claim is acknowledged as accepted or rejected, and why.

use super::Profile;
use super::fit::is_identifier;
use super::remark::remarks;
use crate::finding::{Catalogue, ClaimOutcome, Finding, Severity};

/// Accepted into the next step: received by the receiver (40).
pub(super) const RECEIVED: &str = "A1:19:40";

/// Returned as unprocessable because of its lines.
const LINES_AT_FAULT: &str = "A3:247";

/// The subscriber's (IL) member number is missing.
const MEMBER_ID_MISSING: &str = "A6:164:IL";

/// Returned as unprocessable: its form is invalid.
pub(super) const UNREADABLE: &str = "A3:481";

/// Of a finding whose policy names no status: a modifier is invalid.
const MODIFIER_INVALID: &str = "A7:453";

/// What the acknowledgement says of a claim. Reasons are written `category:status` or
/// `category:status:entity`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict<'a> {
    /// WQ.
    Accepted {
        /// Free text for STC12, one for each STC.
        remarks: Vec<String>,
    },
    /// U.
    Rejected {
        /// Reasons at the level of the claim; never empty.
        reasons: Vec<&'a str>,
        /// The lines at fault, by index in [`ClaimOutcome::lines`], with their reasons.
        lines: Vec<(usize, Vec<&'a str>)>,
    },
}

impl<'a> Verdict<'a> {
    pub fn new(profile: Profile, catalogue: &'a Catalogue, claim: &ClaimOutcome) -> Self {
        let mut reasons = Vec::new();
        let mut lines: Vec<(usize, Vec<&'a str>)> = Vec::new();
        // What was not read may be at fault, and nobody must take half a claim for the whole.
        if !claim.is_whole {
            reasons.push(UNREADABLE);
        }
        // A 277CA cannot name a patient without an identifier, so no profile accepts such a
        // claim.
        if !is_identifier(claim.patient.member_id.expose().as_bytes()) {
            reasons.push(MEMBER_ID_MISSING);
        }
        if profile == Profile::Gate {
            collect(catalogue, claim, &mut reasons, &mut lines);
        }
        if !lines.is_empty() {
            reasons.insert(0, LINES_AT_FAULT);
        }
        if reasons.is_empty() {
            let annotated = profile == Profile::Annotated;
            Self::Accepted {
                remarks: if annotated {
                    remarks(catalogue, claim)
                } else {
                    Vec::new()
                },
            }
        } else {
            Self::Rejected { reasons, lines }
        }
    }

    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }
}

/// Gathers the reasons of all errors, each reason once per level.
fn collect<'a>(
    catalogue: &'a Catalogue,
    claim: &ClaimOutcome,
    reasons: &mut Vec<&'a str>,
    lines: &mut Vec<(usize, Vec<&'a str>)>,
) {
    for finding in &claim.findings {
        if finding.severity < Severity::Error {
            continue;
        }
        let line = finding
            .line
            .map(|index| index as usize)
            .filter(|index| *index < claim.lines.len());
        let target = match line {
            None => &mut *reasons,
            Some(index) => {
                // Findings come in the order of the lines: only the last one can be known.
                let known = lines.last().filter(|(line, _)| *line == index);
                let known = known.map(|_| lines.len() - 1);
                let slot = known.unwrap_or_else(|| {
                    lines.push((index, Vec::new()));
                    lines.len() - 1
                });
                &mut lines[slot].1
            }
        };
        for reason in statuses(catalogue, finding) {
            if !target.contains(&reason) {
                target.push(reason);
            }
        }
    }
    lines.sort_by_key(|(index, _)| *index);
}

fn statuses<'a>(catalogue: &'a Catalogue, finding: &Finding) -> impl Iterator<Item = &'a str> {
    let rule = catalogue.rule(finding.rule);
    let status = rule.status_under(catalogue.policy(finding.policy));
    let primary = status.map_or(MODIFIER_INVALID, |status| status.primary.as_str());
    let secondary = status.and_then(|status| status.secondary.as_deref());
    std::iter::once(primary).chain(secondary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phi::Phi;
    use crate::report::sample::{clean, finding, line, risky, run};

    fn verdict(profile: Profile, claim: &ClaimOutcome) -> String {
        format!("{:?}", Verdict::new(profile, &run().catalogue, claim))
    }

    #[test]
    fn only_the_gate_rejects_for_errors() {
        let error = risky("A", 0, Severity::Error);
        assert!(verdict(Profile::Annotated, &error).contains("KX201 LINE 2"));
        assert_eq!(verdict(Profile::Strict, &error), "Accepted { remarks: [] }");
        assert_eq!(
            verdict(Profile::Gate, &error),
            r#"Rejected { reasons: ["A3:247"], lines: [(0, ["A6:453", "A6:454"])] }"#
        );
        let warning = risky("A", 0, Severity::Warning);
        assert_eq!(verdict(Profile::Gate, &warning), "Accepted { remarks: [] }");
    }

    #[test]
    fn reasons_are_gathered_once_per_level() {
        let mut claim = clean("A", 0, 1);
        claim.lines = vec![line("1"), line("2")];
        claim.findings = vec![
            finding(0, Some(1), Severity::Error),
            finding(0, Some(1), Severity::Error),
            finding(1, Some(0), Severity::Error),
            finding(1, None, Severity::Error),
        ];
        assert_eq!(
            verdict(Profile::Gate, &claim),
            concat!(
                r#"Rejected { reasons: ["A3:247", "A7:453"], "#,
                r#"lines: [(0, ["A7:453"]), (1, ["A6:453", "A6:454"])] }"#
            )
        );
    }

    #[test]
    fn half_a_claim_cannot_be_accepted() {
        let mut claim = risky("A", 0, Severity::Error);
        claim.is_whole = false;
        for profile in [Profile::Annotated, Profile::Strict] {
            assert_eq!(
                verdict(profile, &claim),
                r#"Rejected { reasons: ["A3:481"], lines: [] }"#
            );
        }
        assert_eq!(
            verdict(Profile::Gate, &claim),
            r#"Rejected { reasons: ["A3:247", "A3:481"], lines: [(0, ["A6:453", "A6:454"])] }"#
        );
    }

    #[test]
    fn a_patient_without_an_identifier_cannot_be_accepted() {
        let mut claim = clean("A", 0, 1);
        claim.patient.member_id = Phi::default();
        for profile in [Profile::Annotated, Profile::Strict, Profile::Gate] {
            assert_eq!(
                verdict(profile, &claim),
                r#"Rejected { reasons: ["A6:164:IL"], lines: [] }"#
            );
        }
    }
}
