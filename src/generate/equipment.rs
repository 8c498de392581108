//! Medical equipment and supplies, billed to the DME contractors on professional claims.

use super::claim::{COMMERCIAL, Claim, Line, MEDICARE_DME, Topic};
use super::people::Age;
use super::plan::Planner;

/// Code, price, whether it is rented.
const PAP: &[(&str, i64, bool)] = &[
    ("E0601", 9_800, true),
    ("E0562", 21_500, false),
    ("A7030", 16_725, false),
    ("A7034", 11_240, false),
    ("A7037", 3_410, false),
    ("A7038", 1_150, false),
];
const GLUCOSE: &[(&str, i64, bool)] = &[
    ("A4253", 3_150, false),
    ("A4259", 1_225, false),
    ("E0607", 6_900, false),
];
const OXYGEN: &[(&str, i64, bool)] = &[("E1390", 21_050, true), ("E0431", 4_680, true)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Pap,
    Glucose,
    Oxygen,
}

impl Planner {
    /// A delivery of supplies: PAP needs KX, GA or GZ; glucose KX or KS but not both; oxygen
    /// N1, N2 or N3 instead of KX (rentals since April 2023, hence only from 2024 on).
    pub(super) fn equipment(&mut self, claim: &mut Claim) {
        let commercial = self.random.chance(15);
        let payer = self
            .random
            .pick(if commercial { COMMERCIAL } else { MEDICARE_DME });
        let age = if commercial { Age::Adult } else { Age::Senior };
        let patient = self.new_person(age);
        claim.reset(payer, patient);
        claim.topic = Topic::Equipment;
        claim.facility = "12";
        let (family, items, diagnosis) = match self.random.below(100) {
            ..50 => (Family::Pap, PAP, "G4733"),
            50..75 => (Family::Glucose, GLUCOSE, "E119"),
            _ if self.year >= 2024 => (Family::Oxygen, OXYGEN, "J9611"),
            _ => (Family::Pap, PAP, "G4733"),
        };
        self.diagnose(claim, diagnosis, 0);
        let insulin = family == Family::Glucose && self.random.chance(50);
        if insulin {
            claim.diagnoses.push("Z794");
        }
        let day = self.day();
        let start = self.random.below(items.len() as u32) as usize;
        let count = self.random.between(1, 3) as usize;
        for step in 0..count.min(items.len()) {
            let (code, cents, rented) = items[(start + step) % items.len()];
            let mut line = Line::new(code, self.price(cents), day);
            if rented {
                line.modify("RR");
                line.days.1 = day + 29;
            } else if code != "A4253" && code != "A4259" {
                line.modify("NU");
            }
            if code == "A4253" {
                line = line.times(self.random.between(1, 3));
            }
            if !commercial {
                match family {
                    Family::Pap => self.pap_modifiers(&mut line),
                    Family::Glucose => self.glucose_modifiers(&mut line, insulin),
                    Family::Oxygen => self.oxygen_modifiers(&mut line),
                }
            }
            claim.lines.push(line);
        }
    }

    fn pap_modifiers(&mut self, line: &mut Line) {
        let risk = self.budget.take(&mut self.random);
        match (risk, self.random.below(100)) {
            (true, ..60) => line.rule = Some("KX201"),
            (true, 60..80) => {
                line.modify("KX");
                let against = self.random.pick(&["GA", "GZ", "GY"]);
                line.modify(against);
                // The policy for these codes asks for one of KX, GA and GZ itself, and lets KX stand with GA.
                line.rule = Some(if against == "GZ" { "KX202" } else { "KX501" });
            }
            (true, _) => {
                line.modify("KX");
                line.modify("KX");
                line.rule = Some("KX502");
            }
            (false, ..80) => line.modify("KX"),
            (false, 80..90) => line.modify("GA"),
            (false, _) => line.modify("GZ"),
        }
    }

    fn glucose_modifiers(&mut self, line: &mut Line, insulin: bool) {
        let risk = self.budget.take(&mut self.random);
        match (risk, self.random.below(100)) {
            (true, ..60) => line.rule = Some("KX203"),
            (true, _) => {
                line.modify("KX");
                line.modify("KS");
                line.rule = Some("KX204");
            }
            (false, _) => line.modify(if insulin { "KX" } else { "KS" }),
        }
    }

    fn oxygen_modifiers(&mut self, line: &mut Line) {
        if self.budget.take(&mut self.random) {
            line.modify("KX");
            line.rule = Some("KX205");
        } else {
            line.modify(self.random.pick(&["N1", "N1", "N2", "N3"]));
        }
    }
}
