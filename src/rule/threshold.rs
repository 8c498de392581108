//! `threshold`: what a line adds to a yearly amount per patient. The ledger compares; this judge
//! only tells the amount.
//!
//! The amount is an interval. Where Medicare decided on the line before (loop 2430 of a payer
//! whose 2320 SBR09 is MA or MB), it is what was allowed: paid plus patient responsibility. Else
//! it is anything from nothing to the charge. A replacement (claim frequency 7) may repeat what
//! already counted, so its lower end is nothing.

use crate::claim::ServiceLine;
use crate::money::Cents;
use crate::policy::Policy;
use crate::text::Text;

use super::context::LineContext;
use super::hit::{Accrual, AmountBasis};

pub(super) fn accrue(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Accrual> {
    let bucket = policy.threshold?;
    let year = line.dates?.from.year();
    let charge = line.line.charge.unwrap_or_default();
    let (mut low, high, basis) = match allowed(line) {
        Some(allowed) => (allowed, allowed, AmountBasis::Adjudicated),
        None => (Cents::ZERO, charge, AmountBasis::Charge),
    };
    if line.claim.frequency == b"7" {
        low = Cents::ZERO;
    }
    Some(Accrual {
        line: line.index,
        policy: policy.id,
        bucket,
        year,
        low: low.max(Cents::ZERO),
        high: high.max(Cents::ZERO),
        basis,
        excused: line.overflowed
            || line.carries_any(&policy.modifiers)
            || line.carries_any(&policy.alternatives),
        code: code_text(line.line),
        charge,
    })
}

fn code_text(line: &ServiceLine<'_>) -> Text {
    line.procedure.map_or_else(
        || Text::from("this line"),
        |code| Text::from(code.to_string().as_str()),
    )
}

/// What Medicare allowed on the line when it decided on it earlier.
fn allowed(line: &LineContext<'_, '_>) -> Option<Cents> {
    let is_medicare = |payer_id: &[u8]| {
        line.claim.other_payers.iter().any(|payer| {
            payer.payer_id == payer_id && matches!(payer.filing_indicator, b"MA" | b"MB")
        })
    };
    line.line
        .adjudications
        .iter()
        .filter(|adjudication| is_medicare(adjudication.payer_id))
        .find_map(|adjudication| Some(adjudication.paid?.plus(adjudication.patient_responsibility)))
}
