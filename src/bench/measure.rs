//! Rounds, and what comes of them.

use std::hint::black_box;
use std::time::Instant;

use serde::Serialize;

use super::stage::{Stage, StageKind};

/// What was measured of a stage. Rates are of its best round.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Its name.
    pub stage: &'static str,
    /// Threads that worked.
    pub threads: usize,
    /// Bytes, unpacked, that it went through.
    pub bytes: u64,
    /// Time of the best round, in seconds.
    pub best_seconds: f64,
    /// Median time of all rounds, in seconds.
    pub median_seconds: f64,
    /// Times of all rounds in their order, in seconds.
    pub round_seconds: Vec<f64>,
    /// Bytes in a second.
    pub bytes_per_second: f64,
    /// Segments in a second.
    pub segments_per_second: f64,
    /// Claims in a second, where it reads claims.
    pub claims_per_second: Option<f64>,
    /// Time for a byte over that of [`StageKind::Count`], when that was measured.
    pub ratio_to_count: Option<f64>,
    /// The stage that it builds on.
    pub base: Option<&'static str>,
    /// Time for a byte over that of the stage that it builds on, when that was measured.
    pub ratio_to_base: Option<f64>,
}

impl Measured {
    fn seconds_per_byte(&self) -> f64 {
        1.0 / self.bytes_per_second
    }
}

/// Why there are no figures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BenchError {
    /// A stage did not do what it should have done.
    #[error(
        "stage {stage} did not do its work ({done} of {expected}): did another program change a file meanwhile?"
    )]
    NotDone {
        /// The stage.
        stage: &'static str,
        /// What it did: segments, lines, claims or bytes.
        done: u64,
        /// What it should have done.
        expected: u64,
    },
    /// Whoever watched wanted no more.
    #[error("interrupted")]
    Interrupted,
}

/// Runs all stages in turn, `rounds` times, and tells the best time of each beside the median. `watch` is told the
/// stage before it runs, and ends it all by false.
///
/// # Errors
/// A stage did not do its work, or `watch` said false.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub fn measure(
    stages: &mut [Stage<'_>],
    rounds: usize,
    watch: &mut dyn FnMut(&'static str) -> bool,
) -> Result<Vec<Measured>, BenchError> {
    let mut times = vec![Vec::with_capacity(rounds); stages.len()];
    for _ in 0..rounds.max(1) {
        for (stage, times) in stages.iter_mut().zip(&mut times) {
            if !watch(stage.name) {
                return Err(BenchError::Interrupted);
            }
            let started = Instant::now();
            let done = black_box((stage.run)());
            // A clock may stand still for a nanosecond.
            times.push(started.elapsed().as_secs_f64().max(1e-9));
            let expected = *stage.proof.get_or_insert(done.max(1));
            if done != expected {
                return Err(if watch(stage.name) {
                    let stage = stage.name;
                    BenchError::NotDone {
                        stage,
                        done,
                        expected,
                    }
                } else {
                    BenchError::Interrupted
                });
            }
        }
    }
    let rows = stages.iter().zip(times);
    let mut rows: Vec<Measured> = rows
        .map(|(stage, round_seconds)| {
            let (seconds, median_seconds) = best_and_median(&round_seconds);
            Measured {
                stage: stage.name,
                threads: stage.threads,
                bytes: stage.bytes,
                best_seconds: seconds,
                median_seconds,
                round_seconds,
                bytes_per_second: stage.bytes as f64 / seconds,
                segments_per_second: stage.segments as f64 / seconds,
                claims_per_second: stage.claims.map(|claims| claims as f64 / seconds),
                ratio_to_count: None,
                base: stage.base,
                ratio_to_base: None,
            }
        })
        .collect();
    for index in 0..rows.len() {
        let over = |name: &str| {
            let base = rows.iter().find(|row| row.stage == name)?;
            Some(rows[index].seconds_per_byte() / base.seconds_per_byte())
        };
        let ratio_to_count = over(StageKind::Count.name());
        let ratio_to_base = rows[index].base.and_then(over);
        rows[index].ratio_to_count = ratio_to_count;
        rows[index].ratio_to_base = ratio_to_base;
    }
    Ok(rows)
}

/// Of an even number of rounds the median lies between the two in the middle.
fn best_and_median(times: &[f64]) -> (f64, f64) {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = |at: usize| sorted.get(at).copied().unwrap_or(f64::MAX);
    let median = f64::midpoint(
        middle(sorted.len().saturating_sub(1) / 2),
        middle(sorted.len() / 2),
    );
    (middle(0), median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_beside_the_best() {
        let close = |times: &[f64], expected: (f64, f64)| {
            let (best, median) = best_and_median(times);
            assert!(
                (best - expected.0).abs() < 1e-9 && (median - expected.1).abs() < 1e-9,
                "{times:?}"
            );
        };
        close(&[3.0], (3.0, 3.0));
        close(&[9.0, 1.0], (1.0, 5.0));
        close(&[5.0, 1.0, 90.0], (1.0, 5.0));
    }

    fn stage<'a>(
        name: &'static str,
        base: Option<&'static str>,
        run: impl FnMut() -> u64 + 'a,
    ) -> Stage<'a> {
        Stage {
            name,
            base,
            threads: 1,
            bytes: 1_000,
            segments: 10,
            claims: None,
            proof: None,
            run: Box::new(run),
        }
    }

    #[test]
    fn stages_take_turns_and_ratios_are_of_equal_bytes() {
        let order = std::cell::RefCell::new(String::new());
        let said = |word: &'static str| {
            let order = &order;
            move || {
                order.borrow_mut().push_str(word);
                7
            }
        };
        let mut half = stage("half", Some("count"), said("h"));
        half.bytes = 500;
        let mut stages = [stage("count", None, said("c")), half];
        let rows = measure(&mut stages, 3, &mut |_| true).unwrap();
        drop(stages);
        assert_eq!(order.into_inner(), "chchch");
        assert_eq!(rows[0].ratio_to_count, Some(1.0));
        assert_eq!(rows[0].ratio_to_base, None);
        let ratio = 2.0 * rows[1].best_seconds / rows[0].best_seconds;
        let measured = rows[1].ratio_to_base.unwrap();
        assert!((measured / ratio - 1.0).abs() < 1e-9, "{measured} {ratio}");
    }

    #[test]
    fn a_stage_that_does_nothing_or_something_else_is_an_error() {
        let error = |stage: Stage<'_>| measure(&mut [stage], 2, &mut |_| true).unwrap_err();
        let not_done = |done, expected| BenchError::NotDone {
            stage: "x",
            done,
            expected,
        };
        assert_eq!(error(stage("x", None, || 0)), not_done(0, 1));
        let mut known = stage("x", None, || 5);
        known.proof = Some(6);
        assert_eq!(error(known), not_done(5, 6));
        let mut count = 0;
        let growing = stage("x", None, move || {
            count += 1;
            count
        });
        assert_eq!(error(growing), not_done(2, 1));
    }

    #[test]
    fn who_watches_may_end_it() {
        let mut stages = [stage("a", None, || 1), stage("b", None, || 1)];
        let ended = measure(&mut stages, 1, &mut |name| name != "b");
        assert_eq!(ended.unwrap_err(), BenchError::Interrupted);
    }
}
