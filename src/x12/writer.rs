//! Writes segments: element by element, with trailing empty parts suppressed.

use std::io::{self, Write};

use super::Delimiters;
use super::header::is_line_break;
use crate::date::{Date, to_d8};
use crate::money::Cents;

/// Writes X12 segments to `W`, one at a time.
///
/// Every segment is built in one reused buffer and handed to `W` in a single `write_all`, so
/// give it a buffered writer. X12 has no way to escape a delimiter: **a delimiter or a
/// control character inside a value is written as a space**, so that no value can break the
/// envelope. Echoing data of a received interchange with that interchange's own delimiters
/// therefore never changes it, control characters aside, which X12 allows in no value.
#[derive(Debug)]
pub struct SegmentWriter<W: Write> {
    out: W,
    delimiters: Delimiters,
    line_breaks: bool,
    /// What each byte of a value is written as.
    safe: Box<[u8; 256]>,
    buffer: Vec<u8>,
    segments: u64,
}

impl<W: Write> SegmentWriter<W> {
    /// A writer with these delimiters that puts a line feed after every terminator.
    pub fn new(out: W, delimiters: Delimiters) -> Self {
        Self {
            out,
            delimiters,
            line_breaks: true,
            safe: safe_bytes(delimiters),
            buffer: Vec::with_capacity(256),
            segments: 0,
        }
    }

    /// Whether a line feed follows every terminator (it does unless told otherwise). Never a
    /// second one when the terminator itself is CR or LF.
    #[must_use]
    pub fn with_line_breaks(mut self, line_breaks: bool) -> Self {
        self.line_breaks = line_breaks;
        self
    }

    /// The delimiters in use.
    pub fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// Changes the delimiters: sensible only right before [`Self::isa`].
    pub fn set_delimiters(&mut self, delimiters: Delimiters) {
        self.delimiters = delimiters;
        self.safe = safe_bytes(delimiters);
    }

    /// Segments written so far, in all. `SE01` is this number after `ST` was written to after
    /// `SE`, both included: remember it before `ST` and subtract.
    pub fn segment_count(&self) -> u64 {
        self.segments
    }

    /// Begins a segment. Nothing is written before [`SegmentBuilder::end`].
    #[inline]
    pub fn segment(&mut self, id: &str) -> SegmentBuilder<'_, W> {
        self.buffer.clear();
        self.buffer.extend_from_slice(id.as_bytes());
        let kept = self.buffer.len();
        SegmentBuilder {
            writer: self,
            kept,
            before: 0,
        }
    }

    /// Begins a segment that begins as others do. Nothing is written before [`SegmentBuilder::end`].
    #[inline]
    pub fn begin(&mut self, beginning: &Beginning) -> SegmentBuilder<'_, W> {
        self.buffer.clear();
        self.buffer.extend_from_slice(&beginning.0);
        let kept = self.buffer.len();
        SegmentBuilder {
            writer: self,
            kept,
            before: 0,
        }
    }

    /// Writes the fixed-length `ISA` (106 bytes with its terminator) from these delimiters;
    /// values are padded with spaces or cut to their lengths.
    ///
    /// # Errors
    /// Those of the underlying writer.
    pub fn isa(&mut self, header: &OutgoingInterchange<'_>) -> io::Result<()> {
        let Delimiters {
            element,
            component,
            repetition,
            ..
        } = self.delimiters;
        self.buffer.clear();
        self.buffer.extend_from_slice(b"ISA");
        let date = to_d8(header.date);
        let control = nine_digits(header.control_number);
        let (hour, minute) = header.time;
        let time = [hour / 10 % 10, hour % 10, minute / 10 % 10, minute % 10].map(|d| b'0' + d);
        let fields: [(&[u8], usize); 10] = [
            (b"00", 2),
            (b"", 10),
            (b"00", 2),
            (b"", 10),
            (header.sender_qualifier, 2),
            (header.sender_id, 15),
            (header.receiver_qualifier, 2),
            (header.receiver_id, 15),
            (&date.as_bytes()[2..], 6),
            (&time, 4),
        ];
        for (value, length) in fields {
            self.buffer.push(element);
            let from = self.buffer.len();
            self.push_value(&value[..value.len().min(length)]);
            self.buffer.resize(from + length, b' ');
        }
        self.buffer.push(element);
        self.buffer.push(repetition.unwrap_or(b'U'));
        self.buffer.push(element);
        self.buffer.extend_from_slice(b"00501");
        self.buffer.push(element);
        self.buffer.extend_from_slice(&control);
        self.buffer.push(element);
        self.buffer
            .push(b'0' + u8::from(header.acknowledgment_requested));
        self.buffer.push(element);
        self.buffer.push(if header.test { b'T' } else { b'P' });
        self.buffer.push(element);
        self.buffer.push(component);
        self.terminate();
        self.hand_on(1)
    }

    /// Writes `IEA`: the number of functional groups and the control number of the `ISA`.
    ///
    /// # Errors
    /// Those of the underlying writer.
    pub fn iea(&mut self, groups: u64, control_number: u32) -> io::Result<()> {
        self.segment("IEA")
            .number(groups)
            .element(nine_digits(control_number))
            .end()
    }

    /// Flushes the underlying writer.
    ///
    /// # Errors
    /// Those of the underlying writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// The underlying writer; nothing is held back here.
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    /// The underlying writer, for bytes that are segments already; they are not counted.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Gives the underlying writer back; nothing is held back here.
    pub fn into_inner(self) -> W {
        self.out
    }

    #[inline]
    fn push_value(&mut self, value: &[u8]) {
        let safe = &*self.safe;
        self.buffer
            .extend(value.iter().map(|byte| safe[usize::from(*byte)]));
    }

    #[inline]
    fn terminate(&mut self) {
        self.buffer.push(self.delimiters.terminator);
        if self.line_breaks && !is_line_break(self.delimiters.terminator) {
            self.buffer.push(b'\n');
        }
    }

    /// Writes the buffer, which holds so many segments.
    #[inline]
    fn hand_on(&mut self, segments: u64) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.segments += segments;
        Ok(())
    }
}

/// What segments that are written often have in common from their identifier on, made once. It holds the
/// delimiters of the writer that made it.
#[derive(Debug)]
pub struct Beginning(Box<[u8]>);

/// A segment under construction, and segments before it that are done. Dropped without [`Self::end`], none of
/// them is written.
#[must_use = "a segment is written by `end`"]
#[derive(Debug)]
pub struct SegmentBuilder<'a, W: Write> {
    writer: &'a mut SegmentWriter<W>,
    /// Length of the buffer up to the last element that is not empty.
    kept: usize,
    /// Segments in the buffer that are done.
    before: u64,
}

impl<W: Write> SegmentBuilder<'_, W> {
    /// Adds one simple element.
    #[inline]
    pub fn element(mut self, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.writer.buffer.push(self.writer.delimiters.element);
        if !value.is_empty() {
            self.writer.push_value(value);
            self.kept = self.writer.buffer.len();
        }
        self
    }

    /// Adds a whole number.
    #[inline]
    pub fn number(self, value: u64) -> Self {
        self.element(itoa::Buffer::new().format(value))
    }

    /// Adds an amount as X12 wants it: `120`, `12.5`, `-0.05`.
    #[inline]
    pub fn amount(mut self, amount: Cents) -> Self {
        self.writer.buffer.push(self.writer.delimiters.element);
        if amount.0 < 0 {
            self.writer.buffer.push(b'-');
        }
        let magnitude = amount.0.unsigned_abs();
        self.writer
            .buffer
            .extend_from_slice(itoa::Buffer::new().format(magnitude / 100).as_bytes());
        let cents = (magnitude % 100) as u8;
        if cents > 0 {
            self.writer.buffer.push(b'.');
            self.writer.buffer.push(b'0' + cents / 10);
            if !cents.is_multiple_of(10) {
                self.writer.buffer.push(b'0' + cents % 10);
            }
        }
        self.kept = self.writer.buffer.len();
        self
    }

    /// Adds one empty element.
    #[inline]
    pub fn empty(self) -> Self {
        self.skip(1)
    }

    /// Adds `count` empty elements.
    #[inline]
    pub fn skip(self, count: usize) -> Self {
        for _ in 0..count {
            self.writer.buffer.push(self.writer.delimiters.element);
        }
        self
    }

    /// Adds a composite element; its trailing empty components are left out.
    #[inline]
    pub fn composite(mut self, components: &[&[u8]]) -> Self {
        self.writer.buffer.push(self.writer.delimiters.element);
        let mut kept = self.writer.buffer.len();
        for (index, component) in components.iter().enumerate() {
            if index > 0 {
                self.writer.buffer.push(self.writer.delimiters.component);
            }
            if !component.is_empty() {
                self.writer.push_value(component);
                kept = self.writer.buffer.len();
                self.kept = kept;
            }
        }
        self.writer.buffer.truncate(kept);
        self
    }

    /// What the segment has by now, without its trailing empty elements, to begin others with. It is not written.
    pub fn beginning(self) -> Beginning {
        Beginning(self.writer.buffer[..self.kept].into())
    }

    /// Ends the segment and begins another one, so that both are written at once.
    #[inline]
    pub fn next(mut self, beginning: &Beginning) -> Self {
        self.writer.buffer.truncate(self.kept);
        self.writer.terminate();
        self.writer.buffer.extend_from_slice(&beginning.0);
        self.kept = self.writer.buffer.len();
        self.before += 1;
        self
    }

    /// Writes the segment without its trailing empty elements, and what is before it.
    ///
    /// # Errors
    /// Those of the underlying writer.
    #[inline]
    pub fn end(self) -> io::Result<()> {
        self.writer.buffer.truncate(self.kept);
        self.writer.terminate();
        self.writer.hand_on(self.before + 1)
    }
}

/// What an `ISA` says besides the delimiters. ISA01 to ISA04 are always `00` and blank, ISA12
/// is `00501`.
#[derive(Clone, Copy, Debug)]
pub struct OutgoingInterchange<'a> {
    /// ISA05, such as `ZZ`.
    pub sender_qualifier: &'a [u8],
    /// ISA06, up to 15 bytes.
    pub sender_id: &'a [u8],
    /// ISA07.
    pub receiver_qualifier: &'a [u8],
    /// ISA08, up to 15 bytes.
    pub receiver_id: &'a [u8],
    /// ISA09.
    pub date: Date,
    /// ISA10: hour and minute.
    pub time: (u8, u8),
    /// ISA13; only its last nine digits are written.
    pub control_number: u32,
    /// ISA14: whether a TA1 is asked for.
    pub acknowledgment_requested: bool,
    /// ISA15: test (`T`) or production (`P`).
    pub test: bool,
}

/// Every byte as itself, control characters as blanks.
const PRINTABLE: [u8; 256] = {
    let mut bytes = [b' '; 256];
    let mut byte = 0;
    while byte < 256 {
        if !(byte as u8).is_ascii_control() {
            bytes[byte] = byte as u8;
        }
        byte += 1;
    }
    bytes
};

fn safe_bytes(delimiters: Delimiters) -> Box<[u8; 256]> {
    let mut safe = Box::new(PRINTABLE);
    let unsafe_bytes = [
        Some(delimiters.element),
        Some(delimiters.component),
        delimiters.repetition,
        Some(delimiters.terminator),
    ];
    for byte in unsafe_bytes.into_iter().flatten() {
        safe[usize::from(byte)] = b' ';
    }
    safe
}

fn nine_digits(mut number: u32) -> [u8; 9] {
    let mut digits = [b'0'; 9];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn writer() -> SegmentWriter<Vec<u8>> {
        SegmentWriter::new(Vec::new(), Delimiters::default()).with_line_breaks(false)
    }

    fn text(writer: SegmentWriter<Vec<u8>>) -> String {
        String::from_utf8(writer.into_inner()).unwrap()
    }

    const HEADER: OutgoingInterchange<'static> = OutgoingInterchange {
        sender_qualifier: b"ZZ",
        sender_id: b"SENDER",
        receiver_qualifier: b"ZZ",
        receiver_id: b"A RECEIVER WITH A LONG NAME",
        date: date(2026, 11, 23),
        time: (9, 5),
        control_number: 905,
        acknowledgment_requested: false,
        test: true,
    };

    #[test]
    fn trailing_empty_parts_are_left_out() {
        let mut writer = writer();
        writer
            .segment("CLM")
            .element("A1")
            .amount(Cents(12_050))
            .skip(2)
            .composite(&[b"11", b"B", b"1"])
            .empty()
            .composite(&[b"", b""])
            .element("")
            .end()
            .unwrap();
        writer
            .segment("SV1")
            .composite(&[b"HC", b"97110", b"", b"GP", b"", b""])
            .amount(Cents(-5))
            .end()
            .unwrap();
        assert_eq!(writer.segment_count(), 2);
        assert_eq!(
            text(writer),
            "CLM*A1*120.5***11:B:1~SV1*HC:97110::GP*-0.05~"
        );
    }

    #[test]
    fn segments_that_begin_alike_are_written_together() {
        let mut writer = writer();
        let beginning = writer.segment("REF").element("6*R").empty().beginning();
        assert_eq!(writer.get_ref(), b"", "not written");
        let two = writer.begin(&beginning).element("A").skip(2);
        two.next(&beginning).element("B").end().unwrap();
        writer.begin(&beginning).end().unwrap();
        drop(writer.begin(&beginning).next(&beginning));
        assert_eq!(writer.segment_count(), 3);
        assert_eq!(text(writer), "REF*6 R*A~REF*6 R*B~REF*6 R~");
    }

    #[test]
    fn a_delimiter_in_a_value_becomes_a_space() {
        let mut writer = writer();
        writer
            .segment("NTE")
            .element("A*B:C^D~E\r\nF\x07G\x7fH")
            .composite(&[b"x:y", b"\xe9"])
            .end()
            .unwrap();
        assert_eq!(
            writer.into_inner(),
            b"NTE*A B C D E  F G H*x y:\xe9~".as_slice()
        );
    }

    #[test]
    fn amounts_are_written_as_money_writes_them() {
        for cents in [0, 1, 10, 99, 100, 110, 12_345, -1_205, i64::MAX] {
            let mut writer = writer();
            writer.segment("A").amount(Cents(cents)).end().unwrap();
            assert_eq!(text(writer), format!("A*{}~", Cents(cents).to_x12()));
        }
    }

    #[test]
    fn the_isa_is_106_bytes_for_any_delimiters() {
        let delimiters = Delimiters {
            element: b'|',
            component: b'>',
            repetition: Some(b'!'),
            terminator: b'\n',
        };
        let mut writer = SegmentWriter::new(Vec::new(), delimiters);
        writer.isa(&HEADER).unwrap();
        writer.iea(2, 905).unwrap();
        assert_eq!(
            text(writer),
            "ISA|00|          |00|          |ZZ|SENDER         |ZZ|A RECEIVER WITH|261123|0905\
             |!|00501|000000905|0|T|>\nIEA|2|000000905\n"
        );
        let mut writer = SegmentWriter::new(Vec::new(), Delimiters::default());
        writer.isa(&HEADER).unwrap();
        assert_eq!(writer.get_ref().len(), 107, "106 bytes and the line feed");
        assert_eq!(&writer.get_ref()[82..84], b"^*");
        assert_eq!(&writer.get_ref()[104..], b":~\n");
    }

    #[test]
    fn a_dropped_segment_is_not_written() {
        let mut writer = writer();
        drop(writer.segment("ST").element("837"));
        writer
            .segment("SE")
            .number(1)
            .element("0001")
            .end()
            .unwrap();
        assert_eq!(text(writer), "SE*1*0001~");
    }
}
