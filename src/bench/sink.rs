//! Sinks for the reader: what happens to claims when nothing happens to them, and when they are
//! judged.

use crate::claim::Claim;
use crate::claim::reader::{ClaimReader, ClaimSink, Ended, EnvelopeEvent, Origin, unwrap};
use crate::policy::MetPayers;
use crate::rule::{Accrual, Hit, RuleSet};
use crate::x12::SegmentPlace;

/// Counts lines.
#[derive(Default)]
pub struct Counter {
    /// Service lines so far.
    pub lines: u64,
}

impl<'a> ClaimSink<'a> for Counter {
    fn envelope(&mut self, _: EnvelopeEvent<'a>, _: SegmentPlace) {}

    fn claim(&mut self, claim: &Claim<'a>) {
        self.lines += claim.lines.len() as u64;
    }
}

/// Judges every claim, and forgets what comes of it.
pub struct Judge<'r> {
    rules: &'r RuleSet,
    /// Claims so far.
    pub claims: u64,
    payers: MetPayers,
    hits: Vec<Hit>,
    accruals: Vec<Accrual>,
}

impl<'r> Judge<'r> {
    /// Judges by these rules.
    pub fn new(rules: &'r RuleSet) -> Self {
        Self {
            rules,
            claims: 0,
            payers: MetPayers::default(),
            hits: Vec::new(),
            accruals: Vec::new(),
        }
    }
}

impl<'a> ClaimSink<'a> for Judge<'_> {
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

/// Reads all of `bytes` into a new sink. A file with line breaks inside of segments is read again
/// from a copy without them, as a run does.
pub fn read<S: for<'a> ClaimSink<'a>>(bytes: &[u8], new: impl Fn() -> S) -> S {
    let mut sink = new();
    if read_from(bytes, Origin::default(), &mut sink) {
        return sink;
    }
    let copy = unwrap(bytes, b'~');
    let origin = Origin {
        base: 0,
        unwrapped: Some(&copy),
    };
    sink = new();
    read_from(&copy.bytes, origin, &mut sink);
    sink
}

/// False when line breaks stand inside of segments.
fn read_from<'a>(bytes: &'a [u8], origin: Origin<'a>, sink: &mut impl ClaimSink<'a>) -> bool {
    let mut reader = ClaimReader::new();
    if let Ended::Wrapped { .. } = reader.read(bytes, origin, usize::MAX, sink) {
        return false;
    }
    reader.finish(sink);
    true
}
