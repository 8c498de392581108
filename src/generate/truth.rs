//! The truth file: which lines are at risk, and by which rule.

use std::io::{self, Write};

use crate::money::Cents;

/// One line at risk.
pub(super) struct Truth<'a> {
    pub(super) isa13: &'a [u8],
    pub(super) st02: &'a [u8],
    pub(super) clm01: &'a [u8],
    pub(super) line_number: u64,
    pub(super) code: &'a str,
    pub(super) modifiers: &'a [&'a str],
    pub(super) rule: &'a str,
    pub(super) charge: Cents,
}

/// Writes JSON Lines. All values are letters, digits and points, so that nothing needs an
/// escape.
pub(super) struct TruthWriter<'a> {
    out: io::BufWriter<&'a mut dyn Write>,
}

impl<'a> TruthWriter<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out: io::BufWriter::new(out),
        }
    }

    pub(super) fn line(&mut self, truth: &Truth<'_>) -> io::Result<()> {
        let out = &mut self.out;
        out.write_all(b"{\"isa13\":\"")?;
        out.write_all(truth.isa13)?;
        out.write_all(b"\",\"st02\":\"")?;
        out.write_all(truth.st02)?;
        out.write_all(b"\",\"clm01\":\"")?;
        out.write_all(truth.clm01)?;
        write!(
            out,
            "\",\"line_number\":{},\"code\":\"{}\",\"modifiers\":[",
            truth.line_number, truth.code
        )?;
        for (index, modifier) in truth.modifiers.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(out, "{comma}\"{modifier}\"")?;
        }
        writeln!(
            out,
            "],\"rule\":\"{}\",\"charge\":\"{}\"}}",
            truth.rule, truth.charge
        )
    }

    pub(super) fn end(mut self, claims: u64, lines: u64, at_risk: u64) -> io::Result<()> {
        writeln!(
            self.out,
            "{{\"type\":\"end\",\"claims\":{claims},\"lines\":{lines},\"at_risk\":{at_risk}}}"
        )?;
        self.out.flush()
    }
}
