//! What the nom grammar costs over reading the same fields by hand.
//!
//! The segments that most of the reading time goes to (SV1, NM1, DTP, REF) are read in three
//! ways: only their separators are located; located and taken one after the other; located and read by the
//! grammar. The price of nom is what the last has over the second.

use std::hint::black_box;
use std::time::Instant;

use kx837::claim::segments::{DateTimePeriod, Reference, dtp, nm1, reference, sv1};
use kx837::claim::{Party, ServiceLine};
use kx837::finding::ClaimKind;
use kx837::x12::grammar::Parsed;
use kx837::x12::{Elements, SegmentScanner};

const ELEMENT: u8 = b'*';
const COMPONENT: u8 = b':';
const TERMINATOR: u8 = b'~';

/// Segments of one kind are enough of a sample when there are this many.
const MOST_SEGMENTS: usize = 50_000;

/// Folds a field in so that neither its place nor its length can be left out.
#[inline(always)]
fn mix(sum: usize, field: &[u8]) -> usize {
    sum ^ (field.as_ptr() as usize).wrapping_add(field.len())
}

fn mix_all(sum: usize, fields: &[&[u8]]) -> usize {
    fields.iter().fold(sum, |sum, field| mix(sum, field))
}

fn only_locate(sum: usize, elements: Elements<'_>) -> usize {
    sum ^ usize::from(elements.is_empty())
}

/// The same fields as the grammar reads, taken from the elements one after the other.
mod by_hand {
    use kx837::finding::ClaimKind;

    use super::{DateTimePeriod, Elements, Party, Reference, ServiceLine};

    #[inline(always)]
    pub fn sv1(elements: Elements<'_>) -> ServiceLine<'_> {
        let mut line = ServiceLine::new(ClaimKind::Professional);
        let (procedure, elements) = elements.split_components();
        let (qualifier, procedure) = procedure.split_first();
        let (code, mut procedure) = procedure.split_first();
        line.qualifier = qualifier;
        line.code = code;
        for modifier in &mut line.raw_modifiers {
            let (first, rest) = procedure.split_first();
            (*modifier, procedure) = (first, rest);
        }
        line.description = procedure.split_first().0;
        let (charge, elements) = elements.split_first();
        line.raw_charge = charge;
        let (unit_basis, elements) = elements.split_first();
        line.unit_basis = unit_basis;
        let (units, elements) = elements.split_first();
        line.units = units;
        let (place_of_service, elements) = elements.split_first();
        line.place_of_service = place_of_service;
        line.raw_diagnosis_pointers = elements.rest().bytes();
        line
    }

    #[inline(always)]
    pub fn nm1(elements: Elements<'_>) -> Party<'_> {
        let (entity, elements) = elements.split_first();
        let (entity_type, elements) = elements.split_first();
        let (last_or_organization, elements) = elements.split_first();
        let (first, elements) = elements.split_first();
        let (middle, elements) = elements.split_first();
        let (suffix, elements) = elements.rest().split_first();
        let (id_qualifier, elements) = elements.split_first();
        Party {
            entity,
            entity_type,
            last_or_organization,
            first,
            middle,
            suffix,
            id_qualifier,
            id: elements.bytes(),
            taxonomy: &[],
        }
    }

    #[inline(always)]
    pub fn dtp(elements: Elements<'_>) -> DateTimePeriod<'_> {
        let (qualifier, elements) = elements.split_first();
        let (format, elements) = elements.split_first();
        DateTimePeriod {
            qualifier,
            format,
            value: elements.bytes(),
        }
    }

    #[inline(always)]
    pub fn reference(elements: Elements<'_>) -> Reference<'_> {
        let (qualifier, elements) = elements.split_first();
        Reference {
            qualifier,
            value: elements.bytes(),
        }
    }
}

/// SV1 by the grammar, into a line of its own.
#[inline(always)]
fn sv1_line(elements: Elements<'_>) -> Parsed<'_, ServiceLine<'_>> {
    let mut line = ServiceLine::new(ClaimKind::Professional);
    let (rest, ()) = sv1(elements, &mut line)?;
    Ok((rest, line))
}

#[inline(always)]
fn mix_line(sum: usize, line: &ServiceLine<'_>) -> usize {
    let sum = mix_all(sum, &line.raw_modifiers);
    mix_all(
        sum,
        &[
            line.qualifier,
            line.code,
            line.description,
            line.raw_charge,
            line.unit_basis,
            line.units,
            line.place_of_service,
            line.raw_diagnosis_pointers,
        ],
    )
}

#[inline(always)]
fn mix_party(sum: usize, party: &Party<'_>) -> usize {
    mix_all(
        sum,
        &[
            party.entity,
            party.entity_type,
            party.last_or_organization,
            party.first,
            party.middle,
            party.suffix,
            party.id_qualifier,
            party.id,
        ],
    )
}

#[inline(always)]
fn mix_date(sum: usize, date: &DateTimePeriod<'_>) -> usize {
    mix_all(sum, &[date.qualifier, date.format, date.value])
}

#[inline(always)]
fn mix_reference(sum: usize, reference: &Reference<'_>) -> usize {
    mix_all(sum, &[reference.qualifier, reference.value])
}

/// Makes a way to read a kind of segment from a grammar function.
macro_rules! grammar {
    ($parse:path, $mix:path) => {
        |sum, elements| match $parse(elements) {
            Ok((_, fields)) => $mix(sum, &fields),
            Err(_) => sum,
        }
    };
}

macro_rules! hand {
    ($read:path, $mix:path) => {
        |sum, elements| $mix(sum, &$read(elements))
    };
}

/// Locates the elements of all segments and hands each to `read`.
#[inline(never)]
fn pass(
    bytes: &[u8],
    segments: &[(usize, usize)],
    read: impl for<'a> Fn(usize, Elements<'a>) -> usize,
) -> usize {
    let mut sum = 0;
    for (start, end) in segments {
        let (elements, _) = Elements::of(&bytes[*start..], end - start, ELEMENT, COMPONENT);
        sum = read(sum, elements);
    }
    sum
}

fn timed(best: &mut f64, pass: impl FnOnce() -> usize) -> usize {
    let started = Instant::now();
    let sum = black_box(pass());
    *best = best.min(started.elapsed().as_secs_f64());
    sum
}

/// Best seconds: located only, by hand, by the grammar.
#[derive(Clone, Copy)]
struct Times([f64; 3]);

/// Measures one kind of segment in interleaved rounds.
macro_rules! measure {
    ($bytes:expr, $id:literal, $rounds:expr, $hand:expr, $grammar:expr) => {{
        let segments = find($bytes, $id);
        let mut times = [f64::MAX; 3];
        for _ in 0..$rounds {
            let [located, picked, parsed] = &mut times;
            timed(located, || pass($bytes, &segments, only_locate));
            let by_hand = timed(picked, || pass($bytes, &segments, $hand));
            let by_grammar = timed(parsed, || pass($bytes, &segments, $grammar));
            assert_eq!(by_hand, by_grammar, "both must read the same fields");
        }
        ($id, segments.len(), Times(times))
    }};
}

fn find(bytes: &[u8], id: &str) -> Vec<(usize, usize)> {
    SegmentScanner::new(bytes, TERMINATOR)
        .filter(|segment| {
            segment.bytes.starts_with(id.as_bytes())
                && segment.bytes.get(id.len()) == Some(&ELEMENT)
        })
        .map(|segment| (segment.offset, segment.offset + segment.bytes.len()))
        .take(MOST_SEGMENTS)
        .collect()
}

fn percent(parsed: f64, picked: f64) -> f64 {
    (parsed / picked - 1.0) * 100.0
}

/// Prints the comparison. `read` is how many nanoseconds the reading of all `bytes` took.
pub fn compare(bytes: &[u8], rounds: usize, read: f64) {
    // Each pass takes a millisecond or so: more rounds cost nothing and steady the result.
    let rounds = rounds * 20;
    let rows = [
        measure!(
            bytes,
            "SV1",
            rounds,
            hand!(by_hand::sv1, mix_line),
            grammar!(sv1_line, mix_line)
        ),
        measure!(
            bytes,
            "NM1",
            rounds,
            hand!(by_hand::nm1, mix_party),
            grammar!(nm1, mix_party)
        ),
        measure!(
            bytes,
            "DTP",
            rounds,
            hand!(by_hand::dtp, mix_date),
            grammar!(dtp, mix_date)
        ),
        measure!(
            bytes,
            "REF",
            rounds,
            hand!(by_hand::reference, mix_reference),
            grammar!(reference, mix_reference)
        ),
    ];
    println!("\nnom grammar against fields picked by hand, ns per segment (best of {rounds})");
    println!(
        "{:<8} {:>9} {:>8} {:>8} {:>8} {:>8}",
        "segment", "sampled", "located", "by hand", "nom", "nom over"
    );
    let scan = |id: &str| {
        SegmentScanner::new(bytes, TERMINATOR)
            .filter(|segment| segment.bytes.starts_with(id.as_bytes()))
            .count() as f64
    };
    let (mut picked_all, mut parsed_all) = (0.0, 0.0);
    for (id, count, Times(times)) in rows {
        if count == 0 {
            continue;
        }
        let [located, picked, parsed] = times.map(|seconds| seconds * 1e9 / count as f64);
        println!(
            "{id:<8} {count:>9} {located:>8.2} {picked:>8.2} {parsed:>8.2} {:>+7.1}%",
            percent(parsed, picked)
        );
        let in_file = scan(id);
        picked_all += picked * in_file;
        parsed_all += parsed * in_file;
    }
    println!(
        "all of them in the file: nom {:+.1}% over by hand, {:+.1}% of the time to read",
        percent(parsed_all, picked_all),
        (parsed_all - picked_all) / read * 100.0
    );
}
