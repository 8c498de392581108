//! How stores keep claims: numbers for words, and lines as one JSON array of arrays, which databases can
//! look into.
//!
//! Counted lines are
//! `[line, takes_back, date, code, [accounts], low, high, basis]` for amounts and
//! `[line, takes_back, date, null, [account], sessions, null, null]` for sessions. `line` is the 0-based
//! index of the line in its claim, `takes_back` 0 or 1, `date` the number CCYYMMDD, amounts are cents,
//! and accounts are numbers that the store gives to names. Lines at risk are
//! `[number, code, date, rule, policy, severity]`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::code::ProcedureCode;
use crate::date::{Date, from_number, to_number};
use crate::finding::Severity;
use crate::money::Cents;
use crate::rule::AmountBasis;

use super::identity::Frequency;
use super::rows::{CountedRow, EntryRow};
use super::store::AtRiskLine;

/// Names of accounts and the numbers that stand for them. There are few: they are searched one by one.
#[derive(Default)]
pub(super) struct AccountNames(Vec<AccountName>);

/// An account as a store names it.
#[derive(Clone)]
pub(super) struct AccountName {
    /// The number that stands for it.
    pub id: i64,
    /// A table of amounts, not a policy under which sessions are counted.
    pub is_amount: bool,
    /// Name of the table, or id of the policy.
    pub name: Arc<str>,
}

impl AccountNames {
    pub fn insert(&mut self, name: AccountName) {
        self.0.push(name);
    }

    fn id(&self, is_amount: bool, name: &Arc<str>) -> Option<i64> {
        let is_it = |known: &&AccountName| {
            known.is_amount == is_amount && (Arc::ptr_eq(&known.name, name) || known.name == *name)
        };
        self.0.iter().find(is_it).map(|known| known.id)
    }

    fn of(&self, id: i64) -> Option<&AccountName> {
        self.0.iter().find(|known| known.id == id)
    }
}

#[derive(Serialize, Deserialize)]
struct Line<'c>(
    u32,
    u8,
    i64,
    #[serde(borrow)] Option<std::borrow::Cow<'c, str>>,
    SmallVec<[i64; 2]>,
    i64,
    Option<i64>,
    Option<u8>,
);

/// Writes lines; `number` gives a number to an account that has none yet.
pub(super) fn encode<E>(
    entries: &[EntryRow],
    accounts: &mut AccountNames,
    mut number: impl FnMut(bool, &Arc<str>) -> Result<i64, E>,
) -> Result<String, E> {
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(entries.len());
    let mut last: Option<&EntryRow> = None;
    for entry in entries {
        let (is_amount, name) = match &entry.counted {
            CountedRow::Amount { table, .. } => (true, table),
            CountedRow::Sessions { policy, .. } => (false, policy),
        };
        let account = if let Some(id) = accounts.id(is_amount, name) {
            id
        } else {
            let id = number(is_amount, name)?;
            let name = Arc::clone(name);
            accounts.insert(AccountName {
                id,
                is_amount,
                name,
            });
            id
        };
        // A line mostly counts alike in the accounts of the threshold and of the review.
        if last.is_some_and(|last| is_alike(last, entry))
            && let Some(line) = lines.last_mut()
        {
            line.4.push(account);
            continue;
        }
        last = Some(entry);
        let (amount, high, basis) = match entry.counted {
            CountedRow::Amount {
                low, high, basis, ..
            } => (low.0, Some(high.0), Some(basis_number(basis))),
            CountedRow::Sessions { sessions, .. } => (sessions, None, None),
        };
        lines.push(Line(
            entry.line,
            u8::from(entry.takes_back),
            to_number(entry.date),
            entry.code.map(|code| code.to_string().into()),
            SmallVec::from_slice(&[account]),
            amount,
            high,
            basis,
        ));
    }
    // Numbers, text and nothing else: it cannot fail.
    Ok(serde_json::to_string(&lines).unwrap_or_default())
}

fn is_alike(one: &EntryRow, other: &EntryRow) -> bool {
    let amounts = |entry: &EntryRow| match entry.counted {
        CountedRow::Amount {
            low, high, basis, ..
        } => Some((low, high, basis)),
        CountedRow::Sessions { .. } => None,
    };
    let place = |entry: &EntryRow| (entry.line, entry.takes_back, entry.date, entry.code);
    place(one) == place(other) && amounts(one).is_some() && amounts(one) == amounts(other)
}

/// Reads lines; `None` for what [`encode`] does not write.
pub(super) fn decode(text: &str, accounts: &AccountNames) -> Option<Vec<EntryRow>> {
    let lines: Vec<Line<'_>> = serde_json::from_str(text).ok()?;
    let mut entries = Vec::with_capacity(2 * lines.len());
    for Line(line, takes_back, date, code, ids, amount, high, basis) in lines {
        let date: Date = from_number(date)?;
        let code = match code {
            Some(code) => Some(ProcedureCode::new(code.as_bytes())?),
            None => None,
        };
        for id in ids {
            let account = accounts.of(id)?;
            let name = Arc::clone(&account.name);
            entries.push(EntryRow {
                line,
                takes_back: takes_back != 0,
                date,
                code,
                counted: if account.is_amount {
                    CountedRow::Amount {
                        table: name,
                        low: Cents(amount),
                        high: Cents(high?),
                        basis: basis_of(basis?)?,
                    }
                } else {
                    // As many as a line can have: more would not add up.
                    u32::try_from(amount.unsigned_abs()).ok()?;
                    CountedRow::Sessions {
                        policy: name,
                        sessions: amount,
                    }
                },
            });
        }
    }
    Some(entries)
}

#[derive(Serialize, Deserialize)]
struct Risk<'c>(
    #[serde(borrow)] std::borrow::Cow<'c, str>,
    #[serde(borrow)] Option<std::borrow::Cow<'c, str>>,
    Option<i64>,
    #[serde(borrow)] std::borrow::Cow<'c, str>,
    #[serde(borrow)] std::borrow::Cow<'c, str>,
    Severity,
);

/// Writes lines at risk.
pub(super) fn encode_at_risk(lines: &[AtRiskLine]) -> String {
    let lines: Vec<Risk<'_>> = lines
        .iter()
        .map(|line| {
            Risk(
                line.number.as_str().into(),
                line.code.map(|code| code.to_string().into()),
                line.date.map(to_number),
                line.rule.as_str().into(),
                line.policy.as_str().into(),
                line.severity,
            )
        })
        .collect();
    serde_json::to_string(&lines).unwrap_or_default()
}

/// Reads lines at risk; `None` for what [`encode_at_risk`] does not write.
pub(super) fn decode_at_risk(text: &str) -> Option<Vec<AtRiskLine>> {
    let lines: Vec<Risk<'_>> = serde_json::from_str(text).ok()?;
    let line = |Risk(number, code, date, rule, policy, severity): Risk<'_>| {
        Some(AtRiskLine {
            number: number.into_owned(),
            code: match code {
                Some(code) => Some(ProcedureCode::new(code.as_bytes())?),
                None => None,
            },
            date: match date {
                Some(date) => Some(from_number(date)?),
                None => None,
            },
            rule: rule.into_owned(),
            policy: policy.into_owned(),
            severity,
        })
    };
    lines.into_iter().map(line).collect()
}

/// The number that stands for a frequency: CLM05-3 where it has one.
pub(super) const fn frequency_number(frequency: Frequency) -> i16 {
    match frequency {
        Frequency::Original => 1,
        Frequency::Replacement => 7,
        Frequency::Void => 8,
        Frequency::Remittance => 0,
        Frequency::Balance => -1,
    }
}

/// The inverse of [`frequency_number`].
pub(super) const fn frequency_of(number: i16) -> Option<Frequency> {
    Some(match number {
        1 => Frequency::Original,
        7 => Frequency::Replacement,
        8 => Frequency::Void,
        0 => Frequency::Remittance,
        -1 => Frequency::Balance,
        _ => return None,
    })
}

const fn basis_number(basis: AmountBasis) -> u8 {
    match basis {
        AmountBasis::Balance => 0,
        AmountBasis::Adjudicated => 1,
        AmountBasis::FeeSchedule => 2,
        AmountBasis::Charge => 3,
    }
}

const fn basis_of(number: u8) -> Option<AmountBasis> {
    Some(match number {
        0 => AmountBasis::Balance,
        1 => AmountBasis::Adjudicated,
        2 => AmountBasis::FeeSchedule,
        3 => AmountBasis::Charge,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: u32, takes_back: bool, counted: CountedRow) -> EntryRow {
        EntryRow {
            line,
            takes_back,
            date: from_number(20_260_302).unwrap(),
            code: ProcedureCode::new(b"97110"),
            counted,
        }
    }

    fn amount(table: &str, low: i64) -> CountedRow {
        CountedRow::Amount {
            table: table.into(),
            low: Cents(low),
            high: Cents(9_000),
            basis: AmountBasis::FeeSchedule,
        }
    }

    #[test]
    fn lines_come_back_as_they_were() {
        let sessions = CountedRow::Sessions {
            policy: "P".into(),
            sessions: -2,
        };
        let entries = [
            entry(0, false, amount("one", 100)),
            entry(0, false, amount("two", 100)),
            entry(1, false, amount("one", 100)),
            entry(1, false, amount("two", 200)),
            entry(3, true, amount("two", -200)),
            entry(3, true, sessions),
        ];
        let mut accounts = AccountNames::default();
        let mut next = 6;
        let text = encode(&entries, &mut accounts, |_, _| {
            next += 1;
            Ok::<_, ()>(next)
        })
        .unwrap();
        assert_eq!(
            text,
            r#"[[0,0,20260302,"97110",[7,8],100,9000,2],[1,0,20260302,"97110",[7],100,9000,2],[1,0,20260302,"97110",[8],200,9000,2],[3,1,20260302,"97110",[8],-200,9000,2],[3,1,20260302,"97110",[9],-2,null,null]]"#
        );
        assert_eq!(decode(&text, &accounts).unwrap(), entries);
    }

    #[test]
    fn what_is_strange_is_refused() {
        let mut accounts = AccountNames::default();
        accounts.insert(AccountName {
            id: 1,
            is_amount: true,
            name: "one".into(),
        });
        accounts.insert(AccountName {
            id: 2,
            is_amount: false,
            name: "P".into(),
        });
        let good = r"[[0,0,20260302,null,[1],1,2,3]]";
        assert!(decode(good, &accounts).is_some());
        let sessions = |count: i64| {
            let text = format!("[[0,0,20260302,null,[2],{count},null,null]]");
            decode(&text, &accounts).is_some()
        };
        assert!(sessions(3) && sessions(-3));
        assert!(!sessions(i64::MAX) && !sessions(i64::MIN));
        for (from, to) in [
            ("20260302", "20260230"),
            ("[1]", "[3]"),
            ("1,2,3]", "1,null,3]"),
            ("1,2,3]", "1,2,4]"),
            ("null", "\"?\""),
            ("[[", "["),
        ] {
            let text = good.replace(from, to);
            assert!(decode(&text, &accounts).is_none(), "{text}");
        }
    }
}
