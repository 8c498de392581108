//! Loops 2000D to 2220D: one claim.

use std::io::{self, Write};

use super::Context;
use super::fit::{first_identifier, first_of, fit, is_number};
use super::verdict::{RECEIVED, Verdict};
use crate::date::DateRange;
use crate::finding::{ClaimKind, ClaimOutcome, LineOutcome, PatientOutcome};
use crate::money::Cents;
use crate::x12::SegmentWriter;

/// Writes a claim below the billing provider's `HL` number `parent`.
pub(super) fn write<W: Write>(
    out: &mut SegmentWriter<W>,
    context: &Context,
    claim: &ClaimOutcome,
    verdict: &Verdict<'_>,
    hl: u64,
    parent: u64,
) -> io::Result<()> {
    out.segment("HL")
        .number(hl)
        .number(parent)
        .element("PT")
        .end()?;
    patient(out, context, &claim.patient)?;
    out.segment("TRN")
        .element("2")
        .element(first_of(&[claim.id.as_bytes(), b"0"], 50))
        .end()?;
    claim_status(out, context, claim, verdict)?;
    if !claim.clearinghouse_trace.is_empty() {
        let trace = fit(claim.clearinghouse_trace.as_bytes(), 50);
        out.segment("REF").element("D9").element(trace).end()?;
    }
    if claim.kind == ClaimKind::Institutional && !claim.facility.is_empty() {
        let facility = claim.facility.as_bytes();
        let type_of_bill = [facility, claim.frequency.as_bytes()].concat();
        out.segment("REF")
            .element("BLT")
            .element(fit(&type_of_bill, 50))
            .end()?;
    }
    service_dates(out, claim.service_dates)?;
    if let Verdict::Rejected { lines, .. } = verdict {
        for (index, reasons) in lines {
            if let Some(line) = claim.lines.get(*index) {
                service_line(out, claim.kind, line, reasons)?;
            }
        }
    }
    Ok(())
}

/// The guide demands the patient's name and number here.
fn patient<W: Write>(
    out: &mut SegmentWriter<W>,
    context: &Context,
    patient: &PatientOutcome,
) -> io::Result<()> {
    let member_id = patient.member_id.expose().as_bytes();
    let id = first_identifier(&[member_id, context.placeholder_id()]);
    let qualifier = match patient.member_id_qualifier.as_bytes() {
        _ if id.is_empty() => "",
        b"II" => "II",
        _ => "MI",
    };
    out.segment("NM1")
        .element("QC")
        .element("1")
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
        .end()
}

fn claim_status<W: Write>(
    out: &mut SegmentWriter<W>,
    context: &Context,
    claim: &ClaimOutcome,
    verdict: &Verdict<'_>,
) -> io::Result<()> {
    let mut status = |reasons: &[&str], action: &str, remark: &str| {
        Status {
            reasons,
            date: &context.date,
            action,
            charge: Some(claim.charge.unwrap_or_default()),
            remark,
        }
        .write(out)
    };
    match verdict {
        Verdict::Accepted { remarks } if remarks.is_empty() => status(&[RECEIVED], "WQ", ""),
        Verdict::Accepted { remarks } => remarks
            .iter()
            .try_for_each(|remark| status(&[RECEIVED], "WQ", remark)),
        Verdict::Rejected { reasons, .. } => reasons
            .chunks(3)
            .try_for_each(|reasons| status(reasons, "U", "")),
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
        let segment = out
            .segment("STC")
            .composite(&reason(0))
            .element(self.date)
            .element(self.action);
        let segment = match self.charge {
            Some(charge) => segment.amount(charge),
            None => segment.empty(),
        };
        if self.reasons.len() < 2 && self.remark.is_empty() {
            return segment.end();
        }
        segment
            .skip(5)
            .composite(&reason(1))
            .composite(&reason(2))
            .element(self.remark)
            .end()
    }
}

fn service_dates<W: Write>(out: &mut SegmentWriter<W>, dates: Option<DateRange>) -> io::Result<()> {
    let Some(dates) = dates else {
        return Ok(());
    };
    let range = dates.rd8();
    let segment = out.segment("DTP").element("472");
    if dates.from == dates.to {
        segment.element("D8").element(&range[..8]).end()
    } else {
        segment.element("RD8").element(range).end()
    }
}

/// Loop 2220D. STC02 stays empty: the guide does not use it here, whatever some maps say.
fn service_line<W: Write>(
    out: &mut SegmentWriter<W>,
    kind: ClaimKind,
    line: &LineOutcome,
    reasons: &[&str],
) -> io::Result<()> {
    let code = fit(line.code.as_bytes(), 48);
    let revenue_code = fit(line.revenue_code.as_bytes(), 48);
    let charge = line.charge.unwrap_or_default();
    let segment = out.segment("SVC");
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
    segment.skip(2).element(units).end()?;
    for reasons in reasons.chunks(3) {
        Status {
            reasons,
            date: b"",
            action: "U",
            charge: None,
            remark: "",
        }
        .write(out)?;
    }
    let control_number = first_of(
        &[line.control_number.as_bytes(), line.number.as_bytes()],
        50,
    );
    if !control_number.is_empty() {
        out.segment("REF")
            .element("FJ")
            .element(control_number)
            .end()?;
    }
    service_dates(out, line.dates.filter(|dates| dates.from.year() >= 1900))
}

/// SVC01-1: the line's own qualifier if the 277CA knows it.
fn qualifier(kind: ClaimKind, line: &LineOutcome) -> &[u8] {
    match line.qualifier.as_bytes() {
        known @ (b"AD" | b"ER" | b"HC" | b"HP" | b"IV" | b"WK") => known,
        _ if kind == ClaimKind::Dental => b"AD",
        _ => b"HC",
    }
}
