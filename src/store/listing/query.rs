//! The conditions of a statement, and the values of its placeholders.

use crate::store::db::Value;

/// The conditions of a statement under construction, and the values of its placeholders.
#[derive(Default)]
pub(super) struct Query {
    conditions: Vec<String>,
    values: Vec<Owned>,
}

/// A value of a placeholder.
pub(super) enum Owned {
    Integer(i64),
    Text(String),
    Texts(Vec<String>),
}

impl Query {
    /// Adds a value. Returns its placeholder.
    pub(super) fn bind(&mut self, value: impl Into<Owned>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Adds a condition. Conditions combine with AND.
    pub(super) fn require(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    /// Returns whether there are no conditions.
    pub(super) fn is_unfiltered(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Returns the WHERE clause, empty without conditions.
    pub(super) fn where_clause(&self) -> String {
        if self.is_unfiltered() {
            return String::new();
        }
        format!("WHERE ({})", self.conditions.join(") AND ("))
    }

    /// Returns the values of the placeholders.
    pub(super) fn values(&self) -> Vec<Value<'_>> {
        let value = |value| match value {
            &Owned::Integer(number) => Value::Integer(number),
            Owned::Text(text) => Value::Text(text),
            Owned::Texts(texts) => Value::Texts(texts),
        };
        self.values.iter().map(value).collect()
    }
}

impl From<i64> for Owned {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Owned {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<String>> for Owned {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}
