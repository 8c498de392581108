//! Reads an 835.

use super::{Adjustment, LineReasons, RemittedClaim, RemittedLine};
use crate::code::{Modifier, ProcedureCode, ReasonCode};
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

/// The claims of all 835s in a file, in their order, without the reasons of decisions.
///
/// # Errors
/// When it is no X12, has no 835, or is not whole.
pub fn read(bytes: &[u8]) -> Result<Vec<RemittedClaim>, RemittanceError> {
    let mut claims = Vec::new();
    let reader = Reader::new(false, |claim| claims.push(claim));
    reader.read(bytes)?;
    Ok(claims)
}

/// Tells `each` the claims of all 835s in a file, in their order, with the reasons of decisions: one at
/// a time, as they take much more room.
///
/// # Errors
/// As [`read`]; `each` may have been told a part by then.
pub fn read_with_reasons(
    bytes: &[u8],
    each: impl FnMut(RemittedClaim),
) -> Result<(), RemittanceError> {
    Reader::new(true, each).read(bytes)
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

struct Reader<F> {
    each: F,
    with_reasons: bool,
    claim: Option<RemittedClaim>,
    payee: Text,
    /// Of the open 835.
    decided: Option<Date>,
    /// It is the date of the payment.
    is_payment_dated: bool,
    /// Of the open service line.
    amounts: Option<Amounts>,
}

impl<F: FnMut(RemittedClaim)> Reader<F> {
    fn new(with_reasons: bool, each: F) -> Self {
        Self {
            each,
            with_reasons,
            claim: None,
            payee: Text::default(),
            decided: None,
            is_payment_dated: false,
            amounts: None,
        }
    }

    fn read(mut self, bytes: &[u8]) -> Result<(), RemittanceError> {
        let sets = read_sets(bytes, b"835", |header, segment| {
            self.segment(header, segment);
        })?;
        if sets == 0 {
            return Err(RemittanceError::NoRemittance);
        }
        Ok(())
    }

    fn segment(&mut self, header: &InterchangeHeader<'_>, segment: &WholeSegment<'_>) {
        let element = |number: usize| segment.element(number);
        match segment.id() {
            b"ST" => {
                self.payee = Text::default();
                self.decided = header.date();
                self.is_payment_dated = false;
            }
            b"SE" => self.end_claim(),
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
                self.end_claim();
                let (charge, paid) = (amount(segment, 3), amount(segment, 4));
                self.claim = Some(RemittedClaim {
                    offset: segment.offset,
                    decided: self.decided,
                    id: Text::new(element(1)),
                    status: Text::new(element(2)),
                    charge: charge.unwrap_or_default(),
                    paid: paid.unwrap_or_default(),
                    filing_indicator: Text::new(element(6)),
                    payer_number: Text::new(element(7)),
                    payee: self.payee.clone(),
                    has_bad_amount: charge.is_none() || paid.is_none(),
                    ..RemittedClaim::default()
                });
            }
            b"SVC" => self.line(header, segment),
            b"DTM" if matches!(element(1), b"472" | b"150") => {
                if self.amounts.is_some()
                    && let Some(line) = self.open_line()
                {
                    line.date = line.date.or_else(|| parse_d8(element(2)));
                }
            }
            b"CAS" => self.adjustments(segment),
            b"AMT" if element(1) == b"B6" => {
                if let Some(amounts) = &mut self.amounts {
                    amounts.allowed = Cents::parse(element(2));
                    amounts.is_damaged |= amounts.allowed.is_none();
                }
            }
            b"REF" if element(1) == b"6R" => {
                if let Some(reasons) = self.open_reasons() {
                    reasons.control_number = Text::new(element(2));
                }
            }
            b"LQ" if element(1) == b"HE" => {
                if let Some(reasons) = self.open_reasons() {
                    reasons.remarks.extend(ReasonCode::new(element(2)));
                }
            }
            b"MIA" => self.remarks(segment, &[5, 20, 21, 22, 23]),
            b"MOA" => self.remarks(segment, &[3, 4, 5, 6, 7]),
            _ => {}
        }
    }

    fn line(&mut self, header: &InterchangeHeader<'_>, segment: &WholeSegment<'_>) {
        self.end_line();
        let Some(claim) = &mut self.claim else {
            return;
        };
        let components = |number: usize| {
            let element = segment.element(number);
            element.split(|byte| *byte == header.delimiters.component)
        };
        let code = |number: usize| components(number).nth(1).and_then(ProcedureCode::new);
        let (charge, paid) = (amount(segment, 2), amount(segment, 3));
        let billed = if code(6).is_some() { 6 } else { 1 };
        let reasons = || LineReasons {
            modifiers: components(billed)
                .skip(2)
                .take(4)
                .filter_map(Modifier::new)
                .collect(),
            charge: charge.unwrap_or_default(),
            paid: paid.unwrap_or_default(),
            ..LineReasons::default()
        };
        claim.has_bad_amount |= charge.is_none();
        claim.lines.push(RemittedLine {
            code: code(billed),
            date: None,
            allowed: Cents::ZERO,
            reasons: self.with_reasons.then(|| Box::new(reasons())),
        });
        self.amounts = Some(Amounts {
            paid: paid.unwrap_or_default(),
            is_damaged: paid.is_none(),
            ..Amounts::default()
        });
    }

    /// Of the open line, else of the open claim.
    fn adjustments(&mut self, segment: &WholeSegment<'_>) {
        // Reason, amount and quantity, up to six times.
        for at in (2..20).step_by(3) {
            let codes =
                ReasonCode::new(segment.element(1)).zip(ReasonCode::new(segment.element(at)));
            let Some((group, reason)) = codes else {
                continue;
            };
            let amount = amount(segment, at + 1);
            let adjustment = Adjustment {
                group,
                reason,
                amount: amount.unwrap_or_default(),
            };
            if let Some(claim) = &mut self.claim {
                claim.has_bad_amount |= amount.is_none();
            }
            if let Some(amounts) = &mut self.amounts {
                if adjustment.is_allowed() {
                    amounts.is_damaged |= amount.is_none();
                    amounts.others = amounts.others.plus(adjustment.amount);
                }
                if let Some(reasons) = self.open_reasons() {
                    reasons.adjustments.push(adjustment);
                }
            } else if let Some(claim) = self.claim.as_mut().filter(|_| self.with_reasons) {
                claim.adjustments.push(adjustment);
            }
        }
    }

    fn remarks(&mut self, segment: &WholeSegment<'_>, elements: &[usize]) {
        if let Some(claim) = self.claim.as_mut().filter(|_| self.with_reasons) {
            let codes = elements.iter().map(|number| segment.element(*number));
            claim.remarks.extend(codes.filter_map(ReasonCode::new));
        }
    }

    fn open_line(&mut self) -> Option<&mut RemittedLine> {
        self.claim.as_mut()?.lines.last_mut()
    }

    fn open_reasons(&mut self) -> Option<&mut LineReasons> {
        self.open_line()?.reasons.as_deref_mut()
    }

    fn end_line(&mut self) {
        if let Some(amounts) = self.amounts.take() {
            let sum = amounts.paid.plus(amounts.others);
            let allowed = amounts.allowed.unwrap_or(sum).max(Cents::ZERO);
            if let Some(line) = self.open_line() {
                line.allowed = allowed;
            }
            if amounts.is_damaged
                && let Some(claim) = &mut self.claim
            {
                claim.is_damaged = true;
                claim.has_bad_amount = true;
            }
        }
    }

    fn end_claim(&mut self) {
        self.end_line();
        if let Some(claim) = self.claim.take() {
            (self.each)(claim);
        }
    }
}

/// An amount; nothing when the element is empty, `None` when it is something else.
fn amount(segment: &WholeSegment<'_>, number: usize) -> Option<Cents> {
    match segment.element(number) {
        b"" => Some(Cents::ZERO),
        text => Cents::parse(text),
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
    fn reasons_are_read_of_claim_and_line() {
        let mut claims = Vec::new();
        let text = ADVICE
            .replace("NM1*QC", "CAS*OA*23*5~MOA***MA01*N822~NM1*QC")
            .replace("HC:97530:GP*50*0**1", "HC:97150*50*0**1*HC:97530:GP:KX")
            .replace(
                "CAS*CO*50*50",
                "CAS*CO*45*20*1*16*30~REF*6R*L2~LQ*HE*N823~LQ*RX*1",
            );
        read_with_reasons(text.as_bytes(), |claim| claims.push(claim)).unwrap();
        let claim = &claims[0];
        assert_eq!((claim.charge.0, claim.paid.0), (15_000, 7_840));
        let told = |adjustments: &[Adjustment]| -> Vec<String> {
            let one = |a: &Adjustment| format!("{}-{} {}", a.group, a.reason, a.amount);
            adjustments.iter().map(one).collect()
        };
        assert_eq!(told(&claim.adjustments), ["OA-23 5.00"]);
        let remarks: Vec<String> = claim.remarks.iter().map(ToString::to_string).collect();
        assert_eq!(remarks, ["MA01", "N822"]);
        let first = claim.lines[0].reasons.as_deref().unwrap();
        assert_eq!(
            told(&first.adjustments),
            ["CO-253 1.60", "PR-2 20.00", "CO-45 0.00"]
        );
        assert_eq!((first.charge.0, first.paid.0), (10_000, 7_840));
        let second = claim.lines[1].reasons.as_deref().unwrap();
        assert_eq!(claim.lines[1].code, ProcedureCode::new(b"97530"));
        assert_eq!(second.modifiers[1], Modifier::KX);
        assert_eq!(told(&second.adjustments), ["CO-45 20.00", "CO-16 30.00"]);
        assert_eq!(second.control_number.as_bytes(), b"L2");
        assert!(second.remarks.len() == 1 && second.remarks[0].is("N823"));
        // For totals alone nothing of this is kept.
        let brief = &read(text.as_bytes()).unwrap()[0];
        assert!(brief.adjustments.is_empty() && brief.remarks.is_empty());
        assert!(brief.lines.iter().all(|line| line.reasons.is_none()));
    }

    #[test]
    fn an_amount_that_totals_do_without_damages_no_total() {
        let text = ADVICE.replace("CAS*CO*45*0", "CAS*CO*45*none");
        let claims = read(text.as_bytes()).unwrap();
        assert!(claims[0].has_bad_amount && !claims[0].is_damaged);
        let text = ADVICE.replace("CAS*CO*253*1.6", "CAS*CO*253*none");
        let claims = read(text.as_bytes()).unwrap();
        assert!(claims[0].has_bad_amount && claims[0].is_damaged);
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
