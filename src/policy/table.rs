//! From a code to the policies that name it, in one cache line as a rule.

use std::collections::HashMap;

use crate::code::ProcedureCode;

/// Open addressing over packed codes. A code that no policy names (most of them) is ruled out by one look at one bit, as
/// a rule.
#[derive(Clone, Debug)]
pub struct CodeTable {
    /// A bit for the hash of each code: so few that they stay in a processor's nearest cache. At least eight for each
    /// code, and a power of two.
    known: Box<[u64]>,
    /// Packed codes; 0 is an empty slot (no code packs to 0). Its length is a power of two and
    /// at least twice the number of codes.
    keys: Box<[u64]>,
    /// The list of the code in the same slot.
    lists: Box<[u32]>,
    /// Where in `pool` each list begins, and where the last one ends.
    starts: Box<[u32]>,
    /// Lists: policy indexes in ascending order. Codes with the same policies share one list.
    pool: Box<[u32]>,
    shift: u32,
    known_shift: u32,
}

/// A list of policies that name the same codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListId(pub u32);

/// 2^64 divided by the golden ratio (Fibonacci hashing): spreads codes that differ in their last
/// characters, which the packing puts into the middle of the number.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

impl CodeTable {
    /// Builds the table from lists of policy indexes.
    pub(super) fn new(mut entries: Vec<(u64, u32)>) -> Self {
        entries.sort_unstable();
        entries.dedup();
        let by_code = || entries.chunk_by(|(one, _), (next, _)| one == next);
        let size = (by_code().count() * 2).next_power_of_two().max(2);
        let words = (size / 16).max(1);
        let mut table = Self {
            known: vec![0; words].into(),
            known_shift: 64 - (words * 64).trailing_zeros(),
            keys: vec![0; size].into(),
            lists: vec![0; size].into(),
            starts: Box::default(),
            pool: Box::default(),
            shift: 64 - size.trailing_zeros(),
        };
        let mut pool: Vec<u32> = Vec::new();
        let mut ends = vec![0];
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        // Neighbours usually have the same policies: a range of codes is one list.
        let mut last: (Vec<u32>, u32) = (Vec::new(), 0);
        for chunk in by_code() {
            let policies = chunk.iter().map(|(_, policy)| *policy);
            if !policies.clone().eq(last.0.iter().copied()) || pool.is_empty() {
                let together: Vec<u32> = policies.collect();
                let id = *known.entry(together.clone()).or_insert_with(|| {
                    pool.extend(&together);
                    ends.push(pool.len() as u32);
                    ends.len() as u32 - 2
                });
                last = (together, id);
            }
            let code = chunk[0].0;
            let (word, bit) = table.place(code);
            table.known[word] |= bit;
            let mut slot = table.home(code);
            while table.keys[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            table.keys[slot] = code;
            table.lists[slot] = last.1;
        }
        table.pool = pool.into();
        table.starts = ends.into();
        table
    }

    #[inline]
    const fn home(&self, code: u64) -> usize {
        (code.wrapping_mul(MULTIPLIER) >> self.shift) as usize
    }

    /// The word of `known` and the bit in it that stand for a code.
    #[inline]
    const fn place(&self, code: u64) -> (usize, u64) {
        let hash = code.wrapping_mul(MULTIPLIER) >> self.known_shift;
        ((hash / 64) as usize, 1 << (hash % 64))
    }

    /// The list of policies that name this code; `None` for most codes.
    #[inline]
    pub fn find(&self, code: ProcedureCode) -> Option<ListId> {
        let code = code.packed();
        let (word, bit) = self.place(code);
        if self.known[word] & bit == 0 {
            return None;
        }
        let mask = self.keys.len() - 1;
        let mut slot = self.home(code) & mask;
        loop {
            match self.keys[slot] {
                0 => return None,
                key if key == code => return Some(ListId(self.lists[slot])),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Indexes of the policies of a list, ascending.
    #[inline]
    pub fn list(&self, list: ListId) -> &[u32] {
        let at = list.0 as usize;
        &self.pool[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// All lists.
    pub fn lists(&self) -> impl Iterator<Item = ListId> + use<> {
        (0..self.starts.len() as u32 - 1).map(ListId)
    }

    /// Indexes of the policies that name this code, ascending; empty for most codes.
    #[inline]
    pub fn get(&self, code: ProcedureCode) -> &[u32] {
        self.find(code).map_or(&[], |list| self.list(list))
    }

    /// How many codes the table knows.
    pub fn len(&self) -> usize {
        self.keys.iter().filter(|key| **key != 0).count()
    }

    /// True when no policy names a code.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn finds_what_was_put_in_and_nothing_else() {
        let code = |number: u32| ProcedureCode::new(format!("{number:05}").as_bytes()).unwrap();
        let entries: BTreeMap<u64, Vec<u32>> = (0..20_000)
            .step_by(3)
            .map(|number| (code(number).packed(), vec![number % 7, 100 + number % 5]))
            .collect();
        let pairs = entries
            .iter()
            .flat_map(|(code, policies)| policies.iter().map(|p| (*code, *p)));
        let table = CodeTable::new(pairs.collect());
        assert_eq!(table.len(), entries.len());
        for number in 0..20_000 {
            let expected = entries
                .get(&code(number).packed())
                .map_or(&[][..], Vec::as_slice);
            assert_eq!(table.get(code(number)), expected, "{number}");
        }
        assert!(table.pool.len() <= 35 * 3, "lists are shared");
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        let table = CodeTable::new(Vec::new());
        assert!(table.is_empty());
        assert!(table.get(ProcedureCode::new(b"E0601").unwrap()).is_empty());
    }
}
