//! Fields: one description of each, which json, csv, tables, `show`, `--sort` and help share.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{GroupName, LastUse, Permission, Timestamp};

/// A field of what is listed, such as a key.
pub struct Field<T: 'static> {
    /// Its name in json, in the heading line of csv, and for `--sort`.
    pub name: &'static str,
    /// What `apikey help json` says of it.
    pub meaning: &'static str,
    /// Its heading in tables. `show` has it in lower case.
    pub heading: &'static str,
    /// When a table has a column for it.
    pub shown: Shown,
    /// How its column fits a narrow terminal.
    pub fit: Fit,
    /// Where its column is among those that a narrow terminal has no room for: the lowest
    /// number is dropped first. A column without a number is dropped after all of them.
    pub drops: Option<u8>,
    /// How a listing is sorted by it.
    pub sort: Sort,
    /// Returns its value at the given time.
    pub value: for<'a> fn(&'a T, Timestamp) -> FieldValue<'a>,
}

/// What is listed by its fields.
pub trait Described: Sized + 'static {
    /// Returns every field, in the order of the json object.
    fn fields() -> &'static [Field<Self>];
}

/// When a table has a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Always.
    Always,
    /// Where something listed has a value for it, and with `--wide`. The table of the database
    /// has a column of the field's name.
    IfUsed,
    /// With `--wide`.
    Wide,
}

/// How a column fits a narrow terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Long cells are truncated.
    Truncated,
    /// Cells are never truncated.
    Full,
    /// Cells are never truncated, and the column is never dropped.
    Kept,
}

/// How a listing is sorted by a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By its value. Items without one come last; reversed, first.
    Value,
    /// As a text. Items without one come last, reversed, too.
    Text,
}

/// The value of a field.
pub enum FieldValue<'a> {
    /// A text, or null.
    Text(Option<Cow<'a, str>>),
    /// A number.
    Number(i128),
    /// A status, and how it is coloured.
    Status(&'static str, Health),
    /// Names of groups.
    Groups(&'a [GroupName]),
    /// Permissions.
    Permissions(&'a [Permission]),
    /// An instant, or null.
    Time(Option<Timestamp>),
    /// The instant from which on it is refused, or null. It is coloured when it is near.
    Expiry(Option<Timestamp>),
    /// A last use.
    Use(LastUse),
    /// The details of a log entry.
    Details(&'a Map<String, Value>),
}

/// What a status means for use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It may be used.
    Good,
    /// An operator turned it off.
    Off,
    /// It can't be used for another reason.
    Bad,
}

impl<T> Field<T> {
    /// Returns the description of a field that every table shows and that is truncated on a
    /// narrow terminal.
    pub const fn new(
        name: &'static str,
        meaning: &'static str,
        heading: &'static str,
        value: for<'a> fn(&'a T, Timestamp) -> FieldValue<'a>,
    ) -> Self {
        Self {
            name,
            meaning,
            heading,
            shown: Shown::Always,
            fit: Fit::Truncated,
            drops: None,
            sort: Sort::Value,
            value,
        }
    }

    /// Sets when a table has a column for the field.
    #[must_use]
    pub const fn shown(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    /// Sets how the column fits a narrow terminal.
    #[must_use]
    pub const fn fit(self, fit: Fit) -> Self {
        Self { fit, ..self }
    }

    /// Sets how a listing is sorted by the field.
    #[must_use]
    pub const fn sort(self, sort: Sort) -> Self {
        Self { sort, ..self }
    }

    /// Sets where the column is among those that are dropped.
    #[must_use]
    pub const fn drops(self, place: u8) -> Self {
        Self {
            drops: Some(place),
            ..self
        }
    }
}

impl<'a> FieldValue<'a> {
    /// Returns a text that is always there.
    pub fn text(text: &'a str) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }

    /// Returns a text that is made for this.
    pub fn owned(text: String) -> Self {
        Self::Text(Some(Cow::Owned(text)))
    }

    /// Returns a text, or null.
    pub fn text_or_null(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::Borrowed))
    }
}
