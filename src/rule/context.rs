//! What a judge sees, and what it answers.

use std::cell::OnceCell;
use std::fmt;

use smallvec::SmallVec;

use crate::claim::{Claim, ServiceLine};
use crate::code::{Modifier, ProcedureCode};
use crate::date::{Date, DateRange};
use crate::finding::RuleId;
use crate::policy::{CodeScope, PayerClassId, Policy, PolicySet, Venue};

use super::hit::Spot;
use super::overflow::NotedModifiers;

/// A service line with everything around it.
pub(super) struct LineContext<'c, 'a> {
    pub set: &'c PolicySet,
    pub claim: &'c Claim<'a>,
    pub line: &'c ServiceLine<'a>,
    /// Index of the line in its claim.
    pub index: u32,
    /// Dates of service.
    pub dates: Option<DateRange>,
    /// The day whose rules apply.
    pub date: Option<Date>,
    pub payer: PayerClassId,
    pub venue: &'c Venue<'c>,
    /// Modifiers that notes of the claim name; looked for once for all lines.
    pub noted_for_all: &'c OnceCell<NotedModifiers>,
    /// Policies that may speak about the line, in pack order. They are in force for the kind of
    /// claim, the payer and the date.
    pub candidates: &'c [u32],
    /// Policies that know the line's code, diagnoses or modifiers, whether they speak or not.
    pub related: [&'c [u32]; 4],
    /// Modifiers that did not fit, one of the line says, and that notes name.
    pub noted: NotedModifiers,
}

/// What a judge found.
pub(super) struct Verdict {
    pub rule: RuleId,
    pub spot: Spot,
    pub message: String,
    /// The modifiers on the line that it is about.
    pub about: SmallVec<[Modifier; 4]>,
}

impl LineContext<'_, '_> {
    /// The code of the line, when it is of a code system that policies name.
    pub fn code(&self) -> Option<ProcedureCode> {
        named_code(self.line)
    }

    /// True when what a candidate asks of the line holds.
    pub fn applies(&self, candidate: &Policy) -> bool {
        self.conditions_hold(candidate) && self.is_meant(candidate)
    }

    /// True when the conditions of a candidate hold for the line.
    #[inline]
    pub fn conditions_hold(&self, candidate: &Policy) -> bool {
        candidate.conditions_hold(self.claim, self.line, self.venue)
    }

    /// False when the policy takes the code out of every code. Policies that list codes are
    /// candidates only because the line's code is listed, or judge diagnoses themselves.
    #[inline]
    pub fn is_meant(&self, policy: &Policy) -> bool {
        !matches!(policy.codes, CodeScope::AllBut(_)) || policy.codes.covers(self.code())
    }

    /// Those of `list` that the line carries, in the line's order, as often as it does.
    pub fn of(&self, list: &[Modifier]) -> impl Iterator<Item = Modifier> {
        self.line
            .modifiers
            .iter()
            .map(|(modifier, _)| *modifier)
            .filter(|modifier| list.contains(modifier))
    }

    /// The first of `list` that the line carries, in the line's order.
    pub fn first_of(&self, list: &[Modifier]) -> Option<Modifier> {
        self.of(list).next()
    }

    /// Those of `list` that the line carries, in the line's order, each once.
    pub fn present(&self, list: &[Modifier]) -> SmallVec<[Modifier; 4]> {
        let mut present = SmallVec::new();
        for modifier in self.of(list) {
            if !present.contains(&modifier) {
                present.push(modifier);
            }
        }
        present
    }

    /// True when the line carries one of `list`.
    pub fn carries_any(&self, list: &[Modifier]) -> bool {
        list.iter()
            .any(|modifier| self.line.has_modifier(*modifier))
    }

    /// True when a note names one of `list`, because the modifiers did not fit.
    pub fn notes_any(&self, list: &[Modifier]) -> bool {
        self.noted.named.iter().any(|noted| list.contains(noted))
    }

    /// True when a note has one of `list` as a word, whatever it says of it.
    pub fn mentions_any(&self, list: &[Modifier]) -> bool {
        let mut mentioned = self.noted.mentioned.iter();
        mentioned.any(|mentioned| list.contains(mentioned))
    }

    /// True when an item that the policy's parts belong to is billed on the claim.
    pub fn bills_base_of(&self, policy: &Policy) -> bool {
        let mut lines = self.claim.lines.iter();
        lines.any(|line| policy.base.covers(named_code(line)))
    }

    /// True when the line carries one of `list`, or a note names one that did not fit.
    pub fn has_any(&self, list: &[Modifier]) -> bool {
        self.carries_any(list) || self.notes_any(list)
    }

    /// The slot of a modifier of the line.
    pub fn spot_of(&self, modifier: Modifier) -> Spot {
        self.line
            .slot_of(modifier)
            .map_or(Spot::Segment, Spot::Modifier)
    }

    /// Where something is missing: at the code, or on the segment when there is none.
    pub fn spot_of_code(&self) -> Spot {
        spot_of_code(self.line)
    }

    /// What a message calls the line.
    pub fn subject(&self) -> Subject {
        Subject::of(self.line)
    }
}

/// Where something is missing: at the code, or on the segment when there is none.
pub(super) fn spot_of_code(line: &ServiceLine<'_>) -> Spot {
    if line.code.is_empty() {
        Spot::Segment
    } else {
        Spot::Code
    }
}

/// The code of a line unless its qualifier says that it is not a HCPCS or CDT code: HIPPS codes
/// (`HP`) and drug codes (`IV`, `WK`) look alike but mean something else.
#[inline]
pub(super) fn named_code(line: &ServiceLine<'_>) -> Option<ProcedureCode> {
    match line.qualifier {
        b"HP" | b"IV" | b"WK" => None,
        _ => line.procedure,
    }
}

/// The code, or "this line" when it has none that could be quoted.
#[derive(Clone, Copy)]
pub(super) struct Subject(Option<ProcedureCode>);

impl Subject {
    /// What a message calls this line. What has not the shape of a code may be anything, a name even.
    pub fn of(line: &ServiceLine<'_>) -> Self {
        Self(line.procedure.filter(|code| code.has_code_shape()))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(code) => code.fmt(f),
            None => f.write_str("this line"),
        }
    }
}

/// Modifiers in a sentence: `KX, GA or GZ`.
pub(super) struct Listed<'m>(pub &'m [Modifier], pub &'static str);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, modifier) in self.0.iter().enumerate() {
            match index {
                0 => {}
                _ if index + 1 == self.0.len() => write!(f, " {} ", self.1)?,
                _ => f.write_str(", ")?,
            }
            write!(f, "{modifier}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::ClaimKind;

    #[test]
    fn codes_of_other_systems_are_not_looked_up() {
        let mut line = ServiceLine::new(ClaimKind::Institutional);
        line.procedure = ProcedureCode::new(b"A0101");
        for (qualifier, is_named) in [("HC", true), ("AD", true), ("", true), ("HP", false)] {
            line.qualifier = qualifier.as_bytes();
            assert_eq!(named_code(&line).is_some(), is_named, "{qualifier}");
        }
    }

    #[test]
    fn modifiers_are_listed_as_in_a_sentence() {
        let all = ["KX", "GA", "GZ"].map(|m| Modifier::new(m.as_bytes()).unwrap());
        assert_eq!(Listed(&all, "or").to_string(), "KX, GA or GZ");
        assert_eq!(Listed(&all[..2], "and").to_string(), "KX and GA");
        assert_eq!(Listed(&all[..1], "and").to_string(), "KX");
        assert_eq!(Listed(&[], "and").to_string(), "");
    }
}
