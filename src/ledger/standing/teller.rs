//! Finds out how the lines of a claim stand.

use std::collections::HashMap;

use crate::finding::{CountedLine, Interval};
use crate::ledger::account::{Account, Entry, entries_of};
use crate::ledger::identity::Frequency;
use crate::ledger::order::OrderKey;
use crate::ledger::patient::PatientRecord;
use crate::ledger::visits::Beyond;
use crate::money::Cents;
use crate::policy::PolicySet;
use crate::rule::AmountBasis;

use super::course::{Course, Ends};
use super::{
    Case, ClaimStanding, Detail, Now, Passing, ReceivedClaim, SessionStanding, Share, Standing,
    Tally, Verdict, WhatIf, Which,
};

/// Lines of a claim in an account beyond which no details are told of each, unless one is asked for:
/// every line is counted anew in other orders.
const MOST_DETAILED: usize = 100;

/// Names files by their number in the order received.
type Names<'n> = &'n dyn Fn(u32) -> String;

impl PatientRecord {
    /// Numbers of what was received under a claim number (CLM01), in the order received.
    pub fn called<'r>(&'r self, clm01: &'r [u8]) -> impl Iterator<Item = u32> + 'r {
        (0u32..)
            .zip(&self.claims)
            .filter(move |(_, claim)| claim.identity.id.as_bytes() == clm01)
            .map(|(number, _)| number)
    }

    /// The number of the claim that was received at this place.
    pub fn at(&self, order: OrderKey) -> Option<u32> {
        let at = self.claims.iter().position(|claim| claim.order == order)?;
        u32::try_from(at).ok()
    }

    /// A claim as it was received.
    pub fn received(&self, number: u32, names: Names<'_>) -> ReceivedClaim {
        let claim = &self.claims[number as usize];
        ReceivedClaim {
            claim: claim.identity.id.clone(),
            frequency: claim.identity.frequency.as_str(),
            file: names(claim.order.file_seq),
            file_seq: claim.order.file_seq,
            offset: claim.order.offset,
        }
    }

    /// How the lines of a claim stand in their accounts, or the one with this index.
    pub fn standing(
        &self,
        number: u32,
        line: Option<u32>,
        policies: &PolicySet,
        names: Names<'_>,
    ) -> ClaimStanding {
        let claim = &self.claims[number as usize];
        let is_original = claim.identity.frequency == Frequency::Original;
        let other = claim.takes_back.map(|other| self.received(other, names));
        let (superseded_by, takes_back) = if is_original {
            (other, None)
        } else {
            (None, other)
        };
        let mut accounts: Vec<&Account> = self.accounts.iter().collect();
        accounts.sort_by_key(|account| (account.year, account.bucket));
        let mut lines = Vec::new();
        for account in accounts {
            let table = &policies.threshold(account.bucket).name;
            let teller = Teller {
                record: self,
                account,
                names,
            };
            lines.extend(teller.standings(number, line, table));
        }
        // Accounts of a line stay in their order.
        lines.sort_by_key(|standing| standing.line.line);
        ClaimStanding {
            received: self.received(number, names),
            takes_back,
            superseded_by,
            taken_back_by: self.taker(number).map(|taker| self.received(taker, names)),
            lines,
            sessions: self.sessions(number, line, policies, names),
        }
    }

    /// What took a claim back as a whole.
    fn taker(&self, number: u32) -> Option<u32> {
        let takers = (0u32..).zip(&self.claims);
        takers
            .filter(|(_, claim)| claim.identity.frequency != Frequency::Original)
            .find_map(|(taker, claim)| (claim.takes_back == Some(number)).then_some(taker))
    }

    fn sessions(
        &self,
        number: u32,
        line: Option<u32>,
        policies: &PolicySet,
        names: Names<'_>,
    ) -> Vec<SessionStanding> {
        let mut sessions = Vec::new();
        for (policy, visits) in &self.visits {
            let behind = entries_of(&visits.entries, number, |visit| visit.claim).end;
            let taker = visits.entries[behind..]
                .iter()
                .find(|visit| visit.takes_back == Some(number));
            for visit in visits.of_claim(number) {
                if line.is_some_and(|line| line != visit.line) {
                    continue;
                }
                sessions.push(SessionStanding {
                    policy: policies.catalogue().policy(*policy).id.clone(),
                    line: visit.line.saturating_add(1),
                    date: visit.date,
                    sessions: visit.sessions,
                    beyond_as_number: match visit.beyond {
                        Some(Beyond::Count(count)) => Some(count),
                        _ => None,
                    },
                    beyond_by_days: match visit.beyond {
                        Some(Beyond::Days(days)) => Some(days),
                        _ => None,
                    },
                    taken_back_by: taker.map(|taker| self.received(taker.claim, names)),
                });
            }
        }
        sessions
    }

    /// The claim in whose place in the order received something stands: what a payer decided is about
    /// lines that were received before.
    fn place_in_order(&self, number: u32) -> u32 {
        let mut number = number;
        while let claim = &self.claims[number as usize]
            && claim.identity.frequency == Frequency::Remittance
            && let Some(decided) = claim.takes_back.filter(|decided| *decided < number)
        {
            number = decided;
        }
        number
    }
}

/// Tells of one account.
struct Teller<'r> {
    record: &'r PatientRecord,
    account: &'r Account,
    names: Names<'r>,
}

impl<'r> Teller<'r> {
    /// How the lines of a claim, or one of them, stand in the account.
    fn standings(&self, number: u32, line: Option<u32>, table: &str) -> Vec<Standing> {
        let account = self.account;
        let entries = || account.entries.iter();
        let as_counted = Course::new(entries().collect(), account.amount, Ends::Both);
        let takers: HashMap<u32, u32> = entries()
            .filter(|entry| entry.takes_back == Some(number))
            .map(|entry| (entry.line, entry.claim))
            .collect();
        let places: Vec<usize> = account
            .entries_of(number)
            .filter(|at| {
                let entry = &account.entries[*at];
                entry.takes_back.is_none() && line.is_none_or(|line| line == entry.line)
            })
            .collect();
        let known = (!places.is_empty() && places.len() <= MOST_DETAILED).then(|| self.known());
        places
            .into_iter()
            .map(|at| {
                let entry = &account.entries[at];
                let counted = self.tally(&as_counted, at);
                let detail = known.as_ref().map(|known| {
                    let (mut lines, count) = self.record.filled(&account.entries[..at]);
                    for line in &mut lines {
                        line.file = (self.names)(line.file_seq);
                    }
                    let now = known.course.place(entry);
                    Detail {
                        lines,
                        count,
                        now: now.map(|at| self.now(known, at, &counted)),
                    }
                });
                let taker = takers.get(&entry.line);
                Standing {
                    account: table.to_owned(),
                    year: account.year,
                    threshold: account.amount,
                    line: self.line(entry),
                    taken_back_by: taker.map(|taker| self.record.received(*taker, self.names)),
                    counted,
                    detail,
                }
            })
            .collect()
    }

    /// Lines that nothing has taken back.
    fn known(&self) -> Known<'r> {
        let entries = &self.account.entries;
        let mut open: Vec<(usize, &Entry)> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.is_open)
            .collect();
        let course = |open: &[(usize, &'r Entry)]| {
            let entries = open.iter().map(|(_, entry)| *entry).collect();
            Course::new(entries, self.account.amount, Ends::Both)
        };
        let order = |(at, entry): &(usize, &Entry)| (self.record.place_in_order(entry.claim), *at);
        open.sort_by_cached_key(order);
        let received = course(&open);
        open.sort_by_cached_key(|one| (!is_balance(one.1), one.1.date, order(one)));
        Known {
            course: received,
            by_date: course(&open),
        }
    }

    fn now(&self, known: &Known<'r>, at: usize, counted: &Tally) -> Now {
        let entry = known.course.entries[at];
        let tally = self.tally(&known.course, at);
        let mut what_ifs = Vec::new();
        if let Some(verdict) = tally.verdict.filter(|_| !is_balance(entry)) {
            let mut suppose = |case, course: &Course<'r>| {
                if let Some(at) = course.place(entry) {
                    let tally = self.tally(course, at);
                    what_ifs.push(WhatIf {
                        case,
                        changes_verdict: tally.verdict != Some(verdict),
                        tally,
                    });
                }
            };
            let course = |entries, ends| Course::new(entries, self.account.amount, ends);
            let all = || known.course.entries.iter().copied();
            let others = || all().filter(|other| !std::ptr::eq(*other, entry));
            let this = std::iter::once(entry);
            suppose(Case::ByDateOfService, &known.by_date);
            let first = others().filter(|other| is_balance(other));
            let first = first.chain(this.clone()).collect();
            suppose(Case::CountedFirst, &course(first, Ends::Both));
            let last = others().chain(this).collect();
            suppose(Case::CountedLast, &course(last, Ends::Both));
            suppose(Case::AllAtTheLeast, &course(all().collect(), Ends::Least));
            suppose(Case::AllAtTheMost, &course(all().collect(), Ends::Most));
        }
        Now {
            differs: (tally.before, tally.after) != (counted.before, counted.after),
            tally,
            rests_on: shares(&known.course.entries[..=at]),
            what_ifs,
        }
    }

    fn tally(&self, course: &Course<'_>, at: usize) -> Tally {
        let after = course.after(at);
        let amount = self.account.amount;
        let passing = |place: Option<usize>, end: fn(Interval) -> Cents| {
            place.zip(amount).map(|(place, amount)| Passing {
                which: match place.cmp(&at) {
                    std::cmp::Ordering::Less => Which::Earlier,
                    std::cmp::Ordering::Equal => Which::This,
                    std::cmp::Ordering::Greater => Which::Later,
                },
                over: end(course.after(place)).minus(amount),
                line: self.line(course.entries[place]),
            })
        };
        let is_above = |total: Cents| amount.is_some_and(|amount| total > amount);
        Tally {
            before: course.before(at),
            after,
            verdict: amount.map(|amount| Verdict::of(after, amount)),
            may_pass_at: passing(course.may_pass_at(at, is_above(after.high)), |total| {
                total.high
            }),
            passes_at: passing(course.passes_at(at, is_above(after.low)), |total| total.low),
        }
    }

    fn line(&self, entry: &Entry) -> CountedLine {
        let line = self.record.line(entry);
        CountedLine {
            file: (self.names)(line.file_seq),
            ..line
        }
    }
}

/// What is known of an account now.
struct Known<'e> {
    /// In the order received.
    course: Course<'e>,
    /// By date of service.
    by_date: Course<'e>,
}

fn is_balance(entry: &Entry) -> bool {
    entry.basis == AmountBasis::Balance
}

fn shares(entries: &[&Entry]) -> Vec<Share> {
    let bases = [
        AmountBasis::Balance,
        AmountBasis::Adjudicated,
        AmountBasis::FeeSchedule,
        AmountBasis::Charge,
    ];
    let share = |basis: AmountBasis| {
        let nothing = Share {
            basis: basis.as_str(),
            lines: 0,
            sum: Interval {
                low: Cents::ZERO,
                high: Cents::ZERO,
            },
        };
        let of_basis = entries.iter().filter(|entry| entry.basis == basis);
        of_basis.fold(nothing, |share, entry| Share {
            lines: share.lines + 1,
            sum: Interval {
                low: share.sum.low.plus(entry.low),
                high: share.sum.high.plus(entry.high),
            },
            ..share
        })
    };
    let shares = bases.into_iter().map(share);
    shares.filter(|share| share.lines > 0).collect()
}
