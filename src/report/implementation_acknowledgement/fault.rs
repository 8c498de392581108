//! What a notice is in a 999: the table from notices to its codes.
//!
//! Codes: X12 data elements 620 (IK304), 621 (IK403), 618 (IK502) and 716 (AK905) as 005010X231A1
//! lists them. `E` (accepted with errors) is what was read over, `R` (rejected) what was skipped or
//! lost, and every fault of an envelope.

use crate::finding::{Flaw, HeaderFault, Notice, NoticeKind};

/// A transaction set or group is accepted with errors.
pub(super) const NOTED: bool = false;
/// A transaction set or group is rejected.
pub(super) const REJECTED: bool = true;

/// Segment errors of the standard (IK502 = 5), or of the guide alone (I5).
const STANDARD: &str = "5";
const GUIDE: &str = "I5";

/// What a notice is in a 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Of a functional group: AK905.
    Group { code: &'static str, rejects: bool },
    /// Of a transaction set.
    Set(SetFault),
}

/// What IK5 says, and IK3 if a segment can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SetFault {
    /// IK502.
    pub code: &'static str,
    /// The set is rejected for it.
    pub rejects: bool,
    /// IK3.
    pub segment: Option<SegmentFault>,
}

/// What IK3 and IK4 say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SegmentFault {
    /// IK301, when it is a segment that is missing.
    pub missing: Option<Missing>,
    /// IK304; `8` when an element is at fault.
    pub code: &'static str,
    /// IK403.
    pub element: Option<&'static str>,
    /// IK401-1, when the notice names no element.
    pub element_number: u8,
    /// The segment at fault is asked for because of the one that the notice is about.
    pub is_situational: bool,
}

const NOTHING: SegmentFault = SegmentFault {
    missing: None,
    code: "",
    element: None,
    element_number: 0,
    is_situational: false,
};

/// A segment that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// LX, and with it loop 2400.
    LineNumber,
    /// SV1, SV2 or SV3, as the guide has it.
    ServiceLine,
    /// DTP*472.
    ServiceDate,
}

/// The group is at fault: AK905.
const fn group(code: &'static str) -> Fault {
    Fault::Group {
        code,
        rejects: REJECTED,
    }
}

/// The set is at fault, and no segment can be named.
const fn set(code: &'static str, rejects: bool) -> Fault {
    Fault::Set(SetFault {
        code,
        rejects,
        segment: None,
    })
}

/// A segment is at fault: IK502 and IK304.
const fn segment(set: &'static str, code: &'static str, rejects: bool) -> Fault {
    Fault::Set(SetFault {
        code: set,
        rejects,
        segment: Some(SegmentFault { code, ..NOTHING }),
    })
}

/// A segment is missing: IK304.
const fn missing(segment: Missing, code: &'static str, rejects: bool) -> Fault {
    Fault::Set(SetFault {
        code: if code.len() > 1 { GUIDE } else { STANDARD },
        rejects,
        segment: Some(SegmentFault {
            missing: Some(segment),
            code,
            is_situational: matches!(segment, Missing::ServiceDate),
            ..NOTHING
        }),
    })
}

/// An element is at fault: IK403, and IK401 when the notice names none.
const fn element(code: &'static str, number: u8) -> Fault {
    Fault::Set(SetFault {
        code: if code.len() > 1 { GUIDE } else { STANDARD },
        rejects: NOTED,
        segment: Some(SegmentFault {
            code: "8",
            element: Some(code),
            element_number: number,
            ..NOTHING
        }),
    })
}

/// AK905 for a fault of GS (for a set that cannot be named, X12 RFI 1339), and whether the group is rejected for
/// it.
pub(super) const fn group_code(fault: HeaderFault) -> Option<(&'static str, bool)> {
    use HeaderFault as F;
    match fault {
        F::GroupKind => Some(("1", REJECTED)),
        F::GroupVersionMissing => Some(("2", NOTED)),
        F::SetNumberMissing => Some(("5", REJECTED)),
        F::GroupNumber => Some(("6", REJECTED)),
        // For the TA1, and for IK5.
        F::Interchange(_)
        | F::SetKind
        | F::SetNumber
        | F::ImplementationMissing
        | F::OtherErrata
        | F::OtherGuide => None,
    }
}

/// IK502 for a fault of an ST with this ST01, and whether the set is rejected for it.
pub(super) fn set_code(fault: HeaderFault, id: &[u8]) -> Option<(&'static str, bool)> {
    use HeaderFault as F;
    let is_code = id.len() == 3 && id.iter().all(u8::is_ascii_digit);
    match fault {
        F::SetKind => Some((if is_code { "18" } else { "6" }, REJECTED)),
        F::SetNumber => Some(("7", NOTED)),
        F::ImplementationMissing => Some(("19", NOTED)),
        F::OtherErrata => Some(("I6", NOTED)),
        F::OtherGuide => Some(("I6", REJECTED)),
        F::Interchange(_)
        | F::GroupKind
        | F::GroupNumber
        | F::GroupVersionMissing
        | F::SetNumberMissing => None,
    }
}

/// The last element that IK401 can name, which has two digits.
const LAST_ELEMENT: u8 = 99;

impl Fault {
    /// `None` for what is no matter of syntax or guide, or is for the TA1.
    #[expect(
        clippy::match_same_arms,
        reason = "a table: what is the same by chance stays apart"
    )]
    pub fn of(notice: &Notice) -> Option<Self> {
        use NoticeKind as K;
        let about = notice.position.reference.unwrap_or_default();
        let names_element = about.element > 0;
        Some(match (notice.kind, about.segment.as_bytes()) {
            (K::EnvelopeNotClosed, b"ST") => set("2", REJECTED),
            (K::ControlNumberMismatch, b"SE") => set("3", REJECTED),
            (K::EnvelopeCountMismatch, b"SE") => set("4", REJECTED),
            (K::ControlNumberRepeated, b"ST") => set("23", REJECTED),
            (K::EnvelopeNotClosed, b"GS") => group("3"),
            (K::ControlNumberMismatch, b"GE") => group("4"),
            (K::EnvelopeCountMismatch, b"GE") => group("5"),
            (K::ControlNumberRepeated, b"GS") => group("19"),
            // A set whose ST was lost is one that GE01 counts and we cannot (X12 RFI 1339).
            (K::EnvelopeNotOpened, b"SE") => group("5"),
            // Faults of ISA and IEA, and of trailers that end nothing.
            (
                K::EnvelopeNotClosed
                | K::EnvelopeNotOpened
                | K::ControlNumberMismatch
                | K::EnvelopeCountMismatch
                | K::ControlNumberRepeated,
                _,
            ) => return None,
            // Of a segment without a valid identifier IK3 cannot speak (X12 RFI 1257).
            (K::UnknownSegment, _) => set(STANDARD, REJECTED),
            (K::SegmentTruncated | K::NulBlock | K::ClaimTruncated, _) => set(STANDARD, REJECTED),
            (K::EmptySegment, _) => set(STANDARD, NOTED),
            (K::LowerCaseSegmentId, _) => segment(STANDARD, "1", NOTED),
            (K::TooManyElements, _) => element("3", LAST_ELEMENT),
            // Which of the elements are whose is not known.
            (K::SegmentsRunTogether, _) => segment(STANDARD, "8", REJECTED),
            (K::SegmentWithoutElements, _) => element("1", 1),
            (K::LineWithoutClaim | K::LevelDamaged, _) => segment(STANDARD, "2", REJECTED),
            (K::ProcedureMissing, _) => element("1", 1),
            (K::ClaimTooLarge, _) => segment(STANDARD, "4", REJECTED),
            (K::SegmentMisplaced, _) if names_element => element("1", 1),
            (K::SegmentMisplaced, _) => segment(STANDARD, "2", NOTED),
            // IK304 has no code for a wrong level or sequence.
            (K::HierarchyDefect | K::LineNumberDefect, _)
                if notice.flaw == Some(Flaw::Missing) =>
            {
                element("1", 1)
            }
            (K::HierarchyDefect, _) if names_element => element("7", 1),
            (K::HierarchyDefect, _) => segment(STANDARD, "2", NOTED),
            (K::LineNumberDefect, _) if names_element => element("7", 1),
            (K::LineNumberDefect, _) => missing(Missing::LineNumber, "3", NOTED),
            (K::ServiceLineUnread, _) => missing(Missing::ServiceLine, "I8", REJECTED),
            (K::ServiceLineMissing, _) => missing(Missing::LineNumber, "I7", NOTED),
            (K::ServiceDateMissing, _) => missing(Missing::ServiceDate, "I6", NOTED),
            // The standard lets amounts be absent and negative, the guides do not (X12 RFI 2502).
            (K::AmountDefect, _) => match notice.flaw {
                Some(Flaw::Missing) => element("I9", 1),
                Some(Flaw::Form) => element("6", 1),
                Some(Flaw::Length) => element("5", 1),
                Some(Flaw::Range) | None => element("I12", 1),
            },
            // DTP02 is missing.
            (K::DateDefect, b"DTP") if about.element == 2 => element("1", 2),
            (K::DateDefect, _) => element("8", 1),
            (K::ModifierDefect, _) => element("7", 1),
            (K::CharacterDefect, _) if notice.flaw == Some(Flaw::Length) => element("5", 1),
            (K::CharacterDefect, _) => element("6", 1),
            (K::GuideMismatch, _) => segment("I6", "I4", NOTED),
            (K::UnknownGuide, _) => set("I6", REJECTED),
            // Of files and interchanges; sums, payers and repeats are for the 277CA.
            (
                K::FileUnreadable
                | K::NotX12
                | K::InterchangeUnreadable
                | K::DataOutsideInterchange
                | K::ClaimsOutsideEnvelope
                | K::InterchangeHeaderLayout
                | K::WrappedSegments
                | K::TransactionSetSkipped
                | K::ChargesOutOfBalance
                | K::NoClaims
                | K::PayerUnknown
                | K::ReportIncomplete
                | K::TerminatorMissing
                | K::RunInterrupted
                | K::ClaimRepeated
                | K::OriginalUnknown
                | K::ClaimResubmitted
                // Taken from the headers themselves: see `group_code` and `set_code`.
                | K::EnvelopeValue,
                _,
            ) => return None,
        })
    }
}

/// Data element number (IK402) of an element that notices speak of; `None` for composites and
/// whatever has none here. Source: X12 005010 segment directory.
pub(super) const fn data_element(
    segment: &[u8],
    element: u8,
    component: u8,
) -> Option<&'static str> {
    Some(match (segment, element, component) {
        (b"HL", 1, 0) => "628",
        (b"HL", 2, 0) => "734",
        (b"HL", 3, 0) => "735",
        (b"HL", 4, 0) => "736",
        (b"CLM", 1, 0) => "1028",
        (b"CLM" | b"SV1" | b"SV3", 2, 0) | (b"SV2", 3, 0) => "782",
        (b"LX", 1, 0) => "554",
        (b"DTP", 2, 0) => "1250",
        (b"DTP", 3, 0) | (b"DMG", 2, 0) => "1251",
        (b"SV1" | b"SV3", 1, 2) | (b"SV2", 2, 2) => "234",
        (b"SV1" | b"SV3", 1, 3..=6) | (b"SV2", 2, 3..=6) => "1339",
        (b"SV1" | b"SV3", 1, 7) | (b"SV2", 2, 7) => "352",
        (b"SV1", 4, 0) | (b"SV2", 5, 0) | (b"SV3", 6, 0) => "380",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::NoticeLevel;
    use crate::x12::{ElementReference, Position};

    /// What was lost is never merely noted, and what was read over is rejected only where the
    /// standard asks for it.
    #[test]
    fn losses_reject() {
        for kind in NoticeKind::ALL {
            let notice = Notice::new(*kind, Position::default(), "");
            let Some(Fault::Set(SetFault { rejects, .. })) = Fault::of(&notice) else {
                continue;
            };
            let is_asked_for =
                matches!(kind, NoticeKind::UnknownSegment | NoticeKind::UnknownGuide);
            let is_lost = kind.level() == NoticeLevel::Loss;
            assert_eq!(rejects, is_lost || is_asked_for, "{}", kind.name());
        }
    }

    #[test]
    fn an_envelope_is_told_by_its_segment() {
        let of = |kind, id: &[u8]| {
            let position = Position {
                reference: Some(ElementReference::new(id, 1, 0)),
                ..Position::default()
            };
            Fault::of(&Notice::new(kind, position, ""))
        };
        let kind = NoticeKind::EnvelopeCountMismatch;
        assert_eq!(of(kind, b"SE"), Some(set("4", REJECTED)));
        assert_eq!(of(kind, b"GE"), Some(group("5")));
        assert_eq!(of(kind, b"IEA"), None);
    }
}
