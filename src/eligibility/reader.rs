//! Reads a 271.

use std::collections::BTreeMap;

use super::{Eligibility, LeftOut, Reported, Therapy, TherapyAmount, Why};
use crate::date::{Date, DateRange, parse_d8};
use crate::money::Cents;
use crate::phi::Phi;
use crate::text::Text;
use crate::x12::{InterchangeHeader, WholeError, WholeSegment, read_sets};

/// Why a 271 cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EligibilityError {
    /// It is no X12, or not whole.
    #[error(transparent)]
    File(#[from] WholeError),
    /// There is no 271 in it.
    #[error("there is no 271 transaction set in it")]
    NoEligibility,
}

/// The therapy amounts of all 271s in a file, in their order.
///
/// # Errors
/// When it is no X12, has no 271, or is not whole.
pub fn read(bytes: &[u8]) -> Result<Eligibility, EligibilityError> {
    let mut reader = Reader::default();
    let sets = read_sets(bytes, b"271", |header, segment| {
        reader.segment(header, segment);
    })?;
    if sets == 0 {
        return Err(EligibilityError::NoEligibility);
    }
    Ok(reader.told)
}

#[derive(Default)]
struct Reader {
    told: Eligibility,
    /// Of the open set.
    answered: Option<Date>,
    /// Of the open subscriber.
    member_id: Text,
    /// The open level was rejected.
    is_rejected: bool,
    own: Vec<TherapyAmount>,
    /// Between LS and LE, which name other parties of a benefit.
    is_related: bool,
    benefit: Option<Benefit>,
}

/// An EB with an amount of therapy, and what stands behind it.
struct Benefit {
    offset: u64,
    therapies: [Option<Therapy>; 2],
    amount: Option<Cents>,
    /// What EB itself says of the amount.
    kind: Kind,
    says_used: bool,
    /// Periods by DTP01: 292, 307, 291.
    periods: [Option<DateRange>; 3],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// EB06 = 29.
    Remaining,
    /// A message must say that it is used.
    Open,
    Unclear,
}

impl Reader {
    fn segment(&mut self, header: &InterchangeHeader<'_>, segment: &WholeSegment<'_>) {
        let element = |number: usize| segment.element(number);
        match segment.id() {
            b"ST" => self.answered = header.date(),
            b"BHT" => self.answered = parse_d8(element(4)).or(self.answered),
            b"HL" => {
                self.end_level();
                self.told.responses += u64::from(matches!(element(3), b"22" | b"23"));
            }
            b"SE" => self.end_level(),
            b"LS" => self.is_related = true,
            b"LE" => self.is_related = false,
            b"NM1" if element(1) == b"IL" && !self.is_related => {
                let is_member_id = element(8) == b"MI";
                self.member_id = Text::new(if is_member_id { element(9) } else { b"" });
            }
            b"AAA" => self.is_rejected = true,
            b"EB" => {
                self.end_benefit();
                self.benefit = benefit(segment, header.delimiters.repetition);
            }
            b"DTP" => {
                if let Some(benefit) = &mut self.benefit {
                    benefit.date(element(1), element(2), element(3));
                }
            }
            b"MSG" => {
                if let Some(benefit) = &mut self.benefit {
                    benefit.says_used |= element(1).eq_ignore_ascii_case(b"Used Amount");
                }
            }
            _ => {}
        }
    }

    /// A level ends with the next one: what was said of a subscriber is complete.
    fn end_level(&mut self) {
        self.end_benefit();
        self.told.rejected += u64::from(self.is_rejected);
        self.is_rejected = false;
        self.is_related = false;
        self.member_id = Text::default();
        self.settle();
    }

    fn end_benefit(&mut self) {
        let Some(benefit) = self.benefit.take() else {
            return;
        };
        let offset = benefit.offset;
        match benefit.read(self.answered, &self.member_id) {
            Ok((reported, year, answered)) => {
                for therapy in benefit.therapies.into_iter().flatten() {
                    self.own.push(TherapyAmount {
                        offset,
                        member_id: Phi::new(self.member_id.clone()),
                        therapy,
                        year,
                        reported,
                        answered,
                        as_of: within(answered, year),
                    });
                }
            }
            Err(why) => self.told.left_out.push(LeftOut { offset, why }),
        }
    }

    /// What was used says more than what remains of the same amount; of two that differ neither is taken.
    fn settle(&mut self) {
        let mut said: BTreeMap<(Therapy, i16), Said> = BTreeMap::new();
        for amount in &self.own {
            let reported = amount.reported;
            let first = Said {
                reported,
                differs: false,
            };
            let known = said.entry((amount.therapy, amount.year)).or_insert(first);
            match (known.reported.is_used(), reported.is_used()) {
                (false, true) => *known = first,
                (true, false) => {}
                _ => known.differs |= known.reported != reported,
            }
        }
        for amount in self.own.drain(..) {
            let Said { reported, differs } = said[&(amount.therapy, amount.year)];
            if reported.is_used() != amount.reported.is_used() {
                continue;
            }
            if differs {
                self.told.left_out.push(LeftOut {
                    offset: amount.offset,
                    why: Why::Contradicted,
                });
            } else {
                self.told.amounts.push(amount);
            }
        }
    }
}

/// What a response says of one therapy and year.
#[derive(Clone, Copy)]
struct Said {
    reported: Reported,
    differs: bool,
}

/// An EB that has an amount of Part B therapy; other benefits, copayments for one, are no totals.
fn benefit(segment: &WholeSegment<'_>, repetition: Option<u8>) -> Option<Benefit> {
    let element = |number: usize| segment.element(number);
    let has = |code: &[u8]| {
        element(3)
            .split(|byte| Some(*byte) == repetition)
            .any(|one| one == code)
    };
    let therapies = [
        has(b"AE").then_some(Therapy::PhysicalAndSpeech),
        has(b"AD").then_some(Therapy::Occupational),
    ];
    let is_total = matches!(element(1), b"D" | b"F") && element(4) == b"MB";
    if !is_total || therapies == [None; 2] || element(7).is_empty() {
        return None;
    }
    let kind = match (element(1), element(6)) {
        // EB13: of one procedure only.
        _ if !element(13).is_empty() => Kind::Unclear,
        (b"F", b"29") => Kind::Remaining,
        (_, b"") => Kind::Open,
        _ => Kind::Unclear,
    };
    Some(Benefit {
        offset: segment.offset,
        therapies,
        amount: Cents::parse(element(7)).filter(|amount| *amount >= Cents::ZERO),
        kind,
        says_used: false,
        periods: [None; 3],
    })
}

impl Benefit {
    /// A DTP: one day is the begin of a benefit (292), but of the others that of a plan, years ago.
    fn date(&mut self, qualifier: &[u8], format: &[u8], value: &[u8]) {
        let place = match (qualifier, format) {
            (b"292", _) => 0,
            (b"307", b"RD8") => 1,
            (b"291", b"RD8") => 2,
            _ => return,
        };
        self.periods[place] = DateRange::parse(format, value);
    }

    /// What is reported, of which year, and on which day it was told.
    fn read(&self, answered: Option<Date>, member_id: &Text) -> Result<(Reported, i16, Date), Why> {
        let reported = match (self.kind, self.says_used) {
            (Kind::Remaining, false) => Reported::Remaining,
            (Kind::Open, true) => Reported::Used,
            _ => return Err(Why::Unclear),
        };
        let amount = self.amount.ok_or(Why::Damaged)?;
        let period = self.periods.into_iter().flatten().next();
        let year = period
            .filter(|period| period.from.year() == period.to.year())
            .ok_or(Why::NoYear)?
            .from
            .year();
        if member_id.is_empty() {
            return Err(Why::NoMember);
        }
        Ok((reported(amount), year, answered.ok_or(Why::NoDate)?))
    }
}

/// The day of the year that is nearest to a day.
fn within(day: Date, year: i16) -> Date {
    let first = jiff::civil::date(year, 1, 1);
    day.clamp(first, first.last_of_year())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: &str = "ISA*00*          *00*          *ZZ*CMS            *ZZ*CLINIC         *260310*0900*^*00501*000000001*0*T*:~\
GS*HB*CMS*CLINIC*20260310*0900*1*X*005010X279A1~ST*271*0001*005010X279A1~BHT*0022*11*X*20260309*0930~\
HL*1**20*1~NM1*PR*2*CMS*****PI*CMS~HL*2*1*21*1~NM1*1P*2*CLINIC*****XX*1999900016~";

    /// A 271 with these benefits of one subscriber.
    fn response(benefits: &str) -> String {
        format!(
            "{ENVELOPE}HL*3*2*22*0~NM1*IL*1*DOE*JO****MI*1MEMBER~{benefits}SE*9*0001~GE*1*1~IEA*1*000000001~"
        )
    }

    const YEAR: &str = "DTP*292*RD8*20260101-20261231~";

    /// Therapy, year, kind and cents, as of.
    fn amounts(text: &str) -> Vec<String> {
        let told = read(text.as_bytes()).unwrap();
        let one = |amount: &TherapyAmount| {
            assert_eq!(amount.member_id.expose().as_bytes(), b"1MEMBER");
            let TherapyAmount {
                therapy,
                year,
                reported,
                as_of,
                ..
            } = amount;
            format!("{therapy:?} {year} {reported:?} {as_of}")
        };
        told.amounts.iter().map(one).collect()
    }

    fn left_out(text: &str) -> Vec<Why> {
        let told = read(text.as_bytes()).unwrap();
        assert!(told.amounts.is_empty());
        told.left_out.iter().map(|left_out| left_out.why).collect()
    }

    #[test]
    fn used_amounts_of_years_are_read() {
        let text = response(&format!(
            "EB*1**30^AE^AD*MB~DTP*291*D8*20100101~EB*C**30*MB**29*0~{YEAR}EB*B**AE*MB**27*40~\
             EB*D**AD*MB***410.25~{YEAR}MSG*used amount~\
             EB*D**42^AE*MB***2101.75~DTP*291*D8*20100101~{YEAR}MSG*Text~MSG*Used Amount~\
             EB*D**AE^AD*MB***0~DTP*307*RD8*20250101-20251231~MSG*Used Amount~"
        ));
        assert_eq!(
            amounts(&text),
            [
                "Occupational 2026 Used(Cents(41025)) 2026-03-09",
                "PhysicalAndSpeech 2026 Used(Cents(210175)) 2026-03-09",
                "PhysicalAndSpeech 2025 Used(Cents(0)) 2025-12-31",
                "Occupational 2025 Used(Cents(0)) 2025-12-31",
            ]
        );
        let told = read(text.as_bytes()).unwrap();
        assert_eq!((told.responses, told.rejected), (1, 0));
        assert!(text[told.amounts[0].offset as usize..].starts_with("EB*D**AD"));
    }

    #[test]
    fn a_day_is_within_its_year() {
        let used = |dates: &str| {
            amounts(&response(&format!(
                "EB*D**AE*MB***5~{dates}MSG*Used Amount~"
            )))
        };
        let later = used("DTP*292*RD8*20270101-20271231~");
        assert_eq!(
            later,
            ["PhysicalAndSpeech 2027 Used(Cents(500)) 2027-01-01"]
        );
        let day = used("DTP*292*D8*20260101~");
        assert_eq!(day, ["PhysicalAndSpeech 2026 Used(Cents(500)) 2026-03-09"]);
        // Without BHT04, the interchange tells the day.
        let text = response(&format!("EB*D**AE*MB***5~{YEAR}MSG*Used Amount~"));
        let undated = text.replace("*20260309*0930", "");
        assert_eq!(
            amounts(&undated),
            ["PhysicalAndSpeech 2026 Used(Cents(500)) 2026-03-10"]
        );
        let nowhere = undated.replace("*260310*0900", "*269910*0900");
        assert_eq!(left_out(&nowhere), [Why::NoDate]);
    }

    #[test]
    fn older_systems_tell_what_remains() {
        // As in 004010X092A1: no fixed widths, no repetitions, `IND` in EB02.
        let text = "ISA*00*          *00*          *ZZ*CMS         *ZZ*T01     *260326*1705*U*00401*1*0*T*|~GS*HB*CMS*T*20260326*1705*1*X*004010X092A1~\
            ST*271*1~BHT*0022*11*ALL*20260326*17055389~HL*3*2*22*0~NM1*IL*1*DOE*JO****MI*1MEMBER~\
            EB*F*IND*AD*MB**29*1840~DTP*292*RD8*20260101-20261231~LS*2120~NM1*IL*2*X*****MI*OTHER~LE*2120~\
            EB*F*IND*AE*MB***29*1840~DTP*292*RD8*20260101-20261231~EB*F*IND*AD*MB**29***VS*8~SE*9*1~GE*1*1~IEA*1*1~";
        assert_eq!(
            amounts(text),
            ["Occupational 2026 Remaining(Cents(184000)) 2026-03-26"]
        );
        // The second has its qualifier in the place of the amount.
        let told = read(text.as_bytes()).unwrap();
        assert_eq!(told.left_out.len(), 1);
        assert_eq!(told.left_out[0].why, Why::Unclear);
        assert!(text[told.left_out[0].offset as usize..].starts_with("EB*F*IND*AE"));
    }

    #[test]
    fn what_is_not_plain_is_left_out() {
        for (benefit, why) in [
            ("EB*D**AE*MB***x~{Y}MSG*Used Amount~", Why::Damaged),
            ("EB*D**AE*MB***-5~{Y}MSG*Used Amount~", Why::Damaged),
            ("EB*D**AE*MB***5~{Y}", Why::Unclear),
            ("EB*F**AE*MB**23*2480~{Y}", Why::Unclear),
            ("EB*F**AE*MB**29*5~{Y}MSG*Used Amount~", Why::Unclear),
            (
                "EB*D**AE*MB***5******HC:97110~{Y}MSG*Used Amount~",
                Why::Unclear,
            ),
            ("EB*D**AE*MB***5~MSG*Used Amount~", Why::NoYear),
            (
                "EB*D**AE*MB***5~DTP*292*RD8*20250701-20260630~MSG*Used Amount~",
                Why::NoYear,
            ),
            (
                "EB*D**AE*MB***5~DTP*291*D8*20100101~MSG*Used Amount~",
                Why::NoYear,
            ),
            (
                "HL*4*3*23*0~EB*D**AE*MB***5~{Y}MSG*Used Amount~",
                Why::NoMember,
            ),
        ] {
            let text = response(&benefit.replace("{Y}", YEAR));
            assert_eq!(left_out(&text), [why], "{benefit}");
        }
        // Other payers' amounts are not Medicare's.
        assert!(left_out(&response(&format!("EB*F**AE*HM**29*5~{YEAR}"))).is_empty());
        let strange = response(&format!("EB*F**AE*MB**29*5~{YEAR}")).replace("****MI*", "****34*");
        assert_eq!(left_out(&strange), [Why::NoMember]);
    }

    #[test]
    fn used_wins_over_remaining_and_two_amounts_win_nothing() {
        let used = |amount: &str| format!("EB*D**AE*MB***{amount}~{YEAR}MSG*Used Amount~");
        let remaining = format!("EB*F**AE*MB**29*2380~{YEAR}");
        let one = "PhysicalAndSpeech 2026 Used(Cents(10000)) 2026-03-09";
        let both = response(&(remaining.clone() + &used("100")));
        assert_eq!(amounts(&both), [one]);
        let twice = response(&(used("100") + &used("100.00")));
        assert_eq!(amounts(&twice), [one, one]);
        let differ = response(&(used("100") + &used("200")));
        assert_eq!(left_out(&differ), [Why::Contradicted; 2]);
    }

    #[test]
    fn rejections_are_counted() {
        let text = response("AAA*N**72*C~").replace("NM1*1P*2*CLINIC*****XX*1999900016~", "");
        let told = read(text.as_bytes()).unwrap();
        assert_eq!((told.responses, told.rejected), (1, 1));
        assert!(told.amounts.is_empty() && told.left_out.is_empty());
    }

    #[test]
    fn what_is_none_or_breaks_off_is_refused() {
        let whole = response(&format!("EB*D**AE*MB***5~{YEAR}MSG*Used Amount~"));
        let trailer = whole.find("IEA").unwrap() + 2;
        for end in 0..=trailer {
            assert!(read(&whole.as_bytes()[..end]).is_err(), "{end}");
        }
        let other = whole.replace("ST*271", "ST*270");
        assert!(matches!(
            read(other.as_bytes()),
            Err(EligibilityError::NoEligibility)
        ));
    }
}
