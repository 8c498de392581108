//! Help, errors of arguments, completions and manual pages.
#![cfg(feature = "cli")]

mod cli_sandbox;

use cli_sandbox::{Sandbox, fixture, outcome};

const COMMANDS: [&str; 23] = [
    "",
    "screen",
    "lines",
    "inspect",
    "generate",
    "bench",
    "explain",
    "rules",
    "policy",
    "policy check",
    "policy diff",
    "policy list",
    "policy schema",
    "policy show",
    "ledger",
    "ledger show",
    "ledger export",
    "ledger import",
    "ledger reconcile",
    "ledger verify",
    "ledger prune",
    "completions",
    "man",
];

#[test]
fn every_help_begins_with_examples_of_its_command() {
    let sandbox = Sandbox::new();
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let (code, help, errors) = sandbox.run(&format!("{command} {flag}"));
            assert_eq!((code, errors.as_str()), (0, ""), "{command} {flag}");
            assert!(help.starts_with("Examples:\n  "), "{command}: {help}");
            let example = format!("kx837 {command}");
            assert!(
                help[..help.find("Usage:").unwrap()].contains(example.trim()),
                "{command}"
            );
        }
    }
}

/// Examples must not rot: every option that one shows is an option of its command.
#[test]
fn examples_use_options_that_exist() {
    let sandbox = Sandbox::new();
    for command in COMMANDS.iter().filter(|command| !command.is_empty()) {
        let (_, help, _) = sandbox.run(&format!("{command} --help"));
        let (examples, options) = help.split_once("Usage:").unwrap();
        let words = examples
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        for word in words {
            assert!(options.contains(word), "{command}: {word}");
        }
    }
}

#[test]
fn version_is_the_package_version() {
    let (code, text, _) = Sandbox::new().run("--version");
    assert_eq!(code, 0);
    assert_eq!(text, format!("kx837 {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_bad_flag_is_one_line_and_code_2() {
    let sandbox = Sandbox::new();
    for (args, word) in [
        ("screen --frobnicate x", "--frobnicate"),
        (
            "screen --fail-on sometimes x",
            "possible values: error, warning, info, never",
        ),
        ("screen --report pdf x", "expected text, jsonl"),
        ("screen --report csv= x", "expected a path after ="),
        ("screen", "<PATH>"),
        ("screen --format text x", "--output-dir"),
        ("screen --control-number 0 x", "--control-number"),
        ("screen --report jsonl --report text x", "standard output"),
        ("generate --size huge", "100MB"),
        ("generate --delimiters ab", "varied"),
        ("explain E0601 --date tomorrow", "--date"),
        ("frobnicate", "frobnicate"),
    ] {
        let (code, out, errors) = sandbox.run(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args}");
        assert!(errors.starts_with("kx837: error: "), "{args}: {errors}");
        assert!(errors.contains(word), "{args}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{args}: {errors}");
    }
}

#[test]
fn options_come_from_the_environment_too() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.kx837("screen");
    command
        .arg(fixture("837p-mixed.edi"))
        .env("KX837_FAIL_ON", "never");
    assert_eq!(outcome(&mut command).0, 0);
    command.env("KX837_FAIL_ON", "nonsense");
    assert_eq!(outcome(&mut command).0, 2);
}

#[test]
fn colours_are_for_terminals_and_whoever_insists() {
    let sandbox = Sandbox::new();
    let has_color = |args: &str, variable: Option<&str>| {
        let mut command = sandbox.kx837(args);
        if let Some(name) = variable {
            command.env(name, "1");
        }
        outcome(&mut command).1.contains('\x1b')
    };
    assert!(!has_color("explain KX101", None));
    assert!(has_color("explain KX101 --color always", None));
    assert!(has_color("explain KX101 --color always", Some("NO_COLOR")));
    assert!(has_color("explain KX101", Some("CLICOLOR_FORCE")));
    assert!(!has_color(
        "explain KX101 --color never",
        Some("CLICOLOR_FORCE")
    ));
}

#[test]
fn completions_name_all_commands() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script, _) = sandbox.run(&format!("completions {shell}"));
        assert_eq!(code, 0);
        for command in ["screen", "explain", "completions"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn manual_pages_are_written_for_all_commands() {
    let sandbox = Sandbox::new();
    let (code, page, _) = sandbox.run("man");
    assert_eq!(code, 0);
    assert!(page.contains(".TH kx837 1"), "{page}");
    assert!(
        page.contains("Examples:") && page.contains("Exit codes:"),
        "{page}"
    );

    assert_eq!(sandbox.run("man -o pages").0, 0);
    for command in COMMANDS {
        let name = format!("kx837 {command}").trim().replace(' ', "-");
        let path = sandbox.path("pages").join(format!("{name}.1"));
        let page = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
        assert!(page.contains("Examples:"), "{name}");
        assert!(page.contains(&format!(".TH {name} 1")), "{name}: {page}");
    }
}
