//! Synthetic 837 files: seeded, valid, of any size, with known lines at risk.
//!
//! The same options give the same bytes on every machine. Memory does not grow with the file:
//! claims are planned and written one at a time, and only a small ring of therapy patients
//! is remembered. Patients, providers and payers are invented and look it.
//!
//! A claim is planned first (`plan`, with `therapy`, `equipment` and `facility` for its topics)
//! and then written as segments (`emit`).

mod claim;
mod codes;
mod emit;
mod equipment;
mod facility;
mod fees;
mod people;
mod plan;
mod random;
mod therapy;
mod truth;

use std::io::{self, Write};

use crate::finding::ClaimKind;
use crate::x12::Delimiters;

/// The delimiters of the interchanges to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelimiterChoice {
    /// These, everywhere. Letters, digits, space, point and hyphen cannot serve.
    Fixed(Delimiters),
    /// Another set in every interchange, control characters among them.
    Varied,
}

/// What to generate.
#[derive(Clone, Copy, Debug)]
pub struct GenerateOptions {
    /// 837P (`005010X222A1`), 837I (`005010X223A2`) or 837D (`005010X224A2`).
    pub kind: ClaimKind,
    /// Everything follows from it.
    pub seed: u64,
    /// Stop after so many claims. With neither this nor [`Self::bytes`]: 100 claims.
    pub claims: Option<u64>,
    /// Stop after the claim with which the file reaches this size. With both, whichever comes
    /// first.
    pub bytes: Option<u64>,
    /// The share of lines at risk to aim at, from 0 to 1. More than about a third cannot be
    /// reached: claims have lines to which no rule applies. A small file may miss the share.
    pub at_risk: f64,
    /// Delimiters.
    pub delimiters: DelimiterChoice,
    /// A line feed after every segment.
    pub line_breaks: bool,
    /// Claims in a transaction set (the guides recommend at most 5,000).
    pub claims_per_set: u32,
    /// Transaction sets in a functional group.
    pub sets_per_group: u32,
    /// Functional groups in an interchange; `None` for a single interchange.
    pub groups_per_interchange: Option<u32>,
    /// How many billing providers take turns, every few claims, from 1 to 5,000.
    pub billing_providers: u32,
    /// Calendar year of the services, 2018 to 2026: the years whose therapy thresholds are
    /// known.
    pub year: i16,
}

impl Default for GenerateOptions {
    /// 100 professional claims of 2026, one line in twenty at risk.
    fn default() -> Self {
        Self {
            kind: ClaimKind::Professional,
            seed: 1,
            claims: None,
            bytes: None,
            at_risk: 0.05,
            delimiters: DelimiterChoice::Fixed(Delimiters::default()),
            line_breaks: true,
            claims_per_set: 100,
            sets_per_group: 10,
            groups_per_interchange: None,
            billing_providers: 8,
            year: 2026,
        }
    }
}

/// What was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenerateSummary {
    /// Bytes of the 837.
    pub bytes: u64,
    /// CLM segments.
    pub claims: u64,
    /// Service lines.
    pub lines: u64,
    /// Service lines that a rule should find, whatever severity policies give what it finds: reports count as at risk
    /// only findings of severity warning and error.
    pub at_risk_lines: u64,
}

/// Writes an 837 file to `out` and, when wanted, which lines are at risk to `truth`: JSON
/// Lines, one object per line at risk in the order of the file
/// (`{"isa13","st02","clm01","line_number","code","modifiers","rule","charge"}`), then one
/// `{"type":"end","claims","lines","at_risk"}`.
///
/// A line is at risk of rule `KX101` when it takes what Medicare may have allowed for the patient's
/// therapy of the year above the threshold of its bucket, or that was above it before, and KX is
/// missing. What counts is the national fee schedule (2024 to 2026), else the charge.
///
/// # Errors
/// `InvalidInput` for options that cannot be met (an unknown year, a share outside 0 to 1, a
/// count of zero, unusable delimiters), otherwise those of the writers.
pub fn generate(
    options: &GenerateOptions,
    out: &mut impl Write,
    truth: Option<&mut dyn Write>,
) -> io::Result<GenerateSummary> {
    let threshold =
        check(options).map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
    emit::Emitter::new(options, threshold, out, truth).run()
}

fn check(options: &GenerateOptions) -> Result<crate::money::Cents, &'static str> {
    let threshold = therapy::threshold(options.year)
        .ok_or("the year must be one of 2018 to 2026, whose therapy thresholds are known")?;
    if !(0.0..=1.0).contains(&options.at_risk) {
        return Err("the share of lines at risk must be between 0 and 1");
    }
    if options.claims == Some(0)
        || options.claims_per_set == 0
        || options.sets_per_group == 0
        || options.groups_per_interchange == Some(0)
    {
        return Err("claims, claims per set, sets per group and groups must be at least 1");
    }
    if !(1..=5_000).contains(&options.billing_providers) {
        return Err("there must be 1 to 5000 billing providers");
    }
    if let DelimiterChoice::Fixed(delimiters) = options.delimiters {
        let Delimiters {
            element,
            component,
            repetition,
            terminator,
        } = delimiters;
        let repetition = repetition.ok_or("version 5010 needs a repetition separator")?;
        let all = [element, component, repetition, terminator];
        let differ = (1..4).all(|index| !all[..index].contains(&all[index]));
        let usable = |byte: &u8| !byte.is_ascii_alphanumeric() && !b" .-".contains(byte);
        if !differ || !all.iter().all(usable) {
            return Err("delimiters must differ and be no letter, digit, space, point or hyphen");
        }
    }
    Ok(threshold)
}
