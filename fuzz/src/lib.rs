//! What the fuzz targets share: files by chance that are nearly right, and runs over bytes.

mod file;
mod run;

pub use file::ClaimFile;
pub use run::{Setup, assert_same, screen};
