//! `kx837 policy schema`

use std::io::{self, Write};

use crate::cli::failure::{Ending, Status};
use crate::policy::pack_schema;

/// Prints the schema.
pub fn print() -> Ending {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &pack_schema())?;
    writeln!(out)?;
    out.flush()?;
    Ok(Status::Clean)
}
