//! What a payer's own pack of 10,000 codes costs: to start with, and in a run.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use kx837::policy::{Pack, PolicySet};

use crate::Sample;
use crate::stages;

const POLICIES: u32 = 100;
const CODES_EACH: u32 = 100;

/// 100 policies of 100 codes each, written out one by one as a price list would be. They cover
/// 90000-99999, where half of the generated professional lines are, for a commercial payer to
/// whom generated claims go, so that they are looked up and judged and not only loaded.
fn pack_text() -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        r#"[pack]
id = "bench"
version = "2026.11"
title = "A payer with 10,000 codes"

[[payer]]
class = "bench"
ids = ["99001"]
overrides-filing-indicator = true
source = { document = "made for the benchmark" }
confidence = "secondary"

[[rule]]
code = "KX899"
name = "bench-kx-not-wanted"
kind = "must-not"
title = "KX where the payer does not want it"
plain = "The payer does not want KX here."
details = "Found: KX on a code of the payer."
"#,
    );
    for policy in 0..POLICIES {
        let first = 90_000 + policy * CODES_EACH;
        let codes: Vec<String> = (first..first + CODES_EACH)
            .map(|code| format!("\"{code}\""))
            .collect();
        write!(
            text,
            r#"
[[policy]]
id = "BENCH_{policy}"
title = "Codes from {first} on"
rule = "must-not"
finding = "KX899"
codes = [{codes}]
modifiers = ["KX"]
when = {{ claims = ["P"], payers = ["bench"] }}
severity = "warning"
certainty = "likely"
meaning = "Nothing: the payer does not use KX here."
advice = "Remove KX."
plain = "The payer does not want KX here."
source = [{{ document = "made for the benchmark" }}]
confidence = "secondary"
"#,
            codes = codes.join(", ")
        )?;
    }
    Ok(text)
}

/// Loads and runs with and without the pack in turn, and prints the best of each.
pub fn compare(sample: &Sample, rounds: usize) -> Result<(), Box<dyn Error>> {
    let text = pack_text()?;
    let load = |text: Option<&str>| -> Result<(PolicySet, f64), Box<dyn Error>> {
        let started = Instant::now();
        let extra = text.map(|text| Pack::parse("bench.toml", text));
        let policies = PolicySet::new(true, extra.transpose()?.into_iter().collect())?;
        Ok((policies, started.elapsed().as_secs_f64()))
    };
    let mut best_start = [f64::MAX; 2];
    let mut best_run = [f64::MAX; 2];
    let mut at_risk = [0; 2];
    for _ in 0..rounds {
        for (index, text) in [None, Some(text.as_str())].into_iter().enumerate() {
            let (policies, seconds) = load(text)?;
            best_start[index] = best_start[index].min(seconds);
            let policies = Arc::new(policies);
            let started = Instant::now();
            let summary = stages::screen(&sample.path, &policies, 1, None);
            best_run[index] = best_run[index].min(started.elapsed().as_secs_f64());
            if !summary.complete {
                return Err("the run with a payer's pack was not complete".into());
            }
            at_risk[index] = summary.counts.lines_at_risk;
        }
    }
    println!(
        "\na payer's own pack of {} codes in {POLICIES} policies, {} kB (best of {rounds})",
        POLICIES * CODES_EACH,
        text.len() / 1_000
    );
    println!("{:<24} {:>9} {:>9}", "", "without", "with");
    println!(
        "{:<24} {:>6.1} ms {:>6.1} ms   +{:.1} ms",
        "load all packs",
        best_start[0] * 1e3,
        best_start[1] * 1e3,
        (best_start[1] - best_start[0]) * 1e3
    );
    println!(
        "{:<24} {:>6.1} ms {:>6.1} ms   {:+.1}%, {} and {} lines at risk",
        "screen, 1 thread",
        best_run[0] * 1e3,
        best_run[1] * 1e3,
        (best_run[1] / best_run[0] - 1.0) * 100.0,
        at_risk[0],
        at_risk[1],
    );
    Ok(())
}
