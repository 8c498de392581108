//! Which reasons of payers have to do with what is predicted.

use std::collections::HashMap;

use super::decision::Reason;
use crate::code::ReasonCode;
use crate::finding::{Catalogue, DenialInfo, PolicyInfo, RuleKind};

/// What a reason for a denial is about, whatever policy it falls under.
///
/// The meanings of the codes are those of the X12 and CMS code lists (claim adjustment reason codes,
/// remittance advice remark codes), read in public copies of them; CARC 119 for therapy above the
/// threshold at Palmetto GBA (denial resolution), CARC 4 at Noridian (M114, N565, 4), CARC 16 with N822
/// or N823 in notices about colonoscopies and DMEPOS. The group is not asked: of 119 some contractors
/// make the patient liable and some the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    /// A modifier is missing, or is wrong: CARC 4; CARC 16 with remark N822 (missing), N823 (incomplete or
    /// invalid) or N519 (invalid combination).
    Modifier,
    /// The maximum for a period is reached: CARC 119.
    Limit,
    /// So many services are not supported: CARC 151.
    Frequency,
    /// The service or the diagnosis does not fit the patient's sex: CARC 7, CARC 10.
    Sex,
}

impl Topic {
    fn of(reason: Reason, remarks: &[ReasonCode]) -> Option<Self> {
        let says = |codes: &[&str]| {
            let mut codes = codes.iter();
            codes.any(|code| remarks.iter().any(|remark| remark.is(code)))
        };
        let is = |code: &str| reason.carc.is(code);
        if is("4") || is("16") && says(&["N822", "N823", "N519"]) {
            Some(Self::Modifier)
        } else if is("119") {
            Some(Self::Limit)
        } else if is("151") {
            Some(Self::Frequency)
        } else if is("7") || is("10") {
            Some(Self::Sex)
        } else {
            None
        }
    }

    /// True when findings of this kind of rule predict such a denial.
    const fn fits(self, kind: Option<RuleKind>) -> bool {
        match self {
            // Every rule is about a modifier, those that the catalogue does not know any more too.
            Self::Modifier => true,
            Self::Limit => matches!(kind, Some(RuleKind::Threshold | RuleKind::Sessions)),
            Self::Frequency => matches!(kind, Some(RuleKind::Sessions)),
            Self::Sex => matches!(kind, Some(RuleKind::SexConflict)),
        }
    }
}

/// The reasons that policies expect, and those that their rules are about.
pub(super) struct KnownReasons<'c> {
    catalogue: &'c Catalogue,
    policies: HashMap<&'c str, &'c PolicyInfo>,
    /// What policies expect, each once.
    expected: Vec<&'c DenialInfo>,
}

impl<'c> KnownReasons<'c> {
    pub fn new(catalogue: &'c Catalogue) -> Self {
        let mut expected: Vec<&DenialInfo> = Vec::new();
        for denial in catalogue.policies.iter().filter_map(|p| p.denial.as_ref()) {
            if !expected.contains(&denial) {
                expected.push(denial);
            }
        }
        let policies = catalogue.policies.iter();
        Self {
            catalogue,
            policies: policies.map(|policy| (&*policy.id, policy)).collect(),
            expected,
        }
    }

    pub const fn catalogue(&self) -> &'c Catalogue {
        self.catalogue
    }

    pub fn policy(&self, id: &str) -> Option<&'c PolicyInfo> {
        self.policies.get(id).copied()
    }

    /// True when some policy or rule is about it.
    pub fn knows(&self, reason: Reason, remarks: &[ReasonCode]) -> bool {
        let mut expected = self.expected.iter();
        Topic::of(reason, remarks).is_some() || expected.any(|one| is_meant(one, reason, remarks))
    }

    /// True when it is what a finding of this rule and policy predicts.
    pub fn bears_out(
        &self,
        rule: &str,
        policy: &str,
        reason: Reason,
        remarks: &[ReasonCode],
    ) -> bool {
        let denial = self.policy(policy).and_then(|info| info.denial.as_ref());
        if denial.is_some_and(|denial| is_meant(denial, reason, remarks)) {
            return true;
        }
        let rule = self.catalogue.find_rule(rule);
        let kind = rule.map(|rule| self.catalogue.rule(rule).kind);
        Topic::of(reason, remarks).is_some_and(|topic| topic.fits(kind))
    }
}

fn is_meant(denial: &DenialInfo, reason: Reason, remarks: &[ReasonCode]) -> bool {
    let carc = denial.carc.as_deref();
    let is_said = |rarc: &str| remarks.iter().any(|remark| remark.is(rarc));
    carc.is_some_and(|carc| reason.carc.is(carc)) && denial.rarc.as_deref().is_none_or(is_said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicySet;

    fn code(text: &str) -> ReasonCode {
        ReasonCode::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn reasons_bear_out_what_they_are_about() {
        let set = PolicySet::new(true, Vec::new()).unwrap();
        let known = KnownReasons::new(set.catalogue());
        let is_borne_out = |rule: &str, policy: &str, carc: &str, rarc: &str| {
            let reason = Reason {
                group: code("CO"),
                carc: code(carc),
            };
            let remarks: Vec<ReasonCode> = rarc.split_whitespace().map(code).collect();
            let is_borne_out = known.bears_out(rule, policy, reason, &remarks);
            assert!(!is_borne_out || known.knows(reason, &remarks));
            is_borne_out
        };
        assert!(is_borne_out("KX101", "THERAPY_OT", "119", ""));
        assert!(is_borne_out("KX201", "PAP", "16", "MA130 N822"));
        assert!(is_borne_out("KX201", "PAP", "16", "N823"));
        assert!(is_borne_out("KX999", "GONE", "4", ""));
        assert!(is_borne_out("KX301", "GONE", "7", ""));
        for (rule, policy, carc, rarc) in [
            ("KX101", "THERAPY_OT", "97", ""),
            ("KX101", "THERAPY_OT", "151", ""),
            ("KX201", "PAP", "16", ""),
            ("KX201", "PAP", "16", "M51"),
            ("KX201", "PAP", "119", ""),
            ("KX999", "GONE", "119", ""),
            ("KX201", "PAP", "50", ""),
        ] {
            assert!(!is_borne_out(rule, policy, carc, rarc), "{policy} {carc}");
        }
    }
}
