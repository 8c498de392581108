//! Data flows one way: a module uses only modules of lower layers, or of its own layer where
//! this file says so.
//!
//! What is compiled for tests only is left out: tests may look anywhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules by layer, lowest first.
const LAYERS: &[&[&str]] = &[
    &["money", "date", "code", "phi", "text", "spelling", "error"],
    &["x12"],
    &["claim", "finding", "remittance", "eligibility"],
    &["policy"],
    &["rule", "ledger"],
    &["report", "reconcile"],
    &["screen"],
    &["bench"],
    &["cli"],
];

/// Uses within a layer: file or folder under `src/`, and the module that it may use.
const WITHIN_LAYER: &[(&str, &str)] = &[
    // Positions and text meet in the plain values.
    ("claim", "finding"),
    ("ledger", "rule"),
    // Examples of policies are run through judges and ledger.
    ("rule/example.rs", "ledger"),
];

/// Writes 837s and depends on nothing that reads or judges them.
const GENERATE: &[&str] = &[
    "money", "date", "code", "phi", "text", "error", "x12", "finding",
];

fn layer(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| layer.contains(&module))
        .unwrap_or_else(|| panic!("module {module} has no layer: add it to this test"))
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The code without comments and without what `#[cfg(test)]` marks; and the names of the files
/// that it marks.
fn production(text: &str) -> (String, Vec<String>) {
    let (mut code, mut test_files) = (String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("//") {
            continue;
        }
        if trimmed != "#[cfg(test)]" {
            code += line;
            code.push('\n');
            continue;
        }
        let marked = lines.next().unwrap();
        let indent = &line[..line.len() - trimmed.len()];
        if let Some(name) = marked.trim().strip_suffix(';') {
            test_files.extend(name.strip_prefix("mod ").map(str::to_owned));
        } else if marked.trim_end().ends_with('{') {
            let end = format!("{indent}}}");
            lines.find(|line| **line == end);
        }
    }
    (code, test_files)
}

/// The modules that follow `crate::`, in lists in braces too.
fn used_modules(code: &str) -> BTreeSet<String> {
    let name = |text: &str| -> String {
        text.chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
            .collect()
    };
    let mut modules = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            modules.insert(name(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = 0;
        for (end, byte) in list.char_indices() {
            match byte {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    modules.insert(name(list[start..end].trim_start()));
                    start = end + 1;
                    if byte == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    modules.remove("");
    modules
}

fn may_use(file: &str, module: &str, other: &str) -> bool {
    if module == other {
        return true;
    }
    if module == "generate" {
        return GENERATE.contains(&other);
    }
    if other == "generate" {
        return module == "cli";
    }
    let allowed =
        |(place, used): &(&str, &str)| *used == other && (*place == module || *place == file);
    layer(other) < layer(module) || WITHIN_LAYER.iter().any(allowed)
}

#[test]
fn modules_use_only_what_stands_before_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut test_only = BTreeSet::new();
    let mut uses = Vec::new();
    for path in &files {
        let (code, test_files) = production(&fs::read_to_string(path).unwrap());
        let folder = match path.file_stem().unwrap().to_str().unwrap() {
            "mod" | "lib" | "main" => path.parent().unwrap().to_path_buf(),
            _ => path.with_extension(""),
        };
        for name in test_files {
            test_only.insert(folder.join(format!("{name}.rs")));
            test_only.insert(folder.join(name).join("mod.rs"));
        }
        let file = path
            .strip_prefix(&source)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/");
        let module = file
            .split('/')
            .next()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        if module != "lib" && module != "main" {
            for other in used_modules(&code) {
                uses.push((path, file.clone(), module.clone(), other));
            }
        }
    }
    let wrong: Vec<String> = uses
        .iter()
        .filter(|(path, ..)| !test_only.contains(*path))
        .filter(|(_, file, module, other)| !may_use(file, module, other))
        .map(|(_, file, module, other)| format!("src/{file} ({module}) uses {other}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // That the test sees uses at all, plain and within a layer.
    for (module, other) in [("claim", "x12"), ("screen", "report"), ("ledger", "rule")] {
        let seen = |(_, _, user, used): &(_, _, String, String)| user == module && used == other;
        assert!(
            uses.iter().any(seen),
            "{module} uses {other}, which went unseen"
        );
    }
}

#[test]
fn uses_are_found() {
    let code = "use crate::x12::Position;\nuse crate::{money::Cents, date::{self, Date}, claim};\n\
        fn f() { crate::text::Text::new(b\"\"); }\n\
        // use crate::cli;\n#[cfg(test)]\nmod tests {\n    use crate::screen::Input;\n}\n\
        #[cfg(test)]\nmod sample;\nuse crate::phi::Phi;\n";
    let (code, test_files) = production(code);
    let expected = ["claim", "date", "money", "phi", "text", "x12"];
    assert!(used_modules(&code).iter().eq(expected), "{code}");
    assert_eq!(test_files, ["sample"]);
}

#[test]
fn going_up_is_refused() {
    for (file, module, other) in [
        ("x12/mod.rs", "x12", "claim"),
        ("finding/mod.rs", "finding", "claim"),
        ("rule/set.rs", "rule", "ledger"),
        ("report/mod.rs", "report", "screen"),
        ("generate/mod.rs", "generate", "claim"),
        ("screen/mod.rs", "screen", "generate"),
    ] {
        assert!(!may_use(file, module, other), "{file} {other}");
    }
}
