//! `kx837 ledger explain` and `kx837 explain FILE --ledger`: the crossing explained across runs.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::collections::BTreeMap;
use std::fs;

use cli_sandbox::claims::{spent, spent_on};
use cli_sandbox::{Sandbox, too_long};
use kx837::generate::{GenerateOptions, generate};
use serde_json::Value;

/// A sandbox and a ledger into which these files were screened, each in a run of its own.
fn screened(files: &[(&str, String)]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, text) in files {
        fs::write(sandbox.path(name), text).unwrap();
        let words = format!("screen -q --fail-on never --ledger kx.db {name}");
        let (code, _, errors) = sandbox.run(&words);
        assert_eq!(code, 0, "{errors}");
    }
    sandbox
}

/// Text in one line, and JSON; nobody is named in either.
fn told(sandbox: &Sandbox, args: &str) -> (String, Value) {
    let (code, text, errors) = sandbox.run(args);
    assert_eq!((code, errors.as_str()), (0, ""), "{args}");
    let (code, json, _) = sandbox.run(&format!("{args} --format json"));
    assert_eq!(code, 0, "{args}");
    // A hash of a patient may hold any four digits, a year among them; hardly eight of them, and no capital.
    for secret in ["CAN", "19470313", "1947-03-13", "M545"] {
        assert!(!text.contains(secret), "{secret} in {text}");
        assert!(!json.contains(secret), "{secret} in {json}");
    }
    assert_eq!(too_long(&text), None, "{args}");
    let words: Vec<&str> = text.split_whitespace().collect();
    (words.join(" "), serde_json::from_str(&json).unwrap())
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// The line in the account of the yearly amount, by `ledger explain`.
fn standing(json: &Value, claim: usize) -> &Value {
    let lines = json["claims"][claim]["lines"].as_array().unwrap();
    let of_threshold = lines
        .iter()
        .find(|line| line["account"] == "therapy-pt-slp");
    of_threshold.expect("a line in the account")
}

/// What would be: the verdict, and whether it is another one.
fn what_if(standing: &Value, case: &str) -> (String, bool) {
    let what_ifs = standing["now"]["what_ifs"].as_array().unwrap();
    let found = what_ifs.iter().find(|what_if| what_if["if"] == case);
    let found = found.unwrap_or_else(|| panic!("{case} in {standing}"));
    (
        found["verdict"].as_str().unwrap().to_owned(),
        found["changes_verdict"].as_bool().unwrap(),
    )
}

fn otherwise(verdict: &str) -> (String, bool) {
    (verdict.to_owned(), true)
}

fn the_same(verdict: &str) -> (String, bool) {
    (verdict.to_owned(), false)
}

#[test]
fn both_commands_list_what_an_earlier_run_counted() {
    let sandbox = screened(&[("a.edi", spent("C1", "1", "", 2_400))]);
    fs::write(sandbox.path("b.edi"), spent("C2", "1", "", 100)).unwrap();
    let (_, counted, _) = sandbox.run("ledger export kx.db");
    // Without the ledger nothing is passed; with it, the claim is the next one received.
    let (alone, json) = told(&sandbox, "explain b.edi:C2:1");
    has(
        &alone,
        &["Nothing is found on this line.", "nothing before it"],
    );
    assert_eq!(json["ledger"], Value::Null);
    let crossing = [
        "therapy-pt-slp 2026: perhaps above $2,480.00",
        "before it $0.00 to $2,400.00",
        "with it $0.00 to $2,500.00",
        "perhaps passed by this line, by up to $20.00",
        "filled by 1 line 2026-03-02 97799 $0.00 to $2,400.00 charge CLM C1 line 1 in a.edi",
        "therapy-review-pt-slp 2026: not above $3,000.00",
        "filled by the 1 line above",
    ];
    let (next, next_json) = told(&sandbox, "explain b.edi:C2:1 --ledger kx.db");
    has(&next, &crossing);
    has(&next, &["warning[KX101]", "does not have this claim"]);
    assert_eq!(next_json["ledger"]["counted"], "added");
    let found = &next_json["lines"][0]["found"][0]["counted"];
    assert_eq!(found["lines"][0]["file"], "a.edi", "{found}");
    // Nothing was written.
    assert_eq!(sandbox.run("ledger export kx.db").1, counted);
    // Once it is counted, it is judged as it was then, whatever has come since.
    for (name, text) in [
        ("b.edi", spent("C2", "1", "", 100)),
        ("c.edi", spent("C3", "1", "", 900)),
    ] {
        fs::write(sandbox.path(name), text).unwrap();
        sandbox.run(&format!("screen -q --ledger kx.db {name}"));
    }
    let (then, then_json) = told(&sandbox, "explain b.edi:C2:1 --ledger kx.db");
    has(&then, &crossing);
    has(
        &then,
        &[
            "has this claim, CLM C2 in b.edi",
            "with KX: nothing is found",
        ],
    );
    assert_eq!(then_json["ledger"]["counted"], "repeated");
    let line = |json: &Value, field: &str| json["lines"][0][field].clone();
    for field in ["found", "changes", "content"] {
        assert_eq!(line(&then_json, field), line(&next_json, field), "{field}");
    }
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C2 --line 1");
    has(&text, &crossing);
    has(
        &text,
        &["received CLM C2 in b.edi", "A ledger keeps no modifiers"],
    );
    assert_eq!(json["type"], "counted-claim");
    let stands = standing(&json, 0);
    assert_eq!(*stands, then_json["lines"][0]["accounts"][0]);
    assert_eq!(stands["threshold"], "2480.00");
    assert_eq!(stands["verdict"], "perhaps-above");
    assert_eq!(stands["may_pass_at"]["which"], "this");
    assert_eq!(stands["may_pass_at"]["over"], "20.00");
    assert_eq!(stands["passes_at"], Value::Null);
    let before = &stands["lines"][0];
    assert_eq!(stands["count"], 1);
    for (field, value) in [
        ("file", "a.edi"),
        ("claim", "C1"),
        ("frequency", "original"),
        ("date", "2026-03-02"),
        ("code", "97799"),
        ("low", "0.00"),
        ("high", "2400.00"),
        ("basis", "charge"),
    ] {
        assert_eq!(before[field], value, "{field}");
    }
    // The line before and the line behind tell which one it was.
    let (_, json) = told(&sandbox, "ledger explain kx.db --claim C1");
    assert_eq!(standing(&json, 0)["may_pass_at"]["which"], "later");
    assert_eq!(standing(&json, 0)["may_pass_at"]["line"]["claim"], "C2");
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C3");
    assert_eq!(standing(&json, 0)["may_pass_at"]["which"], "earlier");
    has(
        &text,
        &["perhaps passed by an earlier line, 2026-03-02 97799 of CLM C2 line 1 in b.edi"],
    );
}

#[test]
fn another_order_changes_the_verdict_where_it_does() {
    // Received first, served last: by date of service the second claim is below, the first above.
    let sandbox = screened(&[
        ("a.edi", spent_on("20260309", "C1", "1", "", 2_400)),
        ("b.edi", spent_on("20260302", "C2", "1", "", 100)),
    ]);
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C2");
    let stands = standing(&json, 0);
    assert_eq!(
        what_if(stands, "by-date-of-service"),
        otherwise("not-above")
    );
    assert_eq!(what_if(stands, "counted-first"), otherwise("not-above"));
    assert_eq!(what_if(stands, "counted-last"), the_same("perhaps-above"));
    has(
        &text,
        &[
            "by service date not above, $0.00 to $100.00 with it; then passed by a later line, 2026-03-09 97799 of CLM C1",
        ],
    );
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C1");
    let stands = standing(&json, 0);
    assert_eq!(
        what_if(stands, "by-date-of-service"),
        otherwise("perhaps-above")
    );
    assert_eq!(what_if(stands, "counted-first"), the_same("not-above"));
    has(
        &text,
        &["counted last perhaps above, $0.00 to $2,500.00 with it"],
    );
    // In the order of the dates nothing changes by them, and of a line that is above alone by no order.
    let sandbox = screened(&[
        ("a.edi", spent_on("20260302", "C1", "1", "", 2_400)),
        ("b.edi", spent_on("20260309", "C2", "1", "", 2_481)),
    ]);
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C2");
    let stands = standing(&json, 0);
    for case in ["by-date-of-service", "counted-first", "counted-last"] {
        assert_eq!(what_if(stands, case), the_same("perhaps-above"), "{case}");
    }
    has(
        &text,
        &["another order no change: counted first or last perhaps above"],
    );
}

#[test]
fn another_basis_changes_the_verdict_where_it_does() {
    let sandbox = screened(&[("a.edi", spent("C1", "1", "", 2_481))]);
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C1");
    let stands = standing(&json, 0);
    assert_eq!(what_if(stands, "all-at-the-least"), otherwise("not-above"));
    assert_eq!(what_if(stands, "all-at-the-most"), otherwise("above"));
    assert_eq!(stands["now"]["rests_on"][0]["basis"], "charge");
    has(
        &text,
        &["all at the least not above ($0.00), all at the most above ($2,481.00)"],
    );
    // A balance leaves nothing open.
    let sandbox = screened(&[("a.edi", spent("C1", "1", "", 10))]);
    let csv = "member_id,account,amount,as_of\n1CANMEMBER1,therapy-pt-slp,2500.00,2026-03-02\n";
    fs::write(sandbox.path("one.csv"), csv).unwrap();
    assert_eq!(sandbox.run("ledger import kx.db one.csv").0, 0);
    fs::write(sandbox.path("b.edi"), spent("C2", "1", "", 100)).unwrap();
    sandbox.run("screen -q --ledger kx.db b.edi");
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C2");
    let stands = standing(&json, 0);
    for case in [
        "by-date-of-service",
        "counted-first",
        "counted-last",
        "all-at-the-least",
        "all-at-the-most",
    ] {
        assert_eq!(what_if(stands, case), the_same("above"), "{case}");
    }
    has(
        &text,
        &[
            "therapy-pt-slp 2026: above $2,480.00",
            "passed by an earlier line, 2026-03-02 of the payer's balance in one.csv ($2,500.00, balance), by $20.00",
            "rests on balance: 1 line ($2,500.00); charge: 1 line ($0.00 to $100.00)",
            "otherwise above in any order and by any basis",
        ],
    );
    let (text, _) = told(&sandbox, "ledger explain kx.db --claim C1");
    has(
        &text,
        &["taken back by the payer's balance in one.csv: it does not count any more"],
    );
    let (text, _) = told(&sandbox, "explain b.edi --claim C2 --ledger kx.db");
    has(&text, &["error[KX101]", "otherwise above in any order"]);
}

/// What Medicare decided on C1: 1,000 of the 2,400 allowed.
const ADVICE: &str = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260405*0900*^*00501*000000001*0*T*:~\
    GS*HP*PAYER*CLINIC*20260405*0900*1*X*005010X221A1~ST*835*0001~BPR*I*784*C*NON~N1*PR*MEDICARE~\
    N1*PE*CLINIC*XX*1999900016~LX*1~CLP*C1*1*2400*784*200*MB*ICN7~\
    SVC*HC:97799:GP*2400*784**1~DTM*472*20260309~CAS*CO*45*1400**253*16~CAS*PR*2*200~SE*11*0001~GE*1*1~IEA*1*000000001~";

#[test]
fn what_was_decided_or_taken_back_since_is_named() {
    let sandbox = screened(&[
        ("a.edi", spent_on("20260309", "C1", "1", "", 2_400)),
        ("b.edi", spent("C2", "1", "", 100)),
    ]);
    fs::write(sandbox.path("era.835"), ADVICE).unwrap();
    assert_eq!(sandbox.run("ledger import kx.db era.835").0, 0);
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C2");
    let stands = standing(&json, 0);
    assert_eq!(stands["verdict"], "perhaps-above");
    assert_eq!(stands["now"]["verdict"], "not-above");
    assert_eq!(stands["now"]["differs"], true);
    has(
        &text,
        &["by now not above, $1,000.00 to $1,100.00 with it: $1,000.00 before it"],
    );
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C1");
    let claims = json["claims"].as_array().unwrap();
    let frequencies: Vec<&Value> = claims.iter().map(|claim| &claim["frequency"]).collect();
    assert_eq!(frequencies, ["original", "remittance"]);
    assert_eq!(standing(&json, 0)["now"], Value::Null);
    // What was decided stands where the claim does: before C2.
    assert_eq!(standing(&json, 1)["now"]["before"]["high"], "0.00");
    has(
        &text,
        &[
            "received CLM C1 in a.edi taken back by the remittance on CLM C1 in era.835",
            "received the remittance on CLM C1 in era.835 takes back CLM C1 in a.edi",
            "this line $1,000.00 (adjudicated)",
        ],
    );
    assert!(!text.contains("a later line"), "{text}");
    // A replacement, then its void.
    for (name, text) in [
        ("c.edi", spent("C3", "7", "C2", 90)),
        ("d.edi", spent("C3", "8", "", 90)),
    ] {
        fs::write(sandbox.path(name), text).unwrap();
        sandbox.run(&format!("screen -q --ledger kx.db {name}"));
    }
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C3");
    has(
        &text,
        &[
            "received the replacement CLM C3 in c.edi takes back CLM C2 in b.edi taken back by the void CLM C3 in d.edi",
            "received the void CLM C3 in d.edi takes back the replacement CLM C3 in c.edi counted lines none",
        ],
    );
    assert_eq!(json["claims"][1]["lines"].as_array().unwrap().len(), 0);
    let (text, _) = told(&sandbox, "explain b.edi --claim C2 --ledger kx.db");
    has(
        &text,
        &["replaced or voided since: judged as it was counted then"],
    );
}

/// Every claim of a file is judged as it was when the file was screened into the ledger.
#[test]
fn a_file_in_the_ledger_is_explained_as_it_was_screened() {
    let sandbox = Sandbox::new();
    let options = GenerateOptions {
        seed: 5,
        claims: Some(1_500),
        claims_per_set: 10,
        ..GenerateOptions::default()
    };
    let mut bytes = Vec::new();
    generate(&options, &mut bytes, None).unwrap();
    fs::write(sandbox.path("a.edi"), bytes).unwrap();
    let (_, report, _) = sandbox.run("screen -q --report jsonl --ledger kx.db a.edi");
    let mut findings: Vec<(String, Value, Value)> = report
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|record| record["type"] == "finding")
        .map(|record| {
            let data = &record["data"];
            let claim = data["claim"].as_str().unwrap().to_owned();
            (claim, data["message"].clone(), data["counted"].clone())
        })
        .collect();
    findings.retain(|(_, _, counted)| !counted.is_null());
    assert!(findings.len() > 10, "{}", findings.len());
    let mut explained = BTreeMap::new();
    for (claim, message, counted) in findings {
        let json = explained.entry(claim.clone()).or_insert_with(|| -> Value {
            let words = format!("explain a.edi --claim {claim} --ledger kx.db --format json");
            serde_json::from_str(&sandbox.run(&words).1).unwrap()
        });
        assert_eq!(json["ledger"]["counted"], "repeated");
        let lines = json["lines"].as_array().unwrap();
        let line = lines.iter().find(|line| {
            let found = line["found"].as_array().unwrap();
            found
                .iter()
                .any(|found| found["message"] == message && found["counted"] == counted)
        });
        // What is found and how the line stands say the same.
        let accounts = line.expect("the finding")["accounts"].as_array().unwrap();
        let stands = accounts
            .iter()
            .find(|account| account["account"] == counted["account"])
            .unwrap();
        for field in ["before", "after", "threshold"] {
            assert_eq!(stands[field], counted[field], "{claim} {field}");
        }
        let passing = &stands["may_pass_at"];
        match &counted["passed_at"] {
            Value::Null => assert_eq!(passing["which"], "this"),
            earlier => assert_eq!(passing["line"], *earlier),
        }
    }
}

#[test]
fn of_very_long_claims_details_are_told_of_the_line_that_is_asked_about() {
    let mut text = spent("C1", "1", "", 20);
    let end = text.find("SE*").unwrap();
    for line in (2..=150).rev() {
        let more = format!("LX*{line}~SV1*HC:97799:GP*20*UN*1***1~DTP*472*D8*20260302~");
        text.insert_str(end, &more);
    }
    let sandbox = screened(&[("a.edi", text)]);
    let (_, json) = told(&sandbox, "ledger explain kx.db --claim C1");
    let lines = json["claims"][0]["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 300);
    assert!(lines.iter().all(|line| line["now"].is_null()));
    let last = &lines[298];
    assert_eq!(last["may_pass_at"]["line"]["line"], 125, "{last}");
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C1 --line 125");
    let stands = standing(&json, 0);
    assert_eq!(stands["count"], 124);
    assert_eq!(stands["lines"].as_array().unwrap().len(), 50);
    has(
        &text,
        &[
            "filled by 124 lines, the latest of them",
            "by this line, by up to $20.00",
        ],
    );
}

#[test]
fn sessions_are_told_with_their_number() {
    let visits = |name: &str, units: u32| {
        spent(name, "1", "", 20).replace("HC:97799:GP*20*UN*1", &format!("HC:93797*20*UN*{units}"))
    };
    let sandbox = screened(&[("a.edi", visits("C1", 36)), ("b.edi", visits("C2", 2))]);
    let (text, json) = told(&sandbox, "ledger explain kx.db --claim C2");
    has(
        &text,
        &["line 1 2 sessions under CARDIAC_REHAB on 2026-03-02: number 38, beyond those that need"],
    );
    assert_eq!(json["claims"][0]["sessions"][0]["beyond_as_number"], 38);
    let (text, _) = told(&sandbox, "ledger explain kx.db --claim C1 --line 1");
    has(&text, &["36 sessions", "among those that need no modifier"]);
}

#[test]
fn what_cannot_be_explained_says_why() {
    let other = spent("C1", "1", "", 20).replace("1CANMEMBER1", "1CANMEMBER2");
    let sandbox = screened(&[
        ("a.edi", spent("C1", "1", "", 2_400)),
        ("o.edi", other),
        ("b.edi", spent("C2", "1", "", 100)),
    ]);
    fs::write(sandbox.path("other.key"), "5c".repeat(32)).unwrap();
    let fails = |words: &str, message: &str| {
        let (code, out, errors) = sandbox.run(words);
        assert_eq!((code, out.as_str()), (2, ""), "{words}");
        assert!(errors.contains(message), "{words}: {errors}");
        assert!(!errors.contains("CAN"), "{errors}");
        errors
    };
    fails(
        "ledger explain gone.db --claim C1",
        "gone.db: there is no such ledger",
    );
    fails(
        "ledger explain kx.db --claim NO",
        "kx.db: no claim has the id \"NO\" (CLM01)",
    );
    fails(
        "ledger explain kx.db --claim C2 --line 2",
        "kx.db: no line 2 of a claim with the id \"C2\" was counted",
    );
    fails("ledger explain kx.db --claim C2 --line 0", "--line");
    fails(
        "explain b.edi --claim C2 --ledger gone.db",
        "gone.db: there is no such ledger",
    );
    fails(
        "explain b.edi --claim C2 --ledger kx.db --key-file other.key",
        "made with another key",
    );
    let errors = fails(
        "ledger explain kx.db --claim C1",
        "kx.db: 2 patients have a claim with the id \"C1\" (CLM01); --patient says which one",
    );
    let hashes = errors.trim().rsplit_once(": ").unwrap().1;
    let mut charges = Vec::new();
    for patient in hashes.split(", ") {
        let words = format!("ledger explain kx.db --claim C1 --patient {patient}");
        let (_, json) = told(&sandbox, &words);
        assert_eq!(json["patient"], patient);
        charges.push(standing(&json, 0)["line"]["high"].clone());
    }
    charges.sort_by_key(ToString::to_string);
    assert_eq!(charges, ["20.00", "2400.00"]);
    fails(
        "ledger explain kx.db --claim C1 --patient 0000000000000000",
        "no claim of patient 0000000000000000 has the id \"C1\"",
    );
}
