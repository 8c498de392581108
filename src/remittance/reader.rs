//! Reads an 835.

use super::{RemittedClaim, RemittedLine};
use crate::code::ProcedureCode;
use crate::date::{Date, parse_d8};
use crate::money::Cents;
use crate::text::Text;
use crate::x12::{InterchangeHeader, WholeError, WholeSegment, read_sets};

/// Why an 835 cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RemittanceError {
    /// It is no X12, or not whole.
    #[error(transparent)]
    File(#[from] WholeError),
    /// There is no 835 in it.
    #[error("there is no 835 transaction set in it")]
    NoRemittance,
}

/// The claims of all 835s in a file, in their order.
///
/// # Errors
/// When it is no X12, has no 835, or is not whole.
pub fn read(bytes: &[u8]) -> Result<Vec<RemittedClaim>, RemittanceError> {
    let mut reader = Reader::default();
    let sets = read_sets(bytes, b"835", |header, segment| {
        reader.segment(header, segment);
    })?;
    if sets == 0 {
        return Err(RemittanceError::NoRemittance);
    }
    Ok(reader.claims)
}

/// What adds up to the amount allowed on a line.
#[derive(Default)]
struct Amounts {
    allowed: Option<Cents>,
    paid: Cents,
    others: Cents,
    /// One of them is no amount.
    is_damaged: bool,
}

#[derive(Default)]
struct Reader {
    claims: Vec<RemittedClaim>,
    payee: Text,
    /// Of the open 835.
    decided: Option<Date>,
    /// It is the date of the payment.
    is_payment_dated: bool,
    /// Of the open service line.
    amounts: Option<Amounts>,
}

impl Reader {
    fn segment(&mut self, header: &InterchangeHeader<'_>, segment: &WholeSegment<'_>) {
        let element = |number: usize| segment.element(number);
        let amount = |number: usize| match element(number) {
            b"" => Some(Cents::ZERO),
            text => Cents::parse(text),
        };
        match segment.id() {
            b"ST" => {
                self.payee = Text::default();
                self.decided = header.date();
                self.is_payment_dated = false;
            }
            b"SE" => self.end_line(),
            b"BPR" => {
                if let Some(date) = parse_d8(element(16)) {
                    self.decided = Some(date);
                    self.is_payment_dated = true;
                }
            }
            b"DTM" if element(1) == b"405" && !self.is_payment_dated => {
                self.decided = parse_d8(element(2)).or(self.decided);
            }
            b"N1" if element(1) == b"PE" => self.payee = Text::new(element(4)),
            b"CLP" => {
                self.end_line();
                self.claims.push(RemittedClaim {
                    offset: segment.offset,
                    decided: self.decided,
                    id: Text::new(element(1)),
                    status: Text::new(element(2)),
                    payer_number: Text::new(element(7)),
                    payee: self.payee.clone(),
                    lines: Vec::new(),
                    is_damaged: false,
                });
            }
            b"SVC" => {
                self.end_line();
                let code = |number: usize| {
                    let code = element(number)
                        .split(|byte| *byte == header.delimiters.component)
                        .nth(1);
                    code.and_then(ProcedureCode::new)
                };
                if let Some(claim) = self.claims.last_mut() {
                    claim.lines.push(RemittedLine {
                        code: code(6).or_else(|| code(1)),
                        date: None,
                        allowed: Cents::ZERO,
                    });
                    self.amounts = Some(Amounts {
                        paid: amount(3).unwrap_or_default(),
                        is_damaged: amount(3).is_none(),
                        ..Amounts::default()
                    });
                }
            }
            b"DTM" if matches!(element(1), b"472" | b"150") => {
                if self.amounts.is_some()
                    && let Some(line) = self.open_line()
                {
                    line.date = line.date.or_else(|| parse_d8(element(2)));
                }
            }
            b"CAS" => {
                if let Some(amounts) = &mut self.amounts {
                    // Reason, amount and quantity, up to six times.
                    for at in (2..20).step_by(3) {
                        // Deductible, coinsurance and copayment were allowed; other reasons that make
                        // the patient pay, such as a benefit that is used up, were not.
                        let is_allowed = match element(1) {
                            b"PR" => matches!(element(at), b"1" | b"2" | b"3"),
                            b"CO" => element(at) == b"253",
                            _ => false,
                        };
                        if is_allowed {
                            let other = amount(at + 1);
                            amounts.is_damaged |= other.is_none();
                            amounts.others = amounts.others.plus(other.unwrap_or_default());
                        }
                    }
                }
            }
            b"AMT" if element(1) == b"B6" => {
                if let Some(amounts) = &mut self.amounts {
                    amounts.allowed = Cents::parse(element(2));
                    amounts.is_damaged |= amounts.allowed.is_none();
                }
            }
            _ => {}
        }
    }

    fn open_line(&mut self) -> Option<&mut RemittedLine> {
        self.claims.last_mut()?.lines.last_mut()
    }

    fn end_line(&mut self) {
        if let Some(amounts) = self.amounts.take() {
            let sum = amounts.paid.plus(amounts.others);
            let allowed = amounts.allowed.unwrap_or(sum).max(Cents::ZERO);
            if let Some(line) = self.open_line() {
                line.allowed = allowed;
            }
            if amounts.is_damaged
                && let Some(claim) = self.claims.last_mut()
            {
                claim.is_damaged = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVICE: &str = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260405*0900*^*00501*000000001*0*T*:~\
GS*HP*PAYER*CLINIC*20260405*0900*1*X*005010X221A1~ST*835*0001~BPR*I*98.4*C*NON~N1*PR*MEDICARE~\
N1*PE*CLINIC*XX*1999900016~LX*1~CLP*C1*1*150*78.4**MB*ICN7~NM1*QC*1*DOE*JO****MI*1M~\
SVC*HC:97110:GP*100*78.4**1~DTM*472*20260302~CAS*CO*253*1.6~CAS*PR*2*20~CAS*CO*45*0~\
SVC*HC:97530:GP*50*0**1~DTM*472*20260302~CAS*CO*50*50~AMT*B6*0~\
CLP*C2*22*-10*-10**MB*ICN8~SE*16*0001~GE*1*1~IEA*1*000000001~\n";

    #[test]
    fn what_was_allowed_is_paid_patients_and_sequestered() {
        let claims = read(ADVICE.as_bytes()).unwrap();
        assert_eq!(claims.len(), 2);
        assert_eq!(claims[0].id.as_bytes(), b"C1");
        assert_eq!(claims[0].payer_number.as_bytes(), b"ICN7");
        assert_eq!(claims[0].payee.as_bytes(), b"1999900016");
        let allowed: Vec<i64> = claims[0].lines.iter().map(|line| line.allowed.0).collect();
        assert_eq!(allowed, [10_000, 0]);
        assert_eq!(claims[0].lines[0].date.unwrap().to_string(), "2026-03-02");
        assert!(claims[1].is_reversal());
    }

    #[test]
    fn the_payment_dates_a_decision_else_the_production_else_the_interchange() {
        let decided = |text: &str| {
            let claims = read(text.as_bytes()).unwrap();
            claims[0].decided.unwrap().to_string()
        };
        assert_eq!(decided(ADVICE), "2026-04-05");
        let produced = ADVICE.replace("N1*PR*", "DTM*405*20260404~N1*PR*");
        assert_eq!(decided(&produced), "2026-04-04");
        let paid = produced.replace("*C*NON~", "*C*NON************20260407~");
        assert_eq!(decided(&paid), "2026-04-07");
    }

    #[test]
    fn what_is_none_or_breaks_off_is_refused() {
        assert!(matches!(
            read(b"hello"),
            Err(RemittanceError::File(WholeError::NotX12))
        ));
        let claims = ADVICE.replace("ST*835", "ST*837");
        assert!(matches!(
            read(claims.as_bytes()),
            Err(RemittanceError::NoRemittance)
        ));
        let half = &ADVICE.as_bytes()[..ADVICE.find("CLP*C2").unwrap()];
        assert!(matches!(
            read(half),
            Err(RemittanceError::File(WholeError::Truncated {
                is_set: true
            }))
        ));
    }
}
