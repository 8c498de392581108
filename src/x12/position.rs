//! Where something stands in a file, in the terms that people who repair claims use.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::text::{Shown, Text};

/// The control numbers of the envelope around a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EnvelopeIds {
    /// ISA13, interchange control number; empty before the first interchange.
    pub isa13: Text,
    /// GS06, group control number; empty outside a functional group.
    pub gs06: Text,
    /// ST02, transaction set control number; empty outside a transaction set.
    pub st02: Text,
}

/// Where a segment stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SegmentPlace {
    /// 0-based offset of the segment's first byte in the (decompressed) file.
    pub offset: u64,
    /// Position in the transaction set, ST = 1, empty segments not counted (as 999 IK302 counts).
    pub ordinal: u64,
}

/// Up to three characters of a segment identifier.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SegmentId([u8; 3]);

impl SegmentId {
    /// Takes the first three bytes; shorter identifiers are padded.
    pub const fn new(id: &[u8]) -> Self {
        let mut bytes = [0; 3];
        let mut i = 0;
        while i < id.len() && i < 3 {
            bytes[i] = id[i];
            i += 1;
        }
        Self(bytes)
    }

    /// Its characters; empty for no segment.
    pub fn as_bytes(&self) -> &[u8] {
        let length = self.0.iter().take_while(|byte| **byte != 0).count();
        &self.0[..length]
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}

impl fmt::Debug for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Names an element or component by its place in its segment: `SV101-3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ElementReference {
    /// The segment.
    pub segment: SegmentId,
    /// 1-based element; 0 means the segment as a whole.
    pub element: u8,
    /// 1-based component; 0 means the element as a whole.
    pub component: u8,
}

impl ElementReference {
    /// A reference such as `("SV1", 1, 3)`.
    pub const fn new(segment: &[u8], element: u8, component: u8) -> Self {
        Self {
            segment: SegmentId::new(segment),
            element,
            component,
        }
    }
}

impl ElementReference {
    /// Puts what [`fmt::Display`] writes into `text`, if that is as short and plain as nearly always: at most two
    /// digits of the element and one of the component.
    #[inline]
    pub(crate) fn plain(self, text: &mut [u8; 8]) -> Option<&str> {
        let id = self.segment.as_bytes();
        if self.element > 99 || self.component > 9 || !id.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        let mut length = id.len();
        text[..length].copy_from_slice(id);
        if self.element > 0 {
            text[length] = b'0' + self.element / 10;
            text[length + 1] = b'0' + self.element % 10;
            length += 2;
        }
        if self.component > 0 {
            text[length] = b'-';
            text[length + 1] = b'0' + self.component;
            length += 2;
        }
        std::str::from_utf8(&text[..length]).ok()
    }
}

impl fmt::Display for ElementReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.plain(&mut [0; 8]) {
            return f.write_str(text);
        }
        write!(f, "{}", self.segment)?;
        if self.element > 0 {
            write!(f, "{:02}", self.element)?;
        }
        if self.component > 0 {
            write!(f, "-{}", self.component)?;
        }
        Ok(())
    }
}

impl Serialize for ElementReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.plain(&mut [0; 8]) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.collect_str(self),
        }
    }
}

/// A full position. Prints like `ISA 000000905 / ST 0021 / CLM A37 / LX 2 / SV101-3`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Control numbers of the envelope.
    #[serde(flatten)]
    pub envelope: EnvelopeIds,
    /// The segment.
    #[serde(flatten)]
    pub place: SegmentPlace,
    /// Identifier of the segment as received; empty when it has none that may be told.
    #[serde(skip)]
    pub segment: SegmentId,
    /// Loop identifier of the guide, such as `2400`; empty outside of loops.
    #[serde(rename = "loop", skip_serializing_if = "str::is_empty")]
    pub loop_id: &'static str,
    /// CLM01 of the claim, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<Text>,
    /// LX01 of the service line, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<Text>,
    /// The element, when one is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<ElementReference>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut part = |f: &mut fmt::Formatter<'_>, name: &str, value: &dyn fmt::Display| {
            write!(f, "{separator}{name}{value}")?;
            separator = " / ";
            Ok(())
        };
        for (name, value) in [
            ("ISA ", &self.envelope.isa13),
            ("GS ", &self.envelope.gs06),
            ("ST ", &self.envelope.st02),
        ] {
            // The group number is noise unless it is the innermost envelope that is known.
            if !value.is_empty() && (name != "GS " || self.envelope.st02.is_empty()) {
                part(f, name, &Shown::code(value.as_bytes()))?;
            }
        }
        if let Some(claim) = &self.claim {
            part(f, "CLM ", &Shown::claim_number(claim.as_bytes()))?;
        }
        if let Some(line) = &self.line {
            part(f, "LX ", &Shown::code(line.as_bytes()))?;
        }
        if let Some(reference) = &self.reference {
            part(f, "", reference)?;
        }
        if separator.is_empty() {
            write!(f, "byte {}", self.place.offset)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_like_the_people_who_repair_claims_speak() {
        let position = Position {
            envelope: EnvelopeIds {
                isa13: "000000905".into(),
                gs06: "1".into(),
                st02: "0021".into(),
            },
            claim: Some("A37".into()),
            line: Some("2".into()),
            reference: Some(ElementReference::new(b"SV1", 1, 3)),
            ..Position::default()
        };
        assert_eq!(
            position.to_string(),
            "ISA 000000905 / ST 0021 / CLM A37 / LX 2 / SV101-3"
        );
        assert_eq!(Position::default().to_string(), "byte 0");
    }

    /// Where terminators are lost, an element may hold anything, patients' data included.
    #[test]
    fn values_that_are_no_identifiers_are_not_shown() {
        let long: Text = "0001BHT*0019*00*SECRET*WILLIE*19430501".into();
        let position = Position {
            envelope: EnvelopeIds {
                st02: long.clone(),
                ..EnvelopeIds::default()
            },
            claim: Some("A37*100*SECRET*WILLIE*19430501*2125551212".into()),
            line: Some(long),
            ..Position::default()
        };
        assert_eq!(
            position.to_string(),
            "ST longer than 20 bytes / CLM longer than 38 bytes / LX longer than 20 bytes"
        );
    }
}
