//! How a line stands in its accounts, as text: for lines of files and for lines of ledgers.

use std::fmt;
use std::io::{self, Write};

use crate::cli::prose::{heading, row};
use crate::finding::{CountedLine, Interval};
use crate::ledger::{Case, Now, Passing, ReceivedClaim, Standing, Tally, Verdict, WhatIf, Which};
use crate::report::{Between, CountedAt, Dollars, Grouped, NamedLine, Printable};

/// What was received, in words.
pub struct Received<'c>(pub &'c ReceivedClaim);

impl fmt::Display for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(claim) = self;
        let id = claim.claim.display();
        let id = Printable(&id);
        match claim.frequency {
            "balance" => f.write_str("the payer's balance")?,
            "remittance" => write!(f, "the remittance on CLM {id}")?,
            "original" => write!(f, "CLM {id}")?,
            other => write!(f, "the {other} CLM {id}")?,
        }
        if claim.file.is_empty() {
            return Ok(());
        }
        write!(f, " in {}", Printable(&claim.file))
    }
}

/// Writes standings one after the other. Lines that stand above already are not listed again.
#[derive(Default)]
pub struct StandingPage {
    /// The lines that were listed last, and how many there are.
    listed: (Vec<(u32, u64, u32)>, u64),
}

impl StandingPage {
    /// A line in an account.
    pub fn standing(&mut self, out: &mut dyn Write, standing: &Standing) -> io::Result<()> {
        let Standing { account, year, .. } = standing;
        let stands = match (standing.threshold, standing.counted.verdict) {
            (Some(amount), Some(verdict)) => format!("{} {}", verdict.words(), Dollars(amount)),
            _ => "no amount is known".to_owned(),
        };
        heading(out, &format!("{account} {year}: {stands}"))?;
        let line = &standing.line;
        let between = Between(Interval {
            low: line.low,
            high: line.high,
        });
        row(out, "this line", &format!("{between} ({})", line.basis))?;
        let tally = &standing.counted;
        row(out, "before it", &Between(tally.before).to_string())?;
        row(out, "with it", &Between(tally.after).to_string())?;
        passed(out, standing)?;
        if let Some(taker) = &standing.taken_back_by {
            let text = format!("by {}: it does not count any more", Received(taker));
            row(out, "taken back", &text)?;
        }
        let Some(detail) = &standing.detail else {
            return row(
                out,
                "more",
                "is not told for every line of so long a claim: --line asks about one",
            );
        };
        self.filled(out, &detail.lines, detail.count)?;
        match &detail.now {
            Some(now) => would_be(out, now),
            None => Ok(()),
        }
    }

    /// The lines that filled the account before.
    fn filled(&mut self, out: &mut dyn Write, lines: &[CountedLine], count: u64) -> io::Result<()> {
        let keys: Vec<_> = lines
            .iter()
            .map(|line| (line.file_seq, line.offset, line.line))
            .collect();
        let (last, last_count) = std::mem::replace(&mut self.listed, (keys.clone(), count));
        let more = count
            .checked_sub(last_count)
            .and_then(|more| usize::try_from(more).ok())
            .filter(|more| *more < keys.len());
        // The latest are listed: those above are what stands in front of the rest.
        let behind = more.filter(|more| {
            let known = keys[..keys.len() - more].iter().rev();
            !last.is_empty() && known.eq(last.iter().rev().take(keys.len() - more))
        });
        match behind {
            _ if count == 0 => row(out, "filled by", "nothing before it"),
            Some(0) => row(out, "filled by", &format!("the {} above", number(count))),
            Some(more) => {
                let text = format!("the {} above, and", number(last_count));
                row(out, "filled by", &text)?;
                table(out, &lines[lines.len() - more..])
            }
            None => {
                let skipped = count.saturating_sub(lines.len() as u64);
                let text = if skipped > 0 {
                    format!("{}, the latest of them", number(count))
                } else {
                    number(count)
                };
                row(out, "filled by", &text)?;
                table(out, lines)
            }
        }
    }
}

fn number(count: u64) -> String {
    let lines = if count == 1 { "line" } else { "lines" };
    format!("{} {lines}", Grouped(count))
}

/// Counted lines in columns; places are not broken.
fn table(out: &mut dyn Write, lines: &[CountedLine]) -> io::Result<()> {
    let between = |line: &CountedLine| {
        let CountedLine { low, high, .. } = *line;
        Between(Interval { low, high }).to_string()
    };
    let widest = |width: &dyn Fn(&CountedLine) -> usize| lines.iter().map(width).max().unwrap_or(0);
    let amounts = widest(&|line| between(line).len());
    let bases = widest(&|line| line.basis.len());
    for line in lines {
        let code = line.code.map_or(String::new(), |code| code.to_string());
        writeln!(
            out,
            "    {}  {code:<5}  {:>amounts$}  {:<bases$}  {}",
            line.date,
            between(line),
            line.basis,
            CountedAt(line)
        )?;
    }
    Ok(())
}

/// The line with which the amount is passed. What comes later is told as it is known now.
fn passed(out: &mut dyn Write, standing: &Standing) -> io::Result<()> {
    let is_later = |passing: &&Passing| passing.which == Which::Later;
    let now = standing
        .detail
        .as_ref()
        .and_then(|detail| Some(&detail.now.as_ref()?.tally));
    let told = |passing: fn(&Tally) -> Option<&Passing>| {
        let then = passing(&standing.counted).filter(|it| !is_later(it));
        then.or_else(|| passing(now?).filter(is_later))
    };
    let may = told(|tally| tally.may_pass_at.as_ref());
    let passes = told(|tally| tally.passes_at.as_ref());
    match (may, passes) {
        (Some(may), Some(passes)) if may.line == passes.line => {
            let over = Interval {
                low: passes.over,
                high: may.over,
            };
            let text = format!("{}, by {}", which(may), Between(over));
            row(out, "passed by", &text)
        }
        (may, passes) => {
            if let Some(may) = may {
                let text = format!("{}, by up to {}", which(may), Dollars(may.over));
                row(out, "perhaps passed", &format!("by {text}"))?;
            }
            if let Some(passes) = passes {
                let text = format!("{}, by at least {}", which(passes), Dollars(passes.over));
                row(out, "passed by", &text)?;
            }
            Ok(())
        }
    }
}

fn which(passing: &Passing) -> String {
    let named = NamedLine(&passing.line);
    match passing.which {
        Which::This => "this line".to_owned(),
        Which::Earlier => format!("an earlier line, {named}"),
        Which::Later => format!("a later line, {named}"),
    }
}

/// What is known now, and what would be in another order or by another basis.
fn would_be(out: &mut dyn Write, now: &Now) -> io::Result<()> {
    let Now {
        tally, what_ifs, ..
    } = now;
    if now.differs {
        let text = format!(
            "{}: {} before it, by what was decided or taken back since",
            verdict(tally),
            Between(tally.before),
        );
        row(out, "by now", &text)?;
    }
    let shares: Vec<String> = now
        .rests_on
        .iter()
        .map(|share| {
            let (lines, basis) = (number(share.lines), share.basis);
            format!("{basis}: {lines} ({})", Between(share.sum))
        })
        .collect();
    row(out, "rests on", &shares.join("; "))?;
    if what_ifs.is_empty() {
        return Ok(());
    }
    if !what_ifs.iter().any(|what_if| what_if.changes_verdict) {
        let text = format!("{} in any order and by any basis", words(tally));
        return row(out, "otherwise", &text);
    }
    let what_if = |case: Case| what_ifs.iter().find(|what_if| what_if.case == case);
    if let Some(by_date) = what_if(Case::ByDateOfService) {
        row(out, "by service date", &in_order_of_dates(by_date))?;
    }
    if let (Some(first), Some(last)) = (what_if(Case::CountedFirst), what_if(Case::CountedLast)) {
        row(out, "another order", &in_any_order(tally, first, last))?;
    }
    if let (Some(least), Some(most)) = (what_if(Case::AllAtTheLeast), what_if(Case::AllAtTheMost)) {
        row(out, "another basis", &by_ends(tally, least, most))?;
    }
    Ok(())
}

fn words(tally: &Tally) -> &'static str {
    tally.verdict.map_or("no verdict", Verdict::words)
}

fn verdict(tally: &Tally) -> String {
    format!("{}, {} with it", words(tally), Between(tally.after))
}

fn in_order_of_dates(what_if: &WhatIf) -> String {
    if !what_if.changes_verdict {
        return format!("no change: {}", verdict(&what_if.tally));
    }
    let passing = what_if.tally.may_pass_at.as_ref();
    let passed = passing.map_or(String::new(), |passing| {
        format!("; then passed by {}", which(passing))
    });
    format!("{}{passed}", verdict(&what_if.tally))
}

fn in_any_order(now: &Tally, first: &WhatIf, last: &WhatIf) -> String {
    let changes: Vec<String> = [(first, "first"), (last, "last")]
        .into_iter()
        .filter(|(what_if, _)| what_if.changes_verdict)
        .map(|(what_if, place)| format!("counted {place} {}", verdict(&what_if.tally)))
        .collect();
    if changes.is_empty() {
        return format!("no change: counted first or last {}", words(now));
    }
    changes.join("; ")
}

fn by_ends(now: &Tally, least: &WhatIf, most: &WhatIf) -> String {
    if !least.changes_verdict && !most.changes_verdict {
        let words = words(now);
        return format!("no change: all at the least or all at the most {words}");
    }
    let word = |what_if: &WhatIf| {
        let Tally { after, .. } = what_if.tally;
        format!("{} ({})", words(&what_if.tally), Dollars(after.high))
    };
    format!(
        "all at the least {}, all at the most {}: what the payer allows decides",
        word(least),
        word(most)
    )
}
