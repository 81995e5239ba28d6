//! Every statement of the store is valid in PostgreSQL, too.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::super::db::recorder::{CallSite, Statements, for_postgres, statements_of};
use super::call_sites::{call_sites, sources};
use super::population::populated;
use super::server::{Database, Server};
use super::story::story;

/// Returns the statements of the story on SQLite, without the statements of `sqlite/`.
fn statements() -> Statements {
    let mut statements = statements_of(|| drop(story()));
    statements.retain(|(site, _)| !site.file.starts_with("src/store/sqlite/"));
    statements
}

/// Returns a PostgreSQL database with the latest schema, if PostgreSQL is installed.
fn database() -> Option<Database> {
    let Some(server) = Server::shared() else {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        // The test harness captures eprintln.
        let _ = writeln!(
            std::io::stderr(),
            "left out: {test}, because PostgreSQL is missing"
        );
        return None;
    };
    let database = server.create_database();
    database.query(include_str!("../postgres/schema.sql"));
    Some(database)
}

#[test]
fn only_the_engine_names_sqlite() {
    for file in sources() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
        let text = fs::read_to_string(path).unwrap();
        for name in ["rusqlite", "as_sqlite", "sqlite_sequence"] {
            assert!(!text.contains(name), "{} has {name}", file.display());
        }
    }
}

#[test]
fn the_story_runs_every_statement_of_the_store() {
    let run: BTreeSet<CallSite> = statements().into_iter().map(|(site, _)| site).collect();
    let written = call_sites();
    assert!(written.len() > 50, "{}", written.len());
    let missing: Vec<_> = written.difference(&run).collect();
    assert!(missing.is_empty(), "the story doesn't run {missing:#?}");
    let not_found: Vec<_> = run.difference(&written).collect();
    assert!(
        not_found.is_empty(),
        "call_sites doesn't find {not_found:#?}"
    );
}

#[test]
fn postgres_prepares_every_statement_of_the_store() {
    let Some(database) = database() else {
        return;
    };
    let statements = statements();
    let texts: BTreeSet<&str> = statements.iter().map(|(_, sql)| sql.as_str()).collect();
    let mut script = String::new();
    for (number, sql) in texts.iter().enumerate() {
        let sql = for_postgres(sql).replace('\n', " ");
        writeln!(script, "PREPARE s{number} AS {sql};").unwrap();
    }
    let (_, errors) = database.run(&script);
    let lines: Vec<&str> = script.lines().collect();
    let at = |error: &str| -> Option<usize> { error.split(':').nth(2)?.parse().ok() };
    let refused: Vec<String> = errors
        .lines()
        .filter(|line| line.contains("ERROR"))
        .map(|error| format!("{error}\n{}", at(error).map_or("", |at| lines[at - 1])))
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
    let prepared = database.run(&format!(
        "{script}\nSELECT count(*) FROM pg_prepared_statements;"
    ));
    assert_eq!(prepared.0.trim(), texts.len().to_string());
}

#[test]
fn the_schema_of_postgres_has_the_columns_of_sqlite_the_version_and_the_last_uses() {
    let Some(database) = database() else {
        return;
    };
    let (columns, errors) = database.run(
        "SELECT c.table_name || '.' || c.column_name
           FROM information_schema.columns c JOIN information_schema.tables t USING (table_name)
          WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'",
    );
    assert_eq!(errors, "");
    let (_directory, store) = populated();
    let mut here = BTreeSet::new();
    let mut select = store
        .db
        .as_sqlite()
        .unwrap()
        .prepare(
            "SELECT t.name || '.' || c.name FROM pragma_table_list t, pragma_table_info(t.name) c
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        )
        .unwrap();
    for column in select.query_map([], |row| row.get(0)).unwrap() {
        let column: String = column.unwrap();
        here.insert(column);
    }
    // SQLite has the version in the head of the file, and the dates in a file of their own.
    for more in [
        "settings.schema_version",
        "usage.slot",
        "usage.accepted",
        "usage.refused",
    ] {
        here.insert(more.to_owned());
    }
    assert_eq!(
        columns.lines().map(str::to_owned).collect::<BTreeSet<_>>(),
        here
    );
}
