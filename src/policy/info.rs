//! What is known of a pack once its policies stand among those of the others.

use serde::Serialize;

use crate::date::Date;

use super::pack::PackHeader;

/// The head of a pack.
#[derive(Clone, Debug, Serialize)]
pub struct PackInfo {
    /// Unique id, such as `cms-dme`.
    pub id: String,
    /// Version of the facts, such as `2026.11`.
    pub version: String,
    /// One line.
    pub title: String,
    /// Day of the newest fact; `None` when the pack does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// True for packs that are compiled in.
    pub is_builtin: bool,
}

impl PackInfo {
    pub(super) fn new(header: &PackHeader, is_builtin: bool) -> Self {
        Self {
            id: header.id.clone(),
            version: header.version.clone(),
            title: header.title.clone(),
            as_of: header.as_of,
            is_builtin,
        }
    }
}
