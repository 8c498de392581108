//! What differs between the findings of one claim.

use crate::finding::{
    Catalogue, ClaimOutcome, Finding, LineOutcome, PolicyInfo, RuleInfo, RunSummary,
};
use crate::money::Cents;

/// A finding of one side, with what it refers to.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Its line; `None` when it is about the claim.
    pub line: Option<&'a LineOutcome>,
    /// Its rule.
    pub rule: &'a RuleInfo,
    /// Its policy.
    pub policy: &'a PolicyInfo,
}

impl<'a> Seen<'a> {
    fn all(side: Option<(&'a Catalogue, &'a ClaimOutcome)>) -> Vec<Self> {
        let Some((catalogue, claim)) = side else {
            return Vec::new();
        };
        let findings = claim.findings.iter();
        findings
            .map(|finding| Self {
                finding,
                line: finding.line.map(|line| &claim.lines[line as usize]),
                rule: catalogue.rule(finding.rule),
                policy: catalogue.policy(finding.policy),
            })
            .collect()
    }

    /// Where the line stands; the claim as a whole comes first.
    fn place(&self) -> Option<u64> {
        self.line.map(|line| line.place.offset)
    }

    fn is_about_the_same(&self, other: &Self) -> bool {
        self.place() == other.place() && self.rule.code == other.rule.code
    }

    fn is_the_same(&self, other: &Self) -> bool {
        let (one, two) = (self.finding, other.finding);
        self.policy.id == other.policy.id
            && one.severity == two.severity
            && one.certainty == two.certainty
            && one.message == two.message
            && one.at_risk == two.at_risk
    }
}

/// A difference.
pub enum Change<'a> {
    /// Only the new policies find it.
    Added(Seen<'a>),
    /// Only the old policies find it.
    Removed(Seen<'a>),
    /// Both find it on the line under the rule, but not alike: old and new.
    Changed(Seen<'a>, Seen<'a>),
}

impl<'a> Change<'a> {
    /// `+`, `-` or `~`.
    pub const fn sign(&self) -> char {
        match self {
            Self::Added(_) => '+',
            Self::Removed(_) => '-',
            Self::Changed(..) => '~',
        }
    }

    /// The finding as it is in the end.
    pub const fn seen(&self) -> Seen<'a> {
        match self {
            Self::Added(seen) | Self::Removed(seen) | Self::Changed(_, seen) => *seen,
        }
    }

    /// The finding as it was, when it changed.
    pub const fn before(&self) -> Option<Seen<'a>> {
        match self {
            Self::Changed(before, _) => Some(*before),
            Self::Added(_) | Self::Removed(_) => None,
        }
    }
}

/// What differs between the findings of a claim under old and new policies, by line.
pub fn changes<'a>(
    old: Option<(&'a Catalogue, &'a ClaimOutcome)>,
    new: Option<(&'a Catalogue, &'a ClaimOutcome)>,
) -> Vec<Change<'a>> {
    let mut new = Seen::all(new);
    let mut changes = Vec::new();
    for before in Seen::all(old) {
        let same = |after: &Seen<'_>| before.is_about_the_same(after);
        let policy = |after: &Seen<'_>| same(after) && before.policy.id == after.policy.id;
        let at = new
            .iter()
            .position(policy)
            .or_else(|| new.iter().position(same));
        match at.map(|at| new.remove(at)) {
            None => changes.push(Change::Removed(before)),
            Some(after) if before.is_the_same(&after) => {}
            Some(after) => changes.push(Change::Changed(before, after)),
        }
    }
    changes.extend(new.into_iter().map(Change::Added));
    changes.sort_by_key(|change| change.seen().place());
    changes
}

/// How many findings, and their amounts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    /// Findings.
    pub findings: u64,
    /// Amounts at risk by these findings; a line with two counts twice.
    pub at_risk: Cents,
}

/// What one side found in all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// Findings.
    pub findings: u64,
    /// Lines at risk.
    pub lines: u64,
    /// Their charges, each line once.
    pub at_risk: Cents,
}

impl From<RunSummary> for Found {
    fn from(summary: RunSummary) -> Self {
        let counts = &summary.counts;
        Self {
            findings: counts.errors + counts.warnings + counts.infos,
            lines: counts.lines_at_risk,
            at_risk: counts.charge_at_risk,
        }
    }
}

/// Totals of a comparison.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Found by the new policies only.
    pub added: Sum,
    /// Found by the old policies only.
    pub removed: Sum,
    /// Found by both, not alike; amounts of the new side.
    pub changed: Sum,
    /// Everything that the old policies found.
    pub old: Found,
    /// Everything that the new policies found.
    pub new: Found,
    /// Both sides read everything.
    pub complete: bool,
}

impl Totals {
    /// Adds the changes of a claim.
    pub fn add(&mut self, changes: &[Change<'_>]) {
        for change in changes {
            let sum = match change {
                Change::Added(_) => &mut self.added,
                Change::Removed(_) => &mut self.removed,
                Change::Changed(..) => &mut self.changed,
            };
            sum.findings += 1;
            sum.at_risk = sum.at_risk.plus(change.seen().finding.at_risk);
        }
    }

    /// True when nothing differs.
    pub const fn is_same(&self) -> bool {
        self.added.findings + self.removed.findings + self.changed.findings == 0
    }
}
