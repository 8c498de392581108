//! Yearly amounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Confidence, Source};
use crate::money::Cents;

/// Index of a table of yearly amounts in a policy set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketId(pub u16);

/// The amounts of one table by calendar year.
#[derive(Clone, Debug, Default)]
pub struct ThresholdTable {
    /// Name that policies refer to, such as `therapy-pt-slp`.
    pub name: Arc<str>,
    /// Amount and support by year.
    pub years: BTreeMap<i16, (Cents, Confidence)>,
    /// Where the amount of a year comes from.
    pub sources: BTreeMap<i16, Source>,
}

/// The amount of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearlyAmount {
    /// The amount; when `known` is false, that of the last known year.
    pub amount: Cents,
    /// How well it is supported.
    pub confidence: Confidence,
    /// False when the table ends before the year: amounts have only ever grown, so the last
    /// known one is a lower bound.
    pub known: bool,
}

impl ThresholdTable {
    /// The amount of a year; `None` before the table begins and in its gaps.
    pub fn amount(&self, year: i16) -> Option<YearlyAmount> {
        let (last_year, last) = self.years.last_key_value()?;
        let (known, (amount, confidence)) = if year > *last_year {
            (false, *last)
        } else {
            (true, *self.years.get(&year)?)
        };
        Some(YearlyAmount {
            amount,
            confidence,
            known,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_after_the_last_use_it_and_years_before_the_first_nothing() {
        let row = |dollars| (Cents::from_dollars(dollars), Confidence::Verified);
        let table = ThresholdTable {
            name: "t".into(),
            years: BTreeMap::from([(2024, row(2330)), (2026, row(2480))]),
            ..ThresholdTable::default()
        };
        let amount = |year| table.amount(year).map(|y| (y.amount.0 / 100, y.known));
        assert_eq!(amount(2023), None);
        assert_eq!(amount(2024), Some((2330, true)));
        assert_eq!(amount(2025), None);
        assert_eq!(amount(2026), Some((2480, true)));
        assert_eq!(amount(2027), Some((2480, false)));
        assert_eq!(ThresholdTable::default().amount(2026), None);
    }
}
