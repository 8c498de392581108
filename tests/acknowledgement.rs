//! 277CA of the samples in the three profiles, read again by a splitter that shares nothing with
//! the writer, and by the library's scanner: structure, counts and totals.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use common::{Folder, PLAIN, Packing, Setup, base, sample_paths, screen};
use kx837::report::{Format, Profile, ReportOptions};
use kx837::x12::{InterchangeHeader, SegmentScanner};

const PROFILES: [Profile; 3] = [Profile::Annotated, Profile::Strict, Profile::Gate];

/// An interchange, split by the delimiters that its ISA declares.
struct Interchange {
    /// Element, component and repetition separator and terminator.
    delimiters: [char; 4],
    segments: Vec<Vec<String>>,
}

fn split(text: &str) -> Vec<Interchange> {
    let mut interchanges = Vec::new();
    let mut rest = text.trim_start_matches(['\r', '\n']);
    while !rest.is_empty() {
        let byte = |at: usize| char::from(rest.as_bytes()[at]);
        assert!(rest.starts_with("ISA"), "{rest:.40}");
        let delimiters = [byte(3), byte(104), byte(82), byte(105)];
        let mut segments = Vec::new();
        loop {
            let end = rest.find(delimiters[3]).expect("a terminator");
            let segment = &rest[..end];
            rest = rest[end + 1..].trim_start_matches(['\r', '\n']);
            segments.push(segment.split(delimiters[0]).map(str::to_owned).collect());
            if segment.starts_with("IEA") {
                break;
            }
        }
        interchanges.push(Interchange {
            delimiters,
            segments,
        });
    }
    interchanges
}

fn element(segment: &[String], number: usize) -> &str {
    segment.get(number).map_or("", String::as_str)
}

fn cents(amount: &str) -> i64 {
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    let part = format!("{part:0<2}");
    whole.parse::<i64>().unwrap() * 100 + part.parse::<i64>().unwrap()
}

fn count(segments: &[Vec<String>], id: &str) -> usize {
    segments.iter().filter(|segment| segment[0] == id).count()
}

/// What a hierarchical level says and holds.
#[derive(Default)]
struct Level {
    parent: String,
    code: String,
    has_child: bool,
    /// QTY by qualifier, AMT by qualifier (in cents).
    quantities: BTreeMap<String, i64>,
    amounts: BTreeMap<String, i64>,
    /// Claims: accepted, and charge in cents.
    claims: Vec<(bool, i64)>,
    /// CLM01 of the claims (2200D TRN02).
    traces: Vec<String>,
}

/// Checks ST to SE and returns its levels by HL01.
fn check_set(set: &[Vec<String>], component: char) -> BTreeMap<String, Level> {
    let first = &set[0];
    let last = set.last().unwrap();
    assert_eq!(
        (element(first, 1), element(first, 3)),
        ("277", "005010X214")
    );
    assert_eq!(element(last, 1), set.len().to_string(), "SE01");
    assert_eq!(element(last, 2), element(first, 2), "SE02");
    let mut levels: BTreeMap<String, Level> = BTreeMap::new();
    let mut open = String::new();
    for (index, segment) in set.iter().enumerate() {
        let text = |number| element(segment, number).to_owned();
        match segment[0].as_str() {
            "HL" => {
                open = text(1);
                assert_eq!(open, (levels.len() + 1).to_string(), "HL01 counts from 1");
                if text(2).is_empty() {
                    assert_eq!(text(3), "20");
                } else {
                    let parent = levels.get_mut(&text(2)).expect("the parent stands before");
                    assert!(parent.has_child, "HL04 of {}", text(2));
                    let expected = match parent.code.as_str() {
                        "20" => "21",
                        "21" => "19",
                        other => {
                            assert_eq!(other, "19");
                            "PT"
                        }
                    };
                    assert_eq!(text(3), expected, "HL03");
                }
                let level = Level {
                    parent: text(2),
                    code: text(3),
                    has_child: text(4) != "0" && text(3) != "PT",
                    ..Level::default()
                };
                levels.insert(open.clone(), level);
            }
            "QTY" => {
                let level = levels.get_mut(&open).unwrap();
                let old = level.quantities.insert(text(1), text(2).parse().unwrap());
                assert_eq!(old, None, "QTY {}", text(1));
            }
            "AMT" => {
                let level = levels.get_mut(&open).unwrap();
                assert_eq!(level.amounts.insert(text(1), cents(&text(2))), None);
            }
            "TRN" if levels[&open].code == "PT" => {
                levels.get_mut(&open).unwrap().traces.push(text(2));
            }
            "STC" => {
                let category = segment[1].split(component).next().unwrap().to_owned();
                assert!(
                    element(segment, 12).chars().count() <= 264,
                    "STC12: {segment:?}"
                );
                // The first STC behind the claim's TRN is the claim's own.
                if levels[&open].code == "PT" && set[index - 1][0] == "TRN" {
                    let claim = (matches!(category.as_str(), "A1" | "A2"), cents(&text(4)));
                    levels.get_mut(&open).unwrap().claims.push(claim);
                }
            }
            _ => {}
        }
    }
    levels
}

/// Totals of 2200B (level 21) and 2200C (level 19) against the claims below them.
fn check_totals(levels: &BTreeMap<String, Level>) {
    for (id, level) in levels {
        let (accepted, rejected) = match level.code.as_str() {
            "21" => (("90", "YU"), ("AA", "YY")),
            "19" => (("QA", "YU"), ("QC", "YY")),
            _ => continue,
        };
        let below = levels.values().filter(|patient| {
            let grandparent = levels.get(&patient.parent).map(|parent| &parent.parent);
            patient.parent == *id || grandparent == Some(id)
        });
        let claims: Vec<(bool, i64)> = below.flat_map(|level| level.claims.clone()).collect();
        for (wanted, (quantity, amount)) in [(true, accepted), (false, rejected)] {
            let these: Vec<i64> = claims
                .iter()
                .filter(|(accepted, _)| *accepted == wanted)
                .map(|(_, charge)| *charge)
                .collect();
            let said = (
                level.quantities.get(quantity).copied().unwrap_or(0),
                level.amounts.get(amount).copied().unwrap_or(0),
            );
            let found = (i64::try_from(these.len()).unwrap(), these.iter().sum());
            assert_eq!(said, found, "HL {id} ({}) {quantity} {amount}", level.code);
        }
    }
}

/// The claims of an 837: CLM01 with how often it stands there.
fn submitted(interchanges: &[Interchange]) -> BTreeMap<String, usize> {
    let mut claims = BTreeMap::new();
    for interchange in interchanges {
        for segment in interchange
            .segments
            .iter()
            .filter(|segment| segment[0] == "CLM")
        {
            *claims.entry(segment[1].clone()).or_default() += 1;
        }
    }
    claims
}

#[test]
fn acknowledgements_are_whole() {
    let formats = PROFILES.map(Format::ClaimAcknowledgement);
    let mut seen = BTreeSet::new();
    for path in sample_paths() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        let claims = split(std::str::from_utf8(&bytes).unwrap());
        let folder = Folder::new();
        let input = folder.input(name, &bytes, Packing::File);
        let screened = screen(&[input], &formats, &ReportOptions::default(), PLAIN);
        for (profile, report) in PROFILES.iter().zip(&screened.reports) {
            let text = std::str::from_utf8(report).unwrap();
            let answer = split(text);
            assert_eq!(
                answer.len(),
                claims.len(),
                "{name} {profile:?}: interchanges"
            );
            let mut answered: BTreeMap<String, usize> = BTreeMap::new();
            for (answer, claims) in answer.iter().zip(&claims) {
                assert_eq!(answer.delimiters, claims.delimiters, "{name} {profile:?}");
                let segments = &answer.segments;
                assert_eq!(
                    count(segments, "ST"),
                    count(&claims.segments, "ST"),
                    "{name}"
                );
                assert_eq!(count(segments, "SE"), count(segments, "ST"), "{name}");
                assert_eq!(count(segments, "GE"), count(segments, "GS"), "{name}");
                let last = segments.last().unwrap();
                assert_eq!(element(last, 1), count(segments, "GS").to_string(), "IEA01");
                assert_eq!(element(last, 2), element(&segments[0], 13), "IEA02");
                let mut sets_in_group = 0;
                let mut group = String::new();
                let mut start = 0;
                for (index, segment) in segments.iter().enumerate() {
                    match segment[0].as_str() {
                        "GS" => (sets_in_group, group) = (0, element(segment, 6).to_owned()),
                        "GE" => {
                            assert_eq!(element(segment, 1), sets_in_group.to_string(), "GE01");
                            assert_eq!(element(segment, 2), group, "GE02");
                        }
                        "ST" => (start, sets_in_group) = (index, sets_in_group + 1),
                        "SE" => {
                            let levels = check_set(&segments[start..=index], answer.delimiters[1]);
                            check_totals(&levels);
                            for level in levels.values() {
                                assert_eq!(level.claims.len(), level.traces.len());
                                for trace in &level.traces {
                                    *answered.entry(trace.clone()).or_default() += 1;
                                }
                            }
                        }
                        "STC" => {
                            let category = segment[1].split(answer.delimiters[1]).next();
                            seen.insert((*profile as u8, category.unwrap().to_owned()));
                        }
                        _ => {}
                    }
                }
            }
            assert_eq!(answered, submitted(&claims), "{name} {profile:?}: claims");
            assert_eq!(
                scanned(report),
                answer.iter().map(|one| one.segments.len()).sum::<usize>()
            );
        }
    }
    // The samples exercise acceptance in all profiles, and rejection by the gate only.
    for profile in PROFILES {
        let rejects = seen.contains(&(profile as u8, "A3".to_owned()));
        assert!(seen.contains(&(profile as u8, "A1".to_owned())) || profile == Profile::Gate);
        assert_eq!(rejects, profile == Profile::Gate, "{profile:?}: {seen:?}");
    }
}

/// How many segments the library's own scanner finds.
fn scanned(report: &[u8]) -> usize {
    let mut found = 0;
    let mut rest = report;
    while let Some(at) = rest.iter().position(|byte| *byte == b'I') {
        let header = InterchangeHeader::discover(&rest[at..]).unwrap();
        assert_eq!(header.deviation, None);
        found += 1;
        let mut scanner =
            SegmentScanner::at(&rest[at..], header.length, header.delimiters.terminator);
        for segment in scanner.by_ref() {
            found += 1;
            assert!(segment.terminated);
            if segment.bytes.starts_with(b"IEA") {
                break;
            }
        }
        rest = &rest[at + scanner.position()..];
    }
    found
}

/// Segments of the answer to one file in the strict profile, read in the smallest pieces.
fn answer(text: &str) -> Vec<String> {
    answer_in_pieces(text, 1)
}

fn answer_in_pieces(text: &str, piece_size: usize) -> Vec<String> {
    let folder = Folder::new();
    let input = folder.input("claims.edi", text.as_bytes(), Packing::File);
    let setup = Setup {
        threads: 2,
        piece_size,
        ..PLAIN
    };
    let formats = [Format::ClaimAcknowledgement(Profile::Strict)];
    let screened = screen(&[input], &formats, &ReportOptions::default(), setup);
    String::from_utf8_lossy(&screened.reports[0])
        .split("~\n")
        .map(str::to_owned)
        .collect()
}

fn starting<'a>(segments: &'a [String], start: &str) -> Vec<&'a str> {
    segments
        .iter()
        .filter_map(|segment| segment.strip_prefix(start))
        .collect()
}

#[test]
fn a_billing_provider_without_npi_is_answered_by_its_tax_number() {
    for nm1 in [
        "NM1*85*2*EXAMPLE THERAPY~",
        // One separator too few: the NPI stands in NM108.
        "NM1*85*2*EXAMPLE THERAPY****XX*1234567893~",
    ] {
        let segments = answer(&base::with(
            "NM1*85*2*EXAMPLE THERAPY*****XX*1234567893~",
            nm1,
        ));
        assert_eq!(
            starting(&segments, "NM1*85*"),
            ["2*EXAMPLE THERAPY*****FI*999999999"]
        );
    }
    // A social security number is nobody's to pass on.
    let text = base::with(
        "NM1*85*2*EXAMPLE THERAPY*****XX*1234567893~",
        "NM1*85*2*EXAMPLE THERAPY~",
    );
    let segments = answer(&text.replace("REF*EI*", "REF*SY*"));
    assert_eq!(starting(&segments, "NM1*85*"), ["2*EXAMPLE THERAPY"]);
    // A later provider does not inherit the number of an earlier one.
    let second = "HL*3**20*1~\nNM1*85*2*OTHER~\nHL*4*3*22*0~\nSBR*P*18*******MB~\n\
                  NM1*IL*1*EXAMPLE*PAT****MI*1EG4TE5MK72~\nCLM*A2*";
    let segments = answer(&base::with("CLM*A2*", second));
    assert_eq!(
        starting(&segments, "NM1*85*"),
        ["2*EXAMPLE THERAPY*****XX*1234567893", "2*OTHER"]
    );
}

#[test]
fn the_smallest_date_of_a_program_is_no_date_of_service() {
    let text = base::with(
        "DTP*472*D8*20261005~\nREF*6R*L1",
        "DTP*472*D8*00010101~\nREF*6R*L1",
    );
    let segments = answer(&text);
    assert_eq!(
        starting(&segments, "DTP*472*"),
        ["D8*20261005", "D8*20261007"]
    );
}

#[test]
fn an_institutional_claim_is_dated_by_its_statement() {
    let bill = |statement: &str| {
        base::with("005010X222A1", "005010X223A2")
            .replace("CLM*A1*180***11:B:1*", "CLM*A1*180***13:A:1**A*")
            .replace("HI*ABK:M5450", &format!("{statement}HI*ABK:M5450"))
            .replace("SV1*HC:97110:GP:KX*120*", "SV2*0420*HC:97110:GP:KX*120*")
            .replace("SV1*HC:97140:GP:59*60*", "SV2*0420*HC:97140:GP:59*60*")
    };
    let dates = |text: &str| {
        starting(&answer(text), "DTP*472*")
            .first()
            .map(|date| (*date).to_owned())
    };
    let statement = bill("DTP*434*RD8*20261001-20261031~\n");
    assert_eq!(dates(&statement).unwrap(), "RD8*20261001-20261031");
    assert_eq!(dates(&bill("")).unwrap(), "D8*20261005");
    // Professional claims have no statement.
    let professional = base::with(
        "HI*ABK:M5450",
        "DTP*434*RD8*20261001-20261031~\nHI*ABK:M5450",
    );
    assert_eq!(dates(&professional).unwrap(), "D8*20261005");
}

/// Received control numbers may be the same in neighbours, and set numbers begin anew in each group.
#[test]
fn groups_are_answered_one_by_one_and_references_are_unique() {
    let group = &base::BASE[base::BASE.find("GS*").unwrap()..base::BASE.find("IEA*").unwrap()];
    let text = base::with(group, &group.repeat(3)).replace("IEA*1*", "IEA*3*");
    for piece_size in [1, 1 << 20] {
        let segments = answer_in_pieces(&text, piece_size);
        assert_eq!(starting(&segments, "GS*").len(), 3, "{piece_size}");
        let references = starting(&segments, "BHT*0085*08*");
        let unique: BTreeSet<_> = references.iter().collect();
        assert_eq!((references.len(), unique.len()), (3, 3), "{references:?}");
    }
}

/// Statuses of claims, in order.
fn statuses(text: &str, piece_size: usize) -> Vec<String> {
    let segments = answer_in_pieces(text, piece_size);
    let claims = segments.split(|segment| segment.contains("*PT"));
    let status = |claim: &[String]| {
        let status = starting(claim, "STC*")[0];
        status.split('*').next().unwrap_or_default().to_owned()
    };
    claims.skip(1).map(status).collect()
}

const RECEIVED: &str = "A1:19:40";
const UNREADABLE: &str = "A3:481";

/// Case, file, and the statuses of its claims; none where there is no claim.
fn check_statuses(cases: &[(&str, String, [&str; 2])]) {
    for (case, text, expected) in cases {
        let expected: Vec<_> = expected.iter().filter(|is| !is.is_empty()).collect();
        for piece_size in [1, 1_000_000] {
            let found = statuses(text, piece_size);
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{case}");
        }
    }
}

#[test]
fn a_claim_of_which_a_part_was_not_read_is_rejected() {
    let cut = base::up_to("DTP*472*D8*20261007~");
    check_statuses(&[
        ("whole", base::BASE.to_owned(), [RECEIVED, RECEIVED]),
        (
            "SE is lost",
            base::up_to("SE*").into(),
            [RECEIVED, UNREADABLE],
        ),
        (
            "cut between segments",
            cut.to_owned(),
            [RECEIVED, UNREADABLE],
        ),
        (
            "cut in a segment",
            format!("{cut}DTP*47"),
            [RECEIVED, UNREADABLE],
        ),
        (
            "another interchange follows",
            format!("{cut}{}", base::up_to("CLM*A1*")),
            [RECEIVED, UNREADABLE],
        ),
        (
            "another interchange follows in a segment",
            format!("{cut}DTP*47{}", base::up_to("CLM*A1*")),
            [RECEIVED, UNREADABLE],
        ),
        (
            "another interchange of other delimiters follows",
            format!("{cut}{}", base::up_to("CLM*A1*").replace('*', "|")),
            [RECEIVED, UNREADABLE],
        ),
        (
            "another set follows",
            format!("{cut}{}", base::set().split_once("CLM*A1*").unwrap().0),
            [RECEIVED, UNREADABLE],
        ),
        (
            "SE is lost before GE",
            base::with("SE*", "NTE*ADD*"),
            [RECEIVED, UNREADABLE],
        ),
        (
            "cut behind SE",
            base::up_to("GE*").into(),
            [RECEIVED, RECEIVED],
        ),
    ]);
}

#[test]
fn a_claim_of_which_data_got_lost_is_rejected() {
    check_statuses(&[
        (
            "damaged CLM",
            base::with("CLM*A1*", "CLM*A1\0*"),
            [UNREADABLE, RECEIVED],
        ),
        (
            "damaged subscriber above both",
            base::with("NM1*IL*1*", "NM1*IL\0*1*"),
            [UNREADABLE, UNREADABLE],
        ),
        (
            "damaged subscriber above a level whose kind its segments tell",
            base::with("NM1*IL*1*", "NM1*IL\0*1*").replace(
                "CLM*A2*",
                "HL*3*1*2*0~\nSBR*P*18*******MB~\nNM1*IL*1*A*B****MI*1EG4TE5MK72~\nCLM*A2*",
            ),
            [UNREADABLE, RECEIVED],
        ),
        (
            "damaged CLM that is no CLM any more",
            base::with("CLM*A2*", "C\0M*A2*"),
            [UNREADABLE, ""],
        ),
        (
            "damaged line that is no line any more",
            base::with("SV1*HC:97140", "S\0\0*HC:97140"),
            [UNREADABLE, RECEIVED],
        ),
        (
            "damaged level whose kind its segments tell",
            base::with("HL*2*1*22*0", "HL*2*1*2\0*0"),
            [UNREADABLE, UNREADABLE],
        ),
        (
            "billing provider overwritten with NULs",
            base::with(
                "NM1*85*2*EXAMPLE THERAPY*****XX*1234567893~",
                &"\0".repeat(46),
            ),
            [UNREADABLE, UNREADABLE],
        ),
        (
            "NULs behind the subscriber's level",
            base::with("CLM*A1*", &format!("{}CLM*A1*", "\0".repeat(40))),
            [UNREADABLE, UNREADABLE],
        ),
        (
            "damaged SE",
            base::with("SE*", "S\0*"),
            [RECEIVED, UNREADABLE],
        ),
        (
            "damaged set trailer behind its identifier",
            base::with("SE*34", "SE*\0 34"),
            [RECEIVED, RECEIVED],
        ),
        (
            "damaged",
            base::with("REF*6R*L1~", "REF*6R*L1\0\0\0~"),
            [UNREADABLE, RECEIVED],
        ),
    ]);
}

#[test]
fn control_characters_are_not_echoed() {
    let segments = answer(&base::with("CLM*A1*", "CLM*A\u{7}1*"));
    assert_eq!(starting(&segments, "TRN*2*"), ["BATCH1", "A 1", "A2"]);
}

/// What an answer cannot name as it is named is told.
#[test]
fn claim_numbers_that_cannot_be_echoed_are_told() {
    let long = "A".repeat(51);
    for (number, echoed, code) in [
        ("A:1", "A 1", "6"),
        ("A^1", "A 1", "6"),
        ("A\u{7}1", "A 1", "6"),
        (&long, &long[..50], "5"),
        (&long[..39], &long[..39], "5"),
        (&long[..38], &long[..38], ""),
        ("A.1/2-3", "A.1/2-3", ""),
    ] {
        let text = base::with("CLM*A1*", &format!("CLM*{number}*"));
        for piece_size in [1, 1 << 20] {
            let segments = answer_in_pieces(&text, piece_size);
            assert_eq!(starting(&segments, "TRN*2*")[1], echoed, "{number}");
        }
        let folder = Folder::new();
        let input = folder.input("claims.edi", text.as_bytes(), Packing::File);
        let formats = [Format::ImplementationAcknowledgement, Format::Jsonl];
        let reports = screen(&[input], &formats, &ReportOptions::default(), PLAIN).reports;
        let [syntax, jsonl] = [0, 1].map(|index| String::from_utf8_lossy(&reports[index]));
        let told = format!("IK4*1*1028*{code}~");
        assert_eq!(
            syntax.contains(&told),
            !code.is_empty(),
            "{number}: {syntax}"
        );
        assert_eq!(jsonl.contains("KX929"), !code.is_empty(), "{number}");
    }
}

#[test]
fn an_older_interchange_without_repetition_separator_gets_one() {
    let text = base::with("*^*00501*", "*U*00401*");
    let segments = answer(&text);
    assert_eq!(&segments[0][82..89], "^*00501", "{}", segments[0]);
}
