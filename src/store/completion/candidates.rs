//! Chooses the candidates for a shell among possibly many texts.

use std::collections::BTreeSet;

/// The maximum number of candidates.
pub(super) const MAX: usize = 100;

/// The first texts in order, and the very last.
#[derive(Default)]
pub(super) struct Candidates {
    /// The first texts, at most [`MAX`].
    first: BTreeSet<String>,
    /// The last text of all. Its buffer is reused, so that a later text needs no new allocation.
    last: String,
}

impl Candidates {
    /// Adds a text. The texts may come in any order.
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

    /// Returns the first texts and the last, in order, at most [`MAX`] in all.
    pub(super) fn into_vec(mut self) -> Vec<String> {
        if self.first.len() == MAX {
            self.first.pop_last();
            self.first.insert(self.last);
        }
        self.first.into_iter().collect()
    }
}
