//! What a file is, by its first bytes: X12, or something else that deserves a clear name.

use memchr::memmem;

use super::header::InterchangeHeader;
use super::scan::is_padding;
use super::unbroken::begins_unbroken;

/// What the first bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// An ISA begins at this 0-based offset; what stands before it is padding or a BOM.
    X12 {
        /// Offset of `ISA`.
        at: usize,
    },
    /// An ISA begins at this 0-based offset, after other text.
    X12AfterText {
        /// Offset of `ISA`.
        at: usize,
    },
    /// Nothing but padding.
    Empty,
    /// Something else, named.
    Other(&'static str),
}

/// How far an ISA is looked for behind other text, in bytes.
const BANNER_REACH: usize = 64 * 1024;

/// Names what `bytes`, the beginning of a file, look like.
pub fn sniff(bytes: &[u8]) -> Content {
    let bom = if bytes.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    let Some(first) = bytes[bom..].iter().position(|byte| !is_padding(*byte)) else {
        return Content::Empty;
    };
    let at = bom + first;
    if let Some(name) = other_format(bytes, &bytes[at..]) {
        return Content::Other(name);
    }
    // Files are broken into lines of any length.
    if begins_unbroken(&bytes[at..]) {
        return Content::X12 { at };
    }
    let reach = &bytes[..bytes.len().min(BANNER_REACH)];
    match memmem::find_iter(reach, b"ISA")
        .find(|at| InterchangeHeader::discover(&bytes[*at..]).is_ok())
    {
        Some(at) => Content::X12AfterText { at },
        None => Content::Other(unnamed(bytes)),
    }
}

/// What gzip data begin with.
pub(crate) const GZIP: &[u8] = b"\x1F\x8B";
/// What zstd data begin with.
pub(crate) const ZSTD: &[u8] = b"\x28\xB5\x2F\xFD";
const ZIP: &[u8] = b"PK\x03\x04";
const XZ: &[u8] = b"\xFD7zXZ\0";

/// The kind of packed data that `bytes` begin with, if they do: what is told of the beginning of a file is not sure enough
/// elsewhere.
pub(crate) fn packed(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 4] = [(GZIP, "gzip"), (ZSTD, "zstd"), (ZIP, "zip"), (XZ, "xz")];
    let mut known = MAGIC.iter();
    known
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, name)| *name)
}

fn other_format(bytes: &[u8], text: &[u8]) -> Option<&'static str> {
    const MAGIC: &[(&[u8], &str)] = &[
        (
            GZIP,
            "gzip data (its header is broken, or it was compressed twice)",
        ),
        (ZSTD, "zstd data (compressed twice)"),
        (ZIP, "a zip archive: unpack it first"),
        (b"PK\x05\x06", "an empty zip archive"),
        (b"BZh", "bzip2 data: unpack it first"),
        (XZ, "xz data: unpack it first"),
        (b"%PDF", "a PDF document"),
        (b"-----BEGIN PGP", "a PGP message: decrypt it first"),
        (b"\xFF\xFE", "UTF-16 text: X12 needs one byte per character"),
        (b"\xFE\xFF", "UTF-16 text: X12 needs one byte per character"),
        (b"\xC9\xE2\xC1", "EBCDIC text: convert it to ASCII first"),
        (b"UNA", "UN/EDIFACT, not X12"),
        (b"UNB", "UN/EDIFACT, not X12"),
        (b"STX=", "TRADACOMS, not X12"),
        (b"<?xml", "XML"),
        (b"<", "HTML or XML"),
        (b"{", "JSON"),
    ];
    let named = |prefix: &[u8]| bytes.starts_with(prefix) || text.starts_with(prefix);
    let utf16 = |pattern: &[u8]| bytes.starts_with(pattern);
    if utf16(b"I\0S\0A\0") || utf16(b"\0I\0S\0A") {
        return Some("UTF-16 text: X12 needs one byte per character");
    }
    MAGIC
        .iter()
        .find(|(prefix, _)| named(prefix))
        .map(|(_, name)| *name)
}

fn unnamed(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(4096)];
    let control = head
        .iter()
        .filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
        .count();
    if control * 20 > head.len() {
        "binary data"
    } else {
        "text without an ISA segment"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &[u8] = b"ISA*00*          *00*          *ZZ*SUBMIT01       *ZZ*KXSCREEN       *261123*0900*^*00501*000000201*0*T*:~";

    #[test]
    fn x12_is_found_behind_padding_and_banners() {
        assert_eq!(sniff(ISA), Content::X12 { at: 0 });
        assert_eq!(
            sniff(&[b"\xEF\xBB\xBF\r\n ", ISA].concat()),
            Content::X12 { at: 6 }
        );
        assert_eq!(
            sniff(&[b"\n\n*** BATCH ISA 7 ***\n", ISA].concat()),
            Content::X12AfterText { at: 22 }
        );
        assert_eq!(sniff(b" \r\n\0 "), Content::Empty);
        assert_eq!(sniff(b""), Content::Empty);
    }

    #[test]
    fn other_formats_are_named() {
        for (bytes, word) in [
            (&b"<!DOCTYPE html>"[..], "HTML"),
            (b"PK\x03\x04rest", "zip"),
            (b"UNB+UNOA:1", "EDIFACT"),
            (b"\xFF\xFEI\0S\0", "UTF-16"),
            (b"\0I\0S\0A\0*", "UTF-16"),
            (b"\xC9\xE2\xC1\x5C", "EBCDIC"),
            (b"claim,line\n1,2\n", "without an ISA"),
            (b"\x01\x02\x03\x04\x05", "binary"),
        ] {
            let Content::Other(name) = sniff(bytes) else {
                panic!("{bytes:?}")
            };
            assert!(name.contains(word), "{name}");
        }
    }
}
