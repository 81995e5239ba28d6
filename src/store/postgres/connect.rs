//! Connects to the server that is wanted among the hosts.

mod address;
mod failure;
mod guard;
mod login;
mod lookup;
mod refusal;
mod socket;
mod tls;
mod verifier;

use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::time::{Instant, timeout_at};
use tokio_postgres::{AsyncMessage, Client, SimpleQueryMessage};

use super::parameters::{Host, Parameters, Target};
use crate::error::Result;
use failure::Failure;

/// The messages of a connection. Polling them drives the connection.
pub(in crate::store) type Messages =
    Pin<Box<dyn Stream<Item = std::result::Result<AsyncMessage, tokio_postgres::Error>> + Send>>;

/// A connection to a server that has accepted the login.
pub(in crate::store) struct Connected {
    /// Sends statements.
    pub(in crate::store) client: Client,
    /// The messages of the connection.
    pub(in crate::store) messages: Messages,
    /// Whether the server is a standby.
    pub(in crate::store) is_standby: bool,
}

/// Connects to the first host that accepts the login and has the role of `parameters.target`.
/// The hosts share `parameters.connect_timeout`: a quarter of it first, so that a host that is cut
/// off doesn't hold up every command, and then the rest, in which the attempts at silent hosts
/// continue.
///
/// # Errors
/// The most informative failure of the hosts:
/// [`Kind::NotPermitted`](crate::error::Kind::NotPermitted) if one refused the login or failed to
/// prove its name, then
/// [`Kind::DatabaseMissing`](crate::error::Kind::DatabaseMissing), then
/// [`Kind::Unavailable`](crate::error::Kind::Unavailable).
/// [`Kind::InvalidInput`](crate::error::Kind::InvalidInput) if a certificate file is malformed.
pub(in crate::store) async fn connect(parameters: &Parameters) -> Result<Connected> {
    let quarter = Instant::now() + parameters.connect_timeout / 4;
    let rest = parameters.connect_timeout * 3 / 4;
    let hosts = &parameters.hosts;
    let mut search = Search::default();
    let mut silent = Vec::new();
    for (host, left) in hosts.iter().zip((1..=hosts.len()).rev()) {
        let number = hosts.len() - left + 1;
        let deadline = quarter + part(rest, number, hosts.len());
        let mut attempt = Box::pin(address::connect(host, parameters, deadline));
        match timeout_at(part_of(quarter, left), &mut attempt).await {
            Ok(attempted) => {
                if let Some(wanted) = search.wanted(host, attempted, parameters) {
                    return Ok(wanted);
                }
            }
            Err(_) => silent.push((host, attempt)),
        }
    }
    if let Some(connected) = search.second_choice.take() {
        return Ok(connected);
    }
    for (host, attempt) in silent {
        if let Some(wanted) = search.wanted(host, attempt.await, parameters) {
            return Ok(wanted);
        }
    }
    let failed = || Failure::most_informative(search.failures).error;
    search.second_choice.ok_or_else(failed)
}

/// The attempts that gave no wanted connection.
#[derive(Default)]
struct Search {
    /// A connection to a primary, while a standby is preferred.
    second_choice: Option<Connected>,
    failures: Vec<Failure>,
}

impl Search {
    /// Returns the connection of an attempt, if it is wanted.
    fn wanted(
        &mut self,
        host: &Host,
        attempted: std::result::Result<Session, Failure>,
        parameters: &Parameters,
    ) -> Option<Connected> {
        match attempted {
            Ok(session) if session.role.fits(parameters.target) => return Some(session.connected),
            Ok(session) if parameters.target == Target::PreferStandby => {
                self.second_choice.get_or_insert(session.connected);
            }
            Ok(session) => {
                let failure = failure::wrong_role(host, session.role, parameters);
                self.failures.push(failure);
            }
            Err(failure) => self.failures.push(failure),
        }
        None
    }
}

/// Returns the end of an equal part of the time until `deadline`, if `count` need one.
fn part_of(deadline: Instant, count: usize) -> Instant {
    let now = Instant::now();
    now + part(deadline.saturating_duration_since(now), 1, count)
}

/// Returns `number` of `count` equal parts of a time.
fn part(time: Duration, number: usize, count: usize) -> Duration {
    let as_factor = |number| u32::try_from(number).unwrap_or(u32::MAX);
    time * as_factor(number) / as_factor(count)
}

/// A connection and the role of its server.
struct Session {
    connected: Connected,
    role: Role,
}

/// The role of a server among those that hold the same databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Role {
    is_standby: bool,
    /// Whether transactions are read-only unless they say otherwise, as always on a standby.
    is_read_only: bool,
}

impl Role {
    /// Asks the server, in the first statement of the connection. The names are qualified, since
    /// objects of the database could hide them.
    const QUERY: &str = "SELECT pg_catalog.pg_is_in_recovery(), \
         pg_catalog.current_setting('transaction_read_only')";

    /// Returns the role in the answer to [`Self::QUERY`].
    fn read(answer: &[SimpleQueryMessage]) -> Option<Self> {
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })?;
        Some(Self {
            is_standby: row.try_get(0).ok()?? == "t",
            is_read_only: row.try_get(1).ok()?? == "on",
        })
    }

    /// Returns whether `target` wants a server with this role.
    fn fits(self, target: Target) -> bool {
        match target {
            Target::Any => true,
            Target::ReadWrite => !self.is_standby && !self.is_read_only,
            Target::ReadOnly => self.is_standby || self.is_read_only,
            Target::Primary => !self.is_standby,
            Target::Standby | Target::PreferStandby => self.is_standby,
        }
    }
}

/// Waits for `answer`, while `messages` drives the connection.
async fn answer<T>(
    messages: &mut Messages,
    answer: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> std::result::Result<T, tokio_postgres::Error> {
    let end = async {
        while let Some(message) = messages.next().await {
            message?;
        }
        Ok::<_, tokio_postgres::Error>(())
    };
    match select(pin!(answer), pin!(end)).await {
        Either::Left((answer, _)) => answer,
        // The reason why the server ended the connection says more than that it ended. It is the
        // answer, unless the server gave it before the question.
        Either::Right((Err(error), answer)) => match answer.now_or_never() {
            Some(Err(_)) if error.as_db_error().is_some() => Err(error),
            Some(answered) => answered,
            None => Err(error),
        },
        Either::Right((Ok(()), answer)) => answer.await,
    }
}

#[cfg(test)]
mod tests;
