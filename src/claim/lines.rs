//! The service lines of a claim, whose memory serves one claim after the other.

use std::ops::{Deref, DerefMut};

use crate::finding::ClaimKind;

use super::model::ServiceLine;

/// 2400 loops, in their order.
#[derive(Clone, Default)]
pub struct ServiceLines<'a> {
    /// The lines, and behind them what is left of those of earlier claims.
    lines: Vec<ServiceLine<'a>>,
    count: usize,
}

/// What more lines than this hold is not kept from one claim to the next.
const MOST_KEPT: usize = 1_000;

impl<'a> ServiceLines<'a> {
    /// Adds a line of which nothing is known yet.
    #[inline]
    pub fn open(&mut self, kind: ClaimKind) -> &mut ServiceLine<'a> {
        if self.count == self.lines.len() {
            self.grow(kind);
        } else {
            self.lines[self.count].reset(kind);
        }
        self.count += 1;
        &mut self.lines[self.count - 1]
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, kind: ClaimKind) {
        self.lines.push(ServiceLine::new(kind));
    }

    /// Adds a line.
    pub fn push(&mut self, line: ServiceLine<'a>) {
        self.lines.truncate(self.count);
        self.lines.push(line);
        self.count += 1;
    }

    /// Takes the last line away.
    pub fn drop_last(&mut self) {
        self.count = self.count.saturating_sub(1);
    }

    /// Takes all lines away.
    #[inline]
    pub fn clear(&mut self) {
        self.count = 0;
        if self.lines.len() > MOST_KEPT {
            self.lines.truncate(MOST_KEPT);
            self.lines.shrink_to(MOST_KEPT);
        }
    }
}

impl<'a> Deref for ServiceLines<'a> {
    type Target = [ServiceLine<'a>];

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.lines[..self.count]
    }
}

impl DerefMut for ServiceLines<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.lines[..self.count]
    }
}

impl<'s, 'a> IntoIterator for &'s ServiceLines<'a> {
    type Item = &'s ServiceLine<'a>;
    type IntoIter = std::slice::Iter<'s, ServiceLine<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;
    use crate::claim::{Adjudication, Evidence, EvidenceKind};
    use crate::code::{Modifier, ProcedureCode};
    use crate::date::DateRange;
    use crate::money::Cents;
    use crate::x12::SegmentPlace;

    /// All that a line is told of, but for patients' data, in words.
    fn told(line: &ServiceLine<'_>) -> String {
        let texts: Vec<_> = [
            line.segment,
            line.number,
            line.revenue_code,
            line.qualifier,
            line.code,
            line.description,
            line.raw_charge,
            line.unit_basis,
            line.units,
            line.place_of_service,
            line.raw_service_date,
            line.control_number,
            line.rendering_provider,
            line.ordering_provider,
        ]
        .into_iter()
        .chain(line.raw_modifiers)
        .collect();
        format!(
            "{texts:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {}",
            line.place,
            line.kind,
            line.procedure,
            line.modifiers,
            line.charge,
            line.raw_diagnosis_pointers,
            line.service_date,
            line.evidence.len(),
            line.adjudications.len()
        )
    }

    #[test]
    fn nothing_of_an_earlier_claim_is_left_on_a_line() {
        let day = DateRange::parse(b"D8", b"20260301");
        let text = b"text".as_slice();
        let full = ServiceLine {
            place: SegmentPlace {
                offset: 7,
                ordinal: 9,
            },
            kind: ClaimKind::Dental,
            segment: text,
            number: text,
            revenue_code: text,
            qualifier: text,
            code: text,
            procedure: ProcedureCode::new(b"D0120"),
            raw_modifiers: [text; 4],
            modifiers: smallvec![(Modifier::KX, 0)],
            description: text,
            raw_charge: text,
            charge: Some(Cents(1)),
            unit_basis: text,
            units: text,
            place_of_service: text,
            raw_diagnosis_pointers: text,
            service_date: day,
            raw_service_date: text,
            control_number: text,
            rendering_provider: text,
            ordering_provider: text,
            evidence: vec![Evidence {
                kind: EvidenceKind::Note,
                qualifier: text,
                value: text,
            }],
            adjudications: vec![Adjudication::default()],
        };
        let mut lines = ServiceLines::default();
        lines.push(full.clone());
        lines.push(full);
        lines.drop_last();
        assert_eq!(lines.len(), 1);
        lines.clear();
        assert!(lines.is_empty());
        let expected = told(&ServiceLine::new(ClaimKind::Professional));
        for _ in 0..2 {
            assert_eq!(told(lines.open(ClaimKind::Professional)), expected);
        }
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn lines_are_added_behind_those_that_are_there() {
        let mut lines = ServiceLines::default();
        lines.open(ClaimKind::Dental);
        lines.open(ClaimKind::Dental);
        lines.drop_last();
        lines.push(ServiceLine::new(ClaimKind::Institutional));
        let kinds: Vec<_> = lines.iter().map(|line| line.kind).collect();
        assert_eq!(kinds, [ClaimKind::Dental, ClaimKind::Institutional]);
    }
}
