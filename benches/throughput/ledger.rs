//! What a ledger costs a batch of nothing but therapy: every line is counted.

use std::error::Error;
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use kx837::bench::HASHER;
use kx837::ledger::PATIENCE;
use kx837::ledger::sqlite::SqliteStore;
use kx837::policy::PolicySet;
use kx837::screen::Kept;

use crate::stages;

/// Lines of a claim.
const LINES: u32 = 4;

/// Claims of a patient, on average.
const CLAIMS: u32 = 3;

const CODES: [&str; 7] = [
    "97110", "97140", "97530", "97112", "97116", "97035", "97535",
];

/// A day's batch. Patients come in no order; days differ in their claims, not in their patients.
fn batch(lines: u32, day: u32) -> Result<String, fmt::Error> {
    let claims = lines / LINES;
    let patients = (claims / CLAIMS).max(1);
    let mut text = String::with_capacity(claims as usize * 500);
    text.push_str(
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260305*0900*^*00501*000000001*0*T*:~\n\
         GS*HC*SENDER*RECEIVER*20260305*0900*1*X*005010X222A1~\nST*837*0001*005010X222A1~\n\
         BHT*0019*00*0001*20260305*0900*CH~\nNM1*41*2*SUBMITTER*****46*S~\nNM1*40*2*RECEIVER*****46*R~\n\
         HL*1**20*1~\nNM1*85*2*CLINIC*****XX*1999900016~\nN3*1 MAIN ST~\nN4*ANYTOWN*OH*430010000~\n",
    );
    let mut segments = 8;
    // A linear congruential generator: the same batch everywhere.
    let mut state = 0x2545_F491_u32.wrapping_add(day);
    let mut draw = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((u64::from(state) * u64::from(below)) >> 32) as u32
    };
    for claim in 0..claims {
        let patient = draw(patients);
        let discipline = ["GP", "GP", "GN", "GO"][draw(4) as usize];
        let date = 20_260_101 + draw(12) * 100 + draw(28);
        writeln!(
            text,
            "HL*{}*1*22*0~\nSBR*P*18*******MB~\nNM1*IL*1*DOE*JO****MI*1EG4{patient:08}~\nN3*2 SIDE ST~\n\
             N4*ANYTOWN*OH*430010000~\nDMG*D8*19400101*F~\nNM1*PR*2*MEDICARE*****PI*MEDB~\n\
             CLM*D{day}C{claim:08}*{}***11:B:1*Y*A*Y*Y~\nREF*G1*A1~\nHI*ABK:M5450~",
            claim + 2,
            45 * LINES,
        )?;
        for line in 1..=LINES {
            let code = CODES[draw(CODES.len() as u32) as usize];
            writeln!(
                text,
                "LX*{line}~\nSV1*HC:{code}:{discipline}*45*UN*1***1~\nDTP*472*D8*{date}~"
            )?;
        }
        segments += 10 + 3 * LINES;
    }
    writeln!(text, "SE*{segments}*0001~\nGE*1*1~\nIEA*1*000000001~")?;
    Ok(text)
}

/// Screens with and without a ledger in turn, and prints the best of each.
pub fn compare(lines: u32, rounds: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let policies = Arc::new(PolicySet::new(true, Vec::new())?);
    let files = [folder.join("day1.edi"), folder.join("day2.edi")];
    for (day, file) in (1..).zip(&files) {
        std::fs::write(file, batch(lines, day)?)?;
    }
    let ledger = folder.join("therapy.db");
    let mut best = [[f64::MAX; 3]; 2];
    for _ in 0..rounds {
        for (threads, best) in (1..).zip(&mut best) {
            for beside in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(folder.join(format!("therapy.db{beside}")));
            }
            // The first day without and with a new ledger, then the second day.
            for ((file, is_kept), best) in [(0, false), (0, true), (1, true)].into_iter().zip(best)
            {
                let started = Instant::now();
                let kept = is_kept
                    .then(|| SqliteStore::open_for_run(&ledger, &HASHER, PATIENCE))
                    .transpose()?
                    .map(|store| Kept {
                        store: Box::new(store),
                        dry_run: false,
                    });
                let summary = stages::screen(&files[file], &policies, threads, kept);
                if !summary.complete || summary.counts.lines != u64::from(lines / LINES * LINES) {
                    return Err("the batch was not read to its end".into());
                }
                *best = best.min(started.elapsed().as_secs_f64());
            }
        }
    }
    println!(
        "\nledger: {lines} lines of therapy, {} patients; best of {rounds}",
        lines / LINES / CLAIMS
    );
    for (threads, [without, new, going_on]) in (1..).zip(best) {
        println!(
            "{threads} thread{}: without {:.2} s, into a new ledger {:.2}x, the next day {:.2}x",
            if threads > 1 { "s" } else { "" },
            without,
            new / without,
            going_on / without
        );
    }
    Ok(())
}
