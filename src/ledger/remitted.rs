//! What a payer decided takes the place of what was estimated.

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::money::Cents;
use crate::policy::PolicySet;
use crate::remittance::{RemittedClaim, RemittedLine};
use crate::rule::{Amount, AmountBasis};
use crate::text::Text;

use super::account::Entry;
use super::identity::{ClaimIdentity, Frequency, Span};
use super::order::OrderKey;
use super::patient::PatientRecord;
use super::visits::Visit;

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remitted {
    /// So many lines of the claim now count with what was allowed.
    Applied(u32),
    /// It was taken over before.
    Repeated,
    /// The claim is not known, or does not count any more.
    Unknown,
}

impl PatientRecord {
    /// Takes over what a payer decided on a claim: its lines are taken back and counted again, with what
    /// was allowed where that was decided, else as before. `content` tells decisions apart.
    pub fn remit(
        &mut self,
        order: OrderKey,
        decision: &RemittedClaim,
        content: u64,
        policies: &PolicySet,
    ) -> Remitted {
        let provider = self.provider_of(decision);
        let identity = ClaimIdentity {
            id: decision.id.clone(),
            provider,
            original: decision.payer_number.clone(),
            frequency: Frequency::Remittance,
            content,
        };
        if self.same(&identity).is_some() {
            return Remitted::Repeated;
        }
        let dates = decision.lines.iter().filter_map(|line| line.date);
        let span = Span::of(dates);
        let Some(original) = self
            .original(&identity, span)
            .or_else(|| self.only_one(&identity))
        else {
            return Remitted::Unknown;
        };
        let lines: Vec<(usize, Entry)> = self
            .accounts
            .iter()
            .enumerate()
            .flat_map(|(at, account)| {
                account
                    .of_claim(original)
                    .filter(|entry| entry.is_open)
                    .map(move |entry| (at, *entry))
            })
            .collect();
        let visits: Vec<(usize, Visit)> = self
            .visits
            .iter()
            .enumerate()
            .flat_map(|(at, (_, visits))| visits.of_claim(original).map(move |visit| (at, *visit)))
            .collect();
        let number = self.receive(order, &identity, self.claims[original as usize].span);
        self.take_back(original, number);
        let mut applied = std::collections::BTreeSet::new();
        let mut decided = Decided::new(&decision.lines, &lines);
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
        Remitted::Applied(applied.len() as u32)
    }

    /// The claim with this number, when only one counts: decisions need not have dates.
    fn only_one(&self, identity: &ClaimIdentity) -> Option<u32> {
        let mut akin = (0u32..)
            .zip(&self.claims)
            .filter(|(_, claim)| claim.is_counted && identity.is_akin(&claim.identity));
        let (number, _) = akin.next()?;
        akin.next().is_none().then_some(number)
    }

    /// The provider of the claim that was decided on: the payee, or, where a group is paid for others, the
    /// provider of the latest claim with this number.
    fn provider_of(&self, decision: &RemittedClaim) -> Text {
        let mut known = self
            .claims
            .iter()
            .rev()
            .filter(|claim| claim.is_counted && claim.identity.id == decision.id);
        let latest = known.clone().next();
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

    /// What was allowed on a line: all decisions on its code and date when no other line of the claim
    /// has them (a payer may decide in parts), else the first that is not used for another one.
    fn on(&mut self, entry: &Entry) -> Option<Cents> {
        let is_alike = |(_, code, date): &&(u32, Option<ProcedureCode>, Date)| {
            *code == entry.code && *date == entry.date
        };
        let is_alone = self.claim.iter().filter(is_alike).count() == 1;
        let mut sum = None;
        for (line, used) in self.lines.iter().zip(&mut self.used) {
            let is_meant = used.is_none_or(|used| used == entry.line)
                && line.code == entry.code
                && line.date.is_none_or(|date| date == entry.date);
            if is_meant && (is_alone || sum.is_none()) {
                *used = Some(entry.line);
                sum = Some(sum.unwrap_or(Cents::ZERO).plus(line.allowed));
            }
        }
        sum
    }
}
