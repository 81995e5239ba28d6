//! The lines of an import: all are read and checked before anything is hashed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};

use super::cells::{self, Column, Reason};
use super::line::{Form, ReadKey};
use crate::cli::{Import, ImportFormat};
use crate::error::{Error, Kind, Result};
use crate::model::{AppName, GroupName, Text, UserName};
use crate::secret::{Line, Lines, SecretDigest, holds_secret};
use crate::store::ImportedKey;

/// The most bytes of a line. The longest texts of all columns together have less.
const MAX_LINE: usize = 64 << 10;

/// The most keys of an import.
const MAX_KEYS: usize = 100_000;

/// Why a line with a secret of apikey is refused.
const OWN_SECRET: Reason = "it holds a secret of apikey, which is no key of another system";

/// Why a line is refused that has its key in two columns.
const IS_COPIED: &str = "another column holds the key or digest, too";

/// The keys of all lines.
pub(super) struct ReadKeys {
    pub(super) keys: Vec<(ImportedKey, SecretDigest)>,
    /// Whether a time is relative to now.
    pub(super) has_relative_times: bool,
}

/// Reads the keys of all lines.
///
/// # Errors
/// [`Kind::InvalidInput`] for the first bad line, with its number and nothing else of it;
/// [`Kind::TooMany`].
pub(super) fn read(args: &Import, form: &Form<'_>) -> Result<ReadKeys> {
    let lines = match args.named_file() {
        Some(path) => read_lines(File::open(path).map_err(|error| {
            let fact = format!("{} can't be read: {error}", path.display());
            Error::new(Kind::InvalidInput, fact).caused_by(error)
        })?),
        None => read_lines(io::stdin().lock()),
    }?;
    let mut reader = Reader {
        form,
        columns: None,
        format: args.format(),
        names: BTreeMap::new(),
        digests: BTreeMap::new(),
        has_relative_times: false,
    };
    let mut keys = Vec::new();
    for (number, line) in &lines {
        if let Some(key) = reader.read(*number, line)? {
            keys.push(key);
        }
    }
    if keys.len() > MAX_KEYS {
        return Err(too_many());
    }
    if keys.is_empty() {
        return Err(Error::new(Kind::InvalidInput, "the input has no keys")
            .hint("see `apikey import --help` for its columns"));
    }
    for (key, _) in &keys {
        reader.check_texts(key)?;
    }
    Ok(ReadKeys {
        keys,
        has_relative_times: reader.has_relative_times,
    })
}

/// Reads all lines that are not blank, each with its number. A line that is too long, even if it
/// looks blank, is cut short, and later refused; no line after it is read.
fn read_lines(source: impl Read) -> Result<Vec<(u64, Line)>> {
    let mut source = Lines::with_max(source, MAX_LINE + 1);
    let mut lines = Vec::new();
    let mut number = 0;
    loop {
        let mut read = Vec::new();
        let has_more = source.read(&mut read).map_err(|error| {
            let fact = format!("the input can't be read: {error}");
            Error::new(Kind::InvalidInput, fact).caused_by(error)
        })?;
        let is_cut = read.iter().any(|line| line.len() > MAX_LINE);
        for line in read {
            number += 1;
            let is_blank = line.iter().all(|byte| b" \t\r".contains(byte));
            if !is_blank || line.len() > MAX_LINE {
                lines.push((number, line));
            }
        }
        if is_cut || !has_more {
            return Ok(lines);
        }
        // One more for the heading.
        if lines.len() > MAX_KEYS + 1 {
            return Err(too_many());
        }
    }
}

fn too_many() -> Error {
    let fact = "the input has more than 100,000 keys; nothing was imported";
    Error::new(Kind::TooMany, fact).hint("split it, and import one part after the other")
}

struct Reader<'a> {
    form: &'a Form<'a>,
    format: ImportFormat,
    /// The columns, once the heading was read.
    columns: Option<Vec<Column>>,
    /// The line of each name, in lower case.
    names: BTreeMap<String, u64>,
    /// The line of each digest.
    digests: BTreeMap<Vec<u8>, u64>,
    has_relative_times: bool,
}

impl Reader<'_> {
    /// Returns the key of a line; none for the heading and a blank line.
    fn read(&mut self, number: u64, line: &[u8]) -> Result<Option<(ImportedKey, SecretDigest)>> {
        let read = self.key(number, line).map_err(|why| refused(number, why))?;
        let Some(read) = read else {
            return Ok(None);
        };
        let name = read.key.name.as_str().to_ascii_lowercase();
        if let Some(first) = self.names.insert(name, number) {
            let why = format!("line {first} has the same name, ignoring case");
            return Err(refused(number, &why));
        }
        let digest = read.digest.as_bytes().to_vec();
        if let Some(first) = self.digests.insert(digest, number) {
            let why = format!("line {first} has the same key or digest");
            return Err(refused(number, &why));
        }
        self.has_relative_times |= read.has_relative_time;
        Ok(Some((read.key, read.digest)))
    }

    /// Refuses a line in which another column holds a key or digest of any line: it would be stored
    /// and shown there.
    fn check_texts(&self, key: &ImportedKey) -> Result<()> {
        let texts = [
            Some(key.name.as_str()),
            key.owner.as_ref().map(UserName::as_str),
            key.application.as_ref().map(AppName::as_str),
            key.description.as_ref().map(Text::as_str),
        ];
        let groups = key.groups.iter().map(GroupName::as_str);
        for text in texts.into_iter().flatten().chain(groups) {
            let digests = self.form.digests_in(text);
            let mut digests = digests.map_err(|why| refused(key.line, why))?;
            let of_line = |digest: SecretDigest| self.digests.get(digest.as_bytes());
            if let Some(line) = digests.find_map(of_line) {
                let why = if *line == key.line {
                    IS_COPIED.to_owned()
                } else {
                    format!("another column holds the key or digest of line {line}")
                };
                return Err(refused(key.line, &why));
            }
        }
        Ok(())
    }

    fn key(&mut self, number: u64, line: &[u8]) -> std::result::Result<Option<ReadKey>, Reason> {
        if line.len() > MAX_LINE {
            return Err("it is longer than 64 KiB");
        }
        if holds_secret(line) {
            return Err(OWN_SECRET);
        }
        let text = str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
        let text = text.strip_suffix('\r').unwrap_or(text);
        let text = match number {
            1 => text.strip_prefix('\u{feff}').unwrap_or(text),
            _ => text,
        };
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err("it holds a control character");
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        let cells = match (self.format, &self.columns) {
            (ImportFormat::Jsonl, _) => cells::of_json(text)?,
            (ImportFormat::Csv, Some(columns)) => cells::of_csv(text, columns)?,
            (ImportFormat::Csv, None) => {
                self.columns = Some(cells::heading(text)?);
                return Ok(None);
            }
        };
        // Json can escape a secret, so that the line doesn't show it.
        if cells.iter().any(|(_, text)| holds_secret(text.as_bytes())) {
            return Err(OWN_SECRET);
        }
        self.form.read(number, &cells).map(Some)
    }
}

/// Returns the error of a line. No message repeats anything of a line, since a column may hold a
/// secret by mistake.
fn refused(number: u64, why: &str) -> Error {
    let fact = format!("line {number}: {why}; nothing was imported");
    Error::new(Kind::InvalidInput, fact).hint("see `apikey import --help` for the columns")
}
