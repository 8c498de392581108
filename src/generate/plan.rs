//! Decides what the next claim is about and which of its lines are at risk.

use super::claim::{
    COMMERCIAL, Claim, Line, MEDICAID, MEDICARE_A, MEDICARE_ADVANTAGE, MEDICARE_B, OtherPayer,
    Payer,
};
use super::codes;
use super::people::{Age, Person};
use super::random::Random;
use super::therapy::Ring;
use crate::finding::ClaimKind;

/// Last day of service used: 1 November, before the day on which the file is written.
pub(super) const LAST_DAY: u32 = 304;

/// Keeps the share of lines at risk near its aim.
#[derive(Debug)]
pub(super) struct Budget {
    share: f64,
    lines: u64,
    at_risk: u64,
}

impl Budget {
    pub(super) const fn new(share: f64) -> Self {
        Self {
            share,
            lines: 0,
            at_risk: 0,
        }
    }

    /// Lines at risk that are due by now.
    #[allow(clippy::cast_precision_loss, reason = "a share needs no precision")]
    fn due(&self) -> f64 {
        self.share * (self.lines as f64 + 2.0) - self.at_risk as f64
    }

    /// True when the line that could be put at risk shall be: the caller must then do so.
    /// Not every chance is taken, so that the kinds of risk mix.
    #[allow(clippy::cast_sign_loss, reason = "bounded before the cast")]
    pub(super) fn take(&mut self, random: &mut Random) -> bool {
        let due = self.due();
        let percent = (40.0 + due * 4.0).clamp(0.0, 100.0) as u32;
        let taken = due > 0.0 && random.chance(percent);
        self.at_risk += u64::from(taken);
        taken
    }

    /// True when ordinary claims alone would miss the aim.
    fn is_behind(&self) -> bool {
        self.due() > 6.0
    }
}

/// Plans one claim after the other.
#[derive(Debug)]
pub(super) struct Planner {
    pub(super) random: Random,
    pub(super) budget: Budget,
    pub(super) ring: Ring,
    pub(super) seed: u64,
    pub(super) year: i16,
    kind: ClaimKind,
    people: u64,
}

impl Planner {
    pub(super) fn new(kind: ClaimKind, seed: u64, year: i16, at_risk: f64, ring: Ring) -> Self {
        Self {
            random: Random::new(seed, u64::MAX),
            budget: Budget::new(at_risk),
            ring,
            seed,
            year,
            kind,
            people: 0,
        }
    }

    pub(super) fn is_institutional(&self) -> bool {
        self.kind == ClaimKind::Institutional
    }

    /// The number of a person who has not been seen yet.
    pub(super) fn next_number(&mut self) -> u64 {
        self.people += 1;
        self.people
    }

    /// A person who has not been seen yet.
    pub(super) fn new_person(&mut self, age: Age) -> Person {
        let number = self.next_number();
        Person::new(self.seed, number, age)
    }

    /// Plans the next claim, of any topic.
    pub(super) fn plan(&mut self, claim: &mut Claim) {
        // Topics that have rules are drawn from the end of the scale.
        let draw = if self.budget.is_behind() {
            self.random.between(56, 99)
        } else {
            self.random.below(100)
        };
        match self.kind {
            ClaimKind::Professional => match draw {
                ..65 => self.ordinary(claim),
                65..74 => self.therapy_in_ring(claim),
                74..76 => self.therapy_once(claim, true),
                76..79 => self.therapy_once(claim, false),
                79..92 => self.equipment(claim),
                92..96 => self.sex(claim),
                96..97 => self.pacemaker(claim),
                _ => self.colonoscopy(claim),
            },
            ClaimKind::Institutional => match draw {
                ..52 => self.outpatient(claim),
                52..68 => self.inpatient(claim),
                68..84 => self.therapy_in_ring(claim),
                84..86 => self.therapy_once(claim, true),
                86..90 => self.therapy_once(claim, false),
                90..96 => self.sex(claim),
                _ => self.colonoscopy(claim),
            },
            ClaimKind::Dental => self.dental(claim, draw >= 80),
        }
        self.count(claim);
    }

    /// Plans one more ordinary claim for the same patient and payer.
    pub(super) fn plan_follow_up(&mut self, claim: &mut Claim) {
        claim.lines.clear();
        claim.frequency = "1";
        claim.other = OtherPayer::None;
        self.visit_lines(claim);
        self.count(claim);
    }

    fn count(&mut self, claim: &Claim) {
        self.budget.lines += claim.lines.len() as u64;
    }

    /// A day on which something may be done, leaving room for a month's rental.
    pub(super) fn day(&mut self) -> u32 {
        self.random.below(LAST_DAY - 31)
    }

    /// A price with some variety.
    pub(super) fn price(&mut self, cents: i64) -> i64 {
        cents + i64::from(self.random.below(9)) * 25
    }

    pub(super) fn medicare(&mut self) -> Payer {
        self.random.pick(match self.kind {
            ClaimKind::Institutional => MEDICARE_A,
            _ => MEDICARE_B,
        })
    }

    /// Resets the claim for a new patient of any payer.
    pub(super) fn anybody(&mut self, claim: &mut Claim) {
        let (payer, age) = match self.random.below(100) {
            ..45 => (self.random.pick(COMMERCIAL), Age::Adult),
            45..63 => (self.random.pick(MEDICAID), Age::Adult),
            63..90 => (self.medicare(), Age::Senior),
            _ => (self.random.pick(MEDICARE_ADVANTAGE), Age::Senior),
        };
        let subscriber = self.new_person(age);
        claim.reset(payer, subscriber);
        if matches!(payer.filing, "CI" | "BL") && self.random.chance(35) {
            claim.dependent = Some(self.new_person(Age::Child));
        }
        claim.other = match self.random.below(100) {
            ..8 => OtherPayer::Follows,
            8..16 if payer.filing != "MC" => OtherPayer::Paid,
            _ => OtherPayer::None,
        };
        claim.frequency = self.random.pick(&[
            "1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "7", "8",
        ]);
    }

    pub(super) fn diagnose(&mut self, claim: &mut Claim, first: &'static str, others: u32) {
        claim.diagnoses.push(first);
        let start = self.random.below(codes::DIAGNOSES.len() as u32) as usize;
        for step in 0..others as usize {
            let code = codes::DIAGNOSES[(start + step) % codes::DIAGNOSES.len()];
            if code != first {
                claim.diagnoses.push(code);
            }
        }
    }

    fn ordinary(&mut self, claim: &mut Claim) {
        self.anybody(claim);
        claim.facility = self
            .random
            .pick(&["11", "11", "11", "11", "22", "21", "23", "02", "81"]);
        let first = self.random.pick(codes::DIAGNOSES);
        let others = if self.random.chance(5) {
            11
        } else {
            self.random.below(4)
        };
        self.diagnose(claim, first, others);
        self.visit_lines(claim);
    }

    fn visit_lines(&mut self, claim: &mut Claim) {
        let day = self.day();
        let services = self.random.below(5);
        if services == 0 || self.random.chance(70) {
            let (code, cents) = self.random.pick(codes::VISITS);
            let mut line = Line::new(code, self.price(cents), day);
            if services > 0 && self.random.chance(25) {
                line.modify("25");
            }
            claim.lines.push(line);
        }
        let start = self.random.below(codes::SERVICES.len() as u32) as usize;
        for step in 0..services as usize {
            let (code, cents) = codes::SERVICES[(start + step) % codes::SERVICES.len()];
            let mut line = Line::new(code, self.price(cents), day);
            match code {
                "J1885" => line = line.times(self.random.between(1, 4)),
                "20610" => line.modify(self.random.pick(&["RT", "LT", "50"])),
                "71046" if self.random.chance(30) => line.modify("26"),
                _ => {}
            }
            claim.lines.push(line);
        }
    }

    /// A service of one sex. On a professional claim KX tells that a conflict is real, on an
    /// institutional one condition code 45.
    fn sex(&mut self, claim: &mut Claim) {
        let payer = if self.random.chance(75) {
            self.medicare()
        } else {
            self.random.pick(COMMERCIAL)
        };
        let patient = self.new_person(Age::Senior);
        claim.reset(payer, patient);
        let day = self.day();
        self.diagnose(claim, "Z0000", 1);
        let female_service = self.random.chance(60);
        let mut line = if self.kind == ClaimKind::Institutional {
            claim.facility = "13";
            let (revenue, code, cents) = self.random.pick(if female_service {
                codes::FEMALE_HOSPITAL
            } else {
                codes::MALE_HOSPITAL
            });
            let mut line = Line::new(code, self.price(cents), day);
            line.revenue = revenue;
            line
        } else {
            let visit = Line::new("99213", self.price(12_500), day);
            claim.lines.push(visit);
            let (code, cents) = self.random.pick(if female_service {
                codes::FEMALE_SERVICES
            } else {
                codes::MALE_SERVICES
            });
            Line::new(code, self.price(cents), day)
        };
        let medicare = matches!(payer.filing, "MA" | "MB");
        let at_risk = medicare && self.budget.take(&mut self.random);
        // Three of ten clean look-alikes conflict as well, but say that it is meant.
        let conflict = at_risk || self.random.chance(30);
        claim.subscriber.male = conflict == female_service;
        match (self.kind, at_risk) {
            (ClaimKind::Institutional, true) => line.rule = Some("KX302"),
            (ClaimKind::Institutional, false) => claim.condition_45 = conflict && medicare,
            (_, true) => line.rule = Some("KX301"),
            (_, false) if conflict && medicare => line.modify("KX"),
            (_, false) => {}
        }
        claim.lines.push(line);
    }

    /// A pacemaker insertion, which needs KX.
    fn pacemaker(&mut self, claim: &mut Claim) {
        let payer = self.medicare();
        let patient = self.new_person(Age::Senior);
        claim.reset(payer, patient);
        claim.facility = "21";
        let first = self.random.pick(&["I442", "I495"]);
        self.diagnose(claim, first, 2);
        let code = self.random.pick(&["33206", "33207", "33208"]);
        let day = self.day();
        let mut line = Line::new(code, self.price(148_000), day);
        if self.budget.take(&mut self.random) {
            line.rule = Some("KX401");
        } else {
            line.modify("KX");
        }
        claim.lines.push(line);
    }

    /// A colonoscopy with removal of a polyp: PT may stand there, KX not (from 2023 on).
    fn colonoscopy(&mut self, claim: &mut Claim) {
        let payer = if self.random.chance(80) {
            self.medicare()
        } else {
            self.random.pick(COMMERCIAL)
        };
        let patient = self.new_person(Age::Senior);
        claim.reset(payer, patient);
        self.diagnose(claim, "K635", 1);
        let day = self.day();
        let mut line = Line::new("45385", self.price(97_500), day);
        if self.kind == ClaimKind::Institutional {
            claim.facility = "13";
            line.revenue = "0750";
        } else {
            claim.facility = "24";
        }
        let medicare = matches!(payer.filing, "MA" | "MB");
        if medicare && self.year >= 2023 && self.budget.take(&mut self.random) {
            line.modify("KX");
            line.rule = Some("KX403");
        } else if medicare && self.random.chance(70) {
            line.modify("PT");
        }
        claim.lines.push(line);
    }
}
