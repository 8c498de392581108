//! Of the decisions on a claim, the one that counts.

use std::collections::HashMap;

use super::decision::{Decision, may_meet};
use super::known::KnownReasons;
use crate::finding::Catalogue;
use crate::remittance::{RemittedClaim, may_be_one};
use crate::text::Text;

/// A decision is compared with so many of the same number before it: one number may stand for every visit
/// of a patient, and then the decisions on a visit are not far apart.
const LOOK_BACK: usize = 200;

/// Decisions of payers, as they are read.
pub struct Decisions<'c> {
    pub(super) known: KnownReasons<'c>,
    pub(super) by_number: HashMap<Text, Vec<Decision>>,
    /// How many were added.
    pub(super) count: u64,
    /// How many claims were reversed and not decided on again.
    pub(super) reversed: u64,
}

impl<'c> Decisions<'c> {
    /// None yet. The catalogue says which reasons are known.
    pub fn new(catalogue: &'c Catalogue) -> Self {
        Self {
            known: KnownReasons::new(catalogue),
            by_number: HashMap::new(),
            count: 0,
            reversed: 0,
        }
    }

    /// Adds a decision, read with its reasons, of the file with this number (0-based, in the order read).
    pub fn add(&mut self, file: u32, claim: &RemittedClaim) {
        self.count += 1;
        let decision = Decision::new(file, claim, &self.known);
        self.by_number
            .entry(claim.id.clone())
            .or_insert_with(|| Vec::with_capacity(1))
            .push(decision);
    }

    /// Leaves on every claim what counts.
    pub(super) fn settle(&mut self) {
        let mut reversed = 0;
        self.by_number.retain(|_, decisions| {
            let all = std::mem::take(decisions);
            *decisions = settled(all, &mut reversed);
            decisions.shrink_to_fit();
            !decisions.is_empty()
        });
        self.reversed = reversed;
    }
}

/// Of decisions under one number those that count, in the order of their payments. A reversal (CLP02 = 22)
/// takes back the decision with its payer's number (CLP07) whose amounts it negates, wherever that stands:
/// the correction may come before it. Then of two decisions on one claim (payee, and a date of service in
/// common) the later one counts; a decision of a secondary payer never takes the place of the primary's, and
/// decisions of one payment under different payer's numbers are parts of a claim that was split.
fn settled(mut all: Vec<Decision>, reversed: &mut u64) -> Vec<Decision> {
    if all.len() == 1 && !all[0].is_reversal {
        return all;
    }
    all.sort_by_key(|one| (one.decided, one.file, one.offset));
    let (reversals, all): (Vec<Decision>, Vec<Decision>) =
        all.into_iter().partition(|one| one.is_reversal);
    let mut by_payer_number: HashMap<Text, Vec<usize>> = HashMap::new();
    for (at, one) in all.iter().enumerate() {
        let number = one.payer_number.clone();
        by_payer_number.entry(number).or_default().push(at);
    }
    let mut all: Vec<Option<Decision>> = all.into_iter().map(Some).collect();
    let mut taken: Vec<Decision> = Vec::new();
    for reversal in reversals {
        let is_taken_back = |one: &Decision| {
            one.charge.0 == reversal.charge.0.saturating_neg()
                && one.paid.0 == reversal.paid.0.saturating_neg()
                && one.decided <= reversal.decided
                && may_be_one(&one.payee, &reversal.payee)
        };
        let numbered = by_payer_number.get(&reversal.payer_number);
        let mut numbered = numbered.into_iter().flatten().copied().take(LOOK_BACK);
        let found = numbered.find(|at| all[*at].as_ref().is_some_and(is_taken_back));
        taken.extend(found.and_then(|at| all[at].take()));
    }
    let mut counting: Vec<Decision> = Vec::new();
    for later in all.into_iter().flatten() {
        let mut near = counting.split_off(counting.len().saturating_sub(LOOK_BACK));
        let is_second = |earlier: &Decision| {
            is_same_claim(earlier, &later) && later.is_by_later_payer && !earlier.is_by_later_payer
        };
        if near.iter().any(is_second) {
            counting.extend(near);
            continue;
        }
        near.retain(|earlier| {
            let is_part = earlier.file == later.file
                && earlier.decided == later.decided
                && earlier.is_by_later_payer == later.is_by_later_payer
                && earlier.payer_number != later.payer_number;
            is_part || !is_same_claim(earlier, &later)
        });
        counting.extend(near);
        counting.push(later);
    }
    let is_open = |one: &&Decision| {
        !counting
            .iter()
            .rev()
            .take(LOOK_BACK)
            .any(|other| is_same_claim(one, other))
    };
    *reversed += taken.iter().filter(is_open).count() as u64;
    counting
}

fn is_same_claim(one: &Decision, other: &Decision) -> bool {
    may_meet(one.span, other.span) && may_be_one(&one.payee, &other.payee)
}
