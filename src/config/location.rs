//! The location of the database: the named path, otherwise the platform's default.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{apikey_db, sudo_uid, sudo_user};
use crate::error::{Error, Kind, Result};

/// The beginnings of a URI that names a server.
pub(super) const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// The beginning of a text that names a service.
pub(super) const SERVICE: &str = "service=";

/// The location of the database. Only the store looks into it.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    place: Place,
    is_default: bool,
}

/// The place of the database.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In a file. Its path is absolute, with its links resolved.
    File(PathBuf),
    /// On a PostgreSQL server, which this text names by the conventions of libpq.
    #[cfg(feature = "postgres")]
    Server(String),
}

impl Location {
    /// Returns where the database is.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Returns the path of the database, absolute, with its links resolved; none if it is on a
    /// server.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.place.file()
    }

    /// Returns whether it is the default path, at which the first `create`, `group create` or
    /// `user add` creates the database.
    pub(crate) fn is_default(&self) -> bool {
        self.is_default
    }

    /// Returns whether the database was named (not the default) and a user other than root became
    /// an ordinary user through sudo. Two things limit such an operator: sudo's rule, which fixes
    /// --db, and their rights as a registered user.
    pub(crate) fn is_confined(&self) -> bool {
        let is_from_user = sudo_user().is_some_and(|name| name != "root") && sudo_uid() != Some(0);
        is_from_user && !self.is_default && !super::is_root()
    }
}

/// Writes the path, or what names the server, for messages.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}

impl Place {
    /// Returns the path of a file.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            #[cfg(feature = "postgres")]
            Self::Server(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            #[cfg(feature = "postgres")]
            Self::Server(server) => f.write_str(server),
        }
    }
}

/// SQLite accepts paths of up to 512 bytes, including the journal's (`MAX_PATHNAME` in its
/// os_unix.c).
const MAX_PATH: usize = 500;

/// Returns the location of the database: `--db`, otherwise `APIKEY_DB`, otherwise the default.
///
/// # Errors
/// If the path is invalid, or the default path or the working directory is unknown.
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
    if given.is_some() && sudo_user().is_some() && has_space() {
        // sudo compares arguments joined by spaces: to a rule that fixes --db, the part of the
        // path after a space is the next argument.
        let fact = "through sudo the path of the database can't contain a space";
        return Err(Error::new(Kind::InvalidInput, fact).hint("use a path without spaces"));
    }
    if let Some(server) = path.to_str().filter(|_| is_server(path.as_os_str())) {
        let place = on_server(server)?;
        return Ok(Location { place, is_default });
    }
    let file = resolve_links(absolute(&path)?);
    if file.as_os_str().len() > MAX_PATH {
        let fact = format!("the path of the database is longer than {MAX_PATH} bytes");
        return Err(Error::new(Kind::InvalidInput, fact).hint("give a shorter path with --db PATH"));
    }
    let place = Place::File(file);
    Ok(Location { place, is_default })
}

#[cfg(feature = "postgres")]
#[allow(
    clippy::unnecessary_wraps,
    reason = "without PostgreSQL it is an error"
)]
fn on_server(server: &str) -> Result<Place> {
    Ok(Place::Server(server.to_owned()))
}

#[cfg(not(feature = "postgres"))]
fn on_server(_: &str) -> Result<Place> {
    let fact = "this apikey was built without PostgreSQL";
    Err(Error::new(Kind::InvalidInput, fact).hint("build it with the feature `postgres`"))
}

/// Returns whether `text`, the value of `--db` or `APIKEY_DB`, names a server and not a file. A
/// file with such a name needs a path such as `./service=1`.
pub(super) fn is_server(text: &OsStr) -> bool {
    let bytes = text.as_encoded_bytes();
    let mut beginnings = SCHEMES.into_iter().chain([SERVICE]);
    beginnings.any(|beginning| bytes.starts_with(beginning.as_bytes()))
}

/// Refuses a path that should have been expanded or trimmed before.
fn check_path(option: &str, path: &str) -> Result<()> {
    let (fact, hint) = if path.is_empty() {
        ("is empty", "give a path")
    } else if path.starts_with('~') {
        (
            "begins with ~, which only a shell replaces by a home directory",
            "give the full path",
        )
    } else if path.contains(['\'', '"']) {
        ("contains a quote", "give the path without quotes")
    } else if path.contains(char::is_control) {
        (
            "contains a control character, such as the end of a line",
            "give only the path; a file with Windows line endings adds a carriage return",
        )
    } else {
        return Ok(());
    };
    Err(Error::new(Kind::InvalidInput, format!("{option} {fact}")).hint(hint))
}

/// Returns `path` as an absolute path.
///
/// # Errors
/// If it is empty or the working directory is unknown.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        let message = format!("{} can't be made absolute: {error}", path.display());
        Error::new(Kind::Io, message)
            .hint("give an absolute path")
            .caused_by(error)
    })
}

/// Returns the absolute path of an existing file with its links resolved, since the program opens
/// files without following links.
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
        // The path names a directory, so no file may be created there.
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
        Error::new(Kind::InvalidInput, fact).hint("set HOME, or give the path with --db PATH")
    };
    let directories = directories::ProjectDirs::from("", "", "apikey").ok_or_else(|| {
        unknown("the default path of the database is unknown: there is no home directory")
    })?;
    let directory = directories.data_dir();
    if directory.is_relative() {
        // The crate passes on a relative HOME, so the working directory would decide.
        return Err(unknown(
            "the default path of the database is unknown: HOME is not an absolute path",
        ));
    }
    Ok(directory.join("keys.db"))
}

/// Returns `path` with its links resolved, as far as it exists. The store lets SQLite refuse links
/// (`SQLITE_OPEN_NOFOLLOW`).
fn resolve_links(path: PathBuf) -> PathBuf {
    /// The maximum number of links that Linux follows.
    const MAX_LINKS: usize = 40;
    let mut path = path;
    for _ in 0..MAX_LINKS {
        if let Ok(resolved) = path.canonicalize() {
            return resolved;
        }
        let directory = path.parent().map(Path::to_owned).unwrap_or_default();
        match path.read_link() {
            // The target of the link is missing; `init` creates it.
            Ok(target) => path = directory.join(target),
            Err(_) => break,
        }
    }
    // Missing directories are below the deepest existing one.
    let resolved = path.ancestors().find_map(|directory| {
        let missing = path.strip_prefix(directory).ok()?;
        Some(directory.canonicalize().ok()?.join(missing))
    });
    resolved.unwrap_or(path)
}

#[cfg(all(test, not(feature = "postgres")))]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_refused_before_anything_is_opened() {
        for server in ["postgres://host/keys", "postgresql:///keys", "service=keys"] {
            let error = database(Some(Path::new(server))).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidInput, "{server}");
            assert!(error.message().contains("without PostgreSQL"), "{error}");
        }
    }
}
