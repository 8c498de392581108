//! However a batch reaches the program, it says the same: as a file, mapped, on standard input, packed, packed in parts, with
//! any number of threads and any size of pieces, in every format, and in its ledger.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use assert_cmd::Command;
use cli_sandbox::{KX837, Sandbox, batch};
use kx837::report::Format;

/// How the program was told to read.
struct Way {
    name: &'static str,
    args: &'static str,
    bytes: Vec<u8>,
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Every report and what the ledger holds afterwards, by name.
fn told(way: &Way) -> BTreeMap<String, String> {
    let sandbox = Sandbox::new();
    let key = sandbox.path("key");
    fs::write(&key, format!("{}\n", "07".repeat(32))).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::write(sandbox.path("in.edi"), &way.bytes).unwrap();
    let mut run = format!(
        "screen -v --no-progress --fail-on never --all-claims --key-file key --ledger kx.db {}",
        way.args
    );
    for format in Format::ALL {
        let name = format.name();
        write!(run, " --report {name}=report.{name}").unwrap();
    }
    let from_stdin = way.name.starts_with("stdin");
    run += if from_stdin { " -" } else { " in.edi" };
    let mut command = Command::from_std(sandbox.process(KX837));
    command.args(run.split_whitespace());
    if from_stdin {
        command.write_stdin(way.bytes.clone());
    }
    let output = command.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}: {errors}", way.name);
    let mut told = BTreeMap::new();
    let mut add = |name: &str, text: String| {
        // The name of the input is the only difference; in a CSV it is kept from being a formula.
        let text = text
            .replace("standard input", "-")
            .replace("in.edi", "-")
            .replace("'-", "-");
        // Lines of prose are broken after more or fewer words.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("\n");
        let text = if name == "text" { words(&text) } else { text };
        told.insert(name.to_owned(), text);
    };
    for format in Format::ALL {
        let name = format.name();
        let path = sandbox.path(&format!("report.{name}"));
        add(name, fs::read_to_string(path).unwrap_or_default());
    }
    let mut export = sandbox.kx837("ledger export kx.db");
    let export = export.output().unwrap();
    let errors = String::from_utf8_lossy(&export.stderr);
    assert!(export.status.success(), "{errors}");
    add("ledger", String::from_utf8(export.stdout).unwrap());
    told
}

#[test]
fn all_ways_to_read_a_batch_tell_the_same() {
    // Large enough that a file is read by parts, and a mapped one is not read as a whole.
    let bytes = batch(11, 1_200);
    assert!(bytes.len() > 600 << 10, "{}", bytes.len());
    let (one, rest) = bytes.split_at(bytes.len() / 3);
    let (two, three) = rest.split_at(70_001);
    let parts = [one, two, three];
    let members: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
    let frames: Vec<u8> = parts.iter().flat_map(|part| zstd(part)).collect();
    let way = |name, args, bytes: &[u8]| Way {
        name,
        args,
        bytes: bytes.to_vec(),
    };
    let expected = told(&way("plain", "-j 1", &bytes));
    assert!(expected["ledger"].lines().count() > 100);
    for format in Format::ALL {
        assert!(!expected[format.name()].is_empty(), "{}", format.name());
    }
    for way in [
        way("threads", "-j 8", &bytes),
        way("pieces", "-j 3 --piece-size 3000", &bytes),
        way("mapped", "-j 1 --mmap", &bytes),
        way("mapped pieces", "-j 4 --mmap --piece-size 7001", &bytes),
        way("stdin", "-j 2", &bytes),
        way("stdin in pieces", "-j 1 --piece-size 5000", &bytes),
        way("stdin, packed", "-j 2", &zstd(&bytes)),
        way("gzip", "-j 2", &gzip(&bytes)),
        way("gzip members", "-j 1 --piece-size 999", &members),
        way("zstd", "-j 1", &zstd(&bytes)),
        way("zstd frames", "-j 5 --piece-size 20000", &frames),
    ] {
        let found = told(&way);
        for (name, expected) in &expected {
            let difference = found[name]
                .lines()
                .zip(expected.lines())
                .find(|(found, expected)| found != expected);
            assert!(
                found[name] == *expected,
                "{} {name}: {difference:#?}",
                way.name
            );
        }
    }
}
