//! Every fault of a pack is named with its file, line and a caret, before a claim is read.

mod common;

use kx837::policy::{Pack, PackError, PolicySet};

const GOOD: &str = r#"[pack]
id = "mine"
version = "1"
title = "Mine"
[sets]
pap = ["A7030-A7039"]
[[rule]]
code = "KX801"
name = "my-rule"
kind = "one-of"
title = "t"
plain = "p"
details = "d"
[[payer]]
class = "plan"
filing-indicators = ["CI"]
source = { document = "d" }
confidence = "memory"
[[threshold]]
table = "amounts"
year = 2026
dollars = 100
source = { document = "d" }
confidence = "verified"
[[policy]]
id = "MINE"
title = "t"
rule = "one-of"
finding = "KX801"
codes = ["E0601", "@pap"]
modifiers = ["KX"]
alternatives = ["GA"]
when = { payers = ["plan"], bill-types = ["13X"], revenue-codes = ["042X"], places = ["11"], diagnoses = ["G47"] }
from = "2026-01-01"
to = "2026-12-31"
severity = "error"
certainty = "certain"
advice = "a"
plain = "p"
source = [{ document = "d" }]
confidence = "verified"
"#;

fn load(text: &str) -> Result<PolicySet, PackError> {
    PolicySet::new(false, vec![Pack::parse("mine.toml", text)?])
}

#[test]
fn a_sound_pack_loads() {
    load(GOOD).unwrap_or_else(|error| panic!("{error}"));
}

/// What is replaced, by what, the message, and what the caret stands under.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "title = \"Mine\"",
        "titel = \"Mine\"",
        "unknown field",
        "titel",
    ),
    ("version = \"1\"", "version = 1", "invalid type", "1"),
    (
        "severity = \"error\"",
        "severity = \"error\"\nstatus = { primary = \"A6:453\", secondary = \"A6.454\" }",
        "a status is category:status, such as A6:453",
        "\"A6.454\"",
    ),
    (
        "severity = \"error\"",
        "severity = \"error\"\ndenial = { group = \"C0\", carc = \"16\" }",
        "a group is CO, PR, OA, PI or CR",
        "\"C0\"",
    ),
    (
        "severity = \"error\"",
        "severity = \"error\"\ndenial = { group = \"CO\", carc = \"CO-16\" }",
        "a claim adjustment reason code",
        "\"CO-16\"",
    ),
    (
        "severity = \"error\"",
        "severity = \"error\"\ndenial = { carc = \"16\", rarc = \"822\" }",
        "a remittance advice remark code",
        "\"822\"",
    ),
    ("[[rule]]", "[[rule]", "", ""),
    (
        "A7030-A7039",
        "A7039-A7030",
        "ends before it starts",
        "\"A7039-A7030\"",
    ),
    ("\"E0601\"", "\"E06-E0601\"", "not a code", "\"E06-E0601\""),
    (
        "\"@pap\"]",
        "\"@pep\"]",
        "unknown code set @pep",
        "\"@pep\"",
    ),
    ("[\"KX\"]", "[\"K\"]", "a modifier is two", "\"K\""),
    ("[\"GA\"]", "[\"ga\"]", "a modifier is two", "\"ga\""),
    (
        "finding = \"KX801\"",
        "finding = \"KX999\"",
        "unknown finding code KX999",
        "\"KX999\"",
    ),
    (
        "rule = \"one-of\"",
        "rule = \"required\"",
        "a rule of kind one-of",
        "\"KX801\"",
    ),
    (
        "rule = \"one-of\"",
        "rule = \"any-of\"",
        "unknown variant",
        "\"any-of\"",
    ),
    (
        "code = \"KX801\"",
        "code = \"KX91\"",
        "KX and three digits",
        "\"KX91\"",
    ),
    (
        "name = \"my-rule\"",
        "name = \"MyRule\"",
        "kebab-case",
        "\"MyRule\"",
    ),
    (
        "source = [{ document = \"d\" }]",
        "source = []",
        "at least one source",
        "\"MINE\"",
    ),
    (
        "to = \"2026-12-31\"",
        "to = \"2025-12-31\"",
        "before it begins",
        "\"MINE\"",
    ),
    (
        "from = \"2026-01-01\"",
        "from = \"2026-02-30\"",
        "",
        "\"2026-02-30\"",
    ),
    ("\"13X\"", "\"13Y\"", "type of bill", "\"13Y\""),
    ("\"042X\"", "\"42\"", "revenue code", "\"42\""),
    (
        "places = [\"11\"]",
        "places = [\"1\"]",
        "place of service",
        "\"1\"",
    ),
    (
        "diagnoses = [\"G47\"]",
        "diagnoses = [\"G47-\"]",
        "diagnosis prefix",
        "\"G47-\"",
    ),
    (
        "payers = [\"plan\"]",
        "payers = [\"plam\"]",
        "has the class plam",
        "\"plam\"",
    ),
    ("modifiers = [\"KX\"]\n", "", "needs modifiers", "\"MINE\""),
    (
        "severity = \"error\"",
        "severity = \"error\"\nsex = \"F\"",
        "only sex-conflict policies take sex",
        "\"MINE\"",
    ),
    (
        "severity = \"error\"",
        "severity = \"error\"\nthreshold = \"amounts\"",
        "only threshold and routine-use policies take threshold",
        "\"amounts\"",
    ),
    (
        "severity = \"error\"",
        "severity = \"error\"\nwith = [\"GY\"]",
        "only required-with and conflict policies take with, and this one is one-of",
        "\"GY\"",
    ),
    (
        "severity = \"error\"",
        "severity = \"error\"\ntogether = [\"KX\"]",
        "together needs two modifiers",
        "\"KX\"",
    ),
    (
        "severity = \"error\"",
        "severity = \"error\"\ntogether = [\"KX\", \"GZ\"]",
        "GZ is neither in modifiers nor in alternatives",
        "\"GZ\"",
    ),
    (
        "alternatives = [\"GA\"]",
        "alternatives = [\"GA\", \"KX\"]",
        "KX stands in modifiers and in alternatives",
        "\"KX\"",
    ),
    (
        "alternatives = [\"GA\"]",
        "alternatives = [\"GA\", \"GA\"]",
        "GA stands twice in alternatives",
        "\"GA\"",
    ),
    (
        "code = \"KX801\"",
        "code = \"KX901\"",
        "KX900 to KX999 are codes of notices",
        "\"KX901\"",
    ),
    (
        "pap = [\"A7030-A7039\"]",
        "pap = []",
        "@pap stands for no code",
        "\"@pap\"",
    ),
    (
        "pap = [\"A7030-A7039\"]",
        "pap = [\"A7030\", \"@more\"]",
        "unknown code set @more",
        "\"@more\"",
    ),
    (
        "pap = [\"A7030-A7039\"]",
        "pap = [\"A7030\", \"@more\"]\nmore = [\"@pap\"]",
        "the set @more contains itself: more, pap, more",
        "\"@more\"",
    ),
    (
        "from = \"2026-01-01\"",
        "from = \"01/01/2026\"",
        "(YYYY-MM-DD)",
        "\"01/01/2026\"",
    ),
    (
        "from = \"2026-01-01\"",
        "from = \"2026-01-01T10:00\"",
        "(YYYY-MM-DD)",
        "\"2026-01-01T10:00\"",
    ),
    (
        "from = \"2026-01-01\"",
        "from = { year = 2026 }",
        "(YYYY-MM-DD)",
        "{",
    ),
    ("id = \"MINE\"", "id = \"\"", "one word", "\"\""),
    (
        "id = \"MINE\"",
        "id = \"MINE,PAP\"",
        "one word",
        "\"MINE,PAP\"",
    ),
    ("id = \"MINE\"", "id = \"MY OWN\"", "one word", "\"MY OWN\""),
    (
        "id = \"MINE\"",
        "id = \"kx801\"",
        "the code of a rule",
        "\"kx801\"",
    ),
    (
        "title = \"t\"\nrule",
        "title = \" \"\nrule",
        "expected a text for title",
        "\" \"",
    ),
    (
        "title = \"Mine\"",
        "title = \"\"",
        "expected a text for title",
        "\"\"",
    ),
    (
        "filing-indicators = [\"CI\"]",
        "ids = [\"\"]",
        "cannot be empty",
        "\"\"",
    ),
    (
        "year = 2026",
        "year = 26",
        "a year from 1900 to 2200",
        "\"amounts\"",
    ),
    (
        "[[threshold]]",
        "[[jurisdiction]]\ncontractor = \"dme\"\ncodes = []\nsource = { document = \"d\" }\nconfidence = \"memory\"\n[[threshold]]",
        "a jurisdiction needs codes",
        "[]",
    ),
    (
        "filing-indicators = [\"CI\"]\n",
        "",
        "match everybody",
        "\"plan\"",
    ),
    (
        "dollars = 100",
        "dollars = 0",
        "more than zero",
        "\"amounts\"",
    ),
    (
        "confidence = \"memory\"",
        "confidence = \"sure\"",
        "unknown variant",
        "\"sure\"",
    ),
];

/// The message, and what the caret stands under.
fn is_refused(text: &str, message: &str, marked: &str) {
    let Err(error) = load(text) else {
        panic!("not refused: {message}");
    };
    let shown = error.to_string();
    assert!(error.message().contains(message), "{shown}");
    assert!(shown.starts_with("mine.toml:"), "{shown}");
    let (_, column) = error.line_and_column().expect("a place");
    let lines: Vec<&str> = shown.lines().collect();
    let [.., source, carets] = lines[..] else {
        panic!("{shown}");
    };
    let margin = source.find(" | ").unwrap() + 3;
    let under: String = source[margin..].chars().skip(column - 1).collect();
    assert!(under.starts_with(marked), "{shown}");
    assert!(
        carets.trim_start_matches(['|', ' ']).starts_with('^'),
        "{shown}"
    );
}

#[test]
fn faults_are_shown_where_they_are() {
    for (old, new, message, marked) in FAULTS.iter().copied() {
        assert!(GOOD.contains(old), "{old}");
        // The policy comes last, and what it shares with the rest is its own.
        let at = if new.starts_with("code =") || new.starts_with("name =") {
            GOOD.find(old)
        } else {
            GOOD.rfind(old)
        };
        let mut text = GOOD.to_owned();
        text.replace_range(at.unwrap()..at.unwrap() + old.len(), new);
        is_refused(&text, message, marked);
    }
}

#[test]
fn keys_that_a_kind_of_rule_does_not_read_are_refused_and_left_out_of_defaults() {
    let kinds = [
        ("must-not", ""),
        ("conflict", "with = [\"GZ\"]\n"),
        ("duplicate-modifier", ""),
        ("no-policy", ""),
        ("overflow", ""),
        ("sex-conflict", "sex = \"F\"\n"),
    ];
    for (kind, needed) in kinds {
        let own = GOOD
            .replace("\"one-of\"", &format!("\"{kind}\""))
            .replace("severity = ", &format!("{needed}severity = "));
        let message = format!("and this one is {kind}");
        is_refused(&own, &message, "\"GA\"");
        let both = "[defaults]\nalternatives = [\"GA\"]\ntogether = [\"KX\", \"GA\"]\n[[policy]]";
        let doubtful = own.replace("alternatives = [\"GA\"]", "doubtful = [\"GY\"]");
        is_refused(&doubtful, "policies take doubtful", "\"GY\"");
        let common = own
            .replace("alternatives = [\"GA\"]\n", "")
            .replace("[[policy]]", both);
        let set = load(&common).unwrap_or_else(|error| panic!("{error}"));
        assert!(set.policies()[0].alternatives.is_empty(), "{kind}");
        assert!(set.policies()[0].together.is_empty(), "{kind}");
    }
}

const EXAMPLE: &str = r#"[[policy.example]]
lines = ["E0601:KX $10"]
date = "2026-03-02"
finds = []
"#;

#[test]
fn examples_have_values_that_claims_may_have() {
    let text = format!("{GOOD}{EXAMPLE}");
    load(&text).unwrap_or_else(|error| panic!("{error}"));
    for (fields, message, marked) in [
        ("claim = \"i\"", "a kind of claim is P, I or D", "\"i\""),
        ("claim = \"Q\"", "a kind of claim is P, I or D", "\"Q\""),
        ("sex = \"X\"", "a sex is F, M or U", "\"X\""),
        (
            "filing-indicator = \"medicare\"",
            "two capital letters or digits (SBR09)",
            "\"medicare\"",
        ),
        ("provider-state = \"Ohio\"", "a state is two", "\"Ohio\""),
        (
            "place = \"office\"",
            "a place of service is two",
            "\"office\"",
        ),
        (
            "claim = \"I\"\nbill-type = \"abc\"",
            "a type of bill is three digits",
            "\"abc\"",
        ),
        ("bill-type = \"131\"", "is for claim = \"I\"", "\"131\""),
        (
            "claim = \"I\"\nplace = \"11\"",
            "is for claim = \"P\" or \"D\"",
            "\"11\"",
        ),
        (
            "condition-codes = [\"45\", \"455\"]",
            "a condition code is two",
            "\"455\"",
        ),
        ("diagnoses = [\"G4\"]", "a diagnosis is three", "\"G4\""),
        ("on-days = 0", "nonzero", "0"),
    ] {
        is_refused(&format!("{text}{fields}\n"), message, marked);
    }
    for (lines, message, marked) in [
        ("[]", "an example needs a line", "[]"),
        (
            "[\"E0601 $5\", \"E0601 UNITS x\"]",
            "units are",
            "\"E0601 UNITS",
        ),
        ("[\"E0601 UNITS 0\"]", "a number above 0", "\"E0601"),
        ("[\"E0601 UNITS\"]", "UNITS needs a number", "\"E0601"),
        ("[\"E0601 $-5\"]", "an amount of 0 or more", "\"E0601"),
        ("[\"E0601:nu $5\"]", "a modifier is two capital", "\"E0601"),
        ("[\"e0601 $5\"]", "is not a code", "\"e0601"),
        ("[\"E0601 REV 42\"]", "four digits", "\"E0601"),
        ("[\"E0601 5\"]", "expected $CHARGE", "\"E0601"),
        (
            "[\"E0601:A1:A2:A3:A4:A5\"]",
            "four modifiers at most",
            "\"E0601",
        ),
    ] {
        is_refused(&text.replace("[\"E0601:KX $10\"]", lines), message, marked);
    }
}

#[test]
fn dates_may_stand_without_quotes() {
    let bare = GOOD.replace("from = \"2026-01-01\"", "from = 2026-01-01");
    let set = load(&bare).unwrap_or_else(|error| panic!("{error}"));
    let from = set.catalogue().policies[0].effective_from;
    assert_eq!(
        from.map(|day| day.to_string()).as_deref(),
        Some("2026-01-01")
    );
}

#[test]
fn amounts_and_sexes_must_be_known() {
    let threshold = GOOD
        .replace("kind = \"one-of\"", "kind = \"threshold\"")
        .replace(
            "rule = \"one-of\"",
            "rule = \"threshold\"\nthreshold = \"amount\"",
        );
    let error = load(&threshold).unwrap_err();
    assert!(
        error.message().contains("unknown table of amounts amount"),
        "{error}"
    );
    load(&threshold.replace("\"amount\"", "\"amounts\"")).unwrap();

    let sex = GOOD
        .replace("alternatives = [\"GA\"]\n", "")
        .replace("kind = \"one-of\"", "kind = \"sex-conflict\"")
        .replace("rule = \"one-of\"", "rule = \"sex-conflict\"\nsex = \"W\"");
    let error = load(&sex).unwrap_err();
    assert!(error.message().contains("F or M"), "{error}");
    load(&sex.replace("\"W\"", "\"M\"")).unwrap();
}

#[test]
fn what_is_defined_twice_is_refused() {
    let policy = &GOOD[GOOD.find("[[policy]]").unwrap()..];
    let error = load(&format!("{GOOD}{policy}")).unwrap_err();
    assert!(
        error.message().contains("policy MINE is defined twice"),
        "{error}"
    );

    let amounts = &GOOD[GOOD.find("[[threshold]]").unwrap()..GOOD.find("[[policy]]").unwrap()];
    let error = load(&GOOD.replace("[[policy]]", &format!("{amounts}[[policy]]"))).unwrap_err();
    assert!(error.message().contains("two amounts for 2026"), "{error}");

    let twice = [GOOD, GOOD].map(|text| Pack::parse("mine.toml", text).unwrap());
    let error = PolicySet::new(false, twice.into()).unwrap_err();
    assert!(
        error.message().contains("the pack mine is named twice"),
        "{error}"
    );
    let packs = [("a.toml", GOOD), ("b.toml", GOOD)];
    let packs = packs.map(|(name, text)| Pack::parse(name, text).unwrap());
    let error = PolicySet::new(false, packs.into()).unwrap_err();
    assert!(error.to_string().starts_with("b.toml:2:"), "{error}");
    assert!(error.message().contains("as a.toml too"), "{error}");

    let other = GOOD.replace("id = \"mine\"", "id = \"other\"");
    let packs = [GOOD, &other].map(|text| Pack::parse("mine.toml", text).unwrap());
    let error = PolicySet::new(false, packs.into()).unwrap_err();
    assert!(
        error.message().contains("the rule code KX801 is taken"),
        "{error}"
    );
}

#[test]
fn a_claim_file_is_not_taken_for_a_pack_and_none_of_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claims.edi");
    let claims = common::base::BASE.replace('\n', "");
    std::fs::write(&path, &claims).unwrap();
    let error = PolicySet::from_files(false, &[&path])
        .unwrap_err()
        .to_string();
    assert!(error.contains("this is an X12 file"), "{error}");
    // Nor of a file that is neither.
    std::fs::write(&path, format!("name,{claims}")).unwrap();
    let error = PolicySet::from_files(false, &[&path])
        .unwrap_err()
        .to_string();
    assert!(!error.contains("1EG4TE5MK72"), "{error}");
}

#[test]
fn of_a_pack_that_is_not_utf_8_the_line_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latin.toml");
    let mut bytes = GOOD.replace("\"Mine\"", "\"M#ne\"").into_bytes();
    *bytes.iter_mut().find(|byte| **byte == b'#').unwrap() = 0xEF;
    std::fs::write(&path, bytes).unwrap();
    let error = PolicySet::from_files(false, &[&path]).unwrap_err();
    assert_eq!(error.message(), "line 4 is not UTF-8, as a pack must be");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = PolicySet::from_files(false, &["no/such/pack.toml"]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no/such/pack.toml: cannot read"),
        "{error}"
    );
}
