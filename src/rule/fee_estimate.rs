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
//! A line that spans several days, or has no date but the claim's, may have a unit in full on each of
//! them. Both ends are at most the charge, when there is one: Medicare allows the lesser of the two.

use smallvec::SmallVec;

use crate::claim::{Claim, ServiceLine};
use crate::code::Modifier;
use crate::date::Date;
use crate::money::Cents;
use crate::policy::{Fee, FeeTable, Schedule};

use super::hit::{Accrual, AmountBasis, Measure};
use super::threshold::{is_given_up, may_count_nothing};

/// More units than this on one line are a slip, not a therapy session.
const MOST_UNITS: u32 = 10_000;

/// The first year in which lines of assistants are paid less.
const ASSISTANTS_FROM: i16 = 2022;

/// A line that can be priced.
struct Priced {
    line: u32,
    date: Date,
    fee: Fee,
    units: Units,
    /// Units whose practice expense is not halved in the higher estimate.
    full: u32,
    /// The units are all of this date.
    is_of_one_day: bool,
}

/// Units as they may be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    /// Whole units.
    pub least: u32,
    /// A part of a unit counted as one.
    pub most: u32,
}

/// Narrows the amounts that rest on nothing but a charge. Accruals stand in the order of lines.
pub(super) fn narrow(fees: &FeeTable, claim: &Claim<'_>, accruals: &mut [Accrual]) {
    let rests_on_charge = |accrual: &Accrual| matches!(accrual.measure, Measure::Amount(amount) if amount.basis == AmountBasis::Charge);
    let mut priced: SmallVec<[Priced; 8]> = SmallVec::new();
    // Lines of a claim are of one day or a few.
    let mut of_day: Option<(Date, Option<Schedule<'_>>)> = None;
    for accrual in accruals.iter().filter(|accrual| rests_on_charge(accrual)) {
        if priced.last().is_some_and(|last| last.line == accrual.line) {
            continue;
        }
        let line = &claim.lines[accrual.line as usize];
        if is_given_up(line) {
            continue;
        }
        if of_day.as_ref().is_none_or(|(day, _)| *day != accrual.date) {
            of_day = Some((accrual.date, fees.on(accrual.date)));
        }
        let schedule = of_day.as_ref().and_then(|(_, schedule)| schedule.as_ref());
        let fee = schedule
            .zip(accrual.code)
            .and_then(|(schedule, code)| schedule.fee(code));
        if let Some((units, fee)) = units(line).zip(fee) {
            let days = days(claim, line);
            let full = if fee.value.is_reduced {
                days.map_or(0, |days| days.min(units.most))
            } else {
                units.most
            };
            priced.push(Priced {
                line: accrual.line,
                date: accrual.date,
                fee,
                units,
                full,
                is_of_one_day: days.is_none(),
            });
        }
    }
    keep_the_dearest_of_each_day(&mut priced);
    // Accruals and priced lines are both in the order of lines; several accruals may be of one line.
    let mut priced = priced.iter().peekable();
    let mut estimate: Option<(u32, (Cents, Cents))> = None;
    for accrual in accruals
        .iter_mut()
        .filter(|accrual| rests_on_charge(accrual))
    {
        let Measure::Amount(amount) = &mut accrual.measure else {
            continue;
        };
        if estimate.is_none_or(|(line, _)| line != accrual.line) {
            let Some(of_line) = priced.next_if(|priced| priced.line == accrual.line) else {
                continue;
            };
            let line = &claim.lines[accrual.line as usize];
            let (low, high) = interval(of_line, line);
            let high = line
                .charge
                .map_or(high, |charge| high.min(charge.max(Cents::ZERO)));
            let low = if may_count_nothing(claim, line) || spans_years(claim, line) {
                Cents::ZERO
            } else {
                low.min(high)
            };
            estimate = Some((accrual.line, (low, high)));
        }
        if let Some((_, (low, high))) = estimate {
            amount.basis = AmountBasis::FeeSchedule;
            (amount.low, amount.high) = (low, high);
        }
    }
}

/// Over how many days the units of a line may be spread; `None` when all are of one day of its own.
fn days(claim: &Claim<'_>, line: &ServiceLine<'_>) -> Option<u32> {
    let dates = claim.line_dates(line)?;
    let days = dates.from.until(dates.to).map_or(0, |span| span.get_days());
    (days > 0).then(|| days.unsigned_abs() + 1)
}

/// True when part of a line may belong to the next year.
fn spans_years(claim: &Claim<'_>, line: &ServiceLine<'_>) -> bool {
    claim
        .line_dates(line)
        .is_some_and(|dates| dates.from.year() != dates.to.year())
}

/// One unit of each day keeps its practice expense: the dearest, of the first line that has it.
fn keep_the_dearest_of_each_day(priced: &mut [Priced]) {
    let mut dearest: SmallVec<[(Date, usize); 8]> = SmallVec::new();
    for (index, line) in priced.iter().enumerate() {
        if !line.fee.value.is_reduced || !line.is_of_one_day {
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
    let never_reduced = if fee.value.is_reduced { 0 } else { units.least };
    let low = fee.price(never_reduced, units.least - never_reduced);
    let high = fee.highest_price(*full, units.most - full);
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

/// Units of a line (SV104 or SV205 in `UN`); `None` when it does not say, or says none or too many.
pub(super) fn units(line: &ServiceLine<'_>) -> Option<Units> {
    if !matches!(line.unit_basis, b"UN" | b"") {
        return None;
    }
    // A quantity is written like an amount, with decimals only where there are any.
    let hundredths = Cents::parse(line.units)?.0;
    let hundredths = u32::try_from(hundredths).ok()?;
    let units = Units {
        least: hundredths / 100,
        most: hundredths.div_ceil(100),
    };
    (1..=MOST_UNITS).contains(&units.most).then_some(units)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::date::DateRange;
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
    fn what_is_given_up_counts_nothing_and_an_abn_leaves_it_open() {
        assert_eq!(
            estimate(&["97110:GP:GY $200", "97110:GP:GZ $200"]),
            ["0.00 to 0.00", "0.00 to 0.00"]
        );
        assert_eq!(estimate(&["97110:GP:GA $200"]), ["0.00 to 29.20"]);
    }

    #[test]
    fn parts_of_units_count_from_the_whole_ones_up_and_none_is_no_answer() {
        assert_eq!(estimate(&["97110:GP $200 UNITS 1.5"]), ["22.21 to 51.53"]);
        assert_eq!(estimate(&["97110:GP $200 UNITS 0"]), ["0.00 to 200.00"]);
    }

    #[test]
    fn over_several_days_each_may_have_a_unit_in_full() {
        let rules = RuleSet::new(Arc::new(PolicySet::new(true, Vec::new()).unwrap()));
        let row = "lines = [\"97110:GP $900 UNITS 4\"]\ndate = \"2026-03-02\"\nfinds = []";
        let row: ExampleRow = toml::from_str(row).unwrap();
        let mut claim = claim_of(&row).unwrap();
        let mut high = |from: &str, to: &str| {
            claim.lines[0].service_date = Some(DateRange {
                from: from.parse().unwrap(),
                to: to.parse().unwrap(),
            });
            let (mut hits, mut accruals) = (Vec::new(), Vec::new());
            rules.judge(&claim, &mut hits, &mut accruals);
            match accruals[0].measure {
                Measure::Amount(amount) => (amount.low.to_string(), amount.high.to_string()),
                Measure::Sessions(_) => panic!("no amount"),
            }
        };
        let one_day = high("2026-03-02", "2026-03-02").1;
        let three_days = high("2026-03-02", "2026-03-04").1;
        // 3 x 29.20 + 22.32, rounded once.
        assert_eq!(three_days, "109.93");
        // 29.20 + 3 x 22.32, rounded once.
        assert_eq!(one_day, "96.17");
        assert_eq!(high("2025-12-31", "2026-01-01").0, "0.00");
    }

    #[test]
    fn what_the_schedule_does_not_price_rests_on_the_charge() {
        assert_eq!(estimate(&["97039:GP $80"]), ["0.00 to 80.00"]);
    }
}
