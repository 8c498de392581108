//! Reads an 835.

use super::{RemittedClaim, RemittedLine};
use crate::code::ProcedureCode;
use crate::date::parse_d8;
use crate::money::Cents;
use crate::text::Text;
use crate::x12::{Content, HeaderError, InterchangeHeader, SegmentScanner, sniff};

/// Why an 835 cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RemittanceError {
    /// It is something else.
    #[error("not X12: expected an ISA segment")]
    NotX12,
    /// Its delimiters cannot be told.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// There is no 835 in it.
    #[error("there is no 835 transaction set in it")]
    NoRemittance,
    /// It ends in the middle.
    #[error("the file ends inside of a transaction set: nothing of it was taken")]
    Truncated,
}

/// The claims of all 835s in a file, in their order.
///
/// # Errors
/// When it is no X12, has no 835, or breaks off.
pub fn read(bytes: &[u8]) -> Result<Vec<RemittedClaim>, RemittanceError> {
    let (Content::X12 { at: offset } | Content::X12AfterText { at: offset }) = sniff(bytes) else {
        return Err(RemittanceError::NotX12);
    };
    let mut reader = Reader::default();
    let mut at = offset;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.starts_with(b"ISA")) {
        let header = InterchangeHeader::discover(rest)?;
        at = reader.interchange(bytes, at + header.length, &header);
        at += bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
    }
    if reader.is_open {
        return Err(RemittanceError::Truncated);
    }
    if !reader.has_remittance {
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
    /// An 835 is open.
    is_open: bool,
    has_remittance: bool,
    payee: Text,
    /// Of the open service line.
    amounts: Option<Amounts>,
}

impl Reader {
    /// Reads up to IEA; returns what stands behind it.
    fn interchange(&mut self, bytes: &[u8], from: usize, header: &InterchangeHeader<'_>) -> usize {
        let delimiters = header.delimiters;
        let mut scanner = SegmentScanner::new(&bytes[from..], delimiters.terminator);
        while let Some(segment) = scanner.next() {
            let line_breaks = |byte: &u8| matches!(byte, b'\r' | b'\n');
            let text: Vec<u8> = segment
                .bytes
                .iter()
                .copied()
                .filter(|byte| !line_breaks(byte))
                .collect();
            let elements: Vec<&[u8]> = text.split(|byte| *byte == delimiters.element).collect();
            let offset = (from + segment.offset) as u64;
            self.segment(offset, &elements, delimiters.component);
            if elements[0] == b"IEA" {
                return from + scanner.position();
            }
        }
        bytes.len()
    }

    fn segment(&mut self, offset: u64, elements: &[&[u8]], component: u8) {
        let element = |number: usize| elements.get(number).copied().unwrap_or_default();
        let amount = |number: usize| match element(number) {
            b"" => Some(Cents::ZERO),
            text => Cents::parse(text),
        };
        match elements[0] {
            b"ST" => {
                self.is_open = element(1) == b"835";
                self.has_remittance |= self.is_open;
                self.payee = Text::default();
            }
            b"SE" => {
                self.end_line();
                self.is_open = false;
            }
            _ if !self.is_open => {}
            b"N1" if element(1) == b"PE" => self.payee = Text::new(element(4)),
            b"CLP" => {
                self.end_line();
                self.claims.push(RemittedClaim {
                    offset,
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
                    let code = element(number).split(|byte| *byte == component).nth(1);
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
    fn what_is_none_or_breaks_off_is_refused() {
        assert!(matches!(read(b"hello"), Err(RemittanceError::NotX12)));
        let claims = ADVICE.replace("ST*835", "ST*837");
        assert!(matches!(
            read(claims.as_bytes()),
            Err(RemittanceError::NoRemittance)
        ));
        let half = &ADVICE.as_bytes()[..ADVICE.find("CLP*C2").unwrap()];
        assert!(matches!(read(half), Err(RemittanceError::Truncated)));
    }
}
