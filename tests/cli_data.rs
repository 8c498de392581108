//! `kx837 lines`, `inspect` and `generate`, and the key of patient hashes.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;

use cli_sandbox::{Sandbox, fixture};
use serde_json::Value;

fn first_line(jsonl: &str) -> Value {
    serde_json::from_str(jsonl.lines().next().unwrap()).unwrap()
}

#[test]
fn every_field_of_a_line_is_documented() {
    let sandbox = Sandbox::new();
    let (code, lines, _) = sandbox.run(&format!("lines {}", fixture("837i-mixed.edi")));
    assert_eq!(code, 0);
    assert_eq!(lines.lines().count(), 93);
    let (_, help, _) = sandbox.run("lines --help");
    assert!(help.contains("PHI"), "{help}");
    for field in first_line(&lines).as_object().unwrap().keys() {
        let is_documented = help.split([' ', ',', '\n']).any(|word| word == field);
        assert!(is_documented, "{field}: {help}");
    }
}

#[test]
fn identities_are_hashed_unless_asked_for() {
    let sandbox = Sandbox::new();
    let mixed = fixture("837p-mixed.edi");
    let (_, hashed, _) = sandbox.run(&format!("lines {mixed}"));
    let (code, shown, _) = sandbox.run(&format!("lines --show-patient -o shown.jsonl {mixed}"));
    assert_eq!((code, shown.as_str()), (0, ""));
    let shown = fs::read_to_string(sandbox.path("shown.jsonl")).unwrap();
    assert_eq!(hashed.lines().count(), shown.lines().count());
    for (hashed, shown) in hashed.lines().zip(shown.lines()) {
        let [hashed, shown]: [Value; 2] =
            [hashed, shown].map(|line| serde_json::from_str(line).unwrap());
        for field in ["member_id", "patient_last"] {
            let hash = hashed[field].as_str().unwrap();
            assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert_ne!(hashed[field], shown[field]);
        }
        assert_eq!(hashed["clm01"], shown["clm01"]);
    }
    assert_eq!(sandbox.run(&format!("inspect --lines {mixed}")).1, hashed);
}

#[test]
fn lines_tell_notices_and_what_could_not_be_read() {
    let sandbox = Sandbox::new();
    let whole = fs::read_to_string(fixture("837p-clean-2024.edi")).unwrap();
    fs::write(
        sandbox.path("open.edi"),
        &whole[..whole.rfind("IEA*").unwrap()],
    )
    .unwrap();
    let (code, _, errors) = sandbox.run("lines open.edi");
    assert_eq!(code, 0);
    assert!(
        errors.starts_with("kx837: warning: open.edi: notice[KX906] envelope-not-closed: "),
        "{errors}"
    );
    assert_eq!(sandbox.run("lines -q open.edi").2, "");
    let (code, lines, errors) = sandbox.run("lines missing.edi open.edi");
    assert_eq!(code, 2);
    assert_eq!(lines.lines().count(), 75);
    assert!(
        errors.starts_with("kx837: error: missing.edi: "),
        "{errors}"
    );
}

#[test]
fn inspect_shows_envelopes_and_counts_but_no_patients() {
    let sandbox = Sandbox::new();
    let mixed = fixture("837p-mixed.edi");
    let (code, json, _) = sandbox.run(&format!("inspect --format json {mixed}"));
    assert_eq!(code, 0);
    let survey: Value = serde_json::from_str(&json).unwrap();
    let file = &survey["files"][0];
    assert_eq!(file["counts"]["claims"], 80);
    let sets = file["interchanges"][0]["transaction_sets"]
        .as_array()
        .unwrap();
    assert_eq!(sets.len(), 2);
    assert_eq!(sets[0]["guide"], "005010X222A1");
    assert_eq!(sets[0]["professional_claims"], 40);
    let lines: u64 = sets.iter().map(|set| set["lines"].as_u64().unwrap()).sum();
    assert_eq!(lines, 204);

    let (code, text, _) = sandbox.run(&format!("inspect {mixed}"));
    assert_eq!(code, 0);
    assert!(
        text.contains("ST 0002") && text.contains("204 lines"),
        "{text}"
    );
    let (_, shown, _) = sandbox.run(&format!("lines --show-patient {mixed}"));
    let line = first_line(&shown);
    for field in ["member_id", "patient_last"] {
        let value = line[field].as_str().unwrap();
        assert!(!text.contains(value) && !json.contains(value), "{field}");
    }
    assert_eq!(sandbox.run("inspect missing.edi").0, 2);
}

#[test]
fn generated_files_are_the_same_every_time() {
    let sandbox = Sandbox::new();
    let (code, first, errors) = sandbox.run("generate --kind i --seed 4 --claims 30");
    assert_eq!(code, 0);
    assert!(errors.contains("30 claims"), "{errors}");
    assert_eq!(
        sandbox
            .run("generate --kind I --seed 4 --claims 30 -o a.edi")
            .0,
        0
    );
    assert_eq!(fs::read_to_string(sandbox.path("a.edi")).unwrap(), first);
    assert_ne!(
        sandbox.run("generate --kind i --seed 5 --claims 30").1,
        first
    );
    let (_, sized, _) = sandbox.run("generate --size 50kB --no-line-breaks --delimiters +<%;");
    assert!((50_000..60_000).contains(&sized.len()), "{}", sized.len());
    assert!(!sized.contains('\n') && sized.starts_with("ISA+"));
}

/// The sample's truth was made by the same options.
#[test]
fn truth_tells_the_lines_at_risk() {
    let sandbox = Sandbox::new();
    let options = "--kind I --seed 318 --claims 20 --at-risk 0.2";
    let (code, file, _) = sandbox.run(&format!("generate {options} --truth truth.jsonl"));
    assert_eq!(code, 0);
    assert_eq!(file, fs::read_to_string(fixture("837i-mixed.edi")).unwrap());
    let truth = fs::read_to_string(sandbox.path("truth.jsonl")).unwrap();
    assert_eq!(
        truth,
        fs::read_to_string(fixture("837i-mixed.truth.jsonl")).unwrap()
    );
}

#[test]
fn options_of_generate_that_cannot_be_met_are_refused() {
    let sandbox = Sandbox::new();
    for args in [
        "--year 2010",
        "--at-risk 2",
        "--claims 0",
        "--delimiters ****",
    ] {
        let (code, _, errors) = sandbox.run(&format!("generate {args} -o a.edi"));
        assert_eq!(code, 2, "{args}");
        assert!(errors.starts_with("kx837: error: "), "{args}: {errors}");
        assert!(!sandbox.path("a.edi").exists(), "{args}");
    }
}

mod key {
    use super::*;

    fn member(sandbox: &Sandbox, options: &str) -> Value {
        let (code, lines, errors) =
            sandbox.run(&format!("lines -q {options} {}", fixture("837p-mixed.edi")));
        assert_eq!((code, errors.as_str()), (0, ""));
        first_line(&lines)["member_id"].take()
    }

    #[cfg(unix)]
    #[test]
    fn it_is_made_once_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let sandbox = Sandbox::new();
        let hash = member(&sandbox, "");
        let path = sandbox.path("config/kx837/patient.key");
        let mode =
            |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        let key = fs::read_to_string(&path).unwrap();
        assert_eq!(key.trim().len(), 64);
        assert_eq!(member(&sandbox, ""), hash);
        assert_eq!(fs::read_to_string(&path).unwrap(), key);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let (code, _, errors) = sandbox.run(&format!("lines {}", fixture("837p-mixed.edi")));
        assert_eq!(code, 0);
        assert!(
            errors.contains("kx837: warning: ") && errors.contains("chmod 600"),
            "{errors}"
        );
    }

    #[test]
    fn it_may_be_named() {
        let sandbox = Sandbox::new();
        fs::write(sandbox.path("a.key"), "a1".repeat(32)).unwrap();
        fs::write(sandbox.path("b.key"), format!("{}\n", "b2".repeat(32))).unwrap();
        let hash = member(&sandbox, "--key-file a.key");
        assert_eq!(member(&sandbox, "--key-file a.key"), hash);
        assert_ne!(member(&sandbox, "--key-file b.key"), hash);
        assert_ne!(member(&sandbox, "--key-file new.key"), hash);
        assert!(sandbox.path("new.key").exists());
        assert!(!sandbox.path("config").exists());
    }

    #[test]
    fn a_malformed_one_is_an_error_that_does_not_repeat_it() {
        let sandbox = Sandbox::new();
        fs::write(sandbox.path("a.key"), "secret words").unwrap();
        let (code, _, errors) = sandbox.run("lines --key-file a.key x.edi");
        assert_eq!(code, 2);
        assert!(errors.contains("a.key: not a key file"), "{errors}");
        assert!(!errors.contains("secret words"), "{errors}");
        assert_eq!(sandbox.run("lines --key-file none/a.key x.edi").0, 2);
    }

    #[test]
    fn without_a_place_for_it_one_is_made_up() {
        let sandbox = Sandbox::new();
        fs::write(sandbox.path("config"), "not a folder").unwrap();
        let args = format!("lines {}", fixture("837p-mixed.edi"));
        let (code, first, errors) = sandbox.run(&args);
        assert_eq!(code, 0, "{errors}");
        assert!(errors.contains("cannot be compared"), "{errors}");
        let (_, second, _) = sandbox.run(&args);
        assert_ne!(
            first_line(&first)["member_id"],
            first_line(&second)["member_id"]
        );
    }
}
