//! What Medicare allows for the services of generated therapy claims, by the national physician fee
//! schedule. Small and on its own, so that what is generated does not follow from what judges it.

use crate::money::Cents;

/// Year, code and relative values for work, practice expense and malpractice, in hundredths. All are
/// always-therapy codes, to which the multiple procedure reduction applies.
/// Source: CMS relative value files RVU24C, of October 2025, and RVU26C.
const VALUES: &[(i16, &str, i64, i64, i64)] = &[
    (2024, "97110", 45, 42, 1),
    (2024, "97112", 50, 50, 1),
    (2024, "97140", 43, 37, 1),
    (2024, "97161", 154, 143, 4),
    (2024, "97165", 154, 146, 4),
    (2024, "97530", 44, 65, 1),
    (2024, "97535", 45, 52, 1),
    (2024, "92507", 130, 96, 3),
    (2024, "92523", 384, 290, 10),
    (2024, "92526", 134, 117, 3),
    (2025, "97110", 45, 43, 1),
    (2025, "97112", 50, 48, 1),
    (2025, "97140", 43, 40, 1),
    (2025, "97161", 154, 145, 4),
    (2025, "97165", 154, 153, 4),
    (2025, "97530", 44, 62, 1),
    (2025, "97535", 45, 53, 1),
    (2025, "92507", 130, 99, 3),
    (2025, "92523", 384, 297, 10),
    (2025, "92526", 134, 119, 3),
    (2026, "97110", 45, 41, 1),
    (2026, "97112", 50, 47, 1),
    (2026, "97140", 43, 39, 1),
    (2026, "97161", 154, 138, 1),
    (2026, "97165", 154, 146, 1),
    (2026, "97530", 44, 60, 1),
    (2026, "97535", 45, 51, 1),
    (2026, "92507", 130, 97, 1),
    (2026, "92523", 384, 293, 1),
    (2026, "92526", 134, 117, 1),
];

/// Years of [`VALUES`] with dollars for a relative value unit, in ten-thousandths: the highest that
/// any claim of the day may get. The first day of the year is 0.
fn factor(year: i16, day: u32) -> i64 {
    match year {
        // From 9 March 2024 on (Consolidated Appropriations Act 2024).
        2024 if day < 68 => 327_442,
        2024 => 332_875,
        2025 => 323_465,
        // Qualifying participants in alternative payment models.
        _ => 335_675,
    }
}

/// Practice expense of a code, in hundredths; `None` when the schedule of the year is not known.
pub(super) fn practice_expense(year: i16, code: &str) -> Option<i64> {
    values(year, code).map(|(_, _, _, practice_expense, _)| *practice_expense)
}

/// The most that is allowed for units of a code of which one, or none, keeps its full practice
/// expense; `None` when the schedule of the year is not known.
pub(super) fn most(year: i16, day: u32, code: &str, units: u32, keeps_one: bool) -> Option<Cents> {
    let (_, _, work, practice_expense, malpractice) = values(year, code)?;
    let units = i64::from(units);
    let halves = units + i64::from(keeps_one);
    let doubled = 2 * units * (work + malpractice) + halves * practice_expense;
    // Hundredths of units, doubled, times ten-thousandths of dollars.
    Some(Cents((doubled * factor(year, day) + 10_000) / 20_000))
}

fn values(year: i16, code: &str) -> Option<&'static (i16, &'static str, i64, i64, i64)> {
    VALUES.iter().find(|row| row.0 == year && row.1 == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (0.45 + 0.41 + 0.01) x 33.5675 and (0.45 + 0.205 + 0.01) x 33.5675.
    #[test]
    fn the_first_unit_of_a_day_is_paid_in_full() {
        assert_eq!(most(2026, 60, "97110", 1, true), Some(Cents(2_920)));
        assert_eq!(most(2026, 60, "97110", 1, false), Some(Cents(2_232)));
        assert_eq!(most(2023, 60, "97110", 1, true), None);
        assert!(most(2024, 67, "97110", 1, true) < most(2024, 68, "97110", 1, true));
    }
}
