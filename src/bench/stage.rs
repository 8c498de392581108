//! The stages: what each does, and what it builds on.

use std::hint::black_box;
use std::io::{self, Read};
use std::sync::Arc;

use super::HASHER;
use super::sample::{Sample, SampleFile};
use super::screening::screen;
use super::sink::{count_lines, judge_claims};
use crate::date::Date;
use crate::finding::Counts;
use crate::policy::PolicySet;
use crate::report::Format;
use crate::rule::RuleSet;
use crate::screen::{Access, Input, LineExtractor, NoProgress, Screener};
use crate::x12::SegmentScanner;

/// A stage by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKind {
    /// Counts segment terminators.
    Count,
    /// Splits into segments, and those into elements, as a straightforward program does.
    Split,
    /// Finds the segments.
    Scan,
    /// Reads claims and service lines.
    Read,
    /// Reads and judges.
    Judge,
    /// A whole run in one thread without a report.
    Screen,
    /// A whole run in several threads without a report.
    Parallel,
    /// A whole run in one thread with a report.
    Report(Format),
    /// Every service line as JSON.
    Lines,
    /// Unpacks.
    Unpack,
    /// A whole run in one thread that unpacks.
    Packed,
}

impl StageKind {
    /// All of them, each behind the one that it builds on.
    pub fn all() -> impl Iterator<Item = Self> {
        use StageKind::{Count, Judge, Lines, Packed, Parallel, Read, Scan, Screen, Split, Unpack};
        let before = [Count, Split, Scan, Read, Judge, Screen, Parallel];
        let reports = Format::ALL.into_iter().map(Self::Report);
        before
            .into_iter()
            .chain(reports)
            .chain([Lines, Unpack, Packed])
    }

    /// The name, which for a report is that of its format.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Split => "split",
            Self::Scan => "scan",
            Self::Read => "read",
            Self::Judge => "judge",
            Self::Screen => "screen",
            Self::Parallel => "parallel",
            Self::Report(format) => format.name(),
            Self::Lines => "lines",
            Self::Unpack => "unpack",
            Self::Packed => "packed",
        }
    }

    /// What it does, in words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Count => "count segment terminators with memchr",
            Self::Split => "split every segment and element, plainly",
            Self::Scan => "find the segments",
            Self::Read => "read claims and service lines",
            Self::Judge => "read, and judge by the rules",
            Self::Screen => "a whole run in one thread, no report",
            Self::Parallel => "a whole run in all threads, no report",
            Self::Report(_) => "a whole run in one thread with this report, written to nowhere",
            Self::Lines => "every service line as JSON, written to nowhere",
            Self::Unpack => "packed files: unpack them",
            Self::Packed => "packed files: a whole run that unpacks, no report",
        }
    }

    /// The stage that this one contains or replaces: what stands between them is its own work.
    pub const fn base(self) -> Option<Self> {
        match self {
            Self::Count => None,
            Self::Split | Self::Scan | Self::Unpack => Some(Self::Count),
            Self::Read => Some(Self::Scan),
            Self::Judge | Self::Lines => Some(Self::Read),
            Self::Screen => Some(Self::Judge),
            Self::Parallel | Self::Report(_) => Some(Self::Screen),
            Self::Packed => Some(Self::Unpack),
        }
    }

    /// It reads claims.
    const fn reads_claims(self) -> bool {
        !matches!(self, Self::Count | Self::Split | Self::Scan | Self::Unpack)
    }
}

/// Something to be measured.
pub struct Stage<'a> {
    /// Its name.
    pub name: &'static str,
    /// The stage that it builds on.
    pub base: Option<&'static str>,
    /// Threads that work.
    pub threads: usize,
    /// Bytes, unpacked, that it goes through.
    pub bytes: u64,
    /// Segments in them.
    pub segments: u64,
    /// Claims that it reads.
    pub claims: Option<u64>,
    /// What [`Self::run`] must return, if that is known beforehand.
    pub proof: Option<u64>,
    /// Does it, and returns a number that proves that it did.
    pub run: Box<dyn FnMut() -> u64 + 'a>,
}

/// How whole runs are made.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Judge as if this were the date of every service.
    pub as_of: Option<Date>,
    /// Threads of [`StageKind::Parallel`].
    pub threads: usize,
    /// How files are read.
    pub access: Access,
}

/// Makes the stages for a sample.
pub struct Bench<'a> {
    sample: &'a Sample,
    policies: Arc<PolicySet>,
    rules: RuleSet,
    settings: Settings,
    plain: Vec<Input>,
    packed: Vec<Input>,
}

impl<'a> Bench<'a> {
    /// Stages that judge by these policies.
    pub fn new(sample: &'a Sample, policies: &Arc<PolicySet>, settings: Settings) -> Self {
        let files = sample.files.iter();
        let packed = files.clone().filter(|file| file.packed);
        Self {
            sample,
            policies: Arc::clone(policies),
            rules: RuleSet::new(Arc::clone(policies)).as_of(settings.as_of),
            settings,
            plain: files.map(SampleFile::plain).collect(),
            packed: packed.map(|file| file.input.clone()).collect(),
        }
    }

    /// All stages that the sample has something for.
    pub fn stages(&self) -> Vec<Stage<'_>> {
        StageKind::all()
            .filter_map(|kind| self.stage(kind))
            .collect()
    }

    /// A stage; `None` where no file is packed and the stage is about those.
    pub fn stage(&self, kind: StageKind) -> Option<Stage<'_>> {
        let all = &self.sample.counts;
        let mut stage = Stage {
            name: kind.name(),
            base: kind.base().map(StageKind::name),
            threads: 1,
            bytes: all.bytes,
            segments: all.segments,
            claims: kind.reads_claims().then_some(all.claims),
            proof: kind.reads_claims().then_some(all.claims),
            run: Box::new(|| 0),
        };
        stage.run = match kind {
            StageKind::Count => Box::new(|| self.count()),
            StageKind::Split => Box::new(|| self.split()),
            StageKind::Scan => Box::new(|| self.scan()),
            StageKind::Read => {
                stage.proof = Some(all.lines);
                Box::new(|| self.read())
            }
            StageKind::Judge => Box::new(|| self.judge()),
            StageKind::Screen => Box::new(|| self.screen(&self.plain, 1, &[])),
            StageKind::Parallel => {
                stage.threads = self.settings.threads;
                Box::new(|| self.screen(&self.plain, self.settings.threads, &[]))
            }
            StageKind::Report(format) => Box::new(move || self.screen(&self.plain, 1, &[format])),
            StageKind::Lines => {
                stage.proof = Some(all.lines);
                Box::new(|| self.lines())
            }
            StageKind::Unpack | StageKind::Packed => {
                let counts = self.packed_counts()?;
                stage.bytes = counts.bytes;
                stage.segments = counts.segments;
                if kind == StageKind::Unpack {
                    stage.proof = Some(counts.bytes);
                    Box::new(|| self.unpack())
                } else {
                    stage.claims = Some(counts.claims);
                    stage.proof = stage.claims;
                    Box::new(|| self.screen(&self.packed, 1, &[]))
                }
            }
        };
        Some(stage)
    }

    fn packed_counts(&self) -> Option<Counts> {
        let mut counts = Counts::default();
        for file in self.sample.files.iter().filter(|file| file.packed) {
            counts.add(&file.counts);
        }
        (counts.bytes > 0).then_some(counts)
    }

    /// What `work` makes of each interchange, given its element separator and terminator.
    fn each(&self, work: impl Fn(&[u8], u8, u8) -> u64) -> u64 {
        let files = self.sample.files.iter();
        let works = files.flat_map(|file| {
            file.interchanges.iter().map(|one| {
                let delimiters = &one.delimiters;
                work(
                    &file.bytes[one.range.clone()],
                    delimiters.element,
                    delimiters.terminator,
                )
            })
        });
        works.sum()
    }

    fn count(&self) -> u64 {
        self.each(|bytes, _, terminator| memchr::memchr_iter(terminator, bytes).count() as u64)
    }

    fn split(&self) -> u64 {
        self.each(|bytes, element, terminator| {
            let segments = bytes.split(|byte| *byte == terminator);
            let lengths = segments.map(|segment| {
                let elements = segment.split(|byte| *byte == element);
                elements.map(|element| element.len() as u64).sum::<u64>()
            });
            lengths.sum()
        })
    }

    fn scan(&self) -> u64 {
        self.each(|bytes, _, terminator| {
            SegmentScanner::new(bytes, terminator)
                .map(|segment| segment.bytes.len() as u64)
                .sum()
        })
    }

    fn read(&self) -> u64 {
        let files = self.sample.files.iter();
        files.map(|file| count_lines(&file.bytes)).sum()
    }

    fn judge(&self) -> u64 {
        let files = self.sample.files.iter();
        files
            .map(|file| judge_claims(&file.bytes, &self.rules))
            .sum()
    }

    /// Claims that a whole run read; 0 when it was not complete.
    fn screen(&self, inputs: &[Input], threads: usize, formats: &[Format]) -> u64 {
        let screener = Screener::new(Arc::clone(&self.policies), HASHER)
            .as_of(self.settings.as_of)
            .access(self.settings.access)
            .threads(threads);
        let summary = screen(&screener, &self.policies, inputs, formats, None);
        if summary.complete {
            summary.counts.claims
        } else {
            0
        }
    }

    fn lines(&self) -> u64 {
        let extractor = LineExtractor::new(HASHER)
            .access(self.settings.access)
            .threads(1);
        let summary = extractor.run(&self.plain, &mut io::sink(), &mut |_, _| {}, &NoProgress);
        match summary {
            Ok(summary) if summary.complete => summary.counts.lines,
            _ => 0,
        }
    }

    /// Bytes that were unpacked; 0 when that failed.
    fn unpack(&self) -> u64 {
        let unpacked = self.packed.iter().map(unpacked);
        unpacked.sum::<io::Result<u64>>().unwrap_or(0)
    }
}

fn unpacked(input: &Input) -> io::Result<u64> {
    let mut reader = input.reader()?;
    let mut buffer = vec![0; 1 << 18];
    let mut total = 0;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                total += count as u64;
                black_box(&buffer);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
