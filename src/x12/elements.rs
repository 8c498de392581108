//! Located elements and components as inputs for nom: a combinator consumes an element, not a
//! byte.

use std::iter::Enumerate;

use nom::{Input, Needed};

use super::scan::ElementTable;

/// One element of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Element<'a> {
    /// The bytes without blanks around them; an element of blanks only is empty.
    pub bytes: &'a [u8],
    /// 1-based place in the segment.
    pub ordinal: u8,
}

/// The elements of a segment that have not been consumed.
///
/// Two machine words, so that combinators pass it in registers. It has no `Debug`: elements may
/// hold patient data.
#[derive(Clone, Copy)]
pub struct Elements<'a, 'i> {
    table: &'i ElementTable<'a>,
    window: Window,
}

/// 0-based numbers of the first element that is left and of the first one that is not, in one
/// word.
#[derive(Clone, Copy)]
struct Window(u32);

impl Window {
    #[inline(always)]
    const fn new(next: usize, end: usize) -> Self {
        Self(next as u32 | (end as u32) << 16)
    }

    #[inline(always)]
    const fn next(self) -> usize {
        (self.0 & 0xFFFF) as usize
    }

    #[inline(always)]
    const fn end(self) -> usize {
        (self.0 >> 16) as usize
    }
}

impl<'a, 'i> Elements<'a, 'i> {
    /// All elements of the segment that was located last.
    #[inline(always)]
    pub const fn new(table: &'i ElementTable<'a>) -> Self {
        Self {
            table,
            window: Window::new(0, table.count),
        }
    }

    /// The separator that composites of this segment use.
    #[inline(always)]
    pub const fn component_separator(&self) -> u8 {
        self.table.component_separator
    }

    /// True when no element is left.
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.window.next() >= self.window.end()
    }

    /// 1-based ordinal of the first element that is left.
    #[inline(always)]
    pub const fn ordinal(&self) -> u8 {
        self.window.next() as u8 + 1
    }

    /// The bytes of the first element that is left. Beyond the last element sent there are only
    /// empty ones, because trailing empty elements are not sent.
    #[inline(always)]
    pub fn bytes(&self) -> &'a [u8] {
        if self.is_empty() {
            return &[];
        }
        let (start, end) = self.table.bounds(self.window.next());
        trimmed(self.table.segment.get(start..end).unwrap_or_default())
    }

    /// The first element that is left.
    #[inline(always)]
    pub fn first(&self) -> Element<'a> {
        Element {
            bytes: self.bytes(),
            ordinal: self.ordinal(),
        }
    }

    /// What is left after the first element.
    #[must_use]
    #[inline(always)]
    pub const fn rest(self) -> Self {
        // At most `MOST_ELEMENTS` and a few beyond the end: no overflow into the other half.
        Self {
            window: Window(self.window.0 + 1),
            ..self
        }
    }
}

/// Removes blanks on both sides.
#[inline(always)]
pub fn trimmed(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b' ', ..] | [.., b' '] => trim_blanks(bytes),
        _ => bytes,
    }
}

#[cold]
#[inline(never)]
fn trim_blanks(mut bytes: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' '] = bytes {
        bytes = rest;
    }
    bytes
}

/// Iterates over elements.
#[derive(Clone)]
pub struct ElementIter<'a, 'i>(Elements<'a, 'i>);

impl<'a> Iterator for ElementIter<'a, '_> {
    type Item = Element<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Element<'a>> {
        if self.0.is_empty() {
            return None;
        }
        let element = self.0.first();
        self.0 = self.0.rest();
        Some(element)
    }
}

impl<'a, 'i> Input for Elements<'a, 'i> {
    type Item = Element<'a>;
    type Iter = ElementIter<'a, 'i>;
    type IterIndices = Enumerate<ElementIter<'a, 'i>>;

    #[inline(always)]
    fn input_len(&self) -> usize {
        self.window.end().saturating_sub(self.window.next())
    }

    fn take(&self, index: usize) -> Self {
        let end = self.window.next() + index.min(self.input_len());
        Self {
            window: Window::new(self.window.next(), end),
            ..*self
        }
    }

    fn take_from(&self, index: usize) -> Self {
        let next = self.window.next() + index.min(self.input_len());
        Self {
            window: Window::new(next, self.window.end()),
            ..*self
        }
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P>(&self, predicate: P) -> Option<usize>
    where
        P: Fn(Element<'a>) -> bool,
    {
        self.iter_elements().position(predicate)
    }

    #[inline(always)]
    fn iter_elements(&self) -> ElementIter<'a, 'i> {
        ElementIter(*self)
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        let missing = count.saturating_sub(self.input_len());
        if missing == 0 {
            Ok(count)
        } else {
            Err(Needed::new(missing))
        }
    }
}

/// The components of one composite that have not been consumed.
#[derive(Clone, Copy, Debug)]
pub struct Components<'a> {
    /// `None` after the last component.
    rest: Option<&'a [u8]>,
    separator: u8,
    /// 1-based ordinal of the first component that is left.
    ordinal: u8,
}

impl<'a> Components<'a> {
    /// The components of an element.
    #[inline(always)]
    pub const fn new(element: Element<'a>, separator: u8) -> Self {
        Self {
            rest: Some(element.bytes),
            separator,
            ordinal: 1,
        }
    }

    /// 1-based ordinal of the component that comes next.
    #[inline(always)]
    pub const fn ordinal(&self) -> u8 {
        self.ordinal
    }

    /// The first component, trimmed, and what is left; beyond the last one, an empty component.
    #[inline(always)]
    pub fn split_first(self) -> (&'a [u8], Self) {
        let ordinal = self.ordinal.saturating_add(1);
        match self.rest {
            None => (&[], Self { ordinal, ..self }),
            Some(rest) => match rest.iter().position(|byte| *byte == self.separator) {
                Some(end) => (
                    trimmed(&rest[..end]),
                    Self {
                        rest: Some(&rest[end + 1..]),
                        ordinal,
                        ..self
                    },
                ),
                None => (
                    trimmed(rest),
                    Self {
                        rest: None,
                        ordinal,
                        ..self
                    },
                ),
            },
        }
    }
}

/// Iterates over components.
#[derive(Clone)]
pub struct ComponentIter<'a>(Components<'a>);

impl<'a> ComponentIter<'a> {
    /// What has not been iterated over.
    pub const fn rest(self) -> Components<'a> {
        self.0
    }
}

impl<'a> Iterator for ComponentIter<'a> {
    type Item = &'a [u8];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [u8]> {
        self.0.rest?;
        let (component, rest) = self.0.split_first();
        self.0 = rest;
        Some(component)
    }
}

impl<'a> Input for Components<'a> {
    type Item = &'a [u8];
    type Iter = ComponentIter<'a>;
    type IterIndices = Enumerate<ComponentIter<'a>>;

    fn input_len(&self) -> usize {
        self.rest.map_or(0, |rest| {
            memchr::memchr_iter(self.separator, rest).count() + 1
        })
    }

    fn take(&self, index: usize) -> Self {
        let Some(rest) = self.rest.filter(|_| index > 0) else {
            return Self {
                rest: None,
                ..*self
            };
        };
        let end = rest
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == self.separator)
            .map(|(at, _)| at)
            .nth(index - 1)
            .unwrap_or(rest.len());
        Self {
            rest: Some(&rest[..end]),
            ..*self
        }
    }

    fn take_from(&self, index: usize) -> Self {
        (0..index).fold(*self, |components, _| components.split_first().1)
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P>(&self, predicate: P) -> Option<usize>
    where
        P: Fn(&'a [u8]) -> bool,
    {
        self.iter_elements().position(predicate)
    }

    #[inline(always)]
    fn iter_elements(&self) -> ComponentIter<'a> {
        ComponentIter(*self)
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        let missing = count.saturating_sub(self.input_len());
        if missing == 0 {
            Ok(count)
        } else {
            Err(Needed::new(missing))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn taking_elements_is_taking_slices(
            segment in proptest::collection::vec(prop_oneof![Just(b'*'), Just(b' '), Just(b'A')], 2..200),
            index in 0usize..8,
        ) {
            let expected: Vec<&[u8]> = segment.split(|byte| *byte == b'*').skip(1).map(trimmed).collect();
            let mut table = ElementTable::default();
            prop_assume!(table.locate(&segment, 0, segment.len(), b'*', b':'));
            let elements = Elements::new(&table);
            let all: Vec<&[u8]> = elements.iter_elements().map(|element| element.bytes).collect();
            prop_assert_eq!(&all, &expected);
            let (after, before) = elements.take_split(index);
            let cut = index.min(expected.len());
            prop_assert_eq!(before.iter_elements().map(|e| e.bytes).collect::<Vec<_>>(), &expected[..cut]);
            prop_assert_eq!(after.iter_elements().map(|e| e.bytes).collect::<Vec<_>>(), &expected[cut..]);
        }
    }
}
