//! The parameters of a connection, by the conventions of libpq.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

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

/// A host of a connection.
#[derive(Debug)]
pub(super) struct Host {
    /// The address at which it listens.
    pub(super) address: Address,
    /// Its port, which is part of the name of a unix socket, too.
    pub(super) port: u16,
    /// The password, from a service file, `PGPASSWORD` or the passfile.
    pub(super) password: Option<Zeroizing<String>>,
    /// Whether TLS is used, and what is verified. Always [`SslMode::Disable`] on a unix socket.
    pub(super) ssl_mode: SslMode,
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
    /// The file with the certificates of trusted issuers. None means `~/.postgresql/root.crt` if
    /// that exists, otherwise those of the system.
    pub(super) root: Option<PathBuf>,
    /// Whether the certificates of the system are wanted: `sslrootcert=system`.
    pub(super) is_root_system: bool,
    /// The file with the client's certificate.
    pub(super) client: Option<PathBuf>,
    /// The file with the client's key.
    pub(super) key: Option<PathBuf>,
}
