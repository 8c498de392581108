//! Codes of a policy, consecutive ones as ranges.

use std::fmt;

use serde::Serialize;

use crate::code::ProcedureCode;
use crate::policy::CodeScope;

/// The codes that a policy speaks about, sets resolved.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codes {
    /// Whatever the code.
    Every,
    /// These codes and ranges.
    Listed(Vec<String>),
    /// All but these.
    AllBut(Vec<String>),
}

impl Codes {
    /// The codes of a policy.
    pub fn new(scope: &CodeScope) -> Self {
        match scope {
            CodeScope::Every => Self::Every,
            CodeScope::Listed(list) => Self::Listed(ranges(list)),
            CodeScope::AllBut(list) => Self::AllBut(ranges(list)),
        }
    }
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("every code"),
            Self::Listed(list) => f.write_str(&list.join(" ")),
            Self::AllBut(list) => write!(f, "every code but {}", list.join(" ")),
        }
    }
}

/// Sorted codes, with runs of three and more as `A7027-A7039`.
fn ranges(packed: &[u64]) -> Vec<String> {
    let codes: Vec<String> = packed
        .iter()
        .filter_map(|code| ProcedureCode::from_packed(*code))
        .map(|code| code.to_string())
        .collect();
    let runs = codes.chunk_by(|code, next| follows(code, next));
    runs.flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{first}-{last}")],
        few => few.to_vec(),
    })
    .collect()
}

/// True when both share what stands before their last four digits, and the number is the next.
fn follows(code: &str, next: &str) -> bool {
    let split = |code: &str| -> Option<(String, u32)> {
        let (head, digits) = code.split_at_checked(code.len().checked_sub(4)?)?;
        let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        are_digits.then_some((head.to_owned(), digits.parse().ok()?))
    };
    match (split(code), split(next)) {
        (Some((head, number)), Some((next_head, next_number))) => {
            head == next_head && number + 1 == next_number
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_codes_become_ranges() {
        let pack = |codes: &[&str]| -> Vec<u64> {
            let packed = codes
                .iter()
                .filter_map(|code| ProcedureCode::new(code.as_bytes()));
            packed.map(ProcedureCode::packed).collect()
        };
        let codes = pack(&[
            "0278T", "97110", "97112", "97113", "A7027", "A7028", "A7029",
        ]);
        assert_eq!(
            ranges(&codes),
            ["0278T", "97110", "97112", "97113", "A7027-A7029"]
        );
        assert_eq!(ranges(&pack(&["A9999", "B0001"])), ["A9999", "B0001"]);
    }
}
