//! The parts of a schema, and the comparison of a database with them.

use rusqlite::{Connection, Error as Sql};

use crate::error::Result;

/// A row of `sqlite_schema` without its `rootpage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part<'a> {
    kind: &'a str,
    name: &'a str,
    table: &'a str,
    /// The statement; none for the index of a constraint.
    sql: Option<&'a str>,
}

/// The beginning of each part in the text of a schema.
const PART: &str = "-- part: ";

/// The text of each version of the schema: for each part a line with its kind, name and table,
/// then its statement. `APIKEY_BLESS=1 cargo test --lib schema` generates it from the
/// migrations.
const VERSIONS: [&str; 5] = [
    include_str!("version_1.sql"),
    include_str!("version_2.sql"),
    include_str!("version_3.sql"),
    include_str!("version_4.sql"),
    include_str!("version_5.sql"),
];

/// The names and columns of the tables that ANALYZE creates, in SQLite since 3.6.
const STATISTICS: [(&str, &str); 4] = [
    ("sqlite_stat1", "(tbl,idx,stat)"),
    ("sqlite_stat2", "(tbl,idx,sampleno,sample)"),
    ("sqlite_stat3", "(tbl,idx,neq,nlt,ndlt,sample)"),
    ("sqlite_stat4", "(tbl,idx,neq,nlt,ndlt,sample)"),
];

impl Part<'_> {
    fn is_statistics(&self) -> bool {
        STATISTICS.iter().any(|&(name, columns)| {
            let sql = format!("CREATE TABLE {name}{columns}");
            (self.kind, self.name, self.table, self.sql) == ("table", name, name, Some(&sql))
        })
    }
}

/// Returns the parts of the schema of `version`; none for an unknown version.
fn parts_of(version: i64) -> Vec<Part<'static>> {
    let index = usize::try_from(version - 1).ok();
    let text = index.and_then(|index| VERSIONS.get(index)).copied();
    text.unwrap_or_default()
        .split(PART)
        .filter_map(part)
        .collect()
}

fn part(text: &str) -> Option<Part<'_>> {
    let (heading, sql) = text.split_once('\n')?;
    let mut names = heading.split(' ');
    Some(Part {
        kind: names.next()?,
        name: names.next()?,
        table: names.next()?,
        sql: Some(sql.trim_end()).filter(|sql| !sql.is_empty()),
    })
}

/// Returns the first difference between the schema of the database behind `conn` and the schema
/// of `version`, as the end of a sentence; none if there is no difference.
///
/// # Errors
/// When the schema can't be read.
pub(in crate::store) fn difference(conn: &Connection, version: i64) -> Result<Option<String>> {
    let wanted = parts_of(version);
    let mut is_found = vec![false; wanted.len()];
    let mut select = conn.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let text = |column| Ok::<_, Sql>(row.get_ref(column)?.as_str_or_null()?);
        let part = Part {
            kind: text(0)?.unwrap_or_default(),
            name: text(1)?.unwrap_or_default(),
            table: text(2)?.unwrap_or_default(),
            sql: text(3)?,
        };
        match wanted.iter().position(|expected| *expected == part) {
            // Each part may occur only once.
            Some(index) if !is_found[index] => is_found[index] = true,
            None if part.is_statistics() => {}
            _ => return Ok(Some(describe(&part, &wanted, version))),
        }
    }
    let mut parts = wanted.iter().zip(is_found);
    let missing = parts.find(|(_, is_found)| !is_found);
    Ok(missing.map(|(part, _)| format!("the {} \"{}\" is missing", part.kind, part.name)))
}

/// Returns how `part` differs from the parts of `version`, as the end of a sentence.
fn describe(part: &Part<'_>, wanted: &[Part<'_>], version: i64) -> String {
    let Part { kind, name, .. } = part;
    let has_same_name = |other: &Part<'_>| other.kind == *kind && other.name == *name;
    if wanted.iter().any(has_same_name) {
        format!("the {kind} \"{name}\" differs from schema {version}")
    } else {
        format!("the {kind} \"{name}\" is not part of schema {version}")
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::path::Path;

    use rusqlite::config::DbConfig;

    use super::*;
    use crate::store::sqlite::schema::{MIGRATIONS, latest, migrate, migrate_to};

    /// Returns a migrated database in memory.
    fn migrated() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        conn
    }

    /// Returns the text of the schema behind `conn`.
    fn text_of(conn: &Connection) -> String {
        let mut text = String::new();
        let mut select = conn
            .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid")
            .unwrap();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let name = |column| row.get::<_, String>(column).unwrap();
            writeln!(text, "{PART}{} {} {}", name(0), name(1), name(2)).unwrap();
            if let Some(sql) = row.get::<_, Option<String>>(3).unwrap() {
                writeln!(text, "{sql}").unwrap();
            }
        }
        text
    }

    #[test]
    fn the_schema_texts_match_the_migrations() {
        let is_blessing = std::env::var_os("APIKEY_BLESS").is_some();
        for version in 1..=MIGRATIONS.len() {
            let mut conn = Connection::open_in_memory().unwrap();
            migrate_to(version, &mut conn).unwrap();
            let file = format!("src/store/sqlite/schema/version_{version}.sql");
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let text = text_of(&conn);
            if is_blessing {
                // The new text takes effect when the program is compiled again.
                std::fs::write(&file, &text).unwrap();
                continue;
            }
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
            let version = i64::try_from(version).unwrap();
            assert_eq!(difference(&conn, version).unwrap(), None);
        }
        if is_blessing {
            return;
        }
        assert_eq!(difference(&migrated(), latest()).unwrap(), None);
        assert_eq!(parts_of(latest() + 1), []);
        assert_eq!(parts_of(0), []);
    }

    #[test]
    fn every_change_but_statistics_is_a_difference() {
        for (sql, expected) in [
            ("ANALYZE", ""),
            (
                "CREATE TABLE t (x)",
                "the table \"t\" is not part of schema 5",
            ),
            (
                "CREATE INDEX i ON keys (active)",
                "the index \"i\" is not part of schema 5",
            ),
            (
                "CREATE TRIGGER t AFTER INSERT ON keys BEGIN SELECT 1; END",
                "the trigger \"t\" is not part of schema 5",
            ),
            (
                "ALTER TABLE settings RENAME TO s0; CREATE VIEW settings AS SELECT * FROM s0",
                "the table \"s0\" is not part of schema 5",
            ),
            (
                "DROP TABLE settings; CREATE VIEW settings AS SELECT 1 AS prefix, 2 AS argon2",
                "the view \"settings\" is not part of schema 5",
            ),
            (
                "ALTER TABLE keys ADD COLUMN x TEXT",
                "the table \"keys\" differs from schema 5",
            ),
            (
                "DROP TRIGGER log_is_not_cut",
                "the trigger \"log_is_not_cut\" is missing",
            ),
            (
                "DROP INDEX keys_by_owner; CREATE INDEX keys_by_owner ON keys (owner)",
                "the index \"keys_by_owner\" differs from schema 5",
            ),
            (
                "INSERT INTO sqlite_schema SELECT * FROM sqlite_schema WHERE name = 'log_is_not_cut'",
                "the trigger \"log_is_not_cut\" differs from schema 5",
            ),
            (
                "UPDATE sqlite_schema SET tbl_name = 'keys' WHERE name = 'log_is_not_cut'",
                "the trigger \"log_is_not_cut\" differs from schema 5",
            ),
            (
                "INSERT INTO sqlite_schema VALUES ('table', 'sqlite_stat1', 'sqlite_stat1', 2,
                   'CREATE TABLE sqlite_stat1(tbl,idx,stat,more)')",
                "the table \"sqlite_stat1\" is not part of schema 5",
            ),
            (
                "INSERT INTO sqlite_schema VALUES ('view', 'sqlite_stat1', 'sqlite_stat1', 0,
                   'CREATE VIEW sqlite_stat1(tbl,idx,stat) AS SELECT 1, 2, 3')",
                "the view \"sqlite_stat1\" is not part of schema 5",
            ),
        ] {
            let conn = migrated();
            let writable = sql.contains("sqlite_schema");
            conn.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, writable)
                .unwrap();
            let ran = conn.execute_batch(sql);
            assert_eq!(ran, Ok(()), "{sql}");
            let found = difference(&conn, latest()).unwrap();
            assert_eq!(found.unwrap_or_default(), expected, "{sql}");
        }
    }
}
