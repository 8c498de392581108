//! Loops 2000D to 2220D: one claim.

use std::io::{self, Write};

use super::Context;
use super::fit::{first_identifier, first_of, fit, is_number};
use super::verdict::{RECEIVED, Verdict};
use crate::date::{DateRange, digits};
use crate::finding::{ClaimKind, ClaimOutcome, LineOutcome, PatientOutcome};
use crate::money::Cents;
use crate::x12::{Beginning, SegmentBuilder, SegmentWriter};

/// How the segments of every claim begin, with the delimiters of one writer.
pub(super) struct Beginnings {
    level: Beginning,
    patient: Beginning,
    trace: Beginning,
    status: Beginning,
    /// `STC` of an accepted claim up to its charge.
    received: Beginning,
    clearinghouse: Beginning,
    type_of_bill: Beginning,
    day: Beginning,
    period: Beginning,
    service: Beginning,
    control_number: Beginning,
}

impl Beginnings {
    /// For what `out` writes by this context.
    pub fn new<W: Write>(out: &mut SegmentWriter<W>, context: &Context) -> Self {
        let mut beginning = |id, elements: &[&str]| {
            let mut segment = out.segment(id);
            for element in elements {
                segment = segment.element(element);
            }
            segment.beginning()
        };
        Self {
            level: beginning("HL", &[]),
            patient: beginning("NM1", &["QC", "1"]),
            trace: beginning("TRN", &["2"]),
            status: beginning("STC", &[]),
            clearinghouse: beginning("REF", &["D9"]),
            type_of_bill: beginning("REF", &["BLT"]),
            day: beginning("DTP", &["472", "D8"]),
            period: beginning("DTP", &["472", "RD8"]),
            service: beginning("SVC", &[]),
            control_number: beginning("REF", &["FJ"]),
            received: Status {
                reasons: &[RECEIVED],
                date: &context.date,
                action: "WQ",
                charge: None,
                remark: "",
            }
            .add_to(out.segment("STC"))
            .beginning(),
        }
    }
}

/// Writes a claim below the billing provider's `HL` number `parent`.
pub(super) fn write<W: Write>(
    out: &mut SegmentWriter<W>,
    (context, beginnings): (&Context, &Beginnings),
    claim: &ClaimOutcome,
    verdict: &Verdict<'_>,
    (hl, parent): (u64, u64),
) -> io::Result<()> {
    let level = out.begin(&beginnings.level);
    let level = level.number(hl).number(parent).element("PT");
    let patient = patient(level.next(&beginnings.patient), context, &claim.patient);
    let id = first_of(&[claim.id.as_bytes(), b"0"], 50);
    let trace = patient.next(&beginnings.trace).element(id);
    let mut segment = claim_status(trace, (context, beginnings), claim, verdict);
    if !claim.clearinghouse_trace.is_empty() {
        let trace = fit(claim.clearinghouse_trace.as_bytes(), 50);
        segment = segment.next(&beginnings.clearinghouse).element(trace);
    }
    if claim.kind == ClaimKind::Institutional && !claim.facility.is_empty() {
        let facility = claim.facility.as_bytes();
        let type_of_bill = [facility, claim.frequency.as_bytes()].concat();
        let type_of_bill = fit(&type_of_bill, 50);
        segment = segment.next(&beginnings.type_of_bill).element(type_of_bill);
    }
    // Billers of institutions find a claim again by its statement dates, which its lines need not fill.
    let dates = claim.statement_dates.or(claim.service_dates);
    segment = service_dates(segment, beginnings, dates);
    if let Verdict::Rejected { lines, .. } = verdict {
        for (index, reasons) in lines {
            if let Some(line) = claim.lines.get(*index) {
                segment = service_line(segment, beginnings, claim.kind, line, reasons);
            }
        }
    }
    segment.end()
}

/// The guide demands the patient's name and number here.
fn patient<'w, W: Write>(
    segment: SegmentBuilder<'w, W>,
    context: &Context,
    patient: &PatientOutcome,
) -> SegmentBuilder<'w, W> {
    let member_id = patient.member_id.expose().as_bytes();
    let id = first_identifier(&[member_id, context.placeholder_id()]);
    let qualifier = match patient.member_id_qualifier.as_bytes() {
        _ if id.is_empty() => "",
        b"II" => "II",
        _ => "MI",
    };
    segment
        .element(first_of(
            &[patient.last.expose().as_bytes(), b"UNKNOWN"],
            60,
        ))
        .element(fit(patient.first.expose().as_bytes(), 35))
        .element(fit(patient.middle.expose().as_bytes(), 25))
        .empty()
        .element(fit(patient.suffix.expose().as_bytes(), 10))
        .element(qualifier)
        .element(id)
}

fn claim_status<'w, W: Write>(
    mut segment: SegmentBuilder<'w, W>,
    (context, beginnings): (&Context, &Beginnings),
    claim: &ClaimOutcome,
    verdict: &Verdict<'_>,
) -> SegmentBuilder<'w, W> {
    let charge = claim.charge.unwrap_or_default();
    match verdict {
        Verdict::Accepted { remarks } if remarks.is_empty() => {
            segment.next(&beginnings.received).amount(charge)
        }
        Verdict::Accepted { remarks } => {
            for remark in remarks {
                let status = segment.next(&beginnings.received).amount(charge);
                segment = status.skip(7).element(remark);
            }
            segment
        }
        Verdict::Rejected { reasons, .. } => {
            for reasons in reasons.chunks(3) {
                segment = Status {
                    reasons,
                    date: &context.date,
                    action: "U",
                    charge: Some(charge),
                    remark: "",
                }
                .add_to(segment.next(&beginnings.status));
            }
            segment
        }
    }
}

/// An `STC` with up to three reasons.
pub(super) struct Status<'a> {
    /// `category:status` or `category:status:entity`, for STC01, STC10 and STC11.
    pub reasons: &'a [&'a str],
    /// STC02.
    pub date: &'a [u8],
    /// STC03: `WQ` or `U`.
    pub action: &'a str,
    /// STC04.
    pub charge: Option<Cents>,
    /// STC12.
    pub remark: &'a str,
}

impl Status<'_> {
    pub fn write<W: Write>(&self, out: &mut SegmentWriter<W>) -> io::Result<()> {
        self.add_to(out.segment("STC")).end()
    }

    /// The elements of an `STC` that has none.
    fn add_to<'w, W: Write>(&self, segment: SegmentBuilder<'w, W>) -> SegmentBuilder<'w, W> {
        let reason = |index: usize| {
            let mut parts = [b"".as_slice(); 3];
            if let Some(text) = self.reasons.get(index) {
                let split = text.as_bytes().split(|byte| *byte == b':');
                for (slot, part) in parts.iter_mut().zip(split) {
                    *slot = part;
                }
            }
            parts
        };
        let segment = segment
            .composite(&reason(0))
            .element(self.date)
            .element(self.action);
        let segment = match self.charge {
            Some(charge) => segment.amount(charge),
            None => segment.empty(),
        };
        if self.reasons.len() < 2 && self.remark.is_empty() {
            return segment;
        }
        segment
            .skip(5)
            .composite(&reason(1))
            .composite(&reason(2))
            .element(self.remark)
    }
}

fn service_dates<'w, W: Write>(
    segment: SegmentBuilder<'w, W>,
    beginnings: &Beginnings,
    dates: Option<DateRange>,
) -> SegmentBuilder<'w, W> {
    match dates {
        None => segment,
        Some(DateRange { from, to }) if from == to => {
            segment.next(&beginnings.day).element(digits(from))
        }
        Some(dates) => segment.next(&beginnings.period).element(dates.rd8()),
    }
}

/// Loop 2220D. STC02 stays empty: the guide does not use it here, whatever some maps say.
fn service_line<'w, W: Write>(
    segment: SegmentBuilder<'w, W>,
    beginnings: &Beginnings,
    kind: ClaimKind,
    line: &LineOutcome,
    reasons: &[&str],
) -> SegmentBuilder<'w, W> {
    let code = fit(line.code.as_bytes(), 48);
    let revenue_code = fit(line.revenue_code.as_bytes(), 48);
    let charge = line.charge.unwrap_or_default();
    let segment = segment.next(&beginnings.service);
    let segment = if code.is_empty() {
        segment
            .composite(&[b"NU", first_of(&[revenue_code, b"0"], 48)])
            .amount(charge)
            .skip(2)
    } else {
        let mut parts = [b"".as_slice(); 6];
        parts[0] = qualifier(kind, line);
        parts[1] = code;
        for (slot, modifier) in parts[2..].iter_mut().zip(&line.modifiers) {
            *slot = modifier.as_str().as_bytes();
        }
        let revenue_code = if matches!(parts[0], b"HC" | b"HP") {
            revenue_code
        } else {
            b""
        };
        segment
            .composite(&parts)
            .amount(charge)
            .empty()
            .element(revenue_code)
    };
    let units = line.units.as_bytes();
    let units = if is_number(units, 15) { units } else { b"" };
    let mut segment = segment.skip(2).element(units);
    for reasons in reasons.chunks(3) {
        segment = Status {
            reasons,
            date: b"",
            action: "U",
            charge: None,
            remark: "",
        }
        .add_to(segment.next(&beginnings.status));
    }
    let control_number = first_of(
        &[line.control_number.as_bytes(), line.number.as_bytes()],
        50,
    );
    if !control_number.is_empty() {
        segment = segment
            .next(&beginnings.control_number)
            .element(control_number);
    }
    let dates = line.dates.filter(|dates| dates.from.year() >= 1900);
    service_dates(segment, beginnings, dates)
}

/// SVC01-1: the line's own qualifier if the 277CA knows it.
fn qualifier(kind: ClaimKind, line: &LineOutcome) -> &[u8] {
    match line.qualifier.as_bytes() {
        known @ (b"AD" | b"ER" | b"HC" | b"HP" | b"IV" | b"WK") => known,
        _ if kind == ClaimKind::Dental => b"AD",
        _ => b"HC",
    }
}
