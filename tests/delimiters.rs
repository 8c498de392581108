//! Every byte as every delimiter: it is read right, or refused in so many words.

mod common;

use common::base::{ALL, BASE};
use common::{Extracted, Folder, PLAIN, Packing, Setup, extract};

const ROLES: [(&str, u8); 4] = [
    ("element separator", b'*'),
    ("component separator", b':'),
    ("repetition separator", b'^'),
    ("segment terminator", b'~'),
];

/// The base with this byte in a role, and without line feeds. Where it is a delimiter in another role, that one is another.
fn styled(role: u8, byte: u8) -> Vec<u8> {
    let bare = BASE.replace('\n', "");
    bare.bytes()
        .map(|found| match found {
            _ if found == role => byte,
            b'*' | b':' | b'^' | b'~' if found == byte => b'|',
            _ => found,
        })
        .collect()
}

fn lines(run: &Extracted) -> String {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let line = |line: &serde_json::Value| {
        let mut words = vec![text(&line["code"])];
        words.extend(line["modifiers"].as_array().unwrap().iter().map(text));
        format!("{} {}", words.join(":"), text(&line["charge"]))
    };
    run.lines.iter().map(line).collect::<Vec<_>>().join(", ")
}

/// What becomes of the first interchange.
enum Outcome {
    /// Read, and nothing is odd.
    Sound,
    /// Read, with this notice.
    Noticed(&'static str),
    /// Not read, in these words.
    Refused(String),
    /// Its data have the delimiter in them, which is told by this notice.
    Split(&'static str),
}

fn outcome(role: &str, byte: u8) -> Outcome {
    let letter = |role: &str, byte: char| {
        Outcome::Refused(format!(
            "the {role} would be the letter or digit {byte:?}: the ISA segment is damaged or has no terminator"
        ))
    };
    match (role, byte) {
        ("repetition separator", b'\r' | b'\n') => Outcome::Noticed("KX915"),
        ("repetition separator", b' ') => Outcome::Noticed("KX905"),
        ("repetition separator", _) if byte.is_ascii_alphanumeric() => Outcome::Noticed("KX905"),
        // Line breaks separate nothing but segments: the byte behind one is looked at.
        ("element separator", b'\r' | b'\n') => letter(role, '0'),
        ("component separator", b'\r' | b'\n') => letter("segment terminator", 'G'),
        // ISA is padded with blanks.
        ("element separator", b' ') => {
            let message = "the element separator and the component separator are the same byte ' ': delimiters must differ";
            Outcome::Refused(message.into())
        }
        ("segment terminator", b' ') => Outcome::Split("KX912"),
        _ if byte.is_ascii_alphanumeric() => letter(role, char::from(byte)),
        _ => Outcome::Sound,
    }
}

#[test]
fn every_byte_as_every_delimiter() {
    for (role, usual) in ROLES {
        for byte in 0..=u8::MAX {
            let folder = Folder::new();
            // Another interchange behind it is read whatever becomes of this one.
            let mut bytes = styled(usual, byte);
            bytes.extend_from_slice(BASE.replace("000000905", "000000906").as_bytes());
            let inputs = [folder.input("batch.edi", &bytes, Packing::File)];
            let run = extract(&inputs, false, PLAIN);
            let setup = Setup {
                threads: 2,
                piece_size: 50,
                ..PLAIN
            };
            let pieces = extract(&inputs, false, setup);
            let name = format!("{role} {byte:#04x} {:?}", char::from(byte));
            assert_eq!(run.text, pieces.text, "{name}");
            assert_eq!(run.notices, pieces.notices, "{name}");
            let (found, complete) = (lines(&run), run.summary.complete);
            let told = run.notices.join("\n");
            let both = format!("{ALL}, {ALL}");
            match outcome(role, byte) {
                Outcome::Sound => {
                    assert_eq!((found, told.as_str(), complete), (both, "", true), "{name}");
                }

                Outcome::Noticed(kind) => {
                    assert_eq!(
                        (found, run.notices.is_empty(), complete),
                        (both, false, true),
                        "{name}"
                    );
                    assert!(told.contains(kind), "{name}: {told}");
                }
                Outcome::Refused(message) => {
                    assert_eq!((found.as_str(), complete), (ALL, false), "{name}");
                    assert!(
                        told.contains(&message) && told.contains("KX903"),
                        "{name}: {told}"
                    );
                }
                Outcome::Split(kind) => {
                    assert!(
                        found.ends_with(ALL) && told.contains(kind),
                        "{name}: {told}"
                    );
                }
            }
        }
    }
}

#[test]
fn an_interchange_of_any_delimiters_is_read_behind_one_that_breaks_off() {
    let claims = BASE.find("CLM*").unwrap();
    let whole = BASE.find("IEA*").unwrap() + "IEA*1*000000905".len();
    for cut in claims..BASE.len() {
        for (role, byte) in [
            (b'~', b'~'),
            (b'*', b'|'),
            (b':', b'>'),
            (b'~', b'\''),
            (b'~', b'\n'),
            (b'~', b'\r'),
            (b':', b'~'),
        ] {
            let mut bytes = BASE.as_bytes()[..cut].to_vec();
            let mut second = styled(role, byte);
            if byte == b'\r' {
                // CR LF.
                let text = String::from_utf8(second).unwrap();
                second = text.replace('\r', "\r\n").into_bytes();
            }
            bytes.extend(second);
            let folder = Folder::new();
            let inputs = [folder.input("batch.edi", &bytes, Packing::File)];
            let run = extract(&inputs, false, PLAIN);
            let setup = Setup {
                piece_size: 200,
                ..PLAIN
            };
            let pieces = extract(&inputs, false, setup);
            let name = format!(
                "{:?} for {:?}, cut at {cut}",
                char::from(byte),
                char::from(role)
            );
            assert_eq!(run.text, pieces.text, "{name}");
            assert_eq!(run.notices, pieces.notices, "{name}");
            assert!(lines(&run).ends_with(ALL), "{name}: {}", lines(&run));
            assert!(!run.notices.is_empty() || cut >= whole, "{name}");
        }
    }
}
