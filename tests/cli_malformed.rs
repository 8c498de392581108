//! What a person is told of defective files: for each defect, the exit code, how many claims and lines were read, whether the
//! file counts as read to its end, and words that name the place. `tests/malformed` says the same of what is read in
//! every way to read it.
#![cfg(feature = "cli")]

#[allow(dead_code, reason = "not every test needs every helper")]
#[path = "common/base.rs"]
mod base;
mod cli_sandbox;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use base::{BASE, up_to, with, without};
use cli_sandbox::Sandbox;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    /// Exit code, claims, lines, complete.
    outcome: (i32, u64, u64, bool),
    /// Words of standard error; none of them: nothing is told.
    words: &'static [&'static str],
}

fn case(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    outcome: (i32, u64, u64, bool),
    words: &'static [&'static str],
) -> Case {
    Case {
        name,
        bytes: bytes.into(),
        outcome,
        words,
    }
}

const READ: (i32, u64, u64, bool) = (0, 2, 3, true);
const REFUSED: (i32, u64, u64, bool) = (2, 0, 0, false);

fn check(cases: Vec<Case>) {
    let sandbox = Sandbox::new();
    for case in cases {
        fs::write(sandbox.path("in.edi"), &case.bytes).unwrap();
        let mut first: Option<(i32, String, String)> = None;
        for threads in [1, 2, 8] {
            let run = format!(
                "screen -v --no-progress --fail-on never --report jsonl -j {threads} in.edi"
            );
            let told = sandbox.run(&run);
            let same = first.get_or_insert_with(|| told.clone());
            assert!(
                *same == told,
                "{} with {threads} threads: {told:?}",
                case.name
            );
        }
        let (code, report, errors) = first.unwrap();
        let errors: Vec<&str> = errors
            .lines()
            .filter(|line| !line.starts_with("policy pack "))
            .collect();
        let end: Value = serde_json::from_str(report.lines().last().unwrap()).unwrap();
        let counts = &end["data"]["counts"];
        let number = |name: &str| counts[name].as_u64().unwrap();
        let complete = end["data"]["complete"].as_bool().unwrap();
        let found = (code, number("claims"), number("lines"), complete);
        let all = errors.join("\n");
        assert_eq!(found, case.outcome, "{}: {all}", case.name);
        assert_eq!(
            errors.is_empty(),
            case.words.is_empty(),
            "{}: {all}",
            case.name
        );
        for words in case.words {
            assert!(
                all.contains(words),
                "{}: {words:?} is not in:\n{all}",
                case.name
            );
        }
        for line in errors {
            let named = ["", "kx837: error: ", "kx837: warning: "]
                .iter()
                .any(|level| line.starts_with(&format!("{level}in.edi: ")));
            assert!(named, "{}: {line}", case.name);
            let raw = line
                .chars()
                .find(|found| found.is_control() || *found == '\u{fffd}');
            assert!(raw.is_none(), "{}: {line:?}", case.name);
        }
        // What was not read to its end is told as an error, and the other way round.
        assert_eq!(
            !complete,
            all.contains("kx837: error: "),
            "{}: {all}",
            case.name
        );
    }
}

fn wrapped(end: &str) -> String {
    let bare = BASE.replace('\n', "");
    let lines: Vec<&str> = bare
        .as_bytes()
        .chunks(80)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join(end) + end
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

#[test]
fn files_that_are_refused() {
    let mut state = 7u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let utf16 = BASE.encode_utf16().flat_map(u16::to_be_bytes);
    check(vec![
        case(
            "ISA breaks off",
            &BASE[..50],
            REFUSED,
            &[
                "the ISA segment is truncated: 50 bytes are left where 106 are needed (byte 0) [KX903",
            ],
        ),
        case(
            "random bytes",
            noise.take(65_536).collect::<Vec<u8>>(),
            REFUSED,
            &["not X12: expected an ISA segment at byte 0, found binary data"],
        ),
        case(
            "nothing but blanks",
            " \r\n".repeat(500),
            REFUSED,
            &["found nothing but blanks"],
        ),
        case("empty", "", REFUSED, &["found an empty file"]),
        case(
            "UTF-16",
            utf16.collect::<Vec<u8>>(),
            REFUSED,
            &["found UTF-16 text: X12 needs one byte per character"],
        ),
        case(
            "no terminator",
            BASE.replace("~\n", ""),
            REFUSED,
            &["the segment terminator would be the letter or digit 'G'"],
        ),
        case(
            "a delimiter in two roles",
            BASE.replace('~', ":"),
            REFUSED,
            &[
                "the component separator and the segment terminator are the same byte ':': delimiters must differ",
            ],
        ),
        case(
            "CSV",
            "claim,code,modifier\nA1,97110,KX\n",
            REFUSED,
            &["found text without an ISA segment"],
        ),
    ]);
}

#[test]
fn files_that_are_accepted() {
    let control: String = BASE
        .replace('\n', "")
        .chars()
        .map(|found| match found {
            '*' => '\x1d',
            ':' => '\x1f',
            '~' => '\x1e',
            other => other,
        })
        .collect();
    check(vec![
        case("gzip under another name", gzip(BASE), READ, &[]),
        case("CRLF", BASE.replace('\n', "\r\n"), READ, &[]),
        case(
            "CRLF every 80 columns",
            wrapped("\r\n"),
            READ,
            &["notice[KX915]"],
        ),
        case("control characters as delimiters", control, READ, &[]),
        case(
            "4010",
            with("005010X222A1", "004010X098A1").replace("*^*00501*", "*U*00401*"),
            READ,
            &[],
        ),
    ]);
}

#[test]
fn envelopes_that_do_not_fit() {
    check(vec![
        case(
            "breaks off inside of a line",
            up_to("140:GP"),
            (2, 1, 1, false),
            &[
                "the data end inside this segment; expected a segment terminator. The segment is not used (ISA 000000905 / ST 0021 / CLM A1 / LX 2, byte ",
                "expected SE at the end of the file",
                "expected GE at the end of the file",
                "expected IEA at the end of the file",
            ],
        ),
        case(
            "IEA missing",
            up_to("IEA*"),
            READ,
            &["interchange 000000905 is not closed: expected IEA at the end of the file"],
        ),
        case(
            "SE missing",
            without("SE*34*0021~"),
            READ,
            &["transaction set 0021 is not closed: expected SE before GE"],
        ),
        case(
            "GE02 is not GS06",
            with("GE*1*21", "GE*1*22"),
            READ,
            &[
                "notice[KX908] control-number-mismatch: GE02 is 22, but GS06 is 21 (ISA 000000905 / GS 21 / GE02, byte ",
            ],
        ),
        case(
            "words behind IEA",
            format!("{BASE}END OF FILE\x07\x1b[2J\n"),
            READ,
            &["notice[KX904] data-outside-interchange"],
        ),
        case(
            "no group",
            format!("{}IEA*0*000000905~\n", &BASE[..107]),
            (0, 0, 0, true),
            &["no functional group in this file"],
        ),
        case(
            "the same interchange twice",
            BASE.repeat(2),
            (0, 4, 6, true),
            &[
                "control number 000000905 of this interchange was used before: a duplicate?",
                "the same claim was received before: it adds nothing to totals",
            ],
        ),
        case(
            "banner",
            format!("\n\n*** NIGHTLY BATCH ***\n{BASE}"),
            READ,
            &[
                "notice[KX904] data-outside-interchange: data that is not part of an interchange; expected ISA or the end of the file (byte 2)",
            ],
        ),
    ]);
}

/// `cat a.edi b.edi.gz`: what is packed may hold claims, and is not read.
#[test]
fn packed_data_behind_claims_are_lost() {
    let packed = |bytes: Vec<u8>| [BASE.as_bytes(), &bytes].concat();
    let gzip = {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(BASE.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let mut zstd = b"\n".to_vec();
    zstd.extend(zstd::encode_all(BASE.as_bytes(), 1).unwrap());
    let wrapped = BASE.replace("SV1*HC:97140", "SV1*\nHC:97140");
    check(vec![
        case(
            "gzip behind IEA",
            packed(gzip.clone()),
            (2, 2, 3, false),
            &[
                "error: ",
                "gzip data begin here, behind what is not packed: they were not read",
            ],
        ),
        case(
            "zstd behind a line break",
            packed(zstd),
            (2, 2, 3, false),
            &["zstd data begin here"],
        ),
        case(
            "zip behind IEA",
            packed(b"PK\x03\x04".to_vec()),
            (2, 2, 3, false),
            &["zip data begin here"],
        ),
        case(
            "gzip behind wrapped segments",
            [wrapped.as_bytes(), &gzip].concat(),
            (2, 2, 3, false),
            &["gzip data begin here"],
        ),
        case(
            "what merely has such bytes in it",
            packed(b"\nAB\x1f\x8b".to_vec()),
            READ,
            &["notice[KX904]"],
        ),
    ]);
}

#[test]
fn segments_that_do_not_fit() {
    let mut chain = String::new();
    for level in 3..60_000 {
        writeln!(chain, "HL*{level}*{}*22*1~", level - 1).unwrap();
    }
    check(vec![
        case("the terminator inside of a note", with("REF*6R*L1", "NTE*ADD* LAST~ SEEN TWICE ~LX IN TEXT~\nREF*6R*L1"), READ, &["notice[KX912] unknown-segment", "SE01 says 34 segments, but 37 were counted"]),
        case("100,000 elements", with("*UN*2***1:2", &format!("*UN*2***1:2{}", "*1".repeat(100_000))), READ, &["more than 128 elements; what follows them is not looked at (ISA 000000905 / ST 0021 / CLM A1 / LX 1, byte "]),
        case("levels that are each other's parent", with("HL*1**20", "HL*1*2*20"), READ, &["notice[KX920] hierarchy-defect"]),
        case("a chain of 60,000 levels", with("HL*2*1*22*0~\n", &format!("HL*2*1*22*0~\n{chain}")), READ, &["only the first 10 of this kind are listed"]),
        case("no LX", BASE.replace("LX*1~\n", "").replace("LX*2~\n", ""), READ, &["a service line without LX; read as a line of its own"]),
        case("lower case", with("ST*837", "st*837").replace("CLM*", "clm*").replace("SV1*", "sv1*").replace("SE*34", "se*34"), READ, &["segment identifiers are upper case; read as if this one were"]),
        case("a line before its CLM", BASE.replace("CLM*A1*180***11:B:1*Y*A*Y*Y~\nHI*ABK:M5450*ABF:M25561~\nLX*1~\nSV1*HC:97110:GP:KX*120*UN*2***1:2~\n", "LX*1~\nSV1*HC:97110:GP:KX*120*UN*2***1:2~\nCLM*A1*180***11:B:1*Y*A*Y*Y~\nHI*ABK:M5450*ABF:M25561~\n"), (2, 2, 2, false), &["a service line that belongs to no claim (no CLM before it); it was not judged (ISA 000000905 / ST 0021, byte "]),
    ]);
}

#[test]
fn values_that_do_not_fit() {
    check(vec![
        case(
            "negative",
            with("*120*UN*2", "*-120*UN*-2"),
            READ,
            &[
                "expected an amount that is not negative (ISA 000000905 / ST 0021 / CLM A1 / LX 1 / SV102, byte ",
                "expected a quantity that is not negative",
            ],
        ),
        case(
            "no dates",
            with("20261005", "20261332"),
            READ,
            &[
                "DTP*472: expected a real date as CCYYMMDD (D8) or a range CCYYMMDD-CCYYMMDD (RD8)",
                "CLM A1 / LX 1 / DTP03",
            ],
        ),
        case(
            "a range that ends before it begins",
            with("D8*20261007", "RD8*20261007-20261001"),
            READ,
            &["DTP*472: expected a real date", "CLM A2 / LX 1 / DTP03"],
        ),
        case(
            "modifiers in lower case",
            with("HC:97110:GP:KX", "hc:97110:gp:kx"),
            READ,
            &[
                "modifier in lower case; read as GP",
                "modifier in lower case; read as KX",
            ],
        ),
        case(
            "characters that only look alike",
            with(":GP:KX", ":GP:\u{ff2b}\u{ff38}").replace("97140", "97\u{200b}140"),
            READ,
            &[
                "the procedure code has characters outside of the X12 character sets",
                "the modifier has characters outside of the X12 character sets",
            ],
        ),
    ]);
}
