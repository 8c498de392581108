//! The lines of a `jsonl` report. Their fields are promised by `docs/report-jsonl.schema.json`.

use serde::Serialize;

#[cfg(test)]
use super::definition::{ClaimRecord, FindingRecord};
use crate::date::Date;
use crate::finding::{Counts, NoticeKind};
use crate::money::Cents;
use crate::x12::Position;

/// Version of the format: raised when a field changes its meaning or goes.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// One line.
#[derive(Serialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub(super) enum Record<'a> {
    Begin(Begin<'a>),
    FileBegin {
        file: &'a str,
    },
    Notice(NoticeRecord<'a>),
    /// Written by [`Judged`](super::judged::Judged).
    #[cfg(test)]
    Claim(Box<ClaimRecord<'a>>),
    /// Written by [`Judged`](super::judged::Judged).
    #[cfg(test)]
    Finding(Box<FindingRecord<'a>>),
    FileEnd(FileEnd<'a>),
    End(End<'a>),
}

#[derive(Serialize)]
pub(super) struct Begin<'a> {
    pub program: &'static str,
    pub version: &'a str,
    pub schema: u32,
    pub started: String,
    pub packs: Vec<Pack<'a>>,
    pub show_patient: bool,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub select: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub ignore: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
}

#[derive(Serialize)]
pub(super) struct Pack<'a> {
    pub id: &'a str,
    pub version: &'a str,
}

#[derive(Serialize)]
pub(super) struct NoticeRecord<'a> {
    pub file: &'a str,
    pub code: &'static str,
    pub name: &'static str,
    pub level: &'static str,
    pub position: &'a Position,
    pub message: &'a str,
    pub repeats: u64,
}

impl<'a> NoticeRecord<'a> {
    pub fn new(file: &'a str, notice: &'a crate::finding::Notice) -> Self {
        let kind: NoticeKind = notice.kind;
        Self {
            file,
            code: kind.code(),
            name: kind.name(),
            level: kind.level().as_str(),
            position: &notice.position,
            message: &notice.message,
            repeats: notice.repeats,
        }
    }
}

#[derive(Serialize)]
pub(super) struct FileEnd<'a> {
    pub file: &'a str,
    pub counts: &'a Counts,
    pub by_rule: Vec<RuleRow<'a>>,
    pub complete: bool,
}

#[derive(Serialize)]
pub(super) struct End<'a> {
    pub files: u64,
    pub counts: &'a Counts,
    pub by_rule: Vec<RuleRow<'a>>,
    pub complete: bool,
}

#[derive(Serialize)]
pub(super) struct RuleRow<'a> {
    pub rule: &'a str,
    pub name: &'a str,
    pub findings: u64,
    pub at_risk: Cents,
}
