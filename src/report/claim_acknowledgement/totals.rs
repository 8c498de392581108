//! Counts and charges of accepted and rejected claims.

use std::io::{self, Write};

use crate::money::Cents;
use crate::x12::SegmentWriter;

/// What a level of the hierarchy adds up to. Counted in claims, never in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    accepted: u64,
    rejected: u64,
    accepted_charge: Cents,
    rejected_charge: Cents,
}

/// QTY01 for accepted and rejected claims: they differ by level.
pub(super) struct QuantityQualifiers(pub &'static str, pub &'static str);

impl QuantityQualifiers {
    /// Loop 2200B.
    pub const RECEIVER: Self = Self("90", "AA");
    /// Loop 2200C.
    pub const PROVIDER: Self = Self("QA", "QC");
}

impl Totals {
    /// Counts one claim.
    pub fn count(&mut self, accepted: bool, charge: Cents) {
        if accepted {
            self.accepted += 1;
            self.accepted_charge = self.accepted_charge.plus(charge);
        } else {
            self.rejected += 1;
            self.rejected_charge = self.rejected_charge.plus(charge);
        }
    }

    /// Adds the totals of a lower level.
    pub fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.accepted_charge = self.accepted_charge.plus(other.accepted_charge);
        self.rejected_charge = self.rejected_charge.plus(other.rejected_charge);
    }

    /// Charges of all claims.
    pub fn charge(&self) -> Cents {
        self.accepted_charge.plus(self.rejected_charge)
    }

    /// Writes QTY and AMT; those without claims are left out.
    pub fn write<W: Write>(
        &self,
        out: &mut SegmentWriter<W>,
        qualifiers: &QuantityQualifiers,
    ) -> io::Result<()> {
        for (qualifier, count) in [(qualifiers.0, self.accepted), (qualifiers.1, self.rejected)] {
            if count > 0 {
                out.segment("QTY").element(qualifier).number(count).end()?;
            }
        }
        for (qualifier, count, charge) in [
            ("YU", self.accepted, self.accepted_charge),
            ("YY", self.rejected, self.rejected_charge),
        ] {
            if count > 0 {
                out.segment("AMT").element(qualifier).amount(charge).end()?;
            }
        }
        Ok(())
    }
}
