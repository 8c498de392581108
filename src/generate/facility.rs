//! Ordinary hospital claims and dental claims.

use super::claim::{COMMERCIAL, Claim, Line, Topic};
use super::codes;
use super::people::Age;
use super::plan::Planner;

impl Planner {
    /// An outpatient hospital claim, type of bill 13x.
    pub(super) fn outpatient(&mut self, claim: &mut Claim) {
        self.anybody(claim);
        claim.facility = "13";
        self.hospital_diagnoses(claim);
        self.hospital_lines(claim, 1, 7);
    }

    /// An inpatient stay, type of bill 11x.
    pub(super) fn inpatient(&mut self, claim: &mut Claim) {
        self.anybody(claim);
        claim.topic = Topic::Inpatient;
        claim.facility = "11";
        self.hospital_diagnoses(claim);
        let (revenue, cents) = self.random.pick(codes::ROOMS);
        let day = self.day();
        let nights = self.random.between(1, 9);
        let mut room = Line::new("", cents, day).times(nights);
        room.revenue = revenue;
        room.unit = "DA";
        room.days = (day, day + nights);
        claim.lines.push(room);
        self.hospital_lines(claim, 0, 5);
        for line in &mut claim.lines[1..] {
            line.days = (day, day);
        }
    }

    fn hospital_diagnoses(&mut self, claim: &mut Claim) {
        let first = self.random.pick(codes::DIAGNOSES);
        let others = self.random.below(6);
        self.diagnose(claim, first, others);
    }

    fn hospital_lines(&mut self, claim: &mut Claim, least: u32, most: u32) {
        let day = self.day();
        let start = self.random.below(codes::HOSPITAL_SERVICES.len() as u32) as usize;
        for step in 0..self.random.between(least, most) as usize {
            let line = if self.random.chance(20) {
                let (revenue, cents) = self.random.pick(codes::HOSPITAL_SUPPLIES);
                let mut line = Line::new("", self.price(cents), day);
                line.revenue = revenue;
                line.times(self.random.between(1, 5))
            } else {
                let services = codes::HOSPITAL_SERVICES;
                let (revenue, code, cents) = services[(start + step) % services.len()];
                let mut line = Line::new(code, self.price(cents), day);
                line.revenue = revenue;
                if code.starts_with("99") && self.random.chance(40) {
                    line.modify("25");
                }
                line
            };
            claim.lines.push(line);
        }
    }

    /// A dental claim. Medicare pays for teeth only where a covered treatment depends on them,
    /// which KX says (required since July 2025); GY asks for the denial.
    pub(super) fn dental(&mut self, claim: &mut Claim, medicare: bool) {
        let (payer, age) = if medicare {
            (self.medicare(), Age::Senior)
        } else {
            (self.random.pick(COMMERCIAL), Age::Adult)
        };
        let subscriber = self.new_person(age);
        claim.reset(payer, subscriber);
        if !medicare && self.random.chance(40) {
            claim.dependent = Some(self.new_person(Age::Child));
        }
        if medicare || self.random.chance(25) {
            let first = self.random.pick(&["K029", "K0262"]);
            self.diagnose(claim, first, 0);
        }
        let linked = self.year >= 2025 && self.random.chance(75);
        let day = self.day();
        let start = self.random.below(codes::DENTAL.len() as u32) as usize;
        for step in 0..self.random.between(1, 5) as usize {
            let (code, cents, tooth, surface) = codes::DENTAL[(start + step) % codes::DENTAL.len()];
            let mut line = Line::new(code, self.price(cents), day);
            if tooth {
                let tooth = self.random.pick(codes::TEETH);
                let surface = if surface {
                    self.random.pick(codes::SURFACES)
                } else {
                    ""
                };
                line.tooth = Some((tooth, surface));
            }
            if medicare {
                let modifier = if linked { "KX" } else { "GY" };
                line.modify(modifier);
                if self.budget.take(&mut self.random) {
                    line.modify(modifier);
                    line.rule = Some("KX502");
                }
            }
            claim.lines.push(line);
        }
    }
}
