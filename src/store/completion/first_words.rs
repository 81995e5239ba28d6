//! The first of many words, and the last.

use std::collections::BTreeSet;

/// How many words are returned at most.
pub(super) const MOST: usize = 100;

/// The first words in order, and the last.
#[derive(Default)]
pub(super) struct FirstWords {
    /// At most [`MOST`].
    first: BTreeSet<String>,
    /// Where there are more.
    last: Option<String>,
}

impl FirstWords {
    /// Takes a word, in any order.
    pub(super) fn add(&mut self, word: &str) {
        let is_full = self.first.len() == MOST;
        let greatest = self.first.last().filter(|_| is_full);
        if greatest.is_some_and(|greatest| word > greatest.as_str()) {
            // Kept, so that not every word that is later needs memory of its own.
            let last = self.last.get_or_insert_default();
            if word > last.as_str() {
                last.clear();
                last.push_str(word);
            }
        } else if !self.first.contains(word) {
            self.first.insert(word.to_owned());
            if is_full {
                // What leaves the first ones is before every other that isn't one.
                let out = self.first.pop_last();
                self.last = self.last.take().or(out);
            }
        }
    }

    /// Returns the first words and the last, [`MOST`] in all.
    pub(super) fn into_vec(mut self) -> Vec<String> {
        if self.last.is_some() {
            self.first.pop_last();
        }
        self.first.into_iter().chain(self.last).collect()
    }
}
