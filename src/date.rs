//! Calendar dates as X12 writes them.

use jiff::civil;
use serde::Serialize;

/// A day of the calendar.
pub type Date = civil::Date;

/// Reads `CCYYMMDD` (X12 date format `D8`). `None` when it is not exactly a real day of the years 1900 to 2199: others
/// are slips, of claims as of birth dates.
#[inline]
pub fn parse_d8(bytes: &[u8]) -> Option<Date> {
    const DIGITS: u64 = 0x3030_3030_3030_3030;
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    let text = u64::from_le_bytes(bytes.try_into().ok()?);
    // All eight bytes at once: their upper halves are those of digits, and stay so when 6 is added to them.
    let up = text.wrapping_add(0x0606_0606_0606_0606);
    if text & HIGH != DIGITS || up & HIGH != DIGITS {
        return None;
    }
    // Pairs of digits: century, year, month, day.
    let digits = text & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let pair = |number: u32| (pairs >> (16 * number)) as u8;
    if !(19..=21).contains(&pair(0)) {
        return None;
    }
    let year = i16::from(pair(0)) * 100 + i16::from(pair(1));
    Date::new(year, pair(2).cast_signed(), pair(3).cast_signed()).ok()
}

/// Writes `CCYYMMDD`.
pub fn to_d8(date: Date) -> String {
    digits(date).map(char::from).iter().collect()
}

/// The eight digits of `CCYYMMDD`.
pub(crate) fn digits(date: Date) -> [u8; 8] {
    let year = date.year().unsigned_abs();
    let mut digits = [b'0'; 8];
    let pairs = [
        year / 100,
        year % 100,
        date.month().unsigned_abs().into(),
        date.day().unsigned_abs().into(),
    ];
    for (two, pair) in digits.chunks_exact_mut(2).zip(pairs) {
        two[0] += (pair / 10) as u8;
        two[1] += (pair % 10) as u8;
    }
    digits
}

/// The number CCYYMMDD, which reads well in a database.
#[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
pub(crate) fn to_number(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

/// The inverse of [`to_number`]; `None` when it is not exactly a real day.
#[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
pub(crate) fn from_number(number: i64) -> Option<Date> {
    parse_d8(format!("{number:08}").as_bytes())
}

/// The ten characters of `CCYY-MM-DD`; `None` for a year before 0, of which no date of X12 can be.
#[inline]
pub(crate) fn iso(date: Date) -> Option<[u8; 10]> {
    let d = digits(date);
    (date.year() >= 0).then_some([d[0], d[1], d[2], d[3], b'-', d[4], d[5], b'-', d[6], d[7]])
}

/// First and last day, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DateRange {
    /// The first day.
    pub from: Date,
    /// The last day; never before `from`.
    pub to: Date,
}

impl DateRange {
    /// One day.
    pub const fn day(date: Date) -> Self {
        Self {
            from: date,
            to: date,
        }
    }

    /// `None` when the range ends before it starts.
    pub fn new(from: Date, to: Date) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    /// Reads the value of a DTP segment: `D8`, `RD8` (`CCYYMMDD-CCYYMMDD`) or `DT`
    /// (`CCYYMMDDHHMM`, whose time is left aside). `None` when it is not a real date or range.
    #[inline(always)]
    pub fn parse(format: &[u8], value: &[u8]) -> Option<Self> {
        match format {
            b"D8" => parse_d8(value).map(Self::day),
            b"RD8" if value.len() == 17 && value[8] == b'-' => {
                Self::new(parse_d8(&value[..8])?, parse_d8(&value[9..])?)
            }
            b"DT" if value.len() >= 8 => parse_d8(&value[..8]).map(Self::day),
            _ => None,
        }
    }

    /// The smallest range that covers both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }

    /// The range as X12 wants it, with its format qualifier: `D8` for one day, else `RD8`.
    pub fn to_x12(self) -> (&'static str, String) {
        if self.from == self.to {
            ("D8", to_d8(self.from))
        } else {
            let range = self.rd8().map(char::from);
            ("RD8", range.iter().collect())
        }
    }

    /// `CCYYMMDD-CCYYMMDD`, of which a range of one day needs the first half only.
    pub(crate) fn rd8(self) -> [u8; 17] {
        let mut text = [b'-'; 17];
        text[..8].copy_from_slice(&digits(self.from));
        text[9..].copy_from_slice(&digits(self.to));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn numbers_and_digits_of_days() {
        let day = date(2026, 3, 2);
        assert_eq!(
            (to_number(day), to_d8(day).as_str()),
            (20_260_302, "20260302")
        );
        assert_eq!(from_number(20_260_302), Some(day));
        assert_eq!(from_number(20_260_230), None);
        assert_eq!(to_d8(date(33, 3, 2)), "00330302");
    }

    #[test]
    fn dates_of_x12_have_ten_characters() {
        for day in [date(2026, 3, 2), date(33, 12, 31), date(0, 1, 1), Date::MAX] {
            assert_eq!(iso(day).unwrap(), day.to_string().as_bytes());
        }
        assert_eq!(iso(date(-1, 1, 1)), None);
    }

    #[test]
    fn only_real_days_are_dates() {
        assert_eq!(parse_d8(b"20240229"), Some(date(2024, 2, 29)));
        for text in [
            "20230229",
            "20261332",
            "2026-1-2",
            "202611",
            "",
            "2026110a",
            "202611011",
            "02261101",
            "18991231",
            "22000101",
        ] {
            assert_eq!(parse_d8(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn ranges_keep_their_order() {
        let range = DateRange::parse(b"RD8", b"20261103-20261105").unwrap();
        assert_eq!(range.to_x12(), ("RD8", "20261103-20261105".into()));
        assert_eq!(DateRange::parse(b"RD8", b"20261105-20261103"), None);
        assert_eq!(DateRange::parse(b"D8", b"20261105-20261103"), None);
        assert_eq!(
            DateRange::parse(b"DT", b"202611051230"),
            Some(DateRange::day(date(2026, 11, 5)))
        );
    }
}
