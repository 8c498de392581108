//! Where in a file: `FILE:A37:2`.

use std::path::{Path, PathBuf};

use crate::screen::Input;

/// A file, perhaps one of its claims, perhaps one of the claim's lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, or standard input.
    pub input: Input,
    /// CLM01.
    pub claim: Option<String>,
    /// LX01.
    pub line: Option<String>,
}

impl Place {
    /// Reads `FILE`, `FILE:CLAIM` or `FILE:CLAIM:LINE`; an empty part is not asked for. `None`
    /// when there is no such file.
    pub fn find(topic: &str) -> Option<Self> {
        let ends = topic.rmatch_indices(':').map(|(at, _)| at);
        std::iter::once(topic.len()).chain(ends).find_map(|end| {
            let (file, rest) = topic.split_at(end);
            let input = input(file)?;
            let rest = rest.strip_prefix(':').unwrap_or_default();
            let (claim, line) = rest.rsplit_once(':').unwrap_or((rest, ""));
            Some(Self {
                input,
                claim: asked(claim),
                line: asked(line),
            })
        })
    }
}

fn input(file: &str) -> Option<Input> {
    match file {
        "-" => Some(Input::Stdin),
        _ => Path::new(file)
            .exists()
            .then(|| Input::File(PathBuf::from(file))),
    }
}

fn asked(part: &str) -> Option<String> {
    let part = part.trim();
    (!part.is_empty()).then(|| part.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_behind_the_file_are_claim_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a:b.edi");
        std::fs::write(&path, "").unwrap();
        let named = |rest: &str| Place::find(&format!("{}{rest}", path.display()));
        for (rest, claim, line) in [
            ("", None, None),
            (":A37", Some("A37"), None),
            (":A37:2", Some("A37"), Some("2")),
            ("::2", None, Some("2")),
        ] {
            let place = named(rest).unwrap();
            assert_eq!(place.input, Input::File(path.clone()), "{rest}");
            assert_eq!(
                (place.claim.as_deref(), place.line.as_deref()),
                (claim, line)
            );
        }
        assert_eq!(named(".gone:A37"), None);
        assert_eq!(Place::find("-:A37").unwrap().input, Input::Stdin);
    }
}
