//! Tests of all parts together: a text and its environment, and the parameters.

mod precedence;
mod properties;
mod secrets;

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;
use crate::config::PostgresVariable;

/// A home directory, a system's directory and the variables of a test.
struct Surroundings {
    directory: tempfile::TempDir,
    variables: Vec<(&'static str, OsString)>,
}

impl Surroundings {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// Returns these surroundings with a variable.
    fn variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        assert!(
            PostgresVariable::ALL
                .iter()
                .any(|known| known.name() == name)
        );
        self.variables.push((name, value.into()));
        self
    }

    /// Returns these surroundings with a file in the home directory.
    fn file(self, name: &str, content: &str, mode: u32) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Returns the path of a file in the home directory, which is also the system's directory.
    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn parse(&self, text: &str) -> Result<Parameters> {
        let variables = self.variables.clone();
        let value = move |variable: PostgresVariable| {
            let mut variables = variables.iter();
            let found = variables.find(|(name, _)| *name == variable.name());
            found.map(|(_, value)| value.clone())
        };
        let environment = Environment {
            variable: Box::new(value),
            home: Some(self.directory.path().to_owned()),
            login: || Some("me".to_owned()),
            socket_directory: "/var/run/postgresql".into(),
            system_directory: self.directory.path().join("system"),
        };
        Parameters::complete(text, &environment)
    }

    /// Returns the hosts of `text`, as [`summary`] writes them.
    fn hosts(&self, text: &str) -> Vec<String> {
        let parameters = self.parse(text);
        let parameters = parameters.unwrap_or_else(|error| panic!("{text}: {error}"));
        parameters.hosts.iter().map(summary).collect()
    }

    /// Returns the message, the hint and the kind of the error of `text`.
    fn error(&self, text: &str) -> (Kind, String) {
        let parsed = self.parse(text);
        let error = parsed.err().unwrap_or_else(|| panic!("{text} is valid"));
        let hint = error.advice().expect("a hint").to_owned();
        (error.kind(), format!("{error}; {hint}"))
    }
}

/// Returns the address, port, mode of TLS and password of a host on a line.
fn summary(host: &Host) -> String {
    let address = match &host.address {
        Address::Socket(directory) => directory.display().to_string(),
        Address::Tcp { name, address } => match address {
            Some(address) => format!("{name}={address}"),
            None => name.clone(),
        },
    };
    let password = host.password.as_ref().map_or("-", |text| text.as_str());
    format!("{address} {} {:?} {password}", host.port, host.ssl_mode)
}

#[test]
fn a_text_without_parts_gets_every_default() {
    let parameters = Surroundings::new().parse("postgres://").unwrap();
    assert_eq!(
        parameters.hosts.iter().map(summary).collect::<Vec<_>>(),
        ["/var/run/postgresql 5432 Disable -"]
    );
    assert_eq!(parameters.user, "me");
    assert_eq!(parameters.database, "me");
    assert_eq!(parameters.application_name, "apikey");
    assert_eq!(parameters.connect_timeout, Duration::from_secs(5));
    assert_eq!(parameters.target, Target::Primary);
    assert!(parameters.certificates.root.is_none() && !parameters.certificates.is_root_system);
}

#[test]
fn hosts_addresses_and_ports_are_lists() {
    let plain = Surroundings::new();
    for (text, hosts) in [
        ("postgres://h", &["h 5432 VerifyFull -"][..]),
        ("postgresql://h:5433/d", &["h 5433 VerifyFull -"]),
        (
            "postgres://a,b:2,[::2]:3",
            &[
                "a 5432 VerifyFull -",
                "b 2 VerifyFull -",
                "::2 3 VerifyFull -",
            ],
        ),
        (
            "postgres://a,b?port=7",
            &["a 7 VerifyFull -", "b 7 VerifyFull -"],
        ),
        (
            "postgres://a,?port=7,%208",
            &["a 7 VerifyFull -", "/var/run/postgresql 8 Disable -"],
        ),
        ("postgres://%2Frun%2Fpg:1", &["/run/pg 1 Disable -"]),
        (
            "postgres:///d?host=/run/pg,h",
            &["/run/pg 5432 Disable -", "h 5432 VerifyFull -"],
        ),
        (
            "postgres:///?hostaddr=10.0.0.1",
            &["10.0.0.1=10.0.0.1 5432 VerifyFull -"],
        ),
        (
            "postgres://a,b?hostaddr=10.0.0.1,",
            &["a=10.0.0.1 5432 VerifyFull -", "b 5432 VerifyFull -"],
        ),
        // Neither a tunnel nor a name for another machine is the loopback.
        ("postgres://localhost", &["localhost 5432 Prefer -"]),
        (
            "postgres://LocalHost,127.9.9.9,[::1],[::ffff:127.0.0.1]",
            &[
                "LocalHost 5432 Prefer -",
                "127.9.9.9 5432 Prefer -",
                "::1 5432 Prefer -",
                "::ffff:127.0.0.1 5432 Prefer -",
            ],
        ),
        (
            "postgres://h?hostaddr=127.0.0.1",
            &["h=127.0.0.1 5432 VerifyFull -"],
        ),
        (
            "postgres://localhost?hostaddr=10.0.0.1",
            &["localhost=10.0.0.1 5432 VerifyFull -"],
        ),
        (
            "postgres://127.0.0.1.example.org,localhost.example.org",
            &[
                "127.0.0.1.example.org 5432 VerifyFull -",
                "localhost.example.org 5432 VerifyFull -",
            ],
        ),
        (
            "postgres://localhost?sslrootcert=system",
            &["localhost 5432 VerifyFull -"],
        ),
        (
            "postgres://localhost,h,%2Frun?sslmode=require",
            &[
                "localhost 5432 Require -",
                "h 5432 Require -",
                "/run 5432 Disable -",
            ],
        ),
    ] {
        assert_eq!(plain.hosts(text), hosts, "{text}");
    }
}

#[test]
fn an_invalid_parameter_is_refused_with_the_place_and_the_rule() {
    let plain = Surroundings::new();
    let long = format!("postgres:///?host=/{}", "a".repeat(100));
    for (text, message) in [
        (
            "postgres://h:x",
            "port in the URI of the database is not a number from 1 to 65535; separate",
        ),
        ("postgres://h:0", "not a number from 1 to"),
        ("postgres://h:65536", "not a number from 1 to"),
        ("postgres://h:-1", "not a number from 1 to"),
        (
            "postgres://a,b,c?port=1,2",
            "has another number of ports than there are hosts; give one port",
        ),
        ("postgres://a?port=1,2", "has another number of ports"),
        (
            "postgres://a,b?hostaddr=::1",
            "host in the URI of the database has another number of hosts",
        ),
        (
            "postgres://a?hostaddr=b",
            "hostaddr in the URI of the database has an invalid IP address",
        ),
        (
            "postgres:///?host=/run&hostaddr=::1",
            "is a directory, but hostaddr in the URI of the database gives",
        ),
        (
            "postgres:///?host=%40abstract",
            "a unix socket without a path",
        ),
        (&long, "too long"),
        (
            "postgres://h?sslmode=on",
            "sslmode in the URI of the database is unknown; use one of disable",
        ),
        (
            "postgres://h?sslmode=require&sslrootcert=system",
            "too weak",
        ),
        (
            "postgres://h?target_session_attrs=leader",
            "is unknown; use one of any",
        ),
        (
            "postgres://h?connect_timeout=0",
            "not a positive number of seconds",
        ),
        (
            "postgres://h?connect_timeout=-1",
            "not a positive number of seconds",
        ),
        (
            "postgres://h?connect_timeout=1.5",
            "not a positive number of seconds",
        ),
        (
            "postgres://h?connect_timeout=2147483648",
            "not a positive number of seconds",
        ),
        (
            "postgres://h?sslrootcert=/no/such",
            "sslrootcert in the URI of the database names no existing file",
        ),
        (
            "postgres://h?sslcert=/no/such",
            "sslcert in the URI of the database names no existing file",
        ),
        (
            "postgres://h?sslkey=/no/such",
            "sslkey in the URI of the database has no certificate",
        ),
        ("postgres://h?service=none", "there is no service none in"),
        ("service=none", "there is no service none in"),
        ("service=", "the name of a service alone"),
        ("service=a host=b", "the name of a service alone"),
        ("service='a'", "the name of a service alone"),
        ("keys.db", "not on a server"),
    ] {
        let (kind, found) = plain.error(text);
        assert_eq!(kind, Kind::InvalidInput, "{text}: {found}");
        assert!(found.contains(message), "{text}: {found}");
    }
    let surroundings = Surroundings::new().variable("PGPORT", "x");
    let (_, found) = surroundings.error("postgres://");
    assert!(found.starts_with("PGPORT is not a number"), "{found}");
    let surroundings = Surroundings::new().variable("PGUSER", OsString::from_vec(vec![0xff]));
    assert_eq!(
        surroundings.error("postgres://").1,
        "PGUSER is not UTF-8; correct or unset it"
    );
    assert!(surroundings.parse("postgres://u@").is_ok());
}

#[test]
fn a_user_without_a_login_name_must_name_the_role() {
    let environment = Environment {
        variable: Box::new(|_| None),
        home: None,
        login: || None,
        socket_directory: "/tmp".into(),
        system_directory: Path::new("/no/such").into(),
    };
    let error = Parameters::complete("postgres://", &environment).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidInput);
    assert!(error.message().contains("no login name"));
    assert!(Parameters::complete("postgres://u@", &environment).is_ok());
    let error = Parameters::complete("service=s", &environment).unwrap_err();
    assert!(
        error.message().ends_with("in /no/such/pg_service.conf"),
        "{error}"
    );
}
