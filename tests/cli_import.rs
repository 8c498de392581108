//! `kx837 ledger import`, as a user runs it: eligibility responses (271), remittance advices (835).
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;
use std::io::{Read, Write};

use cli_sandbox::Sandbox;
use cli_sandbox::claims::{findings, spent};

/// A 271 of this day about the patient of [`spent`].
fn eligibility(day: &str, benefits: &str) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*CMS            *ZZ*CLINIC         *260101*0900*^*00501*000000001*0*T*:~\
         GS*HB*CMS*CLINIC*20260101*0900*1*X*005010X279A1~ST*271*0001*005010X279A1~BHT*0022*11*X*{day}*0930~\
         HL*1**20*1~NM1*PR*2*CMS*****PI*CMS~HL*2*1*21*1~NM1*1P*2*CLINIC*****XX*1999900016~\
         HL*3*2*22*0~TRN*2*CANTRACE*9HANDMADE1~NM1*IL*1*CANLAST*CANFIRST****MI*1CANMEMBER1~N3*CANSTREET~\
         DMG*D8*19470313*F~EB*1**30^AE*MA~DTP*291*D8*20120301~{benefits}SE*15*0001~GE*1*1~IEA*1*000000001~"
    )
}

fn used(service: &str, year: u16, amount: &str) -> String {
    format!("EB*D**{service}*MB***{amount}~DTP*292*RD8*{year}0101-{year}1231~MSG*Used Amount~")
}

fn remaining(service: &str, year: u16, amount: &str) -> String {
    format!("EB*F**{service}*MB**29*{amount}~DTP*292*RD8*{year}0101-{year}1231~")
}

/// An 835 of this day.
fn advice(day: &str, claims: &str) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260401*0900*^*00501*000000001*0*T*:~\
         GS*HP*PAYER*CLINIC*20260401*0900*1*X*005010X221A1~ST*835*0001~BPR*I*784*C*NON************{day}~\
         N1*PR*MEDICARE~N1*PE*CLINIC*XX*1999900016~LX*1~{claims}SE*14*0001~GE*1*1~IEA*1*000000001~"
    )
}

/// A decision of the payer on the only line of a claim.
fn decided(claim: &str, status: &str, number: &str, allowed: u32) -> String {
    format!(
        "CLP*{claim}*{status}*2400*{allowed}*0*MB*{number}~NM1*QC*1*CANLAST*CANFIRST****MI*1CANMEMBER1~\
         SVC*HC:97799:GP*2400*{allowed}**1~DTM*472*20260302~"
    )
}

fn reversed(claim: &str, number: &str) -> String {
    format!(
        "CLP*{claim}*22*-2400*-1000*0*MB*{number}~SVC*HC:97799:GP*-2400*-1000**-1~DTM*472*20260302~"
    )
}

impl Sandbox {
    fn import(&self, files: &[(&str, String)]) -> String {
        self.import_with(0, files)
    }

    /// The same, with this exit code.
    fn import_with(&self, expected: i32, files: &[(&str, String)]) -> String {
        for (name, text) in files {
            fs::write(self.path(name), text).unwrap();
        }
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let (code, told, errors) = self.run(&format!("ledger import kx.db {}", names.join(" ")));
        assert_eq!(code, expected, "{errors}");
        assert_eq!(self.run("ledger verify kx.db").0, 0);
        told + &errors
    }

    fn screen(&self, name: &str, text: &str) -> Vec<String> {
        fs::write(self.path(name), text).unwrap();
        let (_, report, errors) =
            self.run(&format!("screen -q --report jsonl --ledger kx.db {name}"));
        assert!(report.contains("\"complete\":true"), "{report}{errors}");
        findings(&report)
    }

    /// What an account holds at least and at most.
    fn account(&self, year: u16, name: &str) -> Option<String> {
        let (_, text, _) = self.run("ledger show kx.db");
        text.lines().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words[1..3] == [&year.to_string(), name]).then(|| words[3..5].join(" "))
        })
    }
}

#[test]
fn an_eligibility_response_opens_the_accounts() {
    let sandbox = Sandbox::new();
    // It may come before any claim.
    assert!(sandbox.screen("a.edi", &spent("C1", "1", "", 1)).is_empty());
    let benefits =
        used("AE", 2026, "2400") + &used("AD", 2026, "10.50") + &used("AE^AD", 2025, "77");
    let response = eligibility("20260304", &benefits);
    let told = sandbox.import(&[("one.271", response.clone())]);
    assert!(
        told.contains("one.271: 1 response, 0 rejected: 4 balances entered, 0 known already, 0 older than what is known, 0 left out"),
        "{told}"
    );
    let account = |year, name| sandbox.account(year, name).unwrap();
    assert_eq!(account(2026, "therapy-pt-slp"), "$2,400.00 $2,400.00");
    assert_eq!(
        account(2026, "therapy-review-pt-slp"),
        "$2,400.00 $2,400.00"
    );
    assert_eq!(account(2026, "therapy-ot"), "$10.50 $10.50");
    assert_eq!(account(2025, "therapy-review-ot"), "$77.00 $77.00");
    // A claim that is read later is not in it, whatever its date.
    let found = sandbox.screen("b.edi", &spent("C2", "1", "", 100));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("between 2,400.00 and 2,500.00 by the payer's balance"),
        "{found:?}"
    );
    // The same again is known, an older one is not taken, a newer one takes its place.
    let told = sandbox.import(&[("one.271", response)]);
    assert!(
        told.contains("0 balances entered, 4 known already"),
        "{told}"
    );
    let told = sandbox.import(&[("old.271", eligibility("20260303", &used("AE", 2026, "50")))]);
    assert!(
        told.contains("0 balances entered, 0 known already, 1 older"),
        "{told}"
    );
    assert_eq!(account(2026, "therapy-pt-slp"), "$2,400.00 $2,500.00");
    sandbox.import(&[(
        "new.271",
        eligibility("20260305", &used("AE", 2026, "2450")),
    )]);
    assert_eq!(account(2026, "therapy-pt-slp"), "$2,450.00 $2,450.00");
    // Of a year that is over: as of its last day.
    let (_, counted, _) = sandbox.run("ledger export kx.db");
    assert!(counted.contains("2025-12-31,,therapy-ot"), "{counted}");
    // Files come in the order of their days, however they are named.
    sandbox.import(&[
        ("b.271", eligibility("20260307", &used("AD", 2026, "30"))),
        ("a.271", eligibility("20260306", &used("AD", 2026, "20"))),
    ]);
    assert_eq!(account(2026, "therapy-ot"), "$30.00 $30.00");
}

#[test]
fn what_remains_is_subtracted_from_the_amount_of_the_year() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 1));
    let benefits = remaining("AE", 2026, "80")
        + &remaining("AD", 2026, "0")
        + &remaining("AE", 2009, "1840")
        + &remaining("AE", 2025, "99999");
    let told = sandbox.import(&[("one.271", eligibility("20260304", &benefits))]);
    assert!(
        told.contains(
            "2 balances entered, 0 known already, 0 older than what is known, 2 left out"
        ),
        "{told}"
    );
    assert!(told.contains("what remains of 2009 says nothing"), "{told}");
    assert!(
        told.contains("more remains than 2025 has in therapy-pt-slp"),
        "{told}"
    );
    let account = |name| sandbox.account(2026, name);
    assert_eq!(account("therapy-pt-slp").unwrap(), "$2,400.00 $2,400.00");
    assert_eq!(
        account("therapy-review-pt-slp").unwrap(),
        "$2,400.00 $2,400.00"
    );
    // Nothing remains: how much more was used is not known.
    assert_eq!(account("therapy-ot").unwrap(), "$2,480.00 $2,480.00");
    assert_eq!(account("therapy-review-ot"), None);
}

#[test]
fn what_is_damaged_is_told_by_its_place_and_never_quoted() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 1));
    let benefits = used("AE", 2026, "CANMEMBER9") + &used("AD", 2026, "10");
    let response = eligibility("20260304", &benefits);
    let told = sandbox.import_with(2, &[("one.271", response.clone())]);
    assert!(
        told.contains("1 balance entered") && told.contains("1 left out"),
        "{told}"
    );
    let at = response.find("EB*D**AE").unwrap();
    assert!(
        told.contains(&format!(
            "one.271: byte {at}: left out: expected an amount of 0 or more in EB07"
        )),
        "{told}"
    );
    assert!(!told.contains("CAN"), "{told}");
    let damaged = decided("C1", "1", "ICN7", 5).replace("*5**1~", "*CANMEMBER9**1~");
    let remittance = advice("20260401", &damaged);
    let told = sandbox.import_with(2, &[("one.835", remittance.clone())]);
    let at = remittance.find("CLP").unwrap();
    assert!(
        told.contains(&format!("one.835: byte {at}: left out: an amount"))
            && told.contains("1 left out ("),
        "{told}"
    );
    assert!(!told.contains("CAN"), "{told}");
    // Without anything of therapy, or with nothing but a rejection.
    let told = sandbox.import(&[
        (
            "silent.271",
            eligibility("20260304", "EB*C**30*MB**23*257~"),
        ),
        ("rejected.271", eligibility("20260304", "AAA*N**72*C~")),
    ]);
    assert!(
        told.contains("silent.271: 1 response, 0 rejected: no therapy amount of Medicare"),
        "{told}"
    );
    assert!(
        told.contains("rejected.271: 1 response, 1 rejected: no therapy amount"),
        "{told}"
    );
    // What breaks off anywhere is refused, and everything with it.
    let (_, before, _) = sandbox.run("ledger export kx.db");
    let good = eligibility("20260309", &used("AE", 2026, "7"));
    fs::write(sandbox.path("good.271"), &good).unwrap();
    for end in [
        50,
        107,
        good.find("MSG").unwrap(),
        good.find("GE*1").unwrap(),
        good.len() - 19,
    ] {
        fs::write(sandbox.path("half.271"), &good[..end]).unwrap();
        let (code, told, errors) = sandbox.run("ledger import kx.db good.271 half.271");
        assert_eq!(code, 2, "{end}: {told}");
        assert!(errors.contains("half.271: "), "{end}: {errors}");
        assert!(!errors.contains("CAN"), "{errors}");
    }
    for (name, bytes, word) in [
        ("none.txt", &b""[..], "the file is empty"),
        ("image.zip", b"PK\x03\x04\0\0\xFF", "not a zip archive"),
        (
            "ack.edi",
            &*good.replace("ST*271", "ST*999").into_bytes(),
            "no 835 and no 271",
        ),
    ] {
        fs::write(sandbox.path(name), bytes).unwrap();
        let (code, _, errors) = sandbox.run(&format!("ledger import kx.db {name}"));
        assert_eq!(code, 2);
        assert!(errors.contains(word), "{errors}");
    }
    assert_eq!(sandbox.run("ledger export kx.db").1, before);
}

#[test]
fn of_a_damaged_remittance_the_rest_is_taken_over_and_the_exit_code_tells() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 1));
    sandbox.screen("b.edi", &spent("C2", "1", "", 2));
    let damaged = decided("C1", "1", "ICN7", 5).replace("*5**1~", "*4OO.04**1~");
    let remittance = advice("20260401", &(damaged + &decided("C2", "1", "ICN8", 7)));
    let told = sandbox.import_with(2, &[("one.835", remittance)]);
    assert!(told.contains("1 claim taken over with 1 line"), "{told}");
    assert_eq!(
        sandbox.account(2026, "therapy-pt-slp").unwrap(),
        "$7.00 $8.00"
    );
    // Both commands say so.
    let (code, _, errors) = sandbox.run("ledger reconcile kx.db one.835");
    assert_eq!(code, 2, "{errors}");
}

#[test]
fn a_response_of_a_day_to_come_is_refused() {
    let sandbox = Sandbox::new();
    // It is 2026-12-31.
    let response = |day: &str| eligibility(day, &used("AE", 2026, "5"));
    sandbox.import(&[("today.271", response("20261231"))]);
    let (_, before, _) = sandbox.run("ledger export kx.db");
    let late = response("20270101");
    fs::write(sandbox.path("late.271"), &late).unwrap();
    let (code, told, errors) = sandbox.run("ledger import kx.db late.271");
    assert_eq!((code, told.as_str()), (2, ""));
    let at = late.find("EB*D").unwrap();
    let expected = format!("late.271: byte {at}: expected a response (BHT04, else ISA09) of a day");
    assert!(errors.contains(&expected), "{errors}");
    assert_eq!(sandbox.run("ledger export kx.db").1, before);
}

/// A plan with a yearly amount of its own.
const PLAN: &str = r#"[pack]
id = "plan"
version = "1"
title = "Plan"
[[payer]]
class = "plan"
ids = ["PLAN1"]
overrides-filing-indicator = true
source = { document = "d" }
confidence = "verified"
[[threshold]]
table = "plan-pt"
year = 2026
dollars = 100
source = { document = "d" }
confidence = "verified"
[[policy]]
id = "PLAN_PT"
title = "t"
rule = "threshold"
finding = "KX101"
codes = ["97799"]
modifiers = ["KX"]
threshold = "plan-pt"
when = { payers = ["plan"] }
severity = "error"
certainty = "certain"
advice = "a"
plain = "p"
source = [{ document = "d" }]
confidence = "verified"
[[policy]]
id = "PLAN_VISITS"
title = "t"
rule = "sessions"
finding = "KX405"
codes = ["97799"]
modifiers = ["KX"]
sessions = { count = "units", free = 9 }
when = { payers = ["plan"] }
severity = "error"
certainty = "certain"
advice = "a"
plain = "p"
source = [{ document = "d" }]
confidence = "verified"
"#;

#[test]
fn balances_of_a_table_are_medicares_and_exact() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("plan.toml"), PLAN).unwrap();
    let import = |row: &str, pack: &str| {
        let table = format!(
            "member_id,account,amount,as_of\nCANMEMBER1,therapy-ot,1.5,2026-03-31\n{row}\n"
        );
        fs::write(sandbox.path("b.csv"), table).unwrap();
        let (code, _, errors) = sandbox.run(&format!("ledger import kx.db b.csv {pack}"));
        assert!(!errors.contains("CAN"), "{errors}");
        (code, errors)
    };
    for pack in ["", "--policy plan.toml"] {
        let (code, errors) = import("CANMEMBER1,plan-pt,150.00,2026-03-31", pack);
        assert_eq!(code, 2, "{errors}");
        let expected = "b.csv: line 3: expected an account that Medicare policies count in";
        assert!(errors.contains(expected), "{errors}");
    }
    let (code, errors) = import("CANMEMBER1,therapy-pt-slp,5.005,2026-03-31", "");
    assert_eq!(code, 2, "{errors}");
    let expected = "b.csv: line 3: expected an amount such as 1234.50, with two decimals at most";
    assert!(errors.contains(expected), "{errors}");
    assert!(!sandbox.path("kx.db").exists());
    let (code, _) = import(
        "CANMEMBER1,therapy-pt-slp,5.01,2026-03-31",
        "--policy plan.toml",
    );
    assert_eq!(code, 0);
}

#[test]
fn what_counts_under_a_pack_that_is_not_named_is_told() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("plan.toml"), PLAN).unwrap();
    let claim = spent("T1", "1", "", 150)
        .replace("MEDICARE*****PI*MEDB", "PLAN*****PI*PLAN1")
        .replace("*MB~", "*CI~");
    fs::write(sandbox.path("t.edi"), claim).unwrap();
    let (_, report, _) =
        sandbox.run("screen -q --report jsonl --ledger kx.db --policy plan.toml t.edi");
    assert_eq!(findings(&report).len(), 1, "{report}");
    let (_, lines, _) = sandbox.run("ledger export kx.db");
    let hash = lines.lines().nth(1).unwrap().split(',').next().unwrap();
    let warned = |args: &str| {
        let (code, told, errors) = sandbox.run(args);
        assert_eq!(code, 0, "{errors}");
        for name in ["plan-pt", "PLAN_VISITS"] {
            let expected = format!(
                "kx.db: 1 line counts in {name}, which no policy pack has: name the pack (--policy)"
            );
            assert!(errors.contains(&expected), "{args}: {errors}");
        }
        told
    };
    let told = warned("ledger show kx.db");
    assert!(!told.contains("sessions"), "{told}");
    assert_eq!(warned("ledger show kx.db --format json").trim(), "[]");
    let told = warned(&format!("ledger show kx.db --patient {hash}"));
    assert_eq!(told, "nothing counts under the policies that are loaded\n");
    let told = warned("ledger explain kx.db --claim T1");
    assert!(
        told.contains("none under the policies that are loaded"),
        "{told}"
    );
    let (code, _, errors) = sandbox.run("ledger explain kx.db --claim T1 --line 1");
    assert_eq!(code, 2);
    assert!(
        errors.contains("was counted under the policies that are loaded"),
        "{errors}"
    );

    let (_, told, errors) = sandbox.run("ledger show kx.db --policy plan.toml");
    assert_eq!(errors, "");
    assert!(told.contains("plan-pt"), "{told}");
    assert!(
        told.ends_with("\nsessions of 1 patient are counted, too: --patient HASH lists them\n"),
        "{told}"
    );
    let (_, told, errors) = sandbox.run("ledger explain kx.db --claim T1 --policy plan.toml");
    assert_eq!(errors, "");
    for account in ["plan-pt 2026", "1 session under PLAN_VISITS"] {
        assert!(told.contains(account), "{told}");
    }
}

#[test]
fn nobody_can_be_read_out_of_the_file_or_the_outputs() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    let benefits =
        used("AE", 2026, "2400") + &used("AE", 2026, "x") + "LS*2120~NM1*IL*1*CANOTHER~LE*2120~";
    let decision = advice("20260401", &decided("C1", "1", "ICN7", 1_000));
    let mut told = sandbox.import_with(
        2,
        &[
            ("one.271", eligibility("20260304", &benefits)),
            ("one.835", decision),
        ],
    );
    for command in ["show kx.db", "export kx.db", "verify kx.db"] {
        let (_, text, errors) = sandbox.run(&format!("ledger {command}"));
        told += &(text + &errors);
    }
    let mut bytes = told.into_bytes();
    for file in ["kx.db", "kx.db-wal", "kx.db-shm"] {
        bytes.extend(fs::read(sandbox.path(file)).unwrap_or_default());
    }
    let has = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(has("one.271") && has("ICN7"));
    for secret in [
        "CANLAST",
        "CANFIRST",
        "CANMEMBER",
        "CANTRACE",
        "CANSTREET",
        "CANOTHER",
        "19470313",
        "1947-03-13",
    ] {
        assert!(!has(secret), "{secret}");
    }
}

#[test]
fn packed_files_are_unpacked_and_bombs_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    let gzip = |text: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    // Interchanges of two kinds in one file.
    let both = advice("20260401", &decided("C1", "1", "ICN7", 1_000))
        + "\r\n"
        + &eligibility("20260301", &used("AD", 2026, "20"));
    fs::write(sandbox.path("both.gz"), gzip(&both)).unwrap();
    let csv = "member_id,account,amount,as_of\n1CANMEMBER1,therapy-ot,30,2026-03-02\n";
    let csv = zstd::encode_all(csv.as_bytes(), 3).unwrap();
    fs::write(sandbox.path("portal.csv.zst"), &csv).unwrap();
    let (code, told, errors) = sandbox.run("ledger import kx.db portal.csv.zst both.gz");
    assert_eq!(code, 0, "{errors}");
    assert!(
        told.contains("both.gz: 1 claim taken over with 1 line"),
        "{told}"
    );
    assert!(
        told.contains(
            "both.gz: 1 response, 0 rejected: 0 balances entered, 0 known already, 1 older"
        ),
        "{told}"
    );
    assert!(told.contains("portal.csv.zst: 1 balance entered"), "{told}");
    assert_eq!(
        sandbox.account(2026, "therapy-ot").unwrap(),
        "$30.00 $30.00"
    );
    assert_eq!(
        sandbox.account(2026, "therapy-pt-slp").unwrap(),
        "$1,000.00 $1,000.00"
    );
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
    // 300 MB of nothing in some kilobytes.
    let bomb = zstd::encode_all(std::io::repeat(b' ').take(300_000_000), 1).unwrap();
    assert!(bomb.len() < 100_000);
    fs::write(sandbox.path("bomb.zst"), bomb).unwrap();
    fs::write(sandbox.path("half.zst"), &csv[..csv.len() / 2]).unwrap();
    for (name, word) in [
        ("bomb.zst", "more than 268435456 bytes when it is unpacked"),
        ("half.zst", "half.zst: "),
    ] {
        let (code, _, errors) = sandbox.run(&format!("ledger import kx.db {name}"));
        assert_eq!(code, 2, "{name}");
        assert!(errors.contains(word), "{errors}");
    }
}

#[test]
fn a_reversed_claim_counts_nothing_until_it_is_decided_on_again() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    let account = || sandbox.account(2026, "therapy-pt-slp").unwrap();
    sandbox.import(&[(
        "one.835",
        advice("20260401", &decided("C1", "1", "ICN7", 1_000)),
    )]);
    assert_eq!(account(), "$1,000.00 $1,000.00");
    let reversal = advice("20260408", &reversed("C1", "ICN7"));
    let told = sandbox.import(&[("two.835", reversal.clone())]);
    assert!(told.contains("0 claims taken over with 0 lines, 0 known already, 0 older than what is known, 0 not in the ledger, 1 reversed, 0 left out"), "{told}");
    assert_eq!(account(), "$0.00 $0.00");
    // Again, the first decision again, the claim again: nothing changes.
    let (_, counted, _) = sandbox.run("ledger export kx.db");
    let told = sandbox.import(&[("two.835", reversal)]);
    assert!(told.contains("1 known already"), "{told}");
    sandbox.import(&[(
        "one.835",
        advice("20260401", &decided("C1", "1", "ICN7", 1_000)),
    )]);
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    assert_eq!(sandbox.run("ledger export kx.db").1, counted);
    // The very same decision on a later day is another one.
    sandbox.import(&[(
        "three.835",
        advice("20260415", &decided("C1", "1", "ICN7", 1_000)),
    )]);
    assert_eq!(account(), "$1,000.00 $1,000.00");
    // Reversal and correction in one file, in this order or the other.
    let correction = reversed("C1", "ICN7") + &decided("C1", "1", "ICN8", 900);
    sandbox.import(&[("four.835", advice("20260422", &correction))]);
    assert_eq!(account(), "$900.00 $900.00");
    let correction = decided("C1", "1", "ICN9", 800) + &reversed("C1", "ICN8");
    for told in [
        "1 left out",
        "1 known already, 0 older than what is known, 0 not in the ledger, 0 reversed, 1 left out",
    ] {
        let text = sandbox.import(&[("five.835", advice("20260429", &correction))]);
        assert!(text.contains(told), "{text}");
        assert_eq!(account(), "$800.00 $800.00");
    }
    // What says nothing of the lines lets them count as before the reversal; a denial does not.
    let silent =
        |status: &str, number: &str| format!("CLP*C1*{status}*2400*700*0*MB*{number}~NM1*QC*1*X~");
    sandbox.import(&[(
        "six.835",
        advice("20260506", &(reversed("C1", "ICN9") + &silent("4", "ICNA"))),
    )]);
    assert_eq!(account(), "$0.00 $0.00");
    sandbox.import(&[("seven.835", advice("20260513", &silent("1", "ICNB")))]);
    assert_eq!(account(), "$800.00 $800.00");
}

#[test]
fn a_reversal_of_what_was_never_seen_takes_the_estimate_back() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    sandbox.screen("b.edi", &spent("C2", "1", "", 300));
    // A replacement is the claim's next life: what is reversed is the one before.
    sandbox.screen("c.edi", &spent("C2", "7", "C2", 200));
    let reversals = reversed("C1", "ICN1") + &reversed("C2", "ICN2") + &reversed("C9", "ICN9");
    let told = sandbox.import(&[("one.835", advice("20260401", &reversals))]);
    assert!(
        told.contains("1 not in the ledger, 1 reversed, 1 left out ("),
        "{told}"
    );
    assert_eq!(
        sandbox.account(2026, "therapy-pt-slp").unwrap(),
        "$0.00 $200.00"
    );
    // The provider may still void it, or send it anew as a replacement.
    sandbox.screen("d.edi", &spent("C1", "7", "C1", 100));
    assert_eq!(
        sandbox.account(2026, "therapy-pt-slp").unwrap(),
        "$0.00 $300.00"
    );
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
}

#[test]
fn of_two_decisions_in_one_import_the_later_payment_counts() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    sandbox.import(&[
        (
            "a.835",
            advice("20260422", &decided("C1", "1", "ICN8", 900)),
        ),
        (
            "b.835",
            advice("20260401", &decided("C1", "1", "ICN7", 1_000)),
        ),
    ]);
    assert_eq!(
        sandbox.account(2026, "therapy-pt-slp").unwrap(),
        "$900.00 $900.00"
    );
}

#[test]
fn of_two_decisions_in_two_imports_the_later_payment_counts() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    let account = || sandbox.account(2026, "therapy-pt-slp").unwrap();
    let import = |day: &str, claims: String| sandbox.import(&[("a.835", advice(day, &claims))]);
    import("20260422", decided("C1", "1", "ICN8", 900));
    for older in [decided("C1", "1", "ICN7", 1_000), reversed("C1", "ICN8")] {
        let told = import("20260401", older);
        assert!(told.contains("1 older than what is known"), "{told}");
        assert_eq!(account(), "$900.00 $900.00");
    }
    // Of one day, the one that comes later.
    import("20260422", decided("C1", "1", "ICN9", 800));
    assert_eq!(account(), "$800.00 $800.00");
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
}

#[test]
fn decisions_without_dates_are_about_a_line_each() {
    let sandbox = Sandbox::new();
    let claim = spent("C1", "1", "", 200).replace("GP*200", "GP*100");
    let second = "LX*2~SV1*HC:97799:GP*100*UN*1***1~DTP*472*D8*20260304~";
    let claim = claim.replace("SE*20*", &format!("{second}SE*23*"));
    sandbox.screen("a.edi", &claim);
    let undated = "CLP*C1*1*200*150*0*MB*ICN1~SVC*HC:97799:GP*100*80**1~SVC*HC:97799:GP*100*70**1~";
    sandbox.import(&[("era.835", advice("20260405", undated))]);
    assert_eq!(
        sandbox.account(2026, "therapy-pt-slp").as_deref(),
        Some("$150.00 $150.00")
    );
}

#[test]
fn sessions_of_a_reversed_claim_do_not_count_either() {
    let sandbox = Sandbox::new();
    let sessions = |claim: &str, units: u32| {
        spent(claim, "1", "", 2_400)
            .replace("HC:97799:GP", "HC:93798")
            .replace("*UN*1*", &format!("*UN*{units}*"))
    };
    let is_found = |claim: &str| {
        let text = sessions(claim, 4);
        fs::write(sandbox.path("next.edi"), text).unwrap();
        let words = "screen -q --report jsonl --ledger kx.db --dry-run next.edi";
        let found = findings(&sandbox.run(words).1);
        found.iter().any(|finding| finding.contains("session"))
    };
    sandbox.screen("a.edi", &sessions("C1", 36));
    assert!(is_found("C2"));
    sandbox.import(&[("one.835", advice("20260401", &reversed("C1", "ICN7")))]);
    assert!(!is_found("C2"));
    let again = decided("C1", "1", "ICN8", 1_000).replace("HC:97799:GP", "HC:93798");
    sandbox.import(&[("two.835", advice("20260408", &again))]);
    assert!(is_found("C2"));
}

#[test]
fn a_remittance_of_another_provider_or_for_other_lines_is_not_taken_over() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    let own = advice("20260401", &decided("C1", "1", "ICN7", 10));
    for strange in [
        own.replace("1999900016", "1888800088"),
        own.replace("HC:97799", "HC:97110"),
        own.replace("20260302", "20260309"),
    ] {
        assert_ne!(strange, own);
        let told = sandbox.import(&[("a.835", strange)]);
        assert!(told.contains("1 not in the ledger"), "{told}");
        assert_eq!(
            sandbox.account(2026, "therapy-pt-slp").unwrap(),
            "$0.00 $2,400.00"
        );
    }
    sandbox.import(&[("a.835", own)]);
    assert_eq!(
        sandbox.account(2026, "therapy-pt-slp").unwrap(),
        "$10.00 $10.00"
    );
}

#[test]
fn a_later_payer_s_decision_takes_the_place_of_none() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    let account = || sandbox.account(2026, "therapy-pt-slp").unwrap();
    let before = account();
    let by_later = |claim: String| claim.replace("*0*MB*", "*0*CI*");
    let later = advice("20260415", &by_later(decided("C1", "2", "MG1", 360)));
    let left_out = |told: &str| {
        assert!(
            told.contains("0 claims taken over") && told.contains("1 left out (by a later payer"),
            "{told}"
        );
    };
    left_out(&sandbox.import(&[("later.835", later.clone())]));
    assert_eq!(account(), before);
    sandbox.import(&[(
        "first.835",
        advice("20260401", &decided("C1", "1", "ICN1", 1_800)),
    )]);
    assert_eq!(account(), "$1,800.00 $1,800.00");
    left_out(&sandbox.import(&[("later.835", later)]));
    assert_eq!(account(), "$1,800.00 $1,800.00");
    // Nor does it take back what was never decided by the first.
    sandbox.screen("b.edi", &spent("C2", "1", "", 100));
    let before = account();
    let undone = by_later(reversed("C2", "MG2")).replace("2400", "100");
    sandbox.import(&[("undone.835", advice("20260416", &undone))]);
    assert_eq!(account(), before);
}

#[test]
fn what_medicare_decides_as_the_second_payer_counts() {
    let sandbox = Sandbox::new();
    sandbox.screen("a.edi", &spent("C1", "1", "", 2_400));
    let account = || sandbox.account(2026, "therapy-pt-slp").unwrap();
    sandbox.import(&[(
        "a.835",
        advice("20260401", &decided("C1", "2", "ICN1", 1_800)),
    )]);
    assert_eq!(account(), "$1,800.00 $1,800.00");
    let correction = reversed("C1", "ICN1") + &decided("C1", "2", "ICN2", 1_500);
    sandbox.import(&[("b.835", advice("20260408", &correction))]);
    assert_eq!(account(), "$1,500.00 $1,500.00");
}

#[test]
fn a_claim_that_was_decided_on_is_not_called_replaced_when_it_comes_again() {
    let sandbox = Sandbox::new();
    let claim = spent("C1", "1", "", 2_400);
    sandbox.screen("a.edi", &claim);
    sandbox.import(&[(
        "a.835",
        advice("20260401", &decided("C1", "1", "ICN1", 1_800)),
    )]);
    let (_, told, errors) = sandbox.run("screen --ledger kx.db a.edi");
    let text = told + &errors;
    assert!(text.contains("received before: it adds nothing"), "{text}");
    assert!(!text.contains("replaced or voided"), "{text}");
    // What was decided is voided: now it is.
    sandbox.screen("void.edi", &spent("C1", "8", "ICN1", 2_400));
    let (_, told, errors) = sandbox.run("screen --ledger kx.db a.edi");
    let text = told + &errors;
    assert!(text.contains("replaced or voided"), "{text}");
}
