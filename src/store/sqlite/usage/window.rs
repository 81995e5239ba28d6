//! The dates of many keys, read a piece of the file at a time: a system call for each
//! would cost a listing as much as all else about the key.

use super::{UsageFile, Use, believed, offset};
use crate::model::Timestamp;

/// Bytes of a piece: the records of 512 slots.
const PIECE: usize = 8192;

/// A piece of the usage file. Slots in rising order read each piece once.
pub(in crate::store) struct Window<'a> {
    file: Option<&'a UsageFile>,
    now: Timestamp,
    start: u64,
    /// How much of the piece is there; the rest of the file's last one is not.
    len: usize,
    bytes: [u8; PIECE],
}

impl<'a> Window<'a> {
    /// A window on `file`, where there is one, that nothing was read through yet.
    pub(in crate::store) fn new(file: Option<&'a UsageFile>, now: Timestamp) -> Self {
        Self {
            file,
            now,
            // No record is there.
            start: u64::MAX,
            len: 0,
            bytes: [0; PIECE],
        }
    }

    /// Returns since when uses have been recorded.
    pub(in crate::store) fn known_since(&self) -> Option<Timestamp> {
        self.file?.known_since(self.now)
    }

    /// As [`UsageFile::last`], of what the file held when the piece was read.
    pub(in crate::store) fn last(&mut self, slot: i64, kind: Use) -> Option<Timestamp> {
        let file = self.file?;
        let offset = offset(slot, kind)?;
        let piece = PIECE as u64;
        if self.start != offset - offset % piece {
            self.start = offset - offset % piece;
            self.len = file.read_at(&mut self.bytes, self.start);
        }
        let at = usize::try_from(offset % piece).ok()?;
        let read = self.bytes.get(..self.len)?.get(at..)?;
        believed(*read.first_chunk()?, self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use std::os::unix::fs::FileExt;

    #[test]
    fn a_window_shows_what_the_file_has() {
        let now = Timestamp::from_unix(1_800_000_000);
        let (_folder, file) = super::super::tests::usage_file();
        // The first of the third piece.
        let last = 1024;
        for slot in [1, 511, 512, 513, last] {
            let earlier = now.minus(Span::from_seconds(slot));
            file.record(slot, Use::Accepted, earlier).unwrap();
            file.record(slot, Use::Refused, now).unwrap();
        }
        // One that can't be, and one cut short.
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
                let known = file.last(slot, kind, now);
                assert_eq!(window.last(slot, kind), known, "{slot} {kind:?}");
            }
        }
        assert_eq!(Window::new(None, now).last(1, Use::Accepted), None);
    }
}
