//! Sessions of one patient under one policy.

use crate::date::Date;
use crate::policy::Sessions;
use crate::policy::pack::SessionUnit;
use crate::rule::SessionCount;

/// Days with their sessions, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Visits {
    /// Numbers of days, and sessions on them.
    days: Vec<(i32, u32)>,
    /// All sessions.
    total: u32,
}

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
    pub fn add(&mut self, date: Date, count: SessionCount, sessions: &Sessions) -> Option<Beyond> {
        let today = day_number(date);
        let at = self.count(today, count, sessions.unit);
        let since_first = today - self.days[0].0;
        if let Some(most) = sessions.first_days
            && since_first > i32::try_from(most).unwrap_or(i32::MAX)
        {
            return Some(Beyond::Days(since_first));
        }
        // What came later by date was received earlier and is no concern of this line.
        let total = match sessions.within_days {
            None => self.until(at),
            Some(window) => {
                let window = i32::try_from(window).unwrap_or(i32::MAX);
                self.days[..=at]
                    .iter()
                    .rev()
                    .take_while(|(day, _)| today - day < window)
                    .fold(0u32, |total, (_, count)| total.saturating_add(*count))
            }
        };
        (total > sessions.free).then_some(Beyond::Count(total))
    }

    /// Adds to a day and returns its place.
    fn count(&mut self, today: i32, count: SessionCount, unit: SessionUnit) -> usize {
        let at = match self.days.last() {
            Some((last, _)) if *last < today => Err(self.days.len()),
            _ => self.days.binary_search_by_key(&today, |(day, _)| *day),
        };
        match at {
            Ok(at) => {
                let sum = &mut self.days[at].1;
                let before = *sum;
                *sum = match unit {
                    SessionUnit::Units if count.may_repeat => before.max(count.sessions),
                    SessionUnit::Units => before.saturating_add(count.sessions),
                    SessionUnit::Days => 1,
                };
                self.total = self.total.saturating_add(*sum - before);
                at
            }
            Err(at) => {
                self.days.insert(at, (today, count.sessions));
                self.total = self.total.saturating_add(count.sessions);
                at
            }
        }
    }

    /// Sessions up to the day at this place: the others are taken from all, since days come mostly
    /// in order.
    fn until(&self, at: usize) -> u32 {
        self.days[at + 1..]
            .iter()
            .fold(self.total, |total, (_, count)| total.saturating_sub(*count))
    }
}

/// Days since the first of the year 0, as the calendar counts them.
fn day_number(date: Date) -> i32 {
    Date::constant(0, 1, 1)
        .until(date)
        .map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEARLY: Sessions = Sessions {
        free: 3,
        unit: SessionUnit::Units,
        within_days: None,
        first_days: None,
        long_month: None,
    };

    fn count(sessions: u32) -> SessionCount {
        SessionCount {
            sessions,
            may_repeat: false,
        }
    }

    #[test]
    fn what_came_later_by_date_does_not_count_and_a_replacement_counts_once() {
        let mut visits = Visits::default();
        let day = |day| Date::constant(2026, 3, day);
        assert_eq!(visits.add(day(1), count(2), &YEARLY), None);
        assert_eq!(visits.add(day(9), count(1), &YEARLY), None);
        assert_eq!(visits.add(day(5), count(1), &YEARLY), None);
        let again = SessionCount {
            sessions: 2,
            may_repeat: true,
        };
        assert_eq!(visits.add(day(1), again, &YEARLY), None);
        assert_eq!(
            visits.add(day(9), count(1), &YEARLY),
            Some(Beyond::Count(5))
        );
    }
}
