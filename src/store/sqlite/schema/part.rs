//! A part of a schema: a table, an index, a trigger or a view.

/// A row of `sqlite_schema`, but for where its pages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) table: &'a str,
    /// None for an index that a constraint makes.
    pub(super) sql: Option<&'a str>,
}
