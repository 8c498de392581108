//! Amounts, dates, codes, and elements that are too large.

use crate::common::base::{ALL, with};
use crate::{case, check, lossy};

#[test]
fn values() {
    let long = "9".repeat(1_000);
    check(vec![
        case(
            "modifiers in lower case",
            with("HC:97110:GP:KX", "hc:97110:gp:kx"),
            "97110:gp:kx 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "a modifier of three characters",
            with(":GP:KX", ":GP:KXX"),
            "97110:GP:KXX 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "a modifier of one character",
            with(":GP:KX", ":GP:K"),
            "97110:GP:K 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "a hole between modifiers",
            with(":GP:KX", "::GP::KX"),
            "97110:GP:KX 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "five modifiers",
            with(":GP:KX", ":GP:59:76:77:KX"),
            "97110:GP:59:76:77 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "twelve components",
            with(":GP:KX", ":GP:59:76:77:KX:22:23:24:25"),
            "97110:GP:59:76:77 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "blanks around a modifier",
            with(":GP:KX", ":GP: KX "),
            ALL,
            &[],
        ),
        case(
            "no procedure code",
            with("HC:97110:GP:KX", "HC"),
            " 120, 97140:GP:59 60, 92507:GN 95",
            &["KX945"],
        ),
        case(
            "empty composite",
            with("HC:97110:GP:KX", ""),
            " 120, 97140:GP:59 60, 92507:GN 95",
            &["KX945"],
        ),
        case(
            "charge no number",
            with("*120*UN", "*ABC*UN"),
            "97110:GP:KX ABC, 97140:GP:59 60, 92507:GN 95",
            &["KX924"],
        ),
        case(
            "charge with a currency",
            with("*120*UN", "*$120*UN"),
            "97110:GP:KX $120, 97140:GP:59 60, 92507:GN 95",
            &["KX924"],
        ),
        case(
            "charge missing",
            with("*120*UN", "**UN"),
            "97110:GP:KX , 97140:GP:59 60, 92507:GN 95",
            &["KX924"],
        ),
        case(
            "charge and units negative",
            with("*120*UN*2", "*-120*UN*-2"),
            "97110:GP:KX -120, 97140:GP:59 60, 92507:GN 95",
            &["KX924", "KX927"],
        ),
        case(
            "claim charge no number",
            with("*180*", "*1O0*"),
            ALL,
            &["KX924"],
        ),
        case(
            "claim charge not the sum",
            with("*180*", "*181*"),
            ALL,
            &["KX927"],
        ),
        case(
            "a charge of 1,000 digits",
            with("*120*UN", &format!("*{long}*UN")),
            format!("97110:GP:KX {long}, 97140:GP:59 60, 92507:GN 95"),
            &["KX924"],
        ),
        case(
            "a claim charge of 1,000 digits",
            with("*180*", &format!("*{long}*")),
            ALL,
            &["KX924"],
        ),
        case(
            "charges at the edge of 64 bits",
            with("*120*UN", "*92233720368547758.07*UN").replace("*180*", "*92233720368547758.07*"),
            "97110:GP:KX 92233720368547758.07, 97140:GP:59 60, 92507:GN 95",
            &[],
        ),
        case(
            "units no number",
            with("*UN*2*", "*UN*TWO*"),
            ALL,
            &["KX924"],
        ),
        case("units with decimals", with("*UN*2*", "*UN*2.50*"), ALL, &[]),
        case(
            "units of 1,000 digits",
            with("*UN*2*", &format!("*UN*{long}*")),
            ALL,
            &[],
        ),
        case(
            "month 13, day 32",
            with("20261005", "20261332"),
            ALL,
            &["KX925", "KX939"],
        ),
        case(
            "hyphens in a D8",
            with("20261005", "2026-10-05"),
            ALL,
            &["KX925", "KX939"],
        ),
        case(
            "a range that ends before it begins",
            with("D8*20261007", "RD8*20261007-20261001"),
            ALL,
            &["KX925", "KX939"],
        ),
        case(
            "birth date no date",
            with("19450101", "19459999"),
            ALL,
            &["KX925"],
        ),
        case("sex unknown", with("19450101*F", "19450101*X"), ALL, &[]),
        case(
            "full-width KX",
            with(":GP:KX", ":GP:\u{ff2b}\u{ff38}"),
            "97110:GP:\u{ff2b}\u{ff38} 120, 97140:GP:59 60, 92507:GN 95",
            &["KX929"],
        ),
        case(
            "zero-width space in a code",
            with("97140", "97\u{200b}140"),
            "97110:GP:KX 120, 97\u{200b}140:GP:59 60, 92507:GN 95",
            &["KX929"],
        ),
        case(
            "bytes that are not UTF-8",
            {
                let text = with("EXAMPLE*PAT", "EX\u{1}MPLE*P\u{1}T")
                    .replace("HC:97140", "HC:97\u{1}40")
                    .replace("*A2*", "*\u{1}2*");
                text.bytes()
                    .map(|byte| if byte == 1 { 0xE4 } else { byte })
                    .collect::<Vec<u8>>()
            },
            "97110:GP:KX 120, 97\u{fffd}40:GP:59 60, 92507:GN 95",
            &["KX929"],
        ),
        case(
            "4010",
            with("005010X222A1", "004010X098A1").replace("*^*00501*", "*U*00401*"),
            ALL,
            &[],
        ),
        case(
            "4010 institutional",
            with("005010X222A1", "004010X096A1")
                .replace("*^*00501*", "*U*00401*")
                .replace("SV1*HC:97110:GP:KX*120", "SV2*0420*HC:97110:GP:KX*120")
                .replace("SV1*HC:97140:GP:59*60", "SV2*0420*HC:97140:GP:59*60")
                .replace("SV1*HC:92507:GN*95", "SV2*0440*HC:92507:GN*95"),
            ALL,
            &[],
        ),
        case(
            "unknown guide",
            with("005010X222A1", "009999X000"),
            ALL,
            &["KX918"],
        ),
    ]);
}

#[test]
fn large_elements() {
    let many = "*1".repeat(100_000);
    let components = ":1".repeat(100_000);
    let big = "X".repeat(5 << 20);
    check(vec![
        case(
            "100,000 elements in a SV1",
            with("*UN*2***1:2", &format!("*UN*2***1:2{many}")),
            ALL,
            &["KX916"],
        ),
        case(
            "100,000 elements in a NM1",
            with("*MI*1EG4TE5MK72", &format!("*MI*1EG4TE5MK72{many}")),
            ALL,
            &["KX916"],
        ),
        case(
            "100,000 elements in a N3",
            with("N3*2 MAIN ST", &format!("N3*2 MAIN ST{many}")),
            ALL,
            &[],
        ),
        case(
            "100,000 components",
            with(":GP:KX", &format!(":GP:KX{components}")),
            "97110:GP:KX:1:1 120, 97140:GP:59 60, 92507:GN 95",
            &["KX926"],
        ),
        case(
            "an element of 5 MB in a note",
            with("REF*6R*L1", &format!("NTE*ADD*{big}~\nREF*6R*L1")).replace("SE*34", "SE*35"),
            ALL,
            &[],
        ),
        case(
            "an element of 5 MB in a N3",
            with("N3*2 MAIN ST", &format!("N3*{big}")),
            ALL,
            &[],
        ),
        case(
            "an element of 5 MB in CLM01",
            with("CLM*A1", &format!("CLM*{big}")),
            ALL,
            &[],
        ),
        lossy(
            "NUL block between segments",
            with("LX*2~\n", &format!("LX*2~\n{}~", "\0".repeat(4_096))).replace("SE*34", "SE*35"),
            ALL,
            &["KX909", "KX913", "KX938"],
        ),
        lossy(
            "NUL block inside of an element",
            with(
                "N3*2 MAIN ST",
                &format!("N3*2 MAIN{} ST", "\0".repeat(4_096)),
            ),
            ALL,
            &["KX938"],
        ),
        case(
            "a hundred thousand empty segments",
            with("LX*2~", &format!("LX*2{}", "~".repeat(100_000))),
            ALL,
            &["KX913"],
        ),
    ]);
}
