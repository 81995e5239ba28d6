//! The parts of the schema as the server describes them, and their comparison with the schema of a
//! new database.

use crate::error::Result;
use crate::store::db::Db;

/// Reads the parts of a schema.
const SELECT: &str = include_str!("catalogue.sql");

/// The parts of the schema of the latest version: for each a line with its kind and its name, then
/// its definition. `APIKEY_BLESS=1 cargo test --all-features --lib catalogue` generates it from
/// schema.sql.
const PARTS: &str = include_str!("catalogue.txt");

/// The beginning of each part in [`PARTS`].
const PART: &str = "-- part: ";

/// Returns the first difference between the schema of the database and that of a new one, as the
/// end of a sentence; none if there is no difference.
///
/// # Errors
/// The errors of the server.
pub(super) fn difference(db: &Db) -> Result<Option<String>> {
    let parts = PARTS.split(PART).filter_map(|part| part.split_once('\n'));
    let wanted: Vec<(&str, &str)> = parts
        .map(|(name, definition)| (name, definition.trim()))
        .collect();
    let found = read(db)?;
    let is_missing = |name: &str| !found.iter().any(|(other, _)| other == name);
    let missing = wanted.iter().find(|(name, _)| is_missing(name));
    // Without its table or view, every column is missing, too.
    let relation = wanted.iter().find(|(name, _)| {
        (name.starts_with("table ") || name.starts_with("view ")) && is_missing(name)
    });
    if let Some((name, _)) = relation.or(missing) {
        return Ok(Some(format!("the {} is missing", quoted_name(name))));
    }
    let other = found
        .iter()
        .find(|(name, definition)| !wanted.contains(&(name, definition)));
    Ok(other.map(|(name, _)| {
        let name_in_text = quoted_name(name);
        if wanted.iter().any(|(wanted, _)| wanted == name) {
            format!("the {name_in_text} was changed")
        } else {
            format!("the {name_in_text} is not part of it")
        }
    }))
}

/// Returns each part of the schema: its kind and name, and its definition.
fn read(db: &Db) -> Result<Vec<(String, String)>> {
    db.rows(SELECT, &[], |row| {
        let (kind, name): (String, String) = (row.get("kind")?, row.get("name")?);
        let definition: String = row.get("definition")?;
        Ok((format!("{kind} {name}"), definition.trim().to_owned()))
    })
}

/// Returns a kind and a name with quotation marks around the name.
fn quoted_name(name: &str) -> String {
    let (kind, name) = name.split_once(' ').unwrap_or(("part", name));
    format!("{kind} \"{name}\"")
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::Write as _;
    use std::path::Path;

    use super::*;
    use crate::store::db::Client;
    use crate::store::postgres::Parameters;
    use crate::store::tests::server::Server;

    #[test]
    fn the_parts_match_the_schema() {
        let Some(server) = Server::shared() else {
            let left_out = "left out: the_parts_match_the_schema, because PostgreSQL is missing";
            // The test harness captures eprintln.
            let _ = writeln!(std::io::stderr(), "{left_out}");
            return;
        };
        let database = server.create_database();
        database.query(include_str!("schema.sql"));
        let parameters = Parameters::parse(&database.uri()).unwrap();
        let db = Db::postgres(Client::connect(&parameters).unwrap());
        let mut text = String::new();
        for (name, definition) in read(&db).unwrap() {
            writeln!(text, "{PART}{name}\n{definition}").unwrap();
        }
        if std::env::var_os("APIKEY_BLESS").is_some() {
            let file = Path::new(env!("CARGO_MANIFEST_DIR"));
            std::fs::write(file.join("src/store/postgres/catalogue.txt"), text).unwrap();
        } else {
            assert_eq!(text, PARTS);
            assert_eq!(difference(&db).unwrap(), None);
        }
    }
}
