//! gzip, in one member or several that follow each other, and with what fills up the last block of a tape.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Unpacks all members. NUL bytes behind the last one are padding, as gzip itself has it; anything else there is an
/// error.
pub struct Gunzip<R: BufRead> {
    /// `None` when nothing is left.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gunzip<R> {
    /// A reader of what `packed` holds.
    pub fn new(packed: R) -> Self {
        Self {
            member: Some(GzDecoder::new(packed)),
        }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(bytes)?;
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            let Some(ended) = self.member.take() else {
                break;
            };
            let mut packed = ended.into_inner();
            if skip_padding(&mut packed)? {
                self.member = Some(GzDecoder::new(packed));
            }
        }
        Ok(0)
    }
}

/// Skips NUL bytes; true when something stands behind them.
fn skip_padding(packed: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let ahead = match packed.fill_buf() {
            // Whoever tries again must find the reader where it was.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            ahead => ahead?,
        };
        if ahead.is_empty() {
            return Ok(false);
        }
        let padding = ahead.iter().take_while(|byte| **byte == 0).count();
        let is_all = padding == ahead.len();
        packed.consume(padding);
        if !is_all {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(packed: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        // Of one byte each, so that every state meets the end of a buffer.
        let one_by_one = io::BufReader::with_capacity(1, packed);
        Gunzip::new(one_by_one).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn members_follow_each_other_and_nuls_end_them() {
        let both = [packed("ISA*"), packed(""), packed("IEA~")].concat();
        assert_eq!(unpacked(&both).unwrap(), "ISA*IEA~");
        assert_eq!(
            unpacked(&[&both[..], &[0; 700]].concat()).unwrap(),
            "ISA*IEA~"
        );
        assert!(unpacked(&[&both[..], &[0, 0, 7]].concat()).is_err());
        assert!(unpacked(&[&both[..], b"ISA"].concat()).is_err());
        assert!(unpacked(&both[..both.len() - 1]).is_err());
    }
}
