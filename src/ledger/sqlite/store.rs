//! Reading and adding claims.

use rusqlite::{Connection, Row, params};

use super::SqliteStore;
use crate::date::{from_number, to_number};
use crate::ledger::encoding::{
    AccountNames, decode, encode, encode_at_risk, frequency_number, frequency_of,
};
use crate::ledger::identity::ClaimIdentity;
use crate::ledger::order::OrderKey;
use crate::ledger::rows::ClaimRow;
use crate::ledger::store::{Addition, AtRiskClaim, Store, StoreError};
use crate::phi::PatientHash;
use crate::text::Text;

impl Store for SqliteStore {
    fn next_file(&self) -> u32 {
        self.next_file
    }

    fn begin_file(&mut self, seq: u32, name: &str) -> Result<(), StoreError> {
        self.next_file = seq.saturating_add(1);
        self.connection
            .execute("INSERT INTO file VALUES (?1, ?2)", params![seq, name])
            .map(|_| ())
            .map_err(|error| self.error(&error))
    }

    fn file_name(&mut self, seq: u32) -> Option<String> {
        self.connection
            .query_row("SELECT name FROM file WHERE seq = ?1", [seq], |row| {
                row.get(0)
            })
            .ok()
    }

    fn load(&mut self, patient: PatientHash) -> Result<Vec<ClaimRow>, StoreError> {
        if self.is_empty {
            return Ok(Vec::new());
        }
        let read = || -> rusqlite::Result<Vec<ClaimRow>> {
            let mut claims = self.connection.prepare_cached(
                "SELECT file, position, clm01, provider, original, frequency, content, decided, \
                 takes_back_file, takes_back_position, lines \
                 FROM claim WHERE patient = ?1 ORDER BY file, position",
            )?;
            let rows =
                claims.query_map([patient.0.cast_signed()], |row| claim(row, &self.accounts))?;
            rows.collect()
        };
        read().map_err(|error| self.error(&error))
    }

    fn append(&mut self, additions: Vec<Addition>) -> Result<(), StoreError> {
        self.is_empty &= additions.is_empty();
        let mut add = || -> rusqlite::Result<()> {
            let mut adding = Adding {
                connection: &self.connection,
                accounts: &mut self.accounts,
            };
            additions.iter().try_for_each(|addition| match addition {
                Addition::Claim(patient, row) => adding.claim(*patient, row),
                Addition::AtRisk(claim) => adding.at_risk(claim),
            })
        };
        add().map_err(|error| self.error(&error))
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.connection
            .execute_batch("COMMIT")
            .map_err(|error| self.error(&error))
    }
}

struct Adding<'s> {
    connection: &'s Connection,
    accounts: &'s mut AccountNames,
}

impl Adding<'_> {
    fn claim(&mut self, patient: PatientHash, row: &ClaimRow) -> rusqlite::Result<()> {
        let ClaimRow {
            order,
            identity,
            takes_back,
            entries,
        } = row;
        let lines = encode(entries, self.accounts, |is_amount, name| {
            let kind = if is_amount { "amount" } else { "sessions" };
            self.connection.execute(
                "INSERT INTO account (kind, name) VALUES (?1, ?2)",
                params![kind, name],
            )?;
            Ok::<_, rusqlite::Error>(self.connection.last_insert_rowid())
        })?;
        self.connection
            .prepare_cached(
                "INSERT INTO claim (file, position, patient, clm01, provider, original, frequency, content, \
                 decided, takes_back_file, takes_back_position, lines) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                order.file_seq,
                order.offset.cast_signed(),
                patient.0.cast_signed(),
                identity.id.as_bytes(),
                identity.provider.as_bytes(),
                identity.original.as_bytes(),
                frequency_number(identity.frequency),
                identity.content.cast_signed(),
                identity.decided.map(to_number),
                takes_back.map(|order| order.file_seq),
                takes_back.map(|order| order.offset.cast_signed()),
                lines,
            ])
            .map(|_| ())
    }

    fn at_risk(&self, claim: &AtRiskClaim) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO at_risk (file, position, clm01, provider, lines) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                claim.order.file_seq,
                claim.order.offset.cast_signed(),
                claim.id.as_bytes(),
                claim.provider.as_bytes(),
                encode_at_risk(&claim.lines),
            ])
            .map(|_| ())
    }
}

/// Reads the columns that [`Store::load`] selects.
fn claim(row: &Row<'_>, accounts: &AccountNames) -> rusqlite::Result<ClaimRow> {
    let taken: (Option<u32>, Option<i64>) = (row.get(8)?, row.get(9)?);
    let decided: Option<i64> = row.get(7)?;
    let lines = row.get_ref(10)?.as_str()?;
    Ok(ClaimRow {
        order: place(row, 0)?,
        identity: ClaimIdentity {
            id: text(row, 2)?,
            provider: text(row, 3)?,
            original: text(row, 4)?,
            frequency: frequency_of(row.get(5)?).ok_or_else(|| strange(5, row))?,
            content: row.get::<_, i64>(6)?.cast_unsigned(),
            decided: decided
                .map(|number| from_number(number).ok_or_else(|| strange(7, row)))
                .transpose()?,
        },
        takes_back: taken.0.zip(taken.1).map(|(file_seq, offset)| OrderKey {
            file_seq,
            offset: offset.cast_unsigned(),
        }),
        entries: decode(lines, accounts).ok_or_else(|| strange(10, row))?,
    })
}

/// Reads `file, position`, the first of them at this column.
pub(super) fn place(row: &Row<'_>, column: usize) -> rusqlite::Result<OrderKey> {
    Ok(OrderKey {
        file_seq: row.get(column)?,
        offset: row.get::<_, i64>(column + 1)?.cast_unsigned(),
    })
}

pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Text> {
    Ok(Text::new(row.get_ref(column)?.as_bytes()?))
}

/// A value that no ledger writes.
pub(super) fn strange(column: usize, row: &Row<'_>) -> rusqlite::Error {
    let name = row.as_ref().column_name(column).unwrap_or("value");
    rusqlite::Error::InvalidColumnType(column, name.to_owned(), rusqlite::types::Type::Null)
}
