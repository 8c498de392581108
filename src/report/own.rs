//! Reports of this program, known again by name and content: a folder of claims may hold those of an earlier run.

use std::io::{self, Read};

use super::Format;
use crate::x12::InterchangeHeader;

/// So many bytes of the beginning and of the end of a file tell.
pub(crate) const TELLING: usize = 512;

impl Format {
    /// The format whose reports have such file names, behind the name of what they are about.
    pub(crate) fn of_file_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| {
            name.strip_suffix(format.extension())
                .and_then(|stem| stem.strip_suffix('.'))
                .is_some_and(|stem| !stem.is_empty())
        })
    }

    /// True when a file that begins and ends so looks like a report of this format. Whether claims stand between, too, tells
    /// [`holds_claims`].
    pub(crate) fn is_of(self, head: &[u8], tail: &[u8]) -> bool {
        match self {
            Self::Text => {
                let last_line = tail.trim_ascii_end().rsplit(|byte| *byte == b'\n').next();
                matches!(last_line, Some(b"complete: yes" | b"complete: no"))
            }
            Self::Jsonl => head.starts_with(br#"{"type":"begin","data":{"program":"kx837","#),
            Self::Csv => head.starts_with(b"record_type,file,isa13,gs06,st02,"),
            Self::ClaimAcknowledgement(_) => follows_isa(head, "GS", Some("HN")),
            Self::ImplementationAcknowledgement => follows_isa(head, "GS", Some("FA")),
            Self::InterchangeAcknowledgement => follows_isa(head, "TA1", None),
        }
    }
}

/// True when the GS of a group of claims (GS01 `HC`) stands anywhere, whatever the element separator.
///
/// # Errors
/// Those of the reader.
pub(crate) fn holds_claims(mut file: impl Read) -> io::Result<bool> {
    /// Bytes of `GS*HC`.
    const LENGTH: usize = 5;
    let mut bytes = Vec::new();
    loop {
        // The end of what was looked at may begin what is looked for.
        bytes.drain(..bytes.len().saturating_sub(LENGTH - 1));
        if file.by_ref().take(1 << 16).read_to_end(&mut bytes)? == 0 {
            return Ok(false);
        }
        let mut groups = memchr::memmem::find_iter(&bytes, b"GS");
        if groups.any(|at| bytes.get(at + 3..at + LENGTH) == Some(b"HC")) {
            return Ok(true);
        }
    }
}

/// True when the segment behind the ISA has this identifier and first element.
fn follows_isa(head: &[u8], id: &str, first: Option<&str>) -> bool {
    let Ok(header) = InterchangeHeader::discover(head) else {
        return false;
    };
    let behind = head[header.length..].trim_ascii_start();
    let mut parts = behind.split(|byte| *byte == header.delimiters.element);
    parts.next() == Some(id.as_bytes())
        && first.is_none_or(|first| parts.next() == Some(first.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_found_wherever_they_stand() {
        for before in [
            0, 1, 65_530, 65_532, 65_533, 65_534, 65_535, 65_536, 200_000,
        ] {
            let file = ["G".repeat(before).as_str(), "GS|HC|A|B~"].concat();
            assert!(holds_claims(file.as_bytes()).unwrap(), "{before}");
            let other = file.replace("HC", "HN");
            assert!(!holds_claims(other.as_bytes()).unwrap(), "{before}");
        }
        assert!(!holds_claims(&b""[..]).unwrap());
    }

    /// That reports are known is tested where they lie in folders (`tests/cli_screen.rs`).
    #[test]
    fn names_alone_make_no_report() {
        let claims =
            b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *261101*1200*^*00501*000000905*0*T*:~\n\
              GS*HC*A*B~";
        for format in Format::ALL {
            let name = format!("day.edi.{}", format.extension());
            assert_eq!(Format::of_file_name(&name), Some(format));
            assert!(!format.is_of(claims, claims), "{name}");
        }
        assert_eq!(Format::of_file_name("day.edi"), None);
        assert_eq!(Format::of_file_name(".csv"), None);
    }
}
