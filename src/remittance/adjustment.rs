//! CAS: why less was paid than was charged.

use crate::code::ReasonCode;
use crate::money::Cents;

/// One reason of a CAS segment, which holds up to six.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// CAS01, who bears it: CO (contractual obligation), PR (patient responsibility), OA (other), PI
    /// (payer initiated).
    pub group: ReasonCode,
    /// Claim adjustment reason code: CAS02, 05, 08, 11, 14 or 17.
    pub reason: ReasonCode,
    /// By how much the charge is lessened: CAS03, 06, 09, 12, 15 or 18; negative when it is raised.
    pub amount: Cents,
}

impl Adjustment {
    /// Deductible, coinsurance and copayment (PR-1, 2, 3) were allowed, and sequestration (CO-253) was
    /// too; other reasons that make the patient pay, such as a benefit that is used up, were not.
    pub fn is_allowed(&self) -> bool {
        let reasons: &[&str] = if self.group.is("PR") {
            &["1", "2", "3"]
        } else if self.group.is("CO") {
            &["253"]
        } else {
            &[]
        };
        reasons.iter().any(|code| self.reason.is(code))
    }
}
