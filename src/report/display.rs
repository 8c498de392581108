//! Values as people read them on a terminal.

use std::fmt::{self, Write as _};

use super::words;
use crate::money::Cents;

/// An amount with a dollar sign and thousands separators: `$1,234.50`, `-$5.00`.
#[derive(Clone, Copy, Debug)]
pub struct Dollars(pub Cents);

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.0.unsigned_abs();
        let sign = if self.0.0 < 0 { "-" } else { "" };
        let text = format!("{sign}${}.{:02}", Grouped(magnitude / 100), magnitude % 100);
        f.pad(&text)
    }
}

/// A whole number with thousands separators: `1,234`.
#[derive(Clone, Copy, Debug)]
pub struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(self.0);
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

/// Breaks text between words into lines of at most `width` columns; the first has `first` columns
/// taken already, the others `others`. A word that is longer stands alone.
pub fn wrap(text: &str, width: usize, first: usize, others: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::with_capacity(width);
    let mut columns = first;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !line.is_empty() && columns + 1 + length > width {
            lines.push(std::mem::replace(&mut line, String::with_capacity(width)));
            columns = others;
        }
        if !line.is_empty() {
            line.push(' ');
            columns += 1;
        }
        line.push_str(word);
        columns += length;
    }
    lines.push(line);
    lines
}

/// Text from outside that cannot harm a terminal: whatever is not a printable character is
/// written as an escape.
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_plain(self.0.as_bytes()) {
            return f.write_str(self.0);
        }
        for character in self.0.chars() {
            if is_printable(character) {
                f.write_char(character)?;
            } else {
                write!(f, "{}", character.escape_default())?;
            }
        }
        Ok(())
    }
}

/// True for characters of one byte each that may all be printed.
pub(super) fn is_plain(text: &[u8]) -> bool {
    !words::any(text, |word| {
        words::is_no_ascii_text(word) | words::equals(word, 0x7f)
    })
}

/// ASCII without controls; beyond it letters, digits and the punctuation of our own texts.
/// Everything that can move the cursor or turn the direction of text is left out.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character,
        ' '..='~'
        | '\u{00a1}'..='\u{00ac}'
        | '\u{00ae}'..='\u{00ff}'
        | '\u{2010}'..='\u{2027}'
        | '\u{2260}'..='\u{2265}'
        | '\u{fffd}')
        || character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_have_thousands_separators() {
        for (cents, text) in [
            (0, "$0.00"),
            (99_999, "$999.99"),
            (100_000, "$1,000.00"),
            (123_456_789, "$1,234,567.89"),
            (-50_005, "-$500.05"),
        ] {
            assert_eq!(Dollars(Cents(cents)).to_string(), text);
        }
        assert_eq!(format!("{:>8}", Grouped(1_234)), "   1,234");
    }

    #[test]
    fn nothing_that_controls_a_terminal_gets_through() {
        let text = Printable("A\x1b[31m\u{9b}2J\u{202e}é≥").to_string();
        assert_eq!(text, "A\\u{1b}[31m\\u{9b}2J\\u{202e}é≥");
    }
}
