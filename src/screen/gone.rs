//! Patients of the run who are no longer in memory.

use crate::phi::PatientHash;

/// Bits of the filter, as a power of two: 16 MiB, in which 10 million patients are told from strangers with one
/// error in 125.
const BITS: u32 = 27;

/// Patients who had to go, in memory that does not grow with their number. It knows all of them, and may take a
/// few strangers for one of them, which costs a look at where they would be.
#[derive(Default)]
pub struct Gone(Vec<u64>);

impl Gone {
    pub fn extend<'p>(&mut self, patients: impl Iterator<Item = &'p PatientHash>) {
        self.0.resize(1 << (BITS - 6), 0);
        for (word, bit) in patients.copied().flat_map(places) {
            self.0[word] |= bit;
        }
    }

    /// True of everybody who had to go.
    pub fn may_hold(&self, patient: PatientHash) -> bool {
        !self.0.is_empty() && places(patient).all(|(word, bit)| self.0[word] & bit != 0)
    }
}

/// The word and bit of each place of a patient, whose keyed hash is as good as random.
fn places(patient: PatientHash) -> impl Iterator<Item = (usize, u64)> {
    let hash = patient.0;
    [0, 18, 37].into_iter().map(move |shift| {
        let place = (hash >> shift) & ((1 << BITS) - 1);
        ((place >> 6) as usize, 1 << (place & 63))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_is_gone_is_known_and_few_others() {
        let patient = |number: u64| PatientHash(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut gone = Gone::default();
        assert!(!gone.may_hold(patient(1)));
        let all: Vec<PatientHash> = (1..=100_000).map(patient).collect();
        gone.extend(all.iter());
        assert!(all.iter().all(|patient| gone.may_hold(*patient)));
        let strangers = (100_001..=200_000).map(patient);
        let mistaken = strangers.filter(|patient| gone.may_hold(*patient)).count();
        assert!(mistaken < 10, "{mistaken}");
    }
}
