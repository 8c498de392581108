//! Throughput of every stage, on generated 837P, 837I and 837D with one line in twenty at risk.
//!
//! ```sh
//! cargo bench                                    # 64 MiB of 837P, 32 of 837I, 16 of 837D
//! cargo bench --bench throughput -- --quick      # 4 MiB each, one round: does it work?
//! KX837_BENCH_MB=256 cargo bench                 # another size for all three
//! cargo bench --bench throughput -- --ledger     # what ledgers cost alone
//! ```
//!
//! The stages are those of `kx837 bench`, which measures files of one's own, and a ledger; see
//! [`kx837::bench`] for how they are measured, and docs/performance.md for what comes of it.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod grammar;
mod ledger;
mod pack;
mod stages;

use std::error::Error;
use std::path::PathBuf;

use kx837::bench::StageKind;
use kx837::finding::ClaimKind;
use kx837::generate::{GenerateOptions, GenerateSummary, generate};

/// How much to measure, and how often.
#[derive(Clone, Copy)]
struct Settings {
    rounds: usize,
    /// MiB of 837P, 837I and 837D.
    sizes: [u64; 3],
    /// Lines of the therapy batch.
    lines: u32,
}

impl Settings {
    fn from_environment() -> Result<Self, Box<dyn Error>> {
        let quick = std::env::args().any(|argument| argument == "--quick")
            || std::env::var_os("KX837_BENCH_QUICK").is_some();
        let mut settings = if quick {
            Self {
                rounds: 1,
                sizes: [4; 3],
                lines: 10_000,
            }
        } else {
            Self {
                rounds: 5,
                sizes: [64, 32, 16],
                lines: 1_000_000,
            }
        };
        if let Ok(size) = std::env::var("KX837_BENCH_MB") {
            let size = size
                .parse()
                .map_err(|_| "KX837_BENCH_MB must be a whole number of MiB")?;
            settings.sizes = [size; 3];
        }
        Ok(settings)
    }
}

/// A generated file, in memory and on disk.
struct Sample {
    bytes: Vec<u8>,
    path: PathBuf,
    known: GenerateSummary,
}

impl Sample {
    fn generate(
        kind: ClaimKind,
        mebibytes: u64,
        folder: &std::path::Path,
    ) -> std::io::Result<Self> {
        let options = GenerateOptions {
            kind,
            bytes: Some(mebibytes << 20),
            claims_per_set: 5_000,
            billing_providers: 200,
            ..GenerateOptions::default()
        };
        let mut bytes = Vec::with_capacity((mebibytes as usize + 1) << 20);
        let known = generate(&options, &mut bytes, None)?;
        let path = folder.join(format!("837{}.edi", kind.letter().to_ascii_lowercase()));
        std::fs::write(&path, &bytes)?;
        Ok(Self { bytes, path, known })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--list") {
        return Ok(());
    }
    let settings = Settings::from_environment()?;
    let folder = tempfile::tempdir()?;
    if std::env::args().any(|argument| argument == "--ledger") {
        return ledger::compare(settings.lines, settings.rounds.min(3), folder.path());
    }
    let kinds = [
        ClaimKind::Professional,
        ClaimKind::Institutional,
        ClaimKind::Dental,
    ];
    for (kind, size) in kinds.into_iter().zip(settings.sizes) {
        let sample = Sample::generate(kind, size, folder.path())?;
        println!(
            "\n837{}: {:.1} MB, {} claims, {} lines, {} of them at risk; best of {}",
            kind.letter(),
            sample.bytes.len() as f64 / 1e6,
            sample.known.claims,
            sample.known.lines,
            sample.known.at_risk_lines,
            settings.rounds,
        );
        let rows = stages::measure(&sample, settings.rounds)?;
        kx837::bench::print(&rows, &mut std::io::stdout())?;
        if kind == ClaimKind::Professional {
            let read = rows.iter().find(|row| row.stage == StageKind::Read.name());
            let nanoseconds = read.map_or(0.0, |row| row.best_seconds * 1e9);
            grammar::compare(&sample.bytes, settings.rounds, nanoseconds);
            pack::compare(&sample, settings.rounds)?;
        }
    }
    ledger::compare(settings.lines, settings.rounds.min(3), folder.path())?;
    Ok(())
}
