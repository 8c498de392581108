//! The service lines of a claim, whose memory serves one claim after the other.

use std::ops::{Deref, DerefMut};

use crate::finding::ClaimKind;

use super::model::ServiceLine;

/// 2400 loops, in their order.
#[derive(Clone, Default)]
pub struct ServiceLines<'a> {
    /// The lines, and behind them what is left of those of earlier claims.
    lines: Vec<ServiceLine<'a>>,
    count: usize,
}

/// Room for more lines than this is not kept from one claim to the next.
const MOST_KEPT: usize = 1_000;

impl<'a> ServiceLines<'a> {
    /// Adds a line of which nothing is known yet.
    #[inline]
    pub fn open(&mut self, kind: ClaimKind) -> &mut ServiceLine<'a> {
        if self.count == self.lines.len() {
            self.lines.push(ServiceLine::new(kind));
        } else {
            self.lines[self.count].reset(kind);
        }
        self.count += 1;
        &mut self.lines[self.count - 1]
    }

    /// Adds a line.
    pub fn push(&mut self, line: ServiceLine<'a>) {
        self.lines.truncate(self.count);
        self.lines.push(line);
        self.count += 1;
    }

    /// Takes the last line away.
    pub fn drop_last(&mut self) {
        self.count = self.count.saturating_sub(1);
    }

    /// Takes all lines away.
    #[inline]
    pub fn clear(&mut self) {
        self.count = 0;
        self.lines.truncate(MOST_KEPT);
    }
}

impl<'a> Deref for ServiceLines<'a> {
    type Target = [ServiceLine<'a>];

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.lines[..self.count]
    }
}

impl DerefMut for ServiceLines<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.lines[..self.count]
    }
}

impl<'s, 'a> IntoIterator for &'s ServiceLines<'a> {
    type Item = &'s ServiceLine<'a>;
    type IntoIter = std::slice::Iter<'s, ServiceLine<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_an_earlier_claim_is_left_on_a_line() {
        let mut lines = ServiceLines::default();
        let line = lines.open(ClaimKind::Dental);
        line.code = b"D0120";
        line.diagnosis_pointers.push(1);
        lines.open(ClaimKind::Dental).number = b"2";
        lines.drop_last();
        assert_eq!(lines.len(), 1);
        lines.clear();
        assert!(lines.is_empty());
        let line = lines.open(ClaimKind::Professional);
        assert_eq!(line.kind, ClaimKind::Professional);
        assert!(line.code.is_empty() && line.diagnosis_pointers.is_empty());
        assert!(lines.open(ClaimKind::Professional).number.is_empty());
        lines.clear();
        lines.push(ServiceLine::new(ClaimKind::Institutional));
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].kind, ClaimKind::Institutional);
    }
}
