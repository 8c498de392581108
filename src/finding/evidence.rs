//! What a claim carries that may point to documents, without what it says: a claim can show that
//! a document exists, never what it proves.

use std::fmt;

use serde::Serialize;

use crate::date::Date;
use crate::text::Text;

/// One such thing. Notes, numbers and names stay in the claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CarriedEvidence {
    /// The segment that carries it.
    pub element: EvidenceElement,
    /// What narrows it: report type (PWK01), note reference (NTE01), code category (CRC01),
    /// certification type (CR301), date qualifier (DTP01), condition, occurrence or value code
    /// (HI). Empty when there is none or it is no short code.
    pub qualifier: Text,
    /// Where it stands.
    pub level: EvidenceLevel,
    /// DTP03, when that is one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
}

/// The segment that carries evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum EvidenceElement {
    /// Paperwork.
    #[serde(rename = "PWK")]
    Paperwork,
    /// Note.
    #[serde(rename = "NTE")]
    Note,
    /// Conditions.
    #[serde(rename = "CRC")]
    Conditions,
    /// DME certification.
    #[serde(rename = "CR3")]
    DmeCertification,
    /// Prior authorization number.
    #[serde(rename = "REF-G1")]
    PriorAuthorization,
    /// Referral number.
    #[serde(rename = "REF-9F")]
    Referral,
    /// Fixed-format text.
    #[serde(rename = "K3")]
    FileInformation,
    /// A date other than that of the service.
    #[serde(rename = "DTP")]
    Date,
    /// A condition code.
    #[serde(rename = "HI-BG")]
    ConditionCode,
    /// An occurrence code.
    #[serde(rename = "HI-BH")]
    OccurrenceCode,
    /// A value code.
    #[serde(rename = "HI-BE")]
    ValueCode,
}

impl EvidenceElement {
    /// The segment, with the qualifier that tells it from its like: `REF-G1`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paperwork => "PWK",
            Self::Note => "NTE",
            Self::Conditions => "CRC",
            Self::DmeCertification => "CR3",
            Self::PriorAuthorization => "REF-G1",
            Self::Referral => "REF-9F",
            Self::FileInformation => "K3",
            Self::Date => "DTP",
            Self::ConditionCode => "HI-BG",
            Self::OccurrenceCode => "HI-BH",
            Self::ValueCode => "HI-BE",
        }
    }
}

/// Where evidence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceLevel {
    /// Loop 2300: it speaks for every line.
    Claim,
    /// Loop 2400.
    Line,
}

impl EvidenceLevel {
    /// The lower-case word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Line => "line",
        }
    }
}

impl CarriedEvidence {
    /// In words, with the segment behind them: `prior authorization number (REF-G1)`.
    pub fn words(&self) -> String {
        let what = match self.element {
            EvidenceElement::Paperwork => "attachment",
            EvidenceElement::Note => "note",
            EvidenceElement::Conditions => "condition indicators",
            EvidenceElement::DmeCertification => "DME certification",
            EvidenceElement::PriorAuthorization => "prior authorization number",
            EvidenceElement::Referral => "referral number",
            EvidenceElement::FileInformation => "fixed-format information",
            EvidenceElement::Date => match self.qualifier.as_bytes() {
                b"304" => "date last seen",
                b"431" => "date of onset",
                b"439" => "date of accident",
                b"454" => "date of initial treatment",
                b"455" => "date of last X-ray",
                b"461" => "date of last certification",
                b"463" => "date when therapy began",
                b"471" => "prescription date",
                b"607" => "date of recertification",
                _ => "date",
            },
            EvidenceElement::ConditionCode => "condition code",
            EvidenceElement::OccurrenceCode => "occurrence code",
            EvidenceElement::ValueCode => "value code",
        };
        let code = self.element.as_str();
        let space = if self.qualifier.is_empty() { "" } else { " " };
        let of = self.date.map_or(String::new(), |date| format!(" {date}"));
        format!("{what}{of} ({code}{space}{})", self.qualifier.display())
    }
}

impl fmt::Display for CarriedEvidence {
    /// `PWK OZ`, `DTP 463 of 2026-01-05`, `REF-G1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.element.as_str())?;
        if !self.qualifier.is_empty() {
            write!(f, " {}", self.qualifier.display())?;
        }
        match self.date {
            Some(date) => write!(f, " of {date}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_named_by_its_segment() {
        let mut evidence = CarriedEvidence {
            element: EvidenceElement::Date,
            qualifier: "463".into(),
            level: EvidenceLevel::Line,
            date: Some(Date::constant(2026, 1, 5)),
        };
        assert_eq!(evidence.to_string(), "DTP 463 of 2026-01-05");
        assert_eq!(
            evidence.words(),
            "date when therapy began 2026-01-05 (DTP 463)"
        );
        evidence.date = None;
        evidence.qualifier = Text::default();
        evidence.element = EvidenceElement::PriorAuthorization;
        assert_eq!(evidence.to_string(), "REF-G1");
        assert_eq!(evidence.words(), "prior authorization number (REF-G1)");
        let json = serde_json::to_value(&evidence).unwrap();
        assert_eq!(json["element"], evidence.element.as_str());
        assert_eq!(json["level"], "line");
    }
}
