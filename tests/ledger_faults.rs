//! `kx837 screen --ledger` when the disk fails or the process dies, at whatever call.
//!
//! A run either does all that it should and says so, or tells what failed and adds nothing to the
//! ledger. No report stands half written under its name, and the same run again gives what an
//! undisturbed one gives.
#![cfg(all(feature = "cli", target_os = "linux", target_arch = "x86_64"))]

mod cli_sandbox;
mod faults;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cli_sandbox::{Sandbox, batch, fixture};
use faults::{Kind, Outcome, Shim, faults};
use rusqlite::types::ValueRef;

/// One report over both files, and some for each. Nobody else is there to be waited for.
const RUN: &str = "screen -q --no-progress -j 1 --fail-on never --ledger kx.db --key-file key \
     --report jsonl=all.jsonl -o out --format text --format 277ca a.edi b.edi";

/// The reports of [`RUN`].
const REPORTS: [&str; 5] = [
    "all.jsonl",
    "out/a.edi.txt",
    "out/a.edi.277ca.edi",
    "out/b.edi.txt",
    "out/b.edi.277ca.edi",
];

/// What stands in a folder after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    reports: BTreeMap<&'static str, Vec<u8>>,
    /// Every row of every table.
    ledger: String,
}

impl State {
    fn of(sandbox: &Sandbox) -> Self {
        let read = |name| Some((name, fs::read(sandbox.path(name)).ok()?));
        Self {
            reports: REPORTS.into_iter().filter_map(read).collect(),
            ledger: ledger_rows(sandbox),
        }
    }
}

/// Every row of the ledger, from a copy: opening it mends what a killed run has left.
fn ledger_rows(sandbox: &Sandbox) -> String {
    let copy = tempfile::tempdir().unwrap();
    for name in ["kx.db", "kx.db-wal", "kx.db-journal"] {
        if let Ok(bytes) = fs::read(sandbox.path(name)) {
            fs::write(copy.path().join(name), bytes).unwrap();
        }
    }
    let ledger = rusqlite::Connection::open(copy.path().join("kx.db")).unwrap();
    let sound = ledger.query_row("PRAGMA integrity_check", [], |row| row.get(0));
    match sound {
        Ok::<String, _>(sound) if sound == "ok" => {}
        damage => return format!("damaged: {damage:?}"),
    }
    let mut tables = ledger
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut text = String::new();
    for table in tables {
        let table = table.unwrap();
        let mut rows = ledger.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            text.push_str(&table);
            for column in 0..columns {
                let value: ValueRef<'_> = row.get_ref(column).unwrap();
                write!(text, " {value:?}").unwrap();
            }
            text.push('\n');
        }
    }
    text
}

/// What is there before a run, and what it and its repetition make of it.
struct Scene {
    shim: Shim,
    /// The folder before the run.
    folder: Sandbox,
    before: State,
    /// By the key, which first use makes: the state after the run, and after the same run again.
    undisturbed: Mutex<HashMap<Vec<u8>, [State; 2]>>,
}

impl Scene {
    /// Two files; `None` when nothing can be made to fail here.
    fn new(prepare: impl FnOnce(&Sandbox, &Shim)) -> Option<Self> {
        let shim = Shim::new()?;
        let folder = Sandbox::new();
        fs::write(folder.path("a.edi"), batch(3, 40)).unwrap();
        fs::copy(fixture("837p-mixed.edi"), folder.path("b.edi")).unwrap();
        prepare(&folder, &shim);
        Some(Self {
            shim,
            before: State::of(&folder),
            folder,
            undisturbed: Mutex::default(),
        })
    }

    /// The states after one and two undisturbed runs with the key that stands in `folder`.
    fn undisturbed(&self, folder: &Sandbox) -> [State; 2] {
        let key = fs::read(folder.path("key")).unwrap();
        let mut known = self.undisturbed.lock().unwrap();
        if let Some(states) = known.get(&key) {
            return states.clone();
        }
        drop(known);
        let calm = self.folder.copy();
        fs::write(calm.path("key"), &key).unwrap();
        let states = [(); 2].map(|()| {
            let run = self.shim.run(&calm, RUN, None);
            assert_eq!(run.code, 0, "{}", run.errors);
            State::of(&calm)
        });
        assert!(String::from_utf8_lossy(&states[0].reports["all.jsonl"]).contains("KX101"));
        assert_ne!(states[0].ledger, self.before.ledger);
        // Other folders are compared with this one.
        let (code, _, errors) = calm.run("ledger verify kx.db");
        assert_eq!(code, 0, "{errors}");
        known = self.undisturbed.lock().unwrap();
        known.insert(key, states.clone());
        states
    }

    /// Lets every call go wrong that `choose` leaves, and tells all that came of it.
    fn check(&self, choose: impl FnOnce(&mut Vec<String>)) {
        let mut whole = self.shim.run(&self.folder.copy(), RUN, None);
        assert_eq!(whole.code, 0, "{}", whole.errors);
        choose(&mut whole.calls);
        let faults = faults(&whole.calls);
        let (next, met) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let violations = Mutex::new(Vec::new());
        let work = || {
            while let Some(&(kind, at)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                match self.disturb(kind, at) {
                    Ok(is_met) => _ = met.fetch_add(is_met.into(), Ordering::Relaxed),
                    Err(what) => {
                        let mut violations = violations.lock().unwrap();
                        violations.push(format!("call {at}, {kind:?}: {what}"));
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(work);
            }
        });
        let violations = violations.into_inner().unwrap();
        // Two threads write, so calls do not always come in the same order.
        let met = met.into_inner();
        assert!(met > faults.len() / 2, "{met} of {}", faults.len());
        assert!(
            violations.is_empty(),
            "{} of {} faults:\n{}",
            violations.len(),
            faults.len(),
            violations.join("\n")
        );
    }

    /// One run in which a call goes wrong, and the same run again; false when it did not come to that
    /// call.
    fn disturb(&self, kind: Kind, at: usize) -> Result<bool, String> {
        let folder = self.folder.copy();
        let outcome = self.shim.run(&folder, RUN, Some((kind, at)));
        let Some(call) = &outcome.wrong else {
            return Ok(false);
        };
        let context = |what: &str| {
            format!(
                "{call}: {what}; exit code {}, errors: {}",
                outcome.code, outcome.errors
            )
        };
        let left = State::of(&folder);
        let litter = litter(&folder);
        // Without a key there was nothing that could be written.
        let has_key = folder.path("key").exists();
        let expected = has_key.then(|| self.undisturbed(&folder));
        let is_added = expected
            .as_ref()
            .is_some_and(|[after, _]| left.ledger == after.ledger);
        self.judge(&outcome, &left, expected.as_ref().map(|[after, _]| after))
            .map_err(|what| context(&what))?;
        if !kind.kills() && !litter.is_empty() && !call.starts_with("unlink") {
            return Err(context(&format!("temporary files remain: {litter:?}")));
        }
        let again = self.shim.run(&folder, RUN, None);
        if again.code != 0 {
            return Err(context(&format!("the same run again: {}", again.errors)));
        }
        let expected = expected.unwrap_or_else(|| self.undisturbed(&folder));
        let then = State::of(&folder);
        if then != expected[usize::from(is_added)] {
            return Err(context("the same run again gives something else"));
        }
        Ok(true)
    }

    /// What a run may leave; `after` is the state after an undisturbed one.
    fn judge(&self, outcome: &Outcome, left: &State, after: Option<&State>) -> Result<(), String> {
        for name in REPORTS {
            let new = after.and_then(|after| after.reports.get(name));
            let report = left.reports.get(name);
            let as_before = report == self.before.reports.get(name);
            // When another report could not be written, this one says that the run is incomplete.
            let is_honest =
                outcome.code == 2 && report == new.map(|new| as_incomplete(new)).as_ref();
            if !as_before && report != new && !is_honest {
                return Err(format!("{name} is neither the old nor the new one"));
            }
        }
        let is_added = after.is_some_and(|after| left.ledger == after.ledger);
        if !is_added && left.ledger != self.before.ledger {
            let is_damaged = left.ledger.starts_with("damaged");
            let what = if is_damaged { &left.ledger } else { "" };
            return Err(format!(
                "the ledger is neither the old nor the new one {what}"
            ));
        }
        if is_added && Some(&left.reports) != after.map(|after| &after.reports) {
            return Err("added to the ledger, and reports are missing".to_owned());
        }
        if outcome.errors.contains("another run is using") {
            return Err("nobody else is there".to_owned());
        }
        if outcome.errors.contains("panicked") {
            return Err("a panic".to_owned());
        }
        match outcome.code {
            -1 => Ok(()),
            0 if is_added => Ok(()),
            0 => Err("said to be done, and is not".to_owned()),
            2 if !outcome.errors.contains("error: ") => Err("no error is told".to_owned()),
            // What a disk keeps that fails in the very moment cannot be known.
            2 if is_added && !outcome.errors.contains("nothing was added") => Ok(()),
            2 if is_added => Err("said to have failed, and is in the ledger".to_owned()),
            2 => Ok(()),
            _ => Err("an exit code of something else".to_owned()),
        }
    }
}

/// A report in JSON Lines, had the run been incomplete.
fn as_incomplete(report: &[u8]) -> Vec<u8> {
    let (yes, no) = (r#""complete":true"#, r#""complete":false"#);
    let text = str::from_utf8(report).unwrap();
    match text.rfind(yes) {
        Some(at) => format!("{}{no}{}", &text[..at], &text[at + yes.len()..]).into_bytes(),
        None => Vec::new(),
    }
}

/// Files that are not there for good.
fn litter(folder: &Sandbox) -> Vec<String> {
    let mut names = Vec::new();
    for part in [".", "out"] {
        for entry in fs::read_dir(folder.path(part)).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.starts_with('.') {
                names.push(name);
            }
        }
    }
    names
}

/// An earlier run, of files that have claims in common with those of [`RUN`].
fn earlier(folder: &Sandbox) {
    fs::write(folder.path("c.edi"), batch(3, 20)).unwrap();
    fs::write(folder.path("all.jsonl"), "the report of another day").unwrap();
}

const EARLIER: &str = "screen -q --fail-on never --ledger kx.db --key-file key c.edi";

#[test]
fn first_use_of_a_key() {
    if let Some(scene) = Scene::new(|_, _| ()) {
        let has_key = |calls: &[String]| calls.iter().position(|call| call == "renameat2 key");
        scene.check(|calls| calls.truncate(has_key(calls).unwrap() + 4));
    }
}

#[test]
fn first_use_of_a_ledger() {
    let prepare = |folder: &Sandbox, _: &Shim| {
        assert_eq!(
            folder
                .run("screen -q --fail-on never --key-file key a.edi")
                .0,
            0
        );
    };
    if let Some(scene) = Scene::new(prepare) {
        scene.check(|_| ());
    }
}

#[test]
fn going_on() {
    let prepare = |folder: &Sandbox, _: &Shim| {
        earlier(folder);
        assert_eq!(folder.run(EARLIER).0, 0);
    };
    if let Some(scene) = Scene::new(prepare) {
        scene.check(|_| ());
    }
}

/// The ledger was committed, and is still in its log.
#[test]
fn going_on_after_a_run_that_died() {
    let prepare = |folder: &Sandbox, shim: &Shim| {
        earlier(folder);
        let calls = shim.run(&folder.copy(), EARLIER, None).calls;
        let in_log = calls.iter().rposition(|call| call == "fsync kx.db-wal");
        let fault = (Kind::Kill, in_log.unwrap() + 2);
        assert_eq!(shim.run(folder, EARLIER, Some(fault)).code, -1);
        assert!(fs::metadata(folder.path("kx.db-wal")).unwrap().len() > 0);
        assert!(ledger_rows(folder).starts_with("account "));
    };
    if let Some(scene) = Scene::new(prepare) {
        scene.check(|_| ());
    }
}
