//! Which class of payers a claim is sent to.

use crate::claim::{Claim, OtherPayer};

use super::contractor::{State, state};
use super::pack::PayerRow;

/// The class of payers that a policy applies to when it names none.
pub(super) const DEFAULT_PAYER: &str = "medicare";

/// A class of payers: an index in [`PayerTable::class_name`]; 0 is "unknown".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PayerClassId(pub u8);

impl PayerClassId {
    /// No row recognises the payer.
    pub const UNKNOWN: Self = Self(0);

    /// The bit of this class in a [`PayerMask`].
    #[inline]
    pub const fn mask(self) -> PayerMask {
        PayerMask(1 << (self.0 & 63))
    }
}

/// A set of payer classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayerMask(u64);

impl PayerMask {
    /// Every payer, known or not.
    pub const ALL: Self = Self(u64::MAX);

    /// True when the class is in the set.
    #[inline]
    pub const fn contains(self, class: PayerClassId) -> bool {
        self.0 & class.mask().0 != 0
    }

    /// The union of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What tells the class of a payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayerMark {
    /// The run assumes it.
    Assumed,
    /// SBR09.
    FilingIndicator,
    /// An id of the payer or of the receiver.
    Id,
    /// The payer's name.
    Name,
    /// The state of the billing provider.
    ProviderState,
}

/// The matchers in the order in which they are tried.
#[derive(Clone, Debug)]
pub struct PayerTable {
    classes: Vec<String>,
    rows: Vec<Matcher>,
    /// Takes the place of what claims tell.
    assumed: Option<PayerClassId>,
}

#[derive(Clone, Debug)]
struct Matcher {
    class: PayerClassId,
    filing_indicators: Vec<Box<[u8]>>,
    ids: Vec<Box<[u8]>>,
    names: Vec<Box<[u8]>>,
    provider_states: Vec<State>,
    ids_decide: bool,
}

/// What a row looks at besides the filing indicator.
#[derive(Clone, Copy)]
struct Marks<'a> {
    ids: [&'a [u8]; 4],
    name: &'a [u8],
    provider_state: &'a [u8],
}

impl Default for PayerTable {
    fn default() -> Self {
        Self {
            classes: vec!["unknown".to_owned()],
            rows: Vec::new(),
            assumed: None,
        }
    }
}

impl PayerTable {
    /// How many classes there can be, "unknown" included.
    const MOST_CLASSES: usize = 64;

    /// The class with this name, made when it is new; `None` when there are too many.
    pub(super) fn intern(&mut self, name: &str) -> Option<PayerClassId> {
        if let Some(class) = self.class(name) {
            return Some(class);
        }
        if self.classes.len() == Self::MOST_CLASSES {
            return None;
        }
        self.classes.push(name.to_owned());
        self.class(name)
    }

    /// The class with this name, if a row or policy has named it.
    pub fn class(&self, name: &str) -> Option<PayerClassId> {
        let index = self.classes.iter().position(|class| class == name)?;
        Some(PayerClassId(index as u8))
    }

    /// How many classes there are, "unknown" included.
    pub fn class_count(&self) -> usize {
        self.classes.len()
    }

    /// The word that packs use for a class.
    pub fn class_name(&self, class: PayerClassId) -> &str {
        self.classes
            .get(usize::from(class.0))
            .map_or("unknown", String::as_str)
    }

    /// All classes but "unknown".
    pub fn class_names(&self) -> impl Iterator<Item = &str> {
        self.classes.iter().skip(1).map(String::as_str)
    }

    /// Adds a row behind the others.
    pub(super) fn push(&mut self, class: PayerClassId, row: &PayerRow) {
        let bytes = |values: &[String]| {
            values
                .iter()
                .map(|value| value.trim().as_bytes().into())
                .collect()
        };
        self.rows.push(Matcher {
            class,
            filing_indicators: bytes(&row.filing_indicators),
            ids: bytes(&row.ids),
            names: bytes(&row.names),
            provider_states: row
                .provider_states
                .iter()
                .filter_map(|text| state(text.as_bytes()))
                .collect(),
            ids_decide: row.overrides_filing_indicator,
        });
    }

    /// Every claim is taken to be sent to a payer of this class.
    pub(super) const fn assume(&mut self, class: PayerClassId) {
        self.assumed = Some(class);
    }

    /// What told [`Self::classify`] the class; nothing, when no row recognises the payer.
    pub fn told_by(&self, claim: &Claim<'_>) -> Vec<PayerMark> {
        if self.assumed.is_some() {
            return vec![PayerMark::Assumed];
        }
        let marks = Marks::of(claim);
        self.row(claim.payer.filing_indicator, marks)
            .map_or_else(Vec::new, |row| row.told_by(marks))
    }

    /// The class of the payer that a claim is sent to, by SBR09, 2010BB NM109 and NM103, ISA08, GS03
    /// and the state of the billing provider.
    pub fn classify(&self, claim: &Claim<'_>) -> PayerClassId {
        self.assumed
            .unwrap_or_else(|| self.classify_by(claim.payer.filing_indicator, Marks::of(claim)))
    }

    /// The same for one claim after the other: most are sent to a payer that was met lately.
    pub fn classify_next<'a>(&self, claim: &Claim<'a>, met: &mut MetPayers<'a>) -> PayerClassId {
        if let Some(class) = self.assumed {
            return class;
        }
        let indicator = claim.payer.filing_indicator;
        let marks = Marks::of(claim);
        met.class(indicator, marks).unwrap_or_else(|| {
            let (row, asked) = self.find(indicator, marks);
            let class = row.map_or(PayerClassId::UNKNOWN, |row| row.class);
            met.remember(indicator, marks, asked, class);
            class
        })
    }

    /// The class of the payer of an earlier decision (loop 2320), by its own SBR09 and id.
    pub fn classify_other(&self, payer: &OtherPayer<'_>) -> PayerClassId {
        let marks = Marks {
            ids: [payer.payer_id, &[], &[], &[]],
            name: &[],
            provider_state: &[],
        };
        self.classify_by(payer.filing_indicator, marks)
    }

    /// The class that policies apply to when they name none; `None` when no row defines it.
    pub fn medicare(&self) -> Option<PayerClassId> {
        self.class(DEFAULT_PAYER)
    }

    /// True for the class that policies apply to when they name none.
    pub fn is_medicare(&self, class: PayerClassId) -> bool {
        self.class_name(class) == DEFAULT_PAYER
    }

    fn classify_by(&self, indicator: &[u8], marks: Marks<'_>) -> PayerClassId {
        self.row(indicator, marks)
            .map_or(PayerClassId::UNKNOWN, |row| row.class)
    }

    /// The first row that recognises the payer.
    fn row(&self, indicator: &[u8], marks: Marks<'_>) -> Option<&Matcher> {
        self.find(indicator, marks).0
    }

    /// The same, and whether the provider's state was asked for.
    fn find(&self, indicator: &[u8], marks: Marks<'_>) -> (Option<&Matcher>, bool) {
        let indicator_is_silent = indicator.is_empty() || indicator == b"ZZ";
        let mut asked = false;
        let row = self.rows.iter().find(|row| {
            let by_indicator = if row.ids_decide {
                true
            } else if row.filing_indicators.is_empty() {
                indicator_is_silent
            } else {
                row.filing_indicators
                    .iter()
                    .any(|wanted| wanted.eq_ignore_ascii_case(indicator))
            };
            if !by_indicator || !row.is_named(marks) {
                return false;
            }
            asked |= !row.provider_states.is_empty();
            row.is_near(marks)
        });
        (row, asked)
    }
}

/// Payers that were met lately, with their classes.
#[derive(Clone, Debug)]
pub struct MetPayers<'a> {
    /// The receivers of the envelope around the last claim. Others may change what is thought of a
    /// payer.
    receivers: [&'a [u8]; 3],
    /// [`Payer::print`] of each payer, 0 where there is none.
    prints: [u64; PLACES],
    /// A payer stands in one of the [`WAYS`] places that are for it, until as many others have come.
    payers: [Option<MetPayer<'a>>; PLACES],
}

/// A batch is sent to few payers. A power of two.
const PLACES: usize = 64;

/// Payers that have the same places, or one payer in several states.
const WAYS: usize = 4;

/// A payer and its class.
#[derive(Clone, Copy, Debug)]
struct MetPayer<'a> {
    payer: Payer<'a>,
    /// `None` when it does not matter.
    provider_state: Option<Short<'a>>,
    class: PayerClassId,
}

/// What was looked at, besides the receivers and the provider's state.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Payer<'a> {
    indicator: Short<'a>,
    id: Short<'a>,
    name: Short<'a>,
}

impl Default for MetPayers<'_> {
    fn default() -> Self {
        Self {
            receivers: [&[]; 3],
            prints: [0; PLACES],
            payers: [None; PLACES],
        }
    }
}

impl<'a> MetPayers<'a> {
    #[inline]
    fn class(&mut self, indicator: &'a [u8], marks: Marks<'a>) -> Option<PayerClassId> {
        let [_, receivers @ ..] = marks.ids;
        let are_the_same_bytes = |(one, other): (&&[u8], &&[u8])| std::ptr::eq(*one, *other);
        if !self
            .receivers
            .iter()
            .zip(&receivers)
            .all(are_the_same_bytes)
        {
            if self.receivers != receivers {
                self.prints = [0; PLACES];
            }
            self.receivers = receivers;
        }
        let payer = Payer::of(indicator, marks);
        let print = payer.print();
        let place = place(print);
        // All are looked at: a processor does not foresee which of them it will be.
        let prints = self.prints[place..place + WAYS].iter().zip(0..);
        let mut alike = prints.fold(0u32, |alike, (other, at)| {
            alike | u32::from(*other == print) << at
        });
        while alike != 0 {
            let met = self.payers[place + alike.trailing_zeros() as usize].as_ref()?;
            alike &= alike - 1;
            if met.payer == payer
                && met
                    .provider_state
                    .is_none_or(|state| state == Short::new(marks.provider_state))
            {
                return Some(met.class);
            }
        }
        None
    }

    fn remember(
        &mut self,
        indicator: &'a [u8],
        marks: Marks<'a>,
        asked_for_state: bool,
        class: PayerClassId,
    ) {
        let payer = Payer::of(indicator, marks);
        let print = payer.print();
        let place = place(print);
        self.prints.copy_within(place..place + WAYS - 1, place + 1);
        self.payers.copy_within(place..place + WAYS - 1, place + 1);
        self.prints[place] = print;
        self.payers[place] = Some(MetPayer {
            payer,
            provider_state: asked_for_state.then(|| Short::new(marks.provider_state)),
            class,
        });
    }
}

/// The first place for a payer with this print.
#[inline]
const fn place(print: u64) -> usize {
    (print >> 32) as usize % (PLACES / WAYS) * WAYS
}

impl<'a> Payer<'a> {
    #[inline]
    fn of(indicator: &'a [u8], marks: Marks<'a>) -> Self {
        Self {
            indicator: Short::new(indicator),
            id: Short::new(marks.ids[0]),
            name: Short::new(marks.name),
        }
    }

    /// A number that payers have in common only by chance, never 0.
    #[inline]
    const fn print(&self) -> u64 {
        let Self {
            indicator,
            id,
            name,
        } = self;
        let all = id.ends ^ indicator.ends.rotate_left(24) ^ name.ends.rotate_left(40);
        all.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1
    }
}

/// A text that is short as a rule: compared by its ends, which are all of it then.
#[derive(Clone, Copy, Debug)]
struct Short<'a> {
    text: &'a [u8],
    /// The first and the last four bytes; of less than four, the first and the last.
    ends: u64,
}

impl<'a> Short<'a> {
    #[inline]
    fn new(text: &'a [u8]) -> Self {
        let ends = match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
            }
            _ => match text {
                [] => 0,
                [first, .., last] => u64::from(*first) << 8 | u64::from(*last),
                [only] => u64::from(*only),
            },
        };
        Self { text, ends }
    }
}

impl PartialEq for Short<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.text.len() == other.text.len()
            && self.ends == other.ends
            && (matches!(self.text.len(), 0..=2 | 4..=8) || self.text == other.text)
    }
}

impl<'a> Marks<'a> {
    fn of(claim: &Claim<'a>) -> Self {
        Self {
            ids: [
                claim.payer.name.id,
                claim.envelope.receiver_id,
                claim.envelope.application_receiver,
                claim.envelope.receiver,
            ],
            name: claim.payer.name.last_or_organization,
            provider_state: claim.billing_state,
        }
    }
}

impl Matcher {
    fn knows_id(&self, marks: Marks<'_>) -> bool {
        self.ids.iter().any(|id| {
            let mut candidates = marks.ids.iter();
            candidates.any(|candidate| candidate.eq_ignore_ascii_case(id))
        })
    }

    /// What of a payer that this row recognises it went by.
    fn told_by(&self, marks: Marks<'_>) -> Vec<PayerMark> {
        let mut told = Vec::new();
        if !self.ids_decide && !self.filing_indicators.is_empty() {
            told.push(PayerMark::FilingIndicator);
        }
        if self.knows_id(marks) {
            told.push(PayerMark::Id);
        } else if !self.names.is_empty() {
            told.push(PayerMark::Name);
        }
        if !self.provider_states.is_empty() {
            told.push(PayerMark::ProviderState);
        }
        told
    }

    fn is_named(&self, marks: Marks<'_>) -> bool {
        (self.ids.is_empty() && self.names.is_empty())
            || self.knows_id(marks)
            || self.names.iter().any(|name| contains(marks.name, name))
    }

    fn is_near(&self, marks: Marks<'_>) -> bool {
        self.provider_states.is_empty()
            || state(marks.provider_state)
                .is_some_and(|state| self.provider_states.contains(&state))
    }
}

/// True when `text` has the words of `part` in it, or is it when `=` stands before, in any case of
/// letters.
fn contains(text: &[u8], part: &[u8]) -> bool {
    if let Some(whole) = part.strip_prefix(b"=") {
        return text.trim_ascii().eq_ignore_ascii_case(whole);
    }
    text.windows(part.len().max(1))
        .any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Pack, PolicySet};

    const PAYERS: &str = r#"
[pack]
id = "payers-test"
version = "1"
title = "Payers"
[[payer]]
class = "test-plan"
ids = ["PLAN1"]
overrides-filing-indicator = true
source = { document = "test" }
confidence = "verified"
[[payer]]
class = "test-medicare"
filing-indicators = ["MA", "MB"]
source = { document = "test" }
confidence = "verified"
[[payer]]
class = "test-il"
filing-indicators = ["MC"]
ids = ["ILMED", "37"]
source = { document = "test" }
confidence = "verified"
[[payer]]
class = "test-silent"
ids = ["SILENT"]
source = { document = "test" }
confidence = "verified"
[[payer]]
class = "test-florida"
filing-indicators = ["BL"]
provider-states = ["FL"]
source = { document = "test" }
confidence = "verified"
[[payer]]
class = "test-blue"
filing-indicators = ["BL"]
source = { document = "test" }
confidence = "verified"
"#;

    fn class(indicator: &str, payer: &str, receiver: &str) -> String {
        let set = PolicySet::new(false, vec![Pack::parse("payers", PAYERS).unwrap()]).unwrap();
        let mut claim = Claim::new();
        claim.payer.filing_indicator = indicator.as_bytes();
        claim.payer.name.id = payer.as_bytes();
        claim.envelope.receiver_id = receiver.as_bytes();
        let class = set.payers().classify(&claim);
        set.payers().class_name(class).to_owned()
    }

    #[test]
    fn the_filing_indicator_decides_unless_an_id_may_override_it() {
        assert_eq!(class("MB", "X", ""), "test-medicare");
        assert_eq!(class("MB", "plan1", ""), "test-plan");
        assert_eq!(class("MC", "X", "ILMED"), "test-il");
        assert_eq!(class("ZZ", "SILENT", ""), "test-silent");
        assert_eq!(class("", "", "SILENT"), "test-silent");
    }

    #[test]
    fn a_payer_is_not_taken_for_one_before() {
        let set = PolicySet::new(false, vec![Pack::parse("payers", PAYERS).unwrap()]).unwrap();
        let others: Vec<String> = (0..40).map(|other| format!("OTHER{other}")).collect();
        let mut met = MetPayers::default();
        // What one mark ends with and the next one begins with must not matter.
        for (indicator, payer, receiver, state) in [
            ("MC", "ILMED", "", ""),
            ("MC", "ILMED", "", "FL"),
            ("MC", "ILME", "D", ""),
            ("MCI", "LMED", "", ""),
            ("", "", "", ""),
            ("", "", "SILENT", ""),
            ("MB", "X", "", ""),
            ("MB", "PLAN1", "", ""),
            ("", "", "", ""),
            ("BL", "X", "", "FL"),
            ("BL", "X", "", "GA"),
            ("BL", "X", "", "FL"),
            ("BL", "A BLUE PLAN", "", "FL"),
            ("BL", "A BLUER PLAN", "", "FL"),
            ("BL", "A BLUE PLAN", "", ""),
            ("BL", "A BLUE PLAN OF SOME NAME", "", "FL"),
            ("BL", "B1C", "", "FL"),
            ("BL", "BXC", "", "GA"),
            ("BL", "B1C", "", "GA"),
            ("MB", "X", "PLAN1", "FL"),
            ("BL", "B1C", "", "FL"),
        ] {
            let mut claim = Claim::new();
            claim.payer.filing_indicator = indicator.as_bytes();
            claim.payer.name.id = payer.as_bytes();
            claim.envelope.receiver_id = receiver.as_bytes();
            claim.billing_state = state.as_bytes();
            let class = set.payers().classify(&claim);
            for some in [&others[..], &others[..2]] {
                assert_eq!(set.payers().classify_next(&claim, &mut met), class);
                for other in some {
                    let mut between = claim.clone();
                    between.payer.name.id = other.as_bytes();
                    let class = set.payers().classify(&between);
                    assert_eq!(set.payers().classify_next(&between, &mut met), class);
                }
                assert_eq!(set.payers().classify_next(&claim, &mut met), class);
            }
        }
    }

    /// Rows that ask for what the packs ask for seldom: a name, and receivers.
    const NAMES: &str = r#"
[pack]
id = "names-test"
version = "1"
title = "Payers by name and receiver"
[[payer]]
class = "test-gold"
filing-indicators = ["CI"]
names = ["GOLD PLAN"]
source = { document = "test" }
confidence = "verified"
[[payer]]
class = "test-relay"
filing-indicators = ["CI"]
ids = ["RELAY"]
source = { document = "test" }
confidence = "verified"
[[payer]]
class = "test-other"
filing-indicators = ["CI"]
source = { document = "test" }
confidence = "verified"
"#;

    /// Whichever comes first, what differs in one mark alone is another payer.
    #[test]
    fn payers_that_differ_in_name_or_receiver_are_told_apart() {
        let set = PolicySet::new(false, vec![Pack::parse("names", NAMES).unwrap()]).unwrap();
        let claim =
            |name: &'static str, isa08: &'static str, gs03: &'static str, nm140: &'static str| {
                let mut claim = Claim::new();
                claim.payer.filing_indicator = b"CI";
                claim.payer.name.id = b"SAME";
                claim.payer.name.last_or_organization = name.as_bytes();
                claim.envelope.receiver_id = isa08.as_bytes();
                claim.envelope.application_receiver = gs03.as_bytes();
                claim.envelope.receiver = nm140.as_bytes();
                claim
            };
        let claims = [
            (claim("SILVER PLAN", "A", "A", "A"), "test-other"),
            (claim("GOLD PLAN", "A", "A", "A"), "test-gold"),
            (claim("SILVER PLAN", "RELAY", "A", "A"), "test-relay"),
            (claim("SILVER PLAN", "A", "RELAY", "A"), "test-relay"),
            (claim("SILVER PLAN", "A", "A", "RELAY"), "test-relay"),
            (claim("GOLD PLAN", "A", "A", "RELAY"), "test-gold"),
        ];
        for (first, of_first) in &claims {
            for (second, of_second) in &claims {
                let mut met = MetPayers::default();
                for (claim, expected) in [
                    (first, of_first),
                    (second, of_second),
                    (first, of_first),
                    (second, of_second),
                ] {
                    let class = set.payers().classify_next(claim, &mut met);
                    assert_eq!(set.payers().class_name(class), *expected);
                    assert_eq!(class, set.payers().classify(claim));
                }
            }
        }
    }

    #[test]
    fn an_id_without_leave_to_override_stays_behind_the_filing_indicator() {
        assert_ne!(class("CI", "SILENT", ""), "test-silent");
        assert_ne!(class("MC", "X", "Y"), "test-il");
        assert_eq!(class("??", "X", "Y"), "unknown");
    }
}
