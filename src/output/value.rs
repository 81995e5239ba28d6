//! A field's value in each format: table and `show`, csv, json.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Times;
use super::json::to_json;
use super::tone::Tone;
use crate::model::{
    Described, Field, FieldValue, Group, GroupName, Key, LastUse, Meta, MetaEntry, Permission,
    PreviousSecret, RuleSetting, SecretState, Timestamp, UserSummary,
};

/// A key as json.
pub(crate) type KeyJson<'a> = Object<'a, Key>;
/// A group as json.
pub(crate) type GroupJson<'a> = Object<'a, Group>;
/// A user as json.
pub(crate) type UserJson<'a> = Object<'a, UserSummary>;

/// A rule of the policy as json.
pub(crate) type RuleJson<'a> = Object<'a, RuleSetting>;

/// A listed item as a json object of its fields.
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
            FieldValue::Flag(flag) => to.serialize_bool(*flag),
            FieldValue::Status(status, _) => to.serialize_str(status),
            FieldValue::Groups(groups) => to.collect_seq(groups.iter().map(GroupName::as_str)),
            FieldValue::Permissions(all) => to.collect_seq(all.iter().map(Permission::as_str)),
            FieldValue::Time(at) | FieldValue::Expiry(at) => rfc3339(*at).serialize(to),
            FieldValue::Use(last) => rfc3339(time_of(*last)).serialize(to),
            FieldValue::Meta(meta) => MetaJson(meta).serialize(to),
            FieldValue::Previous(previous) => previous.map(PreviousJson::from).serialize(to),
            FieldValue::Details(details) => details.serialize(to),
        }
    }
}

/// The metadata of a key as json.
struct MetaJson<'a>(&'a Meta);

impl Serialize for MetaJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let entries = self.0.entries().iter();
        to.collect_map(entries.map(|entry| (entry.name.as_str(), entry.value.as_str())))
    }
}

/// The secret before the current one as json.
#[derive(Serialize)]
struct PreviousJson {
    key: String,
    state: &'static str,
    valid_until: Option<String>,
    last_used_at: Option<String>,
    last_refused_at: Option<String>,
    drained: Option<bool>,
}

impl From<(&PreviousSecret, Timestamp)> for PreviousJson {
    fn from((previous, now): (&PreviousSecret, Timestamp)) -> Self {
        Self {
            key: previous.short.to_string(),
            state: previous.secret.state_at(now).as_str(),
            valid_until: rfc3339(previous.secret.valid_until),
            last_used_at: rfc3339(previous.last_used_at),
            last_refused_at: rfc3339(previous.last_refused_at),
            drained: previous.is_drained(now),
        }
    }
}

/// Returns the secret before the current one as `show` prints it.
fn previous_fact(previous: &PreviousSecret, now: Timestamp, times: &Times) -> String {
    let is_accepted = previous.secret.state_at(now) == SecretState::Previous;
    let end = times.with_distance(previous.secret.valid_until);
    let end = if is_accepted {
        format!("accepted until {end}")
    } else {
        format!("ended {end}")
    };
    let used = match previous.last_used_at {
        Some(at) => format!("last used {}", times.show(Some(at))),
        None => "no use on record".to_owned(),
    };
    let drained = match previous.is_drained(now) {
        Some(true) => ", drained",
        Some(false) => ", not drained",
        None => "",
    };
    format!("{}, {end}, {used}{drained}", previous.short)
}

/// Appends `value` to `text` in the form of csv: a list joined by spaces, nothing for null.
pub(super) fn push_csv(value: &FieldValue<'_>, text: &mut String) {
    match value {
        FieldValue::Text(value) => text.push_str(value.as_deref().unwrap_or_default()),
        FieldValue::Number(number) => text.push_str(&number.to_string()),
        FieldValue::Flag(flag) => text.push_str(&flag.to_string()),
        FieldValue::Status(status, _) => text.push_str(status),
        FieldValue::Groups(groups) => push_joined(groups.iter().map(GroupName::as_str), text),
        FieldValue::Permissions(all) => push_joined(all.iter().map(Permission::as_str), text),
        FieldValue::Time(at) | FieldValue::Expiry(at) => {
            text.push_str(&rfc3339(*at).unwrap_or_default());
        }
        FieldValue::Use(last) => {
            text.push_str(&rfc3339(time_of(*last)).unwrap_or_default());
        }
        FieldValue::Meta(meta) => text.push_str(&to_json(&MetaJson(meta))),
        FieldValue::Previous(None) => {}
        FieldValue::Previous(Some(previous)) => {
            text.push_str(&to_json(&PreviousJson::from(*previous)));
        }
        FieldValue::Details(details) => text.push_str(&to_json(details)),
    }
}

/// Appends `value` to `text` in the form of a table, with times as `times` shows them. Returns
/// the tone of the cell.
pub(super) fn push_cell(value: &FieldValue<'_>, times: &Times, text: &mut String) -> Tone {
    let begin = text.len();
    let mut tone = Tone::Plain;
    match value {
        FieldValue::Status(status, health) => {
            text.push_str(status);
            tone = (*health).into();
        }
        FieldValue::Time(at) => text.push_str(&times.show(*at)),
        FieldValue::Expiry(at) => {
            text.push_str(&times.show(*at));
            tone = Tone::of_expiry(*at, times.now());
        }
        FieldValue::Use(last) => text.push_str(&times.show_use(*last)),
        FieldValue::Previous(Some((previous, now))) => {
            text.push_str(&previous_fact(previous, *now, times));
        }
        FieldValue::Meta(meta) => {
            let line = |entry: &MetaEntry| format!("{}={}", entry.name, entry.value.as_str());
            let lines: Vec<String> = meta.entries().iter().map(line).collect();
            text.push_str(&lines.join(" "));
        }
        FieldValue::Text(_)
        | FieldValue::Previous(None)
        | FieldValue::Number(_)
        | FieldValue::Flag(_)
        | FieldValue::Groups(_)
        | FieldValue::Permissions(_)
        | FieldValue::Details(_) => push_csv(value, text),
    }
    if text.len() == begin {
        // awk would skip an empty cell.
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

/// Returns `text`, or a dash if it is empty.
pub(super) fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// Returns names or permissions joined by spaces.
pub(super) fn joined<T: ToString>(all: &[T]) -> String {
    let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
    texts.join(" ")
}

fn push_joined<'a>(items: impl Iterator<Item = &'a str>, text: &mut String) {
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push(' ');
        }
        text.push_str(item);
    }
}

/// Returns the time in RFC 3339, in UTC.
pub(super) fn rfc3339(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

fn time_of(last: LastUse) -> Option<Timestamp> {
    match last {
        LastUse::At(at) => Some(at),
        LastUse::Never | LastUse::Unknown => None,
    }
}
