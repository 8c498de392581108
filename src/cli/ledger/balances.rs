//! What payers say was used: balances from a portal (CSV), and 271s.

use crate::date::Date;
use crate::eligibility::{Balance, Eligibility, Reported, Therapy, TherapyAmount, read_csv};
use crate::money::Cents;
use crate::phi::Phi;
use crate::policy::{BucketId, PolicySet};

/// A balance of somebody.
pub struct Opening {
    pub member_id: Phi<Vec<u8>>,
    /// The tables that it sets.
    pub buckets: Vec<BucketId>,
    pub amount: Cents,
    pub as_of: Date,
    /// Its place in the file; the next one leaves room for one number for each table.
    pub position: u64,
}

/// Reads a CSV, and finds the tables that it names.
pub fn of_csv(bytes: &[u8], policies: &PolicySet, today: Date) -> Result<Vec<Opening>, String> {
    // Member ids are taken for Medicare's, which the patients of other payers are not known by.
    let is_account = |name: &str| {
        let mut tables = tables(name, policies).into_iter();
        tables.any(|table| is_medicares(table, policies))
    };
    let balances = read_csv(bytes, is_account, today).map_err(|error| error.to_string())?;
    let opening = |balance: Balance| Opening {
        member_id: balance.member_id,
        buckets: tables(&balance.account, policies),
        amount: balance.amount,
        as_of: balance.as_of,
        position: balance.line * 8,
    };
    Ok(balances.into_iter().map(opening).collect())
}

/// Takes the balances out of what 271s say; what cannot be one is told by the offset of its EB segment.
pub fn of_eligibility(
    told: &Eligibility,
    policies: &PolicySet,
) -> (Vec<Opening>, Vec<(u64, String)>) {
    let mut balances = Vec::new();
    let mut left_out: Vec<(u64, String)> = told
        .left_out
        .iter()
        .map(|left_out| (left_out.offset, left_out.why.to_string()))
        .collect();
    for amount in &told.amounts {
        match of_amount(amount, policies) {
            Ok(balance) => balances.push(balance),
            Err(why) => left_out.push((amount.offset, why)),
        }
    }
    left_out.sort();
    (balances, left_out)
}

fn of_amount(amount: &TherapyAmount, policies: &PolicySet) -> Result<Opening, String> {
    let (name, place) = match amount.therapy {
        Therapy::PhysicalAndSpeech => ("therapy-pt-slp", 0),
        Therapy::Occupational => ("therapy-ot", 2),
    };
    let mut buckets = tables(name, policies);
    let table = *buckets
        .first()
        .ok_or_else(|| format!("no pack has the table {name}"))?;
    let used = match amount.reported {
        Reported::Used(used) => used,
        Reported::Remaining(remaining) => {
            let year = amount.year;
            let threshold = policies
                .threshold(table)
                .amount(year)
                .filter(|threshold| threshold.known)
                .ok_or_else(|| {
                    format!(
                        "what remains of {year} says nothing: the amount of that year is not known"
                    )
                })?;
            let used = threshold.amount.minus(remaining);
            if used < Cents::ZERO {
                return Err(format!("more remains than {year} has in {name}"));
            }
            // When nothing remains, more may have been used than the amount: enough for this one, but not
            // for the higher one.
            if remaining == Cents::ZERO {
                buckets.truncate(1);
            }
            used
        }
    };
    Ok(Opening {
        member_id: Phi::new(amount.member_id.expose().as_bytes().to_vec()),
        buckets,
        amount: used,
        as_of: amount.as_of,
        position: amount.offset + place,
    })
}

/// True when a policy of Medicare's counts in the table.
fn is_medicares(table: BucketId, policies: &PolicySet) -> bool {
    let medicare = policies.payers().medicare();
    policies.policies().iter().any(|policy| {
        policy.threshold == Some(table)
            && medicare.is_some_and(|class| policy.payers.contains(class))
    })
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
