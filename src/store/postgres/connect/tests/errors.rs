//! The errors of statements, by their SQLSTATE.

use super::server::Server;
use super::{ask, without_password};
use crate::error::{Error, Kind};
use crate::store::postgres::errors::is_retryable;

/// Returns the error of a statement.
fn error_of(server: &Server, statement: &str) -> Error {
    let parameters = without_password(&server.socket("free"));
    ask(&parameters, statement).expect_err(statement)
}

#[test]
fn every_sqlstate_has_its_kind() {
    let Some(server) = Server::shared() else {
        return;
    };
    for (code, kind) in [
        ("08006", Kind::Unavailable),
        ("22023", Kind::Io),
        ("23503", Kind::DatabaseDamaged),
        ("23505", Kind::DatabaseDamaged),
        ("25006", Kind::Unavailable),
        ("25P03", Kind::Unavailable),
        ("28000", Kind::NotPermitted),
        ("28P01", Kind::NotPermitted),
        ("3D000", Kind::DatabaseMissing),
        ("3F000", Kind::DatabaseDamaged),
        ("40001", Kind::Unavailable),
        ("40P01", Kind::Unavailable),
        ("42501", Kind::NotPermitted),
        ("42703", Kind::DatabaseDamaged),
        ("42P01", Kind::DatabaseDamaged),
        ("53100", Kind::Io),
        ("53200", Kind::OutOfMemory),
        ("53300", Kind::Unavailable),
        ("55P03", Kind::Locked),
        ("57014", Kind::Unavailable),
        ("57P01", Kind::Unavailable),
        ("57P02", Kind::Unavailable),
        ("57P03", Kind::Unavailable),
        ("57P04", Kind::DatabaseMissing),
        ("58030", Kind::Io),
        ("XX000", Kind::Io),
        ("XX001", Kind::DatabaseDamaged),
    ] {
        let raise = format!("DO $$ BEGIN RAISE 'text' USING ERRCODE = '{code}'; END $$");
        let error = error_of(server, &raise);
        assert_eq!(error.kind(), kind, "{code} {error}");
        assert!(error.advice().is_some(), "{code}");
        let is_undone = ["40001", "40P01"].contains(&code);
        assert_eq!(is_retryable(&error), is_undone, "{code}");
    }
}

#[test]
fn a_connection_that_the_server_ends_is_unavailable() {
    let Some(server) = Server::shared() else {
        return;
    };
    let error = error_of(server, "SELECT pg_terminate_backend(pg_backend_pid())");
    assert_eq!(error.kind(), Kind::Unavailable);
    let fact = "the server is unavailable: terminating connection due to administrator command";
    assert_eq!(error.message(), fact);
    assert!(!is_retryable(&error));
}
