//! What of a claim's evidence reports may show.

use crate::claim::{Claim, Evidence, EvidenceKind, HealthCareCode, ServiceLine};
use crate::date::DateRange;
use crate::finding::{CarriedEvidence, ClaimKind, EvidenceElement, EvidenceLevel};
use crate::text::Text;

/// Occurrence codes about therapy, dialysis and rehabilitation plans: onset (11), plan of
/// treatment (17, 29, 30), therapy started (35, 44, 45, 46).
const OCCURRENCES: &[&[u8]] = &[b"11", b"17", b"29", b"30", b"35", b"44", b"45", b"46"];

/// Value codes that count therapy and rehabilitation visits.
const VISITS: &[&[u8]] = &[b"50", b"51", b"52", b"53"];

/// Dates that speak of a plan, a certification or an order: last seen (304), initial treatment (454),
/// last certification (461), begin of therapy (463), prescription (471), recertification (607). Others,
/// such as an accident or a last menstrual period, are the patient's own.
const DATES: &[&[u8]] = &[b"304", b"454", b"461", b"463", b"471", b"607"];

/// Reference codes of notes (NTE01) of the 837 guides.
const NOTES: &[&[u8]] = &[
    b"ADD", b"ALG", b"CER", b"DCP", b"DGN", b"DME", b"MED", b"NTR", b"ODT", b"PMT", b"RHB", b"RLH",
    b"RNH", b"SET", b"SFM", b"SPT", b"TPO", b"UPI",
];

/// Evidence of loop 2300, the codes of an institutional claim among it.
pub fn of_claim(claim: &Claim<'_>) -> Vec<CarriedEvidence> {
    if claim.evidence.is_empty() && claim.kind != ClaimKind::Institutional {
        return Vec::new();
    }
    let codes: &[HealthCareCode<'_>] = match claim.kind {
        ClaimKind::Institutional => &claim.codes,
        ClaimKind::Professional | ClaimKind::Dental => &[],
    };
    let codes = codes.iter().filter_map(|hi| {
        let element = match hi.qualifier {
            b"BG" if hi.code == b"45" => EvidenceElement::ConditionCode,
            b"BH" if OCCURRENCES.contains(&hi.code) => EvidenceElement::OccurrenceCode,
            b"BE" if VISITS.contains(&hi.code) => EvidenceElement::ValueCode,
            _ => return None,
        };
        Some(CarriedEvidence {
            element,
            qualifier: short_code(hi.code),
            level: EvidenceLevel::Claim,
            date: DateRange::parse(b"D8", hi.date).map(|range| range.from),
        })
    });
    each_once(carried(&claim.evidence, EvidenceLevel::Claim).chain(codes))
}

/// Evidence of loop 2400.
pub fn of_line(line: &ServiceLine<'_>) -> Vec<CarriedEvidence> {
    if line.evidence.is_empty() {
        return Vec::new();
    }
    each_once(carried(&line.evidence, EvidenceLevel::Line))
}

/// Different pieces of evidence that are shown. Every finding of a claim lists them.
const MOST_SHOWN: usize = 30;

fn each_once(carried: impl Iterator<Item = CarriedEvidence>) -> Vec<CarriedEvidence> {
    let mut shown = Vec::new();
    for evidence in carried {
        if shown.len() == MOST_SHOWN {
            break;
        }
        if !shown.contains(&evidence) {
            shown.push(evidence);
        }
    }
    shown
}

fn carried(
    evidence: &[Evidence<'_>],
    level: EvidenceLevel,
) -> impl Iterator<Item = CarriedEvidence> {
    evidence
        .iter()
        .filter(|evidence| {
            evidence.kind != EvidenceKind::Date || DATES.contains(&evidence.qualifier)
        })
        .map(move |evidence| CarriedEvidence {
            element: match evidence.kind {
                EvidenceKind::Paperwork => EvidenceElement::Paperwork,
                EvidenceKind::Note => EvidenceElement::Note,
                EvidenceKind::Conditions => EvidenceElement::Conditions,
                EvidenceKind::DmeCertification => EvidenceElement::DmeCertification,
                EvidenceKind::PriorAuthorization => EvidenceElement::PriorAuthorization,
                EvidenceKind::Referral => EvidenceElement::Referral,
                EvidenceKind::FileInformation => EvidenceElement::FileInformation,
                EvidenceKind::Date => EvidenceElement::Date,
            },
            // The element itself tells G1 and 9F.
            qualifier: match evidence.kind {
                EvidenceKind::PriorAuthorization | EvidenceKind::Referral => Text::default(),
                EvidenceKind::Note if !NOTES.contains(&evidence.qualifier) => Text::default(),
                EvidenceKind::Note | EvidenceKind::Date => short_code(evidence.qualifier),
                _ if evidence.qualifier.len() > 2 => Text::default(),
                _ => short_code(evidence.qualifier),
            },
            level,
            date: match evidence.kind {
                EvidenceKind::Date => DateRange::parse(b"D8", evidence.value),
                _ => None,
            }
            .map(|range| range.from),
        })
}

/// A qualifier is one to three letters and digits; anything longer is in the wrong place, and may
/// be anything.
fn short_code(bytes: &[u8]) -> Text {
    if bytes.len() <= 3 && bytes.iter().all(u8::is_ascii_alphanumeric) {
        Text::new(bytes)
    } else {
        Text::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::HealthCareCode;

    #[test]
    fn what_notes_and_numbers_say_stays_in_the_claim() {
        let mut claim = Claim::new();
        let mut push = |kind, qualifier, value| {
            claim.evidence.push(Evidence {
                kind,
                qualifier,
                value,
            });
        };
        push(EvidenceKind::Note, b"ADD", b"JANE DOE");
        push(EvidenceKind::Paperwork, b"JANE DOE", b"X1");
        push(EvidenceKind::PriorAuthorization, b"G1", b"12345");
        push(EvidenceKind::Note, b"LEE", b"");
        push(EvidenceKind::Date, b"463", b"20260105");
        push(EvidenceKind::Date, b"484", b"20260105");
        let shown: Vec<String> = of_claim(&claim).iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["NTE ADD", "PWK", "REF-G1", "NTE", "DTP 463 of 2026-01-05"]
        );
    }

    #[test]
    fn codes_about_therapy_count_on_institutional_claims() {
        let mut claim = Claim::new();
        for (qualifier, code) in [
            (b"BH", b"29"),
            (b"BH", b"A1"),
            (b"BE", b"50"),
            (b"BG", b"45"),
        ] {
            claim.codes.push(HealthCareCode {
                qualifier,
                code,
                date: b"20260105",
                amount: b"",
            });
        }
        assert!(of_claim(&claim).is_empty());
        claim.kind = ClaimKind::Institutional;
        let shown: Vec<String> = of_claim(&claim).iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 3);
        assert_eq!(shown[0], "HI-BH 29 of 2026-01-05");
    }
}
