//! Files that appear under their name only when they are whole.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
#[cfg(feature = "cli")]
use std::time::Duration;

use tempfile::NamedTempFile;

/// A file that is written beside its final name and moved there by [`AtomicFile::commit`].
///
/// Dropped without a commit it leaves nothing behind: an earlier file of that name stays as it
/// was. Only its owner may read it (mode 0600), since reports of claims are nobody else's.
#[derive(Debug)]
pub struct AtomicFile {
    file: NamedTempFile,
    path: PathBuf,
    may_be_empty: bool,
    listed: Listed,
}

impl AtomicFile {
    /// Begins a file that shall be called `path`; its folder must exist.
    ///
    /// # Errors
    /// When `path` is something else than a regular file (a folder or a device is never
    /// replaced) or nothing can be written to its folder. The message names the path.
    pub fn create(path: &Path) -> io::Result<Self> {
        let named = |error| name_path(path, &error);
        if path.file_name().is_none() {
            return Err(named(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a file name",
            )));
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(named(io::Error::new(
                    io::ErrorKind::IsADirectory,
                    "is a directory",
                )));
            }
            Ok(metadata) if !metadata.is_file() => {
                return Err(named(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "is not a regular file",
                )));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(named(error)),
        }
        let file = temporary_beside(path).map_err(named)?;
        Ok(Self {
            listed: Listed::new(file.path()),
            file,
            path: path.to_path_buf(),
            may_be_empty: true,
        })
    }

    /// Nothing written means no file: [`AtomicFile::commit`] then takes an earlier file of that name away.
    #[must_use]
    pub fn unless_empty(self) -> Self {
        Self {
            may_be_empty: false,
            ..self
        }
    }

    /// A handle to write to. All handles share one write position; they are not buffered.
    ///
    /// # Errors
    /// When the operating system has no more handles.
    pub fn writer(&self) -> io::Result<File> {
        self.file
            .as_file()
            .try_clone()
            .map_err(|error| name_path(&self.path, &error))
    }

    /// True when nothing was written.
    ///
    /// # Errors
    /// The file cannot be looked at.
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.file.as_file().metadata()?.len() == 0)
    }

    /// The final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Brings everything written to disk and moves the file to its final name, so that after a
    /// power cut either the old or the whole new file is there. Buffers above the handles must
    /// have been flushed before.
    ///
    /// # Errors
    /// When the file cannot be synchronised or moved; nothing is left under the final name
    /// that was not there before. The message names the path.
    pub fn commit(self) -> io::Result<()> {
        let path = self.path.clone();
        self.put()?;
        sync_folder(folder_of(&path)).map_err(|error| name_path(&path, &error))
    }

    /// The folder that the file goes to.
    pub(crate) fn folder(&self) -> &Path {
        folder_of(&self.path)
    }

    /// Does what [`Self::commit`] does but for the last step: that the file has moved is on disk when its folder is
    /// ([`sync_folder`]). Until then the old or the whole new file is there.
    ///
    /// # Errors
    /// As those of [`Self::commit`].
    pub(crate) fn put(self) -> io::Result<()> {
        let has_nothing_to_say = !self.may_be_empty
            && self
                .is_empty()
                .map_err(|error| name_path(&self.path, &error))?;
        let Self {
            file,
            path,
            may_be_empty: _,
            listed: _listed,
        } = self;
        let put = || {
            if has_nothing_to_say {
                return remove_if_there(&path);
            }
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        put().map_err(|error| name_path(&path, &error))
    }
}

/// What the names of files begin with that are not whole.
const UNFINISHED_PREFIX: &str = ".kx837-";

/// Unfinished files in a folder that nobody has written to for so long: of runs that were killed.
#[cfg(feature = "cli")]
pub(crate) fn left_unfinished(folder: &Path, since: Duration) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_unfinished = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        name.as_encoded_bytes()
            .starts_with(UNFINISHED_PREFIX.as_bytes())
    };
    let is_old = |entry: &fs::DirEntry| {
        let written = entry.metadata().and_then(|metadata| metadata.modified());
        written.is_ok_and(|written| written.elapsed().is_ok_and(|elapsed| elapsed > since))
    };
    entries
        .filter(|entry| is_unfinished(entry) && is_old(entry))
        .map(|entry| entry.path())
        .collect()
}

/// Files that are being written, by the names that they have until they are whole.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An unfinished file, as long as it is one.
#[derive(Debug)]
struct Listed(PathBuf);

impl Listed {
    fn new(path: &Path) -> Self {
        unfinished().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

/// Takes the files away that are being written, for a program that ends at once: nothing is dropped then.
pub fn remove_unfinished() {
    for path in &*unfinished() {
        // Nobody is left to be told.
        let _ = fs::remove_file(path);
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The folder that a file is or will be in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A rename is only durable once its folder is.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "same signature as on Unix")]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn name_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// A file in the folder of `path` that only its owner may read and that goes when it is dropped.
pub(crate) fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(UNFINISHED_PREFIX)
        .tempfile_in(folder_of(path))
        .map_err(|error| without_path(&error))
}

/// The temporary name says nothing to the user, and stands behind what the system says.
fn without_path(error: &io::Error) -> io::Error {
    let text = error.to_string();
    let text = text
        .rsplit_once(" at path ")
        .map_or(&*text, |(what, _)| what);
    io::Error::new(error.kind(), text)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.csv");
        fs::write(&path, "old").unwrap();

        let dropped = AtomicFile::create(&path).unwrap();
        dropped.writer().unwrap().write_all(b"half").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        drop(dropped);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");

        let file = AtomicFile::create(&path).unwrap();
        file.writer().unwrap().write_all(b"new ").unwrap();
        file.writer().unwrap().write_all(b"report").unwrap();
        file.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new report");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn nothing_written_may_mean_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answer.edi");
        let create = || AtomicFile::create(&path).unwrap().unless_empty();
        create().commit().unwrap();
        assert!(!path.exists());
        let file = create();
        file.writer().unwrap().write_all(b"ISA").unwrap();
        file.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "ISA");
        drop(create());
        assert!(path.exists());
        create().commit().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        AtomicFile::create(&path).unwrap().commit().unwrap();
        assert!(path.exists());
    }

    #[test]
    fn folders_and_devices_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = AtomicFile::create(folder.path()).unwrap_err().to_string();
        assert!(error.contains("is a directory"), "{error}");
        assert!(
            error.starts_with(&folder.path().display().to_string()),
            "{error}"
        );
        let missing = folder.path().join("no/such/report.csv");
        let error = AtomicFile::create(&missing).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().contains("no/such/report.csv"), "{error}");
        assert!(!error.to_string().contains(".kx837-"), "{error}");
        #[cfg(unix)]
        {
            let error = AtomicFile::create(Path::new("/dev/null")).unwrap_err();
            assert!(error.to_string().contains("not a regular file"), "{error}");
        }
    }
}
