//! What could be typed next: what the scripts in `completions/` ask for.
//!
//! A script sets `_APIKEY_COMPLETE` to its shell and runs `apikey -- WORD…`, the
//! words of the line up to the cursor; the last is the one to complete. The
//! variable alone changes nothing, and no command line begins with `--`: a
//! `verify` that inherits the variable decides as ever. Answered is, one a line,
//! a word and for some shells what to say of it; or `/` where a path is wanted,
//! which the shell knows best.
//!
//! What could stand there is clap's to say. The scripts are our own: of those that
//! clap_complete 4.6.11 writes, bash's loses what stands before a `:` or a `=`, as
//! permissions have them, and zsh's, found in `$fpath`, does nothing at first.
//!
//! Nothing is ever said on stderr and nothing is touched. What goes wrong is no
//! reason to disturb whoever is typing: then nothing is offered.

mod line;

use std::ffi::{OsStr, OsString};
use std::panic;
use std::str::FromStr;
use std::sync::Arc;

use clap::{Arg, ValueHint};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::{listed, locate};
use crate::cli::{self, topics};
use crate::config::Location;
use crate::error::Result;
use crate::model::{
    Action, AppName, GroupName, KeyName, Permission, RequiredRight, State, UserName,
};
use crate::output::{self, Offer};
use crate::secret;
use crate::store::{Access, Store};
use line::{database, unquoted};

/// Marks what stands for all paths.
const PATH: &str = "path";

/// What is offered for an argument.
#[derive(Clone, Copy)]
enum Subject {
    Keys(Option<State>),
    Groups,
    /// Users: those who are active, or those who aren't, where that matters.
    Users(Option<bool>),
    Permissions,
    Actions,
    Applications,
    Helped,
    Paths,
}

/// Answers `shell` what could stand in the place of the last of `words`.
pub(crate) fn run(shell: &str, words: &[OsString]) {
    // clap_complete 4.6.11 panics on lines such as `set-description k --db --x`.
    panic::set_hook(Box::new(|_| {}));
    let offers = panic::catch_unwind(|| offers(words)).unwrap_or_default();
    if let (Ok(shell), Some(offers)) = (shell.parse::<Shell>(), offers) {
        output::offer(shell, &offers);
    }
}

fn offers(words: &[OsString]) -> Option<Vec<Offer>> {
    let plain: Option<Vec<String>> = words
        .iter()
        .map(|word| Some(unquoted(word.to_str()?)))
        .collect();
    let plain = plain?;
    let raw = words.iter().map(|word| word.as_encoded_bytes());
    let mut all = raw.chain(plain.iter().map(String::as_bytes));
    if all.any(secret::holds_secret) {
        return None;
    }
    let (typed, before) = plain.split_last()?;
    let location = Arc::new(locate(database(before)?.as_deref()));
    let mut command = with_completers(cli::definition(), &[], &location);
    let args = plain.iter().map(OsString::from).collect();
    let found = complete(&mut command, args, before.len(), None).ok()?;
    if found
        .iter()
        .any(|one| one.get_id().is_some_and(|id| id == PATH))
    {
        return Some(vec![Offer::path()]);
    }
    // Options only for who begins one: else every list of keys would end in them,
    // and a shell would type no name ahead.
    let found = found.iter().filter(|one| !one.is_hide_set());
    let found = found.filter(|one| {
        typed.starts_with('-') || !one.get_value().as_encoded_bytes().starts_with(b"-")
    });
    let offer = |one: &CompletionCandidate| {
        let about = one.get_help().map(ToString::to_string);
        Offer::new(one.get_value().to_str()?, about.as_deref())
    };
    Some(found.filter_map(offer).collect())
}

/// `command` and what is below it, with what completes the values of arguments.
/// Its own name and those above it but for the first are `path`.
fn with_completers(
    command: clap::Command,
    path: &[String],
    location: &Arc<Result<Location>>,
) -> clap::Command {
    let command = command.mut_args(|arg| match subject(path, &arg) {
        Some(subject) => {
            let location = Arc::clone(location);
            let offer = move |typed: &OsStr| offer(subject, typed, &location).unwrap_or_default();
            arg.add(ArgValueCompleter::new(offer))
        }
        None => arg,
    });
    command.mut_subcommands(|sub| {
        let path = [path, &[sub.get_name().to_owned()]].concat();
        with_completers(sub, &path, location)
    })
}

/// What `arg` of the command at `path` names, if that is something there is. A
/// name that is to be new is whoever's who types it.
fn subject(path: &[String], arg: &Arg) -> Option<Subject> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if arg.get_value_hint() == ValueHint::AnyPath {
        return Some(Subject::Paths);
    }
    let named = arg.get_value_names().and_then(<[_]>::first)?.as_str();
    let is_positional = arg.is_positional();
    Some(match (named, &path[..]) {
        // New, or a group of the operating system.
        ("NAME", ["group", "create"] | ["user", "add"]) | ("GROUP", ["init"]) => return None,
        ("KEY", ["activate"]) => Subject::Keys(Some(State::Inactive)),
        ("KEY", ["deactivate"]) => Subject::Keys(Some(State::Active)),
        ("KEY", _) => Subject::Keys(None),
        ("GROUP", _) => Subject::Groups,
        ("USER", _) | ("NAME", ["log"]) => Subject::Users(None),
        ("NAME", ["list"]) if arg.get_id() == "creators" => Subject::Users(None),
        ("COMMAND", ["help"]) => Subject::Helped,
        ("PERM", _) => Subject::Permissions,
        ("ACTION", _) => Subject::Actions,
        ("NAME", ["group", _]) if is_positional => Subject::Groups,
        ("NAME", ["user", "activate"]) => Subject::Users(Some(false)),
        ("NAME", ["user", "deactivate"]) => Subject::Users(Some(true)),
        ("NAME", ["user", _]) if is_positional => Subject::Users(None),
        ("NAME", _) if ["app", "apps"].contains(&arg.get_id().as_str()) => Subject::Applications,
        _ => return None,
    })
}

/// The words that begin as was typed, as far as the operator may see them.
fn offer(
    subject: Subject,
    typed: &OsStr,
    location: &Result<Location>,
) -> Option<Vec<CompletionCandidate>> {
    if let Subject::Paths = subject {
        return Some(vec![
            CompletionCandidate::new("/").id(Some(PATH.to_owned())),
        ]);
    }
    let typed = typed.to_str()?;
    if let Subject::Helped = subject {
        return Some(helped(typed));
    }
    // What is needed is what the listing of these things needs.
    let need = match subject {
        Subject::Keys(_) | Subject::Applications => RequiredRight::SeeKeys,
        Subject::Groups | Subject::Permissions | Subject::Actions => RequiredRight::SeeGroups,
        Subject::Users(_) | Subject::Helped | Subject::Paths => RequiredRight::SeeAll,
    };
    let store = Store::open(location.as_ref().ok()?, Access::Peek, need).ok()?;
    let now = store.now();
    let about =
        |word: String, about: String| CompletionCandidate::new(word).help(Some(about.into()));
    let in_groups = |groups: &[GroupName]| listed(groups, "no group");
    let offered: Result<Vec<CompletionCandidate>> = match subject {
        Subject::Keys(state) => store.matching_keys(typed, state).map(|keys| {
            keys.into_iter()
                .filter(|(name, _)| has_shape::<KeyName>(name))
                .map(|(name, key)| {
                    about(
                        name,
                        format!("{} in {}", key.status(now), in_groups(&key.groups)),
                    )
                })
                .collect()
        }),
        Subject::Groups => store.matching_groups(typed).map(|groups| {
            groups
                .into_iter()
                .filter(|(name, _)| has_shape::<GroupName>(name))
                .map(|(name, allowed)| about(name, listed(&allowed, "allows nothing")))
                .collect()
        }),
        Subject::Users(active) => store.matching_users(typed, active).map(|users| {
            users
                .into_iter()
                .map(|user| {
                    let groups = in_groups(&user.groups);
                    let word = UserName::as_str(&user.name).to_owned();
                    about(word, format!("{} in {groups}", user.status(now)))
                })
                .collect()
        }),
        Subject::Permissions => store.matching_permissions(typed).map(plain::<Permission>),
        Subject::Actions => store.matching_actions(typed).map(plain::<Action>),
        Subject::Applications => store.matching_applications(typed).map(plain::<AppName>),
        Subject::Helped | Subject::Paths => return None,
    };
    offered.ok()
}

/// The errors of `words` that have the shape of a `T`. In a tampered database others may stand,
/// such as one that a shell would run.
fn plain<T: FromStr>(words: Vec<String>) -> Vec<CompletionCandidate> {
    words
        .into_iter()
        .filter(|word| has_shape::<T>(word))
        .map(CompletionCandidate::new)
        .collect()
}

fn has_shape<T: FromStr>(word: &str) -> bool {
    word.parse::<T>().is_ok()
}

/// The topics and commands that `help` explains.
fn helped(typed: &str) -> Vec<CompletionCandidate> {
    let command = cli::definition();
    let commands = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let commands =
        commands.map(|sub| CompletionCandidate::new(sub.get_name()).help(sub.get_about().cloned()));
    let topics = topics::all()
        .into_iter()
        .map(|topic| CompletionCandidate::new(topic.name).help(Some(topic.about.into())));
    let begins = |one: &CompletionCandidate| {
        one.get_value()
            .to_str()
            .is_some_and(|word| word.starts_with(typed))
    };
    commands.chain(topics).filter(begins).collect()
}
