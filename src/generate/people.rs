//! Invented patients and providers.
//!
//! Nothing here can be mistaken for a person: names come from the spelling alphabet and from
//! words such as TESTPATIENT; member ids have the shape of a Medicare beneficiary identifier
//! but an `S` in second place, where CMS never puts one; NPIs pass the check digit but stand
//! in a block (19999xxxxx) at the end of the numbering space.

use super::random::Random;

const LAST_NAMES: &[&str] = &[
    "TESTPATIENT",
    "SAMPLE",
    "EXAMPLE",
    "PLACEHOLDER",
    "SPECIMEN",
    "FICTIONAL",
    "MOCKUP",
    "INVENTED",
    "NOTREAL",
    "SYNTHETIC",
    "DUMMY",
    "PRETEND",
    "MADEUP",
    "IMAGINARY",
    "TESTCASE",
    "TEST-SAMPLE",
];
const FIRST_NAMES: &[&str] = &[
    "ALFA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL", "INDIA", "JULIETT",
    "KILO", "LIMA", "MIKE", "NOVEMBER", "OSCAR", "PAPA", "QUEBEC", "ROMEO", "SIERRA", "TANGO",
    "UNIFORM", "VICTOR", "WHISKEY", "XRAY", "YANKEE", "ZULU",
];
const STREETS: &[&str] = &[
    "NOWHERE LN",
    "EXAMPLE ST",
    "SAMPLE AVE",
    "PLACEHOLDER RD",
    "TEST CT",
    "MOCKUP BLVD",
];
/// City, state, ZIP code.
const TOWNS: &[(&str, &str, &str)] = &[
    ("TESTVILLE", "OH", "44201"),
    ("SAMPLETON", "PA", "17111"),
    ("EXAMPLE CITY", "TX", "75001"),
    ("MOCKTOWN", "FL", "33111"),
    ("PLACEHOLDER", "WA", "98001"),
    ("NOTREAL SPRINGS", "CO", "80901"),
];
const CLINICS: &[&str] = &[
    "SAMPLE FAMILY CLINIC",
    "EXAMPLE THERAPY GROUP",
    "TESTVILLE MEDICAL ASSOCIATES",
    "PLACEHOLDER HEALTH CENTER",
    "MOCKTOWN REHAB PARTNERS",
    "FICTIONAL CARE LLC",
    "INVENTED SUPPLY COMPANY",
    "SYNTHETIC HOSPITAL",
];
const CLINIC_TAXONOMIES: &[&str] = &["261QP2000X", "207Q00000X", "332B00000X", "282N00000X"];
const PERSON_TAXONOMIES: &[&str] = &["225100000X", "225X00000X", "207Q00000X", "208D00000X"];

/// Letters that CMS uses in Medicare beneficiary identifiers.
const MBI_LETTERS: &[u8; 20] = b"ACDEFGHJKMNPQRTUVWXY";

/// How old a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Senior,
    Adult,
    Child,
}

/// Where somebody lives or works.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address {
    number: u32,
    street: &'static str,
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) zip: &'static str,
}

impl Address {
    fn new(random: &mut Random) -> Self {
        let (city, state, zip) = random.pick(TOWNS);
        Self {
            number: random.between(1, 999),
            street: random.pick(STREETS),
            city,
            state,
            zip,
        }
    }

    /// N301: house number and street, written into `line`.
    pub(super) fn line(self, line: &mut Vec<u8>) {
        line.clear();
        line.extend_from_slice(itoa::Buffer::new().format(self.number).as_bytes());
        line.push(b' ');
        line.extend_from_slice(self.street.as_bytes());
    }
}

/// A patient or subscriber; the same seed, number and age always give the same person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) last: &'static str,
    pub(super) first: &'static str,
    /// DMG02.
    pub(super) birth: [u8; 8],
    pub(super) male: bool,
    /// NM109: unique by number.
    pub(super) member_id: [u8; 11],
    pub(super) address: Address,
}

impl Person {
    pub(super) fn new(seed: u64, number: u64, age: Age) -> Self {
        let mut random = Random::new(seed, number);
        let year = match age {
            Age::Senior => random.between(1930, 1952),
            Age::Adult => random.between(1960, 1995),
            Age::Child => random.between(2005, 2016),
        };
        Self {
            last: random.pick(LAST_NAMES),
            first: random.pick(FIRST_NAMES),
            birth: birth_date(year, random.between(1, 12), random.between(1, 28)),
            male: random.chance(48),
            member_id: member_id(number),
            address: Address::new(&mut random),
        }
    }
}

/// Who bills (2010AA).
#[derive(Clone, Copy, Debug)]
pub(super) struct BillingProvider {
    pub(super) name: &'static str,
    pub(super) npi: [u8; 10],
    pub(super) tax_id: [u8; 9],
    pub(super) taxonomy: &'static str,
    pub(super) address: Address,
}

impl BillingProvider {
    pub(super) fn new(index: u32, random: &mut Random) -> Self {
        let mut tax_id = *b"000000000";
        write_digits(&mut tax_id[2..], u64::from(random.below(10_000_000)));
        Self {
            name: CLINICS[index as usize % CLINICS.len()],
            npi: npi(index),
            tax_id,
            taxonomy: CLINIC_TAXONOMIES[index as usize % CLINIC_TAXONOMIES.len()],
            address: Address::new(random),
        }
    }
}

/// A referring, rendering, ordering or attending provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct Practitioner {
    pub(super) last: &'static str,
    pub(super) first: &'static str,
    pub(super) npi: [u8; 10],
    pub(super) taxonomy: &'static str,
}

impl Practitioner {
    pub(super) fn new(index: u32, random: &mut Random) -> Self {
        Self {
            last: random.pick(LAST_NAMES),
            first: random.pick(FIRST_NAMES),
            npi: npi(5_000 + index),
            taxonomy: random.pick(PERSON_TAXONOMIES),
        }
    }
}

fn birth_date(year: u32, month: u32, day: u32) -> [u8; 8] {
    let mut date = [0; 8];
    write_digits(&mut date, u64::from(year * 10_000 + month * 100 + day));
    date
}

/// Fills `digits` with the decimal number, zero-padded.
pub(super) fn write_digits(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// `nSannAannAA`-like with an `S` second; numbers below 10^13 give different ids.
fn member_id(mut number: u64) -> [u8; 11] {
    let mut id = *b"1S00A00AA00";
    let mut digit = |id: &mut [u8; 11], at: usize, letters: bool| {
        let base = if letters { 20 } else { 10 };
        let value = (number % base) as usize;
        number /= base;
        id[at] = if letters {
            MBI_LETTERS[value]
        } else {
            b'0' + value as u8
        };
    };
    for (at, letters) in [
        (10, false),
        (9, false),
        (8, true),
        (7, true),
        (6, false),
        (5, false),
        (4, true),
        (3, false),
        (2, false),
    ] {
        digit(&mut id, at, letters);
    }
    id
}

/// The NPI 19999 + four digits + check digit (Luhn with the prefix 80840).
fn npi(index: u32) -> [u8; 10] {
    let mut npi = *b"1999900000";
    write_digits(&mut npi[5..9], u64::from(index % 10_000));
    // The prefix 80840 adds a constant 24 to the Luhn sum.
    let mut sum = 24;
    for (place, byte) in npi[..9].iter().rev().enumerate() {
        let digit = u32::from(byte - b'0');
        sum += match (place % 2, digit) {
            (0, 5..) => digit * 2 - 9,
            (0, _) => digit * 2,
            _ => digit,
        };
    }
    npi[9] = b'0' + ((10 - sum % 10) % 10) as u8;
    npi
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Luhn over the whole of `80840` + NPI, the plain way.
    fn luhn_holds(npi: &[u8]) -> bool {
        let digits: Vec<u32> = b"80840"
            .iter()
            .chain(npi)
            .map(|b| u32::from(b - b'0'))
            .collect();
        let sum: u32 = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(place, digit)| {
                let value = if place % 2 == 1 { digit * 2 } else { *digit };
                value / 10 + value % 10
            })
            .sum();
        sum.is_multiple_of(10)
    }

    #[test]
    fn npis_pass_the_check_digit() {
        assert!(luhn_holds(b"1234567893"), "the usual test NPI");
        assert!(!luhn_holds(b"1234567890"));
        for index in 0..10_000 {
            assert!(luhn_holds(&npi(index)), "{index}");
        }
    }

    #[test]
    fn member_ids_are_unique_and_impossible_for_medicare() {
        let ids: HashSet<_> = (0..100_000).map(member_id).collect();
        assert_eq!(ids.len(), 100_000);
        assert!(ids.iter().all(|id| id[1] == b'S'));
    }

    #[test]
    fn the_same_number_is_the_same_person() {
        let (a, b) = (
            Person::new(7, 42, Age::Senior),
            Person::new(7, 42, Age::Senior),
        );
        assert_eq!(
            (a.last, a.birth, a.member_id),
            (b.last, b.birth, b.member_id)
        );
        let mut line = Vec::new();
        a.address.line(&mut line);
        assert!(line.ends_with(a.address.street.as_bytes()));
    }
}
