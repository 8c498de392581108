//! The formats by name.

use std::io::Write;
use std::str::FromStr;

use super::{
    ClaimAcknowledgement, CsvReport, ImplementationAcknowledgement, InterchangeAcknowledgement,
    JsonlReport, Profile, Report, TextReport,
};

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: findings with the segment quoted.
    Text,
    /// For programs: JSON Lines.
    Jsonl,
    /// For spreadsheets.
    Csv,
    /// For the submitter: an X12 277 claim acknowledgement (005010X214).
    ClaimAcknowledgement(Profile),
    /// For the submitter: an X12 999 implementation acknowledgement (005010X231A1).
    ImplementationAcknowledgement,
    /// For the submitter: X12 TA1 interchange acknowledgements.
    InterchangeAcknowledgement,
}

impl Format {
    /// All formats, in the order in which help lists them.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Jsonl,
        Self::Csv,
        Self::ClaimAcknowledgement(Profile::Annotated),
        Self::ClaimAcknowledgement(Profile::Strict),
        Self::ClaimAcknowledgement(Profile::Gate),
        Self::ImplementationAcknowledgement,
        Self::InterchangeAcknowledgement,
    ];

    /// The name that options use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::ClaimAcknowledgement(Profile::Annotated) => "277ca",
            Self::ClaimAcknowledgement(Profile::Strict) => "277ca-strict",
            Self::ClaimAcknowledgement(Profile::Gate) => "277ca-gate",
            Self::ImplementationAcknowledgement => "999",
            Self::InterchangeAcknowledgement => "ta1",
        }
    }

    /// True for reports in X12, which have no place to say that they are incomplete.
    pub const fn is_x12(self) -> bool {
        !matches!(self, Self::Text | Self::Jsonl | Self::Csv)
    }

    /// What a report's file name ends in, without a leading dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::ClaimAcknowledgement(Profile::Annotated) => "277ca.edi",
            Self::ClaimAcknowledgement(Profile::Strict) => "277ca-strict.edi",
            Self::ClaimAcknowledgement(Profile::Gate) => "277ca-gate.edi",
            Self::ImplementationAcknowledgement => "999.edi",
            Self::InterchangeAcknowledgement => "ta1.edi",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        if name == "277ca-annotated" {
            return Ok(Self::ClaimAcknowledgement(Profile::Annotated));
        }
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A name that is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown report format {0:?}: expected text, jsonl, csv, 277ca, 277ca-annotated, 277ca-strict, 277ca-gate, 999 or ta1"
)]
pub struct UnknownFormat(pub String);

/// What a report may be told beyond its format.
#[derive(Clone, Debug)]
pub struct ReportOptions {
    /// `text`: use colours.
    pub color: bool,
    /// `text`: columns of the terminal that shows it; none where it does not go to one.
    pub columns: Option<usize>,
    /// `jsonl`: write clean claims too.
    pub all_claims: bool,
    /// `277ca`, `999`, `ta1`: a line feed after every segment terminator.
    pub line_breaks: bool,
    /// `277ca`: name of whoever answers (2100A NM103).
    pub source_name: String,
    /// `277ca`: identifier of whoever answers (2100A NM109); without it the application
    /// receiver of the claims (GS03), else ISA08.
    pub source_id: Option<String>,
    /// `277ca`: what stands where a mandatory identifier is missing in the claim, by agreement
    /// with the partner. Without it the annotated profile writes `UNKNOWN`, the others nothing.
    pub placeholder_id: Option<String>,
    /// `277ca`, `999`, `ta1`: first interchange and group control number of the output; each further
    /// interchange and group takes the next.
    pub first_control_number: u32,
    /// `277ca`: number of this output among those of the run, which our own references (BHT03) carry: 0 for the one over
    /// all files.
    pub output_number: u32,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            color: false,
            columns: None,
            all_claims: false,
            line_breaks: true,
            source_name: "KX837 CLAIM SCREENING".to_owned(),
            source_id: None,
            placeholder_id: None,
            first_control_number: 1,
            output_number: 0,
        }
    }
}

/// A report of this format. It buffers what it writes and flushes in [`Report::end`].
pub fn open(
    format: Format,
    writer: Box<dyn Write + Send>,
    options: &ReportOptions,
) -> Box<dyn Report> {
    match format {
        Format::Text => Box::new(TextReport::new(writer, options.color, options.columns)),
        Format::Jsonl => Box::new(JsonlReport::new(writer, options.all_claims)),
        Format::Csv => Box::new(CsvReport::new(writer)),
        Format::ClaimAcknowledgement(profile) => {
            Box::new(ClaimAcknowledgement::new(writer, profile, options))
        }
        Format::ImplementationAcknowledgement => {
            Box::new(ImplementationAcknowledgement::new(writer, options))
        }
        Format::InterchangeAcknowledgement => {
            Box::new(InterchangeAcknowledgement::new(writer, options))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::report::AtomicFile;
    use crate::report::sample::{batch, play, run};

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert_eq!(
            "277ca-annotated".parse(),
            Ok(Format::ClaimAcknowledgement(Profile::Annotated))
        );
        let error = "pdf".parse::<Format>().unwrap_err().to_string();
        assert!(
            Format::ALL
                .iter()
                .all(|format| error.contains(format.name())),
            "{error}"
        );
    }

    /// Set `KX837_SAMPLES` to a folder to keep the files, for a look with other validators.
    #[test]
    fn every_format_writes_a_file_and_only_the_277ca_names_patients() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = std::env::var_os("KX837_SAMPLES")
            .map_or_else(|| temporary.path().to_path_buf(), PathBuf::from);
        for format in Format::ALL {
            let path = folder.join(format!("sample.{}", format.extension()));
            let file = AtomicFile::create(&path).unwrap();
            let writer = Box::new(file.writer().unwrap());
            let mut report = open(format, writer, &ReportOptions::default());
            play(report.as_mut(), &run(), &batch());
            file.commit().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            let names_patients = matches!(format, Format::ClaimAcknowledgement(_));
            // Acknowledgements of syntax say nothing of claims that are read without a defect.
            let names_claims = !matches!(
                format,
                Format::ImplementationAcknowledgement | Format::InterchangeAcknowledgement
            );
            assert_eq!(
                text.contains("CLM-5"),
                names_claims,
                "{}: {text}",
                format.name()
            );
            assert!(!text.is_empty(), "{}", format.name());
            for canary in ["JANE", "DOE", "1EG4TE5MK73"] {
                assert_eq!(
                    text.contains(canary),
                    names_patients,
                    "{}: {canary}",
                    format.name()
                );
            }
        }
    }

    #[test]
    fn extensions_do_not_collide() {
        let mut extensions = Format::ALL.map(Format::extension);
        extensions.sort_unstable();
        assert!(extensions.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
