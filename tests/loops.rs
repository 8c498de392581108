//! Segments find their loop whatever their order inside of it, and parties of other loops are
//! not mistaken for the claim's own.

use std::io::Write as _;

use kx837::phi::PatientHasher;
use kx837::screen::{Input, LineExtractor, NoProgress};
use serde_json::Value;

/// A professional claim whose loop 2400 holds `line`, with a dependent patient, another payer
/// and a line provider around it.
fn batch(line: &[&str]) -> String {
    let head = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       \
                *261101*1200*^*00501*000000042*0*T*:~GS*HC*SENDER*RECEIVER*20261101*1200*7*X*005010X222A1~\
                ST*837*0001*005010X222A1~BHT*0019*00*B1*20261101*1200*CH~\
                NM1*41*2*SUBMITTER*****46*S1~NM1*40*2*RECEIVER*****46*R1~\
                HL*1**20*1~NM1*85*2*CLINIC*****XX*1999900016~\
                HL*2*1*22*1~SBR*P********CI~NM1*IL*1*HOLDER*HUGO****MI*H1~DMG*D8*19500101*M~\
                NM1*PR*2*DESTINATION*****PI*P1~\
                HL*3*2*23*0~PAT*01~NM1*QC*1*DEPENDENT*DORA~DMG*D8*19550101*F~\
                CLM*C1*100***11:B:1*Y*A*Y*Y~HI*ABK:M5450*ABF:R262~\
                SBR*S*18*******MB~NM1*IL*1*OTHER*OTTO****MI*O1~NM1*PR*2*OTHER PAYER*****PI*P2~LX*1~";
    let tail = "NM1*82*1*THERAPIST*TINA****XX*1999900024~SVD*P2*60*HC:97999:ZZ**1~CAS*PR*2*40~DTP*573*D8*20261020~\
                SE*1*0001~GE*1*7~IEA*1*000000042~";
    format!("{head}{}{tail}", line.concat())
}

fn only_line(text: &str) -> Value {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let mut out = Vec::new();
    LineExtractor::new(PatientHasher::new([1; 32]))
        .threads(1)
        .show_patient(true)
        .run(
            &[Input::File(file.path().into())],
            &mut out,
            &mut |_, _| {},
            &NoProgress,
        )
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

const LINE: [&str; 4] = [
    "SV1*HC:97110:GP:KX*100*UN*2***2:1~",
    "DTP*472*RD8*20261005-20261006~",
    "REF*6R*CONTROL7~",
    "NTE*ADD*TEXT~",
];

#[test]
fn the_order_inside_of_a_service_line_does_not_matter() {
    let expected = only_line(&batch(&LINE));
    for first in 0..4 {
        for second in (0..4).filter(|second| *second != first) {
            for third in (0..4).filter(|third| ![first, second].contains(third)) {
                let fourth = 6 - first - second - third;
                let shuffled = [first, second, third, fourth].map(|index| LINE[index]);
                assert_eq!(only_line(&batch(&shuffled)), expected, "{shuffled:?}");
            }
        }
    }
}

#[test]
fn every_value_comes_from_its_own_loop() {
    let line = only_line(&batch(&LINE));
    for (field, value) in [
        ("kind", "P"),
        ("clm01", "C1"),
        ("billing_npi", "1999900016"),
        ("member_id", "H1"),
        ("patient_last", "DEPENDENT"),
        ("payer_id", "P1"),
        ("filing_indicator", "CI"),
        ("code", "97110"),
        ("date_from", "20261005"),
        ("date_to", "20261006"),
        ("line_control", "CONTROL7"),
        ("line_number", "1"),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    assert_eq!(line["modifiers"], serde_json::json!(["GP", "KX"]));
    assert_eq!(line["diagnoses"], serde_json::json!(["R262", "M5450"]));
}

#[test]
fn an_empty_place_among_diagnoses_counts_for_pointers() {
    let text = batch(&LINE)
        .replace("HI*ABK:M5450*ABF:R262~", "HI*ABK:M5450**ABF:R262~")
        .replace("2:1~", "3:1~");
    assert_eq!(
        only_line(&text)["diagnoses"],
        serde_json::json!(["R262", "M5450"])
    );
}

/// The repetition separator has no place in HI, but some senders pack codes that way, and some leave one behind.
#[test]
fn codes_that_are_repeated_are_codes_of_their_own() {
    for (codes, expected) in [
        ("ABK:M5450^ABF:R262", ["R262", "M5450"].as_slice()),
        ("ABK:M5450^*ABF:R262", &["R262", "M5450"]),
        ("^ABK:M5450*^ABF:R262^", &["R262", "M5450"]),
        ("ABK^ABK:M5450*ABF:R262", &["R262", "M5450"]),
        ("ABK:M5450^R262", &["M5450"]),
    ] {
        let text = batch(&LINE).replace("ABK:M5450*ABF:R262", codes);
        let line = only_line(&text);
        assert_eq!(line["diagnoses"], serde_json::json!(expected), "{codes}");
    }
}
