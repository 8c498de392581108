//! Reads a pack and checks everything that the pack alone can tell.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;

use crate::code::Modifier;
use crate::finding::{DenialInfo, RuleKind, StatusInfo};
use crate::spelling::nearest;
use crate::x12::{Content, sniff};

use super::answers;
use super::assemble::month_and_day;
use super::codes;
use super::contractor::state;
use super::defaults;
use super::error::PackError;
use super::pack::{AdoptRow, PackFile, PolicyRow, RuleRow, ThresholdRow, WhenRow};
use super::pattern::{DiagnosisPrefix, DigitPattern};

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
        let text = fs::read_to_string(path)
            .map_err(|error| PackError::new(&name, format!("cannot read the pack: {error}")))?;
        if let Content::X12 { .. } = sniff(text.as_bytes()) {
            return Err(PackError::new(
                &name,
                "this is an X12 file; expected a policy pack (TOML)",
            ));
        }
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
        if self.file.pack.id.is_empty() {
            return Err(self.error(self.span_of("", 0), "a pack needs an id"));
        }
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
            let is_for_all =
                row.filing_indicators.is_empty() && row.ids.is_empty() && row.names.is_empty();
            if is_for_all {
                return Err(self.error(
                    row.class.span(),
                    "a payer row needs filing-indicators, ids or names; this one would match everybody",
                ));
            }
            if row.contractor.is_some() && row.ids.is_empty() {
                return Err(self.error(row.class.span(), "a contractor is known by its ids"));
            }
            self.check_states(&row.states, row.class.span().start)?;
            self.check_states(&row.provider_states, row.class.span().start)?;
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
        if row.dollars <= 0 {
            return Err(self.error(row.table.span(), "dollars must be more than zero"));
        }
        if !years.insert((row.table.get_ref(), row.year)) {
            let message = format!("{} has two amounts for {}", row.table.get_ref(), row.year);
            return Err(self.error(row.table.span(), message));
        }
        Ok(())
    }

    fn check_policy(&self, spanned: &Spanned<PolicyRow>) -> Result<(), PackError> {
        let row = spanned.get_ref();
        let fail = |message: &str| Err(self.error(row.id.span(), message));
        if row.source.is_empty() {
            return fail("a policy needs at least one source");
        }
        if matches!((row.from, row.to), (Some(from), Some(to)) if from > to) {
            return fail("the policy ends (to) before it begins (from)");
        }
        if let Some(message) = missing_part(row) {
            return fail(message);
        }
        let is_monthly = row.sessions.is_some_and(|sessions| sessions.per_month);
        let may_have_both = match row.rule {
            RuleKind::OneOf | RuleKind::Exclusive => true,
            RuleKind::Sessions => is_monthly,
            _ => false,
        };
        if row.finding_both.is_some() && !may_have_both {
            return fail(
                "finding-both belongs to one-of, exclusive and monthly sessions policies only",
            );
        }
        if let Some(sessions) = &row.sessions {
            let is_windowed = sessions.within_days.is_some() || sessions.first_days.is_some();
            if sessions.per_month && is_windowed {
                return fail("sessions are counted per-month or in a window of days, not both");
            }
            if !sessions.per_month && sessions.free_long_month.is_some() {
                return fail("free-long-month belongs to sessions that are counted per-month");
            }
        }
        if let Some(until) = &row.until
            && month_and_day(until.get_ref()).is_none()
        {
            return Err(self.error(until.span(), "expected month and day, such as 01-31"));
        }
        for list in [&row.codes, &row.except_codes, &row.base] {
            for entry in list.iter().filter(|e| !e.get_ref().starts_with('@')) {
                codes::expand(entry.get_ref(), &mut Vec::new())
                    .map_err(|message| self.error(entry.span(), message))?;
            }
        }
        for modifier in row
            .modifiers
            .iter()
            .chain(&row.alternatives)
            .chain(&row.together)
            .chain(&row.with)
            .chain(&row.doubtful)
        {
            self.check_modifier(modifier.get_ref(), modifier.span())?;
        }
        for prefix in &row.diagnoses {
            if DiagnosisPrefix::new(prefix.get_ref()).is_none() {
                return Err(self.error(prefix.span(), BAD_DIAGNOSIS));
            }
        }
        let answers = (row.status.as_ref(), row.denial.as_ref());
        self.check_answers(answers, spanned.span().start)?;
        self.check_when(&row.when, spanned.span().start)
    }

    /// Codes in which payers answer.
    fn check_answers(
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

    fn check_modifier(&self, modifier: &str, span: Range<usize>) -> Result<(), PackError> {
        let clean = !modifier.bytes().any(|byte| byte.is_ascii_lowercase());
        if clean && Modifier::new(modifier.as_bytes()).is_some() {
            return Ok(());
        }
        Err(self.error(span, "a modifier is two capital letters or digits"))
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
        Ok(())
    }

    fn check_states(&self, states: &[String], from: usize) -> Result<(), PackError> {
        let is_bad = |text: &&String| {
            state(text.as_bytes()).is_none() || text.bytes().any(|byte| byte.is_ascii_lowercase())
        };
        states.iter().find(is_bad).map_or(Ok(()), |text| {
            Err(self.error(
                self.span_of(text, from),
                "a state is two capital letters, such as KY",
            ))
        })
    }

    fn check_when(&self, when: &WhenRow, from: usize) -> Result<(), PackError> {
        let refuse =
            |value: &String, message: &str| Err(self.error(self.span_of(value, from), message));
        for value in &when.claims {
            if !matches!(value.as_str(), "P" | "I" | "D") {
                return refuse(value, "a kind of claim is P, I or D");
            }
        }
        self.check_states(&when.states, from)?;
        for value in &when.bill_types {
            if DigitPattern::new(value).is_none() || !(3..=4).contains(&value.len()) {
                return refuse(value, "a type of bill is three digits, X for any: 13X");
            }
        }
        for value in &when.revenue_codes {
            if DigitPattern::new(value).is_none() || value.len() != 4 {
                return refuse(value, "a revenue code is four digits, X for any: 042X");
            }
        }
        for value in &when.places {
            if value.len() != 2 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
                return refuse(value, "a place of service is two digits");
            }
        }
        for value in when
            .diagnoses
            .iter()
            .chain(&when.not_diagnoses)
            .chain(&when.claim_not_diagnoses)
        {
            if DiagnosisPrefix::new(value).is_none() {
                return refuse(value, BAD_DIAGNOSIS);
            }
        }
        for value in when.modifiers.iter().chain(&when.not_modifiers) {
            self.check_modifier(value, self.span_of(value, from))?;
        }
        Ok(())
    }
}

const BAD_DIAGNOSIS: &str = "a diagnosis prefix is one to seven letters and digits";

/// What a policy of this kind cannot do without, or cannot have.
fn missing_part(row: &PolicyRow) -> Option<&'static str> {
    use RuleKind::{
        Conflict, Exclusive, MustNot, NoPolicy, OneOf, Optional, Overflow, Required, RequiredWith,
        RoutineUse, Sessions, SexConflict, Threshold, Uniform,
    };
    match row.rule {
        OneOf | Required | MustNot | RequiredWith | Conflict | NoPolicy | Overflow | Optional
        | Sessions | Uniform | RoutineUse
            if row.modifiers.is_empty() =>
        {
            return Some("a policy of this kind needs modifiers");
        }
        Exclusive if row.modifiers.len() < 2 => {
            return Some("an exclusive policy needs two modifiers or more");
        }
        RequiredWith | Conflict if row.with.is_empty() => {
            return Some("a policy of this kind needs the other modifiers in with");
        }
        Threshold | RoutineUse if row.threshold.is_none() => {
            return Some("a policy of this kind names its table of amounts in threshold");
        }
        RoutineUse if row.until.is_none() => {
            return Some("a routine-use policy says in until, as 01-31, how long KX is early");
        }
        Sessions if row.sessions.is_none() => {
            return Some("a sessions policy says in [policy.sessions] how visits are counted");
        }
        SexConflict if !matches!(row.sex.as_deref(), Some("F" | "M")) => {
            return Some("a sex-conflict policy says in sex, F or M, whose codes these are");
        }
        SexConflict if row.codes.is_empty() && row.diagnoses.is_empty() => {
            return Some("a sex-conflict policy needs codes or diagnoses");
        }
        _ => {}
    }
    if row.threshold.is_some() && !matches!(row.rule, Threshold | RoutineUse) {
        return Some("threshold belongs to threshold and routine-use policies only");
    }
    if row.same_day && row.rule != Uniform {
        return Some("same-day belongs to uniform policies only");
    }
    if row.until.is_some() && row.rule != RoutineUse {
        return Some("until belongs to routine-use policies only");
    }
    if row.sessions.is_some() && row.rule != Sessions {
        return Some("sessions belong to sessions policies only");
    }
    let is_about_sex =
        row.sex.is_some() || !row.diagnoses.is_empty() || row.condition_code.is_some();
    if is_about_sex && row.rule != SexConflict {
        return Some(
            "sex, diagnoses and condition-code belong to sex-conflict policies only; conditions go into when",
        );
    }
    None
}
