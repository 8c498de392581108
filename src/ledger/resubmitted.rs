//! A claim that is sent anew after it was put right: under its own number, and not as a replacement.

use crate::code::ProcedureCode;
use crate::date::Date;
use crate::money::Cents;
use crate::rule::Accrual;

use super::identity::{ClaimIdentity, Frequency, Span};
use super::patient::{KnownClaim, PatientRecord};

/// The code of a line, where it is known, and its date.
type Service = (Option<ProcedureCode>, Date);

/// What was sent before, and how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earlier {
    /// It counts by estimate, or the payer allowed nothing: what comes now takes its place.
    Open(u32),
    /// The payer has allowed something: what comes now is denied as a duplicate.
    Paid(u32),
}

impl PatientRecord {
    /// The claim that is sent anew: same number and provider, same codes and dates, and other modifiers,
    /// units or charges. Providers who use one number for many visits have other dates.
    pub(super) fn resubmitted(
        &self,
        identity: &ClaimIdentity,
        accruals: &[Accrual],
        span: Option<Span>,
    ) -> Option<Earlier> {
        if identity.frequency != Frequency::Original
            || identity.id.is_empty()
            || accruals.is_empty()
        {
            return None;
        }
        let may_be = |claim: &KnownClaim| {
            claim.is_counted
                && claim.span == span
                && identity.is_akin(&claim.identity)
                && claim.identity.frequency != Frequency::Balance
        };
        let mut wanted: Option<Vec<Service>> = None;
        let claims = self.candidates(|alike| alike.with_id(&identity.id));
        let claims = claims.into_iter();
        let (number, claim) = claims
            .map(|number| (number, &self.claims[number as usize]))
            .filter(|(_, claim)| may_be(claim))
            .find(|(number, _)| {
                let wanted = wanted.get_or_insert_with(|| services_of(accruals));
                self.has_services(*number, wanted)
            })?;
        let is_paid = claim.identity.frequency == Frequency::Remittance
            && self
                .accounts
                .iter()
                .flat_map(|account| account.of_claim(number))
                .any(|entry| entry.high > Cents::ZERO);
        Some(if is_paid {
            Earlier::Paid(number)
        } else {
            Earlier::Open(number)
        })
    }

    /// True when the lines of a claim are these. Sessions are kept without their code.
    fn has_services(&self, claim: u32, wanted: &[Service]) -> bool {
        let mut lines: Vec<(u32, Service)> = Vec::with_capacity(2 * wanted.len());
        for account in &self.accounts {
            let entries = account.of_claim(claim);
            lines.extend(entries.map(|entry| (entry.line, (entry.code, entry.date))));
        }
        for (_, visits) in &self.visits {
            let visits = visits.of_claim(claim);
            lines.extend(visits.map(|visit| (visit.line, (None, visit.date))));
        }
        // Of one line the entry with a code comes first.
        lines.sort_by_key(|(line, (code, date))| (*line, code.is_none(), *date));
        lines.dedup_by_key(|(line, _)| *line);
        let mut services: Vec<Service> = lines.into_iter().map(|(_, service)| service).collect();
        services.sort_unstable();
        services.len() == wanted.len()
            && (services == wanted
                || services
                    .iter()
                    .zip(wanted)
                    .all(|((code, date), (_, other))| code.is_none() && date == other))
    }
}

/// What the lines are, each once.
fn services_of(accruals: &[Accrual]) -> Vec<Service> {
    let mut services: Vec<(u32, Service)> = accruals
        .iter()
        .map(|accrual| (accrual.line, (accrual.code, accrual.date)))
        .collect();
    services.sort_unstable();
    services.dedup_by_key(|(line, _)| *line);
    let mut services: Vec<Service> = services.into_iter().map(|(_, service)| service).collect();
    services.sort_unstable();
    services
}
