//! Reads the dates of many keys from the usage file in chunks: a system call for each date
//! would cost a listing as much as the rest of the key.

use super::{UsageFile, Use, credible, offset};
use crate::model::Timestamp;

/// Bytes of a chunk: the entries of 512 slots.
const CHUNK: usize = 8192;

/// A chunk of the usage file. Lookups in order of the slots read each chunk once.
pub(in crate::store) struct Window<'a> {
    file: Option<&'a UsageFile>,
    now: Timestamp,
    start: u64,
    /// The bytes that were read; fewer than a chunk at the end of the file.
    len: usize,
    bytes: [u8; CHUNK],
}

impl<'a> Window<'a> {
    /// Returns a window on `file`, without reading from it. Without a file, no date is known.
    pub(in crate::store) fn new(file: Option<&'a UsageFile>, now: Timestamp) -> Self {
        Self {
            file,
            now,
            // No chunk starts here.
            start: u64::MAX,
            len: 0,
            bytes: [0; CHUNK],
        }
    }

    /// As [`UsageFile::last`], with the content of the file when the chunk was read.
    pub(in crate::store) fn last(&mut self, slot: i64, kind: Use) -> Option<Timestamp> {
        let file = self.file?;
        let offset = offset(slot, kind)?;
        let chunk = CHUNK as u64;
        if self.start != offset - offset % chunk {
            self.start = offset - offset % chunk;
            self.len = file.read_at(&mut self.bytes, self.start);
        }
        let index = usize::try_from(offset % chunk).ok()?;
        let read = self.bytes.get(..self.len)?.get(index..)?;
        credible(i64::from_le_bytes(*read.first_chunk()?), self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::NewUse;
    use super::super::tests::usage_file;
    use super::*;
    use crate::model::Span;
    use std::os::unix::fs::FileExt;

    #[test]
    fn a_window_shows_the_dates_of_the_file() {
        let now = Timestamp::from_unix(1_800_000_000);
        let (_directory, file) = usage_file();
        // The first slot of the third chunk.
        let last = 1024;
        for slot in [1, 511, 512, 513, last] {
            let earlier = now.minus(Span::from_seconds(slot));
            file.record(&NewUse::new(slot, Use::Accepted, earlier))
                .unwrap();
            file.record(&NewUse::new(slot, Use::Refused, now)).unwrap();
        }
        // An absurd date, and a truncated entry.
        file.0.write_all_at(&[0xff; 8], 513 * 16).unwrap();
        file.0.set_len(1024 * 16 + 15).unwrap();
        let mut window = Window::new(Some(&file), now);
        for slot in [
            0,
            1,
            2,
            511,
            512,
            513,
            1,
            last - 1,
            last,
            last + 1,
            -1,
            i64::MAX,
        ] {
            for kind in [Use::Accepted, Use::Refused] {
                let expected = file.last(slot, kind, now);
                assert_eq!(window.last(slot, kind), expected, "{slot} {kind:?}");
            }
        }
        assert_eq!(Window::new(None, now).last(1, Use::Accepted), None);
    }
}
