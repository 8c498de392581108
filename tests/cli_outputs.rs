//! Where outputs go: names, places that clash, devices.
#![cfg(feature = "cli")]

mod cli_sandbox;

use std::fs;
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
