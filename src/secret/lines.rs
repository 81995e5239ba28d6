//! Reads secrets, one per line, from input that may never end, and wipes them.

use std::io::{self, Read};

use zeroize::{Zeroize, Zeroizing};

use super::Presented;

/// A line without its newline, wiped when dropped. A line that is too long is truncated: for a
/// secret, to [`MAX_LINE`] bytes.
pub type Line = Zeroizing<Vec<u8>>;

/// The size of a read, in bytes.
const READ_SIZE: usize = 1 << 16;

/// The maximum length of a line, one byte more than a secret's input may have.
const MAX_LINE: usize = Presented::MAX_BYTES + 1;

/// A source of lines.
pub struct Lines<R> {
    source: R,
    /// The number of bytes to which a line is truncated.
    max: usize,
    buffer: Zeroizing<Vec<u8>>,
    /// The beginning of the line whose end was not read yet.
    partial: Zeroizing<Vec<u8>>,
}

impl<R: Read> Lines<R> {
    /// Returns the lines of `source`. Reads nothing.
    pub fn new(source: R) -> Self {
        Self::with_max(source, MAX_LINE)
    }

    /// Returns the lines of `source`, each truncated to `max` bytes. Reads nothing.
    pub fn with_max(source: R, max: usize) -> Self {
        Self {
            source,
            max,
            buffer: Zeroizing::new(vec![0; READ_SIZE]),
            // Full capacity from the start, since a buffer that grows leaves copies in memory.
            partial: Zeroizing::new(Vec::with_capacity(max)),
        }
    }

    /// Waits for input and appends the complete lines to `lines`. Returns false at the end of
    /// input, after the last line, which may lack its newline.
    ///
    /// # Errors
    /// If the source can't be read. An incomplete line is then not appended.
    pub fn read(&mut self, lines: &mut Vec<Line>) -> io::Result<bool> {
        let count = loop {
            match self.source.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if count == 0 {
            if !self.partial.is_empty() {
                lines.push(self.take_line(&[]));
            }
            return Ok(false);
        }
        let mut buffer = std::mem::take(&mut *self.buffer);
        let mut rest = &buffer[..count];
        while let Some(len) = rest.iter().position(|byte| *byte == b'\n') {
            lines.push(self.take_line(&rest[..len]));
            rest = &rest[len + 1..];
        }
        let rest = &rest[..rest.len().min(self.max - self.partial.len())];
        self.partial.extend_from_slice(rest);
        // The wait for the next line may be long.
        buffer[..count].zeroize();
        *self.buffer = buffer;
        Ok(true)
    }

    /// Returns the partial line, completed by `last`.
    fn take_line(&mut self, last: &[u8]) -> Line {
        let last = &last[..last.len().min(self.max - self.partial.len())];
        let line = Zeroizing::new([&self.partial, last].concat());
        self.partial.as_mut_slice().zeroize();
        self.partial.clear();
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a limited number of bytes per read.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (first, rest) = self.0.split_at(count);
            buffer[..count].copy_from_slice(first);
            self.0 = rest;
            Ok(count)
        }
    }

    fn read_all(bytes: &[u8], read_size: usize) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(Slow(bytes, read_size));
        let mut found = Vec::new();
        while lines.read(&mut found).unwrap() {
            assert!(lines.buffer.iter().all(|byte| *byte == 0));
        }
        assert!(lines.partial.is_empty());
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
            for read_size in [1, 2, 3, READ_SIZE] {
                assert_eq!(
                    read_all(bytes, read_size),
                    lines,
                    "{bytes:?} by {read_size}"
                );
            }
        }
    }

    #[test]
    fn a_long_line_is_truncated_to_one_byte_more_than_allowed() {
        let long = [b"x".repeat(300_000), b"\na\n".to_vec(), b"y".repeat(5000)].concat();
        for read_size in [4000, 4096, 4097, READ_SIZE] {
            let lens: Vec<usize> = read_all(&long, read_size).iter().map(Vec::len).collect();
            assert_eq!(lens, [4097, 1, 4097], "{read_size}");
        }
        for len in [4095, 4096, 4097] {
            assert_eq!(read_all(&b"x".repeat(len), 1000)[0].len(), len);
        }
    }
}
