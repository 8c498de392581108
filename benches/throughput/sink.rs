//! Sinks for the reader: what happens to claims when nothing happens to them, and when they are
//! judged.

use kx837::claim::Claim;
use kx837::claim::reader::{ClaimReader, ClaimSink, EnvelopeEvent, Origin};
use kx837::policy::MetPayers;
use kx837::rule::{Accrual, Hit, RuleSet};
use kx837::x12::SegmentPlace;

/// Counts claims and lines.
#[derive(Default)]
pub struct Counter {
    pub claims: u64,
    pub lines: u64,
}

impl<'a> ClaimSink<'a> for Counter {
    fn envelope(&mut self, _: EnvelopeEvent<'a>, _: SegmentPlace) {}

    fn claim(&mut self, claim: &Claim<'a>) {
        self.claims += 1;
        self.lines += claim.lines.len() as u64;
    }
}

/// Judges every claim, and forgets what comes of it.
pub struct Judge<'r, 'a> {
    pub rules: &'r RuleSet,
    pub hit_count: u64,
    payers: MetPayers<'a>,
    hits: Vec<Hit>,
    accruals: Vec<Accrual>,
}

impl<'r> Judge<'r, '_> {
    pub fn new(rules: &'r RuleSet) -> Self {
        Self {
            rules,
            hit_count: 0,
            payers: MetPayers::default(),
            hits: Vec::new(),
            accruals: Vec::new(),
        }
    }
}

impl<'a> ClaimSink<'a> for Judge<'_, 'a> {
    fn envelope(&mut self, _: EnvelopeEvent<'a>, _: SegmentPlace) {}

    fn claim(&mut self, claim: &Claim<'a>) {
        self.hits.clear();
        self.accruals.clear();
        self.rules
            .judge_next(claim, &mut self.payers, &mut self.hits, &mut self.accruals);
        self.hit_count += (self.hits.len() + self.accruals.len()) as u64;
    }
}

/// Reads all of `bytes` into `sink`.
pub fn read<'a>(bytes: &'a [u8], sink: &mut impl ClaimSink<'a>) {
    let mut reader = ClaimReader::new();
    reader.read(bytes, Origin::default(), usize::MAX, sink);
    reader.finish(sink);
}
