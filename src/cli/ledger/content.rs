//! What a file that is imported has to say.

use crate::date::Date;
use crate::eligibility::{self, EligibilityError, Why};
use crate::policy::PolicySet;
use crate::remittance::{self, RemittanceError, RemittedClaim};
use crate::screen::Input;
use crate::x12::{self, sniff};

use super::balances::{self, Opening};

/// Packed files may unpack to so many bytes: an 835 of some hundred thousand claims.
pub const LARGEST: u64 = 256 << 20;

/// One thing that goes into the ledger.
pub enum Item {
    Claim(RemittedClaim),
    Balance(Opening),
}

impl Item {
    /// Its place in the file.
    pub const fn position(&self) -> u64 {
        match self {
            Self::Claim(claim) => claim.offset,
            Self::Balance(balance) => balance.position,
        }
    }

    const fn date(&self) -> Option<Date> {
        match self {
            Self::Claim(claim) => claim.decided,
            Self::Balance(balance) => Some(balance.as_of),
        }
    }
}

/// What a file says.
pub struct Content {
    /// In the order of the file.
    pub items: Vec<Item>,
    /// What cannot be taken, with the byte offset of its segment.
    pub left_out: Vec<(u64, String)>,
    /// Something of that is damaged: an amount is no number.
    pub is_damaged: bool,
    /// It has 835s.
    pub has_remittances: bool,
    /// What its 271s say, if it has any.
    pub answers: Option<Answers>,
}

/// What the 271s of a file say, counted.
pub struct Answers {
    pub responses: u64,
    pub rejected: u64,
    /// Therapy amounts that can be taken.
    pub amounts: usize,
    /// Therapy amounts that cannot.
    pub left_out: usize,
}

impl Content {
    /// Reads a file: X12 is told by its beginning, everything else is read as CSV.
    pub fn read(input: &Input, policies: &PolicySet, today: Date) -> Result<Self, String> {
        let bytes = input
            .read_whole(LARGEST)
            .map_err(|error| error.to_string())?;
        match sniff(&bytes) {
            x12::Content::X12 { .. } | x12::Content::X12AfterText { .. } => {
                Self::of_x12(&bytes, policies, today)
            }
            x12::Content::Empty => Err("the file is empty".to_owned()),
            x12::Content::Other(what) if !is_text(&bytes) => {
                Err(format!("expected an 835, a 271 or CSV, not {what}"))
            }
            x12::Content::Other(_) => Ok(Self {
                items: balances::of_csv(&bytes, policies, today)?
                    .into_iter()
                    .map(Item::Balance)
                    .collect(),
                left_out: Vec::new(),
                is_damaged: false,
                has_remittances: false,
                answers: None,
            }),
        }
    }

    fn of_x12(bytes: &[u8], policies: &PolicySet, today: Date) -> Result<Self, String> {
        let claims = match remittance::read(bytes) {
            Err(RemittanceError::NoRemittance) => None,
            read => Some(read.map_err(|error| error.to_string())?),
        };
        let told = match eligibility::read(bytes) {
            Err(EligibilityError::NoEligibility) => None,
            read => Some(read.map_err(|error| error.to_string())?),
        };
        if claims.is_none() && told.is_none() {
            return Err("there is no 835 and no 271 transaction set in it".to_owned());
        }
        if let Some(told) = &told
            && let Some(to_come) = told.amounts.iter().find(|amount| amount.answered > today)
        {
            return Err(format!(
                "byte {}: expected a response (BHT04, else ISA09) of a day that is not to come",
                to_come.offset
            ));
        }
        let has_remittances = claims.is_some();
        let claims = claims.unwrap_or_default();
        let damaged = |claim: &&RemittedClaim| claim.is_damaged && !claim.is_reversal();
        let mut left_out: Vec<(u64, String)> = claims
            .iter()
            .filter(damaged)
            .map(|claim| {
                (
                    claim.offset,
                    "an amount of this claim is no number".to_owned(),
                )
            })
            .collect();
        let unread = told.iter().flat_map(|told| &told.left_out);
        let is_damaged =
            !left_out.is_empty() || unread.into_iter().any(|one| one.why == Why::Damaged);
        let mut items: Vec<Item> = claims.into_iter().map(Item::Claim).collect();
        let answers = told.map(|told| {
            let (balances, unclear) = balances::of_eligibility(&told, policies);
            let answers = Answers {
                responses: told.responses,
                rejected: told.rejected,
                amounts: balances.len(),
                left_out: unclear.len(),
            };
            items.extend(balances.into_iter().map(Item::Balance));
            left_out.extend(unclear);
            answers
        });
        items.sort_by_key(Item::position);
        left_out.sort();
        Ok(Self {
            items,
            left_out,
            is_damaged,
            has_remittances,
            answers,
        })
    }

    /// The newest day that it tells of.
    pub fn date(&self) -> Option<Date> {
        self.items.iter().filter_map(Item::date).max()
    }
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0)
}
