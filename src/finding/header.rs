//! Values of ISA, GS and ST that the standard or the guide does not allow.
//!
//! They are found here once: the collector tells them as notices, and the 999 answers them with its codes, so
//! that nothing is rejected without a word.

use super::{GroupInfo, Notice, NoticeKind};
use crate::text::{Shown, Text};
use crate::x12::{ElementReference, Position};

/// What is wrong with a value of an envelope's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// This element of the ISA (1-based) is not in its code list, or not of its form.
    Interchange(u8),
    /// GS01 is not `HC`: no group of claims.
    GroupKind,
    /// GS06 is not one to nine digits.
    GroupNumber,
    /// GS08 is missing.
    GroupVersionMissing,
    /// ST01 names a transaction set that such a group does not hold.
    SetKind,
    /// ST02 is missing.
    SetNumberMissing,
    /// ST02 does not have four to nine characters.
    SetNumber,
    /// ST03 is missing, which 5010 asks for.
    ImplementationMissing,
    /// ST03 is of the guide of GS08, with another errata.
    OtherErrata,
    /// ST03 names another guide than GS08.
    OtherGuide,
}

/// GS01 of groups of claims.
const CLAIMS: &[u8] = b"HC";
/// GS01 of groups of acknowledgements.
const ACKNOWLEDGEMENTS: &[u8] = b"FA";

impl HeaderFault {
    /// What is wrong with a GS, and the value that is. A group of acknowledgements is none of claims, and no fault.
    pub fn of_group(group: &GroupInfo) -> impl Iterator<Item = (Self, Text)> + use<> {
        let kind = &group.functional_id;
        let is_kind = matches!(kind.as_bytes(), CLAIMS | ACKNOWLEDGEMENTS);
        let number = group.control_number.as_bytes();
        let is_number = (1..=9).contains(&number.len()) && number.iter().all(u8::is_ascii_digit);
        let faults = [
            (!is_kind).then(|| (Self::GroupKind, kind.clone())),
            group
                .version
                .is_empty()
                .then(|| (Self::GroupVersionMissing, Text::default())),
            (!is_number).then(|| (Self::GroupNumber, group.control_number.clone())),
        ];
        faults.into_iter().flatten()
    }

    /// What is wrong with an ST of this group, and the value that is.
    pub fn of_set(
        group: &GroupInfo,
        id: &Text,
        number: &Text,
        implementation: &Text,
    ) -> impl Iterator<Item = (Self, Text)> + use<> {
        let is_claims = id.as_bytes() == b"837";
        let is_kind = match group.functional_id.as_bytes() {
            CLAIMS => is_claims,
            ACKNOWLEDGEMENTS => !is_claims,
            // Told of the group, or there is none.
            _ => true,
        };
        let of_number = match number.as_bytes().len() {
            0 => Some(Self::SetNumberMissing),
            4..=9 => None,
            _ => Some(Self::SetNumber),
        };
        let of_guide = is_claims
            .then(|| Self::of_guide(group.version.as_bytes(), implementation.as_bytes()))
            .flatten();
        let faults = [
            of_number.map(|fault| (fault, number.clone())),
            (!is_kind).then(|| (Self::SetKind, id.clone())),
            of_guide.map(|fault| (fault, implementation.clone())),
        ];
        faults.into_iter().flatten()
    }

    /// What ST03 has to say of the guide, given GS08. The first ten characters are the guide, the rest is its
    /// errata. Source: X12 RFI 1438.
    fn of_guide(version: &[u8], implementation: &[u8]) -> Option<Self> {
        match implementation {
            _ if version.is_empty() => None,
            b"" => version
                .starts_with(b"005010")
                .then_some(Self::ImplementationMissing),
            _ if version == implementation => None,
            _ if version.get(..10) == implementation.get(..10) => Some(Self::OtherErrata),
            _ => Some(Self::OtherGuide),
        }
    }

    /// The element that is meant.
    const fn reference(self) -> ElementReference {
        let (segment, element): (&[u8], u8) = match self {
            Self::Interchange(number) => (b"ISA", number),
            Self::GroupKind => (b"GS", 1),
            Self::GroupNumber => (b"GS", 6),
            Self::GroupVersionMissing => (b"GS", 8),
            Self::SetKind => (b"ST", 1),
            Self::SetNumberMissing | Self::SetNumber => (b"ST", 2),
            Self::ImplementationMissing | Self::OtherErrata | Self::OtherGuide => (b"ST", 3),
        };
        ElementReference::new(segment, element, 0)
    }

    /// What is expected.
    const fn expected(self) -> &'static str {
        match self {
            Self::Interchange(number) => expected_of_interchange(number),
            Self::GroupKind => "HC: claims stand in groups of claims",
            Self::GroupNumber => "1 to 9 digits",
            Self::GroupVersionMissing => "the version of the guide, such as 005010X222A1",
            Self::SetKind => "837 in a group of claims (GS01 HC), and nowhere else",
            Self::SetNumberMissing | Self::SetNumber => "4 to 9 characters",
            Self::ImplementationMissing => "the guide, as in GS08",
            Self::OtherErrata | Self::OtherGuide => "the same as in GS08",
        }
    }

    /// The notice that tells it, given the value. That of an ISA is not shown: its elements may be passwords.
    pub fn notice(self, found: &Text, position: Position) -> Notice {
        let reference = self.reference();
        let found = match (self, found.as_bytes()) {
            (Self::Interchange(_), _) => "not a value that X12 allows there".into(),
            (_, b"") => "missing".into(),
            (_, found) => Shown::code(found).to_string(),
        };
        let message = format!("{reference} is {found}; expected {}", self.expected());
        let position = Position {
            reference: Some(reference),
            ..position
        };
        Notice::new(NoticeKind::EnvelopeValue, position, message)
    }
}

/// Values: X12.5 as the guides' appendix B restricts it; [`crate::x12::InterchangeHeader::invalid_elements`] looks
/// at them.
const fn expected_of_interchange(element: u8) -> &'static str {
    match element {
        1 => "00 or 03",
        3 => "00 or 01",
        5 | 7 => "a qualifier such as ZZ, 01, 20, 27, 28, 29, 30 or 33",
        6 | 8 => "an identifier",
        9 => "a date as YYMMDD",
        10 => "a time as HHMM",
        12 => "00501 (or 00401)",
        13 => "9 digits",
        14 => "0 or 1",
        15 => "P or T",
        _ => "a value of its code list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(kind: &str, version: &str) -> GroupInfo {
        GroupInfo {
            functional_id: kind.into(),
            control_number: "1".into(),
            version: version.into(),
            ..GroupInfo::default()
        }
    }

    /// Where terminators are lost, an element may hold anything, patients' data included.
    #[test]
    fn values_that_are_too_long_to_be_codes_are_not_shown() {
        let group = group("HC*SECRET*WILLIE*5551212", "005010X222A1");
        let notices: Vec<Notice> = HeaderFault::of_group(&group)
            .map(|(fault, value)| fault.notice(&value, Position::default()))
            .collect();
        assert_eq!(
            notices[0].message,
            "GS01 is longer than 20 bytes; expected HC: claims stand in groups of claims"
        );
    }

    #[test]
    fn guide_and_errata_are_told_apart() {
        use HeaderFault::{ImplementationMissing, OtherErrata, OtherGuide};
        for (version, implementation, expected) in [
            ("005010X222A1", "005010X222A1", None),
            ("005010X222A1", "005010X222A2", Some(OtherErrata)),
            ("005010X222A1", "005010X222", Some(OtherErrata)),
            ("005010X222A1", "005010X223A2", Some(OtherGuide)),
            ("005010X222A1", "X", Some(OtherGuide)),
            ("005010X222A1", "", Some(ImplementationMissing)),
            ("004010X098A1", "", None),
            ("", "005010X222A1", None),
        ] {
            let group = group("HC", version);
            let found: Vec<_> = HeaderFault::of_set(
                &group,
                &"837".into(),
                &"0001".into(),
                &implementation.into(),
            )
            .map(|(fault, _)| fault)
            .collect();
            assert_eq!(
                found,
                expected.into_iter().collect::<Vec<_>>(),
                "{version} {implementation}"
            );
        }
    }

    #[test]
    fn sets_belong_into_groups_of_their_kind() {
        for (kind, id, is_fault) in [
            ("HC", "837", false),
            ("HC", "835", true),
            ("FA", "999", false),
            ("FA", "837", true),
            ("HP", "835", false),
            ("HP", "837", false),
        ] {
            let group = group(kind, "");
            let found = HeaderFault::of_set(&group, &id.into(), &"0001".into(), &"".into());
            assert_eq!(found.count() > 0, is_fault, "{kind} {id}");
            let of_group =
                HeaderFault::of_group(&group).any(|(fault, _)| fault == HeaderFault::GroupKind);
            assert_eq!(of_group, kind == "HP");
        }
    }
}
