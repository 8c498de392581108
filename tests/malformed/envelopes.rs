//! Files that break off, and envelopes that do not fit.

use crate::common::base::{ALL, BASE, set, up_to, with, without};
use crate::{case, check, lossy, rejected};

/// A piece that begins inside of a set knows that it is skipped.
#[test]
fn a_skipped_set_with_mixed_line_ends_as_terminators() {
    let other = "ST*277*0022*005010X214~\nHL*1**20*1~\nNM1*PR*2*EXAMPLE PAYER~\nCLM*A3*10***11:B:1~\n\
                 LX*1~\nSV1*HC:97110:GP*10*UN*1***1~\nSE*7*0022~\nGE*2*21~\n";
    let (isa, rest) = BASE.split_once("~\n").unwrap();
    let rest = rest.replace("GE*1*21~\n", other).replace("~\n", "\r\n");
    check(vec![lossy(
        "LF in ISA, CR LF behind",
        format!("{isa}\n{rest}"),
        ALL,
        &["KX917", "KX943", "KX944"],
    )]);
}

/// Whatever piece ends before it.
#[test]
fn a_trailer_of_a_skipped_set_without_a_terminator_is_told_once() {
    let (claims, _) = BASE.split_once("GE*1").unwrap();
    let skipped = "ST*277*0022*005010X214~\nBHT*0085*08*1*20261101*1200*TH~\nSE*3*0022";
    check(vec![case(
        "SE at the end of the file",
        format!("{claims}{skipped}"),
        ALL,
        &["KX906", "KX917", "KX935", "KX943"],
    )]);
}

/// A piece that begins behind an ISA that cannot be read knows that this was told.
#[test]
fn what_follows_an_unreadable_isa_is_told_once() {
    let broken = BASE
        .replace("*:~", "*E~")
        .replace("GS*HC", "HL*9*8*22*1~\nCLM*X*1***11:B:1*Y*A*Y*Y~\nGS*HC");
    let (claims, _) = BASE.split_once("SE*").unwrap();
    check(vec![lossy(
        "in the middle of a set",
        format!("{claims}{}", broken.repeat(3)),
        ALL,
        &["KX903", "KX906"],
    )]);
}

#[test]
fn a_nul_block_has_one_place_in_a_wrapped_file_and_in_its_pieces() {
    let wrapped = with("N3*1 MAIN ST~", "N3*1 MA\nIN ST~");
    let nuls = format!("{}CLM*A2*", "\0".repeat(94));
    check(vec![lossy(
        "NULs behind a line break",
        wrapped.replace("CLM*A2*", &nuls),
        ALL,
        &["KX915", "KX938"],
    )]);
}

#[test]
fn a_line_break_in_front_of_the_terminator_of_isa_is_told_in_a_wrapped_file_too() {
    let wrapped = with("N3*1 MAIN ST~", "N3*1 MA\nIN ST~");
    let late = wrapped.replacen(":~", ":\r\n~", 1);
    check(vec![
        case("wrapped", late.as_str(), ALL, &["KX905", "KX915"]),
        case(
            "and ISA has other widths",
            late.replacen("*KXSENDER       *", "*KXSENDER*", 1),
            ALL,
            &["KX905", "KX915"],
        ),
    ]);
}

/// Whether a piece is read without line breaks or not, it knows that an interchange begins there.
#[test]
fn line_breaks_between_the_letters_of_isa() {
    for broken in ["I\nSA", "IS\r\nA", "I\nS\nA"] {
        let second = BASE
            .replacen("ISA", broken, 1)
            .replace("*000000905", "*000000906");
        check(vec![case(
            "the second interchange",
            format!("{BASE}{second}"),
            format!("{ALL}, {ALL}"),
            &["KX915"],
        )]);
    }
    // Nor need it be readable.
    let second = BASE
        .replacen("ISA*00*", "I\nSA*00", 1)
        .replacen(":~", ":G", 1);
    check(vec![lossy(
        "an unreadable interchange in a wrapped file",
        format!("{}{second}", with("N3*1 MAIN ST~", "N3*1 MA\nIN ST~")),
        ALL,
        &["KX903", "KX915"],
    )]);
    // A piece of one line break and nothing else.
    let wrapped = with("N3*1 MAIN ST~", "N3*1 MA\nIN ST~");
    check(vec![case(
        "a line break before anything else",
        format!("\nPRV*PE~\n{wrapped}"),
        ALL,
        &["KX904", "KX915"],
    )]);
    // Words of a text that look like it.
    check(vec![case(
        "no interchange",
        format!("{BASE}MEDI\nSAVE AS CLAIMS\n"),
        ALL,
        &["KX904"],
    )]);
    check(vec![lossy(
        "NULs behind a control character that begins a segment",
        BASE.replacen("CLM*A2*", "\u{1}\0CLM*A2*", 1),
        "97110:GP:KX 120, 97140:GP:59 60",
        &["KX912", "KX921", "KX928", "KX938"],
    )]);
}

/// Delimiters differ, so that the first terminator behind CLM is one of the second interchange, far in it.
#[test]
fn a_claim_that_another_interchange_breaks_off_is_not_read_in_any_piece() {
    let second = BASE.replace('~', ";").replace('*', "+");
    check(vec![lossy(
        "CLM broken off by ISA",
        format!("{}{second}", up_to("*180***11")),
        ALL,
        &["KX906", "KX910", "KX911"],
    )]);
}

#[test]
fn an_interchange_behind_one_that_is_not_closed_has_its_own_delimiters() {
    let second = BASE.replace("000000905", "000000906").replace(':', "\0");
    let both = format!("{ALL}, {ALL}");
    check(vec![case(
        "NUL as component separator",
        format!("{}{}", up_to("GE*1"), second.replace('~', ";")),
        &both,
        &["KX906"],
    )]);
}

#[test]
fn truncation() {
    let mut cases = Vec::new();
    for length in [1, 2] {
        cases.push(rejected("less than ISA", &BASE.as_bytes()[..length]));
    }
    for length in [3, 4, 50, 103, 104, 105] {
        cases.push(lossy(
            "truncated ISA",
            &BASE.as_bytes()[..length],
            "",
            &["KX903"],
        ));
    }
    cases.extend([
        case("ISA only", &BASE[..106], "", &["KX906", "KX932"]),
        case("ends behind GS", up_to("ST*837"), "", &["KX906", "KX932"]),
        lossy(
            "ends inside GS",
            up_to("KXPAYER*2026"),
            "",
            &["KX906", "KX911"],
        ),
        lossy("ends behind ST", up_to("BHT"), "", &["KX906", "KX931"]),
        lossy("ends inside NM1", up_to("PAT*"), "", &["KX906", "KX911"]),
        lossy("ends inside CLM", up_to("80***11"), "", &["KX906", "KX911"]),
        lossy(
            "ends behind CLM",
            up_to("HI*ABK:M54"),
            "",
            &["KX906", "KX923", "KX931"],
        ),
        lossy(
            "ends inside SV1 of the second line",
            up_to("140:GP"),
            "97110:GP:KX 120",
            &["KX906", "KX911", "KX927", "KX946"],
        ),
        lossy(
            "ends behind the second LX",
            up_to("SV1*HC:97140"),
            "97110:GP:KX 120",
            &["KX906", "KX927", "KX931", "KX946"],
        ),
        lossy(
            "ends between segments",
            up_to("REF*6R*L2"),
            "97110:GP:KX 120, 97140:GP:59 60",
            &["KX906", "KX931"],
        ),
        lossy("ends before SE", up_to("SE*34"), ALL, &["KX906", "KX931"]),
        case(
            "ends inside SE",
            up_to("*0021~\nGE"),
            ALL,
            &["KX906", "KX908", "KX935"],
        ),
        case("ends before GE", up_to("GE*1"), ALL, &["KX906"]),
        case("ends before IEA", up_to("IEA*1"), ALL, &["KX906"]),
        case(
            "no terminator behind IEA",
            up_to("~\n").to_owned() + BASE[105..].trim_end().strip_suffix('~').unwrap(),
            ALL,
            &["KX935"],
        ),
    ]);
    check(cases);
}

#[test]
fn envelopes() {
    let two = BASE.to_owned()
        + &BASE
            .replace("000000905", "000000906")
            .replace('*', "|")
            .replace(':', ">")
            .replace("~\n", "!");
    let twice = format!("{ALL}, {ALL}");
    // An interchange whose segments end with a line feed, behind one that was broken off.
    let lines = BASE
        .replace("000000905", "000000906")
        .replace("~\n", "\n")
        .replace('*', "|");
    let broken_off = |text: &str, next: &str| up_to(text).to_owned() + next;
    let other = &two[BASE.len()..];
    check(vec![
        lossy("an interchange with other delimiters inside of a segment", broken_off("LX*2", "LX*") + other, format!("97110:GP:KX 120, {ALL}"), &["KX906", "KX911", "KX927"]),
        lossy("the same, and its terminator comes again", broken_off("LX*2", "LX*") + other + &BASE.replace("000000905", "000000907"), format!("97110:GP:KX 120, {ALL}, {ALL}"), &["KX906", "KX911", "KX927"]),
        lossy("an interchange of lines inside of a segment", broken_off("LX*2", "LX*") + &lines, format!("97110:GP:KX 120, {ALL}"), &["KX906", "KX911", "KX927"]),
        lossy("an interchange of lines before SE", broken_off("SE*34", &lines), twice.clone(), &["KX906", "KX931"]),
        case("IEA without a terminator before the next interchange", BASE.trim_end().trim_end_matches('~').to_owned() + other, twice.clone(), &["KX935"]),
        case("a name that looks like the beginning of ISA", with("*EXAMPLE*PAT*", &format!("*EXAMPLE*ISA PAT ISA {}*", "X".repeat(120))), ALL, &[]),
        lossy("ISA with a piece of another file inside", with("*000000905*0*T", &format!("*0000{}*0*T", "|00| |X".repeat(10))) + &BASE.replace("000000905", "000000906"), ALL, &["KX903"]),
        lossy("GS inside of a claim", with("REF*6R*L1", "GS*HC*A*B*20261101*1200*22*X*005010X222A1~\nREF*6R*L1"), "97110:GP:KX 120, 92507:GN 95", &["KX906", "KX907", "KX908", "KX909", "KX921", "KX927", "KX944"]),
        case("SE missing", without("SE*34*0021~"), ALL, &["KX906"]),
        case("GE missing", without("GE*1*21~"), ALL, &["KX906"]),
        case("SE and GE missing", BASE.replace("SE*34*0021~\nGE*1*21~\n", ""), ALL, &["KX906"]),
        case("GS missing", without("GS*HC*KXSENDER*KXPAYER*20261101*1200*21*X*005010X222A1~"), ALL, &["KX907", "KX909"]),
        case("GS and GE missing", without("GS*HC*KXSENDER*KXPAYER*20261101*1200*21*X*005010X222A1~").replace("GE*1*21~\n", ""), ALL, &["KX907", "KX909"]),
        lossy("ST missing", without("ST*837*0021*005010X222A1~"), ALL, &["KX907", "KX909", "KX928", "KX944"]),
        lossy("ST01 that is no transaction set", with("ST*837*", "ST*837P*"), "", &["KX917", "KX943", "KX944"]),
        lossy("IEA before a group", with("GS*HC", "IEA*0*000000905~\nGS*HC"), "", &["KX904", "KX944"]),
        lossy("IEA inside of a claim", with("LX*2", "IEA*1*000000905~\nLX*2"), "97110:GP:KX 120", &["KX904", "KX906", "KX927", "KX944"]),
        lossy("ISA without its first letter", format!("{BASE}{}", &BASE[1..]), ALL, &["KX904", "KX944"]),
        lossy("ISA in lower case", format!("{BASE}{}", BASE.replace("ISA", "isa")), ALL, &["KX904", "KX944"]),
        case("a text before the ISA", format!("ISA of the day, CLM 5\n{BASE}"), ALL, &["KX904"]),
        lossy("damaged ISA of a file by lines", { let lines = BASE.replace("~\n", "\n"); format!("{lines}{}", lines.replace("ISA", "IXA")) }, ALL, &["KX904", "KX944"]),
        lossy("ISA missing", &BASE[107..], "", &["KX902"]),
        case("SE01 wrong", with("SE*34", "SE*33"), ALL, &["KX909"]),
        case("SE01 no number", with("SE*34", "SE*X"), ALL, &["KX909"]),
        case("SE02 wrong", with("SE*34*0021", "SE*34*0022"), ALL, &["KX908"]),
        case("GE01 wrong", with("GE*1", "GE*7"), ALL, &["KX909"]),
        case("GE02 wrong", with("GE*1*21", "GE*1*22"), ALL, &["KX908"]),
        case("IEA01 wrong", with("IEA*1", "IEA*2"), ALL, &["KX909"]),
        case("IEA02 wrong", with("IEA*1*000000905", "IEA*1*000000906"), ALL, &["KX908"]),
        case("IEA02 lost its zeros", with("IEA*1*000000905", "IEA*1*905"), ALL, &["KX908"]),
        case("SE without elements", with("SE*34*0021~", "SE~"), ALL, &["KX908", "KX909", "KX936"]),
        case("ST03 missing", with("ST*837*0021*005010X222A1", "ST*837*0021"), ALL, &["KX943"]),
        case("no group", BASE[..107].to_owned() + "IEA*0*000000905~\n", "", &["KX932"]),
        case("no set", BASE[..107].to_owned() + "GS*HC*A*B*20261101*1200*21*X*005010X222A1~GE*0*21~IEA*1*000000905~", "", &["KX932"]),
        case("set without claims", BASE[..BASE.find("HL*1").unwrap()].to_owned() + "SE*6*0021~GE*1*21~IEA*1*000000905~", "", &["KX932"]),
        case("TA1 only", BASE[..107].to_owned() + "TA1*000000905*261101*1200*A*000~IEA*0*000000905~\n", "", &["KX932"]),
        case("TA1 before GS", with("GS*HC", "TA1*000000904*261101*1200*A*000~\nGS*HC"), ALL, &[]),
        case("other delimiters in the second interchange", two, twice.clone(), &[]),
        case("the same interchange twice", BASE.repeat(2), twice.clone(), &["KX910"]),
        case("ISA inside of an open interchange", up_to("GE*1").to_owned() + &BASE.replace("000000905", "000000906"), twice.clone(), &["KX906"]),
        lossy("damaged ISA inside of an open claim", up_to("LX*2").to_owned() + &BASE.replacen(":~", "9~", 1) + &BASE.replace("000000905", "000000906"), format!("97110:GP:KX 120, {ALL}"), &["KX903", "KX906", "KX927"]),
        lossy(
            "ISA inside of an open claim",
            up_to("LX*2").to_owned() + &BASE.replace("000000905", "000000906"),
            format!("97110:GP:KX 120, {ALL}"),
            &["KX906", "KX927", "KX931"],
        ),
        case("GS before GE", with("GE*1*21", &format!("GS*HC*A*B*20261101*1200*22*X*005010X222A1~\n{}GE*1*22", set())).replace("IEA*1", "IEA*2"), twice.clone(), &["KX906"]),
        case("ST before SE", with("SE*34*0021~\n", "").replace("GE*1", &format!("{}GE*2", set().replace("0021", "0022"))), twice.clone(), &["KX906"]),
        case("two sets with the same number", with("GE*1", &format!("{}GE*2", set())), twice.clone(), &["KX910"]),
        case("ST inside of a claim", up_to("REF*6R*L3").to_owned() + &set().replace("0021", "0022") + "GE*2*21~\nIEA*1*000000905~\n", twice.clone(), &["KX906"]),
        case("a set behind GE", with("IEA*1", &format!("{}IEA*1", set())), twice, &["KX907", "KX910"]),
        case("277 before the claims", with("ST*837", "ST*277*0020*005010X214~BHT*0085*08*1*20261101*1200*TH~HL*1**20*1~NM1*PR*2*P*****PI*1~SE*5*0020~\nST*837").replace("GE*1", "GE*2"), ALL, &["KX917", "KX943"]),
        case("835 behind the claims", with("GE*1", "ST*835*0022~BPR*I*5*C*NON~LX*1~CLP*A1*1*180*120~SVC*HC:97110*120*80~SE*6*0022~\nGE*2"), ALL, &["KX917", "KX943"]),
        case("only an 835", BASE[..107].to_owned() + "GS*HP*A*B*20261101*1200*21*X*005010X221A1~ST*835*0022~BPR*I*5*C*NON~SE*3*0022~GE*1*21~IEA*1*000000905~", "", &["KX917", "KX932", "KX943"]),
        case("two sets in lower case", with("ST*837", "st*837").replace("SE*34", "se*34"), ALL, &["KX914"]),
    ]);
}
