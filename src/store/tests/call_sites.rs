//! Finds the lines of the sources that run a statement.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::db::recorder::CallSite;

/// Returns the files of the store that hold statements for both engines.
fn shared_sources() -> impl Iterator<Item = PathBuf> {
    let is_shared = |file: &PathBuf| !file.starts_with("src/store/postgres");
    sources().into_iter().filter(is_shared)
}

/// Returns the files of the store, without those that only SQLite has.
pub(super) fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut directories = vec![root.join("src/store")];
    let mut found = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(root).unwrap();
            let is_other = ["db", "db.rs", "postgres", "sqlite", "tests", "tests.rs"]
                .iter()
                .any(|name| relative == Path::new("src/store").join(name));
            if is_other {
                continue;
            } else if path.is_dir() {
                directories.push(path);
            } else {
                found.push(relative.to_owned());
            }
        }
    }
    found
}

/// Returns the lines of the sources that run a statement.
pub(super) fn call_sites() -> BTreeSet<CallSite> {
    let mut found = BTreeSet::new();
    for file in shared_sources() {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap();
        for method in ["execute", "row", "rows", "each", "is_true"] {
            for (at, call) in text.match_indices(&format!(".{method}(")) {
                // The method `each` of a listing of the log takes a function and no statement.
                let argument = text[at + call.len()..].trim_start();
                let is_log =
                    method == "each" && (argument.starts_with('|') || argument.starts_with("each"));
                if !is_log {
                    found.insert(CallSite {
                        file: file.to_str().unwrap().to_owned(),
                        line: u32::try_from(text[..=at].lines().count()).unwrap(),
                    });
                }
            }
        }
    }
    found
}
