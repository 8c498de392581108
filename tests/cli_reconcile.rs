//! `kx837 ledger reconcile`, as a user runs it.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use cli_sandbox::Sandbox;
use cli_sandbox::claims::in_file;
use serde_json::Value;

/// Code with modifiers, charge in dollars, day of March 2026.
type Line = (&'static str, u32, u32);

/// Claims of one patient and provider, with CLM01 and lines.
fn claims(claims: &[(&str, &[Line])]) -> String {
    let mut text = String::new();
    for (id, lines) in claims {
        let charge: u32 = lines.iter().map(|line| line.1).sum();
        let _ = write!(text, "CLM*{id}*{charge}***11:B:1*Y*A*Y*Y~HI*ABK:G4733~");
        for (number, (code, charge, day)) in lines.iter().enumerate() {
            let number = number + 1;
            let _ = write!(
                text,
                "LX*{number}~SV1*HC:{code}*{charge}*UN*1***1~DTP*472*D8*202603{day:02}~"
            );
        }
    }
    in_file(&text)
}

/// An 835 of this day of April 2026.
fn advice(day: u32, claims: &str) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260401*0900*^*00501*000000001*0*T*:~\
         GS*HP*PAYER*CLINIC*20260401*0900*1*X*005010X221A1~ST*835*0001~BPR*I*784*C*NON************202604{day:02}~\
         N1*PR*MEDICARE~N1*PE*CLINIC*XX*1999900016~LX*1~{claims}SE*14*0001~GE*1*1~IEA*1*000000001~"
    )
}

/// CLP: number, status, charge, paid, the payer's number.
fn clp(claim: &str, status: &str, charge: i32, paid: i32, number: &str) -> String {
    format!(
        "CLP*{claim}*{status}*{charge}*{paid}*0*MB*{number}~NM1*QC*1*CANLAST*CANFIRST****MI*1CANMEMBER1~"
    )
}

/// SVC with its date and what else is said of it.
fn svc(code: &str, charge: i32, paid: i32, day: u32, more: &str) -> String {
    format!("SVC*HC:{code}*{charge}*{paid}**1~DTM*472*202603{day:02}~{more}")
}

impl Sandbox {
    fn screened(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        let words = format!("screen -q --report jsonl --ledger kx.db {name}");
        let (code, report, errors) = self.run(&words);
        assert!(code < 2, "{report}{errors}");
    }

    fn reconciled(&self, text: &str) -> Value {
        fs::write(self.path("era.835"), text).unwrap();
        self.json("era.835")
    }

    fn json(&self, files: &str) -> Value {
        let words = format!("ledger reconcile kx.db {files} --format json");
        let (code, json, errors) = self.run(&words);
        assert_eq!((code, &*errors), (0, ""), "{json}");
        assert!(!json.contains("CAN"), "{json}");
        serde_json::from_str(&json).unwrap()
    }
}

/// Counts of a policy in one line: borne out, other reason, part, paid, undecided.
fn counts(json: &Value, policy: &str) -> [u64; 5] {
    let rules = json["rules"].as_array().unwrap();
    let policies = rules
        .iter()
        .flat_map(|rule| rule["policies"].as_array().unwrap());
    let found = policies.into_iter().find(|one| one["policy"] == policy);
    let counts = &found.unwrap_or_else(|| panic!("{policy}: {json}"))["counts"];
    [
        "borne_out",
        "other_reason",
        "part_paid",
        "paid",
        "undecided",
    ]
    .map(|name| counts[name].as_u64().unwrap())
}

const THERAPY: &str = "THERAPY_PT_SLP";

/// C1 fills the account of therapy; C2 to C5 are above it; D1 and D2 are PAP without KX.
fn filled() -> Sandbox {
    let sandbox = Sandbox::new();
    let text = claims(&[
        ("C1", &[("97799:GP", 2_480, 2)]),
        ("C2", &[("97110:GP", 100, 3), ("97140:GP", 50, 3)]),
        ("C3", &[("97110:GP", 100, 4)]),
        ("C4", &[("97110:GP", 100, 5)]),
        ("C5", &[("97110:GP", 100, 6)]),
        ("D1", &[("A4604", 9, 2), ("E0601:NU", 700, 2)]),
        ("D2", &[("E0601:NU", 700, 9)]),
    ]);
    sandbox.screened("a.edi", &text);
    sandbox
}

fn decided() -> String {
    advice(
        5,
        &[
            clp("C1", "1", 2_480, 1_000, "I1"),
            svc("97799:GP", 2_480, 1_000, 2, "CAS*CO*45*1480~"),
            clp("C2", "4", 150, 0, "I2"),
            svc("97110:GP", 100, 0, 3, "CAS*CO*45*60~CAS*PR*119*40~"),
            svc("97140:GP", 50, 0, 3, "CAS*CO*97*50~LQ*HE*M15~"),
            clp("C3", "1", 100, 30, "I3"),
            svc("97110:GP:KX", 100, 30, 4, "CAS*CO*45*62.5~CAS*PR*2*7.5~"),
            clp("C4", "1", 100, 0, "I4"),
            svc("97110:GP", 100, 0, 5, "CAS*PR*1*60~CAS*CO*45*40~"),
            // The accessory is paid, the device is not.
            clp("D1", "4", 709, 7, "I5"),
            svc("A4604", 9, 7, 2, "CAS*CO*45*2~"),
            svc(
                "E0601:NU",
                700,
                0,
                2,
                "CAS*CO*16*700~LQ*HE*N822~LQ*HE*MA130~",
            ),
            // Screened without a finding, and not screened at all.
            clp("Z9", "4", 80, 0, "I6"),
            svc("97530:GP", 80, 0, 7, "CAS*CO*119*80~"),
        ]
        .concat(),
    )
}

#[test]
fn predictions_are_counted_beside_decisions() {
    let sandbox = filled();
    let json = sandbox.reconciled(&decided());
    // C2 has one of each, C3 was paid with KX, C4 as a deductible, C5 is not decided on.
    assert_eq!(counts(&json, THERAPY), [1, 1, 0, 2, 1]);
    let rule = &json["rules"][0];
    assert_eq!(rule["rule"], "KX101");
    assert_eq!(rule["name"], "therapy-above-threshold-without-kx");
    let therapy = rule["policies"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["policy"] == THERAPY)
        .unwrap();
    assert_eq!(therapy["borne_out_by"]["PR-119"], 1);
    assert_eq!(therapy["others"]["CO-97 M15"], 1);
    assert_eq!(therapy["counts"]["paid_with_kx"], 1);
    let predicted = &therapy["counts"]["predicted"];
    let by_severity = ["error", "warning", "info"].map(|name| predicted[name].as_u64().unwrap());
    assert_eq!(by_severity.iter().sum::<u64>(), 5);
    let [borne_out, other, part, paid, undecided] = counts(&json, "PAP");
    assert_eq!((borne_out, other, part, undecided), (1, 0, 0, 1), "{json}");
    assert!(paid <= 1);
    let missed = json["not_predicted"].as_array().unwrap();
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert_eq!(missed[0]["reason"], "CO-119");
    assert_eq!(missed[0]["unknown"], 1);
    assert_eq!(
        (&json["complete"], &json["decisions"]),
        (&true.into(), &6.into())
    );
}

#[test]
fn single_lines_say_where_they_stand() {
    let sandbox = filled();
    let text = decided();
    let json = sandbox.reconciled(&text);
    let parted = json["parted"].as_array().unwrap();
    let line = |claim: &str, rule: &str| {
        let mut lines = parted.iter();
        lines
            .find(|one| one["claim"] == claim && one["rule"] == rule)
            .unwrap()
    };
    let other = line("C2", "KX101");
    assert_eq!(
        (&other["line"], &other["code"]),
        (&"2".into(), &"97140".into())
    );
    assert_eq!(
        (&other["verdict"], &other["reasons"][0]),
        (&"other-reason".into(), &"CO-97 M15".into())
    );
    assert_eq!(
        (&other["file"], &other["remittance"]),
        (&"a.edi".into(), &"era.835".into())
    );
    assert_eq!(other["date"], "2026-03-03");
    assert_eq!(other["decided"], "2026-04-05");
    let offset = usize::try_from(other["remittance_offset"].as_u64().unwrap()).unwrap();
    assert!(text[offset..].starts_with("CLP*C2*"));
    assert_eq!(line("C3", "KX101")["modifiers"][1], "KX");
    let last = parted.last().unwrap();
    assert_eq!(
        (&last["claim"], &last["ledger_knows"]),
        (&"Z9".into(), &"unknown".into())
    );
    assert!(last["rule"].is_null() && last["file"].is_null());
    // What was borne out has not parted.
    assert!(
        !parted
            .iter()
            .any(|one| one["claim"] == "D1" && one["code"] == "E0601" && one["policy"] == "PAP")
    );
}

#[test]
fn what_the_ledger_knows_of_a_claim_that_was_not_foretold() {
    let sandbox = filled();
    let json = sandbox.reconciled(&advice(
        5,
        &[
            clp("C1", "4", 2_480, 0, "I1"),
            svc("97799:GP", 2_480, 0, 2, "CAS*CO*119*2480~"),
            clp("C2", "4", 100, 0, "I2"),
            svc("97112:GP", 100, 0, 3, "CAS*CO*119*100~"),
        ]
        .concat(),
    ));
    let missed = &json["not_predicted"][0];
    assert_eq!(missed["reason"], "CO-119");
    let known = ["with_findings", "counted", "unknown"].map(|name| missed[name].as_u64().unwrap());
    assert_eq!(known, [1, 1, 0]);
}

#[test]
fn the_latest_decision_counts() {
    let sandbox = filled();
    let denied = |number: &str| {
        clp("C3", "4", 100, 0, number) + &svc("97110:GP", 100, 0, 4, "CAS*PR*119*100~")
    };
    let paid = |number: &str| {
        clp("C3", "1", 100, 40, number) + &svc("97110:GP:KX", 100, 40, 4, "CAS*CO*45*60~")
    };
    let reversal = |number: &str| {
        clp("C3", "22", -100, 0, number) + &svc("97110:GP", -100, 0, 4, "CAS*PR*119*-100~")
    };
    let of = |files: &[(u32, String)]| {
        for old in ["0.835", "1.835"] {
            let _ = fs::remove_file(sandbox.path(old));
        }
        for (at, (day, claims)) in files.iter().enumerate() {
            fs::write(sandbox.path(&format!("{at}.835")), advice(*day, claims)).unwrap();
        }
        counts(&sandbox.json("*.835"), THERAPY)
    };
    // C2 has two lines, C4 and C5 one each.
    assert_eq!(of(&[(5, denied("I1"))]), [1, 0, 0, 0, 4]);
    assert_eq!(of(&[(5, denied("I1")), (9, paid("I2"))]), [0, 0, 0, 1, 4]);
    // The day of the payment tells, not the order of the files.
    assert_eq!(of(&[(9, paid("I2")), (5, denied("I1"))]), [0, 0, 0, 1, 4]);
    assert_eq!(
        of(&[(5, denied("I1")), (9, reversal("I1"))]),
        [0, 0, 0, 0, 5]
    );
    // The correction stands before the reversal, under the same number of the payer or another.
    for number in ["I1", "I2"] {
        let corrected = paid(number) + &reversal("I1");
        assert_eq!(of(&[(5, denied("I1")), (9, corrected)]), [0, 0, 0, 1, 4]);
    }
    // A secondary payer does not overrule the primary.
    let secondary = clp("C3", "2", 100, 20, "S7") + &svc("97110:GP", 100, 20, 4, "CAS*OA*23*80~");
    assert_eq!(of(&[(5, denied("I1")), (9, secondary)]), [1, 0, 0, 0, 4]);
    // Another provider's claim of this number, and another visit under it.
    let stranger = advice(5, &denied("I1")).replace("1999900016", "1999900024");
    assert_eq!(
        counts(&sandbox.reconciled(&stranger), THERAPY),
        [0, 0, 0, 0, 5]
    );
    fs::remove_file(sandbox.path("era.835")).unwrap();
    let visit = denied("I1").replace("20260304", "20260311");
    assert_eq!(of(&[(5, visit)]), [0, 0, 0, 0, 5]);
}

#[test]
fn the_latest_screening_of_a_claim_counts_once() {
    let sandbox = filled();
    let text = claims(&[("D2", &[("E0601:NU", 700, 9)])]);
    sandbox.screened("b.edi", &text);
    let denied =
        clp("D2", "4", 700, 0, "I1") + &svc("E0601:NU", 700, 0, 9, "CAS*CO*16*700~LQ*HE*N822~");
    let json = sandbox.reconciled(&advice(5, &denied));
    assert_eq!(json["claims_superseded"], 1);
    let [borne_out, ..] = counts(&json, "PAP");
    assert_eq!(borne_out, 1);
}

#[test]
fn alike_lines_are_told_apart() {
    let sandbox = Sandbox::new();
    let text = claims(&[("D1", &[("E0601:NU:KX", 700, 2), ("E0601:NU", 700, 2)])]);
    sandbox.screened("a.edi", &text);
    let paid = |more: &str| svc("E0601:NU:KX", 700, 500, 2, &format!("CAS*CO*45*200~{more}"));
    let denied = |more: &str| svc("E0601:NU", 700, 0, 2, &format!("CAS*CO*4*700~{more}"));
    let claim = clp("D1", "1", 1_400, 500, "I1");
    let of = |lines: &[String]| {
        let json = sandbox.reconciled(&advice(5, &(claim.clone() + &lines.concat())));
        counts(&json, "PAP")
    };
    // At its place; else by its number.
    assert_eq!(of(&[paid(""), denied("")]), [1, 0, 0, 0, 0]);
    assert_eq!(
        of(&[denied("REF*6R*2~"), paid("REF*6R*1~")]),
        [1, 0, 0, 0, 0]
    );
    // A line that the payer has cut in two.
    let half = svc("E0601:NU", 350, 300, 2, "CAS*CO*45*50~REF*6R*2~");
    assert_eq!(of(&[half, denied("REF*6R*2~")]), [0, 0, 1, 0, 0]);
}

#[test]
fn a_claim_that_the_payer_has_split_is_one() {
    let sandbox = filled();
    let paid = clp("C2", "1", 100, 40, "I1") + &svc("97110:GP", 100, 40, 3, "CAS*CO*45*60~");
    let denied = clp("C2", "4", 50, 0, "I2") + &svc("97140:GP", 50, 0, 3, "CAS*CO*119*50~");
    let json = sandbox.reconciled(&advice(5, &(paid + &denied)));
    assert_eq!(counts(&json, THERAPY), [1, 0, 0, 1, 3]);
}

#[test]
fn a_claim_that_is_decided_on_as_a_whole_decides_its_lines() {
    let sandbox = filled();
    let whole = clp("D2", "4", 700, 0, "I1") + "CAS*CO*16*700~MOA***MA130*N822~";
    let with_lines = whole.clone() + &svc("E0601:NU", 700, 0, 9, "");
    for text in [whole, with_lines] {
        let [borne_out, ..] = counts(&sandbox.reconciled(&advice(5, &text)), "PAP");
        assert_eq!(borne_out, 1);
    }
}

#[test]
fn ids_of_another_day_are_listed_as_they_were() {
    let sandbox = filled();
    fs::write(sandbox.path("era.835"), decided()).unwrap();
    let (code, json, errors) =
        sandbox.run("ledger reconcile kx.db era.835 --format json --policies none");
    assert_eq!(code, 0, "{errors}");
    let json: Value = serde_json::from_str(&json).unwrap();
    let policy = &json["rules"][0]["policies"][0];
    assert_eq!(policy["is_known"], false, "{json}");
    // What the rule is about is known still.
    assert_eq!(counts(&json, THERAPY)[0], 1);
}

#[test]
fn files_may_be_packed_and_must_be_whole() {
    let sandbox = filled();
    let ledger = fs::read(sandbox.path("kx.db")).unwrap();
    let text = decided();
    let plain = sandbox.reconciled(&text);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    fs::write(sandbox.path("era.gz"), packer.finish().unwrap()).unwrap();
    let of_gzip = sandbox.json("era.gz");
    assert_eq!(of_gzip["rules"], plain["rules"]);
    // One file that breaks off, and nothing is told.
    fs::write(sandbox.path("cut.835"), &text[..text.len() - 60]).unwrap();
    fs::write(sandbox.path("b.edi"), claims(&[])).unwrap();
    for (name, told) in [
        ("cut.835", "the file ends inside"),
        ("b.edi", "no 835"),
        ("gone", "No such file"),
    ] {
        let (code, page, errors) = sandbox.run(&format!("ledger reconcile kx.db era.835 {name}"));
        assert_eq!((code, &*page), (2, ""), "{errors}");
        assert!(errors.contains(name) && errors.contains(told), "{errors}");
    }
    // A decision whose amounts cannot be read is left out, and that is told.
    fs::write(
        sandbox.path("odd.835"),
        text.replace("CAS*PR*119*40~", "CAS*PR*119*many~"),
    )
    .unwrap();
    let (code, page, errors) = sandbox.run("ledger reconcile kx.db odd.835");
    assert_eq!(code, 2);
    assert!(page.contains("complete: no, 1 decision left out"), "{page}");
    assert!(
        errors.contains("odd.835: byte") && !errors.contains("many"),
        "{errors}"
    );
    assert_eq!(sandbox.run("ledger reconcile none.db era.835").0, 2);
    assert_eq!(fs::read(sandbox.path("kx.db")).unwrap(), ledger);
}

#[test]
fn people_read_a_table() {
    let sandbox = filled();
    fs::write(sandbox.path("era.835"), decided()).unwrap();
    let (code, page, _) = sandbox.run("ledger reconcile kx.db era.835 --details");
    assert_eq!(code, 0);
    let longest = page.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= 110, "{longest}: {page}");
    for told in [
        "KX101 therapy-above-threshold-without-kx",
        "borne out by PR-119 (1)",
        "other or part: CO-97 M15 (1)",
        "paid with KX on the line: 1",
        "CLM C2 line 2 97140 of 2026-03-03: ",
        "denied for another reason: CO-97 M15",
        "CLM Z9 97530 of 2026-03-07: nothing was predicted",
        "complete: yes",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("CAN"), "{page}");
    let (_, brief, _) = sandbox.run("ledger reconcile kx.db era.835");
    assert!(!brief.contains("CLM") && brief.contains("total"), "{brief}");
}
