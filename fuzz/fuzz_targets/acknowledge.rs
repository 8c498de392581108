//! Whatever was screened: the 277CA that answers it is sound X12, by this project's own reading.
#![no_main]

use kx837::report::{Format, Profile};
use kx837::x12::{Elements, EnvelopeTracker, InterchangeHeader, SegmentScanner};
use kx837_fuzz::{ClaimFile, Setup, screen};
use libfuzzer_sys::fuzz_target;

const PROFILES: [Profile; 3] = [Profile::Annotated, Profile::Strict, Profile::Gate];

fuzz_target!(|file: ClaimFile| {
    let bytes = file.bytes();
    let formats = PROFILES.map(Format::ClaimAcknowledgement);
    for report in screen(&bytes, &formats, Setup::PLAIN) {
        check(&report);
    }
});

/// Follows the envelopes; every segment is terminated and none is empty.
fn check(report: &[u8]) {
    let text = String::from_utf8_lossy(report);
    let mut tracker = EnvelopeTracker::default();
    let mut at = 0;
    while at < report.len() {
        let header = InterchangeHeader::discover(&report[at..]).expect("ISA");
        assert_eq!(header.deviation, None, "{text}");
        let isa = |number| header.element(number);
        assert_eq!(tracker.begin_interchange(isa(6), isa(13)), [], "{text}");
        let mut scanner =
            SegmentScanner::at(&report[at..], header.length, header.delimiters.terminator);
        let mut segments = 0;
        for segment in scanner.by_ref() {
            assert!(segment.terminated && !segment.bytes.is_empty(), "{text}");
            let is_broken = segment
                .bytes
                .iter()
                .any(|byte| matches!(byte, b'\r' | b'\n'));
            assert!(!is_broken, "{text}");
            let delimiters = header.delimiters;
            let (elements, fits) = Elements::of(
                segment.bytes,
                segment.bytes.len(),
                delimiters.element,
                delimiters.component,
            );
            assert!(fits);
            segments += 1;
            let id = segment
                .bytes
                .split(|byte| *byte == delimiters.element)
                .next();
            let id = id.unwrap_or_default();
            let element = |number: usize| (1..number).fold(elements, |left, _| left.rest()).bytes();
            let defects = match id {
                b"GS" => tracker.begin_group(element(6)),
                b"ST" => {
                    segments = 1;
                    tracker.begin_set(element(2))
                }
                b"SE" => tracker.end_set(element(1), element(2), segments),
                b"GE" => tracker.end_group(element(1), element(2)),
                b"IEA" => tracker.end_interchange(element(1), element(2)),
                _ => {
                    assert!(tracker.in_transaction_set(), "{text}");
                    assert!(id.iter().all(u8::is_ascii_alphanumeric), "{text}");
                    Vec::new()
                }
            };
            assert_eq!(defects, [], "{text}");
            if id == b"IEA" {
                break;
            }
        }
        assert!(!tracker.in_interchange(), "{text}");
        at += scanner.position();
        at += report[at..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
    }
}
