//! Codes and ranges of codes as packs write them: `E0601`, `A7027-A7039`, `0791T-0795T`.

use crate::code::ProcedureCode;

/// A range may not stand for more codes than this; a longer one is a slip of the pen.
const LONGEST_RANGE: u64 = 20_000;

/// Adds the codes that an entry stands for, packed. The error says what is wrong with it.
pub(super) fn expand(entry: &str, codes: &mut Vec<u64>) -> Result<(), String> {
    let Some((first, last)) = entry.split_once('-') else {
        codes.push(code(entry)?.packed());
        return Ok(());
    };
    code(first)?;
    code(last)?;
    let (from, to) = (Shape::of(first), Shape::of(last));
    if first.len() != last.len()
        || from.prefix != to.prefix
        || from.suffix != to.suffix
        || from.digits.is_empty()
    {
        return Err(format!(
            "a range needs two codes of one shape, which {first} and {last} are not"
        ));
    }
    let numbers = |shape: &Shape<'_>| shape.digits.parse::<u64>().map_err(|e| e.to_string());
    let (low, high) = (numbers(&from)?, numbers(&to)?);
    if low > high {
        return Err(format!("the range {entry} ends before it starts"));
    }
    if high - low >= LONGEST_RANGE {
        return Err(format!(
            "the range {entry} stands for more than {LONGEST_RANGE} codes"
        ));
    }
    // Counting up in place is many times faster than writing every code as text.
    let mut text = first.as_bytes().to_vec();
    let digits = from.prefix.len()..from.prefix.len() + from.digits.len();
    for _ in low..=high {
        codes.extend(ProcedureCode::new(&text).map(ProcedureCode::packed));
        increment(&mut text[digits.clone()]);
    }
    Ok(())
}

/// Adds one to a decimal number written in ASCII digits; all nines become zeros.
fn increment(digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
}

/// One code; the error says what is wrong with it.
pub(super) fn code(text: &str) -> Result<ProcedureCode, String> {
    // A lower-case letter would silently match; in a pack it is a slip.
    let clean = text
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    ProcedureCode::new(text.as_bytes())
        .filter(|_| clean && text.len() >= 4)
        .ok_or_else(|| {
            format!("{text:?} is not a code: four to eight capital letters and digits are")
        })
}

/// Letters, digits, letters: `A` `7027` ``, `` `0791` `T`.
struct Shape<'a> {
    prefix: &'a str,
    digits: &'a str,
    suffix: &'a str,
}

impl<'a> Shape<'a> {
    fn of(code: &'a str) -> Self {
        let is_digit = |c: char| c.is_ascii_digit();
        let (prefix, rest) = code.split_at(code.find(is_digit).unwrap_or(code.len()));
        let (digits, suffix) = rest.split_at(rest.find(|c| !is_digit(c)).unwrap_or(rest.len()));
        Self {
            prefix,
            digits,
            suffix,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(entry: &str) -> Result<Vec<String>, String> {
        let mut codes = Vec::new();
        expand(entry, &mut codes)?;
        Ok(codes
            .into_iter()
            .filter_map(ProcedureCode::from_packed)
            .map(|code| code.to_string())
            .collect())
    }

    #[test]
    fn ranges_keep_prefix_suffix_and_zeros() {
        assert_eq!(expanded("E0601").unwrap(), ["E0601"]);
        assert_eq!(
            expanded("A7038-A7040").unwrap(),
            ["A7038", "A7039", "A7040"]
        );
        assert_eq!(expanded("0099T-0100T").unwrap(), ["0099T", "0100T"]);
        assert_eq!(expanded("97110-97112").unwrap().len(), 3);
    }

    #[test]
    fn bad_ranges_say_why() {
        for (entry, why) in [
            ("A7027-B7039", "one shape"),
            ("A702-A7039", "one shape"),
            ("0791T-07950", "one shape"),
            ("ABCD-ABCE", "one shape"),
            ("A7039-A7027", "ends before"),
            ("00000-99999", "more than"),
            ("a7027", "not a code"),
            ("A7-27", "not a code"),
            ("", "not a code"),
            ("E0601 ", "not a code"),
            ("A7027-A7028-A7029", "not a code"),
        ] {
            let error = expanded(entry).unwrap_err();
            assert!(error.contains(why), "{entry}: {error}");
        }
    }
}
