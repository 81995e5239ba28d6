//! The environment variables that the program reads and its default paths, each in a function.
//! clap, anstream and chrono read others themselves, such as `NO_COLOR` and `COLUMNS`.

mod location;
#[cfg(feature = "postgres")]
mod postgres;

use std::ffi::OsString;
use std::path::PathBuf;
#[cfg(feature = "postgres")]
use std::time::Duration;

use crate::accounts::login_name;
use crate::model::{Operator, Standing};

pub(crate) use location::{Location, Place, database, existing_file, new_file};
#[cfg(feature = "postgres")]
pub(crate) use postgres::{PostgresVariable, ServerText};

/// Returns the value of a variable; an empty one counts as unset, as for most programs.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns `SUDO_USER`, the user who called sudo. Every user can forge it; [`operator`] decides
/// whether to trust it.
fn sudo_user() -> Option<OsString> {
    variable("SUDO_USER")
}

/// Returns `APIKEY_DB`, the path of the database.
fn apikey_db() -> Option<PathBuf> {
    variable("APIKEY_DB").map(PathBuf::from)
}

/// Returns whether `APIKEY_NO_INPUT` forbids prompts; `0` counts as unset.
pub(crate) fn forbids_input() -> bool {
    variable("APIKEY_NO_INPUT").is_some_and(|value| value != "0")
}

/// Returns the home directory: `HOME`, otherwise that of the account.
pub(crate) fn home_directory() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.home_dir().to_owned())
}

/// Returns `path` with a leading `~` or `$HOME` expanded. Shells do that when they run a command,
/// but not when they complete one.
pub(crate) fn expand_home(path: &str) -> PathBuf {
    let prefixes = ["~/", "$HOME/", "${HOME}/"];
    let below_home = prefixes.iter().find_map(|home| path.strip_prefix(home));
    match below_home.zip(home_directory()) {
        Some((rest, home)) => home.join(rest),
        None => path.into(),
    }
}

/// Returns `_APIKEY_COMPLETE`, the shell whose completion script runs the program.
pub(crate) fn completing_shell() -> Option<String> {
    variable("_APIKEY_COMPLETE")?.into_string().ok()
}

/// Returns the value of the environment variable that `verify --key-env` names.
pub(crate) fn key_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Returns whether `CLICOLOR_FORCE` is `0`, which does not force colour.
pub(crate) fn is_color_unforced() -> bool {
    std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value == "0")
}

/// Returns whether `TERM` is unset or `dumb`, a terminal that can only print lines.
pub(crate) fn is_dumb_terminal() -> bool {
    matches!(terminal().as_str(), "" | "dumb")
}

/// Returns `TERM`, the kind of the terminal; empty if unset.
pub(crate) fn terminal() -> String {
    std::env::var("TERM").unwrap_or_default()
}

/// Returns whether `TZ` is unset or names a time zone that only root could redefine. chrono
/// reads the named file to its end, even if it is a device or a FIFO.
pub(crate) fn is_zone_trusted() -> bool {
    std::env::var("TZ").map_or(true, |tz| is_zone_name(&tz))
}

/// Returns whether `tz` is a rule such as `CET-1CEST` or names a file of the system's zones. sudo
/// accepts the same values of `TZ`.
fn is_zone_name(tz: &str) -> bool {
    const SYSTEM: &str = "/usr/share/zoneinfo/";
    let path = tz.strip_prefix(':').unwrap_or(tz);
    let is_below = |path: &str| !path.starts_with('/') && path.split('/').all(|part| part != "..");
    path == "/etc/localtime" || is_below(path.strip_prefix(SYSTEM).unwrap_or(path))
}

/// Returns whether `TMUX` is set: the terminal is tmux's.
pub(crate) fn is_in_tmux() -> bool {
    variable("TMUX").is_some()
}

/// Returns the variables by which a process finds and may use the display; none without a
/// display. The first one names the display.
pub(crate) fn display() -> impl Iterator<Item = (&'static str, OsString)> {
    const DISPLAYS: [&str; 2] = ["WAYLAND_DISPLAY", "DISPLAY"];
    /// The cookie of X11 is in HOME unless `XAUTHORITY` is set.
    const ACCESS: [&str; 3] = ["XDG_RUNTIME_DIR", "XAUTHORITY", "HOME"];
    let has_display = DISPLAYS.iter().any(|name| variable(name).is_some());
    let names = DISPLAYS.into_iter().chain(ACCESS);
    let names = names.filter(move |_| has_display);
    names.filter_map(|name| Some((name, variable(name)?)))
}

/// Returns the operator and its standing: `SUDO_USER` if the process runs through sudo as root or
/// as the owner of the database, otherwise the login name of the real user id.
///
/// For any other user `SUDO_USER` doesn't count, since environment variables are easily forged.
pub(crate) fn operator(is_owner: bool) -> (Operator, Standing) {
    let uid = rustix::process::getuid();
    let login = || Operator::from_login(&login_name(uid)?);
    let user = login().unwrap_or_else(|| Operator::from_uid(uid.as_raw()));
    if !uid.is_root() && !is_owner {
        return (user, Standing::Other);
    }
    match sudo_user() {
        Some(name) => {
            // An invalid login name must not become the name of sudo's target, which may have
            // more rights.
            let named = name.to_str().and_then(Operator::from_login);
            let operator = named.unwrap_or_else(|| Operator::from_sudo_uid(sudo_uid()));
            (operator, Standing::ThroughSudo { became: user })
        }
        None => (user, Standing::Owner),
    }
}

/// Returns the operator of a database on a server, and its standing: `SUDO_USER` if `SUDO_UID` is
/// another user than the process runs as, otherwise the login name of the real user id.
///
/// A user who has the credentials of a role acts as the owner of a file does. Without sudo, both
/// variables are missing or forged, and a user who forges them may do everything anyway.
#[cfg(feature = "postgres")]
pub(crate) fn operator_on_server() -> (Operator, Standing) {
    let uid = rustix::process::getuid();
    let (operator, standing) = operator(true);
    match standing {
        Standing::ThroughSudo { became } if sudo_uid().is_none_or(|from| from == uid.as_raw()) => {
            (became, Standing::Owner)
        }
        standing => (operator, standing),
    }
}

/// Returns `limit`, the time that a server may be silent, or the milliseconds of
/// `APIKEY_TEST_SILENCE`. Only a build for tests reads it.
#[cfg(feature = "postgres")]
pub(crate) fn silence(limit: Duration) -> Duration {
    test_millis("APIKEY_TEST_SILENCE").unwrap_or(limit)
}

/// Returns `limit`, the time that a command waits for a server where the answer is worth no more,
/// or the milliseconds of `APIKEY_TEST_PATIENCE`, which tests need on a busy machine. Only a build
/// for tests reads it.
#[cfg(feature = "postgres")]
pub(crate) fn patience(limit: Duration) -> Duration {
    test_millis("APIKEY_TEST_PATIENCE").unwrap_or(limit)
}

#[cfg(feature = "postgres")]
fn test_millis(name: &str) -> Option<Duration> {
    if !cfg!(debug_assertions) {
        return None;
    }
    let millis = variable(name)?.to_str()?.parse().ok()?;
    Some(Duration::from_millis(millis))
}

/// Returns whether the process runs as root.
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
    fn a_trusted_time_zone_is_a_rule_or_a_file_of_the_systems_zones() {
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
