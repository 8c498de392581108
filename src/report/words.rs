//! Looks at text eight bytes at a time.

/// Every byte of a word.
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// The highest bit of every byte of a word.
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// True when `finds` says other than zero of a word of the text. The last bytes are looked at together with some
/// before them, those of a short text twice, so that there is no rest.
#[inline]
pub(super) fn any(text: &[u8], finds: impl Fn(u64) -> u64) -> bool {
    if let Some(last) = text.last_chunk() {
        let (words, _) = text.as_chunks();
        let last = finds(u64::from_le_bytes(*last));
        let found = words
            .iter()
            .fold(last, |found, word| found | finds(u64::from_le_bytes(*word)));
        return found != 0;
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return finds(u64::from(first) << 32 | u64::from(last)) != 0;
    }
    text.iter().any(|byte| finds(ONES * u64::from(*byte)) != 0)
}

/// Not zero when a byte of the word is `byte`. No bit flows over from a byte below unless that one was found.
#[inline]
pub(super) const fn equals(word: u64, byte: u8) -> u64 {
    let difference = word ^ (ONES * byte as u64);
    difference.wrapping_sub(ONES) & !difference & HIGHS
}

/// Not zero when a byte of the word is no ASCII or a control character other than DEL.
#[inline]
pub(super) const fn is_no_ascii_text(word: u64) -> u64 {
    (word | word.wrapping_sub(ONES * b' ' as u64)) & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place() {
        for length in 0..24 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b'A'; length];
                    text[place] = byte;
                    let is_text = matches!(byte, b' '..=0x7f);
                    assert_eq!(any(&text, is_no_ascii_text), !is_text, "{text:?}");
                    for sought in [0, b',', 0x7f, 0x80, 0xff] {
                        let found = any(&text, |word| equals(word, sought));
                        assert_eq!(found, byte == sought, "{text:?}");
                    }
                }
            }
        }
    }
}
