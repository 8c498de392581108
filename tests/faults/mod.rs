//! Runs `kx837` so that a call that changes files goes wrong.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::cli_sandbox::{Sandbox, outcome};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It fails with an input/output error; what comes after succeeds.
    Eio,
    /// There is no room for it; for what comes after there is.
    Enospc,
    /// It writes half of what it should, and from there on there is no room.
    Full,
    /// The process is killed before it.
    Kill,
    /// The process is killed when half is written.
    Torn,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Eio, Self::Enospc, Self::Full, Self::Kill, Self::Torn];

    const fn word(self) -> &'static str {
        match self {
            Self::Eio => "eio",
            Self::Enospc => "enospc",
            Self::Full => "full",
            Self::Kill => "kill",
            Self::Torn => "torn",
        }
    }

    /// True when the process does not outlive the call.
    pub const fn kills(self) -> bool {
        matches!(self, Self::Kill | Self::Torn)
    }

    /// True when it does to this call what no other kind does.
    fn suits(self, call: &str) -> bool {
        match self {
            Self::Torn => call.starts_with("write ") || call.starts_with("pwrite64 "),
            // Removing needs no room.
            Self::Enospc | Self::Full => !call.starts_with("unlink"),
            Self::Eio | Self::Kill => true,
        }
    }
}

/// The library that makes calls go wrong.
pub struct Shim(TempDir);

/// What became of a run.
pub struct Outcome {
    /// Exit code; -1 for a process that was killed.
    pub code: i32,
    /// Standard error.
    pub errors: String,
    /// The calls, as far as the run came: `pwrite64 kx.db-wal`.
    pub calls: Vec<String>,
    /// The call that went wrong first.
    pub wrong: Option<String>,
}

impl Shim {
    /// Compiles the library; `None`, and says so, when there is no compiler or nothing can be caught.
    pub fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let compiled = Command::new(rustc())
            .args(["--edition", "2024", "--crate-type", "cdylib"])
            .args(["-O", "-C", "panic=abort", "-o"])
            .arg(folder.path().join("shim.so"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.rs"))
            .output();
        let output = match compiled {
            Ok(output) => output,
            Err(error) => {
                eprintln!("SKIPPED: rustc cannot be run ({error}), so no call can be made to fail");
                return None;
            }
        };
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tests/faults/shim.rs: {errors}");
        let shim = Self(folder);
        let probe = shim.run(&Sandbox::new(), "--version", None);
        if probe.errors.contains("calls cannot be caught here") {
            eprintln!(
                "SKIPPED: this system does not allow a program to catch its own calls (seccomp)"
            );
            return None;
        }
        Some(shim)
    }

    /// Runs the program with these arguments; `fault` is the call that goes wrong, from 1 on, and how.
    pub fn run(&self, sandbox: &Sandbox, args: &str, fault: Option<(Kind, usize)>) -> Outcome {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = sandbox.kx837(args);
        command
            .env("LD_PRELOAD", self.0.path().join("shim.so"))
            .env("KX_FAULT_LOG", log.path())
            .timeout(Duration::from_secs(60));
        if let Some((kind, at)) = fault {
            command
                .env("KX_FAULT_KIND", kind.word())
                .env("KX_FAULT_AT", at.to_string());
        }
        let (code, _, errors) = outcome(&mut command);
        let log = fs::read_to_string(log.path()).unwrap();
        let calls: Vec<String> = log.lines().map(without_chance).collect();
        let wrong = calls.iter().find_map(|call| call.strip_prefix("! "));
        Outcome {
            code,
            errors,
            wrong: wrong.map(str::to_owned),
            calls,
        }
    }
}

/// Temporary files have names by chance.
fn without_chance(call: &str) -> String {
    match call.split_once(" .kx837-") {
        Some((what, _)) => format!("{what} .kx837-*"),
        None => call.to_owned(),
    }
}

/// The compiler that compiled this test, where it can be told.
fn rustc() -> PathBuf {
    let beside_cargo = || {
        let rustc = Path::new(&env::var_os("CARGO")?).with_file_name("rustc");
        rustc.exists().then_some(rustc)
    };
    env::var_os("RUSTC")
        .map(PathBuf::from)
        .or_else(beside_cargo)
        .unwrap_or_else(|| "rustc".into())
}

/// What to let go wrong of a run that makes these calls: every kind at every call, but of a row of
/// equal calls only at the first and the last two.
pub fn faults(calls: &[String]) -> Vec<(Kind, usize)> {
    let equal = |at: usize, other: Option<usize>| {
        other.is_some_and(|other| calls.get(other) == Some(&calls[at]))
    };
    let is_inside = |at: usize| {
        [
            at.checked_sub(1),
            at.checked_sub(2),
            Some(at + 1),
            Some(at + 2),
        ]
        .into_iter()
        .all(|other| equal(at, other))
    };
    let at: Vec<usize> = (0..calls.len()).filter(|at| !is_inside(*at)).collect();
    let of = |at: usize| {
        Kind::ALL
            .into_iter()
            .filter(move |kind| kind.suits(&calls[at]))
    };
    at.iter()
        .flat_map(|at| of(*at).map(|kind| (kind, *at + 1)))
        .collect()
}
