//! Texts that name a database on a PostgreSQL server, and the environment variables of libpq.

use std::ffi::OsString;

use super::location::{SCHEMES, SERVICE};

/// A text that names a database on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerText<'a> {
    /// A URI, without its scheme.
    Uri(&'a str),
    /// The name of a service.
    Service(&'a str),
}

impl<'a> ServerText<'a> {
    /// Returns the parts of a text that names a server; none if it is a path.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let uri = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme));
        let service = || text.strip_prefix(SERVICE).map(Self::Service);
        uri.map(Self::Uri).or_else(service)
    }
}

/// An environment variable of libpq that the program reads. Variables alone name no server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostgresVariable {
    /// `PGHOST`.
    Host,
    /// `PGHOSTADDR`.
    HostAddress,
    /// `PGPORT`.
    Port,
    /// `PGUSER`.
    User,
    /// `PGDATABASE`.
    Database,
    /// `PGPASSWORD`.
    Password,
    /// `PGPASSFILE`.
    Passfile,
    /// `PGSERVICE`.
    Service,
    /// `PGSERVICEFILE`.
    ServiceFile,
    /// `PGSYSCONFDIR`.
    SystemDirectory,
    /// `PGAPPNAME`.
    ApplicationName,
    /// `PGCONNECT_TIMEOUT`.
    ConnectTimeout,
    /// `PGSSLMODE`.
    SslMode,
    /// `PGSSLROOTCERT`.
    SslRootCertificate,
    /// `PGSSLCERT`.
    SslCertificate,
    /// `PGSSLKEY`.
    SslKey,
    /// `PGTARGETSESSIONATTRS`. This is the last variant: a test compares its number with the
    /// length of [`PostgresVariable::ALL`].
    TargetSession,
}

impl PostgresVariable {
    /// Every variable, in the order of declaration.
    pub(crate) const ALL: [Self; 17] = [
        Self::Host,
        Self::HostAddress,
        Self::Port,
        Self::User,
        Self::Database,
        Self::Password,
        Self::Passfile,
        Self::Service,
        Self::ServiceFile,
        Self::SystemDirectory,
        Self::ApplicationName,
        Self::ConnectTimeout,
        Self::SslMode,
        Self::SslRootCertificate,
        Self::SslCertificate,
        Self::SslKey,
        Self::TargetSession,
    ];

    /// Returns the name of the variable.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Host => "PGHOST",
            Self::HostAddress => "PGHOSTADDR",
            Self::Port => "PGPORT",
            Self::User => "PGUSER",
            Self::Database => "PGDATABASE",
            Self::Password => "PGPASSWORD",
            Self::Passfile => "PGPASSFILE",
            Self::Service => "PGSERVICE",
            Self::ServiceFile => "PGSERVICEFILE",
            Self::SystemDirectory => "PGSYSCONFDIR",
            Self::ApplicationName => "PGAPPNAME",
            Self::ConnectTimeout => "PGCONNECT_TIMEOUT",
            Self::SslMode => "PGSSLMODE",
            Self::SslRootCertificate => "PGSSLROOTCERT",
            Self::SslCertificate => "PGSSLCERT",
            Self::SslKey => "PGSSLKEY",
            Self::TargetSession => "PGTARGETSESSIONATTRS",
        }
    }

    /// Returns the value of the variable; an empty one counts as unset.
    pub(crate) fn value(self) -> Option<OsString> {
        super::variable(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::super::location::is_server;
    use super::*;

    #[test]
    fn a_uri_and_a_service_name_a_server_and_every_other_text_a_file() {
        for (text, parts) in [
            ("postgres://h/db", Some(ServerText::Uri("h/db"))),
            ("postgresql://", Some(ServerText::Uri(""))),
            ("service=keys", Some(ServerText::Service("keys"))),
            ("service=", Some(ServerText::Service(""))),
            ("", None),
            ("keys.db", None),
            ("./service=keys", None),
            ("/srv/postgres://h/db", None),
            ("postgres:/h/db", None),
            ("Postgres://h/db", None),
            ("host=h dbname=db", None),
        ] {
            assert_eq!(ServerText::new(text), parts, "{text}");
            assert_eq!(
                is_server(std::ffi::OsStr::new(text)),
                parts.is_some(),
                "{text}"
            );
        }
    }

    #[test]
    fn the_list_of_variables_has_every_variable() {
        for (at, variable) in PostgresVariable::ALL.into_iter().enumerate() {
            assert_eq!(variable as usize, at, "{variable:?}");
        }
        let last = PostgresVariable::TargetSession as usize;
        assert_eq!(PostgresVariable::ALL.len(), last + 1);
    }
}
