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
             threshold, without KX; charges overstate what is allowed"
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
fn what_the_payer_has_decided_is_enough_to_be_certain() {
    let estimated = |low| {
        let mut estimated = accrual(0, low, low + 10);
        if let Measure::Amount(amount) = &mut estimated.measure {
            amount.basis = AmountBasis::FeeSchedule;
        }
        estimated
    };
    let mut run = Run::new(&[KX]);
    let mut decided = accrual(0, 2481, 2481);
    decided.excused = true;
    run.apply(1, &[decided]);
    let hits = run.apply(1, &[estimated(40)]);
    assert_eq!(hits[0].severity, Severity::Error);
    assert_eq!(hits[0].certainty, Certainty::Certain);
    // Exactly at the amount, the estimate decides.
    decided.measure = accrual(0, 2480, 2480).measure;
    run.apply(2, &[decided]);
    let hits = run.apply(2, &[estimated(40)]);
    assert_eq!(hits[0].certainty, Certainty::Likely);
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
        decided: None,
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
    let visit = Accrual {
        date: Date::constant(2026, 9, 9),
        ..accrual(0, 0, 10)
    };
    assert_eq!(run.send(1, &other, &[visit]).0, Counted::Added);
    assert_eq!(run.high(1), 2600);
}

#[test]
fn a_claim_that_is_put_right_takes_the_place_of_what_it_was() {
    let mut run = Run::new(&[KX]);
    let of = |content| claim("A", Frequency::Original, "", content);
    run.send(1, &of(1), &[accrual(0, 0, 2490), accrual(1, 0, 10)]);
    // With the modifier, and then with another charge.
    let mut lines = [accrual(0, 0, 2490), accrual(1, 0, 10)];
    lines[0].excused = true;
    let (counted, hits) = run.send(1, &of(2), &lines);
    assert!(matches!(counted, Counted::Resubmitted(order) if order.offset == 1));
    assert_eq!((run.high(1), hits.len()), (2500, 1));
    lines[1] = accrual(1, 0, 20);
    assert!(
        matches!(run.send(1, &of(3), &lines).0, Counted::Resubmitted(order) if order.offset == 2)
    );
    assert_eq!(run.high(1), 2510);
    // What it was before is gone; fewer lines are another claim, and so is another patient's.
    assert!(matches!(
        run.send(1, &of(1), &lines).0,
        Counted::RepeatedGone(_)
    ));
    assert_eq!(run.send(1, &of(4), &lines[..1]).0, Counted::Added);
    assert_eq!(run.send(2, &of(2), &lines).0, Counted::Added);
    let nameless = ClaimIdentity {
        content: 9,
        ..ClaimIdentity::default()
    };
    run.send(3, &nameless, &lines);
    let nameless = ClaimIdentity {
        content: 10,
        ..nameless
    };
    assert_eq!(run.send(3, &nameless, &lines).0, Counted::Added);
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
        let is_gone = identity == &a;
        assert_eq!(matches!(counted, Counted::RepeatedGone(_)), is_gone);
        assert_eq!(matches!(counted, Counted::Repeated(_)), !is_gone);
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
