//! Whole runs over bytes, with their reports in memory.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use kx837::phi::PatientHasher;
use kx837::policy::PolicySet;
use kx837::report::{Format, ReportOptions, RunInfo, open};
use kx837::screen::{Input, LineExtractor, NoProgress, OpenReport, Outputs, Screener};
use libfuzzer_sys::arbitrary::{self, Arbitrary};

/// How a run is set up; its reports must not depend on it.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Setup {
    piece_size: u16,
    /// How many bits of the size count: small pieces are as frequent as large ones.
    bits: u8,
    two_threads: bool,
}

impl Setup {
    /// One thread, one piece.
    pub const PLAIN: Self = Self {
        piece_size: u16::MAX,
        bits: 15,
        two_threads: false,
    };

    /// By two bytes.
    pub const fn by(one: u8, other: u8) -> Self {
        Self {
            piece_size: u16::from_le_bytes([one, other]),
            bits: one ^ other,
            two_threads: one & other & 1 != 0,
        }
    }

    fn piece_size(self) -> usize {
        usize::from(self.piece_size & ((2 << (self.bits % 16)) - 1) as u16).max(1)
    }

    fn threads(self) -> usize {
        1 + usize::from(self.two_threads)
    }
}

static POLICIES: LazyLock<Arc<PolicySet>> =
    LazyLock::new(|| Arc::new(PolicySet::new(true, Vec::new()).expect("the built-in packs")));

const HASHER: PatientHasher = PatientHasher::new([1; 32]);

thread_local! {
    /// The file that every run reads: inputs have names.
    static FILE: RefCell<(tempfile::TempDir, PathBuf)> = RefCell::new({
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("claims.edi");
        (folder, path)
    });
}

fn input(bytes: &[u8]) -> Input {
    FILE.with_borrow(|(_, path)| {
        std::fs::write(path, bytes).expect("a temporary file");
        Input::File(path.clone())
    })
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panics").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One report for each format.
pub fn screen(bytes: &[u8], formats: &[Format], setup: Setup) -> Vec<Vec<u8>> {
    let run = RunInfo {
        catalogue: Arc::clone(POLICIES.catalogue()),
        ..RunInfo::default()
    };
    let options = ReportOptions {
        all_claims: true,
        ..ReportOptions::default()
    };
    let sinks: Vec<Sink> = formats.iter().map(|_| Sink::default()).collect();
    let reports = formats.iter().zip(&sinks).map(|(format, sink)| OpenReport {
        name: format.name().into(),
        report: open(*format, Box::new(sink.clone()), &options),
        file: None,
    });
    let outputs = Outputs {
        run: reports.collect(),
        ..Outputs::default()
    };
    let report = Screener::new(Arc::clone(&POLICIES), HASHER)
        .threads(setup.threads())
        .piece_size(setup.piece_size())
        .run(&[input(bytes)], outputs, &run, &NoProgress);
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    let take = |sink: &Sink| std::mem::take(&mut *sink.0.lock().expect("no writer panics"));
    sinks.iter().map(take).collect()
}

/// Reads the file as `setup` says and in one piece. With `KX837_FUZZ_DIFFERENCES`, a folder, a file that is reported in
/// two ways is kept there and told, and the target goes on.
///
/// # Panics
/// A report differs, and there is no such folder.
pub fn assert_same(bytes: &[u8], setup: Setup) {
    if let Some(path) = std::env::var_os("KX837_FUZZ_FILE") {
        std::fs::write(path, bytes).expect("a file for whoever looks into a failure");
    }
    let (found, expected) = (reports(bytes, setup), reports(bytes, Setup::PLAIN));
    let Some(index) = (0..found.len()).find(|index| found[*index] != expected[*index]) else {
        return;
    };
    let mut pairs = found[index].lines().zip(expected[index].lines());
    let place = pairs.find(|(one, other)| one != other);
    let message = format!("report {index}, {setup:?}: {place:#?}");
    let Some(folder) = std::env::var_os("KX837_FUZZ_DIFFERENCES") else {
        panic!("{message}");
    };
    eprintln!("DIFFERENCE: {message}");
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let name = format!("{:x}.edi", hasher.finish());
    std::fs::write(PathBuf::from(folder).join(name), bytes).expect("a folder for differences");
}

/// All reports of a run, and all lines with the notices beside them, as text.
fn reports(bytes: &[u8], setup: Setup) -> Vec<String> {
    let mut reports = screen(bytes, &Format::ALL, setup);
    let mut lines = Vec::new();
    let mut notices = String::new();
    let mut notice = |_: &str, notice: &kx837::finding::Notice| {
        notices += &format!("{}: {}\n", notice.position, notice.message);
    };
    LineExtractor::new(HASHER)
        .threads(setup.threads())
        .piece_size(setup.piece_size())
        .run(&[input(bytes)], &mut lines, &mut notice, &NoProgress)
        .expect("memory can be written to");
    reports.push(lines);
    reports.push(notices.into_bytes());
    let text = |report: &Vec<u8>| String::from_utf8_lossy(report).into_owned();
    reports.iter().map(text).collect()
}
