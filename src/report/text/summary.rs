//! The table at the end.

use std::io::{self, Write};

use super::palette::Palette;
use crate::finding::{Catalogue, RunSummary};
use crate::report::display::{Dollars, Grouped};

/// Writes the totals of a run.
pub(super) fn write(
    out: &mut dyn Write,
    palette: &Palette,
    catalogue: &Catalogue,
    summary: &RunSummary,
) -> io::Result<()> {
    let counts = &summary.counts;
    writeln!(out, "{}Summary{}", palette.bold, palette.reset)?;
    let rows = [
        ("files", summary.files),
        ("claims", counts.claims),
        ("lines", counts.lines),
        ("lines with KX", counts.lines_with_kx),
        ("claims at risk", counts.claims_at_risk),
        ("lines at risk", counts.lines_at_risk),
    ];
    for (name, count) in rows {
        writeln!(out, "  {name:<22}{:>18}", Grouped(count))?;
    }
    for (name, amount) in [
        ("charge", counts.charge),
        ("charge at risk", counts.charge_at_risk),
    ] {
        writeln!(out, "  {name:<22}{:>18}", Dollars(amount))?;
    }
    writeln!(
        out,
        "  {:<22}{:>18}",
        "findings",
        Grouped(counts.errors + counts.warnings + counts.infos)
    )?;
    for (name, count, style) in [
        ("errors", counts.errors, palette.error),
        ("warnings", counts.warnings, palette.warning),
        ("infos", counts.infos, palette.info),
    ] {
        let style = if count > 0 { style } else { "" };
        let reset = if style.is_empty() { "" } else { palette.reset };
        writeln!(out, "    {style}{name:<20}{:>18}{reset}", Grouped(count))?;
    }
    writeln!(out, "  {:<22}{:>18}", "notices", Grouped(counts.notices))?;
    if !summary.by_rule.is_empty() {
        writeln!(out)?;
        writeln!(
            out,
            "  {}{:<7}{:<40}{:>10}{:>18}{}",
            palette.bold, "rule", "name", "findings", "at risk", palette.reset
        )?;
        for (id, total) in &summary.by_rule {
            let rule = catalogue.rule(*id);
            writeln!(
                out,
                "  {:<7}{:<40}{:>10}{:>18}",
                rule.code,
                rule.name,
                Grouped(total.findings),
                Dollars(total.at_risk)
            )?;
        }
    }
    writeln!(out)?;
    if summary.complete {
        writeln!(out, "complete: yes")
    } else {
        writeln!(
            out,
            "{}complete: no{} (something was not read or not written: see the notices)",
            palette.error, palette.reset
        )
    }
}
