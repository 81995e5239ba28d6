//! The checks of `doctor` for a database on a server, in place of the checks of files.

mod server;
mod usage;

use super::catalogue;
use super::schema::latest;
use crate::error::Result;
use crate::store::Store;
use crate::store::complaint::{Check, Complaint, Found, Severity, and_more};
use crate::store::db::Db;
use crate::store::errors::quoted;

/// The checks whose complaint is a failure. The server itself refuses dangling references and
/// damaged pages.
const CHECKS: [Check; 3] = [
    ("encoding", Store::encoding),
    ("schema", Store::schema),
    ("grants", Store::grants),
];

/// The checks whose complaint is only a warning.
const WARNINGS: [Check; 2] = [
    ("replication", Store::replication),
    ("local-clock", Store::local_clock),
];

/// The checks of the content.
const CONTENT: [Check; 7] = [
    ("integrity", Store::records),
    ("hashes", Store::hashes),
    ("log", Store::log_chain),
    ("policy", Store::rules),
    ("clock", Store::clock_check),
    ("pending", Store::pending),
    ("usage", Store::usage_rows),
];

/// Returns the checks, in order.
pub(in crate::store) fn checks() -> Vec<(Check, Severity)> {
    let failures = |checks: &[Check]| {
        checks
            .iter()
            .map(|check| (*check, Severity::Failure))
            .collect::<Vec<_>>()
    };
    let warnings = WARNINGS.iter().map(|check| (*check, Severity::Warning));
    let mut all = failures(&CHECKS);
    all.extend(warnings);
    all.extend(failures(&CONTENT));
    all
}

/// Returns the commands that keep a dump of the tables on `server`, and replace them by a backup.
pub(in crate::store) fn replace_content(db: &Db, server: &str) -> String {
    let select = "SELECT quote_ident(current_schema()) AS name";
    let schema = db.row(select, &[], |row| row.get::<String>("name"));
    let schema = schema.ok().flatten().unwrap_or_else(|| "public".to_owned());
    let at = quoted(server);
    let drop = psql(
        server,
        &[&format!(
            "DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}"
        )],
    );
    let mut commands = format!(
        "pg_dump --dbname {at} --file damaged.sql && {drop} && apikey --db {at} restore BACKUP"
    );
    for role in verifiers(db).unwrap_or_default() {
        commands.push_str(&format!(
            " && apikey --db {at} init --shared {}",
            quoted(&role)
        ));
    }
    commands
}

/// Returns the roles that may verify: their rights end with the tables.
fn verifiers(db: &Db) -> Result<Vec<String>> {
    let select = "SELECT r.rolname AS role
           FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
          WHERE c.oid = to_regclass('settings') AND a.privilege_type = 'SELECT'
            AND a.grantee <> c.relowner ORDER BY r.rolname";
    db.rows(select, &[], |row| row.get("role"))
}

/// Returns the command that executes statements on `server`.
fn psql(server: &str, statements: &[&str]) -> String {
    let mut command = format!("psql --dbname {}", quoted(server));
    for statement in statements {
        command.push_str(" --command ");
        command.push_str(&quoted(statement));
    }
    command
}

/// Returns the command by which root of the server's machine executes statements in a database with
/// all rights, if the superuser is postgres, as usual.
fn psql_as_superuser(database: &str, statements: &[&str]) -> String {
    format!("runuser -u postgres -- {}", psql(database, statements))
}

impl Store {
    /// Returns the command that executes statements on the server of this database.
    fn psql(&self, statements: &[&str]) -> String {
        psql(&self.place.to_string(), statements)
    }

    fn encoding(&self) -> Result<Found> {
        let select = "SELECT pg_encoding_to_char(encoding) AS encoding FROM pg_database
              WHERE datname = current_database()";
        let encoding: Option<String> = self.db.row(select, &[], |row| row.get("encoding"))?;
        let encoding = encoding.unwrap_or_default();
        if encoding == "UTF8" {
            return Ok(Ok("UTF8".to_owned()));
        }
        let db = quoted(&self.place.to_string());
        Ok(Err(Complaint {
            fact: format!("the encoding of the database is {encoding}, not UTF8"),
            fix: format!(
                "apikey --db {db} backup FILE && createdb --encoding UTF8 --template template0 NEW \
                 && apikey --db postgres:///NEW restore FILE"
            ),
        }))
    }

    fn schema(&self) -> Result<Found> {
        let latest = latest();
        Ok(match catalogue::difference(&self.db)? {
            None => Ok(format!(
                "schema {latest}, the latest that this program knows"
            )),
            Some(difference) => Err(self.damage(format!(
                "schema {latest} was changed by another program: {difference}"
            ))),
        })
    }

    fn grants(&self) -> Result<Found> {
        let excess = self.db.rows(include_str!("grants.sql"), &[], |row| {
            Ok((row.get::<String>("fact")?, row.get::<String>("statement")?))
        })?;
        let Some((first, _)) = excess.first() else {
            let fact = "only the owner of the tables may do more than verify";
            return Ok(Ok(fact.to_owned()));
        };
        let statements: Vec<&str> = excess.iter().map(|(_, statement)| &**statement).collect();
        Ok(Err(Complaint {
            fact: and_more(first, excess.len()),
            fix: self.psql(&[&statements.join("; ")]),
        }))
    }
}
