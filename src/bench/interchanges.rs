//! The interchanges of a file with their delimiters, for stages that know nothing of reading.

use std::ops::Range;

use memchr::memmem;

use crate::x12::{Delimiters, InterchangeHeader, SegmentScanner};

/// Bytes from an ISA to its IEA and the delimiters in force there.
pub struct Interchange {
    /// Place in the file.
    pub range: Range<usize>,
    /// As its ISA declares them.
    pub delimiters: Delimiters,
}

/// Finds them. One without an IEA goes to the next ISA or to the end.
pub fn interchanges(bytes: &[u8]) -> Vec<Interchange> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(interchange) = next(bytes, from) {
        from = interchange.range.end;
        found.push(interchange);
    }
    found
}

fn next(bytes: &[u8], from: usize) -> Option<Interchange> {
    let (start, header) = memmem::find_iter(&bytes[from..], b"ISA").find_map(|at| {
        let start = from + at;
        Some((start, InterchangeHeader::discover(&bytes[start..]).ok()?))
    })?;
    let inside = start + header.length;
    let mut scanner = SegmentScanner::new(&bytes[inside..], header.delimiters.terminator);
    let mut end = bytes.len();
    while let Some(segment) = scanner.next() {
        if segment.bytes.starts_with(b"IEA") {
            end = inside + scanner.position();
            break;
        }
        let at = inside + segment.offset;
        if segment.bytes.starts_with(b"ISA") && InterchangeHeader::discover(&bytes[at..]).is_ok() {
            end = at;
            break;
        }
    }
    Some(Interchange {
        range: start..end,
        delimiters: header.delimiters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{DelimiterChoice, GenerateOptions, generate};

    #[test]
    fn each_has_its_own_delimiters_and_all_bytes_belong_to_one() {
        let options = GenerateOptions {
            delimiters: DelimiterChoice::Varied,
            claims: Some(40),
            claims_per_set: 2,
            sets_per_group: 2,
            groups_per_interchange: Some(1),
            ..GenerateOptions::default()
        };
        let mut bytes = b"\n\n".to_vec();
        generate(&options, &mut bytes, None).unwrap();
        let found = interchanges(&bytes);
        assert_eq!(found.len(), 10);
        let mut terminators: Vec<u8> = found.iter().map(|one| one.delimiters.terminator).collect();
        terminators.sort_unstable();
        terminators.dedup();
        assert!(terminators.len() > 1, "{terminators:?}");
        let mut end = 2;
        for one in &found {
            assert!(bytes[one.range.start..].starts_with(b"ISA"));
            let between = &bytes[end..one.range.start];
            assert!(between.iter().all(u8::is_ascii_whitespace), "{between:?}");
            end = one.range.end;
        }
        assert!(bytes[end..].iter().all(u8::is_ascii_whitespace));
    }

    #[test]
    fn one_that_is_not_closed_ends_at_the_next() {
        let mut one = Vec::new();
        let options = GenerateOptions {
            claims: Some(1),
            ..GenerateOptions::default()
        };
        generate(&options, &mut one, None).unwrap();
        let iea = memmem::find(&one, b"IEA").unwrap();
        let found = interchanges(&[&one[..iea], &one[..iea]].concat());
        let ranges: Vec<_> = found.into_iter().map(|one| one.range).collect();
        assert_eq!(ranges, [0..iea, iea..2 * iea]);
        assert!(interchanges(b"ISA, no interchange").is_empty());
    }
}
