//! Help texts: examples come first.

/// For the program as a whole.
pub const KX837: &str = "\
Examples:
  kx837 screen claims.edi                        What is at risk, on the terminal
  kx837 screen -o reports/ 'inbox/*.837'         Every format for every file
  kx837 screen --report jsonl=out.jsonl day.edi  One report over all files
  kx837 explain KX201                            What a finding means
  kx837 explain E0601                            What is asked of a HCPCS code
  kx837 generate --claims 1000 -o test.edi       Synthetic claims to try it with";

/// At the end of the program's help.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  nothing found
  1  findings at or above --fail-on
  2  could not finish: bad option, bad pack, unreadable file, report not written
  130  interrupted";

/// For `screen`.
pub const SCREEN: &str = "\
Examples:
  kx837 screen claims.edi
  kx837 screen --report text --report csv=risk.csv inbox/
  kx837 screen -o reports/ --format jsonl --format 277ca 'inbox/*.837'
  zcat day.edi.gz | kx837 screen --report jsonl -
  kx837 screen --policy ours.toml --fail-on warning claims.edi
  kx837 screen --select KX1,KX2 --ignore PAP,KX106 claims.edi
  kx837 screen --severity KX503=warning --severity THERAPY_OT=off claims.edi
  kx837 screen --as-of 2027-01-01 claims.edi
  kx837 screen --ledger kx.db day.edi";

/// For `ledger`.
pub const LEDGER: &str = "\
Examples:
  kx837 ledger show kx.db              Patients and their totals
  kx837 ledger export kx.db > counted.csv
  kx837 ledger verify kx.db";

/// For `ledger show`.
pub const LEDGER_SHOW: &str = "\
Examples:
  kx837 ledger show kx.db
  kx837 ledger show kx.db --within 300
  kx837 ledger show kx.db --patient 91fbcc032ca6c1c8
  kx837 ledger show kx.db --patient 91fbcc032ca6c1c8 --format json";

/// For `ledger explain`.
pub const LEDGER_EXPLAIN: &str = "\
Examples:
  kx837 ledger explain kx.db --claim A37
  kx837 ledger explain kx.db --claim A37 --line 2
  kx837 ledger explain kx.db --claim A37 --patient 91fbcc032ca6c1c8 --format json";

/// For `ledger import`.
pub const LEDGER_IMPORT: &str = "\
Examples:
  kx837 ledger import kx.db remittance.835
  kx837 ledger import kx.db eligibility.271
  kx837 ledger import kx.db balances.csv";

/// For `ledger reconcile`.
pub const LEDGER_RECONCILE: &str = "\
Examples:
  kx837 ledger reconcile kx.db remittance.835
  kx837 ledger reconcile kx.db 'era/*.835' --details
  kx837 ledger reconcile kx.db era/ --format json > parted.json";

/// For `ledger export`.
pub const LEDGER_EXPORT: &str = "\
Examples:
  kx837 ledger export kx.db > counted.csv
  kx837 ledger export kx.db --format jsonl > counted.jsonl";

/// For `ledger verify`.
pub const LEDGER_VERIFY: &str = "\
Examples:
  kx837 ledger verify kx.db";

/// For `ledger prune`.
pub const LEDGER_PRUNE: &str = "\
Examples:
  kx837 ledger prune kx.db --before 2025";

/// For `lines`.
pub const LINES: &str = "\
Examples:
  kx837 lines claims.edi
  kx837 lines claims.edi | jq -r 'select(.modifiers | index(\"KX\")) | .clm01'
  kx837 lines --show-patient -o lines.jsonl inbox/";

/// For `inspect`.
pub const INSPECT: &str = "\
Examples:
  kx837 inspect claims.edi
  kx837 inspect --format json inbox/
  kx837 inspect --lines claims.edi";

/// For `generate`.
pub const GENERATE: &str = "\
Examples:
  kx837 generate --claims 1000 -o test.edi
  kx837 generate --kind I --size 100MB --seed 7 -o big.edi --truth big.jsonl
  kx837 generate --delimiters varied --no-line-breaks | kx837 screen -";

/// For `bench`.
pub const BENCH: &str = "\
Examples:
  kx837 bench claims.edi
  kx837 bench --rounds 20 --format json claims.edi > throughput.json
  kx837 bench --stage judge --rounds 50 claims.edi   One stage, for a profiler
  zcat claims.edi.gz | kx837 bench -";

/// For `explain`.
pub const EXPLAIN: &str = "\
Examples:
  kx837 explain KX201                     A rule
  kx837 explain KX906                     A notice about a file
  kx837 explain PAP                       A policy
  kx837 explain E0601 --date 2026-01-05   What is asked of a HCPCS code on that day
  kx837 explain E0601 --payer medicaid    ... and by that payer (medicare:dme: a contractor)
  kx837 explain claims.edi --claim A37 --line 2   Why a line is judged as it is
  kx837 explain claims.edi:A37:2          The same
  kx837 explain claims.edi:A37:2 --ledger kx.db   ... with what a ledger holds of earlier runs";

/// For `rules`.
pub const RULES: &str = "\
Examples:
  kx837 rules
  kx837 rules --select KX2 --ignore PAP
  kx837 rules --format json";

/// For `policy`.
pub const POLICY: &str = "\
Examples:
  kx837 policy list
  kx837 policy show PAP
  kx837 policy check ours.toml
  kx837 policy diff builtin builtin,ours.toml claims.edi
  kx837 policy schema > policy-pack.schema.json";

/// For `policy check`.
pub const POLICY_CHECK: &str = "\
Examples:
  kx837 policy check ours.toml
  kx837 policy check packs/*.toml";

/// For `policy diff`.
pub const POLICY_DIFF: &str = "\
Examples:
  kx837 policy diff builtin builtin,ours.toml claims.edi
  kx837 policy diff old.toml new.toml inbox/ --format json
  kx837 policy diff none builtin 'inbox/*.837'";

/// For `policy list`.
pub const POLICY_LIST: &str = "\
Examples:
  kx837 policy list
  kx837 policy list --policy ours.toml --format json
  kx837 policy list --select KX2,KX301 --as-of 2024-12-31
  kx837 policy list --format markdown > policies.md";

/// For `policy schema`.
pub const POLICY_SCHEMA: &str = "\
Examples:
  kx837 policy schema > policy-pack.schema.json";

/// For `policy show`.
pub const POLICY_SHOW: &str = "\
Examples:
  kx837 policy show PAP
  kx837 policy show PAP --format json";

/// For `completions`.
pub const COMPLETIONS: &str = "\
Examples:
  kx837 completions bash > ~/.local/share/bash-completion/completions/kx837
  kx837 completions zsh > ~/.zfunc/_kx837";

/// For `man`.
pub const MAN: &str = "\
Examples:
  kx837 man | man -l -
  kx837 man -o ~/.local/share/man/man1";

/// An error of clap (`error: ...`, empty lines, tips, usage) as one line.
pub fn in_one_line(rendered: &str) -> String {
    let mut paragraphs = rendered.split("\n\n").map(|paragraph| {
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        words.join(" ")
    });
    let first = paragraphs.next().unwrap_or_default();
    let mut line = first.strip_prefix("error: ").unwrap_or(&first).to_owned();
    for paragraph in paragraphs {
        if let Some(tip) = paragraph.strip_prefix("tip: ") {
            line = format!("{line}; {tip}");
        } else if let Some(try_this) = paragraph.strip_prefix("For more information, ") {
            line = format!("{line}; {}", try_this.trim_end_matches('.'));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_with_tip_and_usage_becomes_one_line() {
        let rendered = "error: unexpected argument '--frmat' found\n\n  \
            tip: a similar argument exists: '--format'\n\n\
            Usage: kx837 rules --format <FORMAT>\n\n\
            For more information, try '--help'.\n";
        assert_eq!(
            in_one_line(rendered),
            "unexpected argument '--frmat' found; a similar argument exists: '--format'; \
             try '--help'"
        );
    }
}
