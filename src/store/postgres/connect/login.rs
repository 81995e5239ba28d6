//! Logs in to a server, with TLS or without.

use futures_util::stream;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode as Demand;

use super::failure::{self, Failure};
use super::guard::Guard;
use super::socket::Endpoint;
use super::tls::Tls;
use super::{Connected, Messages, Role, Session, answer};
use crate::store::postgres::parameters::{Host, Parameters, SslMode};

/// Connects to `endpoint` of `host`, logs in, and asks for the server's role. If the mode of TLS
/// leaves a choice and the first way fails because of it, tries the other way, as libpq does.
///
/// # Errors
/// If the server can't be reached, or refuses the login.
pub(super) async fn log_in(
    host: &Host,
    endpoint: &Endpoint,
    parameters: &Parameters,
) -> Result<Session, Failure> {
    let tls = Tls::new(host, &parameters.certificates);
    let tls = tls.map_err(|error| failure::without_tls(host, error))?;
    let (first, second) = match host.ssl_mode {
        SslMode::Disable => (Demand::Disable, None),
        SslMode::Allow => (Demand::Disable, Some(Demand::Require)),
        SslMode::Prefer => (Demand::Prefer, Some(Demand::Disable)),
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => (Demand::Require, None),
    };
    let attempt = |demand| attempt(host, endpoint, parameters, demand, tls.clone());
    match (attempt(first).await, second) {
        (Err(failed), Some(second)) if failed.is_about_tls => attempt(second)
            .await
            .map_err(|also| Failure::most_informative(vec![failed, also])),
        (attempted, _) => attempted,
    }
}

/// Connects, logs in with TLS as `demand` says, and asks for the server's role.
async fn attempt(
    host: &Host,
    endpoint: &Endpoint,
    parameters: &Parameters,
    demand: Demand,
    tls: Tls,
) -> Result<Session, Failure> {
    let socket = endpoint.connect().await;
    let socket = socket.map_err(|error| failure::unreachable(host, error))?;
    let guarded = Guard::new(socket, host.password.is_none(), demand != Demand::Disable);
    let config = config(host, parameters, demand);
    let translate = |error| failure::refused(host, error);
    let connected = config.connect_raw(guarded, tls).await;
    let (client, mut connection) = connected.map_err(translate)?;
    let mut messages: Messages = Box::pin(stream::poll_fn(move |context| {
        connection.poll_message(context)
    }));
    let answered = answer(&mut messages, client.simple_query(Role::QUERY)).await;
    let role = Role::read(&answered.map_err(translate)?);
    let role = role.ok_or_else(|| failure::not_postgres(host))?;
    let is_standby = role.is_standby;
    let connected = Connected {
        client,
        messages,
        is_standby,
    };
    Ok(Session { connected, role })
}

/// Returns what tokio-postgres needs to log in.
fn config(host: &Host, parameters: &Parameters, demand: Demand) -> Config {
    let mut config = Config::new();
    config
        .user(&parameters.user)
        .dbname(&parameters.database)
        .application_name(&parameters.application_name)
        .ssl_mode(demand);
    if let Some(password) = &host.password {
        config.password(password.as_bytes());
    }
    config
}
