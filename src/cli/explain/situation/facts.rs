//! What was looked at: facts of a claim and its lines, none of which tells who the patient is.

use serde::Serialize;

use crate::claim::{Claim, ServiceLine};
use crate::cli::application::contractor;
use crate::code::{Modifier, ProcedureCode};
use crate::date::Date;
use crate::finding::ClaimKind;
use crate::policy::pack::Contractor;
use crate::policy::{PayerMark, PolicySet, Venue};

/// What of a claim decides.
#[derive(Serialize)]
pub struct ClaimFacts {
    /// CLM01.
    pub claim: String,
    /// P, I or D.
    pub kind: ClaimKind,
    /// Class of the payer.
    pub payer: String,
    /// What told the class.
    pub payer_told_by: Vec<&'static str>,
    /// SBR09.
    pub filing_indicator: Option<String>,
    /// Kind of Medicare contractor.
    pub contractor: Option<&'static str>,
    /// What told the kind.
    pub contractor_told_by: Option<&'static str>,
    /// SBR01.
    pub responsibility: Option<String>,
    /// Medicare pays behind another payer.
    pub medicare_is_secondary: bool,
    /// Place of service (P, D).
    pub place_of_service: Option<String>,
    /// Type of bill (I).
    pub type_of_bill: Option<String>,
    /// A void claim is not judged.
    pub void: bool,
}

/// What of a line decides.
#[derive(Serialize)]
pub struct LineFacts {
    /// LX01, else the line's count.
    pub line: String,
    /// The code, when it is one that policies could name.
    pub code: Option<ProcedureCode>,
    /// Modifiers in their order.
    pub modifiers: Vec<Modifier>,
    /// First date of service.
    pub date: Option<Date>,
    /// Place of service of the line, else of the claim (P, D).
    pub place_of_service: Option<String>,
    /// Revenue code (I).
    pub revenue_code: Option<String>,
    /// How many diagnoses the line points to.
    pub diagnoses: usize,
}

impl ClaimFacts {
    /// Looks at a claim.
    pub fn of(set: &PolicySet, claim: &Claim<'_>) -> Self {
        let class = set.payers().classify(claim);
        let is_medicare = set.payers().is_medicare(class);
        let venue = Venue::new(set.venues());
        let responsibility = short(claim.payer.responsibility, 1);
        let is_institutional = claim.kind == ClaimKind::Institutional;
        Self {
            claim: String::from_utf8_lossy(claim.id).into_owned(),
            kind: claim.kind,
            payer: set.payers().class_name(class).to_owned(),
            payer_told_by: set.payers().told_by(claim).into_iter().map(mark).collect(),
            filing_indicator: short(claim.payer.filing_indicator, 2),
            contractor: is_medicare.then(|| contractor(venue.contractor(claim))),
            contractor_told_by: is_medicare.then(|| {
                if set.venues().is_assumed() {
                    "--assume-payer"
                } else if venue.is_by_number(claim) {
                    "its number"
                } else {
                    by_claim(venue.contractor(claim))
                }
            }),
            medicare_is_secondary: is_medicare && claim.payer.is_secondary(),
            responsibility,
            place_of_service: short(claim.facility, 2).filter(|_| !is_institutional),
            type_of_bill: short(&claim.type_of_bill(), 4).filter(|_| is_institutional),
            void: claim.frequency == b"8",
        }
    }
}

impl LineFacts {
    /// Looks at the line with this index.
    pub fn of<'a>(claim: &Claim<'a>, index: usize, line: &ServiceLine<'a>) -> Self {
        let place = match line.place_of_service {
            [] => claim.facility,
            place => place,
        };
        let is_institutional = claim.kind == ClaimKind::Institutional;
        Self {
            line: number(index, line),
            code: line.procedure,
            modifiers: line.modifiers.iter().map(|(m, _)| *m).collect(),
            date: claim.line_dates(line).map(|dates| dates.from),
            place_of_service: short(place, 2).filter(|_| !is_institutional),
            revenue_code: short(line.revenue_code, 4).filter(|_| is_institutional),
            diagnoses: claim.line_diagnoses(line).count(),
        }
    }
}

/// LX01 when it is a number, else the count of the line.
pub fn number(index: usize, line: &ServiceLine<'_>) -> String {
    short(line.number, 6).unwrap_or_else(|| (index + 1).to_string())
}

/// A value that is at most so many letters and digits: what is longer, in a file whose elements
/// have shifted, might be anything.
fn short(value: &[u8], most: usize) -> Option<String> {
    let is_short = (1..=most).contains(&value.len());
    let value = std::str::from_utf8(value).ok()?;
    let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_short && is_plain).then(|| value.to_ascii_uppercase())
}

const fn mark(mark: PayerMark) -> &'static str {
    match mark {
        PayerMark::Assumed => "--assume-payer",
        PayerMark::FilingIndicator => "the filing indicator (SBR09)",
        PayerMark::Id => "an id of payer or receiver",
        PayerMark::Name => "the payer's name",
        PayerMark::ProviderState => "the billing provider's state",
    }
}

const fn by_claim(contractor: Contractor) -> &'static str {
    match contractor {
        Contractor::A | Contractor::B => "the kind of claim",
        Contractor::Dme => "a code that only it processes",
        Contractor::Hhh => "the type of bill",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_codes_are_quoted() {
        assert_eq!(short(b"mb", 2).as_deref(), Some("MB"));
        for strange in [&b""[..], b"DOE", b"A*", b"\xff"] {
            assert_eq!(short(strange, 2), None);
        }
    }
}
