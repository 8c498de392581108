//! The TOML form of a policy pack, exactly as it is written in a file.
//!
//! Nothing is interpreted here; [`Pack::parse`](super::Pack::parse) checks what a type cannot express.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::date::Date;
use crate::finding::{Certainty, Confidence, DenialInfo, RuleKind, Severity, Source, StatusInfo};

use super::day;
use super::selection::Level;

/// A pack file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PackFile {
    /// Who the pack is.
    pub pack: PackHeader,
    /// Rules (finding codes) that this pack introduces.
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleRow>,
    /// Fields that a policy of this pack has when it does not say otherwise; merged into the
    /// policies before they are read, where their kind takes them.
    #[serde(default)]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub defaults: Option<serde::de::IgnoredAny>,
    /// Payer matchers.
    #[serde(default, rename = "payer")]
    pub payers: Vec<PayerRow>,
    /// Codes that tell the contractor of a Medicare claim.
    #[serde(default, rename = "jurisdiction")]
    pub jurisdictions: Vec<JurisdictionRow>,
    /// Policies of other packs that payers took over.
    #[serde(default, rename = "adopt")]
    pub adoptions: Vec<AdoptRow>,
    /// Named code sets: `codes = ["@pap-supplies"]`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub sets: BTreeMap<String, Spanned<Vec<String>>>,
    /// Yearly amounts.
    #[serde(default, rename = "threshold")]
    pub thresholds: Vec<ThresholdRow>,
    /// Relative values of services.
    #[serde(default, rename = "fee-schedule")]
    pub fee_schedules: Vec<FeeScheduleRow>,
    /// Dollars for a relative value unit.
    #[serde(default, rename = "conversion-factor")]
    pub conversion_factors: Vec<ConversionFactorRow>,
    /// Geographic practice cost indices.
    #[serde(default, rename = "gpci")]
    pub localities: Vec<GpciRow>,
    /// Severities that take the place of those of policies, by rule code, rule name or policy id.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Level>")]
    pub severity: BTreeMap<Spanned<String>, Level>,
    /// Policies.
    #[serde(default, rename = "policy")]
    #[schemars(with = "Vec<PolicyRow>")]
    pub policies: Vec<Spanned<PolicyRow>>,
}

/// `[pack]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PackHeader {
    /// Unique id, such as `cms-dme`.
    pub id: String,
    /// Version of the facts, such as `2026.11`.
    pub version: String,
    /// One line.
    pub title: String,
    /// The day of the newest fact in the pack.
    #[serde(default, deserialize_with = "day::maybe")]
    pub as_of: Option<Date>,
}

/// `[[rule]]`: documentation of a finding code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleRow {
    /// Stable code, `KX` and three digits; those from `KX900` on are codes of notices.
    #[schemars(with = "String", extend("pattern" = "^KX[0-8][0-9]{2}$"))]
    pub code: Spanned<String>,
    /// Kebab-case name.
    pub name: String,
    /// The judge that reports it.
    pub kind: RuleKind,
    /// One line.
    pub title: String,
    /// One sentence for a non-expert.
    pub plain: String,
    /// Markdown: what is checked, exactly.
    pub details: String,
    /// The denial to expect of these findings, where it is not that of the policy; absent parts are unknown.
    #[serde(default)]
    pub denial: Option<DenialInfo>,
    /// The claim status of these findings, where it is not that of the policy.
    #[serde(default)]
    pub status: Option<StatusInfo>,
}

/// `[[payer]]`: how to recognise a class of payers. The first row that matches decides; rows
/// of packs loaded later come first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PayerRow {
    /// Class that policies name in `payers`: `medicare`, `medicare-advantage`, `medicaid`,
    /// `medicaid-il`, `commercial` ...
    #[schemars(with = "String")]
    pub class: Spanned<String>,
    /// SBR09 values, any of them; empty matches all.
    #[serde(default)]
    pub filing_indicators: Vec<String>,
    /// Payer ids (2010BB NM109), receiver ids (ISA08) or application receivers (GS03), any of
    /// them; empty matches all. A row without filing indicators applies only when SBR09 is
    /// empty or `ZZ`, unless `overrides-filing-indicator` is set.
    #[serde(default)]
    pub ids: Vec<String>,
    /// Parts of the payer's name (2010BB NM103) in capital letters; `=` before one means the whole
    /// name. A row with ids and names
    /// matches by either.
    #[serde(default)]
    pub names: Vec<String>,
    /// States of the billing provider's address (2010AA N402), any of them; empty matches all.
    #[serde(default)]
    pub provider_states: Vec<String>,
    /// The ids and names decide even when SBR09 says something else.
    #[serde(default)]
    pub overrides_filing_indicator: bool,
    /// The kind of Medicare contractor that has these ids, whatever SBR09 says.
    #[serde(default)]
    pub contractor: Option<Contractor>,
    /// States and territories that the contractor serves.
    #[serde(default)]
    pub states: Vec<String>,
    /// Where the row comes from.
    pub source: Source,
    /// How well it is supported.
    pub confidence: Confidence,
}

/// `[[jurisdiction]]`: codes that only one kind of contractor processes. Where no number tells the
/// contractor of a professional Medicare claim, one line with such a code does, unless another has a CPT code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JurisdictionRow {
    /// The kind of contractor.
    pub contractor: Contractor,
    /// Codes, ranges and sets; at least one.
    #[schemars(with = "Vec<String>", extend("minItems" = 1))]
    pub codes: Spanned<Vec<Spanned<String>>>,
    /// Where the row comes from.
    pub source: Source,
    /// How well it is supported.
    pub confidence: Confidence,
}

/// `[[adopt]]`: a payer took over a policy of this or an earlier pack. It becomes a policy of its
/// own, `NPWT@independence`, without the conditions about contractors and states.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdoptRow {
    /// Id of the policy.
    #[schemars(with = "String")]
    pub policy: Spanned<String>,
    /// Payer class.
    #[schemars(with = "String")]
    pub payer: Spanned<String>,
    /// First date of service; else that of the policy.
    #[serde(default, deserialize_with = "day::maybe")]
    pub from: Option<Date>,
    /// Last date of service; else that of the policy.
    #[serde(default, deserialize_with = "day::maybe")]
    pub to: Option<Date>,
    /// No finding is more severe than this.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// No finding is more certain than this.
    #[serde(default)]
    pub certainty: Option<Certainty>,
    /// What to do, where it is something else than under the policy.
    #[serde(default)]
    pub advice: Option<String>,
    /// One sentence for people who do not know the rule, where that of the policy names its own payer.
    #[serde(default)]
    pub plain: Option<String>,
    /// Documents of the payer; at least one.
    pub source: Vec<Source>,
    /// How well it is supported that the payer took the policy over.
    pub confidence: Confidence,
    /// Examples, run as tests.
    #[serde(default)]
    pub example: Vec<ExampleRow>,
}

/// `[[fee-schedule]]`: relative value units of one calendar year.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FeeScheduleRow {
    /// Calendar year of the dates of service.
    pub year: i16,
    /// `CODE WORK PRACTICE-EXPENSE MALPRACTICE REDUCED STATUS` each: units with two decimals, `5` when
    /// the multiple procedure reduction of therapy applies, the status code of the schedule.
    #[schemars(with = "Vec<String>")]
    pub rows: Vec<Spanned<String>>,
    /// Where it comes from.
    pub source: Source,
    /// How well it is supported.
    pub confidence: Confidence,
}

/// `[[conversion-factor]]`: dollars for a relative value unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConversionFactorRow {
    /// First date of service.
    #[serde(deserialize_with = "day::day")]
    pub from: Date,
    /// Last date of service.
    #[serde(deserialize_with = "day::day")]
    pub to: Date,
    /// Dollars with four decimals.
    #[schemars(with = "String")]
    pub dollars: Spanned<String>,
    /// What participants in an alternative payment model get instead, where that differs.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub qualifying_dollars: Option<Spanned<String>>,
    /// Where it comes from.
    pub source: Source,
    /// How well it is supported.
    pub confidence: Confidence,
}

/// `[[gpci]]`: geographic practice cost indices of one calendar year.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GpciRow {
    /// Calendar year of the dates of service.
    pub year: i16,
    /// `MAC LOCALITY STATE WORK PRACTICE-EXPENSE MALPRACTICE` each, indices with three decimals.
    #[schemars(with = "Vec<String>")]
    pub rows: Vec<Spanned<String>>,
    /// Where it comes from.
    pub source: Source,
    /// How well it is supported.
    pub confidence: Confidence,
}

/// `[policy.sessions]`: how visits are counted.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SessionsRow {
    /// What one session is.
    pub count: SessionUnit,
    /// How many sessions need no modifier.
    pub free: u32,
    /// The sliding window in which `free` counts, in days; without it, everything counts.
    #[serde(default)]
    pub within_days: Option<u32>,
    /// Sessions more than so many days after the first one need the modifier, too.
    #[serde(default)]
    pub first_days: Option<u32>,
    /// Counted within one claim and calendar month instead of over all claims.
    #[serde(default)]
    pub per_month: bool,
    /// With `per-month`: `free` of months with 31 days.
    #[serde(default)]
    pub free_long_month: Option<u32>,
}

/// What one session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionUnit {
    /// A unit of the line.
    Units,
    /// A date of service with one line or more.
    Days,
}

/// A kind of Medicare contractor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Contractor {
    /// A/B MAC, Part A.
    A,
    /// A/B MAC, Part B.
    B,
    /// DME MAC.
    Dme,
    /// Home health and hospice MAC.
    Hhh,
}

/// `[[threshold]]`: an amount of one calendar year.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ThresholdRow {
    /// Name that policies refer to, such as `therapy-pt-slp`.
    #[schemars(with = "String")]
    pub table: Spanned<String>,
    /// Calendar year of the dates of service, 1900 to 2200.
    #[schemars(range(min = 1900, max = 2200))]
    pub year: i16,
    /// Whole dollars.
    pub dollars: i64,
    /// Where it comes from.
    pub source: Source,
    /// How well it is supported.
    pub confidence: Confidence,
}

/// `[[policy]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicyRow {
    /// Unique id, such as `PAP`: one word without commas, and no code of a rule. A later pack replaces a policy by
    /// repeating its id.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// One line.
    pub title: String,
    /// Kind of judge.
    pub rule: RuleKind,
    /// Code of the `[[rule]]` that the findings carry.
    #[schemars(with = "String")]
    pub finding: Spanned<String>,
    /// `exclusive` and `one-of`: code of the rule for more than one of the modifiers on a line.
    /// `sessions` with `per-month`: code of the rule for the modifier on more sessions than the month has beyond the free ones.
    /// Without it that is not reported.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub finding_both: Option<Spanned<String>>,
    /// Codes, ranges (`A7027-A7039`) and sets (`@name`); empty means every code.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub codes: Vec<Spanned<String>>,
    /// Codes taken out of `codes` again.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub except_codes: Vec<Spanned<String>>,
    /// The items (codes, ranges, sets) to which parts belong that several policies name: of findings with the same code on a
    /// line, that of the policy whose item is billed on the claim is told.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub base: Vec<Spanned<String>>,
    /// The modifiers that the policy is about.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub modifiers: Vec<Spanned<String>>,
    /// Modifiers that stand in for `modifiers`: with one of them on the line nothing is missing.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub alternatives: Vec<Spanned<String>>,
    /// `one-of`, `exclusive`, `required`: modifiers that may be an answer, too. With one of them on the line, what is missing is only
    /// possible.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub doubtful: Vec<Spanned<String>>,
    /// `one-of`: two of them that may stand together in a case that the claim does not show; other
    /// policies speak about the pair.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub together: Vec<Spanned<String>>,
    /// `uniform`: lines of an institutional claim, too, are compared within a date of service.
    #[serde(default)]
    pub same_day: bool,
    /// Partner modifiers (`required-with`) or the other side of a `conflict`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub with: Vec<Spanned<String>>,
    /// `threshold`: name of the table of amounts.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub threshold: Option<Spanned<String>>,
    /// `sessions`: how visits are counted.
    #[serde(default)]
    pub sessions: Option<SessionsRow>,
    /// `routine-use`: the last day of the year, as month and day (`01-31`), on which the modifier
    /// is early.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub until: Option<Spanned<String>>,
    /// `sex-conflict`: the sex that the codes and diagnoses belong to, `F` or `M`.
    #[serde(default)]
    pub sex: Option<String>,
    /// `sex-conflict`: diagnosis prefixes of that sex.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub diagnoses: Vec<Spanned<String>>,
    /// `sex-conflict`: condition code (HI*BG) that settles it instead of a modifier.
    #[serde(default)]
    pub condition_code: Option<String>,
    /// When the policy applies at all.
    #[serde(default)]
    pub when: WhenRow,
    /// First date of service.
    #[serde(default, deserialize_with = "day::maybe")]
    pub from: Option<Date>,
    /// Last date of service.
    #[serde(default, deserialize_with = "day::maybe")]
    pub to: Option<Date>,
    /// Severity before caps by confidence and certainty.
    pub severity: Severity,
    /// How sure the claim alone makes us.
    pub certainty: Certainty,
    /// What KX attests here.
    #[serde(default)]
    pub meaning: Option<String>,
    /// What to do, in the imperative.
    pub advice: String,
    /// One sentence for a non-expert.
    pub plain: String,
    /// What the record must show.
    #[serde(default)]
    pub documentation: Vec<String>,
    /// The denial to expect; absent parts are unknown.
    #[serde(default)]
    pub denial: Option<DenialInfo>,
    /// Status for a 277CA that rejects the line.
    #[serde(default)]
    pub status: Option<StatusInfo>,
    /// Local coverage determinations, such as `L33718`; several are joined by `, `.
    #[serde(default)]
    pub lcd: Option<String>,
    /// Billing and coding articles, such as `A52467`.
    #[serde(default)]
    pub article: Option<String>,
    /// National coverage determinations, such as `240.4`.
    #[serde(default)]
    pub ncd: Option<String>,
    /// Documents; at least one.
    pub source: Vec<Source>,
    /// How well the rule is supported.
    pub confidence: Confidence,
    /// Examples, run as tests.
    #[serde(default)]
    pub example: Vec<ExampleRow>,
}

/// Conditions; every one that is given must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct WhenRow {
    /// `P`, `I`, `D`; empty means all.
    pub claims: Vec<String>,
    /// Payer classes; empty means `medicare`. `*` means every payer.
    pub payers: Vec<String>,
    /// Kinds of Medicare contractor.
    pub contractors: Vec<Contractor>,
    /// States of the contractor; where its number is not known, of the billing provider's address.
    pub states: Vec<String>,
    /// Types of bill, `X` for any digit: `13X`. They limit institutional claims only.
    pub bill_types: Vec<String>,
    /// Places of service, line's else claim's. They limit professional and dental claims only.
    pub places: Vec<String>,
    /// Revenue codes, `X` for any digit: `042X`. They limit institutional claims only.
    pub revenue_codes: Vec<String>,
    /// The line has a diagnosis with one of these prefixes.
    pub diagnoses: Vec<String>,
    /// The line has no diagnosis with one of these prefixes.
    pub not_diagnoses: Vec<String>,
    /// The claim has no diagnosis with one of these prefixes, whether the line points to it or not.
    pub claim_not_diagnoses: Vec<String>,
    /// The line carries one of these modifiers.
    pub modifiers: Vec<String>,
    /// The line carries none of these modifiers.
    pub not_modifiers: Vec<String>,
}

/// `[[policy.example]]`: a claim of one or more lines and what must be found on it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExampleRow {
    /// Lines as `CODE:MODIFIER:...`, optionally followed by ` $CHARGE`, ` REV 0420` (837I),
    /// ` UNITS 3`, ` ON 2026-03-05` (a date of service of its own) and ` NTE text`: `97110:GP $120`.
    #[schemars(with = "Vec<String>", extend("minItems" = 1))]
    pub lines: Spanned<Vec<String>>,
    /// The lines are repeated on so many consecutive days, from `date` on.
    #[serde(default)]
    pub on_days: Option<NonZeroU16>,
    /// `P`, `I` or `D`; `P` unless given.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("enum" = ["P", "I", "D"]))]
    pub claim: Option<Spanned<String>>,
    /// Date of service of every line.
    #[serde(deserialize_with = "day::day")]
    pub date: Date,
    /// SBR09; `MB` unless given (`MA` for institutional claims).
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("pattern" = "^([0-9A-Z]{2})?$"))]
    pub filing_indicator: Option<Spanned<String>>,
    /// 2010BB NM109; `00000` unless given.
    #[serde(default)]
    pub payer_id: Option<String>,
    /// 2010BB NM103.
    #[serde(default)]
    pub payer_name: Option<String>,
    /// ISA08.
    #[serde(default)]
    pub receiver: Option<String>,
    /// 2010AA N402.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("pattern" = "^[A-Z]{2}$"))]
    pub provider_state: Option<Spanned<String>>,
    /// DMG03: `F`, `M` or `U`; `F` unless given.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("enum" = ["F", "M", "U"]))]
    pub sex: Option<Spanned<String>>,
    /// Diagnoses, the first of which every line points to; `R69` unless given.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub diagnoses: Vec<Spanned<String>>,
    /// Condition codes (837I).
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub condition_codes: Vec<Spanned<String>>,
    /// Three-digit type of bill (837I); `131` unless given.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("pattern" = "^[0-9]{2}[0-9A-Z]$"))]
    pub bill_type: Option<Spanned<String>>,
    /// Place of service (837P, 837D); `11` unless given.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("pattern" = "^[0-9]{2}$"))]
    pub place: Option<Spanned<String>>,
    /// Codes of the rules that must be found under this policy, one per finding, in order;
    /// empty means that this policy finds nothing.
    pub finds: Vec<String>,
}
