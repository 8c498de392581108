//! Which Medicare contractor a claim goes to, and the states that it serves. Where no number tells, a professional
//! claim with a code that only DME MACs process goes there, unless a CPT code stands beside it.

use std::cell::OnceCell;
use std::collections::HashMap;

use smallvec::SmallVec;

use crate::claim::Claim;
use crate::code::ProcedureCode;
use crate::finding::ClaimKind;

use super::pack::{Contractor, PayerRow};

/// A state or territory by its two letters.
pub(super) type State = [u8; 2];

/// Reads two capital letters.
pub(super) fn state(text: &[u8]) -> Option<State> {
    match text {
        [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
            Some([a.to_ascii_uppercase(), b.to_ascii_uppercase()])
        }
        _ => None,
    }
}

/// What tells contractors: their numbers, else codes that only one kind of them processes.
#[derive(Clone, Debug, Default)]
pub struct VenueTable {
    by_id: HashMap<Box<[u8]>, usize>,
    rows: Vec<(Contractor, Box<[State]>)>,
    /// Packed codes, sorted, that only a DME MAC processes.
    dme_codes: Box<[u64]>,
    /// Takes the place of what claims tell.
    assumed: Option<Contractor>,
}

/// The types of bill of home health and hospice, whose contractors are the HHH MACs.
const HOME_HEALTH: &[&[u8]] = &[b"32", b"33", b"34", b"81", b"82"];

impl VenueTable {
    /// Adds the contractor of a row. What was added first stays.
    pub(super) fn push(&mut self, row: &PayerRow) {
        let Some(contractor) = row.contractor else {
            return;
        };
        let states = row.states.iter().filter_map(|text| state(text.as_bytes()));
        self.rows.push((contractor, states.collect()));
        for id in &row.ids {
            let id = id.trim().to_ascii_uppercase().into_bytes();
            self.by_id.entry(id.into()).or_insert(self.rows.len() - 1);
        }
    }

    /// Adds codes of a jurisdiction, packed.
    pub(super) fn push_codes(&mut self, contractor: Contractor, codes: &[u64]) {
        if contractor == Contractor::Dme {
            let mut all = self.dme_codes.to_vec();
            all.extend_from_slice(codes);
            all.sort_unstable();
            all.dedup();
            self.dme_codes = all.into();
        }
    }

    /// Every claim is taken to go to this kind of contractor.
    pub(super) const fn assume(&mut self, contractor: Contractor) {
        self.assumed = Some(contractor);
    }

    /// True when the kind of contractor is assumed, whatever claims tell.
    pub const fn is_assumed(&self) -> bool {
        self.assumed.is_some()
    }

    fn row(&self, claim: &Claim<'_>) -> Option<usize> {
        let ids = [
            claim.payer.name.id,
            claim.envelope.receiver_id,
            claim.envelope.application_receiver,
            claim.envelope.receiver,
        ];
        ids.into_iter()
            .filter(|id| !id.is_empty())
            .find_map(|id| {
                let upper: SmallVec<[u8; 24]> = id.iter().map(u8::to_ascii_uppercase).collect();
                self.by_id.get(upper.as_slice())
            })
            .copied()
    }

    fn by_claim(&self, claim: &Claim<'_>) -> Contractor {
        let needs_dme = || {
            claim.lines.iter().any(|line| {
                line.procedure
                    .is_some_and(|code| self.dme_codes.binary_search(&code.packed()).is_ok())
            })
        };
        // What a physician does is no equipment: A/B MACs process what stands beside it, or turn it away.
        let has_procedure = || {
            claim
                .lines
                .iter()
                .filter(|line| matches!(line.qualifier, b"HC" | b""))
                .any(|line| line.procedure.is_some_and(ProcedureCode::is_cpt))
        };
        match claim.kind {
            ClaimKind::Institutional if HOME_HEALTH.contains(&claim.facility) => Contractor::Hhh,
            ClaimKind::Institutional => Contractor::A,
            ClaimKind::Professional if needs_dme() && !has_procedure() => Contractor::Dme,
            ClaimKind::Professional | ClaimKind::Dental => Contractor::B,
        }
    }
}

/// The contractor of one claim, found out when somebody asks.
pub struct Venue<'v> {
    table: &'v VenueTable,
    found: OnceCell<Found>,
}

struct Found {
    contractor: Contractor,
    by_number: bool,
    /// In [`VenueTable::rows`]; `None` when the contractor's number is not known.
    row: Option<usize>,
}

impl<'v> Venue<'v> {
    /// Nothing is looked up yet.
    pub const fn new(table: &'v VenueTable) -> Self {
        Self {
            table,
            found: OnceCell::new(),
        }
    }

    fn found(&self, claim: &Claim<'_>) -> &Found {
        self.found.get_or_init(|| {
            let row = self.table.row(claim);
            let told = self.table.assumed.or(row.map(|row| self.table.rows[row].0));
            Found {
                contractor: told.unwrap_or_else(|| self.table.by_claim(claim)),
                by_number: row.is_some() && self.table.assumed.is_none(),
                row,
            }
        })
    }

    /// The kind of contractor.
    pub fn contractor(&self, claim: &Claim<'_>) -> Contractor {
        self.found(claim).contractor
    }

    /// True when the contractor's number told, not the kind and codes of the claim.
    pub fn is_by_number(&self, claim: &Claim<'_>) -> bool {
        self.found(claim).by_number
    }

    /// True when the contractor serves one of `wanted`; where its number is not known, when the
    /// billing provider's address is in one of them.
    pub fn is_in(&self, claim: &Claim<'_>, wanted: &[[u8; 2]]) -> bool {
        match self.found(claim).row {
            Some(row) => self.table.rows[row]
                .1
                .iter()
                .any(|state| wanted.contains(state)),
            None => state(claim.billing_state).is_some_and(|state| wanted.contains(&state)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::ServiceLine;
    use crate::policy::{Pack, PolicySet};

    const PACK: &str = r#"
[pack]
id = "contractors"
version = "1"
title = "t"
[[payer]]
class = "medicare"
ids = ["15102"]
contractor = "b"
states = ["KY"]
source = { document = "test" }
confidence = "verified"
[[payer]]
class = "medicare"
ids = ["16013"]
contractor = "dme"
source = { document = "test" }
confidence = "verified"
[[jurisdiction]]
contractor = "dme"
codes = ["E0100-E0999"]
source = { document = "test" }
confidence = "verified"
"#;

    fn with(check: impl FnOnce(&PolicySet)) {
        let pack = Pack::parse("contractors", PACK).unwrap();
        check(&PolicySet::new(false, vec![pack]).unwrap());
    }

    fn claim(kind: ClaimKind, receiver: &'static str, code: &str) -> Claim<'static> {
        let mut claim = Claim::new();
        claim.kind = kind;
        claim.envelope.receiver_id = receiver.as_bytes();
        let mut line = ServiceLine::new(kind);
        line.procedure = ProcedureCode::new(code.as_bytes());
        claim.lines.push(line);
        claim
    }

    #[test]
    fn a_number_tells_first_and_codes_where_there_is_none() {
        use ClaimKind::{Institutional as I, Professional as P};
        with(|set| {
            for (kind, receiver, code, contractor) in [
                (P, "16013", "J2270", Contractor::Dme),
                (P, "15102", "E0601", Contractor::B),
                (P, "", "E0601", Contractor::Dme),
                (P, "CLEARING", "J2270", Contractor::B),
                (I, "", "E0601", Contractor::A),
            ] {
                let claim = claim(kind, receiver, code);
                let venue = Venue::new(set.venues());
                assert_eq!(venue.contractor(&claim), contractor, "{receiver} {code}");
            }
            let mut office = claim(P, "", "E0601");
            office.lines.push(ServiceLine {
                procedure: ProcedureCode::new(b"99213"),
                ..ServiceLine::new(P)
            });
            assert_eq!(Venue::new(set.venues()).contractor(&office), Contractor::B);
            let mut home = claim(I, "", "97110");
            home.facility = b"34";
            assert_eq!(Venue::new(set.venues()).contractor(&home), Contractor::Hhh);
        });
    }

    #[test]
    fn states_are_the_contractors_else_the_providers() {
        with(|set| {
            let is_in = |receiver, provider: &'static str| {
                let mut claim = claim(ClaimKind::Professional, receiver, "91111");
                claim.billing_state = provider.as_bytes();
                Venue::new(set.venues()).is_in(&claim, &[*b"KY", *b"OH"])
            };
            assert!(is_in("15102", "TX"));
            assert!(!is_in("16013", "KY"));
            assert!(is_in("", "ky"));
            assert!(!is_in("", "TX") && !is_in("", ""));
        });
    }
}
