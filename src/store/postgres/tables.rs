//! The tables whose rows a backup takes from one engine to the other.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::store::db::{Db, Value};

/// A table with the same columns in both engines.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    /// The columns of the primary key.
    key: &'static str,
    /// The column whose numbers the engine assigns, each only once.
    pub(super) numbered: Option<&'static str>,
}

/// All tables; each comes after those that its rows refer to. On a server, `settings` has the
/// version of the schema in addition.
pub(super) const TABLES: [Table; 14] = [
    Table {
        name: "settings",
        columns: &[
            "only_row",
            "prefix",
            "argon2",
            "import_argon2",
            "import_salt",
        ],
        key: "only_row",
        numbered: None,
    },
    Table {
        name: "import_shapes",
        columns: &["prefix", "min_length", "max_length", "alphabet", "digest"],
        key: "prefix, min_length, max_length, alphabet, digest",
        numbered: None,
    },
    Table {
        name: "users",
        columns: &[
            "id",
            "name",
            "active",
            "description",
            "created_at",
            "created_by",
            "expires_at",
        ],
        key: "id",
        numbered: None,
    },
    Table {
        name: "groups",
        columns: &["id", "name", "description", "created_at", "created_by"],
        key: "id",
        numbered: None,
    },
    Table {
        name: "keys",
        columns: &[
            "number",
            "id",
            "name",
            "active",
            "description",
            "owner",
            "application",
            "created_at",
            "created_by",
            "expires_at",
            "deactivated_at",
            "reactivates_at",
        ],
        key: "number",
        numbered: Some("number"),
    },
    Table {
        name: "policy",
        columns: &["rule", "value"],
        key: "rule",
        numbered: None,
    },
    Table {
        name: "secrets",
        columns: &[
            "slot",
            "key",
            "hash",
            "last_four",
            "state",
            "created_at",
            "valid_until",
        ],
        key: "slot",
        numbered: Some("slot"),
    },
    Table {
        name: "weak_secrets",
        columns: &["slot", "bits"],
        key: "slot",
        numbered: None,
    },
    Table {
        name: "key_groups",
        columns: &["key", "group_id"],
        key: "key, group_id",
        numbered: None,
    },
    Table {
        name: "user_groups",
        columns: &["user_id", "group_id"],
        key: "user_id, group_id",
        numbered: None,
    },
    Table {
        name: "key_permissions",
        columns: &["key", "permission"],
        key: "key, permission",
        numbered: None,
    },
    Table {
        name: "key_meta",
        columns: &["key", "name", "value"],
        key: "key, name",
        numbered: None,
    },
    Table {
        name: "group_permissions",
        columns: &["group_id", "permission"],
        key: "group_id, permission",
        numbered: None,
    },
    Table {
        name: "log",
        columns: &["seq", "at", "operator", "action", "key", "details", "hash"],
        key: "seq",
        numbered: None,
    },
];

impl Table {
    /// Calls `visit` with the values of each row, in the order of the primary key.
    ///
    /// # Errors
    /// The errors of the engine and of `visit`.
    pub(super) fn each_row(
        &self,
        db: &Db,
        visit: &mut dyn FnMut(&[Value<'_>]) -> Result<()>,
    ) -> Result<()> {
        let Self {
            name, columns, key, ..
        } = self;
        let select = format!("SELECT {} FROM {name} ORDER BY {key}", columns.join(", "));
        db.each(&select, &[], &mut |row| {
            let values = columns.iter().map(|column| row.value(column));
            visit(&values.collect::<Result<Vec<_>>>()?)?;
            Ok(ControlFlow::Continue(()))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rusqlite::Connection;

    use super::*;
    use crate::store::sqlite::schema;

    #[test]
    fn every_column_of_every_table_is_copied() {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn).unwrap();
        let db = Db::sqlite(conn);
        let select = "SELECT t.name || '.' || c.name AS name FROM pragma_table_list t
               JOIN pragma_table_info(t.name) c
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let existing = db.rows(select, &[], |row| row.get::<String>("name"));
        let existing: BTreeSet<String> = existing.unwrap().into_iter().collect();
        let copied = TABLES.iter().flat_map(|table| {
            let columns = table.columns.iter();
            columns.map(|column| format!("{}.{column}", table.name))
        });
        assert_eq!(copied.collect::<BTreeSet<_>>(), existing);
    }
}
