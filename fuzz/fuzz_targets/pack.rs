//! Any text as a policy pack, alone and on top of the built-in ones: an error or a set, no panic.
#![no_main]

use kx837::policy::{Pack, PolicySet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(pack) = Pack::parse("pack.toml", text) else {
        return;
    };
    if let Err(error) = PolicySet::new(false, vec![pack]) {
        assert!(!error.to_string().is_empty());
    }
    let again = Pack::parse("pack.toml", text).expect("it was read before");
    let _ = PolicySet::new(true, vec![again]);
});
