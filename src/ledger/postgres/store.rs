//! Reading and adding claims.

use std::collections::HashMap;

use postgres::Row;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::{ToSql, Type};

use super::json::Json;
use super::{PostgresStore, strange, told};
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

impl Store for PostgresStore {
    fn next_file(&self) -> u32 {
        self.next_file
    }

    fn begin_file(&mut self, seq: u32, name: &str) -> Result<(), StoreError> {
        self.next_file = seq.saturating_add(1);
        let add = "INSERT INTO kx837.file VALUES ($1, $2)";
        // A name may hold what the server's text cannot.
        let name = name.replace('\0', "\u{fffd}");
        let added = self.client.execute(add, &[&seq.cast_signed(), &name]);
        self.fail(added).map(|_| ())
    }

    fn file_name(&mut self, seq: u32) -> Option<String> {
        let name = "SELECT name FROM kx837.file WHERE seq = $1";
        let row = self.client.query_opt(name, &[&seq.cast_signed()]);
        Some(row.ok()??.get(0))
    }

    fn is_far(&self) -> bool {
        !self.is_empty
    }

    fn load(&mut self, patient: PatientHash) -> Result<Vec<ClaimRow>, StoreError> {
        Ok(self.load_all(&[patient])?.pop().unwrap_or_default())
    }

    fn load_all(&mut self, patients: &[PatientHash]) -> Result<Vec<Vec<ClaimRow>>, StoreError> {
        let mut claims = vec![Vec::new(); patients.len()];
        if self.is_empty || patients.is_empty() {
            return Ok(claims);
        }
        let wanted: Vec<i64> = patients
            .iter()
            .map(|patient| patient.0.cast_signed())
            .collect();
        let places: HashMap<i64, usize> = wanted.iter().copied().zip(0..).collect();
        let rows = self.client.query(
            "SELECT file, position, clm01, provider, original, frequency, content, decided, \
             takes_back_file, takes_back_position, lines, patient \
             FROM kx837.claim WHERE patient = ANY($1) ORDER BY file, position",
            &[&wanted],
        );
        for row in self.fail(rows)? {
            let claim = claim(&row, &self.accounts).ok_or_else(|| strange(&self.place, "claim"))?;
            if let Some(at) = places.get(&row.get::<_, i64>(11)) {
                claims[*at].push(claim);
            }
        }
        Ok(claims)
    }

    fn append(&mut self, additions: Vec<Addition>) -> Result<(), StoreError> {
        self.is_empty &= additions.is_empty();
        let (mut claims, mut at_risk) = (Vec::new(), Vec::new());
        for addition in additions {
            match addition {
                Addition::Claim(patient, row) => {
                    let lines = self.encode(&row)?;
                    claims.push((patient, row, lines));
                }
                Addition::AtRisk(claim) => at_risk.push(claim),
            }
        }
        let claims = self.copy_claims(&claims);
        self.fail(claims)?;
        let at_risk = self.copy_at_risk(&at_risk);
        self.fail(at_risk)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let committed = self.client.batch_execute("COMMIT");
        self.fail(committed)
    }
}

const CLAIM: (&str, [Type; 12]) = (
    "COPY kx837.claim (file, position, patient, clm01, provider, original, frequency, content, decided, \
     takes_back_file, takes_back_position, lines) FROM STDIN BINARY",
    [
        Type::INT4,
        Type::INT8,
        Type::INT8,
        Type::BYTEA,
        Type::BYTEA,
        Type::BYTEA,
        Type::INT2,
        Type::INT8,
        Type::INT4,
        Type::INT4,
        Type::INT8,
        Type::JSONB,
    ],
);

const AT_RISK: (&str, [Type; 5]) = (
    "COPY kx837.at_risk (file, position, clm01, provider, lines) FROM STDIN BINARY",
    [
        Type::INT4,
        Type::INT8,
        Type::BYTEA,
        Type::BYTEA,
        Type::JSONB,
    ],
);

impl PostgresStore {
    fn encode(&mut self, row: &ClaimRow) -> Result<String, StoreError> {
        let Self {
            client,
            accounts,
            place,
            ..
        } = self;
        encode(&row.entries, accounts, |is_amount, name| {
            let kind = if is_amount { "amount" } else { "sessions" };
            let add = "INSERT INTO kx837.account (kind, name) VALUES ($1, $2) RETURNING id";
            let added = client.query_one(add, &[&kind, &&**name]);
            added
                .map(|row| row.get(0))
                .map_err(|error| told(place, &error))
        })
    }

    fn copy_claims(
        &mut self,
        claims: &[(PatientHash, ClaimRow, String)],
    ) -> Result<(), postgres::Error> {
        if claims.is_empty() {
            return Ok(());
        }
        let (copy, types) = CLAIM;
        let mut writer = BinaryCopyInWriter::new(self.client.copy_in(copy)?, &types);
        for (patient, row, lines) in claims {
            let ClaimRow {
                order,
                identity,
                takes_back,
                ..
            } = row;
            let values: [&(dyn ToSql + Sync); 12] = [
                &order.file_seq.cast_signed(),
                &order.offset.cast_signed(),
                &patient.0.cast_signed(),
                &identity.id.as_bytes(),
                &identity.provider.as_bytes(),
                &identity.original.as_bytes(),
                &frequency_number(identity.frequency),
                &identity.content.cast_signed(),
                &identity.decided.map(|date| to_number(date) as i32),
                &takes_back.map(|order| order.file_seq.cast_signed()),
                &takes_back.map(|order| order.offset.cast_signed()),
                &Json(lines.clone()),
            ];
            writer.write(&values)?;
        }
        writer.finish().map(|_| ())
    }

    fn copy_at_risk(&mut self, claims: &[AtRiskClaim]) -> Result<(), postgres::Error> {
        if claims.is_empty() {
            return Ok(());
        }
        let (copy, types) = AT_RISK;
        let mut writer = BinaryCopyInWriter::new(self.client.copy_in(copy)?, &types);
        for claim in claims {
            let values: [&(dyn ToSql + Sync); 5] = [
                &claim.order.file_seq.cast_signed(),
                &claim.order.offset.cast_signed(),
                &claim.id.as_bytes(),
                &claim.provider.as_bytes(),
                &Json(encode_at_risk(&claim.lines)),
            ];
            writer.write(&values)?;
        }
        writer.finish().map(|_| ())
    }
}

/// Reads the columns that [`Store::load_all`] selects.
fn claim(row: &Row, accounts: &AccountNames) -> Option<ClaimRow> {
    let taken: (Option<i32>, Option<i64>) = (row.get(8), row.get(9));
    let decided = match row.get::<_, Option<i32>>(7) {
        Some(number) => Some(from_number(number.into())?),
        None => None,
    };
    let Json(lines) = row.get(10);
    Some(ClaimRow {
        order: place(row),
        identity: ClaimIdentity {
            id: Text::new(row.get(2)),
            provider: Text::new(row.get(3)),
            original: Text::new(row.get(4)),
            frequency: frequency_of(row.get(5))?,
            content: row.get::<_, i64>(6).cast_unsigned(),
            decided,
        },
        takes_back: taken.0.zip(taken.1).map(|(file_seq, offset)| OrderKey {
            file_seq: file_seq.cast_unsigned(),
            offset: offset.cast_unsigned(),
        }),
        entries: decode(lines, accounts)?,
    })
}

/// Reads `file, position`, the first columns.
pub(super) fn place(row: &Row) -> OrderKey {
    OrderKey {
        file_seq: row.get::<_, i32>(0).cast_unsigned(),
        offset: row.get::<_, i64>(1).cast_unsigned(),
    }
}
