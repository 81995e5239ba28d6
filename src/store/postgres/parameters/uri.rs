//! The URI that names a database, with the rules of libpq.
//!
//! `postgres://[USER@][HOST[:PORT][,…]][/DATABASE][?PARAMETER=VALUE[&…]]`

use super::values::{Parameter, Values};
use crate::error::{Error, Kind, Result};
use crate::model::quoted;

/// Returns the values in `uri`, a URI without its scheme.
///
/// # Errors
/// If the URI is malformed, contains a password or has an unknown parameter.
pub(super) fn parse(uri: &str) -> Result<Values> {
    if uri.contains(char::is_control) {
        return Err(malformed(
            "contains a control character, such as the end of a line",
            "give only the URI; a file with Windows line endings adds a carriage return",
        ));
    }
    let mut values = Values::default();
    let (user, rest) = split_user(uri);
    if let Some(user) = user {
        set(&mut values, Parameter::User, without_password(user)?)?;
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (names, ports) = split_hosts(hosts)?;
    set(&mut values, Parameter::Host, &names)?;
    set(&mut values, Parameter::Port, &ports)?;
    set(&mut values, Parameter::Database, database)?;
    for (name, value) in split_query(query)? {
        let parameter = Parameter::from_name(&name).ok_or_else(|| unknown(&name, query))?;
        values.set(parameter, decode(value)?);
    }
    Ok(values)
}

/// Sets a parameter unless its text in the URI is empty.
fn set(values: &mut Values, parameter: Parameter, text: &str) -> Result<()> {
    if !text.is_empty() {
        values.set(parameter, decode(text)?);
    }
    Ok(())
}

/// Splits the user and a password from the rest of the URI.
fn split_user(uri: &str) -> (Option<&str>, &str) {
    let end = uri.find(['@', '/']).unwrap_or(uri.len());
    match uri[end..].strip_prefix('@') {
        Some(rest) => (Some(&uri[..end]), rest),
        None => (None, uri),
    }
}

/// Returns the user of `user[:password]`.
///
/// # Errors
/// If there is a password. If a parameter has an `@`, libpq takes all before it as the user.
fn without_password(user: &str) -> Result<&str> {
    match user.split_once(':') {
        Some((_, password)) if !password.is_empty() => Err(has_password()),
        _ if user.contains('?') => Err(malformed(
            "has an @ in a parameter",
            "write %40 in place of @",
        )),
        Some((user, _)) => Ok(user),
        None => Ok(user),
    }
}

/// Splits `HOST[:PORT],…` into the list of hosts and the list of ports, each with commas. With
/// several hosts the URI sets the ports even if it has none, as for libpq.
fn split_hosts(hosts: &str) -> Result<(String, String)> {
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = match host.strip_prefix('[') {
            Some(rest) => split_bracket(rest)?,
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(name);
        ports.push(port);
    }
    Ok((names.join(","), ports.join(",")))
}

/// Splits `ADDRESS][:PORT]`, the rest of an IPv6 address in brackets.
fn split_bracket(rest: &str) -> Result<(&str, &str)> {
    let is_right =
        |(name, end): &(&str, &str)| !name.is_empty() && (end.is_empty() || end.starts_with(':'));
    let (name, end) = rest.split_once(']').filter(is_right).ok_or_else(|| {
        malformed(
            "has a malformed IPv6 address",
            "write it as [ADDRESS] or [ADDRESS]:PORT",
        )
    })?;
    Ok((name, end.strip_prefix(':').unwrap_or_default()))
}

/// Splits the parameters into decoded names and encoded values.
///
/// # Errors
/// If a parameter is malformed or a password.
fn split_query(query: &str) -> Result<Vec<(String, &str)>> {
    let parts = || query.split_terminator('&');
    // The password first: no other error may contain a part of it.
    for part in parts() {
        let name = part.split_once('=').map_or(part, |(name, _)| name);
        if decode(name)? == Parameter::Password.name() {
            return Err(has_password());
        }
    }
    let malformed = || {
        malformed(
            "has a malformed parameter",
            "write parameters as NAME=VALUE with & between them; & is %26 and = is %3D in a value",
        )
    };
    let split = parts().map(|part| {
        let (name, value) = part.split_once('=').ok_or_else(malformed)?;
        if value.contains('=') {
            return Err(malformed());
        }
        Ok((decode(name)?, value))
    });
    split.collect()
}

/// Returns `text` with its `%XX` decoded.
fn decode(text: &str) -> Result<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part.get(..2).and_then(hexadecimal).ok_or_else(|| {
            malformed(
                "has a % without two hexadecimal digits",
                "write %25 in place of %",
            )
        })?;
        bytes.push(byte);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    let is_text = |text: &String| !text.contains('\0');
    let decoded = String::from_utf8(bytes).ok().filter(is_text);
    decoded.ok_or_else(|| malformed("has a % that isn't a character of UTF-8", "correct it"))
}

/// Returns the byte of two hexadecimal digits.
fn hexadecimal(digits: &str) -> Option<u8> {
    let is_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_digits)
}

fn malformed(fact: &str, hint: &str) -> Error {
    Error::new(
        Kind::InvalidInput,
        format!("the URI of the database {fact}"),
    )
    .hint(hint)
}

fn has_password() -> Error {
    malformed(
        "contains a password, which other users could see",
        "remove it, and store it in ~/.pgpass, a service file or PGPASSWORD",
    )
}

/// Returns the error that no parameter is named `name`. If an `@` follows, the name may be
/// part of a password with a `/` and a `?`.
fn unknown(name: &str, query: &str) -> Error {
    let fact = if query.contains('@') {
        "has an unknown parameter".to_owned()
    } else {
        format!("has an unknown parameter: {}", quoted(name))
    };
    malformed(&fact, &Parameter::hint_without(Parameter::Password))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns `NAME=VALUE` of every value in `uri`.
    fn parsed(uri: &str) -> Vec<String> {
        let values = parse(uri).unwrap_or_else(|error| panic!("{uri}: {error}"));
        let pair = |known: Parameter| Some(format!("{}={}", known.name(), values.text(known)?));
        Parameter::ALL.into_iter().filter_map(pair).collect()
    }

    #[test]
    fn the_parts_of_a_uri_are_values() {
        for (uri, values) in [
            ("", &[][..]),
            ("/", &[]),
            ("?", &[]),
            ("h", &["host=h"]),
            ("h:5433", &["host=h", "port=5433"]),
            (":5433", &["port=5433"]),
            ("u@", &["user=u"]),
            ("u:@h", &["host=h", "user=u"]),
            ("u@h/d", &["host=h", "user=u", "dbname=d"]),
            ("/d", &["dbname=d"]),
            ("a,b/d", &["host=a,b", "port=,", "dbname=d"]),
            ("a:1,b:2", &["host=a,b", "port=1,2"]),
            ("a,b:2", &["host=a,b", "port=,2"]),
            (",b", &["host=,b", "port=,"]),
            ("[::1]", &["host=::1"]),
            (
                "[::1]:5433,[fe80::1%25eth0]/d",
                &["host=::1,fe80::1%eth0", "port=5433,", "dbname=d"],
            ),
            ("%2Frun%2Fpg/d", &["host=/run/pg", "dbname=d"]),
            (
                "/d?host=/run/pg&port=5433",
                &["host=/run/pg", "port=5433", "dbname=d"],
            ),
            ("h?host=i", &["host=i"]),
            ("h/d?host=", &["dbname=d"]),
            ("h?user=a&user=b&", &["host=h", "user=b"]),
            ("h?hostaddr=127.0.0.1", &["host=h", "hostaddr=127.0.0.1"]),
            (
                "a%40b%3Ac@h/d%2Fe%3F",
                &["host=h", "user=a@b:c", "dbname=d/e?"],
            ),
            ("h/d/e?", &["host=h", "dbname=d/e"]),
            ("h/?%75ser=%C3%A9+%20", &["host=h", "user=é+ "]),
            ("h/?user=a@b", &["host=h", "user=a@b"]),
            (
                "h?sslmode=x&service=s&passfile=p",
                &["host=h", "passfile=p", "service=s", "sslmode=x"],
            ),
        ] {
            assert_eq!(parsed(uri), values, "{uri}");
        }
    }

    #[test]
    fn a_malformed_uri_is_refused_with_the_cause() {
        for (uri, fact) in [
            ("h/d\n", "a control character"),
            ("[::1", "malformed IPv6"),
            ("[]", "malformed IPv6"),
            ("[::1]5432", "malformed IPv6"),
            ("h/%", "a % without"),
            ("h/%2", "a % without"),
            ("h/%+1", "a % without"),
            ("h/%é", "a % without"),
            ("%zz@h", "a % without"),
            ("h?%x=1", "a % without"),
            ("h/%00", "isn't a character"),
            ("h/%FF", "isn't a character"),
            ("h?user", "malformed parameter"),
            ("h?&user=a", "malformed parameter"),
            ("h?user=a&&port=1", "malformed parameter"),
            ("h?user=a=b", "malformed parameter"),
            ("h?user=a@b", "an @ in a parameter"),
            ("h?sslmod=require", "unknown parameter: sslmod"),
            ("h?Host=i", "unknown parameter: Host"),
            ("h?=1", "unknown parameter: ''"),
            ("h?options=-cjit%3Doff", "unknown parameter: options"),
        ] {
            let error = parse(uri).err().unwrap_or_else(|| panic!("{uri}"));
            assert!(error.message().contains(fact), "{uri}: {error}");
            assert_eq!(error.kind(), Kind::InvalidInput);
            assert!(error.advice().is_some());
        }
    }

    #[test]
    fn a_password_is_refused_and_never_in_the_message() {
        for (uri, is_recognised) in [
            ("u:hunter2@h/d", true),
            (":hunter2@h", true),
            ("u:%zz?hunter2@h", true),
            ("h/d?password=hunter2", true),
            ("h/d?p%61ssword=hunter2&x=hunter2", true),
            ("h/d?x=hunter2&password=hunter2", true),
            ("h/d?password", true),
            // An unencoded slash ends the hosts.
            ("u:a/hunter2?b=c@h/d", false),
            ("u:a/b?hunter2=c@h/d", false),
            ("u:a/b?hunter2@h/d", false),
            ("u:a/b?c=%hunter2@h/d", false),
        ] {
            let error = parse(uri).err().unwrap_or_else(|| panic!("{uri}"));
            let texts = format!("{error:?}");
            assert!(!texts.contains("hunter2"), "{uri}: {texts}");
            assert_eq!(error.message().contains("password"), is_recognised, "{uri}");
        }
    }
}
