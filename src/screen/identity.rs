//! What tells a claim from others, for the ledger.

use crate::claim::{Claim, ServiceLine};
use crate::code::Modifier;
use crate::date::digits;
use crate::ledger::{ClaimIdentity, Frequency};
use crate::phi::PatientHasher;
use crate::rule::Accrual;
use crate::text::Text;

/// The identity of a claim by what its counted lines say.
pub fn claim_identity(
    claim: &Claim<'_>,
    accruals: &[Accrual],
    hasher: &PatientHasher,
) -> ClaimIdentity {
    let provider = match claim.billing_provider.id {
        b"" => claim.billing_tax_id,
        npi => npi,
    };
    let mut content = Vec::with_capacity(64 * accruals.len());
    let mut last = None;
    for accrual in accruals {
        if last.replace(accrual.line) != Some(accrual.line)
            && let Some(line) = claim.lines.get(accrual.line as usize)
        {
            write_line(&mut content, claim, line);
        }
    }
    ClaimIdentity {
        id: Text::new(claim.id),
        provider: Text::new(provider),
        original: Text::new(claim.original_reference),
        frequency: Frequency::new(claim.frequency),
        content: hasher.hash(&[b"claim", &content]).0,
        decided: None,
    }
}

fn write_line(content: &mut Vec<u8>, claim: &Claim<'_>, line: &ServiceLine<'_>) {
    let mut part = |bytes: &[u8]| {
        content.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        content.extend_from_slice(bytes);
    };
    part(line.code);
    // KX is what findings ask for: a claim that is sent again with it is the same claim, put right.
    let is_kx = |modifier: &[u8]| Modifier::new(modifier) == Some(Modifier::KX);
    let mut others = line.raw_modifiers.iter().filter(|one| !is_kx(one));
    for _ in &line.raw_modifiers {
        part(others.next().copied().unwrap_or_default());
    }
    part(line.units);
    if let Some(charge) = line.charge {
        part(&charge.0.to_le_bytes());
    }
    if let Some(dates) = claim.line_dates(line) {
        part(&digits(dates.from));
        part(&digits(dates.to));
    }
}
