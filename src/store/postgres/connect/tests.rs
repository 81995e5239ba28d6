//! Connecting to real servers, and to threads that answer as a server could.

mod certificates;
mod errors;
mod fake;
mod hosts;
mod passwords;
mod pooler;
mod server;
mod tls;

use rustix::process::getuid;
use tokio_postgres::SimpleQueryMessage;
use zeroize::Zeroizing;

use super::{Connected, answer, connect};
use crate::accounts::login_name;
use crate::error::{Error, Kind, Result};
use crate::store::postgres::parameters::Parameters;
use server::Server;

/// The password of the roles of a [`Server`] that have one.
const PASSWORD: &str = "correct horse battery";

/// Returns the parameters in `uri`, with [`PASSWORD`].
fn with_password(uri: &str) -> Parameters {
    let mut parameters = without_password(uri);
    for host in &mut parameters.hosts {
        host.password = Some(Zeroizing::new(PASSWORD.to_owned()));
    }
    parameters
}

/// Returns the parameters in `uri`, without a password from the environment of the tests.
fn without_password(uri: &str) -> Parameters {
    let mut parameters = Parameters::parse(uri).unwrap();
    for host in &mut parameters.hosts {
        host.password = None;
    }
    parameters
}

/// Waits for `future`.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// Connects, and returns the first column of the only row of `query`.
fn ask(parameters: &Parameters, query: &str) -> Result<String> {
    run(async {
        let Connected {
            client,
            mut messages,
            ..
        } = connect(parameters).await?;
        let rows = answer(&mut messages, client.simple_query(query)).await?;
        let value = rows.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(value.unwrap())
    })
}

/// Connects, and returns whether TLS is used.
fn uses_tls(parameters: &Parameters) -> Result<bool> {
    let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    ask(parameters, query).map(|answer| answer == "t")
}

/// Fails to connect. Returns the error, whose texts don't contain the password.
#[track_caller]
fn refused(parameters: &Parameters) -> Error {
    let error = ask(parameters, "SELECT 1").expect_err("connected");
    let debug = format!("{error:?} {parameters:?}");
    assert!(!debug.contains(PASSWORD), "{debug}");
    assert!(error.advice().is_some(), "{error:?}");
    error
}

/// Fails to connect with an error of `kind`, whose fact ends with `fact`.
#[track_caller]
fn assert_refused(parameters: &Parameters, kind: Kind, fact: &str) {
    let error = refused(parameters);
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.message().ends_with(fact), "{error}");
}

#[test]
fn a_socket_and_an_address_are_connected_to_without_a_password() {
    let Some(server) = Server::shared() else {
        return;
    };
    for uri in [server.socket("free"), server.tcp("free", "")] {
        let parameters = without_password(&uri);
        assert_eq!(ask(&parameters, "SELECT current_user").unwrap(), "free");
        let name = "SELECT current_setting('application_name')";
        assert_eq!(ask(&parameters, name).unwrap(), "apikey");
    }
}

#[test]
fn a_user_is_known_by_the_socket() {
    let Some(server) = Server::shared() else {
        return;
    };
    let login = login_name(getuid()).unwrap();
    let parameters = with_password(&server.socket(&login));
    assert_eq!(ask(&parameters, "SELECT current_user").unwrap(), login);
    let fact = "Peer authentication failed for user \"peered\"";
    let parameters = without_password(&server.socket("peered"));
    assert_refused(&parameters, Kind::NotPermitted, fact);
}

#[test]
fn a_name_is_looked_up_and_each_of_its_addresses_tried() {
    let Some(server) = Server::shared() else {
        return;
    };
    // localhost may have the address ::1, where the server doesn't listen.
    let uri = format!("postgres://free@localhost:{}/postgres", server.port());
    ask(&without_password(&uri), "SELECT 1").unwrap();
}

#[test]
fn a_missing_database_is_reported_by_its_name() {
    let Some(server) = Server::shared() else {
        return;
    };
    let uri = server.socket("free").replace("/postgres", "/none");
    let fact = "database \"none\" does not exist";
    assert_refused(&without_password(&uri), Kind::DatabaseMissing, fact);
}

#[test]
fn an_unknown_role_is_not_permitted() {
    let Some(server) = Server::shared() else {
        return;
    };
    let error = refused(&without_password(&server.socket("stranger")));
    assert_eq!(error.kind(), Kind::NotPermitted, "{error}");
}

#[test]
fn a_role_with_too_many_connections_is_unavailable() {
    let Some(server) = Server::shared() else {
        return;
    };
    let fact = "too many connections for role \"crowded\"";
    let parameters = without_password(&server.socket("crowded"));
    assert_refused(&parameters, Kind::Unavailable, fact);
}
