//! The order of text, service, environment and defaults.

use super::*;

/// A service file whose every value differs from that of the environment.
const SERVICES: &str = "\
[all]
host=service
hostaddr=10.0.0.1
port=1
user=service
dbname=service
password=service
application_name=service
connect_timeout=1
sslmode=require
target_session_attrs=any
[nothing]
";

fn full_environment() -> Surroundings {
    Surroundings::new()
        .file(".pg_service.conf", SERVICES, 0o644)
        .variable("PGHOST", "environment")
        .variable("PGHOSTADDR", "10.0.0.2")
        .variable("PGPORT", "2")
        .variable("PGUSER", "environment")
        .variable("PGDATABASE", "environment")
        .variable("PGPASSWORD", "environment")
        .variable("PGAPPNAME", "environment")
        .variable("PGCONNECT_TIMEOUT", "2")
        .variable("PGSSLMODE", "verify-ca")
        .variable("PGTARGETSESSIONATTRS", "standby")
}

#[test]
fn the_text_comes_before_the_service_and_the_service_before_the_environment() {
    let full = "postgres://text@text:3/text?hostaddr=10.0.0.3&application_name=text\
                &connect_timeout=3&sslmode=allow&target_session_attrs=read-only";
    let with_service = format!("{full}&service=all");
    for (text, name, number, ssl_mode, target) in [
        (full, "text", 3, SslMode::Allow, Target::ReadOnly),
        (&with_service, "text", 3, SslMode::Allow, Target::ReadOnly),
        ("service=all", "service", 1, SslMode::Require, Target::Any),
        (
            "postgres:///?service=all",
            "service",
            1,
            SslMode::Require,
            Target::Any,
        ),
        (
            "service=nothing",
            "environment",
            2,
            SslMode::VerifyCa,
            Target::Standby,
        ),
        (
            "postgres://",
            "environment",
            2,
            SslMode::VerifyCa,
            Target::Standby,
        ),
    ] {
        let parameters = full_environment().parse(text).unwrap();
        let from_text = if text.contains("service=all") {
            "service"
        } else {
            "environment"
        };
        let host = format!("{name}=10.0.0.{number} {number} {ssl_mode:?} {from_text}");
        assert_eq!(summary(&parameters.hosts[0]), host, "{text}");
        assert_eq!(parameters.user, name);
        assert_eq!(parameters.database, name);
        assert_eq!(parameters.application_name, name);
        assert_eq!(parameters.connect_timeout, Duration::from_secs(number));
        assert_eq!(parameters.target, target);
    }
}

#[test]
fn the_service_of_the_environment_completes_a_uri_only() {
    let with_service = full_environment().variable("PGSERVICE", "all");
    assert_eq!(with_service.parse("postgres://").unwrap().user, "service");
    assert_eq!(
        with_service.parse("service=nothing").unwrap().user,
        "environment"
    );
    let unknown = full_environment().variable("PGSERVICE", "none");
    assert!(
        unknown
            .error("postgres://h")
            .1
            .starts_with("there is no service none in")
    );
    assert!(unknown.parse("service=all").is_ok());
}

#[test]
fn an_empty_parameter_of_the_text_is_the_default_and_not_the_environments() {
    let text = "postgres:///?host=&hostaddr=&port=&user=&dbname=&sslmode=&connect_timeout=";
    let parameters = full_environment().parse(text).unwrap();
    assert_eq!(
        summary(&parameters.hosts[0]),
        "/var/run/postgresql 5432 Disable environment"
    );
    assert_eq!(
        (parameters.user.as_str(), parameters.database.as_str()),
        ("me", "me")
    );
    assert_eq!(parameters.connect_timeout, Duration::from_secs(5));
}

#[test]
fn the_users_service_file_comes_before_the_systems() {
    let both = || {
        Surroundings::new()
            .file(".pg_service.conf", "[a]\nuser=home\n[b]\n", 0o600)
            .file(
                "system/pg_service.conf",
                "[a]\nuser=system\n[s]\nuser=system\n",
                0o644,
            )
            .file("other.conf", "[a]\nuser=other\n", 0o644)
            .file("directory/pg_service.conf", "[s]\nuser=directory\n", 0o644)
    };
    let user = |surroundings: &Surroundings, text| surroundings.parse(text).unwrap().user;
    assert_eq!(user(&both(), "service=a"), "home");
    assert_eq!(user(&both(), "service=s"), "system");
    let named = both();
    let path = named.path("other.conf");
    let named = named.variable("PGSERVICEFILE", path);
    assert_eq!(user(&named, "service=a"), "other");
    assert_eq!(user(&named, "service=s"), "system");
    let (_, error) = named.error("service=b");
    let searched = ["other.conf", "system/pg_service.conf"];
    let searched = searched.map(|name| named.path(name).display().to_string());
    assert!(error.contains(&searched.join(" or ")), "{error}");
    let named = both();
    let path = named.path("directory");
    let named = named.variable("PGSYSCONFDIR", path);
    assert_eq!(user(&named, "service=s"), "directory");
    let missing = both().variable("PGSERVICEFILE", "/no/such");
    let (kind, error) = missing.error("service=s");
    assert_eq!(kind, Kind::InvalidInput);
    assert!(error.starts_with("PGSERVICEFILE names /no/such"), "{error}");
    // Nothing reads it without a service.
    assert!(missing.parse("postgres://").is_ok());
}
