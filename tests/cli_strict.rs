//! `screen --strict`: whatever an acknowledgement does not accept makes the run fail, and standard error says where.
#![cfg(feature = "cli")]

#[allow(dead_code, reason = "not every test needs every helper")]
#[path = "common/base.rs"]
mod base;
mod cli_sandbox;

use std::fs;

use base::{BASE, with};
use cli_sandbox::Sandbox;

/// Standard error of a strict run and of one that is not, and their exit codes.
fn screen(text: &str) -> ((i32, String), (i32, String)) {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("in.edi"), text).unwrap();
    let run = |options: &str| {
        let options = format!("screen -q --fail-on never --report csv=out.csv {options} in.edi");
        let (code, _, errors) = sandbox.run(&options);
        (code, errors)
    };
    (run("--strict"), run(""))
}

#[test]
fn a_sound_file_passes() {
    assert_eq!(screen(BASE), ((0, String::new()), (0, String::new())));
}

#[test]
fn values_of_headers_are_defects() {
    for (from, to, told) in [
        (
            "GS*HC*",
            "GS*HP*",
            "GS01 is HP; expected HC: claims stand in groups of claims (ISA 000000905 / GS 21 / GS01, byte 107)",
        ),
        (
            "*1200*21*X*",
            "*1200*X*X*",
            "GS06 is X; expected 1 to 9 digits",
        ),
        (
            "*X*005010X222A1~\nST",
            "*X~\nST",
            "GS08 is missing; expected the version of the guide",
        ),
        (
            "*^*00501*",
            "*^*00502*",
            "ISA12 is not a value that X12 allows there; expected 00501 (or 00401) (ISA 000000905 / ISA12, byte 0)",
        ),
        (
            "*0*T*:",
            "*3*T*:",
            "ISA14 is not a value that X12 allows there; expected 0 or 1",
        ),
        (
            "*0*T*:",
            "*0*X*:",
            "ISA15 is not a value that X12 allows there; expected P or T",
        ),
        (
            "*^*00501",
            "*U*00501",
            "ISA11 is not a usable repetition separator",
        ),
        (
            "ST*837*0021*005010X222A1",
            "ST*837*0021*005010X223A2",
            "ST03 is 005010X223A2; expected the same as in GS08 (ISA 000000905 / ST 0021 / ST03, byte 163) [KX943 envelope-value]",
        ),
        (
            "ST*837*0021*005010X222A1",
            "ST*837*0021",
            "ST03 is missing; expected the guide, as in GS08",
        ),
    ] {
        let ((code, errors), (lenient, _)) = screen(&with(from, to));
        assert_eq!((code, lenient), (1, 0), "{to}: {errors}");
        assert!(
            errors.starts_with("kx837: error: in.edi: "),
            "{to}: {errors}"
        );
        assert!(errors.contains(told), "{to}: {errors}");
    }
    // Its claims are lost, which is worse.
    let ((code, errors), (lenient, _)) = screen(&with("ST*837*0021*", "ST*835*0021*"));
    assert_eq!((code, lenient), (2, 2), "{errors}");
    let told = "ST01 is 835; expected 837 in a group of claims (GS01 HC), and nowhere else";
    assert!(errors.contains(told), "{errors}");
    let number = BASE.replace("0021", "21");
    let ((code, errors), _) = screen(&number);
    assert_eq!(code, 1, "{errors}");
    assert!(
        errors.contains("ST02 is 21; expected 4 to 9 characters"),
        "{errors}"
    );
}

#[test]
fn every_bad_value_of_isa_is_told() {
    let text = with("*0*T*:", "*7*X*:").replace("*261101*1200*^", "*261301*1200*^");
    let ((code, errors), _) = screen(&text);
    assert_eq!(code, 1);
    let told: Vec<_> = errors
        .lines()
        .filter(|line| line.contains("KX943"))
        .collect();
    let elements = ["ISA09", "ISA14", "ISA15"];
    assert_eq!(told.len(), elements.len(), "{errors}");
    assert!(
        told.iter()
            .zip(elements)
            .all(|(line, element)| line.contains(element)),
        "{errors}"
    );
}

/// More than are listed are counted.
#[test]
fn what_is_not_listed_is_counted() {
    let sets: String = (1..=15)
        .map(|n| {
            base::set()
                .replace("0021", &format!("{n:04}"))
                .replace("*005010X222A1~", "~")
        })
        .collect();
    let text = format!("{}{sets}GE*15*21~\nIEA*1*000000905~\n", base::up_to("ST*"));
    let ((code, errors), _) = screen(&text);
    assert_eq!(code, 1);
    assert_eq!(errors.matches("ST03 is missing").count(), 10, "{errors}");
    assert!(
        errors.contains(
            "only the first 10 of this kind are listed (byte 0) and 4 more [KX943 envelope-value]"
        ),
        "{errors}"
    );
}

/// A transfer that was cut off behind a set was read to its last byte, but does not pass for a whole one.
#[test]
fn an_interchange_without_iea_is_told_without_being_asked() {
    let sandbox = Sandbox::new();
    let told = "kx837: warning: in.edi: notice[KX906] envelope-not-closed: interchange 000000905 is not closed: \
                expected IEA at the end of the file; it may have been cut off, and claims may be missing (ISA \
                000000905 / ";
    for (text, warnings, strict) in [
        (BASE.to_owned(), 0, 0),
        (base::up_to("IEA*").to_owned(), 1, 1),
        (base::up_to("GE*").to_owned(), 1, 1),
        (base::up_to("ST*").to_owned(), 1, 1),
    ] {
        fs::write(sandbox.path("in.edi"), &text).unwrap();
        for command in [
            "screen --no-progress --fail-on never --report csv=out.csv in.edi",
            "inspect --no-progress in.edi",
        ] {
            let (code, _, errors) = sandbox.run(command);
            assert_eq!(code, 0, "{errors}");
            assert_eq!(errors.matches(told).count(), warnings, "{errors}");
        }
        let ((code, errors), _) = screen(&text);
        assert_eq!(code, strict, "{errors}");
    }
    let next = format!("{}{BASE}", base::up_to("IEA*"));
    fs::write(sandbox.path("in.edi"), next).unwrap();
    let (code, _, errors) = sandbox.run("screen --no-progress --report csv=out.csv in.edi");
    assert_eq!(code, 0, "{errors}");
    assert!(
        errors.contains("expected IEA before the next ISA"),
        "{errors}"
    );
}
