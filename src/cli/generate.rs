//! `kx837 generate`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};

use crate::finding::ClaimKind;
use crate::generate::{DelimiterChoice, GenerateOptions, GenerateSummary, generate};
use crate::report::{AtomicFile, Grouped};
use crate::x12::Delimiters;

use super::console::Console;
use super::failure::{Ending, Failure, Status};
use super::{help, inputs, interrupt};

/// Write synthetic 837 claims with known lines at risk
///
/// The same options give the same bytes everywhere. All people, providers and payers are
/// invented.
///
/// Lines are put at risk for a rule to find, whatever severity policies give it. screen counts
/// as at risk only lines with a finding of severity warning or error, so it may count fewer.
#[derive(Args)]
#[command(before_help = help::GENERATE)]
pub struct GenerateArgs {
    /// Write to this file, which appears when it is whole [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the lines that a rule should find to this file (JSON Lines)
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// P professional (837P), I institutional (837I), D dental (837D)
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        default_value = "p",
        hide_possible_values = true
    )]
    kind: Kind,
    /// Everything follows from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Stop after so many claims [default: 100, unless --size is given]
    #[arg(long, value_name = "N")]
    claims: Option<u64>,
    /// Stop after the claim with which the file reaches this size, such as 100MB or 2GiB
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    size: Option<u64>,
    /// Share of lines at risk to aim at, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    at_risk: f64,
    /// Calendar year of the services, 2018 to 2026
    #[arg(long, default_value_t = 2026)]
    year: i16,
    /// default (*:^~), varied (others in every interchange), or four characters: element,
    /// component, repetition, terminator
    #[arg(long, value_name = "WHICH", default_value = "default", value_parser = parse_delimiters)]
    delimiters: DelimiterChoice,
    /// No line feed after segments
    #[arg(long)]
    no_line_breaks: bool,
    /// Claims in a transaction set
    #[arg(long, value_name = "N", default_value_t = 100)]
    claims_per_set: u32,
    /// Transaction sets in a functional group
    #[arg(long, value_name = "N", default_value_t = 10)]
    sets_per_group: u32,
    /// Functional groups in an interchange [default: all in one interchange]
    #[arg(long, value_name = "N")]
    groups_per_interchange: Option<u32>,
    /// Billing providers that take turns, 1 to 5000
    #[arg(long, value_name = "N", default_value_t = 8)]
    billing_providers: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    P,
    I,
    D,
}

impl GenerateArgs {
    fn options(&self) -> GenerateOptions {
        GenerateOptions {
            kind: match self.kind {
                Kind::P => ClaimKind::Professional,
                Kind::I => ClaimKind::Institutional,
                Kind::D => ClaimKind::Dental,
            },
            seed: self.seed,
            claims: self.claims,
            bytes: self.size,
            at_risk: self.at_risk,
            delimiters: self.delimiters,
            line_breaks: !self.no_line_breaks,
            claims_per_set: self.claims_per_set,
            sets_per_group: self.sets_per_group,
            groups_per_interchange: self.groups_per_interchange,
            billing_providers: self.billing_providers,
            year: self.year,
        }
    }
}

/// Generates a file.
pub fn run(args: &GenerateArgs, console: &Console) -> Ending {
    if let (Some(output), Some(truth)) = (&args.output, &args.truth) {
        inputs::keep(truth, output, "the claims")?;
    }
    let stopped = interrupt::flag()?;
    let truth = create(args.truth.as_ref())?;
    let output = create(args.output.as_ref().filter(|path| path.as_os_str() != "-"))?;
    let options = args.options();
    let result = match &output {
        Some((_, file)) => write(&options, file, truth.as_ref(), &stopped),
        None => write(&options, io::stdout().lock(), truth.as_ref(), &stopped),
    };
    if stopped.load(Ordering::Relaxed) {
        console.error("interrupted");
        return Ok(Status::Interrupted);
    }
    let summary = result.map_err(|error| match (error.kind(), &args.output) {
        // Options that cannot be met.
        (io::ErrorKind::InvalidInput, _) => Failure::new(error.to_string()),
        (_, Some(path)) => Failure::at(path.display(), error),
        (_, None) => Failure::from(error),
    })?;
    let files = [truth, output].into_iter().flatten();
    for file in files.filter_map(|(file, _)| file) {
        file.commit()
            .map_err(|error| Failure::new(error.to_string()))?;
    }
    console.hint(format_args!(
        "{} bytes, {} claims, {} lines, {} of them for a rule to find",
        Grouped(summary.bytes),
        Grouped(summary.claims),
        Grouped(summary.lines),
        Grouped(summary.at_risk_lines)
    ));
    Ok(Status::Clean)
}

/// An output, and the file that appears when it is whole; a device is none.
type Output = (Option<AtomicFile>, File);

fn create(path: Option<&PathBuf>) -> Result<Option<Output>, Failure> {
    let open = |path: &PathBuf| -> Result<Output, String> {
        if let Some(stream) = inputs::stream(path)? {
            return Ok((None, stream));
        }
        let file = AtomicFile::create(path).map_err(|error| error.to_string())?;
        let writer = file.writer().map_err(|error| error.to_string())?;
        Ok((Some(file), writer))
    };
    path.map(open).transpose().map_err(Failure::new)
}

fn write(
    options: &GenerateOptions,
    out: impl Write,
    truth: Option<&Output>,
    stopped: &AtomicBool,
) -> io::Result<GenerateSummary> {
    let mut out = BufWriter::with_capacity(1 << 16, Until { out, stopped });
    let mut truth = truth.map(|(_, file)| file);
    let truth = truth.as_mut().map(|file| file as &mut dyn Write);
    let summary = generate(options, &mut out, truth)?;
    out.flush()?;
    Ok(summary)
}

/// Takes what is written until the run is interrupted.
struct Until<'s, W> {
    out: W,
    stopped: &'s AtomicBool,
}

impl<W: Write> Write for Until<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stopped.load(Ordering::Relaxed) {
            // Not of the kind `Interrupted`, after which writers try again.
            return Err(io::Error::other("interrupted"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// `100`, `100kB`, `2.5GB`, `1GiB`.
fn parse_size(text: &str) -> Result<u64, String> {
    let expected = || "expected a size such as 500000, 100MB or 2GiB".to_owned();
    let unit_at = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let scale: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err(expected()),
    };
    let number = number.trim();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 9 {
        return Err(expected());
    }
    let digits = |text: &str| match text {
        "" => Ok(0),
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse::<u64>().map_err(|_| expected())
        }
        _ => Err(expected()),
    };
    let parts =
        u128::from(digits(fraction)?) * u128::from(scale) / 10u128.pow(fraction.len() as u32);
    let bytes = u128::from(digits(whole)?) * u128::from(scale) + parts;
    u64::try_from(bytes)
        .ok()
        .filter(|bytes| *bytes > 0)
        .ok_or_else(expected)
}

fn parse_delimiters(text: &str) -> Result<DelimiterChoice, String> {
    match (text, text.as_bytes()) {
        ("default", _) => Ok(DelimiterChoice::Fixed(Delimiters::default())),
        ("varied", _) => Ok(DelimiterChoice::Varied),
        (_, &[element, component, repetition, terminator]) => {
            Ok(DelimiterChoice::Fixed(Delimiters {
                element,
                component,
                repetition: Some(repetition),
                terminator,
            }))
        }
        _ => Err("expected default, varied or four characters such as *:^~".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        for (text, bytes) in [
            ("1", 1),
            ("100MB", 100_000_000),
            ("2.5 kB", 2_500),
            ("1GiB", 1 << 30),
            ("3m", 3_000_000),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in [
            "",
            "MB",
            "0",
            "-1",
            "1XB",
            "1.2.3",
            "99999999999999TB",
            "0.0000000001",
        ] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn delimiters_are_four_bytes() {
        assert_eq!(
            parse_delimiters("*:^~"),
            Ok(DelimiterChoice::Fixed(Delimiters::default()))
        );
        assert!(parse_delimiters("*:^").is_err());
        assert!(parse_delimiters("é:^~").is_err());
    }
}
