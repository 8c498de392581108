//! Days as packs write them: `"2026-01-31"`, in quotes or, as TOML has dates of its own, without.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, MapAccess, Unexpected, Visitor};

use crate::date::Date;

/// A day.
pub(super) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    deserializer.deserialize_any(DayVisitor)
}

/// A day that may be left out.
pub(super) fn maybe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    day(deserializer).map(Some)
}

struct DayVisitor;

impl<'de> Visitor<'de> for DayVisitor {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date such as \"2026-01-31\" (YYYY-MM-DD)")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Date, E> {
        // Times of day are no days, though they begin with one.
        let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
        date.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    /// A date of TOML comes as a table with one key, which no file can write.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Date, A::Error> {
        match map.next_entry::<String, String>() {
            Ok(Some((key, text))) if key.starts_with("$__toml") => self.visit_str(&text),
            _ => Err(A::Error::invalid_type(Unexpected::Map, &self)),
        }
    }
}
