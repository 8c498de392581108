//! What a payer decided takes the place of what was estimated.

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::money::Cents;
use crate::policy::PolicySet;
use crate::remittance::{RemittedClaim, RemittedLine, may_be_one};
use crate::rule::{Amount, AmountBasis};
use crate::text::Text;

use super::account::{Account, Entry, entries_of};
use super::identity::{ClaimIdentity, Frequency, Span};
use super::order::OrderKey;
use super::patient::PatientRecord;
use super::visits::{Visit, Visits};

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remitted {
    /// So many lines of the claim now count with what was allowed.
    Applied(u32),
    /// The claim was reversed, and counts as before again: the decision says nothing of its lines.
    Restored,
    /// The claim counts nothing until it is decided on again.
    Reversed,
    /// The reversal is of a decision that does not count any more.
    ReversedBefore,
    /// It says nothing of the claim's lines.
    Undecided,
    /// It is by a payer other than Medicare that decides after another one: what counts is what the first one allowed.
    ByLaterPayer,
    /// It was taken over before.
    Repeated,
    /// A later decision on the claim is known.
    Older,
    /// The claim is not known, or does not count any more.
    Unknown,
}

impl PatientRecord {
    /// Takes over what a payer decided on a claim: its lines are taken back and counted again, with what
    /// was allowed where that was decided, else as before. A reversal takes them back alone, and the decision
    /// after it counts them again. `content` tells decisions apart.
    pub fn remit(
        &mut self,
        order: OrderKey,
        decision: &RemittedClaim,
        content: u64,
        policies: &PolicySet,
    ) -> Remitted {
        let identity = self.identity_of(decision, content);
        if self.same(&identity).is_some() {
            return Remitted::Repeated;
        }
        let Some(original) = self.decided(decision, &identity) else {
            return Remitted::Unknown;
        };
        if decision.is_by_later_payer() && !decision.is_by_medicare() {
            return Remitted::ByLaterPayer;
        }
        let newest = self.claims[original as usize].identity.decided;
        if newest
            .zip(decision.decided)
            .is_some_and(|(newest, decided)| decided < newest)
        {
            return Remitted::Older;
        }
        if decision.is_reversal() {
            return self.reverse(order, &identity, original, decision.is_by_medicare());
        }
        let is_reversed = self.is_reversed(original);
        let says_nothing = decision.is_damaged || decision.lines.is_empty();
        if says_nothing && (!is_reversed || decision.is_denial()) {
            return Remitted::Undecided;
        }
        let decided = if says_nothing {
            &[]
        } else {
            &decision.lines[..]
        };
        let lines = self.lines_of(original);
        let visits = self.visits_of(original);
        let number = self.receive(order, &identity, self.claims[original as usize].span);
        self.take_back(original, number);
        let mut applied = std::collections::BTreeSet::new();
        let mut decided = Decided::new(decided, &lines);
        for (at, entry) in lines {
            let allowed = decided.on(&entry);
            if allowed.is_some() {
                applied.insert(entry.line);
            }
            let account = &mut self.accounts[at];
            let amount = Amount {
                bucket: account.bucket,
                low: allowed.unwrap_or(entry.low),
                high: allowed.unwrap_or(entry.high),
                basis: allowed.map_or(entry.basis, |_| AmountBasis::Adjudicated),
            };
            let place = (number, entry.line);
            account.push(Entry::counted(place, entry.date, entry.code, amount));
        }
        for (at, visit) in visits {
            let (policy, visits) = &mut self.visits[at];
            let free = policies.policy(*policy).sessions;
            visits.restore(
                Visit {
                    claim: number,
                    ..visit
                },
                free.as_ref(),
            );
        }
        if says_nothing {
            return Remitted::Restored;
        }
        Remitted::Applied(applied.len() as u32)
    }

    /// Takes back what counts of a claim since the decision that is reversed, or what it was estimated at when
    /// that decision is not known.
    fn reverse(
        &mut self,
        order: OrderKey,
        identity: &ClaimIdentity,
        original: u32,
        is_by_medicare: bool,
    ) -> Remitted {
        let counted = &self.claims[original as usize];
        let is_meant = match counted.identity.frequency {
            // Of others it may be one of what a later payer decided, which was left out.
            Frequency::Original => is_by_medicare,
            Frequency::Remittance => {
                counted.identity.original == identity.original && !self.is_reversed(original)
            }
            // What was decided on the claim before this one.
            _ => false,
        };
        if !is_meant {
            return Remitted::ReversedBefore;
        }
        let number = self.receive(order, identity, counted.span);
        self.take_back(original, number);
        Remitted::Reversed
    }

    /// True for a reversal: it took back and added nothing.
    fn is_reversed(&self, claim: u32) -> bool {
        let adds = |account: &Account| account.of_claim(claim).next().is_some();
        let visited = |visits: &Visits| visits.of_claim(claim).next().is_some();
        self.claims[claim as usize].identity.frequency == Frequency::Remittance
            && !self.accounts.iter().any(adds)
            && !self.visits.iter().any(|(_, visits)| visited(visits))
    }

    /// The lines of a claim that count, with the number of their account; of a reversal those that it took
    /// back.
    fn lines_of(&self, claim: u32) -> Vec<(usize, Entry)> {
        let is_reversed = self.is_reversed(claim);
        let of = |account: &Account| -> Vec<Entry> {
            if is_reversed {
                account.taken_by(claim).collect()
            } else {
                let open = account.of_claim(claim).filter(|entry| entry.is_open);
                open.copied().collect()
            }
        };
        let accounts = self.accounts.iter().enumerate();
        accounts
            .flat_map(|(at, account)| of(account).into_iter().map(move |entry| (at, entry)))
            .collect()
    }

    /// Likewise, the sessions.
    fn visits_of(&self, claim: u32) -> Vec<(usize, Visit)> {
        let is_reversed = self.is_reversed(claim);
        let of = |visits: &Visits| -> Vec<Visit> {
            if is_reversed {
                visits.taken_by(claim).collect()
            } else {
                visits.of_claim(claim).copied().collect()
            }
        };
        let policies = self.visits.iter().enumerate();
        policies
            .flat_map(|(at, (_, visits))| of(visits).into_iter().map(move |visit| (at, visit)))
            .collect()
    }

    /// True when the patient has the claim that was decided on.
    pub fn knows_claim_of(&self, decision: &RemittedClaim) -> bool {
        self.decided(decision, &self.identity_of(decision, 0))
            .is_some()
    }

    fn identity_of(&self, decision: &RemittedClaim, content: u64) -> ClaimIdentity {
        ClaimIdentity {
            id: decision.id.clone(),
            provider: self.provider_of(decision),
            original: decision.payer_number.clone(),
            frequency: Frequency::Remittance,
            content,
            decided: decision.decided,
        }
    }

    /// The claim that was decided on: its number and provider, and a line in common. Numbers alone are not
    /// unique among providers.
    fn decided(&self, decision: &RemittedClaim, identity: &ClaimIdentity) -> Option<u32> {
        let dates = decision.lines.iter().filter_map(|line| line.date);
        self.original(identity, Span::of(dates))
            .or_else(|| self.only_one(identity))
            .filter(|original| self.has_a_line_of(*original, decision))
    }

    /// True when a line of the decision has the code and date of one of the claim, or when its lines have none.
    fn has_a_line_of(&self, claim: u32, decision: &RemittedClaim) -> bool {
        let mut lines = decision.lines.iter().filter(|line| line.code.is_some());
        if lines.clone().next().is_none() {
            return true;
        }
        lines.any(|line| {
            let is_on = |date: Date| line.date.is_none_or(|decided| decided == date);
            self.accounts.iter().any(|account| {
                account.entries[account.entries_of(claim)]
                    .iter()
                    .any(|entry| entry.code == line.code && is_on(entry.date))
            }) || self.visits.iter().any(|(_, visits)| {
                let places = entries_of(&visits.entries, claim, |visit| visit.claim);
                visits.entries[places].iter().any(|visit| is_on(visit.date))
            })
        })
    }

    /// The claim with this number, when only one counts: decisions need not have dates.
    fn only_one(&self, identity: &ClaimIdentity) -> Option<u32> {
        let alike = self.candidates(|alike| alike.with_id(&identity.id));
        let mut akin = alike.into_iter().filter(|number| {
            let claim = &self.claims[*number as usize];
            claim.is_counted && identity.is_akin(&claim.identity)
        });
        let number = akin.next()?;
        akin.next().is_none().then_some(number)
    }

    /// The provider of the claim that was decided on: the payee, or, where one of both is named by
    /// anything but an NPI, the provider of the latest claim with this number.
    fn provider_of(&self, decision: &RemittedClaim) -> Text {
        let alike = self.candidates(|alike| alike.with_id(&decision.id));
        let mut known = alike
            .iter()
            .map(|number| &self.claims[*number as usize])
            .filter(|claim| claim.is_counted && claim.identity.id == decision.id);
        let latest = known
            .clone()
            .find(|claim| may_be_one(&decision.payee, &claim.identity.provider));
        known
            .find(|claim| claim.identity.provider == decision.payee)
            .or(latest)
            .map_or_else(
                || decision.payee.clone(),
                |claim| claim.identity.provider.clone(),
            )
    }
}

/// The decided lines, each of which speaks about one line of the claim.
struct Decided<'l> {
    lines: &'l [RemittedLine],
    /// The line of the claim that each was used for.
    used: Vec<Option<u32>>,
    /// Code and date of the claim's lines, each line once.
    claim: Vec<(u32, Option<ProcedureCode>, Date)>,
}

impl<'l> Decided<'l> {
    fn new(lines: &'l [RemittedLine], entries: &[(usize, Entry)]) -> Self {
        let of = |(_, entry): &(usize, Entry)| (entry.line, entry.code, entry.date);
        let mut claim: Vec<_> = entries.iter().map(of).collect();
        claim.sort_unstable();
        claim.dedup();
        Self {
            lines,
            used: vec![None; lines.len()],
            claim,
        }
    }

    /// What was allowed on a line: all decisions that can be about no other line of the claim, by code and
    /// date (a payer may decide in parts), else the first that is not used for another one.
    fn on(&mut self, entry: &Entry) -> Option<Cents> {
        let alike = self.claim.iter().filter(|line| line.1 == entry.code);
        let of_day = alike.clone().filter(|line| line.2 == entry.date).count();
        let of_code = alike.count();
        let mut sum = None;
        for (line, used) in self.lines.iter().zip(&mut self.used) {
            let is_meant = used.is_none_or(|used| used == entry.line)
                && line.code == entry.code
                && line.date.is_none_or(|date| date == entry.date);
            let candidates = if line.date.is_some() { of_day } else { of_code };
            if is_meant && (candidates == 1 || sum.is_none()) {
                *used = Some(entry.line);
                sum = Some(sum.unwrap_or(Cents::ZERO).plus(line.allowed));
            }
        }
        sum
    }
}
