//! What packs share (rules, sets, amounts, payers), and how a row becomes a policy with it.

use std::collections::{BTreeMap, HashMap, HashSet};

use toml::Spanned;

use crate::claim::Sex;
use crate::code::Modifier;
use crate::finding::{ClaimKind, PolicyId, PolicyInfo, RuleId, RuleInfo, RuleKind, Severity};
use crate::money::Cents;

use super::codes;
use super::compiled::{CodeScope, Conditions, Policy, claim_bit};
use super::contractor::{VenueTable, state};
use super::error::PackError;
use super::fees::{Fault, FeeTable};
use super::load::Pack;
use super::pack::{AdoptRow, PolicyRow, WhenRow};
use super::pattern::{DiagnosisPrefix, DigitPattern};
use super::payer::{DEFAULT_PAYER, PayerMask, PayerTable};
use super::sessions::Sessions;
use super::threshold::{BucketId, ThresholdTable};

/// Sets may name sets, so deep.
const DEEPEST_SET: usize = 8;

/// What packs share.
pub(super) struct Shared<'p> {
    /// Ordered by code.
    pub rules: Vec<RuleInfo>,
    pub thresholds: Vec<ThresholdTable>,
    pub payers: PayerTable,
    pub venues: VenueTable,
    pub fees: FeeTable,
    sets: HashMap<&'p str, (&'p Pack, &'p Spanned<Vec<String>>)>,
}

impl<'p> Shared<'p> {
    /// Collects from all packs in their order.
    pub fn collect(packs: &'p [Pack]) -> Result<Self, PackError> {
        check_ids(packs)?;
        let mut shared = Self {
            rules: collect_rules(packs)?,
            thresholds: collect_thresholds(packs),
            payers: PayerTable::default(),
            venues: VenueTable::default(),
            fees: collect_fees(packs)?,
            sets: HashMap::new(),
        };
        for pack in packs {
            for (name, values) in &pack.file.sets {
                shared.sets.insert(name, (pack, values));
            }
        }
        for name in packs.iter().flat_map(|pack| pack.file.sets.keys()) {
            shared.check_set(&mut vec![name])?;
        }
        shared.payers.intern(DEFAULT_PAYER);
        for pack in packs.iter().rev() {
            for row in &pack.file.payers {
                let class = shared.payers.intern(row.class.get_ref()).ok_or_else(|| {
                    pack.error(row.class.span(), "there are too many classes of payers")
                })?;
                shared.payers.push(class, row);
                shared.venues.push(row);
            }
        }
        for pack in packs {
            for row in &pack.file.jurisdictions {
                let codes = shared.list(pack, row.codes.get_ref())?;
                shared.venues.push_codes(row.contractor, &codes);
            }
        }
        Ok(shared)
    }

    /// Checks a row against what packs share and compiles it.
    pub fn compile(
        &self,
        pack: &Pack,
        spanned: &Spanned<PolicyRow>,
        id: PolicyId,
    ) -> Result<Policy, PackError> {
        let row = spanned.get_ref();
        let rule_both = row
            .finding_both
            .as_ref()
            .map(|code| {
                self.rule(
                    pack,
                    code,
                    &[
                        RuleKind::OneOf,
                        RuleKind::Exclusive,
                        RuleKind::Conflict,
                        RuleKind::Sessions,
                    ],
                )
            })
            .transpose()?;
        let threshold = row
            .threshold
            .as_ref()
            .map(|name| self.bucket(pack, name))
            .transpose()?;
        Ok(Policy {
            id,
            kind: row.rule,
            rule: self.rule(pack, &row.finding, &[row.rule])?,
            rule_both,
            codes: self.codes(pack, row)?,
            base: CodeScope::Listed(self.list(pack, &row.base)?.into()),
            modifiers: modifiers(&row.modifiers),
            doubtful: modifiers(&row.doubtful),
            alternatives: modifiers(&row.alternatives),
            together: modifiers(&row.together),
            same_day: row.same_day,
            with: modifiers(&row.with),
            threshold,
            sessions: row.sessions.map(Sessions::from),
            until: row
                .until
                .as_ref()
                .and_then(|text| month_and_day(text.get_ref())),
            sex: match row.sex.as_deref() {
                Some("F") => Sex::Female,
                Some("M") => Sex::Male,
                _ => Sex::Unknown,
            },
            diagnoses: row
                .diagnoses
                .iter()
                .filter_map(|prefix| DiagnosisPrefix::new(prefix.get_ref()))
                .collect(),
            condition_code: row.condition_code.clone(),
            claims: claims(&row.when),
            payers: self.payer_mask(pack, &row.when, spanned.span().start)?,
            from: row.from,
            to: row.to,
            conditions: conditions(&row.when),
            severity: row.severity.min(row.confidence.cap()),
            certainty: row.certainty,
        })
    }

    /// The row as reports print it.
    pub fn describe(pack: &Pack, row: &PolicyRow) -> PolicyInfo {
        let except = row.except_codes.iter().map(|c| format!("-{}", c.get_ref()));
        PolicyInfo {
            id: row.id.get_ref().clone(),
            pack: pack.file.pack.id.clone(),
            title: row.title.clone(),
            rule: row.finding.get_ref().clone(),
            codes: row
                .codes
                .iter()
                .map(|c| c.get_ref().clone())
                .chain(except)
                .collect(),
            severity: row.severity,
            certainty: row.certainty,
            effective_from: row.from,
            effective_to: row.to,
            meaning: row.meaning.clone(),
            advice: row.advice.clone(),
            documentation: row.documentation.clone(),
            denial: row.denial.clone(),
            status: row.status.clone(),
            plain: row.plain.clone(),
            lcd: row.lcd.clone(),
            article: row.article.clone(),
            ncd: row.ncd.clone(),
            sources: row.source.clone(),
            confidence: row.confidence,
        }
    }

    /// A policy as another payer took it over.
    pub fn adopt(
        &self,
        pack: &Pack,
        row: &AdoptRow,
        original: (&Policy, &PolicyInfo),
        id: PolicyId,
    ) -> Result<(Policy, PolicyInfo), PackError> {
        let (policy, info) = original;
        let payer = row.payer.get_ref();
        let class = self.payers.class(payer).ok_or_else(|| {
            let message = format!("no [[payer]] row has the class {payer}");
            pack.error(row.payer.span(), message)
        })?;
        let confidence = row.confidence.min(info.confidence);
        let ours = row.severity.unwrap_or(Severity::Error);
        let mut adopted = Policy {
            id,
            payers: class.mask(),
            from: row.from.or(policy.from),
            to: row.to.or(policy.to),
            severity: policy.severity.min(confidence.cap()).min(ours),
            certainty: row
                .certainty
                .unwrap_or(policy.certainty)
                .min(policy.certainty),
            ..policy.clone()
        };
        if let Some(conditions) = &mut adopted.conditions {
            conditions.contractors.clear();
            conditions.states.clear();
        }
        let info = PolicyInfo {
            id: format!("{}@{payer}", info.id),
            pack: pack.file.pack.id.clone(),
            title: format!("{}, as {payer} took it over", info.title),
            severity: info.severity.min(ours),
            certainty: adopted.certainty,
            advice: row.advice.clone().unwrap_or_else(|| info.advice.clone()),
            plain: row.plain.clone().unwrap_or_else(|| info.plain.clone()),
            effective_from: adopted.from,
            effective_to: adopted.to,
            // What Medicare answers is not what another payer answers.
            denial: None,
            sources: row.source.iter().chain(&info.sources).cloned().collect(),
            confidence,
            ..info.clone()
        };
        Ok((adopted, info))
    }

    fn rule(
        &self,
        pack: &Pack,
        code: &Spanned<String>,
        kinds: &[RuleKind],
    ) -> Result<RuleId, PackError> {
        let wanted = code.get_ref();
        let index = self
            .rules
            .binary_search_by(|rule| rule.code.as_str().cmp(wanted))
            .map_err(|_| pack.error(code.span(), format!("unknown finding code {wanted}")))?;
        let kind = self.rules[index].kind;
        if !kinds.contains(&kind) {
            let message = format!(
                "{wanted} is a rule of kind {}, not {}",
                kind.as_str(),
                kinds[0].as_str()
            );
            return Err(pack.error(code.span(), message));
        }
        Ok(RuleId(index as u16))
    }

    fn bucket(&self, pack: &Pack, name: &Spanned<String>) -> Result<BucketId, PackError> {
        self.thresholds
            .iter()
            .position(|table| *table.name == **name.get_ref())
            .map(|index| BucketId(index as u16))
            .ok_or_else(|| {
                let message = format!("unknown table of amounts {}", name.get_ref());
                pack.error(name.span(), message)
            })
    }

    fn codes(&self, pack: &Pack, row: &PolicyRow) -> Result<CodeScope, PackError> {
        let except = self.list(pack, &row.except_codes)?;
        if row.codes.is_empty() {
            // A sex conflict without codes speaks through its diagnoses alone.
            return Ok(if row.rule == RuleKind::SexConflict {
                CodeScope::Listed(Box::default())
            } else if except.is_empty() {
                CodeScope::Every
            } else {
                CodeScope::AllBut(except.into())
            });
        }
        let mut codes = self.list(pack, &row.codes)?;
        codes.retain(|code| except.binary_search(code).is_err());
        if codes.is_empty() {
            return Err(pack.error(row.id.span(), "except-codes takes out every code"));
        }
        Ok(CodeScope::Listed(codes.into()))
    }

    /// The codes that entries stand for, packed and sorted.
    fn list(&self, pack: &Pack, entries: &[Spanned<String>]) -> Result<Vec<u64>, PackError> {
        let mut list = Vec::new();
        for entry in entries {
            let before = list.len();
            self.expand(entry.get_ref(), &mut list, 0)
                .map_err(|message| pack.error(entry.span(), message))?;
            if list.len() == before {
                let message = format!("{} stands for no code: the set is empty", entry.get_ref());
                return Err(pack.error(entry.span(), message));
            }
        }
        list.sort_unstable();
        list.dedup();
        Ok(list)
    }

    /// Checks the sets that the last set of a path names; the path leads there from one that names the
    /// next.
    fn check_set(&self, path: &mut Vec<&'p str>) -> Result<(), PackError> {
        let Some((pack, values)) = path.last().and_then(|name| self.sets.get(name)) else {
            return Ok(());
        };
        for value in values.get_ref() {
            let Some(name) = value.strip_prefix('@') else {
                continue;
            };
            let fault = if !self.sets.contains_key(name) {
                format!("unknown code set {value}")
            } else if let Some(from) = path.iter().position(|above| *above == name) {
                format!(
                    "the set {value} contains itself: {}, {name}",
                    path[from..].join(", ")
                )
            } else if path.len() == DEEPEST_SET {
                format!(
                    "sets name sets more than {DEEPEST_SET} deep: {}, {name}",
                    path.join(", ")
                )
            } else {
                path.push(name);
                self.check_set(path)?;
                path.pop();
                continue;
            };
            return Err(pack.error(pack.span_of(value, values.span().start), fault));
        }
        Ok(())
    }

    fn expand(&self, entry: &str, list: &mut Vec<u64>, depth: usize) -> Result<(), String> {
        let Some(name) = entry.strip_prefix('@') else {
            return codes::expand(entry, list);
        };
        let (_, values) = self
            .sets
            .get(name)
            .filter(|_| depth < DEEPEST_SET)
            .ok_or_else(|| format!("unknown code set {entry}"))?;
        values
            .get_ref()
            .iter()
            .try_for_each(|value| self.expand(value, list, depth + 1))
    }

    fn payer_mask(&self, pack: &Pack, when: &WhenRow, from: usize) -> Result<PayerMask, PackError> {
        let default = [DEFAULT_PAYER.to_owned()];
        let names = if when.payers.is_empty() {
            &default[..]
        } else {
            &when.payers
        };
        let mut mask = PayerMask::default();
        for name in names {
            if name == "*" {
                return Ok(PayerMask::ALL);
            }
            let class = self.payers.class(name).ok_or_else(|| {
                let message = format!("no [[payer]] row has the class {name}");
                pack.error(pack.span_of(name, from), message)
            })?;
            mask = mask.union(class.mask());
        }
        Ok(mask)
    }
}

/// No pack is there twice.
fn check_ids(packs: &[Pack]) -> Result<(), PackError> {
    let mut known: HashMap<&str, &Pack> = HashMap::new();
    for pack in packs {
        let id = pack.file.pack.id.as_str();
        let Some(first) = known.insert(id, pack) else {
            continue;
        };
        let message = if first.name() == pack.name() {
            format!("the pack {id} is named twice: once will do")
        } else if first.text() == pack.text() {
            format!("the pack {id} is named twice, as {} too", first.name())
        } else {
            format!("a pack with the id {id} is already there: {}", first.name())
        };
        return Err(pack.error(pack.span_of(id, 0), message));
    }
    Ok(())
}

fn collect_rules(packs: &[Pack]) -> Result<Vec<RuleInfo>, PackError> {
    let mut rules: BTreeMap<&str, RuleInfo> = BTreeMap::new();
    let mut names = HashSet::new();
    for pack in packs {
        for row in &pack.file.rules {
            let code = row.code.get_ref();
            let info = RuleInfo {
                code: code.clone(),
                name: row.name.clone(),
                kind: row.kind,
                title: row.title.clone(),
                plain: row.plain.clone(),
                details: row.details.clone(),
                denial: row.denial.clone(),
                status: row.status.clone(),
            };
            if rules.insert(code, info).is_some() {
                let message = format!("the rule code {code} is taken");
                return Err(pack.error(row.code.span(), message));
            }
            if !names.insert(&row.name) {
                let message = format!("the rule name {} is taken", row.name);
                return Err(pack.error(row.code.span(), message));
            }
        }
    }
    Ok(rules.into_values().collect())
}

fn collect_thresholds(packs: &[Pack]) -> Vec<ThresholdTable> {
    let mut tables: Vec<ThresholdTable> = Vec::new();
    for row in packs.iter().flat_map(|pack| &pack.file.thresholds) {
        let name = row.table.get_ref();
        let index = tables.iter().position(|table| *table.name == **name);
        let index = index.unwrap_or_else(|| {
            tables.push(ThresholdTable {
                name: name.as_str().into(),
                ..ThresholdTable::default()
            });
            tables.len() - 1
        });
        let amount = (Cents::from_dollars(row.dollars), row.confidence);
        tables[index].years.insert(row.year, amount);
        tables[index].sources.insert(row.year, row.source.clone());
    }
    tables
}

fn collect_fees(packs: &[Pack]) -> Result<FeeTable, PackError> {
    let mut fees = FeeTable::default();
    for pack in packs {
        let error = |fault: Fault| pack.error(fault.span, fault.message);
        let file = &pack.file;
        for row in &file.fee_schedules {
            fees.push_schedule(row).map_err(error)?;
        }
        for row in &file.conversion_factors {
            fees.push_factor(row).map_err(error)?;
        }
        for row in &file.localities {
            fees.push_localities(row).map_err(error)?;
        }
    }
    Ok(fees)
}

/// Reads `01-31`.
pub(super) fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let day = (month.parse().ok()?, day.parse().ok()?);
    // 2024 has a 29th of February.
    crate::date::Date::new(2024, day.0, day.1).ok().map(|_| day)
}

fn modifiers(list: &[Spanned<String>]) -> Vec<Modifier> {
    list.iter()
        .filter_map(|text| Modifier::new(text.get_ref().as_bytes()))
        .collect()
}

fn claims(when: &WhenRow) -> u8 {
    if when.claims.is_empty() {
        return 0b111;
    }
    when.claims.iter().fold(0, |mask, letter| {
        mask | match letter.as_str() {
            "P" => claim_bit(ClaimKind::Professional),
            "I" => claim_bit(ClaimKind::Institutional),
            _ => claim_bit(ClaimKind::Dental),
        }
    })
}

/// `None` when there is nothing to check on a line.
fn conditions(when: &WhenRow) -> Option<Box<Conditions>> {
    let digits = |list: &[String]| list.iter().filter_map(|v| DigitPattern::new(v)).collect();
    let prefixes = |list: &[String]| {
        list.iter()
            .filter_map(|v| DiagnosisPrefix::new(v))
            .collect()
    };
    let modifiers = |list: &[String]| {
        list.iter()
            .filter_map(|v| Modifier::new(v.as_bytes()))
            .collect()
    };
    let any = [
        &when.bill_types,
        &when.places,
        &when.revenue_codes,
        &when.diagnoses,
        &when.not_diagnoses,
        &when.claim_not_diagnoses,
        &when.modifiers,
        &when.not_modifiers,
    ]
    .iter()
    .any(|list| !list.is_empty())
        || !when.contractors.is_empty()
        || !when.states.is_empty();
    any.then(|| {
        Box::new(Conditions {
            contractors: when.contractors.clone(),
            states: when
                .states
                .iter()
                .filter_map(|text| state(text.as_bytes()))
                .collect(),
            bill_types: digits(&when.bill_types),
            places: when
                .places
                .iter()
                .map(|place| place.as_bytes().into())
                .collect(),
            revenue_codes: digits(&when.revenue_codes),
            diagnoses: prefixes(&when.diagnoses),
            not_diagnoses: prefixes(&when.not_diagnoses),
            claim_not_diagnoses: prefixes(&when.claim_not_diagnoses),
            modifiers: modifiers(&when.modifiers),
            not_modifiers: modifiers(&when.not_modifiers),
        })
    })
}
