//! Reads a pack and checks everything that the pack alone can tell.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;

use crate::code::Modifier;
use crate::finding::{DenialInfo, StatusInfo};
use crate::spelling::nearest;
use crate::x12::{Content, sniff};

use super::answers;
use super::codes;
use super::contractor::state;
use super::defaults;
use super::error::PackError;
use super::pack::{AdoptRow, PackFile, PayerRow, RuleRow, ThresholdRow};

/// A pack that was read and is sound by itself. What depends on other packs (finding codes,
/// payer classes, sets, amounts) is checked by [`PolicySet::new`](super::PolicySet::new).
#[derive(Debug)]
pub struct Pack {
    name: String,
    text: String,
    pub(super) file: PackFile,
}

/// "unknown field `advise`; did you mean `advice`?" instead of all fields that there are, when one
/// is near.
fn plainer(message: &str) -> String {
    let unknown = message.split_once(", expected one of ");
    let near = unknown.and_then(|(what, expected)| {
        let word = what.rsplit('`').nth(1)?;
        let near = nearest(word, expected.split('`').skip(1).step_by(2))?;
        Some(format!("{what}; did you mean `{near}`?"))
    });
    near.unwrap_or_else(|| message.to_owned())
}

impl Pack {
    /// Reads a pack. `name` stands in error messages, as a rule its path.
    ///
    /// # Errors
    /// When the text is not TOML, has unknown or missing fields, or contradicts itself.
    pub fn parse(name: &str, text: &str) -> Result<Self, PackError> {
        let file: PackFile = defaults::read(text).map_err(|error| {
            let message = plainer(error.message().trim());
            PackError::at(name, text, error.span().unwrap_or(0..0), message)
        })?;
        let pack = Self {
            name: name.to_owned(),
            text: text.to_owned(),
            file,
        };
        pack.check()?;
        Ok(pack)
    }

    /// Reads a pack file.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Self::parse`].
    pub fn read(path: &Path) -> Result<Self, PackError> {
        let name = path.display().to_string();
        let bytes = fs::read(path)
            .map_err(|error| PackError::new(&name, format!("cannot read the pack: {error}")))?;
        if let Content::X12 { .. } = sniff(&bytes) {
            return Err(PackError::new(
                &name,
                "this is an X12 file; expected a policy pack (TOML)",
            ));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let end = error.utf8_error().valid_up_to();
            let line = memchr::memchr_iter(b'\n', &error.as_bytes()[..end]).count() + 1;
            PackError::new(
                &name,
                format!("line {line} is not UTF-8, as a pack must be"),
            )
        })?;
        Self::parse(&name, &text)
    }

    /// The name that it was read under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the file says.
    pub const fn file(&self) -> &PackFile {
        &self.file
    }

    /// What was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// An error at a byte range of the pack.
    pub(super) fn error(&self, span: Range<usize>, message: impl Into<String>) -> PackError {
        PackError::at(&self.name, &self.text, span, message)
    }

    /// Where a quoted value stands behind `from`, for values that carry no span of their own.
    pub(super) fn span_of(&self, value: &str, from: usize) -> Range<usize> {
        let quoted = format!("\"{value}\"");
        self.text
            .get(from..)
            .and_then(|rest| rest.find(&quoted))
            .map_or(from..from + 1, |at| from + at..from + at + quoted.len())
    }

    fn check(&self) -> Result<(), PackError> {
        let head = &self.file.pack;
        self.check_texts(
            &[
                ("id", &head.id),
                ("version", &head.version),
                ("title", &head.title),
            ],
            0,
        )?;
        let mut seen = HashSet::new();
        for rule in &self.file.rules {
            self.check_rule(rule)?;
            let answers = (rule.status.as_ref(), rule.denial.as_ref());
            self.check_answers(answers, rule.code.span().start)?;
            self.unique(&mut seen, &rule.code, "rule")?;
        }
        let mut years = HashSet::new();
        for row in &self.file.thresholds {
            self.check_threshold(row, &mut years)?;
        }
        for row in &self.file.payers {
            self.check_payer(row)?;
        }
        for row in &self.file.jurisdictions {
            if row.codes.get_ref().is_empty() {
                return Err(self.error(row.codes.span(), "a jurisdiction needs codes"));
            }
        }
        for row in &self.file.adoptions {
            self.check_adoption(row)?;
        }
        for values in self.file.sets.values() {
            for value in values.get_ref().iter().filter(|v| !v.starts_with('@')) {
                codes::expand(value, &mut Vec::new()).map_err(|message| {
                    self.error(self.span_of(value, values.span().start), message)
                })?;
            }
        }
        let mut seen = HashSet::new();
        for policy in &self.file.policies {
            self.check_policy(policy)?;
            self.unique(&mut seen, &policy.get_ref().id, "policy")?;
        }
        Ok(())
    }

    /// Texts that are printed, or tell one thing from another.
    pub(super) fn check_texts(
        &self,
        texts: &[(&str, &String)],
        from: usize,
    ) -> Result<(), PackError> {
        for (key, text) in texts {
            if text.trim().is_empty() {
                let message = format!("expected a text for {key}, and it is empty");
                return Err(self.error(self.span_of(text, from), message));
            }
        }
        Ok(())
    }

    fn check_payer(&self, row: &PayerRow) -> Result<(), PackError> {
        let span = row.class.span();
        let is_for_all =
            row.filing_indicators.is_empty() && row.ids.is_empty() && row.names.is_empty();
        if is_for_all {
            return Err(self.error(
                span,
                "a payer row needs filing-indicators, ids or names; this one would match everybody",
            ));
        }
        if row.contractor.is_some() && row.ids.is_empty() {
            return Err(self.error(span, "a contractor is known by its ids"));
        }
        let texts = row
            .filing_indicators
            .iter()
            .chain(&row.ids)
            .chain(&row.names);
        for text in texts {
            if matches!(text.trim(), "" | "=") {
                return Err(self.error(
                    self.span_of(text, span.start),
                    "a filing indicator, id or name of a payer cannot be empty",
                ));
            }
        }
        self.check_states(&row.states, span.start)?;
        self.check_states(&row.provider_states, span.start)
    }

    fn unique<'s>(
        &self,
        seen: &mut HashSet<&'s str>,
        id: &'s Spanned<String>,
        what: &str,
    ) -> Result<(), PackError> {
        if seen.insert(id.get_ref()) {
            return Ok(());
        }
        let message = format!("{what} {} is defined twice in this pack", id.get_ref());
        Err(self.error(id.span(), message))
    }

    fn check_rule(&self, rule: &RuleRow) -> Result<(), PackError> {
        let code = rule.code.get_ref().as_bytes();
        let is_code =
            code.len() == 5 && code.starts_with(b"KX") && code[2..].iter().all(u8::is_ascii_digit);
        if !is_code {
            return Err(self.error(rule.code.span(), "a rule code is KX and three digits"));
        }
        if code[2] == b'9' {
            return Err(self.error(
                rule.code.span(),
                "KX900 to KX999 are codes of notices; KX801 to KX899 are free for packs",
            ));
        }
        self.check_texts(
            &[
                ("title", &rule.title),
                ("plain", &rule.plain),
                ("details", &rule.details),
            ],
            rule.code.span().start,
        )?;
        let is_kebab = rule.name.starts_with(|c: char| c.is_ascii_lowercase())
            && !rule.name.ends_with('-')
            && !rule.name.contains("--")
            && rule
                .name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_kebab {
            return Err(self.error(
                self.span_of(&rule.name, rule.code.span().start),
                "a rule name is kebab-case, such as missing-kx",
            ));
        }
        Ok(())
    }

    fn check_threshold<'s>(
        &self,
        row: &'s ThresholdRow,
        years: &mut HashSet<(&'s str, i16)>,
    ) -> Result<(), PackError> {
        if !(1900..=2200).contains(&row.year) {
            let message = format!(
                "expected a year from 1900 to 2200, such as 2026, not {}",
                row.year
            );
            return Err(self.error(row.table.span(), message));
        }
        if row.dollars <= 0 {
            return Err(self.error(row.table.span(), "dollars must be more than zero"));
        }
        if !years.insert((row.table.get_ref(), row.year)) {
            let message = format!("{} has two amounts for {}", row.table.get_ref(), row.year);
            return Err(self.error(row.table.span(), message));
        }
        Ok(())
    }

    /// Codes in which payers answer.
    pub(super) fn check_answers(
        &self,
        (status, denial): (Option<&StatusInfo>, Option<&DenialInfo>),
        from: usize,
    ) -> Result<(), PackError> {
        let status = status.and_then(answers::status_fault);
        let denial = || denial.and_then(answers::denial_fault);
        let Some((key, value, expected)) = status.or_else(denial) else {
            return Ok(());
        };
        let rest = self.text.get(from..).unwrap_or_default();
        let from = from + rest.find(key).unwrap_or_default();
        Err(self.error(self.span_of(value, from), expected))
    }

    pub(super) fn check_modifier(
        &self,
        modifier: &str,
        span: Range<usize>,
    ) -> Result<(), PackError> {
        if is_clean_modifier(modifier) {
            return Ok(());
        }
        Err(self.error(span, BAD_MODIFIER))
    }

    fn check_adoption(&self, row: &AdoptRow) -> Result<(), PackError> {
        if row.source.is_empty() {
            return Err(self.error(
                row.policy.span(),
                "an adopted policy needs at least one source",
            ));
        }
        if matches!((row.from, row.to), (Some(from), Some(to)) if from > to) {
            return Err(self.error(
                row.policy.span(),
                "the policy ends (to) before it begins (from)",
            ));
        }
        row.example
            .iter()
            .try_for_each(|row| self.check_example(row))
    }

    pub(super) fn check_states(&self, states: &[String], from: usize) -> Result<(), PackError> {
        let is_bad = |text: &&String| !is_state(text);
        states.iter().find(is_bad).map_or(Ok(()), |text| {
            Err(self.error(self.span_of(text, from), BAD_STATE))
        })
    }
}

pub(super) const BAD_CLAIM: &str = "a kind of claim is P, I or D";
pub(super) const BAD_MODIFIER: &str = "a modifier is two capital letters or digits";
pub(super) const BAD_PLACE: &str = "a place of service is two digits";
pub(super) const BAD_STATE: &str = "a state is two capital letters, such as KY";

pub(super) fn is_kind_of_claim(text: &str) -> bool {
    matches!(text, "P" | "I" | "D")
}

pub(super) fn is_clean_modifier(text: &str) -> bool {
    // A lower-case letter would silently match; in a pack it is a slip.
    !text.bytes().any(|byte| byte.is_ascii_lowercase()) && Modifier::new(text.as_bytes()).is_some()
}

pub(super) fn is_state(text: &str) -> bool {
    state(text.as_bytes()).is_some() && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

pub(super) fn is_place(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())
}
