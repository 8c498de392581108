//! What of a policy rules most lines out, without a look at the policy itself.

use crate::claim::ServiceLine;
use crate::code::Modifier;
use crate::date::Date;
use crate::finding::RuleKind;
use crate::policy::{ModifierMask, Policy};

/// What gates look at, worked out once for a line.
#[derive(Clone, Copy)]
pub(super) struct Traits {
    /// The date of service; without one, all days between the ends of time, so that only a policy
    /// that knows no dates speaks.
    days: (i32, i32),
    carried: ModifierMask,
}

/// What a line carries, as gates ask for it: its modifiers, [`ModifierMask::ANY_LINE`], and
/// [`ModifierMask::REPETITION`] where one modifier may stand twice.
#[inline]
pub(super) fn carried_by(line: &ServiceLine<'_>) -> ModifierMask {
    let mut carried = ModifierMask::ANY_LINE;
    for (modifier, _) in &line.modifiers {
        let one = ModifierMask::of(*modifier);
        if carried.may_meet(one) {
            carried = carried.union(ModifierMask::REPETITION);
        }
        carried = carried.union(one);
    }
    carried
}

impl Traits {
    /// Those of a line that carries this, on the date whose rules apply.
    #[inline]
    pub fn new(carried: ModifierMask, date: Option<Date>) -> Self {
        Self {
            days: date.map_or((i32::MIN, i32::MAX), |date| (ordinal(date), ordinal(date))),
            carried,
        }
    }

    /// What the line carries: see [`carried_by`].
    #[inline]
    pub const fn carried(&self) -> ModifierMask {
        self.carried
    }

    /// False when the line carries none of these.
    #[inline]
    pub const fn may_carry(&self, modifiers: ModifierMask) -> bool {
        self.carried.may_meet(modifiers)
    }
}

/// Dates as numbers that order alike.
fn ordinal(date: Date) -> i32 {
    i32::from(date.year()) << 9 | i32::from(date.month()) << 5 | i32::from(date.day())
}

/// Conditions without which a policy says nothing about a line. Kind of claim and payer are not
/// among them: they are the same for all lines of a claim.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    first_day: i32,
    last_day: i32,
    /// The line has one of each.
    needs: [ModifierMask; 3],
}

impl Gate {
    pub fn of(policy: &Policy) -> Self {
        let mask = |list: &[Modifier]| list.iter().copied().collect();
        let conditions = policy.conditions.as_deref();
        let needs = [
            if policy.kind == RuleKind::DuplicateModifier {
                Some(ModifierMask::REPETITION)
            } else {
                policy.triggers().map(mask)
            },
            Some(mask(&policy.with)).filter(|_| policy.kind == RuleKind::Conflict),
            conditions
                .map(|conditions| conditions.modifiers.as_slice())
                .filter(|modifiers| !modifiers.is_empty())
                .map(mask),
        ];
        Self {
            first_day: policy.from.map_or(i32::MIN, ordinal),
            last_day: policy.to.map_or(i32::MAX, ordinal),
            // What needs one of no modifiers never speaks.
            needs: needs.map(|need| need.unwrap_or(ModifierMask::ANY_LINE)),
        }
    }

    /// False when the policy cannot speak about a line with these traits. All is looked at, since no branch on what lines
    /// carry is foreseen well.
    #[inline]
    pub const fn lets(&self, line: Traits) -> bool {
        let [one, other, third] = self.needs;
        line.may_carry(one) & line.may_carry(other) & line.may_carry(third) & self.is_open_on(line)
    }

    /// False when the policy is not in force on the day.
    #[inline]
    pub const fn is_open_on(&self, line: Traits) -> bool {
        self.first_day <= line.days.0 && line.days.1 <= self.last_day
    }

    /// The line has one of each.
    pub const fn needs(&self) -> [ModifierMask; 3] {
        self.needs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::ClaimKind;
    use crate::rule::example::test_set;

    fn lets(policy: &str, modifiers: &[&str], date: Option<Date>) -> bool {
        let gate = Gate::of(&test_set(&[policy]).policies()[0]);
        let mut line = ServiceLine::new(ClaimKind::Professional);
        for (slot, modifier) in (0..).zip(modifiers) {
            let modifier = Modifier::new(modifier.as_bytes()).unwrap();
            line.modifiers.push((modifier, slot));
        }
        gate.lets(Traits::new(carried_by(&line), date))
    }

    #[test]
    fn both_sides_of_a_pair_are_needed() {
        let pair = "rule = \"conflict\"\nfinding = \"KX808\"\nmodifiers = [\"KX\"]\nwith = [\"GA\"]\nwhen = { modifiers = [\"GP\"] }";
        assert!(lets(pair, &["GP", "KX", "GA"], None));
        for part in [&["GP", "KX"][..], &["GP", "GA"], &["KX", "GA"], &[]] {
            assert!(!lets(pair, part, None), "{part:?}");
        }
    }

    #[test]
    fn a_repetition_is_needed_where_one_is_sought() {
        let repeat = "rule = \"duplicate-modifier\"\nfinding = \"KX809\"";
        assert!(lets(repeat, &["59", "GP", "59"], None));
        assert!(!lets(repeat, &["59", "GP"], None));
    }

    #[test]
    fn both_ends_of_the_dates_count() {
        let dated = "rule = \"required\"\nfinding = \"KX805\"\ncodes = [\"E0601\"]\nmodifiers = [\"KX\"]\nfrom = \"2025-12-31\"\nto = \"2026-02-01\"";
        for (date, is_in) in [
            ((2025, 12, 30), false),
            ((2025, 12, 31), true),
            ((2026, 1, 31), true),
            ((2026, 2, 1), true),
            ((2026, 2, 2), false),
        ] {
            let date = Date::new(date.0, date.1, date.2).unwrap();
            assert_eq!(lets(dated, &[], Some(date)), is_in, "{date}");
        }
        assert!(!lets(dated, &[], None));
        let undated = dated.split("from").next().unwrap();
        assert!(lets(undated, &[], None));
    }
}
