//! Where the database is: at the path that is named, else at the platform's.

use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{apikey_db, is_through_sudo, sudo_uid, sudo_user};
use crate::error::{Error, Kind, Result};

/// Where the database is: in a file. The store alone asks which.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    /// Absolute, links resolved.
    file: PathBuf,
    is_default: bool,
}

impl Location {
    /// Returns the path of the database, absolute, with its links resolved.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Returns whether it is the default path: then the first key makes the database.
    pub(crate) fn is_default(&self) -> bool {
        self.is_default
    }

    /// Returns whether another user than root came through sudo to an ordinary user, on a
    /// database that is named. The caller may do what a rule of sudo permits, which fixes
    /// --db, and what the database's users may do, and no more.
    pub(crate) fn is_confined(&self) -> bool {
        let is_from_root = sudo_user().is_some_and(|name| name == "root") || sudo_uid() == Some(0);
        is_through_sudo() && !is_from_root && !self.is_default && !super::is_root()
    }
}

/// As a message names it.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.display().fmt(f)
    }
}

/// SQLite takes paths of up to 512 bytes (`MAX_PATHNAME` in its os_unix.c), that of the
/// journal included.
const MAX_PATH: usize = 500;

/// Returns where the database is: at `--db`, else at `APIKEY_DB`, else at the default path.
///
/// # Errors
/// When the path is not valid, or the default path is unknown.
pub(crate) fn database(given: Option<&Path>) -> Result<Location> {
    let (path, is_default) = match given.map(Path::to_owned).or_else(apikey_db) {
        Some(path) => (path, false),
        None => (default_database()?, true),
    };
    if !is_default {
        let option = given.map_or("APIKEY_DB", |_| "--db");
        check_path(option, &path.to_string_lossy())?;
    }
    let has_space = || {
        path.as_os_str()
            .as_bytes()
            .iter()
            .any(u8::is_ascii_whitespace)
    };
    if given.is_some() && is_through_sudo() && has_space() {
        // sudo compares arguments joined by spaces: a rule that fixes --db would take the
        // part of the path after a space for the next argument.
        let fact = "through sudo the path of the database can't hold a space";
        return Err(Error::new(Kind::InvalidInput, fact).hint("name it by a path without one"));
    }
    let file = resolve_links(absolute(&path)?);
    if file.as_os_str().len() > MAX_PATH {
        let fact = format!("the path of the database is longer than {MAX_PATH} bytes");
        return Err(Error::new(Kind::InvalidInput, fact).hint("name a shorter one with --db PATH"));
    }
    Ok(Location { file, is_default })
}

/// Refuses a path that a shell or a settings file should have expanded or trimmed.
fn check_path(option: &str, path: &str) -> Result<()> {
    let (fact, hint) = if path.is_empty() {
        ("is empty", "give a path")
    } else if path.starts_with('~') {
        (
            "begins with ~, which only a shell replaces by a home directory",
            "give the whole path",
        )
    } else if path.contains(['\'', '"']) {
        ("contains a quote", "give the path without quotes")
    } else if path.contains(char::is_control) {
        (
            "contains a control character, such as the end of a line",
            "give the path alone; a file with line ends of Windows adds a carriage return",
        )
    } else {
        return Ok(());
    };
    Err(Error::new(Kind::InvalidInput, format!("{option} {fact}")).hint(hint))
}

/// Returns `path` as an absolute path.
///
/// # Errors
/// When it is empty, or the working directory is unknown.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        let message = format!("{} can't be made absolute: {error}", path.display());
        Error::new(Kind::Io, message)
            .hint("give an absolute path")
            .caused_by(error)
    })
}

/// Returns the absolute path of a file, with its links resolved: SQLite follows none.
///
/// # Errors
/// As [`absolute`].
pub(crate) fn existing_file(path: &Path) -> Result<PathBuf> {
    absolute(path).map(resolve_links)
}

/// Returns the absolute path of a new file, with the links of its directory resolved.
///
/// # Errors
/// As [`absolute`].
pub(crate) fn new_file(path: &Path) -> Result<PathBuf> {
    let path = absolute(path)?;
    if path.as_os_str().as_bytes().ends_with(b"/") {
        // It names a directory. Where there is none, no file takes its place.
        return Ok(path);
    }
    Ok(match (path.parent(), path.file_name()) {
        (Some(directory), Some(name)) => resolve_links(directory.to_owned()).join(name),
        _ => path,
    })
}

/// Returns the path of `keys.db` in the platform's data directory.
fn default_database() -> Result<PathBuf> {
    let unknown = |fact: &str| {
        Error::new(Kind::InvalidInput, fact).hint("set HOME, or name the database with --db PATH")
    };
    let directories = directories::ProjectDirs::from("", "", "apikey")
        .ok_or_else(|| unknown("the default database can't be told: there is no home directory"))?;
    let directory = directories.data_dir();
    if directory.is_relative() {
        // The crate passes a relative HOME on, and the database would depend on the
        // working directory.
        return Err(unknown(
            "the default database can't be told: HOME is not an absolute path",
        ));
    }
    Ok(directory.join("keys.db"))
}

/// Returns `path` with its links resolved, as far as it exists. SQLite would resolve them
/// too, and name its journal by the result.
fn resolve_links(path: PathBuf) -> PathBuf {
    /// Linux follows no more.
    const MAX_LINKS: usize = 40;
    let mut path = path;
    for _ in 0..MAX_LINKS {
        if let Ok(resolved) = path.canonicalize() {
            return resolved;
        }
        let directory = path.parent().map(Path::to_owned).unwrap_or_default();
        match path.read_link() {
            // The target of the link is missing; init makes it.
            Ok(target) => path = directory.join(target),
            Err(_) => break,
        }
    }
    // Missing directories are made below the deepest that exists.
    let resolved = path.ancestors().find_map(|directory| {
        let missing = path.strip_prefix(directory).ok()?;
        Some(directory.canonicalize().ok()?.join(missing))
    });
    resolved.unwrap_or(path)
}
