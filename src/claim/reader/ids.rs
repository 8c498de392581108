//! Segment identifiers, dispatched on their bytes as a number.

/// The segments that mean something to the reader. Those that need care come last, so that one comparison tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentKind {
    /// Beginning of hierarchical transaction.
    Bht,
    /// Hierarchical level.
    Hl,
    /// Subscriber information.
    Sbr,
    /// Party name.
    Nm1,
    /// City, state and postal code.
    N4,
    /// Demographics.
    Dmg,
    /// Provider information.
    Prv,
    /// Claim information.
    Clm,
    /// Date or period.
    Dtp,
    /// Reference.
    Ref,
    /// Health care codes.
    Hi,
    /// Line number.
    Lx,
    /// Professional service.
    Sv1,
    /// Institutional service.
    Sv2,
    /// Dental service.
    Sv3,
    /// Line adjudication.
    Svd,
    /// Adjustment.
    Cas,
    /// Paperwork.
    Pwk,
    /// Note.
    Nte,
    /// Conditions.
    Crc,
    /// DME certification.
    Cr3,
    /// Fixed-format text.
    K3,
    /// A segment of an 837 or envelope that nothing here needs.
    Ignored,
    /// Interchange control header.
    Isa,
    /// Interchange control trailer.
    Iea,
    /// Functional group header.
    Gs,
    /// Functional group trailer.
    Ge,
    /// Transaction set header.
    St,
    /// Transaction set trailer.
    Se,
    /// No segment at all between two terminators.
    Empty,
    /// Anything else.
    Unknown,
}

/// The characters of an identifier, the first one lowest, as a number that is read from the bytes at once.
const fn packed(id: &[u8]) -> u32 {
    match id {
        [a, b] => u32::from_le_bytes([*a, *b, 0, 0]),
        [a, b, c] => u32::from_le_bytes([*a, *b, *c, 0]),
        _ => 0,
    }
}

/// The identifiers that are looked at.
const READ: &[(&[u8], SegmentKind)] = &[
    (b"ISA", SegmentKind::Isa),
    (b"IEA", SegmentKind::Iea),
    (b"GS", SegmentKind::Gs),
    (b"GE", SegmentKind::Ge),
    (b"ST", SegmentKind::St),
    (b"SE", SegmentKind::Se),
    (b"BHT", SegmentKind::Bht),
    (b"HL", SegmentKind::Hl),
    (b"SBR", SegmentKind::Sbr),
    (b"NM1", SegmentKind::Nm1),
    (b"N4", SegmentKind::N4),
    (b"DMG", SegmentKind::Dmg),
    (b"PRV", SegmentKind::Prv),
    (b"CLM", SegmentKind::Clm),
    (b"DTP", SegmentKind::Dtp),
    (b"REF", SegmentKind::Ref),
    (b"HI", SegmentKind::Hi),
    (b"LX", SegmentKind::Lx),
    (b"SV1", SegmentKind::Sv1),
    (b"SV2", SegmentKind::Sv2),
    (b"SV3", SegmentKind::Sv3),
    (b"SVD", SegmentKind::Svd),
    (b"CAS", SegmentKind::Cas),
    (b"PWK", SegmentKind::Pwk),
    (b"NTE", SegmentKind::Nte),
    (b"CRC", SegmentKind::Crc),
    (b"CR3", SegmentKind::Cr3),
    (b"K3", SegmentKind::K3),
];

/// Other identifiers of envelopes and 837s, 4010 and 5010.
const PASSED_OVER: &[&[u8]] = &[
    b"TA1", b"ISB", b"ISE", b"N1", b"N2", b"N3", b"PER", b"CUR", b"PAT", b"AMT", b"CN1", b"CL1",
    b"CR1", b"CR2", b"CR4", b"CR5", b"CR6", b"CR7", b"CR8", b"HSD", b"HCP", b"MIA", b"MOA", b"OI",
    b"LIN", b"CTP", b"QTY", b"MEA", b"PS1", b"SV4", b"SV5", b"SV6", b"SV7", b"TOO", b"LQ", b"FRM",
    b"DN1", b"DN2", b"DSB", b"UR", b"IMM", b"ACT", b"LS", b"LE",
];

const SLOTS: usize = 1024;

/// A perfect hash: one multiplication puts every known identifier in a slot of its own.
struct Dispatch {
    multiplier: u32,
    slots: [(u32, SegmentKind); SLOTS],
}

const fn slot(id: u32, multiplier: u32) -> usize {
    (id.wrapping_mul(multiplier) >> 22) as usize
}

const fn build(multiplier: u32) -> Option<Dispatch> {
    let mut slots = [(0, SegmentKind::Unknown); SLOTS];
    let mut i = 0;
    while i < READ.len() + PASSED_OVER.len() {
        let (id, kind) = if i < READ.len() {
            (packed(READ[i].0), READ[i].1)
        } else {
            (packed(PASSED_OVER[i - READ.len()]), SegmentKind::Ignored)
        };
        let target = slot(id, multiplier);
        if slots[target].0 != 0 {
            return None;
        }
        slots[target] = (id, kind);
        i += 1;
    }
    Some(Dispatch { multiplier, slots })
}

/// Found when the crate is compiled, by trying odd multipliers.
static DISPATCH: Dispatch = {
    let mut multiplier: u32 = 0x9E37_79B1;
    loop {
        if let Some(dispatch) = build(multiplier) {
            break dispatch;
        }
        multiplier = multiplier.wrapping_mul(0x0019_660D) | 1;
    }
};

impl SegmentKind {
    /// The kind of a segment.
    #[cold]
    pub fn of(segment: &[u8], separator: u8) -> Self {
        if segment.is_empty() {
            return Self::Empty;
        }
        let end = segment
            .iter()
            .take(4)
            .position(|byte| *byte == separator)
            .unwrap_or(segment.len());
        Self::from_packed(segment.get(..end).map_or(0, packed))
    }

    /// The kind of a segment of at least four bytes, of which these are the first, the very first one lowest, and of which it is known where
    /// separators stand: a bit for each. [`Self::Unknown`] when its identifier has not two or three.
    #[inline(always)]
    pub fn of_located(first: u32, separators: u64) -> Self {
        /// The bytes before a separator, by whether one is the third byte (1) and whether one is the fourth (2).
        const BEFORE: [u32; 4] = [0, 0xFFFF, 0xFF_FFFF, 0xFFFF];
        // Without a branch: whether two or three characters come next is what a processor foresees badly.
        let before = BEFORE[(separators >> 2 & 0b11) as usize];
        Self::from_packed(first & before)
    }

    #[inline(always)]
    fn from_packed(id: u32) -> Self {
        match DISPATCH.slots[slot(id, DISPATCH.multiplier)] {
            (known, kind) if known == id => kind,
            _ => Self::Unknown,
        }
    }

    /// True for what opens and closes envelopes.
    #[inline(always)]
    pub const fn is_envelope(self) -> bool {
        matches!(
            self,
            Self::Isa | Self::Iea | Self::Gs | Self::Ge | Self::St | Self::Se
        )
    }

    /// True for the header of an interchange, group or set.
    pub const fn opens_envelope(self) -> bool {
        matches!(self, Self::Isa | Self::Gs | Self::St)
    }

    /// True for segments before which a file may be cut: the reader's state is then fully told
    /// by the levels that are open.
    #[inline(always)]
    pub const fn is_boundary(self) -> bool {
        matches!(self, Self::Clm | Self::Hl | Self::St | Self::Isa)
    }

    /// True for segments that end the claim before them.
    pub const fn ends_claim(self) -> bool {
        self.is_boundary() || self.is_envelope()
    }

    /// True for segments that are odd in any place.
    #[inline(always)]
    pub const fn is_odd(self) -> bool {
        matches!(self, Self::Empty | Self::Unknown)
    }

    /// True when a closer look is needed: the segment is odd, or what it says of an envelope changes how those
    /// behind it are read.
    #[inline(always)]
    pub const fn needs_care(self) -> bool {
        self.is_odd() || self.is_envelope()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_two_or_three_characters() {
        for (segment, kind) in [
            (&b"SV1*HC"[..], SegmentKind::Sv1),
            (b"LX*1", SegmentKind::Lx),
            (b"LX", SegmentKind::Lx),
            (b"LX*", SegmentKind::Lx),
            (b"SE", SegmentKind::Se),
            (b"N3*1 MAIN ST", SegmentKind::Ignored),
            (b"LX IN TEXT", SegmentKind::Unknown),
            (b"NM1", SegmentKind::Nm1),
            (b"N4", SegmentKind::N4),
            (b"NM10*", SegmentKind::Unknown),
            (b"ZZZ*1", SegmentKind::Unknown),
            (b"*HC", SegmentKind::Unknown),
            (b"*HC*1", SegmentKind::Unknown),
            (b"L*X*1", SegmentKind::Unknown),
            (b"LX**", SegmentKind::Lx),
            (b"SV1\0*1", SegmentKind::Unknown),
            (b"", SegmentKind::Empty),
            (b"lx*1", SegmentKind::Unknown),
        ] {
            assert_eq!(
                SegmentKind::of(segment, b'*'),
                kind,
                "{}",
                segment.escape_ascii()
            );
            if let Some(first) = segment.first_chunk::<4>() {
                let separators = segment.iter().enumerate();
                let separators = separators.filter(|(_, byte)| **byte == b'*');
                let separators = separators.fold(0, |mask, (at, _)| mask | 1 << at);
                assert_eq!(
                    SegmentKind::of_located(u32::from_le_bytes(*first), separators),
                    kind
                );
            }
        }
    }
}
