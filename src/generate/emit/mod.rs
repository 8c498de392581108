//! Writes planned claims: the envelope and the hierarchy. The rest is in the submodules.

mod claim_loop;
mod line_loop;
mod party;

use std::io::{self, Write};

use jiff::civil::date;

use super::claim::{Claim, OtherPayer, Topic};
use super::people::{Age, BillingProvider, Person, Practitioner, write_digits};
use super::plan::Planner;
use super::random::Random;
use super::therapy::Ring;
use super::truth::TruthWriter;
use super::{DelimiterChoice, GenerateOptions, GenerateSummary};
use crate::date::{Date, to_d8};
use crate::finding::ClaimKind;
use crate::money::Cents;
use crate::x12::{Delimiters, OutgoingInterchange, SegmentWriter};

/// Sets for [`DelimiterChoice::Varied`]: element, component, repetition, terminator.
const DELIMITER_SETS: &[[u8; 4]] = &[
    *b"*:^~",
    *b"|>!\n",
    *b"+<%'",
    [0x1d, 0x1f, 0x1e, 0x1c],
    *b"^&@\r",
    *b"\t;#?",
];

/// Claims in a row of one billing provider.
const CLAIMS_PER_PROVIDER: u32 = 12;

/// Counts what passes into the buffered output.
#[derive(Debug)]
struct Counted<W: Write> {
    out: io::BufWriter<W>,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Plans and writes a whole file.
pub(super) struct Emitter<'a, 't, W: Write> {
    options: GenerateOptions,
    claims_wanted: u64,
    out: SegmentWriter<Counted<&'a mut W>>,
    truth: Option<TruthWriter<'t>>,
    planner: Planner,
    /// Decides which optional segments appear, apart from what is planned.
    random: Random,
    /// `CCYYMMDD` of every day of the year.
    days: Vec<[u8; 8]>,
    billing: Vec<BillingProvider>,
    practitioners: Vec<Practitioner>,
    interchanges: u32,
    groups: u32,
    sets: u64,
    /// HL01 of the latest hierarchical level in the transaction set.
    level: u64,
    isa13: [u8; 9],
    st02: Vec<u8>,
    clm01: [u8; 10],
    scratch: Vec<u8>,
    claims: u64,
    lines: u64,
    at_risk_lines: u64,
}

impl<'a, 't, W: Write> Emitter<'a, 't, W> {
    pub(super) fn new(
        options: &GenerateOptions,
        threshold: Cents,
        out: &'a mut W,
        truth: Option<&'t mut dyn Write>,
    ) -> Self {
        let mut random = Random::new(options.seed, u64::MAX - 1);
        let claims_wanted = match (options.claims, options.bytes) {
            (Some(claims), _) => claims,
            (None, Some(_)) => u64::MAX,
            (None, None) => 100,
        };
        // Few active patients in small files, so that some cross the threshold even there.
        let expected = claims_wanted.min(options.bytes.map_or(u64::MAX, |bytes| bytes / 1_500));
        let ring = Ring::new((expected / 60).clamp(1, 32) as usize, threshold);
        let first_day = date(options.year, 1, 1);
        let days = first_day
            .series(jiff::Span::new().days(1))
            .take(usize::try_from(first_day.days_in_year()).unwrap_or(365))
            .map(|day| {
                let mut digits = [b'0'; 8];
                digits.copy_from_slice(to_d8(day).as_bytes());
                digits
            })
            .collect();
        let delimiters = match options.delimiters {
            DelimiterChoice::Fixed(delimiters) => delimiters,
            DelimiterChoice::Varied => Delimiters::default(),
        };
        let counted = Counted {
            out: io::BufWriter::with_capacity(1 << 16, out),
            bytes: 0,
        };
        Self {
            options: *options,
            claims_wanted,
            out: SegmentWriter::new(counted, delimiters).with_line_breaks(options.line_breaks),
            truth: truth.map(TruthWriter::new),
            planner: Planner::new(
                options.kind,
                options.seed,
                options.year,
                options.at_risk,
                ring,
            ),
            days,
            billing: (0..options.billing_providers)
                .map(|index| BillingProvider::new(index, &mut random))
                .collect(),
            practitioners: (0..64)
                .map(|index| Practitioner::new(index, &mut random))
                .collect(),
            random,
            interchanges: 0,
            groups: 0,
            sets: 0,
            level: 0,
            isa13: [b'0'; 9],
            st02: Vec::new(),
            clm01: *b"P000000000",
            scratch: Vec::new(),
            claims: 0,
            lines: 0,
            at_risk_lines: 0,
        }
    }

    /// Writes everything.
    pub(super) fn run(mut self) -> io::Result<GenerateSummary> {
        let mut claim = Claim::new(Person::new(self.options.seed, 0, Age::Adult));
        while self.wants_more() {
            self.interchange(&mut claim)?;
        }
        self.out.flush()?;
        if let Some(truth) = self.truth {
            truth.end(self.claims, self.lines, self.at_risk_lines)?;
        }
        Ok(GenerateSummary {
            bytes: self.out.get_ref().bytes,
            claims: self.claims,
            lines: self.lines,
            at_risk_lines: self.at_risk_lines,
        })
    }

    fn wants_more(&self) -> bool {
        self.claims < self.claims_wanted
            && (self.claims == 0
                || self
                    .options
                    .bytes
                    .is_none_or(|bytes| self.out.get_ref().bytes < bytes))
    }

    fn interchange(&mut self, claim: &mut Claim) -> io::Result<()> {
        if self.options.delimiters == DelimiterChoice::Varied {
            let index = self.interchanges as usize % DELIMITER_SETS.len();
            let [element, component, repetition, terminator] = DELIMITER_SETS[index];
            self.out.set_delimiters(Delimiters {
                element,
                component,
                repetition: Some(repetition),
                terminator,
            });
        }
        self.interchanges += 1;
        let control_number = self.interchanges;
        write_digits(&mut self.isa13, u64::from(control_number));
        self.out.isa(&OutgoingInterchange {
            sender_qualifier: b"ZZ",
            sender_id: b"SYNTHETIC",
            receiver_qualifier: b"ZZ",
            receiver_id: b"KX837TEST",
            date: self.today(),
            time: (9, 0),
            control_number,
            acknowledgment_requested: false,
            test: true,
        })?;
        let mut groups = 0;
        while self.wants_more()
            && self
                .options
                .groups_per_interchange
                .is_none_or(|most| groups < most)
        {
            self.group(claim)?;
            groups += 1;
        }
        self.out.iea(u64::from(groups), control_number)
    }

    fn version(&self) -> &'static str {
        match self.options.kind {
            ClaimKind::Professional => "005010X222A1",
            ClaimKind::Institutional => "005010X223A2",
            ClaimKind::Dental => "005010X224A2",
        }
    }

    /// The day on which the file says it was written: after every date in it.
    fn today(&self) -> Date {
        date(self.options.year, 11, 3)
    }

    fn group(&mut self, claim: &mut Claim) -> io::Result<()> {
        self.groups += 1;
        let number = u64::from(self.groups);
        let version = self.version();
        let today = to_d8(self.today());
        self.out
            .segment("GS")
            .element("HC")
            .element("SYNTHETIC")
            .element("KX837TEST")
            .element(today)
            .element("0900")
            .number(number)
            .element("X")
            .element(version)
            .end()?;
        let mut sets = 0;
        while sets < self.options.sets_per_group && self.wants_more() {
            self.transaction_set(claim)?;
            sets += 1;
        }
        self.out
            .segment("GE")
            .number(u64::from(sets))
            .number(number)
            .end()
    }

    fn transaction_set(&mut self, claim: &mut Claim) -> io::Result<()> {
        let before = self.out.segment_count();
        self.sets += 1;
        self.level = 0;
        self.st02.clear();
        // At least four characters, as ST02 wants.
        let mut digits = [0; 9];
        write_digits(&mut digits, self.sets);
        let zeros = digits
            .iter()
            .take(5)
            .take_while(|digit| **digit == b'0')
            .count();
        self.st02.extend_from_slice(&digits[zeros..]);
        let version = self.version();
        self.out
            .segment("ST")
            .element("837")
            .element(&self.st02)
            .element(version)
            .end()?;
        self.header()?;
        let last = self.claims + u64::from(self.options.claims_per_set);
        while self.claims < last && self.wants_more() {
            self.billing_provider(claim, last)?;
        }
        let segments = self.out.segment_count() - before + 1;
        self.out
            .segment("SE")
            .number(segments)
            .element(&self.st02)
            .end()
    }

    /// BHT and loops 1000A and 1000B.
    fn header(&mut self) -> io::Result<()> {
        let today = to_d8(self.today());
        self.out
            .segment("BHT")
            .element("0019")
            .element("00")
            .element(&self.st02)
            .element(today)
            .element("0900")
            .element("CH")
            .end()?;
        self.organization("41", "SYNTHETIC BILLING SERVICE", "46", b"SYNTHETIC")?;
        self.out
            .segment("PER")
            .element("IC")
            .element("TEST DESK")
            .element("TE")
            .element("5555550100")
            .end()?;
        self.organization("40", "KX837 TEST RECEIVER", "46", b"KX837TEST")
    }

    /// HL: its number, parent, level code and whether it has children.
    fn hierarchy(&mut self, parent: Option<u64>, code: &str, children: bool) -> io::Result<u64> {
        self.level += 1;
        let segment = self.out.segment("HL").number(self.level);
        let segment = match parent {
            Some(parent) => segment.number(parent),
            None => segment.empty(),
        };
        segment
            .element(code)
            .element(if children { "1" } else { "0" })
            .end()?;
        Ok(self.level)
    }

    /// A billing provider with some of its patients.
    fn billing_provider(&mut self, claim: &mut Claim, last: u64) -> io::Result<()> {
        let provider = self.random.pick(&self.billing);
        let level = self.hierarchy(None, "20", true)?;
        self.billing_provider_loop(&provider)?;
        let turn = u64::from(
            self.random
                .between(CLAIMS_PER_PROVIDER / 2, CLAIMS_PER_PROVIDER),
        );
        let last = last.min(self.claims + turn);
        while self.claims < last && self.wants_more() {
            self.subscriber(claim, level, last)?;
        }
        Ok(())
    }

    /// A subscriber, the patient when that is somebody else, and one or two claims.
    fn subscriber(&mut self, claim: &mut Claim, parent: u64, last: u64) -> io::Result<()> {
        self.planner.plan(claim);
        let level = self.hierarchy(Some(parent), "22", claim.dependent.is_some())?;
        self.subscriber_loop(claim)?;
        if let Some(dependent) = claim.dependent {
            self.hierarchy(Some(level), "23", false)?;
            self.patient_loop(&dependent)?;
        }
        self.claim(claim)?;
        let follow_up = self.options.kind == ClaimKind::Professional
            && claim.topic == Topic::Ordinary
            && claim.other != OtherPayer::Paid
            && self.random.chance(12);
        if follow_up && self.claims < last && self.wants_more() {
            self.planner.plan_follow_up(claim);
            self.claim(claim)?;
        }
        Ok(())
    }
}
