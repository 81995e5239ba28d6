//! The metadata of a key: names with values, which apikey stores and doesn't interpret.

use std::str::FromStr;

use super::{Invalid, MetaName, Text};

/// The most metadata entries of a key.
pub const MAX_META_OF_KEY: usize = 32;

/// A value: free text of 1 to 256 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaValue(Text);

impl MetaValue {
    /// The length of the longest value, in characters.
    const MAX_CHARS: usize = 256;

    /// Returns the value as it was given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for MetaValue {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.chars().count() {
            0 => Err(Invalid::new("the value is empty; remove the name instead")),
            1..=Self::MAX_CHARS => text.parse().map(Self),
            count => Err(Invalid::new(format!(
                "the value has {count} characters; at most 256 are allowed"
            ))),
        }
    }
}

/// An entry of metadata: `NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaEntry {
    /// The name. Names that differ only in case are the same.
    pub name: MetaName,
    /// The value.
    pub value: MetaValue,
}

impl FromStr for MetaEntry {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| Invalid::new("give NAME=VALUE, such as ticket=OPS-7"))?;
        Ok(Self {
            name: name.parse()?,
            value: value.parse()?,
        })
    }
}

/// A filter: a name, and the value if one is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaFilter {
    /// The name.
    pub name: MetaName,
    /// The value.
    pub value: Option<MetaValue>,
}

impl FromStr for MetaFilter {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Some((name, value)) = text.split_once('=') {
            return Ok(Self {
                name: name.parse()?,
                value: Some(value.parse()?),
            });
        }
        Ok(Self {
            name: text.parse()?,
            value: None,
        })
    }
}

/// The metadata of a key, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta(Vec<MetaEntry>);

impl Meta {
    /// Returns the metadata, sorted.
    pub fn new(mut entries: Vec<MetaEntry>) -> Self {
        entries.sort_by_cached_key(|entry| entry.name.as_str().to_ascii_lowercase());
        Self(entries)
    }

    /// Returns the entries, by name.
    pub fn entries(&self) -> &[MetaEntry] {
        &self.0
    }

    /// Returns the metadata without the names in `removed`, and with the entries in `set`. If
    /// `set` has a name more than once, the last value counts.
    ///
    /// # Errors
    /// When there would be more than [`MAX_META_OF_KEY`].
    pub fn changed(&self, set: &[MetaEntry], removed: &[MetaName]) -> Result<Self, Invalid> {
        let mut entries = self.0.clone();
        entries.retain(|entry| !removed.contains(&entry.name));
        for new in set {
            match entries.iter_mut().find(|entry| entry.name == new.name) {
                Some(entry) => *entry = new.clone(),
                None => entries.push(new.clone()),
            }
        }
        if entries.len() > MAX_META_OF_KEY {
            return Err(Invalid::new(format!(
                "the key would have {} metadata entries; at most {MAX_META_OF_KEY} are allowed",
                entries.len()
            )));
        }
        Ok(Self::new(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(words: &[&str]) -> Vec<MetaEntry> {
        words.iter().map(|word| word.parse().unwrap()).collect()
    }

    #[test]
    fn setting_a_name_again_replaces_it_whatever_its_case() {
        let meta = Meta::new(entries(&["b=1", "A=2"]));
        for (set, removed, expected) in [
            (&["a=3"][..], &[][..], &["a=3", "b=1"][..]),
            (&["a=3", "A=4"], &[], &["A=4", "b=1"]),
            (&["c=x=y"], &["B"], &["A=2", "c=x=y"]),
            (&[], &["none"], &["A=2", "b=1"]),
            (&["b=5"], &["b"], &["A=2", "b=5"]),
        ] {
            let removed: Vec<MetaName> = removed.iter().map(|name| name.parse().unwrap()).collect();
            let changed = meta.changed(&entries(set), &removed).unwrap();
            let found: Vec<String> = changed
                .entries()
                .iter()
                .map(|entry| format!("{}={}", entry.name, entry.value.as_str()))
                .collect();
            assert_eq!(found, expected, "{set:?} {removed:?}");
        }
    }

    #[test]
    fn no_key_has_more_than_thirty_two_entries() {
        let all: Vec<MetaEntry> = (0..33)
            .map(|i| format!("k{i}=v").parse().unwrap())
            .collect();
        let full = Meta::default().changed(&all[..32], &[]).unwrap();
        assert!(full.changed(&all[32..], &[]).is_err());
        assert!(full.changed(&all[..1], &[]).is_ok());
        assert!(full.changed(&all[32..], &["k0".parse().unwrap()]).is_ok());
    }

    #[test]
    fn an_entry_is_a_name_and_a_value() {
        for bad in ["", "=v", "a", "a=", "-a=v", "a b=v", "a=\u{200b}"] {
            assert!(bad.parse::<MetaEntry>().is_err(), "{bad:?}");
        }
        assert!(
            format!("a={}", "x".repeat(257))
                .parse::<MetaEntry>()
                .is_err()
        );
        assert!(
            format!("a={}", "x".repeat(256))
                .parse::<MetaEntry>()
                .is_ok()
        );
        assert_eq!("a".parse::<MetaFilter>().unwrap().value, None);
        assert!("a=".parse::<MetaFilter>().is_err());
    }
}
