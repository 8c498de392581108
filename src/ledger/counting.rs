//! The state machine: claims come in the order received, each is counted once, and lines above an
//! amount are told of.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::money::Cents;
use crate::phi::PatientHash;
use crate::policy::{BucketId, PolicySet};
use crate::rule::{Accrual, Amount, Hit, Measure, sort_hits};

use super::account::Entry;
use super::compare::Judge;
use super::identity::{ClaimIdentity, Frequency, Span};
use super::order::{OrderError, OrderKey};
use super::patient::PatientRecord;
use super::total::Total;
use super::visits::SessionCount;

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
    /// It took the place of the claim at this place.
    Replaced(OrderKey),
    /// It took back the claim at this place.
    Voided(OrderKey),
    /// It replaces a claim that is not known: what it adds may have counted before.
    ReplacedUnknown,
    /// It voids a claim that is not known.
    VoidedUnknown,
}

/// Spreads patients, whose keyed hash is as good as random already: without the key nobody can make
/// them collide, so a hash of the hash would protect from nothing.
#[derive(Clone, Default)]
pub(super) struct PatientSpread(u64);

impl Hasher for PatientSpread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = self.0.rotate_left(29) ^ value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// All that was counted, by patient. It has no input or output: whoever feeds it decides what the
/// order is, and it refuses to go backwards.
#[derive(Clone)]
pub struct Ledger {
    policies: Arc<PolicySet>,
    pub(super) patients: HashMap<PatientHash, PatientRecord, BuildHasherDefault<PatientSpread>>,
    last: Option<OrderKey>,
}

impl Ledger {
    /// A ledger in which nothing has accrued.
    pub fn new(policies: Arc<PolicySet>) -> Self {
        Self {
            policies,
            patients: HashMap::default(),
            last: None,
        }
    }

    /// What is known of a patient.
    pub fn patient(&self, patient: PatientHash) -> Option<&PatientRecord> {
        self.patients.get(&patient)
    }

    /// Policies whose names stand for accounts.
    pub fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// True when something is known of a patient, or that nothing is.
    pub fn knows(&self, patient: PatientHash) -> bool {
        self.patients.contains_key(&patient)
    }

    /// Takes over what a store knows of a patient who was not known here.
    pub fn restore(&mut self, patient: PatientHash, record: PatientRecord) {
        self.patients.entry(patient).or_insert(record);
    }

    /// What this ledger knows of one patient: small enough to try out what a claim would do.
    #[must_use]
    pub fn of_patient(&self, patient: PatientHash) -> Self {
        let record = self.patients.get(&patient).cloned();
        Self {
            policies: Arc::clone(&self.policies),
            patients: record.map(|record| (patient, record)).into_iter().collect(),
            last: self.last,
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
        let record = self.patients.entry(claim.patient).or_default();
        let before = hits.len();
        let judge = Judge::new(&self.policies, hits);
        let counted = count(record, claim, judge);
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
        return Counted::Repeated(record.claims[same as usize].order);
    }
    let span = Span::of(accruals.iter().map(|accrual| accrual.date));
    let original = match identity.frequency {
        Frequency::Original | Frequency::Balance => None,
        Frequency::Replacement | Frequency::Void | Frequency::Remittance => {
            record.original(identity, span)
        }
    };
    let number = record.receive(order, identity, span);
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

/// Adds the lines of a claim. `may_repeat`: they may have counted before, in a claim that is not known.
fn add(
    record: &mut PatientRecord,
    number: u32,
    accruals: &[Accrual],
    may_repeat: bool,
    judge: &mut Judge<'_, '_>,
) {
    // A line that two policies with one table speak about counts once.
    let mut steps: SmallVec<[Step; 4]> = SmallVec::new();
    for accrual in accruals {
        let amount = match accrual.measure {
            Measure::Amount(amount) => amount,
            Measure::Sessions(sessions) => {
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
                continue;
            }
        };
        let year = accrual.date.year();
        // A year without an amount can never be judged: nothing need be remembered of it.
        let Some(threshold) = judge.threshold(amount.bucket, year) else {
            continue;
        };
        if steps.last().is_some_and(|step| step.line != accrual.line) {
            steps.clear();
        }
        let is_it = |step: &&Step| step.line == accrual.line && step.bucket == amount.bucket;
        let account = record.account(year, amount.bucket, Some(threshold.amount));
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
        let found = judge.amount(accrual, year, amount.bucket, after, || {
            *account.told.get_or_insert(place) == place
        });
        if let Some((hit, threshold)) = found {
            hit.counted = record.explained(year, amount.bucket, place, threshold, &table);
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
                let threshold = judge.threshold(amount.bucket, year);
                let threshold = threshold.map(|threshold| threshold.amount);
                let account = record.account(year, amount.bucket, threshold);
                let is_it = |entry: &&Entry| entry.line == accrual.line;
                let entry = account.of_claim(number).find(is_it);
                let Some(after) = entry.map(|entry| entry.after) else {
                    continue;
                };
                let told_here = account.told == Some((number, accrual.line));
                let (year, bucket) = (account.year, account.bucket);
                let table = judge.table(bucket);
                let found = judge.amount(accrual, year, bucket, after, || told_here);
                if let Some((hit, threshold)) = found {
                    let place = (number, accrual.line);
                    hit.counted = record.explained(year, bucket, place, threshold, &table);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::ProcedureCode;
    use crate::date::Date;
    use crate::finding::{Certainty, PolicyId, Severity};
    use crate::rule::AmountBasis;
    use crate::rule::example::test_set;

    /// 2,480.00 in 2026.
    const KX: &str = r#"
rule = "threshold"
finding = "KX813"
threshold = "test-amount"
modifiers = ["KX"]
"#;

    fn accrual(line: u32, low: i64, high: i64) -> Accrual {
        Accrual {
            line,
            policy: PolicyId(0),
            excused: false,
            code: ProcedureCode::new(b"97110"),
            charge: Cents::from_dollars(high),
            date: Date::constant(2026, 3, 2),
            measure: Measure::Amount(Amount {
                bucket: BucketId(0),
                low: Cents::from_dollars(low),
                high: Cents::from_dollars(high),
                basis: if low == high && low > 0 {
                    AmountBasis::Adjudicated
                } else {
                    AmountBasis::Charge
                },
            }),
        }
    }

    struct Run(Ledger, u64);

    impl Run {
        fn new(policies: &[&str]) -> Self {
            Self(Ledger::new(test_set(policies)), 0)
        }

        fn send(
            &mut self,
            patient: u64,
            identity: &ClaimIdentity,
            accruals: &[Accrual],
        ) -> (Counted, Vec<Hit>) {
            self.1 += 1;
            let received = Received {
                order: OrderKey {
                    file_seq: 0,
                    offset: self.1,
                },
                patient: PatientHash(patient),
                identity,
                accruals,
            };
            let mut hits = Vec::new();
            let counted = self.0.apply(received, &mut hits).unwrap();
            (counted, hits)
        }

        fn high(&self, patient: u64) -> i64 {
            let record = self.0.patient(PatientHash(patient)).unwrap();
            record.accounts[0].total().high.0 / 100
        }

        fn apply(&mut self, patient: u64, accruals: &[Accrual]) -> Vec<Hit> {
            self.1 += 1;
            let identity = ClaimIdentity {
                content: self.1,
                ..ClaimIdentity::default()
            };
            self.send(patient, &identity, accruals).1
        }
    }

    #[test]
    fn the_line_that_crosses_and_all_after_it_are_found() {
        let mut run = Run::new(&[KX]);
        assert!(run.apply(1, &[accrual(0, 0, 2480)]).is_empty());
        assert!(run.apply(2, &[accrual(0, 0, 2000)]).is_empty());
        let hits = run.apply(1, &[accrual(0, 0, 50), accrual(1, 0, 10)]);
        assert_eq!(hits.len(), 2);
        assert_eq!(hits[0].severity, Severity::Warning);
        assert_eq!(hits[0].certainty, Certainty::Possible);
        assert_eq!(
            hits[0].message,
            "97110 brings Test of 2026 to 2,530.00 by charges, 50.00 above the 2,480.00 \
             threshold, without KX; charges overstate what Medicare allows"
        );
        assert_eq!(hits[1].at_risk, Cents::from_dollars(10));
    }

    #[test]
    fn only_what_was_allowed_makes_it_certain() {
        let mut run = Run::new(&[KX]);
        let hits = run.apply(1, &[accrual(0, 2500, 2500)]);
        assert_eq!(hits[0].severity, Severity::Error);
        assert_eq!(hits[0].certainty, Certainty::Certain);
        assert!(
            hits[0]
                .message
                .contains("to 2,500.00 by adjudicated amounts, 20.00 above")
        );
        let hits = run.apply(1, &[accrual(0, 0, 100)]);
        assert!(
            hits[0]
                .message
                .contains("to at least 2,500.00 by adjudicated")
        );
    }

    #[test]
    fn a_national_estimate_is_likely_and_no_error() {
        let mut run = Run::new(&[KX]);
        let mut estimated = accrual(0, 2500, 2600);
        if let Measure::Amount(amount) = &mut estimated.measure {
            amount.basis = AmountBasis::FeeSchedule;
        }
        let hits = run.apply(1, &[estimated]);
        assert_eq!(hits[0].certainty, Certainty::Likely);
        assert_eq!(hits[0].severity, Severity::Warning);
        assert!(
            hits[0]
                .message
                .contains("to at least 2,500.00 by the national fee schedule, 20.00 above"),
            "{}",
            hits[0].message
        );
        let mut near = estimated;
        if let Measure::Amount(amount) = &mut near.measure {
            (amount.low, amount.high) = (Cents::from_dollars(2400), Cents::from_dollars(2490));
        }
        let hits = run.apply(2, &[near]);
        assert_eq!(hits[0].certainty, Certainty::Possible);
        assert!(
            hits[0].message.contains(
                "to between 2,400.00 and 2,490.00 by the national fee schedule, up to 10.00 above"
            ),
            "{}",
            hits[0].message
        );
    }

    #[test]
    fn a_line_with_its_modifier_counts_and_is_not_found() {
        let mut run = Run::new(&[KX]);
        let mut first = accrual(0, 0, 3000);
        first.excused = true;
        assert!(run.apply(1, &[first]).is_empty());
        assert_eq!(run.apply(1, &[accrual(0, 0, 0)]).len(), 1);
    }

    #[test]
    fn years_have_their_own_totals_and_unknown_years_are_uncertain() {
        let mut run = Run::new(&[KX]);
        let of = |year, accrual: Accrual| Accrual {
            date: Date::constant(year, 3, 2),
            ..accrual
        };
        assert!(run.apply(1, &[of(2025, accrual(0, 9000, 9000))]).is_empty());
        assert!(run.apply(1, &[accrual(0, 2000, 2000)]).is_empty());
        let hits = run.apply(1, &[of(2027, accrual(0, 2481, 2481))]);
        assert_eq!(hits[0].certainty, Certainty::Possible);
        assert_eq!(hits[0].severity, Severity::Warning);
        assert!(hits[0].message.contains("that of 2027 is not known"));
    }

    #[test]
    fn policies_with_one_table_share_an_account() {
        let mut run = Run::new(&[KX, KX]);
        let second = |accrual| Accrual {
            policy: PolicyId(1),
            ..accrual
        };
        // Both speak about line 0, which counts once.
        let both = [accrual(0, 0, 1300), second(accrual(0, 0, 1300))];
        assert!(run.apply(1, &both).is_empty());
        let hits = run.apply(1, &[second(accrual(0, 0, 1300))]);
        assert_eq!(hits.len(), 1);
        assert!(hits[0].message.contains("to 2,600.00"));
    }

    #[test]
    fn an_amount_that_asks_for_nothing_is_told_once() {
        let review = KX.replace("modifiers = [\"KX\"]\n", "");
        let mut run = Run::new(&[&review]);
        let hits = run.apply(1, &[accrual(0, 0, 2500), accrual(1, 0, 10)]);
        assert_eq!(hits.len(), 1);
        assert!(!hits[0].message.contains("without"));
        assert!(run.apply(1, &[accrual(0, 0, 500)]).is_empty());
        assert_eq!(run.apply(2, &[accrual(0, 0, 2500)]).len(), 1);
    }

    #[test]
    fn keys_that_do_not_go_forward_are_refused_and_nothing_is_counted() {
        let mut run = Run::new(&[KX]);
        run.apply(1, &[accrual(0, 0, 2000)]);
        let mut hits = Vec::new();
        for offset in [0, 2] {
            let order = OrderKey {
                file_seq: 0,
                offset,
            };
            let received = Received {
                order,
                patient: PatientHash(1),
                identity: &ClaimIdentity::default(),
                accruals: &[accrual(0, 0, 2000)],
            };
            let error = run.0.apply(received, &mut hits).unwrap_err();
            assert_eq!(error.key, order);
        }
        assert!(hits.is_empty());
        assert!(run.apply(1, &[accrual(0, 0, 100)]).is_empty());
    }

    fn claim(id: &str, frequency: Frequency, original: &str, content: u64) -> ClaimIdentity {
        ClaimIdentity {
            id: id.into(),
            provider: "1999900016".into(),
            original: original.into(),
            frequency,
            content,
        }
    }

    #[test]
    fn a_claim_that_comes_twice_counts_once_and_is_judged_as_before() {
        let mut run = Run::new(&[KX]);
        let a = claim("A", Frequency::Original, "", 1);
        let b = claim("B", Frequency::Original, "", 2);
        let (counted, first) = run.send(1, &a, &[accrual(0, 0, 2490)]);
        assert_eq!((counted, first.len()), (Counted::Added, 1));
        run.send(1, &b, &[accrual(0, 0, 100)]);
        let (counted, again) = run.send(1, &a, &[accrual(0, 0, 2490)]);
        assert!(matches!(counted, Counted::Repeated(order) if order.offset == 1));
        assert_eq!(again, first);
        assert_eq!(run.high(1), 2590);
        // The same number for another visit is another claim.
        let other = claim("A", Frequency::Original, "", 3);
        assert_eq!(run.send(1, &other, &[accrual(0, 0, 10)]).0, Counted::Added);
        assert_eq!(run.high(1), 2600);
    }

    #[test]
    fn replacements_and_voids_take_back_once() {
        let mut run = Run::new(&[KX]);
        let a = claim("A", Frequency::Original, "", 1);
        let b = claim("B", Frequency::Replacement, "A", 2);
        let void = claim("A", Frequency::Void, "B", 2);
        run.send(1, &a, &[accrual(0, 0, 1000), accrual(1, 0, 500)]);
        let (counted, _) = run.send(1, &b, &[accrual(0, 0, 700)]);
        assert!(matches!(counted, Counted::Replaced(order) if order.offset == 1));
        assert_eq!(run.high(1), 700);
        // Replays of both change nothing.
        for identity in [&a, &b] {
            let (counted, _) = run.send(1, identity, &[accrual(0, 0, 1)]);
            assert!(matches!(counted, Counted::Repeated(_)));
        }
        assert_eq!(run.high(1), 700);
        let (counted, _) = run.send(1, &void, &[accrual(0, 0, 700)]);
        assert!(matches!(counted, Counted::Voided(order) if order.offset == 2));
        assert_eq!(run.high(1), 0);
        let (counted, _) = run.send(1, &void, &[accrual(0, 0, 700)]);
        assert!(matches!(counted, Counted::Repeated(_)));
        assert_eq!(run.high(1), 0);
    }

    #[test]
    fn without_a_reference_number_and_days_tell_the_original() {
        let on = |day, amount| Accrual {
            date: Date::constant(2026, 3, day),
            ..accrual(0, 0, amount)
        };
        let mut run = Run::new(&[KX]);
        run.send(1, &claim("A", Frequency::Original, "", 1), &[on(2, 100)]);
        run.send(1, &claim("A", Frequency::Original, "", 2), &[on(9, 200)]);
        let seven = claim("A", Frequency::Replacement, "PAYERS-OWN", 3);
        let (counted, _) = run.send(1, &seven, &[on(2, 50)]);
        assert!(matches!(counted, Counted::Replaced(order) if order.offset == 1));
        assert_eq!(run.high(1), 250);
        // Nothing of these is known.
        let stranger = claim("Z", Frequency::Void, "", 4);
        let (counted, _) = run.send(1, &stranger, &[on(2, 50)]);
        assert_eq!(counted, Counted::VoidedUnknown);
        let stranger = claim("Y", Frequency::Replacement, "", 5);
        let (counted, _) = run.send(1, &stranger, &[accrual(0, 60, 70)]);
        assert_eq!(counted, Counted::ReplacedUnknown);
        let total = run.0.patient(PatientHash(1)).unwrap().accounts[0].total();
        // It may have counted before.
        assert_eq!((total.low, total.high.0), (Cents::ZERO, 32_000));
    }
}
