//! Looking into a ledger, and changing it as a whole.

use rusqlite::{Params, Row};

use super::SqliteStore;
use super::store::{place, strange, text};
use crate::ledger::encoding::decode_at_risk;
use crate::ledger::store::{Archive, AtRiskClaim, StoreError};
use crate::phi::PatientHash;

impl SqliteStore {
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let all = || -> rusqlite::Result<Vec<T>> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map(params, read)?;
            rows.collect()
        };
        all().map_err(|error| self.error(&error))
    }

    fn each(
        &self,
        sql: &str,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let mut each = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                read(row)?;
            }
            Ok(())
        };
        each().map_err(|error| self.error(&error))
    }

    fn change(&self, sql: &str) -> Result<(), StoreError> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| self.error(&error))
    }
}

fn patient(row: &Row<'_>) -> rusqlite::Result<PatientHash> {
    Ok(PatientHash(row.get::<_, i64>(0)?.cast_unsigned()))
}

fn at_risk(row: &Row<'_>) -> rusqlite::Result<AtRiskClaim> {
    Ok(AtRiskClaim {
        order: place(row, 0)?,
        id: text(row, 2)?,
        provider: text(row, 3)?,
        lines: decode_at_risk(row.get_ref(4)?.as_str()?).ok_or_else(|| strange(4, row))?,
    })
}

impl Archive for SqliteStore {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn files(&mut self) -> Result<Vec<(u32, String)>, StoreError> {
        self.all("SELECT seq, name FROM file ORDER BY seq", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    fn patients(&mut self) -> Result<Vec<PatientHash>, StoreError> {
        let mut patients = self.all("SELECT DISTINCT patient FROM claim", [], patient)?;
        patients.sort_unstable();
        Ok(patients)
    }

    fn patients_of(&mut self, clm01: &[u8]) -> Result<Vec<PatientHash>, StoreError> {
        let sql = "SELECT DISTINCT patient FROM claim WHERE clm01 = ?1 ORDER BY patient";
        self.all(sql, [clm01], patient)
    }

    fn at_risk(&mut self, clm01: &[u8]) -> Result<Vec<AtRiskClaim>, StoreError> {
        let sql = "SELECT file, position, clm01, provider, lines FROM at_risk WHERE clm01 = ?1 ORDER BY id";
        self.all(sql, [clm01], at_risk)
    }

    fn each_at_risk(&mut self, each: &mut dyn FnMut(AtRiskClaim)) -> Result<(), StoreError> {
        let sql = "SELECT file, position, clm01, provider, lines FROM at_risk ORDER BY id DESC";
        self.each(sql, |row| {
            each(at_risk(row)?);
            Ok(())
        })
    }

    fn each_number(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<(), StoreError> {
        self.each("SELECT clm01 FROM claim", |row| {
            each(row.get_ref(0)?.as_bytes()?);
            Ok(())
        })
    }

    fn index_numbers(&mut self) -> Result<(), StoreError> {
        self.change(
            "CREATE INDEX IF NOT EXISTS claim_by_number ON claim (clm01); \
             CREATE INDEX IF NOT EXISTS at_risk_by_number ON at_risk (clm01)",
        )
    }

    fn faults(&mut self) -> Result<Vec<String>, StoreError> {
        let mut faults = self.all("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?;
        faults.retain(|fault| fault != "ok");
        Ok(faults)
    }

    fn prune(&mut self, before: i16) -> Result<u64, StoreError> {
        let first = i64::from(before) * 10_000;
        // Sessions have no year: some are counted over a patient's life.
        let is_old = format!("(line.value ->> 2 < {first} AND line.value ->> 6 IS NOT NULL)");
        let count = format!(
            "SELECT count(*) FROM claim, json_each(claim.lines) AS line, json_each(line.value, '$[4]') WHERE {is_old}"
        );
        let lines: i64 = self
            .connection
            .query_row(&count, [], |row| row.get(0))
            .map_err(|error| self.error(&error))?;
        // What counted nothing from the beginning waits for its original, or came behind what replaces it.
        self.change(&format!(
            "DELETE FROM claim WHERE lines <> '[]'
                 AND NOT EXISTS (SELECT 1 FROM json_each(claim.lines) AS line WHERE NOT {is_old});
             UPDATE claim SET lines =
                 (SELECT json_group_array(json(line.value)) FROM json_each(claim.lines) AS line WHERE NOT {is_old})
                 WHERE EXISTS (SELECT 1 FROM json_each(claim.lines) AS line WHERE {is_old});
             UPDATE claim SET takes_back_file = NULL, takes_back_position = NULL
                 WHERE takes_back_file IS NOT NULL AND (takes_back_file, takes_back_position)
                     NOT IN (SELECT file, position FROM claim);
             DELETE FROM at_risk WHERE NOT EXISTS (SELECT 1 FROM json_each(at_risk.lines) AS line
                 WHERE line.value ->> 2 IS NULL OR line.value ->> 2 >= {first});"
        ))?;
        Ok(lines.cast_unsigned())
    }

    fn shred(&mut self) -> Result<(), StoreError> {
        self.change("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
    }
}
