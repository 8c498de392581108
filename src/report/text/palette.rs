//! Colours as plain SGR sequences, or nothing at all.

use crate::finding::{NoticeLevel, Severity};

/// What to write before a piece of text, and [`Palette::reset`] after it.
pub(super) struct Palette {
    pub error: &'static str,
    pub warning: &'static str,
    pub info: &'static str,
    pub frame: &'static str,
    pub bold: &'static str,
    pub reset: &'static str,
}

impl Palette {
    pub const fn new(color: bool) -> Self {
        if color {
            Self {
                error: "\x1b[1;31m",
                warning: "\x1b[1;33m",
                info: "\x1b[1;36m",
                frame: "\x1b[1;34m",
                bold: "\x1b[1m",
                reset: "\x1b[0m",
            }
        } else {
            Self {
                error: "",
                warning: "",
                info: "",
                frame: "",
                bold: "",
                reset: "",
            }
        }
    }

    pub const fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Info => self.info,
        }
    }

    pub const fn level(&self, level: NoticeLevel) -> &'static str {
        match level {
            NoticeLevel::Loss => self.error,
            NoticeLevel::Defect => self.warning,
            NoticeLevel::Note => self.info,
        }
    }
}
