//! Counted claims as a store keeps them: with names instead of the numbers of one run.

use std::sync::Arc;

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::money::Cents;
use crate::policy::PolicySet;
use crate::rule::{Amount, AmountBasis};

use super::account::{Entry, entries_of};
use super::identity::{ClaimIdentity, Frequency, Span};
use super::order::OrderKey;
use super::patient::PatientRecord;
use super::visits::Visit;

/// A received claim and what it added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRow {
    /// Its place in the order received.
    pub order: OrderKey,
    /// What tells it from others.
    pub identity: ClaimIdentity,
    /// The claim that it took back.
    pub takes_back: Option<OrderKey>,
    /// What it added, then what it took back; each in the order of the lines.
    pub entries: Vec<EntryRow>,
}

/// A line in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Index of the line in its claim.
    pub line: u32,
    /// It takes a line of an earlier claim back.
    pub takes_back: bool,
    /// Date of service.
    pub date: Date,
    /// The code of the line.
    pub code: Option<ProcedureCode>,
    /// What is counted.
    pub counted: CountedRow,
}

/// What is counted, in which account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CountedRow {
    /// Money in a table of yearly amounts.
    Amount {
        /// Name of the table.
        table: Arc<str>,
        /// The least.
        low: Cents,
        /// The most.
        high: Cents,
        /// Where both come from.
        basis: AmountBasis,
    },
    /// Sessions under a policy.
    Sessions {
        /// Id of the policy.
        policy: Arc<str>,
        /// So many.
        sessions: i64,
    },
}

impl PatientRecord {
    /// The claim that was received last.
    pub fn last_row(&self, policies: &PolicySet) -> Option<ClaimRow> {
        let number = u32::try_from(self.claims.len()).ok()?.checked_sub(1)?;
        Some(self.row(number, policies))
    }

    /// All claims in the order received.
    pub fn rows(&self, policies: &PolicySet) -> Vec<ClaimRow> {
        (0..self.claims.len() as u32)
            .map(|number| self.row(number, policies))
            .collect()
    }

    fn row(&self, number: u32, policies: &PolicySet) -> ClaimRow {
        let claim = &self.claims[number as usize];
        let mut entries = Vec::new();
        for account in &self.accounts {
            let table = &policies.threshold(account.bucket).name;
            for entry in &account.entries[account.entries_of(number)] {
                entries.push(entry_row(entry, table));
            }
        }
        for (policy, visits) in &self.visits {
            let policy: Arc<str> = policies.catalogue().policy(*policy).id.as_str().into();
            for visit in &visits.entries[entries_of(&visits.entries, number, |visit| visit.claim)] {
                entries.push(visit_row(visit, &policy));
            }
        }
        // What a line adds to one account stands beside what it adds to another.
        entries.sort_by_key(|entry| (entry.takes_back, entry.line));
        ClaimRow {
            order: claim.order,
            identity: claim.identity.clone(),
            takes_back: claim
                .takes_back
                .map(|taken| self.claims[taken as usize].order),
            entries,
        }
    }

    /// Claims that no store holds yet.
    pub fn unstored(&self, policies: &PolicySet) -> Vec<ClaimRow> {
        let from = u32::try_from(self.stored).unwrap_or(u32::MAX);
        (from..self.claims.len() as u32)
            .map(|number| self.row(number, policies))
            .collect()
    }

    /// What a store knows of a patient. Accounts that the policies do not know are left out.
    pub fn of_rows(rows: &[ClaimRow], policies: &PolicySet) -> Self {
        let mut record = Self::default();
        record.stored = rows.len();
        for row in rows {
            let dates = row.entries.iter().filter(|entry| !entry.takes_back);
            let span = Span::of(dates.map(|entry| entry.date));
            let taken = row.takes_back.and_then(|order| {
                // They stand in the order received.
                let at = record
                    .claims
                    .binary_search_by_key(&order, |claim| claim.order);
                u32::try_from(at.ok()?).ok()
            });
            // A reversal is about the days of what it takes back.
            let span = match row.identity.frequency {
                Frequency::Remittance => {
                    span.or(taken.and_then(|taken| record.claims[taken as usize].span))
                }
                _ => span,
            };
            let number = record.receive(row.order, &row.identity, span);
            match taken {
                // An original that came behind what replaces it.
                Some(successor)
                    if row.identity.frequency == Frequency::Original && row.entries.is_empty() =>
                {
                    record.supersede(number, successor);
                }
                Some(taken) => record.take_back(taken, number),
                None => {}
            }
            let mut entries: Vec<&EntryRow> = row
                .entries
                .iter()
                .filter(|entry| !entry.takes_back)
                .collect();
            // As they were counted: amounts by line, sessions by day.
            entries.sort_by_key(|entry| match entry.counted {
                CountedRow::Amount { .. } => None,
                CountedRow::Sessions { .. } => Some(entry.date),
            });
            for entry in entries {
                if row.identity.frequency == Frequency::Balance {
                    record.restore_balance(number, entry, policies);
                } else {
                    record.restore(number, entry, policies);
                }
            }
        }
        record
    }

    fn restore_balance(&mut self, claim: u32, row: &EntryRow, policies: &PolicySet) {
        if let CountedRow::Amount { table, high, .. } = &row.counted
            && let Some(bucket) = policies.find_threshold(table)
        {
            let year = row.date.year();
            let account = self.account(year, bucket, policies.yearly_amount(bucket, year));
            account.set_balance(claim, *high, row.date);
        }
    }

    fn restore(&mut self, claim: u32, row: &EntryRow, policies: &PolicySet) {
        let frequency = self.claims[claim as usize].identity.frequency;
        let is_claim = matches!(frequency, Frequency::Original | Frequency::Replacement);
        match &row.counted {
            CountedRow::Amount {
                table,
                low,
                high,
                basis,
            } => {
                let Some(bucket) = policies.find_threshold(table) else {
                    return;
                };
                let year = row.date.year();
                let passes = policies.yearly_amount(bucket, year);
                let account = self.account(year, bucket, passes);
                let amount = Amount {
                    bucket,
                    low: *low,
                    high: *high,
                    basis: *basis,
                };
                let place = (claim, row.line);
                let after = account.push(Entry::counted(place, row.date, row.code, amount));
                // Of what a payer decided nobody was told.
                if is_claim && passes.is_some_and(|amount| after.high > amount) {
                    account.told.get_or_insert((claim, row.line));
                }
            }
            CountedRow::Sessions { policy, sessions } => {
                if let Some(policy) = policies.find_policy(policy) {
                    let free = policies.policy(policy).sessions;
                    let visit = Visit {
                        claim,
                        line: row.line,
                        takes_back: None,
                        date: row.date,
                        sessions: *sessions,
                        beyond: None,
                    };
                    self.visits(policy).restore(visit, free.as_ref());
                }
            }
        }
    }
}

fn entry_row(entry: &Entry, table: &Arc<str>) -> EntryRow {
    EntryRow {
        line: entry.line,
        takes_back: entry.takes_back.is_some(),
        date: entry.date,
        code: entry.code,
        counted: CountedRow::Amount {
            table: Arc::clone(table),
            low: entry.low,
            high: entry.high,
            basis: entry.basis,
        },
    }
}

fn visit_row(visit: &Visit, policy: &Arc<str>) -> EntryRow {
    EntryRow {
        line: visit.line,
        takes_back: visit.takes_back.is_some(),
        date: visit.date,
        code: None,
        counted: CountedRow::Sessions {
            policy: Arc::clone(policy),
            sessions: visit.sessions,
        },
    }
}
