//! What the integration tests share: screening bytes through the library's front door.

#![allow(dead_code, reason = "every test file uses its own part")]

pub mod base;
#[cfg(feature = "sqlite")]
pub mod ledger_model;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use kx837::finding::{ClaimKind, RunSummary};
use kx837::generate::{GenerateOptions, generate};
use kx837::phi::PatientHasher;
use kx837::policy::PolicySet;
use kx837::report::{Format, ReportOptions, RunInfo, open};
use kx837::screen::{Input, LineExtractor, NoProgress, OpenReport, Outputs, Screener};
use serde_json::Value;

/// How a run is set up; results must not depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub threads: usize,
    pub piece_size: usize,
    /// Bytes that patients' totals may take.
    pub ledger_room: usize,
}

/// One thread, one piece for any small file.
pub const PLAIN: Setup = Setup {
    threads: 1,
    piece_size: 1 << 20,
    ledger_room: 1 << 27,
};

/// How bytes reach the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// A file, read as a whole or mapped.
    File,
    /// A gzip file: a stream.
    Gzip,
    /// A zstd file: a stream.
    Zstd,
}

/// A temporary folder with files to screen.
pub struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and names it as an input. The name does not tell the packing, so that
    /// reports of equal content are equal once the folder is taken out of them.
    pub fn input(&self, name: &str, bytes: &[u8], packing: Packing) -> Input {
        let folder = self.path(&format!("{packing:?}"));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, pack(bytes, packing)).unwrap();
        Input::File(path)
    }

    /// Takes the folder's own path out of a report.
    pub fn anonymous(&self, report: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(report).into_owned();
        for packing in [Packing::File, Packing::Gzip, Packing::Zstd] {
            let folder = self.path(&format!("{packing:?}"));
            text = text.replace(&format!("{}/", folder.display()), "");
        }
        text
    }
}

pub fn pack(bytes: &[u8], packing: Packing) -> Vec<u8> {
    match packing {
        Packing::File => bytes.to_vec(),
        Packing::Gzip => {
            let level = flate2::Compression::fast();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Packing::Zstd => zstd::encode_all(bytes, 1).unwrap(),
    }
}

/// A writer whose bytes can be had afterwards.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn policies() -> Arc<PolicySet> {
    static POLICIES: Mutex<Option<Arc<PolicySet>>> = Mutex::new(None);
    let mut policies = POLICIES.lock().unwrap();
    Arc::clone(policies.get_or_insert_with(|| Arc::new(PolicySet::new(true, Vec::new()).unwrap())))
}

pub fn hasher() -> PatientHasher {
    PatientHasher::new([1; 32])
}

/// What a run gave: one report for each format that was asked for, and its totals.
pub struct Screened {
    pub reports: Vec<Vec<u8>>,
    pub summary: RunSummary,
}

/// Screens with reports in these formats.
pub fn screen(
    inputs: &[Input],
    formats: &[Format],
    options: &ReportOptions,
    setup: Setup,
) -> Screened {
    let policies = policies();
    let run = RunInfo {
        version: "0".into(),
        catalogue: Arc::clone(policies.catalogue()),
        ..RunInfo::default()
    };
    let sinks: Vec<Sink> = formats.iter().map(|_| Sink::default()).collect();
    let reports = formats.iter().zip(&sinks).map(|(format, sink)| OpenReport {
        name: format.name().into(),
        report: open(*format, Box::new(sink.clone()), options),
        file: None,
    });
    let outputs = Outputs {
        run: reports.collect(),
        ..Outputs::default()
    };
    let result = Screener::new(policies, hasher())
        .threads(setup.threads)
        .piece_size(setup.piece_size)
        .ledger_room(setup.ledger_room)
        .run(inputs, outputs, &run, &NoProgress);
    assert!(result.failures.is_empty(), "{:?}", result.failures);
    Screened {
        reports: sinks.iter().map(Sink::take).collect(),
        summary: result.summary,
    }
}

/// The lines of the inputs as `kx837 lines` prints them.
pub struct Extracted {
    pub lines: Vec<Value>,
    pub text: Vec<u8>,
    /// Notices: file name, code, position and message.
    pub notices: Vec<String>,
    pub summary: RunSummary,
}

pub fn extract(inputs: &[Input], show_patient: bool, setup: Setup) -> Extracted {
    let mut text = Vec::new();
    let mut notices = Vec::new();
    let summary = LineExtractor::new(hasher())
        .threads(setup.threads)
        .piece_size(setup.piece_size)
        .show_patient(show_patient)
        .run(
            inputs,
            &mut text,
            &mut |file, notice| {
                let json = serde_json::to_string(notice).unwrap();
                notices.push(format!("{file} {} {json}", notice.position));
            },
            &NoProgress,
        )
        .unwrap();
    Extracted {
        lines: json_lines(&text),
        text,
        notices,
        summary,
    }
}

pub fn json_lines(text: &[u8]) -> Vec<Value> {
    std::str::from_utf8(text)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The `data` of the records of one type in a `jsonl` report.
pub fn records<'a>(report: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> + 'a {
    report
        .iter()
        .filter(move |record| record["type"] == kind)
        .map(|record| &record["data"])
}

/// A generated batch and its truth.
pub fn generated(options: &GenerateOptions) -> (Vec<u8>, Vec<u8>) {
    let (mut file, mut truth) = (Vec::new(), Vec::new());
    generate(options, &mut file, Some(&mut truth)).unwrap();
    (file, truth)
}

pub const KINDS: [ClaimKind; 3] = [
    ClaimKind::Professional,
    ClaimKind::Institutional,
    ClaimKind::Dental,
];

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The 837 samples of the project.
pub fn sample_paths() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "edi"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}
