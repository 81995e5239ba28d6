//! The value of a rule.

use std::fmt;

use regex_lite::{Regex, RegexBuilder};

use super::{GroupName, Invalid, Rule, Span};
use crate::model::{KeyName, MAX_GROUPS_OF_KEY, is_plain};

/// The value of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleValue {
    /// A duration.
    Span(Span),
    /// Yes or no.
    Flag(bool),
    /// A number of at least 1.
    Count(u64),
    /// A pattern.
    Pattern(Pattern),
    /// Groups, each once.
    Groups(Vec<GroupName>),
}

impl RuleValue {
    /// Parses the value of `rule`.
    ///
    /// # Errors
    /// When the text is no value of the rule.
    pub fn parse(rule: Rule, text: &str) -> Result<Self, Invalid> {
        match rule {
            Rule::MaxOverlap | Rule::DefaultOverlap => text.parse().map(Self::Span),
            Rule::MaxLifetime
            | Rule::DefaultLifetime
            | Rule::MaxAge
            | Rule::UnusedAfter
            | Rule::WarnBefore
            | Rule::DrainAfter => Span::parse_positive(text).map(Self::Span),
            Rule::OwnerRequired => match text {
                "true" => Ok(Self::Flag(true)),
                "false" => Ok(Self::Flag(false)),
                _ => Err(Invalid::new("give true or false")),
            },
            Rule::MaxKeysPerOwner => parse_count(text).map(Self::Count),
            Rule::NamePattern => Pattern::new(text).map(Self::Pattern),
            Rule::SelfServiceGroups => parse_groups(text).map(Self::Groups),
        }
    }
}

/// Writes the value in the form that [`RuleValue::parse`] reads.
impl fmt::Display for RuleValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => span.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Pattern(pattern) => f.write_str(&pattern.text),
            Self::Groups(groups) => {
                let names: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

/// Parses a number without a sign or leading zeros, so that a value has one spelling.
fn parse_count(text: &str) -> Result<u64, Invalid> {
    let is_number = text.bytes().all(|c| c.is_ascii_digit()) && !text.starts_with('0');
    let count = text.parse().ok().filter(|_| is_number);
    count.ok_or_else(|| Invalid::new("give a whole number of at least 1, such as 20"))
}

fn parse_groups(text: &str) -> Result<Vec<GroupName>, Invalid> {
    let mut groups: Vec<GroupName> = Vec::new();
    for name in text.split(',') {
        let group: GroupName = name.parse().map_err(|why| {
            Invalid::new(format!(
                "{why}; give groups joined by commas, such as ci,deploy"
            ))
        })?;
        if !groups.contains(&group) {
            groups.push(group);
        }
        if groups.len() > MAX_GROUPS_OF_KEY {
            return Err(Invalid::new(format!(
                "at most {MAX_GROUPS_OF_KEY} groups are allowed"
            )));
        }
    }
    Ok(groups)
}

/// A pattern that the complete name of a key must match.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// The length of the longest pattern.
    const MAX_LEN: usize = 200;

    /// The approximate size in bytes of the largest compiled pattern. A match takes time in
    /// proportion to it.
    const MAX_SIZE: usize = 256 << 10;

    fn new(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("the pattern is empty, so no name would match"));
        }
        if !is_plain(text) {
            return Err(Invalid::new(
                "a pattern has only printable ASCII characters, as names do",
            ));
        }
        if text.len() > Self::MAX_LEN {
            return Err(Invalid::new(format!(
                "the pattern has {} characters; at most {} are allowed",
                text.len(),
                Self::MAX_LEN
            )));
        }
        // Compiled by itself first: with a parenthesis too many, the anchors below would apply to
        // a part of it.
        compile(text)?;
        let regex = compile(&format!("^(?:{text})$"))?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    /// Returns whether the complete name matches.
    pub(super) fn matches(&self, name: &KeyName) -> bool {
        self.regex.is_match(name.as_str())
    }
}

fn compile(text: &str) -> Result<Regex, Invalid> {
    let built = RegexBuilder::new(text)
        .size_limit(Pattern::MAX_SIZE)
        .build();
    built.map_err(|error| Invalid::new(format!("not a regular expression: {error}")))
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

#[cfg(test)]
mod tests;
