//! `kx837 screen` when its surroundings fail: files that cannot be read or that change, disks that are full, readers that
//! go, signals, and a panic.
//!
//! What can still be done is done, and what was not is told; no report stands half written under its name.
#![cfg(all(feature = "cli", target_os = "linux"))]

mod cli_sandbox;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(feature = "fault-injection")]
use cli_sandbox::outcome;
use cli_sandbox::{KX837, Sandbox, batch, fixture};
use kx837::generate::{GenerateOptions, generate};

fn with_batches(names: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    for name in names {
        fs::copy(fixture("837p-mixed.edi"), sandbox.path(name)).unwrap();
    }
    sandbox
}

/// All names in a folder, hidden ones too: temporary files are.
fn names(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(sandbox.path(folder)).into_iter().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn text(sandbox: &Sandbox, name: &str) -> String {
    fs::read_to_string(sandbox.path(name)).unwrap()
}

#[test]
fn links_in_folders_are_followed_to_files_and_told_when_they_lead_nowhere() {
    let sandbox = with_batches(&["a.edi"]);
    fs::create_dir_all(sandbox.path("in/deep")).unwrap();
    symlink("../a.edi", sandbox.path("in/a.edi")).unwrap();
    symlink("nowhere", sandbox.path("in/gone.edi")).unwrap();
    // Whoever follows it never ends.
    symlink("..", sandbox.path("in/deep/above")).unwrap();
    let (code, report, errors) = sandbox.run("screen --no-progress --report jsonl in");
    assert_eq!(code, 2, "{errors}");
    assert!(
        errors.starts_with("kx837: error: in/gone.edi: ") && errors.lines().count() == 1,
        "{errors}"
    );
    assert!(report.contains("\"files\":2,"), "{report}");
}

#[test]
fn files_that_cannot_be_read_do_not_keep_the_others_from_being_screened() {
    let sandbox = with_batches(&["a.edi", "z.edi"]);
    symlink("nowhere", sandbox.path("gone.edi")).unwrap();
    // A file whose first byte cannot be read, not even by the superuser.
    symlink("/proc/self/mem", sandbox.path("damaged.edi")).unwrap();
    let run = "screen -o out --format text a.edi gone.edi damaged.edi z.edi";
    for threads in ["-j 1", "-j 2"] {
        let (code, _, errors) = sandbox.run(&format!("{run} {threads}"));
        assert_eq!(code, 2, "{errors}");
        let told: Vec<_> = errors.lines().collect();
        assert_eq!(told.len(), 3, "{errors}");
        assert!(
            told[2].ends_with(" at risk ($16,790.30), incomplete"),
            "{errors}"
        );
        assert!(told[0].starts_with("kx837: error: gone.edi: "), "{errors}");
        assert!(
            told[1].starts_with("kx837: error: damaged.edi: "),
            "{errors}"
        );
        for name in ["a", "z"] {
            let report = text(&sandbox, &format!("out/{name}.edi.txt"));
            assert!(report.ends_with("complete: yes\n"), "{report}");
        }
        for name in ["gone", "damaged"] {
            let report = text(&sandbox, &format!("out/{name}.edi.txt"));
            assert!(report.contains("\ncomplete: no"), "{report}");
        }
    }
}

#[test]
fn a_full_disk_is_told_and_the_other_reports_are_written() {
    let sandbox = with_batches(&["a.edi"]);
    let (code, out, errors) =
        sandbox.run("screen --report jsonl=/dev/full --report csv=a.csv --report text a.edi");
    assert_eq!(code, 2, "{errors}");
    assert!(
        errors.starts_with("kx837: error: /dev/full: No space left"),
        "{errors}"
    );
    assert!(out.contains("\ncomplete: no"), "{out}");
    assert!(text(&sandbox, "a.csv").lines().count() > 20);
    assert_eq!(names(&sandbox, "."), ["a.csv", "a.edi", "config"]);
}

/// The disk has room for 4 KiB of each file.
#[test]
fn a_report_that_does_not_fit_does_not_appear() {
    let sandbox = with_batches(&["a.edi"]);
    fs::write(sandbox.path("a.jsonl"), "the report of another day").unwrap();
    // The key is there before.
    sandbox.run("screen -q a.edi");
    let run = "trap '' XFSZ; ulimit -f 8; exec \"$0\" screen --report jsonl=a.jsonl -o out a.edi";
    let output = sandbox
        .process("sh")
        .args(["-c", run, KX837])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("a.jsonl: File too large"), "{errors}");
    assert_eq!(text(&sandbox, "a.jsonl"), "the report of another day");
    assert_eq!(names(&sandbox, "."), ["a.edi", "a.jsonl", "config", "out"]);
    for name in names(&sandbox, "out") {
        assert!(
            !name.starts_with('.') && !errors.contains(&name),
            "{name}: {errors}"
        );
        assert!(fs::metadata(sandbox.path("out").join(name)).unwrap().len() <= 8 * 512);
    }
}

/// Standard output has a reader that goes; the file beside it does not suffer.
#[test]
fn a_reader_that_goes_does_not_stop_the_other_reports() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), batch(5, 2_000)).unwrap();
    let run = "screen --no-progress -q --report jsonl --all-claims --report text=a.txt a.edi";
    let output = left_by_its_reader(&sandbox, run);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(text(&sandbox, "a.txt").contains("complete: "));
    assert_eq!(names(&sandbox, "."), ["a.edi", "a.txt", "config"]);
}

/// A run whose standard streams are pipes.
fn spawn(sandbox: &Sandbox, args: &str) -> (Child, ChildStdout) {
    let mut child = sandbox
        .process(KX837)
        .args(args.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pipe = child.stdout.take().unwrap();
    (child, pipe)
}

/// A run whose report somebody begins to read and leaves.
fn left_by_its_reader(sandbox: &Sandbox, args: &str) -> Output {
    let (mut child, pipe) = spawn(sandbox, args);
    drop(child.stdin.take());
    drop(first_byte(pipe));
    end(child)
}

fn first_byte(mut pipe: ChildStdout) -> ChildStdout {
    pipe.read_exact(&mut [0]).unwrap();
    pipe
}

/// Waits for the run, at most a minute.
fn end(mut child: Child) -> Output {
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("the run does not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{signal} {}", child.id())])
        .status();
    assert!(sent.unwrap().success());
}

/// Writes claims until nobody reads them any more. Returns at once when `length` bytes were taken.
fn feed(mut pipe: ChildStdin, length: u64) -> ChildStdin {
    let options = GenerateOptions {
        bytes: Some(length),
        ..GenerateOptions::default()
    };
    generate(&options, &mut pipe, None).unwrap();
    pipe
}

/// The first file is done, the second comes without end, the third was not begun.
#[test]
fn an_interrupted_run_keeps_what_is_done_and_publishes_nothing_half() {
    for (signal, goes_on) in [("INT", true), ("TERM", true), ("INT", false)] {
        let sandbox = with_batches(&["a.edi", "z.edi"]);
        fs::write(sandbox.path("all.jsonl"), "the report of another day").unwrap();
        let run = "screen --no-progress --report text --report jsonl=all.jsonl -o out --format csv --piece-size 100000 a.edi - z.edi";
        let (mut child, mut pipe) = spawn(&sandbox, run);
        let reader = thread::spawn(move || {
            let mut report = String::new();
            pipe.read_to_string(&mut report).unwrap();
            report
        });
        // More than waits between the threads: the first file is done.
        let mut input = feed(child.stdin.take().unwrap(), 12 << 20);
        send(signal, &child);
        if goes_on {
            // Fails when the run has ended.
            while input.write_all(b"NTE*ADD*MORE~").is_ok() {}
        }
        let output = end(child);
        drop(input);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{signal}: {errors}");
        assert!(
            errors.contains(
                "kx837: error: interrupted; the report that was being written says that it is incomplete; no report over \
                 all files was put in its place; out has the reports of the files that were read to their end; others there are of earlier runs"
            ),
            "{errors}"
        );
        let report = reader.join().unwrap();
        assert!(report.contains("\ncomplete: no"), "{signal}: {report}");
        assert!(report.contains("run-interrupted"), "{signal}: {report}");
        assert_eq!(names(&sandbox, "out"), ["a.edi.csv"]);
        assert!(text(&sandbox, "out/a.edi.csv").lines().count() > 20);
        assert_eq!(text(&sandbox, "all.jsonl"), "the report of another day");
        assert_eq!(
            names(&sandbox, "."),
            ["a.edi", "all.jsonl", "config", "out", "z.edi"]
        );
    }
}

/// What was written of an answer has no trailers: by those it would be taken for whole.
#[test]
fn an_answer_that_was_interrupted_is_not_closed() {
    for (format, set) in [("277ca-gate", "ST*277*"), ("999", "ST*999*")] {
        let sandbox = with_batches(&["a.edi"]);
        let run = format!("screen --no-progress --report {format} --piece-size 100000 a.edi -");
        let (mut child, mut pipe) = spawn(&sandbox, &run);
        let reader = thread::spawn(move || {
            let mut report = String::new();
            pipe.read_to_string(&mut report).unwrap();
            report
        });
        let input = feed(child.stdin.take().unwrap(), 12 << 20);
        send("INT", &child);
        let output = end(child);
        drop(input);
        assert_eq!(output.status.code(), Some(130), "{format}");
        let report = reader.join().unwrap();
        let of_first = report.find("IEA*").map(|at| report.split_at(at));
        let (whole, rest) = of_first.expect("the answer to the first file is whole");
        assert!(whole.contains(set), "{format}");
        assert!(rest.contains("\nISA*") && rest.contains(set), "{format}");
        assert_eq!(rest.matches("IEA*").count(), 1, "{format}");
    }
}

#[test]
fn a_generated_file_that_is_interrupted_leaves_nothing() {
    let sandbox = Sandbox::new();
    let (mut child, _pipe) = spawn(&sandbox, "generate --size 100GB -o big.edi");
    drop(child.stdin.take());
    while !names(&sandbox, ".")
        .iter()
        .any(|name| name.starts_with(".kx837-"))
    {
        thread::sleep(Duration::from_millis(5));
    }
    send("INT", &child);
    let output = end(child);
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "kx837: error: interrupted\n"
    );
    assert!(names(&sandbox, ".").is_empty());
}

#[test]
fn a_second_signal_ends_a_run_that_waits_and_leaves_nothing_half() {
    let sandbox = with_batches(&[]);
    fs::write(sandbox.path("a.edi"), batch(7, 3_000)).unwrap();
    let run = "screen --no-progress --report jsonl --all-claims -o out --format 277ca --piece-size 50000 a.edi";
    let (mut child, pipe) = spawn(&sandbox, run);
    drop(child.stdin.take());
    // The pipe is full: the run waits, and does not see the first signal.
    let _pipe = first_byte(pipe);
    send("INT", &child);
    thread::sleep(Duration::from_millis(300));
    let is_unfinished = |name: &String| name.starts_with(".kx837-");
    assert!(names(&sandbox, "out").iter().any(is_unfinished));
    send("INT", &child);
    assert_eq!(end(child).status.code(), Some(130));
    assert!(names(&sandbox, "out").is_empty());
}

/// What another program does to a file after the first byte of the report has come.
fn while_it_is_read(args: &str, change: impl Fn(&File)) -> (Sandbox, Output) {
    let sandbox = with_batches(&["z.edi"]);
    let path = sandbox.path("a.edi");
    fs::write(&path, batch(7, 3_000)).unwrap();
    let run = format!(
        "screen --no-progress --report jsonl --all-claims -o out --format text --piece-size 50000 {args} a.edi z.edi"
    );
    let (mut child, pipe) = spawn(&sandbox, &run);
    drop(child.stdin.take());
    // The pipe is full: the run waits.
    let mut pipe = first_byte(pipe);
    change(&File::options().append(true).open(&path).unwrap());
    let reader = thread::spawn(move || std::io::copy(&mut pipe, &mut std::io::sink()).unwrap());
    let output = end(child);
    reader.join().unwrap();
    (sandbox, output)
}

fn assert_told(sandbox: &Sandbox, output: &Output, words: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), None);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(
        errors.starts_with("kx837: error: a.edi: cannot be read beyond byte "),
        "{errors}"
    );
    assert!(
        errors.contains(words) && errors.contains("[KX901 "),
        "{errors}"
    );
    assert!(text(sandbox, "out/a.edi.txt").contains("\ncomplete: no"));
    assert!(text(sandbox, "out/z.edi.txt").ends_with("complete: yes\n"));
}

#[test]
fn a_file_that_becomes_shorter_is_an_error_and_no_signal() {
    for threads in ["-j 1", "-j 2"] {
        let (sandbox, output) = while_it_is_read(threads, |file| {
            let half = file.metadata().unwrap().len() / 2;
            file.set_len(half).unwrap();
        });
        assert_told(
            &sandbox,
            &output,
            "bytes when it was opened, and now ends at byte ",
        );
    }
}

#[test]
fn a_file_to_which_is_written_is_an_error() {
    for threads in ["-j 1", "-j 2"] {
        let (sandbox, output) = while_it_is_read(threads, |mut file| {
            file.write_all(b"ISA*").unwrap();
        });
        assert_told(&sandbox, &output, "another program is writing to it");
    }
}

/// The program panics in a worker, with a message that quotes the claim.
#[cfg(feature = "fault-injection")]
#[test]
fn a_panic_is_told_without_data_and_the_other_files_are_screened() {
    let sandbox = with_batches(&["a.edi", "z.edi"]);
    let bytes = batch(7, 600);
    let claims: Vec<&str> = str::from_utf8(&bytes).unwrap().split("CLM*").collect();
    let id = claims[400].split('*').next().unwrap();
    fs::write(sandbox.path("m.edi"), &bytes).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&bytes).unwrap();
    fs::write(sandbox.path("n.gz"), packed.finish().unwrap()).unwrap();
    for threads in ["-j 1", "-j 3"] {
        let mut command = sandbox.kx837(&format!(
            "screen --piece-size 50000 --report jsonl -o out --format text {threads} a.edi m.edi n.gz z.edi"
        ));
        command.env("KX837_PANIC_ON", format!("CLM*{id}*"));
        let (code, report, errors) = outcome(&mut command);
        assert_eq!(code, 2, "{errors}");
        assert!(
            !errors.contains("NM1*") && !errors.contains("CLM*"),
            "{errors}"
        );
        for line in errors.lines() {
            let is_place = line.starts_with("kx837: internal error at src/screen/fault.rs");
            let is_notice = line.contains(": cannot be read")
                && line.contains("an internal error stopped the reading");
            assert!(is_place || is_notice, "{errors}");
        }
        assert_eq!(errors.matches(" [KX901 ").count(), 2, "{errors}");
        assert!(report.trim_end().ends_with('}') && report.contains(r#""complete":false"#));
        for name in ["a.edi", "z.edi"] {
            let report = text(&sandbox, &format!("out/{name}.txt"));
            assert!(report.ends_with("complete: yes\n"), "{report}");
        }
        for name in ["m.edi", "n.gz"] {
            let report = text(&sandbox, &format!("out/{name}.txt"));
            assert!(report.contains("\ncomplete: no"), "{report}");
            assert!(report.contains("claims"), "{report}");
        }
        assert!(
            names(&sandbox, ".")
                .iter()
                .all(|name| !name.starts_with('.'))
        );
    }
}

/// Whoever stops reading stops the run; that its ledger knows nothing of it is said.
#[test]
fn a_run_that_nobody_reads_says_that_the_ledger_was_not_written() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), batch(5, 2_000)).unwrap();
    let run = "screen --no-progress --report jsonl --all-claims --ledger kx.db a.edi";
    let output = left_by_its_reader(&sandbox, run);
    assert_eq!(output.status.code(), Some(0));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("nothing of it was added to the ledger"),
        "{errors}"
    );
    let (_, shown, _) = sandbox.run("ledger show --ledger kx.db");
    assert!(!shown.contains("therapy"), "{shown}");
}
