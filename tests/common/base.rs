//! A small valid 837P, from which defective files are made: two claims, three lines.

/// Every segment ends with `~` and a line feed.
pub const BASE: &str = "\
ISA*00*          *00*          *ZZ*KXSENDER       *ZZ*KXPAYER        *261101*1200*^*00501*000000905*0*T*:~
GS*HC*KXSENDER*KXPAYER*20261101*1200*21*X*005010X222A1~
ST*837*0021*005010X222A1~
BHT*0019*00*BATCH1*20261101*1200*CH~
NM1*41*2*EXAMPLE SUBMITTER*****46*KXSUB~
PER*IC*DESK*TE*5555550100~
NM1*40*2*EXAMPLE RECEIVER*****46*KXPAY~
HL*1**20*1~
NM1*85*2*EXAMPLE THERAPY*****XX*1234567893~
N3*1 MAIN ST~
N4*ANYTOWN*OH*430010000~
REF*EI*999999999~
HL*2*1*22*0~
SBR*P*18*******MB~
NM1*IL*1*EXAMPLE*PAT****MI*1EG4TE5MK72~
N3*2 MAIN ST~
N4*ANYTOWN*OH*43001~
DMG*D8*19450101*F~
NM1*PR*2*EXAMPLE MEDICARE*****PI*MEDB~
CLM*A1*180***11:B:1*Y*A*Y*Y~
HI*ABK:M5450*ABF:M25561~
LX*1~
SV1*HC:97110:GP:KX*120*UN*2***1:2~
DTP*472*D8*20261005~
REF*6R*L1~
LX*2~
SV1*HC:97140:GP:59*60*UN*1***1~
DTP*472*D8*20261005~
REF*6R*L2~
CLM*A2*95***11:B:1*Y*A*Y*Y~
HI*ABK:R4702~
LX*1~
SV1*HC:92507:GN*95*UN*1***1~
DTP*472*D8*20261007~
REF*6R*L3~
SE*34*0021~
GE*1*21~
IEA*1*000000905~
";

/// What `kx837 lines` says of it: code, modifiers and charge.
pub const ALL: &str = "97110:GP:KX 120, 97140:GP:59 60, 92507:GN 95";

/// The base with one text replaced by another, everywhere.
pub fn with(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "{from:?} is not in the base");
    BASE.replace(from, to)
}

/// The base without a segment, which is written with its terminator.
pub fn without(segment: &str) -> String {
    with(&format!("{segment}\n"), "")
}

/// The base up to, not including, this text.
pub fn up_to(text: &str) -> &'static str {
    &BASE[..BASE.find(text).unwrap()]
}

/// The transaction set of the base alone, ST to SE.
pub fn set() -> &'static str {
    &BASE[BASE.find("ST*").unwrap()..BASE.find("GE*").unwrap()]
}
