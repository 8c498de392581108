//! The order in which claims were received.

/// The place of a claim in the order received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey {
    /// Number of the file in the order received.
    pub file_seq: u32,
    /// Byte offset of the claim in its file.
    pub offset: u64,
}

/// Claims came in another order than they were received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "claim at file {}, byte {} was counted after file {}, byte {}: totals would be wrong",
    .key.file_seq, .key.offset, .last.file_seq, .last.offset
)]
pub struct OrderError {
    /// The key that was refused.
    pub key: OrderKey,
    /// The last key that was counted.
    pub last: OrderKey,
}
