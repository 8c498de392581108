//! `kx837 man`

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::StyledStr;
use clap_mangen::Man;

use super::failure::{Ending, Failure, Status};
use super::help;

/// Write manual pages
#[derive(Args)]
#[command(before_help = help::MAN)]
pub struct ManArgs {
    /// Write the pages of all commands to this folder, which is made if missing [default: the
    /// main page to standard output]
    #[arg(short, long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

/// Writes the pages.
pub fn run(args: &ManArgs) -> Ending {
    let mut command = super::command();
    command.build();
    match &args.output_dir {
        None => {
            let mut page = Vec::new();
            Man::new(with_examples(command)).render(&mut page)?;
            let mut stdout = io::stdout().lock();
            stdout.write_all(&page)?;
            stdout.flush()?;
        }
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|error| Failure::at(folder.display(), error))?;
            write_pages(&command, "kx837", folder)?;
        }
    }
    Ok(Status::Clean)
}

/// Writes the page of a command and those of its subcommands.
fn write_pages(command: &clap::Command, name: &str, folder: &Path) -> Result<(), Failure> {
    let path = folder.join(format!("{name}.1"));
    let mut page = Vec::new();
    Man::new(with_examples(command.clone())).render(&mut page)?;
    fs::write(&path, page).map_err(|error| Failure::at(path.display(), error))?;
    for subcommand in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        write_pages(
            subcommand,
            &format!("{name}-{}", subcommand.get_name()),
            folder,
        )?;
    }
    Ok(())
}

/// Manual pages leave out what stands before the help, so the examples go to the end.
fn with_examples(command: clap::Command) -> clap::Command {
    let text = |part: Option<&StyledStr>| part.map(ToString::to_string);
    let parts = [
        text(command.get_before_help()),
        text(command.get_after_help()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    command.after_help(parts.join("\n\n"))
}
