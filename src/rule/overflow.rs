//! `overflow`: more modifiers than fit. One of `modifiers` (99, KB) says that the rest stands in
//! a note, and a note of the line or the claim has KX as a word.
//!
//! While it holds, no judge calls KX missing on the line.

use smallvec::smallvec;

use crate::claim::{Evidence, EvidenceKind};
use crate::policy::Policy;

use super::context::{LineContext, Verdict};

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let modifier = line.first_of(&policy.modifiers)?;
    if !note_names_kx(line) || line.line.has_modifier(crate::code::Modifier::KX) {
        return None;
    }
    Some(Verdict {
        rule: policy.rule,
        spot: line.spot_of(modifier),
        message: format!(
            "{} carries {modifier} and names KX in a note (NTE) instead of a modifier slot",
            line.subject()
        ),
        about: smallvec![modifier],
    })
}

fn note_names_kx(line: &LineContext<'_, '_>) -> bool {
    let names_kx =
        |evidence: &Evidence<'_>| evidence.kind == EvidenceKind::Note && says_kx(evidence.value);
    let of_claim = || line.claim.evidence.iter().any(names_kx);
    line.line.evidence.iter().any(names_kx) || *line.claim_note_names_kx.get_or_init(of_claim)
}

/// True when KX stands in the note as a word, and not as "no KX".
fn says_kx(note: &[u8]) -> bool {
    let is = |word: &[u8], wanted: &str| word.eq_ignore_ascii_case(wanted.as_bytes());
    let mut denied = false;
    for word in note
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if is(word, "KX") && !denied {
            return true;
        }
        denied = ["NO", "NOT", "WITHOUT"].iter().any(|no| is(word, no));
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::rule::example::{check, check_policies};

    const OVERFLOW: &str = r#"
rule = "overflow"
finding = "KX812"
modifiers = ["99", "KB"]
"#;

    #[test]
    fn a_note_counts_only_with_the_modifier_and_kx_as_a_word() {
        check(
            OVERFLOW,
            &[
                "E0601:99 NTE modifiers rr, kx.",
                "E0601:99 NTE KXY",
                "E0601:99 NTE RR, no KX",
                "E0601:NU NTE KX",
                "E0601:99:KX NTE KX",
            ],
            &["KX812 E0601 carries 99 and names KX in a note (NTE) instead of a modifier slot"],
        );
    }

    #[test]
    fn kx_in_the_note_is_not_missing() {
        let required =
            "rule = \"required\"\nfinding = \"KX805\"\ncodes = [\"E0601\"]\nmodifiers = [\"KX\"]\n";
        let either = "rule = \"one-of\"\nfinding = \"KX801\"\ncodes = [\"E0601\"]\nmodifiers = [\"KX\"]\nalternatives = [\"GA\"]\n";
        for policy in [required, either] {
            check_policies(
                &[policy, OVERFLOW],
                &["E0601:KB NTE KX"],
                &["KX812 E0601 carries KB and names KX in a note (NTE) instead of a modifier slot"],
            );
        }
    }
}
