//! What claims of a few patients come to, counted by a ledger and by a loop.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use kx837::ledger::{CountedRow, Frequency, LedgerPlace, PATIENCE, Purpose};
use kx837::report::RunInfo;
use kx837::screen::{Input, Kept, NoProgress, Outputs, Screener};
use proptest::prelude::*;

use super::{Folder, Packing, hasher, policies};

/// A claim: patient, number, frequency, the claim that it names, dollars, day of March 2026.
#[derive(Clone, Debug)]
pub struct Sent {
    patient: u8,
    number: u8,
    frequency: Frequency,
    names: u8,
    dollars: u16,
    day: u8,
}

pub fn claims() -> impl Strategy<Value = Vec<Sent>> {
    let sent = (0..3u8, 0..6u8, 0..10u8, 0..6u8, 1..900u16, 1..5u8).prop_map(
        |(patient, number, kind, names, dollars, day)| Sent {
            patient,
            number,
            frequency: match kind {
                0 => Frequency::Void,
                1 | 2 => Frequency::Replacement,
                _ => Frequency::Original,
            },
            names,
            dollars,
            day,
        },
    );
    proptest::collection::vec(sent, 1..25)
}

fn file(claims: &[Sent]) -> Vec<u8> {
    let mut text = String::from(
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260305*0900*^*00501*000000001*0*T*:~\
         GS*HC*SENDER*RECEIVER*20260305*0900*1*X*005010X222A1~ST*837*0001*005010X222A1~\
         BHT*0019*00*0001*20260305*0900*CH~NM1*41*2*SUBMITTER*****46*S~NM1*40*2*RECEIVER*****46*R~\
         HL*1**20*1~NM1*85*2*CLINIC*****XX*1999900016~",
    );
    for (index, claim) in claims.iter().enumerate() {
        let code = match claim.frequency {
            Frequency::Original => 1,
            Frequency::Replacement => 7,
            _ => 8,
        };
        let reference = match claim.frequency {
            Frequency::Original => String::new(),
            _ => format!("REF*F8*C{}P{}~", claim.names, claim.patient),
        };
        let _ = write!(
            text,
            "HL*{}*1*22*0~SBR*P*18*******MB~NM1*IL*1*DOE*JO****MI*1MEMBER{}~NM1*PR*2*MEDICARE*****PI*MEDB~\
             CLM*C{}P{}*{}***11:B:{code}*Y*A*Y*Y~{reference}LX*1~SV1*HC:97799:GP*{}*UN*1***1~DTP*472*D8*2026030{}~",
            index + 2,
            claim.patient,
            claim.number,
            claim.patient,
            claim.dollars,
            claim.dollars,
            claim.day,
        );
    }
    (text + "SE*1*0001~GE*1*1~IEA*1*000000001~").into_bytes()
}

/// Patient, number, cents, day, whether it still counts.
type Known = (u8, u8, i64, u8, bool);

/// What each patient's claims come to, in cents: every claim once, in the order of its first coming.
fn naive(claims: &[Sent]) -> BTreeMap<u8, i64> {
    let mut seen = BTreeSet::new();
    let mut known: Vec<Known> = Vec::new();
    // What replaced or voided a claim that had not come: patient, number that it names, whether it came.
    let mut waiting: Vec<(u8, u8, bool)> = Vec::new();
    for claim in claims {
        let what = (
            claim.patient,
            claim.number,
            claim.frequency,
            claim.dollars,
            claim.day,
        );
        if !seen.insert(what) {
            continue;
        }
        if claim.frequency != Frequency::Original {
            let latest = |is_it: &dyn Fn(&Known) -> bool| {
                known
                    .iter()
                    .rposition(|known| known.4 && known.0 == claim.patient && is_it(known))
            };
            let named = |known: &Known| known.1 == claim.names;
            let akin = |known: &Known| known.1 == claim.number;
            let same_day = |known: &Known| known.3 == claim.day;
            let same = |known: &Known| known.2 == i64::from(claim.dollars) * 100 && same_day(known);
            let at = latest(&|k| named(k) && same_day(k))
                .or_else(|| latest(&|k| named(k)))
                .or_else(|| latest(&|k| akin(k) && same(k)))
                .or_else(|| latest(&|k| akin(k) && same_day(k)));
            match at {
                Some(at) => known[at].4 = false,
                None => waiting.push((claim.patient, claim.names, false)),
            }
        } else if let Some(successor) = waiting.iter_mut().find(|(patient, names, came)| {
            !came && *patient == claim.patient && *names == claim.number
        }) {
            successor.2 = true;
            continue;
        } else if let Some(at) = known.iter().rposition(|known| {
            // Put right and sent anew: the number and day of one that counts.
            known.4 && known.0 == claim.patient && known.1 == claim.number && known.3 == claim.day
        }) {
            known[at].4 = false;
        }
        if claim.frequency != Frequency::Void {
            let cents = i64::from(claim.dollars) * 100;
            known.push((claim.patient, claim.number, cents, claim.day, true));
        }
    }
    let mut totals = BTreeMap::new();
    for (patient, _, cents, _, counts) in known {
        *totals.entry(patient).or_default() += if counts { cents } else { 0 };
    }
    totals
}

/// How claims are sent.
#[derive(Clone, Debug)]
pub struct Sending {
    cuts: Vec<usize>,
    replays: Vec<(usize, usize)>,
    threads: usize,
    /// Every file is a run of its own.
    runs: bool,
    room: usize,
}

pub fn sendings() -> impl Strategy<Value = Sending> {
    (
        proptest::collection::vec(0..25usize, 0..4),
        proptest::collection::vec((0..25usize, 0..25usize), 0..4),
        1..4usize,
        any::<bool>(),
        // From no room at all, so that every patient goes and comes back, to more than enough.
        prop_oneof![Just(0usize), Just(3_000), Just(1 << 20)],
    )
        .prop_map(|(cuts, replays, threads, runs, room)| Sending {
            cuts,
            replays,
            threads,
            runs,
            room,
        })
}

/// Sends claims into the ledger at this place, and compares what it has with what it should have.
pub fn check(claims: &[Sent], sending: Sending, place: &LedgerPlace) -> Result<(), TestCaseError> {
    let Sending {
        cuts,
        replays,
        threads,
        runs,
        room,
    } = sending;
    let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(claims.len())).collect();
    cuts.extend([0, claims.len()]);
    cuts.sort_unstable();
    let mut files: Vec<Vec<Sent>> = cuts
        .windows(2)
        .map(|cut| claims[cut[0]..cut[1]].to_vec())
        .collect();
    // Some of what was sent comes again, behind it.
    for (from, length) in replays {
        let from = from.min(claims.len());
        let to = claims.len().min(from + length);
        files.push(claims[from..to].to_vec());
    }
    let folder = Folder::new();
    let inputs: Vec<Input> = files
        .iter()
        .enumerate()
        .map(|(index, claims)| folder.input(&format!("{index}.edi"), &file(claims), Packing::File))
        .collect();
    let batches: Vec<&[Input]> = if runs {
        inputs.chunks(1).collect()
    } else {
        vec![&inputs]
    };
    for batch in batches {
        let store = place.open_for_run(&hasher(), PATIENCE).unwrap();
        let outputs = Outputs {
            ledger: Some(Kept {
                store,
                dry_run: false,
            }),
            ..Outputs::default()
        };
        let run = RunInfo {
            catalogue: Arc::clone(policies().catalogue()),
            ..RunInfo::default()
        };
        let report = Screener::new(policies(), hasher())
            .threads(threads)
            .piece_size(300)
            .ledger_room(room)
            .run(batch, outputs, &run, &NoProgress);
        prop_assert!(report.failures.is_empty(), "{:?}", report.failures);
    }
    let mut store = place.open_any(Purpose::Read, PATIENCE).unwrap();
    let mut found = BTreeMap::new();
    for patient in store.patients().unwrap() {
        for claim in store.load(patient).unwrap() {
            let name = claim.identity.id.display().into_owned();
            let patient: u8 = name.split_once('P').unwrap().1.parse().unwrap();
            for entry in claim.entries {
                if let CountedRow::Amount { table, high, .. } = entry.counted
                    && &*table == "therapy-pt-slp"
                {
                    *found.entry(patient).or_default() += high.0;
                }
            }
        }
    }
    let expected: BTreeMap<u8, i64> = naive(claims)
        .into_iter()
        .filter(|(_, total)| *total != 0)
        .collect();
    found.retain(|_, total| *total != 0);
    prop_assert_eq!(found, expected);
    Ok(())
}
