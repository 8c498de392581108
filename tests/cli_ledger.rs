//! `kx837 screen --ledger` and `kx837 ledger`, as a user runs them.
#![cfg(feature = "cli")]

mod cli_sandbox;
mod ledger_scenarios;

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use cli_sandbox::claims::spent;
use cli_sandbox::{KX837, Sandbox, batch};

#[test]
fn totals_go_on_from_run_to_run() {
    ledger_scenarios::totals_go_on_from_run_to_run(&Sandbox::new());
}

#[test]
fn replacements_and_voids_reach_back_into_earlier_runs() {
    ledger_scenarios::replacements_and_voids_reach_back_into_earlier_runs(&Sandbox::new());
}

#[test]
fn what_the_payer_allowed_takes_the_place_of_the_estimate() {
    ledger_scenarios::what_the_payer_allowed_takes_the_place_of_the_estimate(&Sandbox::new());
}

#[test]
fn balances_of_the_payer_set_an_account() {
    ledger_scenarios::balances_of_the_payer_set_an_account(&Sandbox::new());
}

#[test]
fn a_claim_that_is_put_right_with_kx_counts_once() {
    ledger_scenarios::a_claim_that_is_put_right_with_kx_counts_once(&Sandbox::new());
}

#[test]
fn what_waits_for_its_original_stays_when_older_years_go() {
    ledger_scenarios::what_waits_for_its_original_stays_when_older_years_go(&Sandbox::new());
}

#[test]
fn a_decision_is_about_the_claim_with_its_number() {
    ledger_scenarios::a_decision_is_about_the_claim_with_its_number(&Sandbox::new());
}

#[test]
fn visits_of_a_claim_count_by_day() {
    ledger_scenarios::visits_of_a_claim_count_by_day(&Sandbox::new());
}

#[test]
fn who_will_pass_soon_is_told() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    let (_, report, _) = sandbox.run("screen -q --project 100 a.edi");
    assert!(
        report.contains("within $100 of a yearly amount, and not surely above it: 1 account of"),
        "{report}"
    );
    assert!(
        report.contains("therapy-pt-slp     $0.00 to $2,400.00 of $2,480.00"),
        "{report}"
    );
    assert!(!report.contains("therapy-review"), "{report}");
    let (_, report, _) = sandbox.run("screen -q --project 80 a.edi");
    assert!(report.contains(": 0 accounts of"), "{report}");
    // Programs' reports stay as they are.
    let (_, report, errors) =
        sandbox.run("screen --report jsonl --no-progress --project 100 a.edi");
    assert!(
        !report.contains("within $100") && errors.contains("within $100"),
        "{errors}"
    );
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
    for secret in [
        "CANLAST",
        "CANFIRST",
        "CANMEMBER",
        "19470313",
        "1947-03-13",
        "M5450",
        "M54",
    ] {
        assert!(!has(secret), "{secret}");
    }
}

#[test]
fn what_no_ledger_writes_is_an_error_that_says_so() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_500)).unwrap();
    sandbox.run("screen -q --ledger kx.db a.edi");
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
    let huge = i64::MAX;
    let sessions = format!(
        "[[0,0,20260302,null,[99],{huge},null,null],[1,0,20260302,null,[99],{huge},null,null]]"
    );
    let count = "INSERT INTO account VALUES (99, 'sessions', 'AETNA_MA_HD')";
    let cases = [
        format!("{count}; UPDATE claim SET lines = '{sessions}'"),
        "UPDATE claim SET lines = '[[0,0,20260230,null,[1],1,2,3]]'".to_owned(),
        "UPDATE claim SET lines = CAST(x'5b5bff5d5d' AS TEXT)".to_owned(),
        "UPDATE claim SET file = 4294967296".to_owned(),
        "UPDATE at_risk SET lines = '[[1]]'".to_owned(),
    ];
    for case in cases {
        let damaged = sandbox.copy();
        let connection = rusqlite::Connection::open(damaged.path("kx.db")).unwrap();
        connection.execute_batch(&case).unwrap();
        drop(connection);
        let (code, _, errors) = damaged.run("ledger verify kx.db");
        assert_eq!(code, 2, "{case}: {errors}");
        assert!(
            errors.contains("kx.db: the ledger is damaged: ")
                && errors.contains("holds what no ledger writes"),
            "{case}: {errors}"
        );
        let (code, _, errors) = damaged.run("screen -q --dry-run --ledger kx.db a.edi");
        assert!(code == 2 || case.contains("at_risk"), "{case}: {errors}");
        assert!(!errors.contains("internal error"), "{errors}");
    }
    let connection = rusqlite::Connection::open(sandbox.path("kx.db")).unwrap();
    let rename = "UPDATE account SET name = 'of-a-pack' WHERE name = 'therapy-pt-slp'";
    connection.execute_batch(rename).unwrap();
    drop(connection);
    let (code, told, _) = sandbox.run("ledger verify kx.db");
    assert_eq!(code, 1);
    assert_eq!(
        told,
        "kx.db: 1 line counts in of-a-pack, which no policy pack has: name the pack to have them checked\n"
    );
}

#[test]
fn a_ledger_belongs_to_its_key() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    let run = |key: &str| sandbox.run(&format!("screen -q --ledger kx.db --key-file {key} a.edi"));
    assert_eq!(run("one.key").0, 0);
    // A key that is not there is not made.
    let (code, _, errors) = run("typo.key");
    assert_eq!(code, 2);
    assert!(errors.contains("no such key file"), "{errors}");
    assert!(!sandbox.path("typo.key").exists());
    fs::write(sandbox.path("other.key"), "5c".repeat(32)).unwrap();
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
    let mut whole = started.elapsed();
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
        let patience = whole.mul_f64(f64::from(round) / f64::from(rounds) * 1.3);
        std::thread::sleep(patience);
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            // The first run may have been slowed by whatever else the machine did.
            whole = whole.min(patience);
        } else {
            killed += 1;
        }
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

#[cfg(not(feature = "postgres"))]
#[test]
fn an_address_of_a_server_says_what_is_missing() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    let (code, _, errors) = sandbox.run("screen -q --ledger postgres://me:sesame@host/kx a.edi");
    assert_eq!(code, 2);
    assert!(errors.contains("--features postgres"), "{errors}");
    assert!(!errors.contains("sesame"), "{errors}");
}
