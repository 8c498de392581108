//! `kx837 completions`

use std::io::{self, Write};

use clap::Args;
use clap_complete::Shell;

use super::failure::{Ending, Status};
use super::help;

/// Print a shell's completion script
#[derive(Args)]
#[command(before_help = help::COMPLETIONS)]
pub struct CompletionsArgs {
    /// Shell
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &CompletionsArgs) -> Ending {
    // The generator cannot report errors of a writer, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "kx837", &mut script);
    let mut stdout = io::stdout().lock();
    stdout.write_all(&script)?;
    stdout.flush()?;
    Ok(Status::Clean)
}
