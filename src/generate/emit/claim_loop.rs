//! Loop 2300 with its providers and other payers.

use std::io::{self, Write};

use super::Emitter;
use crate::finding::ClaimKind;
use crate::generate::claim::{Claim, OtherPayer, Topic};
use crate::generate::people::write_digits;
use crate::money::Cents;

/// 2330B NM109 of every other payer, and SVD01.
pub(super) const OTHER_PAYER_ID: &str = "99055";

const NOTES: &[&str] = &[
    "SYNTHETIC CLAIM FOR TESTING",
    "RECORDS AVAILABLE ON REQUEST",
    "PLAN OF CARE ON FILE",
];

/// What another payer paid of a charge: two thirds in whole cents.
pub(super) const fn paid_part(charge: Cents) -> Cents {
    Cents(charge.0 * 2 / 3)
}

impl<W: Write> Emitter<'_, '_, W> {
    /// A claim with everything below it.
    pub(super) fn claim(&mut self, claim: &Claim) -> io::Result<()> {
        self.claims += 1;
        self.clm01[0] = self.options.kind.letter() as u8;
        write_digits(&mut self.clm01[1..], self.claims);
        match self.options.kind {
            ClaimKind::Professional => self.professional(claim)?,
            ClaimKind::Institutional => self.institutional(claim)?,
            ClaimKind::Dental => self.dental(claim)?,
        }
        self.other_payer(claim)?;
        for (index, line) in claim.lines.iter().enumerate() {
            self.line(claim, index as u64 + 1, line)?;
        }
        Ok(())
    }

    fn clm(&mut self, claim: &Claim) -> io::Result<()> {
        let institutional = self.options.kind == ClaimKind::Institutional;
        let qualifier: &[u8] = if institutional { b"A" } else { b"B" };
        self.out
            .segment("CLM")
            .element(self.clm01)
            .amount(claim.charge())
            .skip(2)
            .composite(&[
                claim.facility.as_bytes(),
                qualifier,
                claim.frequency.as_bytes(),
            ])
            .element(if institutional { "" } else { "Y" })
            .element("A")
            .element("Y")
            .element("Y")
            .end()
    }

    pub(super) fn dated(&mut self, qualifier: &str, day: u32) -> io::Result<()> {
        let date = self.days[day as usize];
        self.out
            .segment("DTP")
            .element(qualifier)
            .element("D8")
            .element(date)
            .end()
    }

    /// A DTP of a range, or of a day unless `always_range`.
    pub(super) fn dated_range(
        &mut self,
        qualifier: &str,
        (from, to): (u32, u32),
        always_range: bool,
    ) -> io::Result<()> {
        if from == to && !always_range {
            return self.dated(qualifier, from);
        }
        let mut range = [b'-'; 17];
        range[..8].copy_from_slice(&self.days[from as usize]);
        range[9..].copy_from_slice(&self.days[to as usize]);
        self.out
            .segment("DTP")
            .element(qualifier)
            .element("RD8")
            .element(range)
            .end()
    }

    pub(super) fn reference(&mut self, qualifier: &str, value: &[u8]) -> io::Result<()> {
        self.out
            .segment("REF")
            .element(qualifier)
            .element(value)
            .end()
    }

    /// A reference made of a letter and the number of the claim.
    fn claim_reference(&mut self, qualifier: &str, letter: u8) -> io::Result<()> {
        let mut value = self.clm01;
        value[0] = letter;
        self.reference(qualifier, &value)
    }

    /// PWK, REF, K3, NTE: the same for all three guides.
    fn attachments_and_references(&mut self, claim: &Claim) -> io::Result<()> {
        if self.random.chance(3) {
            self.out
                .segment("PWK")
                .element("OZ")
                .element("BM")
                .skip(2)
                .element("AC")
                .element(self.clm01)
                .end()?;
        }
        if self.random.chance(8) {
            self.claim_reference("G1", b'A')?;
        }
        if claim.frequency != "1" {
            self.claim_reference("F8", b'F')?;
        }
        if self.random.chance(85) {
            self.claim_reference("D9", b'T')?;
        }
        if self.random.chance(1) {
            self.out.segment("K3").element("SYNTHETIC").end()?;
        }
        if self.random.chance(6) {
            let note = self.random.pick(NOTES);
            self.out.segment("NTE").element("ADD").element(note).end()?;
        }
        Ok(())
    }

    /// HI with the principal diagnosis, when `first` is given, and others: 12 at most.
    fn diagnoses(
        &mut self,
        first: Option<&str>,
        qualifier: &[u8],
        others: &[&str],
    ) -> io::Result<()> {
        let mut segment = self.out.segment("HI");
        if let Some(first) = first {
            segment = segment.composite(&[b"ABK", first.as_bytes()]);
        }
        let room = 12 - usize::from(first.is_some());
        for code in others.iter().take(room) {
            segment = segment.composite(&[qualifier, code.as_bytes()]);
        }
        segment.end()
    }

    fn professional(&mut self, claim: &Claim) -> io::Result<()> {
        let (from, _) = claim.days();
        self.clm(claim)?;
        let therapy = claim.topic == Topic::Therapy;
        if claim.topic != Topic::Equipment && (therapy || self.random.chance(20)) {
            self.dated("431", from.saturating_sub(14))?;
        }
        if therapy && self.random.chance(50) {
            self.dated("454", from.saturating_sub(7))?;
        }
        self.attachments_and_references(claim)?;
        let (first, others) = split(&claim.diagnoses);
        self.diagnoses(first, b"ABF", others)?;
        if claim.topic != Topic::Equipment {
            if self.random.chance(if therapy { 85 } else { 20 }) {
                let referring = self.some_practitioner();
                self.practitioner("DN", &referring)?;
            }
            if self.random.chance(85) {
                let rendering = self.some_practitioner();
                self.practitioner("82", &rendering)?;
                self.taxonomy("PE", rendering.taxonomy)?;
            }
            if claim.facility == "22" || self.random.chance(4) {
                let place = self.random.pick(&self.billing);
                self.organization("77", "SAMPLE SERVICE FACILITY", "XX", &place.npi)?;
                self.address(place.address)?;
            }
        }
        Ok(())
    }

    fn institutional(&mut self, claim: &Claim) -> io::Result<()> {
        let days = claim.days();
        let inpatient = claim.topic == Topic::Inpatient;
        self.clm(claim)?;
        if inpatient {
            self.out
                .segment("DTP")
                .element("096")
                .element("TM")
                .element("1130")
                .end()?;
        }
        self.dated_range("434", days, true)?;
        if inpatient {
            let mut admitted = *b"000000001430";
            admitted[..8].copy_from_slice(&self.days[days.0 as usize]);
            self.out
                .segment("DTP")
                .element("435")
                .element("DT")
                .element(admitted)
                .end()?;
        }
        self.out
            .segment("CL1")
            .element(if inpatient { "1" } else { "3" })
            .element("1")
            .element("01")
            .end()?;
        self.attachments_and_references(claim)?;
        self.institutional_codes(claim, days.0)?;
        let attending = self.some_practitioner();
        self.practitioner("71", &attending)?;
        self.taxonomy("AT", attending.taxonomy)?;
        if inpatient && self.random.chance(30) {
            let operating = self.some_practitioner();
            self.practitioner("72", &operating)?;
        }
        if self.random.chance(10) {
            let rendering = self.some_practitioner();
            self.practitioner("82", &rendering)?;
        }
        Ok(())
    }

    /// The HI segments of an institutional claim.
    fn institutional_codes(&mut self, claim: &Claim, from: u32) -> io::Result<()> {
        let inpatient = claim.topic == Topic::Inpatient;
        let (first, others) = split(&claim.diagnoses);
        let first = first.unwrap_or_default();
        if inpatient {
            // The ninth component says that it was present on admission.
            let blank: &[u8] = b"";
            let mut principal = [blank; 9];
            principal[0] = b"ABK";
            principal[1] = first.as_bytes();
            principal[8] = b"Y";
            self.out.segment("HI").composite(&principal).end()?;
            self.diagnoses(None, b"ABJ", &[first])?;
        } else {
            self.diagnoses(Some(first), b"", &[])?;
            if self.random.chance(25) {
                self.diagnoses(None, b"APR", &[first])?;
            }
        }
        if !others.is_empty() {
            self.diagnoses(None, b"ABF", others)?;
        }
        let therapy = claim.topic == Topic::Therapy;
        if therapy || self.random.chance(10) {
            let onset = self.days[from.saturating_sub(14) as usize];
            let segment = self
                .out
                .segment("HI")
                .composite(&[b"BH", b"11", b"D8", &onset]);
            let segment = if therapy {
                segment.composite(&[b"BH", b"35", b"D8", &onset])
            } else {
                segment
            };
            segment.end()?;
        }
        if therapy {
            self.out
                .segment("HI")
                .composite(&[b"BE", b"50", b"", b"", b"6"])
                .end()?;
        } else if inpatient {
            self.out
                .segment("HI")
                .composite(&[b"BE", b"01", b"", b"", b"1420"])
                .end()?;
        }
        if claim.condition_45 {
            self.out.segment("HI").composite(&[b"BG", b"45"]).end()?;
        } else if self.random.chance(12) {
            self.out.segment("HI").composite(&[b"BG", b"09"]).end()?;
        }
        Ok(())
    }

    fn dental(&mut self, claim: &Claim) -> io::Result<()> {
        self.clm(claim)?;
        self.dated_range("472", claim.days(), false)?;
        self.attachments_and_references(claim)?;
        if let (Some(first), others) = split(&claim.diagnoses) {
            self.diagnoses(Some(first), b"ABF", others)?;
        }
        let rendering = self.some_practitioner();
        self.practitioner("82", &rendering)?;
        self.taxonomy("PE", "1223G0001X")
    }

    /// 2320, 2330A, 2330B.
    fn other_payer(&mut self, claim: &Claim) -> io::Result<()> {
        if claim.other == OtherPayer::None {
            return Ok(());
        }
        let paid = claim.other == OtherPayer::Paid;
        self.out
            .segment("SBR")
            .element(if paid { "P" } else { "S" })
            .element("18")
            .element("GROUP055")
            .skip(5)
            .element("CI")
            .end()?;
        if paid {
            let total = claim.lines.iter().map(|line| paid_part(line.charge)).sum();
            self.out.segment("AMT").element("D").amount(total).end()?;
        }
        self.out
            .segment("OI")
            .skip(2)
            .element("Y")
            .skip(2)
            .element("Y")
            .end()?;
        let subscriber = claim.subscriber;
        self.person_with_id(&subscriber)?;
        self.address(subscriber.address)?;
        self.organization("PR", "OTHER TESTPLAN", "PI", OTHER_PAYER_ID.as_bytes())
    }
}

fn split<'a>(diagnoses: &'a [&'a str]) -> (Option<&'a str>, &'a [&'a str]) {
    match diagnoses {
        [first, others @ ..] => (Some(first), others),
        [] => (None, &[]),
    }
}
