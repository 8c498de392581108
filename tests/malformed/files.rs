//! Delimiters, line ends, compression, and what is no X12 at all.

use crate::common::base::{ALL, BASE, with};
use crate::common::{Packing, pack};
use crate::{case, check, check_with, lossy, rejected};

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
        case(
            "2 columns behind LF as terminator",
            BASE.replace("~\n", "\n") + &wrapped(2, "\n").replace("000000905", "000000906"),
            format!("{ALL}, {ALL}"),
            &["KX910", "KX915"],
        ),
        // More bytes than an ISA may have.
        case(
            "2 columns, CRLF, CRLF",
            wrapped(2, "\r\n\r\n"),
            ALL,
            &["KX915"],
        ),
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
