//! The database of a sandbox on SQLite: a file at the default path.

use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::types::Value;

pub struct Database {
    file: PathBuf,
}

impl Database {
    /// Returns the place of the default database of the user with that `home`, which is not yet
    /// created.
    pub fn empty(home: &Path) -> Self {
        Self {
            file: home.join(".local/share/apikey/keys.db"),
        }
    }

    /// Returns a new database, if a quicker way than `apikey init` with the cost `argon2` leads to
    /// it.
    pub fn initialised(_argon2: &str) -> Option<Self> {
        None
    }

    /// Returns the variables by which apikey finds the database.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn connect(&self) -> Connection {
        Connection::open(&self.file).unwrap()
    }

    /// Executes statements.
    pub fn execute(&self, sql: &str) {
        self.connect().execute_batch(sql).unwrap();
    }

    /// Executes statements without triggers and foreign keys.
    pub fn execute_without_triggers(&self, sql: &str) {
        let conn = self.connect();
        for protection in [
            DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
            DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY,
        ] {
            conn.set_db_config(protection, false).unwrap();
        }
        conn.execute_batch(sql).unwrap();
    }

    /// Returns the rows of a query, a line for each, with `|` between columns.
    pub fn query(&self, sql: &str) -> String {
        let conn = self.connect();
        let mut statement = conn.prepare(sql).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut lines = String::new();
        while let Some(row) = rows.next().unwrap() {
            let texts: Vec<String> = (0..columns).map(|at| text(row.get(at).unwrap())).collect();
            lines += &(texts.join("|") + "\n");
        }
        lines
    }

    /// Returns what `log` printed, without the role of a server; a file has none.
    pub fn without_role(log: String) -> String {
        log
    }

    /// Returns everything that is stored: the bytes of the files.
    pub fn content(&self) -> Vec<u8> {
        let files = [&self.file, &self.file.with_extension("db.usage")];
        files.map(|file| std::fs::read(file).unwrap()).concat()
    }

    /// Makes the record of uses begin earlier by `seconds`.
    pub fn age_usage(&self, seconds: i64) {
        let file = std::fs::File::options()
            .write(true)
            .read(true)
            .open(self.file.with_extension("db.usage"))
            .unwrap();
        let mut date = [0; 8];
        file.read_exact_at(&mut date, 0).unwrap();
        let date = i64::from_le_bytes(date) - seconds;
        file.write_all_at(&date.to_le_bytes(), 0).unwrap();
    }
}

/// Returns a value as psql prints it.
fn text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text,
        Value::Blob(bytes) => bytes
            .iter()
            .fold("\\x".to_owned(), |hex, byte| hex + &format!("{byte:02x}")),
    }
}
