//! How a command ends: exit codes, and errors as one clear line.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use crate::policy::PackError;

/// How a command that could do its work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing found: exit code 0.
    Clean,
    /// Findings at or above the severity that was asked about: exit code 1.
    Findings,
    /// Something could not be read or written, and that has been told: exit code 2.
    Incomplete,
    /// Interrupted by the user: exit code 130 (128 and SIGINT's number).
    Interrupted,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Clean => 0,
            Status::Findings => 1,
            Status::Incomplete => 2,
            Status::Interrupted => 130,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// To be told after `kx837: error: `; carries no patient data.
    Message(String),
    /// Whoever read standard output has gone, which is no error: exit code 0, silently.
    BrokenPipe,
}

impl Failure {
    /// An error message.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }

    /// An error at a file: `path: error`.
    pub fn at(path: impl Display, error: impl Display) -> Self {
        Self::Message(format!("{path}: {error}"))
    }
}

/// An error of standard output, the only stream that commands write to without naming it.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::BrokenPipe
        } else {
            Self::Message(format!("standard output: {error}"))
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}

impl From<PackError> for Failure {
    fn from(error: PackError) -> Self {
        Self::Message(error.to_string())
    }
}

/// What every command gives back.
pub type Ending = Result<Status, Failure>;
