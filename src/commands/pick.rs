//! Keys picked at the terminal, where none is named.

use super::Session;
use crate::error::{Error, Kind, Result};
use crate::model::{Change, GroupName, Key, KeyRef};
use crate::store::Access;

/// The key that somebody picks for `verb`, of those that can be changed so.
///
/// # Errors
/// Where nobody can be asked, or there is no such key.
pub(super) fn one(verb: &str, change: Option<Change>, session: &Session) -> Result<KeyRef> {
    let keys = offered(verb, change, session)?;
    let at = session
        .prompt
        .pick(&format!("Key to {verb}"), &items(&keys, session))?;
    Ok(named(&keys[at]))
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
        .tick(&format!("Keys to {verb}"), &items, &[])?;
    Ok(places.iter().map(|&at| named(&keys[at])).collect())
}

fn offered(verb: &str, change: Option<Change>, session: &Session) -> Result<Vec<Key>> {
    let give = format!("name it: `apikey {verb} KEY`");
    session.prompt.check_can_choose("KEY", &give)?;
    let access = change.map_or(Access::Read, |_| Access::Write);
    let keys = session.open(access)?.keys_to_pick(change)?;
    match keys.is_empty() {
        false => Ok(keys),
        true => Err(
            Error::new(Kind::KeyNotFound, format!("there is no key to {verb}"))
                .hint("list the keys with `apikey list`"),
        ),
    }
}

/// What is shown of each key, in columns.
fn items(keys: &[Key], session: &Session) -> Vec<String> {
    let width = keys.iter().map(|key| key.name.as_str().len()).max();
    let item = |key: &Key| {
        let groups: Vec<&str> = key.groups.iter().map(GroupName::as_str).collect();
        format!(
            "{:width$}  {}  {:8}  {}",
            key.name.as_str(),
            key.short,
            key.status(session.now()).as_str(),
            groups.join(" "),
            width = width.unwrap_or(0)
        )
    };
    keys.iter().map(item).collect()
}

/// By its short form: it may be renamed meanwhile.
fn named(key: &Key) -> KeyRef {
    KeyRef::from(key.short.clone())
}
