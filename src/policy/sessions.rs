//! How visits are counted.

use crate::date::Date;

use super::pack::{SessionUnit, SessionsRow};

/// The count of a `sessions` policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// What one session is.
    pub unit: SessionUnit,
    /// How many sessions need no modifier.
    pub free: u32,
    /// The sliding window in which `free` counts, in days; `None` counts everything.
    pub within_days: Option<u32>,
    /// Sessions more than so many days after the first one need the modifier, too.
    pub first_days: Option<u32>,
    /// `free` of months with 31 days, when sessions are counted within one claim and month;
    /// `None` when they are counted over all claims.
    pub long_month: Option<u32>,
}

impl From<SessionsRow> for Sessions {
    fn from(row: SessionsRow) -> Self {
        Self {
            unit: row.count,
            free: row.free,
            within_days: row.within_days,
            first_days: row.first_days,
            long_month: row
                .per_month
                .then(|| row.free_long_month.unwrap_or(row.free)),
        }
    }
}

impl Sessions {
    /// How many sessions of this month need no modifier.
    pub fn free_in(&self, month: Date) -> u32 {
        match self.long_month {
            Some(long) if month.days_in_month() == 31 => long,
            _ => self.free,
        }
    }
}
