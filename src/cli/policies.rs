//! Options that choose the policies in force.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::policy::PolicySet;

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

impl PolicyArgs {
    /// Loads and checks the packs.
    pub fn load(&self) -> Result<Arc<PolicySet>, Failure> {
        let built_in = self.built_in == BuiltIn::Builtin;
        Ok(Arc::new(PolicySet::from_files(built_in, &self.files)?))
    }
}
