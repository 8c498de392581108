//! Located elements and components as inputs for nom: a combinator consumes an element, not a
//! byte.

use std::iter::Enumerate;

use nom::{Input, Needed};

use super::scan::{Parts, block_mask};

/// More elements than any guide allows; what follows them is not looked at.
pub const MOST_ELEMENTS: usize = 128;

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
/// It has no `Debug`: elements may hold patient data.
#[derive(Clone, Copy)]
pub struct Elements<'a> {
    parts: Parts<'a>,
    /// A byte, and the 1-based ordinal of the first element that is left; whole words for the reason that
    /// [`Parts`] has.
    component_separator: usize,
    ordinal: usize,
}

impl<'a> Elements<'a> {
    /// The elements of the segment that is the first `length` bytes. False when there are more than
    /// [`MOST_ELEMENTS`]; the others are left out then.
    ///
    /// Taking bytes behind the segment, too, lets a short segment be looked at with one whole block.
    ///
    /// # Panics
    /// When there are not as many bytes.
    #[inline(always)]
    pub fn of(
        bytes: &'a [u8],
        length: usize,
        separator: u8,
        component_separator: u8,
    ) -> (Self, bool) {
        let separators = block_mask(bytes, separator);
        Self::located(bytes, length, separators, separator, component_separator)
    }

    /// Likewise, when it is known where `separators` stand among the first 64 bytes: a bit for each.
    ///
    /// # Panics
    /// When there are not as many bytes.
    #[inline(always)]
    pub fn located(
        bytes: &'a [u8],
        length: usize,
        separators: u64,
        separator: u8,
        component_separator: u8,
    ) -> (Self, bool) {
        let mut parts = Parts::located(bytes, length, separators, separator).rest();
        let mut fits = true;
        if length > MOST_ELEMENTS {
            let within = first_elements(parts);
            fits = within.is_none();
            parts = within.unwrap_or(parts);
        }
        let elements = Self {
            parts,
            component_separator: usize::from(component_separator),
            ordinal: 1,
        };
        (elements, fits)
    }

    /// The separator that composites of this segment use.
    #[inline(always)]
    pub const fn component_separator(&self) -> u8 {
        self.component_separator as u8
    }

    /// True when no element is left.
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// 1-based ordinal of the first element that is left.
    #[inline(always)]
    pub const fn ordinal(&self) -> u8 {
        self.ordinal as u8
    }

    /// The bytes of the first element that is left. Beyond the last element sent there are only
    /// empty ones, because trailing empty elements are not sent.
    #[inline(always)]
    pub fn bytes(&self) -> &'a [u8] {
        self.split_first().0
    }

    /// The bytes of the first element that is left, and what is left after it.
    #[inline(always)]
    pub fn split_first(self) -> (&'a [u8], Self) {
        let (bytes, parts) = self.parts.split_first();
        (trimmed(bytes), self.after(parts))
    }

    #[inline(always)]
    const fn after(self, parts: Parts<'a>) -> Self {
        Self {
            parts,
            ordinal: self.ordinal.wrapping_add(1),
            ..self
        }
    }

    /// The first element that is left.
    #[inline(always)]
    pub fn first(&self) -> Element<'a> {
        Element {
            bytes: self.bytes(),
            ordinal: self.ordinal(),
        }
    }

    /// The components of the first element that is left, and what is left after it. Blanks around the composite are
    /// blanks around its components.
    #[inline(always)]
    pub fn split_components(self) -> (Components<'a>, Self) {
        let (parts, rest) = self.parts.split_first_by(self.component_separator());
        (Components { parts, ordinal: 1 }, self.after(rest))
    }

    /// What is left after the first element.
    #[must_use]
    #[inline(always)]
    pub fn rest(self) -> Self {
        self.after(self.parts.rest())
    }
}

/// Those that are looked at, when there are more.
#[cold]
#[inline(never)]
fn first_elements(parts: Parts<'_>) -> Option<Parts<'_>> {
    (parts.count() > MOST_ELEMENTS).then(|| parts.first(MOST_ELEMENTS))
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
pub struct ElementIter<'a>(Elements<'a>);

impl<'a> Iterator for ElementIter<'a> {
    type Item = Element<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Element<'a>> {
        if self.0.is_empty() {
            return None;
        }
        let ordinal = self.0.ordinal();
        let (bytes, rest) = self.0.split_first();
        self.0 = rest;
        Some(Element { bytes, ordinal })
    }
}

impl<'a> Input for Elements<'a> {
    type Item = Element<'a>;
    type Iter = ElementIter<'a>;
    type IterIndices = Enumerate<ElementIter<'a>>;

    #[inline(always)]
    fn input_len(&self) -> usize {
        self.parts.count()
    }

    fn take(&self, index: usize) -> Self {
        Self {
            parts: self.parts.first(index),
            ..*self
        }
    }

    fn take_from(&self, index: usize) -> Self {
        (0..index.min(MOST_ELEMENTS)).fold(*self, |elements, _| elements.rest())
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
    fn iter_elements(&self) -> ElementIter<'a> {
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
///
/// It has no `Debug`: components may hold patient data.
#[derive(Clone, Copy)]
pub struct Components<'a> {
    parts: Parts<'a>,
    /// 1-based ordinal of the first component that is left, in a whole word for the reason that [`Parts`] has.
    ordinal: usize,
}

impl<'a> Components<'a> {
    /// The components of a composite.
    #[inline(always)]
    pub fn new(bytes: &'a [u8], separator: u8) -> Self {
        Self {
            parts: Parts::of(bytes, bytes.len(), separator),
            ordinal: 1,
        }
    }

    /// The components that are left as they stand, without blanks around them.
    #[inline(always)]
    pub fn bytes(&self) -> &'a [u8] {
        trimmed(self.parts.whole())
    }

    /// 1-based ordinal of the component that comes next.
    #[inline(always)]
    pub const fn ordinal(&self) -> u8 {
        self.ordinal as u8
    }

    /// True when no component is left.
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The first component, trimmed, and what is left; beyond the last one, an empty component.
    #[inline(always)]
    pub fn split_first(self) -> (&'a [u8], Self) {
        let (bytes, parts) = self.parts.split_first();
        let ordinal = self.ordinal.wrapping_add(1);
        (trimmed(bytes), Self { parts, ordinal })
    }
}

/// Iterates over components.
#[derive(Clone)]
pub struct ComponentIter<'a>(Components<'a>);

impl<'a> Iterator for ComponentIter<'a> {
    type Item = &'a [u8];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
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
        self.parts.count()
    }

    fn take(&self, index: usize) -> Self {
        Self {
            parts: self.parts.first(index),
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
            let (elements, fits) = Elements::of(&segment, segment.len(), b'*', b':');
            prop_assert_eq!(fits, expected.len() <= MOST_ELEMENTS);
            prop_assume!(fits);
            let all: Vec<&[u8]> = elements.iter_elements().map(|element| element.bytes).collect();
            prop_assert_eq!(&all, &expected);
            let (after, before) = elements.take_split(index);
            let cut = index.min(expected.len());
            prop_assert_eq!(before.iter_elements().map(|e| e.bytes).collect::<Vec<_>>(), &expected[..cut]);
            prop_assert_eq!(after.iter_elements().map(|e| e.bytes).collect::<Vec<_>>(), &expected[cut..]);
        }
    }
}
