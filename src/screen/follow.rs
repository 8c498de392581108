//! Claims of one input, one after the other, with what had added up before each: for a look at a
//! single claim. Reads in the calling thread and tells no report.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::identity::claim_identity;
use super::input::{Input, Source};
use super::outcome::patient_hash;
use super::pipeline::LARGEST_CLAIM;
use super::stream::ReadAhead;
use crate::claim::Claim;
use crate::claim::reader::{
    ClaimReader, ClaimSink, Ended, EnvelopeEvent, Origin, ReaderContext, unwrap,
};
use crate::finding::Notice;
use crate::ledger::{Frequency, Ledger, OrderKey, Received};
use crate::phi::{PatientHash, PatientHasher};
use crate::rule::RuleSet;
use crate::x12::SegmentPlace;

/// Bytes of a stream that are read before what was used of them is forgotten.
const PIECE: usize = 4 << 20;

/// A claim as it comes by.
pub struct Met<'m, 'a> {
    /// The claim.
    pub claim: &'m Claim<'a>,
    /// Who was treated.
    pub patient: PatientHash,
    /// What the claims before it in the file added up to.
    pub before: &'m Ledger,
}

/// What became of the reading.
#[derive(Default)]
pub struct Followed {
    /// Claims read.
    pub claims: u64,
    /// What was wrong with the file, envelopes aside.
    pub notices: Vec<Notice>,
    /// The input broke off: what was read until then came by.
    pub error: Option<io::Error>,
}

/// Shows every claim of the input to `visit`, in file order.
///
/// # Errors
/// The input cannot be opened.
pub fn follow(
    input: &Input,
    rules: &RuleSet,
    hasher: &PatientHasher,
    visit: &mut dyn FnMut(&Met<'_, '_>),
) -> io::Result<Followed> {
    let mut sink = Sink {
        rules,
        hasher,
        ledger: Ledger::new(Arc::clone(rules.policies())),
        visit,
        claims: 0,
        last: None,
    };
    let mut followed = Followed::default();
    match input.open()? {
        Source::Memory(bytes) => {
            let whole = Extent {
                base: 0,
                limit: usize::MAX,
                at_end: true,
            };
            if let Some(read) = piece(&bytes, whole, &ReaderContext::default(), &mut sink) {
                followed.notices = read.notices;
            }
        }
        Source::Stream(reader) => stream(&ReadAhead::new(reader), &mut sink, &mut followed),
    }
    followed.claims = sink.claims;
    Ok(followed)
}

fn stream(reader: &ReadAhead, sink: &mut Sink<'_>, followed: &mut Followed) {
    let never = AtomicBool::new(false);
    let mut buffer = Vec::new();
    let mut context = ReaderContext::default();
    let (mut base, mut wanted, mut at_end) = (0, PIECE, false);
    loop {
        while !at_end && buffer.len() < wanted {
            match reader.append(&mut buffer, &never) {
                Ok(more) => at_end = !more,
                Err(error) => {
                    followed.error = Some(error);
                    at_end = true;
                }
            }
        }
        let extent = Extent {
            base,
            limit: PIECE / 2,
            at_end,
        };
        let Some(read) = piece(&buffer, extent, &context, sink) else {
            if buffer.len() > LARGEST_CLAIM {
                followed.error = Some(io::Error::other("a claim is larger than 64 MiB"));
                return;
            }
            wanted = buffer.len().saturating_mul(2);
            continue;
        };
        followed.notices.extend(read.notices);
        let Some(end) = read.end else { return };
        buffer.drain(..end - base);
        (base, context, wanted) = (end, read.context, PIECE);
    }
}

/// Where a buffer stands in the file, and how far it is to be read.
#[derive(Clone, Copy)]
struct Extent {
    base: usize,
    limit: usize,
    at_end: bool,
}

struct PieceRead {
    /// Offset in the file at which the next piece begins.
    end: Option<usize>,
    context: ReaderContext,
    notices: Vec<Notice>,
}

/// Reads a piece; `None` when the buffer ends before it. Claims that came by then come by once
/// all the same, because `sink` knows where the last one stood.
fn piece(
    buffer: &[u8],
    extent: Extent,
    inherited: &ReaderContext,
    sink: &mut Sink<'_>,
) -> Option<PieceRead> {
    let plain = Origin::at(extent.base);
    if let Ok(read) = read(buffer, plain, extent, inherited, sink) {
        return read;
    }
    let copy = unwrap(buffer, inherited.terminator().unwrap_or(b'~'));
    let origin = Origin {
        base: extent.base,
        unwrapped: Some(&copy),
    };
    let limit = if extent.limit < buffer.len() {
        copy.offset_of_original(extent.limit)
    } else {
        usize::MAX
    };
    let extent = Extent { limit, ..extent };
    read(&copy.bytes, origin, extent, inherited, sink)
        .unwrap_or_else(|Wrapped| unreachable!("line breaks do not stop the reading of a copy"))
}

/// Line breaks stand inside of segments.
struct Wrapped;

fn read(
    bytes: &[u8],
    origin: Origin<'_>,
    extent: Extent,
    inherited: &ReaderContext,
    sink: &mut Sink<'_>,
) -> Result<Option<PieceRead>, Wrapped> {
    let context = inherited.bytes();
    let mut reader = ClaimReader::new();
    // The context was cleaned of line breaks when it was taken.
    let _ = reader.replay(&context);
    let end = match reader.read(bytes, origin, extent.limit, sink) {
        Ended::Wrapped { .. } => return Err(Wrapped),
        Ended::Boundary { at } => Some(origin.offset(at)),
        Ended::Done if extent.at_end => None,
        Ended::Done => return Ok(None),
    };
    reader.finish(sink);
    Ok(Some(PieceRead {
        end,
        context: reader.context(inherited, bytes),
        notices: std::mem::take(&mut reader.log).listed,
    }))
}

struct Sink<'s> {
    rules: &'s RuleSet,
    hasher: &'s PatientHasher,
    ledger: Ledger,
    visit: &'s mut dyn FnMut(&Met<'_, '_>),
    claims: u64,
    /// Offset of the last claim that came by.
    last: Option<u64>,
}

impl<'a> ClaimSink<'a> for Sink<'_> {
    fn envelope(&mut self, _: EnvelopeEvent<'a>, _: SegmentPlace) {}

    fn claim(&mut self, claim: &Claim<'a>) {
        let offset = claim.place.offset;
        if self.last.is_some_and(|last| offset <= last) {
            return;
        }
        self.last = Some(offset);
        self.claims += 1;
        let (mut hits, mut accruals) = (Vec::new(), Vec::new());
        let payer = self.rules.judge(claim, &mut hits, &mut accruals);
        let is_medicare = self.rules.policies().payers().is_medicare(payer);
        let patient = patient_hash(claim, is_medicare, self.hasher);
        (self.visit)(&Met {
            claim,
            patient,
            before: &self.ledger,
        });
        if !accruals.is_empty() || Frequency::new(claim.frequency).takes_back() {
            let received = Received {
                order: OrderKey {
                    file_seq: 0,
                    offset,
                },
                patient,
                identity: &claim_identity(claim, &accruals, self.hasher),
                accruals: &accruals,
            };
            // Offsets only grow.
            let _ = self.ledger.apply(received, &mut hits);
        }
    }
}
