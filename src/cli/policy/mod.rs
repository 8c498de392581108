//! `kx837 policy`

mod check;
mod diff;
mod list;
mod schema;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use list::ListFormat;

use crate::spelling::nearest;

use super::console::Console;
use super::explain::show_policy;
use super::failure::{Ending, Failure};
use super::help;
use super::policies::{BuiltIn, ChoiceArgs, PolicyArgs};
use super::rules::OutputFormat;
use super::staleness;

/// Check, list, show and compare policies
#[derive(Args)]
#[command(before_help = help::POLICY, arg_required_else_help = true)]
pub struct PolicyCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Check packs, together with the compiled-in ones, and run their examples
    #[command(before_help = help::POLICY_CHECK)]
    Check {
        /// Pack files (TOML)
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Policies that the packs are put together with
        #[arg(long = "policies", value_name = "WHICH", default_value = "builtin")]
        built_in: BuiltIn,
    },
    Diff(diff::DiffArgs),
    /// List all packs and policies
    #[command(before_help = help::POLICY_LIST)]
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
        #[command(flatten)]
        policies: PolicyArgs,
        #[command(flatten)]
        choice: ChoiceArgs,
    },
    /// Print a JSON Schema of pack files, for editors that check and complete TOML
    #[command(before_help = help::POLICY_SCHEMA)]
    Schema,
    /// Show one policy
    #[command(before_help = help::POLICY_SHOW)]
    Show {
        /// Its id, such as PAP
        id: String,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: OutputFormat,
        #[command(flatten)]
        policies: PolicyArgs,
    },
}

/// Runs the subcommand.
pub fn run(command: &PolicyCommand, console: &Console) -> Ending {
    match &command.action {
        Action::Check { files, built_in } => check::check(files, *built_in, console),
        Action::Diff(args) => diff::run(args, console),
        Action::List {
            format,
            policies,
            choice,
        } => {
            let set = policies.load_chosen(choice)?;
            staleness::warn(&set, console)?;
            list::list(*format, &set)
        }
        Action::Schema => schema::print(),
        Action::Show {
            id,
            format,
            policies,
        } => {
            let set = policies.load()?;
            let Some(policy) = set.find_policy(id) else {
                let ids = set.catalogue().policies.iter().map(|info| info.id.as_str());
                let mut message = format!("no policy is called {id:?}");
                if let Some(near) = nearest(id, ids) {
                    let _ = write!(message, "; did you mean {near}?");
                }
                return Err(Failure::new(message));
            };
            show_policy(&set, policy, *format)
        }
    }
}
