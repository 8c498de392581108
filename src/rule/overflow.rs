//! `overflow`: more modifiers than fit. One of `modifiers` (99, KB) says that the rest stands in
//! a note, and a note of the line or the claim has KX as a word.
//!
//! What such a note names counts as carried wherever a judge would call it missing.

use smallvec::{SmallVec, smallvec};

use crate::claim::{Claim, Evidence, EvidenceKind, ServiceLine};
use crate::code::Modifier;
use crate::policy::Policy;

use super::context::{LineContext, Verdict};

/// Modifiers in notes.
#[derive(Debug, Default)]
pub(super) struct NotedModifiers {
    /// Notes say that they are the line's.
    pub named: SmallVec<[Modifier; 4]>,
    /// Notes have words of this form, which may mean them.
    pub mentioned: SmallVec<[Modifier; 4]>,
}

impl NotedModifiers {
    /// Adds what other notes say.
    pub fn extend(&mut self, other: &Self) {
        self.named.extend_from_slice(&other.named);
        self.mentioned.extend_from_slice(&other.mentioned);
    }
}

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let modifier = line.first_of(&policy.modifiers)?;
    if !line.notes_any(&[Modifier::KX]) || line.line.has_modifier(Modifier::KX) {
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

/// What the notes of a claim name, for all its lines.
pub(super) fn noted_for_all(claim: &Claim<'_>) -> NotedModifiers {
    noted(&claim.evidence)
}

/// What the notes of a line name.
pub(super) fn noted_for(line: &ServiceLine<'_>) -> NotedModifiers {
    noted(&line.evidence)
}

fn noted(evidence: &[Evidence<'_>]) -> NotedModifiers {
    let notes = evidence
        .iter()
        .filter(|evidence| evidence.kind == EvidenceKind::Note);
    let mut found = NotedModifiers::default();
    for note in notes {
        add_named(note.value, &mut found);
    }
    found
}

/// More than so many are no modifiers of a line.
const MOST_NAMED: usize = 64;

/// Adds what a note names: KX as a word that is not denied ("no KX", "KX not met"), and other modifiers where they are listed, since
/// GA is a state, too, and GO a word. A list is a note of nothing else, or follows the word "modifier" or "mod".
fn add_named(note: &[u8], noted: &mut NotedModifiers) {
    let words = || {
        note.split(|byte| !byte.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
    };
    let is = |word: &[u8], wanted: &str| word.eq_ignore_ascii_case(wanted.as_bytes());
    let heads_list = |word: &[u8]| {
        let heads = ["MOD", "MODS", "MODIFIER", "MODIFIERS"];
        heads.iter().any(|head| is(word, head))
    };
    let mut is_list = words().all(|word| heads_list(word) || Modifier::new(word).is_some());
    let mut is_denied = false;
    let mut words = words().peekable();
    while let Some(word) = words.next() {
        let modifier = Modifier::new(word);
        // What NO and WITHOUT deny stands behind them. "N/A" is two words.
        is_denied |= words
            .peek()
            .is_some_and(|next| is(next, "NOT") || is(next, "N"));
        if let Some(modifier) = modifier {
            add(modifier, &mut noted.mentioned);
            if (is_list || modifier == Modifier::KX) && !is_denied {
                add(modifier, &mut noted.named);
            }
        }
        is_list = heads_list(word) || (is_list && modifier.is_some());
        is_denied = ["NO", "NOT", "WITHOUT"].iter().any(|no| is(word, no));
    }
}

fn add(modifier: Modifier, list: &mut SmallVec<[Modifier; 4]>) {
    if list.len() < MOST_NAMED && !list.contains(&modifier) {
        list.push(modifier);
    }
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
    fn what_the_note_names_is_not_missing() {
        let policy = |kind: &str, rest: &str| format!("rule = \"{kind}\"\nfinding = \"{rest}");
        let either = policy(
            "one-of",
            "KX801\"\ncodes = [\"K0004\"]\nmodifiers = [\"KX\"]\nalternatives = [\"GA\"]\n",
        );
        let opposite = policy(
            "exclusive",
            "KX803\"\ncodes = [\"A4253\"]\nmodifiers = [\"KX\", \"KS\"]\n",
        );
        let all = policy(
            "required",
            "KX805\"\ncodes = [\"97110\"]\nmodifiers = [\"GP\"]\n",
        );
        let with = policy(
            "required-with",
            "KX807\"\ncodes = [\"E1390\"]\nmodifiers = [\"CR\"]\nwith = [\"N1\"]\n",
        );
        check_policies(
            &[&either, &opposite, &all, &with, OVERFLOW],
            &[
                "K0004:RR:KH:BP:KB NTE ABN UPGRADE, MODIFIERS: BP GA",
                "A4253:NU:99 NTE KS",
                "97110:59:99 NTE gp",
                "E1390:RR:CR:99 NTE N1",
            ],
            &[],
        );
        check_policies(
            &[&either, &opposite, &all, &with, OVERFLOW],
            &[
                "K0004:RR:KH:BP:KB NTE SHIPPED TO ATLANTA GA",
                "A4253:NU NTE KS",
                "97110:59:99 NTE MOD 59 AND GP",
                "E1390:RR:CR:99 NTE N2",
            ],
            &[
                "KX801 K0004 carries neither KX nor GA",
                "KX803 A4253 carries neither KX nor KS",
                "KX805 97110 does not carry GP",
                "KX807 E1390 carries CR without N1",
            ],
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
