//! For whom `explain` asks: a class of payers, for Medicare perhaps a kind of contractor.

use crate::cli::application::contractor;
use crate::cli::failure::Failure;
use crate::finding::PolicyId;
use crate::policy::pack::Contractor;
use crate::policy::{PayerClassId, PolicySet};
use crate::spelling::nearest;

const CONTRACTORS: [Contractor; 4] = [
    Contractor::A,
    Contractor::B,
    Contractor::Dme,
    Contractor::Hhh,
];

/// A payer, as `--payer` names it.
#[derive(Clone, Debug)]
pub struct Payer {
    /// As it was written.
    pub text: String,
    class: PayerClassId,
    contractor: Option<Contractor>,
}

impl Payer {
    /// Reads `medicaid` or `medicare:dme`.
    pub fn find(set: &PolicySet, text: &str) -> Result<Self, Failure> {
        let (name, kind) = text
            .split_once(':')
            .map_or((text, None), |(name, kind)| (name, Some(kind)));
        let Some(class) = set.payers().class(name) else {
            let known: Vec<&str> = set.payers().class_names().collect();
            let hint = nearest(name, known.iter().copied()).map_or_else(
                || format!("expected one of {}", known.join(", ")),
                |near| format!("did you mean {near}?"),
            );
            return Err(Failure::at(
                "--payer",
                format_args!("no class of payers is called {name:?}; {hint}"),
            ));
        };
        let contractor = kind
            .map(|kind| {
                let mut kinds = CONTRACTORS.into_iter();
                let found = kinds.find(|known| contractor(*known) == kind);
                found.filter(|_| set.payers().is_medicare(class)).ok_or_else(|| {
                    Failure::at("--payer", format_args!("{text:?}: only medicare has contractors: medicare:a, medicare:b, medicare:dme, medicare:hhh"))
                })
            })
            .transpose()?;
        Ok(Self {
            text: text.to_owned(),
            class,
            contractor,
        })
    }

    /// True when the policy speaks about this payer's claims.
    pub fn is_of(&self, set: &PolicySet, id: PolicyId) -> bool {
        let policy = set.policy(id);
        let contractors = policy.conditions.as_ref().map(|c| c.contractors.as_slice());
        policy.payers.contains(self.class)
            && match (self.contractor, contractors) {
                (Some(kind), Some(wanted)) => wanted.is_empty() || wanted.contains(&kind),
                _ => true,
            }
    }
}
