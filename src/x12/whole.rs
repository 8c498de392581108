//! Transaction sets of files that are read as a whole: small ones, which say nothing unless they are
//! complete.

use super::elements::trimmed;
use super::header::{HeaderError, InterchangeHeader, is_line_break};
use super::scan::SegmentScanner;
use super::sniff::{Content, sniff};

/// Why a file cannot be read. Offsets are 0-based bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WholeError {
    /// It is something else.
    #[error("not X12: expected an ISA segment")]
    NotX12,
    /// The delimiters of an interchange cannot be told.
    #[error("byte {offset}: {error}")]
    Header {
        /// Where its ISA begins.
        offset: u64,
        /// What is wrong with it.
        error: HeaderError,
    },
    /// It ends in the middle.
    #[error(
        "the file ends inside of {0}: expected {1} before its end; nothing of it was taken",
        if *.is_set { "a transaction set" } else { "an interchange" },
        if *.is_set { "SE" } else { "IEA" }
    )]
    Truncated {
        /// A transaction set is open.
        is_set: bool,
    },
    /// A transaction set or interchange ends without its trailer.
    #[error("byte {offset}: expected {expected} here; nothing of the file was taken")]
    Unclosed {
        /// Where the next envelope segment stands.
        offset: u64,
        /// The trailer that is missing.
        expected: &'static str,
    },
    /// Something else stands between two interchanges or behind the last.
    #[error("byte {offset}: expected ISA or the end of the file; nothing of it was taken")]
    Strange {
        /// Where it begins.
        offset: u64,
    },
}

/// A segment with its elements apart, without line breaks.
pub struct WholeSegment<'s> {
    /// 0-based offset of its first byte in the file.
    pub offset: u64,
    elements: Vec<&'s [u8]>,
}

impl<'s> WholeSegment<'s> {
    /// The segment identifier.
    pub fn id(&self) -> &'s [u8] {
        self.element(0)
    }

    /// An element by its number (1-based) without blanks around it; empty when there is none.
    pub fn element(&self, number: usize) -> &'s [u8] {
        self.elements.get(number).copied().map_or(b"", trimmed)
    }
}

/// Tells `each` the segments of all transaction sets of one kind (ST01), ST and SE included, and returns
/// how many sets there are. What stands in other sets is passed over.
///
/// # Errors
/// When the file is no X12, breaks off, or has an envelope without its trailer: `each` may have been told
/// a part by then.
pub fn read_sets(
    bytes: &[u8],
    kind: &[u8],
    mut each: impl FnMut(&InterchangeHeader<'_>, &WholeSegment<'_>),
) -> Result<u64, WholeError> {
    let (Content::X12 { at: start } | Content::X12AfterText { at: start }) = sniff(bytes) else {
        return Err(WholeError::NotX12);
    };
    let mut sets = 0;
    let mut at = start;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let offset = at as u64;
        if !rest.starts_with(b"ISA") {
            return Err(WholeError::Strange { offset });
        }
        let header = InterchangeHeader::discover(rest)
            .map_err(|error| WholeError::Header { offset, error })?;
        at = read_interchange(
            bytes,
            at + header.length,
            &header,
            kind,
            &mut sets,
            &mut each,
        )?;
        at += bytes[at..].iter().take_while(|b| is_filler(**b)).count();
    }
    Ok(sets)
}

/// Line breaks, blanks, and what old systems fill their last block with.
const fn is_filler(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, 0 | 0x1A)
}

/// Reads up to IEA; returns the offset behind it.
fn read_interchange(
    bytes: &[u8],
    from: usize,
    header: &InterchangeHeader<'_>,
    kind: &[u8],
    sets: &mut u64,
    each: &mut impl FnMut(&InterchangeHeader<'_>, &WholeSegment<'_>),
) -> Result<usize, WholeError> {
    // Whether the open set is of the kind.
    let mut open: Option<bool> = None;
    let mut scanner = SegmentScanner::new(&bytes[from..], header.delimiters.terminator);
    while let Some(raw) = scanner.next() {
        let offset = (from + raw.offset) as u64;
        let is_text = |byte: &u8| !is_line_break(*byte);
        let text: Vec<u8> = raw.bytes.iter().copied().filter(is_text).collect();
        let segment = WholeSegment {
            offset,
            elements: text
                .split(|byte| *byte == header.delimiters.element)
                .collect(),
        };
        let id = segment.id();
        if open.is_some() && matches!(id, b"ST" | b"GS" | b"GE" | b"IEA" | b"ISA") {
            let expected = "SE";
            return Err(WholeError::Unclosed { offset, expected });
        }
        match id {
            b"ISA" => {
                let expected = "IEA";
                return Err(WholeError::Unclosed { offset, expected });
            }
            b"IEA" => return Ok(from + scanner.position()),
            b"ST" => {
                let is_wanted = segment.element(1) == kind;
                *sets += u64::from(is_wanted);
                open = Some(is_wanted);
            }
            _ => {}
        }
        if open == Some(true) {
            each(header, &segment);
        }
        if id == b"SE" {
            open = None;
        }
    }
    Err(WholeError::Truncated {
        is_set: open.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &str = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260405*0900*^*00501*000000001*0*T*:~";

    fn ids(text: &str) -> Result<String, WholeError> {
        let mut ids = Vec::new();
        read_sets(text.as_bytes(), b"271", |_, segment| {
            ids.push(String::from_utf8_lossy(segment.id()).into_owned());
        })?;
        Ok(ids.join(" "))
    }

    #[test]
    fn sets_of_the_kind_are_told_from_all_interchanges() {
        let one = format!(
            "{ISA}GS*HP~ST*835*1~BPR*I~SE*3*1~GE*1~GS*HB~ST*271*2~\r\nEB*1~SE*3*2~GE*1~IEA*1*1~"
        );
        assert_eq!(
            ids(&format!("{one}\r\n{one}\u{1A}")).unwrap(),
            "ST EB SE ST EB SE"
        );
        let breaks = one.replace("EB*1", "E\nB*1");
        assert_eq!(ids(&breaks).unwrap(), "ST EB SE");
    }

    #[test]
    fn what_lacks_a_trailer_is_refused() {
        let set = format!("{ISA}GS*HB~ST*271*2~EB*1~");
        assert_eq!(ids(&set), Err(WholeError::Truncated { is_set: true }));
        let truncated = ids(&format!("{set}SE*3*2~GE*1~"));
        assert_eq!(truncated, Err(WholeError::Truncated { is_set: false }));
        let told = truncated.unwrap_err().to_string();
        assert!(told.contains("expected IEA before its end"), "{told}");
        for (next, expected) in [
            ("ST*271*3~", "SE"),
            ("IEA*1*1~", "SE"),
            ("SE*3*2~GE*1~ISA*0~", "IEA"),
        ] {
            let Err(WholeError::Unclosed {
                offset,
                expected: told,
            }) = ids(&format!("{set}{next}"))
            else {
                panic!("{next}")
            };
            assert_eq!(told, expected);
            assert!(offset >= set.len() as u64);
        }
        let behind = ids(&format!("{set}SE*3*2~GE*1~IEA*1*1~hello"));
        assert!(matches!(behind, Err(WholeError::Strange { .. })));
        assert_eq!(ids("hello"), Err(WholeError::NotX12));
        assert!(matches!(
            ids("ISA*"),
            Err(WholeError::Header { offset: 0, .. })
        ));
    }
}
