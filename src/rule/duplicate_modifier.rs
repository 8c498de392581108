//! `duplicate-modifier`: one of `modifiers` (any modifier when there are none) stands twice.

use smallvec::smallvec;

use crate::claim::ServiceLine;
use crate::code::Modifier;
use crate::policy::Policy;

use super::context::{LineContext, Verdict};
use super::hit::Spot;

pub(super) fn judge(policy: &Policy, line: &LineContext<'_, '_>) -> Option<Verdict> {
    let (modifier, slot) = repeats(line.line)
        .find(|(m, _)| policy.modifiers.is_empty() || policy.modifiers.contains(m))?;
    Some(Verdict {
        rule: policy.rule,
        spot: Spot::Modifier(slot),
        message: format!("{} carries {modifier} more than once", line.subject()),
        about: smallvec![modifier],
    })
}

/// Modifiers that stood in an earlier slot already, with the slot of the repetition.
pub(super) fn repeats<'l>(line: &'l ServiceLine<'_>) -> impl Iterator<Item = (Modifier, u8)> + 'l {
    let all = &line.modifiers;
    all.iter()
        .enumerate()
        .filter(|(index, (modifier, _))| all[..*index].iter().any(|(m, _)| m == modifier))
        .map(|(_, repeat)| *repeat)
}

#[cfg(test)]
mod tests {
    use crate::rule::example::check;

    #[test]
    fn twice_is_a_finding() {
        let any = "rule = \"duplicate-modifier\"\nfinding = \"KX809\"\n";
        check(any, &["97110:GP:KX", "97110"], &[]);
        check(
            any,
            &["97110:59:GP:59"],
            &["KX809 97110 carries 59 more than once"],
        );
        let only_kx = format!("{any}modifiers = [\"KX\"]\n");
        check(&only_kx, &["97110:59:GP:59"], &[]);
        check(
            &only_kx,
            &["97110:KX:KX"],
            &["KX809 97110 carries KX more than once"],
        );
    }
}
