//! Paragraphs for a terminal.

use std::io::{self, Write};

use anstyle::Style;

use crate::report::wrap as broken;

/// Columns of a line of prose.
const WIDTH: usize = 80;

/// What a noun ends with behind this number.
pub const fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

const HEADING: Style = Style::new().bold();

/// The heading of a page.
pub fn title(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{text}{HEADING:#}")
}

/// A heading with an empty line before it.
pub fn heading(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{HEADING}{text}{HEADING:#}")
}

/// A paragraph, broken between words and indented by two columns.
pub fn paragraph(out: &mut dyn Write, text: &str) -> io::Result<()> {
    wrap(out, "  ", "  ", text)
}

/// An item of a list.
pub fn item(out: &mut dyn Write, text: &str) -> io::Result<()> {
    wrap(out, "  - ", "    ", text)
}

/// A name and what stands for it, in two columns.
pub fn row(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    wrap(out, &format!("  {name:<15} "), &" ".repeat(18), text)
}

/// A sentence below an item of a list.
pub fn below_item(out: &mut dyn Write, text: &str) -> io::Result<()> {
    wrap(out, "    ", "      ", text)
}

/// Markdown, indented: its paragraphs are wrapped, tables and lists keep their lines.
pub fn block(out: &mut dyn Write, text: &str) -> io::Result<()> {
    for (index, part) in text.trim().split("\n\n").enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        if part.trim_start().starts_with(['|', '-', '`']) {
            for line in part.lines() {
                writeln!(out, "{}", format!("  {line}").trim_end())?;
            }
        } else {
            wrap(out, "  ", "  ", part)?;
        }
    }
    Ok(())
}

fn wrap(out: &mut dyn Write, first: &str, others: &str, text: &str) -> io::Result<()> {
    let columns = |text: &str| text.chars().count();
    for (index, line) in broken(text, WIDTH, columns(first), columns(others))
        .iter()
        .enumerate()
    {
        let indent = if index == 0 { first } else { others };
        writeln!(out, "{}", format!("{indent}{line}").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        let mut out = Vec::new();
        item(&mut out, &"word ".repeat(20)).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("  - word") && lines[1].starts_with("    word"));
        assert!(lines.iter().all(|line| line.len() <= WIDTH));
    }
}
