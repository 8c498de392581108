//! However claims are split into files and runs, read by however many threads, and sent again in
//! between: a ledger in a file comes to the same totals as adding up every claim once.
#![cfg(feature = "sqlite")]

mod common;

use common::Folder;
use common::ledger_model::{check, claims, sendings};
use kx837::ledger::LedgerPlace;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_and_any_replay_comes_to_the_same(claims in claims(), sending in sendings()) {
        let folder = Folder::new();
        check(&claims, sending, &LedgerPlace::File(folder.path("kx.db")))?;
    }
}
