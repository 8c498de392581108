//! The samples in `fixtures/` are what `fixtures/index.toml` says, and generated ones can be
//! made again byte for byte. With `KX837_UPDATE_FIXTURES=1` they are written anew instead; the
//! counts in the index are then printed by the failing comparison.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kx837::finding::ClaimKind;
use kx837::generate::{DelimiterChoice, GenerateOptions, generate};
use kx837::x12::Delimiters;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    fixture: Vec<Fixture>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    file: String,
    kind: String,
    made: String,
    about: String,
    claims: u64,
    lines: u64,
    /// Known of generated samples only.
    at_risk: Option<u64>,
    truth: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn index() -> Vec<Fixture> {
    let text = fs::read_to_string(folder().join("index.toml")).unwrap();
    toml::from_str::<Index>(&text).unwrap().fixture
}

/// Leaves an unchanged file alone, which another test may be reading.
fn write_if_changed(path: &Path, bytes: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::write(path, bytes).unwrap();
    }
}

/// Reads the options after "generate" in `made`.
fn options(words: &str) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    let mut words = words.split(' ').filter(|word| !word.is_empty());
    while let Some(flag) = words.next() {
        if flag == "--no-line-breaks" {
            options.line_breaks = false;
            continue;
        }
        let value = words
            .next()
            .unwrap_or_else(|| panic!("{flag} wants a value"));
        match flag {
            "--kind" => {
                options.kind = match value {
                    "P" => ClaimKind::Professional,
                    "I" => ClaimKind::Institutional,
                    "D" => ClaimKind::Dental,
                    other => panic!("kind {other}"),
                }
            }
            "--seed" => options.seed = value.parse().unwrap(),
            "--claims" => options.claims = Some(value.parse().unwrap()),
            "--at-risk" => options.at_risk = value.parse().unwrap(),
            "--year" => options.year = value.parse().unwrap(),
            "--claims-per-set" => options.claims_per_set = value.parse().unwrap(),
            "--sets-per-group" => options.sets_per_group = value.parse().unwrap(),
            "--groups-per-interchange" => {
                options.groups_per_interchange = Some(value.parse().unwrap());
            }
            "--delimiters" if value == "varied" => options.delimiters = DelimiterChoice::Varied,
            "--delimiters" => {
                let [element, component, repetition, terminator] =
                    value.as_bytes().try_into().expect("four delimiters");
                options.delimiters = DelimiterChoice::Fixed(Delimiters {
                    element,
                    component,
                    repetition: Some(repetition),
                    terminator,
                });
            }
            other => panic!("{other} is not an option of generate"),
        }
    }
    options
}

#[test]
fn generated_samples_are_up_to_date() {
    let update = std::env::var_os("KX837_UPDATE_FIXTURES").is_some();
    let mut generated = 0;
    for fixture in index() {
        let Some(words) = fixture.made.strip_prefix("generate ") else {
            assert_eq!(fixture.made, "by hand", "{}", fixture.file);
            continue;
        };
        generated += 1;
        let (mut file, mut truth) = (Vec::new(), Vec::new());
        let summary = generate(&options(words), &mut file, Some(&mut truth)).unwrap();
        let path = folder().join(&fixture.file);
        let truth_path = folder().join(fixture.truth.as_ref().expect("a truth file"));
        if update {
            write_if_changed(&path, &file);
            write_if_changed(&truth_path, &truth);
        }
        assert!(
            fs::read(&path).unwrap() == file,
            "{} is stale",
            fixture.file
        );
        assert!(
            fs::read(&truth_path).unwrap() == truth,
            "{} is stale",
            truth_path.display()
        );
        assert_eq!(
            (fixture.claims, fixture.lines, fixture.at_risk),
            (summary.claims, summary.lines, Some(summary.at_risk_lines)),
            "claims, lines, at_risk of {}",
            fixture.file
        );
    }
    assert!(generated >= 5);
}

#[test]
fn the_index_names_every_sample() {
    let fixtures = index();
    let named: BTreeSet<String> = fixtures
        .iter()
        .flat_map(|fixture| [Some(fixture.file.clone()), fixture.truth.clone()])
        .flatten()
        .chain(["index.toml".to_owned()])
        .collect();
    let there: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(named, there);
    for fixture in fixtures {
        assert!(
            matches!(fixture.kind.as_str(), "P" | "I" | "D"),
            "{}",
            fixture.file
        );
        assert!(!fixture.about.is_empty(), "{}", fixture.file);
    }
}

#[test]
fn the_mixed_professional_sample_has_every_rule() {
    let truth = fs::read_to_string(folder().join("837p-mixed.truth.jsonl")).unwrap();
    for rule in [
        "KX101", "KX102", "KX201", "KX203", "KX204", "KX205", "KX301", "KX401", "KX403", "KX501",
        "KX502",
    ] {
        assert!(truth.contains(&format!("\"rule\":\"{rule}\"")), "{rule}");
    }
}
