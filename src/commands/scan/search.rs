//! The search of many files at once, one on each core.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::fs::OFlags;

use super::targets::{Source, Target};
use crate::secret::{Finder, Occurrence};

/// The most secrets of one file that are kept in memory.
const MAX_FOUND: usize = 64;

/// The number of files that are worth another thread.
const WORTH_A_THREAD: usize = 16;

/// A target that was searched.
pub(super) struct Searched {
    pub(super) path: PathBuf,
    /// The secrets in the order of their places.
    pub(super) found: Vec<Occurrence>,
    pub(super) end: End,
}

/// How the search of a target ended.
pub(super) enum End {
    /// It reached the end of the file.
    Complete,
    /// The target is a stream, or has too many secrets, and must be read bit by bit.
    TooMany(Source),
    /// The target can't be read, or only its beginning.
    Unreadable(io::Error),
}

/// Searches the targets, and calls `meanwhile`. Returns in the same order the targets that have
/// secrets, must be read bit by bit or can't be read; and the result of `meanwhile`.
pub(super) fn search<T>(targets: Vec<Target>, meanwhile: impl FnOnce() -> T) -> (Vec<Searched>, T) {
    let threads = match targets.len() {
        ..WORTH_A_THREAD => 1,
        _ => thread::available_parallelism().map_or(1, usize::from),
    };
    let queue = Mutex::new(targets.into_iter().enumerate());
    let results = Mutex::new(Vec::new());
    let work = || {
        let mut finder = Finder::new();
        while let Some((number, target)) = take(&queue) {
            let searched = search_one(target, &mut finder);
            if !searched.found.is_empty() || !matches!(searched.end, End::Complete) {
                lock(&results).push((number, searched));
            }
        }
    };
    let done = thread::scope(|scope| {
        let start = || thread::Builder::new().spawn_scoped(scope, work);
        // Fewer threads only take longer.
        let _ = (1..threads).try_for_each(|_| start().map(drop));
        let done = meanwhile();
        work();
        done
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(number, _)| *number);
    (
        results.into_iter().map(|(_, searched)| searched).collect(),
        done,
    )
}

fn take<T>(queue: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    lock(queue).next()
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn search_one(target: Target, finder: &mut Finder) -> Searched {
    let Target { path, source } = target;
    let mut found = Vec::new();
    let end = match source {
        Err(error) => End::Unreadable(error),
        Ok(source @ (Source::Stdin | Source::Stream)) => End::TooMany(source),
        Ok(source) => read(&path, source, finder, &mut found),
    };
    Searched { path, found, end }
}

fn read(path: &Path, source: Source, finder: &mut Finder, found: &mut Vec<Occurrence>) -> End {
    finder.begin();
    let mut file = match open(path, source) {
        Ok(file) => file,
        Err(error) => return End::Unreadable(error),
    };
    loop {
        match finder.read(&mut file, found) {
            Ok(_) if found.len() > MAX_FOUND => return End::TooMany(source),
            Ok(true) => {}
            Ok(false) => return End::Complete,
            Err(error) => return End::Unreadable(error),
        }
    }
}

/// Opens a file or stream.
///
/// # Errors
/// The errors of the system; also when a file in a directory was replaced by a link.
pub(super) fn open(path: &Path, source: Source) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    match source {
        Source::Stdin => io::stdin().as_fd().try_clone_to_owned().map(File::from),
        Source::Walked => {
            // If it was replaced by a pipe, opening it must not wait.
            let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
            options.custom_flags(flags.bits().cast_signed());
            options.open(path)
        }
        Source::Stream | Source::Named => options.open(path),
    }
}
