//! Reports of this program, known again by name and content: a folder of claims may hold those of an earlier run.

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

    /// True when a file that begins and ends so is a report of this format. Claims of the same name are none.
    pub(crate) fn is_of(self, head: &[u8], tail: &[u8]) -> bool {
        match self {
            Self::Text => {
                !head.trim_ascii_start().starts_with(b"ISA")
                    && [&b"complete: yes"[..], b"complete: no"]
                        .iter()
                        .any(|end| memchr::memmem::find(tail, end).is_some())
            }
            Self::Jsonl => head.starts_with(br#"{"type":"begin","data":{"program":"kx837","#),
            Self::Csv => head.starts_with(b"record_type,file,isa13,gs06,st02,"),
            Self::ClaimAcknowledgement(_) => follows_isa(head, "GS", Some("HN")),
            Self::ImplementationAcknowledgement => follows_isa(head, "GS", Some("FA")),
            Self::InterchangeAcknowledgement => follows_isa(head, "TA1", None),
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
