//! A field's value in each format: in a table or `show`, in csv, in json.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Times;
use super::json::to_json;
use super::tone::Tone;
use crate::model::{
    Described, Field, FieldValue, Group, GroupName, Key, LastUse, Permission, Timestamp,
    UserSummary,
};

/// A key as json.
pub(crate) type KeyJson<'a> = Object<'a, Key>;
/// A group as json.
pub(crate) type GroupJson<'a> = Object<'a, Group>;
/// A user as json.
pub(crate) type UserJson<'a> = Object<'a, UserSummary>;

/// What is listed, as a json object of its fields.
pub(crate) struct Object<'a, T> {
    item: &'a T,
    now: Timestamp,
}

impl<'a, T> Object<'a, T> {
    /// Returns `item` as it is at `now`.
    pub(crate) fn new(item: &'a T, now: Timestamp) -> Self {
        Self { item, now }
    }
}

impl<T: Described> Serialize for Object<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let fields = T::fields();
        let mut object = to.serialize_map(Some(fields.len()))?;
        for field in fields {
            object.serialize_entry(field.name, &Json((field.value)(self.item, self.now)))?;
        }
        object.end()
    }
}

/// A value as json.
struct Json<'a>(FieldValue<'a>);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            FieldValue::Text(text) => text.serialize(to),
            FieldValue::Number(number) => to.serialize_i128(*number),
            FieldValue::Status(word, _) => to.serialize_str(word),
            FieldValue::Groups(groups) => to.collect_seq(groups.iter().map(GroupName::as_str)),
            FieldValue::Permissions(all) => to.collect_seq(all.iter().map(Permission::as_str)),
            FieldValue::Time(at) | FieldValue::Expiry(at) => instant(*at).serialize(to),
            FieldValue::Use(last) => instant(last_instant(*last)).serialize(to),
            FieldValue::Details(details) => details.serialize(to),
        }
    }
}

/// Adds `value` to `text` as csv has it: a list joined by spaces, nothing for null.
pub(super) fn push_csv(value: &FieldValue<'_>, text: &mut String) {
    match value {
        FieldValue::Text(value) => text.push_str(value.as_deref().unwrap_or_default()),
        FieldValue::Number(number) => text.push_str(&number.to_string()),
        FieldValue::Status(word, _) => text.push_str(word),
        FieldValue::Groups(groups) => push_words(groups.iter().map(GroupName::as_str), text),
        FieldValue::Permissions(all) => push_words(all.iter().map(Permission::as_str), text),
        FieldValue::Time(at) | FieldValue::Expiry(at) => {
            text.push_str(&instant(*at).unwrap_or_default());
        }
        FieldValue::Use(last) => {
            text.push_str(&instant(last_instant(*last)).unwrap_or_default());
        }
        FieldValue::Details(details) => text.push_str(&to_json(details)),
    }
}

/// Adds `value` to `text` as a table has it, with instants as `times` shows them. Returns
/// what the cell means.
pub(super) fn push_cell(value: &FieldValue<'_>, times: &Times, text: &mut String) -> Tone {
    let begin = text.len();
    let mut tone = Tone::Plain;
    match value {
        FieldValue::Status(word, health) => {
            text.push_str(word);
            tone = (*health).into();
        }
        FieldValue::Time(at) => text.push_str(&times.show(*at)),
        FieldValue::Expiry(at) => {
            text.push_str(&times.show(*at));
            tone = Tone::of_expiry(*at, times.now());
        }
        FieldValue::Use(last) => text.push_str(&times.show_use(*last)),
        FieldValue::Text(_)
        | FieldValue::Number(_)
        | FieldValue::Groups(_)
        | FieldValue::Permissions(_)
        | FieldValue::Details(_) => push_csv(value, text),
    }
    if text.len() == begin {
        // An empty cell would be lost on awk.
        text.push('-');
    }
    tone
}

/// Returns the cell of `field` for `item`.
pub(super) fn cell<T>(field: &Field<T>, item: &T, times: &Times) -> (String, Tone) {
    let mut text = String::new();
    let tone = push_cell(&(field.value)(item, times.now()), times, &mut text);
    (text, tone)
}

/// Returns `text`, or what a table shows for none.
pub(super) fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// Returns names or permissions as a cell has them.
pub(super) fn words<T: ToString>(all: &[T]) -> String {
    let words: Vec<String> = all.iter().map(ToString::to_string).collect();
    words.join(" ")
}

fn push_words<'a>(words: impl Iterator<Item = &'a str>, text: &mut String) {
    for (at, word) in words.enumerate() {
        if at > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

/// Returns the instant as RFC 3339 in UTC.
fn instant(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

fn last_instant(last: LastUse) -> Option<Timestamp> {
    match last {
        LastUse::At(at) => Some(at),
        LastUse::Never | LastUse::Unknown => None,
    }
}
