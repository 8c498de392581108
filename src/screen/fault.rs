//! A panic on demand, to test what one leaves behind.

use std::env;

/// Panics when `KX837_PANIC_ON` is set and the bytes hold it. What the panic says quotes them, as one about a slice
/// of a text would.
pub fn strike(bytes: &[u8]) {
    if let Ok(wanted) = env::var("KX837_PANIC_ON") {
        let is_met = memchr::memmem::find(bytes, wanted.as_bytes()).is_some();
        assert!(!is_met, "in {}", String::from_utf8_lossy(bytes));
    }
}
