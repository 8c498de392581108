//! Runs `kx837` in an empty folder with an empty environment.

#![allow(dead_code, reason = "not every test needs every helper")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder of its own for every test.
pub struct Sandbox(TempDir);

impl Sandbox {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program, with these arguments separated by blanks.
    pub fn kx837(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kx837"));
        command
            .env_clear()
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("SOURCE_DATE_EPOCH", "1767225600")
            .current_dir(self.0.path())
            .args(args.split_whitespace());
        command
    }

    /// Runs the program: exit code, standard output and standard error.
    pub fn run(&self, args: &str) -> (i32, String, String) {
        outcome(&mut self.kx837(args))
    }
}

/// Exit code, standard output and standard error.
pub fn outcome(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A line that is too long for a terminal: prose is broken at 80 columns, tables are not broken.
pub fn too_long(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    lines.find(|line| {
        let most = if line.starts_with("    20") { 100 } else { 80 };
        line.chars().count() > most
    })
}

/// A sample file of the project.
pub fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name);
    path.display().to_string()
}

/// A claim of one patient, 97799 for so many dollars on 2026-03-02, in a file of its own.
pub fn spent(name: &str, frequency: &str, original: &str, charge: u32) -> String {
    spent_on("20260302", name, frequency, original, charge)
}

/// The same on another day (YYYYMMDD).
pub fn spent_on(day: &str, name: &str, frequency: &str, original: &str, charge: u32) -> String {
    let reference = if original.is_empty() {
        String::new()
    } else {
        format!("REF*F8*{original}~")
    };
    let segments = if original.is_empty() { 20 } else { 21 };
    format!(
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260305*0900*^*00501*000000001*0*T*:~\
         GS*HC*SENDER*RECEIVER*20260305*0900*1*X*005010X222A1~ST*837*0001*005010X222A1~\
         BHT*0019*00*0001*20260305*0900*CH~NM1*41*2*SUBMITTER*****46*S~NM1*40*2*RECEIVER*****46*R~\
         HL*1**20*1~NM1*85*2*CLINIC*****XX*1999900016~N3*1 MAIN ST~N4*ANYTOWN*OH*430010000~\
         HL*2*1*22*0~SBR*P*18*******MB~NM1*IL*1*CANLAST*CANFIRST****MI*1CANMEMBER1~DMG*D8*19470313*F~\
         NM1*PR*2*MEDICARE*****PI*MEDB~CLM*{name}*{charge}***11:B:{frequency}*Y*A*Y*Y~{reference}HI*ABK:M5450~\
         LX*1~SV1*HC:97799:GP*{charge}*UN*1***1~DTP*472*D8*{day}~\
         SE*{segments}*0001~GE*1*1~IEA*1*000000001~"
    )
}
