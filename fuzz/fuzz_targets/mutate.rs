//! Valid files to which something has happened: no panic, and the same reports however they are read.
#![no_main]

use kx837_fuzz::{ClaimFile, Setup, assert_same};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Setup, ClaimFile)| {
    let (setup, file) = input;
    assert_same(&file.bytes(), setup);
});
