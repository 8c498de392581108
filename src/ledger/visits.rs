//! Sessions of one patient under one policy.

use crate::date::Date;
use crate::policy::Sessions;
use crate::policy::pack::SessionUnit;

/// Days with their sessions, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Visits(Vec<(Date, u32)>);

/// Why a session needs the modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    /// It is the so-manieth.
    Count(u32),
    /// So many days have passed since the first.
    Days(i32),
}

impl Visits {
    /// Adds sessions of a day. Tells when the last of them is beyond those that need no modifier.
    pub fn add(&mut self, date: Date, count: u32, sessions: &Sessions) -> Option<Beyond> {
        match self.0.binary_search_by_key(&date, |(day, _)| *day) {
            Ok(at) => {
                let sum = &mut self.0[at].1;
                *sum = match sessions.unit {
                    SessionUnit::Units => sum.saturating_add(count),
                    SessionUnit::Days => 1,
                };
            }
            Err(at) => self.0.insert(at, (date, count)),
        }
        let since_first = days_between(self.0[0].0, date);
        if let Some(most) = sessions.first_days
            && since_first > i32::try_from(most).unwrap_or(i32::MAX)
        {
            return Some(Beyond::Days(since_first));
        }
        // What came later by date was received earlier and is no concern of this line.
        let until_today = self.0.partition_point(|(day, _)| *day <= date);
        let window = sessions
            .within_days
            .map_or(i32::MAX, |days| i32::try_from(days).unwrap_or(i32::MAX));
        let total = self.0[..until_today]
            .iter()
            .rev()
            .take_while(|(day, _)| days_between(*day, date) < window)
            .fold(0u32, |total, (_, count)| total.saturating_add(*count));
        (total > sessions.free).then_some(Beyond::Count(total))
    }
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}
