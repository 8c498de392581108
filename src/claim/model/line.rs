//! Loop 2400: a service line, and what earlier payers decided on it.

use smallvec::SmallVec;

use crate::code::{Modifier, ProcedureCode};
use crate::date::DateRange;
use crate::finding::ClaimKind;
use crate::money::Cents;
use crate::text::{is_like_number, is_two_characters};
use crate::x12::{SegmentPlace, trimmed};

use super::Evidence;

/// A CAS triple: group, reason, amount.
pub type AdjustmentReason<'a> = (&'a [u8], &'a [u8], Cents);

/// Loop 2430: what an earlier payer decided on a line.
#[derive(Clone, Default)]
pub struct Adjudication<'a> {
    /// SVD01, the payer's id.
    pub payer_id: &'a [u8],
    /// SVD02, amount paid.
    pub paid: Option<Cents>,
    /// Sum of the CAS adjustments of group PR (deductible, coinsurance, copayment).
    pub patient_responsibility: Cents,
    /// Sum of the CAS adjustments of every group.
    pub adjustments: Cents,
    /// The CAS adjustments one by one.
    pub reasons: SmallVec<[AdjustmentReason<'a>; 2]>,
}

/// A diagnosis pointer; 0 when it is none from 1 to 255.
fn pointer(written: &[u8]) -> u8 {
    if let [digit @ b'0'..=b'9'] = written {
        return digit - b'0';
    }
    let text = std::str::from_utf8(trimmed(written)).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Loop 2400.
#[derive(Clone)]
pub struct ServiceLine<'a> {
    /// The SV1, SV2 or SV3 segment.
    pub place: SegmentPlace,
    /// Kind of the segment that opened the line.
    pub kind: ClaimKind,
    /// The SV segment without its terminator.
    pub segment: &'a [u8],
    /// LX01 as written; empty when there was no LX.
    pub number: &'a [u8],
    /// SV201.
    pub revenue_code: &'a [u8],
    /// SVx01-1: `HC`, `ER`, `IV`, `WK`, `HP`, `AD` ...
    pub qualifier: &'a [u8],
    /// SVx01-2 as written (trimmed).
    pub code: &'a [u8],
    /// SVx01-2 when a policy can name it: at most eight letters and digits.
    pub procedure: Option<ProcedureCode>,
    /// SVx01-3..6 as written (trimmed); empty slots are empty slices.
    pub raw_modifiers: [&'a [u8]; 4],
    /// The slots that hold two letters or digits, upper-cased, with their 0-based slot.
    pub modifiers: SmallVec<[(Modifier, u8); 4]>,
    /// SVx01-7, description.
    pub description: &'a [u8],
    /// SV102, SV203, SV302 as written.
    pub raw_charge: &'a [u8],
    /// The charge; `None` when it is not an amount.
    pub charge: Option<Cents>,
    /// SV103, SV204: `UN`, `MJ`, `DA`.
    pub unit_basis: &'a [u8],
    /// SV104, SV205, SV306 as written.
    pub units: &'a [u8],
    /// SV105, SV303: place of service of the line.
    pub place_of_service: &'a [u8],
    /// SV107, SV311 as written, see [`Self::diagnosis_pointers`].
    pub raw_diagnosis_pointers: &'a [u8],
    /// DTP*472 of the line; `None` when not sent or not a date.
    pub service_date: Option<DateRange>,
    /// DTP*472 of the line: DTP03 as written.
    pub raw_service_date: &'a [u8],
    /// REF*6R: line item control number.
    pub control_number: &'a [u8],
    /// NM109 of the line's rendering provider (2420A in P and D, 2420C in I).
    pub rendering_provider: &'a [u8],
    /// NM109 of the line's ordering provider (2420E), else of its referring provider (2420F).
    pub ordering_provider: &'a [u8],
    /// Evidence on the line.
    pub evidence: Vec<Evidence<'a>>,
    /// 2430.
    pub adjudications: Vec<Adjudication<'a>>,
}

impl<'a> ServiceLine<'a> {
    /// True when the line names no procedure though its kind has to: institutional lines may have a revenue code alone.
    #[inline(always)]
    pub(crate) fn lacks_procedure(&self) -> bool {
        self.code.is_empty() && self.kind != ClaimKind::Institutional
    }

    /// SV107, SV311: 1-based indexes of the claim's diagnoses, 1 to 255; 0 where a slot is unusable. `separator` is what
    /// separates components.
    pub fn diagnosis_pointers(&self, separator: u8) -> impl Iterator<Item = u8> + use<'a> {
        let slots = self
            .raw_diagnosis_pointers
            .split(move |byte| *byte == separator);
        slots.filter(|slot| !slot.is_empty()).map(pointer)
    }

    /// Units as a report may show them: nothing when what stands there is no number, but perhaps a piece of a
    /// person's data.
    pub fn quantity(&self) -> &'a [u8] {
        if is_like_number(self.units) {
            self.units
        } else {
            &[]
        }
    }

    /// Their basis as a report may show it: nothing when what stands there is no code of two characters.
    pub fn basis(&self) -> &'a [u8] {
        if is_two_characters(self.unit_basis) {
            self.unit_basis
        } else {
            &[]
        }
    }

    /// Makes it a line of which nothing is known yet. Field by field, in the memory that it has.
    #[inline]
    pub(in crate::claim) fn reset(&mut self, kind: ClaimKind) {
        let Self {
            place,
            kind: own_kind,
            segment,
            number,
            revenue_code,
            qualifier,
            code,
            procedure,
            raw_modifiers,
            modifiers,
            description,
            raw_charge,
            charge,
            unit_basis,
            units,
            place_of_service,
            raw_diagnosis_pointers,
            service_date,
            raw_service_date,
            control_number,
            rendering_provider,
            ordering_provider,
            evidence,
            adjudications,
        } = self;
        *place = SegmentPlace::default();
        *own_kind = kind;
        *segment = &[];
        *number = &[];
        *revenue_code = &[];
        *qualifier = &[];
        *code = &[];
        *procedure = None;
        *raw_modifiers = [&[]; 4];
        modifiers.clear();
        *description = &[];
        *raw_charge = &[];
        *charge = None;
        *unit_basis = &[];
        *units = &[];
        *place_of_service = &[];
        *raw_diagnosis_pointers = &[];
        *service_date = None;
        *raw_service_date = &[];
        *control_number = &[];
        *rendering_provider = &[];
        *ordering_provider = &[];
        evidence.clear();
        adjudications.clear();
    }

    /// A line of which nothing is known yet.
    pub fn new(kind: ClaimKind) -> Self {
        Self {
            place: SegmentPlace::default(),
            kind,
            segment: &[],
            number: &[],
            revenue_code: &[],
            qualifier: &[],
            code: &[],
            procedure: None,
            raw_modifiers: [&[]; 4],
            modifiers: SmallVec::new(),
            description: &[],
            raw_charge: &[],
            charge: None,
            unit_basis: &[],
            units: &[],
            place_of_service: &[],
            raw_diagnosis_pointers: &[],
            service_date: None,
            raw_service_date: &[],
            control_number: &[],
            rendering_provider: &[],
            ordering_provider: &[],
            evidence: Vec::new(),
            adjudications: Vec::new(),
        }
    }

    /// True when the line carries this modifier in any slot.
    #[inline]
    pub fn has_modifier(&self, modifier: Modifier) -> bool {
        self.modifiers
            .iter()
            .any(|(present, _)| *present == modifier)
    }

    /// The 0-based slot (0..4) of a modifier.
    pub fn slot_of(&self, modifier: Modifier) -> Option<u8> {
        self.modifiers
            .iter()
            .find(|(present, _)| *present == modifier)
            .map(|(_, slot)| *slot)
    }
}
