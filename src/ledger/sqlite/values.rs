//! Values as the tables hold them.

use crate::date::{Date, to_d8};
use crate::ledger::identity::Frequency;
use crate::rule::AmountBasis;
use crate::text::Text;

pub(super) fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Text> {
    Ok(Text::new(row.get_ref(column)?.as_bytes()?))
}

pub(super) const fn frequency_number(frequency: Frequency) -> i64 {
    match frequency {
        Frequency::Original => 1,
        Frequency::Replacement => 7,
        Frequency::Void => 8,
        Frequency::Remittance => 0,
        Frequency::Balance => -1,
    }
}

pub(super) const fn frequency(number: i64) -> Option<Frequency> {
    Some(match number {
        1 => Frequency::Original,
        7 => Frequency::Replacement,
        8 => Frequency::Void,
        0 => Frequency::Remittance,
        -1 => Frequency::Balance,
        _ => return None,
    })
}

pub(super) const fn basis_number(basis: AmountBasis) -> i64 {
    match basis {
        AmountBasis::Balance => 0,
        AmountBasis::Adjudicated => 1,
        AmountBasis::FeeSchedule => 2,
        AmountBasis::Charge => 3,
    }
}

pub(super) const fn basis(number: i64) -> Option<AmountBasis> {
    Some(match number {
        0 => AmountBasis::Balance,
        1 => AmountBasis::Adjudicated,
        2 => AmountBasis::FeeSchedule,
        3 => AmountBasis::Charge,
        _ => return None,
    })
}

/// A value that no ledger writes.
pub(super) fn strange(column: usize, row: &rusqlite::Row<'_>) -> rusqlite::Error {
    let name = row.as_ref().column_name(column).unwrap_or("value");
    rusqlite::Error::InvalidColumnType(column, name.to_owned(), rusqlite::types::Type::Integer)
}

/// A date as the number CCYYMMDD, which reads well in SQL.
pub(super) fn day_number(date: Date) -> i64 {
    to_d8(date).parse().unwrap_or(0)
}

pub(super) fn date(number: i64) -> Option<Date> {
    crate::date::parse_d8(number.to_string().as_bytes())
}
