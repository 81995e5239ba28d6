//! The files that a scan searches: named files, and files in named directories.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::slice;

use walkdir::{DirEntry, WalkDir};

/// A file or stream to search.
pub(super) struct Target {
    /// The path; `-` is stdin.
    pub(super) path: PathBuf,
    /// How to open it, or why it can't be read.
    pub(super) source: io::Result<Source>,
}

/// The kind of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Stdin.
    Stdin,
    /// A named pipe or device, such as a process substitution makes.
    Stream,
    /// A named regular file, or a link to one.
    Named,
    /// A regular file in a named directory.
    Walked,
}

/// The targets in the order of the PATHs. The entries of a directory are sorted by name. Links in a
/// directory are not followed, and its pipes, sockets and devices are left out; a PATH that is a
/// link is followed.
pub(super) struct Targets<'a> {
    paths: slice::Iter<'a, PathBuf>,
    stdin: bool,
    walk: Option<walkdir::IntoIter>,
    /// Whether there was a directory with the compressed objects of git.
    pub(super) has_git_objects: bool,
}

impl<'a> Targets<'a> {
    /// Returns the targets that `paths` name: stdin if there are none.
    pub(super) fn new(paths: &'a [PathBuf]) -> Self {
        Self {
            paths: paths.iter(),
            stdin: paths.is_empty(),
            walk: None,
            has_git_objects: false,
        }
    }

    /// Returns the next file in the directory that is being walked.
    fn next_in_directory(&mut self) -> Option<Target> {
        let walk = self.walk.as_mut()?;
        while let Some(entry) = walk.next() {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    return Some(Target::new(entry.into_path(), Ok(Source::Walked)));
                }
                Ok(entry) if holds_git_objects(&entry) => {
                    walk.skip_current_dir();
                    self.has_git_objects = true;
                }
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or_else(|| Path::new("")).to_owned();
                    // The message of walkdir's own error repeats the path.
                    let error = error.into_io_error();
                    let error = error.unwrap_or_else(|| io::Error::other("a loop of links"));
                    return Some(Target::new(path, Err(error)));
                }
            }
        }
        self.walk = None;
        None
    }
}

impl Iterator for Targets<'_> {
    type Item = Target;

    fn next(&mut self) -> Option<Target> {
        loop {
            if let Some(target) = self.next_in_directory() {
                return Some(target);
            }
            if std::mem::take(&mut self.stdin) {
                return Some(Target::stdin());
            }
            let path = self.paths.next()?;
            if path.as_os_str() == "-" {
                return Some(Target::stdin());
            }
            let source = match fs::metadata(path) {
                Ok(found) if found.is_dir() => {
                    self.walk = Some(WalkDir::new(path).sort_by_file_name().into_iter());
                    continue;
                }
                Ok(found) if found.is_file() => Ok(Source::Named),
                Ok(_) => Ok(Source::Stream),
                Err(error) => Err(error),
            };
            return Some(Target::new(path.clone(), source));
        }
    }
}

impl Target {
    fn new(path: PathBuf, source: io::Result<Source>) -> Self {
        Self { path, source }
    }

    fn stdin() -> Self {
        Self::new(PathBuf::from("-"), Ok(Source::Stdin))
    }
}

/// Returns whether the entry is the directory `objects` of a git repository.
fn holds_git_objects(entry: &DirEntry) -> bool {
    entry.file_type().is_dir()
        && entry.file_name() == "objects"
        && entry.path().with_file_name("HEAD").is_file()
        && entry.path().with_file_name("refs").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_directory_does_not_repeat_its_path() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        fs::write(path.join("a"), "").unwrap();
        fs::create_dir(path.join("b")).unwrap();
        let paths = [path.clone()];
        let mut targets = Targets::new(&paths);
        assert_eq!(targets.next().unwrap().path, path.join("a"));
        // It was listed, but can't be read.
        fs::remove_dir(path.join("b")).unwrap();
        let target = targets.next().unwrap();
        assert_eq!(target.path, path.join("b"));
        let error = target.source.unwrap_err().to_string();
        assert!(!error.contains(path.to_str().unwrap()), "{error}");
        assert!(targets.next().is_none());
    }
}
