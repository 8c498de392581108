//! What tells a claim from others, for the ledger.

use smallvec::SmallVec;

use crate::claim::Claim;
use crate::date::{Date, DateRange, digits};
use crate::ledger::{ClaimIdentity, Frequency};
use crate::phi::PatientHasher;
use crate::rule::Accrual;
use crate::text::Text;

/// How far what is made of a claim's content must reach.
#[derive(Clone, Copy)]
pub enum Reach<'h> {
    /// It is kept, and compared with what other runs made of theirs: a keyed hash.
    Kept(&'h PatientHasher),
    /// It is compared with other claims of the run, and goes with it.
    Run,
}

/// The identity of a claim by what its counted lines say.
pub fn claim_identity(claim: &Claim<'_>, accruals: &[Accrual], reach: Reach<'_>) -> ClaimIdentity {
    let provider = match claim.billing_provider.id {
        b"" => claim.billing_tax_id,
        npi => npi,
    };
    ClaimIdentity {
        id: Text::new(claim.id),
        provider: Text::new(provider),
        original: Text::new(claim.original_reference),
        frequency: Frequency::new(claim.frequency),
        content: match reach {
            Reach::Kept(hasher) => {
                let mut content = Written::default();
                say(claim, accruals, &mut content);
                hasher.hash(&[b"claim", &content.0]).0
            }
            Reach::Run => {
                let mut mixed = Mixed::default();
                say(claim, accruals, &mut mixed);
                mixed.0
            }
        },
        decided: None,
    }
}

/// Takes what counted lines say, part by part.
trait Content {
    fn text(&mut self, text: &[u8]);
    fn dates(&mut self, dates: DateRange);
}

fn say(claim: &Claim<'_>, accruals: &[Accrual], content: &mut impl Content) {
    let mut last = None;
    for accrual in accruals {
        if last.replace(accrual.line) == Some(accrual.line) {
            continue;
        }
        let Some(line) = claim.lines.get(accrual.line as usize) else {
            continue;
        };
        content.text(line.code);
        for modifier in &line.raw_modifiers {
            content.text(modifier);
        }
        content.text(line.units);
        if let Some(charge) = line.charge {
            content.text(&charge.0.to_le_bytes());
        }
        if let Some(dates) = claim.line_dates(line) {
            content.dates(dates);
        }
    }
}

/// Parts one behind the other, each with its length. What a ledger on disk holds rests on this form.
#[derive(Default)]
struct Written(SmallVec<[u8; 512]>);

impl Content for Written {
    fn text(&mut self, text: &[u8]) {
        self.0.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.0.extend_from_slice(text);
    }

    fn dates(&mut self, dates: DateRange) {
        self.text(&digits(dates.from));
        self.text(&digits(dates.to));
    }
}

/// Parts folded into a number by multiplications: not for what must stand up to somebody who looks
/// for two contents with one number.
struct Mixed(u64);

impl Default for Mixed {
    fn default() -> Self {
        Self(0x243F_6A88_85A3_08D3)
    }
}

impl Content for Mixed {
    #[inline]
    fn text(&mut self, text: &[u8]) {
        let mut chunks = text.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
        // The rest is shorter than eight bytes: the length has a byte of its own.
        let rest = chunks.remainder().iter();
        let rest = rest.fold(text.len() as u64, |rest, byte| rest << 8 | u64::from(*byte));
        self.mix(rest);
    }

    #[inline]
    fn dates(&mut self, dates: DateRange) {
        let day = |date: Date| {
            u64::from(date.year().unsigned_abs()) << 16
                | u64::from(date.month().unsigned_abs()) << 8
                | u64::from(date.day().unsigned_abs())
        };
        self.mix(day(dates.from) << 32 | day(dates.to));
    }
}

impl Mixed {
    #[inline]
    const fn mix(&mut self, word: u64) {
        let product = (self.0 ^ word) as u128 * 0x9E37_79B9_7F4A_7C15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(parts: &[&str]) -> u64 {
        let mut mixed = Mixed::default();
        for part in parts {
            mixed.text(part.as_bytes());
        }
        mixed.0
    }

    #[test]
    fn parts_are_kept_apart_and_all_of_them_count() {
        let all = [
            &["97110", "GP", "", "2"][..],
            &["97110", "GP", "2", ""],
            &["97110", "G", "P", "2"],
            &["97110GP", "", "", "2"],
            &["97110", "GP", "", "3"],
            &["97112", "GP", "", "2"],
            &["97110", "GP", "", "2", "20260102"],
            &["97110", "GP", "", "2", "20260103"],
            &["97110", "GP", "", "2", "2026010", "3"],
            &["97110", "GP", "", "2", "20260103", ""],
            &[],
            &[""],
        ];
        let mut numbers: Vec<u64> = all.iter().map(|parts| mixed(parts)).collect();
        assert_eq!(mixed(all[0]), numbers[0]);
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), all.len());
    }
}
