//! The parameters of a connection, by the conventions of libpq: from the text that names the
//! database, then from a service, then from the environment, then the defaults.
//!
//! Unlike libpq, apikey refuses a password in the text, files that others could read, and waiting
//! without a limit.

mod certificates;
mod environment;
pub(super) mod file;
mod hosts;
mod passfile;
mod service;
#[cfg(test)]
mod tests;
mod uri;
mod values;

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::config::ServerText;
use crate::error::{Error, Kind, Result};
use environment::Environment;
use passfile::Passfile;
use values::{Parameter, Values};

/// The parameters of a connection, complete: every default is filled in.
#[derive(Debug)]
pub(in crate::store) struct Parameters {
    /// The hosts, in the order in which they are tried; at least one.
    pub(super) hosts: Vec<Host>,
    /// The role to log in as.
    pub(super) user: String,
    /// The name of the database.
    pub(super) database: String,
    /// The name of the application, which the server's views show.
    pub(super) application_name: String,
    /// The limit for everything until a connection is ready, over all hosts.
    pub(super) connect_timeout: Duration,
    /// The server that is wanted among the hosts.
    pub(super) target: Target,
    /// The certificates for TLS.
    pub(super) certificates: Certificates,
}

/// The limit for connecting if no parameter gives one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The name of the application if no parameter gives one.
const APPLICATION_NAME: &str = "apikey";

/// The values of `target_session_attrs`.
const TARGETS: [(&str, Target); 6] = [
    ("any", Target::Any),
    ("read-write", Target::ReadWrite),
    ("read-only", Target::ReadOnly),
    ("primary", Target::Primary),
    ("standby", Target::Standby),
    ("prefer-standby", Target::PreferStandby),
];

impl Parameters {
    /// Returns the parameters of the connection to the database that `text`, the value of `--db`
    /// or `APIKEY_DB`, names.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] if the text, the service or an environment variable is invalid;
    /// [`Kind::NotPermitted`] if a file can't be read, or one with a secret is open to others.
    pub(in crate::store) fn parse(text: &str) -> Result<Self> {
        Self::complete(text, &Environment::of_process())
    }

    /// As [`Self::parse`], as if no variable of libpq were set.
    pub(super) fn without_variables(text: &str) -> Result<Self> {
        Self::complete(text, &Environment::of_process().without_variables())
    }

    /// Returns the parameters of a connection for changes, which only a primary accepts.
    pub(in crate::store) fn for_changes(mut self) -> Self {
        if self.target != Target::ReadWrite {
            self.target = Target::Primary;
        }
        self
    }

    /// Returns the parameters with `limit` as the longest time for connecting.
    pub(in crate::store) fn within(mut self, limit: Duration) -> Self {
        self.connect_timeout = self.connect_timeout.min(limit);
        self
    }

    /// As [`Self::parse`], in the environment `environment`.
    fn complete(text: &str, environment: &Environment) -> Result<Self> {
        let values = values(text, environment)?;
        let user = user(&values, environment)?;
        let database = values.text(Parameter::Database).unwrap_or(&user).to_owned();
        let mut hosts = hosts::hosts(&values, environment)?;
        add_passwords(&mut hosts, [&database, &user], &values, environment)?;
        let application_name = values.text(Parameter::ApplicationName);
        let target = values.get(Parameter::TargetSession);
        let target = target.map(|value| value.choice(&TARGETS)).transpose()?;
        Ok(Self {
            certificates: certificates::certificates(&values, &hosts, environment)?,
            hosts,
            user,
            database,
            application_name: application_name.unwrap_or(APPLICATION_NAME).to_owned(),
            connect_timeout: connect_timeout(&values)?,
            target: target.unwrap_or(Target::Primary),
        })
    }
}

/// A host of a connection.
pub(super) struct Host {
    /// The address at which it listens.
    pub(super) address: Address,
    /// Its port, which is part of the name of a unix socket, too.
    pub(super) port: u16,
    /// The password, from a service file, `PGPASSWORD` or the passfile.
    pub(super) password: Option<Zeroizing<String>>,
    /// Whether TLS is used, and which checks a certificate must pass. Always
    /// [`SslMode::Disable`] on a unix socket.
    pub(super) ssl_mode: SslMode,
}

/// Writes whether there is a password, not the password.
impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("address", &self.address)
            .field("port", &self.port)
            .field("has_password", &self.password.is_some())
            .field("ssl_mode", &self.ssl_mode)
            .finish()
    }
}

/// The address at which a host listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// The directory of a unix socket, `.s.PGSQL.PORT`.
    Socket(PathBuf),
    /// A host name or address, which a certificate must contain, with the address to connect to if
    /// `hostaddr` gave one.
    Tcp {
        /// The name or address.
        name: String,
        /// The address in its place.
        address: Option<IpAddr>,
    },
}

/// `sslmode` of libpq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SslMode {
    /// Without TLS.
    Disable,
    /// Without TLS; with TLS if the server refuses that.
    Allow,
    /// With TLS if the server has it.
    Prefer,
    /// With TLS; the certificate is only checked if there is a root certificate file.
    Require,
    /// With TLS and a certificate of a trusted issuer.
    VerifyCa,
    /// With TLS and a certificate of a trusted issuer for the name of the host.
    VerifyFull,
}

/// `target_session_attrs` of libpq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Any server.
    Any,
    /// A server that accepts writes.
    ReadWrite,
    /// A server that accepts no writes.
    ReadOnly,
    /// A server that isn't a standby.
    Primary,
    /// A standby.
    Standby,
    /// A standby, otherwise any server.
    PreferStandby,
}

/// The certificates for TLS.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    /// The file with the certificates of trusted issuers. None means the certificates of the
    /// system.
    pub(super) root: Option<PathBuf>,
    /// Whether the certificates of the system are wanted: `sslrootcert=system`. Then every mode of
    /// TLS is [`SslMode::VerifyFull`].
    pub(super) is_root_system: bool,
    /// The file with the client's certificate.
    pub(super) client: Option<PathBuf>,
    /// The file with the client's key, if there is a certificate.
    pub(super) key: Option<PathBuf>,
}

/// Returns the values that `text`, its service and the environment have.
fn values(text: &str, environment: &Environment) -> Result<Values> {
    let mut values = match ServerText::new(text) {
        Some(ServerText::Uri(uri)) => uri::parse(uri)?,
        Some(ServerText::Service(name)) => named_service(name)?,
        None => {
            let fact = "the database is not on a server";
            return Err(
                Error::new(Kind::InvalidInput, fact).hint("give a URI, postgres://HOST/DATABASE")
            );
        }
    };
    environment.complete(&mut values, Parameter::Service)?;
    if let Some(name) = values.text(Parameter::Service).map(str::to_owned) {
        service::complete(&mut values, &name, environment)?;
    }
    for parameter in Parameter::ALL {
        environment.complete(&mut values, parameter)?;
    }
    Ok(values)
}

/// Returns the values of the text `service=NAME`.
///
/// # Errors
/// If there is no name, or other parameters follow it, as libpq permits.
fn named_service(name: &str) -> Result<Values> {
    let is_separator = |c: char| c.is_whitespace() || c.is_control() || c == '\'';
    if name.is_empty() || name.contains(is_separator) {
        let fact = "service= is not followed by the name of a service alone";
        let hint = "give service=NAME, or a URI with parameters: postgres:///DATABASE?service=NAME";
        return Err(Error::new(Kind::InvalidInput, fact).hint(hint));
    }
    let mut values = Values::default();
    values.set(Parameter::Service, name.to_owned());
    Ok(values)
}

/// Returns the role to log in as: without a parameter, the login name of the user.
fn user(values: &Values, environment: &Environment) -> Result<String> {
    let given = values.text(Parameter::User).map(str::to_owned);
    given.or_else(environment.login).ok_or_else(|| {
        let fact = "the database role is unknown: this user has no login name";
        Error::new(Kind::InvalidInput, fact)
            .hint("give it in the URI, postgres://ROLE@HOST, or set PGUSER")
    })
}

/// Returns the limit for connecting. libpq's values for no limit are refused.
fn connect_timeout(values: &Values) -> Result<Duration> {
    let Some(value) = values.get(Parameter::ConnectTimeout) else {
        return Ok(CONNECT_TIMEOUT);
    };
    let seconds: Option<i32> = value.text.trim().parse().ok();
    let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let seconds = seconds.filter(|seconds| *seconds > 0).ok_or_else(|| {
        value.invalid(
            "is not a positive number of seconds",
            "give a whole number from 1",
        )
    })?;
    Ok(Duration::from_secs(seconds))
}

/// Gives each host its password: that of the parameters, otherwise that of the passfile.
fn add_passwords(
    hosts: &mut [Host],
    [database, user]: [&str; 2],
    values: &Values,
    environment: &Environment,
) -> Result<()> {
    if let Some(value) = values.get(Parameter::Password) {
        for host in hosts {
            host.password = Some(value.text.clone());
        }
        return Ok(());
    }
    let path = values.path(Parameter::Passfile);
    let Some(path) = path.or_else(|| environment.in_home(".pgpass")) else {
        return Ok(());
    };
    let passfile = Passfile::read(&path)?;
    for host in hosts {
        let name = passfile_name(&host.address, environment);
        let port = host.port.to_string();
        host.password = passfile.password([&name, &port, database, user])?;
    }
    Ok(())
}

/// Returns the name of a host in the passfile. The default socket is `localhost` there.
fn passfile_name<'a>(address: &'a Address, environment: &Environment) -> Cow<'a, str> {
    match address {
        Address::Socket(directory) if *directory == environment.socket_directory => {
            "localhost".into()
        }
        Address::Socket(directory) => directory.to_string_lossy(),
        Address::Tcp { name, .. } => name.into(),
    }
}
