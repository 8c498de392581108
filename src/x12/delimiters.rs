//! The four delimiters of an interchange.

use std::fmt;

/// Delimiters as the ISA of an interchange declares them. Any byte may serve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Delimiters {
    /// Between elements: the byte after `ISA`.
    pub element: u8,
    /// Between components of a composite: ISA16.
    pub component: u8,
    /// Between repetitions of an element: ISA11 from version 00402 on; `None` when the
    /// interchange has no usable one.
    pub repetition: Option<u8>,
    /// After every segment.
    pub terminator: u8,
}

impl Default for Delimiters {
    /// The customary `*`, `:`, `^` and `~`.
    fn default() -> Self {
        Self {
            element: b'*',
            component: b':',
            repetition: Some(b'^'),
            terminator: b'~',
        }
    }
}

impl fmt::Debug for Delimiters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "element {} component {}",
            self.element.escape_ascii(),
            self.component.escape_ascii()
        )?;
        if let Some(repetition) = self.repetition {
            write!(f, " repetition {}", repetition.escape_ascii())?;
        }
        write!(f, " terminator {}", self.terminator.escape_ascii())
    }
}
