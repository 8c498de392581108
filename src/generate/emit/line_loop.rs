//! Loop 2400 with what earlier payers paid (2430).

use std::io::{self, Write};

use super::Emitter;
use super::claim_loop::{OTHER_PAYER_ID, paid_part};
use crate::finding::ClaimKind;
use crate::generate::claim::{Claim, Line, OtherPayer, Topic};
use crate::generate::truth::Truth;
use crate::money::Cents;

const POINTERS: &[&[u8]] = &[b"1", b"2", b"3", b"4"];

/// The components of SV101, SV202, SV301 and SVD03.
fn procedure<'a>(qualifier: &'a [u8], line: &'a Line) -> [&'a [u8]; 6] {
    if line.code.is_empty() {
        return [b""; 6];
    }
    let [a, b, c, d] = line.modifiers.map(str::as_bytes);
    [qualifier, line.code.as_bytes(), a, b, c, d]
}

impl<W: Write> Emitter<'_, '_, W> {
    /// A service line; one at risk goes into the truth as well.
    pub(super) fn line(&mut self, claim: &Claim, number: u64, line: &Line) -> io::Result<()> {
        self.lines += 1;
        self.out.segment("LX").number(number).end()?;
        match self.options.kind {
            ClaimKind::Professional => self.sv1(claim, line)?,
            ClaimKind::Institutional => self.sv2(claim, line)?,
            ClaimKind::Dental => self.sv3(line)?,
        }
        if self.random.chance(80) {
            self.scratch.clear();
            self.scratch.extend_from_slice(&self.clm01);
            self.scratch.push(b'L');
            self.scratch
                .extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            self.out
                .segment("REF")
                .element("6R")
                .element(&self.scratch)
                .end()?;
        }
        if self.options.kind == ClaimKind::Professional {
            self.professional_line_end(claim)?;
        }
        if claim.other == OtherPayer::Paid {
            self.adjudication(line)?;
        }
        if let Some(rule) = line.rule {
            self.at_risk_lines += 1;
            if let Some(truth) = &mut self.truth {
                let count = line
                    .modifiers
                    .iter()
                    .take_while(|text| !text.is_empty())
                    .count();
                truth.line(&Truth {
                    isa13: &self.isa13,
                    st02: &self.st02,
                    clm01: &self.clm01,
                    line_number: number,
                    code: line.code,
                    modifiers: &line.modifiers[..count],
                    rule,
                    charge: line.charge,
                })?;
            }
        }
        Ok(())
    }

    fn sv1(&mut self, claim: &Claim, line: &Line) -> io::Result<()> {
        let pointers = claim.diagnoses.len().min(POINTERS.len());
        let place = if self.random.chance(10) {
            claim.facility
        } else {
            ""
        };
        self.out
            .segment("SV1")
            .composite(&procedure(b"HC", line))
            .amount(line.charge)
            .element(line.unit)
            .number(u64::from(line.units))
            .element(place)
            .empty()
            .composite(&POINTERS[..pointers])
            .end()?;
        if line.modifiers[0] == "RR" && self.random.chance(40) {
            self.out
                .segment("SV5")
                .composite(&[b"HC", line.code.as_bytes()])
                .element("DA")
                .element("30")
                .amount(line.charge)
                .amount(Cents(line.charge.0 * 10))
                .element("4")
                .end()?;
        }
        self.dated_range("472", line.days, false)
    }

    /// What follows REF\*6R on a professional line: a note, the ordering provider.
    fn professional_line_end(&mut self, claim: &Claim) -> io::Result<()> {
        if self.random.chance(2) {
            self.out
                .segment("NTE")
                .element("ADD")
                .element("SYNTHETIC LINE NOTE")
                .end()?;
        }
        if claim.topic == Topic::Equipment {
            let ordering = self.some_practitioner();
            self.practitioner("DK", &ordering)?;
            self.address(claim.subscriber.address)?;
        }
        Ok(())
    }

    fn sv2(&mut self, claim: &Claim, line: &Line) -> io::Result<()> {
        self.out
            .segment("SV2")
            .element(line.revenue)
            .composite(&procedure(b"HC", line))
            .amount(line.charge)
            .element(line.unit)
            .number(u64::from(line.units))
            .end()?;
        if claim.topic == Topic::Inpatient {
            return Ok(());
        }
        self.dated_range("472", line.days, false)
    }

    fn sv3(&mut self, line: &Line) -> io::Result<()> {
        let quadrant: &[u8] = if line.code == "D4341" { b"10" } else { b"" };
        let initial = if line.code == "D2740" { "I" } else { "" };
        self.out
            .segment("SV3")
            .composite(&procedure(b"AD", line))
            .amount(line.charge)
            .empty()
            .element(quadrant)
            .element(initial)
            .number(u64::from(line.units))
            .end()?;
        if let Some((tooth, surface)) = line.tooth {
            self.out
                .segment("TOO")
                .element("JP")
                .element(tooth)
                .element(surface)
                .end()?;
        }
        if self.random.chance(20) {
            self.dated_range("472", line.days, false)?;
        }
        Ok(())
    }

    /// 2430: paid, contractual and patient parts add up to the charge.
    fn adjudication(&mut self, line: &Line) -> io::Result<()> {
        let paid = paid_part(line.charge);
        let open = line.charge.minus(paid);
        let patient = Cents(open.0 / 4);
        let qualifier: &[u8] = if self.options.kind == ClaimKind::Dental {
            b"AD"
        } else {
            b"HC"
        };
        self.out
            .segment("SVD")
            .element(OTHER_PAYER_ID)
            .amount(paid)
            .composite(&procedure(qualifier, line))
            .element(line.revenue)
            .number(u64::from(line.units))
            .end()?;
        for (group, reason, amount) in [("CO", "45", open.minus(patient)), ("PR", "2", patient)] {
            self.out
                .segment("CAS")
                .element(group)
                .element(reason)
                .amount(amount)
                .end()?;
        }
        let decided = (line.days.1 + 14).min(304);
        self.dated("573", decided)
    }
}
