//! Fields. Each has one description, which json, csv, tables, `show`, `--sort` and help share.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{GroupName, LastUse, Meta, Permission, PreviousSecret, Timestamp};

/// A field of a listed item, such as a key.
pub struct Field<T: 'static> {
    /// Its name in json, in the heading line of csv and for `--sort`.
    pub name: &'static str,
    /// Its description in `apikey help json`.
    pub meaning: &'static str,
    /// Its heading in tables, and in lower case in `show`.
    pub heading: &'static str,
    /// Which tables have a column for it.
    pub shown: Shown,
    /// How its column fits a narrow terminal.
    pub fit: Fit,
    /// The order in which a narrow terminal drops columns: the lowest number first, columns
    /// without a number last.
    pub drop_order: Option<u8>,
    /// The order of a listing by it.
    pub sort: Sort,
    /// Returns its value at the given time.
    pub value: for<'a> fn(&'a T, Timestamp) -> FieldValue<'a>,
}

/// A type whose values are listed by their fields.
pub trait Described: Sized + 'static {
    /// Returns every field, in the order of the json object.
    fn fields() -> &'static [Field<Self>];
}

/// The tables that have a column for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Every table.
    Always,
    /// Tables in which an item has a value for it, and with `--wide`. The database has a column
    /// with the field's name.
    IfUsed,
    /// Tables with `--wide`.
    Wide,
}

/// How a column fits a narrow terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Truncates long cells.
    Truncated,
    /// Never truncates cells.
    Full,
    /// Never truncates cells or drops the column.
    Kept,
}

/// The order of a listing by a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By value. Items without a value come last or, reversed, first.
    Value,
    /// As text. Items without a text come last, even reversed.
    Text,
}

/// The value of a field.
pub enum FieldValue<'a> {
    /// A text, or null.
    Text(Option<Cow<'a, str>>),
    /// A number.
    Number(i128),
    /// Yes or no.
    Flag(bool),
    /// A status, and whether the item may be used.
    Status(&'static str, Health),
    /// Names of groups.
    Groups(&'a [GroupName]),
    /// Permissions.
    Permissions(&'a [Permission]),
    /// A time, or null.
    Time(Option<Timestamp>),
    /// The time of an expiry, or null. It is coloured when it is near.
    Expiry(Option<Timestamp>),
    /// A last use.
    Use(LastUse),
    /// The metadata of a key.
    Meta(&'a Meta),
    /// The secret before the current one, as it is at that time.
    Previous(Option<(&'a PreviousSecret, Timestamp)>),
    /// The details of a log entry.
    Details(&'a Map<String, Value>),
}

/// Whether an item may be used, as its status says. It decides the colour of the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The item may be used.
    Good,
    /// An operator deactivated it.
    Off,
    /// It is unusable for another reason.
    Bad,
}

impl<T> Field<T> {
    /// Describes a field that every table shows. Narrow terminals truncate its cells.
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
            drop_order: None,
            sort: Sort::Value,
            value,
        }
    }

    /// Sets which tables have a column for the field.
    #[must_use]
    pub const fn shown(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    /// Sets how the column fits a narrow terminal.
    #[must_use]
    pub const fn fit(self, fit: Fit) -> Self {
        Self { fit, ..self }
    }

    /// Sets the order of a listing by the field.
    #[must_use]
    pub const fn sort(self, sort: Sort) -> Self {
        Self { sort, ..self }
    }

    /// Sets the order in which the column is dropped.
    #[must_use]
    pub const fn drops(self, order: u8) -> Self {
        let drop_order = Some(order);
        Self { drop_order, ..self }
    }
}

impl<'a> FieldValue<'a> {
    /// Returns the value for a borrowed text.
    pub fn text(text: &'a str) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }

    /// Returns the value for an owned text.
    pub fn owned(text: String) -> Self {
        Self::Text(Some(Cow::Owned(text)))
    }

    /// Returns the value for a text that may be missing.
    pub fn text_or_null(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::Borrowed))
    }
}
