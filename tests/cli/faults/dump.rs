//! A dump of a database that can be compared with another, and an independent check of the log's
//! hash chain.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

/// Every row of every table, sorted, as `column=value` fields. It omits values that differ from
/// run to run: times, hashes, and the id of the new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    /// The rows of all tables except the log.
    pub rows: Vec<String>,
    /// The entries of the log in order.
    pub log: Vec<String>,
}

/// The name of the key that a command under test creates.
pub const NEW: &str = "new";

/// Checks the integrity of the database, and dumps it.
pub fn take(conn: &Connection) -> Result<Dump, String> {
    let read = |pragma: &str| column(conn, &format!("PRAGMA {pragma}"), 0);
    let integrity = read("integrity_check");
    if integrity != ["ok"] {
        return Err(format!("integrity_check says {integrity:?}"));
    }
    let orphans = read("foreign_key_check");
    if !orphans.is_empty() {
        return Err(format!("foreign_key_check says {orphans:?}"));
    }
    check_chain(conn)?;
    let new = column(
        conn,
        &format!("SELECT id FROM keys WHERE name = '{NEW}'"),
        0,
    );
    // A withdrawn key is only in the log.
    let logged = column(
        conn,
        &format!(
            "SELECT key FROM log WHERE action IN ('create', 'import')
             AND json_extract(details, '$.name') = '{NEW}'"
        ),
        0,
    );
    let ids = [new, logged].concat();
    // The operator's name if the passwd database can't be read.
    let nameless = format!("uid:{}", rustix::process::getuid().as_raw());
    let operator = column(conn, "SELECT operator FROM log WHERE seq = 1", 0);
    let same = |value: String| match value {
        value if ids.contains(&value) => "ID".to_owned(),
        value if value == nameless => operator.concat(),
        value => value,
    };
    let tables = column(
        conn,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'log'",
        0,
    );
    let mut rows = Vec::new();
    for table in tables {
        rows.extend(dump_table(conn, &table, &same));
    }
    rows.sort();
    Ok(Dump {
        rows,
        log: dump_table(conn, "log", &same),
    })
}

/// Returns the rows of a table in the order of its primary key.
fn dump_table(conn: &Connection, table: &str, same: &dyn Fn(String) -> String) -> Vec<String> {
    let mut select = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let names: Vec<String> = select
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut rows = select.query([]).unwrap();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let value = |at: usize| text(row.get_ref(at).unwrap());
        let all: Vec<String> = (0..names.len()).map(value).collect();
        let is_new = match table {
            "keys" => all.contains(&NEW.to_owned()),
            // The template has six secrets.
            "secrets" => all[0].parse::<i64>().unwrap() > 6,
            _ => false,
        };
        let mut line = table.to_owned();
        for (name, value) in names.iter().zip(all) {
            let value = match name.as_str() {
                "valid_until" | "deactivated_at" | "reactivates_at" | "import_salt"
                    if value != "-" =>
                {
                    "set".to_owned()
                }
                _ => value,
            };
            let differs = match name.as_str() {
                "last_four" | "created_at" => is_new,
                "hash" => is_new || table == "log",
                "at" => true,
                _ => false,
            };
            if !differs {
                line.push_str(&format!(" {name}={}", same(value)));
            }
        }
        lines.push(line);
    }
    lines
}

/// Checks each entry's hash against the entry before, by the rule in src/store/log.rs.
fn check_chain(conn: &Connection) -> Result<(), String> {
    let mut select = conn
        .prepare("SELECT seq, at, operator, action, key, details, hash FROM log ORDER BY seq")
        .unwrap();
    let mut rows = select.query([]).unwrap();
    let (mut before, mut expected) = (vec![0; 32], 0_i64);
    while let Some(row) = rows.next().unwrap() {
        expected += 1;
        let mut hasher = Sha256::new();
        hasher.update(&before);
        for at in 0..6 {
            let field = match row.get_ref(at).unwrap() {
                ValueRef::Null => String::new(),
                value => text(value),
            };
            hasher.update(format!("{}:{field},", field.len()));
        }
        let hash: Vec<u8> = row.get(6).unwrap();
        let seq: i64 = row.get(0).unwrap();
        if seq != expected || hasher.finalize().as_slice() != hash {
            return Err(format!("the log is broken at {expected}"));
        }
        before = hash;
    }
    Ok(())
}

fn column(conn: &Connection, select: &str, at: usize) -> Vec<String> {
    let mut select = conn.prepare(select).unwrap();
    let rows = select
        .query_map([], |row| Ok(text(row.get_ref(at)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "-".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => format!("{bytes:?}"),
    }
}
