//! Sessions of one patient under one policy.

use crate::date::Date;
use crate::policy::Sessions;
use crate::policy::pack::SessionUnit;

use super::account::entries_of;

/// Sessions of a line, or what takes them back.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// Number of the claim among the patient's, in the order received.
    pub claim: u32,
    /// Index of the line in the claim.
    pub line: u32,
    /// The claim whose line this takes back.
    pub takes_back: Option<u32>,
    /// Date of service.
    pub date: Date,
    /// Sessions that were counted, negative when they are taken back.
    pub sessions: i64,
    /// What was told of it when it was counted.
    pub beyond: Option<Beyond>,
}

/// Sessions of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionCount {
    /// So many.
    pub sessions: u32,
    /// They may have counted before, in a claim that is not known.
    pub may_repeat: bool,
}

/// Why a session needs the modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// It is the so-manieth.
    Count(u32),
    /// So many days have passed since the first.
    Days(i32),
}

/// Counted sessions, never changed, and on which days they were.
#[derive(Clone, Debug, Default)]
pub struct Visits {
    /// In the order received.
    pub entries: Vec<Visit>,
    days: Days,
}

impl Visits {
    /// Counts the sessions of a line. Tells when the last of them is beyond those that need no
    /// modifier.
    pub(super) fn count(
        &mut self,
        (claim, line): (u32, u32),
        date: Date,
        count: SessionCount,
        sessions: &Sessions,
    ) -> Option<Beyond> {
        let today = day_number(date);
        let wanted = i64::from(count.sessions);
        let counted = if count.may_repeat {
            (wanted - self.days.on(today)).max(0)
        } else {
            wanted
        };
        self.days.add(today, counted);
        let beyond = self.days.beyond(today, sessions);
        self.entries.push(Visit {
            claim,
            line,
            takes_back: None,
            date,
            sessions: counted,
            beyond,
        });
        beyond
    }

    /// Adds a line that a store knows.
    pub(super) fn restore(&mut self, visit: Visit, sessions: Option<&Sessions>) {
        let today = day_number(visit.date);
        self.days.add(today, visit.sessions);
        let beyond = sessions.and_then(|sessions| self.days.beyond(today, sessions));
        self.entries.push(Visit { beyond, ..visit });
    }

    /// Takes back the sessions of a claim, on behalf of another.
    pub fn take_back(&mut self, taken: u32, by: u32) {
        let lines: Vec<Visit> = self.of_claim(taken).copied().collect();
        for visit in lines {
            self.entries.push(Visit {
                claim: by,
                takes_back: Some(taken),
                sessions: -visit.sessions,
                ..visit
            });
            self.days.add(day_number(visit.date), -visit.sessions);
        }
    }

    /// What was told of a line when it was counted.
    pub fn as_counted(&self, claim: u32, line: u32) -> Option<Beyond> {
        let visits = &self.entries[entries_of(&self.entries, claim, |visit| visit.claim)];
        let own = visits.partition_point(|visit| visit.takes_back.is_some());
        let visits = &visits[own..];
        let is_it = |visit: &&Visit| visit.line == line;
        let at = visits.partition_point(|visit| visit.line < line);
        // Visits of a claim stand in the order of their days, which is that of the lines nearly always.
        let visit = visits.get(at).filter(is_it);
        visit.or_else(|| visits.iter().find(is_it))?.beyond
    }

    /// What a claim took back, as it counted before.
    pub(super) fn taken_by(&self, claim: u32) -> impl Iterator<Item = Visit> {
        self.entries[entries_of(&self.entries, claim, |visit| visit.claim)]
            .iter()
            .filter(|visit| visit.takes_back.is_some())
            .map(|visit| Visit {
                takes_back: None,
                sessions: -visit.sessions,
                ..*visit
            })
    }

    pub(super) fn of_claim(&self, claim: u32) -> impl Iterator<Item = &Visit> {
        self.entries[entries_of(&self.entries, claim, |visit| visit.claim)]
            .iter()
            .filter(|visit| visit.takes_back.is_none())
    }
}

/// Days with their sessions, in order.
#[derive(Clone, Debug, Default)]
struct Days {
    days: Vec<(i32, i64)>,
    total: i64,
}

impl Days {
    fn on(&self, today: i32) -> i64 {
        let at = self.days.binary_search_by_key(&today, |(day, _)| *day);
        at.map_or(0, |at| self.days[at].1)
    }

    fn add(&mut self, today: i32, sessions: i64) {
        let at = match self.days.last() {
            Some((last, _)) if *last < today => Err(self.days.len()),
            _ => self.days.binary_search_by_key(&today, |(day, _)| *day),
        };
        self.total += sessions;
        match at {
            Ok(at) => {
                self.days[at].1 += sessions;
                if self.days[at].1 <= 0 {
                    self.days.remove(at);
                }
            }
            Err(at) if sessions > 0 => self.days.insert(at, (today, sessions)),
            Err(_) => {}
        }
    }

    /// Why the last session of a day needs the modifier.
    fn beyond(&self, today: i32, sessions: &Sessions) -> Option<Beyond> {
        let first = self.days.first()?.0;
        let since_first = today - first;
        if let Some(most) = sessions.first_days
            && since_first > i32::try_from(most).unwrap_or(i32::MAX)
        {
            return Some(Beyond::Days(since_first));
        }
        // What came later by date was received earlier and is no concern of this line.
        let end = self.days.partition_point(|(day, _)| *day <= today);
        let counts = |(_, count): &(i32, i64)| match sessions.unit {
            SessionUnit::Units => *count,
            SessionUnit::Days => 1,
        };
        let total: i64 = match (sessions.within_days, sessions.unit) {
            (None, SessionUnit::Days) => i64::try_from(end).unwrap_or(i64::MAX),
            // Days come mostly in order: the few behind are taken from all.
            (None, SessionUnit::Units) => {
                self.total - self.days[end..].iter().map(counts).sum::<i64>()
            }
            (Some(window), _) => {
                let window = i32::try_from(window).unwrap_or(i32::MAX);
                self.days[..end]
                    .iter()
                    .rev()
                    .take_while(|(day, _)| today - day < window)
                    .map(counts)
                    .sum()
            }
        };
        let total = u32::try_from(total.max(0)).unwrap_or(u32::MAX);
        (total > sessions.free).then_some(Beyond::Count(total))
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

    fn day(day: i8) -> Date {
        Date::constant(2026, 3, day)
    }

    #[test]
    fn what_came_later_by_date_does_not_count_and_a_replacement_counts_once() {
        let mut visits = Visits::default();
        assert_eq!(visits.count((0, 0), day(1), count(2), &YEARLY), None);
        assert_eq!(visits.count((1, 0), day(9), count(1), &YEARLY), None);
        assert_eq!(visits.count((2, 0), day(5), count(1), &YEARLY), None);
        let again = SessionCount {
            sessions: 2,
            may_repeat: true,
        };
        assert_eq!(visits.count((3, 0), day(1), again, &YEARLY), None);
        assert_eq!(
            visits.count((4, 0), day(9), count(1), &YEARLY),
            Some(Beyond::Count(5))
        );
        assert_eq!(visits.as_counted(2, 0), None);
    }

    #[test]
    fn what_is_taken_back_frees_its_place() {
        let mut visits = Visits::default();
        for claim in 0..3 {
            assert_eq!(
                visits.count((claim, 0), day(1 + claim as i8), count(1), &YEARLY),
                None
            );
        }
        visits.take_back(0, 3);
        assert_eq!(visits.count((4, 0), day(8), count(1), &YEARLY), None);
        assert_eq!(
            visits.count((5, 0), day(9), count(1), &YEARLY),
            Some(Beyond::Count(4))
        );
        assert_eq!(visits.as_counted(5, 0), Some(Beyond::Count(4)));
    }
}
