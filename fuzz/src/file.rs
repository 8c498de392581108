//! 837s that are nearly right: valid ones to which something has happened.

use kx837::finding::ClaimKind;
use kx837::generate::{DelimiterChoice, GenerateOptions, generate};
use kx837::x12::Delimiters;
use libfuzzer_sys::arbitrary::{self, Arbitrary};

/// A generated file and what happens to it, in this order.
#[derive(Arbitrary, Debug)]
pub struct ClaimFile {
    seed: u16,
    kind: u8,
    claims: u8,
    per_set: u8,
    providers: u8,
    varied: bool,
    line_breaks: bool,
    changes: Vec<Change>,
}

/// Places are taken modulo what there is.
#[derive(Arbitrary, Debug)]
enum Change {
    DeleteSegment(u16),
    DuplicateSegment(u16),
    SwapSegments(u16, u16),
    MoveSegment(u16, u16),
    ReplaceElement(u16, u8, Value),
    ReplaceComponent(u16, u8, u8, Value),
    RemoveElement(u16, u8),
    InsertBytes(u16, Vec<u8>),
    FlipBit(u16, u8),
    SetByte(u16, u8),
    Cut(u16),
    Wrap(u8),
}

/// What stands in an element.
#[derive(Arbitrary, Debug)]
enum Value {
    Bytes(Vec<u8>),
    Known(u8),
    Long(u8, u16),
}

/// Values with a meaning somewhere.
const KNOWN: [&[u8]; 32] = [
    b"",
    b"KX",
    b"HC:97110:GP:KX:KX:59:GA",
    b"HC:E0601:RR:KX:MS:GZ",
    b"97110",
    b"E0601",
    b"20",
    b"22",
    b"23",
    b"85",
    b"IL",
    b"PR",
    b"QC",
    b"40",
    b"41",
    b"20261301",
    b"20260228-20260301",
    b"00010101",
    b"MB",
    b"16",
    b"18",
    b"8",
    b"7",
    b"11:B:8",
    b"-0.005",
    b"99999999999999999999",
    b"1e9",
    b"RD8",
    b"472",
    b"005010X223A2",
    b"ABK:M5450",
    b"\xFF\xFE",
];

impl Value {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Known(which) => KNOWN[usize::from(*which) % KNOWN.len()].to_vec(),
            Self::Long(byte, length) => vec![*byte; usize::from(*length) % 2_000],
        }
    }
}

impl ClaimFile {
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let kinds = [
            ClaimKind::Professional,
            ClaimKind::Institutional,
            ClaimKind::Dental,
        ];
        let options = GenerateOptions {
            seed: self.seed.into(),
            kind: kinds[usize::from(self.kind) % kinds.len()],
            claims: Some(u64::from(self.claims % 8) + 1),
            at_risk: 0.3,
            claims_per_set: u32::from(self.per_set % 4) + 1,
            sets_per_group: 2,
            groups_per_interchange: Some(2),
            billing_providers: u32::from(self.providers % 3) + 1,
            delimiters: if self.varied {
                DelimiterChoice::Varied
            } else {
                DelimiterChoice::Fixed(Delimiters::default())
            },
            line_breaks: self.line_breaks,
            ..GenerateOptions::default()
        };
        let mut bytes = Vec::new();
        generate(&options, &mut bytes, None).expect("options that can be met");
        for change in self.changes.iter().take(16) {
            change.apply(&mut bytes);
        }
        bytes
    }
}

fn modulo(place: u16, length: usize) -> usize {
    usize::from(place) % length.max(1)
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Cut(at) => bytes.truncate(modulo(*at, bytes.len())),
            Self::FlipBit(at, bit) => {
                let at = modulo(*at, bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            Self::SetByte(at, value) => {
                let at = modulo(*at, bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = *value;
                }
            }
            Self::InsertBytes(at, inserted) => {
                let at = modulo(*at, bytes.len());
                bytes.splice(at..at, inserted.iter().copied());
            }
            Self::Wrap(width) => {
                let lines = bytes.chunks(usize::from(*width).max(1));
                *bytes = lines.collect::<Vec<_>>().join(&b"\r\n"[..]);
            }
            _ => self.apply_to_segments(bytes),
        }
    }

    fn apply_to_segments(&self, bytes: &mut Vec<u8>) {
        let terminator = bytes.get(105).copied().unwrap_or(b'~');
        let element = bytes.get(3).copied().unwrap_or(b'*');
        let component = bytes.get(104).copied().unwrap_or(b':');
        let split = bytes.split(|byte| *byte == terminator);
        let mut segments: Vec<Vec<u8>> = split.map(<[u8]>::to_vec).collect();
        let place = |at: u16| modulo(at, segments.len());
        match *self {
            Self::DeleteSegment(at) => drop(segments.remove(place(at))),
            Self::DuplicateSegment(at) => {
                let at = place(at);
                segments.insert(at, segments[at].clone());
            }
            Self::SwapSegments(one, other) => {
                let (one, other) = (place(one), place(other));
                segments.swap(one, other);
            }
            Self::MoveSegment(from, to) => {
                let (from, to) = (place(from), place(to));
                let segment = segments.remove(from);
                segments.insert(to, segment);
            }
            Self::ReplaceElement(at, number, ref value) => {
                let at = place(at);
                replace(&mut segments[at], element, number, &value.bytes());
            }
            Self::ReplaceComponent(at, number, part, ref value) => {
                let at = place(at);
                let segment = &mut segments[at];
                let mut parts: Vec<Vec<u8>> = pieces(segment, element);
                let number = modulo(number.into(), parts.len());
                replace(&mut parts[number], component, part, &value.bytes());
                *segment = parts.join(&element);
            }
            Self::RemoveElement(at, number) => {
                let at = place(at);
                let mut parts = pieces(&segments[at], element);
                parts.remove(modulo(number.into(), parts.len()));
                segments[at] = parts.join(&element);
            }
            _ => {}
        }
        *bytes = segments.join(&terminator);
    }
}

fn pieces(bytes: &[u8], separator: u8) -> Vec<Vec<u8>> {
    let split = bytes.split(|byte| *byte == separator);
    split.map(<[u8]>::to_vec).collect()
}

/// Replaces one part of several between separators.
fn replace(bytes: &mut Vec<u8>, separator: u8, number: u8, value: &[u8]) {
    let mut parts = pieces(bytes, separator);
    let number = modulo(number.into(), parts.len());
    parts[number] = value.to_vec();
    *bytes = parts.join(&separator);
}
