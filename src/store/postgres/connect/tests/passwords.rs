//! A password leaves this machine only in a form that no false server can use.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use zeroize::Zeroizing;

use super::certificates::Certificates;
use super::fake::{self, message};
use super::server::Server;
use super::{PASSWORD, ask, assert_refused, with_password, without_password};
use crate::error::Kind;
use crate::store::postgres::parameters::Parameters;

#[test]
fn scram_needs_the_right_password_and_no_tls() {
    let Some(server) = Server::shared() else {
        return;
    };
    let over = |mode| server.tcp("scram", &format!("sslmode={mode}"));
    let mut uris: Vec<_> = ["disable", "allow", "prefer", "require"].map(over).into();
    uris.push(server.socket("scram"));
    for uri in uris {
        let mut parameters = with_password(&uri);
        assert_eq!(ask(&parameters, "SELECT current_user").unwrap(), "scram");
        parameters.hosts[0].password = Some(Zeroizing::new("wrong".to_owned()));
        let fact = "password authentication failed for user \"scram\"";
        assert_refused(&parameters, Kind::NotPermitted, fact);
        let fact = "the server asks for a password, and none is given";
        assert_refused(&without_password(&uri), Kind::NotPermitted, fact);
    }
}

#[test]
fn the_password_of_the_passfile_is_used() {
    let Some(server) = Server::shared() else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let passfile = directory.path().join("passfile");
    let line = format!("127.0.0.1:{}:postgres:scram:{PASSWORD}\n", server.port());
    fs::write(&passfile, line).unwrap();
    fs::set_permissions(&passfile, fs::Permissions::from_mode(0o600)).unwrap();
    let uri = server.tcp("scram", &format!("passfile={}", passfile.display()));
    ask(&Parameters::parse(&uri).unwrap(), "SELECT 1").unwrap();
}

#[test]
fn the_password_itself_and_its_hash_go_out_over_verified_tls_only() {
    let Some(server) = Server::shared() else {
        return;
    };
    let issuer = Certificates::shared().path("issuer.crt");
    let issuer = format!("sslrootcert={}", issuer.display());
    for (role, form) in [("clear", "in cleartext"), ("hashed", "as an MD5 hash")] {
        let fact = format!("the server asks for the password {form}, which is unsafe here");
        for mode in ["disable", "allow", "prefer", "require"] {
            let mut parameters = with_password(&server.tcp(role, &format!("sslmode={mode}")));
            parameters.certificates.root = None;
            assert_refused(&parameters, Kind::NotPermitted, &fact);
        }
        for mode in ["prefer", "require", "verify-ca", "verify-full"] {
            let uri = server.tcp(role, &format!("sslmode={mode}&{issuer}"));
            let user = ask(&with_password(&uri), "SELECT current_user");
            assert_eq!(user.unwrap(), role, "{mode}");
        }
    }
}

#[test]
fn the_password_itself_does_not_go_out_over_a_socket() {
    let Some(server) = Server::shared() else {
        return;
    };
    let fact = "the server asks for the password in cleartext, which is unsafe here";
    let parameters = with_password(&server.socket("clear"));
    assert_refused(&parameters, Kind::NotPermitted, fact);
}

#[test]
fn nothing_of_the_password_reaches_a_server_that_asks_for_it() {
    let cleartext = message(b'R', &[0, 0, 0, 3]);
    let md5 = message(b'R', &[0, 0, 0, 5, 1, 2, 3, 4]);
    let notice = message(b'N', b"SNOTICE\0\0");
    for request in [cleartext.clone(), md5, [notice, cleartext].concat()] {
        for mode in ["disable", "prefer"] {
            let is_tls_requested = mode == "prefer";
            let answer = [if is_tls_requested { &b"N"[..] } else { b"" }, &request].concat();
            let (port, received) = fake::server(answer);
            let uri = format!("postgres://user@127.0.0.1:{port}/db?sslmode={mode}");
            let fact = ", which is unsafe here";
            assert_refused(&with_password(&uri), Kind::NotPermitted, fact);
            // The last message names the user: nothing follows the request.
            let received = received.join().unwrap();
            assert!(received.ends_with(b"\0apikey\0\0"), "{received:?}");
        }
    }
}

#[test]
fn a_server_that_does_not_know_the_password_is_refused() {
    let sasl = message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0");
    let (port, _) = fake::server([sasl, message(b'R', b"\0\0\0\x0br=x,s=AAAA,i=4096")].concat());
    let uri = format!("postgres://user@127.0.0.1:{port}/db?sslmode=disable");
    let error = super::refused(&with_password(&uri));
    assert_eq!(error.kind(), Kind::NotPermitted, "{error}");
}
