//! What is read: files by parts, everything else as a stream.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, FileType};
use std::io::{self, BufReader, Read, Seek};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::x12::{GZIP, ZSTD};

use memmap2::Mmap;

use super::gzip::Gunzip;
use super::part::OpenFile;

/// Something to read, as the user named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// Bytes at hand: what was read from somewhere before.
    Memory {
        /// Name for reports, as the user gave it.
        name: String,
        /// The bytes, packed or not.
        bytes: SharedBytes,
    },
}

impl Input {
    /// The name for reports: the path as given, its control characters escaped so that no
    /// terminal obeys them; `-` for standard input.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => printable(&path.display().to_string()),
            Self::Stdin => "-".into(),
            Self::Memory { name, .. } => printable(name),
        }
    }

    /// Turns what the user named into inputs: `-` is standard input, a folder stands for all
    /// files in it and below it, in the order of their names (hidden ones and links to folders left out). What does
    /// not exist stays as it is, so that reading it reports the error; so does a link that leads nowhere.
    pub fn expand(path: &Path) -> Vec<Self> {
        if path.as_os_str() == "-" {
            return vec![Self::Stdin];
        }
        let mut inputs = Vec::new();
        if path.is_dir() {
            collect_folder(path, &mut inputs);
        } else {
            inputs.push(Self::File(path.to_path_buf()));
        }
        inputs
    }

    /// Opens the input and looks at its first bytes: gzip and zstd are unpacked whatever the
    /// name says.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub(super) fn open(&self, access: Access) -> io::Result<Source> {
        match self {
            Self::Stdin => Source::stream(Box::new(io::stdin())),
            Self::Memory { bytes, .. } if Packing::of(bytes) == Packing::None => {
                Ok(Source::Memory(bytes.clone()))
            }
            Self::Memory { bytes, .. } => Source::stream(Box::new(io::Cursor::new(bytes.clone()))),
            Self::File(path) => {
                let mut file = File::open(path)?;
                let metadata = file.metadata()?;
                if metadata.is_dir() {
                    return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder"));
                }
                if !metadata.is_file() {
                    return Source::stream(Box::new(file));
                }
                if metadata.len() < SMALLEST_PARTS {
                    let bytes = read_small(&mut file, metadata.len() as usize)?;
                    let packed = Packing::of(&bytes) != Packing::None;
                    let bytes = SharedBytes::Owned(Arc::new(bytes));
                    return if packed {
                        Source::stream(Box::new(io::Cursor::new(bytes)))
                    } else {
                        Ok(Source::Memory(bytes))
                    };
                }
                let mut magic = [0; 4];
                let known = read_up_to(&mut file, &mut magic)?;
                file.rewind()?;
                if Packing::of(&magic[..known]) != Packing::None {
                    return Source::stream(Box::new(file));
                }
                if access == Access::Map {
                    let map = SharedBytes::Mapped(Arc::new(map(&file)?));
                    return Ok(Source::Memory(map));
                }
                Ok(Source::File(OpenFile::new(file, &metadata)?))
            }
        }
    }

    /// True when it begins like gzip or zstd. Standard input is not looked at.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub fn is_packed(&self) -> io::Result<bool> {
        let packing = match self {
            Self::Stdin => Packing::None,
            Self::Memory { bytes, .. } => Packing::of(bytes),
            Self::File(path) => {
                let mut magic = [0; 4];
                let known = read_up_to(&mut File::open(path)?, &mut magic)?;
                Packing::of(&magic[..known])
            }
        };
        Ok(packing != Packing::None)
    }

    /// The bytes of the input one after another, unpacked.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub fn reader(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self.open(Access::Read)? {
            Source::Memory(bytes) => Box::new(io::Cursor::new(bytes)),
            Source::File(file) => Box::new(file),
            Source::Stream(reader) => reader,
        })
    }

    /// Reads the whole input. What is unpacked, or has no size, may have `most` bytes: a few kilobytes can
    /// unpack to more than any machine holds.
    ///
    /// # Errors
    /// The file cannot be opened or read, or has become shorter; what is packed is broken or too long.
    pub fn read_whole(&self, most: u64) -> io::Result<SharedBytes> {
        let mut bytes = Vec::new();
        let reader = match self.open(Access::Read)? {
            Source::Memory(bytes) => return Ok(bytes),
            Source::File(mut file) => {
                file.read_to_end(&mut bytes)?;
                return Ok(SharedBytes::Owned(Arc::new(bytes)));
            }
            Source::Stream(reader) => reader,
        };
        reader
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!(
                    "it has more than {most} bytes when it is unpacked: unpack it yourself if you know what it is"
                ),
            ));
        }
        Ok(SharedBytes::Owned(Arc::new(bytes)))
    }
}

fn printable(name: &str) -> String {
    if !name.contains(char::is_control) {
        return name.to_owned();
    }
    let escaped = |character: char| -> Vec<char> {
        if character.is_control() {
            character.escape_default().collect()
        } else {
            vec![character]
        }
    };
    name.chars().flat_map(escaped).collect()
}

/// How the bytes of a file are got at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// They are read. A file that another program changes meanwhile is an error.
    #[default]
    Read,
    /// They are mapped into memory. The process is killed (SIGBUS) when another program makes the file shorter
    /// meanwhile.
    Map,
}

/// Smaller files, in bytes, are read as a whole.
const SMALLEST_PARTS: u64 = 256 * 1024;

fn collect_folder(folder: &Path, inputs: &mut Vec<Input>) {
    let Ok(entries) = fs::read_dir(folder) else {
        inputs.push(Input::File(folder.to_path_buf()));
        return;
    };
    // The folder says of its entries what they are: each need not be asked.
    let mut entries: Vec<(OsString, Option<FileType>)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name(), entry.file_type().ok()))
        })
        .filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"."))
        .collect();
    entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (name, kind) in entries {
        let path = folder.join(name);
        let is_link = kind.is_none_or(|kind| kind.is_symlink());
        if kind.is_some_and(|kind| kind.is_dir()) {
            collect_folder(&path, inputs);
        } else if kind.is_some_and(|kind| kind.is_file())
            // A link that leads nowhere: reading it reports the error.
            || is_link && path.metadata().map_or(true, |target| target.is_file())
        {
            inputs.push(Input::File(path));
        }
    }
}

/// Reads a file of about this size, with one call when it has just that.
fn read_small(file: &mut File, size: usize) -> io::Result<Vec<u8>> {
    // With room for one byte more, a file that has grown shows.
    let mut bytes = vec![0; size + 1];
    let mut filled = 0;
    while filled <= size {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if filled == size {
            break;
        }
    }
    bytes.truncate(filled);
    if filled > size {
        file.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[allow(unsafe_code, reason = "mapping a file")]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is read-only and private to this process, and nothing here writes to the
    // file. Another process that truncates the file while it is mapped causes SIGBUS, which is why
    // nothing is mapped unless somebody asks for it.
    let map = unsafe { Mmap::map(file)? };
    #[cfg(unix)]
    map.advise(memmap2::Advice::Sequential)?;
    Ok(map)
}

/// The bytes of a whole file, shared between the workers that read its pieces.
#[derive(Clone)]
pub enum SharedBytes {
    /// A memory map.
    Mapped(Arc<Mmap>),
    /// A buffer.
    Owned(Arc<Vec<u8>>),
}

/// Says how many bytes there are, and nothing of what they say.
impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

impl PartialEq for SharedBytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for SharedBytes {}

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// An open input.
pub(super) enum Source {
    /// All bytes are at hand.
    Memory(SharedBytes),
    /// Bytes can be had from any place.
    File(OpenFile),
    /// Bytes come one after another.
    Stream(Box<dyn Read + Send>),
}

impl Source {
    /// A stream, unpacked when it begins like gzip or zstd.
    ///
    /// # Errors
    /// The first bytes cannot be read.
    pub fn stream(mut reader: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut magic = [0; 4];
        let known = read_up_to(&mut reader, &mut magic)?;
        let packing = Packing::of(&magic[..known]);
        let rest = io::Cursor::new(magic[..known].to_vec()).chain(reader);
        Ok(Self::Stream(match packing {
            Packing::None => Box::new(rest),
            Packing::Gzip => Box::new(Gunzip::new(BufReader::with_capacity(1 << 18, rest))),
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(rest)?),
        }))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    fn of(magic: &[u8]) -> Self {
        if magic.starts_with(GZIP) {
            Self::Gzip
        } else if magic.starts_with(ZSTD) {
            Self::Zstd
        } else {
            Self::None
        }
    }
}

/// Fills the buffer, or as much of it as there is. Returns how many bytes were read.
pub(super) fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_whole_is_unpacked_within_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let input = Input::File(path.clone());
        let bytes = vec![b'A'; 5_000];
        fs::write(&path, &bytes).unwrap();
        assert_eq!(input.read_whole(10).unwrap().len(), 5_000);
        let packed = zstd::encode_all(&bytes[..], 3).unwrap();
        fs::write(&path, &packed).unwrap();
        assert_eq!(*input.read_whole(5_000).unwrap(), *bytes);
        assert!(input.is_packed().unwrap());
        for held in [&bytes, &packed] {
            let held = SharedBytes::Owned(Arc::new(held.clone()));
            let name = "held".to_owned();
            let held = Input::Memory { name, bytes: held };
            assert_eq!(*held.read_whole(5_000).unwrap(), *bytes);
            let mut read = Vec::new();
            held.reader().unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes);
        }
        let error = input.read_whole(4_999).err().unwrap().to_string();
        assert!(error.contains("more than 4999 bytes"), "{error}");
        fs::write(&path, &packed[..packed.len() - 4]).unwrap();
        assert!(input.read_whole(5_000).is_err());
    }
}
