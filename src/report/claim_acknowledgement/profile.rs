//! The three ways to acknowledge a claim that has findings.

/// How findings appear in a 277CA.
///
/// The guide has no vehicle for a warning on an accepted claim (X12 RFI 2203), so a sender must
/// choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Claims at risk are accepted, and the free text of their status (STC12) says what to
    /// repair. Validators pass it, but it takes an agreement with the receiver: the guide ties
    /// STC12 to a status code that is no longer active (X12 RFI 1465).
    #[default]
    Annotated,
    /// A conforming receipt: findings leave no trace in it.
    Strict,
    /// Claims with findings of severity error are rejected, with the lines that are to blame.
    /// Conforming if such claims are truly held back.
    Gate,
}
