//! Where the reports of `kx837 screen` go.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::cli::console::{Console, files_are_colored, stdout_columns, stdout_is_colored};
use crate::cli::failure::Failure;
use crate::cli::inputs::{is_one_place, is_stream, keep, may_be_replaced, settled, spare, stream};
use crate::cli::notices::NoticeTeller;
use crate::cli::prose::plural;
use crate::report::{
    AtomicFile, Format, Profile, ReportOptions, folder_of, left_unfinished, open, sync_folder,
};
use crate::screen::{FileReports, Input, OpenReport, Outputs};

use super::STDOUT;
use super::args::{ReportTarget, ScreenArgs};

/// The formats of an output folder unless others are named.
const ALL: [Format; 4] = [
    Format::Text,
    Format::Jsonl,
    Format::Csv,
    Format::ClaimAcknowledgement(Profile::Annotated),
];

/// An unfinished report to which nobody has written for so long has no run that writes it.
const SURELY_LEFT: Duration = Duration::from_secs(3600);

/// Which reports to write, before anything is opened.
pub struct Plan {
    targets: Vec<ReportTarget>,
    folder: Option<(PathBuf, Vec<Format>)>,
}

impl Plan {
    /// Reads the options.
    pub fn new(args: &ScreenArgs) -> Result<Self, Failure> {
        let mut targets = args.report.clone();
        if targets.is_empty() && args.output_dir.is_none() {
            targets.push(ReportTarget {
                format: Format::Text,
                path: None,
            });
        }
        for (index, target) in targets.iter().enumerate() {
            let before = &targets[..index];
            if before.iter().any(|other| is_same_place(other, target)) {
                let place = target
                    .path
                    .as_ref()
                    .map_or(STDOUT.to_owned(), |path| path.display().to_string());
                return Err(Failure::at(
                    place,
                    "two reports cannot go to the same place",
                ));
            }
        }
        // A 277CA cannot say that a run is hypothetical.
        let is_hypothetical = args.choice.as_of.is_some();
        let mut formats = Vec::new();
        for format in if args.format.is_empty() {
            &ALL[..]
        } else {
            &args.format
        } {
            let is_default = args.format.is_empty();
            let is_left_out = is_default && is_hypothetical && acknowledges(*format);
            if !formats.contains(format) && !is_left_out {
                formats.push(*format);
            }
        }
        let folder = args.output_dir.clone().map(|folder| (folder, formats));
        let plan = Self { targets, folder };
        if is_hypothetical && plan.acknowledges() {
            return Err(Failure::new(
                "--as-of makes the run hypothetical, which a 277CA cannot say: choose other formats",
            ));
        }
        Ok(plan)
    }

    /// Where reports over all files go, but for standard output.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        let targets = self.targets.iter();
        targets.filter_map(|target| target.path.as_deref())
    }

    /// True when a 277CA is to be written.
    fn acknowledges(&self) -> bool {
        let in_folder = self.folder.iter().flat_map(|(_, formats)| formats);
        let targets = self.targets.iter().map(|target| &target.format);
        targets.chain(in_folder).any(|format| acknowledges(*format))
    }

    /// True when the text report goes to standard output: the speed then belongs below it.
    pub fn tells_speed(&self) -> bool {
        self.targets
            .iter()
            .any(|target| target.path.is_none() && target.format == Format::Text)
    }

    /// True when a report goes to standard output.
    pub fn uses_stdout(&self) -> bool {
        self.targets.iter().any(goes_to_stdout)
    }

    /// True when nothing is written but to standard output.
    pub fn is_only_stdout(&self) -> bool {
        self.folder.is_none() && self.targets.iter().all(|target| target.path.is_none())
    }

    /// What becomes of each kind of report when the run is interrupted.
    pub fn when_interrupted(&self) -> Vec<String> {
        let mut told = Vec::new();
        let is_written = |target: &&ReportTarget| target.path.as_deref().is_none_or(is_stream);
        let written: Vec<_> = self.targets.iter().filter(is_written).collect();
        if written.iter().any(|target| !target.format.is_x12()) {
            told.push("the report that was being written says that it is incomplete".into());
        }
        if written.iter().any(|target| target.format.is_x12()) {
            told.push("the X12 answer that was being written has no trailers".into());
        }
        if written.len() < self.targets.len() {
            told.push("no report over all files was put in its place".into());
        }
        if let Some((folder, _)) = &self.folder {
            let folder = folder.display();
            told.push(format!(
                "{folder} has the reports of the files that were read to their end; others there are of earlier runs"
            ));
        }
        told
    }

    /// Refuses to put a report in the place of an input.
    pub fn spare(&self, inputs: &[Input]) -> Result<(), Failure> {
        self.paths().try_for_each(|path| spare(path, inputs))
    }

    /// Refuses to put a report in the place of a file of the run's own, which is told with what it is.
    pub fn keep(&self, own: &[(&Path, &str)]) -> Result<(), Failure> {
        self.paths().try_for_each(|path| {
            own.iter()
                .try_for_each(|(file, what)| keep(path, file, what))
        })
    }

    /// Warns of what runs that were killed have left beside the reports: there may be patients' names in it. It is not
    /// taken away, since nobody knows for sure that its run is not there any more.
    fn tell_unfinished(&self, console: &Console) {
        let beside = self.paths().map(folder_of);
        let folder = self.folder.iter().map(|(folder, _)| folder.as_path());
        let folders: BTreeSet<&Path> = beside.chain(folder).collect();
        let left: Vec<_> = folders
            .into_iter()
            .flat_map(|folder| left_unfinished(folder, SURELY_LEFT))
            .collect();
        if let Some(first) = left.first() {
            console.warning(format_args!(
                "{} unfinished report{} of a run that was killed, such as {}",
                left.len(),
                plural(left.len() as u64),
                first.display()
            ));
        }
    }

    /// Opens the reports, and with them `teller`. When nobody reads the only report any more,
    /// `stop` is set.
    pub fn open(
        &self,
        args: &ScreenArgs,
        console: &Console,
        teller: NoticeTeller,
        stop: &Arc<AtomicBool>,
        spared: &[&Path],
    ) -> Result<Outputs, Failure> {
        self.tell_unfinished(console);
        let options = options(args);
        let mut run = vec![OpenReport {
            name: "standard error".into(),
            report: Box::new(teller),
            file: None,
        }];
        for target in &self.targets {
            run.push(match &target.path {
                Some(path) => open_file(target.format, path, &options).map_err(Failure::new)?,
                None => OpenReport {
                    name: STDOUT.into(),
                    report: open(
                        target.format,
                        console.stdout(self.is_only_stdout().then(|| Arc::clone(stop))),
                        &ReportOptions {
                            color: stdout_is_colored(),
                            columns: stdout_columns(),
                            ..options.clone()
                        },
                    ),
                    file: None,
                },
            });
        }
        let per_file = match &self.folder {
            None => None,
            Some((folder, formats)) => {
                fs::create_dir_all(folder).map_err(|error| {
                    Failure::at(
                        folder.display(),
                        format_args!("cannot make this folder: {error}"),
                    )
                })?;
                let spared = spared.iter().filter_map(|path| path::absolute(path).ok());
                let taken = Taken {
                    spared: spared.collect(),
                    targets: self.paths().map(settled).collect(),
                };
                let names = Names::below(args.paths.iter().filter(|path| path.is_dir()));
                Some(per_file(
                    folder.clone(),
                    formats.clone(),
                    options,
                    names,
                    taken,
                ))
            }
        };
        Ok(Outputs {
            run,
            per_file,
            ..Outputs::default()
        })
    }
}

fn options(args: &ScreenArgs) -> ReportOptions {
    let default = ReportOptions::default();
    ReportOptions {
        color: files_are_colored(),
        all_claims: args.all_claims,
        source_name: args.source_name.clone().unwrap_or(default.source_name),
        source_id: args.source_id.clone(),
        first_control_number: args.control_number,
        ..ReportOptions::default()
    }
}

/// The error is a message that names the file.
fn open_file(format: Format, path: &Path, options: &ReportOptions) -> Result<OpenReport, String> {
    if let Some(stream) = stream(path)? {
        return Ok(OpenReport {
            name: path.display().to_string(),
            report: open(format, Box::new(stream), options),
            file: None,
        });
    }
    // An answer that has nothing to say (a 277CA without a claim) is no file, not even that of an earlier run.
    let file = AtomicFile::create(path)
        .map_err(|error| error.to_string())?
        .unless_empty();
    let writer = file.writer().map_err(|error| error.to_string())?;
    Ok(OpenReport {
        name: path.display().to_string(),
        report: open(format, Box::new(writer), options),
        file: Some(file),
    })
}

/// What reports of single files must not take the place of.
struct Taken {
    /// Files of the run's own, as absolute paths: to follow the links of many takes long.
    spared: HashSet<PathBuf>,
    /// Reports over all files, as [`settled`] paths.
    targets: HashSet<PathBuf>,
}

/// Reports of each input in `folder`. None takes the place of what is `taken`, or of claims.
fn per_file(
    folder: PathBuf,
    formats: Vec<Format>,
    mut options: ReportOptions,
    mut names: Names,
    taken: Taken,
) -> FileReports {
    Box::new(move |input| {
        let path =
            |stem: &str, format: Format| folder.join(format!("{stem}.{}", format.extension()));
        let is_free = |stem: &str| {
            formats.iter().all(|format| {
                let path = path(stem, *format);
                !path::absolute(&path).is_ok_and(|path| taken.spared.contains(&path))
                    && (taken.targets.is_empty() || !taken.targets.contains(&settled(&path)))
                    && may_be_replaced(&path, *format)
            })
        };
        let stem = names.next(input, is_free);
        options.output_number += 1;
        if let Some(below) = Path::new(&stem).parent()
            && names.made.insert(below.to_owned())
        {
            make_folder(&folder, below)?;
        }
        formats
            .iter()
            .map(|format| {
                open_file(*format, &path(&stem, *format), &options).map_err(io::Error::other)
            })
            .collect()
    })
}

/// Makes what is missing of a path below `folder`, and brings it to disk: reports that are there must be found there.
fn make_folder(folder: &Path, below: &Path) -> io::Result<()> {
    let path = folder.join(below);
    let named = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
    fs::create_dir_all(&path).map_err(named)?;
    let parents = below.ancestors().skip(1);
    parents
        .map(|parent| folder.join(parent))
        .try_for_each(|parent| sync_folder(&parent).map_err(named))
}

/// Names of reports, each given once.
#[derive(Default)]
struct Names {
    /// Lower-case names that were given.
    given: HashSet<String>,
    /// Folders that were named as inputs.
    folders: HashSet<PathBuf>,
    /// Folders of reports that were made.
    made: HashSet<PathBuf>,
}

impl Names {
    /// Names for what is found in these folders, too.
    fn below<'p>(folders: impl Iterator<Item = &'p PathBuf>) -> Self {
        Self {
            folders: folders
                .map(|folder| Input::File(folder.clone()).name().into())
                .collect(),
            made: HashSet::from([PathBuf::new()]),
            ..Self::default()
        }
    }

    /// The input's path in the folder that was named, so that its reports are found in the same place whatever else a run
    /// reads; its file name alone when it was named itself.
    fn plain(&self, input: &str) -> String {
        let path = Path::new(input);
        let above = path.ancestors().skip(1);
        let named = above.filter(|folder| self.folders.contains(*folder)).last();
        let below = named.and_then(|folder| path.strip_prefix(folder).ok());
        match below.map(Path::as_os_str).or(path.file_name()) {
            _ if input == "-" => "stdin".into(),
            Some(name) => name.to_string_lossy().into_owned(),
            None => "input".into(),
        }
    }

    /// The name of an input's reports, with a number when it was given before or is not free. Some file systems do not tell
    /// upper from lower case.
    fn next(&mut self, input: &str, is_free: impl Fn(&str) -> bool) -> String {
        let name = self.plain(input);
        let mut unique = name.clone();
        let mut number = 1;
        while !self.given.insert(unique.to_lowercase()) || !is_free(&unique) {
            number += 1;
            unique = format!("{name}-{number}");
        }
        unique
    }
}

/// Other names of standard output.
const STANDARD_OUTPUT: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

fn goes_to_stdout(target: &ReportTarget) -> bool {
    match &target.path {
        None => true,
        Some(path) => STANDARD_OUTPUT.iter().any(|name| path == Path::new(name)),
    }
}

fn is_same_place(one: &ReportTarget, other: &ReportTarget) -> bool {
    match (&one.path, &other.path) {
        _ if goes_to_stdout(one) && goes_to_stdout(other) => true,
        (Some(one), Some(other)) => is_one_place(one, other),
        _ => false,
    }
}

fn acknowledges(format: Format) -> bool {
    matches!(format, Format::ClaimAcknowledgement(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_collide_get_a_number() {
        let mut names = Names::default();
        let given = ["a/x.edi", "-", "b/x.edi", "b/x.edi-2", "X.EDI"]
            .map(|name| names.next(name, |_| true));
        assert_eq!(given, ["x.edi", "stdin", "x.edi-2", "x.edi-2-2", "X.EDI-3"]);
    }

    #[test]
    fn what_is_found_in_a_folder_keeps_its_place_in_it() {
        let folders = ["in/", "in/a", "."].map(PathBuf::from);
        let mut names = Names::below(folders.iter());
        for (input, expected) in [
            ("in/b/x.edi", "b/x.edi"),
            ("in/a/x.edi", "a/x.edi"),
            ("in/x.edi", "x.edi"),
            ("./c/x.edi", "c/x.edi"),
            ("other/x.edi", "x.edi-2"),
            ("input/x.edi", "x.edi-3"),
        ] {
            assert_eq!(names.next(input, |_| true), expected, "{input}");
        }
    }
}
