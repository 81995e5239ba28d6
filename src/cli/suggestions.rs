//! What a wrong word of the command line stands for: a plain misspelling, or a word of
//! another tool that means the same. Nothing else is suggested: who runs a suggestion
//! unread must not destroy or overwrite anything that it didn't name.

use clap::Command;

use crate::model::nearest;

/// Commands of other tools, each with the command that means the same. The first that is
/// there counts.
const COMMANDS: &[(&[&str], &[&str])] = &[
    (
        &["remove", "rm", "del", "erase", "destroy", "purge"],
        &["delete"],
    ),
    (
        &["new", "issue", "generate", "make", "add"],
        &["create", "add"],
    ),
    (&["ls"], &["list"]),
    (&["get", "info", "view"], &["show"]),
    (&["mv"], &["rename"]),
    (&["check", "validate", "authenticate"], &["verify"]),
    (&["enable", "reactivate"], &["activate"]),
    (&["disable", "inactivate", "suspend"], &["deactivate"]),
    (&["groups", "roles", "role"], &["group"]),
    (&["users"], &["user"]),
    (&["logs", "audit", "history"], &["log"]),
    (&["completion"], &["completions"]),
    (&["setup"], &["init"]),
];

/// The same for options, without their dashes.
const OPTIONS: &[(&[&str], &str)] = &[
    (&["output", "out", "o"], "export"),
    (&["clipboard"], "copy"),
    (&["role", "roles"], "group"),
    (&["desc", "comment", "note"], "description"),
    (
        &["ttl", "expiry", "expire", "expires-in", "expires-at"],
        "expires",
    ),
    (&["permission", "permissions", "perm", "scope"], "allow"),
    (&["application"], "app"),
    (&["user"], "owner"),
    (&["database"], "db"),
    (&["silent"], "quiet"),
    (&["order", "order-by", "sort-by"], "sort"),
    (&["non-interactive", "noninteractive"], "no-input"),
];

/// The same for values.
const VALUES: &[(&[&str], &str)] = &[
    (&["disabled", "deactivated", "revoked"], "inactive"),
    (&["enabled", "activated"], "active"),
    (&["text", "plain"], "table"),
    (&["created", "created-at"], "created_at"),
    (&["expires", "expires-at", "expiry"], "expires_at"),
    (&["last-used", "last-used-at", "last_used"], "last_used_at"),
    (&["pwsh"], "powershell"),
];

/// Returns what to do instead of the command `word`, which `parent` doesn't have.
pub(crate) fn for_command(word: &str, parent: &Command) -> Option<String> {
    let has = |name: &str| parent.find_subcommand(name).is_some();
    if is_one_of(word, &["revoke", "revocate"]) && has("deactivate") {
        let named = parent.get_bin_name().unwrap_or_else(|| parent.get_name());
        let hint = format!("`{named} deactivate` can be undone, `{named} delete` is for good");
        return Some(hint);
    }
    let same = COMMANDS
        .iter()
        .find(|(words, _)| is_one_of(word, words))
        .and_then(|(_, names)| names.iter().find(|name| has(name)));
    let visible = parent.get_subcommands().filter(|sub| !sub.is_hide_set());
    let names = visible.flat_map(|sub| {
        let aliases = sub.get_visible_aliases().map(str::to_owned);
        std::iter::once(sub.get_name().to_owned()).chain(aliases)
    });
    same.map(|name| (*name).to_owned())
        .or_else(|| nearest(word, names))
        .map(|name| did_you_mean(&name))
}

/// Returns what to give instead of the option `word`, which `command` doesn't have.
pub(crate) fn for_option(word: &str, command: &Command) -> Option<String> {
    let bare = word.trim_start_matches('-');
    let bare = bare.split_once('=').map_or(bare, |(name, _)| name);
    let visible = || command.get_arguments().filter(|arg| !arg.is_hide_set());
    let longs = || visible().filter_map(clap::Arg::get_long);
    if word.starts_with("--") && longs().any(|long| long == bare) {
        return Some(format!("`--` ends the options: give '--{bare}' before it"));
    }
    let same = same_as(bare, OPTIONS).filter(|name| longs().any(|long| long == *name));
    let is_long = word.starts_with("--");
    let near = || nearest(bare, longs().map(str::to_owned).filter(|_| is_long));
    same.map(str::to_owned)
        .or_else(near)
        .map(|name| did_you_mean(&format!("--{name}")))
}

/// Returns which of the values `valid` to give instead of `value`.
pub(crate) fn for_value(value: &str, valid: &[String]) -> Option<String> {
    let same = same_as(value, VALUES).filter(|name| valid.iter().any(|one| one == name));
    same.map(str::to_owned)
        .or_else(|| nearest(value, valid.iter().cloned()))
        .map(|name| did_you_mean(&name))
}

fn same_as(word: &str, all: &[(&[&str], &'static str)]) -> Option<&'static str> {
    let (_, name) = all.iter().find(|(words, _)| is_one_of(word, words))?;
    Some(name)
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|one| one.eq_ignore_ascii_case(word))
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean '{name}'?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_that_is_suggested_is_one_there_is() {
        let mut command = crate::cli::command();
        command.build();
        let all: Vec<&Command> = std::iter::once(&command)
            .chain(command.get_subcommands())
            .chain(command.get_subcommands().flat_map(Command::get_subcommands))
            .collect();
        for name in COMMANDS.iter().flat_map(|(_, names)| *names) {
            assert!(
                all.iter().any(|one| one.find_subcommand(name).is_some()),
                "{name}"
            );
        }
        for (_, name) in OPTIONS {
            let mut longs = all.iter().flat_map(|one| one.get_arguments());
            assert!(longs.any(|arg| arg.get_long() == Some(name)), "{name}");
        }
    }

    #[test]
    fn a_command_that_destroys_is_suggested_only_for_a_word_that_means_it() {
        let command = crate::cli::command();
        for word in [
            "revoke", "restart", "revert", "detach", "resume", "replace", "set",
        ] {
            let hint = for_command(word, &command).unwrap_or_default();
            assert!(!hint.starts_with("did you mean"), "{word}: {hint}");
        }
    }
}
