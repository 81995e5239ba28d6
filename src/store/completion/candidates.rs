//! The candidates that a shell is given, of possibly many.

use std::collections::BTreeSet;

/// The maximum number of candidates.
pub(super) const MAX: usize = 100;

/// The first candidates in order, and the last.
#[derive(Default)]
pub(super) struct Candidates {
    /// At most [`MAX`].
    first: BTreeSet<String>,
    /// The last of all, reused so that a later text needs no new allocation.
    last: String,
}

impl Candidates {
    /// Adds a text, in any order.
    pub(super) fn add(&mut self, text: &str) {
        let is_before = |greatest: &String| text < greatest.as_str();
        if self.first.len() < MAX || self.first.last().is_some_and(is_before) {
            self.first.insert(text.to_owned());
        }
        if self.first.len() > MAX {
            self.first.pop_last();
        }
        if text > self.last.as_str() {
            self.last.clear();
            self.last.push_str(text);
        }
    }

    /// Returns the first candidates and the last, at most [`MAX`] in all.
    pub(super) fn into_vec(mut self) -> Vec<String> {
        if self.first.len() == MAX {
            self.first.pop_last();
            self.first.insert(self.last);
        }
        self.first.into_iter().collect()
    }
}
