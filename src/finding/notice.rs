//! Notices: what was wrong with a file, as opposed to a line's modifiers.

use serde::Serialize;

use crate::x12::Position;

/// How a notice affects the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeLevel {
    /// Read without loss; good to know.
    Note,
    /// A defect of the file; everything readable was read.
    Defect,
    /// Something could not be read: the file's reports are incomplete.
    Loss,
}

impl NoticeLevel {
    /// The lower-case word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Defect => "defect",
            Self::Loss => "loss",
        }
    }
}

macro_rules! notice_kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $name:literal, $level:ident;)*) => {
        /// The closed set of notices, each with a stable code and name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum NoticeKind {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl NoticeKind {
            /// All kinds, ordered by code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Stable code, `KX9xx`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Kebab-case name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What is wrong, in one sentence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)* }
            }

            /// How it affects the run.
            pub const fn level(self) -> NoticeLevel {
                match self { $(Self::$variant => NoticeLevel::$level,)* }
            }
        }
    };
}

notice_kinds! {
    /// The file could not be read to its end (missing, unreadable, broken compression).
    FileUnreadable = "KX901", "file-unreadable", Loss;
    /// The file is not X12, or packed data stand behind its interchanges.
    NotX12 = "KX902", "not-x12", Loss;
    /// The ISA is too damaged to read its interchange.
    InterchangeUnreadable = "KX903", "interchange-unreadable", Loss;
    /// There is data before the first ISA, between interchanges or after the last IEA.
    DataOutsideInterchange = "KX904", "data-outside-interchange", Defect;
    /// The ISA deviates from its fixed layout.
    InterchangeHeaderLayout = "KX905", "interchange-header-layout", Defect;
    /// An envelope is not closed.
    EnvelopeNotClosed = "KX906", "envelope-not-closed", Defect;
    /// An envelope is closed that was not opened.
    EnvelopeNotOpened = "KX907", "envelope-not-opened", Defect;
    /// A trailer's control number differs from its header's.
    ControlNumberMismatch = "KX908", "control-number-mismatch", Defect;
    /// A trailer's count differs from what was counted.
    EnvelopeCountMismatch = "KX909", "envelope-count-mismatch", Defect;
    /// A control number was seen before.
    ControlNumberRepeated = "KX910", "control-number-repeated", Defect;
    /// The last segment has no terminator.
    SegmentTruncated = "KX911", "segment-truncated", Loss;
    /// A segment identifier that X12 claims do not know.
    UnknownSegment = "KX912", "unknown-segment", Defect;
    /// A segment with no content between two terminators.
    EmptySegment = "KX913", "empty-segment", Defect;
    /// A segment identifier in lower case.
    LowerCaseSegmentId = "KX914", "lower-case-segment-id", Defect;
    /// Line breaks inside segments were removed.
    WrappedSegments = "KX915", "wrapped-segments", Note;
    /// More elements or components than any guide allows.
    TooManyElements = "KX916", "too-many-elements", Defect;
    /// A transaction set that is not a claim was skipped.
    TransactionSetSkipped = "KX917", "transaction-set-skipped", Note;
    /// The implementation guide is unknown or not meant for claims to a payer.
    UnknownGuide = "KX918", "unknown-guide", Defect;
    /// The guide and the kind of service line disagree.
    GuideMismatch = "KX919", "guide-mismatch", Defect;
    /// An HL has a wrong number, parent or level.
    HierarchyDefect = "KX920", "hierarchy-defect", Defect;
    /// A service line stands before any claim.
    LineWithoutClaim = "KX921", "line-without-claim", Loss;
    /// A service line has no LX, or LX numbers are out of sequence.
    LineNumberDefect = "KX922", "line-number-defect", Defect;
    /// A claim without any service line.
    ServiceLineMissing = "KX923", "service-line-missing", Defect;
    /// An amount or quantity that is not a number, or is negative.
    AmountDefect = "KX924", "amount-defect", Defect;
    /// A date that is not a real date.
    DateDefect = "KX925", "date-defect", Defect;
    /// A modifier that is not two letters or digits, or is in lower case, or leaves a hole.
    ModifierDefect = "KX926", "modifier-defect", Defect;
    /// The claim's total is not the sum of its lines.
    ChargesOutOfBalance = "KX927", "charges-out-of-balance", Defect;
    /// A segment stands where the guide has no place for it.
    SegmentMisplaced = "KX928", "segment-misplaced", Defect;
    /// Characters outside of the X12 character sets in a code, or a claim's number that answers cannot repeat as it is.
    CharacterDefect = "KX929", "character-defect", Defect;
    /// A claim is larger than the limit and was not read.
    ClaimTooLarge = "KX930", "claim-too-large", Loss;
    /// A claim ends before its transaction set was complete.
    ClaimTruncated = "KX931", "claim-truncated", Loss;
    /// Nothing to screen: no claim in the file.
    NoClaims = "KX932", "no-claims", Defect;
    /// It cannot be told which payer decides.
    PayerUnknown = "KX933", "payer-unknown", Note;
    /// A report could not be written completely.
    ReportIncomplete = "KX934", "report-incomplete", Loss;
    /// The last segment of a file or of a broken interchange, a trailer, has no terminator.
    TerminatorMissing = "KX935", "terminator-missing", Defect;
    /// A segment identifier without a single element.
    SegmentWithoutElements = "KX936", "segment-without-elements", Defect;
    /// The run was interrupted before this file was read to its end.
    RunInterrupted = "KX937", "run-interrupted", Loss;
    /// NUL bytes stand where data should be: a broken transfer.
    NulBlock = "KX938", "nul-block", Loss;
    /// A service line without a usable date of service: policies with dates cannot be applied.
    ServiceDateMissing = "KX939", "service-date-missing", Defect;
    /// The same claim was received before.
    ClaimRepeated = "KX940", "claim-repeated", Defect;
    /// A claim replaces or voids one that is not known.
    OriginalUnknown = "KX941", "original-unknown", Note;
    /// A claim has the number, codes and dates of an earlier one, and is not marked as its replacement.
    ClaimResubmitted = "KX942", "claim-resubmitted", Note;
    /// A value of an ISA, GS or ST that X12 or the guide does not allow there.
    EnvelopeValue = "KX943", "envelope-value", Defect;
    /// Claims stand outside of an interchange, or in a transaction set that is no 837: they are not read. Outside of a set they
    /// are read without the loops above them.
    ClaimsOutsideEnvelope = "KX944", "claims-outside-envelope", Loss;
    /// A professional or dental service line names no procedure: no policy can be applied to it.
    ProcedureMissing = "KX945", "procedure-missing", Defect;
    /// An LX without SV1, SV2 or SV3: what the service line says cannot be judged.
    ServiceLineUnread = "KX946", "service-line-unread", Loss;
    /// A segment has elements that only the one behind it can have: the terminator between them got lost, and one of both with it.
    SegmentsRunTogether = "KX947", "segments-run-together", Loss;
    /// A level begins without the segments that open it: whose the claims below it are, and who pays for them, is not known.
    LevelDamaged = "KX948", "level-damaged", Loss;
}

/// In which way the value of an amount or quantity is not what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// There is none.
    Missing,
    /// It is no number.
    Form,
    /// It has more digits than can be read.
    Length,
    /// It is a number that is not allowed there.
    Range,
}

/// One notice.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    /// What.
    #[serde(serialize_with = "serialize_kind")]
    pub kind: NoticeKind,
    /// Where.
    pub position: Position,
    /// What was found and what was expected. Never carries patient data.
    pub message: String,
    /// In which way the value is wrong, of kinds that do not say.
    #[serde(skip)]
    pub flaw: Option<Flaw>,
    /// How many more of the same kind were found in this file and are not listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub repeats: u64,
}

impl Notice {
    /// A notice without repeats.
    pub fn new(kind: NoticeKind, position: Position, message: impl Into<String>) -> Self {
        Self {
            kind,
            position,
            message: message.into(),
            flaw: None,
            repeats: 0,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn serialize_kind<S: serde::Serializer>(
    kind: &NoticeKind,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_ordered() {
        assert!(
            NoticeKind::ALL
                .windows(2)
                .all(|pair| pair[0].code() < pair[1].code())
        );
    }
}
