//! Appends JSON to a vector: what `serde_json` writes, at a small part of the price.

use std::ops::Range;

use serde::Serialize;

use crate::date::{Date, iso};
use crate::money::Cents;
use crate::phi::PatientHash;
use crate::report::words;
use crate::text::Text;
use crate::x12::ElementReference;

/// JSON under construction.
#[derive(Default)]
pub struct Json(Vec<u8>);

impl Json {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What is JSON already.
    #[inline]
    pub fn raw(&mut self, json: &[u8]) {
        self.0.extend_from_slice(json);
    }

    /// Remembers what `write` writes, for [`Self::again`].
    #[inline]
    pub fn marked(&mut self, write: impl FnOnce(&mut Self)) -> Range<usize> {
        let from = self.0.len();
        write(self);
        from..self.0.len()
    }

    /// Writes once more what was written there.
    #[inline]
    pub fn again(&mut self, written: &Range<usize>) {
        self.0.extend_from_within(written.clone());
    }

    /// Anything, by serde.
    pub fn value(&mut self, value: &impl Serialize) -> serde_json::Result<()> {
        serde_json::to_writer(&mut self.0, value)
    }

    #[inline]
    pub fn number(&mut self, number: u64) {
        self.raw(itoa::Buffer::new().format(number).as_bytes());
    }

    #[inline]
    pub fn text(&mut self, text: &Text) {
        if is_plain(text.as_bytes()) {
            self.plain(text.as_bytes());
        } else {
            self.escaped(&text.display());
        }
    }

    #[inline]
    pub fn string(&mut self, text: &str) {
        if is_plain(text.as_bytes()) {
            self.plain(text.as_bytes());
        } else {
            self.escaped(text);
        }
    }

    #[inline]
    pub fn cents(&mut self, amount: Cents) {
        self.plain(amount.decimal().as_bytes());
    }

    #[inline]
    pub fn date(&mut self, date: Date) {
        match iso(date) {
            Some(text) => self.plain(&text),
            None => self.escaped(&date.to_string()),
        }
    }

    #[inline]
    pub fn hash(&mut self, hash: PatientHash) {
        self.plain(&hash.digits());
    }

    #[inline]
    pub fn reference(&mut self, reference: ElementReference) {
        match reference.plain(&mut [0; 8]) {
            Some(text) => self.plain(text.as_bytes()),
            None => self.escaped(&reference.to_string()),
        }
    }

    /// `null` for nothing.
    #[inline]
    pub fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.raw(b"null"),
        }
    }

    #[inline]
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.0.push(b'[');
        let mut is_first = true;
        for item in items {
            if !std::mem::take(&mut is_first) {
                self.0.push(b',');
            }
            write(self, item);
        }
        self.0.push(b']');
    }

    /// A string that needs no escapes.
    #[inline]
    fn plain(&mut self, text: &[u8]) {
        self.0.push(b'"');
        self.raw(text);
        self.0.push(b'"');
    }

    fn escaped(&mut self, text: &str) {
        self.0.push(b'"');
        for piece in text.as_bytes().chunks(32) {
            if is_plain(piece) {
                self.raw(piece);
                continue;
            }
            for &byte in piece {
                match byte {
                    b'"' | b'\\' => self.raw(&[b'\\', byte]),
                    b'\n' => self.raw(b"\\n"),
                    b'\r' => self.raw(b"\\r"),
                    b'\t' => self.raw(b"\\t"),
                    0x08 => self.raw(b"\\b"),
                    0x0c => self.raw(b"\\f"),
                    0..b' ' => {
                        let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
                        self.raw(b"\\u00");
                        self.raw(&[digit(byte >> 4), digit(byte & 15)]);
                    }
                    _ => self.0.push(byte),
                }
            }
        }
        self.0.push(b'"');
    }
}

/// True for ASCII that needs no escape.
#[inline]
fn is_plain(text: &[u8]) -> bool {
    !words::any(text, |word| {
        words::is_no_ascii_text(word) | words::equals(word, b'"') | words::equals(word, b'\\')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::code::ProcedureCode;

    fn written(write: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::default();
        write(&mut json);
        String::from_utf8(json.0).unwrap()
    }

    fn by_serde(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }

    proptest! {
        #[test]
        fn text_is_written_as_by_serde_json(
            bytes in prop::collection::vec(prop_oneof![20 => b' '..=b'~', 1 => any::<u8>()], 0..80),
        ) {
            let text = Text::new(&bytes);
            prop_assert_eq!(written(|json| json.text(&text)), by_serde(&text));
            let display = text.display();
            prop_assert_eq!(written(|json| json.string(&display)), by_serde(&display));
        }

        #[test]
        fn values_are_written_as_by_serde_json(
            number: u64, cents: i64, hash: u64, days in -300_000..2_900_000, code in "[0-9A-Z]{1,8}",
            (id, element, component) in ("[ -~]{0,3}", any::<u8>(), any::<u8>()),
        ) {
            prop_assert_eq!(written(|json| json.number(number)), by_serde(&number));
            prop_assert_eq!(written(|json| json.cents(Cents(cents))), by_serde(&Cents(cents)));
            prop_assert_eq!(written(|json| json.hash(PatientHash(hash))), by_serde(&PatientHash(hash)));
            let date = jiff::civil::date(0, 1, 1) + jiff::Span::new().days(days);
            prop_assert_eq!(written(|json| json.date(date)), by_serde(&date));
            let code = ProcedureCode::new(code.as_bytes());
            let of_code = |json: &mut Json| json.option(code, |json, code| code.told(|text| json.string(text)));
            prop_assert_eq!(written(of_code), by_serde(&code));
            for component in [component, component % 10] {
                let reference = ElementReference::new(id.as_bytes(), element, component);
                prop_assert_eq!(written(|json| json.reference(reference)), by_serde(&reference));
            }
        }
    }

    #[test]
    fn lists_and_what_is_written_again() {
        let numbers = |json: &mut Json, list: &[u64]| json.list(list, |json, n| json.number(*n));
        assert_eq!(written(|json| numbers(json, &[])), "[]");
        let twice = written(|json| {
            let list = json.marked(|json| numbers(json, &[1, 2]));
            json.raw(b",");
            json.again(&list);
        });
        assert_eq!(twice, "[1,2],[1,2]");
    }
}
