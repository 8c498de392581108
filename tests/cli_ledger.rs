//! `kx837 screen --ledger` and `kx837 ledger`, as a user runs them.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use cli_sandbox::claims::{findings, spent};
use cli_sandbox::{KX837, Sandbox, batch, outcome};

#[test]
fn totals_go_on_from_run_to_run() {
    let sandbox = Sandbox::new();
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

#[test]
fn who_will_pass_soon_is_told() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    let (_, report, _) = sandbox.run("screen -q --project 100 a.edi");
    assert!(
        report.contains("within $100 of a yearly amount: 1 accounts"),
        "{report}"
    );
    assert!(
        report.contains("therapy-pt-slp     $0.00 to $2,400.00 of $2,480.00"),
        "{report}"
    );
    assert!(!report.contains("therapy-review"), "{report}");
    let (_, report, _) = sandbox.run("screen -q --project 80 a.edi");
    assert!(report.contains(": 0 accounts"), "{report}");
    // Programs' reports stay as they are.
    let (_, report, errors) =
        sandbox.run("screen --report jsonl --no-progress --project 100 a.edi");
    assert!(
        !report.contains("within $100") && errors.contains("within $100"),
        "{errors}"
    );
}

#[test]
fn replacements_and_voids_reach_back_into_earlier_runs() {
    let sandbox = Sandbox::new();
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

/// What Medicare decided on C1: 1,000 of the 2,400 allowed.
const ADVICE: &str = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260405*0900*^*00501*000000001*0*T*:~\
    GS*HP*PAYER*CLINIC*20260405*0900*1*X*005010X221A1~ST*835*0001~BPR*I*784*C*NON~N1*PR*MEDICARE~\
    N1*PE*CLINIC*XX*1999900016~LX*1~CLP*C1*1*2400*784*200*MB*ICN7~NM1*QC*1*CANLAST*CANFIRST****MI*1CANMEMBER1~\
    SVC*HC:97799:GP*2400*784**1~DTM*472*20260302~CAS*CO*45*1400**253*16~CAS*PR*2*200~\
    CLP*Z9*1*10*10*0*MB*ICN9~SVC*HC:97799*10*10~SE*14*0001~GE*1*1~IEA*1*000000001~";

#[test]
fn what_the_payer_allowed_takes_the_place_of_the_estimate() {
    let sandbox = Sandbox::new();
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
        told.contains("1 claims taken over with 1 lines, 0 known already, 0 older than what is known, 1 not in the ledger"),
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

#[test]
fn balances_of_the_payer_set_an_account() {
    let sandbox = Sandbox::new();
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
        told.contains("1 balances entered, 0 known already"),
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

#[test]
fn nobody_can_be_read_out_of_the_file() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    sandbox.run("screen -q --ledger kx.db a.edi");
    let mut bytes = fs::read(sandbox.path("kx.db")).unwrap();
    for more in ["kx.db-wal", "kx.db-shm"] {
        bytes.extend(fs::read(sandbox.path(more)).unwrap_or_default());
    }
    let has = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(has("a.edi") && has("C1"));
    for secret in ["CANLAST", "CANFIRST", "CANMEMBER", "1947", "M5450", "M54"] {
        assert!(!has(secret), "{secret}");
    }
}

#[test]
fn a_ledger_belongs_to_its_key() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    let run = |key: &str| sandbox.run(&format!("screen -q --ledger kx.db --key-file {key} a.edi"));
    assert_eq!(run("one.key").0, 0);
    let (code, _, errors) = run("other.key");
    assert_eq!(code, 2);
    assert!(
        errors.contains("made with another key") && errors.contains("begin a new ledger"),
        "{errors}"
    );
    // What is no ledger stays as it is.
    fs::write(
        sandbox.path("text.db"),
        "not a ledger, but long enough to be looked at as one: ".repeat(40),
    )
    .unwrap();
    let (code, _, errors) = sandbox.run("screen -q --ledger text.db --key-file one.key a.edi");
    assert_eq!(code, 2);
    assert!(errors.contains("no kx837 ledger"), "{errors}");
    let (code, _, errors) = sandbox.run("ledger show gone.db");
    assert_eq!(code, 2);
    assert!(errors.contains("no such ledger"), "{errors}");
    let (code, _, errors) =
        sandbox.run("screen -q --ledger kx.db --key-file one.key --as-of 2027-01-01 a.edi");
    assert_eq!(code, 2);
    assert!(errors.contains("--dry-run"), "{errors}");
}

#[test]
fn two_runs_at_once_do_not_mix() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    assert_eq!(sandbox.run("screen -q --ledger kx.db a.edi").0, 0);
    let (_, before, _) = sandbox.run("ledger export kx.db");
    let other = rusqlite::Connection::open(sandbox.path("kx.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    fs::write(sandbox.path("b.edi"), spent("C2", "1", "", 100)).unwrap();
    let (code, _, errors) = sandbox.run("screen -q --ledger kx.db --ledger-wait 0 b.edi");
    assert_eq!(code, 2);
    assert!(
        errors.contains("another run is using the ledger"),
        "{errors}"
    );
    assert_eq!(sandbox.run("ledger export kx.db").1, before);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(
        sandbox
            .run("screen -q --ledger kx.db --fail-on never b.edi")
            .0,
        0
    );
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_ledger_as_it_was() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), batch(3, 100)).unwrap();
    fs::write(sandbox.path("b.edi"), batch(4, 4_000)).unwrap();
    assert_eq!(
        sandbox
            .run("screen -q --fail-on never --ledger kx.db a.edi")
            .0,
        0
    );
    let (_, before, _) = sandbox.run("ledger export kx.db");
    let output = sandbox
        .process("sh")
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; ulimit -f 200; exec '{KX837}' screen -q --fail-on never --report csv --ledger kx.db b.edi"
        ))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(
        errors.contains("run the same again to have it in the ledger"),
        "{errors}"
    );
    assert_eq!(sandbox.run("ledger export kx.db").1, before);
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
    assert_eq!(
        sandbox
            .run("screen -q --fail-on never --ledger kx.db b.edi")
            .0,
        0
    );
    assert_ne!(sandbox.run("ledger export kx.db").1, before);
}

/// However a run is killed, the same run afterwards gives what an undisturbed one gives.
#[test]
fn a_run_that_is_killed_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), batch(3, 300)).unwrap();
    fs::write(sandbox.path("b.edi"), batch(4, 300)).unwrap();
    let words = |ledger: &str, folder: &str| {
        format!(
            "screen -q --no-progress --fail-on never --ledger {ledger} -j 2 --piece-size 4096 \
             --report jsonl={folder}.jsonl --report csv={folder}.csv a.edi b.edi"
        )
    };
    let started = Instant::now();
    assert_eq!(sandbox.run(&words("calm.db", "calm")).0, 0);
    let whole = started.elapsed();
    let (_, counted, _) = sandbox.run("ledger export calm.db");
    let read = |name: &str| {
        let text = fs::read_to_string(sandbox.path(name)).unwrap();
        // The head of a report has the time of the run.
        text.lines()
            .filter(|line| !line.contains("\"type\":\"begin\""))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let rounds = 200;
    let mut killed = 0;
    for round in 0..rounds {
        let mut child = sandbox
            .process(KX837)
            .args(words("wild.db", "wild").split_whitespace())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole.mul_f64(f64::from(round) / f64::from(rounds) * 1.3));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        if round % 20 == 19 {
            // Every so often it is let through, and begins anew.
            assert_eq!(sandbox.run(&words("wild.db", "wild")).0, 0, "round {round}");
            if sandbox.run("ledger export wild.db").1 != counted {
                let (_, wild, _) = sandbox.run("ledger export wild.db");
                panic!(
                    "round {round}: {} lines instead of {}",
                    wild.lines().count(),
                    counted.lines().count()
                );
            }
            let repeated = read("wild.jsonl").contains("KX940");
            if !repeated {
                assert_eq!(read("wild.jsonl"), read("calm.jsonl"), "round {round}");
                assert_eq!(read("wild.csv"), read("calm.csv"), "round {round}");
            }
            for name in [
                "wild.db",
                "wild.db-wal",
                "wild.db-shm",
                "wild.jsonl",
                "wild.csv",
            ] {
                let _ = fs::remove_file(sandbox.path(name));
            }
        }
    }
    assert!(
        killed > rounds / 4,
        "only {killed} of {rounds} were killed in time"
    );
}
