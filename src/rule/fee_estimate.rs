//! What Medicare will probably allow for the therapy lines of a claim, by the physician fee schedule.
//!
//! The practice expense of every unit of a day but one is halved (multiple procedure payment
//! reduction for always-therapy codes, since 2013-04-01). The unit that keeps its own is the one
//! with the highest; other claims of the day may have it. Lines of an assistant (CQ, CO) are paid
//! at 85 percent since 2022-01-01; whether that lowers what accrues was not found in a source. So
//! the estimate is an interval:
//! - high: the dearest unit of the claim's day in full, no assistant's reduction, the higher
//!   conversion factor;
//! - low: every reducible unit reduced, the assistant's reduction, the lower conversion factor.
//!
//! Both are at most the charge: Medicare allows the lesser of the two.

use smallvec::SmallVec;

use crate::claim::{Claim, ServiceLine};
use crate::code::Modifier;
use crate::date::Date;
use crate::money::Cents;
use crate::policy::{Fee, FeeTable};

use super::hit::{Accrual, AmountBasis, Measure};
use super::threshold::may_count_nothing;

/// More units than this on one line are a slip, not a therapy session.
const MOST_UNITS: u32 = 10_000;

/// The first year in which lines of assistants are paid less.
const ASSISTANTS_FROM: i16 = 2022;

/// A line that can be priced.
struct Priced {
    line: u32,
    date: Date,
    fee: Fee,
    units: u32,
    /// Units whose practice expense is not halved in the higher estimate.
    full: u32,
}

/// Narrows the amounts that rest on nothing but a charge. Accruals stand in the order of lines.
pub(super) fn narrow(fees: &FeeTable, claim: &Claim<'_>, accruals: &mut [Accrual]) {
    let rests_on_charge = |accrual: &Accrual| matches!(accrual.measure, Measure::Amount(amount) if amount.basis == AmountBasis::Charge);
    let mut priced: SmallVec<[Priced; 8]> = SmallVec::new();
    for accrual in accruals.iter().filter(|accrual| rests_on_charge(accrual)) {
        if priced.last().is_some_and(|last| last.line == accrual.line) {
            continue;
        }
        let units = units(&claim.lines[accrual.line as usize]);
        let fee = accrual.code.and_then(|code| fees.fee(code, accrual.date));
        if let Some((units, fee)) = units.zip(fee) {
            priced.push(Priced {
                line: accrual.line,
                date: accrual.date,
                fee,
                units,
                full: if fee.value.is_reduced { 0 } else { units },
            });
        }
    }
    keep_the_dearest_of_each_day(&mut priced);
    let may_count_nothing = may_count_nothing(claim);
    for accrual in accruals
        .iter_mut()
        .filter(|accrual| rests_on_charge(accrual))
    {
        let at = priced.binary_search_by_key(&accrual.line, |line| line.line);
        if let (Ok(at), Measure::Amount(amount)) = (at, &mut accrual.measure) {
            let (low, high) = interval(&priced[at], &claim.lines[accrual.line as usize]);
            amount.basis = AmountBasis::FeeSchedule;
            amount.high = high.min(amount.high);
            amount.low = if may_count_nothing {
                Cents::ZERO
            } else {
                low.min(amount.high)
            };
        }
    }
}

/// One unit of each day keeps its practice expense: the dearest, of the first line that has it.
fn keep_the_dearest_of_each_day(priced: &mut [Priced]) {
    let mut dearest: SmallVec<[(Date, usize); 8]> = SmallVec::new();
    for (index, line) in priced.iter().enumerate() {
        if !line.fee.value.is_reduced || line.units == 0 {
            continue;
        }
        match dearest.binary_search_by_key(&line.date, |(date, _)| *date) {
            Ok(at) => {
                let other = &priced[dearest[at].1].fee;
                if line.fee.practice_expense() > other.practice_expense() {
                    dearest[at].1 = index;
                }
            }
            Err(at) => dearest.insert(at, (line.date, index)),
        }
    }
    for (_, index) in dearest {
        priced[index].full = 1;
    }
}

fn interval(priced: &Priced, line: &ServiceLine<'_>) -> (Cents, Cents) {
    let Priced {
        fee, units, full, ..
    } = priced;
    let never_reduced = if fee.value.is_reduced { 0 } else { *units };
    let (low, _) = fee.price(never_reduced, units - never_reduced);
    let (_, high) = fee.price(*full, units - full);
    let is_assistants = priced.date.year() >= ASSISTANTS_FROM
        && [Modifier::CQ, Modifier::CO]
            .iter()
            .any(|m| line.has_modifier(*m));
    if is_assistants {
        (Cents(low.0 * 85 / 100), high)
    } else {
        (low, high)
    }
}

/// Whole units of a line (SV104 or SV205 in `UN`), a part counted as one; `None` when it does not
/// say.
pub(super) fn units(line: &ServiceLine<'_>) -> Option<u32> {
    if !matches!(line.unit_basis, b"UN" | b"") {
        return None;
    }
    // A quantity is written like an amount, with decimals only where there are any.
    let hundredths = Cents::parse(line.units)?.0;
    let units = u32::try_from(hundredths).ok()?.div_ceil(100);
    (units <= MOST_UNITS).then_some(units)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::policy::PolicySet;
    use crate::policy::pack::ExampleRow;
    use crate::rule::RuleSet;
    use crate::rule::example::claim_of;

    /// Low and high of every line, in the order of the lines.
    fn estimate(lines: &[&str]) -> Vec<String> {
        let rules = RuleSet::new(Arc::new(PolicySet::new(true, Vec::new()).unwrap()));
        let row = format!("lines = {lines:?}\ndate = \"2026-03-02\"\nfinds = []");
        let row: ExampleRow = toml::from_str(&row).unwrap();
        let (mut hits, mut accruals) = (Vec::new(), Vec::new());
        rules.judge(&claim_of(&row).unwrap(), &mut hits, &mut accruals);
        accruals.dedup_by_key(|accrual| accrual.line);
        accruals
            .iter()
            .map(|accrual| match accrual.measure {
                Measure::Amount(amount) => format!("{} to {}", amount.low, amount.high),
                Measure::Sessions(_) => panic!("no amount"),
            })
            .collect()
    }

    /// (0.45 + 0.41 + 0.01) x 33.4009 = 29.06 and (0.45 + 0.205 + 0.01) x 33.4009 = 22.21; the
    /// higher factor is 33.5675.
    #[test]
    fn the_second_unit_of_the_day_is_reduced() {
        assert_eq!(estimate(&["97110:GP $200"]), ["22.21 to 29.20"]);
        // 29.20 + 22.32, rounded once.
        assert_eq!(estimate(&["97110:GP $200 UNITS 2"]), ["44.42 to 51.53"]);
    }

    #[test]
    fn the_dearest_unit_of_the_day_keeps_its_practice_expense_across_disciplines() {
        let together = estimate(&["97110:GP $200", "97530:GO $200"]);
        let alone = estimate(&["97530:GO $200"]);
        assert_eq!(together[0], "22.21 to 22.32");
        assert_eq!(together[1], alone[0]);
        // Days are apart.
        let apart = estimate(&["97110:GP $200", "97530:GO $200 ON 2026-03-03"]);
        assert_eq!(apart[0], "22.21 to 29.20");
    }

    #[test]
    fn an_assistant_may_lower_it() {
        assert_eq!(estimate(&["97110:GP:CQ $200"]), ["18.87 to 29.20"]);
    }

    #[test]
    fn the_charge_is_the_most() {
        assert_eq!(estimate(&["97110:GP $25"]), ["22.21 to 25.00"]);
        assert_eq!(estimate(&["97110:GP $20"]), ["20.00 to 20.00"]);
    }

    #[test]
    fn what_the_schedule_does_not_price_rests_on_the_charge() {
        assert_eq!(estimate(&["97039:GP $80"]), ["0.00 to 80.00"]);
    }
}
