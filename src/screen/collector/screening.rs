//! A run that judges: the ledger counts, findings are made, reports are told.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::abridged::AbridgedLines;
use super::super::input::Input;
use super::super::job::{Job, Task};
use super::super::kept::{LEDGER, LEDGER_COMMIT};
use super::super::outcome::finding;
use super::super::outputs::{Fan, FileReports, Outputs, ReportFailure};
use super::super::piece::{Accruing, PendingClaim, PieceResult, WaitingClaim};
use super::super::pipeline::read_all;
use super::super::publisher::Publisher;
use super::super::remembering::Remembering;
use super::super::{Progress, RunReport, Settings};
use super::{Collector, Listener};
use crate::code::ProcedureCode;
use crate::finding::{
    Catalogue, ClaimOutcome, FileSummary, Finding, GroupInfo, InterchangeInfo, LineOutcome, Notice,
    RunSummary, SkippedSetInfo, TransactionSetInfo,
};
use crate::ledger::{AtRiskClaim, AtRiskLine, Counted, Ledger, OrderKey, Received, StoreError};
use crate::report::RunInfo;
use crate::rule::{Hit, RuleSet};
use crate::text::Text;

/// Screens all inputs.
pub fn screen(
    rules: Arc<RuleSet>,
    settings: &Settings,
    inputs: &[Input],
    outputs: Outputs,
    run: &RunInfo,
    progress: &dyn Progress,
) -> RunReport {
    let mut reports = Fan::new(outputs.run);
    reports.begin(run);
    // Reports of single files are opened later; they may want clean claims and notices, too.
    let every_claim = reports.wants_clean_claims() || outputs.per_file.is_some();
    let every_patient = reports.wants_patients_of_clean_claims() || outputs.per_file.is_some();
    let every_set = reports.wants_notices_of_each_set() || outputs.per_file.is_some();
    let is_kept = outputs.ledger.is_some();
    let remembering = Remembering::new(outputs.ledger, outputs.project);
    let file_seq = remembering.first_file();
    let listener = Screening {
        remembering,
        has_lost_the_ledger: false,
        file_names: HashMap::new(),
        run,
        reports,
        per_file: outputs.per_file,
        file_reports: Fan::default(),
        publisher: Publisher::default(),
        failures: Vec::new(),
        ledger: Ledger::new(Arc::clone(rules.policies())).with_room(settings.ledger_room),
        every_claim,
        interrupt: Arc::clone(&settings.interrupt),
        file_seq,
    };
    let job = Arc::new(Job {
        task: Task::Screen {
            rules,
            every_claim,
            every_patient,
            every_set,
            is_kept,
        },
        hasher: settings.hasher.clone(),
    });
    let mut collector = Collector::new(listener, progress);
    read_all(&job, settings, inputs, &mut collector);
    let Collector {
        listener,
        mut summary,
        ..
    } = collector;
    let Screening {
        mut reports,
        mut failures,
        mut remembering,
        ledger,
        publisher,
        ..
    } = listener;
    let interrupted = settings.interrupt.load(Ordering::Relaxed);
    failures.append(&mut reports.failures);
    failures.append(&mut publisher.finish());
    summary.complete &= !interrupted && summary.files == inputs.len() as u64 && failures.is_empty();
    // A run that was interrupted leaves what stood there before.
    let ended = reports.end(&summary);
    failures.append(&mut reports.failures);
    if !interrupted {
        for (name, file) in ended {
            if let Err(error) = file.commit() {
                failures.push(ReportFailure { name, error });
            }
        }
    }
    // Only what stands in reports that are in their places is kept: a run that dies before is as if it
    // had not been.
    if !interrupted
        && failures.is_empty()
        && let Err(error) = remembering.commit()
    {
        failures.push(ReportFailure {
            name: LEDGER_COMMIT.into(),
            error: io::Error::other(error),
        });
    }
    summary.complete &= failures.is_empty();
    RunReport {
        summary,
        failures,
        interrupted,
        near: remembering.near(&ledger),
    }
}

struct Screening<'r> {
    run: &'r RunInfo,
    reports: Fan,
    per_file: Option<FileReports>,
    file_reports: Fan,
    publisher: Publisher,
    failures: Vec<ReportFailure>,
    ledger: Ledger,
    every_claim: bool,
    interrupt: Arc<AtomicBool>,
    /// Names of the files of this run, by number.
    file_names: HashMap<u32, String>,
    /// What earlier runs counted, and where this one is kept.
    remembering: Remembering,
    /// The ledger has failed: nothing more is asked of it, and nothing is kept.
    has_lost_the_ledger: bool,
    /// Place of the open file in the order received.
    file_seq: u32,
}

impl Screening<'_> {
    fn each(&mut self, tell: impl Fn(&mut Fan)) {
        tell(&mut self.reports);
        tell(&mut self.file_reports);
    }

    /// Does something with what the ledger does not hold in memory. After a failure nothing more is done,
    /// and nothing is kept.
    fn remembering(
        &mut self,
        act: impl FnOnce(&mut Remembering, &mut Ledger) -> Result<(), StoreError>,
    ) {
        if self.has_lost_the_ledger {
            return;
        }
        if let Err(error) = act(&mut self.remembering, &mut self.ledger) {
            self.has_lost_the_ledger = true;
            self.failures.push(ReportFailure {
                name: LEDGER.into(),
                error: io::Error::other(error),
            });
        }
    }

    /// Names the files of the lines that findings list.
    fn name_files(&mut self, hits: &mut [Hit]) {
        let mut name = |seq: u32| {
            let of_run = self.file_names.get(&seq).cloned();
            of_run
                .or_else(|| self.remembering.file_name(seq))
                .unwrap_or_default()
        };
        for counted in hits.iter_mut().filter_map(|hit| hit.counted.as_mut()) {
            counted.name_files(&mut name);
        }
    }

    fn count(&mut self, offset: u64, accruing: &Accruing, hits: &mut Vec<Hit>) -> Option<Counted> {
        let received = Received {
            order: OrderKey {
                file_seq: self.file_seq,
                offset,
            },
            patient: accruing.patient,
            identity: &accruing.identity,
            accruals: &accruing.accruals,
        };
        self.remembering(|remembering, ledger| {
            remembering.make_room(ledger)?;
            remembering.recall(accruing.patient, ledger)
        });
        // Pieces come in file order, so the ledger can only refuse when the pipeline is broken.
        let counted = self.ledger.apply(received, hits);
        self.name_files(hits);
        match counted {
            Ok(counted @ (Counted::Repeated(_) | Counted::RepeatedGone(_) | Counted::Ignored)) => {
                Some(counted)
            }
            Ok(counted) => {
                self.remembering(|remembering, ledger| {
                    remembering.remember(accruing.patient, ledger)
                });
                // Of a run that remembers nothing it goes without saying that earlier claims are unknown.
                let is_known =
                    !matches!(counted, Counted::ReplacedUnknown | Counted::VoidedUnknown);
                (is_known || self.remembering.knows_earlier_runs()).then_some(counted)
            }
            Err(error) => {
                self.failures.push(ReportFailure {
                    name: "therapy totals".into(),
                    error: io::Error::other(error),
                });
                None
            }
        }
    }
}

impl Screening<'_> {
    /// Tells reports of a claim with its hits. Lines are at hand, or made now.
    fn tell(
        &mut self,
        summary: &mut FileSummary,
        outcome: &mut ClaimOutcome,
        (lines, waiting): (Vec<(u32, LineOutcome)>, &AbridgedLines),
        hits: Vec<Hit>,
        counted: Option<Counted>,
    ) {
        if !hits.is_empty() {
            add_hits(outcome, (lines, waiting), hits);
        }
        let is_repeated = matches!(
            counted,
            Some(Counted::Repeated(_) | Counted::RepeatedGone(_))
        );
        if !outcome.findings.is_empty() && !is_repeated {
            let catalogue = &self.run.catalogue;
            let order = OrderKey {
                file_seq: self.file_seq,
                offset: outcome.place.offset,
            };
            self.remembering(|remembering, _| {
                remembering.remember_at_risk(|| at_risk(order, outcome, catalogue))
            });
        }
        summary.count_findings(outcome);
        self.each(|fan| fan.claim(&summary.name, outcome));
    }
}

/// Makes findings of hits, with the lines that they are about.
fn add_hits(
    outcome: &mut ClaimOutcome,
    (lines, waiting): (Vec<(u32, LineOutcome)>, &AbridgedLines),
    hits: Vec<Hit>,
) {
    outcome.findings.reserve_exact(hits.len());
    outcome
        .lines
        .reserve_exact(hits.chunk_by(|one, next| one.line == next.line).count());
    // Hits and lines are both in the order of the lines.
    let mut hits = hits.into_iter().peekable();
    let mut lines = lines.into_iter().peekable();
    let delimiters = outcome.delimiters;
    while let Some(hit) = hits.next_if(|hit| hit.line.is_none()) {
        outcome.findings.push(finding(hit, None, delimiters));
    }
    while let Some(index) = hits.peek().and_then(|hit| hit.line) {
        let made = lines.next_if(|(at, _)| *at == index);
        let line = made
            .map(|(_, line)| line)
            .or_else(|| waiting.outcome(index));
        let place = outcome.lines.len() as u32;
        while let Some(hit) = hits.next_if(|hit| hit.line == Some(index)) {
            let about = line.as_ref().map(|line| (place, line));
            outcome.findings.push(finding(hit, about, delimiters));
        }
        outcome.lines.extend(line);
    }
}

/// What the ledger remembers of the findings of a claim.
fn at_risk(order: OrderKey, outcome: &ClaimOutcome, catalogue: &Catalogue) -> AtRiskClaim {
    let line = |finding: &Finding| {
        let line = finding
            .line
            .and_then(|index| outcome.lines.get(index as usize));
        AtRiskLine {
            number: line.map_or(String::new(), |line| line.number.to_string()),
            code: line.and_then(|line| ProcedureCode::new(line.code.as_bytes())),
            date: line.and_then(|line| line.dates).map(|dates| dates.from),
            rule: catalogue.rule(finding.rule).code.clone(),
            policy: catalogue.policy(finding.policy).id.clone(),
            severity: finding.severity,
        }
    };
    AtRiskClaim {
        order,
        id: outcome.id.clone(),
        provider: outcome.billing_provider.npi(),
        lines: outcome.findings.iter().map(line).collect(),
    }
}

impl Listener for Screening<'_> {
    fn piece(&mut self, result: &PieceResult) {
        self.remembering(|remembering, ledger| remembering.recall_all(result.patients(), ledger));
    }

    fn file_begin(&mut self, name: &str) {
        let seq = self.file_seq;
        self.file_names.insert(seq, name.to_owned());
        self.remembering(|remembering, _| remembering.begin_file(seq, name));
        match self.per_file.as_mut().map(|open| open(name)) {
            Some(Ok(open)) => {
                self.file_reports = Fan::new(open);
                self.file_reports.begin(self.run);
            }
            Some(Err(error)) => self.failures.push(ReportFailure {
                name: format!("reports of {name}"),
                error,
            }),
            None => {}
        }
        self.each(|fan| fan.file_begin(name));
    }

    fn interchange_begin(&mut self, info: &InterchangeInfo) {
        self.each(|fan| fan.interchange_begin(info));
    }

    fn interchange_end(&mut self, complete: bool) {
        self.each(|fan| fan.interchange_end(complete));
    }

    fn group_begin(&mut self, info: &GroupInfo) {
        self.each(|fan| fan.group_begin(info));
    }

    fn group_end(&mut self, count: Option<&Text>) {
        self.each(|fan| fan.group_end(count));
    }

    fn transaction_set_skipped(&mut self, info: &SkippedSetInfo) {
        self.each(|fan| fan.transaction_set_skipped(info));
    }

    fn transaction_set_begin(&mut self, info: &TransactionSetInfo) {
        self.each(|fan| fan.transaction_set_begin(info));
    }

    fn transaction_set_end(&mut self) {
        self.each(Fan::transaction_set_end);
    }

    fn notice(&mut self, file: &str, notice: &Notice) {
        self.each(|fan| fan.notice(file, notice));
    }

    fn further_notice(&mut self, notice: &Notice) {
        self.each(|fan| fan.further_notice(notice));
    }

    fn claim(&mut self, summary: &mut FileSummary, claim: &mut PendingClaim) -> Option<Counted> {
        let PendingClaim {
            outcome,
            lines,
            waiting,
            hits,
            accruing,
        } = claim;
        let (lines, mut hits) = (std::mem::take(lines), std::mem::take(hits));
        let counted = accruing
            .as_ref()
            .and_then(|accruing| self.count(outcome.place.offset, accruing, &mut hits));
        if !hits.is_empty() || self.every_claim {
            self.tell(summary, outcome, (lines, waiting), hits, counted);
        }
        counted
    }

    fn waiting(&mut self, summary: &mut FileSummary, waiting: &WaitingClaim) -> Option<Counted> {
        let WaitingClaim { claim, accruing } = waiting;
        let mut hits = Vec::new();
        let counted = self.count(claim.facts.place.offset, accruing, &mut hits);
        if !hits.is_empty() {
            let lines = (Vec::new(), &claim.lines);
            self.tell(summary, &mut claim.outcome(), lines, hits, counted);
        }
        counted
    }

    fn accruals(&mut self, offset: u64, accruing: &Accruing) -> Option<Counted> {
        // Every line is excused, so nothing can be found.
        self.count(offset, accruing, &mut Vec::new())
    }

    fn file_end(&mut self, summary: &FileSummary) {
        self.each(|fan| fan.file_end(summary));
        if self.per_file.is_some() {
            let mut alone = RunSummary {
                complete: true,
                ..RunSummary::default()
            };
            alone.add(summary);
            let ended = self.file_reports.end(&alone);
            self.failures.append(&mut self.file_reports.failures);
            if !self.interrupt.load(Ordering::Relaxed) {
                for (name, file) in ended {
                    self.publisher.publish(name, file);
                }
            }
        }
        self.file_seq += 1;
    }
}
