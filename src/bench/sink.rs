//! Sinks for the reader: what happens to claims when nothing happens to them, and when they are
//! judged.

use crate::claim::Claim;
use crate::claim::reader::{ClaimReader, ClaimSink, Ended, EnvelopeEvent, Origin, unwrap};
use crate::policy::MetPayers;
use crate::rule::{Accrual, Hit, RuleSet};
use crate::x12::SegmentPlace;

/// Counts lines.
#[derive(Default)]
struct Counter {
    lines: u64,
}

impl<'a> ClaimSink<'a> for Counter {
    fn envelope(&mut self, _: EnvelopeEvent<'a>, _: SegmentPlace) {}

    fn claim(&mut self, claim: &Claim<'a>) {
        self.lines += claim.lines.len() as u64;
    }
}

/// Judges every claim, and forgets what comes of it.
struct Judge<'r, 'a> {
    rules: &'r RuleSet,
    claims: u64,
    payers: MetPayers<'a>,
    hits: Vec<Hit>,
    accruals: Vec<Accrual>,
}

impl<'r> Judge<'r, '_> {
    fn new(rules: &'r RuleSet) -> Self {
        Self {
            rules,
            claims: 0,
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
        std::hint::black_box((&self.hits, &self.accruals));
        self.claims += 1;
    }
}

/// Reads all of `bytes` and returns the number of service lines.
pub fn count_lines(bytes: &[u8]) -> u64 {
    unwrapped(bytes, |bytes, origin| {
        let mut counter = Counter::default();
        read(bytes, origin, &mut counter).then_some(counter.lines)
    })
}

/// Reads all of `bytes`, judges every claim, and returns their number.
pub fn judge_claims(bytes: &[u8], rules: &RuleSet) -> u64 {
    unwrapped(bytes, |bytes, origin| {
        let mut judge = Judge::new(rules);
        read(bytes, origin, &mut judge).then_some(judge.claims)
    })
}

/// What `run` makes of the bytes. A file with line breaks inside of segments, of which it makes nothing, is read
/// again from a copy without them, as a run of the program does.
fn unwrapped(bytes: &[u8], run: impl for<'a> Fn(&'a [u8], Origin<'a>) -> Option<u64>) -> u64 {
    run(bytes, Origin::default()).unwrap_or_else(|| {
        let copy = unwrap(bytes, b'~');
        let origin = Origin {
            base: 0,
            unwrapped: Some(&copy),
        };
        run(&copy.bytes, origin).unwrap_or_default()
    })
}

/// False when line breaks stand inside of segments.
fn read<'a>(bytes: &'a [u8], origin: Origin<'a>, sink: &mut impl ClaimSink<'a>) -> bool {
    let mut reader = ClaimReader::new();
    if let Ended::Wrapped { .. } = reader.read(bytes, origin, usize::MAX, sink) {
        return false;
    }
    reader.finish(sink);
    true
}
