//! Passwords, certificates and keys, and the files that they are in.

use super::*;

const PASSFILE: &str = "\
localhost:5432:*:*:local
/run/pg:*:*:*:socket
a:1:me:me:a1
10.0.0.1:*:*:*:address
*:*:d:*:any
";

#[test]
fn each_host_gets_its_password_from_the_passfile() {
    let home = Surroundings::new().file(".pgpass", PASSFILE, 0o600);
    for (text, hosts) in [
        (
            "postgres://",
            &["/var/run/postgresql 5432 Disable local"][..],
        ),
        (
            "postgres://%2Fvar%2Frun%2Fpostgresql",
            &["/var/run/postgresql 5432 Disable local"],
        ),
        ("postgres://localhost", &["localhost 5432 Prefer local"]),
        ("postgres://localhost:1", &["localhost 1 Prefer -"]),
        ("postgres://%2Frun%2Fpg", &["/run/pg 5432 Disable socket"]),
        (
            "postgres://a:1,a:2",
            &["a 1 VerifyFull a1", "a 2 VerifyFull -"],
        ),
        (
            "postgres://a:1,b:2/d",
            &["a 1 VerifyFull any", "b 2 VerifyFull any"],
        ),
        (
            "postgres:///?hostaddr=10.0.0.1",
            &["10.0.0.1=10.0.0.1 5432 VerifyFull address"],
        ),
        (
            "postgres://h?hostaddr=10.0.0.1",
            &["h=10.0.0.1 5432 VerifyFull -"],
        ),
    ] {
        assert_eq!(home.hosts(text), hosts, "{text}");
    }
}

#[test]
fn the_passfile_is_that_of_the_text_or_the_environment_or_the_home_directory() {
    let home = || {
        Surroundings::new()
            .file(".pgpass", "*:*:*:*:home", 0o600)
            .file("first", "*:*:*:*:first", 0o400)
            .file("second", "*:*:*:*:second", 0o600)
    };
    let password = |surroundings: &Surroundings, text: &str| {
        let host = surroundings.parse(text).unwrap().hosts.remove(0);
        host.password.map(|password| password.to_string())
    };
    let plain = home();
    let first = format!("postgres:///?passfile={}", plain.path("first").display());
    assert_eq!(password(&plain, "postgres://").unwrap(), "home");
    assert_eq!(password(&plain, &first).unwrap(), "first");
    assert_eq!(password(&plain, "postgres:///?passfile=/no/such"), None);
    let path = plain.path("second");
    let plain = plain.variable("PGPASSFILE", path);
    assert_eq!(password(&plain, "postgres://").unwrap(), "second");
    assert_eq!(password(&plain, &first).unwrap(), "first");
    let plain = plain.variable("PGPASSWORD", "variable");
    assert_eq!(password(&plain, &first).unwrap(), "variable");
}

#[test]
fn a_passfile_that_others_can_read_is_refused_unless_the_password_is_known() {
    let open = || Surroundings::new().file(".pgpass", PASSFILE, 0o640);
    let home = open();
    let (kind, error) = home.error("postgres://");
    let path = home.path(".pgpass").display().to_string();
    assert_eq!(kind, Kind::NotPermitted);
    assert_eq!(
        error,
        format!("the passfile {path} is open to other users (mode 0640); chmod 600 {path}")
    );
    assert!(
        open()
            .variable("PGPASSWORD", "x")
            .parse("postgres://")
            .is_ok()
    );
}

#[test]
fn no_password_is_in_an_error_or_in_the_debug_form() {
    let secret = "hunter2";
    let file = format!("[s]\npassword={secret}\n[bad]\npassword={secret}\nport={secret}\n");
    let passfile = format!("*:*:*:*:{secret}");
    let surroundings = || {
        Surroundings::new()
            .file(".pg_service.conf", &file, 0o600)
            .file(".pgpass", &passfile, 0o600)
    };
    let variable = surroundings().variable("PGPASSWORD", secret);
    for parameters in [
        surroundings().parse("service=s").unwrap(),
        surroundings().parse("postgres://").unwrap(),
        variable.parse("postgres://").unwrap(),
    ] {
        let host = &parameters.hosts[0];
        assert_eq!(host.password.as_ref().unwrap().as_str(), secret);
        let debug = format!("{parameters:?} {host:#?}");
        assert!(!debug.contains(secret), "{debug}");
        assert!(debug.contains("has_password: true"), "{debug}");
    }
    let error = surroundings().parse("service=bad").unwrap_err();
    assert!(!format!("{error:?}").contains(secret), "{error:?}");
}

#[test]
fn certificates_are_those_of_the_parameters_or_of_the_home_directory() {
    let home = || {
        Surroundings::new()
            .file(".postgresql/root.crt", "", 0o644)
            .file(".postgresql/postgresql.crt", "", 0o644)
            .file(".postgresql/postgresql.key", "", 0o600)
            .file("other.crt", "", 0o644)
            .file("other.key", "", 0o600)
    };
    let plain = home();
    let paths = |text: &str| {
        let parsed = plain.parse(text).unwrap().certificates;
        let name = |path: Option<PathBuf>| {
            let path = path.map_or("-".into(), |path| path.file_name().unwrap().to_owned());
            path.into_string().unwrap()
        };
        let names = [parsed.root, parsed.client, parsed.key].map(name);
        format!("{} {}", names.join(" "), parsed.is_root_system)
    };
    let own = "root.crt postgresql.crt postgresql.key false";
    assert_eq!(paths("postgres://h"), own);
    assert_eq!(paths("postgres://localhost"), own);
    assert_eq!(paths("postgres://"), "- - - false");
    assert_eq!(paths("postgres://h?sslmode=disable"), "- - - false");
    let system = "- postgresql.crt postgresql.key true";
    assert_eq!(paths("postgres://h?sslrootcert=system"), system);
    let certificate = plain.path("other.crt").display().to_string();
    let key = plain.path("other.key").display().to_string();
    let text = format!("postgres://h?sslrootcert={certificate}&sslcert={certificate}&sslkey={key}");
    assert_eq!(paths(&text), "other.crt other.crt other.key false");
    let bare = Surroundings::new().parse("postgres://h").unwrap();
    assert!(bare.certificates.root.is_none() && bare.certificates.client.is_none());
}

#[test]
fn a_clients_certificate_needs_a_key_that_others_can_not_read() {
    let with = |mode| {
        Surroundings::new()
            .file(".postgresql/postgresql.crt", "", 0o644)
            .file(".postgresql/postgresql.key", "", mode)
    };
    let (kind, error) = with(0o644).error("postgres://h");
    assert_eq!(kind, Kind::NotPermitted, "{error}");
    assert!(error.starts_with("the key "), "{error}");
    assert!(with(0o600).parse("postgres://h").is_ok());
    let (kind, error) = with(0o600).error("postgres://h?sslkey=/no/such");
    assert_eq!(kind, Kind::InvalidInput);
    assert!(
        error.contains("is missing; give its path with sslkey"),
        "{error}"
    );
}
