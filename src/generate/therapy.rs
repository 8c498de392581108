//! Outpatient therapy: patients whose year-to-date amounts cross the yearly threshold.

use super::claim::{COMMERCIAL, Claim, Line, OtherPayer, Topic};
use super::fees;
use super::people::{Age, Person};
use super::plan::{LAST_DAY, Planner};
use crate::money::Cents;

/// Dollars above which Medicare pays outpatient therapy only with KX, by calendar year; the
/// same for physical therapy with speech-language pathology and for occupational therapy.
/// Source: the yearly CMS announcements of the KX modifier thresholds (Bipartisan Budget Act
/// of 2018, section 50202).
const THRESHOLDS: &[(i16, i64)] = &[
    (2018, 2_010),
    (2019, 2_040),
    (2020, 2_080),
    (2021, 2_110),
    (2022, 2_150),
    (2023, 2_230),
    (2024, 2_330),
    (2025, 2_410),
    (2026, 2_480),
];

/// The threshold of a year; `None` for a year that is not in the table.
pub(super) fn threshold(year: i16) -> Option<Cents> {
    THRESHOLDS
        .iter()
        .find(|row| row.0 == year)
        .map(|row| Cents::from_dollars(row.1))
}

/// A discipline with its modifier, that of its assistants, and its services.
#[derive(Debug)]
struct Discipline {
    modifier: &'static str,
    assistant: Option<&'static str>,
    revenue: &'static str,
    diagnosis: &'static str,
    /// Index into [`Patient::totals`].
    bucket: usize,
    evaluation: (&'static str, i64),
    services: &'static [(&'static str, i64)],
}

const PHYSICAL: Discipline = Discipline {
    modifier: "GP",
    assistant: Some("CQ"),
    revenue: "0420",
    diagnosis: "M542",
    bucket: 0,
    evaluation: ("97161", 18_500),
    services: &[
        ("97110", 8_450),
        ("97140", 7_825),
        ("97112", 8_800),
        ("97530", 9_250),
    ],
};
const OCCUPATIONAL: Discipline = Discipline {
    modifier: "GO",
    assistant: Some("CO"),
    revenue: "0430",
    diagnosis: "M6281",
    bucket: 1,
    evaluation: ("97165", 18_900),
    services: &[("97535", 9_100), ("97530", 9_250), ("97110", 8_450)],
};
const SPEECH: Discipline = Discipline {
    modifier: "GN",
    assistant: None,
    revenue: "0440",
    diagnosis: "R4701",
    bucket: 0,
    evaluation: ("92523", 31_000),
    services: &[("92507", 16_400), ("92526", 17_150)],
};

/// A Medicare patient in the middle of a course of therapy.
#[derive(Clone, Copy, Debug)]
struct Patient {
    number: u64,
    /// The most that may have been allowed this year: PT with SLP, and OT.
    totals: [Cents; 2],
    disciplines: &'static [&'static Discipline],
    claims: usize,
    claims_left: u32,
    day: u32,
}

/// The few therapy patients who are active at a time: all that is remembered of the file.
#[derive(Debug)]
pub(super) struct Ring {
    patients: Vec<Option<Patient>>,
    threshold: Cents,
}

impl Ring {
    pub(super) fn new(size: usize, threshold: Cents) -> Self {
        Self {
            patients: vec![None; size.max(1)],
            threshold,
        }
    }
}

impl Planner {
    fn new_therapy_patient(&mut self) -> Patient {
        let disciplines: &'static [&'static Discipline] = match self.random.below(100) {
            ..50 => &[&PHYSICAL],
            50..65 => &[&OCCUPATIONAL],
            65..75 => &[&SPEECH],
            75..90 => &[&PHYSICAL, &OCCUPATIONAL],
            _ => &[&PHYSICAL, &SPEECH],
        };
        Patient {
            number: self.next_number(),
            totals: [Cents::ZERO; 2],
            disciplines,
            claims: 0,
            claims_left: self.random.between(5, 16),
            day: self.random.below(60),
        }
    }

    /// The next claim of one of the active therapy patients: two to five visits.
    pub(super) fn therapy_in_ring(&mut self, claim: &mut Claim) {
        let slot = self.random.below(self.ring.patients.len() as u32) as usize;
        let mut patient = match self.ring.patients[slot] {
            Some(patient) => patient,
            None => self.new_therapy_patient(),
        };
        let discipline = patient.disciplines[patient.claims % patient.disciplines.len()];
        let payer = self.medicare();
        claim.reset(payer, Person::new(self.seed, patient.number, Age::Senior));
        if self.random.chance(20) {
            claim.other = OtherPayer::Follows;
        }
        self.begin_therapy(claim, discipline);
        let first_claim_of_discipline = patient.claims < patient.disciplines.len();
        for visit in 0..self.random.between(2, 5) {
            let mut count = self.random.between(1, 3) as usize;
            if visit == 0 && first_claim_of_discipline {
                let (code, cents) = discipline.evaluation;
                claim
                    .lines
                    .push(Line::new(code, self.price(cents), patient.day));
                count -= 1;
            }
            let start = self.random.below(4) as usize;
            for step in 0..count
                .min(discipline.services.len())
                .min(8 - claim.lines.len())
            {
                let line = self.service(discipline, start + step, patient.day);
                claim.lines.push(line);
            }
            patient.day += self.random.between(2, 4);
        }
        self.settle(claim, &mut patient, discipline);
        patient.claims += 1;
        patient.claims_left -= 1;
        let over = patient.claims_left == 0 || patient.day + 12 > LAST_DAY;
        self.ring.patients[slot] = if over { None } else { Some(patient) };
    }

    fn begin_therapy(&mut self, claim: &mut Claim, discipline: &'static Discipline) {
        claim.topic = Topic::Therapy;
        // A type of bill, or a place of service.
        claim.facility = if self.is_institutional() {
            self.random.pick(&["13", "13", "74", "22", "85"])
        } else {
            self.random.pick(&["11", "11", "11", "62"])
        };
        let others = self.random.below(3);
        self.diagnose(claim, discipline.diagnosis, others);
    }

    fn service(&mut self, discipline: &'static Discipline, index: usize, day: u32) -> Line {
        let (code, cents) = discipline.services[index % discipline.services.len()];
        let price = self.price(cents);
        // Speech services are not timed: one a day.
        let units = if discipline.modifier == "GN" {
            1
        } else {
            self.random.between(1, 3)
        };
        Line::new(code, price, day).times(units)
    }

    /// Counts what may be allowed for the lines and decides about KX.
    fn settle(
        &mut self,
        claim: &mut Claim,
        patient: &mut Patient,
        discipline: &'static Discipline,
    ) {
        let allowed = self.allowed(&claim.lines);
        for (line, allowed) in claim.lines.iter_mut().zip(allowed) {
            line.revenue = self.revenue(discipline);
            let total = patient.totals[discipline.bucket].plus(allowed);
            patient.totals[discipline.bucket] = total;
            let mut kx = false;
            if total > self.ring.threshold {
                kx = !self.budget.take(&mut self.random);
                if !kx {
                    line.rule = Some("KX101");
                }
            } else if total.plus(Cents::from_dollars(200)) > self.ring.threshold {
                // Billers begin a little early, since totals lag.
                kx = self.random.chance(40);
            }
            if kx && self.random.chance(30) {
                line.modify("KX");
                kx = false;
            }
            line.modify(discipline.modifier);
            if let Some(assistant) = discipline.assistant
                && line.code != discipline.evaluation.0
                && self.random.chance(8)
            {
                line.modify(assistant);
            }
            if kx {
                line.modify("KX");
            }
        }
    }

    /// The most that Medicare may allow for each line: by the fee schedule of the year where it is
    /// known, at most the charge.
    fn allowed(&self, lines: &[Line]) -> Vec<Cents> {
        let practice_expense = |line: &Line| fees::practice_expense(self.year, line.code);
        // The dearest unit of a day keeps its practice expense; of equals, that of the first line.
        let keeps_one = |index: usize| {
            let (line, day) = (&lines[index], lines[index].days.0);
            (0..lines.len())
                .filter(|other| lines[*other].days.0 == day)
                .all(|other| {
                    let (ours, theirs) = (practice_expense(line), practice_expense(&lines[other]));
                    ours > theirs || (ours == theirs && index <= other)
                })
        };
        (0..lines.len())
            .map(|index| {
                let Line {
                    code,
                    units,
                    days,
                    charge,
                    ..
                } = lines[index];
                fees::most(self.year, days.0, code, units, keeps_one(index))
                    .map_or(charge, |most| most.min(charge))
            })
            .collect()
    }

    fn revenue(&self, discipline: &'static Discipline) -> &'static str {
        if self.is_institutional() {
            discipline.revenue
        } else {
            ""
        }
    }

    /// A therapy claim of a patient who appears once, far below the threshold: where modifiers
    /// contradict or are missing, on Medicare claims.
    pub(super) fn therapy_once(&mut self, claim: &mut Claim, commercial: bool) {
        let payer = if commercial {
            self.random.pick(COMMERCIAL)
        } else {
            self.medicare()
        };
        let age = if commercial { Age::Adult } else { Age::Senior };
        let patient = self.new_person(age);
        claim.reset(payer, patient);
        let discipline = self.random.pick(&[&PHYSICAL, &OCCUPATIONAL, &SPEECH]);
        self.begin_therapy(claim, discipline);
        let day = self.day();
        let count = self.random.between(2, 4) as usize;
        for step in 0..count.min(discipline.services.len()) {
            let mut line = self.service(discipline, step, day);
            line.revenue = self.revenue(discipline);
            if !commercial && self.budget.take(&mut self.random) {
                let modifiers = match self.random.below(100) {
                    ..45 => ("KX102", ["KX", "", ""]),
                    45..75 => {
                        let against = self.random.pick(&["GA", "GZ", "GY"]);
                        ("KX501", [discipline.modifier, "KX", against])
                    }
                    _ => ("KX502", [discipline.modifier, "KX", discipline.modifier]),
                };
                line.rule = Some(modifiers.0);
                line.modifiers[..3].copy_from_slice(&modifiers.1);
            } else {
                line.modify(discipline.modifier);
                if !commercial && self.random.chance(10) {
                    line.modify("GA");
                }
            }
            claim.lines.push(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_year_since_the_law_has_a_threshold() {
        assert_eq!(threshold(2026), Some(Cents(248_000)));
        assert_eq!(threshold(2018), Some(Cents(201_000)));
        assert_eq!(threshold(2017), None);
        assert!(THRESHOLDS.windows(2).all(|rows| rows[0].0 + 1 == rows[1].0));
    }
}
