//! The hosts of a connection: the lists of hosts, addresses and ports, and the TLS of each.

use std::net::IpAddr;
use std::path::Path;

use super::certificates::SYSTEM;
use super::environment::Environment;
use super::values::{Parameter, Value, Values};
use super::{Address, Host, SslMode};
use crate::error::Result;

/// PostgreSQL's default port.
const DEFAULT_PORT: u16 = 5432;

/// The values of `sslmode`.
const SSL_MODES: [(&str, SslMode); 6] = [
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

/// Returns the hosts that `values` name, without their passwords.
///
/// # Errors
/// If a value is invalid, or the lists have different lengths.
pub(super) fn hosts(values: &Values, environment: &Environment) -> Result<Vec<Host>> {
    let lists = [Parameter::Host, Parameter::HostAddress, Parameter::Port];
    let [names, addresses, ports] = lists.map(|parameter| values.get(parameter));
    let count = addresses.or(names).map_or(1, |value| items(value).count());
    if let Some(names) = names.filter(|names| items(names).count() != count) {
        let fact = "has another number of hosts than hostaddr has addresses";
        return Err(names.invalid(fact, "give an address for each host, or no hostaddr"));
    }
    let port_count = ports.map_or(1, |ports| items(ports).count());
    if let Some(ports) = ports.filter(|_| port_count != count && port_count != 1) {
        let fact = "has another number of ports than there are hosts";
        return Err(ports.invalid(fact, "give one port, or one for each host"));
    }
    let ssl_mode = ssl_mode(values)?;
    let host = |at: usize| {
        let address = address(item(names, at), item(addresses, at), environment)?;
        let port = item(ports, at.min(port_count - 1)).map(port).transpose()?;
        Ok(Host {
            ssl_mode: match address {
                Address::Socket(_) => SslMode::Disable,
                Address::Tcp { .. } => ssl_mode.unwrap_or(default_ssl_mode(&address, values)),
            },
            address,
            port: port.unwrap_or(DEFAULT_PORT),
            password: None,
        })
    };
    (0..count).map(host).collect()
}

/// An item of a list, and the list.
type Item<'a> = (&'a str, &'a Value);

/// Returns the items of a list with commas.
fn items(list: &Value) -> impl Iterator<Item = &str> {
    list.text.split(',')
}

/// Returns an item of a list; none if it is empty or there is no list.
fn item(list: Option<&Value>, at: usize) -> Option<Item<'_>> {
    let item = items(list?).nth(at).filter(|item| !item.is_empty())?;
    Some((item, list?))
}

/// Returns where a host listens. Without a name and an address it is the default socket.
fn address(
    name: Option<Item>,
    address: Option<Item>,
    environment: &Environment,
) -> Result<Address> {
    let parse = |(text, list): Item| -> Result<IpAddr> {
        let fact = "has an invalid IP address";
        text.parse()
            .map_err(|error| list.invalid(fact, "names belong to host").caused_by(error))
    };
    let ip = address.map(parse).transpose()?;
    match (name, ip, address) {
        (Some((name, list)), _, address) if name.starts_with(['/', '@']) => match address {
            Some((_, addresses)) => {
                let fact = format!("is a directory, but {addresses} gives an address");
                Err(list.invalid(&fact, "remove one of them"))
            }
            None => socket((name, list)),
        },
        (Some((name, _)), address, _) => Ok(Address::Tcp {
            name: name.to_owned(),
            address,
        }),
        (None, address @ Some(_), Some((text, _))) => Ok(Address::Tcp {
            name: text.to_owned(),
            address,
        }),
        (None, ..) => Ok(Address::Socket(environment.socket_directory.clone())),
    }
}

/// Returns the address of the socket in the directory `name`.
fn socket((name, list): Item) -> Result<Address> {
    /// The length of `sun_path` in unix(7), without the final NUL.
    const MAX_PATH: usize = 107;
    if name.starts_with('@') {
        let fact = "is a unix socket without a path";
        return Err(list.invalid(fact, "give the directory of a socket with a path"));
    }
    let socket = Path::new(name).join(".s.PGSQL.65535");
    if socket.as_os_str().len() > MAX_PATH {
        let fact = "is too long for the directory of a unix socket";
        return Err(list.invalid(fact, "use a link with a shorter path"));
    }
    Ok(Address::Socket(name.into()))
}

fn port((text, list): Item) -> Result<u16> {
    let port = text.trim().parse().ok().filter(|port| *port != 0);
    let error = || {
        let fact = "is not a number from 1 to 65535";
        list.invalid(fact, "separate several ports by commas")
    };
    port.ok_or_else(error)
}

/// Returns the mode of TLS for a text without one: on the way to another machine the server must
/// prove its name.
fn default_ssl_mode(address: &Address, values: &Values) -> SslMode {
    let is_loopback = match address {
        Address::Socket(_) => true,
        Address::Tcp { name, address } => {
            let ip = name.parse().map(|ip: IpAddr| is_loopback(&ip));
            ip.unwrap_or(name.eq_ignore_ascii_case("localhost"))
                && address.as_ref().is_none_or(is_loopback)
        }
    };
    if is_loopback && !trusts_system(values) {
        SslMode::Prefer
    } else {
        SslMode::VerifyFull
    }
}

fn is_loopback(ip: &IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Returns the mode of TLS that `values` name.
///
/// # Errors
/// If it is unknown, or weaker than `verify-full` with the certificates of the system: anyone can
/// get a certificate from one of their issuers.
fn ssl_mode(values: &Values) -> Result<Option<SslMode>> {
    let Some(value) = values.get(Parameter::SslMode) else {
        return Ok(None);
    };
    let mode = value.choice(&SSL_MODES)?;
    if mode != SslMode::VerifyFull && trusts_system(values) {
        let fact = "is too weak for sslrootcert=system";
        return Err(value.invalid(fact, "use sslmode=verify-full"));
    }
    Ok(Some(mode))
}

/// Returns whether the certificates of the system are wanted.
fn trusts_system(values: &Values) -> bool {
    values.text(Parameter::SslRootCertificate) == Some(SYSTEM)
}
