//! The secret key that turns patients into hashes.
//!
//! One key for each machine and user, so that a patient has the same hash from run to run, and
//! nobody without the key can try member ids.

use std::env;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::ledger::LedgerPlace;
use crate::phi::PatientHasher;
use crate::report::temporary_beside;

use super::console::Console;
use super::failure::Failure;

/// Option that names the key file.
#[derive(Args, Clone, Debug)]
pub struct KeyArgs {
    #[allow(clippy::doc_markdown, reason = "help text")]
    /// Key for patient hashes: 64 hexadecimal digits; made when the file does not exist
    /// [default: kx837/patient.key in $XDG_CONFIG_HOME or ~/.config]
    #[arg(
        long = "key-file",
        value_name = "FILE",
        env = "KX837_KEY_FILE",
        help_heading = "Patients"
    )]
    file: Option<PathBuf>,
}

impl KeyArgs {
    /// Where the key is kept, or will be.
    pub fn path(&self) -> Option<PathBuf> {
        self.file.clone().or_else(default_path)
    }

    /// The same, where hashes are compared with those of other runs.
    ///
    /// A key that is made now cannot be that of a ledger that is there: nothing is made then.
    pub fn lasting_hasher(
        &self,
        ledger: &LedgerPlace,
        console: &Console,
    ) -> Result<PatientHasher, Failure> {
        if let Some(path) = self.path().filter(|path| !path.exists())
            && let Some(ledger) = ledger.file().filter(|ledger| ledger.exists())
        {
            return Err(Failure::at(
                path.display(),
                format_args!(
                    "there is no such key file, and {} was made with one: name it with --key-file",
                    ledger.display()
                ),
            ));
        }
        if self.file.is_none() && !default_path().is_some_and(|path| is_at_hand(&path)) {
            return Err(Failure::new(
                "a ledger needs a key that stays the same from run to run, and none can be kept in the usual place: \
                 name a file with --key-file",
            ));
        }
        self.hasher(console)
    }

    /// Reads the key, or makes it on first use.
    pub fn hasher(&self, console: &Console) -> Result<PatientHasher, Failure> {
        let key = match &self.file {
            Some(path) => read_or_create(path, console)?,
            None => match default_path() {
                Some(path) => read_or_create_default(&path, console)?,
                None => for_this_run("neither XDG_CONFIG_HOME nor HOME is set", console)?,
            },
        };
        Ok(PatientHasher::new(key))
    }
}

type Key = [u8; 32];

/// True when the key is there or can be made.
fn is_at_hand(path: &Path) -> bool {
    path.exists() || create_folder(path.parent().unwrap_or(Path::new("."))).is_ok()
}

fn default_path() -> Option<PathBuf> {
    let folder = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(config.join("kx837").join("patient.key"))
}

fn for_this_run(why: impl std::fmt::Display, console: &Console) -> Result<Key, Failure> {
    console.warning(format_args!(
        "{why}: patient hashes of this run cannot be compared with those of other runs (see --key-file)"
    ));
    random()
}

fn random() -> Result<Key, Failure> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| Failure::at("no random numbers", error))?;
    Ok(key)
}

/// The key of the default place. Where it cannot be written, there is none.
fn read_or_create_default(path: &Path, console: &Console) -> Result<Key, Failure> {
    if let Some(key) = read(path, console)? {
        return Ok(key);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    match create_folder(folder).and_then(|()| create(path)) {
        Ok(key) => taken(path, key, console),
        Err(error) => for_this_run(format_args!("{}: {error}", path.display()), console),
    }
}

fn read_or_create(path: &Path, console: &Console) -> Result<Key, Failure> {
    if let Some(key) = read(path, console)? {
        return Ok(key);
    }
    match create(path) {
        Ok(key) => {
            console.hint(format_args!("kx837: made the key file {}", path.display()));
            taken(path, key, console)
        }
        Err(error) => Err(Failure::at(
            path.display(),
            format_args!("cannot make this key file: {error}"),
        )),
    }
}

/// The key that was made, or the one that another run made at the same time.
fn taken(path: &Path, made: Option<Key>, console: &Console) -> Result<Key, Failure> {
    match made {
        Some(key) => Ok(key),
        None => read(path, console)?
            .ok_or_else(|| Failure::at(path.display(), "the key file comes and goes")),
    }
}

/// The key in the file; `None` when there is no such file.
fn read(path: &Path, console: &Console) -> Result<Option<Key>, Failure> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if is_absent(error.kind()) => return Ok(None),
        Err(error) => {
            return Err(Failure::at(
                path.display(),
                format_args!("cannot read the key file: {error}"),
            ));
        }
    };
    warn_if_open_to_others(&file, path, console);
    let mut text = String::new();
    let known = file.take(1024).read_to_string(&mut text);
    match known.ok().and_then(|_| parse(text.trim())) {
        Some(key) => Ok(Some(key)),
        None => Err(Failure::at(
            path.display(),
            "not a key file: expected one line of 64 hexadecimal digits",
        )),
    }
}

/// No such file, or no such folder because something else has its name.
fn is_absent(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn parse(text: &str) -> Option<Key> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (value(pair[0])? * 16 + value(pair[1])?) as u8;
    }
    Some(key)
}

/// Makes a key file that appears whole or not at all; `None` when one is there by now.
fn create(path: &Path) -> io::Result<Option<Key>> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let mut file = temporary_beside(path)?;
    let mut text = Vec::new();
    for byte in key {
        write!(text, "{byte:02x}")?;
    }
    writeln!(text)?;
    file.write_all(&text)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(Some(key)),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error.error),
    }
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn warn_if_open_to_others(file: &fs::File, path: &Path, console: &Console) {
    use std::os::unix::fs::PermissionsExt;
    let mode = file
        .metadata()
        .map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 {
        console.warning(format_args!(
            "{}: others may read this key and try member ids with it; run chmod 600 on it",
            path.display()
        ));
    }
}

#[cfg(not(unix))]
fn warn_if_open_to_others(_: &fs::File, _: &Path, _: &Console) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let made = create(&path).unwrap().unwrap();
        assert_eq!(create(&path).unwrap(), None);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(parse(text.trim()), Some(made));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "00", &"g".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(parse(&"Ff".repeat(32)), Some([255; 32]));
    }
}
