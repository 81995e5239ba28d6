//! Suggestions for unknown commands, options and values: the correct spelling, or the same
//! thing in the words of this program. Nothing else is suggested: a user who runs a suggestion
//! without reading it must not destroy or overwrite anything that the user did not name.

use clap::Command;

use crate::model::nearest;

/// Commands of other tools, and the commands that mean the same; separated by spaces. The first
/// existing one is suggested.
const COMMANDS: &[(&str, &str)] = &[
    ("remove rm del erase destroy purge", "delete"),
    ("new issue generate make add", "create add"),
    ("ls", "list"),
    ("get info view", "show"),
    ("mv", "rename"),
    ("check validate authenticate", "verify"),
    ("enable reactivate", "activate"),
    ("disable inactivate suspend", "deactivate"),
    ("groups roles role", "group"),
    ("users", "user"),
    ("logs audit history", "log"),
    ("completion", "completions"),
    ("setup", "init"),
];

/// Options of other tools, without dashes, and the options that mean the same.
const OPTIONS: &[(&str, &str)] = &[
    ("output out o", "export"),
    ("clipboard", "copy"),
    ("role roles", "group"),
    ("desc comment note", "description"),
    ("ttl expiry expire expires-in expires-at", "expires"),
    ("permission permissions perm scope", "allow"),
    ("application", "app"),
    ("user", "owner"),
    ("database", "db"),
    ("silent", "quiet"),
    ("order order-by sort-by", "sort"),
    ("non-interactive noninteractive", "no-input"),
];

/// Values of other tools, and the values that mean the same.
const VALUES: &[(&str, &str)] = &[
    ("disabled deactivated revoked", "inactive"),
    ("enabled activated", "active"),
    ("text plain", "table"),
    ("created created-at", "created_at"),
    ("expires expires-at expiry", "expires_at"),
    ("last-used last-used-at last_used", "last_used_at"),
    ("pwsh", "powershell"),
];

/// Returns the hint for the unknown command `given` below `parent`.
pub(crate) fn for_command(given: &str, parent: &Command) -> Option<String> {
    let has = |name: &str| parent.find_subcommand(name).is_some();
    if contains("revoke revocate", given) && has("deactivate") {
        let parent = parent.get_bin_name().unwrap_or_else(|| parent.get_name());
        let hint =
            format!("use `{parent} deactivate`, or `{parent} delete`, which can't be undone");
        return Some(hint);
    }
    let synonyms = synonym(given, COMMANDS).unwrap_or_default();
    let visible = parent.get_subcommands().filter(|sub| !sub.is_hide_set());
    let names = visible.flat_map(|sub| {
        let aliases = sub.get_visible_aliases().map(str::to_owned);
        std::iter::once(sub.get_name().to_owned()).chain(aliases)
    });
    synonyms
        .split(' ')
        .find(|name| has(name))
        .map(str::to_owned)
        .or_else(|| nearest(given, names))
        .map(|name| did_you_mean(&name))
}

/// Returns the hint for the unknown option `given` of `command`.
pub(crate) fn for_option(given: &str, command: &Command) -> Option<String> {
    let bare = given.trim_start_matches('-');
    let bare = bare.split_once('=').map_or(bare, |(name, _)| name);
    let visible = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let longs: Vec<&str> = visible.filter_map(clap::Arg::get_long).collect();
    let is_long = given.starts_with("--");
    if is_long && longs.contains(&bare) {
        return Some(format!(
            "put '--{bare}' before `--`, which ends the options"
        ));
    }
    let candidates = longs.iter().filter(|_| is_long);
    let candidates = candidates.map(|long| (*long).to_owned());
    synonym(bare, OPTIONS)
        .filter(|name| longs.contains(name))
        .map(str::to_owned)
        .or_else(|| nearest(bare, candidates))
        .map(|name| did_you_mean(&format!("--{name}")))
}

/// Returns the hint for the unknown value `given` where those in `valid` are known.
pub(crate) fn for_value(given: &str, valid: &[String]) -> Option<String> {
    synonym(given, VALUES)
        .filter(|name| valid.iter().any(|value| value == name))
        .map(str::to_owned)
        .or_else(|| nearest(given, valid.iter().cloned()))
        .map(|name| did_you_mean(&name))
}

fn synonym(given: &str, table: &[(&str, &'static str)]) -> Option<&'static str> {
    let (_, name) = table.iter().find(|(others, _)| contains(others, given))?;
    Some(name)
}

fn contains(names: &str, given: &str) -> bool {
    names
        .split(' ')
        .any(|name| name.eq_ignore_ascii_case(given))
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean '{name}'?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suggested_command_and_option_exists() {
        let mut command = crate::cli::command();
        command.build();
        let all: Vec<&Command> = std::iter::once(&command)
            .chain(command.get_subcommands())
            .chain(command.get_subcommands().flat_map(Command::get_subcommands))
            .collect();
        for name in COMMANDS.iter().flat_map(|(_, names)| names.split(' ')) {
            assert!(
                all.iter()
                    .any(|command| command.find_subcommand(name).is_some()),
                "{name}"
            );
        }
        for (_, name) in OPTIONS {
            let mut longs = all.iter().flat_map(|command| command.get_arguments());
            assert!(longs.any(|arg| arg.get_long() == Some(name)), "{name}");
        }
    }

    #[test]
    fn a_destructive_command_is_suggested_only_for_a_synonym() {
        let command = crate::cli::command();
        for given in [
            "revoke", "restart", "revert", "detach", "resume", "replace", "set",
        ] {
            let hint = for_command(given, &command).unwrap_or_default();
            assert!(!hint.starts_with("did you mean"), "{given}: {hint}");
        }
    }
}
