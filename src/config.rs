//! Every environment variable that is read and every default path, one
//! function each. What clap, anstream and chrono read themselves (`NO_COLOR`,
//! `COLUMNS` and the like) is theirs, but for `TZ`.

mod location;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::accounts::login_name;
use crate::model::{Operator, Standing};

pub(crate) use location::{Location, database, existing_file, new_file};

/// `SUDO_USER`: the user who called sudo. To be believed only as [`operator`] does.
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

/// `CLICOLOR_FORCE`: whether it is `0`, which forces no colour.
pub(crate) fn is_color_unforced() -> bool {
    std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value == "0")
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

/// Returns the operator and its standing: `SUDO_USER` where sudo became root or the owner of
/// the database, else the login name of the real user id.
///
/// `SUDO_USER` counts for no other user: an environment variable is easily forged.
pub(crate) fn operator(is_owner: bool) -> (Operator, Standing) {
    let uid = rustix::process::getuid();
    let login = || Operator::from_login(&login_name(uid)?);
    let user = login().unwrap_or_else(|| Operator::from_uid(uid.as_raw()));
    if !uid.is_root() && !is_owner {
        return (user, Standing::Other);
    }
    match sudo_user() {
        Some(name) => {
            // An invalid login name must not fall back to the name of sudo's target, who
            // may do more.
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

fn is_through_sudo() -> bool {
    sudo_user().is_some()
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
