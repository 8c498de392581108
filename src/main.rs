//! The `kx837` command; everything it does is in [`kx837::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    kx837::cli::main()
}
