//! `threshold`: what a line adds to a yearly amount per patient. The ledger compares; this judge
//! only tells the amount.
//!
//! The amount is an interval. Where Medicare decided on the line before (loop 2430 of a payer
//! that is Medicare by its loop 2320), it is what was allowed: paid plus patient responsibility. Else
//! it is anything from nothing to the charge, until the fee schedule narrows it (`fee_estimate`).
//! How much counts of a claim on which another payer pays first was not found in a source: there the
//! lower end is nothing.

use crate::claim::{Adjudication, Claim, ServiceLine};
use crate::code::Modifier;
use crate::money::Cents;
use crate::policy::{BucketId, Policy};

use super::context::LineContext;
use super::hit::{Accrual, Amount, AmountBasis, Measure};

pub(super) fn accrue(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Accrual> {
    let excused = line.has_any(&policy.modifiers) || line.has_any(&policy.alternatives);
    accrual(policy, line, excused)
}

/// What a line adds to the policy's table.
pub(super) fn accrual(
    policy: &Policy,
    line: &LineContext<'_, '_>,
    excused: bool,
) -> Option<Accrual> {
    Some(Accrual {
        line: line.index,
        policy: policy.id,
        excused,
        code: line.line.procedure,
        charge: line.line.charge.unwrap_or_default(),
        date: line.dates?.from,
        measure: Measure::Amount(amount(policy.threshold?, line)),
    })
}

fn amount(bucket: BucketId, line: &LineContext<'_, '_>) -> Amount {
    let charge = line.line.charge.unwrap_or_default();
    let (low, high, basis) = match allowed(line) {
        Some(allowed) => (allowed, allowed, AmountBasis::Adjudicated),
        None if is_given_up(line.line) => (Cents::ZERO, Cents::ZERO, AmountBasis::Charge),
        None => (Cents::ZERO, charge, AmountBasis::Charge),
    };
    Amount {
        bucket,
        low: if may_count_nothing(line.claim, line.line) {
            Cents::ZERO
        } else {
            low.max(Cents::ZERO)
        },
        high: high.max(Cents::ZERO),
        basis,
    }
}

/// True for lines that may add nothing to a total, whatever they cost: another payer pays first, or an
/// ABN says that a denial is expected.
pub(super) fn may_count_nothing(claim: &Claim<'_>, line: &ServiceLine<'_>) -> bool {
    claim.payer.is_secondary() || line.has_modifier(Modifier::GA)
}

/// True for lines that Medicare denies on sight: no benefit, or not necessary and no ABN. Nothing is
/// allowed on them, so they count toward no amount.
pub(super) fn is_given_up(line: &ServiceLine<'_>) -> bool {
    [Modifier::GY, Modifier::GZ]
        .iter()
        .any(|modifier| line.has_modifier(*modifier))
}

/// What Medicare allowed on the line when it decided on it earlier: paid, what is the patient's, and
/// what sequestration took (CAS CO-253), which lowers the payment and not what was allowed. A
/// payer may have decided in parts.
fn allowed(line: &LineContext<'_, '_>) -> Option<Cents> {
    let payers = line.set.payers();
    let is_medicare = |payer_id: &[u8]| {
        !payer_id.is_empty()
            && line.claim.other_payers.iter().any(|payer| {
                payer.payer_id == payer_id && payers.is_medicare(payers.classify_other(payer))
            })
    };
    let sequestered = |adjudication: &Adjudication<'_>| {
        adjudication
            .reasons
            .iter()
            .filter(|(group, reason, _)| *group == b"CO" && *reason == b"253")
            .fold(Cents::ZERO, |sum, (_, _, amount)| sum.plus(*amount))
    };
    line.line
        .adjudications
        .iter()
        .filter(|adjudication| is_medicare(adjudication.payer_id))
        .filter_map(|adjudication| {
            let paid = adjudication.paid?;
            Some(
                paid.plus(adjudication.patient_responsibility)
                    .plus(sequestered(adjudication)),
            )
        })
        .reduce(Cents::plus)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::claim::OtherPayer;
    use crate::code::ProcedureCode;
    use crate::date::DateRange;
    use crate::finding::ClaimKind;
    use crate::rule::RuleSet;
    use crate::rule::example::test_set;

    const POLICY: &str = r#"
rule = "threshold"
finding = "KX813"
threshold = "test-amount"
codes = ["97110"]
modifiers = ["KX"]
alternatives = ["GA"]
when = { modifiers = ["GP"] }
"#;

    fn claim() -> Claim<'static> {
        let mut claim = Claim::new();
        claim.payer.filing_indicator = b"MB";
        let mut line = ServiceLine::new(ClaimKind::Professional);
        line.procedure = ProcedureCode::new(b"97110");
        line.modifiers.push((Modifier::new(b"GP").unwrap(), 0));
        line.charge = Some(Cents(12_000));
        line.service_date = DateRange::parse(b"D8", b"20261103");
        claim.lines.push(line);
        claim
    }

    fn amount_of(accrual: &Accrual) -> Amount {
        match accrual.measure {
            Measure::Amount(amount) => amount,
            Measure::Sessions(_) => panic!("sessions are no amount"),
        }
    }

    fn accruals(claim: &Claim<'_>) -> Vec<Accrual> {
        let rules = RuleSet::new(Arc::clone(&test_set(&[POLICY])));
        let (mut hits, mut accruals) = (Vec::new(), Vec::new());
        rules.judge(claim, &mut hits, &mut accruals);
        assert!(hits.is_empty());
        accruals
    }

    #[test]
    fn a_charge_is_an_upper_bound() {
        let accruals = accruals(&claim());
        assert_eq!(accruals.len(), 1);
        let amount = amount_of(&accruals[0]);
        assert_eq!((amount.low, amount.high), (Cents(0), Cents(12_000)));
        assert_eq!(accruals[0].date.year(), 2026);
        assert!(!accruals[0].excused);
    }

    #[test]
    fn what_medicare_allowed_is_exact_and_other_payers_do_not_count() {
        let mut claim = claim();
        let adjudication = Adjudication {
            payer_id: b"MEDICARE",
            paid: Some(Cents(6_400)),
            patient_responsibility: Cents(1_600),
            ..Adjudication::default()
        };
        claim.lines[0].adjudications.push(adjudication);
        assert_eq!(amount_of(&accruals(&claim)[0]).basis, AmountBasis::Charge);
        claim.other_payers.push(OtherPayer {
            filing_indicator: b"MB",
            payer_id: b"MEDICARE",
            ..OtherPayer::default()
        });
        let found = amount_of(&accruals(&claim)[0]);
        assert_eq!((found.low, found.high), (Cents(8_000), Cents(8_000)));
        assert_eq!(found.basis, AmountBasis::Adjudicated);
    }

    #[test]
    fn sequestration_and_decisions_in_parts_count_in_what_was_allowed() {
        let mut claim = claim();
        claim.other_payers.push(OtherPayer {
            filing_indicator: b"MB",
            payer_id: b"MEDICARE",
            ..OtherPayer::default()
        });
        let mut part = Adjudication {
            payer_id: b"MEDICARE",
            paid: Some(Cents(3_920)),
            patient_responsibility: Cents(1_000),
            ..Adjudication::default()
        };
        part.reasons.push((b"CO", b"253", Cents(80)));
        part.reasons.push((b"CO", b"45", Cents(7_000)));
        claim.lines[0].adjudications.push(part.clone());
        assert_eq!(amount_of(&accruals(&claim)[0]).low, Cents(5_000));
        claim.lines[0].adjudications.push(part);
        assert_eq!(amount_of(&accruals(&claim)[0]).high, Cents(10_000));
    }

    #[test]
    fn behind_another_payer_the_least_is_nothing() {
        let mut claim = claim();
        let adjudication = Adjudication {
            payer_id: b"MEDICARE",
            paid: Some(Cents(6_400)),
            ..Adjudication::default()
        };
        claim.lines[0].adjudications.push(adjudication);
        claim.other_payers.push(OtherPayer {
            filing_indicator: b"MB",
            payer_id: b"MEDICARE",
            ..OtherPayer::default()
        });
        for (responsibility, low) in [(&b"P"[..], 6_400), (b"U", 6_400), (b"S", 0), (b"T", 0)] {
            claim.payer.responsibility = responsibility;
            assert_eq!(amount_of(&accruals(&claim)[0]).low, Cents(low));
        }
    }

    #[test]
    fn strange_charges_count_as_nothing() {
        let mut claim = claim();
        for charge in [None, Some(Cents(-5_000))] {
            claim.lines[0].charge = charge;
            assert_eq!(amount_of(&accruals(&claim)[0]).high, Cents::ZERO);
        }
    }

    #[test]
    fn undated_and_other_lines_accrue_nothing() {
        let mut other = claim();
        other.lines[0].modifiers.clear();
        let mut undated = claim();
        undated.lines[0].service_date = None;
        let mut commercial = claim();
        commercial.payer.filing_indicator = b"CI";
        for claim in [other, undated, commercial] {
            assert!(accruals(&claim).is_empty());
        }
    }

    #[test]
    fn the_modifier_and_its_stand_ins_excuse() {
        for modifier in [b"KX", b"GA"] {
            let mut claim = claim();
            claim.lines[0]
                .modifiers
                .push((Modifier::new(modifier).unwrap(), 1));
            assert!(accruals(&claim)[0].excused);
        }
    }
}
