//! The free text (STC12) that tells a submitter what to repair.

use std::fmt::Write as _;

use crate::finding::{Catalogue, ClaimOutcome, Finding, Severity};

/// STC12 holds at most 264 characters.
const LIMIT: usize = 264;

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

/// Sums up the findings of severity warning and error, the errors first, each as
/// `KX201 LINE 2 E0601 message. DO advice`, joined by `; `. With many findings the advice goes
/// first, then the message; what still does not fit is counted. `None` when there is nothing
/// to say. Basic characters only: upper case, no lower case, ASCII.
pub(super) fn remark(catalogue: &Catalogue, claim: &ClaimOutcome) -> Option<String> {
    let mut findings: Vec<&Finding> = claim
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info)
        .collect();
    if findings.is_empty() {
        return None;
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for detail in [Detail::Advice, Detail::Message] {
        let mut text = String::new();
        for finding in &findings {
            append(&mut text, &say(catalogue, claim, finding, detail));
        }
        if text.len() <= LIMIT {
            return Some(text);
        }
    }
    if let [only] = findings.as_slice() {
        return Some(cut(&say(catalogue, claim, only, Detail::Advice)));
    }
    Some(list_places(catalogue, claim, &findings))
}

/// As many places as fit, and how many more there are.
fn list_places(catalogue: &Catalogue, claim: &ClaimOutcome, findings: &[&Finding]) -> String {
    let mut text = String::new();
    for (index, finding) in findings.iter().enumerate() {
        let left = findings.len() - index;
        let mut longer = text.clone();
        append(&mut longer, &say(catalogue, claim, finding, Detail::Place));
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

fn append(text: &mut String, part: &str) {
    if !text.is_empty() {
        text.push_str("; ");
    }
    text.push_str(part);
}

fn say(catalogue: &Catalogue, claim: &ClaimOutcome, finding: &Finding, detail: Detail) -> String {
    let mut text = catalogue.rule(finding.rule).code.clone();
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
    basic(&text)
}

/// Upper-case ASCII; typographic characters become what they stand for.
fn basic(text: &str) -> String {
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
    let kept: String = text.chars().take(LIMIT - 3).collect();
    format!("{}...", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{clean, finding, line, risky, run};

    fn text(claim: &ClaimOutcome) -> Option<String> {
        remark(&run().catalogue, claim)
    }

    #[test]
    fn says_rule_line_code_and_fix() {
        assert_eq!(
            text(&risky("A", 0, Severity::Warning)).unwrap(),
            "KX201 LINE 2 E0601 CARRIES NONE OF KX, GA, GZ. DO APPEND KX, GA OR GZ"
        );
        assert_eq!(text(&clean("A", 0, 1)), None);
        assert_eq!(text(&risky("A", 0, Severity::Info)), None, "not at risk");
    }

    #[test]
    fn many_findings_say_less_each_and_never_too_much() {
        for count in 1..60 {
            let mut claim = clean("A", 0, 1);
            for index in 0..count {
                claim.lines.push(line(&(index + 1).to_string()));
                claim
                    .findings
                    .push(finding(0, Some(index), Severity::Warning));
            }
            claim.findings[count as usize - 1].severity = Severity::Error;
            let text = text(&claim).unwrap();
            assert!(text.len() <= LIMIT, "{count}: {text}");
            assert!(
                text.starts_with(&format!("KX201 LINE {count} E0601")),
                "errors first: {text}"
            );
            let said = text.matches("LINE").count();
            if said < count as usize {
                let rest = format!("; {} MORE", count as usize - said);
                assert!(text.ends_with(&rest), "{count}: {text}");
            }
        }
    }

    #[test]
    fn long_messages_are_cut_and_stay_basic() {
        let mut claim = risky("A", 0, Severity::Error);
        claim.findings[0].message = "é≥—".repeat(200);
        let text = text(&claim).unwrap();
        assert!(text.is_ascii() && text.len() <= LIMIT && text.ends_with("..."));
        assert_eq!(basic("a≥b—c “d”"), "A>=B-C \"D\"");
    }
}
