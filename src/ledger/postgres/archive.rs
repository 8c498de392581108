//! Looking into a ledger, and changing it as a whole.

use postgres::Row;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;

use super::json::Json;
use super::store::place;
use super::{PostgresStore, strange};
use crate::ledger::encoding::decode_at_risk;
use crate::ledger::store::{Archive, AtRiskClaim, StoreError};
use crate::phi::PatientHash;
use crate::text::Text;

impl PostgresStore {
    fn all<T>(
        &mut self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
        read: impl FnMut(&Row) -> T,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.client.query(sql, params);
        Ok(self.fail(rows)?.iter().map(read).collect())
    }

    /// Rows one after another: there may be more than memory holds.
    fn each(&mut self, sql: &str, mut read: impl FnMut(&Row)) -> Result<(), StoreError> {
        let mut each = || -> Result<(), postgres::Error> {
            let none: [&(dyn ToSql + Sync); 0] = [];
            let mut rows = self.client.query_raw(sql, none)?;
            while let Some(row) = rows.next()? {
                read(&row);
            }
            Ok(())
        };
        let told = each();
        self.fail(told)
    }

    fn change(&mut self, sql: &str) -> Result<(), StoreError> {
        let changed = self.client.batch_execute(sql);
        self.fail(changed)
    }
}

fn patient(row: &Row) -> PatientHash {
    PatientHash(row.get::<_, i64>(0).cast_unsigned())
}

/// `None` for what no ledger writes.
fn at_risk(row: &Row) -> Option<AtRiskClaim> {
    let Json(lines) = row.get(4);
    Some(AtRiskClaim {
        order: place(row),
        id: Text::new(row.get(2)),
        provider: Text::new(row.get(3)),
        lines: decode_at_risk(lines)?,
    })
}

impl Archive for PostgresStore {
    fn place(&self) -> String {
        self.place.clone()
    }

    fn files(&mut self) -> Result<Vec<(u32, String)>, StoreError> {
        self.all(
            "SELECT seq, name FROM kx837.file ORDER BY seq",
            &[],
            |row| (row.get::<_, i32>(0).cast_unsigned(), row.get(1)),
        )
    }

    fn patients(&mut self) -> Result<Vec<PatientHash>, StoreError> {
        let mut patients = self.all("SELECT DISTINCT patient FROM kx837.claim", &[], patient)?;
        patients.sort_unstable();
        Ok(patients)
    }

    fn patients_of(&mut self, clm01: &[u8]) -> Result<Vec<PatientHash>, StoreError> {
        let sql = "SELECT DISTINCT patient FROM kx837.claim WHERE clm01 = $1 ORDER BY patient";
        self.all(sql, &[&clm01], patient)
    }

    fn at_risk(&mut self, clm01: &[u8]) -> Result<Vec<AtRiskClaim>, StoreError> {
        let sql = "SELECT file, position, clm01, provider, lines FROM kx837.at_risk WHERE clm01 = $1 ORDER BY id";
        let claims = self.all(sql, &[&clm01], at_risk)?;
        let claims: Option<Vec<AtRiskClaim>> = claims.into_iter().collect();
        claims.ok_or_else(|| strange(&self.place, "at_risk"))
    }

    fn each_at_risk(&mut self, each: &mut dyn FnMut(AtRiskClaim)) -> Result<(), StoreError> {
        let sql =
            "SELECT file, position, clm01, provider, lines FROM kx837.at_risk ORDER BY id DESC";
        let mut is_strange = false;
        self.each(sql, |row| match at_risk(row) {
            Some(claim) if !is_strange => each(claim),
            Some(_) => {}
            None => is_strange = true,
        })?;
        if is_strange {
            return Err(strange(&self.place, "at_risk"));
        }
        Ok(())
    }

    fn each_number(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<(), StoreError> {
        self.each("SELECT clm01 FROM kx837.claim", |row| each(row.get(0)))
    }

    /// The server looks after its files; what one claim says of another is looked into.
    fn faults(&mut self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT 'claim at file ' || file || ', byte ' || position || ' is of a file that is not known' \
             FROM kx837.claim WHERE NOT EXISTS (SELECT 1 FROM kx837.file WHERE seq = claim.file) ORDER BY 1";
        self.all(sql, &[], |row| row.get(0))
    }

    fn prune(&mut self, before: i16) -> Result<u64, StoreError> {
        let first = i64::from(before) * 10_000;
        // Sessions have no year: some are counted over a patient's life.
        let is_old = format!("((line -> 2)::BIGINT < {first} AND line ->> 6 IS NOT NULL)");
        let count = format!(
            "SELECT count(*) FROM kx837.claim, jsonb_array_elements(claim.lines) AS line, \
             jsonb_array_elements(line -> 4) WHERE {is_old}"
        );
        let counted = self.client.query_one(&count, &[]);
        let lines: i64 = self.fail(counted)?.get(0);
        // What counted nothing from the beginning waits for its original, or came behind what replaces it.
        self.change(&format!(
            "DELETE FROM kx837.claim WHERE lines <> '[]'
                 AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(claim.lines) AS line WHERE NOT {is_old});
             UPDATE kx837.claim SET lines = (SELECT jsonb_agg(line ORDER BY at)
                 FROM jsonb_array_elements(claim.lines) WITH ORDINALITY AS every (line, at) WHERE NOT {is_old})
                 WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(claim.lines) AS line WHERE {is_old});
             UPDATE kx837.claim SET takes_back_file = NULL, takes_back_position = NULL
                 WHERE takes_back_file IS NOT NULL AND NOT EXISTS (SELECT 1 FROM kx837.claim AS taken
                     WHERE taken.file = claim.takes_back_file AND taken.position = claim.takes_back_position);
             DELETE FROM kx837.at_risk WHERE NOT EXISTS (SELECT 1 FROM jsonb_array_elements(at_risk.lines) AS line
                 WHERE line ->> 2 IS NULL OR (line -> 2)::BIGINT >= {first});"
        ))?;
        Ok(lines.cast_unsigned())
    }

    fn shred(&mut self) -> Result<(), StoreError> {
        self.change("VACUUM FULL kx837.claim")?;
        self.change("VACUUM FULL kx837.at_risk")
    }
}
