//! The command line: one file for each subcommand.

mod application;
mod bench;
mod clock;
mod completions;
mod console;
mod explain;
mod failure;
mod generate;
mod help;
mod inputs;
mod inspect;
mod interrupt;
mod key;
mod ledger;
mod lines;
mod man;
mod notices;
mod policies;
mod policy;
mod progress;
mod prose;
mod ranges;
mod rules;
mod screen;
mod staleness;
mod standing;
mod threads;

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use console::{Console, ConsoleArgs};
use failure::{Ending, Failure, Status};

/// Finds the service lines of X12 837 claims whose use of HCPCS modifier KX puts them at risk.
#[derive(Parser)]
#[command(
    name = "kx837",
    version,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    before_help = help::KX837,
    after_help = help::EXIT_CODES,
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    console: ConsoleArgs,
}

#[derive(Subcommand)]
enum Command {
    Screen(Box<screen::ScreenArgs>),
    Lines(lines::LinesArgs),
    Inspect(inspect::InspectArgs),
    Generate(generate::GenerateArgs),
    Bench(bench::BenchArgs),
    Explain(explain::ExplainArgs),
    Rules(rules::RulesArgs),
    Policy(policy::PolicyCommand),
    Ledger(ledger::LedgerCommand),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Command {
    fn run(self, console: &Console) -> Ending {
        match self {
            Self::Screen(args) => screen::run(&args, console),
            Self::Lines(args) => lines::run(&args, console),
            Self::Inspect(args) => inspect::run(&args, console),
            Self::Generate(args) => generate::run(&args, console),
            Self::Bench(args) => bench::run(&args, console),
            Self::Explain(args) => explain::run(&args, console),
            Self::Rules(args) => rules::run(&args),
            Self::Policy(command) => policy::run(&command, console),
            Self::Ledger(command) => ledger::run(&command, console),
            Self::Completions(args) => completions::run(&args),
            Self::Man(args) => man::run(&args),
        }
    }
}

/// The command line as clap knows it.
fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program with the arguments and environment of the process.
pub fn main() -> ExitCode {
    let parsed = command()
        .try_get_matches()
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let console = Console::new(cli.console);
    // What a panic says may quote data of patients; where it happened does not.
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        // Nobody is left to be told when standard error is gone, too.
        let _ = writeln!(
            io::stderr(),
            "kx837: internal error at {place}; please report it"
        );
    }));
    let run = || cli.command.run(&console);
    let Ok(ending) = panic::catch_unwind(AssertUnwindSafe(run)) else {
        return Status::Incomplete.into();
    };
    match ending {
        Ok(status) => status.into(),
        Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Message(message)) => {
            console.error(message);
            Status::Incomplete.into()
        }
    }
}

/// Prints the help that was asked for, or what is wrong with the arguments in one line.
fn refuse(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind::{DisplayHelpOnMissingArgumentOrSubcommand, MissingSubcommand};
    if error.use_stderr()
        && !matches!(
            error.kind(),
            DisplayHelpOnMissingArgumentOrSubcommand | MissingSubcommand
        )
    {
        let console = Console::new(ConsoleArgs::default());
        console.error(help::in_one_line(&error.render().to_string()));
    } else {
        // A reader that has gone has seen enough help.
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        super::command().debug_assert();
    }
}
