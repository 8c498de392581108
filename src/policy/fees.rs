//! The physician fee schedule: relative values, conversion factors and localities.
//!
//! What Medicare allows for a unit is (work x GPCI + practice expense x GPCI + malpractice x GPCI) x
//! conversion factor (42 CFR 414.20). All numbers are whole multiples of the last decimal that CMS
//! publishes, so that nothing is rounded before the end.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::money::Cents;

use super::pack::{ConversionFactorRow, FeeScheduleRow, GpciRow};

/// Relative value units of a service, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelativeValue {
    /// Work.
    pub work: i64,
    /// Practice expense. Facility and non-facility values of therapy codes are equal.
    pub practice_expense: i64,
    /// Malpractice.
    pub malpractice: i64,
    /// The practice expense of every unit of a day but one is halved (multiple procedure
    /// indicator 5, therapy).
    pub is_reduced: bool,
}

/// Geographic practice cost indices in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Indices {
    work: i64,
    practice_expense: i64,
    malpractice: i64,
}

const NATIONAL: Indices = Indices {
    work: 1000,
    practice_expense: 1000,
    malpractice: 1000,
};

/// A conversion factor in ten-thousandths of a dollar, for dates of service.
#[derive(Clone, Copy, Debug)]
struct Factor {
    from: Date,
    to: Date,
    value: i64,
    /// The same or more, for participants in an alternative payment model.
    highest: i64,
}

/// A place whose costs the fee schedule knows: a contractor's number and a locality of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Locality(String);

impl Locality {
    /// `MAC-LOCALITY`, such as `01112-05`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A locality that no table knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no locality {wanted}: expected MAC-LOCALITY, one of {known}")]
pub struct LocalityError {
    wanted: String,
    known: String,
}

/// Everything that a fee estimate needs.
#[derive(Clone, Debug, Default)]
pub struct FeeTable {
    years: BTreeMap<i16, Values>,
    factors: Vec<Factor>,
    localities: BTreeMap<i16, BTreeMap<Locality, Indices>>,
    locality: Option<Locality>,
}

/// Relative values by packed code.
type Values = HashMap<u64, RelativeValue, BuildHasherDefault<CodeSpread>>;

/// Spreads packed codes, which only a pack could make collide.
#[derive(Clone, Copy, Debug, Default)]
struct CodeSpread(u64);

impl Hasher for CodeSpread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let spread = (self.0 ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = spread ^ spread >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The schedule of a day.
#[derive(Clone, Copy, Debug)]
pub struct Schedule<'t> {
    values: &'t Values,
    /// Calendar year: that of the day, else the last one known.
    year: i16,
    rates: Rates,
}

/// What turns relative values of a year, place and day into money.
#[derive(Clone, Copy, Debug)]
struct Rates {
    indices: Indices,
    factor: i64,
    /// For participants in an alternative payment model.
    highest_factor: i64,
}

impl Schedule<'_> {
    /// The fee of a code; `None` when it has none.
    pub fn fee(&self, code: ProcedureCode) -> Option<Fee> {
        Some(Fee {
            value: *self.values.get(&code.packed())?,
            year: self.year,
            rates: self.rates,
        })
    }
}

/// What the schedule says of a code on a day, ready to be priced.
#[derive(Clone, Copy, Debug)]
pub struct Fee {
    /// Relative values.
    pub value: RelativeValue,
    /// Calendar year of the schedule: that of the date of service, else the last one known.
    pub year: i16,
    rates: Rates,
}

impl Fee {
    /// Cents for so many units with their full practice expense and so many with half of it,
    /// rounded half up.
    pub fn price(&self, full_units: u32, reduced_units: u32) -> Cents {
        self.by_factor(self.rates.factor, full_units, reduced_units)
    }

    /// The same by the higher conversion factor, where participants in an alternative payment model get another
    /// one.
    pub fn highest_price(&self, full_units: u32, reduced_units: u32) -> Cents {
        self.by_factor(self.rates.highest_factor, full_units, reduced_units)
    }

    fn by_factor(&self, factor: i64, full_units: u32, reduced_units: u32) -> Cents {
        let RelativeValue {
            work,
            practice_expense,
            malpractice,
            ..
        } = self.value;
        let indices = self.rates.indices;
        let units = i64::from(full_units) + i64::from(reduced_units);
        // Twice the value, so that half a practice expense is whole: 2 x 10^-2 x 10^-3.
        let doubled = 2 * units * (work * indices.work + malpractice * indices.malpractice)
            + (2 * i64::from(full_units) + i64::from(reduced_units))
                * practice_expense
                * indices.practice_expense;
        // 10^-5 x 10^-4 dollars, doubled, in cents: divided by 2 x 10^7.
        if let Some(scaled) = doubled
            .checked_mul(factor)
            .and_then(|scaled| scaled.checked_add(10_000_000))
        {
            return Cents(scaled.div_euclid(20_000_000));
        }
        let scaled = i128::from(doubled) * i128::from(factor);
        let cents = (scaled + 10_000_000).div_euclid(20_000_000);
        Cents(i64::try_from(cents).unwrap_or(i64::MAX))
    }

    /// The practice expense of a unit at the place, for ranking units of a day.
    pub const fn practice_expense(&self) -> i64 {
        self.value.practice_expense * self.rates.indices.practice_expense
    }
}

impl FeeTable {
    /// Adds the values of a year. The error says where and what is wrong.
    pub(super) fn push_schedule(&mut self, row: &FeeScheduleRow) -> Result<(), Fault> {
        let year = self.years.entry(row.year).or_default();
        for text in &row.rows {
            let fault = || {
                Fault::at(
                    text,
                    "expected CODE WORK PRACTICE-EXPENSE MALPRACTICE INDICATOR STATUS, such as \
                     \"97110 0.45 0.41 0.01 5 A\"",
                )
            };
            let words: Vec<&str> = text.get_ref().split_whitespace().collect();
            let [code, work, practice_expense, malpractice, indicator, status] = words[..] else {
                return Err(fault());
            };
            let code = ProcedureCode::new(code.as_bytes()).ok_or_else(fault)?;
            let units = |text: &str| decimal(text, 2).ok_or_else(fault);
            let value = RelativeValue {
                work: units(work)?,
                practice_expense: units(practice_expense)?,
                malpractice: units(malpractice)?,
                is_reduced: indicator == "5",
            };
            // Only active and restricted codes with values have a price of their own; others are
            // bundled, or the contractor prices them.
            if matches!(status, "A" | "R") && value.work + value.practice_expense > 0 {
                year.insert(code.packed(), value);
            }
        }
        Ok(())
    }

    /// Adds a conversion factor.
    pub(super) fn push_factor(&mut self, row: &ConversionFactorRow) -> Result<(), Fault> {
        let dollars = |text: &toml::Spanned<String>| {
            decimal(text.get_ref(), 4)
                .ok_or_else(|| Fault::at(text, "expected dollars such as 33.4009"))
        };
        let value = dollars(&row.dollars)?;
        let highest = row.qualifying_dollars.as_ref().map_or(Ok(value), dollars)?;
        if row.from > row.to {
            return Err(Fault::at(&row.dollars, "the factor ends before it begins"));
        }
        self.factors.push(Factor {
            from: row.from,
            to: row.to,
            value: value.min(highest),
            highest: value.max(highest),
        });
        self.factors.sort_by_key(|factor| factor.from);
        Ok(())
    }

    /// Adds localities of a year.
    pub(super) fn push_localities(&mut self, row: &GpciRow) -> Result<(), Fault> {
        let year = self.localities.entry(row.year).or_default();
        for text in &row.rows {
            let fault = || {
                Fault::at(
                    text,
                    "expected MAC LOCALITY STATE WORK PRACTICE-EXPENSE MALPRACTICE, such as \
                     \"10112 00 AL 1.000 0.869 0.575\"",
                )
            };
            let words: Vec<&str> = text.get_ref().split_whitespace().collect();
            let [mac, locality, _, work, practice_expense, malpractice] = words[..] else {
                return Err(fault());
            };
            let index = |text: &str| decimal(text, 3).ok_or_else(fault);
            let indices = Indices {
                work: index(work)?,
                practice_expense: index(practice_expense)?,
                malpractice: index(malpractice)?,
            };
            year.insert(Locality(format!("{mac}-{locality}")), indices);
        }
        Ok(())
    }

    /// Prices by this locality instead of by national averages.
    pub(super) fn choose(&mut self, wanted: &str) -> Result<(), LocalityError> {
        let locality = Locality(wanted.trim().to_owned());
        let known = || self.localities.values().flat_map(BTreeMap::keys);
        if !known().any(|known| *known == locality) {
            let mut names: Vec<&str> = known().map(Locality::as_str).collect();
            names.sort_unstable();
            names.dedup();
            return Err(LocalityError {
                wanted: wanted.to_owned(),
                known: names.join(", "),
            });
        }
        self.locality = Some(locality);
        Ok(())
    }

    /// The chosen locality; `None` for national averages.
    pub const fn locality(&self) -> Option<&Locality> {
        self.locality.as_ref()
    }

    /// True when prices of the year are those of the chosen locality, by indices of that very year.
    pub fn is_of_locality(&self, year: i16) -> bool {
        let localities = self.localities.get(&year);
        self.locality
            .as_ref()
            .zip(localities)
            .is_some_and(|(chosen, localities)| localities.contains_key(chosen))
            && self.years.contains_key(&year)
    }

    /// The schedule of a day; `None` when none is known. After the last year that is known its values go on.
    pub fn on(&self, date: Date) -> Option<Schedule<'_>> {
        let of_year = self.years.get(&date.year());
        let (year, values) = if let Some(values) = of_year {
            (date.year(), values)
        } else {
            let (last, values) = self.years.last_key_value()?;
            (*last, values)
        };
        if year > date.year() {
            return None;
        }
        let factor = if date.year() > year {
            self.factors.iter().rev().find(|f| f.to.year() == year)
        } else {
            let is_it = |f: &&Factor| f.to.year() >= year && f.from <= date && date <= f.to;
            self.factors.iter().find(is_it)
        }?;
        Some(Schedule {
            values,
            year,
            rates: Rates {
                indices: self.indices(year)?,
                factor: factor.value,
                highest_factor: factor.highest,
            },
        })
    }

    /// The indices of the chosen locality in the year, else in the last year known before.
    fn indices(&self, year: i16) -> Option<Indices> {
        let Some(locality) = &self.locality else {
            return Some(NATIONAL);
        };
        let mut known = self.localities.range(..=year).rev();
        known
            .find_map(|(_, localities)| localities.get(locality))
            .copied()
    }
}

/// What is wrong with a row, and where in the pack.
pub(super) struct Fault {
    pub span: std::ops::Range<usize>,
    pub message: &'static str,
}

impl Fault {
    fn at(text: &toml::Spanned<String>, message: &'static str) -> Self {
        Self {
            span: text.span(),
            message,
        }
    }
}

/// Reads a decimal of at most so many places as a whole number of its last place.
fn decimal(text: &str, places: u32) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 6 || fraction.len() > places as usize {
        return None;
    }
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let fraction = format!("{fraction:0<width$}", width = places as usize);
    format!("{whole}{fraction}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicySet;
    use jiff::civil::date;

    fn price(code: &str, date: Date, full: u32, reduced: u32, locality: Option<&str>) -> String {
        let mut set = PolicySet::new(true, Vec::new()).unwrap();
        if let Some(locality) = locality {
            set.choose_locality(locality).unwrap();
        }
        let code = ProcedureCode::new(code.as_bytes()).unwrap();
        let schedule = set.fees().on(date);
        let fee = schedule.and_then(|schedule| schedule.fee(code));
        fee.map_or_else(|| "none".into(), |fee| fee.price(full, reduced).to_string())
    }

    /// (0.45 + 0.41 + 0.01) x 33.4009 = 29.06, with half the practice expense 22.21.
    #[test]
    fn a_unit_in_full_and_reduced() {
        let day = date(2026, 3, 2);
        assert_eq!(price("97110", day, 1, 0, None), "29.06");
        assert_eq!(price("97110", day, 0, 1, None), "22.21");
        assert_eq!(price("97110", day, 1, 1, None), "51.27");
    }

    #[test]
    fn the_conversion_factor_goes_by_date() {
        let before = price("97110", date(2024, 3, 8), 1, 0, None);
        let after = price("97110", date(2024, 3, 9), 1, 0, None);
        assert_ne!(before, after);
        // Values of a year that nobody knows are not made up ...
        assert_eq!(price("97110", date(2023, 3, 9), 1, 0, None), "none");
        // ... but the last known ones go on.
        assert_eq!(price("97110", date(2027, 3, 2), 1, 0, None), "29.06");
    }

    #[test]
    fn bundled_and_contractor_priced_codes_have_no_price() {
        let day = date(2026, 3, 2);
        for code in ["97010", "0791T", "99999"] {
            assert_eq!(price(code, day, 1, 0, None), "none", "{code}");
        }
    }

    /// Alabama: (0.45 x 1.000 + 0.41 x 0.869 + 0.01 x 0.575) x 33.4009 = 27.12.
    #[test]
    fn a_locality_has_its_own_costs() {
        let day = date(2026, 3, 2);
        assert_eq!(price("97110", day, 1, 0, Some("10112-00")), "27.12");
        let mut set = PolicySet::new(true, Vec::new()).unwrap();
        let error = set.choose_locality("10112-77").unwrap_err().to_string();
        assert!(error.contains("10112-00"), "{error}");
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal("0.45", 2), Some(45));
        assert_eq!(decimal("33.4009", 4), Some(334_009));
        assert_eq!(decimal("1", 3), Some(1000));
        for bad in ["", ".5", "1.2345", "-1", "1e3", "1.2.3"] {
            assert_eq!(decimal(bad, 3), None, "{bad}");
        }
    }
}
