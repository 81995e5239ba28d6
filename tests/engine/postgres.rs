//! The database of a sandbox on PostgreSQL: one of its own, on a server for all tests.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::sandbox::APIKEY;
use super::server::{self, Server};

pub struct Database(server::Database);

/// Returns the server. On a machine without PostgreSQL, ends all tests of this process with
/// success.
#[allow(clippy::exit, reason = "otherwise the tests would count as passed")]
fn server() -> &'static Server {
    Server::shared().unwrap_or_else(|| {
        let left_out = "left out: every test on PostgreSQL, because PostgreSQL is missing";
        // The test harness captures eprintln.
        let _ = writeln!(std::io::stderr(), "{left_out}");
        std::process::exit(0)
    })
}

impl Database {
    /// Returns a database without tables. Its name is in no file of `home`.
    pub fn empty(_home: &Path) -> Self {
        Self(server().create_database())
    }

    /// Returns a new database, a copy of one that `apikey init` initialised with the cost `argon2`.
    pub fn initialised(argon2: &str) -> Option<Self> {
        static TEMPLATE: OnceLock<server::Database> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let template = server().create_database();
            let initialised = Command::new(APIKEY)
                .args(["init", "--argon2", argon2])
                .env_clear()
                .env("HOME", "/nonexistent")
                .env("APIKEY_DB", template.uri())
                .output()
                .unwrap();
            assert!(initialised.status.success(), "{initialised:?}");
            template
        });
        Some(Self(server().copy_database(template.name())))
    }

    /// Returns the variables by which apikey finds the database; `APIKEY_TEST_PATIENCE`, since a
    /// busy machine may take longer than it otherwise waits; and `SUDO_UID`: without it, or with
    /// that of the user who runs the tests, `SUDO_USER` doesn't count.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let texts = [
            ("APIKEY_DB", self.0.uri()),
            ("APIKEY_TEST_PATIENCE", "60000".to_owned()),
            ("SUDO_UID", "4711".to_owned()),
        ];
        texts.to_vec()
    }

    /// Executes statements.
    pub fn execute(&self, sql: &str) {
        self.0.query(sql);
    }

    /// Executes statements without triggers and foreign keys.
    pub fn execute_without_triggers(&self, sql: &str) {
        self.0.query_without_triggers(sql);
    }

    /// Returns the rows of a query, a line for each, with `|` between columns.
    pub fn query(&self, sql: &str) -> String {
        self.0.query(sql)
    }

    /// Returns what `log` printed in any format, without the role in the details of each entry.
    pub fn without_role(log: String) -> String {
        let role = server::OWNER;
        // In json, in a cell of csv, and in a table, which shows `-` where no details are left.
        let json = format!(r#""role":"{role}""#);
        let csv = json.replace('"', r#""""#);
        let mut log = log;
        for field in [json, csv] {
            for part in [format!(",{field}"), format!("{field},"), field] {
                log = log.replace(&part, "");
            }
        }
        log.replace(&format!("role={role} "), "")
            .replace(&format!("role={role}\n"), "-\n")
    }

    /// Returns everything that is stored: the rows of all tables.
    pub fn content(&self) -> Vec<u8> {
        let tables = r"
            SELECT format('SELECT %L, t::text FROM %I.%I t ORDER BY 2', tablename, schemaname, tablename)
              FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
             ORDER BY 1 \gexec";
        self.0.query(tables).into_bytes()
    }

    /// Lets the record of uses begin earlier.
    pub fn age_usage(&self, seconds: i64) {
        let update = format!("UPDATE usage SET accepted = accepted - {seconds} WHERE slot = 0");
        self.0.query(&update);
    }
}
