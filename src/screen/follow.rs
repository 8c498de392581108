//! Claims of one input, one after the other, with what had added up before each: for a look at a
//! single claim. Reads in the calling thread and tells no report.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::cut::piece_size;
use super::identity::{Reach, claim_identity};
use super::input::{Access, Input, Source};
use super::kept::Kept;
use super::outcome::patient_hash;
use super::pipeline::{LARGEST_CLAIM, claim_too_large};
use super::remembering::Remembering;
use super::stream::ReadAhead;
use crate::claim::Claim;
use crate::claim::reader::{
    ClaimReader, ClaimSink, Ended, EnvelopeEvent, Origin, ReaderContext, unwrap,
};
use crate::finding::Notice;
use crate::ledger::{ClaimIdentity, Frequency, Ledger, OrderKey, Received, StoreError};
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
    /// Its place in the order received.
    pub order: OrderKey,
    /// What tells it from other claims.
    pub identity: ClaimIdentity,
    /// What the claims before it in the file added up to, and what a ledger holds of earlier runs.
    pub before: &'m Ledger,
    /// Names files by their number in the order received.
    pub names: &'m dyn Fn(u32) -> String,
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
    /// The ledger of earlier runs could not be read: claims came by without it.
    pub ledger_error: Option<StoreError>,
}

/// Shows the claims of the input with this id (CLM01), or all, to `visit`, in file order. What is kept
/// from earlier runs is read, and nothing is added to it.
///
/// # Errors
/// The input cannot be opened.
pub fn follow(
    input: &Input,
    rules: &RuleSet,
    hasher: &PatientHasher,
    wanted: Option<&[u8]>,
    kept: Option<Kept>,
    visit: &mut dyn FnMut(&Met<'_, '_>),
) -> io::Result<Followed> {
    let remembering = Remembering::new(kept, None);
    let mut sink = Sink {
        rules,
        hasher,
        ledger: Ledger::new(Arc::clone(rules.policies())),
        name: input.name(),
        file_seq: remembering.first_file(),
        remembering,
        ledger_error: None,
        wanted,
        visit,
        claims: 0,
        last: None,
    };
    let mut followed = Followed::default();
    match input.open(Access::Read)? {
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
        Source::File(file) => {
            stream(&ReadAhead::new(Box::new(file)), &mut sink, &mut followed);
        }
        Source::Stream(reader) => stream(&ReadAhead::new(reader), &mut sink, &mut followed),
    }
    followed.claims = sink.claims;
    followed.ledger_error = sink.ledger_error;
    Ok(followed)
}

fn stream(reader: &ReadAhead, sink: &mut Sink<'_>, followed: &mut Followed) {
    let never = AtomicBool::new(false);
    let mut buffer = Vec::new();
    let mut context = ReaderContext::default();
    let (mut base, mut wanted, mut at_end) = (0, PIECE, false);
    loop {
        while !at_end && buffer.len() < wanted {
            match reader.next(&never) {
                Ok(Some(block)) => {
                    buffer.extend_from_slice(&block);
                    reader.reuse(block);
                }
                Ok(None) => at_end = true,
                Err(error) => {
                    followed.error = Some(error);
                    at_end = true;
                }
            }
        }
        let extent = Extent {
            base,
            limit: piece_size(PIECE / 2, &context),
            at_end,
        };
        let Some(read) = piece(&buffer, extent, &context, sink) else {
            if buffer.len() > LARGEST_CLAIM {
                followed.error = Some(io::Error::other(claim_too_large()));
                return;
            }
            wanted = buffer.len().saturating_mul(2);
            continue;
        };
        followed.notices.extend(read.notices);
        let Some(end) = read.end else { return };
        buffer.drain(..end - base);
        (base, context) = (end, read.context);
        wanted = 2 * piece_size(PIECE / 2, &context);
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
    reader.inherit(inherited, &context);
    reader.ends_data = extent.at_end;
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
    /// Name of the input.
    name: String,
    /// The number that the input has, or would get, in the order received.
    file_seq: u32,
    /// What earlier runs counted.
    remembering: Remembering,
    ledger_error: Option<StoreError>,
    /// CLM01 of the claims to show.
    wanted: Option<&'s [u8]>,
    visit: &'s mut dyn FnMut(&Met<'_, '_>),
    claims: u64,
    /// Offset of the last claim that came by.
    last: Option<u64>,
}

impl Sink<'_> {
    /// Brings what earlier runs know of a patient into the ledger.
    fn recall(&mut self, patient: PatientHash) {
        if self.ledger_error.is_none() {
            let recalled = self.remembering.recall(patient, &mut self.ledger);
            self.ledger_error = recalled.err();
        }
    }
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
        let is_wanted = self.wanted.is_none_or(|wanted| wanted == claim.id);
        let counts = !accruals.is_empty() || Frequency::new(claim.frequency).takes_back();
        if !is_wanted && !counts {
            return;
        }
        self.recall(patient);
        let order = OrderKey {
            file_seq: self.file_seq,
            offset,
        };
        let identity = claim_identity(claim, &accruals, Reach::Kept(self.hasher));
        if is_wanted {
            let (file_seq, own) = (self.file_seq, &self.name);
            let remembering = RefCell::new(&mut self.remembering);
            let names = |seq: u32| {
                if seq == file_seq {
                    return own.clone();
                }
                let name = remembering.borrow_mut().file_name(seq);
                name.unwrap_or_default()
            };
            (self.visit)(&Met {
                claim,
                patient,
                order,
                identity: identity.clone(),
                before: &self.ledger,
                names: &names,
            });
        }
        if counts {
            let received = Received {
                order,
                patient,
                identity: &identity,
                accruals: &accruals,
            };
            // Offsets only grow.
            let _ = self.ledger.apply(received, &mut hits);
        }
    }
}
