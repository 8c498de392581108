//! A claim and its service lines, as slices of the bytes that were read.
//!
//! One [`Claim`] is filled again and again by the reader; nothing in it is copied.
//! Every field names the element it comes from; empty slices mean "not sent".

mod line;
mod party;

use smallvec::SmallVec;

use crate::code::DiagnosisCode;
use crate::date::DateRange;
use crate::finding::ClaimKind;
use crate::money::Cents;
use crate::text::Text;
use crate::x12::{Delimiters, EnvelopeIds, SegmentPlace};

pub use line::{Adjudication, ServiceLine};
pub use party::{OtherPayer, Party, Payer, Person, Sex};

use super::guide::Guide;
use super::lines::ServiceLines;

/// The envelope and header around a claim.
#[derive(Clone, Copy, Default, Debug)]
pub struct Envelope<'a> {
    /// ISA13, interchange control number.
    pub isa13: &'a [u8],
    /// ISA06, interchange sender id (trimmed).
    pub sender_id: &'a [u8],
    /// ISA08, interchange receiver id (trimmed).
    pub receiver_id: &'a [u8],
    /// GS06, group control number.
    pub gs06: &'a [u8],
    /// GS03, application receiver's code.
    pub application_receiver: &'a [u8],
    /// 1000B NM109 (NM1*40), the receiver of the transaction set.
    pub receiver: &'a [u8],
    /// ST02, transaction set control number.
    pub st02: &'a [u8],
    /// Delimiters in force.
    pub delimiters: Delimiters,
    /// Implementation guide from GS08, else ST03.
    pub guide: Guide,
}

/// One composite of HI, by its own qualifier.
#[derive(Clone, Copy)]
pub struct HealthCareCode<'a> {
    /// Component 1: `ABK`, `ABF`, `BG`, `BE`, `BH` ...
    pub qualifier: &'a [u8],
    /// Component 2.
    pub code: &'a [u8],
    /// Component 4: date or range, as written.
    pub date: &'a [u8],
    /// Component 5: monetary amount.
    pub amount: &'a [u8],
}

/// Something on the claim that may support a KX; it says that a document exists, never what it
/// proves.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The element that carries it, such as `PWK01` or `REF-G1`.
    pub kind: EvidenceKind,
    /// Qualifier: report type, note reference code, condition category, date qualifier.
    pub qualifier: &'a [u8],
    /// Value: control number, note text (PHI), condition codes, number, date.
    pub value: &'a [u8],
}

/// The kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceKind {
    /// PWK: paperwork; the qualifier is PWK01, the value PWK06.
    Paperwork,
    /// NTE: note; the qualifier is NTE01, the value NTE02 (free text, PHI).
    Note,
    /// CRC: conditions; the qualifier is CRC01, the value CRC03.
    Conditions,
    /// CR3: DME certification; the qualifier is CR301, the value CR303.
    DmeCertification,
    /// REF*G1: prior authorization number.
    PriorAuthorization,
    /// REF*9F: referral number.
    Referral,
    /// K3: fixed-format text (free text, PHI).
    FileInformation,
    /// DTP other than the date of service; the qualifier is DTP01, the value DTP03.
    Date,
}

/// Claim-level dates.
#[derive(Clone, Copy, Default)]
pub struct ClaimDates {
    /// DTP*434: statement from and through (I).
    pub statement: Option<DateRange>,
    /// DTP*435: admission.
    pub admission: Option<DateRange>,
    /// DTP*472 in 2300: date of service (D).
    pub service: Option<DateRange>,
}

/// Loop 2300 with everything around it that a judge needs.
#[derive(Clone)]
pub struct Claim<'a> {
    /// Envelope and guide.
    pub envelope: Envelope<'a>,
    /// 2000A/2010AA.
    pub billing_provider: Party<'a>,
    /// 2010AA REF02 under REF01 = EI, the employer's number. A social security number (SY) is
    /// not read.
    pub billing_tax_id: &'a [u8],
    /// 2010AA N402, the state of the billing provider's address.
    pub billing_state: &'a [u8],
    /// Counts the 2000A loops of the transaction set from 0.
    pub billing_loop: u32,
    /// 2000B/2010BA.
    pub subscriber: Person<'a>,
    /// 2000C/2010CA; `None` when the subscriber is the patient.
    pub patient: Option<Person<'a>>,
    /// 2000B SBR and 2010BB.
    pub payer: Payer<'a>,
    /// False when a part of the claim was not read, or may be missing: its set has no SE, data of it or of the
    /// loops above it got lost, or it has more lines than are read.
    pub is_whole: bool,
    /// The CLM segment.
    pub place: SegmentPlace,
    /// Kind of the claim: that of its service lines, else of its guide.
    pub kind: ClaimKind,
    /// CLM01 (trimmed).
    pub id: &'a [u8],
    /// CLM02 as written (trimmed).
    pub raw_charge: &'a [u8],
    /// CLM02; `None` when it is not an amount.
    pub charge: Option<Cents>,
    /// CLM05-1: place of service (P, D), first two digits of the type of bill (I).
    pub facility: &'a [u8],
    /// CLM05-3: claim frequency (7 replacement, 8 void).
    pub frequency: &'a [u8],
    /// REF*F8: the payer's claim number of the original.
    pub original_reference: &'a [u8],
    /// REF*D9: the clearinghouse's trace number.
    pub clearinghouse_trace: &'a [u8],
    /// Claim-level dates.
    pub dates: ClaimDates,
    /// 2310 referring provider.
    pub referring_provider: Party<'a>,
    /// 2310 rendering provider.
    pub rendering_provider: Party<'a>,
    /// 2310 attending provider (I).
    pub attending_provider: Party<'a>,
    /// All composites of HI in their order.
    pub codes: Vec<HealthCareCode<'a>>,
    /// Indexes in `codes` of the diagnoses that pointers count: principal, then others.
    pub diagnosis_indexes: SmallVec<[u16; 12]>,
    /// 2320 loops.
    pub other_payers: Vec<OtherPayer<'a>>,
    /// Evidence on the claim.
    pub evidence: Vec<Evidence<'a>>,
    /// 2400 loops.
    pub lines: ServiceLines<'a>,
}

impl Default for Claim<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Claim<'a> {
    /// A claim of which nothing is known yet.
    pub fn new() -> Self {
        Self {
            envelope: Envelope::default(),
            billing_provider: Party::default(),
            billing_tax_id: &[],
            billing_state: &[],
            billing_loop: 0,
            subscriber: Person::default(),
            patient: None,
            payer: Payer::default(),
            is_whole: true,
            place: SegmentPlace::default(),
            kind: ClaimKind::Professional,
            id: &[],
            raw_charge: &[],
            charge: None,
            facility: &[],
            frequency: &[],
            original_reference: &[],
            clearinghouse_trace: &[],
            dates: ClaimDates::default(),
            referring_provider: Party::default(),
            rendering_provider: Party::default(),
            attending_provider: Party::default(),
            codes: Vec::new(),
            diagnosis_indexes: SmallVec::new(),
            other_payers: Vec::new(),
            evidence: Vec::new(),
            lines: ServiceLines::default(),
        }
    }

    /// Forgets loop 2300 and below; what stands above it stays.
    pub fn reset_claim(&mut self) {
        self.id = &[];
        self.raw_charge = &[];
        self.charge = None;
        self.facility = &[];
        self.frequency = &[];
        self.original_reference = &[];
        self.clearinghouse_trace = &[];
        self.dates = ClaimDates::default();
        self.referring_provider = Party::default();
        self.rendering_provider = Party::default();
        self.attending_provider = Party::default();
        self.codes.clear();
        self.diagnosis_indexes.clear();
        self.other_payers.clear();
        self.evidence.clear();
        self.lines.clear();
    }

    /// Control numbers of the envelope, for positions.
    pub fn envelope_ids(&self) -> EnvelopeIds {
        EnvelopeIds {
            isa13: Text::new(self.envelope.isa13),
            gs06: Text::new(self.envelope.gs06),
            st02: Text::new(self.envelope.st02),
        }
    }

    /// The person who was treated: loop 2010CA if there is one, else 2010BA.
    pub fn patient_person(&self) -> &Person<'a> {
        self.patient.as_ref().unwrap_or(&self.subscriber)
    }

    /// The patient's sex as the claim states it; a patient loop without DMG falls back on the
    /// subscriber only when the patient is the subscriber.
    pub fn patient_sex(&self) -> Sex {
        self.patient_person().sex
    }

    /// Dates of service of a line: its own, else the claim's (2300 DTP*472, then DTP*434).
    pub fn line_dates(&self, line: &ServiceLine<'_>) -> Option<DateRange> {
        line.service_date
            .or(self.dates.service)
            .or(self.dates.statement)
    }

    /// Diagnoses that pointers can name, in pointer order (1-based index 1 comes first).
    pub fn diagnoses(&self) -> impl Iterator<Item = &HealthCareCode<'a>> {
        self.diagnosis_indexes
            .iter()
            .map(|index| &self.codes[usize::from(*index)])
    }

    /// The diagnosis that a 1-based pointer names.
    pub fn diagnosis(&self, pointer: u8) -> Option<&HealthCareCode<'a>> {
        let index = self
            .diagnosis_indexes
            .get(usize::from(pointer).checked_sub(1)?)?;
        self.codes.get(usize::from(*index))
    }

    /// The diagnoses that a line's pointers name.
    pub(crate) fn pointed_diagnoses<'s>(
        &'s self,
        line: &'s ServiceLine<'a>,
    ) -> impl Iterator<Item = &'s HealthCareCode<'a>> + use<'s, 'a> {
        let pointers = line.diagnosis_pointers(self.envelope.delimiters.component);
        pointers.filter_map(|pointer| self.diagnosis(pointer))
    }

    /// The diagnoses that apply to a line: those its pointers name; all of the claim's when it
    /// has no pointers (institutional and most dental lines).
    pub fn line_diagnoses<'s>(
        &'s self,
        line: &'s ServiceLine<'a>,
    ) -> impl Iterator<Item = DiagnosisCode> + use<'s, 'a> {
        let mut pointers = line.diagnosis_pointers(self.envelope.delimiters.component);
        let has_pointers = pointers.next().is_some();
        let all = self.diagnoses().filter(move |_| !has_pointers);
        self.pointed_diagnoses(line)
            .chain(all)
            .filter_map(|diagnosis| DiagnosisCode::new(diagnosis.code))
    }

    /// True when HI carries this condition code (`BG`), compared zero-padded to two characters.
    pub fn has_condition_code(&self, code: &str) -> bool {
        self.codes.iter().any(|hi| {
            hi.qualifier == b"BG"
                && (hi.code == code.as_bytes()
                    || (hi.code.len() == 1 && code.as_bytes() == [b'0', hi.code[0]]))
        })
    }

    /// Type of bill without its leading zero, such as `131`; empty for P and D.
    pub fn type_of_bill(&self) -> SmallVec<[u8; 4]> {
        if self.kind == ClaimKind::Institutional {
            self.facility
                .iter()
                .chain(self.frequency.first())
                .copied()
                .collect()
        } else {
            SmallVec::new()
        }
    }
}
