//! `kx837 explain FILE --claim ID --line NUMBER`.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;

use cli_sandbox::{Sandbox, fixture, too_long};
use serde_json::Value;

/// Three patients: equipment for Medicare, therapy for Medicare behind another payer, and the same
/// equipment for a commercial payer. A1 stands there twice.
const FILE: &str = "\
ISA*00*          *00*          *ZZ*SENDER         *ZZ*17013          *260305*0900*^*00501*000000001*0*T*:~
GS*HC*SENDER*17013*20260305*0900*1*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*0001*20260305*0900*CH~
NM1*41*2*SUBMITTER*****46*SENDER~
NM1*40*2*RECEIVER*****46*17013~
HL*1**20*1~
NM1*85*2*EXAMPLE SUPPLIES*****XX*1999900024~
N3*1 MAIN ST~
N4*ANYTOWN*OH*430010000~
HL*2*1*22*0~
SBR*P*18*******MB~
NM1*IL*1*CANLAST*CANFIRST****MI*1CANMEMBER1~
N3*1 CANSTREET~
N4*CANCITY*OH*43001~
DMG*D8*19470313*F~
NM1*PR*2*CANPAYER*****PI*17013~
CLM*A1*100***12:B:1*Y*A*Y*Y~
NTE*ADD*CANNOTE~
HI*ABK:G4733*ABF:Z9989~
LX*1~
SV1*HC:E0601:RR*100*UN*1***1~
DTP*472*D8*20260305~
LX*2~
SV1*HC:E0601:RR:KX*100*UN*1***1~
DTP*472*D8*20260305~
LX*3~
SV1*HC:E0601:RR:AA:BB:CC:CANDESCRIPTION*100*UN*1***1~
DTP*472*D8*20260305~
NTE*ADD*CANLINENOTE~
CLM*A1*7***12:B:1*Y*A*Y*Y~
HI*ABK:G4733~
LX*1~
SV1*HC:A9999*7*UN*1***1~
DTP*472*D8*20260305~
HL*3*1*22*0~
SBR*S*18*******MB~
NM1*IL*1*CANLAST*CANFIRST****MI*1CANMEMBER2~
NM1*PR*2*CANPAYER*****PI*15102~
CLM*B1*2400***11:B:1*Y*A*Y*Y~
HI*ABK:M25561~
LX*1~
SV1*HC:97110:GP*2400*UN*60***1~
DTP*472*D8*20260302~
CLM*B2*2400***11:B:1*Y*A*Y*Y~
HI*ABK:M25561~
LX*1~
SV1*HC:97110:GP*2400*UN*60***1~
DTP*472*D8*20260304~
HL*4*1*22*0~
SBR*P*18*******CI~
NM1*IL*1*CANLAST*CANFIRST****MI*CANMEMBER3~
NM1*PR*2*CANPAYER*****PI*99001~
CLM*C1*100***12:B:1*Y*A*Y*Y~
HI*ABK:G4733~
LX*1~
SV1*HC:E0601:RR*100*UN*1***1~
DTP*472*D8*20260305~
SE*50*0001~
GE*1*1~
IEA*1*000000001~
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("day.edi"), FILE).unwrap();
    sandbox
}

/// Text and JSON of a situation, in which nothing that identifies somebody may stand.
fn explain(args: &str) -> (String, Value) {
    let sandbox = sandbox();
    let (code, text, errors) = sandbox.run(&format!("explain {args}"));
    assert_eq!((code, errors.as_str()), (0, ""), "{args}");
    let (code, json, _) = sandbox.run(&format!("explain {args} --format json"));
    assert_eq!(code, 0, "{args}");
    for secret in ["CAN", "19470313", "1947-03-13", "G47", "M255"] {
        assert!(!text.contains(secret), "{secret} in {text}");
        assert!(!json.contains(secret), "{secret} in {json}");
    }
    assert_eq!(too_long(&text), None, "{args}");
    (text, serde_json::from_str(&json).unwrap())
}

/// The text in one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_line_without_kx_tells_what_would_help() {
    let (text, json) = explain("day.edi --claim A1 --line 1");
    let text = words(&text);
    for part in [
        "2 claims of the file have this id; this is the first.",
        "professional (837P)",
        "medicare: told by the filing indicator (SBR09)",
        "DME MAC: told by its number",
        "Found on this line: 1 error.",
        "date of service 2026-03-05",
        "error[KX201]",
        "policy: PAP (certain)",
        "with KX: nothing is found",
        "KX is right only if the record shows",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(json["type"], "situation");
    let line = &json["lines"][0];
    assert_eq!(line["found"][0]["rule"], "KX201");
    assert_eq!(line["diagnoses"], 1);
    let changes = line["changes"].as_array().unwrap();
    let kx = changes.iter().find(|change| change["modifier"] == "KX");
    assert_eq!(kx.unwrap()["step"], "add");
    let short = explain("day.edi:A1:1");
    assert_eq!((words(&short.0), short.1), (text, json));
}

#[test]
fn a_line_that_is_right_tells_what_would_break_it() {
    let (text, json) = explain("day.edi:A1:02");
    let text = words(&text);
    assert!(text.contains("Nothing is found on this line."), "{text}");
    assert!(text.contains("without KX: error[KX201]"), "{text}");
    let content = json["lines"][0]["content"].as_array().unwrap();
    assert!(content.iter().any(|one| one["policy"] == "PAP"), "{json}");
}

#[test]
fn four_modifiers_leave_no_place() {
    let (text, _) = explain("day.edi:A1:3");
    assert!(words(&text).contains("All four places"), "{text}");
}

#[test]
fn without_a_line_all_are_explained() {
    let (text, json) = explain("day.edi:A1");
    assert_eq!(json["lines"].as_array().unwrap().len(), 3);
    assert!(text.contains("---- Line 3 ----"), "{text}");
}

#[test]
fn the_lines_that_filled_an_amount_are_listed() {
    let sandbox = sandbox();
    let (_, page, _) = sandbox.run("screen -q --report jsonl day.edi");
    let over = page
        .lines()
        .find(|line| line.contains("\"rule\":\"KX101\""))
        .expect("a threshold that is passed");
    let finding: Value = serde_json::from_str(over).unwrap();
    let counted = &finding["data"]["counted"];
    assert_eq!(counted["lines"][0]["claim"], "B1", "{counted}");
    assert_eq!(counted["lines"][0]["file"], "day.edi");
    let (text, json) = explain("day.edi --claim B2 --line 1");
    assert!(
        words(&text).contains("filled by 1 line 2026-03-02 97110 $0.00 to $1,346.22"),
        "{text}"
    );
    assert!(words(&text).contains("CLM B1 line 1"), "{text}");
    let found = &json["lines"][0]["found"];
    let listed = found
        .as_array()
        .unwrap()
        .iter()
        .find(|one| !one["counted"].is_null());
    assert_eq!(listed.unwrap()["counted"]["lines"][0]["claim"], "B1");
}

#[test]
fn totals_are_those_of_the_file_up_to_the_claim() {
    let (text, json) = explain("day.edi:B1:1");
    let text = words(&text);
    assert!(
        text.contains("S: Medicare pays behind another payer"),
        "{text}"
    );
    let rules = |json: &Value| json["lines"][0]["found"].to_string();
    assert!(!rules(&json).contains("KX101"), "{json}");
    assert!(text.contains("counts the line"), "{text}");
    let (text, json) = explain("day.edi:B2:1");
    assert!(rules(&json).contains("KX101"), "{json}");
    assert!(words(&text).contains("with KX: "), "{text}");
}

#[test]
fn policies_of_other_payers_say_so() {
    let (text, json) = explain("day.edi:C1");
    let not_applied = json["lines"][0]["not_applied"].as_array().unwrap();
    let pap = not_applied.iter().find(|one| one["policy"] == "PAP");
    let why = pap.unwrap()["why"].as_str().unwrap();
    assert!(why.contains("claims to medicare"), "{why}");
    assert_eq!(json["payer"], "commercial");
    assert!(words(&text).contains("Nothing is found"), "{text}");
    let (_, json) = explain("day.edi:C1 --assume-payer medicare:dme");
    assert_eq!(json["payer_told_by"][0], "--assume-payer");
    assert_eq!(json["contractor_told_by"], "--assume-payer");
    assert_eq!(json["lines"][0]["found"][0]["rule"], "KX201");
}

/// J2270 alone says nothing about the contractor; each of these places may.
#[test]
fn every_receiver_may_tell_the_contractor() {
    let other = FILE
        .replace("17013", "CLEAR")
        .replace("HC:E0601", "HC:J2270");
    for (place, with) in [
        ("*ZZ*CLEAR ", "*ZZ*17013 "),
        ("GS*HC*SENDER*CLEAR", "GS*HC*SENDER*17013"),
        ("RECEIVER*****46*CLEAR", "RECEIVER*****46*17013"),
        ("CANPAYER*****PI*CLEAR", "CANPAYER*****PI*17013"),
    ] {
        let sandbox = Sandbox::new();
        assert!(other.contains(place), "{place}");
        let told = other.replacen(place, with, 1);
        for (text, contractor) in [(&other, "B MAC"), (&told, "DME MAC")] {
            fs::write(sandbox.path("all.edi"), text).unwrap();
            let (_, page, _) = sandbox.run("explain all.edi:A1:1");
            let row = page.lines().find(|line| line.contains("contractor"));
            assert!(row.unwrap().contains(contractor), "{place}: {row:?}");
        }
    }
}

#[test]
fn the_verdict_is_that_of_screen() {
    let sandbox = Sandbox::new();
    let file = fixture("837p-mixed.edi");
    let (_, report, _) = sandbox.run(&format!("screen --report jsonl {file}"));
    let records = report
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let mut by_claim = BTreeMap::<String, Vec<(Value, Value)>>::new();
    for record in records.collect::<Vec<Value>>() {
        let data = &record["data"];
        if record["type"] == "finding" {
            let claim = data["claim"].as_str().unwrap().to_owned();
            let found = (data["rule"].clone(), data["message"].clone());
            by_claim.entry(claim).or_default().push(found);
        }
    }
    assert!(by_claim.len() > 20, "{by_claim:?}");
    for (claim, found) in by_claim {
        let (code, json, errors) = sandbox.run(&format!("explain {file}:{claim} --format json"));
        assert_eq!(code, 0, "{errors}");
        let json: Value = serde_json::from_str(&json).unwrap();
        let lines = json["lines"].as_array().unwrap().iter();
        let explained = lines.flat_map(|line| line["found"].as_array().unwrap());
        let explained = explained.map(|found| (found["rule"].clone(), found["message"].clone()));
        assert_eq!(explained.collect::<Vec<_>>(), found, "{claim}");
    }
}

#[test]
fn packed_wrapped_and_piped_files_are_read() {
    let sandbox = sandbox();
    let (_, plain, _) = sandbox.run("explain day.edi:B2");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(FILE.as_bytes()).unwrap();
    fs::write(sandbox.path("day.edi.gz"), packed.finish().unwrap()).unwrap();
    let one_line = FILE.replace('\n', "");
    let wrapped: Vec<&str> = (0..one_line.len())
        .step_by(80)
        .map(|at| &one_line[at..one_line.len().min(at + 80)])
        .collect();
    fs::write(sandbox.path("wrapped.edi"), wrapped.join("\n")).unwrap();
    for name in ["day.edi.gz", "wrapped.edi"] {
        let (code, text, errors) = sandbox.run(&format!("explain {name}:B2"));
        assert_eq!((code, errors.as_str()), (0, ""));
        assert_eq!(text.replace(name, "day.edi"), plain);
    }
    let mut command = sandbox.kx837("explain - --claim B2");
    let (code, text, _) = cli_sandbox::outcome(command.write_stdin(FILE));
    assert_eq!((code, text.replace("in -", "in day.edi")), (0, plain));
}

#[test]
fn what_is_not_there_is_told_without_names() {
    let sandbox = sandbox();
    fs::write(sandbox.path("empty.edi"), "").unwrap();
    for (args, message) in [
        (
            "day.edi:NO:1",
            "day.edi: no claim has the id \"NO\" (CLM01); 5 claims were read",
        ),
        (
            "day.edi",
            "day.edi: 5 claims were read; --claim says which one",
        ),
        ("day.edi:B1:7", "has no line \"7\" (LX01); it has 1 line"),
        ("gone.edi --claim A1", "gone.edi: there is no such file"),
        ("gone.edi", "gone.edi: there is no such file"),
        ("gone.edi:A1:1", "gone.edi:A1:1: there is no such file"),
        ("empty.edi", "empty.edi: there is no 837 claim in it"),
        ("day.edi:A1 --payer medicaid", "--assume-payer"),
    ] {
        let (code, out, errors) = sandbox.run(&format!("explain {args}"));
        assert_eq!((code, out.as_str()), (2, ""), "{args}");
        assert!(errors.contains(message), "{args}: {errors}");
        assert!(!errors.contains("CAN"), "{errors}");
    }
}

#[test]
fn a_file_that_breaks_off_says_so() {
    let sandbox = sandbox();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(FILE.repeat(40).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    fs::write(sandbox.path("cut.edi.gz"), &packed[..packed.len() - 20]).unwrap();
    let (code, text, errors) = sandbox.run("explain cut.edi.gz:A1:1");
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("cut.edi.gz: "), "{errors}");
    assert!(
        words(&text).contains("Not all of the file could be read"),
        "{text}"
    );
}
