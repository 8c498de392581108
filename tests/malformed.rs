//! Defective files: for each defect, which lines are read all the same, which notices tell of
//! it, and whether the file counts as read to its end.
//!
//! Every file is read from memory and from a stream, in pieces of one byte, 64 bytes and 1 MiB,
//! with one, two and four threads: the lines, the notices with their positions and the totals
//! must be the same each time.

#![allow(clippy::too_many_lines, reason = "tables of cases")]

mod common;

use std::fmt::Write;

use common::base::{ALL, BASE, set, up_to, with, without};
use common::{Extracted, Folder, PLAIN, Packing, Setup, extract, pack};
use kx837::report::{Format, ReportOptions};
use kx837::screen::Input;

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
        let screened = common::screen(
            &[inputs[0].1.clone()],
            &Format::ALL,
            &ReportOptions::default(),
            PLAIN,
        );
        assert_eq!(
            (screened.summary.counts.lines, screened.summary.complete),
            (plain.summary.counts.lines, plain.summary.complete),
            "{}",
            case.name
        );
        failures.extend(variance(&case, &plain, &inputs, &folder));
    }
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
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
                };
                let run = extract(std::slice::from_ref(input), true, setup);
                let text = String::from_utf8_lossy;
                let pairs = [
                    (text(&run.text).into_owned(), text(&plain.text).into_owned()),
                    (notices(&run), notices(plain)),
                    (format!("{:?}", run.summary), format!("{:?}", plain.summary)),
                ];
                for (this, that) in pairs {
                    let (mut left, mut right) = (this.lines(), that.lines());
                    let differing = std::iter::repeat_with(|| (left.next(), right.next()))
                        .take_while(|pair| *pair != (None, None))
                        .find(|(left, right)| left != right);
                    if let Some((left, right)) = differing {
                        return Some(format!(
                            "{}: {packing:?} {setup:?}: {left:.400?}\n    but plainly {right:.400?}",
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

#[test]
fn truncation() {
    let mut cases = Vec::new();
    for length in [1, 2] {
        cases.push(rejected("less than ISA", &BASE.as_bytes()[..length]));
    }
    for length in [3, 4, 50, 103, 104, 105] {
        cases.push(lossy(
            "truncated ISA",
            &BASE.as_bytes()[..length],
            "",
            &["KX903"],
        ));
    }
    cases.extend([
        case("ISA only", &BASE[..106], "", &["KX906", "KX932"]),
        case("ends behind GS", up_to("ST*837"), "", &["KX906", "KX932"]),
        lossy(
            "ends inside GS",
            up_to("KXPAYER*2026"),
            "",
            &["KX906", "KX911"],
        ),
        lossy("ends behind ST", up_to("BHT"), "", &["KX906", "KX931"]),
        lossy("ends inside NM1", up_to("PAT*"), "", &["KX906", "KX911"]),
        lossy("ends inside CLM", up_to("80***11"), "", &["KX906", "KX911"]),
        lossy(
            "ends behind CLM",
            up_to("HI*ABK:M54"),
            "",
            &["KX906", "KX923", "KX931"],
        ),
        lossy(
            "ends inside SV1 of the second line",
            up_to("140:GP"),
            "97110:GP:KX 120",
            &["KX906", "KX911", "KX923", "KX927"],
        ),
        lossy(
            "ends behind the second LX",
            up_to("SV1*HC:97140"),
            "97110:GP:KX 120",
            &["KX906", "KX923", "KX927", "KX931"],
        ),
        lossy(
            "ends between segments",
            up_to("REF*6R*L2"),
            "97110:GP:KX 120, 97140:GP:59 60",
            &["KX906", "KX931"],
        ),
        lossy("ends before SE", up_to("SE*34"), ALL, &["KX906", "KX931"]),
        case(
            "ends inside SE",
            up_to("*0021~\nGE"),
            ALL,
            &["KX906", "KX908", "KX935"],
        ),
        case("ends before GE", up_to("GE*1"), ALL, &["KX906"]),
        case("ends before IEA", up_to("IEA*1"), ALL, &["KX906"]),
        case(
            "no terminator behind IEA",
            up_to("~\n").to_owned() + BASE[105..].trim_end().strip_suffix('~').unwrap(),
            ALL,
            &["KX935"],
        ),
    ]);
    check(cases);
}

#[test]
fn envelopes() {
    let two = BASE.to_owned()
        + &BASE
            .replace("000000905", "000000906")
            .replace('*', "|")
            .replace(':', ">")
            .replace("~\n", "!");
    let twice = format!("{ALL}, {ALL}");
    // An interchange whose segments end with a line feed, behind one that was broken off.
    let lines = BASE
        .replace("000000905", "000000906")
        .replace("~\n", "\n")
        .replace('*', "|");
    let broken_off = |text: &str, next: &str| up_to(text).to_owned() + next;
    let other = &two[BASE.len()..];
    check(vec![
        lossy("an interchange with other delimiters inside of a segment", broken_off("LX*2", "LX*") + other, format!("97110:GP:KX 120, {ALL}"), &["KX906", "KX911", "KX927"]),
        lossy("the same, and its terminator comes again", broken_off("LX*2", "LX*") + other + &BASE.replace("000000905", "000000907"), format!("97110:GP:KX 120, {ALL}, {ALL}"), &["KX906", "KX911", "KX927"]),
        lossy("an interchange of lines inside of a segment", broken_off("LX*2", "LX*") + &lines, format!("97110:GP:KX 120, {ALL}"), &["KX906", "KX911", "KX927"]),
        case("an interchange of lines before SE", broken_off("SE*34", &lines), twice.clone(), &["KX906"]),
        case("IEA without a terminator before the next interchange", BASE.trim_end().trim_end_matches('~').to_owned() + other, twice.clone(), &["KX935"]),
        case("a name that looks like the beginning of ISA", with("*EXAMPLE*PAT*", &format!("*EXAMPLE*ISA PAT ISA {}*", "X".repeat(120))), ALL, &[]),
        lossy("ISA with a piece of another file inside", with("*000000905*0*T", &format!("*0000{}*0*T", "|00| |X".repeat(10))) + &BASE.replace("000000905", "000000906"), ALL, &["KX903"]),
        lossy("GS inside of a claim", with("REF*6R*L1", "GS*HC*A*B*20261101*1200*22*X*005010X222A1~\nREF*6R*L1"), "97110:GP:KX 120, 92507:GN 95", &["KX906", "KX907", "KX908", "KX909", "KX921", "KX927", "KX928"]),
        case("SE missing", without("SE*34*0021~"), ALL, &["KX906"]),
        case("GE missing", without("GE*1*21~"), ALL, &["KX906"]),
        case("SE and GE missing", BASE.replace("SE*34*0021~\nGE*1*21~\n", ""), ALL, &["KX906"]),
        case("GS missing", without("GS*HC*KXSENDER*KXPAYER*20261101*1200*21*X*005010X222A1~"), ALL, &["KX907", "KX909"]),
        case("GS and GE missing", without("GS*HC*KXSENDER*KXPAYER*20261101*1200*21*X*005010X222A1~").replace("GE*1*21~\n", ""), ALL, &["KX907", "KX909"]),
        case("ST missing", without("ST*837*0021*005010X222A1~"), ALL, &["KX907", "KX909", "KX928"]),
        lossy("ISA missing", &BASE[107..], "", &["KX902"]),
        case("SE01 wrong", with("SE*34", "SE*33"), ALL, &["KX909"]),
        case("SE01 no number", with("SE*34", "SE*X"), ALL, &["KX909"]),
        case("SE02 wrong", with("SE*34*0021", "SE*34*0022"), ALL, &["KX908"]),
        case("GE01 wrong", with("GE*1", "GE*7"), ALL, &["KX909"]),
        case("GE02 wrong", with("GE*1*21", "GE*1*22"), ALL, &["KX908"]),
        case("IEA01 wrong", with("IEA*1", "IEA*2"), ALL, &["KX909"]),
        case("IEA02 wrong", with("IEA*1*000000905", "IEA*1*000000906"), ALL, &["KX908"]),
        case("IEA02 lost its zeros", with("IEA*1*000000905", "IEA*1*905"), ALL, &["KX908"]),
        case("SE without elements", with("SE*34*0021~", "SE~"), ALL, &["KX908", "KX909", "KX936"]),
        case("ST03 missing", with("ST*837*0021*005010X222A1", "ST*837*0021"), ALL, &[]),
        case("no group", BASE[..107].to_owned() + "IEA*0*000000905~\n", "", &["KX932"]),
        case("no set", BASE[..107].to_owned() + "GS*HC*A*B*20261101*1200*21*X*005010X222A1~GE*0*21~IEA*1*000000905~", "", &["KX932"]),
        case("set without claims", BASE[..BASE.find("HL*1").unwrap()].to_owned() + "SE*6*0021~GE*1*21~IEA*1*000000905~", "", &["KX932"]),
        case("TA1 only", BASE[..107].to_owned() + "TA1*000000905*261101*1200*A*000~IEA*0*000000905~\n", "", &["KX932"]),
        case("TA1 before GS", with("GS*HC", "TA1*000000904*261101*1200*A*000~\nGS*HC"), ALL, &[]),
        case("other delimiters in the second interchange", two, twice.clone(), &[]),
        case("the same interchange twice", BASE.repeat(2), twice.clone(), &["KX910"]),
        case("ISA inside of an open interchange", up_to("GE*1").to_owned() + &BASE.replace("000000905", "000000906"), twice.clone(), &["KX906"]),
        lossy("damaged ISA inside of an open claim", up_to("LX*2").to_owned() + &BASE.replacen(":~", "9~", 1) + &BASE.replace("000000905", "000000906"), format!("97110:GP:KX 120, {ALL}"), &["KX903", "KX906", "KX927"]),
        case(
            "ISA inside of an open claim",
            up_to("LX*2").to_owned() + &BASE.replace("000000905", "000000906"),
            format!("97110:GP:KX 120, {ALL}"),
            &["KX906", "KX927"],
        ),
        case("GS before GE", with("GE*1*21", &format!("GS*HC*A*B*20261101*1200*22*X*005010X222A1~\n{}GE*1*22", set())).replace("IEA*1", "IEA*2"), twice.clone(), &["KX906"]),
        case("ST before SE", with("SE*34*0021~\n", "").replace("GE*1", &format!("{}GE*2", set().replace("0021", "0022"))), twice.clone(), &["KX906"]),
        case("two sets with the same number", with("GE*1", &format!("{}GE*2", set())), twice.clone(), &["KX910"]),
        case("ST inside of a claim", up_to("REF*6R*L3").to_owned() + &set().replace("0021", "0022") + "GE*2*21~\nIEA*1*000000905~\n", twice.clone(), &["KX906"]),
        case("a set behind GE", with("IEA*1", &format!("{}IEA*1", set())), twice, &["KX907", "KX910"]),
        case("277 before the claims", with("ST*837", "ST*277*0020*005010X214~BHT*0085*08*1*20261101*1200*TH~HL*1**20*1~NM1*PR*2*P*****PI*1~SE*5*0020~\nST*837").replace("GE*1", "GE*2"), ALL, &["KX917"]),
        case("835 behind the claims", with("GE*1", "ST*835*0022~BPR*I*5*C*NON~LX*1~CLP*A1*1*180*120~SVC*HC:97110*120*80~SE*6*0022~\nGE*2"), ALL, &["KX917"]),
        case("only an 835", BASE[..107].to_owned() + "GS*HP*A*B*20261101*1200*21*X*005010X221A1~ST*835*0022~BPR*I*5*C*NON~SE*3*0022~GE*1*21~IEA*1*000000905~", "", &["KX917", "KX932"]),
        case("two sets in lower case", with("ST*837", "st*837").replace("SE*34", "se*34"), ALL, &["KX914"]),
    ]);
}

#[test]
fn line_ends_and_delimiters() {
    let bare = BASE.replace('\n', "");
    let wrapped = |width: usize, end: &str| {
        let lines: Vec<&str> = bare
            .as_bytes()
            .chunks(width)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        lines.join(end) + end
    };
    let delimited = |element: char, component: char, repetition: char, terminator: &str| {
        bare.chars()
            .map(|byte| match byte {
                '*' => element.to_string(),
                ':' => component.to_string(),
                '^' => repetition.to_string(),
                '~' => terminator.to_owned(),
                other => other.to_string(),
            })
            .collect::<String>()
    };
    check(vec![
        case("no line ends", bare.clone(), ALL, &[]),
        case(
            "CRLF behind terminators",
            BASE.replace('\n', "\r\n"),
            ALL,
            &[],
        ),
        case("CR behind terminators", BASE.replace('\n', "\r"), ALL, &[]),
        case(
            "two line ends behind terminators",
            BASE.replace('\n', "\n\n"),
            ALL,
            &[],
        ),
        case("LF as terminator", BASE.replace("~\n", "\n"), ALL, &[]),
        case("CRLF as terminator", BASE.replace("~\n", "\r\n"), ALL, &[]),
        case("CR as terminator", BASE.replace("~\n", "\r"), ALL, &[]),
        case("80 columns, LF", wrapped(80, "\n"), ALL, &["KX915"]),
        case("80 columns, CRLF", wrapped(80, "\r\n"), ALL, &["KX915"]),
        case("80 columns, CR", wrapped(80, "\r"), ALL, &["KX915"]),
        case("72 columns, LF", wrapped(72, "\n"), ALL, &["KX915"]),
        case("40 columns, LF", wrapped(40, "\n"), ALL, &["KX915"]),
        case(
            "wrapped only once, late",
            with("REF*6R*L3", "REF*6\nR*L3"),
            ALL,
            &["KX915"],
        ),
        case(
            "terminators doubled",
            BASE.replace("LX*2~", "LX*2~~~"),
            ALL,
            &["KX913"],
        ),
        case(
            "blank before the terminator of ISA",
            BASE.replacen(":~", ": ~", 1),
            ALL,
            &["KX905"],
        ),
        case(
            "ISA not padded",
            BASE.replace("KXSENDER       ", "KXSENDER"),
            ALL,
            &["KX905"],
        ),
        case("ISA11 is U", with("*^*00501", "*U*00501"), ALL, &["KX905"]),
        case(
            "control characters",
            delimited('\x1d', '\x1f', '\x1c', "\x1e"),
            ALL,
            &[],
        ),
        case(
            "pipes and backslashes",
            delimited('|', '\\', '&', "`"),
            ALL,
            &[],
        ),
        case("tab, blank line", delimited('\t', '>', '^', "\n"), ALL, &[]),
        case(
            "NUL as terminator",
            delimited('*', ':', '^', "\0"),
            ALL,
            &[],
        ),
        lossy(
            "terminator is the component separator",
            delimited('*', ':', '^', ":"),
            "",
            &["KX903"],
        ),
        lossy(
            "terminator is the element separator",
            delimited('*', ':', '^', "*"),
            "",
            &["KX903"],
        ),
        lossy(
            "component is the element separator",
            delimited('*', '*', '^', "~"),
            "",
            &["KX903"],
        ),
        lossy("no terminator", bare.replace('~', ""), "", &["KX903"]),
        lossy(
            "element separator is a letter",
            BASE.replace('*', "Q"),
            "",
            &["KX903"],
        ),
        lossy(
            "component separator is a digit",
            BASE.replacen(":~", "9~", 1),
            "",
            &["KX903"],
        ),
        case(
            "no line break, no terminator at the end",
            bare.trim_end_matches('~'),
            ALL,
            &["KX935"],
        ),
    ]);
}

#[test]
fn what_is_not_x12() {
    let utf16 = |little: bool, bom: bool| -> Vec<u8> {
        let text = if bom {
            format!("\u{feff}{BASE}")
        } else {
            BASE.to_owned()
        };
        let unit = |unit: u16| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        };
        text.encode_utf16().flat_map(unit).collect()
    };
    let mut state = 1u32;
    let garbage = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let mut cases = vec![
        rejected("empty", ""),
        rejected("white space", " \r\n\t \n\n  "),
        rejected("NUL bytes", vec![0; 5_000]),
        rejected("random bytes", garbage.take(65_536).collect::<Vec<u8>>()),
        rejected("CSV", "claim,code,modifier\nA1,97110,KX\n"),
        rejected(
            "EDIFACT",
            "UNA:+.? '\nUNB+UNOA:2+SENDER+RECEIVER+261101:1200+1'\n",
        ),
        rejected("XML", "<?xml version=\"1.0\"?>\n<claim id=\"A1\"/>\n"),
        rejected("HTML", "<html><body>claims</body></html>"),
        rejected("JSON", "{\"claims\": [{\"id\": \"A1\"}]}\n"),
        rejected("PDF", "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"),
        rejected("zip", "PK\x03\x04\x14\0\0\0\x08\0"),
        rejected("PGP", "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n"),
        rejected(
            "prose with ISA in it",
            "Dear Sir, ISA is not what begins this letter. LISA sends regards.",
        ),
        lossy(
            "a word that begins with ISA",
            "ISABELLA wrote a letter and signed it with her name, twice, on both of its pages, so that nobody could say she had not.",
            "",
            &["KX903"],
        ),
        rejected(
            "EBCDIC",
            "\u{c9}\u{e2}\u{c1}"
                .chars()
                .map(|byte| byte as u8)
                .chain([0x5c; 200])
                .collect::<Vec<u8>>(),
        ),
    ];
    for (little, bom) in [(true, true), (true, false), (false, true), (false, false)] {
        cases.push(rejected("UTF-16", utf16(little, bom)));
    }
    check(cases);
}

#[test]
fn compressed_files() {
    let whole = pack(BASE.as_bytes(), Packing::Gzip);
    check_with(
        vec![
            case("gzip", whole.clone(), ALL, &[]),
            case("zstd", pack(BASE.as_bytes(), Packing::Zstd), ALL, &[]),
            case(
                "two gzip members",
                [
                    whole.clone(),
                    pack(
                        BASE.replace("000000905", "000000906").as_bytes(),
                        Packing::Gzip,
                    ),
                ]
                .concat(),
                format!("{ALL}, {ALL}"),
                &[],
            ),
            lossy("gzip twice", pack(&whole, Packing::Gzip), "", &["KX902"]),
            lossy("gzip header only", &whole[..6], "", &["KX901"]),
            lossy("gzip of nothing", pack(b"", Packing::Gzip), "", &["KX902"]),
        ],
        &[Packing::File],
    );
}

#[test]
fn what_surrounds_interchanges() {
    let twice = format!("{ALL}, {ALL}");
    let next = BASE.replace("000000905", "000000906");
    let bytes = |parts: &[&[u8]]| parts.concat();
    check(vec![
        case("BOM", format!("\u{feff}{BASE}"), ALL, &[]),
        case("blank lines in front", format!("\r\n \n{BASE}"), ALL, &[]),
        case(
            "banner",
            format!("\n\n*** NIGHTLY BATCH, DO NOT REPLY ***\n{BASE}"),
            ALL,
            &["KX904"],
        ),
        case(
            "trailing blank lines",
            format!("{BASE}\r\n\r\n  \n"),
            ALL,
            &[],
        ),
        case(
            "trailing NUL bytes",
            format!("{BASE}{}", "\0".repeat(300)),
            ALL,
            &[],
        ),
        case("trailing ^Z", format!("{BASE}\x1a"), ALL, &[]),
        case(
            "trailing words",
            format!("{BASE}END OF FILE\x07\x1b[2J"),
            ALL,
            &["KX904"],
        ),
        case(
            "words between interchanges",
            format!("{BASE}-- next --\n{next}"),
            twice.clone(),
            &["KX904"],
        ),
        case(
            "blank lines between interchanges",
            format!("{BASE}\r\n\r\n{next}"),
            twice.clone(),
            &[],
        ),
        case(
            "BOM between interchanges",
            format!("{BASE}\u{feff}{next}"),
            twice,
            &[],
        ),
        lossy(
            "second ISA damaged",
            format!("{BASE}{}", next.replacen(":~", "9~", 1)),
            ALL,
            &["KX903"],
        ),
        lossy(
            "first ISA damaged",
            format!("{}{next}", BASE.replacen(":~", "9~", 1)),
            ALL,
            &["KX903"],
        ),
        lossy(
            "ISA cut off at the end",
            format!("{BASE}{}", &next[..60]),
            ALL,
            &["KX903"],
        ),
        case(
            "garbage bytes behind",
            bytes(&[BASE.as_bytes(), b"\xff\xfe\x80garbage"]),
            ALL,
            &["KX904"],
        ),
    ]);
}

#[test]
fn hierarchy() {
    let mut chain = String::new();
    for level in 3..60_000 {
        writeln!(chain, "HL*{level}*{}*22*1~", level - 1).unwrap();
    }
    check(vec![
        case(
            "parent missing",
            with("HL*2*1*22", "HL*2**22"),
            ALL,
            &["KX920"],
        ),
        case(
            "parent unknown",
            with("HL*2*1*22", "HL*2*7*22"),
            ALL,
            &["KX920"],
        ),
        case(
            "each other's parent",
            with("HL*1**20", "HL*1*2*20"),
            ALL,
            &["KX920"],
        ),
        case(
            "its own parent",
            with("HL*2*1*22", "HL*2*2*22"),
            ALL,
            &["KX920"],
        ),
        case(
            "unknown level",
            with("HL*2*1*22", "HL*2*1*99"),
            ALL,
            &["KX920"],
        ),
        case(
            "HL number repeated",
            with("HL*2*1*22", "HL*1*1*22"),
            ALL,
            &["KX920"],
        ),
        case(
            "HL number skipped",
            with("HL*2*1*22", "HL*5*1*22"),
            ALL,
            &[],
        ),
        case(
            "HL number no number",
            with("HL*2*1*22", "HL*B*1*22"),
            ALL,
            &["KX920"],
        ),
        case(
            "no subscriber level",
            without("HL*2*1*22*0~").replace("SE*34", "SE*33"),
            ALL,
            &["KX920"],
        ),
        case(
            "no provider level",
            without("HL*1**20*1~").replace("SE*34", "SE*33"),
            ALL,
            &["KX920"],
        ),
        case(
            "no HL at all",
            without("HL*1**20*1~")
                .replace("HL*2*1*22*0~\n", "")
                .replace("SE*34", "SE*32"),
            ALL,
            &["KX928"],
        ),
        case(
            "level that begins like another",
            with("HL*2*1*22*0", "HL*2*1*20261105"),
            ALL,
            &["KX920"],
        ),
        case(
            "unknown level of a patient",
            with("CLM*A1", "HL*3*2*3*0~\nPAT*19~\nNM1*QC*1*EXAMPLE*KIM~\nDMG*D8*20150101*M~\nCLM*A1")
                .replace("SE*34", "SE*38"),
            ALL,
            &["KX920"],
        ),
        case(
            "subscriber without a level below a patient",
            with("CLM*A2", "HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*EXAMPLE*KIM~\nSBR*P*18*******CI~\nNM1*IL*1*EXAMPLE*LEE****MI*77~\nNM1*PR*2*EXAMPLE LIFE*****PI*LIFE~\nCLM*A2")
                .replace("SE*34", "SE*40"),
            ALL,
            &["KX920"],
        ),
        case(
            "HL without elements",
            with("HL*2*1*22*0", "HL"),
            ALL,
            &["KX920", "KX936"],
        ),
        case(
            "a chain of 60,000 levels",
            with("HL*2*1*22*0~\n", &format!("HL*2*1*22*0~\n{chain}")).replace("SE*34", "SE*60031"),
            ALL,
            &["KX920"],
        ),
    ]);
}

#[test]
fn claims_and_lines() {
    check(vec![
        case("CLM missing", without("CLM*A2*95***11:B:1*Y*A*Y*Y~").replace("SE*34", "SE*33"), ALL, &["KX922", "KX927", "KX928"]),
        lossy("no CLM at all", without("CLM*A2*95***11:B:1*Y*A*Y*Y~").replace("CLM*A1*180***11:B:1*Y*A*Y*Y~\n", "").replace("SE*34", "SE*32"), "", &["KX921", "KX928"]),
        lossy(
            "a line before its CLM",
            BASE.replace("CLM*A1*180***11:B:1*Y*A*Y*Y~\nHI*ABK:M5450*ABF:M25561~\nLX*1~\nSV1*HC:97110:GP:KX*120*UN*2***1:2~\n", "LX*1~\nSV1*HC:97110:GP:KX*120*UN*2***1:2~\nCLM*A1*180***11:B:1*Y*A*Y*Y~\nHI*ABK:M5450*ABF:M25561~\n"),
            "97140:GP:59 60, 92507:GN 95",
            &["KX921", "KX922", "KX927"],
        ),
        case("CLM01 missing", with("CLM*A1*", "CLM**"), ALL, &["KX928"]),
        case("CLM without elements", with("CLM*A2*95***11:B:1*Y*A*Y*Y", "CLM"), ALL, &["KX924", "KX928", "KX936"]),
        case("claim without lines", with("LX*1~\nSV1*HC:92507:GN*95*UN*1***1~\nDTP*472*D8*20261007~\nREF*6R*L3~\n", "").replace("SE*34", "SE*30"), "97110:GP:KX 120, 97140:GP:59 60", &["KX923"]),
        case("no LX", BASE.replace("LX*1~\n", "").replace("LX*2~\n", "").replace("SE*34", "SE*31"), ALL, &["KX922"]),
        case("LX no number", with("LX*2", "LX*B"), ALL, &["KX922"]),
        case("LX repeated", with("LX*2", "LX*1"), ALL, &["KX922"]),
        case("LX skipped", with("LX*2", "LX*4"), ALL, &["KX922"]),
        case("LX empty", with("LX*2", "LX*"), ALL, &["KX922"]),
        case("LX without SV1", with("SV1*HC:97140:GP:59*60*UN*1***1~\n", "").replace("SE*34", "SE*33"), "97110:GP:KX 120, 92507:GN 95", &["KX923", "KX927"]),
        case("two SV1 behind one LX", with("SV1*HC:97140", "SV1*HC:97112:GP*30*UN*1***1~\nSV1*HC:97140").replace("SE*34", "SE*35").replace("*180*", "*210*"), "97110:GP:KX 120, 97112:GP 30, 97140:GP:59 60, 92507:GN 95", &["KX922", "KX939"]),
        case("SV2 in a professional set", with("SV1*HC:92507:GN*95*UN*1***1", "SV2*0440*HC:92507:GN*95*UN*1"), ALL, &["KX919"]),
        case("HI before CLM", with("CLM*A2", "HI*ABK:Z000~\nCLM*A2").replace("SE*34", "SE*35"), ALL, &["KX928"]),
        case("lower case behind a claim out of balance", BASE.replace("CLM*A2", "clm*A2").replace("*180*", "*181*"), ALL, &["KX914", "KX927"]),
        case("no elements behind a claim out of balance", BASE.replace("HL*2*1*22*0", "HL").replace("*180*", "*181*"), ALL, &["KX920", "KX927", "KX936"]),
        case("unknown segment", with("LX*2", "ZZZ*1*2~\nLX*2").replace("SE*34", "SE*35"), ALL, &["KX912"]),
        case("the terminator inside of a note", with("REF*6R*L1", "NTE*ADD* LAST~ SEEN TWICE ~LX IN TEXT~\nREF*6R*L1").replace("SE*34", "SE*37"), ALL, &["KX912"]),
        case("element separator in data", with("EXAMPLE*PAT", "EXAM*PLE*PAT"), ALL, &[]),
        case("component separator in a name", with("EXAMPLE*PAT", "EXAM:PLE*PAT"), ALL, &[]),
        case("component separator in a code", with("HC:97140:GP:59", "HC:971:40:GP:59"), "97110:GP:KX 120, 971:40:GP:59 60, 92507:GN 95", &[]),
        case("segments without elements", with("REF*6R*L1", "REF"), ALL, &["KX936"]),
        case("trailing separators", with("SV1*HC:97140:GP:59*60*UN*1***1~", "SV1*HC:97140:GP:59:::::*60*UN*1***1*****~"), ALL, &[]),
        case("identifiers in lower case", BASE.replace("CLM*", "clm*").replace("SV1*", "sv1*").replace("LX*", "lx*").replace("HL*", "hl*"), ALL, &["KX914"]),
        case("everything but ISA, GS, GE and IEA in lower case", {
            let head = BASE.find("ST*").unwrap();
            let tail = BASE.find("GE*").unwrap();
            let inner = BASE[head..tail].lines().map(|line| {
                let (id, rest) = line.split_once('*').unwrap();
                format!("{}*{rest}\n", id.to_lowercase())
            });
            format!("{}{}{}", &BASE[..head], inner.collect::<String>(), &BASE[tail..])
        }, ALL, &["KX914"]),
        case("blank before an identifier", with("LX*2", " LX*2"), "97110:GP:KX 120, 97140:GP:59 60, 92507:GN 95", &[]),
    ]);
}

#[test]
fn values() {
    let long = "9".repeat(1_000);
    check(vec![
        case(
            "modifiers in lower case",
            with("HC:97110:GP:KX", "hc:97110:gp:kx"),
            "97110:gp:kx 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "a modifier of three characters",
            with(":GP:KX", ":GP:KXX"),
            "97110:GP:KXX 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "a modifier of one character",
            with(":GP:KX", ":GP:K"),
            "97110:GP:K 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "a hole between modifiers",
            with(":GP:KX", "::GP::KX"),
            "97110:GP:KX 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "five modifiers",
            with(":GP:KX", ":GP:59:76:77:KX"),
            "97110:GP:59:76:77 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "twelve components",
            with(":GP:KX", ":GP:59:76:77:KX:22:23:24:25"),
            "97110:GP:59:76:77 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "blanks around a modifier",
            with(":GP:KX", ":GP: KX "),
            ALL,
            &[],
        ),
        case(
            "no procedure code",
            with("HC:97110:GP:KX", "HC"),
            " 120, 97140:GP:59 60, 92507:GN 95",
            &[],
        ),
        case(
            "empty composite",
            with("HC:97110:GP:KX", ""),
            " 120, 97140:GP:59 60, 92507:GN 95",
            &[],
        ),
        case(
            "charge no number",
            with("*120*UN", "*ABC*UN"),
            "97110:GP:KX ABC, 97140:GP:59 60, 92507:GN 95",
            &["KX924"],
        ),
        case(
            "charge with a currency",
            with("*120*UN", "*$120*UN"),
            "97110:GP:KX $120, 97140:GP:59 60, 92507:GN 95",
            &["KX924"],
        ),
        case(
            "charge missing",
            with("*120*UN", "**UN"),
            "97110:GP:KX , 97140:GP:59 60, 92507:GN 95",
            &["KX924"],
        ),
        case(
            "charge and units negative",
            with("*120*UN*2", "*-120*UN*-2"),
            "97110:GP:KX -120, 97140:GP:59 60, 92507:GN 95",
            &["KX924", "KX927"],
        ),
        case(
            "claim charge no number",
            with("*180*", "*1O0*"),
            ALL,
            &["KX924"],
        ),
        case(
            "claim charge not the sum",
            with("*180*", "*181*"),
            ALL,
            &["KX927"],
        ),
        case(
            "a charge of 1,000 digits",
            with("*120*UN", &format!("*{long}*UN")),
            format!("97110:GP:KX {long}, 97140:GP:59 60, 92507:GN 95"),
            &["KX924"],
        ),
        case(
            "a claim charge of 1,000 digits",
            with("*180*", &format!("*{long}*")),
            ALL,
            &["KX924"],
        ),
        case(
            "charges at the edge of 64 bits",
            with("*120*UN", "*92233720368547758.07*UN").replace("*180*", "*92233720368547758.07*"),
            "97110:GP:KX 92233720368547758.07, 97140:GP:59 60, 92507:GN 95",
            &[],
        ),
        case(
            "units of 1,000 digits",
            with("*UN*2*", &format!("*UN*{long}*")),
            ALL,
            &[],
        ),
        case(
            "month 13, day 32",
            with("20261005", "20261332"),
            ALL,
            &["KX925", "KX939"],
        ),
        case(
            "hyphens in a D8",
            with("20261005", "2026-10-05"),
            ALL,
            &["KX925", "KX939"],
        ),
        case(
            "a range that ends before it begins",
            with("D8*20261007", "RD8*20261007-20261001"),
            ALL,
            &["KX925", "KX939"],
        ),
        case(
            "birth date no date",
            with("19450101", "19459999"),
            ALL,
            &["KX925"],
        ),
        case("sex unknown", with("19450101*F", "19450101*X"), ALL, &[]),
        case(
            "full-width KX",
            with(":GP:KX", ":GP:\u{ff2b}\u{ff38}"),
            "97110:GP:\u{ff2b}\u{ff38} 120, 97140:GP:59 60, 92507:GN 95",
            &["KX929"],
        ),
        case(
            "zero-width space in a code",
            with("97140", "97\u{200b}140"),
            "97110:GP:KX 120, 97\u{200b}140:GP:59 60, 92507:GN 95",
            &["KX929"],
        ),
        case(
            "bytes that are not UTF-8",
            {
                let text = with("EXAMPLE*PAT", "EX\u{1}MPLE*P\u{1}T")
                    .replace("HC:97140", "HC:97\u{1}40")
                    .replace("*A2*", "*\u{1}2*");
                text.bytes()
                    .map(|byte| if byte == 1 { 0xE4 } else { byte })
                    .collect::<Vec<u8>>()
            },
            "97110:GP:KX 120, 97\u{fffd}40:GP:59 60, 92507:GN 95",
            &["KX929"],
        ),
        case(
            "4010",
            with("005010X222A1", "004010X098A1").replace("*^*00501*", "*U*00401*"),
            ALL,
            &[],
        ),
        case(
            "4010 institutional",
            with("005010X222A1", "004010X096A1")
                .replace("*^*00501*", "*U*00401*")
                .replace("SV1*HC:97110:GP:KX*120", "SV2*0420*HC:97110:GP:KX*120")
                .replace("SV1*HC:97140:GP:59*60", "SV2*0420*HC:97140:GP:59*60")
                .replace("SV1*HC:92507:GN*95", "SV2*0440*HC:92507:GN*95"),
            ALL,
            &[],
        ),
        case(
            "unknown guide",
            with("005010X222A1", "009999X000"),
            ALL,
            &["KX918"],
        ),
    ]);
}

#[test]
fn large_elements() {
    let many = "*1".repeat(100_000);
    let components = ":1".repeat(100_000);
    let big = "X".repeat(5 << 20);
    check(vec![
        case(
            "100,000 elements in a SV1",
            with("*UN*2***1:2", &format!("*UN*2***1:2{many}")),
            ALL,
            &["KX916"],
        ),
        case(
            "100,000 elements in a NM1",
            with("*MI*1EG4TE5MK72", &format!("*MI*1EG4TE5MK72{many}")),
            ALL,
            &["KX916"],
        ),
        case(
            "100,000 elements in a N3",
            with("N3*2 MAIN ST", &format!("N3*2 MAIN ST{many}")),
            ALL,
            &[],
        ),
        case(
            "100,000 components",
            with(":GP:KX", &format!(":GP:KX{components}")),
            "97110:GP:KX:1:1 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "an element of 5 MB in a note",
            with("REF*6R*L1", &format!("NTE*ADD*{big}~\nREF*6R*L1")).replace("SE*34", "SE*35"),
            ALL,
            &[],
        ),
        case(
            "an element of 5 MB in a N3",
            with("N3*2 MAIN ST", &format!("N3*{big}")),
            ALL,
            &[],
        ),
        case(
            "an element of 5 MB in CLM01",
            with("CLM*A1", &format!("CLM*{big}")),
            ALL,
            &[],
        ),
        lossy(
            "NUL block between segments",
            with("LX*2~\n", &format!("LX*2~\n{}~", "\0".repeat(4_096))).replace("SE*34", "SE*35"),
            ALL,
            &["KX909", "KX913", "KX938"],
        ),
        lossy(
            "NUL block inside of an element",
            with(
                "N3*2 MAIN ST",
                &format!("N3*2 MAIN{} ST", "\0".repeat(4_096)),
            ),
            ALL,
            &["KX938"],
        ),
        case(
            "a hundred thousand empty segments",
            with("LX*2~", &format!("LX*2{}", "~".repeat(100_000))),
            ALL,
            &["KX913"],
        ),
    ]);
}
