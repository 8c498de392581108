//! PWK, NTE, CRC, CR3 and K3: what a claim says about its documentation.

use nom::Parser;

use crate::claim::model::{Evidence, EvidenceKind};
use crate::x12::Elements;
use crate::x12::grammar::{Parsed, element, skip};

const fn evidence<'a>(kind: EvidenceKind, qualifier: &'a [u8], value: &'a [u8]) -> Evidence<'a> {
    Evidence {
        kind,
        qualifier,
        value,
    }
}

/// Reads PWK: report type and attachment control number.
///
/// # Errors
/// None: what was not sent is empty.
pub fn paperwork(input: Elements<'_>) -> Parsed<'_, Evidence<'_>> {
    (element, skip(4), element)
        .map(|(report_type, (), control_number)| {
            evidence(EvidenceKind::Paperwork, report_type, control_number)
        })
        .parse(input)
}

/// Reads NTE: reference code and text.
///
/// # Errors
/// None: what was not sent is empty.
pub fn note(input: Elements<'_>) -> Parsed<'_, Evidence<'_>> {
    (element, element)
        .map(|(code, text)| evidence(EvidenceKind::Note, code, text))
        .parse(input)
}

/// Reads CRC: code category and first condition.
///
/// # Errors
/// None: what was not sent is empty.
pub fn conditions(input: Elements<'_>) -> Parsed<'_, Evidence<'_>> {
    (element, skip(1), element)
        .map(|(category, (), condition)| evidence(EvidenceKind::Conditions, category, condition))
        .parse(input)
}

/// Reads CR3: certification type and length.
///
/// # Errors
/// None: what was not sent is empty.
pub fn dme_certification(input: Elements<'_>) -> Parsed<'_, Evidence<'_>> {
    (element, skip(1), element)
        .map(|(kind, (), months)| evidence(EvidenceKind::DmeCertification, kind, months))
        .parse(input)
}

/// Reads K3: fixed-format text.
///
/// # Errors
/// None: what was not sent is empty.
pub fn file_information(input: Elements<'_>) -> Parsed<'_, Evidence<'_>> {
    element
        .map(|text| evidence(EvidenceKind::FileInformation, &[], text))
        .parse(input)
}
