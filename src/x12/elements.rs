//! Located elements and components as inputs for nom: a combinator consumes an element, not a
//! byte.

use std::iter::Enumerate;

use nom::{Input, Needed};

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
pub struct Elements<'a, 'i> {
    segment: &'a [u8],
    /// End of what came before, then the ends of the elements that are left.
    ends: &'i [u32],
    /// 1-based ordinal of the first element that is left.
    ordinal: u8,
    component_separator: u8,
}

impl<'a, 'i> Elements<'a, 'i> {
    /// All elements of `segment`; `ends` begins with the end of the identifier.
    #[inline(always)]
    pub const fn new(segment: &'a [u8], ends: &'i [u32], component_separator: u8) -> Self {
        Self {
            segment,
            ends,
            ordinal: 1,
            component_separator,
        }
    }

    /// The separator that composites of this segment use.
    #[inline(always)]
    pub const fn component_separator(&self) -> u8 {
        self.component_separator
    }

    /// The first element that is left; beyond the last one, an empty element, because trailing
    /// empty elements are not sent.
    #[inline(always)]
    pub fn first(&self) -> Element<'a> {
        let bytes = match *self.ends {
            [before, end, ..] => trimmed(&self.segment[before as usize + 1..end as usize]),
            _ => &[],
        };
        Element {
            bytes,
            ordinal: self.ordinal,
        }
    }

    /// What is left after the first element.
    #[inline(always)]
    pub fn rest(self) -> Self {
        Self {
            ends: if self.ends.len() > 1 {
                &self.ends[1..]
            } else {
                self.ends
            },
            ordinal: self.ordinal.saturating_add(1),
            ..self
        }
    }
}

/// Removes blanks on both sides.
#[inline(always)]
pub fn trimmed(mut bytes: &[u8]) -> &[u8] {
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

    fn next(&mut self) -> Option<Element<'a>> {
        (self.0.input_len() > 0).then(|| {
            let element = self.0.first();
            self.0 = self.0.rest();
            element
        })
    }
}

impl<'a, 'i> Input for Elements<'a, 'i> {
    type Item = Element<'a>;
    type Iter = ElementIter<'a, 'i>;
    type IterIndices = Enumerate<ElementIter<'a, 'i>>;

    #[inline(always)]
    fn input_len(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    #[inline(always)]
    fn take(&self, index: usize) -> Self {
        Self {
            ends: &self.ends[..=index.min(self.input_len())],
            ..*self
        }
    }

    #[inline(always)]
    fn take_from(&self, index: usize) -> Self {
        Self {
            ends: &self.ends[index.min(self.input_len())..],
            ordinal: self.ordinal.saturating_add(index as u8),
            ..*self
        }
    }

    #[inline(always)]
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

    #[inline(always)]
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
            rest.iter().filter(|byte| **byte == self.separator).count() + 1
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
