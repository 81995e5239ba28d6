//! Every environment variable that is read and every default path, one
//! function each. What clap, anstream and chrono read themselves (`NO_COLOR`,
//! `COLUMNS` and the like) is theirs, but for `TZ`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::accounts::login_name;
use crate::error::{Error, Kind, Result};
use crate::model::{Operator, Standing};

/// Where the database is, and whether that is the default path.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    /// Absolute, links resolved.
    pub(crate) path: PathBuf,
    /// Whether nobody named it: then the first key makes it.
    pub(crate) is_default: bool,
}

/// SQLite takes paths of up to 512 bytes (`MAX_PATHNAME` in its os_unix.c), its
/// journal's among them.
const MAX_PATH: usize = 500;

/// The database to use: `--db`, else `APIKEY_DB`, else the default path.
///
/// # Errors
/// When the path is not one, or the default can't be told.
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
        // sudo compares arguments joined by spaces: a rule that fixes --db would
        // take what follows a space in the path for the arguments after it.
        let fact = "through sudo the path of the database can't hold a space";
        return Err(Error::new(Kind::InvalidInput, fact).hint("name it by a path without one"));
    }
    let path = resolve_links(absolute(&path)?);
    if path.as_os_str().len() > MAX_PATH {
        let fact = format!("the path of the database is longer than {MAX_PATH} bytes");
        return Err(Error::new(Kind::InvalidInput, fact).hint("name a shorter one with --db PATH"));
    }
    Ok(Location { path, is_default })
}

/// Refuses a path that a shell or a file of settings was to change first, and didn't.
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

/// `path` from the root on.
///
/// # Errors
/// When it is empty, or the folder it begins in can't be told.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|fault| {
        let message = format!("{} can't be made absolute: {fault}", path.display());
        Error::new(Kind::Io, message).hint("give an absolute path")
    })
}

/// Where a file is, from the root on and with its links resolved. SQLite follows none.
///
/// # Errors
/// As [`absolute`].
pub(crate) fn existing_file(path: &Path) -> Result<PathBuf> {
    absolute(path).map(resolve_links)
}

/// Where a file is to be made: its folder's links are resolved, its own name is none's yet.
///
/// # Errors
/// As [`absolute`].
pub(crate) fn new_file(path: &Path) -> Result<PathBuf> {
    let path = absolute(path)?;
    if path.as_os_str().as_bytes().ends_with(b"/") {
        // A folder is meant, and where there is none it is no file that is.
        return Ok(path);
    }
    Ok(match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => resolve_links(folder.to_owned()).join(name),
        _ => path,
    })
}

/// Whether sudo was told by another than root to become an ordinary user, on a database
/// that is named: whoever acts may do what a rule of sudo lets it, which fixes --db, and
/// what the database's users let it, and no more.
pub(crate) fn is_confined(location: &Location) -> bool {
    let by_root = sudo_user().is_some_and(|name| name == "root") || sudo_uid() == Some(0);
    let through_sudo = sudo_user().is_some() && !by_root;
    through_sudo && !location.is_default && !rustix::process::getuid().is_root()
}

/// `SUDO_USER`: who came through sudo. To be believed only as [`operator`] does.
fn sudo_user() -> Option<OsString> {
    std::env::var_os("SUDO_USER").filter(|name| !name.is_empty())
}

/// `APIKEY_DB`; empty counts as unset, as for most programs.
fn apikey_db() -> Option<PathBuf> {
    std::env::var_os("APIKEY_DB")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

/// `APIKEY_NO_INPUT`: whether nothing is to be asked. Empty and `0` count as unset.
pub(crate) fn forbids_input() -> bool {
    std::env::var_os("APIKEY_NO_INPUT").is_some_and(|value| !value.is_empty() && value != "0")
}

/// `keys.db` in the platform's data directory.
fn default_database() -> Result<PathBuf> {
    let unknown = |fact: &str| {
        Error::new(Kind::InvalidInput, fact).hint("set HOME, or name the database with --db PATH")
    };
    let directories = directories::ProjectDirs::from("", "", "apikey")
        .ok_or_else(|| unknown("the default database can't be told: there is no home directory"))?;
    let folder = directories.data_dir();
    if folder.is_relative() {
        // directories passes a relative HOME on; a database that depends on
        // where the command is run would be a different one each time.
        return Err(unknown(
            "the default database can't be told: HOME is not an absolute path",
        ));
    }
    Ok(folder.join("keys.db"))
}

/// `path` with its links resolved, as far as it exists. SQLite would resolve
/// them too, and name its journal by the result.
fn resolve_links(path: PathBuf) -> PathBuf {
    /// As many as Linux follows before it gives up.
    const MAX_LINKS: usize = 40;
    let mut path = path;
    for _ in 0..MAX_LINKS {
        if let Ok(resolved) = path.canonicalize() {
            return resolved;
        }
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        match path.read_link() {
            // A link to what isn't there yet: init makes what it points at.
            Ok(target) => path = folder.join(target),
            Err(_) => break,
        }
    }
    // What is missing is made below the deepest folder that is there.
    let there = path.ancestors().find_map(|folder| {
        let missing = path.strip_prefix(folder).ok()?;
        Some(folder.canonicalize().ok()?.join(missing))
    });
    there.unwrap_or(path)
}

/// `path` with `~` or `$HOME` at its beginning expanded, as a shell does before it
/// runs a command, but not while it completes one.
pub(crate) fn expanded(path: &str) -> PathBuf {
    let home = || Some(directories::BaseDirs::new()?.home_dir().to_owned());
    let below_home = ["~/", "$HOME/", "${HOME}/"]
        .iter()
        .find_map(|home| path.strip_prefix(home));
    match below_home.zip(home()) {
        Some((rest, home)) => home.join(rest),
        None => path.into(),
    }
}

/// `_APIKEY_COMPLETE`: the shell whose completion script asks what could be typed
/// next; empty counts as unset.
pub(crate) fn completing_shell() -> Option<String> {
    std::env::var("_APIKEY_COMPLETE")
        .ok()
        .filter(|shell| !shell.is_empty())
}

/// The value of the environment variable that `verify --key-env` names.
pub(crate) fn key_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// `TERM`: whether the terminal can do no more than lines, or isn't known.
pub(crate) fn is_dumb_terminal() -> bool {
    matches!(terminal().as_str(), "" | "dumb")
}

/// Returns `TERM`, the kind of the terminal; empty where it isn't known.
pub(crate) fn terminal() -> String {
    std::env::var("TERM").unwrap_or_default()
}

/// `TZ`: whether it names a time zone by a name that only root could give another meaning.
/// chrono reads the file that it names to its end, also where that is a device or a FIFO.
pub(crate) fn is_zone_trusted() -> bool {
    std::env::var("TZ").map_or(true, |tz| is_zone_name(&tz))
}

/// Whether `tz` is a rule such as `CET-1CEST`, or names a file of the system's zones; sudo
/// passes the same ones on.
fn is_zone_name(tz: &str) -> bool {
    const SYSTEM: &str = "/usr/share/zoneinfo/";
    let path = tz.strip_prefix(':').unwrap_or(tz);
    let is_below = |path: &str| !path.starts_with('/') && path.split('/').all(|part| part != "..");
    path == "/etc/localtime" || is_below(path.strip_prefix(SYSTEM).unwrap_or(path))
}

/// `TMUX`: whether the terminal is tmux's.
pub(crate) fn is_in_tmux() -> bool {
    std::env::var_os("TMUX").is_some_and(|tmux| !tmux.is_empty())
}

/// What says where the display is, and lets a process use it. Empty where there
/// is none.
pub(crate) fn display() -> impl Iterator<Item = (&'static str, OsString)> {
    /// HOME is where the cookie of X11 lies, unless `XAUTHORITY` says otherwise.
    const BESIDE: [&str; 3] = ["XDG_RUNTIME_DIR", "XAUTHORITY", "HOME"];
    let set = |name: &'static str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some((name, value))
    };
    let displays: Vec<_> = ["WAYLAND_DISPLAY", "DISPLAY"]
        .into_iter()
        .filter_map(set)
        .collect();
    let beside = BESIDE
        .into_iter()
        .filter(|_| !displays.is_empty())
        .filter_map(set);
    let all: Vec<_> = displays.iter().cloned().chain(beside).collect();
    all.into_iter()
}

/// Who runs the command on the database at `path`: `SUDO_USER` where root or
/// the database's owner was reached through sudo, else the passwd name of the
/// real user id.
///
/// `SUDO_USER` counts for nobody else: an environment variable is easily forged.
pub(crate) fn operator(path: &Path) -> (Operator, Standing) {
    use std::os::unix::fs::MetadataExt;

    let uid = rustix::process::getuid();
    let login = || Operator::from_login(&login_name(uid)?);
    let user = login().unwrap_or_else(|| Operator::from_uid(uid.as_raw()));
    let is_owner = match path.metadata() {
        Ok(metadata) => metadata.uid() == uid.as_raw(),
        // Whoever makes it will own it.
        Err(fault) => fault.kind() == std::io::ErrorKind::NotFound,
    };
    if !uid.is_root() && !is_owner {
        return (user, Standing::Other);
    }
    match sudo_user() {
        Some(name) => {
            // A login name that can't be told is not the name of sudo's target,
            // who may do more.
            let named = name.to_str().and_then(Operator::from_login);
            let operator = named.unwrap_or_else(|| Operator::from_sudo_uid(sudo_uid()));
            (operator, Standing::ThroughSudo { became: user })
        }
        None => (user, Standing::Owner),
    }
}

/// Whether the process runs as root.
pub(crate) fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

fn sudo_uid() -> Option<u32> {
    std::env::var("SUDO_UID").ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_a_rule_or_a_file_of_the_systems_zones() {
        for good in [
            "",
            "UTC",
            "Europe/Berlin",
            ":America/New_York",
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "<+03>-3",
            ":/etc/localtime",
            "/usr/share/zoneinfo/Europe/Berlin",
        ] {
            assert!(is_zone_name(good), "{good}");
        }
        for bad in [
            ":/dev/zero",
            "/dev/zero",
            "//dev/zero",
            ":/proc/self/mem",
            "../../../dev/zero",
            ":Europe/../../../../dev/zero",
            "/usr/share/zoneinfo/../../../dev/zero",
            "/usr/share/zoneinfo//dev/zero",
            "/etc/localtime/../../dev/zero",
            "/tmp/fifo",
        ] {
            assert!(!is_zone_name(bad), "{bad}");
        }
    }
}
