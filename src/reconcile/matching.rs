//! Which decided line is meant by a line of a claim.

use std::collections::HashMap;

use super::decision::DecidedLine;
use super::prediction::PredictedLine;
use crate::code::ProcedureCode;

/// The decided lines of a claim, each of which speaks about one line of it.
pub(super) struct Matcher<'d> {
    lines: Vec<&'d DecidedLine>,
    by_code: HashMap<Option<ProcedureCode>, Vec<usize>>,
    used: Vec<bool>,
}

impl<'d> Matcher<'d> {
    pub fn new(lines: Vec<&'d DecidedLine>) -> Self {
        let mut by_code: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, line) in lines.iter().enumerate() {
            by_code.entry(line.code).or_default().push(at);
        }
        Self {
            used: vec![false; lines.len()],
            lines,
            by_code,
        }
    }

    /// The index of the decided line with the code and date of a line: the one with its number as line
    /// item control number (payers send back REF*6R, or LX01 where the 837 had none), else the one at its
    /// place in the claim, else the first that is not used for another line.
    pub fn of(&mut self, line: &PredictedLine<'_>) -> Option<usize> {
        let is_alike = |at: &usize| {
            let decided = self.lines[*at];
            let dates = decided.date.zip(line.date);
            !self.used[*at] && dates.is_none_or(|(decided, date)| decided == date)
        };
        let alike = || {
            let alike = self.by_code.get(&line.code).into_iter().flatten().copied();
            alike.filter(is_alike)
        };
        // A line without a procedure code is named by its revenue code there, so its number must do.
        let any = || {
            (0..self.lines.len())
                .filter(|_| line.code.is_none())
                .filter(is_alike)
        };
        let number = line.number.as_bytes();
        let place = line.number.parse::<usize>().ok();
        let place = place.and_then(|number| number.checked_sub(1));
        let is_numbered = |at: &usize| self.lines[*at].control_number.as_bytes() == number;
        let is_there = |at: &usize| place == Some(*at);
        let found = alike()
            .find(is_numbered)
            .or_else(|| any().find(is_numbered))
            .or_else(|| alike().chain(any()).find(is_there))
            .or_else(|| alike().next())?;
        self.used[found] = true;
        Some(found)
    }
}
