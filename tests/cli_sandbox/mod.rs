//! Runs `kx837` in an empty folder with an empty environment.

#![allow(dead_code, reason = "not every test needs every helper")]

pub mod claims;

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use assert_cmd::Command;
use kx837::generate::{GenerateOptions, generate};
use tempfile::TempDir;

/// The program.
pub const KX837: &str = env!("CARGO_BIN_EXE_kx837");

/// A folder of its own for every test.
pub struct Sandbox {
    folder: TempDir,
    /// What stands for `kx.db`.
    ledger: Option<String>,
}

impl Sandbox {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            ledger: None,
        }
    }

    /// The same, where the ledger `kx.db` is at this address.
    pub fn with_ledger(address: &str) -> Self {
        Self {
            ledger: Some(address.to_owned()),
            ..Self::new()
        }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Another folder with the same files; folders in it are left out.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), copy.folder.path().join(entry.file_name())).unwrap();
            }
        }
        copy
    }

    /// Any program, in the folder and with nothing but what `kx837` should know of its surroundings.
    pub fn process(&self, program: &str) -> process::Command {
        let mut process = process::Command::new(program);
        process
            .env_clear()
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("SOURCE_DATE_EPOCH", "1767225600")
            .env("KX837_TODAY", "2026-12-31")
            .current_dir(self.folder.path());
        process
    }

    /// The program, with these arguments separated by blanks.
    pub fn kx837(&self, args: &str) -> Command {
        let mut process = self.process(KX837);
        for arg in args.split_whitespace() {
            let ledger = self.ledger.as_deref().filter(|_| arg == "kx.db");
            process.arg(ledger.unwrap_or(arg));
        }
        Command::from_std(process)
    }

    /// Runs the program: exit code, standard output and standard error.
    pub fn run(&self, args: &str) -> (i32, String, String) {
        outcome(&mut self.kx837(args))
    }
}

/// Exit code, standard output and standard error.
pub fn outcome(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A line that is too long for a terminal: prose is broken at 80 columns, tables are not broken.
pub fn too_long(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    lines.find(|line| {
        let most = if line.starts_with("    20") { 100 } else { 80 };
        line.chars().count() > most
    })
}

/// A batch with therapy patients above their thresholds.
pub fn batch(seed: u64, claims: u64) -> Vec<u8> {
    let options = GenerateOptions {
        seed,
        claims: Some(claims),
        claims_per_set: 10,
        ..GenerateOptions::default()
    };
    let mut bytes = Vec::new();
    generate(&options, &mut bytes, None).unwrap();
    bytes
}

/// A sample file of the project.
pub fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name);
    path.display().to_string()
}
