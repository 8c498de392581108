//! Implementation guides of the 837 and their versions.

use crate::finding::ClaimKind;

/// What the version identifier in GS08 or ST03 says about a transaction set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guide {
    /// A claim to a payer.
    Claim(ClaimKind),
    /// A relative of the claim that is not sent to a payer for payment: post-adjudicated
    /// (X298..X300) or predetermination (X291..X293).
    Related(ClaimKind),
    /// Not known; the service lines decide.
    #[default]
    Unknown,
}

impl Guide {
    /// Reads a version such as `005010X222A1`: the first ten characters decide, the errata
    /// suffix is information only.
    pub fn from_version(version: &[u8]) -> Self {
        use ClaimKind::{Dental, Institutional, Professional};
        match version.get(..10) {
            Some(b"005010X222" | b"004010X098") => Self::Claim(Professional),
            Some(b"005010X223" | b"004010X096") => Self::Claim(Institutional),
            Some(b"005010X224" | b"004010X097") => Self::Claim(Dental),
            Some(b"005010X298" | b"005010X291") => Self::Related(Professional),
            Some(b"005010X299" | b"005010X292") => Self::Related(Institutional),
            Some(b"005010X300" | b"005010X293") => Self::Related(Dental),
            _ => Self::Unknown,
        }
    }

    /// The kind of claim, when the guide tells.
    pub const fn kind(self) -> Option<ClaimKind> {
        match self {
            Self::Claim(kind) | Self::Related(kind) => Some(kind),
            Self::Unknown => None,
        }
    }
}
