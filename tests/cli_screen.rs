//! `kx837 screen`: exit codes, where reports go, and what is said on standard error.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use cli_sandbox::{Sandbox, batch, fixture, outcome};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

fn records(jsonl: &str) -> Vec<Value> {
    jsonl
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn last(jsonl: &str) -> Value {
    records(jsonl).pop().unwrap()["data"].take()
}

#[test]
fn the_exit_code_tells_findings() {
    let sandbox = Sandbox::new();
    let clean = fixture("837p-clean-2024.edi");
    let mixed = fixture("837p-mixed.edi");
    assert_eq!(sandbox.run(&format!("screen {clean}")).0, 0);
    let (code, text, errors) = sandbox.run(&format!("screen {mixed}"));
    assert_eq!(code, 1);
    assert!(
        text.contains("KX201") && text.ends_with("complete: yes\n"),
        "{text}"
    );
    assert!(!text.contains('\x1b'));
    assert!(errors.contains(" claims/s"), "{errors}");
    assert_eq!(sandbox.run(&format!("screen --fail-on never {mixed}")).0, 0);
    assert_eq!(sandbox.run(&format!("screen --policies none {mixed}")).0, 0);
}

#[test]
fn a_missing_file_does_not_keep_the_others_from_being_screened() {
    let sandbox = Sandbox::new();
    let mixed = fixture("837p-mixed.edi");
    let (code, report, errors) = sandbox.run(&format!("screen --report jsonl missing.edi {mixed}"));
    assert_eq!(code, 2);
    assert!(
        errors.starts_with("kx837: error: missing.edi: "),
        "{errors}"
    );
    assert_eq!(errors.lines().count(), 1, "{errors}");
    let end = last(&report);
    assert_eq!(end["complete"], false);
    assert_eq!(end["counts"]["claims"], 80);
}

#[test]
fn what_is_not_x12_is_named_with_offset_and_expectation() {
    let sandbox = Sandbox::new();
    let utf16: Vec<u8> = "ISA*00".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("page.html", b"<!DOCTYPE html><html></html>"),
        ("utf16", &utf16),
        ("edifact", b"UNA:+.? 'UNB+UNOC:3+A+B+260101:0900+1'"),
        ("zip", b"PK\x03\x04\x14\x00\x00\x00\x08\x00"),
        ("binary", &[0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0xff]),
    ] {
        fs::write(sandbox.path(name), bytes).unwrap();
        let (code, _, errors) = sandbox.run(&format!("screen {name}"));
        assert_eq!(code, 2, "{name}: {errors}");
        assert!(
            errors.starts_with(&format!("kx837: error: {name}: ")),
            "{errors}"
        );
        assert!(
            errors.contains("expected an ISA segment at byte 0"),
            "{errors}"
        );
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}

#[test]
fn inputs_that_cannot_be_meant_are_refused() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("nothing")).unwrap();
    for (args, word) in [
        ("screen *.837", "*.837"),
        ("screen nothing", "nothing"),
        ("screen - -", "standard input"),
    ] {
        let (code, out, errors) = sandbox.run(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args}");
        assert!(errors.contains(word), "{args}: {errors}");
    }
}

#[test]
fn a_bad_pack_is_shown_with_a_caret_before_anything_is_read() {
    let sandbox = Sandbox::new();
    fs::write(
        sandbox.path("bad.toml"),
        "[pack]\nid = \"x\"\nversoin = \"1\"\n",
    )
    .unwrap();
    let (code, out, errors) = sandbox.run("screen --policy bad.toml -");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(
        errors.starts_with("kx837: error: bad.toml:3:1: "),
        "{errors}"
    );
    assert!(
        errors.contains("3 | versoin") && errors.contains("^^^^^^^"),
        "{errors}"
    );
}

#[test]
fn strict_runs_fail_on_defects() {
    let sandbox = Sandbox::new();
    let clean = fs::read_to_string(fixture("837p-clean-2024.edi")).unwrap();
    let cut = clean.rfind("IEA*").unwrap();
    fs::write(sandbox.path("open.edi"), &clean[..cut]).unwrap();
    let (code, _, errors) = sandbox.run("screen open.edi");
    assert_eq!(code, 0, "{errors}");
    let (code, _, errors) = sandbox.run("screen --strict -v open.edi");
    assert_eq!(code, 1);
    assert!(
        errors.contains("kx837: error: open.edi: interchange ")
            && errors.contains("[KX906 envelope-not-closed]"),
        "{errors}"
    );
    assert!(errors.contains("(--strict)"), "{errors}");
}

#[test]
fn reports_go_where_they_are_sent() {
    let sandbox = Sandbox::new();
    let mixed = fixture("837p-mixed.edi");
    let (code, out, _) = sandbox.run(&format!(
        "screen --report csv --report jsonl=out.jsonl -q {mixed}"
    ));
    assert_eq!(code, 1);
    assert!(out.lines().count() > 20, "{out}");
    let report = fs::read_to_string(sandbox.path("out.jsonl")).unwrap();
    assert_eq!(last(&report)["complete"], true);
    assert_eq!(
        records(&report)[0]["data"]["started"],
        "2026-01-01T00:00:00"
    );
    let packs = &records(&report)[0]["data"]["packs"];
    assert!(
        packs.as_array().is_some_and(|packs| packs.len() >= 5),
        "{packs}"
    );
}

#[test]
fn a_report_never_takes_the_place_of_an_input_or_a_folder() {
    let sandbox = Sandbox::new();
    fs::copy(fixture("837p-mixed.edi"), sandbox.path("a.edi")).unwrap();
    let before = fs::read(sandbox.path("a.edi")).unwrap();
    let (code, _, errors) = sandbox.run("screen --report csv=a.edi a.edi");
    assert_eq!(code, 2);
    assert!(errors.contains("a.edi"), "{errors}");
    assert_eq!(sandbox.run("lines -o a.edi a.edi").0, 2);
    assert_eq!(fs::read(sandbox.path("a.edi")).unwrap(), before);
    assert_eq!(sandbox.run("screen --report csv=config a.edi").0, 2);
    assert_eq!(sandbox.run("screen --report csv=none/a.csv a.edi").0, 2);
}

#[test]
fn a_folder_gets_every_format_of_every_file() {
    let sandbox = Sandbox::new();
    for folder in ["a", "b"] {
        fs::create_dir(sandbox.path(folder)).unwrap();
        fs::copy(
            fixture("837p-mixed.edi"),
            sandbox.path(folder).join("x.edi"),
        )
        .unwrap();
    }
    let mut command = sandbox.kx837("screen -o new/out a b/*.edi -");
    command.write_stdin(fs::read(fixture("837d-odd-delimiters.edi")).unwrap());
    let (code, out, errors) = outcome(&mut command);
    assert_eq!((code, out.as_str()), (1, ""), "{errors}");
    let mut names: Vec<String> = fs::read_dir(sandbox.path("new/out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected: Vec<String> = ["stdin", "x.edi", "x.edi-2"]
        .iter()
        .flat_map(|stem| {
            ["277ca.edi", "csv", "jsonl", "txt"].map(|extension| format!("{stem}.{extension}"))
        })
        .collect();
    let mut sorted = expected.clone();
    sorted.sort();
    assert_eq!(names, sorted);

    let args = format!("screen -o few --format csv {}", fixture("837p-mixed.edi"));
    assert_eq!(sandbox.run(&args).0, 1);
    assert_eq!(fs::read_dir(sandbox.path("few")).unwrap().count(), 1);
}

#[test]
fn the_277ca_takes_its_source_and_numbers_from_options() {
    let sandbox = Sandbox::new();
    let (_, out, _) = sandbox.run(&format!(
        "screen --report 277ca --source-id ACME9 --source-name ACME --control-number 4711 {}",
        fixture("837p-mixed.edi")
    ));
    assert!(
        out.starts_with("ISA*") && out.contains("*000004711*"),
        "{out}"
    );
    assert!(out.contains("*ACME*") && out.contains("*ACME9~"), "{out}");
}

#[test]
fn equal_input_gives_equal_reports_for_any_threads_and_pieces() {
    let sandbox = Sandbox::new();
    let inputs = ["837p-mixed.edi", "837i-mixed.edi", "837p-varied.edi"]
        .map(fixture)
        .join(" ");
    let report = |options: &str| {
        let (code, out, errors) =
            sandbox.run(&format!("screen -q --report jsonl {options} {inputs}"));
        assert_eq!((code, errors.as_str()), (1, ""), "{options}");
        out
    };
    let one = report("-j 1");
    for options in ["-j 4", "-j 2 --piece-size 700", "-j 1 --piece-size 3000"] {
        assert!(report(options) == one, "{options}");
    }
}

/// Small files are read several at a time, large ones and what is packed piece by piece: all in their order.
#[test]
fn a_folder_of_all_sizes_gives_equal_reports_for_any_threads() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("inbox");
    fs::create_dir(&folder).unwrap();
    let pack = |bytes: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    let large = batch(1, 4_000);
    assert!(large.len() > 2 << 20, "more than a block of a stream");
    let packed = pack(&large);
    fs::write(folder.join("large"), &large).unwrap();
    fs::write(folder.join("packed"), &packed).unwrap();
    fs::write(folder.join("packed-broken"), &packed[..packed.len() / 2]).unwrap();
    // A small file that unpacks to many pieces.
    let wide = [&batch(2, 1)[..], &vec![b'\n'; 3 << 20]].concat();
    fs::write(folder.join("small-050-wide"), pack(&wide)).unwrap();
    fs::write(folder.join("small-060-text"), "no claims").unwrap();
    fs::write(folder.join("small-070-empty"), "").unwrap();
    fs::write(folder.join("small-080-packed"), pack(&batch(3, 2))).unwrap();
    for number in 0..100 {
        let name = format!("small-{number:03}");
        fs::write(folder.join(name), batch(number + 9, 2)).unwrap();
    }
    let report = |options: &str| sandbox.run(&format!("screen -q --report jsonl {options} inbox"));
    let one = report("-j 1");
    assert_eq!(one.0, 2, "two files cannot be read to their end");
    for options in ["-j 2", "-j 4", "-j 3 --piece-size 3000"] {
        assert!(report(options) == one, "{options}");
    }
    let from_stdin = |options: &str| {
        let mut command = sandbox.kx837(&format!("screen -q --report jsonl {options} -"));
        outcome(command.pipe_stdin(folder.join("packed-broken")).unwrap())
    };
    assert!(from_stdin("-j 1") == from_stdin("-j 2"));
}

#[test]
fn quiet_runs_say_nothing_but_errors() {
    let sandbox = Sandbox::new();
    let (_, _, errors) = sandbox.run(&format!("screen -q {}", fixture("837p-mixed.edi")));
    assert_eq!(errors, "");
    let (_, _, errors) = sandbox.run("screen -q missing.edi");
    assert!(errors.starts_with("kx837: error: "), "{errors}");
}

/// More output than a pipe holds, for a reader that goes at once.
#[test]
fn a_reader_that_goes_is_success() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox
            .run("generate --claims 4000 --at-risk 0.3 -o big.edi")
            .0,
        0
    );
    for args in [
        "screen --report jsonl big.edi",
        "lines big.edi",
        "generate --size 2MB",
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kx837"))
            .args(args.split(' '))
            .current_dir(sandbox.path(""))
            .env("XDG_CONFIG_HOME", sandbox.path("config"))
            .env("SOURCE_DATE_EPOCH", "1767225600")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 1];
        let mut pipe = child.stdout.take().unwrap();
        pipe.read_exact(&mut first).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args}");
    }
}

/// Reports may lie among the claims: the next run does not read them.
/// Files that begin and end as reports do, and hold claims all the same.
#[test]
fn claims_among_reports_are_not_passed_over() {
    let sandbox = Sandbox::new();
    let claims = fs::read_to_string(fixture("837p-mixed.edi")).unwrap();
    let (isa, rest) = claims.split_once('~').unwrap();
    let rest = rest.trim_start();
    let files = [
        (
            "a.ta1.edi",
            format!("{isa}~\nTA1*000000905*261101*1200*A*000~\n{rest}"),
        ),
        (
            "b.999.edi",
            format!("{isa}~\nGS*FA*A*B*20261101*1200*1*X*005010X231A1~\nGE*0*1~\n{rest}"),
        ),
        (
            "c.txt",
            format!("from a mailbox\n{claims}\ncomplete: yes\n"),
        ),
        ("d.edi", claims.clone()),
    ];
    fs::create_dir(sandbox.path("in")).unwrap();
    for (name, text) in &files {
        fs::write(sandbox.path("in").join(name), text).unwrap();
    }
    let (_, report, errors) = sandbox.run("screen -q --fail-on never --report jsonl in");
    let last = last(&report);
    assert_eq!(last["files"].as_u64(), Some(4), "{errors}");
    let claims = last["counts"]["claims"].as_u64().unwrap();
    assert!(claims > 0 && claims.is_multiple_of(4), "{claims}");
}

/// A pipe may have the name of a report; it is opened once, by whoever reads it.
#[cfg(unix)]
#[test]
fn a_pipe_with_the_name_of_a_report_is_read() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("a.txt");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let writer =
        std::thread::spawn(move || fs::write(pipe, fs::read(fixture("837p-mixed.edi")).unwrap()));
    let (_, report, errors) = sandbox.run("screen -q --fail-on never --report jsonl *.txt");
    assert_eq!(last(&report)["files"].as_u64(), Some(1), "{errors}");
    writer.join().unwrap().unwrap();
}

#[test]
fn an_answer_goes_when_there_is_nothing_to_answer_but_not_when_nothing_could_be_read() {
    let sandbox = Sandbox::new();
    let screen = |input: &str| {
        let run = format!("screen -q --fail-on never --report 277ca=answer.edi {input}");
        let (code, _, _) = sandbox.run(&run);
        (code, sandbox.path("answer.edi").exists())
    };
    let claims = fixture("837p-mixed.edi");
    assert_eq!(screen(&claims), (0, true));
    assert_eq!(screen("no-such-file.edi"), (2, true));
    let isa = fs::read_to_string(&claims).unwrap()[..106].to_owned();
    let empty = format!("{isa}IEA*0*{}~", &isa[90..99]);
    fs::write(sandbox.path("empty.edi"), empty).unwrap();
    assert_eq!(screen("empty.edi"), (0, false));
}

#[test]
fn reports_of_an_earlier_run_are_no_claims() {
    let formats = "--format text --format jsonl --format csv --format 277ca --format 277ca-strict \
                   --format 277ca-gate --format 999 --format ta1";
    for (out, name) in [("in", "in/a.edi."), ("in/reports", "in/reports/a.edi.")] {
        let sandbox = Sandbox::new();
        fs::create_dir(sandbox.path("in")).unwrap();
        // Claims may have any name.
        for name in ["a.edi", "b.txt", "c.999.edi"] {
            fs::copy(fixture("837p-mixed.edi"), sandbox.path("in").join(name)).unwrap();
        }
        let screen = format!("screen --no-progress --fail-on never {formats} -o {out} in");
        let count = || {
            let folder = fs::read_dir(sandbox.path(out)).unwrap();
            folder
                .filter(|entry| entry.as_ref().unwrap().path().is_file())
                .count()
        };
        let totals = "3 files, 240 claims, 612 lines: 93 lines at risk ($25,185.45)\n";
        assert_eq!(sandbox.run(&screen), (0, String::new(), totals.to_owned()));
        let files = count();
        for _ in 0..2 {
            let (code, _, errors) = sandbox.run(&screen);
            assert_eq!(code, 0, "{errors}");
            assert!(
                errors.starts_with(&format!("24 reports of kx837 passed over, such as {name}"))
                    && errors.lines().count() == 2
                    && errors.ends_with(totals),
                "{errors}"
            );
            assert_eq!(count(), files);
        }
        let (code, report, _) = sandbox.run("screen -q --fail-on never --report jsonl in");
        assert_eq!((code, last(&report)["files"].as_u64()), (0, Some(3)));
        let (_, report, _) =
            sandbox.run("screen -q --fail-on never --report jsonl in/*.edi in/*.txt");
        assert_eq!(last(&report)["files"].as_u64(), Some(3));
        // Who names one is told what it is.
        let (code, _, errors) = sandbox.run(&format!("screen --no-progress {name}txt"));
        assert_eq!(code, 2, "{errors}");
    }
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("in")).unwrap();
    let only = format!("screen -o in {}", fixture("837p-mixed.edi"));
    sandbox.run(&only);
    let (code, _, errors) = sandbox.run("screen in");
    assert_eq!(code, 2, "{errors}");
    assert!(
        errors.contains("nothing to read: 4 reports of kx837 passed over"),
        "{errors}"
    );
}

/// Reports have the names of their inputs with something behind them, which may be the name of another input.
#[test]
fn reports_of_single_files_never_take_the_place_of_claims() {
    let sandbox = Sandbox::new();
    let claims = batch(5, 3);
    let claims = claims.as_slice();
    for name in ["day", "day.txt", "other.csv"] {
        std::fs::write(sandbox.path(name), claims).unwrap();
    }
    // Not an input of the run.
    std::fs::create_dir(sandbox.path("in")).unwrap();
    std::fs::write(sandbox.path("in/other"), claims).unwrap();
    for _ in 0..2 {
        let (code, _, errors) =
            sandbox.run("screen -q --fail-on never -o . --format text --format csv day day.txt in");
        assert_eq!(code, 0, "{errors}");
        for name in ["day", "day.txt", "other.csv"] {
            assert_eq!(std::fs::read(sandbox.path(name)).unwrap(), claims, "{name}");
        }
        for name in ["day-2.txt", "day-2.csv", "day.txt.csv", "other-2.txt"] {
            assert!(sandbox.path(name).exists(), "{name}");
        }
        assert!(!sandbox.path("day-3.txt").exists() && !sandbox.path("other-3.csv").exists());
    }
}

/// A pack, the key and a ledger are as dear as claims, also where they are still to be made.
#[test]
fn reports_never_take_the_place_of_the_run_s_own_files() {
    let sandbox = Sandbox::new();
    let mixed = fixture("837p-mixed.edi");
    let pack = "[pack]\nid = \"ours\"\nversion = \"1\"\ntitle = \"Ours\"\n";
    std::fs::write(sandbox.path("ours.toml"), pack).unwrap();
    std::fs::create_dir(sandbox.path("out")).unwrap();
    std::fs::write(sandbox.path("out/837p-mixed.edi.csv"), pack).unwrap();
    for (options, what) in [
        (
            "--policy ours.toml --report csv=./ours.toml",
            "a policy pack",
        ),
        (
            "--key-file new.key --report csv=new.key",
            "the key of patient hashes",
        ),
        ("--ledger new.db --report csv=new.db", "the ledger"),
    ] {
        let (code, _, errors) = sandbox.run(&format!("screen -q {options} {mixed}"));
        assert_eq!(code, 2, "{options}");
        assert!(
            errors.contains(&format!("would take the place of {what}")),
            "{errors}"
        );
    }
    let (code, _, errors) = sandbox.run(&format!("lines --key-file new.key -o new.key {mixed}"));
    assert_eq!(code, 2);
    assert!(
        errors.contains("would take the place of the key"),
        "{errors}"
    );
    assert!(!sandbox.path("new.key").exists() && !sandbox.path("new.db").exists());
    let (code, _, errors) = sandbox.run(&format!(
        "screen -q --fail-on never --policy out/837p-mixed.edi.csv -o out --format csv {mixed}"
    ));
    assert_eq!(code, 0, "{errors}");
    for file in ["ours.toml", "out/837p-mixed.edi.csv"] {
        assert_eq!(std::fs::read_to_string(sandbox.path(file)).unwrap(), pack);
    }
}

/// Whether a report may be written is not found out by reading what its reader is to have.
#[cfg(unix)]
#[test]
fn a_pipe_in_the_folder_of_reports_gets_its_report() {
    let sandbox = Sandbox::new();
    let mixed = fixture("837p-mixed.edi");
    fs::create_dir(sandbox.path("out")).unwrap();
    let pipe = sandbox.path("out/837p-mixed.edi.csv");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let reader = std::thread::spawn(move || fs::read_to_string(pipe));
    let (code, _, errors) = sandbox.run(&format!(
        "screen -q --fail-on never -o out --format csv --report csv=whole.csv {mixed}"
    ));
    assert_eq!(code, 0, "{errors}");
    let whole = fs::read_to_string(sandbox.path("whole.csv")).unwrap();
    assert_eq!(reader.join().unwrap().unwrap(), whole);
}
