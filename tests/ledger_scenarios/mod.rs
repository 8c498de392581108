//! What a ledger does from run to run, wherever it is kept.

use std::fs;

use crate::cli_sandbox::claims::{findings, in_file, spent, spent_on};
use crate::cli_sandbox::{Sandbox, outcome};

/// What Medicare decided on C1: 1,000 of the 2,400 allowed.
const ADVICE: &str = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260405*0900*^*00501*000000001*0*T*:~\
    GS*HP*PAYER*CLINIC*20260405*0900*1*X*005010X221A1~ST*835*0001~BPR*I*784*C*NON~N1*PR*MEDICARE~\
    N1*PE*CLINIC*XX*1999900016~LX*1~CLP*C1*1*2400*784*200*MB*ICN7~NM1*QC*1*CANLAST*CANFIRST****MI*1CANMEMBER1~\
    SVC*HC:97799:GP*2400*784**1~DTM*472*20260302~CAS*CO*45*1400**253*16~CAS*PR*2*200~\
    CLP*Z9*1*10*10*0*MB*ICN9~SVC*HC:97799*10*10~SE*14*0001~GE*1*1~IEA*1*000000001~";

pub fn totals_go_on_from_run_to_run(sandbox: &Sandbox) {
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    fs::write(sandbox.path("b.edi"), spent("C2", "1", "", 100)).unwrap();
    let screen = |options: &str| {
        sandbox
            .run(&format!("screen -q --report jsonl {options}"))
            .1
    };
    let together = findings(&screen("a.edi b.edi"));
    assert_eq!(together.len(), 1, "{together:?}");
    assert!(findings(&screen("b.edi")).is_empty());
    assert!(findings(&screen("--ledger kx.db a.edi")).is_empty());
    // What would be found, without adding to it.
    for _ in 0..2 {
        let dry = findings(&screen("--ledger kx.db --dry-run b.edi"));
        assert_eq!(dry, together);
    }
    assert_eq!(findings(&screen("--ledger kx.db b.edi")), together);
    let (_, counted, _) = sandbox.run("ledger export kx.db");
    // A file that comes again says so, finds the same and changes nothing.
    let again = screen("--ledger kx.db b.edi");
    assert_eq!(findings(&again), together);
    assert!(again.contains("KX940"), "{again}");
    assert_eq!(sandbox.run("ledger export kx.db").1, counted);
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
}

pub fn replacements_and_voids_reach_back_into_earlier_runs(sandbox: &Sandbox) {
    let run = |name: &str, text: String| {
        fs::write(sandbox.path(name), text).unwrap();
        let options = format!("screen -q --report jsonl --ledger kx.db {name}");
        sandbox.run(&options).1
    };
    run("a.edi", spent("C1", "1", "", 2_400));
    run("b.edi", spent("C3", "7", "C1", 2_300));
    assert!(findings(&run("c.edi", spent("C2", "1", "", 100))).is_empty());
    assert_eq!(findings(&run("d.edi", spent("C4", "1", "", 100))).len(), 1);
    run("e.edi", spent("C3", "8", "", 2_300));
    assert!(findings(&run("f.edi", spent("C5", "1", "", 100))).is_empty());
    let stranger = run("g.edi", spent("C9", "8", "", 7));
    assert!(stranger.contains("KX941"), "{stranger}");
    let (code, text, _) = sandbox.run("ledger show kx.db");
    assert_eq!(code, 0);
    let row = text
        .lines()
        .find(|line| line.contains("therapy-pt-slp "))
        .unwrap();
    assert!(row.contains("$300.00"), "{text}");
    let (_, near, _) = sandbox.run("ledger show kx.db --within 2181");
    assert!(near.contains("therapy-pt-slp "), "{near}");
    let (_, near, _) = sandbox.run("ledger show kx.db --within 2180");
    assert!(!near.contains("therapy-pt-slp "), "{near}");
    let patient = row.split_whitespace().next().unwrap();
    let (_, page, _) = sandbox.run(&format!("ledger show kx.db --patient {patient}"));
    assert!(page.contains("takes back CLM C1"), "{page}");
    assert!(page.contains("<- may pass the threshold"), "{page}");
    let (_, json, _) = sandbox.run(&format!(
        "ledger show kx.db --patient {patient} --format json"
    ));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["accounts"][0]["lines"][0]["claim"], "C1");
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
    let (code, _, errors) = sandbox.run("ledger prune kx.db --before 2027");
    assert_eq!(code, 2);
    assert!(errors.contains("amounts of 2026 still count"), "{errors}");
    let mut prune = sandbox.kx837("ledger prune kx.db --before 2027");
    let (_, pruned, _) = outcome(prune.env("KX837_TODAY", "2027-01-02"));
    assert!(pruned.contains("forgot"), "{pruned}");
    assert!(!sandbox.run("ledger show kx.db").1.contains("therapy"));
}

pub fn a_claim_that_is_put_right_with_kx_counts_once(sandbox: &Sandbox) {
    let screen = |name: &str, text: &str| {
        fs::write(sandbox.path(name), text).unwrap();
        let options = format!("screen -q --report jsonl --ledger kx.db {name}");
        sandbox.run(&options).1
    };
    screen("a.edi", &spent("C1", "1", "", 2_400));
    let wrong = spent("C2", "1", "", 100);
    assert_eq!(findings(&screen("b.edi", &wrong)).len(), 1);
    let right = wrong.replace("97799:GP*", "97799:GP:KX*");
    let report = screen("c.edi", &right);
    assert!(findings(&report).is_empty(), "{report}");
    assert!(report.contains("KX942"), "{report}");
    let total = || sandbox.run("ledger show kx.db").1;
    assert!(total().contains("$0.00    $2,500.00"), "{}", total());
    // With another charge, too; on another day it is another visit.
    let cheaper = right
        .replace("*100*UN", "*90*UN")
        .replace("C2*100*", "C2*90*");
    assert!(screen("d.edi", &cheaper).contains("KX942"));
    assert!(total().contains("$0.00    $2,490.00"), "{}", total());
    let visit = right.replace("D8*20260302", "D8*20260309");
    assert!(!screen("e.edi", &visit).contains("KX942"));
    assert!(total().contains("$0.00    $2,590.00"), "{}", total());
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
}

/// What is pruned must not take along what says of later claims that they do not count.
pub fn what_waits_for_its_original_stays_when_older_years_go(sandbox: &Sandbox) {
    let screen = |name: &str, text: String| {
        fs::write(sandbox.path(name), text).unwrap();
        sandbox
            .run(&format!("screen -q --report jsonl --ledger kx.db {name}"))
            .1
    };
    screen("old.edi", spent_on("20250302", "C0", "1", "", 500));
    screen("void.edi", spent("C1", "8", "C1", 2_400));
    let (code, told, errors) = sandbox.run("ledger prune kx.db --before 2026");
    assert_eq!(code, 0, "{errors}");
    assert!(told.contains("forgot 2 lines"), "{told}");
    let report = screen("a.edi", spent("C1", "1", "", 2_400));
    assert!(report.contains("KX940"), "{report}");
    let (_, text, _) = sandbox.run("ledger show kx.db");
    assert!(!text.contains("therapy"), "{text}");
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
}

/// Some payers number no claims, or all alike.
pub fn a_decision_is_about_the_claim_with_its_number(sandbox: &Sandbox) {
    let claim = |number: &str, allowed: u32| {
        format!(
            "CLP*{number}*1*900*{allowed}*0*MB*0~SVC*HC:97799:GP*900*{allowed}**1~DTM*472*20260302~"
        )
    };
    let head = &ADVICE[..ADVICE.find("CLP*C1").unwrap()];
    let tail = &ADVICE[ADVICE.find("SE*").unwrap()..];
    let advice = format!("{head}{}{}{tail}", claim("C1", 80), claim("0", 50));
    fs::write(sandbox.path("era.835"), advice).unwrap();
    for (name, claim, charge) in [("a.edi", "C1", 1_000), ("b.edi", "0", 500)] {
        fs::write(sandbox.path(name), spent(claim, "1", "", charge)).unwrap();
        sandbox.run(&format!("screen -q --ledger kx.db {name}"));
    }
    let (code, told, errors) = sandbox.run("ledger import kx.db era.835");
    assert_eq!(code, 0, "{errors}");
    assert!(told.contains("2 claims taken over with 2 lines"), "{told}");
    let (_, text, _) = sandbox.run("ledger show kx.db");
    assert!(text.contains("$130.00      $130.00"), "{text}");
}

pub fn what_the_payer_allowed_takes_the_place_of_the_estimate(sandbox: &Sandbox) {
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    fs::write(sandbox.path("b.edi"), spent("C2", "1", "", 100)).unwrap();
    fs::write(sandbox.path("era.835"), ADVICE).unwrap();
    let screen = |options: &str| {
        let options = format!("screen -q --report jsonl --ledger kx.db {options}");
        findings(&sandbox.run(&options).1)
    };
    screen("a.edi");
    assert_eq!(screen("--dry-run b.edi").len(), 1);
    let (code, told, errors) = sandbox.run("ledger import kx.db era.835");
    assert_eq!(code, 0, "{errors}");
    assert!(
        told.contains("1 claim taken over with 1 line, 0 known already, 0 older than what is known, 1 not in the ledger"),
        "{told}"
    );
    assert!(screen("--dry-run b.edi").is_empty());
    let (_, text, _) = sandbox.run("ledger show kx.db");
    assert!(text.contains("$1,000.00    $1,000.00"), "{text}");
    // Again, and the claim again: nothing changes.
    let (_, counted, _) = sandbox.run("ledger export kx.db");
    let (_, told, _) = sandbox.run("ledger import kx.db era.835");
    assert!(
        told.contains("0 claims taken over with 0 lines, 1 known already"),
        "{told}"
    );
    screen("a.edi");
    assert_eq!(sandbox.run("ledger export kx.db").1, counted);
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
    // The payer's own number is known now.
    fs::write(sandbox.path("c.edi"), spent("C3", "7", "ICN7", 300)).unwrap();
    screen("c.edi");
    let (_, text, _) = sandbox.run("ledger show kx.db");
    assert!(text.contains("$0.00      $300.00"), "{text}");
    // What breaks off is not taken over, nor is anything else.
    fs::write(
        sandbox.path("half.835"),
        &ADVICE[..ADVICE.find("CLP*Z9").unwrap()],
    )
    .unwrap();
    let (code, _, errors) = sandbox.run("ledger import kx.db era.835 half.835");
    assert_eq!(code, 2);
    assert!(
        errors.contains("half.835: the file ends inside"),
        "{errors}"
    );
}

pub fn balances_of_the_payer_set_an_account(sandbox: &Sandbox) {
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 1_000)).unwrap();
    fs::write(sandbox.path("b.edi"), spent("C2", "1", "", 100)).unwrap();
    let csv = |amount: &str| {
        format!("member_id,account,amount,as_of\n1CANMEMBER1,therapy-pt-slp,{amount},2026-03-02\n")
    };
    fs::write(sandbox.path("one.csv"), csv("2450.00")).unwrap();
    assert_eq!(sandbox.run("screen -q --ledger kx.db a.edi").0, 0);
    let (code, told, errors) = sandbox.run("ledger import kx.db one.csv");
    assert_eq!(code, 0, "{errors}");
    assert!(
        told.contains("1 balance entered, 0 known already"),
        "{told}"
    );
    let show = || sandbox.run("ledger show kx.db").1;
    // The claim is in the balance.
    assert!(show().contains("$2,450.00    $2,450.00"), "{}", show());
    let (_, report, _) = sandbox.run("screen -q --report jsonl --ledger kx.db b.edi");
    assert_eq!(findings(&report).len(), 1, "{report}");
    assert!(report.contains("the payer's balance"), "{report}");
    // The same again is known; another one takes its place, with what was counted up to its day.
    let (_, told, _) = sandbox.run("ledger import kx.db one.csv");
    assert!(
        told.contains("0 balances entered, 1 known already"),
        "{told}"
    );
    fs::write(sandbox.path("two.csv"), csv("500")).unwrap();
    sandbox.run("ledger import kx.db two.csv");
    assert!(show().contains("$500.00      $500.00"), "{}", show());
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
    // A claim that a balance took in is not taken back twice.
    fs::write(sandbox.path("c.edi"), spent("C1", "8", "", 1_000)).unwrap();
    sandbox.run("screen -q --ledger kx.db c.edi");
    assert!(show().contains("$500.00      $500.00"), "{}", show());
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
    fs::write(
        sandbox.path("bad.csv"),
        "member_id,account,amount,as_of\n1CANMEMBER1,therapy,x,2026-03-02\n",
    )
    .unwrap();
    let (code, _, errors) = sandbox.run("ledger import kx.db bad.csv");
    assert_eq!(code, 2);
    assert!(
        errors.contains("bad.csv: line 2: expected an account"),
        "{errors}"
    );
    assert!(!errors.contains("CANMEMBER"), "{errors}");
}

/// 13 visits, the latest first: it is the one too many, also when the claim comes again.
pub fn visits_of_a_claim_count_by_day(sandbox: &Sandbox) {
    let lines: Vec<String> = (1..=13)
        .map(|line| {
            let day = 20_260_315 - line;
            format!("LX*{line}~SV1*HC:97810*100*UN*1***1~DTP*472*D8*{day}~")
        })
        .collect();
    let claim = format!(
        "CLM*V1*1300***11:B:1*Y*A*Y*Y~HI*ABK:M5450~{}",
        lines.concat()
    );
    fs::write(sandbox.path("a.edi"), in_file(&claim)).unwrap();
    for _ in 0..2 {
        let (_, report, _) = sandbox.run("screen -q --report jsonl --ledger kx.db a.edi");
        let found = findings(&report);
        assert_eq!(found.len(), 1, "{report}");
        assert!(report.contains("\"line\":\"1\""), "{report}");
    }
}
