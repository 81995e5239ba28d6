//! Completion: the candidates that the scripts in `completions/` ask for.
//!
//! A script sets `_APIKEY_COMPLETE` to its shell and runs `apikey -- WORD…` with the words of
//! the line up to the cursor; the last word is the one to complete. Without the `--` the variable
//! has no effect, and no other command line begins with `--`, so a `verify` that inherits the
//! variable works as usual. The answer is one candidate per line, for some shells with a
//! description; or `/` if a path is wanted, which the shell completes itself.
//!
//! clap decides which candidates fit. The scripts are our own, because the scripts of clap_complete
//! 4.6.11 have errors: the script for bash loses the text before a `:` or `=`, which permissions
//! contain, and the script for zsh, if found in `$fpath`, does nothing at the first call.
//!
//! Completion never writes to stderr and changes nothing. If it fails, it offers no candidates.

mod line;

use std::ffi::{OsStr, OsString};
use std::panic;
use std::str::FromStr;
use std::sync::Arc;

use clap::builder::StyledStr;
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
use crate::output::{Candidate, print_candidates};
use crate::secret;
use crate::store::{Access, Store};
use line::{database_path, unquoted};

/// The id of the candidate that stands for all paths.
const PATH: &str = "path";

/// A name and its description.
type Described = (String, String);

/// The kind of values that complete an argument.
#[derive(Clone, Copy)]
enum Values {
    /// Keys, only those in a state if one is given.
    Keys(Option<State>),
    Groups,
    /// Users, only the active or only the inactive ones if given.
    Users(Option<bool>),
    Permissions,
    Actions,
    Applications,
    HelpSubjects,
    Paths,
}

/// Prints the candidates for the last of `words`, in the format of `shell`.
pub(crate) fn run(shell: &str, words: &[OsString]) {
    // clap_complete 4.6.11 panics on lines such as `set-description k --db --x`.
    panic::set_hook(Box::new(|_| {}));
    let offers = panic::catch_unwind(|| offers(words)).unwrap_or_default();
    if let (Ok(shell), Some(offers)) = (shell.parse::<Shell>(), offers) {
        print_candidates(shell, &offers);
    }
}

fn offers(words: &[OsString]) -> Option<Vec<Candidate>> {
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
    let location = Arc::new(locate(database_path(before)?.as_deref()));
    let is_key = !cli::has_filter(before);
    let mut command = with_completers(cli::definition(), &[], is_key, &location);
    let args = plain.iter().map(OsString::from).collect();
    let found = complete(&mut command, args, before.len(), None).ok()?;
    if found
        .iter()
        .any(|candidate| candidate.get_id().is_some_and(|id| id == PATH))
    {
        return Some(vec![Candidate::path()]);
    }
    // Options are offered only after a dash. Otherwise every list of keys would end in them,
    // and no shell could complete the beginning that all names share.
    let found = found.iter().filter(|candidate| !candidate.is_hide_set());
    let found = found.filter(|candidate| {
        typed.starts_with('-') || !candidate.get_value().as_encoded_bytes().starts_with(b"-")
    });
    let offer = |candidate: &CompletionCandidate| {
        let about = candidate.get_help().map(ToString::to_string);
        Candidate::new(candidate.get_value().to_str()?, about.as_deref())
    };
    Some(found.filter_map(offer).collect())
}

/// Returns `command` and its subcommands with completers for the values of their arguments.
/// `path` has the names that lead from `apikey` to the command. `is_key` says whether a word may
/// be a KEY: with filters, none is.
fn with_completers(
    command: clap::Command,
    path: &[String],
    is_key: bool,
    location: &Arc<Result<Location>>,
) -> clap::Command {
    let command = command.mut_args(|arg| match values_of(path, is_key, &arg) {
        Some(values) => {
            let location = Arc::clone(location);
            let completer =
                move |typed: &OsStr| candidates(values, typed, &location).unwrap_or_default();
            arg.add(ArgValueCompleter::new(completer))
        }
        None => arg,
    });
    command.mut_subcommands(|sub| {
        let path = [path, &[sub.get_name().to_owned()]].concat();
        with_completers(sub, &path, is_key, location)
    })
}

/// Returns the kind of values that complete `arg` of the command at `path`. None for a new name
/// or free text.
fn values_of(path: &[String], is_key: bool, arg: &Arg) -> Option<Values> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if arg.get_value_hint() == ValueHint::AnyPath {
        return Some(Values::Paths);
    }
    let value_name = arg.get_value_names().and_then(<[_]>::first)?.as_str();
    let is_positional = arg.is_positional();
    Some(match (value_name, &path[..]) {
        // A new name, or a group of the operating system.
        ("NAME", ["group", "create"] | ["user", "add"]) | ("GROUP", ["init"]) => return None,
        // With filters, the first word is the owner.
        ("KEY", ["set-owner"]) if !is_key => Values::Users(None),
        ("KEY", _) if is_positional && !is_key => return None,
        ("KEY", ["activate"]) => Values::Keys(Some(State::Inactive)),
        ("KEY", ["deactivate"]) => Values::Keys(Some(State::Active)),
        ("KEY", _) => Values::Keys(None),
        ("GROUP", _) => Values::Groups,
        ("USER", _) | ("NAME", ["log"]) => Values::Users(None),
        ("NAME", _) if arg.get_id() == "creators" => Values::Users(None),
        ("COMMAND", ["help"]) => Values::HelpSubjects,
        ("PERM", _) => Values::Permissions,
        ("ACTION", _) => Values::Actions,
        ("NAME", ["group", _]) if is_positional => Values::Groups,
        ("NAME", ["user", "activate"]) => Values::Users(Some(false)),
        ("NAME", ["user", "deactivate"]) => Values::Users(Some(true)),
        ("NAME", ["user", _]) if is_positional => Values::Users(None),
        ("NAME", _) if ["app", "apps"].contains(&arg.get_id().as_str()) => Values::Applications,
        _ => return None,
    })
}

/// Returns the values that begin with `typed` and that the operator may see.
fn candidates(
    values: Values,
    typed: &OsStr,
    location: &Result<Location>,
) -> Option<Vec<CompletionCandidate>> {
    if let Values::Paths = values {
        return Some(vec![
            CompletionCandidate::new("/").id(Some(PATH.to_owned())),
        ]);
    }
    let typed = typed.to_str()?;
    if let Values::HelpSubjects = values {
        return Some(help_subjects(typed));
    }
    // The same right as for a listing of these values.
    let required = match values {
        Values::Keys(_) | Values::Applications => RequiredRight::SeeKeys,
        Values::Groups | Values::Permissions | Values::Actions => RequiredRight::SeeGroups,
        Values::Users(_) | Values::HelpSubjects | Values::Paths => RequiredRight::SeeAll,
    };
    let store = Store::open(location.as_ref().ok()?, Access::Peek, required).ok()?;
    let now = store.now();
    let summary =
        |status: &str, groups: &[GroupName]| format!("{status} in {}", listed(groups, "no group"));
    let plain = |texts: Vec<String>| {
        texts
            .into_iter()
            .map(|text| (text, String::new()))
            .collect()
    };
    let (found, is_well_formed): (Vec<Described>, fn(&str) -> bool) = match values {
        Values::Keys(state) => {
            let keys = store.matching_keys(typed, state).ok()?.into_iter();
            let keys =
                keys.map(|(name, key)| (name, summary(key.status(now).as_str(), &key.groups)));
            (keys.collect(), parses::<KeyName>)
        }
        Values::Groups => {
            let groups = store.matching_groups(typed).ok()?.into_iter();
            let groups = groups.map(|(name, allowed)| (name, listed(&allowed, "allows nothing")));
            (groups.collect(), parses::<GroupName>)
        }
        Values::Users(active) => {
            let users = store.matching_users(typed, active).ok()?.into_iter();
            let users = users.map(|user| {
                let name = UserName::as_str(&user.name).to_owned();
                (name, summary(user.status(now).as_str(), &user.groups))
            });
            (users.collect(), parses::<UserName>)
        }
        Values::Permissions => {
            let permissions = store.matching_permissions(typed).ok()?;
            (plain(permissions), parses::<Permission>)
        }
        Values::Actions => (plain(store.matching_actions(typed).ok()?), parses::<Action>),
        Values::Applications => {
            let applications = store.matching_applications(typed).ok()?;
            (plain(applications), parses::<AppName>)
        }
        Values::HelpSubjects | Values::Paths => return None,
    };
    // A tampered database may contain other text, even commands for the shell.
    let found = found.into_iter().filter(|(name, _)| is_well_formed(name));
    Some(found.map(|(name, about)| described(name, about)).collect())
}

fn described(name: impl Into<OsString>, about: impl Into<StyledStr>) -> CompletionCandidate {
    CompletionCandidate::new(name).help(Some(about.into()))
}

fn parses<T: FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

/// Returns the commands and topics of `help` that begin with `typed`.
fn help_subjects(typed: &str) -> Vec<CompletionCandidate> {
    let command = cli::definition();
    let commands = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let commands =
        commands.map(|sub| (sub.get_name(), sub.get_about().cloned().unwrap_or_default()));
    let topics = topics::all();
    let topics = topics.iter().map(|topic| (topic.name, topic.about.into()));
    let subjects = commands
        .chain(topics)
        .filter(|(name, _)| name.starts_with(typed));
    subjects
        .map(|(name, about)| described(name, about))
        .collect()
}
