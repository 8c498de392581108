//! Examples as packs write them: how their lines are read, and what their values must be. A value that
//! no claim has would make an example that tests nothing.

use toml::Spanned;

use crate::code::DiagnosisCode;
use crate::date::Date;
use crate::money::Cents;

use super::codes;
use super::error::PackError;
use super::load::{
    BAD_CLAIM, BAD_MODIFIER, BAD_PLACE, BAD_STATE, Pack, is_clean_modifier, is_kind_of_claim,
    is_place, is_state,
};
use super::pack::ExampleRow;

/// A line of an example, in slices of its text; [`ExampleRow::lines`] says how it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExampleLine<'a> {
    /// HCPCS code.
    pub code: &'a str,
    /// Four at most.
    pub modifiers: Vec<&'a str>,
    /// What stands behind `$`.
    pub charge: Option<&'a str>,
    /// What stands behind `REV`.
    pub revenue_code: Option<&'a str>,
    /// What stands behind `UNITS`.
    pub units: Option<&'a str>,
    /// The day behind `ON`.
    pub date: Option<Date>,
    /// All that stands behind `NTE`.
    pub note: Option<&'a str>,
}

impl<'a> ExampleLine<'a> {
    /// Takes `CODE:MODIFIER:... $CHARGE REV 0420 UNITS 2 ON 2026-03-05 NTE text` apart.
    ///
    /// # Errors
    /// What was expected where a word does not fit.
    pub fn read(text: &'a str) -> Result<Self, &'static str> {
        let (facts, note) = match text.split_once(" NTE ") {
            Some((facts, note)) => (facts, Some(note)),
            None => (text, None),
        };
        let mut words = facts.split_whitespace();
        let mut procedure = words.next().unwrap_or_default().split(':');
        let mut line = Self {
            code: procedure.next().unwrap_or_default(),
            modifiers: procedure.collect(),
            note,
            ..Self::default()
        };
        if line.modifiers.len() > 4 {
            return Err("a line has four modifiers at most");
        }
        while let Some(word) = words.next() {
            if let Some(charge) = word.strip_prefix('$') {
                line.charge = Some(charge);
            } else if word == "REV" {
                line.revenue_code = Some(words.next().ok_or("REV needs a code")?);
            } else if word == "UNITS" {
                line.units = Some(words.next().ok_or("UNITS needs a number")?);
            } else if word == "ON" {
                let date = words.next().and_then(|date| date.parse().ok());
                line.date = Some(date.ok_or("ON needs a date, such as 2026-03-05")?);
            } else {
                return Err("expected $CHARGE, REV, UNITS, ON or NTE");
            }
        }
        Ok(line)
    }

    /// What is wrong with its values.
    fn fault(&self) -> Option<String> {
        if let Err(message) = codes::code(self.code) {
            return Some(message);
        }
        let amount = |text: &str| Cents::parse(text.as_bytes());
        let is_modifier = |text: &&str| is_clean_modifier(text);
        let is_revenue_code =
            |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let expected = if !self.modifiers.iter().all(is_modifier) {
            BAD_MODIFIER
        } else if (self.charge).is_some_and(|text| amount(text).is_none_or(|sum| sum < Cents::ZERO))
        {
            "a charge is an amount of 0 or more, such as $120.50"
        } else if !self.revenue_code.is_none_or(is_revenue_code) {
            "a revenue code is four digits: REV 0420"
        } else if (self.units).is_some_and(|text| amount(text).is_none_or(|sum| sum <= Cents::ZERO))
        {
            "units are a number above 0: UNITS 3"
        } else {
            return None;
        };
        Some(expected.to_owned())
    }
}

/// A value of an example, what it must be, and how that is said.
type Check<'p> = (&'p Option<Spanned<String>>, fn(&str) -> bool, &'static str);

impl Pack {
    /// Checks the values of an example.
    pub(super) fn check_example(&self, row: &ExampleRow) -> Result<(), PackError> {
        let lines = row.lines.get_ref();
        if lines.is_empty() {
            return Err(self.error(row.lines.span(), "an example needs a line"));
        }
        for text in lines {
            let fault = match ExampleLine::read(text) {
                Ok(line) => line.fault(),
                Err(expected) => Some(expected.to_owned()),
            };
            if let Some(message) = fault {
                return Err(self.error(self.span_of(text, row.lines.span().start), message));
            }
        }
        let checks: [Check<'_>; 6] = [
            (&row.claim, is_kind_of_claim, BAD_CLAIM),
            (
                &row.sex,
                |value| matches!(value, "F" | "M" | "U"),
                "a sex is F, M or U (DMG03)",
            ),
            (
                &row.filing_indicator,
                |value| value.is_empty() || is_two(value),
                "a claim filing indicator is two capital letters or digits (SBR09), such as CI; \"\" for none",
            ),
            (&row.provider_state, is_state, BAD_STATE),
            (
                &row.bill_type,
                is_type_of_bill,
                "a type of bill is three digits, the last of which may be a capital letter: 131",
            ),
            (&row.place, is_place, BAD_PLACE),
        ];
        for (value, is_sound, expected) in checks {
            if let Some(value) = value.as_ref().filter(|value| !is_sound(value.get_ref())) {
                return Err(self.error(value.span(), expected));
            }
        }
        let is_bill = row.claim.as_ref().is_some_and(|kind| kind.get_ref() == "I");
        if let Some(value) = row.bill_type.as_ref().filter(|_| !is_bill) {
            return Err(self.error(value.span(), "a type of bill is for claim = \"I\""));
        }
        if let Some(value) = row.place.as_ref().filter(|_| is_bill) {
            let message = "a place of service is for claim = \"P\" or \"D\"";
            return Err(self.error(value.span(), message));
        }
        for value in &row.condition_codes {
            if !is_two(value.get_ref()) {
                let message = "a condition code is two capital letters or digits: 45";
                return Err(self.error(value.span(), message));
            }
        }
        for value in &row.diagnoses {
            if !is_diagnosis(value.get_ref()) {
                let message = "a diagnosis is three to seven capital letters and digits, with or without the dot";
                return Err(self.error(value.span(), message));
            }
        }
        Ok(())
    }
}

const fn is_capital_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_two(value: &str) -> bool {
    value.len() == 2 && value.bytes().all(is_capital_or_digit)
}

fn is_type_of_bill(value: &str) -> bool {
    matches!(value.as_bytes(), [a, b, frequency]
        if a.is_ascii_digit() && b.is_ascii_digit() && is_capital_or_digit(*frequency))
}

fn is_diagnosis(value: &str) -> bool {
    let characters = value.bytes().filter(|byte| *byte != b'.');
    characters.clone().all(is_capital_or_digit)
        && characters.count() <= 7
        && DiagnosisCode::new(value.as_bytes()).is_some()
}
