//! Limits, as docs/limits.md lists them: what is beyond one is told with file and place, and everything else is read.
#![cfg(all(feature = "cli", target_os = "linux"))]

#[allow(dead_code, reason = "not every test needs every helper")]
#[path = "common/base.rs"]
mod base;
mod cli_sandbox;

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use base::{BASE, up_to, with};
use cli_sandbox::{KX837, Sandbox};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

/// What a run told of two files, `a.edi` and then the sound `z.edi`.
struct Told {
    code: i32,
    /// Claims of `a.edi`, and whether it was read to its end.
    claims: u64,
    complete: bool,
    errors: String,
}

fn with_files(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), text).unwrap();
    fs::write(
        sandbox.path("z.edi"),
        BASE.replace("000000905", "000000999"),
    )
    .unwrap();
    sandbox
}

/// Screens both files; checks that the second is read whatever became of the first.
fn told(sandbox: &Sandbox, first: &str, args: &str) -> Told {
    let run = format!("screen -v --no-progress -o out --format jsonl {args} {first} z.edi");
    let output = sandbox.kx837(&run).output().unwrap();
    let end = |name: &str| -> (u64, bool) {
        let path = sandbox.path(&format!("out/{name}.jsonl"));
        let report = fs::read_to_string(path).unwrap();
        let last: Value = serde_json::from_str(report.lines().last().unwrap()).unwrap();
        let data = &last["data"];
        let claims = data["counts"]["claims"].as_u64().unwrap();
        (claims, data["complete"].as_bool().unwrap())
    };
    assert_eq!(end("z.edi"), (2, true), "{first} {args}");
    let (claims, complete) = end(first);
    let errors = String::from_utf8(output.stderr).unwrap();
    let is_pack = |line: &&str| line.starts_with("policy pack ");
    Told {
        code: output.status.code().unwrap(),
        claims,
        complete,
        errors: errors
            .lines()
            .filter(|line| !is_pack(line))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

#[test]
fn elements_of_a_segment() {
    for (count, is_told) in [(120, false), (130, true), (100_000, true)] {
        let text = with("***1:2~", &format!("***1:2{}~", "*1".repeat(count)));
        let told = told(&with_files(&text), "a.edi", "-j 2");
        assert_eq!((told.code, told.claims, told.complete), (0, 2, true));
        let expected = "a.edi: notice[KX916] too-many-elements: more than 128 elements; what follows them is not looked at \
                        (ISA 000000905 / ST 0021 / CLM A1 / LX 1, byte ";
        assert_eq!(
            told.errors.starts_with(expected),
            is_told,
            "{}",
            told.errors
        );
    }
}

#[test]
fn service_lines_of_a_claim() {
    let lines = "LX*1~\nSV1*HC:99213*1*UN*1***1~\n";
    for (more, claims_before) in [(9_998, true), (9_999, false), (120_000, false)] {
        let text = with("LX*2~\n", &format!("{}LX*2~\n", lines.repeat(more)));
        let told = told(&with_files(&text), "a.edi", "-j 2");
        assert_eq!((told.claims, told.complete), (2, claims_before), "{more}");
        assert_eq!(told.code, if claims_before { 0 } else { 2 });
        let expected = "kx837: error: a.edi: the claim has more than 10000 service lines; the others are not read \
                        (ISA 000000905 / ST 0021 / CLM A1";
        assert_eq!(told.errors.contains(expected), !claims_before);
        // Once, however many lines are not read; and their charges are not missed.
        assert_eq!(told.errors.contains("KX930"), !claims_before);
        assert_eq!(
            told.errors.matches("KX930").count(),
            u32::from(!claims_before) as usize
        );
        assert_eq!(
            told.errors.contains("KX927"),
            claims_before,
            "{}",
            told.errors
        );
    }
}

/// A claim of 17 MiB, nearly all of it notes, between sound ones.
fn a_claim_that_is_too_large(sandbox: &Sandbox) -> usize {
    let text = with(
        "CLM*A1*",
        "CLM*A0*1***11:B:1*Y*A*Y*Y~\nLX*1~\nSV1*HC:99213*1*UN*1***1~\nCLM*A1*",
    );
    let at = text.find("CLM*A1*").unwrap();
    let (head, tail) = text.split_at(text.find("REF*6R*L2").unwrap());
    let mut file = BufWriter::new(File::create(sandbox.path("a.edi")).unwrap());
    file.write_all(head.as_bytes()).unwrap();
    let note = format!("NTE*ADD*{}~\n", "A".repeat(1 << 20));
    for _ in 0..17 {
        file.write_all(note.as_bytes()).unwrap();
    }
    file.write_all(tail.as_bytes()).unwrap();
    file.into_inner().unwrap();
    at
}

#[test]
fn bytes_of_a_claim() {
    let sandbox = with_files("");
    let at = a_claim_that_is_too_large(&sandbox);
    let expected = format!(
        "kx837: error: a.edi: a claim is larger than 16 MiB; it and what follows it were not read (byte {at}) [KX930 \
         claim-too-large]"
    );
    for args in ["-j 1", "-j 2", "-j 2 --mmap", "-j 1 --piece-size 1000"] {
        let told = told(&sandbox, "a.edi", args);
        // The claim before it is read.
        assert_eq!(
            (told.code, told.claims, told.complete),
            (2, 1, false),
            "{args}"
        );
        assert!(told.errors.contains(&expected), "{args}: {}", told.errors);
    }
    // As a stream, too.
    let packed = zstd::encode_all(File::open(sandbox.path("a.edi")).unwrap(), 1).unwrap();
    fs::write(sandbox.path("a.edi"), packed).unwrap();
    let told = told(&sandbox, "a.edi", "-j 2");
    assert_eq!((told.code, told.claims, told.complete), (2, 1, false));
    assert!(told.errors.contains(&expected), "{}", told.errors);
    // The file may be closed as it should be, behind the claim: nobody is told that it is not.
    let closing = "interchange 000000905 is not closed: expected IEA behind the place where the reading stopped";
    assert!(told.errors.contains(closing), "{}", told.errors);
    let (_, answer, _) = sandbox.run("screen --report ta1 a.edi z.edi");
    assert_eq!(answer.matches("TA1*").count(), 1, "{answer}");
    assert!(answer.contains("TA1*000000999*"), "{answer}");
}

/// What cannot be divided is no claim, if no set is open.
#[test]
fn bytes_without_a_set() {
    let group = format!("GS*HC*{}~\n", "A".repeat(1 << 20));
    let text = with(
        "GS*HC*KXSENDER",
        &format!("{}GS*HC*KXSENDER", group.repeat(17)),
    );
    for args in ["-j 1", "-j 2"] {
        let told = told(&with_files(&text), "a.edi", args);
        assert_eq!((told.code, told.claims, told.complete), (2, 0, false));
        let expected = "a.edi: no transaction set, level or claim begins within 16 MiB; it and what follows it were not read";
        assert!(told.errors.contains(expected), "{}", told.errors);
    }
}

/// Packed data are not looked through for an interchange: they are told as what they are.
#[test]
fn packed_bytes_behind_claims() {
    let sandbox = with_files(BASE);
    let mut file = File::options()
        .append(true)
        .open(sandbox.path("a.edi"))
        .unwrap();
    file.write_all(b"\x1F\x8B\x08").unwrap();
    file.write_all(&vec![7; 17 << 20]).unwrap();
    for args in ["-j 1", "-j 2"] {
        let told = told(&sandbox, "a.edi", args);
        assert_eq!((told.code, told.claims, told.complete), (2, 2, false));
        let expected = "gzip data begin here, behind what is not packed: they were not read";
        assert!(told.errors.contains(expected), "{}", told.errors);
        assert!(!told.errors.contains("KX930"), "{}", told.errors);
    }
}

/// What `inspect` lists takes memory.
#[test]
fn envelopes_that_inspect_lists() {
    let sets = "ST*837*0001~SE*2*0001~".repeat(100_010);
    let text = format!("{}{sets}GE*100010*21~IEA*1*000000905~", up_to("ST*837"));
    let sandbox = with_files(&format!("{text}{BASE}"));
    let (code, json, errors) = sandbox.run("inspect -q --format json a.edi z.edi");
    assert_eq!(code, 0, "{errors}");
    let survey: Value = serde_json::from_str(&json).unwrap();
    let file = |index: usize| &survey["files"][index];
    let interchanges = file(0)["interchanges"].as_array().unwrap();
    assert_eq!(interchanges.len(), 1);
    let listed = interchanges[0]["transaction_sets"].as_array().unwrap();
    assert_eq!(listed.len(), 99_999);
    // The claims of a set that is not listed are not those of the last that is.
    assert_eq!(listed[99_998]["professional_claims"], 0);
    assert_eq!(file(0)["counts"]["claims"], 2);
    let not_listed = |index: usize| {
        let of = &file(index)["not_listed"];
        (of["interchanges"].as_u64(), of["transaction_sets"].as_u64())
    };
    assert_eq!(not_listed(0), (Some(1), Some(12)));
    assert_eq!(not_listed(1), (Some(1), Some(1)));
    let (_, text, _) = sandbox.run("inspect -q a.edi");
    assert!(
        text.contains("\n  and 1 more interchanges and 12 more transaction sets\n"),
        "{}",
        &text[text.len() - 500..]
    );
    let (_, json, _) = sandbox.run("inspect -q --format json z.edi");
    assert!(!json.contains("not_listed"));
}

#[test]
fn notices_of_a_kind() {
    let text = with("CLM*A2*", &format!("{}CLM*A2*", "ZZZ*1~\n".repeat(500)));
    let told = told(&with_files(&text), "a.edi", "-j 2");
    assert_eq!((told.code, told.claims, told.complete), (0, 2, true));
    let listed = told.errors.matches("unknown-segment: a segment").count();
    assert_eq!(listed, 10, "{}", told.errors);
    assert!(
        told.errors
            .contains("unknown-segment: only the first 10 of this kind are listed")
            && told.errors.contains(" and 489 more"),
        "{}",
        told.errors
    );
}

/// Another transaction set may be larger than any claim: nothing of it is held.
#[test]
fn a_large_set_that_is_no_claim_is_passed_over() {
    let sandbox = with_files("");
    let mut file = BufWriter::new(File::create(sandbox.path("a.edi")).unwrap());
    file.write_all(up_to("ST*837").as_bytes()).unwrap();
    file.write_all(b"ST*834*0001*005010X220A1~\n").unwrap();
    let members = "INS*Y*18*021*28*A***FT~\nREF*0F*1~\nHD*021**HLT~\n".repeat(10_000);
    for _ in 0..150 {
        file.write_all(members.as_bytes()).unwrap();
    }
    file.write_all(b"SE*4500002*0001~\n").unwrap();
    let rest = BASE[BASE.find("ST*837").unwrap()..].replace("GE*1*", "GE*2*");
    file.write_all(rest.as_bytes()).unwrap();
    let length = file.into_inner().unwrap().metadata().unwrap().len();
    assert!(length > 65 << 20);
    for args in ["-j 1", "-j 2"] {
        let told = told(&sandbox, "a.edi", args);
        assert_eq!(
            (told.code, told.claims, told.complete),
            (0, 2, true),
            "{}",
            told.errors
        );
        assert!(
            told.errors.contains("[KX917]") && !told.errors.contains("[KX909]"),
            "{}",
            told.errors
        );
    }
}

/// Runs the program and tells the most memory that it had, in bytes.
fn run_measured(sandbox: &Sandbox, args: &str) -> (Output, u64) {
    let mut child = sandbox
        .process(KX837)
        .args(args.split_whitespace())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or_default() << 10);
        thread::sleep(Duration::from_millis(5));
    }
    (child.wait_with_output().unwrap(), most)
}

/// Packs the first text, so many bytes of one kind, and the last text.
fn bomb(path: &Path, first: &str, byte: u8, count: u64, last: &str) {
    let mut bytes = first
        .as_bytes()
        .chain(io::repeat(byte).take(count))
        .chain(last.as_bytes());
    let file = File::create(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "zst") {
        zstd::stream::copy_encode(&mut bytes, file, 1).unwrap();
    } else {
        let mut packer = GzEncoder::new(BufWriter::new(file), Compression::fast());
        io::copy(&mut bytes, &mut packer).unwrap();
        packer.finish().unwrap().flush().unwrap();
    }
}

#[test]
fn what_unpacks_to_very_much_is_read_in_bounded_memory() {
    let sandbox = Sandbox::new();
    let large = 400 << 20;
    let inside = up_to("REF*6R*L2").to_owned() + "NTE*ADD*";
    let cases = [
        ("zeros.gz", "", 0, large, "", 2, "found nothing but blanks"),
        (
            "blanks.zst",
            "",
            b' ',
            large,
            "",
            2,
            "found nothing but blanks",
        ),
        (
            "letters.gz",
            "",
            b'A',
            large,
            "",
            2,
            "found text without an ISA segment",
        ),
        (
            "note.gz",
            &inside[..],
            b'A',
            large,
            "",
            2,
            "a claim is larger than 16 MiB",
        ),
        (
            "note.zst",
            &inside[..],
            b'A',
            large,
            "",
            2,
            "a claim is larger than 16 MiB",
        ),
        ("between.zst", BASE, b'\n', large, BASE, 0, ""),
        ("behind.gz", BASE, 0, large / 2, "", 0, ""),
    ];
    for (name, first, byte, count, last, code, words) in cases {
        bomb(&sandbox.path(name), first, byte, count, last);
        let packed = fs::metadata(sandbox.path(name)).unwrap().len();
        assert!(packed < count / 50, "{name}: {packed}");
        let (output, most) =
            run_measured(&sandbox, &format!("screen -v --no-progress -j 2 {name}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{name}: {errors}");
        assert!(errors.contains(words), "{name}: {errors}");
        let report = String::from_utf8_lossy(&output.stdout);
        let end = if code == 0 {
            "complete: yes"
        } else {
            "complete: no"
        };
        assert!(report.contains(end), "{name}: {report}");
        // A stream's 16 MiB, the same as one part, and what is unpacked ahead.
        assert!((1 << 20..192 << 20).contains(&most), "{name}: {most} bytes");
    }
}

#[test]
fn packed_within_packed_is_not_unpacked_twice() {
    let sandbox = Sandbox::new();
    bomb(&sandbox.path("inner.gz"), "", 0, 50 << 20, "");
    let mut inner = Vec::new();
    File::open(sandbox.path("inner.gz"))
        .unwrap()
        .read_to_end(&mut inner)
        .unwrap();
    let mut packer = GzEncoder::new(
        File::create(sandbox.path("outer.gz")).unwrap(),
        Compression::best(),
    );
    packer.write_all(&inner).unwrap();
    packer.finish().unwrap();
    let twice = zstd::encode_all(&zstd::encode_all(&b"ISA"[..], 3).unwrap()[..], 3).unwrap();
    fs::write(sandbox.path("outer.zst"), twice).unwrap();
    for (name, words) in [
        (
            "outer.gz",
            "gzip data (its header is broken, or it was compressed twice)",
        ),
        ("outer.zst", "zstd data (compressed twice)"),
    ] {
        let (code, _, errors) = sandbox.run(&format!("screen {name}"));
        assert_eq!(code, 2);
        assert!(
            errors.starts_with(&format!("kx837: error: {name}: ")),
            "{errors}"
        );
        assert!(errors.contains(words), "{errors}");
    }
}

/// A zstd frame may ask for a window of gigabytes before its first byte.
#[test]
fn a_frame_that_asks_for_too_much_memory_is_an_error() {
    let sandbox = Sandbox::new();
    // Magic, no size and no checksum, a window of 2 GiB, and one raw block.
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3];
    let header = 1 | u32::try_from(BASE.len()).unwrap() << 3;
    frame.extend_from_slice(&header.to_le_bytes()[..3]);
    frame.extend_from_slice(BASE.as_bytes());
    fs::write(sandbox.path("wide.zst"), &frame).unwrap();
    let (output, most) = run_measured(&sandbox, "screen wide.zst");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(
        errors.starts_with("kx837: error: wide.zst: cannot be read: "),
        "{errors}"
    );
    assert!(errors.contains("[KX901 file-unreadable]"), "{errors}");
    assert!(most < 200 << 20, "{most} bytes");
    // The same with a small window is fine.
    frame[5] = 8 << 3;
    fs::write(sandbox.path("narrow.zst"), &frame).unwrap();
    assert_eq!(sandbox.run("screen narrow.zst").0, 0);
}

#[test]
fn packed_files_of_several_parts_and_broken_ones() {
    let sandbox = Sandbox::new();
    let gzip = |text: &str| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    fs::write(sandbox.path("plain"), BASE).unwrap();
    let (_, plain, _) = sandbox.run("screen --report csv plain");
    // Cut inside of a segment, and a frame to be skipped.
    let (one, other) = BASE.split_at(BASE.find("97140").unwrap());
    let skipped = [&[0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    for (name, bytes) in [
        ("members.gz", [gzip(one), gzip(""), gzip(other)].concat()),
        ("frames.zst", [zstd(one), skipped, zstd(other)].concat()),
    ] {
        fs::write(sandbox.path(name), &bytes).unwrap();
        let (code, report, errors) = sandbox.run(&format!("screen --report csv {name}"));
        assert_eq!(
            (code, report.replace(name, "plain")),
            (0, plain.clone()),
            "{errors}"
        );
        // The second part breaks off: the first is read.
        fs::write(sandbox.path(name), &bytes[..bytes.len() - 9]).unwrap();
        let (code, report, errors) = sandbox.run(&format!("screen --report csv {name}"));
        assert_eq!(code, 2, "{report}");
        assert!(
            errors.contains(&format!(
                "kx837: error: {name}: cannot be read beyond byte "
            )),
            "{errors}"
        );
    }
}
