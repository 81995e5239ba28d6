//! Finds secrets in a stream of any size, in bounded memory, between any other bytes.
//!
//! A secret of any prefix ends with 49 letters and digits after an underscore. So the
//! search looks only at every 49th byte. If that is a letter or digit, the last underscore before
//! it is the only one after which these 49 characters can begin.

use std::io::{self, Read};

use memchr::{memchr_iter, memrchr};
use zeroize::Zeroizing;

use super::scan::prefix_len;
use super::{Secret, TAIL_LEN};
use crate::model::{KeyId, Prefix, RANDOM_AND_CHECKSUM};

/// The size of the buffer, in bytes. A read fills at least half of it.
const BUFFER_SIZE: usize = 1 << 17;

/// A well-formed secret in a stream.
pub struct Occurrence {
    /// The number of its line, from 1.
    pub line: u64,
    /// The number of its first byte in the line, from 1.
    pub column: u64,
    /// The secret.
    pub secret: Secret,
}

/// A position in a stream.
struct Position {
    /// The index in the buffer.
    at: usize,
    line: u64,
    column: u64,
}

/// A search for secrets, wiped from memory when dropped.
pub struct Finder {
    buffer: Zeroizing<Vec<u8>>,
    /// The number of bytes in the buffer.
    filled: usize,
    /// The first byte in the buffer that may end a prefix and was not examined.
    next: usize,
    /// A position at or before which no secret begins that was not found.
    position: Position,
}

impl Finder {
    /// Returns a search with an empty buffer.
    pub fn new() -> Self {
        Self::with_buffer(BUFFER_SIZE)
    }

    fn with_buffer(size: usize) -> Self {
        Self {
            buffer: Zeroizing::new(vec![0; size]),
            filled: 0,
            next: 0,
            position: Position::START,
        }
    }

    /// Begins a new stream.
    pub fn begin(&mut self) {
        self.filled = 0;
        self.next = 0;
        self.position = Position::START;
    }

    /// Reads once from `source`, and appends the secrets that are complete then. Returns false at
    /// the end of the stream.
    ///
    /// # Errors
    /// If the source can't be read.
    pub fn read(
        &mut self,
        source: &mut impl Read,
        found: &mut Vec<Occurrence>,
    ) -> io::Result<bool> {
        if self.filled > self.buffer.len() / 2 {
            self.shift();
        }
        let count = loop {
            match source.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.filled += count;
        self.search(found);
        Ok(count > 0)
    }

    /// Appends the secrets in the buffer that were not found yet.
    fn search(&mut self, found: &mut Vec<Occurrence>) {
        let text = &self.buffer[..self.filled];
        // After this index there is no room for the rest of a secret.
        let end = (text.len() + 1).saturating_sub(TAIL_LEN).max(self.next);
        // The last byte of a secret whose prefix ends at `next`.
        let first = self.next + TAIL_LEN - 1;
        for probe in (first..text.len()).step_by(RANDOM_AND_CHECKSUM) {
            if !text[probe].is_ascii_alphanumeric() {
                continue;
            }
            let before = probe - RANDOM_AND_CHECKSUM;
            let Some(underscore) = memrchr(b'_', &text[before..probe]) else {
                continue;
            };
            // The underscore before the id.
            let at = before + underscore - (KeyId::LEN + 1);
            if text[at] != b'_' {
                continue;
            }
            let Some(len) = prefix_len(text, at) else {
                continue;
            };
            let secret = std::str::from_utf8(&text[at - len..at + TAIL_LEN]);
            if let Some(secret) = secret.ok().and_then(Secret::parse) {
                self.position.advance(text, at - len);
                found.push(Occurrence {
                    line: self.position.line,
                    column: self.position.column,
                    secret,
                });
            }
        }
        self.next = end;
    }

    /// Moves the end of the buffer, which may hold the beginning of a secret, to its front.
    fn shift(&mut self) {
        let start = self.next.saturating_sub(Prefix::MAX_LEN);
        self.position.advance(&self.buffer, start);
        self.position.at -= start;
        self.buffer.copy_within(start..self.filled, 0);
        self.filled -= start;
        self.next -= start;
    }
}

impl Position {
    /// The beginning of a stream.
    const START: Self = Self {
        at: 0,
        line: 1,
        column: 1,
    };

    /// Moves forward to the index `to` of `text`; never moves back.
    fn advance(&mut self, text: &[u8], to: usize) {
        if to <= self.at {
            return;
        }
        let passed = &text[self.at..to];
        match memrchr(b'\n', passed) {
            Some(last) => {
                self.line += memchr_iter(b'\n', passed).count() as u64;
                self.column = (passed.len() - last) as u64;
            }
            None => self.column += passed.len() as u64,
        }
        self.at = to;
    }
}

#[cfg(test)]
mod tests;
