//! Throughput by stage, from counting segment terminators to writing reports.
//!
//! [`Sample`] holds the files, [`Bench`] makes the stages, and [`measure`] lets them take turns in
//! rounds, so that whatever else the machine does hits all of them alike; the best round of each
//! counts. Compare ratios, not bytes per second: they are taken against [`StageKind::Count`] and
//! against the stage that a stage builds on, in the same run on the same bytes.
//!
//! `kx837 bench` measures files of the user with it, `cargo bench` generated ones.

mod interchanges;
mod measure;
mod sample;
mod screening;
mod sink;
mod stage;
mod table;

pub use measure::{BenchError, Measured, measure};
pub use sample::{MOST_BYTES, Sample, SampleError, SampleFile};
pub use screening::screen;
pub use stage::{Bench, Settings, Stage, StageKind};
pub use table::print;

use crate::phi::PatientHasher;

/// Patients become hashes that nobody sees, so that any key will do.
pub const HASHER: PatientHasher = PatientHasher::new([7; 32]);
