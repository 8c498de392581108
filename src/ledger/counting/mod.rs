//! The state machine: claims come in the order received, each is counted once, and lines above an
//! amount are told of.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::money::Cents;
use crate::phi::PatientHash;
use crate::policy::{BucketId, PolicySet, YearlyAmount};
use crate::rule::{Accrual, Amount, Hit, Measure, sort_hits};

use crate::ledger::compare::Judge;
use crate::ledger::identity::{ClaimIdentity, Frequency, Span};
use crate::ledger::memory::{Patients, Records};
use crate::ledger::order::{OrderError, OrderKey};
use crate::ledger::patient::PatientRecord;
use crate::ledger::resubmitted::Earlier;
use crate::ledger::total::Total;
use crate::ledger::visits::SessionCount;

/// A claim with what it adds.
#[derive(Clone, Copy)]
pub struct Received<'c> {
    /// Its place in the order received.
    pub order: OrderKey,
    /// Who was treated.
    pub patient: PatientHash,
    /// What tells it from other claims.
    pub identity: &'c ClaimIdentity,
    /// What its lines add.
    pub accruals: &'c [Accrual],
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It added to what was there.
    Added,
    /// It was counted before, at this place, and adds nothing. What was found on it is what was found
    /// then.
    Repeated(OrderKey),
    /// It was counted before, at this place, and was replaced or voided since: it adds nothing.
    RepeatedGone(OrderKey),
    /// What replaces or voids it was received before, at this place: it adds nothing.
    Superseded(OrderKey),
    /// It counts nothing, and what it replaces or voids has counted nothing.
    Ignored,
    /// It took the place of the claim at this place.
    Replaced(OrderKey),
    /// Likewise, though it does not say so: it has the number, codes and dates of that claim.
    Resubmitted(OrderKey),
    /// It took back the claim at this place.
    Voided(OrderKey),
    /// It replaces a claim that is not known: what it adds may have counted before.
    ReplacedUnknown,
    /// It voids a claim that is not known.
    VoidedUnknown,
}

/// All that was counted, by patient. It has no input or output: whoever feeds it decides what the
/// order is, and it refuses to go backwards.
#[derive(Clone)]
pub struct Ledger {
    policies: Arc<PolicySet>,
    pub(in crate::ledger) patients: Patients,
    last: Option<OrderKey>,
}

impl Ledger {
    /// A ledger in which nothing has accrued.
    pub fn new(policies: Arc<PolicySet>) -> Self {
        Self {
            policies,
            patients: Patients::default(),
            last: None,
        }
    }

    /// The same, which lets patients go when they take more than so many bytes: see
    /// [`Self::let_go`].
    #[must_use]
    pub fn with_room(self, bytes: usize) -> Self {
        Self {
            patients: Patients::with_room(bytes),
            ..self
        }
    }

    /// The patients that were met longest ago, when there is no room for more. They are not known
    /// any more, so they have to be restored before their next claim.
    pub fn let_go(&mut self) -> Option<Records> {
        self.patients.turn()
    }

    /// What is known of a patient.
    pub fn patient(&self, patient: PatientHash) -> Option<&PatientRecord> {
        self.patients.get(patient)
    }

    /// Policies whose names stand for accounts.
    pub fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// True when something is known of a patient, or that nothing is.
    pub fn knows(&self, patient: PatientHash) -> bool {
        self.patients.get(patient).is_some()
    }

    /// Takes over what a store knows of a patient who was not known here.
    pub fn restore(&mut self, patient: PatientHash, record: PatientRecord) {
        if !self.knows(patient) {
            self.patients.insert(patient, record);
        }
    }

    /// What this ledger knows of one patient: small enough to try out what a claim would do.
    #[must_use]
    pub fn of_patient(&self, patient: PatientHash) -> Self {
        let record = self.patients.get(patient).cloned();
        Self {
            policies: Arc::clone(&self.policies),
            patients: record.map(|record| (patient, record)).into_iter().collect(),
            last: self.last,
        }
    }

    /// What this ledger knew of one patient before it received a claim; all that it knows when it has not
    /// received it.
    #[must_use]
    pub fn before(&self, patient: PatientHash, identity: &ClaimIdentity) -> Self {
        let known = self.of_patient(patient);
        let record = known.patient(patient);
        let Some((record, number)) = record.and_then(|it| Some((it, it.same(identity)?))) else {
            return known;
        };
        let rows = record.rows(&self.policies);
        let before = PatientRecord::of_rows(&rows[..number as usize], &self.policies);
        Self {
            patients: std::iter::once((patient, before)).collect(),
            ..known
        }
    }

    /// Counts the accruals of one claim and adds a hit for each line that stands above its
    /// threshold without an excuse. `hits` are those of the claim; they stay in order.
    ///
    /// # Errors
    /// When the claim does not stand behind the one before. Nothing is counted then.
    pub fn apply(
        &mut self,
        claim: Received<'_>,
        hits: &mut Vec<Hit>,
    ) -> Result<Counted, OrderError> {
        if let Some(last) = self.last.filter(|last| claim.order <= *last) {
            return Err(OrderError {
                key: claim.order,
                last,
            });
        }
        self.last = Some(claim.order);
        if claim.accruals.is_empty() && !self.knows(claim.patient) {
            // Nothing can be taken back from a patient of whom nothing is known.
            return Ok(Counted::Ignored);
        }
        let before = hits.len();
        let judge = Judge::new(&self.policies, hits);
        let counted = self
            .patients
            .change(claim.patient, |record| count(record, claim, judge));
        if hits.len() > before {
            sort_hits(hits);
        }
        Ok(counted)
    }
}

fn count(record: &mut PatientRecord, claim: Received<'_>, mut judge: Judge<'_, '_>) -> Counted {
    let Received {
        order,
        identity,
        accruals,
        ..
    } = claim;
    if let Some(same) = record.same(identity) {
        judge_as_counted(record, same, accruals, &mut judge);
        let known = &record.claims[same as usize];
        let is_gone =
            !known.is_counted && !known.is_decided && identity.frequency == Frequency::Original;
        return if is_gone {
            Counted::RepeatedGone(known.order)
        } else {
            Counted::Repeated(known.order)
        };
    }
    let span = Span::of(accruals.iter().map(|accrual| accrual.date));
    let original = match identity.frequency {
        Frequency::Original => match record.resubmitted(identity, accruals, span) {
            Some(Earlier::Paid(paid)) => {
                judge_as_counted(record, paid, accruals, &mut judge);
                return Counted::Repeated(record.claims[paid as usize].order);
            }
            Some(Earlier::Open(open)) => Some(open),
            None => None,
        },
        Frequency::Balance => None,
        Frequency::Replacement | Frequency::Void | Frequency::Remittance => {
            record.original(identity, span)
        }
    };
    if accruals.is_empty() && original.is_none() {
        return Counted::Ignored;
    }
    let number = record.receive(order, identity, span);
    if let Some(successor) = record.successor(number) {
        record.supersede(number, successor);
        return Counted::Superseded(record.claims[successor as usize].order);
    }
    if let Some(original) = original {
        record.take_back(original, number);
    }
    let place = original.map(|original| record.claims[original as usize].order);
    match (identity.frequency, place) {
        (Frequency::Void, Some(place)) => return Counted::Voided(place),
        (Frequency::Void, None) => return Counted::VoidedUnknown,
        _ => {}
    }
    let is_open = identity.frequency == Frequency::Replacement && place.is_none();
    add(record, number, accruals, is_open, &mut judge);
    match (identity.frequency, place) {
        (Frequency::Replacement, Some(place)) => Counted::Replaced(place),
        (Frequency::Replacement, None) => Counted::ReplacedUnknown,
        (Frequency::Original, Some(place)) => Counted::Resubmitted(place),
        _ => Counted::Added,
    }
}

/// A line in its account.
#[derive(Clone, Copy)]
struct Step {
    line: u32,
    bucket: BucketId,
    after: Total,
}

/// An account that lines of a claim count into.
#[derive(Clone, Copy)]
struct Met {
    year: i16,
    bucket: BucketId,
    threshold: YearlyAmount,
    /// Index in [`PatientRecord::accounts`].
    account: usize,
}

/// Adds the lines of a claim. `may_repeat`: they may have counted before, in a claim that is not known.
fn add(
    record: &mut PatientRecord,
    number: u32,
    accruals: &[Accrual],
    may_repeat: bool,
    judge: &mut Judge<'_, '_>,
) {
    // Lines of a claim count into one or two accounts.
    let mut met: SmallVec<[Met; 4]> = SmallVec::new();
    // A line that two policies with one table speak about counts once.
    let mut steps: SmallVec<[Step; 4]> = SmallVec::new();
    let mut visited: SmallVec<[(&Accrual, u32); 4]> = SmallVec::new();
    for accrual in accruals {
        let amount = match accrual.measure {
            Measure::Amount(amount) => amount,
            Measure::Sessions(sessions) => {
                visited.push((accrual, sessions));
                continue;
            }
        };
        let year = accrual.date.year();
        let is_it = |met: &&Met| met.year == year && met.bucket == amount.bucket;
        let Met {
            threshold, account, ..
        } = if let Some(met) = met.iter().find(is_it) {
            *met
        } else {
            // A year without an amount can never be judged: nothing need be remembered of it.
            let Some(threshold) = judge.threshold(amount.bucket, year) else {
                continue;
            };
            let lines = accruals.iter().filter(
                |other| matches!(other.measure, Measure::Amount(of) if of.bucket == amount.bucket),
            );
            let account = record.open_account(year, amount.bucket, Some(threshold.amount));
            record.accounts[account].make_room(lines.count());
            let one = Met {
                year,
                bucket: amount.bucket,
                threshold,
                account,
            };
            met.push(one);
            one
        };
        if steps.last().is_some_and(|step| step.line != accrual.line) {
            steps.clear();
        }
        let is_it = |step: &&Step| step.line == accrual.line && step.bucket == amount.bucket;
        let account = &mut record.accounts[account];
        let after = if let Some(step) = steps.iter().rev().find(is_it) {
            step.after
        } else {
            account.count(number, accrual, &open(amount, may_repeat))
        };
        steps.push(Step {
            line: accrual.line,
            bucket: amount.bucket,
            after,
        });
        let place = (number, accrual.line);
        let table = judge.table(amount.bucket);
        let yearly = (year, amount.bucket, threshold);
        let found = judge.amount(accrual, yearly, after, || {
            *account.told.get_or_insert(place) == place
        });
        if let Some(hit) = found {
            hit.counted = record.explained(year, amount.bucket, place, threshold, table);
        }
    }
    // The latest visit may be listed first.
    visited.sort_by_key(|(accrual, _)| accrual.date);
    for (accrual, sessions) in visited {
        let count = SessionCount {
            sessions,
            may_repeat,
        };
        let policy = judge.policy(accrual.policy);
        if let Some(free) = policy.sessions {
            let visits = record.visits(policy.id);
            let place = (number, accrual.line);
            let beyond = visits.count(place, accrual.date, count, &free);
            judge.session(accrual, beyond);
        }
    }
}

fn open(amount: Amount, may_repeat: bool) -> Amount {
    Amount {
        low: if may_repeat { Cents::ZERO } else { amount.low },
        ..amount
    }
}

/// Judges a claim that was counted before as it was judged then.
fn judge_as_counted(
    record: &mut PatientRecord,
    number: u32,
    accruals: &[Accrual],
    judge: &mut Judge<'_, '_>,
) {
    if record.claims[number as usize].identity.frequency == Frequency::Void {
        return;
    }
    for accrual in accruals {
        match accrual.measure {
            Measure::Sessions(_) => {
                let policy = judge.policy(accrual.policy);
                if policy.sessions.is_some() {
                    let beyond = record.visits(policy.id).as_counted(number, accrual.line);
                    judge.session(accrual, beyond);
                }
            }
            Measure::Amount(amount) => {
                let year = accrual.date.year();
                let bucket = amount.bucket;
                let Some((account, threshold)) = record
                    .known_account(year, bucket)
                    .zip(judge.threshold(bucket, year))
                else {
                    continue;
                };
                let Some(at) = account.place_of(number, accrual.line) else {
                    continue;
                };
                let entry = &account.entries[at];
                let place = (number, accrual.line);
                let table = judge.table(bucket);
                let is_told_here = || account.told == Some(place);
                let yearly = (year, bucket, threshold);
                let found = judge.amount(accrual, yearly, entry.after, is_told_here);
                if let Some(hit) = found {
                    hit.counted = record.explained(year, bucket, place, threshold, table);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
