//! Which word was meant by one that is not known.

/// The candidate that takes the fewest changes, if those are few.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    candidates
        .map(|candidate| (distance(&word, &candidate.to_ascii_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.len() / 3))
        .map(|(_, candidate)| candidate)
}

/// How many characters must be put in, taken out or replaced.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, character) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(character != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_corrected_and_nonsense_is_not() {
        let words = || ["KX101", "missing-kx", "PAP"].into_iter();
        assert_eq!(nearest("kx1O1", words()), Some("KX101"));
        assert_eq!(nearest("mising-kx", words()), Some("missing-kx"));
        assert_eq!(nearest("PAPP", words()), Some("PAP"));
        assert_eq!(nearest("zzzzzzzz", words()), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
