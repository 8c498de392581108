//! The free text (STC12) that tells a submitter what to repair.

use std::fmt::Write as _;

use crate::finding::{Catalogue, ClaimOutcome, Finding, Severity};
use crate::report::display::is_plain;

/// STC12 holds at most 264 characters.
const LIMIT: usize = 264;

/// Lines that get a remark of their own; the guide sets no limit, but readers have one.
const MOST_REMARKS: usize = 20;

/// How much of a finding is said.
#[derive(Clone, Copy)]
enum Detail {
    /// Rule, line, code, what is wrong and what to do.
    Advice,
    /// Rule, line, code and what is wrong.
    Message,
    /// Rule, line and code.
    Place,
}

/// One remark for each line that has findings of severity warning or error, in the order of the
/// lines; beyond [`MOST_REMARKS`] lines one more that lists where else to look. Empty when there
/// is nothing to say. Basic characters only: upper case, ASCII.
pub(super) fn remarks(catalogue: &Catalogue, claim: &ClaimOutcome) -> Vec<String> {
    let at_risk = |finding: &&Finding| finding.severity > Severity::Info;
    let findings: Vec<&Finding> = claim.findings.iter().filter(at_risk).collect();
    let mut lines = findings.chunk_by(|one, next| one.line == next.line);
    let mut remarks: Vec<String> = lines
        .by_ref()
        .take(MOST_REMARKS)
        .map(|findings| sum_up(catalogue, claim, findings.to_vec()))
        .collect();
    let others: Vec<&Finding> = lines.flatten().copied().collect();
    if !others.is_empty() {
        remarks.push(list_places(catalogue, claim, &others));
    }
    remarks
}

/// The findings of one line, the errors first, each as `KX201 LINE 2 E0601 message. DO advice`,
/// joined by `; `. What does not fit goes: first the advice, then the messages.
fn sum_up(catalogue: &Catalogue, claim: &ClaimOutcome, mut findings: Vec<&Finding>) -> String {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for detail in [Detail::Advice, Detail::Message] {
        let said = findings
            .iter()
            .map(|finding| say(catalogue, claim, finding, detail));
        let text = said.reduce(append).unwrap_or_default();
        if text.len() <= LIMIT {
            return text;
        }
    }
    if let [only] = findings.as_slice() {
        return cut(&say(catalogue, claim, only, Detail::Advice));
    }
    list_places(catalogue, claim, &findings)
}

/// As many places as fit, and how many more there are.
fn list_places(catalogue: &Catalogue, claim: &ClaimOutcome, findings: &[&Finding]) -> String {
    let mut text = String::new();
    for (index, finding) in findings.iter().enumerate() {
        let left = findings.len() - index;
        let place = say(catalogue, claim, finding, Detail::Place);
        let longer = append(text.clone(), place);
        // Room for the count, unless this is the last one.
        let reserve = if left > 1 { more(left).len() } else { 0 };
        if longer.len() + reserve > LIMIT {
            text.push_str(&more(left));
            return cut(&text);
        }
        text = longer;
    }
    text
}

fn more(count: usize) -> String {
    format!("; {count} MORE")
}

/// One behind the other.
fn append(mut text: String, part: String) -> String {
    if text.is_empty() {
        return part;
    }
    text.push_str("; ");
    text.push_str(&part);
    text
}

fn say(catalogue: &Catalogue, claim: &ClaimOutcome, finding: &Finding, detail: Detail) -> String {
    let mut text = String::with_capacity(2 * LIMIT);
    text.push_str(&catalogue.rule(finding.rule).code);
    let line = finding
        .line
        .and_then(|index| claim.lines.get(index as usize));
    if let Some(line) = line {
        let code = if line.code.is_empty() {
            &line.revenue_code
        } else {
            &line.code
        };
        // Writing to a String cannot fail.
        let _ = write!(text, " LINE {}", line.number);
        // Most messages begin with the code by themselves.
        let code = code.display();
        if matches!(detail, Detail::Place) || !finding.message.starts_with(&*code) {
            let _ = write!(text, " {code}");
        }
    }
    if matches!(detail, Detail::Advice | Detail::Message) {
        text.push(' ');
        text.push_str(finding.message.trim_end_matches('.'));
    }
    if matches!(detail, Detail::Advice) {
        let advice = finding
            .advice
            .as_deref()
            .unwrap_or(&catalogue.policy(finding.policy).advice);
        text.push_str(". DO ");
        text.push_str(advice.trim_end_matches('.'));
    }
    basic(text)
}

/// Upper-case ASCII; typographic characters become what they stand for.
fn basic(mut text: String) -> String {
    if is_plain(text.as_bytes()) {
        text.make_ascii_uppercase();
        return text;
    }
    let mut basic = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' '..='~' => basic.push(character.to_ascii_uppercase()),
            '\u{2010}'..='\u{2015}' => basic.push('-'),
            '\u{2018}' | '\u{2019}' => basic.push('\''),
            '\u{201c}' | '\u{201d}' => basic.push('"'),
            '…' => basic.push_str("..."),
            '≥' => basic.push_str(">="),
            '≤' => basic.push_str("<="),
            _ if character.is_whitespace() => basic.push(' '),
            _ => basic.push('?'),
        }
    }
    basic
}

fn cut(text: &str) -> String {
    if text.len() <= LIMIT {
        return text.to_owned();
    }
    // Basic characters are one byte each.
    let kept = text.get(..LIMIT - 3).unwrap_or_default();
    format!("{}...", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{clean, finding, line, risky, run};

    fn texts(claim: &ClaimOutcome) -> Vec<String> {
        remarks(&run().catalogue, claim)
    }

    #[test]
    fn says_rule_line_code_and_fix() {
        assert_eq!(
            texts(&risky("A", 0, Severity::Warning)),
            ["KX201 LINE 2 E0601 CARRIES NONE OF KX, GA, GZ. DO APPEND KX, GA OR GZ"]
        );
        assert!(texts(&clean("A", 0, 1)).is_empty());
        assert!(
            texts(&risky("A", 0, Severity::Info)).is_empty(),
            "not at risk"
        );
    }

    #[test]
    fn every_line_has_a_remark_of_its_own_up_to_a_limit() {
        for count in 1..60_u32 {
            let mut claim = clean("A", 0, 1);
            for index in 0..count {
                claim.lines.push(line(&(index + 1).to_string()));
                claim
                    .findings
                    .push(finding(0, Some(index), Severity::Warning));
            }
            let texts = texts(&claim);
            assert!(texts.iter().all(|text| text.len() <= LIMIT), "{texts:?}");
            let alone = (count as usize).min(MOST_REMARKS);
            for (index, text) in texts.iter().take(alone).enumerate() {
                assert!(
                    text.starts_with(&format!("KX201 LINE {} E0601 ", index + 1)),
                    "{text}"
                );
                assert!(text.contains("DO APPEND"), "{text}");
            }
            assert_eq!(
                texts.len(),
                alone + usize::from(count as usize > MOST_REMARKS)
            );
        }
    }

    #[test]
    fn many_findings_of_one_line_say_less_each_and_never_too_much() {
        for count in 1..60 {
            let mut claim = clean("A", 0, 1);
            claim.lines.push(line("7"));
            claim.findings = vec![finding(0, Some(0), Severity::Warning); count];
            let texts = texts(&claim);
            let [text] = texts.as_slice() else {
                panic!("{texts:?}")
            };
            assert!(text.len() <= LIMIT, "{count}: {text}");
            let said = text.matches("LINE").count();
            if said < count {
                assert!(
                    text.ends_with(&format!("; {} MORE", count - said)),
                    "{count}: {text}"
                );
            }
        }
    }

    #[test]
    fn long_messages_are_cut_and_stay_basic() {
        let mut claim = risky("A", 0, Severity::Error);
        claim.findings[0].message = "é≥—".repeat(200);
        let text = texts(&claim).remove(0);
        assert!(text.is_ascii() && text.len() <= LIMIT && text.ends_with("..."));
        assert_eq!(basic("a≥b—c “d”".into()), "A>=B-C \"D\"");
    }
}
