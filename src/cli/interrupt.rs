//! Ctrl-C: the first ends the run in good order, the second at once.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::Failure;
use crate::report::remove_unfinished;

/// A flag that Ctrl-C (or SIGTERM or SIGHUP) sets.
pub fn flag() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if set.swap(true, Ordering::Relaxed) {
            remove_unfinished();
            process::exit(130);
        }
    })
    .map_err(|error| Failure::at("cannot watch for Ctrl-C", error))?;
    Ok(flag)
}
