//! How many worker threads.

use std::num::NonZeroUsize;

/// More than any machine is given for this work: a larger number is a typing error.
const MOST_THREADS: usize = 1024;

/// Reads a number of worker threads.
///
/// # Errors
/// It is none, zero, or too large.
pub fn parse(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number| *number <= MOST_THREADS);
    number
        .and_then(NonZeroUsize::new)
        .ok_or_else(|| format!("expected a number from 1 to {MOST_THREADS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_threads_have_bounds() {
        for (text, number) in [
            ("1", Some(1)),
            ("1024", Some(1024)),
            ("0", None),
            ("1025", None),
            ("99999999999999999999", None),
            ("two", None),
        ] {
            assert_eq!(parse(text).ok().map(NonZeroUsize::get), number, "{text}");
        }
    }
}
