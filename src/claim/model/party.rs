//! Who is named on a claim: loops of NM1 and what belongs to them.

use crate::date::Date;

/// A person or organisation: one NM1 loop.
#[derive(Clone, Copy, Default)]
pub struct Party<'a> {
    /// NM101, entity identifier code; empty when the loop is absent.
    pub entity: &'a [u8],
    /// NM102: `1` person, `2` organisation.
    pub entity_type: &'a [u8],
    /// NM103 (PHI when a person).
    pub last_or_organization: &'a [u8],
    /// NM104 (PHI).
    pub first: &'a [u8],
    /// NM105 (PHI).
    pub middle: &'a [u8],
    /// NM107 (PHI).
    pub suffix: &'a [u8],
    /// NM108: `XX` NPI, `MI` member id, `PI` payer id ...
    pub id_qualifier: &'a [u8],
    /// NM109 (PHI when a person's).
    pub id: &'a [u8],
    /// PRV03, provider taxonomy.
    pub taxonomy: &'a [u8],
}

impl Party<'_> {
    /// True when the loop was sent.
    pub const fn is_present(&self) -> bool {
        !self.entity.is_empty()
    }
}

/// DMG03.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sex {
    /// `F`
    Female,
    /// `M`
    Male,
    /// `U`, empty, or not sent.
    #[default]
    Unknown,
}

/// Subscriber (2000B/2010BA) or patient (2000C/2010CA).
#[derive(Clone, Copy, Default)]
pub struct Person<'a> {
    /// NM1*IL or NM1*QC.
    pub name: Party<'a>,
    /// DMG02 in D8 (PHI).
    pub birth_date: Option<Date>,
    /// DMG03.
    pub sex: Sex,
}

/// SBR and loop 2010BB: the payer that this claim is sent to.
#[derive(Clone, Copy, Default)]
pub struct Payer<'a> {
    /// NM1*PR: NM103 name, NM108/109 payer id.
    pub name: Party<'a>,
    /// SBR01: P primary, S secondary, T tertiary ...
    pub responsibility: &'a [u8],
    /// SBR09, claim filing indicator: MA, MB, 16, MC, CI ...
    pub filing_indicator: &'a [u8],
    /// SBR05, insurance type (Medicare secondary payer reason in 837P).
    pub insurance_type: &'a [u8],
}

impl Payer<'_> {
    /// True when SBR01 says that another payer pays first (`S`, `T`, `A` to `H`); `U` is unknown.
    pub fn is_secondary(&self) -> bool {
        !matches!(self.responsibility, b"" | b"P" | b"U")
    }
}

/// Loop 2320: another payer on the claim, never the one it is sent to.
#[derive(Clone, Copy, Default)]
pub struct OtherPayer<'a> {
    /// SBR01.
    pub responsibility: &'a [u8],
    /// SBR09.
    pub filing_indicator: &'a [u8],
    /// 2330B NM109: the key that SVD01 refers to.
    pub payer_id: &'a [u8],
}
