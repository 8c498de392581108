//! A claim that only the ledger can say whether it will be reported: copies of its bytes, and where in
//! them each text stands. Most such claims are not reported, and what reports want of a claim is more than ten
//! times the work.

use crate::claim::Claim;
use crate::finding::{ClaimOutcome, LineOutcome};
use crate::phi::PatientHash;
use crate::x12::SegmentPlace;

use super::outcome::{
    CLAIM_TEXTS, ClaimFacts, LINE_TEXTS, LineFacts, ValidDiagnoses, claim_texts, line_texts,
};

/// Where a text stands among the copied bytes.
#[derive(Clone, Copy, Default)]
struct Part {
    start: u32,
    length: u32,
}

/// Copied bytes. They hold names and member ids: nothing of them is ever printed.
#[derive(Default)]
struct Copies(Vec<u8>);

impl Copies {
    fn put(&mut self, text: &[u8]) -> Part {
        if text.is_empty() {
            return Part::default();
        }
        let start = self.0.len() as u32;
        self.0.extend_from_slice(text);
        Part {
            start,
            length: text.len() as u32,
        }
    }

    /// Copies the text unless it is a part of another one that was copied.
    fn put_within(&mut self, text: &[u8], (whole, copied): (&[u8], Part)) -> Part {
        let before = text.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
        if before < whole.len() && text.len() <= whole.len() - before {
            Part {
                start: copied.start + before as u32,
                length: text.len() as u32,
            }
        } else {
            self.put(text)
        }
    }

    fn get(&self, part: Part) -> &[u8] {
        let start = part.start as usize;
        &self.0[start..start + part.length as usize]
    }
}

/// Lines that may be reported.
#[derive(Default)]
pub struct AbridgedLines {
    copies: Copies,
    lines: Vec<AbridgedLine>,
}

struct AbridgedLine {
    facts: LineFacts,
    texts: [Part; LINE_TEXTS],
}

impl AbridgedLines {
    /// The lines with these indexes, in ascending order.
    pub fn of(claim: &Claim<'_>, indexes: impl Iterator<Item = u32>) -> Self {
        let mut indexes = indexes.peekable();
        let mut lines = Self::default();
        if indexes.peek().is_some() {
            lines.lines.reserve_exact(claim.lines.len());
            lines.copies.0.reserve_exact(ABOUT);
            lines.add(claim, indexes);
        }
        lines
    }

    fn add(&mut self, claim: &Claim<'_>, indexes: impl Iterator<Item = u32>) {
        let diagnoses = ValidDiagnoses::of(claim);
        for index in indexes {
            let Some(line) = claim.lines.get(index as usize) else {
                continue;
            };
            let [segment, others @ ..] = line_texts(line);
            let copied = self.copies.put(segment);
            let mut texts = [copied; LINE_TEXTS];
            for (part, text) in texts[1..].iter_mut().zip(others) {
                *part = self.copies.put_within(text, (segment, copied));
            }
            let facts = LineFacts::of(claim, line, index, &diagnoses);
            self.lines.push(AbridgedLine { facts, texts });
        }
    }

    /// The line with this index, as reports want it.
    pub fn outcome(&self, index: u32) -> Option<LineOutcome> {
        let at = self
            .lines
            .binary_search_by_key(&index, |line| line.facts.index)
            .ok()?;
        let line = &self.lines[at];
        let texts = line.texts.map(|part| self.copies.get(part));
        Some(line.facts.clone().outcome(texts))
    }

    /// Where the lines stand.
    pub fn places(&mut self) -> impl Iterator<Item = &mut SegmentPlace> {
        self.lines.iter_mut().map(|line| &mut line.facts.place)
    }
}

/// A claim with lines that may be reported.
pub struct AbridgedClaim {
    /// What is no text.
    pub facts: ClaimFacts,
    /// The lines, whose copies are those of the claim, too.
    pub lines: AbridgedLines,
    texts: [Part; CLAIM_TEXTS],
}

/// So many bytes are enough for the texts of most claims with a few lines.
const ABOUT: usize = 512;

impl AbridgedClaim {
    /// The claim and its lines with these indexes, in ascending order.
    pub fn of(claim: &Claim<'_>, patient: PatientHash, indexes: impl Iterator<Item = u32>) -> Self {
        let mut lines = AbridgedLines {
            copies: Copies(Vec::with_capacity(ABOUT)),
            lines: Vec::with_capacity(claim.lines.len()),
        };
        let mut texts = [Part::default(); CLAIM_TEXTS];
        for (part, text) in texts.iter_mut().zip(claim_texts(claim)) {
            *part = lines.copies.put(text);
        }
        lines.add(claim, indexes);
        Self {
            facts: ClaimFacts::of(claim, patient),
            lines,
            texts,
        }
    }

    /// The claim without lines and findings, as reports want it.
    pub fn outcome(&self) -> ClaimOutcome {
        let texts = self.texts.map(|part| self.lines.copies.get(part));
        self.facts.clone().outcome(&texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_what_was_copied_is_not_copied_again() {
        let mut copies = Copies::default();
        let text = b"SV1*HC:97110:GP*45*UN*1";
        let whole = (&text[..], copies.put(text));
        let mut put = |text| {
            let part = copies.put_within(text, whole);
            (copies.get(part).to_vec(), copies.0.len())
        };
        assert_eq!(put(&text[7..12]), (b"97110".to_vec(), 23));
        assert_eq!(put(&text[..]), (text.to_vec(), 23));
        assert_eq!(put(b""), (Vec::new(), 23));
        assert_eq!(put(b"97112"), (b"97112".to_vec(), 28));
    }
}
