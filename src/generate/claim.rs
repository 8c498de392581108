//! A planned claim: everything that is decided before a segment is written.

use crate::money::Cents;

use super::people::Person;

/// The destination payer (2010BB) and what SBR09 says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payer {
    pub(super) name: &'static str,
    pub(super) id: &'static str,
    /// SBR09.
    pub(super) filing: &'static str,
}

const fn payer(name: &'static str, id: &'static str, filing: &'static str) -> Payer {
    Payer { name, id, filing }
}

pub(super) const COMMERCIAL: &[Payer] = &[
    payer("TESTPLAN MUTUAL", "99001", "CI"),
    payer("SAMPLE LIFE AND HEALTH", "99002", "CI"),
    payer("EXAMPLE BLUE PLAN", "99003", "BL"),
];
pub(super) const MEDICAID: &[Payer] = &[payer("SAMPLE STATE MEDICAID", "99010", "MC")];
pub(super) const MEDICARE_B: &[Payer] = &[
    payer("MEDICARE PART B", "15202", "MB"),
    payer("MEDICARE PART B", "12502", "MB"),
];
pub(super) const MEDICARE_A: &[Payer] = &[payer("MEDICARE PART A", "15201", "MA")];
/// The four DME contractors.
pub(super) const MEDICARE_DME: &[Payer] = &[
    payer("MEDICARE DME", "16013", "MB"),
    payer("MEDICARE DME", "17013", "MB"),
    payer("MEDICARE DME", "18003", "MB"),
    payer("MEDICARE DME", "19003", "MB"),
];
pub(super) const MEDICARE_ADVANTAGE: &[Payer] = &[payer("EXAMPLE ADVANTAGE HMO", "99020", "16")];

/// The other payer of a claim (2320), if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherPayer {
    None,
    /// Another payer comes after this one.
    Follows,
    /// Another payer has paid before this one, line by line.
    Paid,
}

/// What decides which optional segments a claim gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Ordinary,
    Therapy,
    Equipment,
    Inpatient,
}

/// A planned service line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// SV201; empty on other claims.
    pub(super) revenue: &'static str,
    /// HCPCS or CDT code; empty on a revenue line without one.
    pub(super) code: &'static str,
    /// Empty strings at the end.
    pub(super) modifiers: [&'static str; 4],
    pub(super) charge: Cents,
    pub(super) units: u32,
    /// SV103, SV204: `UN` or `DA`.
    pub(super) unit: &'static str,
    /// First and last day of service, counted from 1 January = 0.
    pub(super) days: (u32, u32),
    /// Tooth and surface, on dental lines that have them.
    pub(super) tooth: Option<(&'static str, &'static str)>,
    /// Code of the rule that finds this line at risk.
    pub(super) rule: Option<&'static str>,
}

impl Line {
    /// A clean line of one unit.
    pub(super) fn new(code: &'static str, cents: i64, day: u32) -> Self {
        Self {
            revenue: "",
            code,
            modifiers: [""; 4],
            charge: Cents(cents),
            units: 1,
            unit: "UN",
            days: (day, day),
            tooth: None,
            rule: None,
        }
    }

    /// Adds a modifier; a fifth has no room and is left out.
    pub(super) fn modify(&mut self, modifier: &'static str) {
        if let Some(free) = self.modifiers.iter_mut().find(|slot| slot.is_empty()) {
            *free = modifier;
        }
    }

    /// Multiplies units and charge.
    pub(super) fn times(mut self, units: u32) -> Self {
        self.units = units;
        self.charge = Cents(self.charge.0 * i64::from(units));
        self
    }
}

/// A planned claim. One is reused for all.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) payer: Payer,
    pub(super) other: OtherPayer,
    pub(super) subscriber: Person,
    /// The patient, when that is not the subscriber.
    pub(super) dependent: Option<Person>,
    pub(super) topic: Topic,
    /// CLM05-1.
    pub(super) facility: &'static str,
    /// CLM05-3.
    pub(super) frequency: &'static str,
    /// Condition code 45 (ambiguous gender category).
    pub(super) condition_45: bool,
    pub(super) diagnoses: Vec<&'static str>,
    pub(super) lines: Vec<Line>,
}

impl Claim {
    pub(super) fn new(subscriber: Person) -> Self {
        Self {
            payer: COMMERCIAL[0],
            other: OtherPayer::None,
            subscriber,
            dependent: None,
            topic: Topic::Ordinary,
            facility: "11",
            frequency: "1",
            condition_45: false,
            diagnoses: Vec::with_capacity(12),
            lines: Vec::with_capacity(8),
        }
    }

    /// Makes the claim an empty, ordinary one for this person and payer.
    pub(super) fn reset(&mut self, payer: Payer, subscriber: Person) {
        self.payer = payer;
        self.other = OtherPayer::None;
        self.subscriber = subscriber;
        self.dependent = None;
        self.topic = Topic::Ordinary;
        self.facility = "11";
        self.frequency = "1";
        self.condition_45 = false;
        self.diagnoses.clear();
        self.lines.clear();
    }

    /// CLM02.
    pub(super) fn charge(&self) -> Cents {
        self.lines.iter().map(|line| line.charge).sum()
    }

    /// First and last day of service of all lines.
    pub(super) fn days(&self) -> (u32, u32) {
        self.lines.iter().fold((u32::MAX, 0), |(from, to), line| {
            (from.min(line.days.0), to.max(line.days.1))
        })
    }
}
