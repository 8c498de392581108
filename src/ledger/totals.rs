//! The state machine.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::finding::{Certainty, PolicyId, RuleKind, Severity};
use crate::money::Cents;
use crate::phi::PatientHash;
use crate::policy::{BucketId, Policy, PolicySet, YearlyAmount};
use crate::rule::{Accrual, Amount, AmountBasis, Hit, Measure, SessionCount, Spot, sort_hits};

use super::message;
use super::visits::Visits;

/// The place of a claim in the order received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey {
    /// Number of the file in the order received.
    pub file_seq: u32,
    /// Byte offset of the claim in its file.
    pub offset: u64,
}

/// Claims came in another order than they were received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "claim at file {}, byte {} was counted after file {}, byte {}: totals would be wrong",
    .key.file_seq, .key.offset, .last.file_seq, .last.offset
)]
pub struct OrderError {
    /// The key that was refused.
    pub key: OrderKey,
    /// The last key that was counted.
    pub last: OrderKey,
}

/// What has accrued: at least `low`, at most `high`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub low: Cents,
    pub high: Cents,
    pub bases: Bases,
}

/// What a total rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bases(u8);

impl Bases {
    const fn bit(basis: AmountBasis) -> u8 {
        match basis {
            AmountBasis::Adjudicated => 1,
            AmountBasis::FeeSchedule => 2,
            AmountBasis::Charge => 4,
        }
    }

    /// True when amounts of this basis are in the total.
    pub const fn has(self, basis: AmountBasis) -> bool {
        self.0 & Self::bit(basis) != 0
    }

    const fn with(self, basis: AmountBasis) -> Self {
        Self(self.0 | Self::bit(basis))
    }
}

/// Policies that name one table of amounts count into one account: the professional and the
/// institutional lines of a discipline, say.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Account {
    patient: PatientHash,
    year: i16,
    bucket: BucketId,
}

/// Spreads accounts by their patient, whose keyed hash is as good as random already: without the
/// key nobody can make accounts collide, so a hash of the hash would protect from nothing.
#[derive(Default)]
struct AccountHasher(u64);

impl Hasher for AccountHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = self.0.rotate_left(29) ^ value;
    }

    fn write_u16(&mut self, value: u16) {
        self.write_u64(u64::from(value));
    }

    fn write_i16(&mut self, value: i16) {
        self.write_u64(u64::from(value.cast_unsigned()));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A line in its account.
#[derive(Clone, Copy)]
struct Step {
    account: Account,
    year: i16,
    line: u32,
    bucket: BucketId,
    after: Total,
}

impl Step {
    fn is_of(&self, accrual: &Accrual, bucket: BucketId) -> bool {
        self.line == accrual.line && self.bucket == bucket
    }
}

/// Totals of one run.
#[derive(Clone)]
pub struct Ledger {
    policies: Arc<PolicySet>,
    totals: HashMap<Account, Total, BuildHasherDefault<AccountHasher>>,
    /// Amounts that were told of, by policies that tell once.
    told: HashSet<(Account, PolicyId)>,
    /// Sessions by patient and policy.
    visits: HashMap<(PatientHash, PolicyId), Visits>,
    last: Option<OrderKey>,
    /// How many hits of the claim at hand were there before it was counted.
    judged: usize,
}

impl Ledger {
    /// A ledger in which nothing has accrued.
    pub fn new(policies: Arc<PolicySet>) -> Self {
        Self {
            policies,
            totals: HashMap::default(),
            told: HashSet::new(),
            visits: HashMap::default(),
            last: None,
            judged: 0,
        }
    }

    /// What this ledger knows of one patient: small enough to try out what a claim would do.
    #[must_use]
    pub fn of_patient(&self, patient: PatientHash) -> Self {
        let is_theirs = |account: &Account| account.patient == patient;
        let totals = self.totals.iter();
        let visits = self.visits.iter();
        let told = self.told.iter();
        Self {
            policies: Arc::clone(&self.policies),
            totals: totals
                .filter(|(account, _)| is_theirs(account))
                .map(|(account, total)| (*account, *total))
                .collect(),
            told: told
                .filter(|(account, _)| is_theirs(account))
                .copied()
                .collect(),
            visits: visits
                .filter(|((of, _), _)| *of == patient)
                .map(|(key, visits)| (*key, visits.clone()))
                .collect(),
            last: self.last,
            judged: self.judged,
        }
    }

    /// Counts the accruals of one claim and adds a hit for each line that stands above its
    /// threshold without an excuse. `hits` are those of the claim; they stay in order.
    ///
    /// # Errors
    /// When `key` is not greater than that of the claim before. Nothing is counted then.
    pub fn apply(
        &mut self,
        key: OrderKey,
        patient: PatientHash,
        accruals: &[Accrual],
        hits: &mut Vec<Hit>,
    ) -> Result<(), OrderError> {
        if let Some(last) = self.last.filter(|last| key <= *last) {
            return Err(OrderError { key, last });
        }
        self.last = Some(key);
        let before = hits.len();
        self.judged = before;
        // A line that two policies with one table speak about counts once.
        let mut steps: SmallVec<[Step; 4]> = SmallVec::new();
        for accrual in accruals {
            let amount = match accrual.measure {
                Measure::Amount(amount) => amount,
                Measure::Sessions(count) => {
                    self.visit(patient, accrual, count, hits);
                    continue;
                }
            };
            let year = accrual.date.year();
            // A year without an amount can never be judged: nothing need be remembered of it.
            let Some(threshold) = self.policies.threshold(amount.bucket).amount(year) else {
                continue;
            };
            if steps.last().is_some_and(|step| step.line != accrual.line) {
                steps.clear();
            }
            let this = match steps
                .iter()
                .rev()
                .find(|step| step.is_of(accrual, amount.bucket))
            {
                Some(step) => *step,
                None => self.count(patient, accrual, &amount),
            };
            steps.push(this);
            self.compare(accrual, this, threshold, hits);
        }
        if hits.len() > before {
            sort_hits(hits);
        }
        Ok(())
    }

    /// Adds the amount of a line to its account.
    fn count(&mut self, patient: PatientHash, accrual: &Accrual, amount: &Amount) -> Step {
        let account = Account {
            patient,
            year: accrual.date.year(),
            bucket: amount.bucket,
        };
        let total = self.totals.entry(account).or_default();
        let before = *total;
        total.low = before.low.plus(amount.low.max(Cents::ZERO));
        total.high = before.high.plus(amount.high.max(Cents::ZERO));
        total.bases = before.bases.with(amount.basis);
        Step {
            account,
            line: accrual.line,
            year: account.year,
            bucket: amount.bucket,
            after: *total,
        }
    }

    fn compare(
        &mut self,
        accrual: &Accrual,
        step: Step,
        threshold: YearlyAmount,
        hits: &mut Vec<Hit>,
    ) {
        let policy = self.policies.policy(accrual.policy);
        let is_early_use = policy.kind == RuleKind::RoutineUse;
        let is_found = if is_early_use {
            step.after.high.plus(step.after.high) < threshold.amount
        } else {
            step.after.high > threshold.amount
        };
        if !is_found || accrual.excused || self.is_told(policy, accrual.line, hits) {
            return;
        }
        // A policy without modifiers asks for nothing on the line: it tells once.
        if policy.modifiers.is_empty() && !self.told.insert((step.account, policy.id)) {
            return;
        }
        let basis = message::Basis {
            policies: &self.policies,
            bucket: step.bucket,
            year: step.year,
            total: step.after,
            threshold,
        };
        let (severity, certainty, text) = if is_early_use {
            (
                self.severity(policy),
                policy.certainty,
                message::early(accrual, &basis),
            )
        } else {
            let severity = self.policies.severity(policy, policy.rule);
            let (severity, certainty) = self.judge(severity, step.after, threshold, step.year);
            // What asks for nothing on the line says no more than its policy does.
            let certainty = if policy.modifiers.is_empty() {
                certainty.min(policy.certainty)
            } else {
                certainty
            };
            (severity, certainty, message::above(accrual, &basis))
        };
        hits.push(Hit {
            severity,
            certainty,
            ..self.hit(policy, accrual, text)
        });
    }

    /// Adds the sessions of a line and tells when they are more than need no modifier.
    fn visit(
        &mut self,
        patient: PatientHash,
        accrual: &Accrual,
        count: SessionCount,
        hits: &mut Vec<Hit>,
    ) {
        let policy = self.policies.policy(accrual.policy);
        let Some(sessions) = policy.sessions else {
            return;
        };
        let visits = self.visits.entry((patient, policy.id)).or_default();
        let beyond = visits.add(accrual.date, count, &sessions);
        if let Some(beyond) = beyond.filter(|_| !accrual.excused)
            && !self.is_told(policy, accrual.line, hits)
        {
            let text = message::session(policy, accrual, &sessions, beyond);
            hits.push(self.hit(policy, accrual, text));
        }
    }

    /// True when a line under two policies of one rule is told of already: those judged before
    /// stand in front, in the order of the lines, those told here behind.
    fn is_told(&self, policy: &Policy, line: u32, hits: &[Hit]) -> bool {
        let about = |hit: &&Hit| hit.line == Some(line);
        let judged = hits[..self.judged].partition_point(|hit| hit.line < Some(line));
        hits[judged..self.judged]
            .iter()
            .take_while(about)
            .chain(hits[self.judged..].iter().rev().take_while(about))
            .any(|hit| hit.rule == policy.rule)
    }

    /// Only when even the least that may have been allowed is above a known amount is it an
    /// error; certain, when that least is no national average.
    fn judge(
        &self,
        severity: Severity,
        total: Total,
        threshold: YearlyAmount,
        year: i16,
    ) -> (Severity, Certainty) {
        // An average is nobody's price, and indices of another year are no price of this one.
        let is_average =
            total.bases.has(AmountBasis::FeeSchedule) && !self.policies.fees().is_of_locality(year);
        let (certainty, most) = if total.low <= threshold.amount || !threshold.known {
            (Certainty::Possible, Certainty::Possible.cap())
        } else if is_average {
            (Certainty::Likely, Severity::Warning)
        } else {
            (Certainty::Certain, Severity::Error)
        };
        let severity = severity.min(most).min(threshold.confidence.cap());
        (severity, certainty)
    }

    fn severity(&self, policy: &Policy) -> Severity {
        let severity = self.policies.severity(policy, policy.rule);
        severity.min(policy.certainty.cap())
    }

    fn hit(&self, policy: &Policy, accrual: &Accrual, message: String) -> Hit {
        Hit {
            policy: policy.id,
            rule: policy.rule,
            severity: self.severity(policy),
            certainty: policy.certainty,
            line: Some(accrual.line),
            spot: Spot::Code,
            message,
            advice: None,
            at_risk: accrual.charge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::ProcedureCode;
    use crate::date::Date;
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

        fn apply(&mut self, patient: u64, accruals: &[Accrual]) -> Vec<Hit> {
            self.1 += 1;
            let key = OrderKey {
                file_seq: 0,
                offset: self.1,
            };
            let mut hits = Vec::new();
            let applied = self.0.apply(key, PatientHash(patient), accruals, &mut hits);
            assert_eq!(applied, Ok(()));
            hits
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
        for offset in [0, 1] {
            let key = OrderKey {
                file_seq: 0,
                offset,
            };
            let error = run
                .0
                .apply(key, PatientHash(1), &[accrual(0, 0, 2000)], &mut hits)
                .unwrap_err();
            assert_eq!(error.key, key);
        }
        assert!(hits.is_empty());
        assert!(run.apply(1, &[accrual(0, 0, 100)]).is_empty());
    }
}
