//! The menus in which the user picks keys when the command line names none. Before
//! the picked keys are changed, their names are shown and the user must confirm.

use std::borrow::Cow;

use super::Session;
use crate::error::{Error, Kind, Result};
use crate::model::{Change, GroupName, Key, KeyRef};
use crate::prompt::{DefaultAnswer, Item};
use crate::store::Access;

/// Lets the user pick a key to show.
///
/// # Errors
/// When the user can't be prompted, or pressed Ctrl-C or Escape; when there is no key; and the
/// errors of the database.
pub(super) fn key_to_show(session: &Session) -> Result<KeyRef> {
    pick_key("show", None, session).map(|key| reference(&key))
}

/// Returns the keys that are `named`. If there are none, lets the user pick a key for `change`
/// and confirm it; returns none if the user doesn't.
///
/// # Errors
/// When the user can't be prompted, or pressed Ctrl-C or Escape; when there is no key; and the
/// errors of the database.
pub(super) fn key_to_change<'a>(
    named: &'a [KeyRef],
    verb: &str,
    change: Change,
    session: &Session,
) -> Result<Option<Cow<'a, [KeyRef]>>> {
    if !named.is_empty() {
        return Ok(Some(named.into()));
    }
    let key = pick_key(verb, Some(change), session)?;
    let (first, rest) = verb.split_at(1);
    let question = format!("{}{rest} \"{}\"?", first.to_uppercase(), key.name);
    let is_confirmed = session.prompt.ask_yes_or_no(&question, DefaultAnswer::No)?;
    Ok(is_confirmed.then(|| vec![reference(&key)].into()))
}

fn pick_key(verb: &str, change: Option<Change>, session: &Session) -> Result<Key> {
    let mut keys = offered(verb, change, session)?;
    let at = session
        .prompt
        .pick(&format!("Key to {verb}"), &items(&keys, session))?;
    Ok(keys.swap_remove(at))
}

/// Lets the user tick keys to delete.
///
/// # Errors
/// When the user can't be prompted, or pressed Ctrl-C or Escape; when there is no key; and the
/// errors of the database.
pub(super) fn keys_to_delete(session: &Session) -> Result<Vec<KeyRef>> {
    let keys = offered("delete", Some(Change::Delete), session)?;
    let items = items(&keys, session);
    let ticked = session.prompt.tick("Keys to delete", &items, &[], None)?;
    Ok(ticked.iter().map(|&at| reference(&keys[at])).collect())
}

/// Returns the keys that a menu offers.
fn offered(verb: &str, change: Option<Change>, session: &Session) -> Result<Vec<Key>> {
    let filters = match change {
        Some(_) => ", or select keys by a filter such as --owner USER",
        None => "",
    };
    let give = format!("name it: `apikey {verb} KEY`{filters}");
    session.prompt.check_can_choose("KEY", &give)?;
    let access = change.map_or(Access::Read, |_| Access::Write);
    let keys = session.open(access)?.keys_to_pick(change)?;
    if keys.is_empty() {
        let fact = format!("there is no key to {verb}");
        return Err(Error::new(Kind::KeyNotFound, fact).hint("list the keys with `apikey list`"));
    }
    Ok(keys)
}

/// Returns the entry of each key, in columns. Typing finds its name, id and description.
fn items(keys: &[Key], session: &Session) -> Vec<Item> {
    let width = keys.iter().map(|key| key.name.as_str().len()).max();
    let item = |key: &Key| {
        let groups: Vec<&str> = key.groups.iter().map(GroupName::as_str).collect();
        let shown = format!(
            "{:width$}  {}  {:8}  {}",
            key.name.as_str(),
            key.short,
            key.status(session.now()).as_str(),
            groups.join(" "),
            width = width.unwrap_or(0)
        );
        let id = std::iter::once(key.id().to_string());
        Item {
            shown,
            name: key.name.to_string(),
            also: id.chain(key.description.clone()).collect(),
        }
    };
    keys.iter().map(item).collect()
}

/// Refers to `key` by its short form, since another process may rename it.
fn reference(key: &Key) -> KeyRef {
    KeyRef::from(key.short.clone())
}
