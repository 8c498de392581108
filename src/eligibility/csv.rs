//! Balances that somebody took from a payer's portal into a table (CSV): `member_id`, `account`, `amount`
//! and `as_of`, named in the first line, in any order.

use serde::Deserialize;

use crate::date::Date;
use crate::money::Cents;
use crate::phi::Phi;

/// What the payer says that a patient has used of one account.
pub struct Balance {
    /// The line in which it stands, from 1 on; the first names the columns. Rows that take several lines
    /// count as one.
    pub line: u64,
    /// The patient's member id.
    pub member_id: Phi<Vec<u8>>,
    /// Name of a table of yearly amounts.
    pub account: String,
    /// What was used, 0 or more.
    pub amount: Cents,
    /// The day of the statement.
    pub as_of: Date,
}

/// Why a CSV cannot be read. Values are not quoted: they may be a patient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected {expected}")]
pub struct CsvError {
    /// The line, as in [`Balance::line`].
    pub line: u64,
    /// What should stand there.
    pub expected: &'static str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    member_id: String,
    account: String,
    amount: String,
    as_of: Date,
}

/// Reads all balances, in their order; `is_account` knows the names of Medicare's accounts.
///
/// # Errors
/// The first row that is none, or of a day after `today`.
pub fn read_csv(
    bytes: &[u8],
    is_account: impl Fn(&str) -> bool,
    today: Date,
) -> Result<Vec<Balance>, CsvError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut columns: Vec<&str> = match reader.headers() {
        Ok(columns) => columns.iter().collect(),
        Err(_) => Vec::new(),
    };
    columns.sort_unstable();
    if columns != ["account", "amount", "as_of", "member_id"] {
        return Err(CsvError {
            line: 1,
            expected: "X12, or the columns member_id, account, amount and as_of of a CSV of balances",
        });
    }
    let mut balances = Vec::new();
    for (line, row) in (2..).zip(reader.deserialize::<Row>()) {
        let error = |expected| CsvError { line, expected };
        let row = row.map_err(|_| {
            error("a value for member_id, account, amount and as_of (YYYY-MM-DD) each")
        })?;
        if row.member_id.trim().is_empty() {
            return Err(error("a value for member_id"));
        }
        if !is_account(&row.account) {
            return Err(error(
                "an account that Medicare policies count in, such as therapy-pt-slp or therapy-ot: balances are Medicare's",
            ));
        }
        if row.as_of > today {
            return Err(error("a day in as_of that is not to come"));
        }
        let amount = Cents::parse(row.amount.as_bytes())
            .filter(|amount| *amount >= Cents::ZERO && has_whole_cents(&row.amount));
        balances.push(Balance {
            line,
            member_id: Phi::new(row.member_id.into_bytes()),
            account: row.account,
            amount: amount
                .ok_or_else(|| error("an amount such as 1234.50, with two decimals at most"))?,
            as_of: row.as_of,
        });
    }
    Ok(balances)
}

/// A third decimal is a slip, not something to round.
fn has_whole_cents(amount: &str) -> bool {
    let decimals = amount.split_once('.').map(|(_, decimals)| decimals.len());
    decimals.is_none_or(|count| count <= 2)
}
