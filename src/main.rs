//! The `kx837` command; everything it does is in [`kx837::cli`].

use std::process::ExitCode;

/// Reports are made of many small pieces that one thread makes and another lets go.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kx837::cli::main()
}
