//! Every mode of TLS, and the checks of a certificate.

use std::process::Command;

use super::certificates::Certificates;
use super::fake;
use super::server::Server;
use super::{ask, assert_refused, refused, uses_tls, with_password, without_password};
use crate::error::Kind;

/// Returns the parameters that make the file `name` the trusted issuers.
fn root(name: &str) -> String {
    let path = Certificates::shared().path(name);
    format!("sslrootcert={}", path.display())
}

#[test]
fn every_mode_uses_tls_as_it_says() {
    let (Some(with), Some(without)) = (Server::shared(), Server::without_tls()) else {
        return;
    };
    for (mode, is_used, works_without) in [
        ("disable", false, true),
        ("allow", false, true),
        ("prefer", true, true),
        ("require", true, false),
        ("verify-ca", true, false),
        ("verify-full", true, false),
    ] {
        let more = format!("sslmode={mode}&{}", root("issuer.crt"));
        let parameters = without_password(&with.tcp("free", &more));
        assert_eq!(uses_tls(&parameters).unwrap(), is_used, "{mode}");
        let parameters = without_password(&without.tcp("free", &more));
        if works_without {
            assert!(!uses_tls(&parameters).unwrap(), "{mode}");
        } else {
            assert_refused(&parameters, Kind::NotPermitted, "the server has no TLS");
        }
    }
}

#[test]
fn a_mode_that_leaves_a_choice_follows_the_rules_of_the_server() {
    let Some(server) = Server::shared() else {
        return;
    };
    for mode in ["allow", "prefer"] {
        for (role, is_used) in [("only_tls", true), ("never_tls", false)] {
            let uri = server.tcp(role, &format!("sslmode={mode}"));
            let uses_tls = uses_tls(&without_password(&uri)).unwrap();
            assert_eq!(uses_tls, is_used, "{mode} {role}");
        }
        let error = refused(&without_password(
            &server.tcp("certified", &format!("sslmode={mode}")),
        ));
        assert_eq!(error.kind(), Kind::NotPermitted);
    }
    let error = refused(&without_password(
        &server.tcp("only_tls", "sslmode=disable"),
    ));
    assert!(error.message().contains("no encryption"), "{error}");
}

#[test]
fn a_name_that_the_certificate_does_not_have_is_refused_by_verify_full_only() {
    let Some(server) = Server::shared() else {
        return;
    };
    for (name, is_right) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("db.example", false),
        ("192.0.2.1", false),
    ] {
        for mode in ["require", "verify-ca", "verify-full"] {
            let port = server.port();
            let more = format!("hostaddr=127.0.0.1&sslmode={mode}&{}", root("issuer.crt"));
            let uri = format!("postgres://free@{name}:{port}/postgres?{more}");
            let parameters = without_password(&uri);
            if is_right || mode != "verify-full" {
                assert!(uses_tls(&parameters).unwrap(), "{uri}");
            } else {
                let fact = format!(
                    "{name}:{port}: the certificate of the server is not accepted: it is not for \
                     {name}, but for localhost, 127.0.0.1"
                );
                assert_refused(&parameters, Kind::NotPermitted, &fact);
            }
        }
    }
}

#[test]
fn another_issuer_is_refused_in_every_mode_that_must_use_tls() {
    let Some(server) = Server::shared() else {
        return;
    };
    let fact = "the certificate of the server is not accepted: its issuer is not trusted";
    for mode in ["require", "verify-ca", "verify-full"] {
        let more = format!("sslmode={mode}&{}", root("other.crt"));
        let parameters = without_password(&server.tcp("free", &more));
        assert_refused(&parameters, Kind::NotPermitted, fact);
    }
    // As libpq does, prefer continues without TLS.
    let more = format!("sslmode=prefer&{}", root("other.crt"));
    assert!(!uses_tls(&without_password(&server.tcp("free", &more))).unwrap());
    // The system trusts no issuer of a test.
    let more = "sslmode=verify-full&sslrootcert=system";
    let error = refused(&without_password(&server.tcp("free", more)));
    assert!(
        matches!(error.kind(), Kind::NotPermitted | Kind::Io),
        "{error}"
    );
}

#[test]
fn without_a_file_of_issuers_require_checks_nothing_and_verify_ca_the_issuers_of_the_system() {
    let Some(server) = Server::shared() else {
        return;
    };
    let mut parameters = without_password(&server.tcp("free", "sslmode=require"));
    parameters.certificates.root = None;
    assert!(uses_tls(&parameters).unwrap());
    let mut parameters = without_password(&server.tcp("free", "sslmode=verify-ca"));
    parameters.certificates.root = None;
    refused(&parameters);
}

/// Runs itself in another process, where the issuer of the tests is one of the system's.
#[test]
fn the_issuers_of_the_system_are_trusted() {
    const URI: &str = "APIKEY_TEST_URI";
    if let Ok(uri) = std::env::var(URI) {
        assert!(uses_tls(&without_password(&uri)).unwrap());
        return;
    }
    let Some(server) = Server::shared() else {
        return;
    };
    let module = module_path!().split_once("::").unwrap().1;
    let test = format!("{module}::the_issuers_of_the_system_are_trusted");
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &test])
        .env("SSL_CERT_FILE", Certificates::shared().path("issuer.crt"))
        .env(
            URI,
            server.tcp("free", "sslrootcert=system&sslmode=verify-full"),
        )
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success() && stdout.contains("1 passed"),
        "{stdout}"
    );
}

#[test]
fn a_server_must_have_the_key_of_its_certificate() {
    let certificates = Certificates::shared();
    let (right, other) = (&certificates.server, &certificates.expired);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for more in ["", &root("issuer.crt")] {
            let attempt = |pair| {
                let port = fake::with_tls(&right.certificate, pair, version);
                let uri = format!("postgres://u@127.0.0.1:{port}/d?sslmode=require&{more}");
                refused(&without_password(uri.trim_end_matches('&')))
            };
            let error = attempt(right);
            assert!(error.message().ends_with("TLS is established"), "{error}");
            let error = attempt(other);
            assert_eq!(error.kind(), Kind::NotPermitted, "{error}");
        }
    }
}

#[test]
fn an_expired_certificate_is_refused() {
    let Some(server) = Server::expired() else {
        return;
    };
    let fact = "the certificate of the server is not accepted: it has expired";
    for mode in ["require", "verify-ca", "verify-full"] {
        let more = format!("sslmode={mode}&{}", root("issuer.crt"));
        let parameters = without_password(&server.tcp("free", &more));
        assert_refused(&parameters, Kind::NotPermitted, fact);
    }
}

#[test]
fn a_client_proves_its_name_by_a_certificate() {
    let Some(server) = Server::shared() else {
        return;
    };
    let certificates = Certificates::shared();
    let with = |name: &str| {
        let path = |end: &str| certificates.path(&format!("{name}.{end}"));
        let (certificate, key) = (path("crt"), path("key"));
        let pair = format!("sslcert={}&sslkey={}", certificate.display(), key.display());
        let more = format!("sslmode=verify-full&{}&{pair}", root("issuer.crt"));
        without_password(&server.tcp("certified", &more))
    };
    assert_eq!(
        ask(&with("client"), "SELECT current_user").unwrap(),
        "certified"
    );
    let error = refused(&with("stranger"));
    assert_eq!(error.kind(), Kind::NotPermitted, "{error}");
    let more = format!("sslmode=verify-full&{}", root("issuer.crt"));
    let without = without_password(&server.tcp("certified", &more));
    let fact = "connection requires a valid client certificate";
    assert_refused(&without, Kind::NotPermitted, fact);
}

#[test]
fn a_malformed_certificate_or_key_is_invalid_input() {
    let certificates = Certificates::shared();
    let malformed = certificates.write("malformed.crt", "correct horse battery\n");
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let encrypted = certificates.write("encrypted.key", encrypted);
    let (issuer, client) = (
        certificates.path("issuer.crt"),
        certificates.path("client.crt"),
    );
    let stranger = certificates.path("stranger.key");
    let uri = |root: &std::path::Path, key: &std::path::Path| {
        let (root, client, key) = (root.display(), client.display(), key.display());
        let more = format!("sslrootcert={root}&sslcert={client}&sslkey={key}");
        format!("postgres://free@127.0.0.1:1/postgres?sslmode=verify-full&{more}")
    };
    for (uri, fact) in [
        (
            uri(&malformed, &stranger),
            "malformed.crt is not in PEM form",
        ),
        (uri(&issuer, &malformed), "malformed.crt is not in PEM form"),
        (uri(&issuer, &encrypted), "encrypted.key is encrypted"),
        (
            uri(&issuer, &stranger),
            "can't be used: keys may not be consistent: KeyMismatch",
        ),
    ] {
        assert_refused(&with_password(&uri), Kind::InvalidInput, fact);
    }
}
