//! Levels, claims and lines.

use std::fmt::Write as _;

use crate::common::base::{ALL, BASE, with, without};
use crate::{case, check, lossy};

#[test]
fn hierarchy() {
    let mut chain = String::new();
    for level in 3..60_000 {
        writeln!(chain, "HL*{level}*{}*22*1~", level - 1).unwrap();
    }
    check(vec![
        case(
            "parent missing",
            with("HL*2*1*22", "HL*2**22"),
            ALL,
            &["KX920"],
        ),
        case(
            "parent unknown",
            with("HL*2*1*22", "HL*2*7*22"),
            ALL,
            &["KX920"],
        ),
        case(
            "each other's parent",
            with("HL*1**20", "HL*1*2*20"),
            ALL,
            &["KX920"],
        ),
        case(
            "its own parent",
            with("HL*2*1*22", "HL*2*2*22"),
            ALL,
            &["KX920"],
        ),
        case(
            "unknown level",
            with("HL*2*1*22", "HL*2*1*99"),
            ALL,
            &["KX920"],
        ),
        case(
            "HL number repeated",
            with("HL*2*1*22", "HL*1*1*22"),
            ALL,
            &["KX920"],
        ),
        case(
            "HL number skipped",
            with("HL*2*1*22", "HL*5*1*22"),
            ALL,
            &[],
        ),
        case(
            "HL number no number",
            with("HL*2*1*22", "HL*B*1*22"),
            ALL,
            &["KX920"],
        ),
        case(
            "no subscriber level",
            without("HL*2*1*22*0~").replace("SE*34", "SE*33"),
            ALL,
            &["KX920"],
        ),
        case(
            "no provider level",
            without("HL*1**20*1~").replace("SE*34", "SE*33"),
            ALL,
            &["KX920"],
        ),
        case(
            "no HL at all",
            without("HL*1**20*1~")
                .replace("HL*2*1*22*0~\n", "")
                .replace("SE*34", "SE*32"),
            ALL,
            &["KX920"],
        ),
        case(
            "level that begins like another",
            with("HL*2*1*22*0", "HL*2*1*20261105"),
            ALL,
            &["KX920"],
        ),
        case(
            "unknown level of a patient",
            with("CLM*A1", "HL*3*2*3*0~\nPAT*19~\nNM1*QC*1*EXAMPLE*KIM~\nDMG*D8*20150101*M~\nCLM*A1")
                .replace("SE*34", "SE*38"),
            ALL,
            &["KX920"],
        ),
        case(
            "subscriber without a level below a patient",
            with("CLM*A2", "HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*EXAMPLE*KIM~\nSBR*P*18*******CI~\nNM1*IL*1*EXAMPLE*LEE****MI*77~\nNM1*PR*2*EXAMPLE LIFE*****PI*LIFE~\nCLM*A2")
                .replace("SE*34", "SE*40"),
            ALL,
            &["KX920"],
        ),
        case(
            "a subscriber whose HL got lost behind lines",
            with("CLM*A2", "SBR*P*18*******CI~\nNM1*IL*1*EXAMPLE*LEE****MI*77~\nCLM*A2").replace("SE*34", "SE*36"),
            ALL,
            &["KX920"],
        ),
        lossy(
            "a subscriber whose HL and SBR got lost behind lines",
            with("CLM*A2", "NM1*IL*1*EXAMPLE*LEE****MI*77~\nDMG*D8*19500101*M~\nCLM*A2").replace("SE*34", "SE*36"),
            ALL,
            &["KX948"],
        ),
        lossy(
            "a subscriber whose HL and SBR got lost below the provider",
            without("HL*2*1*22*0~").replace("SBR*P*18*******MB~\n", "").replace("SE*34", "SE*32"),
            ALL,
            &["KX948"],
        ),
        case(
            "a subscriber whose HL got lost, named before SBR",
            with("CLM*A2", "NM1*IL*1*EXAMPLE*LEE****MI*77~\nSBR*P*18*******CI~\nCLM*A2").replace("SE*34", "SE*36"),
            ALL,
            &["KX920"],
        ),
        lossy(
            "no HL at all, and another subscriber without SBR behind lines",
            without("HL*1**20*1~")
                .replace("HL*2*1*22*0~\n", "")
                .replace("CLM*A2", "NM1*IL*1*EXAMPLE*LEE****MI*77~\nCLM*A2")
                .replace("SE*34", "SE*33"),
            ALL,
            &["KX920", "KX948"],
        ),
        case(
            "a misplaced patient before SBR",
            with("SBR*P*18*******MB", "NM1*QC*1*EXAMPLE*KIM~\nSBR*P*18*******MB").replace("SE*34", "SE*35"),
            ALL,
            &["KX920"],
        ),
        case(
            "a patient whose HL got lost below the subscriber",
            with("CLM*A1", "NM1*QC*1*EXAMPLE*KIM~\nCLM*A1").replace("SE*34", "SE*35"),
            ALL,
            &["KX920"],
        ),
        case(
            "a patient whose HL got lost behind lines",
            with("CLM*A2", "NM1*QC*1*EXAMPLE*KIM~\nCLM*A2").replace("SE*34", "SE*35"),
            ALL,
            &["KX920"],
        ),
        lossy(
            "two patients of nobody, of whom one has a payer of its own",
            with("NM1*PR*2", "HL*3*2*23*0~\nNM1*PR*2")
                .replace("HL*2*1*22*0~\nSBR*P*18*******MB~\nNM1*IL*1*EXAMPLE*PAT****MI*1EG4TE5MK72~\n", "")
                .replace("CLM*A2", "NM1*QC*1*EXAMPLE*KIM~\nCLM*A2")
                .replace("SE*34", "SE*33"),
            ALL,
            &["KX920", "KX948"],
        ),
        case(
            "a provider whose HL got lost behind lines",
            with("CLM*A2", "NM1*85*2*OTHER THERAPY*****XX*1999900016~\nHL*4*3*22*0~\nSBR*P*18*******CI~\nNM1*IL*1*EXAMPLE*LEE****MI*77~\nCLM*A2")
                .replace("SE*34", "SE*38"),
            ALL,
            &["KX920"],
        ),
        case(
            "a provider's HL with a letter in its level",
            with("HL*1**20*1", "HL*1**2O*1"),
            ALL,
            &["KX920"],
        ),
        case(
            "two names of a subscriber, and two of a payer",
            with("NM1*PR*2*EXAMPLE MEDICARE*****PI*MEDB~", "NM1*IL*1*EXAMPLE*PAT~\nNM1*PR*2*EXAMPLE MEDICARE*****PI*MEDB~\nNM1*PR*2*EXAMPLE MEDICARE*****PI*MEDB~")
                .replace("SE*34", "SE*36"),
            ALL,
            &["KX928"],
        ),
        lossy(
            "SBR swallowed by the HL before it",
            with("HL*2*1*22*0~\nSBR", "HL*2*1*22*0SBR").replace("SE*34", "SE*33"),
            ALL,
            &["KX947"],
        ),
        case(
            "HL without elements",
            with("HL*2*1*22*0", "HL"),
            ALL,
            &["KX920", "KX936"],
        ),
        case(
            "a chain of 60,000 levels",
            with("HL*2*1*22*0~\n", &format!("HL*2*1*22*0~\n{chain}")).replace("SE*34", "SE*60031"),
            ALL,
            &["KX920"],
        ),
    ]);
}

/// What is known only at the end of a claim stands at its beginning, before what is wrong with its lines: the first ten
/// are the same in one piece and in one for every claim.
#[test]
fn more_faults_than_are_listed_and_one_that_is_found_late() {
    let empty = "LX*9~\n".repeat(6);
    check(vec![lossy(
        "lines without a service, and a claim of nothing else",
        with("LX*2~\n", &format!("{empty}LX*2~\n"))
            .replace(
                "CLM*A2*",
                &format!("CLM*A3*0***11:B:1*Y*A*Y*Y~\n{empty}CLM*A2*"),
            )
            .replace("SE*34*", "SE*47*"),
        ALL,
        &["KX922", "KX923", "KX946"],
    )]);
}

#[test]
fn claims_and_lines() {
    check(vec![
        lossy("CLM missing", without("CLM*A2*95***11:B:1*Y*A*Y*Y~").replace("SE*34", "SE*33"), "97110:GP:KX 120, 97140:GP:59 60", &["KX921", "KX928"]),
        lossy("no CLM at all", without("CLM*A2*95***11:B:1*Y*A*Y*Y~").replace("CLM*A1*180***11:B:1*Y*A*Y*Y~\n", "").replace("SE*34", "SE*32"), "", &["KX921", "KX928"]),
        lossy(
            "a line before its CLM",
            BASE.replace("CLM*A1*180***11:B:1*Y*A*Y*Y~\nHI*ABK:M5450*ABF:M25561~\nLX*1~\nSV1*HC:97110:GP:KX*120*UN*2***1:2~\n", "LX*1~\nSV1*HC:97110:GP:KX*120*UN*2***1:2~\nCLM*A1*180***11:B:1*Y*A*Y*Y~\nHI*ABK:M5450*ABF:M25561~\n"),
            "97140:GP:59 60, 92507:GN 95",
            &["KX921", "KX922", "KX927"],
        ),
        lossy("CLM swallowed by the date before it", with("REF*6R*L2~\nCLM*A2", "REF*6R*L2~\nDTP*471*D8*20261005CLM*A2"), "97110:GP:KX 120, 97140:GP:59 60", &["KX921", "KX928", "KX947"]),
        case("LX swallowed by the reference before it", with("REF*6R*L1~\nLX*2~\n", "REF*6R*L1LX*2~\n").replace("SE*34", "SE*33"), ALL, &["KX922"]),
        lossy("LX and SV1 swallowed by a date", with("DTP*472*D8*20261005~\nREF*6R*L1~\nLX*2~\nSV1", "DTP*472*D8*20261005LX*2SV1").replace("SE*34", "SE*31"), "97110:GP:KX 120, 92507:GN 95", &["KX925", "KX927", "KX947"]),
        lossy(
            "CLM of a claim with another payer missing, and a claim behind it",
            with("CLM*A2*95***11:B:1*Y*A*Y*Y~\nHI*ABK:R4702~\n", "HI*ABK:R4702~\nSBR*S*18*******CI~\nNM1*IL*1*EXAMPLE*LEE****MI*77~\n")
                .replace("SE*34", "CLM*A3*50***11:B:1*Y*A*Y*Y~\nHI*ABK:R4702~\nLX*1~\nSV1*HC:92507:GN*50*UN*1***1~\nDTP*472*D8*20261007~\nSE*40"),
            "97110:GP:KX 120, 97140:GP:59 60, 92507:GN 50",
            &["KX921", "KX928"],
        ),
        case("HI repeated between lines", with("LX*2~", "HI*ABK:M5450*ABF:M25561~\nLX*2~").replace("SE*34", "SE*35"), ALL, &["KX928"]),
        case("HI of other codes between lines", with("LX*2~", "HI*BE:01:::10~\nLX*2~").replace("SE*34", "SE*35"), ALL, &["KX928"]),
        case("CLM01 missing", with("CLM*A1*", "CLM**"), ALL, &["KX928"]),
        case("CLM without elements", with("CLM*A2*95***11:B:1*Y*A*Y*Y", "CLM"), ALL, &["KX924", "KX928", "KX936"]),
        case("claim without lines", with("LX*1~\nSV1*HC:92507:GN*95*UN*1***1~\nDTP*472*D8*20261007~\nREF*6R*L3~\n", "").replace("SE*34", "SE*30"), "97110:GP:KX 120, 97140:GP:59 60", &["KX923"]),
        case("no LX", BASE.replace("LX*1~\n", "").replace("LX*2~\n", "").replace("SE*34", "SE*31"), ALL, &["KX922"]),
        case("LX no number", with("LX*2", "LX*B"), ALL, &["KX922"]),
        case("LX repeated", with("LX*2", "LX*1"), ALL, &["KX922"]),
        case("LX skipped", with("LX*2", "LX*4"), ALL, &["KX922"]),
        case("LX empty", with("LX*2", "LX*"), ALL, &["KX922"]),
        lossy("LX without SV1", with("SV1*HC:97140:GP:59*60*UN*1***1~\n", "").replace("SE*34", "SE*33"), "97110:GP:KX 120, 92507:GN 95", &["KX927", "KX946"]),
        lossy("first LX without SV1", with("LX*1~\nSV1*HC:97110", "LX*1~\nLX*2~\nSV1*HC:97110").replacen("LX*2~\nSV1*HC:97140", "LX*3~\nSV1*HC:97140", 1).replace("SE*34", "SE*35"), ALL, &["KX946"]),
        case("two dates of service of a line", with("DTP*472*D8*20261007", "DTP*472*D8*20261007~\nDTP*472*D8*20261399").replace("SE*34", "SE*35"), ALL, &["KX925"]),
        case("two SV1 behind one LX", with("SV1*HC:97140", "SV1*HC:97112:GP*30*UN*1***1~\nSV1*HC:97140").replace("SE*34", "SE*35").replace("*180*", "*210*"), "97110:GP:KX 120, 97112:GP 30, 97140:GP:59 60, 92507:GN 95", &["KX922", "KX939"]),
        case("SV2 in a professional set", with("SV1*HC:92507:GN*95*UN*1***1", "SV2*0440*HC:92507:GN*95*UN*1"), ALL, &["KX919"]),
        case("HI before CLM", with("CLM*A2", "HI*ABK:Z000~\nCLM*A2").replace("SE*34", "SE*35"), ALL, &["KX928"]),
        case("lower case behind a claim out of balance", BASE.replace("CLM*A2", "clm*A2").replace("*180*", "*181*"), ALL, &["KX914", "KX927"]),
        case("no elements behind a claim out of balance", BASE.replace("HL*2*1*22*0", "HL").replace("*180*", "*181*"), ALL, &["KX920", "KX927", "KX936"]),
        case("unknown segment", with("LX*2", "ZZZ*1*2~\nLX*2").replace("SE*34", "SE*35"), ALL, &["KX912"]),
        case("the terminator inside of a note", with("REF*6R*L1", "NTE*ADD* LAST~ SEEN TWICE ~LX IN TEXT~\nREF*6R*L1").replace("SE*34", "SE*37"), ALL, &["KX912"]),
        case("element separator in data", with("EXAMPLE*PAT", "EXAM*PLE*PAT"), ALL, &[]),
        case("component separator in a name", with("EXAMPLE*PAT", "EXAM:PLE*PAT"), ALL, &[]),
        case("component separator in a code", with("HC:97140:GP:59", "HC:971:40:GP:59"), "97110:GP:KX 120, 971:40:GP:59 60, 92507:GN 95", &[]),
        case("segments without elements", with("REF*6R*L1", "REF"), ALL, &["KX936"]),
        case("trailing separators", with("SV1*HC:97140:GP:59*60*UN*1***1~", "SV1*HC:97140:GP:59:::::*60*UN*1***1*****~"), ALL, &[]),
        case("identifiers in lower case", BASE.replace("CLM*", "clm*").replace("SV1*", "sv1*").replace("LX*", "lx*").replace("HL*", "hl*"), ALL, &["KX914"]),
        case("everything but ISA, GS, GE and IEA in lower case", {
            let head = BASE.find("ST*").unwrap();
            let tail = BASE.find("GE*").unwrap();
            let inner = BASE[head..tail].lines().map(|line| {
                let (id, rest) = line.split_once('*').unwrap();
                format!("{}*{rest}\n", id.to_lowercase())
            });
            format!("{}{}{}", &BASE[..head], inner.collect::<String>(), &BASE[tail..])
        }, ALL, &["KX914"]),
        case("blank before an identifier", with("LX*2", " LX*2"), "97110:GP:KX 120, 97140:GP:59 60, 92507:GN 95", &[]),
    ]);
}
