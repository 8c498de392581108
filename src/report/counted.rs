//! Counted lines and what they add up to, in words.

use std::fmt;

use crate::finding::{CountedLine, Interval};

use super::display::{Dollars, Printable};

/// `$0.00 to $2,400.00`, or `$784.00` when both ends are the same.
#[derive(Clone, Copy, Debug)]
pub struct Between(pub Interval);

impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Interval { low, high } = self.0;
        if low == high {
            return write!(f, "{}", Dollars(high));
        }
        write!(f, "{} to {}", Dollars(low), Dollars(high))
    }
}

/// `2026-03-02 97110 of CLM A37 line 1 in day.edi ($0.00 to $90.00, charge)`: what was counted, where
/// it stands and what it rests on.
#[derive(Clone, Copy, Debug)]
pub struct NamedLine<'l>(pub &'l CountedLine);

impl fmt::Display for NamedLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(line) = self;
        let between = Between(Interval {
            low: line.low,
            high: line.high,
        });
        write!(f, "{}", line.date)?;
        if let Some(code) = line.code {
            write!(f, " {code}")?;
        }
        write!(f, " of {} ({between}, {})", CountedAt(line), line.basis)
    }
}

/// `CLM A37 line 1 in day.edi`: where a counted line stands, and what it is when it is none of a claim.
#[derive(Clone, Copy, Debug)]
pub struct CountedAt<'l>(pub &'l CountedLine);

impl fmt::Display for CountedAt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(line) = self;
        let claim = line.claim.display();
        match line.frequency {
            "balance" => f.write_str("the payer's balance")?,
            "remittance" => write!(
                f,
                "the remittance on CLM {} line {}",
                Printable(&claim),
                line.line
            )?,
            _ => write!(f, "CLM {} line {}", Printable(&claim), line.line)?,
        }
        if line.file.is_empty() {
            return Ok(());
        }
        write!(f, " in {}", Printable(&line.file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::ProcedureCode;
    use crate::date::Date;
    use crate::money::Cents;

    #[test]
    fn lines_are_named_as_what_they_are() {
        let mut line = CountedLine {
            file: "a.edi".into(),
            file_seq: 1,
            offset: 0,
            claim: "C1".into(),
            frequency: "original",
            line: 2,
            date: Date::constant(2026, 3, 2),
            code: ProcedureCode::new(b"97110"),
            low: Cents::ZERO,
            high: Cents(240_000),
            basis: "charge",
        };
        let words = NamedLine(&line).to_string();
        assert_eq!(
            words,
            "2026-03-02 97110 of CLM C1 line 2 in a.edi ($0.00 to $2,400.00, charge)"
        );
        line.frequency = "remittance";
        (line.low, line.basis) = (line.high, "adjudicated");
        assert_eq!(
            NamedLine(&line).to_string(),
            "2026-03-02 97110 of the remittance on CLM C1 line 2 in a.edi ($2,400.00, adjudicated)"
        );
        (line.frequency, line.code, line.file) = ("balance", None, String::new());
        assert_eq!(
            NamedLine(&line).to_string(),
            "2026-03-02 of the payer's balance ($2,400.00, adjudicated)"
        );
    }
}
