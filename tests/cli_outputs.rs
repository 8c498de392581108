//! Where outputs go: names, places that clash, devices.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;
use std::path::Path;
#[cfg(unix)]
use std::process::Command;
use std::time::{Duration, SystemTime};

use cli_sandbox::{Sandbox, batch};

/// One place has many spellings, and a report that is lost is not missed.
#[test]
fn two_outputs_never_go_to_one_place() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), batch(5, 3)).unwrap();
    fs::create_dir(sandbox.path("real")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("real", sandbox.path("linked")).unwrap();
    let clash = |one: &str, other: &str| {
        for args in [
            format!("screen -q --report csv={one} --report jsonl={other} a.edi"),
            format!("generate -q -o {one} --truth {other}"),
        ] {
            let (code, out, errors) = sandbox.run(&args);
            assert_eq!((code, out.as_str()), (2, ""), "{args}: {errors}");
            assert!(errors.contains(other), "{args}: {errors}");
        }
    };
    for there in [false, true] {
        for (one, other) in [("r", "r"), ("r", "./r"), ("real/../r", "r")] {
            clash(one, other);
        }
        if cfg!(unix) {
            clash("real/r", "linked/r");
        }
        if !there {
            assert!(!sandbox.path("r").exists() && !sandbox.path("real/r").exists());
            fs::write(sandbox.path("r"), "").unwrap();
            fs::write(sandbox.path("real/r"), "").unwrap();
        }
    }
    let (code, _, errors) =
        sandbox.run("screen -q --report csv=- --report jsonl=/dev/stdout a.edi");
    assert_eq!(code, 2);
    assert!(errors.contains("two reports"), "{errors}");
    // What merely has the same name is another place.
    let args = "screen -q --fail-on never --report csv=r --report jsonl=real/r a.edi";
    assert_eq!(sandbox.run(args).0, 0);
}

/// A report over all files may lie where those of single files go.
#[test]
fn the_report_over_all_files_keeps_its_place() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), batch(5, 3)).unwrap();
    fs::create_dir(sandbox.path("out")).unwrap();
    let args = "screen -q --fail-on never --report jsonl=./out/a.edi.csv -o out --format csv a.edi";
    for _ in 0..2 {
        assert_eq!(sandbox.run(args).0, 0);
        let start = |name: &str| fs::read_to_string(sandbox.path(name)).unwrap()[..2].to_owned();
        assert_eq!(start("out/a.edi.csv"), "{\"");
        assert_eq!(start("out/a.edi-2.csv"), "re");
        assert_eq!(fs::read_dir(sandbox.path("out")).unwrap().count(), 2);
    }
}

/// All files below a folder, by their paths in it.
fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let below = path.strip_prefix(folder).unwrap();
                found.push(below.display().to_string().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// Whoever takes an answer to its submitter finds it where it was yesterday, whatever else came in.
#[test]
fn reports_of_a_folder_keep_their_places_from_run_to_run() {
    let sandbox = Sandbox::new();
    for (name, seed) in [("a/x.edi", 5), ("b/x.edi", 6), ("x.edi", 7)] {
        let path = sandbox.path("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, batch(seed, 3)).unwrap();
    }
    let run = |out: &str| {
        let args = format!("screen -q --fail-on never -o {out} --format csv in");
        let (code, _, errors) = sandbox.run(&args);
        assert_eq!(code, 0, "{errors}");
    };
    let all = ["a/x.edi.csv", "b/x.edi.csv", "x.edi.csv"];
    run("out");
    assert_eq!(files_below(&sandbox.path("out")), all);
    let of_b = fs::read(sandbox.path("out/b/x.edi.csv")).unwrap();
    // Reports that lie below the folder of claims are none of them.
    for _ in 0..2 {
        run("in/out");
        assert_eq!(files_below(&sandbox.path("in/out")), all);
    }
    fs::remove_dir_all(sandbox.path("in/a")).unwrap();
    fs::remove_file(sandbox.path("out/b/x.edi.csv")).unwrap();
    run("out");
    assert_eq!(files_below(&sandbox.path("out")), all);
    assert_eq!(fs::read(sandbox.path("out/b/x.edi.csv")).unwrap(), of_b);
    // A place that cannot be made is told, and the others are written.
    fs::remove_dir_all(sandbox.path("out")).unwrap();
    fs::create_dir(sandbox.path("out")).unwrap();
    fs::write(sandbox.path("out/b"), "").unwrap();
    let (code, _, errors) = sandbox.run("screen -q -o out --format csv in");
    assert_eq!(code, 2);
    assert!(errors.contains("out/b: "), "{errors}");
    assert_eq!(files_below(&sandbox.path("out")), ["b", "x.edi.csv"]);
}

/// Devices and pipes are written as they are, by whatever command.
#[cfg(unix)]
#[test]
fn lines_and_generated_files_go_to_devices() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), batch(5, 3)).unwrap();
    for args in [
        "lines -q -o /dev/null a.edi",
        "generate -q -o /dev/null --truth t.jsonl",
        "generate -q --truth /dev/null -o g.edi",
    ] {
        let (code, out, errors) = sandbox.run(args);
        assert_eq!((code, out.as_str(), errors.as_str()), (0, "", ""), "{args}");
    }
    let made = Command::new("mkfifo").arg(sandbox.path("pipe")).status();
    assert!(made.unwrap().success());
    let pipe = sandbox.path("pipe");
    let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
    assert_eq!(sandbox.run("lines -q -o pipe a.edi").0, 0);
    assert_eq!(reader.join().unwrap(), sandbox.run("lines -q a.edi").1);
}

/// They may hold patients' names, and nobody looks for hidden files.
#[test]
fn what_a_killed_run_has_left_is_told() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("a.edi"), batch(5, 3)).unwrap();
    fs::create_dir(sandbox.path("out")).unwrap();
    let left = sandbox.path("out/.kx837-AbCdEf");
    let file = fs::File::create(&left).unwrap();
    for args in [
        "screen --fail-on never -o out --format csv a.edi",
        "screen --fail-on never --report csv=out/r.csv a.edi",
    ] {
        file.set_modified(SystemTime::now()).unwrap();
        assert!(!sandbox.run(args).2.contains("unfinished"), "{args}");
        let long_ago = SystemTime::now() - Duration::from_secs(7_200);
        file.set_modified(long_ago).unwrap();
        let (code, _, errors) = sandbox.run(args);
        assert_eq!(code, 0, "{errors}");
        let told =
            "warning: 1 unfinished report of a run that was killed, such as out/.kx837-AbCdEf";
        assert_eq!(errors.matches(told).count(), 1, "{errors}");
        assert!(left.exists());
    }
}
