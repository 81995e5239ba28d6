//! The service file, with the rules of libpq: `[NAME]`, then lines `parameter=value`.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::environment::Environment;
use super::file::{self, Readers};
use super::values::{Origin, Parameter, Value, Values};
use crate::config::PostgresVariable;
use crate::error::{Error, Kind, Result};
use crate::model::quoted;

/// Adds the values of the service `name` for parameters without a value. The service is that of
/// the user's file, otherwise that of the system's.
///
/// # Errors
/// If there is no such service, or a file can't be read or is malformed.
pub(super) fn complete(values: &mut Values, name: &str, environment: &Environment) -> Result<()> {
    let files = service_files(environment)?;
    for path in &files {
        let content = file::read(path, "the service file", Readers::Anyone)?;
        let content = content.unwrap_or_default();
        let lines = str::from_utf8(&content).map_err(|error| {
            let fact = format!("the service file {} is not UTF-8", path.display());
            invalid(fact, "convert it").caused_by(error)
        })?;
        if let Some(found) = section(lines, name, path)? {
            found.into_iter().for_each(|value| values.add(value));
            return Ok(());
        }
    }
    let paths: Vec<String> = files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let fact = format!(
        "there is no service {} in {}",
        quoted(name),
        paths.join(" or ")
    );
    let hint = format!("add a section [{name}] with its parameters, or set PGSERVICEFILE");
    Err(invalid(fact, hint))
}

/// The name of the user's file in the home directory.
const USER_FILE: &str = ".pg_service.conf";

/// Returns the paths of the service files, in the order in which they are searched.
///
/// # Errors
/// If the file that `PGSERVICEFILE` names doesn't exist.
fn service_files(environment: &Environment) -> Result<Vec<PathBuf>> {
    // The home directory may be another user's.
    let is_reachable = |path: &PathBuf| path.try_exists().is_ok();
    let own = match environment.path(PostgresVariable::ServiceFile) {
        Some(path) if !path.exists() && crate::denied::reading(&path).is_none() => {
            let fact = format!(
                "PGSERVICEFILE names {}, which doesn't exist",
                path.display()
            );
            return Err(invalid(fact, "correct or unset PGSERVICEFILE"));
        }
        Some(path) => Some(path),
        None => environment
            .home
            .as_ref()
            .map(|home| home.join(USER_FILE))
            .filter(is_reachable),
    };
    let directory = environment.path(PostgresVariable::SystemDirectory);
    let directory = directory.unwrap_or_else(|| environment.system_directory.clone());
    let system = directory.join("pg_service.conf");
    Ok(own.into_iter().chain([system]).collect())
}

/// Returns the values in the section `name`; none if there is no such section.
///
/// # Errors
/// If a line of the section is malformed or has an unknown parameter.
fn section(lines: &str, name: &str, path: &Path) -> Result<Option<Vec<Value>>> {
    let mut found: Option<Vec<Value>> = None;
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line.trim_matches(is_space);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(heading) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            let rest = heading.strip_prefix(name);
            found = rest
                .filter(|rest| rest.starts_with(']'))
                .map(|_| Vec::new());
        } else if let Some(values) = &mut found {
            values.push(value(line, number, path)?);
        }
    }
    Ok(found)
}

/// Returns the value in `line`. No message contains it, since it may be a password.
fn value(line: &str, number: usize, path: &Path) -> Result<Value> {
    let place = format!("line {number} of {}", path.display());
    let (name, text) = line.split_once('=').ok_or_else(|| {
        let hint = "write it as parameter=value, without spaces before the =";
        invalid(format!("{place} has no ="), hint)
    })?;
    let known = Parameter::from_name(name).filter(|known| *known != Parameter::Service);
    let parameter = known.ok_or_else(|| {
        let fact = format!("{place} has an unknown parameter: {}", quoted(name));
        invalid(fact, Parameter::hint_without(Parameter::Service))
    })?;
    Ok(Value {
        parameter,
        text: Zeroizing::new(text.to_owned()),
        origin: Origin::ServiceFile(path.to_owned()),
    })
}

/// Returns whether `c` is a space for isspace(3) of the C locale.
fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\x0b'
}

fn invalid(fact: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::new(Kind::InvalidInput, fact).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# comment
host=outside
[keys]
\thost = unknown
[a]
  host=h1,h2 \r
# user=comment

dbname=a=b
user=first
user=second
password= s#3 cret
[b] anything after the bracket
[ab]
port=1
[a]
port=2
[nested]
service=a
[broken]
hunter2
[odd]
options=-cjit=off
";

    /// Returns `NAME=VALUE` of each value in the section `name`.
    fn pairs(name: &str) -> Option<Vec<String>> {
        let values = section(FILE, name, Path::new("/f")).unwrap()?;
        let pair = |value: Value| format!("{}={}", value.parameter.name(), *value.text);
        Some(values.into_iter().map(pair).collect())
    }

    #[test]
    fn a_section_ends_at_the_next_one() {
        let values = [
            "host=h1,h2",
            "dbname=a=b",
            "user=first",
            "user=second",
            "password= s#3 cret",
        ];
        assert_eq!(pairs("a").unwrap(), values);
        assert_eq!(pairs("b").unwrap(), Vec::<String>::new());
        assert_eq!(pairs("ab").unwrap(), ["port=1"]);
        assert_eq!(pairs("outside"), None);
        assert_eq!(pairs("A"), None);
        assert_eq!(pairs(""), None);
    }

    #[test]
    fn a_malformed_line_is_refused_without_its_value() {
        for (name, message) in [
            ("keys", "line 4 of /f has an unknown parameter: 'host '"),
            ("nested", "line 19 of /f has an unknown parameter: service"),
            ("broken", "line 21 of /f has no ="),
            ("odd", "line 23 of /f has an unknown parameter: options"),
        ] {
            let error = section(FILE, name, Path::new("/f")).err().unwrap();
            assert_eq!(error.message(), message);
            assert_eq!(error.kind(), Kind::InvalidInput);
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}
