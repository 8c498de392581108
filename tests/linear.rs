//! Reading takes time in proportion to what is read, whatever it is made of.
//!
//! Nothing is timed: each file is so large that work which grows with the square of its size would take minutes. Each is
//! read in pieces of 64 bytes and of the usual size, with one thread and with four, and says the same every time.

mod common;

use std::fmt::Write as _;

use common::base::{BASE, set, up_to, with};
use common::{Folder, PLAIN, Packing, Setup, screen};
use kx837::finding::RunSummary;
use kx837::report::{Format, Profile, ReportOptions};
use kx837::screen::PIECE_SIZE;

/// Threads and bytes of a piece.
const WAYS: [(usize, usize); 4] = [(1, PIECE_SIZE), (4, 64), (1, 64), (4, PIECE_SIZE)];

/// Claims, lines and complete, of every way to read it.
fn read(bytes: &str) -> (u64, u64, bool) {
    read_in(bytes, &WAYS)
}

fn read_in(bytes: &str, ways: &[(usize, usize)]) -> (u64, u64, bool) {
    let summary = summary(bytes, ways);
    let counts = summary.counts;
    (counts.claims, counts.lines, summary.complete)
}

fn summary(bytes: &str, ways: &[(usize, usize)]) -> RunSummary {
    let folder = Folder::new();
    let inputs = [folder.input("batch.edi", bytes.as_bytes(), Packing::File)];
    let mut found: Option<(Vec<Vec<u8>>, RunSummary)> = None;
    for &(threads, piece_size) in ways {
        let setup = Setup {
            threads,
            piece_size,
            ..PLAIN
        };
        let formats = [
            Format::Jsonl,
            Format::ClaimAcknowledgement(Profile::Annotated),
        ];
        let run = screen(&inputs, &formats, &ReportOptions::default(), setup);
        match &found {
            None => found = Some((run.reports, run.summary)),
            Some((reports, _)) => assert!(*reports == run.reports, "{setup:?}"),
        }
    }
    found.unwrap().1
}

/// A claim with a line for each of these codes and modifiers.
fn claim<'s>(id: usize, services: impl IntoIterator<Item = &'s str>) -> String {
    let mut lines = String::new();
    let mut charge = 0;
    for (index, service) in services.into_iter().enumerate() {
        charge += 10;
        let number = index + 1;
        let day = 1 + index % 28;
        write!(
            lines,
            "LX*{number}~\nSV1*HC:{service}*10*UN*1***1~\nDTP*472*D8*202610{day:02}~\n"
        )
        .unwrap();
    }
    format!("CLM*C{id}*{charge}***11:B:1*Y*A*Y*Y~\nHI*ABK:M5450~\n{lines}")
}

/// The base, which has two claims and three lines, with this in front of its second claim.
fn before_second_claim(text: &str) -> String {
    with("CLM*A2*", &format!("{text}CLM*A2*"))
}

fn claims(count: usize, service: &str) -> String {
    (0..count).map(|id| claim(id, [service])).collect()
}

#[test]
fn many_of_everything_in_one_segment() {
    let many = 100_000;
    let notes = |text: &str| with("REF*6R*L1", &format!("NTE*ADD*{text}~\nREF*6R*L1"));
    for text in [
        with("***1:2~", &format!("***1:2{}~", "*1".repeat(many))),
        with(":GP:KX", &format!(":GP:KX{}", ":1".repeat(many))),
        with("ABF:M25561", &vec!["ABF:M25561"; many].join("*")),
        notes(&"X".repeat(5 << 20)),
        notes(&"ISA".repeat(many)),
        notes(&"ISA*00*          *00*          *ZZ*KX".repeat(many / 4)),
        // What the cut is guessed by.
        notes(&"HL*3*2*20*CLM*ST*GS*".repeat(many / 4)),
        notes(&"X\n".repeat(5 * many)),
    ] {
        assert_eq!(read(&text), (2, 3, true));
    }
}

#[test]
fn many_segments_that_say_nothing() {
    let many = 100_000;
    for text in [
        "~".repeat(many),
        "~\n".repeat(many),
        " \r\n".repeat(many),
        "ZZZ*1~\n".repeat(many),
        "NTE*ADD*NO~\n".repeat(many),
        "ref*zz*1~\n".repeat(many / 4),
        "SVD*X*1*HC:97110**1~\nCAS*PR*1*2~\n".repeat(many / 4),
        "NM1*82*1*A*B****XX*1234567893~\n".repeat(many / 4),
        "SBR*S*18*******CI~\nNM1*PR*2*X*****PI*1~\n".repeat(many / 4),
        "CAS*PR*1~SV9~LX~\n".repeat(many / 4),
    ] {
        let (claims, lines, _) = read(&before_second_claim(&text));
        assert_eq!((claims, lines), (2, 3), "{text:.20}");
    }
    // Where line feeds end segments, every one of them may be the end of one.
    let lines = BASE.replace("~\n", "\n");
    let blank = |count| lines.replace("CLM*A2", &format!("{}CLM*A2", "\n".repeat(count)));
    assert_eq!(read(&blank(3 * many)), (2, 3, true));
    assert_eq!(read_in(&blank(100 * many), &WAYS[..2]), (2, 3, true));
}

#[test]
fn levels_below_levels() {
    let chain = |level: &str, rest: &str| -> String {
        let one = |number: usize| format!("HL*{number}*{}*{level}*1~\n{rest}", number - 1);
        let levels: Vec<String> = (3..30_000).map(one).collect();
        levels.concat()
    };
    let first = |text: &str| with("CLM*A1*", &format!("{text}CLM*A1*"));
    for text in [chain("22", ""), chain("23", "PAT*19~\n"), chain("20", "")] {
        let (claims, lines, complete) = read(&first(&text));
        assert_eq!((claims, lines, complete), (2, 3, true));
    }
}

/// As many as a claim may have.
const MOST_LINES: usize = 10_000;

#[test]
fn a_claim_of_very_many_lines() {
    let many = |services: &[&'static str], count: usize| {
        let services = services.iter().copied().cycle().take(count);
        before_second_claim(&claim(0, services))
    };
    let read = |text: &str| read_in(text, &WAYS[..1]);
    // Above the yearly amount each line is a finding with the total that it rests on.
    let above = many(&["97110:GP"], MOST_LINES);
    assert_eq!(read(&above), (3, MOST_LINES as u64 + 3, true));
    for services in [
        &["A4253:NU:KX", "A4253:NU:KS", "A5500:RT"][..],
        &[
            "97110:GP",
            "97140:GO:59",
            "92507:GN",
            "97530:GP:KX",
            "E0601:RR",
        ],
    ] {
        let text = many(services, MOST_LINES);
        assert_eq!(read_in(&text, &WAYS[..2]), (3, MOST_LINES as u64 + 3, true));
    }
    let repeated = claim(0, std::iter::repeat_n("97110:GP", MOST_LINES)).repeat(2);
    assert_eq!(
        read(&before_second_claim(&repeated)).1,
        2 * MOST_LINES as u64 + 3
    );
    // A claim of more lines than are read.
    let beyond = "LX*1~\nSV1*HC:99213*1*UN*1***1~\n".repeat(10 * MOST_LINES);
    let text = with("LX*2~\n", &format!("{beyond}LX*2~\n"));
    assert_eq!(read(&text), (2, MOST_LINES as u64 + 1, false));
}

/// Whoever sends the claims of a year under one member id does not wait longer with every claim.
#[test]
fn very_many_claims_of_one_patient() {
    let many = 30_000;
    let own_number = claims(many, "97110:GP");
    let replaced = |frequency: &str| {
        let one = |number: usize| {
            let id = number % 7;
            claim(id, ["97110:GP"])
                .replace("11:B:1", &format!("11:B:{frequency}"))
                .replace("HI*", &format!("REF*F8*C{}~\nHI*", number % 3))
                .replace("*10*UN*1*", &format!("*{}*UN*1*", 10 + number))
        };
        (0..many / 3).map(one).collect::<String>()
    };
    let same_number: String = (0..many / 3)
        .map(|number| {
            let day = format!(
                "{}{:02}{:02}",
                2000 + number / 336,
                1 + number / 28 % 12,
                1 + number % 28
            );
            claim(7, ["97110:GP"]).replace("20261001", &day)
        })
        .collect();
    for text in [
        own_number,
        claim(1, ["97110:GP"]).repeat(many / 3),
        replaced("7"),
        replaced("8"),
        claims(many / 3, "97110:GP") + &replaced("8"),
        same_number,
        claims(many / 3, "93798"),
    ] {
        let expected = text.matches("CLM*").count() as u64;
        let text = before_second_claim(&text);
        assert_eq!(read_in(&text, &WAYS[..2]).0, 2 + expected);
    }
}

#[test]
fn a_context_that_every_piece_inherits() {
    let long = "REF*SY*ABCDEFGHIJKLMNOP~\n".repeat(40_000);
    let after = claims(4_000, "99213");
    for place in ["HL*1**20", "HL*2*1*22", "CLM*A1*"] {
        let text = with(place, &format!("{long}{place}"));
        let text = text.replacen("CLM*A2*", &format!("{after}CLM*A2*"), 1);
        assert_eq!(read(&text), (4_002, 4_003, true), "{place}");
    }
    let wrapped = long.replace("ABC", "A\nBC");
    let text = with("CLM*A1*", &format!("{wrapped}CLM*A1*"));
    assert_eq!(read(&text), (2, 3, true));
}

#[test]
fn very_many_envelopes() {
    let many = 20_000;
    let (isa, rest) = BASE.split_at(107);
    let empty_set = "ST*837*0021*005010X222A1~SE*2*0021~\n";
    let interchange = format!("{isa}IEA*0*000000905~\n");
    let groups = "GS*HC*A*B*20261101*1200*22*X*005010X222A1~GE*0*22~\n".repeat(many);
    for (text, claims) in [
        (
            with("ST*837", &format!("{}ST*837", empty_set.repeat(many))),
            2,
        ),
        (interchange.repeat(many / 4) + BASE, 2),
        (format!("{isa}{groups}{rest}"), 2),
        (with("GE*1", &format!("{}GE*1", set().repeat(2_000))), 4_002),
        // Not closed, and broken off inside of a segment.
        (up_to("SE*34").repeat(2_000), 4_000),
        (up_to("*120*UN").repeat(2_000), 2_000),
    ] {
        assert_eq!(read(&text).0, claims);
    }
}

/// The terminator of an interchange that was broken off is looked for no further than the next interchange: it may be
/// megabytes away.
#[test]
fn interchanges_with_delimiters_of_their_own() {
    let styled = |number: usize, text: &str| {
        let terminators = ['~', '!', '\'', '`', '@', '#', '$', '%', '&', ';'];
        let elements = ['*', '|', '+'];
        text.replace("~\n", &terminators[number % 10].to_string())
            .replace('*', &elements[number % 3].to_string())
    };
    let all = |text: &str, count: usize| -> String {
        (0..count).map(|number| styled(number, text)).collect()
    };
    let (isa, _) = BASE.split_at(107);
    let whole = all(BASE, 1_000);
    assert_eq!(read(&whole).0, 2_000);
    for text in [
        all(isa, 20_000),
        all(&format!("{isa}NTE*ADD*NO END OF IT"), 20_000),
        all(up_to("*120*UN"), 1_000),
    ] {
        // The last interchange is read, whatever the others were.
        assert!(read(&(text + BASE)).0 >= 2);
    }
    // Terminators of the first interchange come again at the very end only.
    let broken_off = styled(1, up_to("*120*UN"));
    let text = broken_off + &all(isa, 20_000).replace('!', "=") + BASE + "!";
    assert!(read(&text).0 >= 2);
}

#[test]
fn very_many_notices() {
    let many = 20_000;
    let odd: String = (0..many)
        .map(|id| {
            claim(id, ["97110:GP"])
                .replace("*10*UN", "*-1*UN")
                .replace("20261001", "20269901")
                + "ZZZ*1~\n"
        })
        .collect();
    let summary = summary(&before_second_claim(&odd), &WAYS[..2]);
    assert_eq!(summary.counts.claims, many as u64 + 2);
    let lower = with(
        "CLM*A2*",
        &format!("{}CLM*A2*", claims(many / 2, "97110:GP").to_lowercase()),
    );
    assert_eq!(read(&lower).0, many as u64 / 2 + 2);
}
