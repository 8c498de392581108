//! Checks a `[[policy]]` by itself.

use std::collections::HashSet;

use toml::Spanned;

use crate::finding::RuleKind;

use super::assemble::month_and_day;
use super::codes;
use super::error::PackError;
use super::kinds;
use super::load::{BAD_CLAIM, BAD_PLACE, Pack, is_kind_of_claim, is_place};
use super::pack::{PolicyRow, WhenRow};
use super::pattern::{DiagnosisPrefix, DigitPattern};

const BAD_DIAGNOSIS: &str = "a diagnosis prefix is one to seven letters and digits";

impl Pack {
    pub(super) fn check_policy(&self, spanned: &Spanned<PolicyRow>) -> Result<(), PackError> {
        let row = spanned.get_ref();
        let fail = |message: &str| Err(self.error(row.id.span(), message));
        self.check_id(&row.id)?;
        self.check_texts(
            &[
                ("title", &row.title),
                ("advice", &row.advice),
                ("plain", &row.plain),
            ],
            row.id.span().start,
        )?;
        if row.source.is_empty() {
            return fail("a policy needs at least one source");
        }
        if matches!((row.from, row.to), (Some(from), Some(to)) if from > to) {
            return fail("the policy ends (to) before it begins (from)");
        }
        if let Some(message) = missing_part(row) {
            return fail(message);
        }
        self.check_kind(row)?;
        self.check_lists(row)?;
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
        self.check_when(&row.when, spanned.span().start)?;
        row.example
            .iter()
            .try_for_each(|row| self.check_example(row))
    }

    /// The id of a policy can be written in a comma separated list beside codes of rules.
    fn check_id(&self, id: &Spanned<String>) -> Result<(), PackError> {
        let word = id.get_ref();
        let is_word = |c: char| c.is_alphanumeric() || "_-.@".contains(c);
        if word.is_empty() || !word.chars().all(is_word) {
            return Err(self.error(
                id.span(),
                "the id of a policy is one word of letters, digits, _ and -, such as NORTHFIELD_PUMP",
            ));
        }
        let (head, tail) = word.split_at_checked(2).unwrap_or((word, ""));
        if head.eq_ignore_ascii_case("KX") && tail.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.error(
                id.span(),
                format!("{word} is taken for the code of a rule; a policy needs an id of its own"),
            ));
        }
        Ok(())
    }

    /// A policy has no key that its kind of rule would not read.
    fn check_kind(&self, row: &PolicyRow) -> Result<(), PackError> {
        let first = |list: &[Spanned<String>]| list.first().map(Spanned::span);
        let of = |value: &Option<Spanned<String>>| value.as_ref().map(Spanned::span);
        let id = row.id.span();
        let given = [
            ("alternatives", first(&row.alternatives)),
            ("with", first(&row.with)),
            ("together", first(&row.together)),
            ("doubtful", first(&row.doubtful)),
            ("finding-both", of(&row.finding_both)),
            ("threshold", of(&row.threshold)),
            ("until", of(&row.until)),
            ("same-day", row.same_day.then(|| id.clone())),
            ("sessions", row.sessions.map(|_| id.clone())),
            ("sex", row.sex.as_ref().map(|_| id.clone())),
            ("diagnoses", first(&row.diagnoses)),
            ("condition-code", row.condition_code.as_ref().map(|_| id)),
        ];
        for (key, span) in given {
            if let Some(span) = span.filter(|_| !kinds::is_taken(key, row.rule.as_str())) {
                return Err(self.error(span, kinds::misplaced(key, row.rule)));
            }
        }
        if let (Some(code), Some(sessions)) = (&row.finding_both, &row.sessions)
            && !sessions.per_month
        {
            let message = "finding-both belongs to sessions that are counted per-month";
            return Err(self.error(code.span(), message));
        }
        Ok(())
    }

    /// A modifier stands in one list, once.
    fn check_lists(&self, row: &PolicyRow) -> Result<(), PackError> {
        let lists = [
            ("modifiers", &row.modifiers),
            ("alternatives", &row.alternatives),
            ("with", &row.with),
            ("together", &row.together),
            ("doubtful", &row.doubtful),
        ];
        for (key, list) in lists {
            let mut seen = HashSet::new();
            if let Some(again) = list.iter().find(|text| !seen.insert(text.get_ref())) {
                let message = format!("{} stands twice in {key}", again.get_ref());
                return Err(self.error(again.span(), message));
            }
        }
        let is_in = |list: &[Spanned<String>], text: &Spanned<String>| {
            list.iter().any(|other| other.get_ref() == text.get_ref())
        };
        if let Some(both) = row
            .alternatives
            .iter()
            .find(|text| is_in(&row.modifiers, text))
        {
            let message = format!(
                "{} stands in modifiers and in alternatives: one of them is meant",
                both.get_ref()
            );
            return Err(self.error(both.span(), message));
        }
        if let [only] = &row.together[..] {
            return Err(self.error(only.span(), "together needs two modifiers or more"));
        }
        let is_unknown = |text: &&Spanned<String>| {
            !is_in(&row.modifiers, text) && !is_in(&row.alternatives, text)
        };
        if let Some(text) = row.together.iter().find(is_unknown) {
            let message = format!(
                "{} is neither in modifiers nor in alternatives, of which together names some",
                text.get_ref()
            );
            return Err(self.error(text.span(), message));
        }
        Ok(())
    }

    fn check_when(&self, when: &WhenRow, from: usize) -> Result<(), PackError> {
        let refuse =
            |value: &String, message: &str| Err(self.error(self.span_of(value, from), message));
        for value in &when.claims {
            if !is_kind_of_claim(value) {
                return refuse(value, BAD_CLAIM);
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
            if !is_place(value) {
                return refuse(value, BAD_PLACE);
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

/// What a policy of this kind cannot do without.
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
            Some("a policy of this kind needs modifiers")
        }
        Exclusive if row.modifiers.len() < 2 => {
            Some("an exclusive policy needs two modifiers or more")
        }
        RequiredWith | Conflict if row.with.is_empty() => {
            Some("a policy of this kind needs the other modifiers in with")
        }
        Threshold | RoutineUse if row.threshold.is_none() => {
            Some("a policy of this kind names its table of amounts in threshold")
        }
        RoutineUse if row.until.is_none() => {
            Some("a routine-use policy says in until, as 01-31, how long KX is early")
        }
        Sessions if row.sessions.is_none() => {
            Some("a sessions policy says in [policy.sessions] how visits are counted")
        }
        SexConflict if !matches!(row.sex.as_deref(), Some("F" | "M")) => {
            Some("a sex-conflict policy says in sex, F or M, whose codes these are")
        }
        SexConflict if row.codes.is_empty() && row.diagnoses.is_empty() => {
            Some("a sex-conflict policy needs codes or diagnoses")
        }
        _ => None,
    }
}
