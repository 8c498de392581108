//! The ledger on a `PostgreSQL` server: what holds for one in a file holds for it.
#![cfg(all(feature = "cli", feature = "postgres", unix))]

mod cli_sandbox;
mod common;
mod ledger_scenarios;
mod postgres_server;

use std::ffi::OsStr;
use std::fs;
use std::process::Stdio;
use std::time::Instant;

use cli_sandbox::claims::{findings, spent};
use cli_sandbox::{KX837, Sandbox, batch};
use common::ledger_model::{check, claims, sendings};
use kx837::ledger::LedgerPlace;
use postgres_server::Server;
use proptest::test_runner::{Config, TestRunner};

type Scenario = fn(&Sandbox);

#[test]
fn it_goes_on_from_run_to_run_as_one_in_a_file() {
    let Some(server) = Server::start() else {
        return;
    };
    let scenarios: [(&str, Scenario); 8] = [
        ("visits", ledger_scenarios::visits_of_a_claim_count_by_day),
        ("totals", ledger_scenarios::totals_go_on_from_run_to_run),
        (
            "replacements",
            ledger_scenarios::replacements_and_voids_reach_back_into_earlier_runs,
        ),
        (
            "remittances",
            ledger_scenarios::what_the_payer_allowed_takes_the_place_of_the_estimate,
        ),
        (
            "balances",
            ledger_scenarios::balances_of_the_payer_set_an_account,
        ),
        (
            "corrections",
            ledger_scenarios::a_claim_that_is_put_right_with_kx_counts_once,
        ),
        (
            "pruning",
            ledger_scenarios::what_waits_for_its_original_stays_when_older_years_go,
        ),
        (
            "numbers",
            ledger_scenarios::a_decision_is_about_the_claim_with_its_number,
        ),
    ];
    for (name, scenario) in scenarios {
        scenario(&Sandbox::with_ledger(&server.database(name)));
    }
}

/// A generated batch in two runs: every command that looks says the same of both ledgers.
#[test]
fn it_says_what_a_file_says() {
    let Some(server) = Server::start() else {
        return;
    };
    let address = server.database("same");
    let on_server = Sandbox::with_ledger(&address);
    let in_file = Sandbox::new();
    fs::create_dir(in_file.path("config")).unwrap();
    for sandbox in [&on_server, &in_file] {
        fs::write(sandbox.path("key"), "7a".repeat(32)).unwrap();
        fs::write(sandbox.path("a.edi"), batch(3, 400)).unwrap();
        fs::write(sandbox.path("b.edi"), batch(4, 400)).unwrap();
    }
    // Neither user nor password are shown.
    let shown = address.replace("kx837@", "");
    let run = |args: &str| {
        let (code, out, errors) = on_server.run(args);
        let file = in_file.run(args);
        let out = out.replace(&shown, "kx.db");
        assert_eq!(
            (code, &out),
            (file.0, &file.1),
            "{args}: {errors} {}",
            file.2
        );
        out
    };
    let report = "--report jsonl --fail-on never --key-file key";
    run(&format!("screen -q --ledger kx.db {report} a.edi"));
    let second = run(&format!("screen -q --ledger kx.db {report} b.edi"));
    assert!(second.contains("KX101"), "{second}");
    run(&format!("screen -q --ledger kx.db {report} a.edi"));
    let all = run("ledger show kx.db");
    assert!(all.contains("above"), "{all}");
    run("ledger export kx.db");
    run("ledger export kx.db --format jsonl");
    let checked = run("ledger verify kx.db");
    assert!(checked.contains(": ok: "), "{checked}");
    let patient = all
        .lines()
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    run(&format!(
        "ledger show kx.db --patient {patient} --format json"
    ));
    // What was found is compared with what a payer decided.
    let over = second.lines().find(|line| line.contains("KX101")).unwrap();
    let over: serde_json::Value = serde_json::from_str(over).unwrap();
    let (claim, code) = (
        over["data"]["claim"].as_str().unwrap(),
        &over["data"]["line"]["code"],
    );
    let advice = format!(
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260405*0900*^*00501*000000001*0*T*:~\
         GS*HP*PAYER*CLINIC*20260405*0900*1*X*005010X221A1~ST*835*0001~BPR*I*0*C*NON~N1*PR*MEDICARE~\
         LX*1~CLP*{claim}*4*90*0*0*MB*ICN7~SVC*HC:{}*90*0**1~CAS*CO*119*90~SE*7*0001~GE*1*1~IEA*1*000000001~",
        code.as_str().unwrap()
    );
    for sandbox in [&on_server, &in_file] {
        fs::write(sandbox.path("era.835"), &advice).unwrap();
    }
    let compared = run("ledger reconcile kx.db era.835 --details");
    assert!(compared.contains("KX101"), "{compared}");
    run(&format!("ledger explain kx.db --claim {claim}"));
    run("ledger import kx.db era.835 --key-file key");
    run("ledger export kx.db");
    // Nothing of a patient is on the server.
    let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
    let rows = "SELECT claim::TEXT || encode(clm01, 'escape') || encode(provider, 'escape') FROM kx837.claim";
    let held: String = client
        .query(rows, &[])
        .unwrap()
        .iter()
        .map(|row| row.get::<_, String>(0))
        .collect();
    let members: Vec<String> = String::from_utf8(batch(3, 400))
        .unwrap()
        .split('~')
        .filter_map(|segment| segment.trim().strip_prefix("NM1*IL*1*").map(str::to_owned))
        .collect();
    assert!(members.len() > 100);
    for member in members {
        let id = member.rsplit('*').next().unwrap();
        assert!(id.len() > 5 && !held.contains(id), "a member id is kept");
    }
    // What is counted can be looked into by whoever knows SQL.
    let counted = "SELECT count(*) FROM kx837.counted_line WHERE account = 'therapy-pt-slp' AND high_cents > 0";
    assert!(client.query_one(counted, &[]).unwrap().get::<_, i64>(0) > 100);
}

#[test]
fn any_split_and_any_replay_comes_to_the_same() {
    let Some(server) = Server::start() else {
        return;
    };
    let address = server.database("splits");
    let place = LedgerPlace::new(OsStr::new(&address));
    let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 15,
        failure_persistence: None,
        ..Config::default()
    });
    let mut check = |claims: Vec<_>, sending| {
        client
            .batch_execute("SET client_min_messages = error; DROP SCHEMA IF EXISTS kx837 CASCADE")
            .unwrap();
        check(&claims, sending, &place)
    };
    let check = std::cell::RefCell::new(&mut check);
    runner
        .run(&(claims(), sendings()), |(claims, sending)| {
            (check.borrow_mut())(claims, sending)
        })
        .unwrap();
}

#[test]
fn runs_take_turns_and_die_without_a_trace() {
    let Some(server) = Server::start() else {
        return;
    };
    let address = server.database("turns");
    let sandbox = Sandbox::with_ledger(&address);
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    fs::write(sandbox.path("b.edi"), spent("C2", "1", "", 100)).unwrap();
    assert_eq!(sandbox.run("screen -q --ledger kx.db a.edi").0, 0);
    let (_, before, _) = sandbox.run("ledger export kx.db");
    let mut other = postgres::Client::connect(&address, postgres::NoTls).unwrap();
    other
        .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(1264071479)")
        .unwrap();
    let (code, _, errors) = sandbox.run("screen -q --ledger kx.db --ledger-wait 0 b.edi");
    assert_eq!(code, 2);
    assert!(
        errors.contains("another run is using the ledger"),
        "{errors}"
    );
    // Whoever only looks does not wait.
    let (_, report, _) = sandbox.run("screen -q --report jsonl --ledger kx.db --dry-run b.edi");
    assert_eq!(findings(&report).len(), 1, "{report}");
    assert_eq!(sandbox.run("ledger export kx.db").1, before);
    other.batch_execute("ROLLBACK").unwrap();
    // Another key, and no ledger at all.
    fs::write(sandbox.path("other.key"), "5c".repeat(32)).unwrap();
    let (code, _, errors) = sandbox.run("screen -q --ledger kx.db --key-file other.key b.edi");
    assert_eq!(code, 2);
    assert!(errors.contains("made with another key"), "{errors}");
    let empty = server.database("empty");
    for command in ["ledger show", "ledger prune --before 2020"] {
        let (code, _, errors) = sandbox.run(&format!("{command} {empty}"));
        assert_eq!(code, 2);
        assert!(errors.contains("no such ledger"), "{errors}");
    }
    // Runs that are killed.
    fs::write(sandbox.path("c.edi"), batch(3, 2_000)).unwrap();
    let run = format!(
        "screen -q --no-progress --fail-on never --report jsonl=c.jsonl --ledger {address} c.edi"
    );
    let started = Instant::now();
    let calm = Sandbox::with_ledger(&server.database("calm"));
    for name in ["a.edi", "c.edi"] {
        fs::copy(sandbox.path(name), calm.path(name)).unwrap();
    }
    fs::create_dir_all(calm.path("config/kx837")).unwrap();
    fs::copy(
        sandbox.path("config/kx837/patient.key"),
        calm.path("config/kx837/patient.key"),
    )
    .unwrap();
    calm.run("screen -q --ledger kx.db a.edi");
    calm.run("screen -q --fail-on never --ledger kx.db c.edi");
    let whole = started.elapsed();
    let rounds = 12;
    for round in 0..rounds {
        let mut child = sandbox
            .process(KX837)
            .args(run.split_whitespace())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole.mul_f64(f64::from(round) / f64::from(rounds)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (code, _, errors) = sandbox.run(&run);
    assert_eq!(code, 0, "{errors}");
    // Files are numbered anew by every run that was kept: the number is left out.
    let counted = |sandbox: &Sandbox| {
        let (_, text, _) = sandbox.run("ledger export kx.db");
        let rows = text.lines().map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            [&fields[..1], &fields[2..]].concat().join(",")
        });
        rows.collect::<Vec<_>>()
    };
    assert_eq!(counted(&sandbox), counted(&calm));
    assert_eq!(sandbox.run("ledger verify kx.db").0, 0);
}

#[test]
fn what_cannot_be_reached_is_told_without_its_password() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), spent("C1", "1", "", 2_400)).unwrap();
    for (address, told) in [
        (
            "postgres://me:sesame@127.0.0.1:1/kx",
            "postgres://127.0.0.1:1/kx: ",
        ),
        (
            "postgres://me:sesame@127.0.0.1:one/kx",
            "expected an address such as postgres://",
        ),
    ] {
        let (code, _, errors) = sandbox.run(&format!("screen -q --ledger {address} a.edi"));
        assert_eq!(code, 2, "{errors}");
        assert!(errors.contains(told), "{errors}");
        assert!(!errors.contains("sesame"), "{errors}");
    }
}
