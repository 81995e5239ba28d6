//! Checks for files that a killed command left in the database's directory.

use std::path::{Path, PathBuf};

use super::{Complaint, Found, and_more};
use crate::error::Result;
use crate::store::Store;
use crate::store::errors::quoted;
use crate::store::sqlite::draft::is_abandoned;

impl Store {
    /// Looks for drafts of databases and unfinished usage files that no command is working on. A
    /// directory that can't be listed passes the check.
    pub(super) fn leftovers(&self) -> Result<Found> {
        let directory = self.file()?.parent().unwrap_or(Path::new("/"));
        let entries = std::fs::read_dir(directory).into_iter().flatten();
        let mut left: Vec<PathBuf> = entries
            .filter_map(std::result::Result::ok)
            .filter(|entry| is_abandoned(&entry.path(), &entry.file_name()))
            .map(|entry| entry.path())
            .collect();
        left.sort();
        let Some(first) = left.first() else {
            return Ok(Ok("no files of killed commands".to_owned()));
        };
        let shown = |path: &PathBuf| quoted(&path.display().to_string());
        let fact = format!("{} was left by a killed command", first.display());
        let all: Vec<String> = left.iter().map(shown).collect();
        Ok(Err(Complaint {
            fact: and_more(&fact, left.len()),
            fix: format!("rm -r {}", all.join(" ")),
        }))
    }
}
