//! TA1 and 999 of sound and damaged files, read back by the library's own reader: envelopes that
//! agree with themselves, and the codes that each damage asks for.

mod cli_sandbox;
mod common;

use std::fs;

use cli_sandbox::Sandbox;
use common::{Folder, PLAIN, Packing, Setup, base, screen};
use kx837::report::{Format, ReportOptions};
use kx837::x12::{EnvelopeTracker, InterchangeHeader, SegmentScanner};

/// All segments of an answer, without terminators. Asserts that its envelopes are whole.
fn read_back(report: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut tracker = EnvelopeTracker::default();
    let mut defects = Vec::new();
    let mut start = 0;
    while start < report.len() {
        let header = InterchangeHeader::discover(&report[start..]).unwrap();
        assert_eq!(
            (header.deviation, header.invalid_elements()),
            (None, Vec::new())
        );
        defects.extend(tracker.begin_interchange(header.element(6), header.control_number()));
        found.push(text(&report[start..start + header.length - 1]));
        let mut scanner =
            SegmentScanner::at(report, start + header.length, header.delimiters.terminator);
        let mut ordinal = 0;
        loop {
            let segment = scanner.next().expect("IEA");
            assert!(segment.terminated);
            let elements: Vec<&[u8]> = segment
                .bytes
                .split(|byte| *byte == header.delimiters.element)
                .collect();
            ordinal += 1;
            match elements[0] {
                b"GS" => defects.extend(tracker.begin_group(elements[6])),
                b"ST" => {
                    ordinal = 1;
                    defects.extend(tracker.begin_set(elements[2]));
                }
                b"SE" => defects.extend(tracker.end_set(elements[1], elements[2], ordinal)),
                b"GE" => defects.extend(tracker.end_group(elements[1], elements[2])),
                b"IEA" => defects.extend(tracker.end_interchange(elements[1], elements[2])),
                _ => {}
            }
            found.push(text(segment.bytes));
            if elements[0] == b"IEA" {
                break;
            }
        }
        let rest = &report[scanner.position()..];
        let gap = rest.iter().take_while(|byte| **byte == b'\n').count();
        start = scanner.position() + gap;
    }
    defects.extend(tracker.end_of_file());
    assert_eq!(defects, []);
    found
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What stands within the envelopes of a 999: AK1 to AK9, joined by blanks.
fn judgement(segments: &[String]) -> String {
    let inner = segments.iter().filter(|segment| {
        let id = segment.split('*').next().unwrap();
        !matches!(id, "ISA" | "GS" | "ST" | "SE" | "GE" | "IEA")
    });
    inner.map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// TA104 and TA105 of every TA1, and the judgement of the 999. Whatever they do not accept makes a strict run
/// fail, which names the place, whether they are written or not.
fn acknowledge(bytes: &[u8]) -> (String, String) {
    let folder = Folder::new();
    let input = folder.input("claims.edi", bytes, Packing::File);
    let formats = [
        Format::InterchangeAcknowledgement,
        Format::ImplementationAcknowledgement,
    ];
    let options = ReportOptions::default();
    let inputs = [input];
    let screened = screen(&inputs, &formats, &options, PLAIN);
    let pieces = Setup {
        threads: 2,
        piece_size: 1,
        ..PLAIN
    };
    let in_pieces = screen(&inputs, &formats, &options, pieces);
    assert!(screened.reports == in_pieces.reports);
    let ta1 = read_back(&screened.reports[0]);
    let notes = ta1
        .iter()
        .filter_map(|segment| segment.strip_prefix("TA1*000000905*261101*1200*"));
    let notes = notes.collect::<Vec<_>>().join(" ");
    let judgement = judgement(&read_back(&screened.reports[1]));
    let ta1_actions = notes.split(' ');
    let actions = judgement.split(' ').filter_map(|segment| {
        let ik5 = segment.strip_prefix("IK5*");
        ik5.or_else(|| segment.strip_prefix("AK9*"))
    });
    if ta1_actions
        .chain(actions)
        .any(|action| action.starts_with(['E', 'R', 'P']))
    {
        expect_strict(bytes);
    }
    (notes, judgement)
}

/// A strict run fails and says where, without reports for the submitter and with them.
fn expect_strict(bytes: &[u8]) {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("claims.edi"), bytes).unwrap();
    for reports in ["", "--report ta1=t --report 999=s"] {
        let (code, _, errors) = sandbox.run(&format!(
            "screen -q --strict --fail-on never --report csv=c {reports} claims.edi"
        ));
        assert!(matches!(code, 1 | 2), "{errors}");
        let mut lines = errors.lines();
        assert!(
            lines.any(
                |line| line.starts_with("kx837: error: claims.edi: ") && line.contains("byte ")
            ),
            "{errors}"
        );
    }
}

const AK1: &str = "AK1*HC*21*005010X222A1";
const AK2: &str = "AK2*837*0021*005010X222A1";

/// The judgement of a file with one group and one set.
fn one_set(middle: &str, group: &str) -> String {
    let parts = [AK1, AK2, middle, group];
    parts.join(" ")
}

#[test]
fn a_sound_file_is_accepted() {
    let (ta1, answer) = acknowledge(base::BASE.as_bytes());
    assert_eq!(ta1, "A*000");
    assert_eq!(answer, one_set("IK5*A", "AK9*A*1*1*1"));
}

#[test]
fn faults_of_the_interchange_are_in_the_ta1() {
    let accepted = one_set("IK5*A", "AK9*A*1*1*1");
    for (from, to, expected) in [
        ("IEA*1*000000905~", "IEA*1*000000906~", "R*001"),
        ("IEA*1*", "IEA*2*", "R*021"),
        ("IEA*1*000000905~\n", "", "R*023"),
        ("IEA*1*000000905~\n", "IEA*1*000000905", "E*023"),
        ("GE*1*21~\n", "GE*1*21~\nZZZ*1~\n", "E*024"),
        ("GE*1*21~\n", "GE*1*21~\nGE*1*21~\n", "R*024"),
        ("*^*00501", "*U*00501", "E*022"),
        ("*ZZ*KXSENDER ", "*XX*KXSENDER ", "E*005"),
        ("*0*T*:", "*3*T*:", "E*019"),
    ] {
        let (ta1, answer) = acknowledge(base::with(from, to).as_bytes());
        assert_eq!((&ta1[..], &answer), (expected, &accepted), "{to}");
    }
    let twice = base::BASE.repeat(2);
    assert_eq!(acknowledge(twice.as_bytes()).0, "A*000 R*025");
    // An interchange without a group has nothing for a 999.
    let empty = format!("{}IEA*0*000000905~", base::up_to("GS*"));
    assert_eq!(
        acknowledge(empty.as_bytes()),
        ("A*000".into(), String::new())
    );
    // Whoever cannot be told cannot be answered.
    assert_eq!(
        acknowledge(&base::BASE.as_bytes()[..50]),
        Default::default()
    );
}

/// An answer that is no valid X12 itself may never come to its reader: TA105 says which value is none, and one that its
/// element can hold stands in its place.
#[test]
fn what_a_ta1_cannot_echo_is_told_and_replaced() {
    for (from, to, expected) in [
        (
            "*261101*1200*^",
            "*261301*1200*^",
            "000000905*000101*1200*E*014",
        ),
        (
            "*261101*1200*^",
            "*261101*2500*^",
            "000000905*261101*0000*E*015",
        ),
        ("000000905", "KX0000905", "000000000*261101*1200*E*018"),
        ("000000905", "905", "000000905*261101*1200*E*018"),
    ] {
        let text = base::with(from, to);
        let folder = Folder::new();
        let input = folder.input("claims.edi", text.as_bytes(), Packing::File);
        let formats = [Format::InterchangeAcknowledgement];
        let screened = screen(&[input], &formats, &ReportOptions::default(), PLAIN);
        let segments = read_back(&screened.reports[0]);
        assert_eq!(segments[1], format!("TA1*{expected}"), "{to}");
        expect_strict(text.as_bytes());
    }
}

#[test]
fn what_a_999_cannot_echo_is_told_and_replaced() {
    let answer = |from: &str, to: &str| acknowledge(base::with(from, to).as_bytes()).1;
    let by_number = ["AK1*HC*0*005010X222A1", AK2, "IK5*A AK9*R*1*1*1*6"].join(" ");
    for number in ["X1", "1234567890"] {
        let text = base::BASE.replace("*21*X*", &format!("*{number}*X*"));
        let text = text.replace("GE*1*21", &format!("GE*1*{number}"));
        assert_eq!(acknowledge(text.as_bytes()).1, by_number, "{number}");
    }
    let by_kind = "AK1*HC*21*005010X222A1 AK9*R*1*1*0*1";
    assert_eq!(answer("GS*HC*", "GS*HPO*"), by_kind);
    assert_eq!(answer("GS*HC*", "GS*H*"), by_kind);
    let set = [AK1, "AK2*837*0021*005010X222A1 IK5*R*6 AK9*R*1*1*0"].join(" ");
    assert_eq!(answer("ST*837*", "ST*8371*"), set);
}

#[test]
fn faults_of_groups_and_sets_are_in_the_999() {
    for (from, to, set, group) in [
        ("GE*1*21~\n", "", "IK5*A", "AK9*R*1*1*1*3"),
        ("GE*1*21", "GE*1*22", "IK5*A", "AK9*R*1*1*1*4"),
        ("GE*1*21", "GE*7*21", "IK5*A", "AK9*R*7*1*1*5"),
        ("SE*34*0021~\n", "", "IK5*R*2", "AK9*R*1*1*0"),
        ("SE*34*0021", "SE*34*0022", "IK5*R*3", "AK9*R*1*1*0"),
        ("SE*34*0021", "SE*35*0021", "IK5*R*4", "AK9*R*1*1*0"),
        ("SE*34*0021", "SE*33*21", "IK5*R*3*4", "AK9*R*1*1*0"),
    ] {
        let (ta1, answer) = acknowledge(base::with(from, to).as_bytes());
        assert_eq!(answer, one_set(set, group), "{to}");
        assert_eq!(ta1, "A*000", "{to}");
    }
}

#[test]
fn faults_of_segments_and_elements_are_in_the_999() {
    let line = "CTX*CLM01:A1";
    for (from, to, expected) in [
        (
            "D8*20261005~\nREF*6R*L1",
            "D8*20261305~\nREF*6R*L1",
            format!("IK3*DTP*22*2400*8 {line} IK4*3*1251*8 IK5*E*5"),
        ),
        (
            "D8*19450101",
            "D8*1945011",
            "IK3*DMG*16*2000*8 IK4*2*1251*8 IK5*E*5".into(),
        ),
        (
            "HC:97110:GP:KX*120",
            "HC:97110:GP1:K*12O",
            format!("IK3*SV1*21*2400*8 {line} IK4*1:3*1339*7 IK4*1:4*1339*7 IK4*2*782*6 IK5*E*5"),
        ),
        (
            "HC:97110:GP:KX*120",
            "HC:97110:GP:KX*",
            format!("IK3*SV1*21*2400*8 {line} IK4*2*782*I9 IK5*E*I5"),
        ),
        (
            "KX*120*UN*2",
            "KX*-120*UN*-2",
            format!("IK3*SV1*21*2400*8 {line} IK4*2*782*I12 IK4*4*380*I12 IK5*E*I5"),
        ),
        (
            "KX*120*UN*2",
            "KX*120000000000000000000*UN*-TWO",
            format!("IK3*SV1*21*2400*8 {line} IK4*2*782*5 IK4*4*380*6 IK5*E*5"),
        ),
        (
            "CLM*A1*180*",
            "CLM*A1*$180*",
            format!("IK3*CLM*18*2300*8 {line} IK4*2*782*6 IK5*E*5"),
        ),
        (
            "LX*2~",
            "LX*3~",
            format!("IK3*LX*24*2400*8 {line} IK4*1*554*7 IK5*E*5"),
        ),
        (
            "HL*2*1*22*0",
            "HL*2*9*22*0",
            "IK3*HL*11*2000*8 IK4*2*734*7 IK5*E*5".into(),
        ),
        (
            "REF*6R*L1~",
            "REF*6R*L1~\nHI*BE:45~",
            format!("IK3*HI*24*2400*2 {line} IK5*R*5*4"),
        ),
        (
            "HI*ABK:M5450*ABF:M25561~",
            "hi*ABK:M5450*ABF:M25561~",
            format!("IK3*hi*19*2300*1 {line} IK5*E*5"),
        ),
        // An identifier that nobody knows may be a part of somebody's data.
        ("REF*6R*L1~", "DOE*6R*L1~", "IK5*R*5".into()),
        ("REF*6R*L1~\n", "REF*6R*L1~\n~\n", "IK5*E*5".into()),
        (
            "DMG*D8*19450101*F~",
            "DMG~",
            "IK3*DMG*16*2000*8 IK4*1**1 IK5*E*5".into(),
        ),
    ] {
        let text = base::with(from, to);
        let (ta1, answer) = acknowledge(text.as_bytes());
        assert_eq!(ta1, "A*000", "{to}");
        assert!(answer.contains(&expected), "{to}: {answer}");
        assert!(!answer.contains("DOE"), "{answer}");
    }
}

#[test]
fn segments_that_are_missing_are_named() {
    let of_a2 = "CTX*CLM01:A2";
    let noted = "AK9*E*1*1*1";
    for (gone, expected, ending) in [
        (
            "LX*2~",
            "IK3*LX*24*2400*3 CTX*CLM01:A1 IK5*E*5".to_owned(),
            noted,
        ),
        (
            "SV1*HC:92507:GN*95*UN*1***1~",
            format!("IK3*LX*28*2400*I7 {of_a2} IK3*SV1*30*2400*I8 {of_a2} IK5*R*I5"),
            "AK9*R*1*1*0",
        ),
        (
            "DTP*472*D8*20261007~",
            format!("IK3*DTP*31*2400*I6 {of_a2} CTX*SITUATIONAL TRIGGER*SV1*31*2400 IK5*E*I5"),
            noted,
        ),
    ] {
        let text = base::without(gone).replace("SE*34", "SE*33");
        assert_eq!(
            acknowledge(text.as_bytes()).1,
            one_set(&expected, ending),
            "{gone}"
        );
    }
}

#[test]
fn a_file_that_is_cut_off_is_rejected_from_there_on() {
    let (ta1, answer) = acknowledge(base::up_to("97140:GP").as_bytes());
    assert_eq!(ta1, "R*023");
    assert_eq!(
        answer,
        one_set(
            "IK3*SV1*24*2400*I8 CTX*CLM01:A1 IK5*R*I5*5*2",
            "AK9*R*1*1*0*3"
        )
    );
}

/// The group of the base, with this between GS and GE.
fn group_of(sets: &str, count: usize) -> String {
    format!(
        "{}{sets}GE*{count}*21~\nIEA*1*000000905~\n",
        base::up_to("ST*")
    )
}

fn set_number(number: &str) -> String {
    base::set().replace("0021", number)
}

#[test]
fn sets_are_judged_one_by_one() {
    let sets = [
        set_number("0001"),
        set_number("0002").replace("SE*34", "SE*30"),
        set_number("0003").replace("19450101", "X"),
        set_number("0001"),
        set_number("1"),
        set_number("0006").replace("ST*837*0006*005010X222A1", "ST*837*0006*005010X223A2"),
        set_number("0007").replace("ST*837*0007*005010X222A1", "ST*837*0007"),
    ];
    let (ta1, answer) = acknowledge(group_of(&sets.concat(), sets.len()).as_bytes());
    assert_eq!(ta1, "A*000");
    assert_eq!(
        answer,
        [
            AK1,
            "AK2*837*0001*005010X222A1 IK5*A",
            "AK2*837*0002*005010X222A1 IK5*R*4",
            "AK2*837*0003*005010X222A1 IK3*DMG*16*2000*8 IK4*2*1251*8 IK5*E*5",
            "AK2*837*0001*005010X222A1 IK5*R*23",
            "AK2*837*1*005010X222A1 IK5*E*7",
            "AK2*837*0006*005010X223A2 IK5*R*I6",
            "AK2*837*0007 IK5*E*19",
            "AK9*P*7*7*4",
        ]
        .join(" ")
    );
}

/// The faults of a late set are told, however many came before, and ten of a kind are enough.
#[test]
fn every_set_has_its_faults_listed() {
    let bad = base::set().replace("DTP*472*D8*2026", "DTP*472*D8*20X6");
    let sets: String = (1..=30)
        .map(|n| bad.replace("0021", &format!("{n:04}")))
        .collect();
    let (_, answer) = acknowledge(group_of(&sets, 30).as_bytes());
    assert_eq!(answer.matches("IK3*DTP").count(), 90, "{answer}");
    assert_eq!(answer.matches("IK5*E*5").count(), 30);

    let line = "LX*1~\nSV1*HC:97110:GP:KX*120*UN*2***1:2~\nDTP*472*D8*2026100X~\n";
    let many: String = (0..25).map(|_| line).collect();
    let set = base::set().replace("LX*2~\n", &format!("{many}LX*2~\n"));
    let (_, answer) = acknowledge(group_of(&set, 1).as_bytes());
    assert_eq!(answer.matches("IK3*DTP").count(), 10, "{answer}");
}

/// What is wrong behind a set, and at its beginning, is told, however much of the kind was wrong in the set before.
#[test]
fn what_a_set_had_too_much_of_is_told_outside_of_it_and_of_the_next() {
    let many = |segment: &str| segment.repeat(12);
    let unknown = many("ZZZ*1~\n");
    let (ta1, answer) = acknowledge(
        base::with("SE*34*0021~\n", &format!("{unknown}SE*46*0021~\n"))
            .replace("IEA*", "ZZZ*1~\nIEA*")
            .as_bytes(),
    );
    assert_eq!((&ta1[..], answer.matches("IK5*R*5").count()), ("E*024", 1));

    let lower_case = format!("{}{}", base::up_to("SE*"), many("ref*6R*L3~\n"));
    let group = &base::BASE[base::BASE.find("GS*").unwrap()..];
    let (ta1, _) = acknowledge(
        format!("{lower_case}{}", group.replacen("GS*", "gs*", 1))
            .replace("IEA*1*", "IEA*2*")
            .as_bytes(),
    );
    assert_eq!(ta1, "E*024");
    let next = set_number("0022").replace("ST*", "st*");
    let (_, answer) =
        acknowledge(format!("{lower_case}{next}GE*2*21~\nIEA*1*000000905~\n").as_bytes());
    assert!(
        answer.ends_with("AK2*837*0022*005010X222A1 IK5*E*5 AK9*P*2*2*1"),
        "{answer}"
    );
}

#[test]
fn what_is_no_claim_is_not_acknowledged_as_one() {
    let other = "ST*835*0001~\nBPR*I~\nSE*3*0001~\n";
    let (_, answer) = acknowledge(group_of(&format!("{other}{}", base::set()), 2).as_bytes());
    assert_eq!(
        answer,
        [AK1, "AK2*835*0001 IK5*R*18", AK2, "IK5*A AK9*P*2*2*1"].join(" ")
    );
    // Another kind of group is not supported; an acknowledgement is never acknowledged.
    let remittances = group_of(other, 1).replace("GS*HC", "GS*HP");
    let (_, answer) = acknowledge(remittances.as_bytes());
    assert_eq!(answer, "AK1*HP*21*005010X222A1 AK9*R*1*1*0*1");
    let own = group_of("ST*999*0001~\nAK1*HC*1~\nSE*3*0001~\n", 1).replace("GS*HC", "GS*FA");
    let (ta1, answer) = acknowledge(own.as_bytes());
    assert_eq!((&ta1[..], &answer[..]), ("A*000", ""));
}

#[test]
fn unknown_guides_and_nameless_sets_and_groups() {
    let text = base::BASE.replace("005010X222A1", "005010X999");
    assert_eq!(
        acknowledge(text.as_bytes()).1,
        "AK1*HC*21*005010X999 AK2*837*0021*005010X999 IK5*R*I6 AK9*R*1*1*0*2"
    );
    let text = base::BASE.replace("*0021", "*");
    assert_eq!(
        acknowledge(text.as_bytes()).1,
        [AK1, "AK9*R*1*1*0*5"].join(" ")
    );
    let text = base::BASE
        .replace("*21*X*", "**X*")
        .replace("GE*1*21", "GE*1");
    assert_eq!(
        acknowledge(text.as_bytes()).1,
        ["AK1*HC*0*005010X222A1", AK2, "IK5*A AK9*R*1*1*1*6"].join(" ")
    );
    // Without GS there is no AK1 to answer with.
    let gs = "GS*HC*KXSENDER*KXPAYER*20261101*1200*21*X*005010X222A1~";
    let text = base::without(gs)
        .replace("GE*1*21~\n", "")
        .replace("IEA*1", "IEA*0");
    assert_eq!(
        acknowledge(text.as_bytes()),
        ("R*024".into(), String::new())
    );
}

#[test]
fn groups_and_interchanges_are_answered_in_order() {
    let group = &base::BASE[base::BASE.find("GS*").unwrap()..base::BASE.find("IEA").unwrap()];
    let other = group
        .replace("*21*X", "*22*X")
        .replace("GE*1*21", "GE*1*22");
    let first = base::with("IEA*1", &format!("{other}IEA*2"));
    let second = base::BASE
        .replace("000000905", "000000906")
        .replace('*', "|")
        .replace("~\n", "!");
    let folder = Folder::new();
    let input = folder.input(
        "claims.edi",
        format!("{first}{second}").as_bytes(),
        Packing::File,
    );
    let formats = [
        Format::ImplementationAcknowledgement,
        Format::InterchangeAcknowledgement,
    ];
    let options = ReportOptions {
        first_control_number: 4711,
        ..ReportOptions::default()
    };
    let screened = screen(&[input], &formats, &options, PLAIN);
    let segments = read_back(&screened.reports[0]);
    let starting = |id: &str| -> Vec<&String> {
        segments
            .iter()
            .filter(|segment| segment.starts_with(id))
            .collect()
    };
    assert!(
        segments[0].contains("*ZZ*KXPAYER        *ZZ*KXSENDER       *"),
        "{}",
        segments[0]
    );
    let numbers: Vec<&str> = starting("IEA").iter().map(|iea| &iea[4..]).collect();
    assert_eq!(numbers, ["2*000004711", "1|000004713"]);
    assert_eq!(
        starting("ST"),
        [
            "ST*999*0001*005010X231A1",
            "ST*999*0002*005010X231A1",
            "ST|999|0001|005010X231A1"
        ]
    );
    let groups: Vec<&str> = starting("AK1").iter().map(|ak1| &ak1[4..9]).collect();
    assert_eq!(groups, ["HC*21", "HC*22", "HC|21"]);
    assert!(starting("GS")[1].ends_with("*4712*X*005010X231A1"));
    let ta1 = read_back(&screened.reports[1]);
    assert_eq!(
        [&ta1[1], &ta1[4]],
        [
            "TA1*000000905*261101*1200*A*000",
            "TA1|000000906|261101|1200|A|000"
        ]
    );
    assert!(ta1[3].contains("|000004712|"), "{}", ta1[3]);
}

#[test]
fn a_folder_gets_both_of_every_file() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("good.edi"), base::BASE).unwrap();
    fs::write(sandbox.path("cut.edi"), base::up_to("IEA")).unwrap();
    fs::write(sandbox.path("other.txt"), "nothing of the kind").unwrap();
    let (code, _, errors) = sandbox.run(
        "screen -q --fail-on never -o out --format ta1 --format 999 good.edi cut.edi other.txt",
    );
    assert_eq!(code, 2, "{errors}");
    let mut names: Vec<String> = fs::read_dir(sandbox.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    // What cannot be answered leaves no file.
    let expected = [
        "cut.edi.999.edi",
        "cut.edi.ta1.edi",
        "good.edi.999.edi",
        "good.edi.ta1.edi",
    ];
    assert_eq!(names, expected);
    let read = |name: &str| read_back(&fs::read(sandbox.path("out").join(name)).unwrap());
    assert!(read("cut.edi.ta1.edi")[1].ends_with("*R*023"));
    assert!(read("good.edi.ta1.edi")[1].ends_with("*A*000"));
    assert!(read("cut.edi.999.edi").contains(&"AK9*A*1*1*1".to_owned()));

    let (code, out, errors) = sandbox.run("screen -q --fail-on never --report 999 good.edi");
    assert_eq!(code, 0, "{errors}");
    assert!(
        read_back(out.as_bytes()).contains(&"IK5*A".to_owned()),
        "{out}"
    );
}
