//! `kx837 bench`: which figures there are and that they agree with each other. How fast anything is,
//! no test asks.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cli_sandbox::{Sandbox, batch, fixture, outcome};
use kx837::bench::{Bench, Sample, Settings, StageKind};
use kx837::policy::PolicySet;
use kx837::screen::{Access, Input};
use serde_json::Value;

const FIXTURES: [&str; 5] = [
    "837p-mixed.edi",
    "837p-varied.edi",
    "837p-clean-2024.edi",
    "837i-mixed.edi",
    "837d-odd-delimiters.edi",
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Runs with `--format json`, which must go well.
fn json(sandbox: &Sandbox, args: &str) -> Value {
    let (code, out, errors) = sandbox.run(&format!("bench --format json --rounds 1 {args}"));
    assert_eq!((code, errors.as_str()), (0, ""), "{args}");
    serde_json::from_str(&out).unwrap()
}

fn stages(document: &Value) -> Vec<&Value> {
    document["stages"].as_array().unwrap().iter().collect()
}

fn names(document: &Value) -> Vec<&str> {
    stages(document)
        .iter()
        .map(|stage| stage["stage"].as_str().unwrap())
        .collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

fn assert_close(one: f64, other: f64, what: &str) {
    assert!((one / other - 1.0).abs() < 1e-6, "{what}: {one} {other}");
}

#[test]
fn the_table_has_a_row_for_every_stage() {
    let sandbox = Sandbox::new();
    for name in FIXTURES {
        let file = fixture(name);
        let (code, out, errors) = sandbox.run(&format!("bench --rounds 2 -j 3 {file}"));
        assert_eq!((code, errors.as_str()), (0, ""), "{name}");
        assert!(out.starts_with(&format!("{file}: ")), "{out}");
        assert!(
            out.contains(
                "\nbest of 2 rounds, and how far above it the median is; 3 threads at most\n"
            ),
            "{out}"
        );
        let (_, table) = out.split_once("\n\n").unwrap();
        let rows: Vec<&str> = table
            .lines()
            .skip(1)
            .map(|row| row.split_whitespace().next().unwrap())
            .collect();
        let of_plain = |kind: &StageKind| !matches!(kind, StageKind::Unpack | StageKind::Packed);
        let all = StageKind::all().filter(of_plain).map(StageKind::name);
        assert_eq!(rows, all.collect::<Vec<_>>());
    }
}

#[test]
fn many_files_are_told_of_in_one_line() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("in")).unwrap();
    for number in 0..9 {
        fs::write(
            sandbox.path("in").join(number.to_string()),
            batch(number, 5),
        )
        .unwrap();
    }
    fs::write(sandbox.path("in/packed"), gzip(&batch(8, 5))).unwrap();
    let (code, out, errors) = sandbox.run("bench --rounds 1 --stage count in");
    assert_eq!((code, errors.as_str()), (0, ""));
    let (head, _) = out.split_once("\nbest of 1 round").unwrap();
    assert!(
        head.starts_with("10 files (1 packed): ") && head.ends_with(" lines"),
        "{out}"
    );
    assert_eq!(head.lines().count(), 1, "{out}");
    let document = json(&sandbox, "--stage count in");
    assert_eq!(document["files"].as_array().unwrap().len(), 10);
}

#[test]
fn figures_of_the_json_agree_with_each_other() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("plain.edi"), batch(7, 300)).unwrap();
    fs::write(sandbox.path("packed"), gzip(&batch(8, 200))).unwrap();
    let document = json(&sandbox, "plain.edi packed");
    let files = document["files"].as_array().unwrap();
    assert_eq!(files[0]["name"], "plain.edi");
    assert_eq!(
        (&files[0]["packed"], &files[1]["packed"]),
        (&Value::Bool(false), &Value::Bool(true))
    );
    let (_, survey, _) = sandbox.run("inspect --format json plain.edi packed");
    let survey: Value = serde_json::from_str(&survey).unwrap();
    for count in ["bytes", "segments", "claims", "lines"] {
        for (file, inspected) in files.iter().zip(survey["files"].as_array().unwrap()) {
            assert_eq!(file[count], inspected["counts"][count], "{count}");
        }
        let sum = files.iter().map(|file| number(&file[count])).sum();
        assert_close(number(&document[count]), sum, count);
    }
    assert_eq!(
        names(&document),
        StageKind::all().map(StageKind::name).collect::<Vec<_>>()
    );
    let time = |stage: &Value| number(&stage["best_seconds"]) / number(&stage["bytes"]);
    let count = stages(&document)[0];
    for stage in stages(&document) {
        let name = stage["stage"].as_str().unwrap();
        let seconds = number(&stage["best_seconds"]);
        assert!(seconds > 0.0, "{name}");
        let rounds: Vec<f64> = stage["round_seconds"]
            .as_array()
            .unwrap()
            .iter()
            .map(number)
            .collect();
        assert_eq!(document["rounds"], rounds.len());
        assert_close(
            rounds.iter().copied().fold(f64::MAX, f64::min),
            seconds,
            name,
        );
        let median = number(&stage["median_seconds"]);
        assert!(
            median >= seconds && rounds.iter().any(|time| *time >= median),
            "{name}"
        );
        let rate = number(&stage["bytes_per_second"]);
        assert_close(rate, number(&stage["bytes"]) / seconds, name);
        assert_close(
            number(&stage["ratio_to_count"]),
            time(stage) / time(count),
            name,
        );
        match stage["base"].as_str() {
            None => assert_eq!(name, "count"),
            Some(base) => {
                let all = stages(&document);
                let base = all.iter().find(|stage| stage["stage"] == base).unwrap();
                assert_close(
                    number(&stage["ratio_to_base"]),
                    time(stage) / time(base),
                    name,
                );
            }
        }
        let of_packed = matches!(name, "unpack" | "packed");
        let bytes = if of_packed { &files[1] } else { &document };
        assert_eq!(stage["bytes"], bytes["bytes"], "{name}");
        assert_close(
            number(&stage["segments_per_second"]) * seconds,
            number(&bytes["segments"]),
            name,
        );
        if matches!(name, "count" | "split" | "scan" | "unpack") {
            assert!(stage["claims_per_second"].is_null(), "{name}");
        } else {
            assert_close(
                number(&stage["claims_per_second"]) * seconds,
                number(&bytes["claims"]),
                name,
            );
        }
    }
}

#[test]
fn a_stage_that_is_named_runs_alone() {
    let sandbox = Sandbox::new();
    let file = fixture("837p-mixed.edi");
    for kind in StageKind::all() {
        if matches!(kind, StageKind::Unpack | StageKind::Packed) {
            continue;
        }
        let name = kind.name();
        let document = json(&sandbox, &format!("--stage {name} {file}"));
        assert_eq!(names(&document), [name]);
        let stage = stages(&document)[0];
        assert!(stage["ratio_to_base"].is_null(), "{stage}");
        assert_eq!(stage["ratio_to_count"].is_null(), name != "count");
    }
    let two = json(&sandbox, &format!("--stage jsonl --stage screen {file}"));
    assert_eq!(names(&two), ["screen", "jsonl"]);
    assert!(stages(&two)[1]["ratio_to_base"].is_number(), "{two}");
}

#[test]
fn packed_files_and_standard_input_are_measured_too() {
    let sandbox = Sandbox::new();
    let plain = batch(3, 100);
    let zstd = zstd::encode_all(&plain[..], 1).unwrap();
    for packed in [gzip(&plain), zstd] {
        let args = "bench --rounds 2 --format json --stage unpack --stage packed --stage read";
        fs::write(sandbox.path("file"), &packed).unwrap();
        let from_file = outcome(&mut sandbox.kx837(&format!("{args} file")));
        let mut piped = sandbox.kx837(&format!("{args} -"));
        for (code, out, errors) in [from_file, outcome(piped.write_stdin(packed))] {
            assert_eq!((code, errors.as_str()), (0, ""));
            let document: Value = serde_json::from_str(&out).unwrap();
            assert_eq!(names(&document), ["read", "unpack", "packed"]);
            assert_eq!(document["bytes"], plain.len());
            assert!(stages(&document)[2]["ratio_to_base"].is_number());
        }
    }
}

#[test]
fn what_cannot_be_read_whole_has_no_figures() {
    let sandbox = Sandbox::new();
    let good = batch(1, 50);
    let heading = "ISA*00*          *00*          *ZZ*A              *ZZ*B              \
        *260305*0900*^*00501*000000001*0*T*:~GS*HC*A*B*20260305*0900*1*X*005010X222A1~\
        GE*0*1~IEA*1*000000001~";
    for (name, bytes, words) in [
        ("cut.edi", &good[..good.len() / 2], "the data end inside"),
        ("empty.edi", b"", "an empty file"),
        ("page.html", b"<html></html>", "found HTML"),
        ("cut.gz", &gzip(&good)[..300], "cannot be read beyond byte"),
        ("none.edi", heading.as_bytes(), "there are no claims"),
    ] {
        fs::write(sandbox.path(name), bytes).unwrap();
        fs::write(sandbox.path("good.edi"), &good).unwrap();
        for others in ["", "good.edi", "--stage count"] {
            if others == "good.edi" && name == "none.edi" {
                continue;
            }
            let (code, out, errors) = sandbox.run(&format!("bench --rounds 1 {others} {name}"));
            assert_eq!((code, out.as_str()), (2, ""), "{name}: {errors}");
            assert!(errors.contains(words), "{name}: {errors}");
            assert!(
                errors.contains("kx837: error: nothing was measured, because"),
                "{errors}"
            );
            assert!(!errors.contains("good.edi"), "{errors}");
        }
    }
    for (args, word) in [
        ("bench missing.edi", "missing.edi: cannot be read: "),
        ("bench --rounds 0 good.edi", "--rounds"),
        (
            "bench --stage frobnicate good.edi",
            "possible values: count,",
        ),
        ("bench --stage unpack good.edi", "no file is packed"),
        ("bench --policy missing.toml good.edi", "missing.toml"),
        ("bench *.837", "no file matches"),
    ] {
        let (code, out, errors) = sandbox.run(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args}: {errors}");
        assert!(errors.starts_with("kx837: error: "), "{errors}");
        assert!(errors.contains(word), "{args}: {errors}");
    }
}

/// Line breaks inside of segments must be taken out before claims can be read.
#[test]
fn wrapped_files_are_measured() {
    let sandbox = Sandbox::new();
    let bytes = batch(5, 30);
    let text: Vec<u8> = bytes.into_iter().filter(|byte| *byte != b'\n').collect();
    let rows: Vec<&[u8]> = text.chunks(80).collect();
    fs::write(sandbox.path("wrapped.edi"), rows.join(&b"\r\n"[..])).unwrap();
    let document = json(&sandbox, "wrapped.edi");
    assert_eq!(document["claims"], 30);
}

#[test]
fn no_identity_is_shown() {
    let sandbox = Sandbox::new();
    let bytes = batch(2, 40);
    fs::write(sandbox.path("claims.edi"), &bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let people: Vec<Vec<&str>> = text
        .split('~')
        .map(|segment| segment.trim().split('*').collect())
        .filter(|elements: &Vec<&str>| elements.starts_with(&["NM1", "IL"]))
        .collect();
    assert!(!people.is_empty());
    // What cannot be read is told with its place.
    let cut = text.rfind("SV1*").unwrap() + 10;
    fs::write(sandbox.path("cut.edi"), &text[..cut]).unwrap();
    for (name, expected) in [("claims.edi", 0), ("cut.edi", 2)] {
        for format in ["text", "json"] {
            let args = format!("bench --rounds 1 --format {format} {name}");
            let (code, out, errors) = sandbox.run(&args);
            assert_eq!(code, expected, "{errors}");
            for person in &people {
                for identity in [person[3], person[4], person[9]] {
                    assert!(!out.contains(identity), "{identity}");
                    assert!(!errors.contains(identity), "{identity}");
                }
            }
        }
    }
}

/// Counting and splitting know delimiters from each ISA alone.
#[test]
fn delimiters_are_those_of_the_interchange() {
    for name in FIXTURES {
        let input = Input::File(PathBuf::from(fixture(name)));
        let sample = Sample::open(
            std::slice::from_ref(&input),
            Vec::new(),
            &Arc::new(AtomicBool::new(false)),
        )
        .unwrap();
        let policies = Arc::new(PolicySet::new(false, Vec::new()).unwrap());
        let settings = Settings {
            as_of: None,
            threads: 1,
            access: Access::Read,
        };
        let bench = Bench::new(&sample, &policies, settings);
        let run = |kind| (bench.stage(kind).unwrap().run)();
        assert_eq!(run(StageKind::Count), sample.counts.segments, "{name}");
        // What is no delimiter: more than half of the bytes of any claim, and less than with them.
        let (split, scan) = (run(StageKind::Split), run(StageKind::Scan));
        assert!(scan > split, "{name}: {scan} {split}");
        assert!(split > sample.counts.bytes / 2, "{name}: {split}");
    }
}
