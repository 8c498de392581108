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
    /// The line, or the part of it around the fault.
    text: String,
    /// Characters of `text` before the fault.
    indent: usize,
    width: usize,
}

/// Characters of a line that are quoted: a file that is no pack may have all it holds in one.
const QUOTED: usize = 160;

/// Characters quoted before the fault when the line is longer than that.
const LEAD: usize = 60;

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
    pub fn at(name: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |length| start + length);
        let end = floor_boundary(text, span.end.min(line_end)).max(start);
        let before = text[line_start..start].chars().count();
        let quoted = text[line_start..line_end].trim_end();
        let skipped = if quoted.chars().count() > QUOTED {
            before.saturating_sub(LEAD)
        } else {
            0
        };
        let part: String = quoted.chars().skip(skipped).take(QUOTED).collect();
        let left = if skipped > 0 { "…" } else { "" };
        let is_cut = skipped + QUOTED < quoted.chars().count();
        let right = if is_cut { "…" } else { "" };
        let indent = before - skipped + left.chars().count();
        Self {
            name: name.to_owned(),
            message: message.into(),
            place: Some(Place {
                line: text[..start].matches('\n').count() + 1,
                column: before + 1,
                text: format!("{left}{part}{right}"),
                indent,
                width: text[start..end].chars().count().clamp(1, QUOTED),
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
            .take(place.indent)
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
    fn of_a_long_line_only_a_part_is_quoted() {
        let text = format!("{}fault{}", "a".repeat(500), "b".repeat(5_000));
        let shown = PackError::at("x", &text, 500..505, "no").to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "x:1:501: no");
        assert!(lines[2].chars().count() < 170, "{}", lines[2]);
        let fault = lines[2].chars().position(|c| c == 'f');
        assert_eq!(lines[3].chars().position(|c| c == '^'), fault);
    }

    #[test]
    fn spans_outside_of_the_text_do_not_panic() {
        for (start, end) in [(0, 0), (100, 200), (3, 2), (1, 2)] {
            let error = PackError::at("x", "é\nab", start..end, "no");
            assert!(error.to_string().contains('^'));
        }
    }
}
