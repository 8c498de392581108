//! Any bytes as an 835, a 271 or a CSV of balances.
#![no_main]

use kx837::date::Date;
use kx837::{eligibility, remittance};
use libfuzzer_sys::fuzz_target;

const TODAY: Date = Date::constant(2026, 12, 31);

fuzz_target!(|bytes: &[u8]| {
    let told = eligibility::read(bytes);
    if let Ok(told) = &told {
        for amount in &told.amounts {
            assert!((amount.offset as usize) < bytes.len());
        }
    }
    let plain = remittance::read(bytes);
    let mut with_reasons = Vec::new();
    let read = remittance::read_with_reasons(bytes, |claim| with_reasons.push(claim));
    assert_eq!(plain.is_ok(), read.is_ok());
    if let Ok(plain) = plain {
        // Reasons are all that differs.
        assert_eq!(plain.len(), with_reasons.len());
        for (one, other) in plain.iter().zip(&with_reasons) {
            assert_eq!(
                (one.offset, &one.id, one.lines.len()),
                (other.offset, &other.id, other.lines.len())
            );
        }
    }
    let _ = eligibility::read_csv(bytes, |name| name.starts_with("therapy-"), TODAY);
});
