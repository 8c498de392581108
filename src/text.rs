//! Short byte strings that are owned without, as a rule, touching the heap.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use smallvec::SmallVec;

/// A short, owned copy of an element's bytes, in whatever encoding the sender used.
///
/// Up to 24 bytes are stored inline: enough for control numbers, claim ids, codes and NPIs.
/// Nothing that identifies a person belongs in a bare `Text`; wrap it in
/// [`Phi`](crate::phi::Phi).
#[derive(Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(SmallVec<[u8; 24]>);

impl Text {
    /// Copies `bytes`.
    #[inline]
    pub fn new(bytes: &[u8]) -> Self {
        Self(SmallVec::from_slice(bytes))
    }

    /// The bytes as they were received.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// True when there is not a single byte.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes for display; what is not UTF-8 becomes U+FFFD.
    pub fn display(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl Clone for Text {
    fn clone(&self) -> Self {
        // All bytes at once, which a list of anything does not copy so.
        Self::new(&self.0)
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.display())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.display())
    }
}
