//! Generated files are what they claim to be. Read here with a naive splitter, so that the
//! library's own reader and the generator cannot be wrong together.

use std::collections::{HashMap, HashSet};

use kx837::finding::ClaimKind;
use kx837::generate::{DelimiterChoice, GenerateOptions, GenerateSummary, generate};
use kx837::x12::Delimiters;

const KINDS: [ClaimKind; 3] = [
    ClaimKind::Professional,
    ClaimKind::Institutional,
    ClaimKind::Dental,
];

fn run(options: &GenerateOptions) -> (Vec<u8>, Vec<serde_json::Value>, GenerateSummary) {
    let (mut file, mut truth) = (Vec::new(), Vec::new());
    let summary = generate(options, &mut file, Some(&mut truth)).unwrap();
    let truth = std::str::from_utf8(&truth)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (file, truth, summary)
}

fn options(kind: ClaimKind, claims: u64) -> GenerateOptions {
    GenerateOptions {
        kind,
        claims: Some(claims),
        claims_per_set: 30,
        sets_per_group: 3,
        groups_per_interchange: Some(2),
        ..GenerateOptions::default()
    }
}

/// Segments as elements, with the component separator in force.
fn split(file: &[u8]) -> Vec<(Vec<String>, char)> {
    let mut segments = Vec::new();
    let mut rest = file;
    let (mut element, mut component, mut terminator) = (b'*', b':', b'~');
    while !rest.is_empty() {
        if rest.starts_with(b"ISA") {
            (element, component, terminator) = (rest[3], rest[104], rest[105]);
        }
        let end = rest.iter().position(|byte| *byte == terminator).unwrap();
        let segment = std::str::from_utf8(&rest[..end]).unwrap();
        let elements = segment.split(element as char).map(Into::into).collect();
        segments.push((elements, component as char));
        rest = &rest[end + 1..];
        while rest
            .first()
            .is_some_and(|byte| matches!(byte, b'\r' | b'\n'))
        {
            rest = &rest[1..];
        }
    }
    segments
}

fn cents(amount: &str) -> i64 {
    let (dollars, cents) = amount.split_once('.').unwrap_or((amount, ""));
    dollars.parse::<i64>().unwrap() * 100 + format!("{cents:0<2}").parse::<i64>().unwrap()
}

/// Checks envelope, hierarchy, sums and order; gives claims and lines.
fn check(file: &[u8]) -> (u64, u64) {
    let (mut claims, mut lines) = (0, 0);
    let mut claim_ids = HashSet::new();
    let (mut isa13, mut groups, mut gs06, mut sets) = (String::new(), 0, String::new(), 0);
    let (mut st02, mut segments, mut level) = (String::new(), 0, 0);
    let (mut billing, mut subscriber) = (0, 0);
    let mut open_claim: Option<(i64, i64, u32)> = None;
    for (segment, _) in &split(file) {
        let at = |index: usize| segment.get(index).map_or("", String::as_str);
        segments += 1;
        assert!(!segment.last().unwrap().is_empty(), "trailing: {segment:?}");
        if matches!(at(0), "CLM" | "HL" | "SE")
            && let Some((charge, sum, count)) = open_claim.take()
        {
            assert_eq!(charge, sum, "CLM02 is the sum of the lines");
            assert!((1..=8).contains(&count));
        }
        match at(0) {
            "ISA" => {
                assert_eq!(segment.len(), 17);
                isa13 = at(13).into();
                groups = 0;
            }
            "IEA" => assert_eq!((at(1), at(2)), (groups.to_string().as_str(), &*isa13)),
            "GS" => {
                groups += 1;
                gs06 = at(6).into();
                sets = 0;
            }
            "GE" => assert_eq!((at(1), at(2)), (sets.to_string().as_str(), &*gs06)),
            "ST" => {
                sets += 1;
                segments = 1;
                st02 = at(2).into();
                level = 0;
            }
            "SE" => assert_eq!((at(1), at(2)), (segments.to_string().as_str(), &*st02)),
            "HL" => {
                level += 1;
                assert_eq!(at(1), level.to_string());
                match at(3) {
                    "20" => {
                        assert_eq!((at(2), at(4)), ("", "1"));
                        billing = level;
                    }
                    "22" => {
                        assert_eq!(at(2), billing.to_string());
                        subscriber = level;
                    }
                    _ => assert_eq!((at(2), at(4)), (subscriber.to_string().as_str(), "0")),
                }
            }
            "CLM" => {
                claims += 1;
                assert!(claim_ids.insert(at(1).to_owned()), "CLM01 is unique");
                open_claim = Some((cents(at(2)), 0, 0));
            }
            "LX" => {
                lines += 1;
                let claim = open_claim.as_mut().unwrap();
                claim.2 += 1;
                assert_eq!(at(1), claim.2.to_string());
            }
            "SV1" | "SV3" => open_claim.as_mut().unwrap().1 += cents(at(2)),
            "SV2" => open_claim.as_mut().unwrap().1 += cents(at(3)),
            _ => {}
        }
    }
    (claims, lines)
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for kind in KINDS {
        let options = options(kind, 200);
        let first = run(&options);
        assert_eq!(first, run(&options));
        let other = GenerateOptions { seed: 2, ..options };
        assert_ne!(first.0, run(&other).0);
    }
}

#[test]
fn envelopes_counts_and_sums_are_right() {
    for kind in KINDS {
        for delimiters in [
            DelimiterChoice::Fixed(Delimiters::default()),
            DelimiterChoice::Varied,
        ] {
            for line_breaks in [true, false] {
                let options = GenerateOptions {
                    delimiters,
                    line_breaks,
                    ..options(kind, 700)
                };
                let (file, truth, summary) = run(&options);
                assert_eq!(check(&file), (summary.claims, summary.lines));
                assert_eq!(summary.claims, 700);
                assert_eq!(summary.bytes, file.len() as u64);
                let end = truth.last().unwrap();
                assert_eq!(end["type"], "end");
                assert_eq!(end["claims"], summary.claims);
                assert_eq!(end["lines"], summary.lines);
                assert_eq!(end["at_risk"], summary.at_risk_lines);
                assert_eq!(truth.len() as u64 - 1, summary.at_risk_lines);
            }
        }
    }
}

/// Code and modifiers of every line by interchange, transaction set, claim and line number.
fn procedures(file: &[u8]) -> HashMap<(String, String, String, u64), Vec<String>> {
    let mut found = HashMap::new();
    let mut key = (String::new(), String::new(), String::new(), 0);
    for (segment, component) in split(file) {
        let procedure = match segment[0].as_str() {
            "ISA" => {
                key.0.clone_from(&segment[13]);
                continue;
            }
            "ST" => {
                key.1.clone_from(&segment[2]);
                continue;
            }
            "CLM" => {
                key.2.clone_from(&segment[1]);
                continue;
            }
            "LX" => {
                key.3 = segment[1].parse().unwrap();
                continue;
            }
            "SV1" | "SV3" => &segment[1],
            "SV2" => &segment[2],
            _ => continue,
        };
        let parts = procedure.split(component).skip(1).map(Into::into).collect();
        assert!(found.insert(key.clone(), parts).is_none());
    }
    found
}

#[test]
fn the_truth_names_lines_of_the_file_and_every_rule() {
    let expected: [&[&str]; 3] = [
        &[
            "KX101", "KX102", "KX201", "KX202", "KX203", "KX204", "KX205", "KX301", "KX401",
            "KX403", "KX501", "KX502",
        ],
        &["KX101", "KX102", "KX302", "KX403", "KX501", "KX502"],
        &["KX502"],
    ];
    for (kind, expected) in KINDS.into_iter().zip(expected) {
        let (file, truth, summary) = run(&options(kind, 4_000));
        let procedures = procedures(&file);
        let mut rules: Vec<String> = Vec::new();
        for line in &truth[..truth.len() - 1] {
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            let number = line["line_number"].as_u64().unwrap();
            let parts = &procedures[&(text("isa13"), text("st02"), text("clm01"), number)];
            let mut said = vec![text("code")];
            let modifiers = line["modifiers"].as_array().unwrap();
            said.extend(modifiers.iter().map(|m| m.as_str().unwrap().to_owned()));
            assert_eq!(*parts, said);
            rules.push(text("rule"));
        }
        rules.sort();
        rules.dedup();
        assert_eq!(rules, expected);
        #[allow(clippy::cast_precision_loss)]
        let share = summary.at_risk_lines as f64 / summary.lines as f64;
        assert!((0.045..0.055).contains(&share), "{kind:?}: {share}");
    }
}

/// Adds up therapy charges anew, from the file alone: of 2020, whose fee schedule is not known.
#[test]
fn lines_over_the_therapy_threshold_without_kx_are_in_the_truth() {
    for kind in [ClaimKind::Professional, ClaimKind::Institutional] {
        let (file, truth, _) = run(&GenerateOptions {
            year: 2020,
            ..options(kind, 3_000)
        });
        let mut expected = Vec::new();
        let mut totals: HashMap<(String, bool), i64> = HashMap::new();
        let (mut patient, mut payer) = (String::new(), String::new());
        let (mut claim, mut number) = (String::new(), 0u64);
        let mut in_claim = false;
        for (segment, component) in split(&file) {
            match segment[0].as_str() {
                "HL" => in_claim = false,
                "NM1" if segment[1] == "IL" && !in_claim => patient.clone_from(&segment[9]),
                "SBR" if !in_claim => payer.clone_from(&segment[9]),
                "CLM" => {
                    in_claim = true;
                    claim.clone_from(&segment[1]);
                }
                "LX" => number = segment[1].parse().unwrap(),
                "SV1" | "SV2" if matches!(payer.as_str(), "MA" | "MB") => {
                    let at = if segment[0] == "SV1" { 1 } else { 2 };
                    let parts: Vec<_> = segment[at].split(component).skip(2).collect();
                    let ot = parts.contains(&"GO");
                    if ot || parts.contains(&"GP") || parts.contains(&"GN") {
                        let total = totals.entry((patient.clone(), ot)).or_default();
                        *total += cents(&segment[at + 1]);
                        if *total > 208_000 && !parts.contains(&"KX") {
                            expected.push((claim.clone(), number));
                        }
                    }
                }
                _ => {}
            }
        }
        let said: Vec<_> = truth
            .iter()
            .filter(|line| line["rule"] == "KX101")
            .map(|line| {
                let claim = line["clm01"].as_str().unwrap().to_owned();
                (claim, line["line_number"].as_u64().unwrap())
            })
            .collect();
        assert!(said.len() > 30);
        assert_eq!(said, expected);
    }
}

#[test]
fn a_size_can_be_asked_for() {
    let options = GenerateOptions {
        bytes: Some(300_000),
        ..GenerateOptions::default()
    };
    let (file, _, summary) = run(&options);
    assert!((300_000..310_000).contains(&file.len()));
    assert_eq!(check(&file), (summary.claims, summary.lines));
}

#[test]
fn the_share_at_risk_follows_the_option() {
    for share in [0.0, 0.01, 0.2] {
        let options = GenerateOptions {
            at_risk: share,
            ..options(ClaimKind::Professional, 3_000)
        };
        let (_, _, summary) = run(&options);
        #[allow(clippy::cast_precision_loss)]
        let reached = summary.at_risk_lines as f64 / summary.lines as f64;
        assert!((reached - share).abs() < 0.005, "{share}: {reached}");
    }
}

#[test]
fn options_that_cannot_be_met_are_refused() {
    let base = GenerateOptions::default();
    let same = Delimiters {
        component: b'*',
        ..Delimiters::default()
    };
    for bad in [
        GenerateOptions { year: 2017, ..base },
        GenerateOptions {
            at_risk: 1.5,
            ..base
        },
        GenerateOptions {
            at_risk: f64::NAN,
            ..base
        },
        GenerateOptions {
            claims: Some(0),
            ..base
        },
        GenerateOptions {
            billing_providers: 0,
            ..base
        },
        GenerateOptions {
            delimiters: DelimiterChoice::Fixed(same),
            ..base
        },
    ] {
        let error = generate(&bad, &mut Vec::new(), None).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{bad:?}");
    }
}
