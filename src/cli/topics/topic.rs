//! A topic of `apikey help` and its parts.

/// A topic.
#[derive(Debug, Clone)]
pub struct Topic {
    /// The word for it: `apikey help WORD`.
    pub word: &'static str,
    /// Its subject, in a line.
    pub about: &'static str,
    /// The section of apikey(1).
    pub section: &'static str,
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// A part of a topic: prose, then terms, then examples.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Its heading; the first part of a topic has none.
    pub heading: Option<&'static str>,
    /// Paragraphs.
    pub prose: &'static [&'static str],
    /// The commands that print what it describes.
    pub printed_by: &'static str,
    /// Words and their meanings.
    pub terms: Vec<Term>,
    /// Lines for a shell.
    pub examples: &'static [&'static str],
}

/// A word and its meaning.
#[derive(Debug, Clone)]
pub struct Term {
    /// The word.
    pub word: String,
    /// The meaning.
    pub meaning: String,
}

impl Part {
    /// Returns the prose, and which commands print what it describes.
    pub fn paragraphs(&self) -> Vec<String> {
        let mut all: Vec<String> = self.prose.iter().map(|text| (*text).to_owned()).collect();
        if !self.printed_by.is_empty() {
            all.push(format!("Printed by: {}.", self.printed_by));
        }
        all
    }
}

/// Returns words with their meanings as terms.
pub(super) fn terms(all: &[(&str, &str)]) -> Vec<Term> {
    let term = |(word, meaning): &(&str, &str)| Term {
        word: (*word).to_owned(),
        meaning: (*meaning).to_owned(),
    };
    all.iter().map(term).collect()
}
