//! Keys picked at the terminal, where none is named. What was picked is confirmed by
//! name before anything is done with it.

use super::Session;
use crate::error::{Error, Kind, Result};
use crate::model::{Change, GroupName, Key, KeyRef};
use crate::prompt::{Enter, Item};
use crate::store::Access;

/// The key that is picked to be looked at.
///
/// # Errors
/// Where no question can be asked, or there is no key.
pub(super) fn one(verb: &str, session: &Session) -> Result<KeyRef> {
    picked(verb, None, session).map(|key| named(&key))
}

/// The key that is picked for `change`, and confirmed. None without a yes.
///
/// # Errors
/// As [`one`].
pub(super) fn one_to_change(
    verb: &str,
    change: Change,
    session: &Session,
) -> Result<Option<KeyRef>> {
    let key = picked(verb, Some(change), session)?;
    let (first, rest) = verb.split_at(1);
    let question = format!("{}{rest} \"{}\"?", first.to_uppercase(), key.name);
    let is_meant = session.prompt.is_so(&question, Enter::IsNo)?;
    Ok(is_meant.then(|| named(&key)))
}

fn picked(verb: &str, change: Option<Change>, session: &Session) -> Result<Key> {
    let mut keys = offered(verb, change, session)?;
    let at = session
        .prompt
        .pick(&format!("Key to {verb}"), &items(&keys, session))?;
    Ok(keys.swap_remove(at))
}

/// The keys that somebody ticks for `verb`; none, if nothing was ticked.
///
/// # Errors
/// As [`one`].
pub(super) fn some(verb: &str, change: Option<Change>, session: &Session) -> Result<Vec<KeyRef>> {
    let keys = offered(verb, change, session)?;
    let items = items(&keys, session);
    let places = session
        .prompt
        .tick(&format!("Keys to {verb}"), &items, &[], None)?;
    Ok(places.iter().map(|&at| named(&keys[at])).collect())
}

fn offered(verb: &str, change: Option<Change>, session: &Session) -> Result<Vec<Key>> {
    let give = format!("name it: `apikey {verb} KEY`");
    session.prompt.check_can_choose("KEY", &give)?;
    let access = change.map_or(Access::Read, |_| Access::Write);
    let keys = session.open(access)?.keys_to_pick(change)?;
    if keys.is_empty() {
        let fact = format!("there is no key to {verb}");
        return Err(Error::new(Kind::KeyNotFound, fact).hint("list the keys with `apikey list`"));
    }
    Ok(keys)
}

/// The entry of each key: what is shown of it, in columns, and what it is found by.
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
        let mut also = vec![key.id().to_string()];
        also.extend(key.description.clone());
        Item {
            shown,
            name: key.name.to_string(),
            also,
        }
    };
    keys.iter().map(item).collect()
}

/// By its short form: it may be renamed meanwhile.
fn named(key: &Key) -> KeyRef {
    KeyRef::from(key.short.clone())
}
