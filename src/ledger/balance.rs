//! What a payer says was used of a yearly amount.

use crate::date::Date;
use crate::money::Cents;
use crate::policy::{BucketId, PolicySet};

use super::identity::{ClaimIdentity, Frequency, Span};
use super::order::OrderKey;
use super::patient::PatientRecord;

/// What was used by a day, by all providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Calendar year.
    pub year: i16,
    /// Table of yearly amounts.
    pub bucket: BucketId,
    /// What was used.
    pub amount: Cents,
    /// The day.
    pub as_of: Date,
}

/// What became of a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entered {
    /// A balance of a later day counts.
    Older,
    /// This very balance was entered before.
    Known,
    /// The account is set to it.
    New,
}

impl PatientRecord {
    /// Sets an account to a balance, with what was counted on dates of service up to its day taken to be in
    /// it. `content` tells balances apart.
    pub fn enter(
        &mut self,
        order: OrderKey,
        balance: Balance,
        content: u64,
        policies: &PolicySet,
    ) -> Entered {
        let identity = ClaimIdentity {
            id: "BALANCE".into(),
            frequency: Frequency::Balance,
            content,
            ..ClaimIdentity::default()
        };
        let account = self.known_account(balance.year, balance.bucket);
        // One that another has taken the place of may come back.
        let stands = |number| {
            account.is_some_and(|account| account.of_claim(number).any(|entry| entry.is_open))
        };
        if self.same(&identity).is_some_and(stands) {
            return Entered::Known;
        }
        if account.is_some_and(|account| account.has_balance_after(balance.as_of)) {
            return Entered::Older;
        }
        let span = Span::of(std::iter::once(balance.as_of));
        let number = self.receive(order, &identity, span);
        let amount = policies.yearly_amount(balance.bucket, balance.year);
        self.account(balance.year, balance.bucket, amount)
            .set_balance(number, balance.amount, balance.as_of);
        Entered::New
    }
}
