//! Any bytes: no panic, and the same reports however they are read.
#![no_main]

use kx837_fuzz::{Setup, assert_same};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // How to read stands behind the file, so that a sample file is one.
    let length = u8::try_from(bytes.len() % 251).expect("less than 251");
    let setup = Setup::by(length, bytes.last().copied().unwrap_or_default());
    assert_same(bytes, setup);
});
