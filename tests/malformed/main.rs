//! Defective files: for each defect, which lines are read all the same, which notices tell of
//! it, and whether the file counts as read to its end.
//!
//! Every file is read from memory and from a stream, in pieces of one byte, 64 bytes and 1 MiB,
//! with one, two and four threads: the lines, the notices with their positions and the totals
//! must be the same each time. So must every report of its screening, in one piece and in the smallest ones.

#![allow(clippy::too_many_lines, reason = "tables of cases")]

#[path = "../common/mod.rs"]
mod common;
mod envelopes;
mod files;
mod loops;
mod values;

use common::base::{ALL, BASE};
use common::{Extracted, Folder, PLAIN, Packing, Setup, extract};
use kx837::report::{Format, ReportOptions};
use kx837::screen::Input;

/// Every claim, level and set in a piece of its own.
const IN_PIECES: Setup = Setup {
    threads: 2,
    piece_size: 1,
    ..PLAIN
};

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    /// Code, modifiers and charge of the lines.
    lines: String,
    /// Codes of the notices, sorted, each once.
    notices: &'static [&'static str],
    complete: bool,
}

fn case(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    lines: impl Into<String>,
    notices: &'static [&'static str],
) -> Case {
    Case {
        name,
        bytes: bytes.into(),
        lines: lines.into(),
        notices,
        complete: true,
    }
}

/// A file of which something was not read.
fn lossy(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    lines: impl Into<String>,
    notices: &'static [&'static str],
) -> Case {
    Case {
        complete: false,
        ..case(name, bytes, lines, notices)
    }
}

/// A file that is something else altogether.
fn rejected(name: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    lossy(name, bytes, "", &["KX902"])
}

fn lines_of(extracted: &Extracted) -> String {
    let line = |line: &serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let mut words = vec![text(&line["code"])];
        words.extend(line["modifiers"].as_array().unwrap().iter().map(text));
        format!("{} {}", words.join(":"), text(&line["charge"]))
    };
    let lines: Vec<String> = extracted.lines.iter().map(line).collect();
    lines.join(", ")
}

fn codes_of(extracted: &Extracted) -> Vec<String> {
    let mut codes: Vec<String> = extracted
        .notices
        .iter()
        .map(|notice| {
            let at = notice.find("\"kind\":\"").unwrap() + 8;
            notice[at..at + 5].to_owned()
        })
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

fn check(cases: Vec<Case>) {
    check_with(cases, &[Packing::File, Packing::Gzip]);
}

fn check_with(cases: Vec<Case>, packings: &[Packing]) {
    let mut failures = Vec::new();
    for case in cases {
        let folder = Folder::new();
        let inputs = packings
            .iter()
            .map(|packing| (*packing, folder.input("batch.edi", &case.bytes, *packing)));
        let inputs: Vec<_> = inputs.collect();
        let plain = extract(&[inputs[0].1.clone()], true, PLAIN);
        let found = (lines_of(&plain), codes_of(&plain), plain.summary.complete);
        let notices: Vec<String> = case.notices.iter().map(ToString::to_string).collect();
        let expected = (case.lines.clone(), notices, case.complete);
        if found != expected {
            let said = plain.notices.join("\n    ");
            failures.push(format!(
                "{}:\n  found    {:.300}\n  expected {:.300}\n    {said:.3000}",
                case.name,
                format!("{found:?}"),
                format!("{expected:?}")
            ));
        }
        let screen = |setup| {
            let input = &[inputs[0].1.clone()];
            common::screen(input, &Format::ALL, &ReportOptions::default(), setup)
        };
        let screened = screen(PLAIN);
        assert_eq!(
            (screened.summary.counts.lines, screened.summary.complete),
            (plain.summary.counts.lines, plain.summary.complete),
            "{}",
            case.name
        );
        let in_pieces = screen(IN_PIECES).reports;
        for (format, (this, that)) in Format::ALL
            .iter()
            .zip(in_pieces.iter().zip(&screened.reports))
        {
            if let Some(difference) = first_difference(&text(this), &text(that)) {
                failures.push(format!(
                    "{}: {} {IN_PIECES:?}: {difference}",
                    case.name,
                    format.name()
                ));
            }
        }
        failures.extend(variance(&case, &plain, &inputs, &folder));
    }
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The first line that two texts do not share.
fn first_difference(found: &str, plain: &str) -> Option<String> {
    let (mut found, mut plain) = (found.lines(), plain.lines());
    let (found, plain) = std::iter::repeat_with(|| (found.next(), plain.next()))
        .take_while(|pair| *pair != (None, None))
        .find(|(found, plain)| found != plain)?;
    Some(format!("{found:.400?}\n    but plainly {plain:.400?}"))
}

/// The first run whose result depends on how the file was read.
fn variance(
    case: &Case,
    plain: &Extracted,
    inputs: &[(Packing, Input)],
    folder: &Folder,
) -> Option<String> {
    let notices = |run: &Extracted| folder.anonymous(run.notices.join("\n").as_bytes());
    for (packing, input) in inputs {
        for threads in [1, 2, 4] {
            for piece_size in [1, 64, 1 << 20] {
                let setup = Setup {
                    threads,
                    piece_size,
                    ..PLAIN
                };
                let run = extract(std::slice::from_ref(input), true, setup);
                let pairs = [
                    (text(&run.text), text(&plain.text)),
                    (notices(&run), notices(plain)),
                    (format!("{:?}", run.summary), format!("{:?}", plain.summary)),
                ];
                for (this, that) in pairs {
                    if let Some(difference) = first_difference(&this, &that) {
                        return Some(format!(
                            "{}: {packing:?} {setup:?}: {difference}",
                            case.name
                        ));
                    }
                }
            }
        }
    }
    None
}

#[test]
fn the_base_is_sound() {
    check(vec![case("base", BASE, ALL, &[])]);
}
