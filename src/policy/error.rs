//! What is wrong with a pack, shown where it is wrong.

use std::fmt;
use std::ops::Range;

/// An error in a pack file. Prints the file, line and column, the message, and the line with a
/// caret under the fault:
///
/// ```text
/// mine.toml:12:10: unknown code set @pap
///    |
/// 12 | codes = ["@pap"]
///    |          ^^^^^^
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackError {
    name: String,
    message: String,
    place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
    text: String,
    width: usize,
}

impl PackError {
    /// An error about a pack as a whole: it cannot be read, say.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            message: message.into(),
            place: None,
        }
    }

    /// An error at a byte range of the pack's text.
    pub(super) fn at(
        name: &str,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |length| start + length);
        let end = floor_boundary(text, span.end.min(line_end)).max(start);
        Self {
            name: name.to_owned(),
            message: message.into(),
            place: Some(Place {
                line: text[..start].matches('\n').count() + 1,
                column: text[line_start..start].chars().count() + 1,
                text: text[line_start..line_end].trim_end().to_owned(),
                width: text[start..end].chars().count().max(1),
            }),
        }
    }

    /// The pack's file name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is wrong, without its place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// 1-based line and column, when the fault has a place.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        self.place.as_ref().map(|place| (place.line, place.column))
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else {
            return write!(f, "{}: {}", self.name, self.message);
        };
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(
            f,
            "{}:{}:{}: {}",
            self.name, place.line, place.column, self.message
        )?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", place.text)?;
        // Tabs before the caret stay tabs, so that the caret stands where the eye looks.
        let indent: String = place
            .text
            .chars()
            .take(place.column - 1)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        write!(f, "{margin} | {indent}{}", "^".repeat(place.width))
    }
}

impl std::error::Error for PackError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_fault() {
        let text = "[pack]\nid = \"é\"\n";
        let start = text.find("\"é\"").unwrap();
        let error = PackError::at("x.toml", text, start..start + 4, "no");
        assert_eq!(
            error.to_string(),
            "x.toml:2:6: no\n  |\n2 | id = \"é\"\n  |      ^^^"
        );
    }

    #[test]
    fn spans_outside_of_the_text_do_not_panic() {
        for (start, end) in [(0, 0), (100, 200), (3, 2), (1, 2)] {
            let error = PackError::at("x", "é\nab", start..end, "no");
            assert!(error.to_string().contains('^'));
        }
    }
}
