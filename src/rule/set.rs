//! Judges whole claims.

use std::cell::OnceCell;
use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

use crate::claim::{Claim, ServiceLine};
use crate::code::DiagnosisCode;
use crate::date::{Date, DateRange};
use crate::finding::{Catalogue, ClaimKind, RuleKind};
use crate::policy::{ListId, MetPayers, ModifierMask, PayerClassId, Policy, PolicySet, Venue};

use super::context::{LineContext, named_code};
use super::docket::Docket;
use super::fee_estimate;
use super::gate::{Gate, Traits, carried_by};
use super::hit::{Accrual, Hit};
use super::overflow::{self, NotedModifiers};
use super::verdicts::{Found, judge_claim, judge_line};

/// Indexes of policies, in pack order.
pub(super) type Candidates = SmallVec<[u32; 16]>;

/// All rules of a run, ready to judge. Shared between threads.
#[derive(Debug)]
pub struct RuleSet {
    policies: Arc<PolicySet>,
    /// By kind of claim and payer class; each is made when the first such claim comes.
    dockets: Box<[OnceLock<Docket>]>,
    /// Modifiers that may say that others stand in a note.
    overflow: ModifierMask,
    /// One for each policy.
    gates: Vec<Gate>,
    class_count: usize,
    /// Judges as if this were the date of every service.
    as_of: Option<Date>,
}

const KINDS: [ClaimKind; 3] = [
    ClaimKind::Professional,
    ClaimKind::Institutional,
    ClaimKind::Dental,
];

impl RuleSet {
    /// Prepares the policies for judging.
    pub fn new(policies: Arc<PolicySet>) -> Self {
        let overflows = |policy: &&Policy| policy.kind == RuleKind::Overflow;
        Self {
            class_count: policies.payers().class_count(),
            gates: policies.policies().iter().map(Gate::of).collect(),
            dockets: (0..KINDS.len() * policies.payers().class_count())
                .map(|_| OnceLock::new())
                .collect(),
            overflow: policies
                .policies()
                .iter()
                .filter(overflows)
                .flat_map(|policy| policy.modifiers.iter().copied())
                .collect(),
            policies,
            as_of: None,
        }
    }

    /// The same rules, judging as if `date` were the date of every service.
    #[must_use]
    pub const fn as_of(mut self, date: Option<Date>) -> Self {
        self.as_of = date;
        self
    }

    /// The dates of service by which a line is judged.
    pub(super) fn dates(&self, claim: &Claim<'_>, line: &ServiceLine<'_>) -> Option<DateRange> {
        match self.as_of {
            Some(date) => Some(DateRange::day(date)),
            None => claim.line_dates(line),
        }
    }

    /// The day whose rules a line is judged by: the first of its service; of an inpatient bill (011X), the last of its
    /// statement, since Medicare goes by the discharge there.
    pub(super) fn in_force_on(&self, claim: &Claim<'_>, dates: Option<DateRange>) -> Option<Date> {
        let statement = claim.dates.statement.filter(|_| {
            claim.kind == ClaimKind::Institutional
                && claim.facility == b"11"
                && self.as_of.is_none()
        });
        match statement {
            Some(statement) => Some(statement.to),
            None => dates.map(|dates| dates.from),
        }
    }

    /// Rules and policies as reports print them.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        self.policies.catalogue()
    }

    /// The policies behind the rules.
    pub const fn policies(&self) -> &Arc<PolicySet> {
        &self.policies
    }

    /// Judges every line of a claim. Adds hits by line and in pack order, and what counts
    /// towards yearly amounts, for [`Ledger::apply`](crate::ledger::Ledger::apply). A void claim
    /// (frequency 8) asks for nothing: nothing is found on it, and what it adds is what it takes back. Returns the class of the payer.
    pub fn judge(
        &self,
        claim: &Claim<'_>,
        hits: &mut Vec<Hit>,
        accruals: &mut Vec<Accrual>,
    ) -> PayerClassId {
        self.judge_next(claim, &mut MetPayers::default(), hits, accruals)
    }

    /// The same for one claim after the other; `met` remembers payers.
    pub fn judge_next<'a>(
        &self,
        claim: &Claim<'a>,
        met: &mut MetPayers<'a>,
        hits: &mut Vec<Hit>,
        accruals: &mut Vec<Accrual>,
    ) -> PayerClassId {
        let payer = self.policies.payers().classify_next(claim, met);
        let before = hits.len();
        self.judge_lines(claim, payer, hits, accruals);
        if claim.frequency == b"8" {
            hits.truncate(before);
        }
        payer
    }

    fn judge_lines(
        &self,
        claim: &Claim<'_>,
        payer: PayerClassId,
        hits: &mut Vec<Hit>,
        accruals: &mut Vec<Accrual>,
    ) {
        let Some(docket) = self.docket(claim, payer) else {
            return;
        };
        let scope = self.scope(claim, docket);
        let mut candidates = Candidates::new();
        let mut found = Found {
            hits,
            accruals,
            members: Vec::new(),
        };
        for (index, line) in (0u32..).zip(&claim.lines) {
            let (list, carried) = (self.list_of(line), carried_by(line));
            // Most lines.
            if list.is_none() && !scope.may_speak(carried) {
                continue;
            }
            let dates = self.dates(claim, line);
            let date = self.in_force_on(claim, dates);
            let traits = Traits::new(carried, date);
            let named = self.gather(&scope, list, traits, &mut candidates);
            if candidates.is_empty() {
                continue;
            }
            let mut context = LineContext {
                set: &self.policies,
                claim,
                line,
                index,
                dates,
                date,
                payer,
                venue: &scope.venue,
                noted_for_all: &scope.noted_for_all,
                candidates: &candidates,
                related: scope.related(named),
                noted: NotedModifiers::default(),
            };
            self.note_overflow(&mut context, traits);
            judge_line(&context, &mut found);
        }
        let Found {
            hits,
            accruals,
            members,
        } = found;
        if !members.is_empty() {
            judge_claim(&self.policies, claim, members, hits);
        }
        // Medicare's fee schedule tells nothing of what others allow.
        if !accruals.is_empty() && self.policies.payers().is_medicare(payer) {
            fee_estimate::narrow(self.policies.fees(), claim, accruals);
        }
    }

    /// The policies that may speak to claims like this one.
    #[inline]
    pub(super) fn docket(&self, claim: &Claim<'_>, payer: PayerClassId) -> Option<&Docket> {
        let kind = KINDS.iter().position(|kind| *kind == claim.kind);
        let docket = self
            .dockets
            .get(kind.unwrap_or(0) * self.class_count + usize::from(payer.0))?
            .get_or_init(|| Docket::new(&self.policies, &self.gates, claim.kind, payer));
        Some(docket)
    }

    /// What the lines of a claim have in common.
    #[inline]
    pub(super) fn scope<'s>(&'s self, claim: &Claim<'_>, docket: &'s Docket) -> Scope<'s> {
        let mut conflicts = Candidates::new();
        if let Some(possible) = docket.conflicts(claim.patient_sex())
            && possible.may_concern(claim)
        {
            let diagnoses = possible.diagnoses(claim);
            let policies = possible.policies.iter().copied();
            conflicts.extend(policies.filter(|index| self.concerns(*index, claim, &diagnoses)));
        }
        Scope {
            docket,
            conflicts,
            venue: Venue::new(self.policies.venues()),
            noted_for_all: OnceCell::new(),
        }
    }

    /// The policies that name the code of a line; `None` for most lines.
    #[inline]
    pub(super) fn list_of(&self, line: &ServiceLine<'_>) -> Option<ListId> {
        named_code(line).and_then(|code| self.policies.table().find(code))
    }

    /// Puts the policies that may speak about a line into `candidates`, in pack order. `list` are those that name its
    /// code, which are returned.
    #[inline]
    pub(super) fn gather(
        &self,
        scope: &Scope<'_>,
        list: Option<ListId>,
        traits: Traits,
        candidates: &mut Candidates,
    ) -> &[u32] {
        candidates.clear();
        if let Some(list) = list {
            scope
                .docket
                .of_list(list, traits, |policy| candidates.push(policy));
        }
        let count = candidates.len();
        scope
            .docket
            .of_no_list(traits, |policy| candidates.push(policy));
        for policy in &scope.conflicts {
            if self.gates[*policy as usize].lets(traits) {
                candidates.push(*policy);
            }
        }
        if candidates.len() > count {
            candidates.sort_unstable();
            candidates.dedup();
        }
        list.map_or(&[], |list| self.policies.table().list(list))
    }

    /// Tells the context which modifiers notes name because they do not fit.
    #[inline]
    pub(super) fn note_overflow(&self, context: &mut LineContext<'_, '_>, traits: Traits) {
        if traits.may_carry(self.overflow) && is_overflowed(context) {
            let claim = context.claim;
            let for_all = context
                .noted_for_all
                .get_or_init(|| overflow::noted_for_all(claim));
            context.noted = overflow::noted_for(context.line);
            context.noted.extend(for_all);
        }
    }

    /// False when nothing on the claim can make a sex conflict speak that is not found by code: looked at
    /// once for all its lines.
    fn concerns(&self, index: u32, claim: &Claim<'_>, diagnoses: &[DiagnosisCode]) -> bool {
        let policy = &self.policies.policies()[index as usize];
        let mut diagnoses = diagnoses.iter();
        let is_diagnosed = diagnoses.any(|code| policy.diagnoses.matches(*code));
        let is_in_force = || {
            let mut lines = claim.lines.iter();
            lines.any(|line| policy.in_force(self.in_force_on(claim, self.dates(claim, line))))
        };
        is_diagnosed && is_in_force()
    }
}

/// What the lines of a claim have in common.
pub(super) struct Scope<'s> {
    pub docket: &'s Docket,
    /// Sex conflicts that are not found by code, and that the claim concerns.
    pub conflicts: Candidates,
    pub venue: Venue<'s>,
    /// Modifiers that notes of the claim name.
    pub noted_for_all: OnceCell<NotedModifiers>,
}

impl<'s> Scope<'s> {
    /// False when no policy speaks about a line that carries no more than this, and whose code none names.
    #[inline]
    fn may_speak(&self, carried: ModifierMask) -> bool {
        self.docket.wants(carried) || !self.conflicts.is_empty()
    }

    /// Policies that may know a line whose code is named by these.
    pub fn related<'r>(&'r self, named: &'r [u32]) -> [&'r [u32]; 4]
    where
        's: 'r,
    {
        let Docket {
            always, modified, ..
        } = self.docket;
        [named, always, modified, &self.conflicts]
    }
}

fn is_overflowed(context: &LineContext<'_, '_>) -> bool {
    context
        .candidates
        .iter()
        .map(|index| &context.set.policies()[*index as usize])
        .any(|policy| {
            policy.kind == RuleKind::Overflow
                && context.carries_any(&policy.modifiers)
                && context.applies(policy)
        })
}

#[cfg(test)]
mod tests {
    use crate::claim::{Claim, ServiceLine};
    use crate::code::Modifier;
    use crate::date::DateRange;
    use crate::finding::{Certainty, ClaimKind, Severity};
    use crate::money::Cents;
    use crate::rule::example::{check_policies, check_with, judge_example, test_set};
    use crate::rule::{Hit, RuleSet, Spot};

    const NO_KX: &str = "rule = \"must-not\"\nfinding = \"KX806\"\nmodifiers = [\"KX\"]\n";
    const FOUND: &[&str] = &["KX806 E0601 carries KX, which must not stand on it"];

    fn speaks(when: &str, claim: &str, line: &str) {
        check_with(&format!("{NO_KX}{when}"), claim, &[line], FOUND);
    }

    fn is_silent(when: &str, claim: &str, line: &str) {
        check_with(&format!("{NO_KX}{when}"), claim, &[line], &[]);
    }

    #[test]
    fn conditions_on_the_claim() {
        let when = "when = { claims = [\"I\"], bill-types = [\"13X\", \"85X\"] }";
        speaks(when, "claim = \"I\"\nbill-type = \"851\"", "E0601:KX");
        is_silent(when, "claim = \"I\"\nbill-type = \"111\"", "E0601:KX");
        is_silent(when, "", "E0601:KX");
        is_silent("", "claim = \"I\"\nbill-type = \"138\"", "E0601:KX");
        let when = "when = { places = [\"12\"] }";
        speaks(when, "place = \"12\"", "E0601:KX");
        is_silent(when, "place = \"11\"", "E0601:KX");
        speaks(when, "claim = \"I\"\nbill-type = \"121\"", "E0601:KX");
        let when = "when = { bill-types = [\"13X\"], revenue-codes = [\"042X\"] }";
        speaks(when, "", "E0601:KX");
        is_silent(when, "claim = \"I\"\nbill-type = \"131\"", "E0601:KX");
    }

    #[test]
    fn conditions_on_the_payer() {
        is_silent("", "filing-indicator = \"CI\"", "E0601:KX");
        is_silent("", "filing-indicator = \"??\"", "E0601:KX");
        let when = "when = { payers = [\"commercial\"] }";
        speaks(when, "filing-indicator = \"CI\"", "E0601:KX");
        is_silent(when, "", "E0601:KX");
        let when = "when = { payers = [\"*\"] }";
        speaks(when, "filing-indicator = \"??\"", "E0601:KX");
    }

    #[test]
    fn conditions_on_the_line() {
        let when = "when = { revenue-codes = [\"042X\"] }";
        speaks(when, "claim = \"I\"", "E0601:KX REV 0424");
        is_silent(when, "claim = \"I\"", "E0601:KX REV 0434");
        let when = "when = { diagnoses = [\"G47\"], not-diagnoses = [\"G4733\"] }";
        speaks(when, "diagnoses = [\"G47.31\"]", "E0601:KX");
        is_silent(when, "diagnoses = [\"G47.33\"]", "E0601:KX");
        is_silent(when, "diagnoses = [\"R69\", \"G47.31\"]", "E0601:KX");
        let when = "when = { modifiers = [\"RR\", \"NU\"], not-modifiers = [\"GA\"] }";
        speaks(when, "", "E0601:NU:KX");
        is_silent(when, "", "E0601:KX");
        is_silent(when, "", "E0601:NU:KX:GA");
    }

    #[test]
    fn dates_of_service_decide_and_both_ends_count() {
        let dates = "from = \"2026-11-03\"\nto = \"2026-11-03\"";
        speaks(dates, "", "E0601:KX");
        is_silent("from = \"2026-11-04\"", "", "E0601:KX");
        is_silent("to = \"2026-11-02\"", "", "E0601:KX");
    }

    #[test]
    fn inpatient_bills_are_judged_by_the_discharge() {
        let to = format!("{NO_KX}to = \"2024-09-30\"");
        let rules = RuleSet::new(test_set(&[&to]));
        let found = |facility: &'static [u8], to: &str| {
            let mut claim = Claim::new();
            claim.kind = ClaimKind::Institutional;
            claim.facility = facility;
            claim.payer.filing_indicator = b"MA";
            claim.dates.statement = DateRange::parse(b"RD8", format!("20240928-{to}").as_bytes());
            let mut line = ServiceLine::new(ClaimKind::Institutional);
            line.modifiers.push((Modifier::KX, 0));
            claim.lines.push(line);
            let (mut hits, mut accruals) = (Vec::new(), Vec::new());
            rules.judge(&claim, &mut hits, &mut accruals);
            hits.len()
        };
        assert_eq!(found(b"11", "20240930"), 1);
        assert_eq!(found(b"11", "20241003"), 0);
        assert_eq!(found(b"13", "20241003"), 1);
    }

    #[test]
    fn codes_taken_out_of_every_code_are_out() {
        is_silent("except-codes = [\"E0601\"]", "", "E0601:KX");
        speaks("except-codes = [\"E0602\"]", "", "E0601:KX");
    }

    #[test]
    fn one_finding_for_each_rule_and_line() {
        check_policies(&[NO_KX, NO_KX], &["E0601:KX"], FOUND);
    }

    #[test]
    fn a_hit_knows_line_spot_money_and_caps() {
        let unsure = NO_KX.to_owned();
        let rules = RuleSet::new(test_set(&[&unsure]));
        let row = "lines = [\"E0602\", \"E0601:NU:KX $75.10\"]\ndate = \"2026-11-03\"\nfinds = []";
        let hits = judge_example(&rules, &toml::from_str(row).unwrap()).unwrap();
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].line, Some(1));
        assert_eq!(hits[0].spot, Spot::Modifier(1));
        assert_eq!(hits[0].at_risk, Cents(7_510));
        assert_eq!(hits[0].severity, Severity::Error);
        assert_eq!(hits[0].certainty, Certainty::Certain);
    }

    const BRACE: &str = "rule = \"one-of\"\nfinding = \"KX801\"\ncodes = [\"L1900\", \"L2275\"]\nbase = [\"L1900\"]\n\
                         modifiers = [\"KX\"]\nalternatives = [\"GA\"]\n";

    fn hits_of(policies: &[&str], lines: &[&str]) -> Vec<Hit> {
        let row = format!("lines = {lines:?}\ndate = \"2026-11-03\"\nfinds = []");
        judge_example(
            &RuleSet::new(test_set(policies)),
            &toml::from_str(&row).unwrap(),
        )
        .unwrap()
    }

    /// The policies, by index, that tell of lines with parts which two of them name.
    fn named_by(lines: &[&str]) -> Vec<u32> {
        let knee = BRACE.replace("L1900", "L1833");
        let hits = hits_of(&[BRACE, &knee], lines);
        hits.iter().map(|hit| hit.policy.0).collect()
    }

    #[test]
    fn a_part_belongs_to_the_policy_whose_item_is_billed() {
        assert_eq!(named_by(&["L1833:KX", "L2275"]), [1]);
        assert_eq!(named_by(&["L2275", "L1900:KX"]), [0]);
        assert_eq!(named_by(&["L2275"]), [0]);
        assert_eq!(named_by(&["L1833:KX", "L2275", "L1900:KX"]), [0]);
    }

    #[test]
    fn what_may_be_said_otherwise_is_only_possible() {
        let doubtful = format!("{BRACE}doubtful = [\"GY\"]\n");
        let note = "rule = \"overflow\"\nfinding = \"KX812\"\nmodifiers = [\"99\"]\n";
        let found = |line: &str| {
            let hits = hits_of(&[&doubtful, note], &[line]);
            hits.iter()
                .map(|hit| (hit.certainty, hit.severity))
                .collect::<Vec<_>>()
        };
        let certain = [(Certainty::Certain, Severity::Error)];
        let possible = [(Certainty::Possible, Severity::Warning)];
        assert_eq!(found("L1900"), certain);
        assert_eq!(found("L1900:GY"), possible);
        assert_eq!(found("L1900:99 NTE GA ABN SIGNED"), possible);
        assert_eq!(found("L1900:99 NTE KX NOT MET"), possible);
        assert_eq!(found("L1900:99 NTE KX N/A"), possible);
        assert_eq!(found("L1900:99 NTE MODIFIERS GA"), []);
        assert_eq!(found("L1900 NTE GA ABN SIGNED"), certain);
    }
}
