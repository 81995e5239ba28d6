//! A topic of `apikey help` and its parts.

/// A topic.
#[derive(Debug, Clone)]
pub struct Topic {
    /// The argument of `apikey help` that prints it.
    pub name: &'static str,
    /// Its subject in one line.
    pub about: &'static str,
    /// The section of apikey(1) with the same text.
    pub section: &'static str,
    /// Its parts in order.
    pub parts: Vec<Part>,
}

/// A part of a topic: paragraphs, then terms, then examples.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// The heading; the first part of a topic has none.
    pub heading: Option<&'static str>,
    /// The paragraphs.
    pub prose: &'static [&'static str],
    /// The commands that print the described object, separated by commas.
    pub printed_by: &'static str,
    /// The terms and their meanings.
    pub terms: Vec<Term>,
    /// Lines for a shell.
    pub examples: &'static [&'static str],
}

/// A term and its meaning.
#[derive(Debug, Clone)]
pub struct Term {
    /// The term.
    pub name: String,
    /// Its meaning.
    pub meaning: String,
}

impl Part {
    /// Returns the paragraphs, with a last one that names the printing commands.
    pub fn paragraphs(&self) -> Vec<String> {
        let mut all: Vec<String> = self.prose.iter().map(|text| (*text).to_owned()).collect();
        if !self.printed_by.is_empty() {
            all.push(format!("Printed by: {}.", self.printed_by));
        }
        all
    }
}

/// Returns the terms of a table of names and meanings.
pub(super) fn terms(table: &[(&str, &str)]) -> Vec<Term> {
    let term = |(name, meaning): &(&str, &str)| Term {
        name: (*name).to_owned(),
        meaning: (*meaning).to_owned(),
    };
    table.iter().map(term).collect()
}
