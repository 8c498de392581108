//! Reports do not depend on how a batch is read: any number of threads, any piece size, from
//! memory or from a stream, every report is the same byte for byte.

mod common;

use common::{Folder, KINDS, PLAIN, Packing, Setup, extract, generated, screen};
use kx837::generate::{DelimiterChoice, GenerateOptions};
use kx837::report::{Format, ReportOptions};
use kx837::screen::Input;
use kx837::x12::Delimiters;
use proptest::prelude::*;

const PACKINGS: [Packing; 3] = [Packing::File, Packing::Gzip, Packing::Zstd];

fn options() -> impl Strategy<Value = GenerateOptions> {
    (
        (0..3usize, any::<u64>(), 1..30u64, 0..40u32),
        (1..8u32, 1..4u32, 1..3u32, 1..6u32),
        (any::<bool>(), any::<bool>(), 2018..=2026i16),
    )
        .prop_map(
            |(
                (kind, seed, claims, percent),
                (claims_per_set, sets_per_group, groups, billing_providers),
                (varied, line_breaks, year),
            )| GenerateOptions {
                kind: KINDS[kind],
                seed,
                claims: Some(claims),
                bytes: None,
                at_risk: f64::from(percent) / 100.0,
                delimiters: if varied {
                    DelimiterChoice::Varied
                } else {
                    DelimiterChoice::Fixed(Delimiters::default())
                },
                line_breaks,
                claims_per_set,
                sets_per_group,
                groups_per_interchange: Some(groups),
                billing_providers,
                year,
            },
        )
}

fn setups() -> impl Strategy<Value = Setup> {
    let piece_size = prop_oneof![1..100usize, 100..5_000usize, 5_000..100_000usize];
    // From no room at all, so that every patient goes and comes back, to more than enough.
    let ledger_room = prop_oneof![Just(0usize), Just(20_000), Just(1 << 27)];
    (1..=4usize, piece_size, ledger_room).prop_map(|(threads, piece_size, ledger_room)| Setup {
        threads,
        piece_size,
        ledger_room,
    })
}

/// Something that happens to a file on its way; places are in thousandths of its length.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Truncated {
        at: usize,
    },
    Missing {
        at: usize,
        length: usize,
    },
    Repeated {
        at: usize,
        length: usize,
        behind: usize,
    },
    Overwritten {
        at: usize,
        byte: u8,
    },
}

fn damages() -> impl Strategy<Value = Damage> {
    let byte = prop_oneof![
        any::<u8>(),
        proptest::sample::select(&b"~*:^\r\n|>+'<0123"[..])
    ];
    prop_oneof![
        (0..1_000usize).prop_map(|at| Damage::Truncated { at }),
        (0..1_000usize, 0..400usize).prop_map(|(at, length)| Damage::Missing { at, length }),
        (0..1_000usize, 0..400usize, 0..1_000usize)
            .prop_map(|(at, length, behind)| Damage::Repeated { at, length, behind }),
        (0..1_000usize, byte).prop_map(|(at, byte)| Damage::Overwritten { at, byte }),
    ]
}

impl Damage {
    fn apply(self, batch: &mut Vec<u8>) {
        let place = |share: usize| batch.len() * share / 1_000;
        let part = |at: usize, length: usize| {
            let start = place(at);
            start..batch.len().min(start + length)
        };
        match self {
            Self::Truncated { at } => batch.truncate(place(at)),
            Self::Missing { at, length } => drop(batch.drain(part(at, length))),
            Self::Repeated { at, length, behind } => {
                let copy = batch[part(at, length)].to_vec();
                let behind = place(behind);
                batch.splice(behind..behind, copy);
            }
            Self::Overwritten { at, byte } => {
                let at = place(at);
                if let Some(place) = batch.get_mut(at) {
                    *place = byte;
                }
            }
        }
    }
}

/// All reports of the batches, in every format, without the folder's name.
fn reports(folder: &Folder, inputs: &[Input], setup: Setup) -> Vec<String> {
    let options = ReportOptions {
        all_claims: true,
        ..ReportOptions::default()
    };
    let screened = screen(inputs, &Format::ALL, &options, setup);
    let mut reports: Vec<String> = screened
        .reports
        .iter()
        .map(|report| folder.anonymous(report))
        .collect();
    let extracted = extract(inputs, true, setup);
    reports.push(folder.anonymous(&extracted.text));
    reports.push(folder.anonymous(extracted.notices.join("\n").as_bytes()));
    reports
}

fn assert_same(batches: &[Vec<u8>], setup: Setup) {
    let folder = Folder::new();
    let inputs = |packing| -> Vec<Input> {
        batches
            .iter()
            .enumerate()
            .map(|(index, batch)| folder.input(&format!("batch-{index}.edi"), batch, packing))
            .collect()
    };
    let expected = reports(&folder, &inputs(Packing::File), PLAIN);
    // Text, JSON Lines and CSV always say something; a 277CA of nothing is empty.
    assert!(expected[..3].iter().all(|report| !report.is_empty()));
    for packing in PACKINGS {
        let found = reports(&folder, &inputs(packing), setup);
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let name = Format::ALL
                .get(index)
                .map_or("lines", |format| format.name());
            let place = found
                .lines()
                .zip(expected.lines())
                .find(|(left, right)| left != right);
            assert!(
                found == expected,
                "{name} {packing:?} {setup:?}: {place:#?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_batch(options in options(), setup in setups()) {
        assert_same(&[generated(&options).0], setup);
    }

    #[test]
    fn several_batches(all in proptest::collection::vec(options(), 2..4), setup in setups()) {
        let batches: Vec<Vec<u8>> = all.iter().map(|options| generated(options).0).collect();
        assert_same(&batches, setup);
    }

    /// A file may end anywhere, and parts of it may be missing, twice there or overwritten.
    #[test]
    fn damaged_batches(options in options(), setup in setups(), damages in proptest::collection::vec(damages(), 1..4)) {
        let (mut batch, _) = generated(&options);
        for damage in damages {
            damage.apply(&mut batch);
        }
        if !batch.is_empty() {
            assert_same(&[batch], setup);
        }
    }
}

#[test]
fn a_file_that_is_missing_does_not_stop_the_others() {
    let folder = Folder::new();
    let batch = generated(&GenerateOptions::default()).0;
    let inputs = [
        folder.input("first.edi", &batch, Packing::File),
        Input::File(folder.path("missing.edi")),
        folder.input("last.edi", &batch, Packing::Gzip),
    ];
    let screened = screen(&inputs, &[], &ReportOptions::default(), PLAIN);
    assert_eq!(screened.summary.counts.claims, 200);
    assert!(!screened.summary.complete);
}
