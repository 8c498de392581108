//! What time it is, or shall be.

use std::env;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::date::Date;

use super::failure::Failure;

/// The start of the run in local time; `SOURCE_DATE_EPOCH` (seconds since 1970, read as UTC)
/// takes its place when set, so that equal input gives equal reports.
pub fn now() -> Result<DateTime, Failure> {
    match env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => reproducible(&seconds),
        Err(env::VarError::NotPresent) => Ok(Zoned::now().datetime()),
        Err(error) => Err(Failure::at("SOURCE_DATE_EPOCH", error)),
    }
}

/// The day of the run; `KX837_TODAY` (YYYY-MM-DD) takes its place when set.
pub fn today() -> Result<Date, Failure> {
    match env::var("KX837_TODAY") {
        Ok(day) => day
            .parse()
            .map_err(|_| Failure::new(format!("KX837_TODAY: expected YYYY-MM-DD, found {day:?}"))),
        Err(env::VarError::NotPresent) => Ok(now()?.date()),
        Err(error) => Err(Failure::at("KX837_TODAY", error)),
    }
}

fn reproducible(seconds: &str) -> Result<DateTime, Failure> {
    seconds
        .parse()
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map(|timestamp| timestamp.to_zoned(TimeZone::UTC).datetime())
        .ok_or_else(|| {
            Failure::new(format!(
                "SOURCE_DATE_EPOCH: expected seconds since 1970, found {seconds:?}"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_read_as_utc() {
        let time = reproducible("1767225600").unwrap();
        assert_eq!(time.to_string(), "2026-01-01T00:00:00");
        assert!(reproducible("yesterday").is_err());
    }
}
