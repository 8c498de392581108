//! One finding beside what was decided on its line.

use super::decision::{DecidedLine, Outcome, Reason};
use super::tally::{PolicyTally, Verdict};
use crate::code::Modifier;
use crate::finding::Severity;

/// A finding beside the decided lines that it is about.
pub(super) struct Compared {
    pub verdict: Verdict,
    /// Which of the lines tells it.
    pub at: Option<usize>,
    pub reasons: Vec<String>,
    pub modifiers: Vec<Modifier>,
}

impl Compared {
    /// Of several lines, as for the claim as a whole: one that is denied as predicted bears it out; it is
    /// denied for another reason when all are denied, else what one of them says stands.
    pub fn new<'d>(
        lines: impl Iterator<Item = &'d DecidedLine>,
        bears_out: impl Fn(&DecidedLine, &Reason) -> bool,
    ) -> Self {
        let mut best = Self {
            verdict: Verdict::Undecided,
            at: None,
            reasons: Vec::new(),
            modifiers: Vec::new(),
        };
        // What weighs more in a claim of several lines.
        let weight = |verdict| match verdict {
            Verdict::Undecided => 0,
            Verdict::OtherReason => 1,
            Verdict::Paid => 2,
            Verdict::PartPaid => 3,
            Verdict::BorneOut => 4,
        };
        for (at, line) in lines.enumerate() {
            let meant = line.reasons.iter().find(|reason| bears_out(line, reason));
            let verdict = match line.outcome {
                Outcome::Unclear => Verdict::Undecided,
                Outcome::Paid => Verdict::Paid,
                Outcome::Reduced => Verdict::PartPaid,
                Outcome::Denied if meant.is_some() => Verdict::BorneOut,
                Outcome::Denied => Verdict::OtherReason,
            };
            if weight(verdict) <= weight(best.verdict) {
                continue;
            }
            let first = meant.or(line.reasons.first());
            let others = line.reasons.iter().filter(|one| Some(*one) != first);
            let mut reasons = Vec::new();
            if matches!(line.outcome, Outcome::Denied | Outcome::Reduced) {
                reasons.push(line.text(first));
                reasons.extend(others.map(Reason::to_string));
            }
            best = Self {
                verdict,
                at: Some(at),
                reasons,
                modifiers: line.modifiers.to_vec(),
            };
        }
        best
    }

    /// True when prediction and decision are both known, and are not alike.
    pub const fn has_parted(&self) -> bool {
        !matches!(self.verdict, Verdict::BorneOut | Verdict::Undecided)
    }

    pub fn count(&self, tally: &mut PolicyTally, severity: Severity) {
        let has_kx = self.modifiers.contains(&Modifier::KX);
        tally.counts.count(severity, self.verdict, has_kx);
        let reasons = match self.verdict {
            Verdict::BorneOut => &mut tally.borne_out_by,
            Verdict::OtherReason | Verdict::PartPaid => &mut tally.others,
            Verdict::Paid | Verdict::Undecided => return,
        };
        if let Some(reason) = self.reasons.first() {
            *reasons.entry(reason.clone()).or_default() += 1;
        }
    }
}
