//! From what the user named to what is read.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{self, Path, PathBuf};

use crate::report::{Format, TELLING, folder_of, holds_claims};
use crate::screen::{Access, Input};

use super::console::Console;
use super::failure::Failure;
use super::prose::plural;

/// The inputs of a command, in the order in which they were named. A name that does not exist
/// is tried as a pattern (`*`, `?`, `[...]`, `**`), whose matches come in the order of their
/// names. A plain name that does not exist stays: reading it reports the error, and the other
/// inputs go through. In folders, and among what patterns match, reports of earlier runs are passed over, which
/// the console is told. So it is of files that are named more than once, which are read once.
pub fn expand(paths: &[PathBuf], console: &Console) -> Result<Vec<Input>, Failure> {
    let (mut inputs, mut reports) = (Vec::new(), Vec::new());
    for path in paths {
        if path.as_os_str() == "-" && inputs.contains(&Input::Stdin) {
            return Err(Failure::new("standard input (-) can be read only once"));
        }
        match pattern(path) {
            Some(pattern) => inputs.extend(without_reports(matches(pattern)?, &mut reports)),
            None if path.is_dir() => {
                inputs.extend(without_reports(expand_path(path)?, &mut reports));
            }
            None => inputs.extend(expand_path(path)?),
        }
    }
    let repeated = drop_repeated(&mut inputs);
    if let Some(first) = repeated.first() {
        let (count, first) = (repeated.len(), first.name());
        console.hint(format!(
            "{count} file{} named more than once and read once, such as {first}",
            plural(count as u64)
        ));
    }
    if let Some(first) = reports.first() {
        let (count, first) = (reports.len(), first.name());
        let told = format!(
            "{count} report{} of kx837 passed over, such as {first}",
            plural(count as u64)
        );
        if inputs.is_empty() {
            return Err(Failure::new(format!("nothing to read: {told}")));
        }
        console.hint(told);
    }
    Ok(inputs)
}

/// Takes out files that are there already, whatever path leads to them; returns one of each.
fn drop_repeated(inputs: &mut Vec<Input>) -> Vec<Input> {
    if inputs.len() < 2 {
        return Vec::new();
    }
    let mut known = HashMap::new();
    let mut repeated: Vec<Input> = Vec::new();
    inputs.retain(|input| {
        let Some(key) = file_key(input) else {
            return true;
        };
        let times = known.entry(key).or_insert(0);
        *times += 1;
        if *times == 2 {
            repeated.push(input.clone());
        }
        *times == 1
    });
    repeated
}

/// Device and number, which a file has under every path and hard link.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;

    (metadata.dev(), metadata.ino())
}

/// What is the same for all paths to a file. `None` for what is no file.
#[cfg(unix)]
fn file_key(input: &Input) -> Option<(u64, u64)> {
    let Input::File(path) = input else {
        return None;
    };
    let metadata = path.metadata().ok().filter(Metadata::is_file)?;
    Some(identity(&metadata))
}

#[cfg(not(unix))]
fn file_key(input: &Input) -> Option<PathBuf> {
    let Input::File(path) = input else {
        return None;
    };
    path.canonicalize().ok()
}

/// What is no report of this program; those are put aside.
fn without_reports(inputs: Vec<Input>, reports: &mut Vec<Input>) -> Vec<Input> {
    let (own, others): (Vec<_>, Vec<_>) = inputs.into_iter().partition(is_report);
    reports.extend(own);
    others
}

/// Names alone decide nothing, but only files with such names are looked into.
fn is_report(input: &Input) -> bool {
    let Input::File(path) = input else {
        return false;
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Format::of_file_name(&name).is_some_and(|format| is_report_of(format, path).unwrap_or(false))
}

fn is_report_of(format: Format, path: &Path) -> io::Result<bool> {
    Ok(match open_to_look(format, path)? {
        // A file that was put together from others may begin as a report does. Claims are never passed over.
        Some((file, true)) => !holds_claims(&file)?,
        _ => false,
    })
}

/// A file, at its beginning, and whether it begins and ends as a report of this format does; `None` for what is no
/// regular file.
fn open_to_look(format: Format, path: &Path) -> io::Result<Option<(File, bool)>> {
    // Pipes are not even opened: that waits for a writer, who is gone when it is closed again.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut file = File::open(path)?;
    let (head, tail) = ends(&file, metadata.len())?;
    file.rewind()?;
    Ok(Some((file, format.is_of(&head, &tail))))
}

/// The first and the last bytes of a file.
fn ends(mut file: &File, length: u64) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let telling = TELLING as u64;
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    file.take(telling).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(length.saturating_sub(telling)))?;
    file.take(telling).read_to_end(&mut tail)?;
    Ok((head, tail))
}

fn expand_path(path: &Path) -> Result<Vec<Input>, Failure> {
    let inputs = Input::expand(path);
    if inputs.is_empty() {
        return Err(Failure::at(path.display(), "the folder holds no files"));
    }
    Ok(inputs)
}

/// The pattern, if the path is one.
fn pattern(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    (text.contains(['*', '?', '[']) && path.symlink_metadata().is_err()).then_some(text)
}

fn matches(pattern: &str) -> Result<Vec<Input>, Failure> {
    let paths = glob::glob(pattern).map_err(|error| {
        Failure::at(
            pattern,
            format_args!("not a pattern of file names: {error}"),
        )
    })?;
    let mut inputs = Vec::new();
    for path in paths {
        match path {
            Ok(path) => inputs.extend(Input::expand(&path)),
            // A folder that may not be looked into: reading it reports the error.
            Err(error) => inputs.push(Input::File(error.path().to_path_buf())),
        }
    }
    if inputs.is_empty() {
        return Err(Failure::at(pattern, "no file matches this pattern"));
    }
    Ok(inputs)
}

/// What `--mmap` says.
pub const fn access(mmap: bool) -> Access {
    if mmap { Access::Map } else { Access::Read }
}

/// True when a report of this format may take the place of what is at `path`: nothing, an earlier report, or anything
/// but claims.
pub fn may_be_replaced(path: &Path, format: Format) -> bool {
    match open_to_look(format, path) {
        Ok(Some((file, false))) => !holds_claims(&file).unwrap_or(false),
        // What cannot be looked at is told when it is to be written.
        _ => true,
    }
}

/// True for devices, pipes and sockets, which are written as they are: nothing can be renamed over them.
pub fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Opens an output that is a stream; `None` for one that is, or will be, a file. The error is a message that names it.
pub fn stream(path: &Path) -> Result<Option<File>, String> {
    if !is_stream(path) {
        return Ok(None);
    }
    let stream = File::options().write(true).open(path);
    stream
        .map(Some)
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Refuses to put an output in the place of an input.
pub fn spare(output: &Path, inputs: &[Input]) -> Result<(), Failure> {
    let Some(output_file) = Place::of(output) else {
        return Ok(());
    };
    if inputs.iter().any(|input| output_file.is(input)) {
        return Err(taken(output, "an input file"));
    }
    Ok(())
}

/// Refuses to put an output in the place of a file of the run's own, whether that is there already or will be made:
/// `what` it is.
pub fn keep(output: &Path, file: &Path, what: &str) -> Result<(), Failure> {
    if is_one_place(output, file) {
        return Err(taken(output, what));
    }
    Ok(())
}

/// True when both paths lead to one place, whether a file is there already or will be made.
pub fn is_one_place(one: &Path, other: &Path) -> bool {
    match Place::of(one) {
        Some(place) => place.is_of(other),
        None => settled(one) == settled(other),
    }
}

/// The path of what may have to be made yet, as it is behind links and steps such as `..`; an absolute one where its
/// folder is yet to be made, too.
pub fn settled(path: &Path) -> PathBuf {
    match (folder_of(path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}

fn taken(output: &Path, what: &str) -> Failure {
    Failure::at(
        output.display(),
        format_args!("this output would take the place of {what}"),
    )
}

/// The place of a file that exists, whatever path leads to it.
pub struct Place {
    path: PathBuf,
    metadata: Metadata,
}

impl Place {
    /// `None` when there is no file at `path`.
    pub fn of(path: &Path) -> Option<Self> {
        Some(Self {
            path: path.canonicalize().ok()?,
            metadata: path.metadata().ok()?,
        })
    }

    /// True when the input lies there.
    pub fn is(&self, input: &Input) -> bool {
        matches!(input, Input::File(path) if self.is_of(path))
    }

    fn is_of(&self, path: &Path) -> bool {
        // Following every step of a path takes many calls, and asking for what lies at its end one.
        path.metadata().is_ok_and(|other| self.may_be(&other))
            && path.canonicalize().is_ok_and(|path| path == self.path)
    }

    #[cfg(unix)]
    fn may_be(&self, other: &Metadata) -> bool {
        identity(other) == identity(&self.metadata)
    }

    #[cfg(not(unix))]
    fn may_be(&self, other: &Metadata) -> bool {
        other.len() == self.metadata.len()
    }
}

/// Bytes of the inputs as they lie on disk; `None` when one of them has no size.
pub fn total_size(inputs: &[Input]) -> Option<u64> {
    let sizes = inputs.iter().map(|input| match input {
        Input::File(path) => match path.metadata() {
            Ok(metadata) if !metadata.is_file() => None,
            Ok(metadata) => Some(metadata.len()),
            Err(_) => Some(0),
        },
        Input::Stdin => None,
        Input::Memory { bytes, .. } => Some(bytes.len() as u64),
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_expand_in_order_and_must_match() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.edi", "a.edi", "c.txt", "d[1].edi"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let named = |name: &str| expand(&[folder.path().join(name)], &Console::unread());
        let file = |name: &str| Input::File(folder.path().join(name));
        assert_eq!(named("[ab].edi").unwrap(), [file("a.edi"), file("b.edi")]);
        assert_eq!(named("d[1].edi").unwrap(), [file("d[1].edi")]);
        assert_eq!(named("missing.edi").unwrap(), [file("missing.edi")]);
        let Err(Failure::Message(message)) = named("*.x12") else {
            panic!("a pattern without matches is an error")
        };
        assert!(message.contains("*.x12"), "{message}");
    }

    #[test]
    fn a_file_is_read_once_however_often_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a.edi", "b.edi"] {
            std::fs::write(path(name), "").unwrap();
        }
        let named = [
            path("b.edi"),
            path("./b.edi"),
            folder.path().into(),
            path("*.edi"),
        ];
        let inputs = expand(&named, &Console::unread()).unwrap();
        assert_eq!(
            inputs,
            ["b.edi", "a.edi"].map(|name| Input::File(path(name)))
        );
    }

    #[test]
    fn standard_input_is_read_once() {
        let twice = [PathBuf::from("-"), PathBuf::from("-")];
        assert!(expand(&twice, &Console::unread()).is_err());
        assert_eq!(
            expand(&twice[..1], &Console::unread()).unwrap(),
            [Input::Stdin]
        );
    }
}
