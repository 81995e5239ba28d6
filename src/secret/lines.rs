//! Secrets, one a line: read from what may never end, and wiped.

use std::io::{self, Read};

use zeroize::{Zeroize, Zeroizing};

use super::Presented;

/// A line without its newline, wiped when dropped. Of one too long for a secret, as much
/// as tells that.
pub type Line = Zeroizing<Vec<u8>>;

/// Bytes that are read at once.
const AT_ONCE: usize = 1 << 16;

/// One more than a secret may have: what tells that it is too long.
const MOST: usize = Presented::MAX_BYTES + 1;

/// What has lines in it.
pub struct Lines<R> {
    source: R,
    buffer: Zeroizing<Vec<u8>>,
    /// How the line begins that is under way.
    begun: Zeroizing<Vec<u8>>,
}

impl<R: Read> Lines<R> {
    /// The lines of `source`, of which nothing is read yet.
    pub fn new(source: R) -> Self {
        Self {
            source,
            buffer: Zeroizing::new(vec![0; AT_ONCE]),
            // Room for all of it at once: a buffer that grows leaves copies behind.
            begun: Zeroizing::new(Vec::with_capacity(MOST)),
        }
    }

    /// Waits for more and appends the lines that it ends to `lines`. False at the end,
    /// where the last line may lack its newline.
    ///
    /// # Errors
    /// When the source can't be read. What then is under way is no line.
    pub fn read(&mut self, lines: &mut Vec<Line>) -> io::Result<bool> {
        let count = loop {
            match self.source.read(&mut self.buffer) {
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if count == 0 {
            if !self.begun.is_empty() {
                lines.push(self.end(&[]));
            }
            return Ok(false);
        }
        let mut buffer = std::mem::take(&mut *self.buffer);
        let mut rest = &buffer[..count];
        while let Some(len) = rest.iter().position(|byte| *byte == b'\n') {
            lines.push(self.end(&rest[..len]));
            rest = &rest[len + 1..];
        }
        self.go_on(rest);
        // The next line may be waited for for long.
        buffer[..count].zeroize();
        *self.buffer = buffer;
        Ok(true)
    }

    /// The line under way, which `last` ends.
    fn end(&mut self, last: &[u8]) -> Line {
        let last = &last[..last.len().min(MOST - self.begun.len())];
        let line = Zeroizing::new([&self.begun, last].concat());
        self.begun.as_mut_slice().zeroize();
        self.begun.clear();
        line
    }

    /// Goes on with the line under way. What is too much is left out.
    fn go_on(&mut self, bytes: &[u8]) {
        let room = MOST - self.begun.len();
        self.begun
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn all(bytes: &[u8], at_once: usize) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(Slow(bytes, at_once));
        let mut found = Vec::new();
        while lines.read(&mut found).unwrap() {
            assert!(lines.buffer.iter().all(|byte| *byte == 0));
        }
        assert!(lines.begun.is_empty());
        found.iter().map(|line| line.to_vec()).collect()
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        for (bytes, lines) in [
            (&b""[..], &[][..]),
            (b"\n", &[&b""[..]]),
            (b"a", &[b"a"]),
            (b"a\n", &[b"a"]),
            (b"a\n\nbc\r\nd", &[b"a", b"", b"bc\r", b"d"]),
            (b"\n\n\0\n", &[b"", b"", b"\0"]),
        ] {
            for at_once in [1, 2, 3, AT_ONCE] {
                assert_eq!(all(bytes, at_once), lines, "{bytes:?} by {at_once}");
            }
        }
    }

    #[test]
    fn of_a_line_too_long_no_more_is_kept_than_tells_it() {
        let long = [b"x".repeat(300_000), b"\na\n".to_vec(), b"y".repeat(5000)].concat();
        for at_once in [4000, 4096, 4097, AT_ONCE] {
            let lens: Vec<usize> = all(&long, at_once).iter().map(Vec::len).collect();
            assert_eq!(lens, [4097, 1, 4097], "{at_once}");
        }
        for len in [4095, 4096, 4097] {
            assert_eq!(all(&b"x".repeat(len), 1000)[0].len(), len);
        }
    }
}
