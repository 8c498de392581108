//! What a payer decided, as far as predictions are concerned.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use smallvec::SmallVec;

use super::known::KnownReasons;
use crate::code::{Modifier, ProcedureCode, ReasonCode};
use crate::date::{Date, DateRange};
use crate::money::Cents;
use crate::remittance::{Adjustment, RemittedClaim, RemittedLine};
use crate::text::Text;

/// A reason: `CO-16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub group: ReasonCode,
    pub carc: ReasonCode,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.group, self.carc)
    }
}

/// How a line was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something was allowed, if only to be paid by the patient as deductible or coinsurance; or what was
    /// not paid is contractual.
    Paid,
    /// Something was allowed, and something was not for a reason that policies know.
    Reduced,
    /// Nothing was allowed, for other reasons than contractual ones.
    Denied,
    /// It cannot be told: nothing charged, or neither paid nor adjusted.
    Unclear,
}

/// A decision on a line, or on a claim as a whole.
#[derive(Clone, Debug)]
pub(super) struct DecidedLine {
    pub code: Option<ProcedureCode>,
    pub date: Option<Date>,
    /// REF*6R.
    pub control_number: Text,
    /// As the payer has them.
    pub modifiers: SmallVec<[Modifier; 4]>,
    pub outcome: Outcome,
    /// Why it was denied or reduced, what policies know first; empty when it was not.
    pub reasons: Vec<Reason>,
    pub remarks: Vec<ReasonCode>,
}

impl DecidedLine {
    fn new(line: &RemittedLine, claim: &RemittedClaim, known: &KnownReasons<'_>) -> Self {
        let empty = Box::default();
        let told = line.reasons.as_ref().unwrap_or(&empty);
        let is_paid = line.allowed > Cents::ZERO || told.paid > Cents::ZERO;
        let is_denying = |one: &&Adjustment| is_denying(one);
        // A claim that is denied as a whole need not say so again on its lines.
        let of_line = told.adjustments.iter().any(|one| is_denying(&one));
        let adjustments = if is_paid || of_line {
            &told.adjustments
        } else {
            &claim.adjustments
        };
        let remarks = remarks(&told.remarks, adjustments, claim);
        let adjusted = told.adjustments.iter().any(|one| one.amount != Cents::ZERO);
        let (outcome, reasons) = decide(
            is_paid,
            adjusted,
            claim.is_denial(),
            adjustments.iter().filter(is_denying),
            &|reason| known.knows(reason, remarks),
        );
        Self {
            code: line.code,
            date: line.date,
            control_number: told.control_number.clone(),
            modifiers: told.modifiers.iter().copied().collect(),
            remarks: if reasons.is_empty() {
                Vec::new()
            } else {
                remarks.to_vec()
            },
            outcome,
            reasons,
        }
    }

    fn of_claim(claim: &RemittedClaim, known: &KnownReasons<'_>) -> Self {
        let allowed = claim.adjustments.iter().filter(|one| one.is_allowed());
        let allowed: Cents = allowed.map(|one| one.amount).sum();
        let adjusted = claim
            .adjustments
            .iter()
            .any(|one| one.amount != Cents::ZERO);
        let (outcome, reasons) = decide(
            claim.paid.plus(allowed) > Cents::ZERO,
            adjusted,
            claim.is_denial(),
            claim.adjustments.iter().filter(|one| is_denying(one)),
            &|reason| known.knows(reason, &claim.remarks),
        );
        Self {
            code: None,
            date: None,
            control_number: Text::default(),
            modifiers: SmallVec::new(),
            outcome,
            reasons,
            remarks: claim.remarks.clone(),
        }
    }

    /// Takes up a part of the same line that was decided on apart.
    fn join(&mut self, part: Self) {
        if part.outcome != self.outcome {
            self.outcome = match (self.outcome, part.outcome) {
                (Outcome::Unclear, other) | (other, Outcome::Unclear) => other,
                _ => Outcome::Reduced,
            };
        }
        for reason in part.reasons {
            if !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
        for remark in part.remarks {
            if !self.remarks.contains(&remark) {
                self.remarks.push(remark);
            }
        }
    }

    /// Reason and remarks: `CO-16 N822`; a denial without any is `no reason given`.
    pub fn text(&self, reason: Option<&Reason>) -> String {
        let mut text = reason.map_or("no reason given".to_owned(), Reason::to_string);
        let mut remarks = self.remarks.clone();
        remarks.sort_unstable();
        remarks.dedup();
        for remark in remarks {
            let _ = write!(text, " {remark}");
        }
        text
    }
}

/// Contractual reductions, what was allowed, what an earlier payer paid (OA-23) and the rule for several
/// procedures of a day (59) deny nothing.
fn is_denying(one: &Adjustment) -> bool {
    let is_contractual = one.group.is("CO") && one.reason.is("45");
    let is_prior = one.group.is("OA") && one.reason.is("23");
    let is_denying = !one.is_allowed() && !is_contractual && !is_prior && !one.reason.is("59");
    is_denying && one.amount > Cents::ZERO
}

/// The remarks of the line; those of the claim when the line has none and its reason wants one (CARC 16
/// and 96 say nothing without).
fn remarks<'r>(
    of_line: &'r [ReasonCode],
    adjustments: &[Adjustment],
    claim: &'r RemittedClaim,
) -> &'r [ReasonCode] {
    let wants_one = |one: &Adjustment| one.reason.is("16") || one.reason.is("96");
    if of_line.is_empty() && adjustments.iter().any(wants_one) {
        &claim.remarks
    } else {
        of_line
    }
}

fn decide<'a>(
    is_paid: bool,
    is_adjusted: bool,
    claim_is_denied: bool,
    denying: impl Iterator<Item = &'a Adjustment>,
    is_known: &dyn Fn(Reason) -> bool,
) -> (Outcome, Vec<Reason>) {
    let mut denying: Vec<&Adjustment> = denying.collect();
    denying.sort_by_key(|one| std::cmp::Reverse(one.amount));
    let mut reasons: Vec<Reason> = Vec::new();
    for one in denying {
        let reason = Reason {
            group: one.group,
            carc: one.reason,
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.sort_by_key(|reason| !is_known(*reason));
    if is_paid {
        reasons.retain(|reason| is_known(*reason));
        let outcome = if reasons.is_empty() {
            Outcome::Paid
        } else {
            Outcome::Reduced
        };
        return (outcome, reasons);
    }
    let outcome = if !reasons.is_empty() || claim_is_denied {
        Outcome::Denied
    } else if is_adjusted {
        Outcome::Paid
    } else {
        Outcome::Unclear
    };
    (outcome, reasons)
}

/// A decision on a claim.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    /// Number of the 835 file in the order read.
    pub file: u32,
    /// Byte offset of CLP.
    pub offset: u64,
    pub decided: Option<Date>,
    /// Its NPI or tax id.
    pub payee: Text,
    pub payer_number: Text,
    pub charge: Cents,
    pub paid: Cents,
    pub is_reversal: bool,
    pub is_by_later_payer: bool,
    /// First and last date of service of its lines.
    pub span: Option<DateRange>,
    /// It was decided on line by line; else its one line stands for all.
    pub has_lines: bool,
    pub lines: Vec<DecidedLine>,
}

impl Decision {
    pub fn new(file: u32, claim: &RemittedClaim, known: &KnownReasons<'_>) -> Self {
        let mut lines: Vec<DecidedLine> = Vec::new();
        // By line item control number: a payer may decide on a line in parts.
        let mut parts = HashMap::new();
        for line in &claim.lines {
            let line = DecidedLine::new(line, claim, known);
            let place = (line.control_number.clone(), line.code, line.date);
            let at = *parts.entry(place).or_insert(lines.len());
            match lines
                .get_mut(at)
                .filter(|_| !line.control_number.is_empty())
            {
                Some(known) => known.join(line),
                None => lines.push(line),
            }
        }
        let has_lines = !lines.is_empty();
        if !has_lines {
            lines.push(DecidedLine::of_claim(claim, known));
        }
        // There are as many as claims, and most have few lines and fewer reasons.
        for line in &mut lines {
            line.reasons.shrink_to_fit();
        }
        lines.shrink_to_fit();
        Self {
            file,
            offset: claim.offset,
            decided: claim.decided,
            payee: claim.payee.clone(),
            payer_number: claim.payer_number.clone(),
            charge: claim.charge,
            paid: claim.paid,
            is_reversal: claim.is_reversal(),
            is_by_later_payer: claim.is_by_later_payer(),
            span: span(claim.lines.iter().filter_map(|line| line.date)),
            has_lines,
            lines,
        }
    }
}

/// First and last of some days.
pub(super) fn span(dates: impl Iterator<Item = Date>) -> Option<DateRange> {
    let days = dates.map(|date| DateRange {
        from: date,
        to: date,
    });
    days.reduce(|one, other| DateRange {
        from: one.from.min(other.from),
        to: one.to.max(other.to),
    })
}

/// True when they have a day in common, or one of them is not known.
pub(super) fn may_meet(one: Option<DateRange>, other: Option<DateRange>) -> bool {
    one.zip(other)
        .is_none_or(|(one, other)| one.from <= other.to && other.from <= one.to)
}
