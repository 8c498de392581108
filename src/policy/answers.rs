//! Checks the codes in which payers answer: claim status, adjustment reason, remark.
//!
//! Whether a code exists today is not asked, as the lists change three times a year; whether it can
//! be one at all is, before it stands in a 277CA.

use crate::finding::{DenialInfo, StatusInfo};

/// Which value is wrong: the key of its table, the value, and what is expected.
pub(super) type Fault<'v> = (&'static str, &'v str, &'static str);

const STATUS: &str = "a status is category:status, such as A6:453: a category A0 to A8 (the ones of a 277CA) and a \
                      claim status code of one to four digits";
const GROUP: &str = "a group is CO, PR, OA, PI or CR; several are joined by /, such as PR/CO";
const CARC: &str = "a claim adjustment reason code is a number such as 16, or a letter and a number such as B7 or P14";
const RARC: &str = "a remittance advice remark code is M, MA or N and a number, such as N822";

/// The first part of a status that cannot be one.
pub(super) fn status_fault(status: &StatusInfo) -> Option<Fault<'_>> {
    let values = [Some(&status.primary), status.secondary.as_ref()];
    let mut values = values.into_iter().flatten();
    let wrong = values.find(|value| !is_status(value))?;
    Some(("status", wrong, STATUS))
}

/// The first part of a denial that cannot be one.
pub(super) fn denial_fault(denial: &DenialInfo) -> Option<Fault<'_>> {
    let fault = |value: &'_ Option<String>, is_right: fn(&str) -> bool| {
        value.as_deref().is_some_and(|value| !is_right(value))
    };
    let (value, expected) = if fault(&denial.group, is_group) {
        (&denial.group, GROUP)
    } else if fault(&denial.carc, is_carc) {
        (&denial.carc, CARC)
    } else if fault(&denial.rarc, is_rarc) {
        (&denial.rarc, RARC)
    } else {
        return None;
    };
    Some(("denial", value.as_deref()?, expected))
}

fn is_number(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_status(text: &str) -> bool {
    text.split_once(':').is_some_and(|(category, status)| {
        matches!(category.as_bytes(), [b'A', b'0'..=b'8']) && is_number(status, 4)
    })
}

fn is_group(text: &str) -> bool {
    text.split('/')
        .all(|group| matches!(group, "CO" | "PR" | "OA" | "PI" | "CR"))
}

fn is_carc(text: &str) -> bool {
    is_number(
        text.strip_prefix(['A', 'B', 'D', 'P', 'W', 'Y'])
            .unwrap_or(text),
        3,
    )
}

fn is_rarc(text: &str) -> bool {
    ["MA", "M", "N"].iter().any(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|number| is_number(number, 4))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_slips() {
        let all = |is_right: fn(&str) -> bool, texts: &[&str]| texts.iter().all(|t| is_right(t));
        let none = |is_right: fn(&str) -> bool, texts: &[&str]| texts.iter().all(|t| !is_right(t));
        assert!(all(is_status, &["A6:453", "A8:732", "A3:21", "A0:1"]));
        assert!(none(
            is_status,
            &[
                "",
                "A6",
                "A6453",
                "A6:",
                ":453",
                "A9:453",
                "a6:453",
                "A6:453:IL",
                "F2:453"
            ]
        ));
        assert!(
            all(is_group, &["CO", "PR/CO"]) && none(is_group, &["", "C0", "CO/", "CO, PR", "co"])
        );
        assert!(
            all(is_carc, &["4", "16", "151", "B7", "P14"])
                && none(is_carc, &["", "C16", "CO-16", "1600", "B"])
        );
        assert!(
            all(is_rarc, &["N822", "M25", "MA130"])
                && none(is_rarc, &["", "822", "N", "NN1", "MA"])
        );
    }
}
