//! Connects to one host, at the first of its addresses that answers.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::time::{Instant, timeout_at};

use super::failure::{self, Failure};
use super::socket::Endpoint;
use super::{Session, login, lookup, part_of};
use crate::store::postgres::parameters::{Address, Host, Parameters};

/// Connects to `host` and logs in, until `deadline`.
///
/// # Errors
/// The most informative failure of the addresses.
pub(super) async fn connect(
    host: &Host,
    parameters: &Parameters,
    deadline: Instant,
) -> Result<Session, Failure> {
    let endpoints = match timeout_at(deadline, endpoints(host)).await {
        Ok(found) => found.map_err(|error| failure::unknown_name(host, error))?,
        Err(_) => return Err(failure::timed_out(host)),
    };
    first_of(&endpoints, host, parameters, deadline).await
}

/// Connects to the first of the `endpoints` of `host` that answers, until `deadline`. Each may
/// take an equal share of the time that is left. The next one is tried only if nothing answers at
/// the one before, as libpq does.
///
/// # Errors
/// The most informative failure of the endpoints.
pub(super) async fn first_of(
    endpoints: &[Endpoint],
    host: &Host,
    parameters: &Parameters,
    deadline: Instant,
) -> Result<Session, Failure> {
    let mut failures = Vec::new();
    for (endpoint, count) in endpoints.iter().zip((1..=endpoints.len()).rev()) {
        let attempt = login::log_in(host, endpoint, parameters);
        match timeout_at(part_of(deadline, count), attempt).await {
            Ok(Ok(session)) => return Ok(session),
            Ok(Err(failure)) if failure.is_reached => return Err(failure),
            Ok(Err(failure)) => failures.push(failure),
            Err(_) => failures.push(failure::timed_out(host)),
        }
    }
    Err(Failure::most_informative(failures))
}

/// Returns the addresses of the sockets of `host`; at least one.
async fn endpoints(host: &Host) -> io::Result<Vec<Endpoint>> {
    let tcp = |ip: IpAddr| Endpoint::Tcp(SocketAddr::new(ip, host.port));
    Ok(match &host.address {
        Address::Socket(directory) => {
            vec![Endpoint::Unix(
                directory.join(format!(".s.PGSQL.{}", host.port)),
            )]
        }
        Address::Tcp {
            address: Some(ip), ..
        } => vec![tcp(*ip)],
        Address::Tcp { name, .. } => {
            let found = lookup::addresses(name).await?;
            if found.is_empty() {
                return Err(io::Error::other("it has no address"));
            }
            found.into_iter().map(tcp).collect()
        }
    })
}
