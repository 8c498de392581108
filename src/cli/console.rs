//! What is said on standard error, and whether in colour.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Also in files and pipes
    Always,
    /// Not at all
    Never,
}

/// Options about the terminal, common to all commands.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct ConsoleArgs {
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "KX837_COLOR",
        help_heading = "Terminal"
    )]
    color: Color,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, help_heading = "Terminal")]
    quiet: bool,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Writes to standard error. Clones share the progress bar, if there is one, and draw around
/// it.
#[derive(Clone)]
pub struct Console {
    /// Nothing but errors.
    pub quiet: bool,
    bar: Option<ProgressBar>,
    /// The reader of standard output has gone, and nothing else was wanted.
    is_left: Arc<AtomicBool>,
}

impl Console {
    /// A console as the options want it; sets the choice of colours of the whole program.
    pub fn new(args: ConsoleArgs) -> Self {
        match args.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
        Self {
            quiet: args.quiet,
            bar: None,
            is_left: Arc::default(),
        }
    }

    /// A console that nobody reads.
    #[cfg(test)]
    pub fn unread() -> Self {
        let console = Self::new(ConsoleArgs::default());
        console.is_left.store(true, Ordering::Relaxed);
        console
    }

    /// The same console, drawing around a progress bar.
    pub fn around(&self, bar: ProgressBar) -> Self {
        Self {
            bar: Some(bar),
            ..self.clone()
        }
    }

    /// An error: always told.
    pub fn error(&self, message: impl Display) {
        self.say(format_args!("{ERROR}kx837: error:{ERROR:#} {message}"));
    }

    /// A warning.
    pub fn warning(&self, message: impl Display) {
        self.hint(format_args!(
            "{WARNING}kx837: warning:{WARNING:#} {message}"
        ));
    }

    /// Anything else, as it is.
    pub fn hint(&self, message: impl Display) {
        if !self.quiet {
            self.say(message);
        }
    }

    /// A warning that whoever stopped reading the output should have all the same.
    pub fn parting_warning(&self, message: impl Display) {
        if !self.quiet {
            self.tell(format_args!(
                "{WARNING}kx837: warning:{WARNING:#} {message}"
            ));
        }
    }

    fn say(&self, message: impl Display) {
        if !self.is_left.load(Ordering::Relaxed) {
            self.tell(message);
        }
    }

    fn tell(&self, message: impl Display) {
        self.draw(|| {
            // With standard error closed there is nobody left to tell.
            let _ = writeln!(AutoStream::auto(io::stderr()), "{message}");
        });
    }

    /// Runs `print` while the progress bar is out of the way.
    fn draw<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Standard output. On a terminal that also shows the progress bar, the bar makes way.
    ///
    /// When its reader goes away, `stop` is set, if given: nothing else is written, so the run
    /// may end, and there is nobody left to tell of it.
    pub fn stdout(&self, stop: Option<Arc<AtomicBool>>) -> Box<dyn Write + Send> {
        Box::new(Stdout {
            console: self.clone(),
            is_drawn_around: self.bar.is_some() && io::stdout().is_terminal(),
            stop,
        })
    }
}

/// True when standard output is to be coloured.
pub fn stdout_is_colored() -> bool {
    !matches!(AutoStream::choice(&io::stdout()), ColorChoice::Never)
}

/// Columns of the terminal that shows standard output; `None` when it goes elsewhere.
pub fn stdout_columns() -> Option<usize> {
    let (columns, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(columns.0.into())
}

/// True when files are to be coloured, too.
pub fn files_are_colored() -> bool {
    matches!(ColorChoice::global(), ColorChoice::Always)
}

struct Stdout {
    console: Console,
    is_drawn_around: bool,
    stop: Option<Arc<AtomicBool>>,
}

impl Stdout {
    fn notice_reader<T>(&self, result: io::Result<T>) -> io::Result<T> {
        let is_gone = matches!(&result, Err(error) if error.kind() == io::ErrorKind::BrokenPipe);
        if let Some(stop) = self.stop.as_ref().filter(|_| is_gone) {
            self.console.is_left.store(true, Ordering::Relaxed);
            stop.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = if self.is_drawn_around {
            // Whole, or the bar would come back in the middle of a line.
            self.console.draw(|| {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes)?;
                stdout.flush()?;
                Ok(bytes.len())
            })
        } else {
            io::stdout().write(bytes)
        };
        self.notice_reader(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.notice_reader(io::stdout().flush())
    }
}
