//! Options that choose the policies in force.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::date::Date;
use crate::policy::{Level, PolicySet, SelectionError};

use super::failure::Failure;

/// The compiled-in policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum BuiltIn {
    /// All compiled-in policies
    #[default]
    Builtin,
    /// Only those of --policy
    None,
}

/// Options that choose the policies in force.
#[derive(Args, Clone, Debug)]
pub struct PolicyArgs {
    /// Add a policy pack (TOML); a policy takes the place of an earlier one with its id
    #[arg(
        long = "policy",
        value_name = "FILE",
        env = "KX837_POLICY",
        help_heading = "Policies"
    )]
    files: Vec<PathBuf>,
    /// Policies to begin with
    #[arg(
        long = "policies",
        value_name = "WHICH",
        default_value = "builtin",
        env = "KX837_POLICIES",
        help_heading = "Policies"
    )]
    built_in: BuiltIn,
}

/// Options that choose among findings. What is not wanted is muted: its policies stay known, so
/// that KX keeps its meaning.
#[derive(Args, Clone, Debug, Default)]
pub struct ChoiceArgs {
    /// Report only these: rules (KX201, duplicate-modifier), beginnings of codes (KX2), policies
    /// (PAP); comma separated, repeatable
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        help_heading = "Policies"
    )]
    pub select: Vec<String>,
    /// Report all but these
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        help_heading = "Policies"
    )]
    pub ignore: Vec<String>,
    /// Severity of what a rule or policy finds: off, info, warning or error, the last two only if
    /// support and certainty allow; repeatable
    #[arg(long, value_name = "WHICH=LEVEL", help_heading = "Policies")]
    severity: Vec<SeverityChoice>,
    /// Ask what the rules of this day say (YYYY-MM-DD): screen judges as if it were the date of every
    /// service, lists show what is in force on it
    #[arg(long, value_name = "DATE", value_parser = parse_date, help_heading = "Policies")]
    pub as_of: Option<Date>,
}

/// Options that say what claims do not.
#[derive(Args, Clone, Debug, Default)]
pub struct AssumptionArgs {
    /// Take every claim to be sent to this payer: medicare, medicare:dme (a, b, dme, hhh),
    /// medicaid-il ..., whatever SBR09 and ids say
    #[arg(
        long,
        value_name = "PAYER",
        env = "KX837_ASSUME_PAYER",
        help_heading = "Policies"
    )]
    assume_payer: Option<String>,
    /// Estimate therapy amounts by the fee schedule of this contractor and locality, such as
    /// 01112-05 [default: national averages]
    #[arg(
        long,
        value_name = "MAC-LOCALITY",
        env = "KX837_LOCALITY",
        help_heading = "Policies"
    )]
    locality: Option<String>,
}

impl AssumptionArgs {
    fn apply(&self, set: &mut PolicySet) -> Result<(), Failure> {
        if let Some(payer) = &self.assume_payer {
            set.assume_payer(payer)
                .map_err(|error| Failure::at("--assume-payer", error))?;
        }
        if let Some(locality) = &self.locality {
            set.choose_locality(locality)
                .map_err(|error| Failure::at("--locality", error))?;
        }
        Ok(())
    }
}

/// Reads a date; what is wrong with it is told in words of the command line.
pub fn parse_date(text: &str) -> Result<Date, String> {
    text.trim()
        .parse()
        .map_err(|_| "expected a date such as 2026-01-31 (YYYY-MM-DD)".to_owned())
}

/// `KX201=warning`.
#[derive(Clone, Debug)]
struct SeverityChoice {
    word: String,
    level: Level,
}

impl FromStr for SeverityChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((word, level)) = text.split_once('=') else {
            return Err("expected WHICH=LEVEL, such as KX201=warning".into());
        };
        let level = level.trim().parse();
        Ok(Self {
            word: word.trim().to_owned(),
            level: level.map_err(|error: SelectionError| error.to_string())?,
        })
    }
}

impl ChoiceArgs {
    /// Mutes what is not wanted and sets severities.
    fn apply(&self, set: &mut PolicySet) -> Result<(), Failure> {
        for choice in &self.severity {
            set.set_severity(&choice.word, choice.level)
                .map_err(|error| Failure::at("--severity", error))?;
        }
        set.choose(&self.select, &[])
            .map_err(|error| Failure::at("--select", error))?;
        set.choose(&[], &self.ignore)
            .map_err(|error| Failure::at("--ignore", error))?;
        if let Some(date) = self.as_of {
            set.mute_unless(|policy| policy.in_force(Some(date)));
        }
        Ok(())
    }
}

impl PolicyArgs {
    /// The packs that are added.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// Loads and checks the packs.
    pub fn load(&self) -> Result<Arc<PolicySet>, Failure> {
        self.load_chosen(&ChoiceArgs::default())
    }

    /// Loads and checks the packs, and mutes what is not wanted of their findings.
    pub fn load_chosen(&self, choice: &ChoiceArgs) -> Result<Arc<PolicySet>, Failure> {
        self.load_for_claims(choice, &AssumptionArgs::default())
    }

    /// The same, with what claims do not say.
    pub fn load_for_claims(
        &self,
        choice: &ChoiceArgs,
        assumptions: &AssumptionArgs,
    ) -> Result<Arc<PolicySet>, Failure> {
        let built_in = self.built_in == BuiltIn::Builtin;
        let mut set = PolicySet::from_files(built_in, &self.files)?;
        assumptions.apply(&mut set)?;
        choice.apply(&mut set)?;
        Ok(Arc::new(set))
    }
}
