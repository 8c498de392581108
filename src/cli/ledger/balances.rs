//! Balances from a payer's portal, as CSV.

use std::path::Path;

use serde::Deserialize;

use crate::cli::failure::Failure;
use crate::date::Date;
use crate::ledger::{Addition, Archive, Balance, OrderKey, PatientRecord};
use crate::money::Cents;
use crate::phi::{PatientHasher, Phi};
use crate::policy::{BucketId, PolicySet};
use crate::screen::medicare_patient;

/// A row of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    member_id: String,
    account: String,
    amount: String,
    as_of: Date,
}

/// A balance of somebody.
pub struct Entered {
    member_id: Phi<String>,
    buckets: Vec<BucketId>,
    amount: Cents,
    as_of: Date,
    line: u64,
}

/// Reads a file. Values are not quoted in errors: they may be a patient's.
pub fn read(path: &Path, policies: &PolicySet) -> Result<Vec<Entered>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|error| error.to_string())?;
    let mut balances = Vec::new();
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let line = index as u64 + 2;
        let expected = |what: &str| format!("line {line}: expected {what}");
        let row = row.map_err(|_| {
            expected("member_id, account, amount and as_of (YYYY-MM-DD), named in the first line")
        })?;
        let buckets = tables(&row.account, policies);
        if buckets.is_empty() {
            return Err(expected(
                "an account: a table of yearly amounts, such as therapy-ot",
            ));
        }
        let amount = Cents::parse(row.amount.as_bytes()).filter(|amount| *amount >= Cents::ZERO);
        balances.push(Entered {
            member_id: Phi::new(row.member_id),
            buckets,
            amount: amount.ok_or_else(|| expected("an amount such as 1234.50"))?,
            as_of: row.as_of,
            line,
        });
    }
    Ok(balances)
}

/// A table by its name, and the one that counts the same towards the review amount.
fn tables(name: &str, policies: &PolicySet) -> Vec<BucketId> {
    let review = name.replacen("therapy-", "therapy-review-", 1);
    let names = [name, review.as_str()];
    let mut buckets: Vec<BucketId> = names
        .iter()
        .filter_map(|name| policies.find_threshold(name))
        .collect();
    buckets.dedup();
    buckets
}

/// Enters balances; returns how many were new and how many were known.
pub fn enter(
    store: &mut dyn Archive,
    seq: u32,
    balances: &[Entered],
    hasher: &PatientHasher,
    policies: &PolicySet,
) -> Result<(u64, u64), Failure> {
    let (mut entered, mut known) = (0, 0);
    for balance in balances {
        let patient = medicare_patient(balance.member_id.expose().as_bytes(), hasher);
        let mut is_new = false;
        for (index, bucket) in balance.buckets.iter().enumerate() {
            let rows = store.load(patient).map_err(Failure::new)?;
            let mut record = PatientRecord::of_rows(&rows, policies);
            let order = OrderKey {
                file_seq: seq,
                offset: balance.line * 8 + index as u64,
            };
            let said = format!(
                "{} {} {}",
                policies.threshold(*bucket).name,
                balance.amount,
                balance.as_of
            );
            let content = hasher.hash(&[b"balance", said.as_bytes()]).0;
            let what = Balance {
                year: balance.as_of.year(),
                bucket: *bucket,
                amount: balance.amount,
                as_of: balance.as_of,
            };
            if record.enter(order, what, content, policies) {
                is_new = true;
                if let Some(row) = record.last_row(policies) {
                    store
                        .append(vec![Addition::Claim(patient, row)])
                        .map_err(Failure::new)?;
                }
            }
        }
        entered += u64::from(is_new);
        known += u64::from(!is_new);
    }
    Ok((entered, known))
}
