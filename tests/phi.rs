//! Nothing of a person leaks: every element that identifies somebody holds a canary word, and no
//! report, extraction, notice or summary may carry one, whatever is wrong with the file.
//!
//! A 277CA names patients (2100D NM1), as its guide demands; of it only what it has no place for
//! is asked: addresses, birth dates, notes, telephone numbers and social security numbers.

mod common;

use common::base::BASE;
use common::{Folder, PLAIN, Packing, Setup, extract, screen};
use kx837::report::{Format, ReportOptions};

/// What a 277CA may carry.
const NAMES: &[&str] = &[
    "QXJ",
    "CANLASTA",
    "CANFIRSTB",
    "CANMIDC",
    "CANSUFD",
    "CANMEMBERE",
    "CANPATLASTF",
    "CANPATFIRSTG",
];

/// What no report may carry.
const SECRETS: &[&str] = &[
    "CANSTREETH",
    "CANSTREETI",
    "CANCITYJ",
    "CANZIPK",
    "19470313",
    "470313",
    "CANSSNL",
    "CANNOTEM",
    "CANGROUPN",
    "CANPHONEO",
    "CANCASEP",
    "CANOTHERQ",
    "CANOTHERR",
    "CANOTHERS",
    "CANLINENOTET",
    "CANFIXEDU",
    "CANPATSTREETV",
    "20110417",
    "CANPROPERTYW",
    "CANCONTACTX",
    "CANDESCRIPTIONY",
    "CANTAXZ",
];

/// The base with canaries in all places for people, with findings of several rules.
fn planted() -> String {
    BASE.replace(
        "SBR*P*18*******MB~\nNM1*IL*1*EXAMPLE*PAT****MI*1EG4TE5MK72~\nN3*2 MAIN ST~\nN4*ANYTOWN*OH*43001~\nDMG*D8*19450101*F~\n",
        "SBR*P**CANGROUPN*CANGROUPN*****MB~\n\
         NM1*IL*1*CANLASTA*CANFIRSTB*CANMIDC**CANSUFD*MI*CANMEMBERE~\n\
         N3*CANSTREETH*CANSTREETI~\nN4*CANCITYJ*OH*CANZIPK~\nDMG*D8*19470313*F~\n\
         REF*SY*CANSSNL~\nREF*Y4*CANPROPERTYW~\nPER*IC*CANCONTACTX*TE*CANPHONEO~\n",
    )
    .replace(
        "CLM*A1*",
        "HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*CANPATLASTF*CANPATFIRSTG~\nN3*CANPATSTREETV~\n\
         N4*CANCITYJ*OH*CANZIPK~\nDMG*D8*20110417*M~\nREF*SY*CANSSNL~\nCLM*A1*",
    )
    .replace("HI*ABK:R4702~", "REF*EA*CANCASEP~\nNTE*ADD*CANNOTEM KX~\nK3*CANFIXEDU~\nHI*ABK:R4702~\n\
         SBR*S*18*CANGROUPN*CANGROUPN*****CI~\nOI***Y***Y~\n\
         NM1*IL*1*CANOTHERQ*CANOTHERR****MI*CANOTHERS~\nN3*CANSTREETH~\n")
    .replace("REF*EI*999999999~", "REF*SY*CANTAXZ~")
    .replace(":GP:KX*120", ":KX:GA:KX::CANDESCRIPTIONY*120")
    .replace("REF*6R*L1~", "REF*6R*L1~\nNTE*ADD*CANLINENOTET~")
}

/// Defects that bring canaries to where they do not belong.
fn variants() -> Vec<(String, String)> {
    let whole = planted();
    let mut all = vec![("whole".to_owned(), whole.clone())];
    let mut add = |name: &str, text: String| all.push((name.to_owned(), text));
    for canary in NAMES
        .iter()
        .chain(SECRETS)
        .filter(|canary| whole.contains(**canary))
    {
        let at = whole.find(canary).unwrap();
        add(
            &format!("ends inside {canary}"),
            whole[..at + canary.len() - 1].to_owned(),
        );
        add(
            &format!("ends behind {canary}"),
            whole[..at + canary.len()].to_owned(),
        );
        let lower = whole.replace(canary, &canary.to_lowercase());
        add(&format!("{canary} in lower case"), lower);
        add(
            &format!("{canary} as a stray segment"),
            whole.replacen("LX*2~", &format!("{canary}~\nLX*2~"), 1),
        );
        add(
            &format!("{canary} behind a terminator inside of an element"),
            whole.replacen(canary, &format!("X~{canary}"), 1),
        );
        add(
            &format!("{canary} as an unknown segment"),
            whole.replacen("LX*2~", &format!("{canary}*{canary}~\nLX*2~"), 1),
        );
        add(
            &format!("{canary} outside of interchanges"),
            format!("{canary}\n{whole}{canary}"),
        );
        add(
            &format!("{canary} as birth date"),
            whole.replace("D8*20110417", &format!("D8*{canary}")),
        );
    }
    // A name as short as an identifier, behind a terminator.
    add("a short name", whole.replace("CANFIRSTB", "~QXJ*QXJ"));
    // Elements shifted, so that names stand where identifiers are expected.
    add(
        "names before their qualifiers",
        whole
            .replace("****MI*", "*MI*")
            .replace("NM1*IL*1*", "NM1*IL*"),
    );
    add(
        "lower case",
        whole
            .lines()
            .map(|line| {
                line.replacen("NM1", "nm1", 1)
                    .replacen("DMG", "dmg", 1)
                    .replacen("REF", "ref", 1)
                    + "\n"
            })
            .collect(),
    );
    add("no ISA", whole[107..].to_owned());
    add("no CLM", whole.replace("CLM*", "XLM*"));
    add("no HL", whole.replace("HL*", "XHL*"));
    add(
        "wrapped",
        whole
            .replace('\n', "")
            .as_bytes()
            .chunks(80)
            .map(|line| String::from_utf8_lossy(line) + "\n")
            .collect(),
    );
    add(
        "billing provider is a person with a social security number",
        whole.replace(
            "NM1*85*2*EXAMPLE THERAPY*****XX*1234567893",
            "NM1*85*1*CANLASTA*CANFIRSTB****34*CANSSNL",
        ),
    );
    all
}

fn search(place: &str, text: &str, canaries: &[&str], leaks: &mut Vec<String>) {
    let text = text.to_uppercase();
    for canary in canaries {
        if let Some(at) = text.find(canary) {
            let end = text.len().min(at + 60);
            let around = text.get(at.saturating_sub(80)..end).unwrap_or_default();
            leaks.push(format!("{place}: {canary}: ...{around}..."));
        }
    }
}

#[test]
fn no_canary_gets_out() {
    let all: Vec<&str> = NAMES.iter().chain(SECRETS).copied().collect();
    let options = ReportOptions {
        all_claims: true,
        color: true,
        ..ReportOptions::default()
    };
    let mut leaks = Vec::new();
    for (name, text) in variants() {
        let folder = Folder::new();
        let inputs = [folder.input("batch.edi", text.as_bytes(), Packing::File)];
        // The random name of a folder may hold a short canary.
        let name_of_folder = folder.path("").display().to_string();
        let mut search = |place: &str, text: &str, canaries: &[&str]| {
            search(
                place,
                &text.replace(&name_of_folder, ""),
                canaries,
                &mut leaks,
            );
        };
        let screened = screen(&inputs, &Format::ALL, &options, PLAIN);
        for (format, report) in Format::ALL.iter().zip(&screened.reports) {
            let acknowledgement = matches!(format, Format::ClaimAcknowledgement(_));
            // A name that is written where the 277CA repeats something else is the sender's.
            let canaries = if acknowledgement { SECRETS } else { &all };
            let social_security = name.starts_with("billing provider") && acknowledgement;
            let report = String::from_utf8_lossy(report);
            if !social_security {
                let place = format!("{name}: {}", format.name());
                search(&place, &report, canaries);
            }
        }
        let pieces = Setup {
            threads: 2,
            piece_size: 64,
            ..PLAIN
        };
        let extracted = extract(&inputs, false, pieces);
        let lines = String::from_utf8_lossy(&extracted.text);
        search(&format!("{name}: lines"), &lines, &all);
        search(
            &format!("{name}: notices"),
            &extracted.notices.join("\n"),
            &all,
        );
        search(
            &format!("{name}: summary"),
            &format!("{:?}", screened.summary),
            &all,
        );
    }
    assert!(
        leaks.is_empty(),
        "{} leaks\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

/// That the canaries are alive: they do come out where they may.
#[test]
fn canaries_show_where_they_are_asked_for() {
    let folder = Folder::new();
    let inputs = [folder.input("batch.edi", planted().as_bytes(), Packing::File)];
    let screened = screen(&inputs, &Format::ALL, &ReportOptions::default(), PLAIN);
    assert!(screened.summary.counts.claims_at_risk > 0);
    let absent: Vec<&&str> = NAMES
        .iter()
        .chain(SECRETS)
        .filter(|canary| !planted().contains(**canary))
        .collect();
    assert_eq!(absent, [&"QXJ"], "planted in one variant only");
    let annotated = String::from_utf8_lossy(&screened.reports[3]).into_owned();
    assert!(annotated.contains("CANPATLASTF"), "{annotated}");
    let shown = extract(&inputs, true, PLAIN);
    let lines = String::from_utf8_lossy(&shown.text).into_owned();
    assert!(
        lines.contains("CANMEMBERE") && lines.contains("CANPATLASTF"),
        "{lines}"
    );
}
